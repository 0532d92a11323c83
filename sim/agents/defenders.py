"""Islamic State teams: the defenders' agent set."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import TEAM_MOVE, TEAM_ORDERS
from sim.agents.handles import AgentColumns, Column, Handle, zero_columns


class DefenderColumns(NamedTuple):
    """State of all teams, one row each.

    Attributes:
        cell: int32, grid cell.
        strength: int32 persons able to fight.
        wounded: int32 persons out of action.
        killed: int32 persons.
        order: uint8, see :data:`sim.agents.codes.TEAM_ORDERS`.
        quarter: int32, neighbourhood that the team is to hold, -1 for none.
        target: int32, cell that the team goes to or holds.
        dug: float64, how far it is dug in, 0 to 1.
        suppression: float64, 0 to 1.
        seen_until: int32, tick up to which the liberators act on a sighting of it; -1 for never seen.
        fired: bool, whether it fired in this tick.
        hours: float64, time saved up towards the next move, hours.
    """

    cell: NDArray[np.int32]
    strength: NDArray[np.int32]
    wounded: NDArray[np.int32]
    killed: NDArray[np.int32]
    order: NDArray[np.uint8]
    quarter: NDArray[np.int32]
    target: NDArray[np.int32]
    dug: NDArray[np.float64]
    suppression: NDArray[np.float64]
    seen_until: NDArray[np.int32]
    fired: NDArray[np.bool_]
    hours: NDArray[np.float64]


class DefenderTeam(Handle):
    """One team of fighters."""

    cell = Column(writable=True)
    strength = Column(writable=True)
    wounded = Column()
    killed = Column()
    order = Column(TEAM_ORDERS, writable=True)
    quarter = Column(writable=True)
    target = Column(writable=True)
    dug = Column(writable=True)
    suppression = Column(writable=True)
    seen_until = Column()
    fired = Column()
    hours = Column()


class Defenders(AgentColumns[DefenderColumns]):
    """All defending teams."""

    name = "defenders"
    handle_class = DefenderTeam

    def check_write(self, name: str, row: int, value: float) -> None:
        """See :meth:`AgentColumns.check_write`; a new place is a new position, not yet dug in."""
        super().check_write(name, row, value)
        if name == "order" and value == TEAM_MOVE and self.columns.cell[row] < 0:
            msg = "a team that has no place yet cannot move: set its cell"
            raise ValueError(msg)
        if name == "cell":
            self.columns.dug[row] = 0.0
            self.columns.hours[row] = 0.0
            self.columns.target[row] = int(value)


def make_defenders(
    model: Any, fighters: int, team_size: int, nx: int, passable: NDArray[np.bool_], *, spare: int,
    first_id: int
) -> Defenders:
    """Teams of equal size, the last one smaller, not yet placed.

    Args:
        model: The battle.
        fighters: Persons in all.
        team_size: Persons in a team.
        nx: Cells in a row of the grid.
        passable: bool (cells,), cells that can be stood on.
        spare: Empty rows kept for fighters who fall back into the city from outside.
        first_id: ``unique_id`` of row 0.
    """
    n = -(-fighters // team_size)
    columns = zero_columns(DefenderColumns, n + spare)
    columns.cell[:] = columns.target[:] = columns.quarter[:] = columns.seen_until[:] = -1
    columns.strength[:n] = team_size
    if n:
        columns.strength[n - 1] = fighters - team_size * (n - 1)
    return Defenders(model, columns, nx, passable, first_id)
