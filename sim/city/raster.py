"""From shapes to cells: the frame of the grid, water that nothing steps across, bridge spans, lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import ndimage

from sim.city.derive import extended

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from sim.city.folder import City

BRIDGE_REACH_M = 1500.0  # how far beyond its drawn ends a bridge may look for land


@dataclass(frozen=True, slots=True)
class Frame:
    """Square cells in rows: cell ``c = y * nx + x``, row 0 in the south.

    Attributes:
        nx: Cells from west to east.
        ny: Cells from south to north.
        cell_m: Side of a cell in metres.
        x0: Metres east of the centre of the grid's south-west corner.
        y0: Metres north of the centre of the grid's south-west corner.
    """

    nx: int
    ny: int
    cell_m: float
    x0: float
    y0: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], cell_m: float, margin_m: float) -> Frame:
        """The frame that holds bounds (west, south, east, north) and a margin; corners on whole cells."""
        west, south, east, north = bounds
        left, bottom = math.floor((west - margin_m) / cell_m), math.floor((south - margin_m) / cell_m)
        right, top = math.ceil((east + margin_m) / cell_m), math.ceil((north + margin_m) / cell_m)
        return cls(right - left, top - bottom, cell_m, left * cell_m, bottom * cell_m)

    @property
    def n(self) -> int:
        """Number of cells."""
        return self.nx * self.ny

    @property
    def box(self) -> shapely.Polygon:
        """The grid's rectangle in metres."""
        east, north = self.x0 + self.nx * self.cell_m, self.y0 + self.ny * self.cell_m
        return shapely.box(self.x0, self.y0, east, north)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positions x and y of the cells' centres in metres, float64[n] each."""
        x = self.x0 + (np.arange(self.nx) + 0.5) * self.cell_m
        y = self.y0 + (np.arange(self.ny) + 0.5) * self.cell_m
        return np.tile(x, self.ny), np.repeat(y, self.nx)

    def cells_at(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """Cells that hold some positions in metres; -1 off the grid."""
        ix = np.floor((np.asarray(x, float) - self.x0) / self.cell_m).astype(np.int64)
        iy = np.floor((np.asarray(y, float) - self.y0) / self.cell_m).astype(np.int64)
        inside = (ix >= 0) & (ix < self.nx) & (iy >= 0) & (iy < self.ny)
        return np.where(inside, iy * self.nx + ix, -1).astype(np.int32)

    def within(self, area: Any) -> NDArray[np.bool_]:  # noqa: ANN401  polygon
        """Cells whose centre lies in an area in metres: bool[n]."""
        shapely.prepare(area)
        return np.asarray(shapely.contains_xy(area, *self.centres()), bool)

    def near(self, points: NDArray[np.float64], radius_m: float) -> NDArray[np.bool_]:
        """Cells whose centre is within a radius of any of some points float64[k, 2]: bool[n]."""
        x, y = self.centres()
        mask = np.zeros(self.n, bool)
        for px, py in points:
            mask |= (x - px) ** 2 + (y - py) ** 2 <= radius_m**2
        return mask


def along(frame: Frame, line: shapely.LineString) -> NDArray[np.int32]:
    """Cells along a line in its order, no cell twice in a row; stretches off the grid left out."""
    inside = shapely.intersection(line, frame.box)
    cells = []
    for part in shapely.get_parts(inside):
        if part.length > 0:
            points = shapely.get_coordinates(shapely.segmentize(part, frame.cell_m / 8.0))
            cells.append(frame.cells_at(points[:, 0], points[:, 1]))
    path = np.concatenate(cells) if cells else np.empty(0, np.int32)
    path = path[path >= 0]
    return path[np.r_[True, path[1:] != path[:-1]]] if len(path) else path


def touched(frame: Frame, line: shapely.LineString) -> NDArray[np.bool_]:
    """Cells whose closed square meets a line (its supercover): bool[n].

    No two of the other cells, neighbours by side or by corner, lie on different sides of the line: the way
    between their centres stays in the two squares, and the line would have to pass through one of them.
    """
    rough = np.zeros((frame.ny, frame.nx), bool)
    rough.flat[along(frame, line)] = True
    candidates = np.flatnonzero(ndimage.binary_dilation(rough, np.ones((3, 3), bool)))
    x, y = frame.centres()
    half = frame.cell_m / 2.0
    cx, cy = x[candidates], y[candidates]
    shapely.prepare(line)
    hit = shapely.intersects(line, shapely.box(cx - half, cy - half, cx + half, cy + half))
    mask = np.zeros(frame.n, bool)
    mask[candidates[hit]] = True
    return mask


def bank_layer(city: City, frame: Frame) -> NDArray[np.uint8]:
    """Bank of each cell: 0 water, 1 and up in the order of ``banks`` in city.yaml.

    Water is the river's surface and every cell that its centreline touches, so that no step to one of eight
    neighbours crosses it. Land that water cuts off from its bank and from the grid's edge (islands) becomes
    water: no unit or household could leave it.

    Args:
        city: The city.
        frame: The grid's frame.

    Returns:
        uint8[n].
    """
    reach = 2.0 * (frame.nx + frame.ny) * frame.cell_m
    water = frame.within(city.river) | touched(frame, extended(city.centreline, reach))
    bank = np.zeros(frame.n, np.uint8)
    for code, name in enumerate(city.banks, start=1):
        land = (frame.within(city.side(name)) & ~water).reshape(frame.ny, frame.nx)
        parts, count = ndimage.label(land, np.ones((3, 3), int))
        sizes = np.bincount(parts.ravel(), minlength=count + 1)
        keep = np.zeros(count + 1, bool)
        keep[np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])] = True
        sizes[0] = 0
        keep[np.argmax(sizes)] = True
        keep[0] = False
        bank[keep[parts].ravel()] = code
    return bank


def bridge_span(
    frame: Frame, bank: NDArray[np.uint8], line: shapely.LineString
) -> tuple[NDArray[np.int32], tuple[int, int]] | None:
    """Water cells that a bridge makes passable, and the land cells at its two ends.

    The bridge is followed from where it meets one bank to where it first meets the other; beyond its drawn
    ends it goes straight on, as far as land needs.

    Args:
        frame: The grid's frame.
        bank: Bank of each cell.
        line: The bridge in metres.

    Returns:
        The span as int32[k], connected by sides, and the end cells; None if the line never joins two banks.
    """
    path = _by_sides(frame, along(frame, extended(line, BRIDGE_REACH_M)))
    banks = bank[path]
    land = np.flatnonzero(banks)
    for before, after in pairwise(land.tolist()):
        if banks[before] != banks[after]:
            span = np.unique(path[before + 1 : after]).astype(np.int32)
            return span, (int(path[before]), int(path[after]))
    return None


def _by_sides(frame: Frame, path: NDArray[np.int32]) -> NDArray[np.int32]:
    """A path with a cell put in wherever it steps over a corner."""
    full = [int(cell) for cell in path[:1]]
    for cell in path[1:].tolist():
        dx, dy = cell % frame.nx - full[-1] % frame.nx, cell // frame.nx - full[-1] // frame.nx
        if dx and dy:
            full.append(full[-1] + dx)
        full.append(cell)
    return np.array(full, np.int32)
