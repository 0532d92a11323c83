"""Shapes that follow from the layers: the river's polygon, the sides of the river, neighbourhood polygons."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.ops import polygonize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.city.layers import Feature


def river_centreline(
    reaches: Sequence[Feature], default_width_m: float
) -> tuple[shapely.LineString, NDArray[np.float64]]:
    """Join the reaches of a river, in the order of their property ``order`` (else of the file).

    Args:
        reaches: Features of the river layer, in metres. Width at the vertices: ``widths_m`` (a list, null
            where unknown) or ``width_m`` (one number).
        default_width_m: Width where the reach says nothing, in metres.

    Returns:
        The centreline, downstream, and the width in metres at each of its vertices.
    """
    given_order = [reach.properties.get("order") for reach in reaches]
    order = [place if given is None else given for place, given in enumerate(given_order)]
    ordered = [reach for _, _, reach in sorted(zip(order, range(len(order)), reaches, strict=True))]
    points: list[tuple[float, float]] = []
    widths: list[float | None] = []
    for reach in ordered:
        at = [(float(x), float(y)) for x, y in reach.geometry.coords]
        given = reach.properties.get("widths_m") or [reach.properties.get("width_m")] * len(at)
        for point, width in zip(at, given, strict=True):
            if points and point == points[-1]:
                widths[-1] = widths[-1] if widths[-1] is not None else width
            else:
                points.append(point)
                widths.append(width)
    filled = [default_width_m if width is None else float(width) for width in widths]
    return shapely.LineString(points), np.array(filled)


def river_polygon(centreline: shapely.LineString, widths_m: NDArray[np.float64]) -> Any:  # noqa: ANN401  Polygon
    """The water surface: for each stretch, the hull of two circles as wide as the river at its two ends.

    Args:
        centreline: Centreline in metres.
        widths_m: Width at each vertex in metres.

    Returns:
        A polygon, or several where the river is cut.
    """
    circles = shapely.buffer(shapely.points(centreline.coords), widths_m / 2.0)
    stretches = [shapely.convex_hull(shapely.union(a, b)) for a, b in pairwise(circles)]
    return shapely.union_all(stretches)


def extended(line: shapely.LineString, reach_m: float) -> shapely.LineString:
    """A line, made longer at both ends by a straight piece of the given length."""
    points = np.asarray(line.coords, float)
    head, tail = points[0] - points[1], points[-1] - points[-2]
    first = points[0] + head * (reach_m / np.sqrt(head @ head))
    last = points[-1] + tail * (reach_m / np.sqrt(tail @ tail))
    return shapely.LineString(np.vstack([first, points, last]))


def left_side(centreline: shapely.LineString, box: shapely.Polygon) -> Any:  # noqa: ANN401  Polygon or MultiPolygon
    """The part of a box on the left of the river, which is made longer so that it cuts the box in two.

    Args:
        centreline: Centreline in metres, downstream.
        box: The box in metres.

    Returns:
        The left part; what is left of the box is the right part.
    """
    west, south, east, north = box.bounds
    river = extended(centreline, 2.0 * (east - west + north - south))
    parts = list(polygonize(shapely.union(box.boundary, river)))
    points = np.asarray(river.coords, float)
    middle, along = (points[1:] + points[:-1]) / 2.0, np.diff(points, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.sqrt((along**2).sum(axis=1))[:, None]
    left, right = shapely.points(middle + normal), shapely.points(middle - normal)  # one metre to each side
    inside = [part for part in parts if box.contains(part.representative_point())]
    return shapely.union_all(
        [part for part in inside if shapely.contains(part, left).sum() > shapely.contains(part, right).sum()]
    )


def neighbourhood_polygons(points: NDArray[np.float64], area: Any) -> list[Any]:  # noqa: ANN401  polygons
    """Voronoi polygons of points, cut at an area.

    Args:
        points: float64[n, 2], positions in metres.
        area: Polygon in metres, such as the built-up part of one bank.

    Returns:
        One shape per point, in their order; together they fill the area.
    """
    if len(points) == 1:
        return [area]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.envelope(area), ordered=False)
    )
    tree = shapely.STRtree(cells)
    of_point = tree.nearest(shapely.points(points))
    return list(shapely.intersection(cells[of_point], area))
