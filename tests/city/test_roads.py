from __future__ import annotations

import math
from datetime import date
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city import build_grid, load_city
from sim.city.roads import shortest_km
from sim.errors import ScenarioError


def test_nodes_of_riverton(river_grid):
    out = river_grid.offgrid
    assert out.names == ("start_north", "start_south", "Hill Camp", "Plain Camp", "Northfield", "Southend")
    assert out.kinds == ("start", "start", "camp", "camp", "town", "town")
    assert out.opened[2] == date(2016, 10, 20)
    assert out.opened[3] is None
    assert out.capacity[2] == 20_000
    assert math.isnan(out.capacity[3])
    assert np.isnan(out.planned).all()
    assert out.km.shape == (6, 2)


def test_entries_are_land_on_the_edge_and_ascending(mosul, river_grid):
    for grid in (mosul, river_grid):
        cells = grid.offgrid.entry_cell
        x, y = cells % grid.nx, cells // grid.nx
        assert ((x == 0) | (x == grid.nx - 1) | (y == 0) | (y == grid.ny - 1)).all()
        assert (np.diff(cells) > 0).all()
        assert (grid.bank[cells] == grid.offgrid.entry_bank).all()
        assert (grid.offgrid.entry_bank > 0).all()


def test_length_is_the_part_outside_times_detour(river_grid):
    out = river_grid.offgrid
    start, entry = out.index("start_north"), int(np.flatnonzero(out.entry_bank == 1)[0])
    edge_y = river_grid.y0 + river_grid.ny * river_grid.cell_m
    x, y = out.x[start], out.y[start]
    slope = math.hypot(x - 0.0, y - 900.0) / (y - 900.0)  # towards North Roads at (0, 900)
    assert out.km[start, entry] == pytest.approx((y - edge_y) * slope * 1.1 / 1000, rel=1e-4)
    camp = out.index("Hill Camp")
    beyond = math.hypot(out.x[camp] - 500, out.y[camp] - 9000) + math.hypot(x - 500, y - 9000)
    assert out.km[camp, entry] - out.km[start, entry] == pytest.approx(beyond * 1.1 / 1000, rel=1e-3)


def test_banks_are_joined_outside_only_by_the_crossing(folder, mosul):
    text = folder.file("city.yaml").read_text().splitlines()
    folder.file("city.yaml").write_text("\n".join(line for line in text if "crossing" not in line))
    out = build_grid(load_city(folder.path), 100.0, 2000.0).offgrid
    assert (np.isinf(out.km) == (out.bank[:, None] != out.entry_bank[None, :])).all()
    assert np.isfinite(mosul.offgrid.km).all()
    crossing = [link for link in mosul.city.settings.links if link.kind == "crossing"]
    assert [{link.start, link.end} for link in crossing] == [{"Haj Ali", "Qayyarah"}]


def test_a_camp_on_the_grid_is_its_own_entry(folder):
    folder.change("camps", "Hill Camp", geometry=[-39.9996, 20.0252])
    grid = build_grid(load_city(folder.path), 100.0, 2000.0)
    out = grid.offgrid
    camp = out.index("Hill Camp")
    entry = int(np.flatnonzero(out.km[camp] == 0.0)[0])
    assert out.entry_cell[entry] == grid.cells_at(-39.9996, 20.0252)


def test_a_link_of_no_length_joins(mosul):
    out = mosul.offgrid
    assert (out.km[out.index("start_south")] == out.km[out.index("Qayyarah")]).all()


def test_unknown_node_suggests(mosul):
    assert mosul.offgrid.index("Qayyarah town") == mosul.offgrid.index("Qayyarah")
    with pytest.raises(ScenarioError, match='did you mean "start_east"'):
        mosul.offgrid.index("start_eastt")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0, 100)), min_size=1, max_size=12))
def test_shortest_way_is_the_shortest_of_all(edges):
    graph: dict = {0: {}}
    for a, b, km in edges:
        for one, other in ((a, b), (b, a)):
            graph.setdefault(one, {})
            graph[one][other] = min(km, graph[one].get(other, math.inf))
    found = shortest_km(graph, 0)
    others = [v for v in graph if v != 0]
    for goal in others:
        ways = [
            sum(graph[a].get(b, math.inf) for a, b in pairwise((0, *via, goal)))
            for size in range(len(others))
            for via in permutations([v for v in others if v != goal], size)
        ]
        assert found.get(goal, math.inf) == pytest.approx(min(ways))
