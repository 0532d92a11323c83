"""Bridges: cut by the defenders or by the coalition, replaced by engineers.

An end is in the hands of whoever holds the built cell nearest to it. Defenders fire a bridge's charge once liberators
that they know of are within ``threat_m`` of an end that they still hold; it works with chance ``success``. Coalition
strikes are outside decisions with a date. Engineers replace a cut bridge in ``pontoon_days``, one at a time for each
set, while no known team is within ``bank_secure_m`` of the near end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD
from sim.agents.households import move
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
    from sim.city.grid import CityGrid

# States of a bridge.
(WHOLE, CUT, REPLACED) = range(3)


def nearest_built(grid: CityGrid, cell: int, quarter: NDArray[np.int32]) -> int:
    """The built cell nearest to a bridge end, on its bank: who holds it holds the end."""
    built = np.flatnonzero((quarter >= 0) & (grid.bank == grid.bank[cell]))
    if built.size == 0:
        return cell
    dx, dy = built % grid.nx - cell % grid.nx, built // grid.nx - cell // grid.nx
    return int(built[np.argmin(dx * dx + dy * dy)])


def strike_ticks(battle: Battle) -> NDArray[np.int64]:
    """Tick at which the coalition cuts each bridge, -1 for never."""
    ticks = np.full(len(battle.grid.bridges), -1, np.int64)
    for name, day in battle.scenario.bridges.strikes.items():
        ticks[battle.grid.bridge_index(name)] = battle.tick_of(day)
    return ticks


def _near(battle: Battle, cells: NDArray[np.int32], cell: int, metres: float) -> bool:
    """Whether one of ``cells`` lies within a distance of ``cell``, centre to centre."""
    nx, reach = battle.grid.nx, metres / battle.grid.cell_m
    dx, dy = cells % nx - cell % nx, cells // nx - cell // nx
    return bool((dx * dx + dy * dy <= reach * reach).any())


def _cut(battle: Battle, bridge: int, actor: int, rule: int) -> None:
    """A span falls: those on it are taken to its nearer end."""
    battle.bridge_state[bridge] = CUT
    battle.pontoon_h[bridge] = 0.0
    span, ends = battle.grid.bridges[bridge].span, battle.grid.bridges[bridge].end_cells
    middle = span.size // 2
    for i, cell in enumerate(span.tolist()):
        end = ends[0] if (i < middle) == _first_is_near(battle, int(span[0]), ends) else ends[1]
        for columns in (battle.defenders.columns, battle.liberators.columns):
            columns.cell[columns.cell == cell] = end
        for row in np.flatnonzero(battle.households.columns.cell == cell).tolist():
            move(battle.households.columns, battle.households.lists, row, end)
    battle.ledger.add(
        battle.tick, DEMOLITION, cell=int(span[0]), people=NOBODY, actor=actor, cause=ORDERS, rule=rule,
        agent_set=BRIDGE_SET, row=bridge, count=1,
    )  # fmt: skip


def _first_is_near(battle: Battle, cell: int, ends: tuple[int, int]) -> bool:
    nx = battle.grid.nx
    first, second = ((cell % nx - end % nx) ** 2 + (cell // nx - end // nx) ** 2 for end in ends)
    return first <= second


def _charges(battle: Battle) -> None:
    p = battle.scenario.bridges
    if p.demolition == "none" or battle.defenders.columns.strength.sum() == 0:
        return
    platoons = battle.liberators.columns
    seen = platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]
    for b in range(len(battle.grid.bridges)):
        if battle.bridge_state[b] != WHOLE or battle.charge_tried[b]:
            continue
        held = [end for end in battle.bridge_ends[b].tolist() if battle.ground.control[end] == HELD]
        if not held or not (p.demolition == "start" or any(_near(battle, seen, end, p.threat_m) for end in held)):
            continue
        battle.charge_tried[b] = True
        if uniform(battle.key("demolition.charge", "bridges"), b, 0) < p.success:
            _cut(battle, b, DEFENDERS, DEMOLITION_REPAIR)


def _strikes(battle: Battle) -> None:
    for b in np.flatnonzero(battle.strike_ticks == battle.tick).tolist():
        if battle.bridge_state[b] != CUT:
            _cut(battle, b, COALITION, OUTSIDE)


def _replace(battle: Battle) -> None:
    p = battle.scenario.bridges
    teams = battle.defenders.columns
    known = teams.cell[(teams.seen_until >= battle.tick) & (teams.strength > 0)]
    done = int((battle.bridge_state == REPLACED).sum())
    for b, bridge in enumerate(battle.grid.bridges):
        if battle.bridge_state[b] != CUT or done >= p.pontoons:
            continue
        freed = [end for end in battle.bridge_ends[b].tolist() if battle.ground.control[end] != HELD]
        if all(_near(battle, known, end, p.bank_secure_m) for end in freed):
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
