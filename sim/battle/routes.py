"""Ways through the city for units and for families, kept until what they depend on changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.city.codes import MAIN_ROAD, OPEN, WATER
from sim.kernels.fields import UNREACHED, distance_field

if TYPE_CHECKING:
    from sim.battle.ground import Quarters
    from sim.city.grid import CityGrid

NO_LIMIT = int(UNREACHED) - 1
OPEN_SLOWNESS = 10


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
        self._joined: dict[tuple[int, int], bool] = {}
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
        self._joined.clear()
        return True

    def need(self, quarters: NDArray[np.int32], cells: NDArray[np.int32]) -> None:
        """Make sure that the fields are there for units in ``cells`` on their way to ``quarters`` (-1 for none).

        A unit that crosses needs both: it may arrive on the bank of its quarter within the tick.
        """
        cells, quarters = cells[quarters >= 0], quarters[quarters >= 0]
        same_bank = self._grid.bank[cells] == self._quarters.bank[quarters]
        missing = ~self._have_local[quarters]
        for q in np.unique(quarters[missing]):
            slow = np.where(self._grid.bank == self._quarters.bank[q], self.slow, 0).astype(np.int32)
            self._fill(self.local, self._have_local, int(q), slow)
        missing = ~same_bank & ~self._have_across[quarters]
        for q in np.unique(quarters[missing]):
            self._fill(self.across, self._have_across, int(q), self.slow)

    def _fill(self, fields: NDArray[np.int32], have: NDArray[np.bool_], q: int, slow: NDArray[np.int32]) -> None:
        cells = self._quarters.cells[self._quarters.start[q] : self._quarters.start[q + 1]]
        fields[q] = distance_field(slow, cells, self._grid.nx, self._grid.ny, NO_LIMIT)
        have[q] = True

    def joined(self, bank_a: int, bank_b: int) -> bool:
        """Whether an open bridge joins two banks."""
        if bank_a == bank_b:
            return True
        pair = (bank_a, bank_b)
        if pair not in self._joined:
            banks = self._grid.bank
            ends = [b.end_cells for b, is_open in zip(self._grid.bridges, self._open_bridges, strict=True) if is_open]
            self._joined[pair] = any({int(banks[a]), int(banks[b])} == {bank_a, bank_b} for a, b in ends)
        return self._joined[pair]
