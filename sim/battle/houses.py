"""On foot to a house in the city: to kin, back home, or where fighters turn a family back to.

Families walk at their own pace down the field to the house's quarter (:mod:`sim.battle.routes`), within it straight for the
house, over bridges as far as those have room. Within held ground nobody bars the way. One whose way is cut waits for it to open
again where it goes home, and turns for home where it was on its way to kin. At home it is no longer counted among those who are
away; one that comes from outside the city has returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import AT_HOME
from sim.agents.households import CellLists, HouseholdColumns, move
from sim.battle.crossing import PERSONS, Crossing, has_room, step_on
from sim.battle.ground import Ground, Quarters
from sim.battle.routes import next_step
from sim.kernels.fields import neighbour, step_hours
from sim.kernels.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


class Streets(NamedTuple):
    """Ways through the city, as families take them.

    Attributes:
        local: int32 (quarters, cells), cost to each quarter over its own bank.
        across: int32 (quarters, cells), the same with bridges.
        slow: int32 (cells,), slowness.
        bank: uint8 (cells,), bank codes.
        nx: Cells in a row.
        ny: Rows.
        cell_m: Side of a cell, metres.
    """

    local: NDArray[np.int32]
    across: NDArray[np.int32]
    slow: NDArray[np.int32]
    bank: NDArray[np.uint8]
    nx: int
    ny: int
    cell_m: float


@compiled
def _walk(
    rows: np.ndarray, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, streets: Streets,
    crossing: Crossing, speed: float, frail_slow: float, dt: float,
) -> int:  # fmt: skip
    """Walk for a tick; returns the persons who came home from outside the city."""
    returned = 0
    nx, ny, slow = streets.nx, streets.ny, streets.slow
    detour = np.full(nx * ny + 1, -1, np.int32)
    of, room, each, passed = crossing.of, crossing.room, crossing.person_h, crossing.passed
    quarter, bank, banks, local, across = ground.quarter, streets.bank, quarters.bank, streets.local, streets.across
    for row in rows:
        start = people.cell[row]
        cell, house = start, people.house[row]
        goal = quarter[house]
        hours = people.hours[row] + dt * (1.0 - frail_slow * people.frail[row] / max(people.members[row], 1))
        while cell != house:
            field = local[goal] if bank[cell] == banks[goal] else across[goal]
            k = next_step(slow, field, cell, house, quarter[cell] == goal, True, detour, nx, ny)
            if k < 0:
                # The way is cut: home is where it turns, or waits for.
                hours = 0.0
                people.house[row] = people.home[row]
                break
            need = step_hours(slow, cell, k, nx, ny, streets.cell_m, speed)
            if need > hours:
                break
            to = neighbour(cell, k, nx, ny)
            if not has_room(of, room, cell, to):
                hours = need
                break
            step_on(of, room, each, passed, cell, to, PERSONS, people.members[row])
            hours -= need
            cell = to
        people.hours[row] = hours
        if cell != start:
            move(people, lists, row, cell)
        if cell == house:
            returned += _come_in(row, people, quarters)
    return returned


@compiled
def _come_in(row: int, people: HouseholdColumns, quarters: Quarters) -> int:
    """A family is in the house that it walked to; returns its persons where it is home from outside the city."""
    back = 0
    if people.house[row] == people.home[row]:
        quarters.left[people.quarter[row]] -= people.members[row]
        back = people.members[row] if people.entry[row] >= 0 else 0
    people.state[row] = AT_HOME
    people.house[row] = people.entry[row] = people.node[row] = -1
    people.hours[row] = 0.0
    return back


def go_to_houses(battle: Battle, rows: NDArray[np.int32], hours: float) -> None:
    """One tick, of so many hours at day's speed, of all families on the way to a house."""
    if rows.size == 0:
        return
    people, routes, grid = battle.households.columns, battle.routes, battle.grid
    routes.need(battle.ground.quarter[people.house[rows]], people.cell[rows])
    streets = Streets(routes.local, routes.across, routes.slow, grid.bank, grid.nx, grid.ny, grid.cell_m)
    p = battle.scenario
    battle.counts["returned"] += _walk(
        rows, people, battle.households.lists, battle.ground, battle.quarters, streets, battle.crossing,
        p.displacement.walk_m_per_h, p.flight.frail_slow, hours,
    )  # fmt: skip
