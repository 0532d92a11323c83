"""The shipped city: what a reader who knows Mosul would check on the map."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import sim.city.folder
from sim.city.codes import BUILT

DATA = Path(sim.city.folder.SHIPPED) / "mosul"
RESIDENTS = 1_200_000


def features(layer):
    return json.loads((DATA / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]


def km2(grid, mask):
    return mask.sum() * grid.cell_m**2 / 1e6


def test_size_of_the_city(mosul):
    built = mosul.terrain == BUILT
    east, west = (km2(mosul, built & (mosul.bank == code)) for code in (1, 2))
    assert mosul.bank_names == ("east", "west")
    assert 85 < east < 100
    assert 38 < west < 48
    assert 2.4 < km2(mosul, mosul.old_core) < 3.0
    assert len(mosul.neighbourhood_names) == 141
    assert 20 < mosul.nx * mosul.cell_m / 1000 < 30


def test_river_runs_from_north_west_to_south_east(mosul):
    bank = mosul.bank.reshape(mosul.ny, mosul.nx)
    west_end, south_end = np.flatnonzero(bank[:, 0] == 0), np.flatnonzero(bank[0] == 0)
    assert west_end.min() > mosul.ny / 2, "enters over the west edge, in its northern half"
    assert south_end.min() > mosul.nx / 2, "leaves over the south edge, in its eastern half"
    assert bank[-1, 0] == bank[-1, -1] == 1
    assert bank[0, 0] == 2


def test_old_city_is_on_the_west_bank_and_within_the_core_of_the_op_ed(mosul):
    assert (mosul.bank[mosul.old_core] == 2).all()
    core = mosul.core_cells(31.0)
    assert core[mosul.old_core].all()
    assert set(mosul.bank[core]) == {1, 2}


def test_bridges_from_north_to_south(mosul):
    assert [bridge.name for bridge in mosul.bridges] == [
        "Third Bridge", "Fifth Bridge", "Old Bridge", "Second Bridge", "Fourth Bridge",
    ]  # fmt: skip
    rows = [bridge.span.mean() // mosul.nx for bridge in mosul.bridges]
    assert rows == sorted(rows, reverse=True)
    assert all(200 <= len(bridge.span) * mosul.cell_m <= 700 for bridge in mosul.bridges)


def test_persons_per_hectare(mosul):
    per_ha = mosul.residents * RESIDENTS / (mosul.cell_m / 100) ** 2
    built = mosul.terrain == BUILT
    edge = built & (mosul.core_distance_m > 8000)
    assert 280 < per_ha[mosul.old_core].mean() < 450
    assert 70 < per_ha[built].mean() < 110
    assert 35 < per_ha[edge].mean() < 70


def test_places_off_the_grid(mosul):
    out = mosul.offgrid
    for name in (
        "Qayyarah", "Qayyarah West airbase", "Tal Afar", "Hammam al-Alil", "Bartella", "Bashiqa", "Tel Kaif", "Badush",
        "Qaraqosh", "Kalak", "start_east", "start_southeast", "start_north", "start_northeast", "start_south",
        "start_west",
    ):  # fmt: skip
        out.index(name)
    assert sum(kind == "camp" for kind in out.kinds) == len(features("camps")) == 14
    assert out.index("Qaymawa (ex-Zelikan)") == out.index("Zelikan")
    apart = [abs(getattr(out, axis)[out.index("Qayyarah Airstrip")] - getattr(out, axis)[out.index("Qayyarah Jad'ah (1-6)")])
        for axis in "xy"]  # fmt: skip
    assert np.hypot(*apart) < 4000
    shortest = out.km.min(axis=1)
    assert 45 < shortest[out.index("start_south")] < 80
    assert 15 < shortest[out.index("start_east")] < 28


def test_start_east_is_24_km_of_road_from_gogjali(mosul):
    places, chain = mosul.city.places, ("start_east", "Bartella", "Bazwaya", "Gogjali")
    km = sum(np.hypot(places[a].x - places[b].x, places[a].y - places[b].y) * 1.02 / 1000 for a, b in pairwise(chain))
    assert km == pytest.approx(24.0, abs=1.0)


def test_features_keep_source_accuracy_and_licence():
    for path in sorted(DATA.glob("*.geojson")):
        for item in features(path.stem):
            properties = item["properties"]
            assert {"name", "source", "accuracy_m", "licence"} <= set(properties), properties
            osm = "OpenStreetMap" in properties["source"] or "OSM" in properties["source"]
            assert not osm or "ODbL" in properties["licence"]


def test_no_outcome_of_the_battle_is_in_the_map():
    for layer in ("river", "bridges", "outline", "old_core", "neighbourhoods", "sites", "roads"):
        text = (DATA / f"{layer}.geojson").read_text(encoding="utf-8")
        assert not re.search(r"201[67]-\d\d|liberated|declared|captured|struck|strike|took it|day \d+", text), layer
    assert {item["properties"].get("opened") for item in features("camps")} == {None, "2015-12-31", "2017-02-19"}


def test_camps_hold_what_was_planned_before_anybody_came(mosul):
    planned = {name: mosul.offgrid.planned[mosul.offgrid.index(name)] for name in ("Zelikan", "Qayyarah Airstrip", "Haj Ali")}
    assert planned == {"Zelikan": 6000, "Qayyarah Airstrip": 60_000, "Haj Ali": 10_000}
    assert np.isnan(mosul.offgrid.capacity).all()
    assert not any(re.search("persons by", item["properties"].get("note", "")) for item in features("camps"))
