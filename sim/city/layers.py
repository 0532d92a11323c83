"""The GeoJSON layers of a city folder: what each must hold, and reading one with every defect named."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import shape

from sim.errors import Problem
from sim.scenario.words import describe, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_FILE_BYTES = 64_000_000
DEEPEST_COORDINATES = 4  # lists within lists, of a MultiPolygon

SITE_KINDS = (
    "airbase", "airport", "archaeology", "bus_station", "church", "dam", "factory", "fort", "gate",
    "government", "green", "headquarters", "hospital", "industrial", "junction", "market", "military",
    "mosque", "museum", "police", "power", "prison", "rail", "school", "screening", "shrine", "town",
    "university", "village", "water",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LayerRule:
    """What a layer's features must be.

    Attributes:
        geometry: GeoJSON types that are allowed.
        kinds: Allowed values of the property ``kind``; empty where the layer has no kinds.
        default_kind: Kind of a feature that names none; empty where it must.
        bank: Whether every feature must name its bank.
        unique: Whether two features may not share a name.
        least: Smallest number of features.
    """

    geometry: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    default_kind: str = ""
    bank: bool = False
    unique: bool = False
    least: int = 0


LAYERS: dict[str, LayerRule] = {
    "river": LayerRule(("LineString",), least=1),
    "bridges": LayerRule(("LineString",), unique=True),
    "outline": LayerRule(
        ("Polygon", "MultiPolygon"), kinds=("built_up", "outer_limit"), default_kind="built_up", least=1
    ),
    "old_core": LayerRule(("Polygon", "MultiPolygon"), least=1),
    "neighbourhoods": LayerRule(("Point",), bank=True, unique=True, least=1),
    "sites": LayerRule(("Point",), kinds=SITE_KINDS, unique=True),
    "camps": LayerRule(("Point",), bank=True, unique=True),
    "roads": LayerRule(("LineString",), kinds=("main_road", "street"), default_kind="main_road"),
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a layer.

    Attributes:
        where: File that holds it, for messages.
        name: Its name.
        geometry: Shapely geometry; degrees when read, metres in a loaded `City`.
        properties: All its properties as they stand in the file.
    """

    where: str
    name: str
    geometry: Any
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Its kind, or an empty text."""
        return str(self.properties.get("kind", ""))

    @property
    def bank(self) -> str:
        """Name of its bank, or an empty text."""
        return str(self.properties.get("bank") or "")

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names of it."""
        return tuple(self.properties.get("aliases") or ())


def read_layer(path: Path, where: str, layer: str) -> tuple[list[Feature], list[Problem]]:
    """Read one GeoJSON layer.

    Args:
        path: The file.
        where: How messages call it.
        layer: Which layer it is, a key of `LAYERS`.

    Returns:
        The features without defects, in degrees, and one problem per defect.
    """
    rule = LAYERS[layer]
    document, problem = _load_json(path, where)
    if problem is not None:
        return [], [problem]
    items, problems = _feature_list(document, where)
    features: list[Feature] = []
    for number, item in enumerate(items, start=1):
        made, wrong = _read_feature(item, number, where, rule)
        problems += wrong
        if made is not None:
            features.append(made)
    if not problems and len(features) < rule.least:
        problems.append(Problem(where, "", f"the layer is empty; it needs at least {rule.least} feature"))
    if rule.unique:
        problems += _repeated_names(features, where)
    return features, problems


def _load_json(path: Path, where: str) -> tuple[Any, Problem | None]:
    try:
        if path.is_dir() or path.stat().st_size > LARGEST_FILE_BYTES:
            return None, Problem(where, "", f"not a file of at most {LARGEST_FILE_BYTES // 1_000_000} MB")
        return json.loads(path.read_text(encoding="utf-8-sig")), None
    except FileNotFoundError:
        return None, Problem(where, "", "the layer is missing")
    except json.JSONDecodeError as error:
        return None, Problem(f"{where}:{error.lineno}:{error.colno}", "", f"broken JSON: {error.msg}")
    except (ValueError, RecursionError) as error:  # not UTF-8, a number of thousands of digits, nested too deep
        return None, Problem(where, "", f"broken JSON: {error}")
    except OSError as error:
        return None, Problem(where, "", f"cannot be read: {error.strerror}")


def _feature_list(document: Any, where: str) -> tuple[list[Any], list[Problem]]:  # noqa: ANN401  any JSON
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return [], [Problem(where, "", "not a GeoJSON FeatureCollection")]
    crs = json.dumps(document.get("crs") or "CRS84")
    if "CRS84" not in crs and "4326" not in crs:
        return [], [Problem(where, "crs", "coordinates must be WGS84 longitude and latitude")]
    items = document.get("features")
    if not isinstance(items, list):
        return [], [Problem(where, "features", "must be a list")]
    return items, []


