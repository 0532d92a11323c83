"""Make the GeoJSON layers of ``sim/city/data/mosul`` from the CSV tables of geography facts.

Usage:
    python studies/make_mosul_city.py SRC_DIR [--out FOLDER]

SRC_DIR holds ``river_centreline.csv``, ``bridges.csv``, ``boundary.csv``, ``old_city.csv``,
``neighbourhoods.csv``, ``sites.csv`` and ``camps.csv`` (their columns are named in the code below). Source and
accuracy of every row are carried over. Left out on purpose: dates on which bridges were cut and neighbourhoods
were declared liberated, and notes on the course of the fighting. Those are history, which scenarios and scoring
hold, not geography. ``city.yaml`` and ``README.md`` are written by hand and not touched.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import re
from pathlib import Path
from typing import Any

import shapely

ODBL = "ODbL-1.0 (OpenStreetMap contributors)"
WHO = "Who's On First (attribution; see README)"
FACTS = "facts, no licence claimed; see README"

# Places that lie off the grid have no river data beside them: their bank is general knowledge.
FAR_BANK = {
    "Mosul Dam": "west",
    "Hammam al-Alil screening site / town": "west",
    "Qayyarah West airbase": "west",
    "Qayyarah town": "west",
    "Tal Afar": "west",
    "Tal Afar airbase": "west",
    "Hammam al-Alil": "west",
    "Badush": "west",
    "Nimrud": "east",
    "Albu Sayf": "west",
}
WEST_CAMPS = ("Hammam al-Alil", "Qayyarah")
SHORT_NAME = {
    "Qayyarah town": "Qayyarah",
    "Qaraqosh / Bakhdida / Hamdaniya": "Qaraqosh",
    "Kalak (Khazir bridge area)": "Kalak",
    "Hammam al-Alil screening site / town": "Hammam al-Alil screening site",
}
# What heritage and gate points are is no reason for a main road to call there.
NOT_ON_ROADS = {"mosque", "shrine", "church", "museum", "fort", "archaeology", "green", "water", "power"}
# A day between the start and 18 February 2017 is that of the first arrivals: an outcome. Such camps open by plan and need.
OPENED = {
    "2015/16": ("2015-12-31", "2015 or 2016, before the battle"),
    "after 2017-02-18": ("2017-02-19", "not before this day; the day itself is not used"),
}
# Camps of the plans of October 2016 that have a plan of their own, persons; the two of the IOM have 70,000 between them.
PLANNED = {
    "Zelikan": (6000, "1,000 plots of six: UNHCR Emergency Response Plan 18 October 2016"),
    "Qayyarah Airstrip": (60_000, "first phase as planned by the IOM on 23 October 2016"),
    "Haj Ali": (10_000, "what is left of 70,000 for the IOM's two sites, UN in Iraq/UNFPA 17 October 2016"),
}
# The IOM's second site is in the plan of October 2016, so that it is not held back to 19 February 2017.
BY_NEED = {"Haj Ali"}
# One camp under two names. The second position lies 10 km from where the DTM's lists have the camp, the first 0.6 km.
OTHER_NAMES = {"Zelikan": ["Qaymawa (ex-Zelikan)"]}
ONE_CAMP = {name for names in OTHER_NAMES.values() for name in names}
# The table has the airstrip at the airbase, 14 km west of the camp that the DTM's lists give that name.
MENDED = {"Qayyarah Airstrip": ([43.26701, 35.76523], 500.0, "IOM DTM master list, position only: 35.765228,43.267011")}

SQUEEZE = 0.8055  # a degree of longitude over a degree of latitude: cos(36.34 degrees)
PATCH_RADIUS_DEG = 0.0045  # of latitude: 500 m

Row = dict[str, str]
Json = dict[str, Any]


def read(folder: Path, name: str) -> list[Row]:
    """Rows of one CSV table, stripped."""
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def position(row: Row, prefix: str = "") -> list[float]:
    """Longitude and latitude of a row, in GeoJSON order, rounded to about a metre."""
    return [round(float(row[f"{prefix}lon"]), 5), round(float(row[f"{prefix}lat"]), 5)]


def feature(geometry: str, coordinates: Any, **properties: Any) -> Json:  # noqa: ANN401  nested lists of numbers
    """A GeoJSON feature without its empty properties."""
    kept = {key: value for key, value in properties.items() if value not in (None, "", [])}
    return {"type": "Feature", "properties": kept, "geometry": {"type": geometry, "coordinates": coordinates}}


def geographic_source(text: str) -> str:
    """The part of a source note that says where a place is; reports of fighting are dropped."""
    parts = [part.strip() for part in text.split(";")]
    battle = re.compile(r"struck|Musings|captures|dates:|took it", re.IGNORECASE)
    return "; ".join(part for part in parts if part and not battle.search(part))


def licence_of(source: str) -> str:
    """The licence that a source asks for."""
    if "OpenStreetMap" in source or "OSM" in source:
        return ODBL
    return WHO if "Who's On First" in source else FACTS


def facts(row: Row, column: str = "source") -> Json:
    """Source, accuracy in metres, and licence of a row."""
    source = geographic_source(row[column])
    return {"source": source, "accuracy_m": float(row["accuracy_m"]), "licence": licence_of(row[column])}


def river(folder: Path) -> list[Json]:
    """Centreline in reaches that share their end points, with the width at each vertex."""
    rows = read(folder, "river_centreline.csv")
    features: list[Json] = []
    last: Row | None = None
    for (reach, _), group in itertools.groupby(rows, key=lambda row: (row["reach"], row["source"])):
        vertices = ([last] if last else []) + list(group)
        last = vertices[-1]
        if len(vertices) < 2:
            continue
        widths = [float(row["width_m"]) if row["width_m"] else None for row in vertices]
        line = [position(row) for row in vertices]
        order = len(features) + 1
        name = f"Tigris {order} ({reach})"
        features.append(feature("LineString", line, name=name, order=order, widths_m=widths, **facts(last)))
    return features


def bridges(folder: Path) -> list[Json]:
    """The bridges from west to east end."""
    return [
        feature(
            "LineString",
            [position(row, "west_end_"), position(row, "east_end_")],
            name=row["name"],
            aliases=[alias.strip() for alias in row["aliases"].split(";")],
            name_ar=row["name_ar"],
            **facts(row),
        )
        for row in read(folder, "bridges.csv")
    ]


def polygon(rows: list[Row]) -> list[list[list[float]]]:
    """A closed ring."""
    ring = [position(row) for row in rows]
    return [ring if ring[0] == ring[-1] else [*ring, ring[0]]]


def outline(folder: Path) -> list[Json]:
    """Built-up polygon of each bank, and the outer limit of the locality (for drawing)."""
    kinds = {
        "east_builtup": ("built_up", "east"),
        "west_builtup": ("built_up", "west"),
        "wof_locality_outer": ("outer_limit", None),
    }
    groups = itertools.groupby(read(folder, "boundary.csv"), key=lambda row: row["polygon"])
    features = []
    for name, group in groups:
        rows = list(group)
        kind, bank = kinds[name]
        features.append(feature("Polygon", polygon(rows), name=name, kind=kind, bank=bank, **facts(rows[0])))
    return features + outlying(folder, features)


def outlying(folder: Path, built_up: list[Json]) -> list[Json]:
    """A round patch for each neighbourhood point outside the outline of its bank (villages at the edge)."""
    areas = {f["properties"].get("bank"): shapely.geometry.shape(f["geometry"]) for f in built_up}
    features = []
    for row in read(folder, "neighbourhoods.csv"):
        lon, lat = position(row)
        if areas[row["bank"]].contains(shapely.Point(lon, lat)):
            continue
        disc = shapely.Point(0.0, 0.0).buffer(PATCH_RADIUS_DEG, quad_segs=4)
        ring = [[round(lon + x / SQUEEZE, 5), round(lat + y, 5)] for x, y in disc.exterior.coords]
        features.append(
            feature(
                "Polygon",
                [ring],
                name=f"outlying: {row['name']}",
                kind="built_up",
                bank=row["bank"],
                grade="assumed",
                **facts(row, "coord_source")
                | {"source": f"derived: 500 m around the neighbourhood point ({row['coord_source']})"},
            )
        )
    return features


def neighbourhoods(folder: Path) -> list[Json]:
    """Neighbourhood points; outcome dates and notes on the fighting stay out."""
    return [
        feature(
            "Point",
            position(row),
            name=row["name"],
            name_ar=row["name_ar"],
            bank=row["bank"],
            in_old_city=row["in_old_city"] == "yes",
            note=row["note"] if "OSM node" in row["note"] else "",
            **facts(row, "coord_source"),
        )
        for row in read(folder, "neighbourhoods.csv")
    ]


def side(point: list[float], centreline: shapely.LineString) -> str:
    """East is to the left of the river, which flows from north-west to south-east."""
    here = shapely.Point(point)
    along = centreline.project(here)
    step = 1e-4
    a = centreline.interpolate(max(along - step, 0.0))
    b = centreline.interpolate(min(along + step, centreline.length))
    return "east" if (b.x - a.x) * (here.y - a.y) - (b.y - a.y) * (here.x - a.x) > 0 else "west"


def sites(folder: Path, centreline: shapely.LineString) -> list[Json]:
    """Sites and towns; the bank is the side of the river, or general knowledge beyond the river data."""
    features = []
    for row in read(folder, "sites.csv"):
        name, where = row["name"], position(row)
        features.append(
            feature(
                "Point",
                where,
                name=SHORT_NAME.get(name, name),
                aliases=[name] if name in SHORT_NAME else [],
                kind=row["type"],
                bank=FAR_BANK.get(name) or side(where, centreline),
                note=row["note"],
                **facts(row),
            )
        )
    return features


def camps(folder: Path) -> list[Json]:
    """Camps; numbers of persons once present are outcomes, and left out."""
    features = []
    for row in read(folder, "camps.csv"):
        name = row["name"]
        if name in ONE_CAMP:
            continue
        day, note = ("", "") if name in BY_NEED else OPENED.get(row["opened"], ("", ""))
        planned, plan_note = PLANNED.get(name, (None, ""))
        where, metres, source = MENDED.get(name, (position(row), float(row["accuracy_m"]), row["source"]))
        known = facts(row | {"source": source, "accuracy_m": str(metres)})
        features.append(
            feature(
                "Point",
                where,
                name=name,
                aliases=OTHER_NAMES.get(name, []),
                bank="west" if row["name"].startswith(WEST_CAMPS) else "east",
                opened=day,
                opened_note=note,
                planned=planned,
                planned_note=plan_note,
                **known,
            )
        )
    return features


def road_nodes(folder: Path, centreline: shapely.LineString, built_up: list[Json]) -> dict[str, list[Json]]:
    """Bridge ends, gates, junctions and other sites inside the outline, by bank."""
    area = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in built_up if f["properties"].get("bank")])
    nodes: dict[str, list[Json]] = {"west": [], "east": []}
    for bridge in bridges(folder):
        west, east = bridge["geometry"]["coordinates"]
        nodes["west"].append({"name": bridge["properties"]["name"], "at": west})
        nodes["east"].append({"name": bridge["properties"]["name"], "at": east})
    for site in sites(folder, centreline):
        at, properties = site["geometry"]["coordinates"], site["properties"]
        if properties["kind"] in NOT_ON_ROADS or not area.contains(shapely.Point(at)):
            continue
        near = min(shapely.Point(at).distance(shapely.Point(node["at"])) for node in nodes[properties["bank"]])
        if near > 0.003:  # degrees, about 300 m: closer points are one junction
            nodes[properties["bank"]].append({"name": properties["name"], "at": at})
    return nodes


def roads(folder: Path, centreline: shapely.LineString, built_up: list[Json]) -> list[Json]:
    """Straight main roads: on each bank, the Gabriel graph of its nodes (no third node in a link's circle)."""
    features = []
    for nodes in road_nodes(folder, centreline, built_up).values():
        points = [shapely.Point(node["at"][0] * SQUEEZE, node["at"][1]) for node in nodes]
        for i, j in itertools.combinations(range(len(nodes)), 2):
            middle = shapely.Point((points[i].x + points[j].x) / 2, (points[i].y + points[j].y) / 2)
            radius = points[i].distance(points[j]) / 2
            empty = all(middle.distance(p) >= radius for k, p in enumerate(points) if k not in (i, j))
            line = [nodes[i]["at"], nodes[j]["at"]]
            if not empty or shapely.LineString(line).intersects(centreline):
                continue
            features.append(
                feature(
                    "LineString",
                    line,
                    name=f"{nodes[i]['name']} - {nodes[j]['name']}",
                    kind="main_road",
                    grade="assumed",
                    source="derived: straight link, Gabriel graph of bridge ends, gates, junctions and sites",
                    accuracy_m=1000.0,
                    licence=ODBL,
                )
            )
    return features


def write(path: Path, features: list[Json], name: str) -> None:
    """One feature a line, so that a change shows as one line."""
    lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in features)
    path.write_text(f'{{"type": "FeatureCollection", "name": "{name}", "features": [\n{lines}\n]}}\n', encoding="utf-8")


def main() -> None:
    """Read the tables, write the layers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="folder of the CSV tables")
    default = Path(__file__).resolve().parents[1] / "sim" / "city" / "data" / "mosul"
    parser.add_argument("--out", type=Path, default=default, help="city folder to write into")
    options = parser.parse_args()
    source: Path = options.source
    vertices = [position(row) for row in read(source, "river_centreline.csv")]
    centreline = shapely.LineString(vertices)
    built_up = outline(source)
    old_core = read(source, "old_city.csv")
    layers = {
        "river": river(source),
        "bridges": bridges(source),
        "outline": built_up,
        "old_core": [feature("Polygon", polygon(old_core), name="Old City", bank="west", **facts(old_core[0]))],
        "neighbourhoods": neighbourhoods(source),
        "sites": sites(source, centreline),
        "camps": camps(source),
        "roads": roads(source, centreline, built_up),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, features in layers.items():
        write(options.out / f"{name}.geojson", features, name)
        print(f"{name}: {len(features)} features")


if __name__ == "__main__":
    main()
