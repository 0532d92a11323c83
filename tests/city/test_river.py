"""The river is a barrier that only an open bridge crosses, at any cell size."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from sim.city import build_grid, load_city
from sim.city.derive import extended, left_side, river_polygon
from sim.city.raster import Frame, touched

EIGHT, FOUR = np.ones((3, 3), int), None


def parts(grid, open_bridges) -> np.ndarray:
    """Number of the connected part of each cell, steps to eight neighbours; 0 where nothing can stand."""
    mask = grid.passable(open_bridges).reshape(grid.ny, grid.nx)
    return ndimage.label(mask, EIGHT)[0].ravel()


def check_barrier(grid):
    count = len(grid.bridges)
    closed = parts(grid, np.zeros(count, bool))
    assert not np.intersect1d(closed[grid.bank == 1], closed[grid.bank == 2]).size
    assert closed.max() == 2, "each bank is one piece"
    for index, bridge in enumerate(grid.bridges):
        joined = parts(grid, np.arange(count) == index)
        a, b = bridge.end_cells
        assert joined[a] == joined[b] > 0, bridge.name
        assert joined.max() == 1, bridge.name


@pytest.mark.parametrize("cell_m", [25.0, 50.0, 73.0, 100.0, 200.0, 250.0])
def test_riverton_is_cut_in_two_and_each_bridge_alone_joins_it(riverton, cell_m):
    check_barrier(build_grid(riverton, cell_m, 1500.0))


@pytest.mark.parametrize("cell_m", [50.0, 100.0, 250.0, 500.0])
def test_mosul_is_cut_in_two_and_each_bridge_alone_joins_it(cell_m):
    grid = build_grid(load_city("mosul"), cell_m)
    assert len(grid.bridges) == 5
    check_barrier(grid)


def test_spans(mosul, river_grid):
    for grid in (mosul, river_grid):
        for bridge in grid.bridges:
            assert np.all(grid.bank[bridge.span] == 0)
            assert {int(grid.bank[cell]) for cell in bridge.end_cells} == {1, 2}
            mask = np.zeros(grid.n, bool)
            mask[bridge.span] = True
            assert ndimage.label(mask.reshape(grid.ny, grid.nx), FOUR)[1] == 1, "connected by sides"


def test_an_oblique_bridge_over_a_wide_river(folder):
    for name in ("Silver River (upper)", "Silver River (lower)"):
        folder.change("river", name, widths_m=None, width_m=600)
    check_barrier(build_grid(load_city(folder.path), 50.0, 1500.0))


def test_the_river_bends_back_and_islands_are_no_land(folder):
    bend = [[-40.09, 20.001], [-40.01, 20.0], [-40.008, 20.009], [-40.004, 20.009], [-40.0, 20.0]]
    folder.change("river", "Silver River (upper)", geometry=bend, widths_m=None, width_m=150)
    folder.write("roads", {"type": "FeatureCollection", "features": []})
    for name, points in {
        "Upper Bridge": [[-40.006, 20.006], [-40.006, 20.012]],
        "Lower Bridge": [[-39.9922, 19.9985], [-39.9922, 20.0025]],
    }.items():
        folder.change("bridges", name, geometry=points)
    check_barrier(build_grid(load_city(folder.path), 50.0, 1500.0))


points = st.lists(st.tuples(st.floats(-950, 950), st.floats(-950, 950)), min_size=2, max_size=6, unique=True)


@settings(max_examples=150, deadline=None)
@given(points)
def test_touched_cells_stop_every_step_to_eight_neighbours(vertices):
    line = shapely.LineString(vertices)
    frame = Frame(20, 20, 100.0, -1000.0, -1000.0)
    wall = touched(frame, line)
    x, y = frame.centres()
    index = np.arange(frame.n).reshape(20, 20)
    for one, other in (
        (index[:, :-1], index[:, 1:]),
        (index[:-1], index[1:]),
        (index[:-1, :-1], index[1:, 1:]),
        (index[1:, :-1], index[:-1, 1:]),
    ):
        a, b = one.ravel(), other.ravel()
        free = ~wall[a] & ~wall[b]
        steps = shapely.linestrings(np.stack([np.c_[x[a], y[a]], np.c_[x[b], y[b]]], axis=1)[free])
        assert not shapely.intersects(line, steps).any()


@given(st.floats(0, 6.28), st.floats(-300, 300))
def test_left_side_of_a_straight_river(angle, shift):
    along = np.array([np.cos(angle), np.sin(angle)])
    left = np.array([-along[1], along[0]])
    line = shapely.LineString([left * shift - along * 100, left * shift + along * 100])
    area = left_side(line, shapely.box(-1000, -1000, 1000, 1000))
    assert area.contains(shapely.Point(left * (shift + 5)))
    assert not area.intersects(shapely.Point(left * (shift - 5)))


def test_extended_keeps_direction():
    line = extended(shapely.LineString([(0, 0), (0, 10), (10, 10)]), 5.0)
    assert list(line.coords) == [(0, -5), (0, 0), (0, 10), (10, 10), (15, 10)]


def test_river_polygon_is_as_wide_as_said():
    surface = river_polygon(shapely.LineString([(0, 0), (1000, 0), (2000, 0)]), np.array([100.0, 200.0, 200.0]))
    for at, width in ((500, 150), (1000, 200), (1500, 200)):
        cut = surface.intersection(shapely.LineString([(at, -500), (at, 500)]))
        assert cut.length == pytest.approx(width, rel=0.02)
