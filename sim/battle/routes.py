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

    Attributes:
        slow: int32 (cells,), slowness for units: 10 in the open, more in built cells, 0 impassable.
        to_quarter: int32 (quarters, cells), cost to the nearest built cell of a quarter; valid where :meth:`need` was called.
    """

    def __init__(self, grid: CityGrid, quarters: Quarters, urban_factor: float) -> None:
        self._grid = grid
        self._quarters = quarters
        self._urban = round(OPEN_SLOWNESS / urban_factor)
        self._open_bridges = np.ones(len(grid.bridges), np.bool_)
        self._joined: dict[tuple[int, int], bool] = {}
        self._have = np.zeros(len(grid.neighbourhood_names), np.bool_)
        self.slow: NDArray[np.int32] = self._slowness()
        self.to_quarter = np.full((len(grid.neighbourhood_names), grid.nx * grid.ny), UNREACHED, np.int32)

    def _slowness(self) -> NDArray[np.int32]:
        grid = self._grid
        slow = np.full(grid.nx * grid.ny, self._urban, np.int32)
        slow[(grid.terrain == OPEN) | (grid.terrain == WATER) | (grid.road == MAIN_ROAD)] = OPEN_SLOWNESS
        slow[~grid.passable(self._open_bridges)] = 0
        return slow

    def set_bridges(self, open_bridges: NDArray[np.bool_]) -> bool:
        """Take note of which bridges can be crossed; fields are forgotten if that changed. Returns whether it did."""
        if np.array_equal(open_bridges, self._open_bridges):
            return False
        self._open_bridges = open_bridges.copy()
        self.slow[:] = self._slowness()
        self._have[:] = False
        self._joined.clear()
        return True

    def need(self, quarter_rows: NDArray[np.int32]) -> None:
        """Make sure that the fields to these quarters are there."""
        for q in quarter_rows:
            if q >= 0 and not self._have[q]:
                cells = self._quarters.cells[self._quarters.start[q] : self._quarters.start[q + 1]]
                self.to_quarter[q] = distance_field(self.slow, cells, self._grid.nx, self._grid.ny, NO_LIMIT)
                self._have[q] = True

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
