"""A model without a battle, for agent sets of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
import pytest

from sim.city import CityGrid, build_grid, load_city

if TYPE_CHECKING:
    from sim.scenario import Scenario


class Stage(mesa.Model):
    """What agent sets ask of a battle: a grid, the time, and a place to be registered."""

    def __init__(self, grid: CityGrid) -> None:
        super().__init__(rng=1)
        self.tick = 3
        self.grid = grid


@pytest.fixture(scope="session")
def grid(riverton: Scenario) -> CityGrid:
    return build_grid(load_city(riverton.city.path), riverton.city.cell_m, riverton.city.margin_m)


@pytest.fixture(scope="session")
def land(grid: CityGrid) -> np.ndarray:
    return grid.passable(np.zeros(len(grid.bridges), np.bool_))


@pytest.fixture
def stage(grid: CityGrid) -> Stage:
    return Stage(grid)
