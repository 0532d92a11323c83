"""The bridges of a battle: what state they are in, who holds their ends, and what falls with one of them.

An end is in the hands of whoever holds the built cell nearest to it on its bank. A bridge is whole, cut, spanned (a replacement
span lies in its gap) or floating (a floating bridge lies beside it). All but cut ones carry traffic; a floating one is closed
while the river is in flood.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import FREED
from sim.agents.households import move
from sim.record.codes import BRIDGE, BRIDGE_SET, DEMOLITION, LIBERATORS, NOBODY, ORDERS
from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON, BRIDGE_SPAN

if TYPE_CHECKING:
    from sim.battle.model import Battle
    from sim.scenario.sections.bridges import BridgePolicy

# States of a bridge.
(WHOLE, CUT, SPANNED, FLOATING) = range(4)
# What the ledger says that a bridge is from now on, by its state.
_TOLD = (BRIDGE_OPEN, BRIDGE_CUT, BRIDGE_SPAN, BRIDGE_PONTOON)
# When defenders blow a bridge; the words of the scenario in this order.
(NEVER, THREATENED, AT_START, ON_DATE) = range(4)
RULES = ("none", "threatened", "start", "date")


class Bridges(NamedTuple):
    """State of the bridges, one row each, in the order of the city's layer.

    Attributes:
        end: int64 (bridges, 2), built cells whose holder holds the two ends (fixed).
        rule: uint8, when defenders blow it (fixed).
        fire: int32, tick from which a dated charge is fired, -1 for none (fixed).
        strike: int32, tick at which the coalition cuts it, -1 for never (fixed).
        state: uint8, whole, cut, spanned or floating.
        cuts: int32, how often it has been cut.
        party: int32, row of the team that rigs it or guards its charge, -1 for none.
        post: int32, cell from which it is rigged, one of ``end``; -1 for none.
        charge_h: float64, party-hours of rigging done.
        work_h: float64 (bridges, 3), company-hours done on repair, on a replacement span, on a floating bridge.
    """

    end: NDArray[np.int64]
    rule: NDArray[np.uint8]
    fire: NDArray[np.int32]
    strike: NDArray[np.int32]
    state: NDArray[np.uint8]
    cuts: NDArray[np.int32]
    party: NDArray[np.int32]
    post: NDArray[np.int32]
    charge_h: NDArray[np.float64]
    work_h: NDArray[np.float64]


def make_bridges(battle: Battle) -> Bridges:
    """All bridges whole, nothing rigged; what the scenario means to do with each, by name."""
    p, grid = battle.scenario.bridges, battle.grid
    n = len(grid.bridges)
    asked: list[tuple[str, dt.date | None]] = [(p.demolition, p.date)] * n
    for name, rule in p.each.items():
        asked[grid.bridge_index(name)] = _asked(rule)
    struck = {grid.bridge_index(name): battle.tick_of(day) for name, day in p.strikes.items()}
    ends = np.array([bridge.end_cells for bridge in grid.bridges], np.int64).reshape(-1, 2)
    built = battle.near_built[ends]
    return Bridges(
        end=np.where(built >= 0, built, ends),
        rule=np.array([RULES.index(demolition) for demolition, _ in asked], np.uint8),
        fire=np.array([battle.tick_of(day) if day else -1 for _, day in asked], np.int32),
        strike=np.array([struck.get(b, -1) for b in range(n)], np.int32),
        state=np.full(n, WHOLE, np.uint8),
        cuts=np.zeros(n, np.int32),
        party=np.full(n, -1, np.int32),
        post=np.full(n, -1, np.int32),
        charge_h=np.zeros(n),
        work_h=np.zeros((n, 3)),
    )


def _asked(rule: BridgePolicy) -> tuple[str, dt.date | None]:
    return rule.demolition, rule.date


def open_bridges(battle: Battle) -> NDArray[np.bool_]:
    """Which bridges carry traffic."""
    state = battle.bridges.state
    return np.asarray((state != CUT) & ~((state == FLOATING) & battle.flooded))


def saved_bridges(battle: Battle) -> NDArray[np.bool_]:
    """Bridges meant to be blown, never cut, with both ends in the liberators' hands."""
    bridges = battle.bridges
    freed = (battle.ground.control[bridges.end] == FREED).all(axis=1)
    return np.asarray((bridges.rule != NEVER) & (bridges.cuts == 0) & freed)


