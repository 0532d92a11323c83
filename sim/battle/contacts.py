"""Who is near whom in this tick: units by cell, and the neighbourhood of a cell within contact distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.kernels.cells import relist
from sim.kernels.jit import compiled, inlined


class Near(NamedTuple):
    """Index of units by cell: one singly linked list for each side and cell, rows in ascending order.

    Attributes:
        team_head: int32 (cells,), first team of a cell, -1 for none.
        team_next: int32 (teams,), next team in the same cell.
        platoon_head: int32 (cells,), first platoon of a cell.
        platoon_next: int32 (platoons,), next platoon in the same cell.
        team_near: bool (cells,), whether a team is within contact distance of the cell.
        dx: int32 (k,), columns to cells within contact distance, nearest first.
        dy: int32 (k,), rows to them.
        nx: Cells in a row.
        ny: Rows.
    """

    team_head: NDArray[np.int32]
    team_next: NDArray[np.int32]
    platoon_head: NDArray[np.int32]
    platoon_next: NDArray[np.int32]
    team_near: NDArray[np.bool_]
    dx: NDArray[np.int32]
    dy: NDArray[np.int32]
    nx: int
    ny: int


@inlined
def nearby(near: Near, cell: int, k: int) -> int:
    """The ``k``-th cell within contact distance of a cell, nearest first; -1 off the grid."""
    x, y = cell % near.nx + near.dx[k], cell // near.nx + near.dy[k]
    if x < 0 or x >= near.nx or y < 0 or y >= near.ny:
        return -1
    return int(y * near.nx + x)


@compiled
def mark_near(old_cells: np.ndarray, cells: np.ndarray, near: Near) -> None:
    """Mark the cells within contact distance of ``cells``, after those of ``old_cells`` have been wiped."""
    for cell in old_cells:
        for k in range(near.dx.size):
            c = nearby(near, cell, k)
            if c >= 0:
                near.team_near[c] = False
    for cell in cells:
        for k in range(near.dx.size):
            c = nearby(near, cell, k)
            if c >= 0:
                near.team_near[c] = True


def make_near(nx: int, ny: int, n_teams: int, n_platoons: int, cell_m: float, contact_m: float) -> Near:
    """An index without units."""
    dx, dy = offsets(cell_m, contact_m)
    n = nx * ny
    return Near(
        np.full(n, -1, np.int32), np.full(n_teams, -1, np.int32), np.full(n, -1, np.int32),
        np.full(n_platoons, -1, np.int32), np.zeros(n, np.bool_), dx, dy, nx, ny,
    )  # fmt: skip


class UnitIndex:
    """Keeps :class:`Near` up to date at a cost that follows the number of units, not of cells."""

    def __init__(self, cell_m: float, contact_m: float, nx: int, ny: int, n_teams: int, n_platoons: int) -> None:
        self.near = make_near(nx, ny, n_teams, n_platoons, cell_m, contact_m)
        self.team_rows = np.zeros(0, np.int32)
        self.platoon_rows = np.zeros(0, np.int32)
        self._team_cells = np.zeros(0, np.int32)
        self._platoon_cells = np.zeros(0, np.int32)

    def update(self, teams: DefenderColumns, platoons: LiberatorColumns) -> None:
        """Take the cells of all units that can fight."""
        near = self.near
        self.team_rows = np.flatnonzero((teams.strength > 0) & (teams.cell >= 0)).astype(np.int32)
        self.platoon_rows = np.flatnonzero((platoons.strength > 0) & (platoons.cell >= 0)).astype(np.int32)
        before = self._team_cells
        self._team_cells = relist(before, self.team_rows, teams.cell, near.team_head, near.team_next)
        mark_near(before, self._team_cells, near)
        self._platoon_cells = relist(
            self._platoon_cells, self.platoon_rows, platoons.cell, near.platoon_head, near.platoon_next
        )


def offsets(cell_m: float, contact_m: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Columns and rows from a cell to all cells within contact distance, nearest first; at least the straight neighbours."""
    reach = max(contact_m / cell_m, 1.0)
    k = int(reach)
    dy, dx = np.mgrid[-k : k + 1, -k : k + 1]
    inside = dx**2 + dy**2 <= reach**2 + 1e-9
    dx, dy = dx[inside], dy[inside]
    order = np.lexsort((dx, dy, dx**2 + dy**2))
    return dx[order].astype(np.int32), dy[order].astype(np.int32)
