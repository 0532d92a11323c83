"""Strikes: flights on station take approved targets, and weapons fall where those were last seen.

A flight stays ``on_station_h * tanker_gain`` hours, then turns around; each stay begins with full loads of light, medium and
heavy weapons. It is a server with a queue (:mod:`sim.battle.queues`): it takes an approved target for an exponential time of
mean ``strike_h``, with the largest weapon up to the one approved that it has left. Nothing flies in bad weather.

A target is missed for certain where its team is elsewhere: in another cell, farther than ``location_m`` from what was
reported, or on the move for longer than that distance takes; unless an orbit or a controller has it in view, who then talk the
weapon on. Otherwise a weapon hits with ``hit``, misses divided by ``jtac_gain`` with a controller, and each fighter is a
casualty with ``casualties * (1 - shielding * cover * dug)``. Hit or miss, each person who is within the radius is a casualty
with ``indoors_death * (1 + wounded_per_death)``, less in shelter, whatever was expected; and it may bring down a building in
which people shelter (:mod:`sim.battle.shelters`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import APPROVED, ASSIGNED, FLIGHT, REFUSED, STRUCK, TEAM_MOVE
from sim.battle.blast import hurt_residents, share_of_place, wreck
from sim.battle.engagement import Law, Scene, expected_dead, limit_for
from sim.battle.events import emit, name_strike
from sim.battle.ground import cells_of_block, place_m2
from sim.battle.harm import hurt_team
from sim.battle.queues import Servers, serve
from sim.battle.shelters import bring_down
from sim.battle.targeting import DRAW_FLIGHT, DRAW_HIT, DRAWS, pass_key
from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, exponential, subkey, uniform
from sim.record.codes import AIR, COALITION, DEFENDER_SET, DEFENDERS, FIRES, LIGHT, STRIKE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

CLASSES = ("light", "medium", "heavy")


def put_on_station(battle: Battle) -> None:
    """Which flights are on station as the tick begins."""
    p, assets = battle.scenario.air, battle.coalition.columns
    flights = assets.kind == FLIGHT
    stay = p.on_station_h * p.tanker_gain
    phase = (battle.hour + assets.offset_h[flights]) % (stay + p.turnaround_h)
    assets.available[flights] = (phase < stay) & p.enabled & battle.flying_weather


def assign_flights(battle: Battle, rows: NDArray[np.int64], now: float, until: float) -> None:
    """Approved targets among ``rows`` wait for a flight on station with a weapon."""
    p, m, targets, assets = battle.scenario.air, battle.scenario.munitions, battle.targets, battle.coalition.columns
    rows = rows[(targets.stage[rows] == APPROVED) & (targets.choice[rows] >= 0)]
    flights = battle.coalition.rows(FLIGHT)
    if rows.size == 0 or flights.size == 0 or not p.enabled or not battle.flying_weather:
        return
    loads = np.column_stack([assets.light[flights], assets.medium[flights], assets.heavy[flights]])
    stay = p.on_station_h * p.tanker_gain
    servers = Servers(
        assets.free_h[flights], assets.offset_h[flights], assets.visit[flights], loads,
        np.array([m.light_load, m.medium_load, m.heavy_load], np.int32), stay, stay + p.turnaround_h,
    )  # fmt: skip
    hours = p.strike_h * times(pass_key(battle), rows, targets.passes[rows] * DRAWS + DRAW_FLIGHT)
    able = np.ones((rows.size, flights.size), np.bool_)
    server, start, slot = serve(
        targets.decided_h[rows], targets.rank[rows], hours, targets.choice[rows], able, servers, now, until
    )
    assets.free_h[flights], assets.visit[flights] = servers.free, servers.visit
    assets.light[flights], assets.medium[flights], assets.heavy[flights] = loads.T
    gone = server >= 0
    assign(battle, rows[gone], flights[server[gone]], slot[gone], start[gone] + hours[gone])


@compiled
def times(key: np.uint64, rows: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Exponential times with mean 1, by row and draw number."""
    out = np.empty(rows.size)
    for i in range(rows.size):
        out[i] = exponential(key, rows[i], draws[i])
    return out


def assign(
    battle: Battle, rows: NDArray[np.int64], assets: NDArray[np.int64], slot: NDArray[np.int64] | int, due: NDArray[np.float64]
) -> None:
    """Targets ``rows`` are given to assets, and struck at the hours ``due``."""
    targets = battle.targets
    targets.stage[rows] = ASSIGNED
    targets.asset[rows], targets.slot[rows], targets.due_h[rows] = assets, slot, due


def in_view(battle: Battle, row: int) -> bool:
    """Whether an orbit, or a platoon with a controller, sees a target at the moment."""
    targets, seen_until = battle.targets, battle.defenders.columns.seen_until
    now_seen = int(seen_until[row]) >= battle.tick + battle.memory
    return bool(targets.held[row]) or (bool(targets.guided[row]) and now_seen)


def is_there(battle: Battle, row: int, when: float, within_m: float) -> bool:
    """Whether a target is where it is believed to be, within a distance; it is followed while it is in view."""
    targets, teams, p = battle.targets, battle.defenders.columns, battle.scenario.movement
    if in_view(battle, row):
        targets.cell[row] = teams.cell[row]
        return True
    if teams.cell[row] != targets.cell[row] or targets.off_m[row] > within_m:
        return False
    walked = (when - float(targets.seen_h[row])) * p.team_m_per_h * p.urban_factor
    return bool(teams.order[row] != TEAM_MOVE or walked <= within_m)


