"""Where people live, how dense and tall the buildings are: stated estimates, spread over built cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sim.city.folder import City
    from sim.city.raster import Frame

RING_M = 10.0  # distances are taken to whole rings, so that the exponential needs no array of it
TALLEST_CLASS = 3


def distance_to_core(city: City, frame: Frame) -> NDArray[np.float64]:
    """Distance of each cell's centre to the middle of the old core, in metres: float64[n]."""
    x, y = frame.centres()
    dx, dy = x - city.old_core.centroid.x, y - city.old_core.centroid.y
    return np.asarray(np.sqrt(dx * dx + dy * dy), float)


def decay(distance_m: NDArray[np.float64], gradient_per_km: float) -> NDArray[np.float64]:
    """``exp(-gradient * distance)``, of distances to the nearest 10 m.

    The exponential comes from a table of the mathematics library, one entry a ring: NumPy's own differs with
    the CPU.

    Args:
        distance_m: Distances in metres, any shape.
        gradient_per_km: Gradient in 1/km.

    Returns:
        Values of 0..1, same shape.
    """
    ring = np.rint(distance_m / RING_M).astype(np.int64)
    table = [math.exp(-gradient_per_km * i * RING_M / 1000.0) for i in range(int(ring.max(initial=0)) + 1)]
    return np.array(table)[ring]


def resident_weights(
    city: City, frame: Frame, built: NDArray[np.bool_], old_core: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of the city's residents in each cell.

    Density falls with the distance r to the middle of the old core as ``D(r) = D(0) exp(-b r)`` (Clark 1951,
    Urban Population Densities, J. R. Stat. Soc. A 114), times a factor inside the old core, times a factor near
    sites where few live. Gradient b in 1/km and factors are ``population`` in city.yaml.

    Args:
        city: The city.
        frame: The grid's frame.
        built: Built cells.
        old_core: Cells of the old core.

    Returns:
        float64[n], sum 1, zero outside built cells.
    """
    rules = city.settings.population
    weight = decay(distance_to_core(city, frame), rules.gradient_per_km.value)
    weight = np.where(old_core, weight * rules.old_core_factor.value, weight)
    for kind, rule in rules.sites.items():
        near = frame.near(_sites(city, [kind]), rule.radius_m)
        weight = np.where(near, weight * rule.factor, weight)
    weight = np.where(built, weight, 0.0)
    total = math.fsum(weight.tolist())
    return weight / total if total > 0 else weight


def building_density(
    city: City, frame: Frame, built: NDArray[np.bool_], old_core: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Share of ground under buildings.

    ``edge + (centre - edge) exp(-g r)`` over the distance r to the middle of the old core; the old core has a
    value of its own; sites that thin out residents thin out buildings too.

    Args:
        city: The city.
        frame: The grid's frame.
        built: Built cells.
        old_core: Cells of the old core.

    Returns:
        float32[n], 0 outside built cells.
    """
    rules = city.settings.buildings
    edge, centre = rules.cover_share_edge.value, rules.cover_share_centre.value
    share = edge + (centre - edge) * decay(distance_to_core(city, frame), rules.gradient_per_km.value)
    share = np.where(old_core, rules.cover_share_old_core.value, share)
    for kind, rule in city.settings.population.sites.items():
        near = frame.near(_sites(city, [kind]), rule.radius_m)
        share = np.where(near, share * min(rule.factor, 1.0), share)
    return np.where(built, share, 0.0).astype(np.float32)


def height_classes(
    city: City, frame: Frame, built: NDArray[np.bool_], old_core: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Height class of buildings: 0 none, 1 one or two storeys, 2 three or four, 3 five and more: uint8[n]."""
    rules = city.settings.buildings
    inner = distance_to_core(city, frame) <= rules.inner_radius_km.value * 1000.0
    height = np.where(inner, rules.height_class_inner.value, rules.height_class_outer.value)
    height = np.where(old_core, rules.height_class_old_core.value, height)
    for kind, rule in rules.tall_sites.items():
        height = np.where(frame.near(_sites(city, [kind]), rule.radius_m), TALLEST_CLASS, height)
    return np.where(built, height, 0).astype(np.uint8)


def cover_of(density: NDArray[np.float32], storeys: NDArray[np.uint8], strength: float) -> NDArray[np.float32]:
    """How much of a cell is sheltered from sight and direct fire.

    ``cover = k d s / (1 + k d s)`` with d the share of ground under buildings, s the height class, k the
    strength (assumed): 0 in the open, a half where k d s = 1, never quite 1.

    Args:
        density: Share of ground under buildings, 0..1.
        storeys: Height class, 0..3.
        strength: k.

    Returns:
        float32, 0..1, same shape.
    """
    mass = strength * density.astype(np.float64) * storeys
    return np.asarray(mass / (1.0 + mass)).astype(np.float32)


def _sites(city: City, kinds: Iterable[str]) -> NDArray[np.float64]:
    points = [site.geometry for site in city.layers["sites"] if site.kind in kinds]
    return np.asarray(shapely.get_coordinates(points), float).reshape(-1, 2)
