"""The city on a grid: every layer that agents stand on, bridges, sites and the roads out."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import KDTree

from sim.city import population
from sim.city.codes import BUILT, MAIN_ROAD, NO_ROAD, OPEN, STREETS, WATER
from sim.city.memory import cells_words, check_ground, frame_of
from sim.city.outlines import city_outlines
from sim.city.raster import Frame, along, bank_layer, bridge_span
from sim.city.roads import OffGrid, build_offgrid, link_line
from sim.errors import Problem, ScenarioError
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from sim.city.folder import City

SMALLEST_CELL_M = 25.0  # finer would be a targeting aid; see docs/misuse.md
MOST_CELLS = 4_000_000
LARGEST_MARGIN_M = 40_000.0


@dataclass(frozen=True, eq=False)
class Bridge:
    """A bridge.

    Attributes:
        name: Its name.
        span: int32[k], water cells that it makes passable while it stands; connected by sides.
        end_cells: Land cells at its two ends, on different banks.
        length_m: Length as drawn, approaches included.
        aliases: Other names of it.
    """

    name: str
    span: NDArray[np.int32]
    end_cells: tuple[int, int]
    length_m: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """A place of note.

    Attributes:
        name: Its name.
        kind: Its kind, one of `sim.city.layers.SITE_KINDS`.
        cell: Land cell that holds it, or is nearest on its bank if it lies in the water; -1 off the grid.
        x: Metres east of the centre.
        y: Metres north of the centre.
    """

    name: str
    kind: str
    cell: int
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class CityGrid:
    """A city in square cells. Flat layers of length n = ny * nx; cell ``c = y * nx + x``, row 0 in the south.

    Attributes:
        city: The city that it was built from.
        nx: Cells from west to east.
        ny: Cells from south to north.
        cell_m: Side of a cell in metres.
        x0: Metres east of the centre of the south-west corner.
        y0: Metres north of the centre of the south-west corner.
        lat0: Latitude of the centre in degrees.
        lon0: Longitude of the centre in degrees.
        terrain: uint8[n], ``OPEN``, ``BUILT`` or ``WATER``.
        bank: uint8[n], 0 water, 1.. in the order of `bank_names`.
        neighbourhood: int16[n], row in `neighbourhood_names`; -1 outside built cells.
        density: float32[n], share of ground under buildings.
        storeys: uint8[n], height class 0..3.
        road: uint8[n], ``NO_ROAD``, ``STREETS`` or ``MAIN_ROAD``.
        residents: float64[n], share of the city's residents; sum 1, zero outside built cells.
        cover: float32[n], 0..1, see `sim.city.population.cover_of`.
        old_core: bool[n], built cells of the old core.
        core_distance_m: float64[n], distance of the cell's centre to the middle of the old core.
        neighbourhood_names: Names of the nn neighbourhoods.
        neighbourhood_bank: uint8[nn].
        neighbourhood_cell: int32[nn], built cell on its bank nearest to the neighbourhood's point.
        bank_names: Names of the banks; bank code 1 is the first.
        bridges: The bridges, in the order of the layer.
        sites: The sites, in the order of the layer.
        offgrid: Nodes off the grid and the roads to them.
        digest: Hash of the folder's content, cell size and margin.
    """

    city: City = field(repr=False)
    nx: int
    ny: int
    cell_m: float
    x0: float
    y0: float
    lat0: float
    lon0: float
    terrain: NDArray[np.uint8] = field(repr=False)
    bank: NDArray[np.uint8] = field(repr=False)
    neighbourhood: NDArray[np.int16] = field(repr=False)
    density: NDArray[np.float32] = field(repr=False)
    storeys: NDArray[np.uint8] = field(repr=False)
    road: NDArray[np.uint8] = field(repr=False)
    residents: NDArray[np.float64] = field(repr=False)
    cover: NDArray[np.float32] = field(repr=False)
    old_core: NDArray[np.bool_] = field(repr=False)
    core_distance_m: NDArray[np.float64] = field(repr=False)
    neighbourhood_names: tuple[str, ...] = field(repr=False)
    neighbourhood_bank: NDArray[np.uint8] = field(repr=False)
    neighbourhood_cell: NDArray[np.int32] = field(repr=False)
    bank_names: tuple[str, ...]
    bridges: tuple[Bridge, ...] = field(repr=False)
    sites: tuple[Site, ...] = field(repr=False)
    offgrid: OffGrid = field(repr=False)
    digest: str

    @property
    def n(self) -> int:
        """Number of cells."""
        return self.nx * self.ny

    @property
    def frame(self) -> Frame:
        """Size and place of the grid."""
        return Frame(self.nx, self.ny, self.cell_m, self.x0, self.y0)

    @cached_property
    def _land(self) -> NDArray[np.bool_]:
        return np.not_equal(self.terrain, WATER)

    def passable(self, open_bridges: ArrayLike) -> NDArray[np.bool_]:
        """Cells that can be entered on the ground: land, and the spans of open bridges.

        Args:
            open_bridges: bool[n_bridges], in the order of `bridges`.

        Returns:
            bool[n], a new array.
        """
        mask = self._land.copy()
        for bridge, is_open in zip(self.bridges, np.asarray(open_bridges, bool), strict=True):
            if is_open:
                mask[bridge.span] = True
        return mask

    def bridge_index(self, name: str) -> int:
        """Place of a bridge in `bridges`.

        Args:
            name: Its name or another name of it.

        Returns:
            Its index.

        Raises:
            ScenarioError: No bridge has this name; the message suggests the nearest one.
        """
        names = [bridge.name for bridge in self.bridges]
        if name in names:
            return names.index(name)
        for index, bridge in enumerate(self.bridges):
            if name in bridge.aliases:
                return index
        message = f'no bridge is called "{name}"{did_you_mean(name, names)}'
        raise ScenarioError(Problem(self.city.label, name, message))

    def core_cells(self, area_km2: float) -> NDArray[np.bool_]:
        """The built cells nearest the middle of the old core that add up to an area; all of a smaller city.

        Args:
            area_km2: Area in km2, such as the 31 km2 of claim A3.

        Returns:
            bool[n].
        """
        built = np.flatnonzero(self.terrain == BUILT)
        wanted = min(len(built), max(0, round(area_km2 * 1e6 / self.cell_m**2)))
        nearest = built[np.argsort(self.core_distance_m[built], kind="stable")[:wanted]]
        mask = np.zeros(self.n, bool)
        mask[nearest] = True
        return mask

    def cells_at(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int32]:
        """Cells that hold some positions in degrees; -1 off the grid."""
        return self.frame.cells_at(*self.city.projection.to_xy(lon, lat))

    def outlines(self) -> dict[str, dict[str, Any]]:
        """GeoJSON for drawing, in longitude and latitude; see `sim.city.outlines.city_outlines`."""
        return city_outlines(self.city)


@lru_cache(maxsize=4)
def build_grid(city: City, cell_m: float = 100.0, margin_m: float = 3000.0) -> CityGrid:
    """Lay a city on a grid; kept in memory for the last few calls. The layers are read-only.

    Args:
        city: The city.
        cell_m: Side of a cell in metres, at least 25.
        margin_m: Open ground around the built-up outline, in metres.

    Returns:
        The grid.

    Raises:
        ScenarioError: The cells are too small or too many, or a bridge finds no land on both banks.
    """
    frame = _frame(city, cell_m, margin_m)
    bank = bank_layer(city, frame)
    outline = shapely.union_all([city.built_up(name) for name in city.banks])
    built = frame.within(outline) & (bank > 0)
    terrain = np.where(bank == 0, WATER, np.where(built, BUILT, OPEN)).astype(np.uint8)
    neighbourhood, nearest_cell = _neighbourhoods(city, frame, bank, built)
    old_core = frame.within(city.old_core) & built
    density = population.building_density(city, frame, built, old_core)
    storeys = population.height_classes(city, frame, built, old_core)
    bridges = _bridges(city, frame, bank)
    points = city.layers["neighbourhoods"]
    grid = CityGrid(
        city=city, nx=frame.nx, ny=frame.ny, cell_m=frame.cell_m, x0=frame.x0, y0=frame.y0,
        lat0=city.settings.centre.lat, lon0=city.settings.centre.lon,
        terrain=terrain, bank=bank, neighbourhood=neighbourhood, density=density, storeys=storeys,
        road=_roads(city, frame, bank, built, bridges),
        residents=population.resident_weights(city, frame, built, old_core),
        cover=population.cover_of(density, storeys, city.settings.buildings.cover_strength.value),
        old_core=old_core, core_distance_m=population.distance_to_core(city, frame),
        neighbourhood_names=tuple(f.name for f in points),
        neighbourhood_bank=np.array([city.banks.index(f.bank) + 1 for f in points], np.uint8),
        neighbourhood_cell=nearest_cell, bank_names=city.banks, bridges=bridges,
        sites=_sites(city, frame, bank), offgrid=build_offgrid(city, frame, bank),
        digest=_digest(city, cell_m, margin_m),
    )  # fmt: skip
    for holder in (grid, grid.offgrid, *bridges):
        for value in vars(holder).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
    return grid


def _frame(city: City, cell_m: float, margin_m: float) -> Frame:
    if not SMALLEST_CELL_M <= cell_m < math.inf:
        message = f"cells must be at least {SMALLEST_CELL_M:g} m, not {cell_m:g}"
        if 0 < cell_m < SMALLEST_CELL_M and 0 <= margin_m <= LARGEST_MARGIN_M:
            message += f": {cells_words(city, frame_of(city, cell_m, margin_m).n)}"
        raise ScenarioError(Problem("", "city.cell_m", message))
    if not 0 <= margin_m <= LARGEST_MARGIN_M:
        message = f"the margin must be from 0 to {LARGEST_MARGIN_M:g} m, not {margin_m:g}"
        raise ScenarioError(Problem("", "city.margin_m", message))
    frame = frame_of(city, cell_m, margin_m)
    if frame.n > MOST_CELLS:
        message = f"at most {MOST_CELLS:,} cells are allowed (larger cells, or a smaller margin): {cells_words(city, frame.n)}"
        raise ScenarioError(Problem("", "city.cell_m", message))
    check_ground(city, frame.n)
    return frame


def _digest(city: City, cell_m: float, margin_m: float) -> str:
    text = f"{city.digest} {float(cell_m)!r} {float(margin_m)!r}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _neighbourhoods(
    city: City, frame: Frame, bank: NDArray[np.uint8], built: NDArray[np.bool_]
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Neighbourhood of each built cell (nearest point on its bank: Voronoi), and a built cell for each."""
    x, y = frame.centres()
    points = np.array([(f.geometry.x, f.geometry.y) for f in city.layers["neighbourhoods"]])
    of_bank = np.array([city.banks.index(f.bank) + 1 for f in city.layers["neighbourhoods"]])
    layer = np.full(frame.n, -1, np.int16)
    nearest = np.full(len(points), -1, np.int32)
    for code, name in enumerate(city.banks, start=1):
        rows, cells = np.flatnonzero(of_bank == code), np.flatnonzero(built & (bank == code))
        if not len(cells):
            raise ScenarioError(Problem(city.label, name, f"no built cell of {frame.cell_m:g} m on this bank"))
        at = np.column_stack([x[cells], y[cells]])
        layer[cells] = rows[KDTree(points[rows]).query(at)[1]]
        nearest[rows] = cells[KDTree(at).query(points[rows])[1]]
    return layer, nearest


