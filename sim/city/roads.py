"""Roads outside the grid: camps, towns and start lines as nodes, and the way from where roads enter."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from sim.errors import Problem, ScenarioError
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from sim.city.folder import City
    from sim.city.places import Place
    from sim.city.raster import Frame
    from sim.city.settings import Link

Vertex = str | int  # a place by name, or the cell where a road enters the grid
Graph = dict[Vertex, dict[Vertex, float]]


@dataclass(frozen=True, eq=False)
class OffGrid:
    """Nodes off the grid, and the roads to them.

    Attributes:
        names: Names of the m nodes.
        kinds: ``start``, ``camp``, or the kind of site.
        x: float64[m], metres east of the centre.
        y: float64[m], metres north of the centre.
        capacity: float64[m], persons that a camp takes in; NaN if unknown.
        planned: float64[m], persons for whom a camp is planned, to be built up to; NaN if unknown.
        opened: Day on which a camp opens; None if unknown.
        bank: uint8[m], bank on which the node lies.
        entry_cell: int32[e], land cell at which a road enters the grid, ascending.
        entry_bank: uint8[e], bank of that cell.
        km: float64[m, e], kilometres of road outside the grid from entry to node; infinite if none.
        aliases: Other names of nodes.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    capacity: NDArray[np.float64]
    planned: NDArray[np.float64]
    opened: tuple[date | None, ...]
    bank: NDArray[np.uint8]
    entry_cell: NDArray[np.int32]
    entry_bank: NDArray[np.uint8]
    km: NDArray[np.float64]
    aliases: dict[str, str]

    def index(self, name: str) -> int:
        """Row of a node.

        Args:
            name: Its name or another name of it.

        Returns:
            Its row in `names`.

        Raises:
            ScenarioError: No node has this name; the message suggests the nearest one.
        """
        known = self.aliases.get(name, name)
        if known in self.names:
            return self.names.index(known)
        message = f'no place off the grid is called "{name}"{did_you_mean(name, self.names)}'
        raise ScenarioError(Problem("city", name, message))


def link_line(city: City, link: Link) -> shapely.LineString:
    """The course of a link in metres: straight from place to place, through its bends."""
    a, b = city.places[link.start], city.places[link.end]
    bends = [city.projection.to_xy(*point) for point in link.via]
    return shapely.LineString(np.array([(a.x, a.y), *bends, (b.x, b.y)], float))


def build_offgrid(city: City, frame: Frame, bank: NDArray[np.uint8]) -> OffGrid:
    """Cut the links at the grid's edge and measure what lies outside.

    A link enters the grid where its straight line meets the edge. Its length outside is the straight length
    times its detour. A camp or start line that lies on the grid is a node with an entry of its own, at 0 km.

    Args:
        city: The city.
        frame: The grid's frame.
        bank: uint8[n], bank of each cell.

    Returns:
        Nodes, entries and distances.
    """
    graph: Graph = {}
    for link in city.settings.links:
        _add_link(graph, city, frame, bank, link)
    nodes: list[Place] = []
    for place in dict.fromkeys(city.places.values()):
        cell = int(frame.cells_at(place.x, place.y))
        if cell < 0 and place.is_node and place.name in graph:
            nodes.append(place)
        elif cell >= 0 and place.kind in ("camp", "start"):
            nodes.append(place)
            code = city.banks.index(place.bank) + 1
            _join(graph, place.name, _nearest_land(frame, bank, place.x, place.y, code, rim=False), 0.0)
    entries = sorted(vertex for vertex in graph if isinstance(vertex, int))
    km = np.full((len(nodes), len(entries)), np.inf)
    for column, entry in enumerate(entries):
        reached = shortest_km(graph, entry)
        km[:, column] = [reached.get(node.name, math.inf) for node in nodes]
    names = {node.name for node in nodes}
    return OffGrid(
        names=tuple(node.name for node in nodes),
        kinds=tuple(node.kind for node in nodes),
        x=np.array([node.x for node in nodes], float),
        y=np.array([node.y for node in nodes], float),
        capacity=np.array([node.capacity for node in nodes], float),
        planned=np.array([node.planned for node in nodes], float),
        opened=tuple(node.opened for node in nodes),
        bank=np.array([city.banks.index(node.bank) + 1 for node in nodes], np.uint8),
        entry_cell=np.array(entries, np.int32),
        entry_bank=bank[np.array(entries, np.int64)],
        km=km,
        aliases={a: p.name for a, p in city.places.items() if p.name in names and a != p.name},
    )


def shortest_km(graph: Graph, start: Vertex) -> dict[Vertex, float]:
    """Shortest way in kilometres from one vertex to each that can be reached (Dijkstra 1959)."""
    best: dict[Vertex, float] = {}
    waiting: list[tuple[float, int, Vertex]] = [(0.0, 0, start)]
    pushed = 0
    while waiting:
        so_far, _, vertex = heapq.heappop(waiting)
        if vertex in best:
            continue
        best[vertex] = so_far
        for other, length in graph[vertex].items():
            if other not in best:
                pushed += 1
                heapq.heappush(waiting, (so_far + length, pushed, other))
    return best


def _add_link(graph: Graph, city: City, frame: Frame, bank: NDArray[np.uint8], link: Link) -> None:
    a, b = city.places[link.start], city.places[link.end]
    line = link_line(city, link)
    detour = city.settings.roads.detour.value if link.detour is None else link.detour
    if line.length == 0.0:
        if int(frame.cells_at(a.x, a.y)) < 0:
            _join(graph, a.name, b.name, 0.0)
        return
    for part in shapely.get_parts(line.difference(frame.box)):
        if part.length <= 0.0:
            continue
        ends: list[Vertex] = []
        points = shapely.get_coordinates(part)
        near_a = line.project(shapely.Point(points[0])) < line.length / 2
        code = city.banks.index(a.bank if near_a else b.bank) + 1
        for x, y in (points[0], points[-1]):
            place = next((p for p in (a, b) if abs(p.x - x) < 1e-6 and abs(p.y - y) < 1e-6), None)
            ends.append(place.name if place else _nearest_land(frame, bank, float(x), float(y), code, rim=True))
        _join(graph, ends[0], ends[1], part.length * detour / 1000.0)


def _join(graph: Graph, a: Vertex, b: Vertex, km: float) -> None:
    for one, other in ((a, b), (b, a)):
        known = graph.setdefault(one, {})
        known[other] = min(km, known.get(other, math.inf))


def _nearest_land(frame: Frame, bank: NDArray[np.uint8], x: float, y: float, code: int, *, rim: bool) -> int:
    """The land cell of a bank nearest to a position; on the grid's rim only, where asked for."""
    allowed = (bank == code).reshape(frame.ny, frame.nx).copy()
    if rim and allowed[[0, -1], :].any() | allowed[:, [0, -1]].any():
        allowed[1:-1, 1:-1] = False
    cells = np.flatnonzero(allowed)
    cx, cy = frame.centres()
    return int(cells[np.argmin((cx[cells] - x) ** 2 + (cy[cells] - y) ** 2)])
