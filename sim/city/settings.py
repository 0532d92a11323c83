"""``city.yaml``: what a city folder says besides its map layers, every number with source and grade."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.declare import Grade, Section

Latitude = Annotated[float, Field(ge=-80, le=80)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Name = Annotated[str, Field(min_length=1)]


class Number(Section):
    """A number with its unit, source and evidence grade."""

    value: Annotated[float, Field(ge=0)]
    unit: str
    grade: Grade
    source: Name


class Share(Number):
    """A number from 0 to 0.95, such as the share of ground under buildings."""

    value: Annotated[float, Field(ge=0, le=0.95)]


class HeightClass(Number):
    """Height class of buildings: 0 none, 1 one or two storeys, 2 three or four, 3 five and more."""

    value: Annotated[float, Field(ge=0, le=3, multiple_of=1)]


class Centre(Section):
    """Centre of the map projection, WGS84."""

    lat: Latitude
    lon: Longitude


class River(Section):
    """Which bank lies on which side of the river, seen downstream (the order of ``river.geojson``)."""

    name: Name
    left_bank: Name
    right_bank: Name
    default_width_m: Number


class SiteDensity(Section):
    """Residents around one kind of site, as a share of the density around."""

    radius_m: Annotated[float, Field(gt=0, le=10_000)]
    factor: Annotated[float, Field(ge=0, le=10)]
    grade: Grade
    source: Name


class TallSite(Section):
    """Radius around one kind of site within which buildings are of the highest class."""

    radius_m: Annotated[float, Field(gt=0, le=10_000)]
    grade: Grade
    source: Name


class Population(Section):
    """How residents spread: a negative exponential of the distance to the old core (Clark 1951)."""

    gradient_per_km: Number
    old_core_factor: Number
    sites: dict[str, SiteDensity] = Field(default_factory=dict)


class Communities(Section):
    """Share of each community among the residents of each bank: an estimate by area, see :mod:`sim.city.communities`."""

    shares: dict[Name, dict[Name, Annotated[float, Field(ge=0, le=1)]]]
    grade: Grade
    source: Name


class Climate(Section):
    """Monthly normals of the temperature."""

    monthly_mean_c: Annotated[list[Annotated[float, Field(ge=-60, le=60)]], Field(min_length=12, max_length=12)]
    grade: Grade
    source: Name


class Buildings(Section):
    """Share of ground under buildings, heights, and how much cover they give."""

    cover_share_centre: Share
    cover_share_edge: Share
    cover_share_old_core: Share
    gradient_per_km: Number
    height_class_old_core: HeightClass
    height_class_inner: HeightClass
    height_class_outer: HeightClass
    inner_radius_km: Number
    tall_sites: dict[str, TallSite] = Field(default_factory=dict)
    cover_strength: Number


class Roads(Section):
    """Roads outside the grid."""

    detour: Number


class StartLine(Section):
    """A place off the grid from which forces start."""

    name: Name
    lat: Latitude
    lon: Longitude
    bank: Name
    accuracy_m: Annotated[float, Field(ge=0)]
    grade: Grade
    source: Name


class Link(Section):
    """A straight road between two named places, through bends where it has any.

    ``kind: crossing`` joins the two banks outside the city (a ferry, a floating bridge, a bridge far away).
    """

    start: Name = Field(alias="from")
    end: Name = Field(alias="to")
    kind: Literal["road", "crossing"] = "road"
    via: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(default_factory=list)
    detour: Annotated[float, Field(ge=1, le=5)] | None = None
    grade: Grade
    source: Name


class Settings(Section):
    """The whole of ``city.yaml``."""

    name: Name
    centre: Centre
    banks: Annotated[list[Name], Field(min_length=2, max_length=2)]
    attribution: Annotated[list[Name], Field(min_length=1)]
    river: River
    population: Population
    communities: Communities | None = None
    climate: Climate | None = None
    buildings: Buildings
    roads: Roads
    start_lines: list[StartLine] = Field(default_factory=list)
    links: list[Link] = Field(default_factory=list)