def is_near(battle: Battle, cells: NDArray[np.int32], cell: int, metres: float) -> bool:
    """Whether one of ``cells`` lies within a distance of ``cell``, centre to centre."""
    nx, reach = battle.grid.nx, metres / battle.grid.cell_m
    dx, dy = cells % nx - cell % nx, cells // nx - cell // nx
    return bool((dx * dx + dy * dy <= reach * reach).any())


def known_platoons(battle: Battle) -> NDArray[np.int32]:
    """Cells of the platoons that the defenders know of."""
    platoons = battle.liberators.columns
    return platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]


def known_teams(battle: Battle) -> NDArray[np.int32]:
    """Cells of the teams that the liberators know of."""
    teams = battle.defenders.columns
    return teams.cell[(teams.seen_until >= battle.tick) & (teams.cell >= 0) & (teams.strength > 0)]


def cut(battle: Battle, bridge: int, actor: int, rule: int) -> None:
    """A bridge falls, and with it what engineers had laid or done there; those on it are taken to its nearer end."""
    bridges = battle.bridges
    battle.counts["spans_lost"] += int(bridges.state[bridge] == SPANNED)
    battle.counts["pontoons_lost"] += int(bridges.state[bridge] == FLOATING)
    bridges.state[bridge] = CUT
    bridges.cuts[bridge] += 1
    bridges.charge_h[bridge] = 0.0
    bridges.work_h[bridge] = 0.0
    take_ashore(battle, bridge)
    battle.ledger.add(
        battle.tick, DEMOLITION, cell=int(battle.grid.bridges[bridge].span[0]), people=NOBODY, actor=actor, cause=ORDERS,
        rule=rule, agent_set=BRIDGE_SET, row=bridge, count=1,
    )  # fmt: skip


def tell(battle: Battle, bridge: int, cause: int, rule: int, *, actor: int = LIBERATORS, closed: bool = False, other: int = -1,
         value: float = 0.0) -> None:  # fmt: skip
    """Write to the ledger what a bridge is from now on."""
    state = BRIDGE_CUT if closed else _TOLD[battle.bridges.state[bridge]]
    battle.ledger.add(
        battle.tick, BRIDGE, cell=int(battle.grid.bridges[bridge].span[0]), people=NOBODY, actor=actor, cause=cause, rule=rule,
        agent_set=BRIDGE_SET, row=bridge, other_row=other, count=state, value=value,
    )  # fmt: skip


def take_ashore(battle: Battle, bridge: int) -> None:
    """Units and families on a span that carries nobody any more are taken to its nearer end."""
    span, ends = battle.grid.bridges[bridge].span, battle.grid.bridges[bridge].end_cells
    middle = span.size // 2
    first = _first_is_near(battle, int(span[0]), ends)
    people, lists = battle.households.columns, battle.households.lists
    for i, cell in enumerate(span.tolist()):
        end = ends[0] if (i < middle) == first else ends[1]
        for columns in (battle.defenders.columns, battle.liberators.columns):
            columns.cell[columns.cell == cell] = end
        while lists.head[cell] >= 0:
            move(people, lists, int(lists.head[cell]), end)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)


def _first_is_near(battle: Battle, cell: int, ends: tuple[int, int]) -> bool:
    nx = battle.grid.nx
    first, second = ((cell % nx - end % nx) ** 2 + (cell // nx - end // nx) ** 2 for end in ends)
    return first <= second
