from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from sim.city import build_grid, load_city
from sim.city.codes import BUILT, MAIN_ROAD, NO_ROAD, OPEN, STREETS, WATER
from sim.city.population import cover_of, decay
from sim.errors import ScenarioError

GRIDS = ("mosul", "river_grid")
LAYERS = {
    "terrain": "uint8", "bank": "uint8", "neighbourhood": "int16", "density": "float32", "storeys": "uint8",
    "road": "uint8", "residents": "float64", "cover": "float32", "old_core": "bool", "core_distance_m": "float64",
}  # fmt: skip


@pytest.fixture(params=GRIDS)
def grid(request):
    return request.getfixturevalue(request.param)


def test_layers_have_type_and_length_and_are_read_only(grid):
    for name, dtype in LAYERS.items():
        layer = getattr(grid, name)
        assert layer.shape == (grid.nx * grid.ny,)
        assert layer.dtype == dtype, name
        assert not layer.flags.writeable, name
    assert np.isfinite(grid.cover).all()


def test_every_built_cell_has_bank_neighbourhood_streets_and_buildings(grid):
    built = grid.terrain == BUILT
    assert (grid.bank[built] > 0).all()
    assert (grid.neighbourhood[built] >= 0).all()
    assert (grid.neighbourhood[~built] == -1).all()
    assert np.isin(grid.road[built], (STREETS, MAIN_ROAD)).all()
    assert (grid.storeys[built] >= 1).all()
    assert (grid.neighbourhood_bank[grid.neighbourhood[built]] == grid.bank[built]).all()


def test_water_open_and_roads(grid):
    assert ((grid.terrain == WATER) == (grid.bank == 0)).all()
    spans = np.concatenate([bridge.span for bridge in grid.bridges])
    wet = np.flatnonzero(grid.road[grid.terrain == WATER] != NO_ROAD)
    assert len(wet) == len(np.unique(spans)), "roads cross water on bridges only"
    for layer in (grid.density, grid.storeys, grid.cover, grid.residents):
        assert (layer[grid.terrain != BUILT] == 0).all()
    assert (grid.terrain == OPEN).any()


def test_residents_are_shares(grid):
    assert math.fsum(grid.residents) == pytest.approx(1.0, abs=1e-12)
    assert (grid.residents >= 0).all()


def test_densities_and_cover_are_bounded(grid):
    assert grid.density.min() >= 0
    assert 0.5 < grid.density.max() <= 0.95
    assert grid.storeys.max() == 3
    assert 0 <= grid.cover.min() < grid.cover.max() < 1


def test_old_core_is_densest(grid):
    built = grid.terrain == BUILT
    assert grid.residents[grid.old_core].mean() > 2 * grid.residents[built].mean()
    assert grid.density[grid.old_core].min() >= grid.density[built & ~grid.old_core].max()


def test_every_neighbourhood_has_cells_and_a_middle(grid):
    count = np.bincount(grid.neighbourhood[grid.neighbourhood >= 0], minlength=len(grid.neighbourhood_names))
    assert count.min() > 0
    assert (grid.terrain[grid.neighbourhood_cell] == BUILT).all()
    assert (grid.bank[grid.neighbourhood_cell] == grid.neighbourhood_bank).all()


def test_sites(grid):
    for site in grid.sites:
        if site.cell >= 0:
            assert grid.terrain[site.cell] != WATER, site.name
    assert {site.kind for site in grid.sites if site.cell < 0} >= {"town"}


@pytest.mark.parametrize("area_km2", [0.0, 1.0, 5.0, 31.0, 10_000.0])
def test_core_cells_add_up_and_are_the_nearest(grid, area_km2):
    built = grid.terrain == BUILT
    core = grid.core_cells(area_km2)
    wanted = min(area_km2, built.sum() * grid.cell_m**2 / 1e6)
    assert core.sum() * grid.cell_m**2 / 1e6 == pytest.approx(wanted, abs=0.01)
    assert not core[~built].any()
    if core.any() and not core[built].all():
        assert grid.core_distance_m[core].max() <= grid.core_distance_m[built & ~core].min()


def test_positions_and_cells_agree(grid):
    x, y = grid.frame.centres()
    assert (grid.frame.cells_at(x, y) == np.arange(grid.n)).all()
    lon, lat = grid.city.projection.to_lonlat(x, y)
    assert (grid.cells_at(lon, lat) == np.arange(grid.n)).all()
    assert grid.frame.cells_at(grid.x0 - 1, grid.y0) == -1


