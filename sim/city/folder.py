"""A city: a folder of GeoJSON layers and ``city.yaml``, read, checked and projected."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from sim.city import checks, derive
from sim.city.layers import LAYERS, Feature, read_layer
from sim.city.places import Place, named_places
from sim.city.project import Projection
from sim.city.reading import read_settings
from sim.errors import Problem, ScenarioError
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.city.settings import Settings

SIDE_REACH_M = 50_000.0  # how far around the city's shapes the sides of the river are told apart
SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True, eq=False)
class City:
    """A city as its folder describes it, projected to metres.

    Two cities are equal when their folders hold the same bytes.

    Attributes:
        label: How messages call the folder.
        settings: Content of ``city.yaml``.
        layers: Features of each layer, geometries in metres.
        digest: Hash of the folder's content.
    """

    label: str
    settings: Settings
    layers: dict[str, tuple[Feature, ...]] = field(repr=False)
    digest: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, City) and other.digest == self.digest

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    @property
    def name(self) -> str:
        """The city's name."""
        return self.settings.name

    @property
    def banks(self) -> tuple[str, ...]:
        """Names of the banks; the code of a bank in the grid is its place here, from 1."""
        return tuple(self.settings.banks)

    @property
    def projection(self) -> Projection:
        """Degrees to metres about the city's centre, and back."""
        return Projection(self.settings.centre.lat, self.settings.centre.lon)

    @cached_property
    def _river(self) -> tuple[shapely.LineString, NDArray[np.float64]]:
        return derive.river_centreline(self.layers["river"], self.settings.river.default_width_m.value)

    @property
    def centreline(self) -> shapely.LineString:
        """The river's centreline, downstream, in metres."""
        return self._river[0]

    @cached_property
    def river(self) -> Any:  # noqa: ANN401  Polygon or MultiPolygon
        """The river's surface, in metres."""
        return derive.river_polygon(*self._river)

    @cached_property
    def old_core(self) -> Any:  # noqa: ANN401  Polygon or MultiPolygon
        """The old core, in metres."""
        return shapely.union_all([feature.geometry for feature in self.layers["old_core"]])

    @cached_property
    def _sides(self) -> dict[str, Any]:
        shapes = [f.geometry for layer in ("outline", "river", "bridges", "neighbourhoods") for f in self.layers[layer]]
        west, south, east, north = shapely.total_bounds(shapes)
        box = shapely.box(west - SIDE_REACH_M, south - SIDE_REACH_M, east + SIDE_REACH_M, north + SIDE_REACH_M)
        left = derive.left_side(self.centreline, box)
        right = box.difference(left)
        shapely.prepare([left, right])
        return {self.settings.river.left_bank: left, self.settings.river.right_bank: right}

    def side(self, bank: str) -> Any:  # noqa: ANN401  Polygon or MultiPolygon
        """The side of the river's centreline that a bank is, 50 km around the city, in metres."""
        return self._sides[bank]

    def built_up(self, bank: str) -> Any:  # noqa: ANN401  Polygon or MultiPolygon
        """Built-up outline of a bank as the folder draws it (the river not cut out), in metres."""
        shapes = [f.geometry for f in self.layers["outline"] if f.bank == bank and f.kind == "built_up"]
        return shapely.union_all(shapes)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Places that road links may name, by name and alias."""
        return named_places(self.layers, self.settings, self.projection)

    def where(self, layer: str) -> str:
        """How messages call one file of the folder."""
        return _file_label(self.label, layer)


def load_city(path: str | Path) -> City:
    """Load and check a city folder.

    Args:
        path: Name of a shipped city, such as ``mosul``, or the path of a folder.

    Returns:
        The city.

    Raises:
        ScenarioError: One problem for each defect of the folder, naming file and feature.
    """
    folder = _find(path)
    label = str(path).rstrip("/\\")
    settings, problems = read_settings(folder / "city.yaml", _file_label(label, "city.yaml"))
    degrees: dict[str, list[Feature]] = {}
    for layer in LAYERS:
        features, wrong = read_layer(folder / f"{layer}.geojson", _file_label(label, layer), layer)
        if layer == "river":
            wrong += checks.river_defects(features)
        degrees[layer] = features
        problems += wrong
    if problems or settings is None:
        raise ScenarioError(problems)
    projection = Projection(settings.centre.lat, settings.centre.lon)
    layers = {
        layer: tuple(replace(feature, geometry=projection.geometry_to_xy(feature.geometry)) for feature in features)
        for layer, features in degrees.items()
    }
    city = City(label, settings, layers, _digest(folder))
    problems = checks.city_defects(city)
    if problems:
        raise ScenarioError(problems)
    return city


def shipped_cities() -> list[str]:
    """Names of the cities that ship with the package."""
    return sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "city.yaml").is_file())


def _find(path: str | Path) -> Path:
    text = str(path)
    if text in shipped_cities():
        return SHIPPED / text
    folder = Path(path)
    if not folder.is_dir():
        near = did_you_mean(text, shipped_cities())
        raise ScenarioError(Problem(text, "city", f"no such city: neither a shipped one nor a folder{near}"))
    return folder


def _file_label(label: str, layer: str) -> str:
    return f"{label}/{layer}" if layer.endswith(".yaml") else f"{label}/{layer}.geojson"


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in ["city.yaml", *(f"{layer}.geojson" for layer in LAYERS)]:
        content = (folder / name).read_bytes()
        digest.update(f"{name}:{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
