"""What reaches about a hectare acts on blocks: they cover the grid, and results do not hang on how fine it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.codes import FREED, HELD, TEAM_HOLD
from sim.battle import Battle
from sim.battle.blast import hurt_residents, share_of_place, wreck
from sim.battle.clearing import take_back
from sim.battle.contacts import make_near, mean_weights, offsets
from sim.battle.ground import block_side, blocks, cells_of_block, place_m2
from sim.kernels.rng import stream_key
from sim.record.codes import AIR, COALITION, FIRES

if TYPE_CHECKING:
    from sim.scenario import Scenario


@given(nx=st.integers(1, 20), ny=st.integers(1, 20), cell_m=st.sampled_from((25.0, 40.0, 50.0, 100.0, 200.0)))
def test_blocks_part_the_grid(nx: int, ny: int, cell_m: float) -> None:
    of = blocks(nx, ny, cell_m)
    for cell in range(nx * ny):
        assert np.flatnonzero(of == of[cell]).tolist() == cells_of_block(nx, ny, cell_m, cell)
    assert np.bincount(of).max() <= block_side(cell_m) ** 2


@pytest.mark.parametrize("cell_m", [25.0, 50.0, 100.0])
def test_a_block_is_a_hectare_whatever_the_cell(cell_m: float) -> None:
    assert place_m2(cell_m) == 1e4


def test_a_cell_of_more_than_a_hectare_is_a_block_of_its_own() -> None:
    assert place_m2(150.0) == 22_500.0
    assert cells_of_block(4, 4, 150.0, 5) == [5]


@pytest.fixture(scope="module")
def fine(riverton: Scenario) -> Battle:
    return Battle(riverton.replace({"city.cell_m": 50.0}), seed=1)


@pytest.fixture(scope="module")
def coarse(riverton: Scenario) -> Battle:
    return Battle(riverton.replace({"city.cell_m": 100.0}), seed=1)


def test_fire_covers_the_same_share_of_a_unit_on_both_grids(fine: Battle, coarse: Battle) -> None:
    assert share_of_place(fine, 20.0) == share_of_place(coarse, 20.0) == pytest.approx(math.pi * 0.04)


def test_a_blast_damages_as_much_ground_on_both_grids(fine: Battle, coarse: Battle) -> None:
    hectares = []
    for battle in (fine, coarse):
        before = battle.ground.damage.copy()
        wreck(battle, battle.grid.nx * 20 + 21, 0.3)
        hectares.append(float((battle.ground.damage - before).sum()) * battle.grid.cell_m**2 / 1e4)
    assert hectares[0] == pytest.approx(hectares[1]) == pytest.approx(0.3)


def test_a_blast_hurts_people_all_over_the_block_and_nobody_beyond_it(riverton: Scenario) -> None:
    battle = Battle(riverton.replace({"city.cell_m": 50.0}), seed=2)
    persons = battle.households.lists.persons
    home = int(np.argmax(persons))
    block = cells_of_block(battle.grid.nx, battle.grid.ny, 50.0, home)
    before, lived = persons.copy(), [c for c in block if persons[c] > 0]
    assert len(lived) > 1
    for i in range(200):
        hurt_residents(battle, stream_key(1, "test", "cells", i), block[0], 0.02, AIR, COALITION, FIRES)
        battle.events.n[0] = 0
    fewer = np.flatnonzero(persons < before)
    assert np.isin(fewer, block).all()
    assert np.isin(lived, fewer).all()


@pytest.mark.parametrize("share", [0, 16, 40])
def test_two_units_see_each_other_as_well_on_a_fine_grid(share: int) -> None:
    """At the same distance, and in the mean over all places of one of them."""
    weights = {}
    for cell_m in (50.0, 100.0):
        dx, dy = offsets(cell_m, 300.0)
        w = mean_weights(dx, dy, cell_m, 120.0, 40.0)[:, share]
        at = {(int(x * cell_m), int(y * cell_m)): float(v) for x, y, v in zip(dx, dy, w, strict=True)}
        weights[cell_m] = at
    for place, weight in weights[100.0].items():
        assert weights[50.0][place] == pytest.approx(weight)
    total = {cell_m: math.fsum(at.values()) * cell_m**2 for cell_m, at in weights.items()}
    assert total[50.0] == pytest.approx(total[100.0], rel=0.05)


@pytest.mark.parametrize(("cell_m", "cells"), [(50.0, 4), (100.0, 1)])
def test_a_team_takes_a_hectare_back_whatever_the_cell(riverton: Scenario, cell_m: float, cells: int) -> None:
    battle = Battle(riverton.replace({"city.cell_m": cell_m}), seed=1)
    ground, q, teams = battle.ground, battle.quarters, battle.defenders.columns
    ground.control[q.cells] = FREED
    q.freed[:] = q.start[1:] - q.start[:-1]
    whole = [c for c in q.cells.tolist() if np.isin(cells_of_block(battle.grid.nx, battle.grid.ny, cell_m, c), q.cells).all()]
    team = int(np.flatnonzero(teams.strength > 0)[0])
    teams.cell[team], teams.order[team] = whole[len(whole) // 2], TEAM_HOLD
    near = make_near(battle.grid.nx, battle.grid.ny, len(teams.cell), 1, cell_m, 100.0, 100.0, 100.0, 40.0)
    freed = int(q.freed.sum())
    taken = take_back(
        stream_key(1, "test", "defenders", 0), np.array([team], np.int32), teams, near, ground, q, 1e-9, 0.5, 1.0, battle.events
    )
    assert taken == cells == freed - int(q.freed.sum())
    assert (ground.control[cells_of_block(battle.grid.nx, battle.grid.ny, cell_m, int(teams.cell[team]))] == HELD).all()
