"""The coalition's eyes: surveillance orbits, what they watch and what they see."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Isr(Section):
    """Surveillance orbits, each over one place of ground that the defenders hold (claim B2)."""

    orbits: int = param(
        6, unit="orbits", low=0, high=16, ge=0, le=1000, role="policy", when="any_day",
        meaning="Drones on station at any time", source="op-ed B2; no figure published", grade="assumed",
    )  # fmt: skip
    orbit_km2: float = param(
        8.0, unit="km2", low=2, high=20, gt=0, le=1000, meaning="Ground that one orbit watches, a disc", source="no source",
        grade="assumed",
    )  # fmt: skip
    detect_per_h: float = param(
        0.03, unit="1/h", low=0.005, high=0.2, ge=0, le=100, role="free",
        meaning="Hazard that a team that moves in the open under an orbit is found, by day", source="no source",
        grade="assumed",
    )  # fmt: skip
    still: float = param(
        0.25, unit="fraction", low=0.05, high=0.6, ge=0, le=1,
        meaning="How easily a team at rest is found against one that moves; cover takes more away", source="no source",
        grade="assumed",
    )  # fmt: skip
    firing: float = param(
        0.6, unit="fraction", low=0.2, high=1.0, ge=0, le=1,
        meaning="How easily a team that has fired in the last tick is found against one that moves", source="no source",
        grade="assumed",
    )  # fmt: skip
    mining: float = param(
        0.6, unit="fraction", low=0.2, high=1.0, ge=0, le=1,
        meaning="How easily a mining party at work is found against a team that moves", source="no source", grade="assumed",
    )  # fmt: skip
    leader: float = param(
        0.5, unit="fraction", low=0.1, high=1.0, ge=0, le=1,
        meaning="How easily a commander and his guards are found against other teams", source="no source", grade="assumed",
    )  # fmt: skip
    screening: float = param(
        1.5, unit="-", low=0.5, high=4, ge=0, le=100,
        meaning="Loss of sight among buildings: detection falls with exp(-screening * share of ground built over)",
        source="no source", grade="assumed",
    )  # fmt: skip
    night: float = param(
        0.7, unit="fraction", low=0.4, high=1.0, ge=0, le=1,
        meaning="Detection by night against day: thermal sights, better than the eye (sensing.night)", source="no source",
        grade="assumed",
    )  # fmt: skip
    lose_per_h: float = param(
        0.3, unit="1/h", low=0.05, high=1.5, ge=0, le=100,
        meaning="Hazard that an orbit loses a team that it has found, while it stays under the orbit", source="no source",
        grade="assumed",
    )  # fmt: skip
    bad_weather: float = param(
        0.15, unit="fraction", low=0.05, high=0.3, ge=0, le=1,
        meaning="Share of days on which cloud or dust grounds drones and aircraft", source="general knowledge, Nov-Mar",
        grade="assumed",
    )  # fmt: skip
    retask_h: float = param(
        6.0, unit="h", low=1, high=12, gt=0, le=1000, meaning="Time after which orbits are sent to new places",
        source="no source", grade="assumed",
    )  # fmt: skip
    front: float = param(
        0.4, unit="share", low=0.0, high=1.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Share of orbits over the main effort's front; shares are weights, and need not add up to 1", source="no source",
        grade="assumed",
    )  # fmt: skip
    rear: float = param(
        0.3, unit="share", low=0.0, high=1.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Share of orbits that search behind the front for mortars, vehicle bombs and drones", source="no source",
        grade="assumed",
    )  # fmt: skip
    infrastructure: float = param(
        0.15, unit="share", low=0.0, high=1.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Share of orbits over bridges, power and water plants in the defenders' hands (B9)", source="no source",
        grade="assumed",
    )  # fmt: skip
    leaders: float = param(
        0.15, unit="share", low=0.0, high=1.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Share of orbits that hunt leaders (B2)", source="no source", grade="assumed",
    )  # fmt: skip
    rear_m: float = param(
        4000.0, unit="m", low=2000, high=8000, gt=0, le=100_000,
        meaning="Depth behind the front that is searched for supporting teams",
        source="reach of 82 mm mortars and vehicle bombs", grade="assumed",
    )  # fmt: skip