def close_target(battle: Battle, row: int, when: float) -> None:
    """A strike or a raid is over: it will be assessed."""
    targets = battle.targets
    targets.stage[row] = STRUCK
    targets.due_h[row] = when + battle.scenario.air.assess_h
    battle.counts["strike_delay_h"] += when - float(targets.found_h[row])
    battle.counts["targets_struck"] += 1


def bomb(battle: Battle, law: Law, scene: Scene, row: int) -> None:
    """One air weapon, on the target ``row``; called off where one that is followed has moved to where harm is too great."""
    p, s, targets, teams = battle.scenario.air, battle.scenario, battle.targets, battle.defenders.columns
    slot, when, flight = int(targets.slot[row]), float(targets.due_h[row]), int(targets.asset[row])
    there = is_there(battle, row, when, p.location_m)
    cell, kind = int(targets.cell[row]), int(teams.kind[row])
    expected = float(expected_dead(scene, law, cell, slot))
    if expected > limit_for(law, kind, int(targets.rank[row])):
        targets.stage[row], targets.decided_h[row] = REFUSED, when
        battle.counts["strikes_refused"] += 1
        return
    key, number = pass_key(battle), int(targets.passes[row])
    miss = (1.0 - p.hit) / (p.jtac_gain if targets.guided[row] else 1.0)
    hit = there and uniform(key, row, number * DRAWS + DRAW_HIT) >= miss
    own = subkey(subkey(key, row), number)
    if hit:
        m = s.munitions
        casualties = (m.light_casualties, m.medium_casualties, m.heavy_casualties)[slot]
        radius = (m.light_radius_m, m.medium_radius_m, m.heavy_radius_m)[slot]
        beside = share_of_place(battle, radius)
        for other in _struck(battle, row, cell):
            shielding = float(law.shielding[slot]) * float(battle.ground.cover[cell]) * float(teams.dug[other])
            chance = casualties * (1.0 - shielding) * (1.0 if other == row else beside)
            fallen = binomial(own, other, 0, int(teams.strength[other]), chance)
            hurt_team(
                own, teams, other, fallen, s.combat.defender_killed_share, s.combat.suppression_gain, COALITION, AIR, FIRES,
                flight, 0, battle.events,
            )  # fmt: skip
    battle.counts["air_strikes"] += 1
    battle.counts[f"strikes_{CLASSES[slot]}"] += 1
    battle.counts["strikes_missed"] += not hit
    _burst(battle, own, row, cell, slot, expected)
    close_target(battle, row, when)


def _struck(battle: Battle, row: int, cell: int) -> list[int]:
    """The target, where it is still in its cell, and every other team in its block: what stands close together falls together."""
    teams, near = battle.defenders.columns, battle.units.near
    rows: list[int] = []
    for c in cells_of_block(battle.grid.nx, battle.grid.ny, battle.grid.cell_m, cell):
        team = int(near.team_head[c])
        while team >= 0:
            rows.append(team)
            team = int(near.team_next[team])
    if row not in rows:
        rows.append(row)
    return [team for team in sorted(rows) if teams.strength[team] > 0]


def _burst(battle: Battle, key: np.uint64, row: int, cell: int, slot: int, expected: float) -> None:
    """What a weapon does around it, and its row of the ledger."""
    s, m = battle.scenario, battle.scenario.munitions
    radius = (m.light_radius_m, m.medium_radius_m, m.heavy_radius_m)[slot]
    area = math.pi * radius**2 / place_m2(battle.grid.cell_m)
    chance = area * s.harm.indoors_death * (1.0 + s.harm.wounded_per_death)
    collapse = (m.light_collapse, m.medium_collapse, m.heavy_collapse)[slot]
    dead = strike_residents(battle, key, cell, chance, AIR, expected, 1, collapse)
    wreck(battle, cell, (m.light_damage, m.medium_damage, m.heavy_damage)[slot])
    battle.ground.noise[cell] += 1.0
    strike_row(battle, row, cell, AIR, FIRES, dead, expected, LIGHT + slot)


def strike_residents(
    battle: Battle, key: np.uint64, cell: int, chance: float, cause: int, expected: float, rounds: int, collapse: float
) -> int:
    """Harm to those who are there, by a strike of which so many dead were expected.

    Args:
        battle: The battle.
        key: Stream key of the strike.
        cell: Where.
        chance: Chance that a person present is a casualty of blast and fragments if not sheltered.
        cause: Ledger code of what it is made with.
        expected: Dead that were expected.
        rounds: Rounds that fall.
        collapse: Chance that one of them brings a building down.

    Returns:
        Persons killed, under buildings too.
    """
    persons, around = battle.households.lists.persons, cells_of_block(battle.grid.nx, battle.grid.ny, battle.grid.cell_m, cell)
    before = int(persons[around].sum())
    if before:
        hurt_residents(battle, subkey(key, 0), cell, chance, cause, COALITION, FIRES)
        bring_down(battle, subkey(key, 1), cell, rounds, collapse, COALITION, FIRES)
    dead = before - int(persons[around].sum())
    battle.counts["strike_deaths"] += dead
    battle.counts["worst_strike"] = max(battle.counts["worst_strike"], dead)
    battle.counts["strike_deaths_expected"] += expected
    return dead


def strike_row(
    battle: Battle, row: int, cell: int, cause: int, rule: int, dead: int, expected: float, munition: int
) -> None:
    """The ledger's row of a strike: its count is civilians killed, its value civilians expected to be killed."""
    kind = int(battle.defenders.columns.kind[row])
    asset = int(battle.targets.asset[row])
    emit(battle.events, STRIKE, cell, DEFENDERS, COALITION, cause, rule, DEFENDER_SET, row, asset, dead, expected)
    name_strike(battle.events, 1 + kind, munition)
