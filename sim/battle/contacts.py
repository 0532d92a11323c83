"""Who is near whom in this tick: units by cell, the cells around a cell, and how clearly one sees another.

Sight and fire between two points have the weight ``exp(-(d / range)^2) * exp(-r d / block)``: they fall with the distance d (a
Gaussian of the weapon's range), and a line over a mean building share r is clear with the chance that it meets no building,
where those lie at random (Poisson line of sight, as in ITU-R P.1410). Buildings lower than the higher end count half. Between
two cells the weight is the mean over points of a square of 100 m around each (a unit's front and depth; the cell, where it is
larger), with the building share of the line between them, so that results do not hang on the size of cells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.kernels.cells import relist
from sim.kernels.jit import compiled, inlined

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Steps of the building share for which weights are kept.
SHARES = 40


class Near(NamedTuple):
    """Index of units by cell: one singly linked list for each side and cell, rows in ascending order.

    Attributes:
        team_head: int32 (cells,), first team of a cell, -1 for none.
        team_next: int32 (teams,), next team in the same cell.
        platoon_head: int32 (cells,), first platoon of a cell.
        platoon_next: int32 (platoons,), next platoon in the same cell.
        team_near: bool (cells,), whether a team is within contact distance of the cell.
        team_reach: bool (cells,), whether a team is within reach of small arms.
        dx: int32 (k,), columns to cells within reach of a sniper, nearest first.
        dy: int32 (k,), rows to them.
        arms: float64 (k, SHARES + 1), weight of small arms, by the building share in between.
        far: float64 (k, SHARES + 1), the same of snipers.
        crowd: int32 (bins,), platoons in square bins of ``bin_cells`` cells to a side, no narrower than a sniper's reach.
        bin_cells: Cells to a side of a bin.
        touching: How many of them are within contact distance.
        reach: How many of them are within reach of small arms.
        nx: Cells in a row.
        ny: Rows.
    """

    team_head: NDArray[np.int32]
    team_next: NDArray[np.int32]
    platoon_head: NDArray[np.int32]
    platoon_next: NDArray[np.int32]
    team_near: NDArray[np.bool_]
    team_reach: NDArray[np.bool_]
    dx: NDArray[np.int32]
    dy: NDArray[np.int32]
    arms: NDArray[np.float64]
    far: NDArray[np.float64]
    crowd: NDArray[np.int32]
    bin_cells: int
    touching: int
    reach: int
    nx: int
    ny: int


# What stands in inner loops takes arrays: each hand-over of a tuple counts the references of all that is in it.
@inlined
def nearby(dx: np.ndarray, dy: np.ndarray, nx: int, ny: int, cell: int, k: int) -> int:
    """The ``k``-th cell around a cell, nearest first; -1 off the grid."""
    x, y = cell % nx + dx[k], cell // nx + dy[k]
    if x < 0 or x >= nx or y < 0 or y >= ny:
        return -1
    return int(y * nx + x)


@inlined
def anyone_near(crowd: np.ndarray, bin_cells: int, nx: int, ny: int, cell: int) -> bool:
    """Whether a platoon may be within reach of a sniper in a cell: false for sure, true with a doubt."""
    side = (nx - 1) // bin_cells + 1
    rows = (ny - 1) // bin_cells + 1
    x, y = cell % nx // bin_cells, cell // nx // bin_cells
    for v in range(max(y - 1, 0), min(y + 2, rows)):
        for u in range(max(x - 1, 0), min(x + 2, side)):
            if crowd[v * side + u] > 0:
                return True
    return False


@compiled
def count_crowds(cells: np.ndarray, near: Near) -> None:
    """Count the platoons in each bin anew."""
    near.crowd[:] = 0
    side = (near.nx - 1) // near.bin_cells + 1
    for cell in cells:
        near.crowd[cell // near.nx // near.bin_cells * side + cell % near.nx // near.bin_cells] += 1


@inlined
def view(
    density: np.ndarray, storeys: np.ndarray, dx: np.ndarray, dy: np.ndarray, nx: int, a: int, b: int, k: int,
    weight: np.ndarray,
) -> float:  # fmt: skip
    """How clearly cell ``a`` and its ``k``-th neighbour ``b`` see each other; ``weight`` is that of the arm, see the module."""
    steps = 2 * max(abs(dx[k]), abs(dy[k]), 1)
    top = max(storeys[a], storeys[b])
    x, y = a % nx, a // nx
    built = 0.0
    for i in range(steps):
        part = (i + 0.5) / steps
        cell = int((y + math.floor(part * dy[k] + 0.5)) * nx + x + math.floor(part * dx[k] + 0.5))
        built += density[cell] * (0.5 if storeys[cell] < top else 1.0)
    return float(weight[k, int(built / steps * SHARES + 0.5)])


@compiled
def mark_near(old_cells: np.ndarray, cells: np.ndarray, near: Near) -> None:
    """Mark the cells within contact distance and within reach of ``cells``, after those of ``old_cells`` have been wiped."""
    dx, dy, nx, ny = near.dx, near.dy, near.nx, near.ny
    for mine, there in ((old_cells, False), (cells, True)):
        for cell in mine:
            for k in range(near.reach):
                c = nearby(dx, dy, nx, ny, cell, k)
                if c >= 0:
                    near.team_reach[c] = there
                    if k < near.touching:
                        near.team_near[c] = there


# Beyond this multiple of its range a weapon has a tenth of its effect, and is taken to have none.
_FADED = 1.5
# Points to a side of a unit's place over which weights are averaged, and metres to a side of that.
_POINTS = 8
PLACE_M = 100.0


@compiled
def mean_weights(dx: np.ndarray, dy: np.ndarray, cell_m: float, range_m: float, block_m: float) -> np.ndarray:
    """Mean of ``exp(-(d / range)^2 - r d / block)`` over points of the places of two units.

    Args:
        dx: int32 (k,), columns between the cells.
        dy: int32 (k,), rows between them.
        cell_m: Side of a cell.
        range_m: Range of the arm, metres.
        block_m: Free path of a line in solid building, metres.

    Returns:
        float64 (k, SHARES + 1), for building shares r from 0 to 1.
    """
    out, apart = np.zeros((dx.size, SHARES + 1)), max(cell_m, PLACE_M) / _POINTS
    for k in range(dx.size):
        for i in range(1 - _POINTS, _POINTS):
            for j in range(1 - _POINTS, _POINTS):
                pairs = (_POINTS - abs(i)) * (_POINTS - abs(j)) / _POINTS**4
                d = math.hypot(dx[k] * cell_m + i * apart, dy[k] * cell_m + j * apart)
                for share in range(SHARES + 1):
                    out[k, share] += pairs * math.exp(-((d / range_m) ** 2) - share / SHARES * d / block_m)
    return out


def make_near(
    nx: int, ny: int, n_teams: int, n_platoons: int, cell_m: float, contact_m: float, range_m: float, far_m: float,
    block_m: float,
) -> Near:
    """An index without units.

    Args:
        nx: Cells in a row.
        ny: Rows.
        n_teams: Teams.
        n_platoons: Platoons.
        cell_m: Side of a cell.
        contact_m: Distance at which units halt to fight.
        range_m: Range of small arms.
        far_m: Range of snipers.
        block_m: Free path of a line in solid building, metres.
    """
    dx, dy = offsets(cell_m, max(contact_m, _FADED * max(range_m, far_m)))
    n = nx * ny
    bin_cells = max(1, int(dx.max()))
    bins = ((nx - 1) // bin_cells + 1) * ((ny - 1) // bin_cells + 1)
    return Near(
        np.full(n, -1, np.int32), np.full(n_teams, -1, np.int32), np.full(n, -1, np.int32), np.full(n_platoons, -1, np.int32),
        np.zeros(n, np.bool_), np.zeros(n, np.bool_), dx, dy,
        mean_weights(dx, dy, cell_m, range_m, block_m), mean_weights(dx, dy, cell_m, far_m, block_m),
        np.zeros(bins, np.int32), bin_cells, offsets(cell_m, contact_m)[0].size,
        offsets(cell_m, max(contact_m, _FADED * range_m))[0].size, nx, ny,
    )  # fmt: skip


class UnitIndex:
    """Keeps :class:`Near` up to date at a cost that follows the number of units, not of cells."""

    def __init__(self, near: Near) -> None:
        self.near = near
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
        if not np.array_equal(before, self._team_cells):
            mark_near(before, self._team_cells, near)
        self._platoon_cells = relist(
            self._platoon_cells, self.platoon_rows, platoons.cell, near.platoon_head, near.platoon_next
        )
        count_crowds(self._platoon_cells, near)


def offsets(cell_m: float, distance_m: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Columns and rows from a cell to all cells within a distance, nearest first; at least the straight neighbours."""
    reach = max(distance_m / cell_m, 1.0)
    k = int(reach)
    dy, dx = np.mgrid[-k : k + 1, -k : k + 1]
    inside = dx**2 + dy**2 <= reach**2 + 1e-9
    dx, dy = dx[inside], dy[inside]
    order = np.lexsort((dx, dy, dx**2 + dy**2))
    return dx[order].astype(np.int32), dy[order].astype(np.int32)


def teams_in(battle: Battle) -> NDArray[np.int64]:
    """Teams of defenders in each quarter, int64 (quarters,); residents know whether anybody bars their street."""
    quarter = battle.ground.quarter[battle.defenders.columns.cell[battle.units.team_rows]]
    return np.bincount(quarter[quarter >= 0], minlength=battle.quarters.area.size)
