"""The ground as every phase asks the battle for it: where cells are, how much is held, freed or damaged, what is joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD
from sim.battle.bridges import Bridges
from sim.battle.clock import Clock
from sim.battle.ground import Ground, Quarters
from sim.battle.routes import Routes
from sim.city.grid import CityGrid


class Place(Clock):
    """A model with a clock and a city.

    Attributes:
        grid: The city's layers.
        ground: What the battle changes about them.
        quarters: Neighbourhoods.
        bridges: Bridges and their states.
        routes: Ways through the city.
        near_built: int32 (cells,), nearest built cell on the same bank, -1 over water.
        flood_days: bool (days,), whether the river is in flood.
    """

    grid: CityGrid
    ground: Ground
    quarters: Quarters
    bridges: Bridges
    routes: Routes
    near_built: NDArray[np.int32]
    flood_days: NDArray[np.bool_]

    @property
    def held_km2(self) -> float:
        """Built ground that the liberators do not hold, km2."""
        q = self.quarters
        cells = q.start[1:] - q.start[:-1] - q.freed
        return float(cells.sum()) * self.grid.cell_m**2 / 1e6

    @property
    def flooded(self) -> bool:
        """Whether the river is in flood today."""
        return bool(self.flood_days[self.day])

    @property
    def liberated_share(self) -> float:
        """Share of the city's built cells in the liberators' hands."""
        return float(self.quarters.freed.sum() / max(self.quarters.cells.size, 1))

    @property
    def damaged_share(self) -> float:
        """Share of buildings damaged, weighted by how densely cells are built."""
        cells = self.quarters.cells
        weight = self.grid.density[cells].astype(np.float64)
        return float((self.ground.damage[cells] * weight).sum() / max(float(weight.sum()), 1e-9))

    def position(self, cells: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centres of cells, metres east and north of the city's centre."""
        grid = self.grid
        x, y = (cells % grid.nx).astype(np.float64), (cells // grid.nx).astype(np.float64)
        return grid.x0 + (x + 0.5) * grid.cell_m, grid.y0 + (y + 0.5) * grid.cell_m

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Which banks the liberators can reach from each other: by open bridges whose ends they both hold; by bank codes."""
        return self.routes.joined((self.ground.control[self.bridges.end] != HELD).all(axis=1))

    def quarter_near(self, cells: NDArray[np.integer]) -> NDArray[np.int32]:
        """Neighbourhood of cells, or of the nearest buildings on their bank; -1 over water."""
        near = self.near_built[cells]
        return np.where(near >= 0, self.ground.quarter[near], -1)
