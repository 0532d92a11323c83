"""What a city folder's layers must satisfy together: every defect, naming file and feature."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sim.errors import Problem
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.city.folder import City
    from sim.city.layers import Feature

FARTHEST_M = 500_000.0  # beyond, a position is taken for a slip (latitude and longitude swapped, most often)


def river_defects(reaches: list[Feature]) -> Iterator[Problem]:
    """Orders and widths that do not fit the reaches of the river layer."""
    for reach in reaches:
        order, widths = reach.properties.get("order"), reach.properties.get("widths_m")
        if order is not None and (isinstance(order, bool) or not isinstance(order, int)):
            yield Problem(reach.where, reach.name, f"order must be a whole number, not {order!r}")
        if widths is None:
            continue
        vertices = len(reach.geometry.coords)
        if not isinstance(widths, list) or len(widths) != vertices:
            yield Problem(
                reach.where,
                reach.name,
                f"widths_m must be a list with one width for each of {vertices} vertices",
            )
        elif any(
            w is not None and (isinstance(w, bool) or not isinstance(w, int | float) or not w > 0) for w in widths
        ):
            yield Problem(reach.where, reach.name, "widths_m must hold numbers above 0, or null where unknown")


def city_defects(city: City) -> list[Problem]:
    """Every defect between layers of a folder whose files are each in order."""
    far = list(_far_away(city))
    if far:
        return far  # distances make no sense until these are mended
    problems = list(_unknown_banks(city))
    if not city.centreline.is_simple:
        problems.append(
            Problem(city.where("river"), "", "the river crosses itself (see the property order of its reaches)")
        )
    if problems:
        return problems
    for check in (_outlines, _bridges, _neighbourhoods, _old_core, _roads, _links):
        problems += check(city)
    return problems


def _far_away(city: City) -> Iterator[Problem]:
    for features in city.layers.values():
        for feature in features:
            west, south, east, north = feature.geometry.bounds
            away = max(abs(west), abs(south), abs(east), abs(north))
            if away > FARTHEST_M:
                order = "GeoJSON takes longitude first, then latitude"
                message = f"lies {away / 1000:.0f} km from the centre ({order})"
                yield Problem(feature.where, feature.name, message)


def _unknown_banks(city: City) -> Iterator[Problem]:
    for features in city.layers.values():
        for feature in features:
            if feature.bank and feature.bank not in city.banks:
                message = f'unknown bank "{feature.bank}"{did_you_mean(feature.bank, city.banks)}'
                yield Problem(feature.where, feature.name, message)
    for layer in ("neighbourhoods", "camps", "outline"):
        for feature in city.layers[layer]:
            if not feature.bank and feature.kind != "outer_limit":
                yield Problem(feature.where, feature.name, f"names no bank ({' or '.join(city.banks)})")


def _outlines(city: City) -> Iterator[Problem]:
    for bank in city.banks:
        mine = [f for f in city.layers["outline"] if f.bank == bank and f.kind == "built_up"]
        if not mine:
            yield Problem(city.where("outline"), "", f"no built-up outline for the bank {bank}")
        for feature in mine:
            here = feature.geometry.intersection(city.side(bank)).area
            if here < 0.5 * feature.geometry.area:
                key = "see river.left_bank in city.yaml"
                message = f"lies on the other side of the river than its bank {bank} ({key})"
                yield Problem(feature.where, feature.name, message)


def _bridges(city: City) -> Iterator[Problem]:
    for bridge in city.layers["bridges"]:
        if not bridge.geometry.intersects(city.centreline):
            yield Problem(bridge.where, bridge.name, "crosses nothing: it does not meet the river's centreline")
            continue
        ends = shapely.contains_xy(city.side(city.banks[0]), shapely.get_coordinates(bridge.geometry)[[0, -1]])
        if ends[0] == ends[1]:
            yield Problem(bridge.where, bridge.name, "crosses nothing: both ends lie on one bank")


def _neighbourhoods(city: City) -> Iterator[Problem]:
    seen: dict[tuple[float, float], str] = {}
    for feature in city.layers["neighbourhoods"]:
        point = feature.geometry
        twin = seen.setdefault((point.x, point.y), feature.name)
        if twin != feature.name:
            yield Problem(feature.where, feature.name, f'stands at the same place as "{twin}"')
        away = city.built_up(feature.bank).distance(point)
        if away > 0:
            message = f"lies {away:.0f} m outside the built-up outline of the bank {feature.bank}"
            yield Problem(feature.where, feature.name, message)
            continue
        across = city.side(feature.bank).distance(point)
        if across > float(feature.properties.get("accuracy_m") or 0.0):
            message = f"lies {across:.0f} m across the river from its bank {feature.bank}, more than its accuracy"
            yield Problem(feature.where, feature.name, message)
    for bank in city.banks:
        if all(feature.bank != bank for feature in city.layers["neighbourhoods"]):
            yield Problem(city.where("neighbourhoods"), "", f"no neighbourhood on the bank {bank}")


def _old_core(city: City) -> Iterator[Problem]:
    built_up = shapely.union_all([city.built_up(bank) for bank in city.banks])
    for feature in city.layers["old_core"]:
        if feature.geometry.intersection(built_up).area < 0.5 * feature.geometry.area:
            yield Problem(feature.where, feature.name, "lies outside the built-up outline")


def _roads(city: City) -> Iterator[Problem]:
    for feature in city.layers["roads"]:
        if feature.geometry.intersects(city.centreline):
            yield Problem(feature.where, feature.name, "crosses the river; bridges have a layer of their own")


def _links(city: City) -> Iterator[Problem]:
    where, places = city.where("city.yaml"), city.places
    linked: Counter[str] = Counter()
    for number, link in enumerate(city.settings.links, start=1):
        key = f"links.{number}"
        unknown = [name for name in (link.start, link.end) if name not in places]
        for name in unknown:
            yield Problem(where, key, f'unknown place "{name}"{did_you_mean(name, places)}')
        if unknown:
            continue
        a, b = places[link.start], places[link.end]
        linked.update((a.name, b.name))
        title = f'"{a.name}" to "{b.name}"'
        if a is b:
            yield Problem(where, key, f"{title} leads nowhere")
        elif not a.bank or not b.bank:
            yield Problem(where, key, f"{title}: both places must name their bank")
        elif link.kind == "road" and (a.bank != b.bank or _crosses(city, link.via, a, b)):
            yield Problem(where, key, f"{title} crosses the river; only a bridge or a link of kind crossing does")
        elif link.kind == "crossing" and a.bank == b.bank:
            yield Problem(where, key, f"{title} is a crossing, but both places are on the bank {a.bank}")
    for place in dict.fromkeys(places.values()):
        if place.kind in ("camp", "start") and not linked[place.name]:
            yield Problem(where, "links", f'no link reaches the {place.kind} "{place.name}"')


def _crosses(city: City, via: list[list[float]], a: Any, b: Any) -> bool:  # noqa: ANN401  two places
    bends = [city.projection.to_xy(*point) for point in via]
    line = np.array([(a.x, a.y), *bends, (b.x, b.y)], float)
    return bool(line[0].tolist() != line[-1].tolist() and shapely.LineString(line).intersects(city.centreline))
