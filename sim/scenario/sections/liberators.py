"""Who attacks: the liberating forces, their axes and the rules of their command."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.declare import Section, param


class Force(Section):
    """One force on the liberators' side."""

    strength: int = param(
        ..., unit="persons", ge=0, le=2_000_000, role="policy",
        meaning="Persons of this force in the operation", source="see the scenario", grade="estimated",
    )  # fmt: skip
    assault_share: float = param(
        0.3, unit="fraction", low=0.1, high=0.6, ge=0, le=1, role="policy",
        meaning="Share of its platoons that assault; the others hold ground",
        source="CJTF-OIR 6 Oct 2016: 9,600-20,000 in assault brigades of about 54,000", grade="estimated",
    )  # fmt: skip
    quality: float = param(
        1.0, unit="-", low=0.5, high=2.0, gt=0, le=10,
        meaning="Effect of a soldier's fire and search against the reference soldier's",
        source="no source; CTS above army above police by all accounts", grade="assumed",
    )  # fmt: skip
    protection: float = param(
        1.0, unit="-", low=0.5, high=1.5, gt=0, le=10,
        meaning="Casualties that the same fire causes, against dismounted infantry (armour lowers it)",
        source="no source", grade="assumed",
    )  # fmt: skip
    morale: float = param(
        1.0, unit="-", low=0.5, high=2.0, gt=0, le=10,
        meaning="Divides the readiness that an hour of contact costs its platoons", source="no source", grade="assumed",
    )  # fmt: skip
    may_enter: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether the force may fight inside the city (A7)", source="op-ed A7", grade="assumed",
    )  # fmt: skip
    loss_tolerance: float = param(
        0.25, unit="fraction", low=0.1, high=0.5, ge=0, le=1,
        meaning="Share of its strength in killed and wounded after which the force stops attacking for good",
        source="divisions rarely attack past 20-30% losses (Dupuy, Attrition, 1990)", grade="assumed",
    )  # fmt: skip
    trust: dict[str, Annotated[float, Field(ge=0, le=1)]] = param(
        dict, unit="fraction",
        meaning="Trust in it at the start, by community of the city (A7); reports.trust for those that are not named",
        source="see the scenario; no survey before the battle, 0.1 to 0.8 is plausible", grade="assumed",
    )  # fmt: skip
    conduct: float = param(
        0.4, unit="-", low=-0.5, high=0.8, ge=-1, le=1, role="policy", when="any_day",
        meaning="What its presence makes of trust in it: 0 leads back to that of the start, 1 wins all that lacks, -1 loses all",
        source="op-ed A8: greeted as liberators, with the proper arrangements", grade="assumed",
    )  # fmt: skip


class Axis(Section):
    """A line of advance from a start line to the city."""

    start: str = param(
        ..., unit="-", role="policy", meaning="Off-grid node of the city where the march begins",
        source="plan of 17 Oct 2016", grade="estimated", min_length=1,
    )  # fmt: skip
    date: dt.date | None = param(
        None, unit="date", role="policy", meaning="Day on which the march begins; the scenario's start where empty",
        source="plan of 17 Oct 2016", grade="estimated",
    )  # fmt: skip
    forces: dict[str, float] = param(
        dict, unit="fraction", role="policy", meaning="Share of each named force on this axis",
        source="see the scenario", grade="estimated",
    )  # fmt: skip