def test_polygons_of_neighbourhoods_agree_with_cells(river_grid):
    x, y = river_grid.city.projection.to_lonlat(*river_grid.frame.centres())
    for row, item in enumerate(river_grid.outlines()["neighbourhoods"]["features"]):
        assert item["properties"]["name"] == river_grid.neighbourhood_names[row]
        inside = shapely.contains_xy(shapely.geometry.shape(item["geometry"]), x, y) & (river_grid.bank > 0)
        different = inside ^ (river_grid.neighbourhood == row)
        assert different.sum() <= 0.02 * inside.sum() + 2


def test_outlines_are_small_geojson(mosul):
    outlines = mosul.outlines()
    assert set(outlines) == {
        "river", "bridges", "outline", "neighbourhoods", "old_core", "sites", "nodes", "roads",
    }  # fmt: skip
    for document in outlines.values():
        assert document["type"] == "FeatureCollection"
        for item in document["features"]:
            west, south, east, north = shapely.geometry.shape(item["geometry"]).bounds
            assert 42 < west <= east < 45
            assert 35 < south <= north < 37


def test_bridge_by_name_or_alias(river_grid):
    assert river_grid.bridge_index("Lower Bridge") == 1
    assert river_grid.bridge_index("Mill Bridge") == 0
    with pytest.raises(ScenarioError, match='did you mean "Lower Bridge"'):
        river_grid.bridge_index("Lowr Bridge")


def test_passable_wants_one_answer_for_each_bridge(river_grid):
    with pytest.raises(ValueError, match="zip"):
        river_grid.passable([True])


@pytest.mark.parametrize(
    ("cell_m", "margin_m", "message"),
    [(24.9, 3000, "at least 25 m"), (math.nan, 3000, "at least 25"), (100, -1, "margin"), (25, 35_000, "at most")],
)
def test_grids_that_are_refused(riverton, cell_m, margin_m, message):
    with pytest.raises(ScenarioError, match=message):
        build_grid(riverton, cell_m, margin_m)


def test_a_bridge_that_ends_in_the_water_is_named(folder):
    for name in ("Silver River (upper)", "Silver River (lower)"):
        folder.change("river", name, widths_m=None, width_m=3500)
    with pytest.raises(ScenarioError, match="Upper Bridge  finds no land"):
        build_grid(load_city(folder.path), 100.0, 3000.0)


def test_kept_in_memory_and_told_apart_by_digest(riverton):
    first = build_grid(riverton, 100.0, 2000.0)
    assert build_grid(riverton, 100.0, 2000.0) is first
    assert build_grid(riverton, 100.0, 2100.0).digest != first.digest != build_grid(riverton, 50.0, 2000.0).digest


def test_same_in_another_process(river_grid):
    code = (
        "from sim.city import build_grid, load_city; import hashlib, sys;"
        f"g = build_grid(load_city({river_grid.city.label!r}), 100.0, 2000.0);"
        "print(g.digest, hashlib.sha256(g.residents.tobytes() + g.cover.tobytes() + g.road.tobytes()"
        "+ g.offgrid.km.tobytes()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert runs.pop().startswith(river_grid.digest)


def test_pickle(river_grid):
    again = pickle.loads(pickle.dumps(river_grid))
    assert again.digest == river_grid.digest
    assert (again.residents == river_grid.residents).all()


@given(st.floats(0, 1e5), st.floats(0, 2))
def test_decay_is_the_exponential(distance_m, gradient):
    value = decay(np.array([distance_m]), gradient)[0]
    assert value == pytest.approx(math.exp(-gradient * distance_m / 1000), rel=0.0101 * max(gradient, 1e-9), abs=1e-12)


@given(st.floats(0, 0.9375, width=32), st.integers(0, 3), st.floats(0, 10))
def test_cover_grows_with_density_and_height(density, storeys, strength):
    low, high, taller = (
        cover_of(np.array([d], np.float32), np.array([s], np.uint8), strength)[0]
        for d, s in ((density, storeys), (min(density + 0.05, 1.0), storeys), (density, storeys + 1))
    )
    assert 0 <= low <= high < 1
    assert low <= taller < 1
