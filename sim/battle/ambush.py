"""Vehicle bombs: driven from held ground at platoons that the defenders know of.

Launches are Poisson with the rate ``per_day`` while a bank has vehicles, held ground and a known platoon as target. A
vehicle is stopped with chance ``stopped``; one that arrives hurts the platoon and the residents within its radius. A
vehicle stays on its bank unless a bridge joins it to another where vehicles have run out. (Ambushes on the move are in
:mod:`sim.battle.movement`, mines and booby traps in :mod:`sim.battle.clearing`, where they happen.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.events import emit, flush
from sim.battle.harm import hurt_people, hurt_platoon
from sim.kernels.rng import poisson, subkey, uniform
from sim.record.codes import AMBUSH, DEFENDERS, LIBERATOR_SET, LIBERATORS, STRIKE, SVBIED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def _held_share(battle: Battle) -> NDArray[np.float64]:
    """Share of all built cells that defenders still hold, by bank code."""
    q = battle.quarters
    held = np.bincount(q.bank, (q.start[1:] - q.start[:-1] - q.freed) * q.defended, len(battle.bank_codes) + 1)
    total = max(1, int(((q.start[1:] - q.start[:-1]) * q.defended).sum()))
    return np.asarray(held / total)


def launch(battle: Battle) -> None:
    """Workshops add vehicles; command launches some at known platoons."""
    p = battle.scenario.svbieds
    if not p.enabled:
        return
    share = _held_share(battle)
    battle.vehicles += p.workshop_per_day * share * battle.dt_h / 24.0
    _cross(battle)
    if battle.defenders.columns.strength.sum() == 0:
        return
    platoons = battle.liberators.columns
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    if known.size == 0:
        return
    key = battle.key("ambush.svbied", "vehicles")
    for bank in battle.bank_codes:
        targets = known[battle.grid.bank[platoons.cell[known]] == bank]
        if targets.size == 0 or share[bank] <= 0.0:
            continue
        for i in range(poisson(key, bank, 0, p.per_day * _bank_share(share, battle, known)[bank] * battle.dt_h / 24.0)):
            if battle.vehicles[bank] < 1.0:
                break
            battle.vehicles[bank] -= 1.0
            pick = int(uniform(key, bank, 10 + 4 * i) * targets.size)
            _drive(battle, key, bank, 10 + 4 * i, int(targets[pick]))
    flush(battle.events, battle.ledger, battle.tick)


def _cross(battle: Battle) -> None:
    """A bank without a vehicle gets one from the bank that has most, where a bridge joins them."""
    richest = int(np.argmax(battle.vehicles))
    for bank in battle.bank_codes:
        if battle.vehicles[bank] < 1.0 and battle.vehicles[richest] >= 2.0 and battle.routes.joined[bank, richest]:
            battle.vehicles[richest] -= 1.0
            battle.vehicles[bank] += 1.0


def _bank_share(share: NDArray[np.float64], battle: Battle, known: NDArray[np.int64]) -> NDArray[np.float64]:
    """How the launches of a day are split between banks that have both held ground and targets."""
    banks = battle.grid.bank[battle.liberators.columns.cell[known]]
    active = np.zeros(share.size)
    for bank in battle.bank_codes:
        active[bank] = float(share[bank] > 0.0 and (banks == bank).any() and battle.vehicles[bank] >= 1.0)
    return np.asarray(active / max(float(active.sum()), 1.0))


def _drive(battle: Battle, key: np.uint64, bank: int, draw: int, row: int) -> None:
    p, s = battle.scenario.svbieds, battle.scenario
    platoons = battle.liberators.columns
    cell = int(platoons.cell[row])
    battle.counts["svbied_attacks"] += 1
    arrives = uniform(key, bank, draw + 1) >= p.stopped
    casualties = poisson(key, row, draw + 2, p.casualties) if arrives else 0
    emit(
        battle.events, STRIKE, cell, LIBERATORS, DEFENDERS, SVBIED, AMBUSH, LIBERATOR_SET, row, -1, int(arrives),
        float(casualties)
    )
    battle.ground.noise[cell] += 2.0 if arrives else 1.0
    if not arrives:
        return
    battle.counts["svbied_hits"] += 1
    hurt_platoon(
        subkey(key, draw), platoons, row, casualties, s.combat.killed_share, s.combat.suppression_gain, DEFENDERS, SVBIED, AMBUSH,
        -1, -1, battle.events
    )
    share = min(1.0, math.pi * p.lethal_radius_m**2 / battle.grid.cell_m**2)
    hurt = min(1.0, s.harm.damage_weapon * 1e4 / battle.grid.cell_m**2)
    battle.ground.damage[cell] += (1.0 - battle.ground.damage[cell]) * hurt
    expected = battle.households.lists.persons[cell] * share * s.harm.indirect_indoors
    hurt_people(
        subkey(key, draw), battle.households.columns, battle.households.lists, battle.ground, battle.quarters, cell, 0,
        expected, 1.0 / (1.0 + s.harm.wounded_per_death), s.harm.shelter, DEFENDERS, SVBIED, AMBUSH, battle.events,
    )  # fmt: skip


def share_vehicles(battle: Battle) -> NDArray[np.float64]:
    """Vehicles ready at the start, by bank code, in proportion to the ground defended."""
    return _held_share(battle) * battle.scenario.svbieds.stock * battle.scenario.svbieds.enabled

