"""What lies under and over every map: ground, river, bridges and their state, outlines, scale bar, north arrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Curve
from matplotlib.patheffects import withStroke

from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON, BRIDGE_SPAN
from sim.views import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.record.run import Run

    Points = NDArray[np.float64]

_MARGIN_KM = 0.7
_LEVELS = 24
_LABEL_ASPECT = 3.0
_NAME_KM = 0.6
_OUTER_LIMIT = "outer_limit"
_BRIDGE_MARKS = {
    BRIDGE_OPEN: ("o", "white", style.INK, 1.3),
    BRIDGE_CUT: ("X", style.INK, "white", 0.7),
    BRIDGE_PONTOON: ("D", "white", style.INK, 1.3),
    BRIDGE_SPAN: ("s", "white", style.INK, 1.3),
}
BRIDGE_WORDS = {
    BRIDGE_OPEN: "bridge open", BRIDGE_CUT: "bridge cut", BRIDGE_PONTOON: "floating bridge", BRIDGE_SPAN: "replacement span",
}  # fmt: skip


@dataclass(frozen=True)
class Basemap:
    """Outlines of a run's city in kilometres, ready to draw.

    Attributes:
        extent: West, east, south, north edge of the grid (km).
        window: The part worth showing: built-up ground and a margin (km).
        built: Built-up ground.
        river: Filled river; empty where only its centre line is known.
        river_lines: Its centre line, where it has no area.
        quarters: Edges of neighbourhoods.
        core: Outline of the old core, and its name.
        bridges: Middle of each bridge, shape (n, 2), in the order of the ledger.
        bank_labels: Name of each bank and a place for it.
    """

    extent: tuple[float, float, float, float]
    window: tuple[float, float, float, float]
    built: list[Curve]
    river: list[Curve]
    river_lines: list[Points]
    quarters: list[Points]
    core: tuple[list[Curve], str]
    bridges: Points
    bank_labels: list[tuple[str, float, float]]

    @property
    def aspect(self) -> float:
        """Height over width of the window."""
        west, east, south, north = self.window
        return (north - south) / (east - west)


def basemap(run: Run) -> Basemap:
    """Read a run's outlines; a layer that is missing or malformed is left out."""
    features = {name: list(_features(run, name)) for name in run.outlines}

    def rings(name: str) -> list[tuple[dict[str, Any], list[Points]]]:
        return [feature for feature in features.get(name, []) if feature[0].get("kind") != _OUTER_LIMIT]

    built = [(properties, parts) for properties, parts in rings("outline") if parts]
    river = rings("river")
    core = rings("old_core")
    water = [shapely.Polygon(parts[0], parts[1:]).buffer(0) for found, parts in river if parts and found["_area"]]
    spanned = shapely.union_all(water)
    places = [_bridge_place(parts, spanned) for _, parts in rings("bridges") if parts]
    bridges = np.asarray(places, dtype=np.float64).reshape(-1, 2)
    named = [_below(part) for _, parts in core for part in parts[:1]]
    marks = np.concatenate([bridges, *(part for _, parts in core for part in parts), *named])
    largest: dict[str, Points] = {}
    for properties, parts in built:
        bank = str(properties.get("bank") or "")
        if bank and (bank not in largest or np.ptp(parts[0], axis=0).prod() > np.ptp(largest[bank], axis=0).prod()):
            largest[bank] = parts[0]
    return Basemap(
        extent=run.grid.extent_km,
        window=_window(run, [part for _, parts in built for part in parts]),
        built=[_curve(parts) for _, parts in built],
        river=[_curve(parts) for properties, parts in river if parts and properties["_area"]],
        river_lines=[part for properties, parts in river if not properties["_area"] for part in parts],
        quarters=[part for _, parts in rings("neighbourhoods") for part in parts if len(part) > 2],
        core=([_curve(parts) for _, parts in core if parts], str(core[0][0].get("name", "")) if core else ""),
        bridges=bridges,
        bank_labels=[(bank, *_label_place(ring, marks)) for bank, ring in largest.items()],
    )


