"""Vehicle bombs: built in workshops, driven through the streets at platoons that the defenders know of.

Workshops share ``workshop_per_day`` vehicles a day, in proportion to the ground still held. Command launches ``per_day``
attacks a day (Poisson) while a team of drivers has a vehicle and a known platoon lies within ``reach_m`` by street, over a
bridge only where one stands. Each attack costs its driver. On the way a vehicle may be

- struck from the air: ``1 - exp(-struck_per_h * watched * time)``, by the share of the way under orbits, if aircraft are there,
- stopped by craters and berms: ``barrier`` before a platoon that has been in its place for ``settle_h``, less before,
- shot by the platoons around the target: ``1 - exp(-shot * sum(strength / reference_platoon / protection))``.

One that arrives makes ``casualties`` in each full platoon in the cell, so that an assembly area is the best target; of the
known platoons command prefers cells with many. One that is stopped still goes off with chance ``explodes``, among those who live
there: half-way where it was struck from the air, else short of its target. Wherever it goes off it hurts residents within
``lethal_radius_m``, damages buildings, and may bring one down on those who shelter in it (:mod:`sim.battle.shelters`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import DRIVERS, FLIGHT
from sim.battle.blast import hurt_residents, share_of_place, wreck
from sim.battle.evacuation import care_of
from sim.battle.events import emit, flush
from sim.battle.harm import hurt_platoon, hurt_team
from sim.battle.shelters import bring_down
from sim.battle.surveillance import watched_share
from sim.kernels.fields import OPEN_STEP, UNREACHED
from sim.kernels.rng import poisson, subkey, uniform
from sim.record.codes import (
    AMBUSH,
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    LIBERATORS,
    NOBODY,
    STRIKE,
    SVBIED,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def launch(battle: Battle) -> None:
    """Workshops add vehicles; command launches some at known platoons."""
    p, teams, platoons = battle.scenario.svbieds, battle.defenders.columns, battle.liberators.columns
    drivers = np.flatnonzero((teams.kind == DRIVERS) & (teams.strength > 0) & (teams.cell >= 0))
    if not p.enabled or drivers.size == 0:
        return
    held = battle.held_km2 / max(battle.built_km2, 1e-9)
    teams.stock[drivers] += p.workshop_per_day * held * battle.dt_h / 24.0 / drivers.size
    key = battle.key("vehicles.launch", "defenders")
    attacks = poisson(key, 0, 0, p.per_day * battle.dt_h / 24.0)
    if attacks == 0:
        return
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    for i in range(attacks):
        pair = _choose(battle, key, 10 + 2 * i, drivers, known)
        if pair is not None:
            _drive(battle, subkey(key, i), *pair)
    flush(battle.events, battle.ledger, battle.tick)


def _choose(
    battle: Battle, key: np.uint64, draw: int, drivers: NDArray[np.int64], known: NDArray[np.int64]
) -> tuple[int, int, float] | None:
    """A target, drawn by how many known platoons share its cell, the nearest team with a vehicle, and the metres to drive."""
    p, teams, platoons, routes = battle.scenario.svbieds, battle.defenders.columns, battle.liberators.columns, battle.routes
    able = drivers[(teams.stock[drivers] >= 1.0) & (teams.strength[drivers] > 0)]
    targets = known[platoons.strength[known] > 0]
    quarter = battle.quarter_near(platoons.cell[targets])
    targets, quarter = targets[quarter >= 0], quarter[quarter >= 0]
    if able.size == 0 or targets.size == 0:
        return None
    cells, crowd = np.unique(platoons.cell[targets], return_counts=True)
    weight = np.cumsum(crowd[np.searchsorted(cells, platoons.cell[targets])])
    pick = int(np.searchsorted(weight, uniform(key, 0, draw) * weight[-1], side="right"))
    row, there = int(targets[pick]), int(quarter[pick])
    routes.need(np.full(able.size, there, np.int32), teams.cell[able])
    same_bank = battle.bank[teams.cell[able]] == battle.quarters.bank[there]
    cost = np.where(same_bank, routes.local[there][teams.cell[able]], routes.across[there][teams.cell[able]]).astype(np.float64)
    metres = cost / OPEN_STEP * battle.grid.cell_m
    metres[cost >= UNREACHED] = np.inf
    best = int(np.argmin(metres))
    if metres[best] > p.reach_m:
        return None
    return row, int(able[best]), float(metres[best])


def _drive(battle: Battle, key: np.uint64, row: int, team: int, metres: float) -> None:
    """One attack by a driver of ``team`` at the platoon ``row``."""
    p, s = battle.scenario.svbieds, battle.scenario
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    start, cell = int(teams.cell[team]), int(platoons.cell[row])
    teams.stock[team] -= 1.0
    battle.counts["svbied_attacks"] += 1
    stopper = _stopped_by(battle, key, row, start, metres)
    arrives = stopper < 0
    beside = np.flatnonzero((platoons.cell == cell) & (platoons.strength > 0)).tolist() if arrives else []
    hurt = {
        other: poisson(key, other, 3, p.casualties * int(platoons.strength[other]) / s.liberators.reference_platoon)
        for other in beside
    }
    emit(
        battle.events, STRIKE, cell, LIBERATORS, DEFENDERS, SVBIED, AMBUSH, DEFENDER_SET, team, row, int(arrives),
        float(sum(hurt.values()))
    )  # fmt: skip
    battle.ground.noise[cell] += 2.0 if arrives else 1.0
    # The driver dies either way; by whose hand is who stopped him, or his own.
    hurt_team(key, teams, team, 1, 1.0, 0.0, DEFENDERS if arrives else stopper, SVBIED, AMBUSH, row, 0, battle.events)
    if not arrives:
        battle.counts[f"svbied_stopped_{_WORD[stopper]}"] += 1
        if uniform(key, row, 4) < p.explodes:
            place = _half_way(battle, start, cell) if stopper == COALITION else cell
            _explode(battle, key, place, DEFENDERS if stopper == NOBODY else stopper)
        return
    battle.counts["svbied_hits"] += 1
    for other, casualties in hurt.items():
        hurt_platoon(
            key, platoons, other, casualties, care_of(battle), s.combat.suppression_gain, DEFENDERS, SVBIED, AMBUSH, team, team,
            battle.events
        )  # fmt: skip
    _explode(battle, key, cell, DEFENDERS)


def _explode(battle: Battle, key: np.uint64, cell: int, actor: int) -> None:
    """What a vehicle that goes off does to residents and buildings around it; ``actor`` is who set it off."""
    p, s = battle.scenario.svbieds, battle.scenario
    wreck(battle, cell, s.harm.damage_weapon)
    chance = share_of_place(battle, p.lethal_radius_m) * s.harm.indirect_indoors
    hurt_residents(battle, key, cell, chance, SVBIED, actor, AMBUSH)
    bring_down(battle, subkey(key, 1), cell, 1, s.harm.collapse_weapon, actor, AMBUSH)


def _half_way(battle: Battle, start: int, end: int) -> int:
    """The buildings nearest to the middle between two cells; the end where that is on the river."""
    nx = battle.grid.nx
    middle = (start // nx + end // nx) // 2 * nx + (start % nx + end % nx) // 2
    near = int(battle.near_built[middle])
    return near if near >= 0 else end


_WORD = {COALITION: "air", NOBODY: "barrier", LIBERATORS: "fire"}


def _stopped_by(battle: Battle, key: np.uint64, row: int, start: int, metres: float) -> int:
    """Who or what stops a vehicle on its way from ``start`` to the platoon ``row``: a ledger code of actor, -1 for nobody."""
    p, platoons = battle.scenario.svbieds, battle.liberators.columns
    hours = metres / (p.km_per_h * 1000.0)
    assets = battle.coalition.columns
    flying = bool((assets.available & (assets.kind == FLIGHT)).any())
    watched = watched_share(battle, start, int(platoons.cell[row])) * hours * p.struck_per_h if flying else 0.0
    if uniform(key, row, 0) < 1.0 - math.exp(-watched):
        return COALITION
    # It came in the middle of the tick in which it moved.
    settled = 1.0 - math.exp(-max(battle.tick - int(platoons.moved[row]) - 0.5, 0.0) * battle.dt_h / p.settle_h)
    if uniform(key, row, 1) < p.barrier * settled:
        return NOBODY
    reference, forces = battle.scenario.liberators.reference_platoon, battle.liberators.forces
    near = np.flatnonzero((platoons.cell == platoons.cell[row]) & (platoons.strength > 0))
    shots = float((platoons.strength[near] / reference / forces.protection[platoons.force[near]]).sum())
    if uniform(key, row, 2) < 1.0 - math.exp(-p.shot_per_platoon * shots):
        return LIBERATORS
    return -1