class Liberators(Section):
    """The liberating forces and the rules of their command."""

    forces: dict[str, Force] = param(
        dict, unit="-", role="policy", meaning="Forces by name", source="see the scenario", grade="estimated",
    )  # fmt: skip
    axes: dict[str, Axis] = param(
        dict, unit="-", role="policy", meaning="Axes of advance by name", source="see the scenario", grade="estimated",
    )  # fmt: skip
    platoon_size: int = param(
        30, unit="persons", low=20, high=45, ge=1, le=5000,
        meaning="Soldiers in a platoon, the unit that acts", source="model resolution", grade="assumed",
    )  # fmt: skip
    command: Literal["planned", "nearest", "random"] = param(
        "planned", unit="-", role="policy",
        meaning="Who commands: the planned campaign, or a yardstick (each platoon to the nearest or to a random quarter)",
        source="yardsticks to measure command by", grade="assumed",
    )  # fmt: skip
    estimate_factor: float = param(
        1.0, unit="-", low=0.5, high=2.0, ge=0, le=100, role="policy",
        meaning="Fighters whom command believes to be in and around the city at the start, against those who are",
        source="3,000-5,000 (CJTF-OIR 6 Oct 2016), 3,500-6,000 (AP 11 Dec 2016), 7,000 and more in the press", grade="estimated",
    )  # fmt: skip
    attack_ratio: float = param(
        8.0, unit="-", low=3.0, high=10.0, gt=0, le=100, role="policy", when="any_day",
        meaning="Assault soldiers for each fighter believed there that command wants before it attacks a bank beside another, "
        "and on an objective",
        source="doctrinal 3:1, urban planning 6:1 to 10:1 (general knowledge, unverified)", grade="assumed",
    )  # fmt: skip
    reserve_share: float = param(
        0.2, unit="fraction", low=0.0, high=0.4, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of an axis's assault platoons that is kept back for objectives in trouble",
        source="doctrine: about a fifth",
        grade="assumed",
    )  # fmt: skip
    stall_days: float = param(
        7.0, unit="days", low=3, high=21, gt=0, le=1000, role="policy", when="any_day",
        meaning="Days without a gain of one percent of a bank after which command sends for platoons of axes that wait",
        source="no source", grade="assumed",
    )  # fmt: skip
    shift_share: float = param(
        0.4, unit="fraction", low=0.0, high=0.8, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of a waiting axis's assault platoons that command sends to the main effort at a time", source="no source",
        grade="assumed",
    )  # fmt: skip
    join_days: float = param(
        14.0, unit="days", low=3, high=30, ge=0, le=1000, role="policy", when="any_day",
        meaning="Longest wait of axes for each other before they attack together", source="no source", grade="assumed",
    )  # fmt: skip
    ring: Literal["corridor", "encirclement"] = param(
        "corridor", unit="-", role="policy",
        meaning="Whether ways out that no axis uses stay open to the defenders, or are closed by forces that stay outside",
        source="debated in autumn 2016", grade="assumed",
    )  # fmt: skip
    ring_m: float = param(
        1000.0, unit="m", low=300, high=3000, ge=0, le=50_000,
        meaning="Distance from a way out at which platoons close it", source="no source", grade="assumed",
    )  # fmt: skip
    ring_platoons: int = param(
        12, unit="platoons", low=4, high=40, ge=1, le=10_000, role="policy",
        meaning="Platoons that close a way out", source="no source", grade="assumed",
    )  # fmt: skip
    platoons_per_km2: float = param(
        24.0, unit="platoons/km2", low=8, high=40, gt=0, le=1000, role="policy", when="any_day",
        meaning="Assault platoons that command puts on an objective, by its area",
        source="planning ratio 6:1 over 1-5 defending teams (Dupuy; US FM 3-06)", grade="estimated",
    )  # fmt: skip
    hold_platoons_per_km2: float = param(
        4.0, unit="platoons/km2", low=1, high=12, ge=0, le=1000, role="policy", when="any_day",
        meaning="Platoons left behind in a freed quarter, by its area",
        source="planned holding force 35,000-45,000 (CJTF-OIR 5 Oct 2016) over 130-180 km2", grade="estimated",
    )  # fmt: skip
    pause_readiness: float = param(
        0.45, unit="fraction", low=0.2, high=0.7, ge=0, le=1, when="any_day",
        meaning="Mean readiness of an axis's assault platoons below which it halts to refit",
        source="no source", grade="assumed",
    )  # fmt: skip
    resume_readiness: float = param(
        0.75, unit="fraction", low=0.5, high=0.95, ge=0, le=1, when="any_day",
        meaning="Readiness at which a halted axis attacks again", source="no source", grade="assumed",
    )  # fmt: skip
    worn_effect: float = param(
        0.5, unit="fraction", low=0.3, high=0.9, ge=0, le=1,
        meaning="Effect of fire and search of a platoon without any readiness, against a rested one", source="no source",
        grade="assumed",
    )  # fmt: skip
    fatigue_per_h: float = param(
        0.006, unit="1/h", low=0.002, high=0.02, ge=0, le=1, role="free", when="any_day",
        meaning="Readiness that a platoon loses in an hour of contact", source="no source", grade="assumed",
    )  # fmt: skip
    rest_per_h: float = param(
        0.003, unit="1/h", low=0.001, high=0.01, ge=0, le=1, when="any_day",
        meaning="Readiness that a platoon regains in an hour without contact", source="no source", grade="assumed",
    )  # fmt: skip
    replacements_per_day: float = param(
        0.3, unit="persons/platoon/day", low=0.0, high=2.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Fresh or healed soldiers that a platoon out of contact receives, until the force's pool is empty",
        source="no source", grade="assumed",
    )  # fmt: skip
    replacement_pool: float = param(
        0.1, unit="fraction", low=0.0, high=0.3, ge=0, le=10, role="policy",
        meaning="Replacements that a force can call up, as a share of its strength", source="no source",
        grade="assumed",
    )  # fmt: skip
    advisers: float = param(
        1.0, unit="fraction", low=0.0, high=1.0, ge=0, le=1, role="policy", when="any_day",
        meaning="Presence of coalition adviser teams at headquarters (B8): lowers friction between forces",
        source="op-ed B8", grade="assumed",
    )  # fmt: skip
    friendly_fire_per_h: float = param(
        0.002, unit="1/h", low=0.0, high=0.01, ge=0, le=1,
        meaning="Rate of friendly-fire incidents where platoons of two forces share a cell in contact, without advisers",
        source="no source; 2-15% of casualties in modern wars (US OTA 1993)", grade="assumed",
    )  # fmt: skip
    friction_night: float = param(
        2.0, unit="-", low=1.0, high=4.0, ge=0, le=100,
        meaning="Factor on the rate of friendly fire by night",
        source="no source", grade="assumed",
    )  # fmt: skip
    adviser_effect: float = param(
        0.6, unit="fraction", low=0.2, high=0.9, ge=0, le=1,
        meaning="Share of friendly-fire incidents that advisers prevent", source="no source", grade="assumed",
    )  # fmt: skip
    reference_platoon: int = param(
        30, unit="persons", low=20, high=45, ge=1, le=5000,
        meaning="Soldiers to whom rates per platoon refer (search, sight); a smaller unit does less", source="model resolution",
        grade="assumed",
    )  # fmt: skip
    objective_min: int = param(
        2, unit="platoons", low=1, high=4, ge=1, le=1000, meaning="Fewest platoons that command puts on an objective",
        source="no source", grade="assumed",
    )  # fmt: skip
    objective_max: int = param(
        40, unit="platoons", low=20, high=80, ge=1, le=10_000, meaning="Most platoons that command puts on an objective",
        source="no source", grade="assumed",
    )  # fmt: skip
    refit_strength: float = param(
        0.6, unit="fraction", low=0.4, high=0.8, ge=0, le=1, when="any_day",
        meaning="Share of its size below which a platoon is taken out of the line until it is made up again",
        source="units break at 30-60% losses in most studies", grade="assumed",
    )  # fmt: skip
    shift_days: float = param(
        7.0, unit="days", low=2, high=21, ge=0, le=1000, role="policy", when="any_day",
        meaning="Time to regroup before platoons that are shifted to another axis march around to it", source="no source",
        grade="assumed",
    )  # fmt: skip
    redeploy_days: float = param(
        21.0, unit="days", low=7, high=35, ge=0, le=1000, role="policy", when="any_day",
        meaning="Time to prepare an operation on another bank, before an axis marches around to it",
        source="no attack on the west by 18 Feb 2017, 25 days after the end of the east (timeline.csv), with the march",
        grade="estimated",
    )  # fmt: skip
    failure_days: int = param(
        60, unit="days", low=30, high=120, ge=1, le=5000,
        meaning="The attack has failed after so many days in the city without a net gain of one percent of it",
        source="stop rule of the model", grade="assumed",
    )  # fmt: skip


