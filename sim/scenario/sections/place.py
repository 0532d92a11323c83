"""Where and when the battle is, and who lives there."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sim.scenario.declare import Section, param


class City(Section):
    """Where: the city's data folder and the size of a cell."""

    path: str = param(
        "mosul",
        unit="-",
        meaning="Shipped city, or folder of a city of your own (./folder: relative to the scenario file)",
        source="shipped data, see the city folder",
        grade="measured",
        role="policy",
        min_length=1,
        max_length=400,
    )
    cell_m: float = param(
        100.0,
        unit="m",
        meaning="Side of a square grid cell; smaller than 25 m is refused (docs/misuse.md)",
        source="model resolution; to be compared with 50 m",
        grade="assumed",
        low=50,
        high=250,
        ge=25,
        le=1000,
    )
    margin_m: float = param(
        3000.0,
        unit="m",
        meaning="Ground around the built-up outline that belongs to the grid",
        source="covers fire from the city's edge",
        grade="assumed",
        low=1000,
        high=5000,
        ge=0,
        le=20_000,
    )


class Time(Section):
    """When: first day, length of a step, last day."""

    start: date = param(
        date(2016, 10, 17),
        unit="date",
        meaning="Day 0",
        source="start of the operation, 17 October 2016",
        grade="measured",
        role="policy",
        ge=date(1900, 1, 1),
        le=date(2100, 1, 1),
    )
    step_hours: Literal[1, 2, 3, 6] = param(
        1,
        unit="h",
        meaning="Length of a tick",
        source="model resolution; to be compared with 2 h and 3 h",
        grade="assumed",
    )
    max_days: int = param(
        400,
        unit="days",
        meaning="The run stops after this many days, decided or not",
        source="beyond every precedent's length",
        grade="assumed",
        low=100,
        high=600,
        ge=1,
        le=2000,
    )


class Population(Section):
    """Who lives in the city, and how coarsely households are drawn."""

    persons: int = param(
        1_200_000,
        unit="persons",
        meaning="People in the city on day 0",
        source="UN planning figure of autumn 2016, 1.0 to 1.5 million",
        grade="estimated",
        low=1_000_000,
        high=1_500_000,
        ge=1,
        le=20_000_000,
    )
    household_mean: float = param(
        6.0,
        unit="persons",
        meaning="Mean size of a household",
        source="household surveys of Ninewa",
        grade="estimated",
        low=5,
        high=8,
        ge=1,
        le=30,
    )
    persons_per_agent: float = param(
        6.0,
        unit="persons",
        meaning="Persons that one household agent stands for, at least one household; more is coarser and faster",
        source="one agent per household of mean size",
        grade="assumed",
        ge=1,
        le=10_000,
    )
    frail_share: float = param(
        0.21,
        unit="fraction",
        meaning="Share of people who are under five or over sixty",
        source="UN World Population Prospects 2015, Iraq: 16% under five, 5% over sixty",
        grade="estimated",
        low=0.17,
        high=0.25,
        ge=0,
        le=1,
    )
    kin_share: float = param(
        0.6,
        unit="fraction",
        meaning="Share of households that have kin elsewhere in the city with room for them",
        source="no source",
        grade="assumed",
        low=0.3,
        high=0.9,
        ge=0,
        le=1,
    )
