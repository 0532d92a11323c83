"""Units find every cell of a quarter from every other one, also where the straight way leads through another quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.agents.codes import ASSAULT, FREED, HELD
from sim.battle import Battle
from sim.battle.movement import move
from sim.battle.routes import leads, next_step, toward
from sim.kernels.fields import neighbour
from sim.scenario import load

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def city() -> Battle:
    return Battle(load("op_ed", ["population.persons=2000"]), seed=1)


def _pairs(battle: Battle) -> Iterator[tuple[int, int, int]]:
    """Quarter, cell and target of the same quarter, where the straight way from one to the other leaves the quarter."""
    q, slow, nx, ny = battle.quarters, battle.routes.slow, battle.grid.nx, battle.grid.ny
    draws = np.random.default_rng(5)
    for row in np.flatnonzero(q.start[1:] - q.start[:-1] > 8).tolist():
        cells = q.cells[q.start[row] : q.start[row + 1]]
        for a, b in draws.choice(cells, (12, 2)).tolist():
            if a == b or not leads(slow, a, b, nx, ny):
                continue
            cell = a
            while cell != b:
                cell = neighbour(cell, toward(slow, cell, b, nx, ny), nx, ny)
                if battle.ground.quarter[cell] != row:
                    yield row, a, b
                    break


def test_platoons_come_to_the_last_cell_of_a_quarter(city: Battle) -> None:
    """One held cell is left in a quarter, and the way to it leads through the next quarter."""
    platoons, ground = city.liberators.columns, city.ground
    pairs = list(_pairs(city))
    city.defenders.columns.strength[:] = 0
    platoons.cell[:] = -1
    platoons.ammo[:], platoons.strength[:] = 1.0, 30
    ground.control[:] = FREED
    city.axes.halted[:] = False
    first, reached = {}, set()
    for i, (quarter, cell, target) in enumerate(pairs):
        if quarter not in first:
            first[quarter] = (i, target)
            ground.control[target] = HELD
            platoons.cell[i], platoons.objective[i], platoons.target[i], platoons.order[i] = cell, quarter, -1, ASSAULT
    for _ in range(48):
        city.units.update(city.defenders.columns, platoons)
        move(city)
        city.tick += 1
        reached |= {quarter for quarter, (i, target) in first.items() if platoons.cell[i] == target}
    assert len(first) > 20
    assert reached == {*first}


def test_units_sent_to_a_cell_come_to_it_along_the_straight_way(city: Battle) -> None:
    """Teams and garrisons are given their cell from afar: close to it they no longer turn back at the quarter's edge."""
    routes, nx, ny = city.routes, city.grid.nx, city.grid.ny
    detour = np.full(nx * ny + 1, -1, np.int32)
    walked = 0
    for quarter, start, target in _pairs(city):
        if max(abs(start % nx - target % nx), abs(start // nx - target // nx)) > 5:
            continue
        routes.need(np.array([quarter]), np.array([start]))
        cell = start
        for _ in range(12):
            inside = bool(city.ground.quarter[cell] == quarter)
            k = next_step(routes.slow, routes.local[quarter], cell, target, inside, True, detour, nx, ny)
            if k < 0:
                break
            cell = neighbour(cell, k, nx, ny)
        assert cell == target
        walked += 1
    assert walked > 10