class Supply(Section):
    """Ammunition of the platoons, in loads: what a full platoon fights with for ``load_h`` hours of contact (claim B4)."""

    load_h: float = param(
        24.0, unit="h", low=8, high=72, gt=0, le=10_000,
        meaning="Hours of fire with clear view after which a platoon's load is spent",
        source="no source; three days of supply is a common basic load",
        grade="assumed",
    )  # fmt: skip
    issue_h: float = param(
        6.0, unit="h", low=2, high=24, gt=0, le=1000,
        meaning="Time in which a platoon out of contact takes up a whole load from its axis's depot", source="no source",
        grade="assumed",
    )  # fmt: skip
    contact_issue: float = param(
        0.25, unit="fraction", low=0.05, high=0.6, ge=0, le=1,
        meaning="Rate at which a platoon in contact is resupplied, against one out of contact",
        source="no source", grade="assumed",
    )  # fmt: skip
    road_loads_per_day: float = param(
        10.0, unit="loads/axis/day", low=3, high=30, ge=0, le=10_000, role="policy", when="any_day",
        meaning="Loads that come up by road to each axis in a day, over the reference distance or less", source="no source",
        grade="assumed",
    )  # fmt: skip
    reference_km: float = param(
        60.0, unit="km", low=30, high=120, gt=0, le=5000,
        meaning="Road from its base beyond which an axis gets less, in inverse proportion", source="no source", grade="assumed",
    )  # fmt: skip
    airlift_loads_per_day: float = param(
        10.0, unit="loads/day", low=0, high=40, ge=0, le=10_000, role="policy", when="any_day",
        meaning="Loads that aircraft bring in a day to the axes that lack most (B4)",
        source="op-ed B4; no figure", grade="assumed",
    )  # fmt: skip
    depot_loads: float = param(
        60.0, unit="loads", low=10, high=200, ge=0, le=100_000,
        meaning="Loads with which an axis arrives, and the most that its depot holds", source="no source", grade="assumed",
    )  # fmt: skip
    least: float = param(
        0.1, unit="fraction", low=0.02, high=0.3, gt=0, le=1,
        meaning="Share of a load below which a platoon saves fire in proportion and does not attack", source="no source",
        grade="assumed",
    )  # fmt: skip
