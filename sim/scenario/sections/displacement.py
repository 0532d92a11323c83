"""The way out: walking, screening, the road, camps and their building by plan, hosts."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Displacement(Section):
    """The way out: walking, screening, the road, camps and hosts."""

    walk_m_per_h: float = param(
        2000.0, unit="m/h", low=1000, high=4000, gt=0, le=10_000,
        meaning="Speed of a family on foot, with children and loads, rests included", source="general knowledge",
        grade="assumed",
    )  # fmt: skip
    night: float = param(
        0.3, unit="fraction", low=0, high=1, ge=0, le=1, meaning="Movement of families by night against day",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    built_detour: float = param(
        1.2, unit="-", low=1, high=2, ge=1, le=10, meaning="Walking time in built cells against open ground",
        source="street network; no source", grade="assumed",
    )  # fmt: skip
    held_detour: float = param(
        3.6, unit="-", low=1.5, high=8, ge=1, le=20,
        meaning="How much longer a way families take to keep off ground that defenders hold", source="no source", grade="assumed",
    )  # fmt: skip
    patience_h: float = param(
        24.0, unit="h", low=6, high=96, gt=0, le=100_000,
        meaning="Wait at the river beyond which families do not set out for a crossing", source="no source", grade="assumed",
    )  # fmt: skip
    screening_persons_per_h: float = param(
        300.0, unit="persons/h", low=50, high=1500, ge=0, le=10_000_000, role="policy", when="any_day",
        meaning="Persons whom the screening site at each way out takes in an hour of the day, in the order in which they come",
        source="no source: ten desks with a family of six every 12 minutes each", grade="assumed",
    )  # fmt: skip
    screening_night: float = param(
        0.0, unit="fraction", low=0, high=0.5, ge=0, le=1, meaning="Screening by night against day", source="no source",
        grade="assumed",
    )  # fmt: skip
    screening_h: float = param(
        3.0, unit="h", low=1, high=12, ge=0, le=1000, meaning="Time from the front of the queue to a seat on a bus",
        source="no source", grade="assumed",
    )  # fmt: skip
    host_share: float = param(
        0.19, unit="fraction", low=0.15, high=0.24, ge=0, le=1, role="policy",
        meaning="Share of families who go to hosts instead of camps, while hosts take them",
        source="OCHA Dec 2016-Jan 2017, REACH Nov 2016: 76-85% in camps", grade="measured",
    )  # fmt: skip
    host_capacity: float = param(
        0.05, unit="fraction of residents", low=0.01, high=0.2, ge=0, le=1,
        meaning="Residents whom hosts out of the city take in at most; who finds no place there or in a camp camps in the open",
        source="no source; the region has hosted a million and more since 2014", grade="assumed",
    )  # fmt: skip
    camps_ready: int = param(
        5, unit="camps", low=3, high=9, ge=0, le=1000, role="policy",
        meaning="Camps that are ready at the start: those that data say are open, then the nearest by road",
        source="UN in Iraq/UNFPA 17 Oct 2016: five camps ready", grade="measured",
    )  # fmt: skip
    camp_ready: int = param(
        9000, unit="persons/camp", low=4500, high=15_000, ge=0, le=10_000_000, role="policy",
        meaning="Places in a camp that is ready, where data do not name its capacity",
        source="UN in Iraq/UNFPA 17 Oct 2016: 45,000 places ready in five camps", grade="estimated",
    )  # fmt: skip
    camp_planned: int = param(
        15_000, unit="persons/camp", low=10_000, high=30_000, ge=0, le=10_000_000, role="policy",
        meaning="Places up to which a camp is built, where data name neither its capacity nor its plan",
        source="UN in Iraq/UNFPA 17 Oct 2016: 45,000 ready and 120,000 planned in 11 camps; low: UNHCR, 120,000 in all",
        grade="estimated",
    )  # fmt: skip
    camp_build_at: float = param(
        0.7, unit="fraction", low=0.4, high=0.95, ge=0, le=1, role="policy",
        meaning="Share of its places taken from which a camp is built on; for a new site that of all camps", source="no source",
        grade="assumed",
    )  # fmt: skip
    camp_extend_at: float = param(
        0.95, unit="fraction", low=0.9, high=1.1, ge=0, le=2, role="policy",
        meaning="Share of its places taken from which a camp is extended beyond its plan; above 1 none is", source="no source",
        grade="assumed",
    )  # fmt: skip
    camp_build_places_per_day: float = param(
        300.0, unit="places/day and camp", low=100, high=2000, ge=0, le=10_000_000, role="policy", when="any_day",
        meaning="Places by which a camp grows in a day while it is built on",
        source="a planned site of 20,000 in two months; IOM 23 Oct 2016 meant to do 60,000 in one", grade="assumed",
    )  # fmt: skip
    allot_km: float = param(
        30.0, unit="km", low=5, high=100, gt=0, le=1_000_000,
        meaning="Road over which a camp's pull on buses falls to 1/e; free places pull in proportion",
        source="Wilson 1967 (form)", grade="assumed",
    )  # fmt: skip
