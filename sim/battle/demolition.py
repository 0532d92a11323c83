"""Bridges: cut by the defenders or by the coalition, replaced by engineers.

Defenders fire a bridge's charge once liberators that they know of are within ``threat_m`` of an end that the defenders
still hold; it works with chance ``success``. Coalition strikes are outside decisions with a date. Engineers replace a cut
bridge in ``pontoon_days``, one at a time for each set, while no known team is within ``bank_secure_m`` of the near end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import FREED
from sim.kernels.rng import uniform
from sim.record.codes import (
    BRIDGE,
    BRIDGE_SET,
    COALITION,
    DEFENDERS,
    DEMOLITION,
    DEMOLITION_REPAIR,
    ENGINEERS,
    LIBERATORS,
    NOBODY,
    ORDERS,
    OUTSIDE,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle

# States of a bridge.
(WHOLE, CUT, REPLACED) = range(3)


def near_cell(battle: Battle, cells: np.ndarray, cell: int, metres: float) -> np.ndarray:
    """Which of ``cells`` lie within a distance of ``cell``, centre to centre."""
    nx, size = battle.grid.nx, battle.grid.cell_m
    return np.asarray(np.hypot(cells % nx - cell % nx, cells // nx - cell // nx) * size <= metres)


def _cut(battle: Battle, bridge: int, actor: int, rule: int) -> None:
    battle.bridge_state[bridge] = CUT
    battle.pontoon_h[bridge] = 0.0
    cell = int(battle.grid.bridges[bridge].span[0])
    battle.ledger.add(
        battle.tick, DEMOLITION, cell=cell, people=NOBODY, actor=actor, cause=ORDERS, rule=rule, agent_set=BRIDGE_SET,
        row=bridge, count=1
    )


def _charges(battle: Battle) -> None:
    p = battle.scenario.bridges
    if p.demolition == "none" or battle.defenders.columns.strength.sum() == 0:
        return
    platoons = battle.liberators.columns
    seen = platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]
    for b, bridge in enumerate(battle.grid.bridges):
        if battle.bridge_state[b] != WHOLE or battle.charge_tried[b]:
            continue
        ends = [end for end in bridge.end_cells if battle.ground.control[end] != FREED]
        threatened = p.demolition == "start" or any(near_cell(battle, seen, end,
            p.threat_m).any() for end in bridge.end_cells)
        if not ends or not threatened:
            continue
        battle.charge_tried[b] = True
        if uniform(battle.key("demolition.charge", "bridges"), b, 0) < p.success:
            _cut(battle, b, DEFENDERS, DEMOLITION_REPAIR)


def _strikes(battle: Battle) -> None:
    if battle.tick % battle.ticks_per_day:
        return
    for b, bridge in enumerate(battle.grid.bridges):
        day = battle.scenario.bridges.strikes.get(bridge.name)
        if day is not None and day == battle.date and battle.bridge_state[b] == WHOLE:
            _cut(battle, b, COALITION, OUTSIDE)


def _replace(battle: Battle) -> None:
    p = battle.scenario.bridges
    teams = battle.defenders.columns
    known = teams.cell[(teams.seen_until >= battle.tick) & (teams.strength > 0)]
    done = int((battle.bridge_state == REPLACED).sum())
    for b, bridge in enumerate(battle.grid.bridges):
        if battle.bridge_state[b] != CUT or done >= p.pontoons:
            continue
        freed = [end for end in bridge.end_cells if battle.ground.control[end] == FREED]
        if not any(not near_cell(battle, known, end, p.bank_secure_m).any() for end in freed):
            continue
        done += 1
        battle.pontoon_h[b] += battle.dt_h
        if battle.pontoon_h[b] >= p.pontoon_days * 24.0:
            battle.bridge_state[b] = REPLACED
            battle.ledger.add(
                battle.tick, BRIDGE, cell=int(bridge.span[0]), people=NOBODY, actor=LIBERATORS, cause=ENGINEERS,
                rule=DEMOLITION_REPAIR, agent_set=BRIDGE_SET, row=b, count=1,
            )  # fmt: skip


def demolish_and_repair(battle: Battle) -> None:
    """One tick of cutting and replacing bridges."""
    _strikes(battle)
    _charges(battle)
    _replace(battle)
    if battle.routes.set_bridges(battle.bridge_state != CUT):
        battle.ways_changed = True
