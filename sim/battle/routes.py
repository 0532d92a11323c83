"""Ways through the city for units and for families, kept until what they depend on changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.city.codes import MAIN_ROAD, OPEN, WATER
from sim.kernels.fields import DX, DY, NO_LIMIT, OPEN_SLOWNESS, UNREACHED, distance_field, downhill, neighbour, step_cost
from sim.kernels.jit import compiled, compiled_for, inlined

if TYPE_CHECKING:
    from sim.battle.ground import Quarters
    from sim.city.grid import CityGrid



class Routes:
    """Distance fields to quarters, and the slowness of cells, under the bridges as they stand.

    A unit on the bank of its quarter follows a field over that bank alone, which no bridge changes; one that has to cross
    follows a field by the bridges that stand, which is made anew when they change.

    Attributes:
        slow: int32 (cells,), slowness for units: 10 in the open, more in built cells, 0 impassable.
        local: int32 (quarters, cells), cost to the nearest built cell of a quarter over its own bank.
        across: int32 (quarters, cells), the same with bridges. Both valid where :meth:`need` was called.
    """

    def __init__(self, grid: CityGrid, quarters: Quarters, urban_factor: float) -> None:
        self._grid = grid
        self._quarters = quarters
        self._urban = round(OPEN_SLOWNESS / urban_factor)
        self._open_bridges = np.ones(len(grid.bridges), np.bool_)
        shape = (len(grid.neighbourhood_names), grid.nx * grid.ny)
        self._have_local = np.zeros(shape[0], np.bool_)
        self._have_across = np.zeros(shape[0], np.bool_)
        self.slow: NDArray[np.int32] = self._slowness()
        self.local = np.full(shape, UNREACHED, np.int32)
        self.across = np.full(shape, UNREACHED, np.int32)

    def _slowness(self) -> NDArray[np.int32]:
        grid = self._grid
        slow = np.full(grid.nx * grid.ny, self._urban, np.int32)
        slow[(grid.terrain == OPEN) | (grid.terrain == WATER) | (grid.road == MAIN_ROAD)] = OPEN_SLOWNESS
        slow[~grid.passable(self._open_bridges)] = 0
        return slow

    def set_bridges(self, open_bridges: NDArray[np.bool_]) -> bool:
        """Take note of which bridges can be crossed; fields across are forgotten if that changed. Returns whether it did."""
        if np.array_equal(open_bridges, self._open_bridges):
            return False
        self._open_bridges = open_bridges.copy()
        self.slow[:] = self._slowness()
        self._have_across[:] = False
        return True

    def need(self, quarters: NDArray[np.int32], cells: NDArray[np.int32]) -> None:
        """Make sure that the fields are there for units in ``cells`` on their way to ``quarters`` (-1 for none).

        A unit that crosses needs both: it may arrive on the bank of its quarter within the tick.
        """
        if not lacks(quarters, cells, self._grid.bank, self._quarters.bank, self._have_local, self._have_across):
            return
        cells, quarters = cells[quarters >= 0], quarters[quarters >= 0]
        same_bank = self._grid.bank[cells] == self._quarters.bank[quarters]
        missing = quarters[~self._have_local[quarters]]
        for q in np.unique(missing) if missing.size else ():
            slow = np.where(self._grid.bank == self._quarters.bank[q], self.slow, 0).astype(np.int32)
            self._fill(self.local, self._have_local, int(q), slow)
        missing = quarters[~same_bank & ~self._have_across[quarters]]
        for q in np.unique(missing) if missing.size else ():
            self._fill(self.across, self._have_across, int(q), self.slow)

    def _fill(self, fields: NDArray[np.int32], have: NDArray[np.bool_], q: int, slow: NDArray[np.int32]) -> None:
        cells = self._quarters.cells[self._quarters.start[q] : self._quarters.start[q + 1]]
        fields[q] = distance_field(slow, cells, self._grid.nx, self._grid.ny, NO_LIMIT)
        have[q] = True

    def joined(self, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether two banks are joined by an open bridge, of those that are ``usable``; each is joined to itself.

        Returns:
            bool (banks + 1, banks + 1), by bank codes.
        """
        banks = self._grid.bank
        joined = np.eye(len(self._grid.bank_names) + 1, dtype=np.bool_)
        for bridge, is_open in zip(self._grid.bridges, self._open_bridges & usable, strict=True):
            if is_open:
                a, b = (int(banks[end]) for end in bridge.end_cells)
                joined[a, b] = joined[b, a] = True
        return joined


@compiled
def lacks(
    quarters: np.ndarray, cells: np.ndarray, bank: np.ndarray, quarter_bank: np.ndarray, local: np.ndarray, across: np.ndarray
) -> bool:
    """Whether a field is missing that a unit in one of ``cells`` needs on its way to its quarter; arguments as in ``need``."""
    for i in range(quarters.size):
        q = quarters[i]
        if q >= 0 and (not local[q] or (not across[q] and bank[cells[i]] != quarter_bank[q])):
            return True
    return False


_CELLS = np.zeros(0, np.int32)
# Cells within which a unit goes straight for its target, wherever quarters end.
_CLOSE = 5


@inlined
def toward(slow: np.ndarray, cell: int, target: int, nx: int, ny: int) -> int:
    """Neighbour number of the passable move that ends nearest to ``target`` and nearer than here; -1 for none."""
    tx, ty = target % nx, target // nx
    x, y = cell % nx, cell // nx
    best = (tx - x) ** 2 + (ty - y) ** 2
    best_k = -1
    for k in range(8):
        d = (tx - x - DX[k]) ** 2 + (ty - y - DY[k]) ** 2
        if d < best and step_cost(slow, cell, k, nx, ny) > 0:
            best, best_k = d, k
    return best_k


@compiled_for(_CELLS, 0, 0, 0, 0)
def leads(slow: np.ndarray, cell: int, target: int, nx: int, ny: int) -> bool:
    """Whether a unit that always takes the move nearest to ``target`` gets there."""
    while cell != target:
        k = toward(slow, cell, target, nx, ny)
        if k < 0:
            return False
        cell = neighbour(cell, k, nx, ny)
    return True


@inlined
def _is_close(cell: int, target: int, nx: int) -> bool:
    return abs(cell % nx - target % nx) <= _CLOSE and abs(cell // nx - target // nx) <= _CLOSE


@compiled_for(_CELLS, _CELLS, 0, 0, True, True, _CELLS, 0, 0)
def next_step(
    slow: np.ndarray, field: np.ndarray, cell: int, target: int, in_quarter: bool, goal_in_quarter: bool, detour: np.ndarray,
    nx: int, ny: int,
) -> int:  # fmt: skip
    """The next move: down the quarter's field outside it, towards the target cell within it.

    Where the straight way is barred, a unit goes around: ``detour`` holds a field to the last target for which that was so, and
    the target in its last place. The straight way may lead out of the quarter and back: a unit that is close keeps to it.
    """
    if not in_quarter and not (goal_in_quarter and _is_close(cell, target, nx) and leads(slow, cell, target, nx, ny)):
        return downhill(field, slow, cell, nx, ny)
    if target < 0 or target == cell:
        return -1
    if leads(slow, cell, target, nx, ny):
        return toward(slow, cell, target, nx, ny)
    if detour[-1] != target:
        detour[:-1] = distance_field(slow, np.full(1, target, np.int32), nx, ny, NO_LIMIT)
        detour[-1] = target
    return downhill(detour[:-1], slow, cell, nx, ny)