def _bridges(city: City, frame: Frame, bank: NDArray[np.uint8]) -> tuple[Bridge, ...]:
    made, problems = [], []
    for feature in city.layers["bridges"]:
        found = bridge_span(frame, bank, feature.geometry)
        if found is None:
            problems.append(Problem(feature.where, feature.name, "finds no land on both banks near its ends"))
        else:
            made.append(Bridge(feature.name, found[0], found[1], float(feature.geometry.length), feature.aliases))
    if problems:
        raise ScenarioError(problems)
    return tuple(made)


def _roads(
    city: City, frame: Frame, bank: NDArray[np.uint8], built: NDArray[np.bool_], bridges: tuple[Bridge, ...]
) -> NDArray[np.uint8]:
    road = np.where(built, STREETS, NO_ROAD).astype(np.uint8)
    lines = [f.geometry for f in city.layers["roads"] if f.kind == "main_road"]
    lines += [f.geometry for f in city.layers["bridges"]]
    lines += [link_line(city, link) for link in city.settings.links]
    for feature in city.layers["roads"]:
        if feature.kind == "street":
            cells = along(frame, feature.geometry)
            road[cells[bank[cells] > 0]] = STREETS
    for line in lines:
        cells = along(frame, line)
        road[cells[bank[cells] > 0]] = MAIN_ROAD
    for bridge in bridges:
        road[bridge.span] = MAIN_ROAD
        road[list(bridge.end_cells)] = MAIN_ROAD
    return road


def _sites(city: City, frame: Frame, bank: NDArray[np.uint8]) -> tuple[Site, ...]:
    x, y = frame.centres()
    made = []
    for feature in city.layers["sites"]:
        px, py = float(feature.geometry.x), float(feature.geometry.y)
        cell = int(frame.cells_at(px, py))
        if cell >= 0 and bank[cell] == 0:
            code = city.banks.index(feature.bank) + 1 if feature.bank else 0
            land = np.flatnonzero(bank == code if code else bank > 0)
            cell = int(land[np.argmin((x[land] - px) ** 2 + (y[land] - py) ** 2)])
        made.append(Site(feature.name, feature.kind, cell, px, py))
    return tuple(made)