def _features(run: Run, name: str) -> Iterator[tuple[dict[str, Any], list[Points]]]:
    collection = run.outlines[name]
    found = collection.get("features", [collection])
    for feature in found if isinstance(found, list) else []:
        geometry = feature.get("geometry", feature) if isinstance(feature, dict) else None
        if not isinstance(geometry, dict):
            continue
        kind, coordinates = str(geometry.get("type")), geometry.get("coordinates", [])
        nested = {"LineString": [[coordinates]], "MultiLineString": [coordinates], "Polygon": [coordinates]}
        try:
            groups = coordinates if kind == "MultiPolygon" else nested.get(kind, [])
            parts = [run.grid.to_km(np.asarray(ring, dtype=np.float64)[:, :2]) for group in groups for ring in group]
        except (ValueError, TypeError, IndexError):
            continue
        yield {**(feature.get("properties") or {}), "_area": "Polygon" in kind}, parts


def _curve(rings: list[Points]) -> Curve:
    return Curve.make_compound_path(*(Curve(ring, closed=True) for ring in rings))


def _label_place(ring: Points, avoid: Points) -> tuple[float, float]:
    """A roomy place inside a polygon: wide, and far from points that carry marks of their own."""
    polygon, (low, high) = shapely.Polygon(ring).buffer(0), (ring.min(axis=0), ring.max(axis=0))
    best, room = (float(polygon.centroid.x), float(polygon.centroid.y)), -1.0
    for y in np.linspace(low[1], high[1], _LEVELS + 2)[1:-1]:
        level = shapely.LineString([(low[0] - 1, y), (high[0] + 1, y)])
        for cut in shapely.get_parts(shapely.intersection(polygon, level)):
            x = float(cut.centroid.x)
            distances = np.hypot(*((avoid - (x, y)) / (_LABEL_ASPECT, 1.0)).T)
            free = min(cut.length / 2 / _LABEL_ASPECT, float(distances.min(initial=np.inf)))
            if free > room:
                best, room = (x, float(y)), free
    return best


def _below(ring: Points) -> Points:
    """Where the name of the old core stands, as points to keep clear of."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    x, y = (low[0] + high[0]) / 2, low[1] - _NAME_KM
    return np.array([(x - 1, y), (x, y), (x + 1, y)])


def _bridge_place(parts: list[Points], river: shapely.Geometry) -> Points:
    """Where a bridge spans the water; the middle of its line where the river is not known as an area."""
    line = shapely.MultiLineString([part for part in parts if len(part) > 1])
    span = shapely.intersection(line, river)
    middle = (line if span.is_empty else span).centroid
    return np.concatenate(parts).mean(axis=0) if middle.is_empty else np.array([middle.x, middle.y])


def _window(run: Run, rings: list[Points]) -> tuple[float, float, float, float]:
    west, east, south, north = run.grid.extent_km
    if not rings:
        return west, east, south, north
    points = np.concatenate(rings)
    (x_low, y_low), (x_high, y_high) = points.min(axis=0) - _MARGIN_KM, points.max(axis=0) + _MARGIN_KM
    return max(west, x_low), min(east, x_high), max(south, y_low), min(north, y_high)


def bridge_states(run: Run, day: int, n_bridges: int) -> list[int]:
    """State of each bridge at the end of a day, from the ledger; open where it says nothing."""
    states = [BRIDGE_OPEN] * n_bridges
    events = run.events
    rows = events[(events["agent_set"] == "bridges") & (events["day"] <= day)]
    for row, kind, count in zip(rows["row"], rows["kind"], rows["count"], strict=True):
        if not 0 <= row < n_bridges:
            continue
        if kind == "demolition":
            states[row] = BRIDGE_CUT
        elif kind == "bridge" and int(count) in _BRIDGE_MARKS:
            states[row] = int(count)
    return states


def draw_under(axes: Axes, base: Basemap) -> None:
    """Ground and built-up area; also sets the window and removes the axes' own furniture."""
    west, east, south, north = base.window
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal", xticks=[], yticks=[], facecolor=style.GROUND)
    for spine in axes.spines.values():
        spine.set(color=style.BUILT, linewidth=0.8)
    axes.add_collection(PathCollection(base.built, facecolors=style.BUILT, edgecolors="none", zorder=1))


