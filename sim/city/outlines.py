"""Small GeoJSON documents of a city, for drawing maps of it without its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import mapping

from sim.city.derive import neighbourhood_polygons
from sim.city.roads import link_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.city.folder import City

GRID_DEGREES = 1e-5  # about a metre
GeoJson = dict[str, Any]


def city_outlines(city: City) -> dict[str, GeoJson]:
    """GeoJSON FeatureCollections in longitude and latitude.

    Args:
        city: The city.

    Returns:
        ``river`` (surface), ``bridges``, ``outline`` (built-up, by bank), ``neighbourhoods`` (Voronoi polygons
        of the points, cut at river and outline), ``old_core``, ``sites``, ``nodes`` (camps and start lines),
        ``roads`` (main roads and links). Every feature has ``name`` and, where it applies, ``kind`` and ``bank``.
    """
    plain = {
        layer: [(f.geometry, f.name, f.kind, f.bank) for f in city.layers[layer]]
        for layer in ("bridges", "outline", "old_core", "sites", "roads")
    }
    links = [(link_line(city, link), f"{link.start} - {link.end}", link.kind, "") for link in city.settings.links]
    nodes = [
        (shapely.Point(place.x, place.y), place.name, place.kind, place.bank)
        for place in dict.fromkeys(city.places.values())
        if place.kind in ("camp", "start")
    ]
    return {
        "river": _collection(city, [(city.river, city.settings.river.name, "", "")]),
        "bridges": _collection(city, plain["bridges"]),
        "outline": _collection(city, plain["outline"]),
        "neighbourhoods": _collection(city, _neighbourhoods(city)),
        "old_core": _collection(city, plain["old_core"]),
        "sites": _collection(city, plain["sites"]),
        "nodes": _collection(city, nodes),
        "roads": _collection(city, plain["roads"] + [link for link in links if link[0].length > 0]),
    }


def _neighbourhoods(city: City) -> list[tuple[Any, str, str, str]]:
    """Polygon of each neighbourhood, in the order of the layer."""
    polygons: dict[str, Any] = {}
    built_up = shapely.union_all([city.built_up(bank) for bank in city.banks]).difference(city.river)
    for bank in city.banks:
        mine = [f for f in city.layers["neighbourhoods"] if f.bank == bank]
        area = shapely.intersection(built_up, city.side(bank))
        shapes = neighbourhood_polygons(np.array([(f.geometry.x, f.geometry.y) for f in mine]), area)
        polygons.update(zip((f.name for f in mine), shapes, strict=True))
    return [(polygons[f.name], f.name, "neighbourhood", f.bank) for f in city.layers["neighbourhoods"]]


def _collection(city: City, items: Iterable[tuple[Any, str, str, str]]) -> GeoJson:
    features = []
    for geometry, name, kind, bank in items:
        degrees = shapely.set_precision(city.projection.geometry_to_lonlat(geometry), GRID_DEGREES)
        properties = {"name": name, "kind": kind, "bank": bank}
        kept = {key: value for key, value in properties.items() if value}
        features.append({"type": "Feature", "properties": kept, "geometry": _rounded(mapping(degrees))})
    return {"type": "FeatureCollection", "features": features}


def _rounded(value: Any) -> Any:  # noqa: ANN401  nested GeoJSON
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return {key: _rounded(part) for key, part in value.items()} if isinstance(value, dict) else value
