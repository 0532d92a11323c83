"""Networks of a city: compact districts on one bank, trees, and works where the data say or where they must be assumed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city import CityGrid, build_grid, load_city
from sim.city.utilities import (
    HOSPITAL,
    OUTSIDE,
    PLANT,
    PUMPS,
    SUBSTATION,
    WORKS,
    Utilities,
    build_utilities,
    districts,
)


def named(u: Utilities, kind: int) -> list[str]:
    return [u.names[row] for row in np.flatnonzero(u.kind == kind)]


@given(
    places=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.0, 5.0)), min_size=1, max_size=40),
    count=st.integers(1, 12),
)
def test_districts_part_all_places_and_none_is_empty(places: list[tuple[int, int, float]], count: int) -> None:
    table = np.array(places, float)
    parts = districts(table[:, :2], table[:, 2], count)
    assert len(parts) == min(count, len(places))
    assert all(part.size for part in parts)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(places)))


def test_districts_are_compact_and_of_one_size() -> None:
    x, y = np.meshgrid(np.arange(8.0), np.arange(4.0))
    parts = districts(np.column_stack([x.ravel(), y.ravel()]), np.ones(32), 4)
    assert [part.size for part in parts] == [8, 8, 8, 8]
    for part in parts:
        assert np.ptp(x.ravel()[part]) <= 3
        assert np.ptp(y.ravel()[part]) <= 3


@pytest.mark.parametrize(("substation_km2", "pump_km2"), [(8.0, 12.0), (1.5, 3.0), (0.1, 0.1), (500.0, 500.0)])
def test_everything_hangs_on_its_own_bank(mosul: CityGrid, substation_km2: float, pump_km2: float) -> None:
    u = build_utilities(mosul, substation_km2, pump_km2)
    assert (np.diff(u.kind.astype(int)) >= 0).all()
    assert len({*u.names}) == u.kind.size
    bank = mosul.neighbourhood_bank
    of_node = mosul.bank[u.cell]
    assert np.array_equal(of_node, bank[u.quarter])
    for link, kind in ((u.feeder, SUBSTATION), (u.pump, PUMPS)):
        assert (u.kind[link] == kind).all()
        assert np.array_equal(of_node[link], bank)
        assert np.array_equal(np.unique(link), np.flatnonzero(u.kind == kind)), "a station that serves nobody"
    for row in range(u.kind.size):
        if u.kind[row] > SUBSTATION:
            assert u.power[row] == u.feeder[u.quarter[row]]
        if u.power[row] != OUTSIDE:
            assert u.power[row] < row
            assert of_node[u.power[row]] == of_node[row]
        assert (u.water[row] == OUTSIDE) == (u.kind[row] != PUMPS)
        if u.kind[row] == PUMPS:
            assert u.kind[u.water[row]] == WORKS
            assert of_node[u.water[row]] == of_node[row]


def test_mosul_has_a_substation_for_so_many_km2(mosul: CityGrid) -> None:
    u = build_utilities(mosul, 8.0, 12.0)
    area = np.bincount(mosul.neighbourhood[mosul.neighbourhood >= 0], minlength=141) * mosul.cell_m**2 / 1e6
    fed = np.bincount(u.feeder, area, u.kind.size)[u.kind == SUBSTATION]
    assert fed.sum() == pytest.approx(area.sum())
    assert fed.mean() == pytest.approx(8.0, rel=0.1)
    assert fed.min() > 0.4 * fed.max()
    assert named(u, PLANT) == ["Yarmuk power station"]
    east = u.power[(u.kind == SUBSTATION) & (mosul.bank[u.cell] == 1)]
    assert (east == OUTSIDE).all(), "the only power station of the data lies on the west bank"
    assert len(named(u, HOSPITAL)) == 6


def test_works_of_a_bank_share_its_pump_stations(mosul: CityGrid) -> None:
    u = build_utilities(mosul, 8.0, 12.0)
    served = np.bincount(u.water[u.kind == PUMPS], minlength=u.kind.size)[u.kind == WORKS]
    works = named(u, WORKS)
    assert [name.split()[0] for name in works] == ["Qubba", "al-Qusur", "west"]
    assert works[2].endswith("(assumed)")
    assert served[0] == served[1] == served[:2].sum() / 2
    assert (served > 0).all()


def test_riverton_has_what_its_data_name_and_an_assumed_works_where_they_name_none(river_grid: CityGrid) -> None:
    u = build_utilities(river_grid, 3.0, 1.5)
    assert named(u, PLANT) == ["Power Station"]
    assert named(u, WORKS) == ["Water Works", "south water works (assumed)"]
    assert named(u, HOSPITAL) == ["City Hospital"]
    assert len(named(u, SUBSTATION)) == 4
    assert len(named(u, PUMPS)) == 8
    north = (u.kind == SUBSTATION) & (river_grid.bank[u.cell] == 1)
    assert (u.power[north] == 0).all()
    assert (u.power[(u.kind == SUBSTATION) & ~north] == OUTSIDE).all()


def test_a_city_without_any_works_in_its_data_gets_water_on_each_bank(folder) -> None:
    sites = folder.layer("sites")
    sites["features"] = [f for f in sites["features"] if f["properties"]["kind"] not in {"power", "water", "hospital"}]
    folder.file("sites.geojson").write_text(json.dumps(sites))
    u = build_utilities(build_grid(load_city(folder.path), 100.0, 2000.0), 3.0, 3.0)
    assert named(u, WORKS) == ["north water works (assumed)", "south water works (assumed)"]
    assert named(u, PLANT) == named(u, HOSPITAL) == []
    assert (u.power[u.kind == SUBSTATION] == OUTSIDE).all()
