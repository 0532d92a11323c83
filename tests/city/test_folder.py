"""Every defect of a city folder is one problem that names file and feature."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest

from sim.city import load_city, shipped_cities
from sim.errors import ScenarioError


def problems_of(folder) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_city(folder.path)
    return [str(problem) for problem in caught.value.problems]


def rewrite(layer, change):
    def apply(folder):
        document = folder.layer(layer)
        change(document)
        folder.write(layer, document)

    return apply


def text_of(name, text):
    return lambda folder: folder.file(name).write_text(text)


def prop(layer, feature, **properties):
    return lambda folder: folder.change(layer, feature, **properties)


def setting(old, new):
    return lambda folder: folder.settings(old, new)


FAR_NORTH = [[-40.006, 20.01], [-40.006, 20.012]]
BROKEN = {
    # Files
    "missing layer": (lambda f: f.file("bridges.geojson").unlink(), "bridges.geojson", "the layer is missing"),
    "missing yaml": (lambda f: f.file("city.yaml").unlink(), "city.yaml", "the file is missing"),
    "layer is a folder": (
        lambda f: (f.file("roads.geojson").unlink(), f.file("roads.geojson").mkdir()),
        "roads.geojson", "not a file",
    ),
    "broken json": (text_of("sites.geojson", '{"type": "Feature'), "sites.geojson:1:", "broken JSON"),
    "not text": (lambda f: f.file("camps.geojson").write_bytes(b"\xff\xfe\x00"), "camps.geojson", "broken JSON"),
    "deep json": (text_of("camps.geojson", "[" * 100_000), "camps.geojson", "broken JSON"),
    "not a collection": (text_of("roads.geojson", "[1, 2]"), "roads.geojson", "not a GeoJSON FeatureCollection"),
    "features no list": (
        text_of("roads.geojson", '{"type": "FeatureCollection", "features": 3}'), "features", "must be a list",
    ),
    "other projection": (
        rewrite("river", lambda d: d.update(crs={"properties": {"name": "EPSG:32638"}})), "river.geojson", "WGS84",
    ),
    "empty layer": (rewrite("old_core", lambda d: d["features"].clear()), "old_core.geojson", "is empty"),
    # Features
    "no properties": (rewrite("camps", lambda d: d["features"].append({})), "feature 3", "has no properties"),
    "no name": (prop("sites", "City Hospital", name=None), "feature 1", "has no name"),
    "no geometry": (
        rewrite("sites", lambda d: d["features"][0].update(geometry=None)), "City Hospital", "needs a Point",
    ),
    "wrong geometry": (
        rewrite("bridges", lambda d: d["features"][0]["geometry"].update(type="Point")), "Upper Bridge",
        "is a Point; the layer needs a LineString",
    ),
    "text as coordinate": (prop("sites", "City Hospital", geometry=["a", 1]), "City Hospital", "not a number"),
    "no coordinates": (prop("sites", "City Hospital", geometry=[]), "City Hospital", "geometry"),
    "one-point line": (prop("bridges", "Upper Bridge", geometry=[[0, 1]]), "Upper Bridge", "broken coordinates"),
    "deep coordinates": (
        prop("bridges", "Upper Bridge", geometry=[[[[[[1]]]]]]), "Upper Bridge", "not a number: a list",
    ),
    "NaN": (prop("sites", "City Hospital", geometry=[float("nan"), 20.0]), "City Hospital", "not finite"),
    "infinite": (prop("sites", "City Hospital", geometry=[float("inf"), 20.0]), "City Hospital", "not finite"),
    "no such latitude": (prop("sites", "City Hospital", geometry=[-40.0, 95.0]), "City Hospital", "lies outside"),
    "swapped": (prop("sites", "City Hospital", geometry=[20.0, -40.0]), "City Hospital", "longitude first"),
    "bow tie": (
        prop("old_core", "Old Town", geometry=[[[-40, 20], [-39.99, 19.99], [-39.99, 20], [-40, 19.99], [-40, 20]]]),
        "Old Town", "not a valid shape",
    ),
    "unknown kind": (
        prop("sites", "City Hospital", kind="hopsital"), "City Hospital",
        'unknown kind "hopsital" (did you mean "hospital"?)',
    ),
    "no kind": (prop("sites", "City Hospital", kind=None), "City Hospital", "has no kind"),
    "kind is a list": (prop("sites", "City Hospital", kind=["hospital"]), "City Hospital", "unknown kind"),
    "two of a name": (prop("bridges", "Lower Bridge", name="Upper Bridge"), "Upper Bridge", "2 features have"),
    "negative accuracy": (prop("camps", "Hill Camp", accuracy_m=-1), "Hill Camp", "accuracy_m must be"),
    "capacity in words": (prop("camps", "Hill Camp", capacity="many"), "Hill Camp", "capacity must be"),
    "plan below nothing": (prop("camps", "Hill Camp", planned=-5), "Hill Camp", "planned must be"),
    "no such day": (prop("camps", "Hill Camp", opened="2016-11-31"), "Hill Camp", "opened must be a date"),
    "aliases no list": (prop("bridges", "Lower Bridge", aliases="x"), "Lower Bridge", "aliases must be"),
    "bank a number": (prop("camps", "Hill Camp", bank=1), "Hill Camp", "bank must be a text"),
    "unknown bank": (
        prop("camps", "Hill Camp", bank="nort"), "Hill Camp", 'unknown bank "nort" (did you mean "north"?)',
    ),
    "no bank": (prop("neighbourhoods", "Station", bank=None), "Station", "names no bank (north or south)"),
    # River
    "too few widths": (
        prop("river", "Silver River (upper)", widths_m=[100]), "Silver River (upper)", "each of 4 vertices",
    ),
    "width in words": (
        prop("river", "Silver River (upper)", widths_m=[1, 2, "x", 3]), "Silver River (upper)", "numbers above 0",
    ),
    "order in words": (prop("river", "Silver River (upper)", order="first"), "Silver River (upper)", "order must"),
    "river crosses itself": (
        prop("river", "Silver River (lower)", geometry=[[-40.0, 20.0], [-40.02, 20.02], [-40.02, 19.98]]),
        "river.geojson", "crosses itself",
    ),
    # Between layers
    "bridge crosses nothing": (
        prop("bridges", "Upper Bridge", geometry=FAR_NORTH), "bridges.geojson  Upper Bridge", "crosses nothing",
    ),
    "bridge comes back": (
        prop("bridges", "Upper Bridge", geometry=[[-40.006, 20.003], [-40.005, 19.995], [-40.004, 20.003]]),
        "Upper Bridge", "both ends lie on one bank",
    ),
    "outside the outline": (
        prop("neighbourhoods", "Station", geometry=[-39.97, 20.01]), "neighbourhoods.geojson  Station",
        "outside the built-up outline of the bank north",
    ),
    "on the other bank": (
        prop("neighbourhoods", "Station", geometry=[-40.0, 19.99]), "Station", "outside the built-up outline",
    ),
    "two at one place": (
        prop("neighbourhoods", "Station", geometry=[-40.011484, 20.005396]), "Station", 'same place as "Mill Side"',
    ),
    "old core elsewhere": (
        prop("old_core", "Old Town", geometry=[[[-39.9, 20], [-39.89, 20], [-39.89, 20.01], [-39.9, 20]]]),
        "Old Town", "outside the built-up outline",
    ),
    "banks swapped": (
        setting("left_bank: north\n  right_bank: south", "left_bank: south\n  right_bank: north"),
        "north side", "other side of the river",
    ),
    "no outline for a bank": (prop("outline", "north side", kind="outer_limit"), "outline.geojson", "bank north"),
    "no neighbourhood on a bank": (
        rewrite(
            "neighbourhoods",
            lambda d: d.update(features=[f for f in d["features"] if f["properties"]["bank"] == "north"]),
        ),
        "neighbourhoods.geojson", "no neighbourhood on the bank south",
    ),
    "road through the river": (
        prop("roads", "Mill Street", geometry=[[-40.0, 19.99], [-40.0, 20.01]]), "Mill Street", "crosses the river",
    ),
    # city.yaml
    "unknown key": (
        setting("old_core_factor:", "old_core_facter:"), "population.old_core_facter",
        'unknown key (did you mean "old_core_factor"?)',
    ),
    "broken yaml": (setting("banks: [north, south]", "banks: [north"), "city.yaml:", ""),
    "key twice": (setting("name: Riverton", "name: Riverton\nname: Riverton"), "city.yaml:", "twice"),
    "text for a number": (setting("lat: 20.0,", "lat: twenty,"), "centre.lat", "must be a number, not"),
    "no source": (
        setting("gradient_per_km: {value: 0.3, unit: 1/km, grade: assumed, source: made up}",
                "gradient_per_km: {value: 0.3, unit: 1/km, grade: assumed}"),
        "population.gradient_per_km.source", "is missing",
    ),
    "unknown grade": (setting("grade: assumed", "grade: guessed"), "grade", "must be one of"),
    "not a number": (setting("value: 2.0", "value: .nan"), "value", "must be"),
    "one bank": (setting("banks: [north, south]", "banks: [north]"), "banks", "at least 2"),
    "same bank twice": (setting("banks: [north, south]", "banks: [north, north]"), "banks", "one name"),
    "unknown left bank": (setting("left_bank: north", "left_bank: nord"), "river.left_bank", "unknown bank"),
    "unknown kind of site": (setting("    green:", "    gren:"), "population.sites.gren", "unknown kind of site"),
    "yaml is a list": (text_of("city.yaml", "- 1\n"), "city.yaml", "must be a group of keys"),
    "empty yaml": (text_of("city.yaml", ""), "city.yaml", "must be a group of keys"),
    "link to nowhere": (
        setting("to: North Roads", "to: North Road"), "links.1",
        'unknown place "North Road" (did you mean "North Roads"?)',
    ),
    "link to itself": (setting("to: North Roads", "to: start_north"), "links.1", "leads nowhere"),
    "road across the river": (setting("to: North Roads", "to: Cross Roads"), "links.1", "crosses the river"),
    "crossing on one bank": (
        setting("to: North Roads, grade", "to: North Roads, kind: crossing, grade"), "links.1", "is a crossing",
    ),
    "lonely camp": (
        setting("  - {from: Northfield, to: Hill Camp, grade: assumed, source: made up}\n", ""), "links",
        'no link reaches the camp "Hill Camp"',
    ),
    "two start lines of a name": (setting("name: start_south", "name: start_north"), "start_lines", "second start"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_folder_names_file_and_feature(folder, case):
    break_it, where, message = BROKEN[case]
    break_it(folder)
    found = problems_of(folder)
    assert any(where in line and message in line for line in found), found
    assert all("my_city/" in line for line in found), found


def test_every_defect_of_every_file_at_once(folder):
    folder.file("camps.geojson").unlink()
    folder.change("sites", "City Hospital", kind="hopsital", accuracy_m=-3)
    folder.change("bridges", "Upper Bridge", geometry=[["x", 1], [1, 1]])
    folder.settings("inner_radius_km", "inner_radius")
    found = problems_of(folder)
    assert [line.split("  ")[0].rpartition("my_city/")[2].split(":")[0] for line in found] == [
        "city.yaml", "city.yaml", "bridges.geojson", "sites.geojson", "sites.geojson", "camps.geojson",
    ]  # fmt: skip


def test_geometry_defects_come_together(folder):
    folder.change("bridges", "Upper Bridge", geometry=FAR_NORTH)
    folder.change("neighbourhoods", "Station", geometry=[-39.97, 20.01])
    folder.settings("to: North Roads", "to: Nowhere")
    assert len(problems_of(folder)) == 3


def test_place_in_the_yaml_is_line_and_column(folder):
    folder.settings("  name: Silver River", "  nmae: Silver River")
    assert any(line.split("  ")[0].endswith("city.yaml:8:3") for line in problems_of(folder))


def test_unknown_city_suggests_a_shipped_one():
    with pytest.raises(ScenarioError, match=r'no such city.*did you mean "mosul"'):
        load_city("mosull")


def test_shipped_cities():
    assert shipped_cities() == ["mosul"]


def test_same_content_same_city(folder, riverton):
    other = load_city(folder.path)
    assert other == riverton
    assert hash(other) == hash(riverton)
    folder.change("camps", "Hill Camp", capacity=1)
    assert load_city(folder.path) != riverton


def test_pickle(riverton):
    again = pickle.loads(pickle.dumps(riverton))
    assert again == riverton
    assert again.side("north").area == riverton.side("north").area


def test_widths_and_order_are_optional(folder):
    for name in ("Silver River (upper)", "Silver River (lower)"):
        folder.change("river", name, widths_m=None, width_m=None, order=None)
    assert load_city(folder.path).river.area > 0


def test_bridges_camps_and_roads_may_be_none(folder):
    for layer in ("bridges", "camps", "roads"):
        folder.write(layer, {"type": "FeatureCollection", "features": []})
    text = folder.file("city.yaml").read_text().splitlines()
    folder.file("city.yaml").write_text("\n".join(line for line in text if "Camp" not in line))
    assert load_city(folder.path).layers["bridges"] == ()


def test_importing_the_room_is_light_and_loading_needs_no_model():
    code = (
        "import sys, sim.city; assert 'shapely' not in sys.modules; from sim.city import load_city, build_grid;"
        "build_grid(load_city('mosul'), 400.0); print([m for m in ('mesa', 'numba', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
