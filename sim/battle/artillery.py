"""Artillery: batteries with a position, a range and a rate, and the fall of their rounds.

A battery takes an approved target in range whose expected harm of a mission lies within the limit: at once where a mission's
expected effect reaches ``suited``, else where no flight has taken it. With ``counter_fire`` it answers mortars that radar has
located first and without asking a desk. It is a server (:mod:`sim.battle.queues`) that a mission occupies for an exponential
time of mean ``24 / missions_per_day`` hours; rounds fall ``response_h`` after the order, normally around the target with
standard deviation ``dispersion_m`` on each axis, times ``observed`` where an orbit or a controller has it in view.

A round lands within the lethal radius r of a team with chance ``1 - exp(-r^2 / 2 s^2)`` (Rayleigh), of which cover prevents
its share; a fighter survives a mission with ``(1 - that) ** rounds``. Residents of the cell are casualties with the share of
it that the rounds cover, times ``indirect_indoors``; now and then a round brings down a building in which people shelter
(:mod:`sim.battle.shelters`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import APPROVED, AT_DESK, BATTERY, BY_RADAR, NOMINATED
from sim.battle.blast import wreck
from sim.battle.engagement import Law, Scene, expected_dead, limit_for
from sim.battle.ground import place_m2
from sim.battle.harm import hurt_team
from sim.battle.queues import always_there, serve
from sim.battle.strikes import assign, close_target, in_view, is_there, strike_residents, strike_row, times
from sim.battle.targeting import DRAW_GUN, DRAWS, pass_key
from sim.battle.targets import Targets
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import binomial, subkey
from sim.record.codes import ARTILLERY, COALITION, FIRES, SHELLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def near_miss(radius_m: float, dispersion_m: float) -> float:
    """Chance that a round lands within a radius of its target."""
    return 1.0 - math.exp(-(radius_m**2) / (2.0 * dispersion_m**2))


@inlined
def _effect(near: float, cover: float, rounds: int) -> float:
    return float(1.0 - (1.0 - near * (1.0 - cover)) ** rounds)


@compiled
def for_guns(
    rows: np.ndarray, targets: Targets, scene: Scene, law: Law, counter_fire: bool, near: float, cover_effect: float, rounds: int,
    least: float,
) -> np.ndarray:  # fmt: skip
    """Which of ``rows`` guns may fire at with at least an effect; ``near`` as of :func:`near_miss`."""
    keep = np.zeros(rows.size, np.bool_)
    for i in range(rows.size):
        row = rows[i]
        located = targets.source[row] == BY_RADAR
        before = targets.stage[row] in (NOMINATED, AT_DESK)
        if targets.stage[row] != APPROVED and not (counter_fire and located and before):
            continue
        cell = targets.cell[row]
        if expected_dead(scene, law, cell, -1) > limit_for(law, scene.kind[row], targets.rank[row]):
            continue
        keep[i] = located or _effect(near, cover_effect * scene.cover[cell], rounds) >= least
    return keep


def assign_guns(
    battle: Battle, law: Law, scene: Scene, rows: NDArray[np.int64], now: float, until: float, *, suited: bool
) -> None:
    """Targets among ``rows`` wait for a battery: those that guns are ``suited`` for, or all that flights have left."""
    p, targets, assets = battle.scenario.artillery, battle.targets, battle.coalition.columns
    guns = battle.coalition.rows(BATTERY)
    if not p.enabled or p.missions_per_day <= 0.0 or guns.size == 0 or float(assets.free_h[guns].min()) >= until:
        return
    near = near_miss(p.lethal_radius_m, p.dispersion_m)
    least = p.suited if suited else 0.0
    rows = rows[for_guns(rows, targets, scene, law, p.counter_fire, near, battle.scenario.combat.cover_effect, p.rounds, least)]
    if rows.size == 0:
        return
    x, y = battle.position(targets.cell[rows])
    gap = (x[:, None] - assets.x[guns]) ** 2 + (y[:, None] - assets.y[guns]) ** 2
    since = np.where(targets.stage[rows] == APPROVED, targets.decided_h[rows], targets.asked_h[rows])
    hours = 24.0 / p.missions_per_day * times(pass_key(battle), rows, targets.passes[rows] * DRAWS + DRAW_GUN)
    servers = always_there(assets.free_h[guns])
    rank = np.where((targets.source[rows] == BY_RADAR) & p.counter_fire, np.uint8(0), targets.rank[rows])
    able = gap <= (p.range_km * 1000.0) ** 2
    server, start, _ = serve(since, rank, hours, np.zeros(rows.size, np.int8), able, servers, now, until)
    assets.free_h[guns] = servers.free
    gone = server >= 0
    assign(battle, rows[gone], guns[server[gone]], -1, start[gone] + p.response_h)


def shell(battle: Battle, law: Law, scene: Scene, row: int) -> None:
    """One mission on the target ``row``."""
    p, s, targets, teams = battle.scenario.artillery, battle.scenario, battle.targets, battle.defenders.columns
    when, gun = float(targets.due_h[row]), int(targets.asset[row])
    observed = in_view(battle, row)
    there = is_there(battle, row, when, battle.scenario.air.location_m)
    cell = int(targets.cell[row])
    expected = float(expected_dead(scene, law, cell, -1))
    key = subkey(subkey(pass_key(battle), row), int(targets.passes[row]))
    if there:
        near = near_miss(p.lethal_radius_m, p.dispersion_m * (p.observed if observed else 1.0))
        chance = _effect(near, s.combat.cover_effect * float(battle.ground.cover[cell] * teams.dug[row]), p.rounds)
        fallen = binomial(key, row, 0, int(teams.strength[row]), chance)
        number = int(np.searchsorted(battle.coalition.rows(BATTERY), gun))
        hurt_team(
            key, teams, row, fallen, s.combat.defender_killed_share, s.combat.suppression_gain, COALITION, ARTILLERY, FIRES, gun,
            number, battle.events,
        )  # fmt: skip
    battle.counts["artillery_missions"] += 1
    chance = p.rounds * math.pi * p.lethal_radius_m**2 / place_m2(battle.grid.cell_m) * s.harm.indirect_indoors
    dead = strike_residents(battle, key, cell, chance, ARTILLERY, expected, p.rounds, s.harm.collapse_shell)
    wreck(battle, cell, p.rounds * s.harm.damage_shell)
    battle.ground.noise[cell] += 1.0
    strike_row(battle, row, cell, ARTILLERY, FIRES, dead, expected, SHELLS)
    close_target(battle, row, when)