def _read_feature(
    item: Any,  # noqa: ANN401  any JSON
    number: int,
    where: str,
    rule: LayerRule,
) -> tuple[Feature | None, list[Problem]]:
    properties = item.get("properties") if isinstance(item, dict) else None
    if not isinstance(properties, dict):
        return None, [Problem(where, f"feature {number}", "has no properties")]
    name = properties.get("name")
    problems: list[Problem] = []
    if not isinstance(name, str) or not name.strip():
        problems.append(Problem(where, f"feature {number}", "has no name"))
        name = f"feature {number}"
    geometry, wrong = _read_geometry(item.get("geometry"), rule)
    problems += [Problem(where, name, message) for message in wrong]
    properties = dict(properties)
    if rule.kinds:
        kind = properties.setdefault("kind", rule.default_kind)
        if not kind:
            problems.append(Problem(where, name, "has no kind"))
        elif kind not in rule.kinds:
            problems.append(Problem(where, name, f'unknown kind "{kind}"{did_you_mean(str(kind), rule.kinds)}'))
    problems += [Problem(where, name, message) for message in _property_defects(properties)]
    if problems or geometry is None:
        return None, problems
    return Feature(where, name, geometry, properties), []


def _read_geometry(raw: Any, rule: LayerRule) -> tuple[Any, list[str]]:  # noqa: ANN401  JSON in, geometry out
    wrong = _geometry_defect(raw, " or ".join(rule.geometry), rule)
    if wrong:
        return None, [wrong]
    try:
        geometry = shapely.force_2d(shape(raw))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, shapely.errors.ShapelyError):
        return None, ["has broken coordinates"]
    if geometry.is_empty:
        return None, ["has an empty geometry"]
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return None, ["lies outside -180..180 degrees of longitude, -90..90 of latitude"]
    if not geometry.is_valid:
        return None, [f"is not a valid shape: {shapely.is_valid_reason(geometry)}"]
    return geometry, []


def _geometry_defect(raw: Any, wanted: str, rule: LayerRule) -> str:  # noqa: ANN401  any JSON
    """What is wrong with a geometry before shapely sees it; empty if nothing."""
    if not isinstance(raw, dict):
        return f"has no geometry; it needs a {wanted}"
    if raw.get("type") not in rule.geometry:
        return f"is a {raw.get('type')}; the layer needs a {wanted}"
    for number in _numbers(raw.get("coordinates")):
        if isinstance(number, bool) or not isinstance(number, int | float):
            return f"has a coordinate that is not a number: {describe(number)}"
        if not is_finite(number):
            return f"has a coordinate that is not finite: {describe(number)}"
    return ""


def _numbers(coordinates: Any, depth: int = 0) -> Iterator[Any]:  # noqa: ANN401  nested lists
    if isinstance(coordinates, list) and depth < DEEPEST_COORDINATES:
        for part in coordinates:
            yield from _numbers(part, depth + 1)
    else:
        yield coordinates


def _property_defects(properties: dict[str, Any]) -> Iterator[str]:
    for key in ("accuracy_m", "width_m", "capacity", "planned"):
        value = properties.get(key)
        if value is not None and not _is_amount(value):
            yield f"{key} must be a number of at least 0, not {describe(value)}"
    aliases = properties.get("aliases")
    if aliases is not None and not (isinstance(aliases, list) and all(isinstance(a, str) for a in aliases)):
        yield "aliases must be a list of texts"
    bank = properties.get("bank")
    if bank is not None and not isinstance(bank, str):
        yield f"bank must be a text, not {describe(bank)}"
    opened = properties.get("opened")
    if opened is not None and read_day(opened) is None:
        yield f'opened must be a date such as "2016-11-04", not {describe(opened)}'


def _is_amount(value: Any) -> bool:  # noqa: ANN401  any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value) and value >= 0


def is_finite(number: float) -> bool:
    """Whether a number of a JSON file, which may be a whole one of any length, is finite as a float."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def read_day(value: Any) -> date | None:  # noqa: ANN401  any JSON value
    """The date that an ISO text names, or None."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _repeated_names(features: list[Feature], where: str) -> list[Problem]:
    seen: dict[str, int] = {}
    for feature in features:
        seen[feature.name] = seen.get(feature.name, 0) + 1
    return [Problem(where, name, f"{count} features have this name") for name, count in seen.items() if count > 1]
