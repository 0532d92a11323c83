"""Who is near whom in this tick: units sorted by cell, and the neighbourhood of a cell within contact distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.kernels.cells import sort_by_cell


class Near(NamedTuple):
    """Index of units by cell.

    Attributes:
        team_start: int32 (cells + 1,), see :func:`sim.kernels.cells.sort_by_cell`.
        team_rows: int32, rows of teams that can fight.
        platoon_start: int32 (cells + 1,).
        platoon_rows: int32, rows of platoons on the grid that can fight.
        dx: int32 (k,), columns to cells within contact distance, nearest first.
        dy: int32 (k,), rows to them.
        nx: Cells in a row.
        ny: Rows.
    """

    team_start: NDArray[np.int32]
    team_rows: NDArray[np.int32]
    platoon_start: NDArray[np.int32]
    platoon_rows: NDArray[np.int32]
    dx: NDArray[np.int32]
    dy: NDArray[np.int32]
    nx: int
    ny: int


def offsets(cell_m: float, contact_m: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Columns and rows from a cell to all cells within contact distance, nearest first; at least the straight neighbours."""
    reach = max(contact_m / cell_m, 1.0)
    k = int(reach)
    dy, dx = np.mgrid[-k : k + 1, -k : k + 1]
    inside = dx**2 + dy**2 <= reach**2 + 1e-9
    dx, dy = dx[inside], dy[inside]
    order = np.lexsort((dx, dy, dx**2 + dy**2))
    return dx[order].astype(np.int32), dy[order].astype(np.int32)


def index_units(
    teams: DefenderColumns, platoons: LiberatorColumns, dx: NDArray[np.int32], dy: NDArray[np.int32], nx: int, ny: int
) -> Near:
    """Sort both sides by cell."""
    team_start, team_rows = sort_by_cell(teams.cell, teams.strength > 0, nx * ny)
    platoon_start, platoon_rows = sort_by_cell(platoons.cell, platoons.strength > 0, nx * ny)
    return Near(team_start, team_rows, platoon_start, platoon_rows, dx, dy, nx, ny)
