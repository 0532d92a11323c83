"""Who fights: defenders, liberating forces, their axes and their commands."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sim.scenario.declare import Section, param


class Defenders(Section):
    """Islamic State fighters, what they hold and how their command uses them."""

    fighters: int = param(
        2500, unit="persons", low=2000, high=6000, ge=0, le=200_000,
        meaning="Fighters inside the city at the start",
        source="op-ed A1 (2,000-3,000); CJTF-OIR 6 Oct 2016 (3,000-5,000); AP 11 Dec 2016 (3,500-6,000)",
        grade="estimated",
    )  # fmt: skip
    outer_fighters: int = param(
        0, unit="persons", low=0, high=2000, ge=0, le=200_000,
        meaning="Fighters in the zone around the city who delay the approach",
        source="CNN/Pentagon Oct 2016 (1,500-2,000)", grade="estimated",
    )  # fmt: skip
    extent: Literal["real", "op_ed_core"] = param(
        "real", unit="-", role="policy",
        meaning="What is defended: the whole city, or the op-ed's core around the old city",
        source="op-ed A3", grade="assumed",
    )  # fmt: skip
    core_area_km2: float = param(
        31.0, unit="km2", low=20, high=45, gt=0, le=1000,
        meaning="Area of the core where extent is op_ed_core (12 square miles)", source="op-ed A3", grade="measured",
    )  # fmt: skip
    team_size: int = param(
        6, unit="persons", low=4, high=10, ge=1, le=1000,
        meaning="Fighters in a team, the unit that acts", source="small-unit practice; model resolution",
        grade="assumed",
    )  # fmt: skip
    teams_per_km2: float = param(
        8.0, unit="teams/km2", low=4, high=15, gt=0, le=500, role="policy", when="any_day",
        meaning="Density of teams that command wants in a quarter that it holds; sets how many quarters it can hold (A5)",
        source="no source; 4,000 fighters over 130 km2 are 5 teams/km2", grade="assumed",
    )  # fmt: skip
    reserve_share: float = param(
        0.15, unit="fraction", low=0.0, high=0.4, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of teams kept back to reinforce threatened quarters", source="doctrine: about a sixth",
        grade="assumed",
    )  # fmt: skip
    threat_weight: float = param(
        1.0, unit="-", low=0.0, high=4.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Weight of a near front against ground value when command places its teams",
        source="no source", grade="assumed",
    )  # fmt: skip
    front_m: float = param(
        2000.0, unit="m", low=1000, high=5000, gt=0, le=100_000, when="any_day",
        meaning="Distance over which a front counts as a threat; its weight falls to 1/e", source="no source", grade="assumed",
    )  # fmt: skip
    reserve_quarters: int = param(
        8, unit="quarters", low=2, high=20, ge=1, le=1000, role="policy", when="any_day",
        meaning="Best-ranked quarters behind which the reserve stands", source="no source", grade="assumed",
    )  # fmt: skip
    withdraw_strength: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1, when="any_day",
        meaning="A team that falls below this share of its size leaves the line while a way out exists",
        source="no source; units break at 30-60% losses in most studies", grade="assumed",
    )  # fmt: skip
    withdraw_lost_share: float = param(
        0.7, unit="fraction", low=0.4, high=0.95, ge=0, le=1, when="any_day",
        meaning="Share of a quarter lost at which command gives the rest of it up",
        source="no source", grade="assumed",
    )  # fmt: skip
    quality: float = param(
        1.0, unit="-", low=0.6, high=1.5, gt=0, le=10,
        meaning="Effect of a fighter's fire against the reference soldier's", source="reference value", grade="assumed",
    )  # fmt: skip


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
    may_enter: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether the force may fight inside the city (A7)", source="op-ed A7", grade="assumed",
    )  # fmt: skip
    loss_tolerance: float = param(
        0.25, unit="fraction", low=0.1, high=0.5, ge=0, le=1,
        meaning="Share of its strength in killed and wounded after which the force stops attacking for good",
        source="divisions rarely attack past 20-30% losses (Dupuy, Attrition, 1990)", grade="assumed",
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
    platoons_per_km2: float = param(
        12.0, unit="platoons/km2", low=6, high=30, gt=0, le=1000, role="policy", when="any_day",
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
    redeploy_days: float = param(
        7.0, unit="days", low=2, high=21, ge=0, le=1000, role="policy", when="any_day",
        meaning="Time to regroup before an axis marches around to the other bank", source="no source", grade="assumed",
    )  # fmt: skip
    failure_days: int = param(
        60, unit="days", low=30, high=120, ge=1, le=5000,
        meaning="The attack has failed after so many days in the city without a net gain of one percent of it",
        source="stop rule of the model", grade="assumed",
    )  # fmt: skip