def draw_over(axes: Axes, base: Basemap, states: list[int]) -> None:
    """Neighbourhood edges, river, old core, and every bridge with its state."""
    axes.add_collection(LineCollection(base.quarters, colors="white", linewidths=0.35, alpha=0.7, zorder=3))
    if base.river:
        patches = PathCollection(
            base.river, facecolors=style.RIVER, edgecolors=style.RIVER_EDGE, linewidths=0.6, zorder=4
        )
        axes.add_collection(patches)
    axes.add_collection(LineCollection(base.river_lines, colors=style.RIVER_EDGE, linewidths=2.5, zorder=4))
    for curve in base.core[0]:
        axes.add_patch(PathPatch(curve, facecolor="none", edgecolor="white", linewidth=2.2, zorder=5))
        axes.add_patch(PathPatch(curve, facecolor="none", edgecolor=style.INK, linewidth=0.9, zorder=5))
    for (x, y), state in zip(base.bridges, states, strict=True):
        marker, face, edge, width = _BRIDGE_MARKS[state]
        axes.plot(
            x, y, marker, markersize=4.8 if state != BRIDGE_CUT else 6.5, markerfacecolor=face, markeredgecolor=edge,
            markeredgewidth=width, zorder=7,
        )  # fmt: skip


def draw_names(axes: Axes, base: Basemap) -> None:
    """Names of the banks and of the old core."""
    halo = [withStroke(linewidth=2.0, foreground=style.INK)]
    for name, x, y in base.bank_labels:
        axes.text(
            x, y, f"{name} bank".upper(), size=style.SMALL_PT, ha="center", va="center", zorder=8,
            path_effects=halo, weight="bold", color="white",
        )  # fmt: skip
    curves, name = base.core
    if curves and name:
        low, high = curves[0].get_extents().min, curves[0].get_extents().max
        axes.annotate(
            name, ((low[0] + high[0]) / 2, low[1]), xytext=(0, -9), textcoords="offset points", ha="center",
            va="center", size=style.SMALL_PT, zorder=8, path_effects=halo, weight="bold", color="white",
        )  # fmt: skip


def draw_scale(axes: Axes, base: Basemap) -> None:
    """A scale bar in km at the lower left and an arrow to the north at the upper left."""
    west, east, south, north = base.window
    width, height = east - west, north - south
    length = next((km for km in (10.0, 5.0, 2.0, 1.0, 0.5) if km <= 0.35 * width), 0.2)
    x, y = west + 0.04 * width, south + 0.045 * height
    axes.plot([x, x + length], [y, y], color=style.INK, linewidth=2.2, solid_capstyle="butt", zorder=9)
    axes.text(
        x + length / 2, y + 0.012 * height, f"{length:g} km", size=style.SMALL_PT, ha="center", va="bottom", zorder=9
    )
    x, top = west + 0.06 * width, north - 0.04 * height
    axes.annotate(
        "", (x, top), (x, top - 0.09 * height), zorder=9,
        arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    axes.text(x, top - 0.1 * height, "N", size=style.SMALL_PT, weight="bold", ha="center", va="top", zorder=9)


def bridge_key(state: int) -> PathPatch:
    """The mark of a bridge's state, for a key."""
    from matplotlib.markers import MarkerStyle
    from matplotlib.transforms import Affine2D

    marker, face, edge, width = _BRIDGE_MARKS[state]
    mark = MarkerStyle(marker)
    scale = 8.0 if state != BRIDGE_CUT else 9.0
    curve = mark.get_path().transformed(mark.get_transform() + Affine2D().scale(scale).translate(6.5, 5))
    return PathPatch(curve, facecolor=face, edgecolor=edge, linewidth=width)
