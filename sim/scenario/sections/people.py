"""The people: what makes households leave, how they move, where they arrive."""

from __future__ import annotations

from typing import Literal

from sim.scenario.declare import Section, param


class Flight(Section):
    """Whether a household leaves: a hazard that a logistic rule of danger, want, example and advice sets."""

    rate_per_h: float = param(
        0.02, unit="1/h", low=0.005, high=0.08, ge=0, le=10, role="free",
        meaning="Hazard of leaving where every reason speaks for it", source="no source", grade="assumed",
    )  # fmt: skip
    base: float = param(
        -8.0, unit="logit", low=-10, high=-5, ge=-50, le=50, role="free",
        meaning="Inclination to leave without any reason", source="trickle before the battle", grade="assumed",
    )  # fmt: skip
    danger: float = param(
        5.0, unit="logit", low=2, high=10, ge=0, le=50, role="free",
        meaning="Weight of perceived danger at its highest", source="Bohra-Mishra & Massey 2011 (form)",
        grade="assumed",
    )  # fmt: skip
    danger_half: float = param(
        1.0, unit="danger", low=0.3, high=3, gt=0, le=1000,
        meaning="Danger at which half of its weight is felt (1 is one violent event an hour within earshot, lasting)",
        source="no source", grade="assumed",
    )  # fmt: skip
    danger_power: float = param(
        2.0, unit="-", low=1, high=4, ge=0.5, le=10,
        meaning="Steepness of the response to danger; above 1 low violence moves few (non-linear)",
        source="Bohra-Mishra & Massey 2011: high violence raises the odds, low violence does not", grade="estimated",
    )  # fmt: skip
    want: float = param(
        2.0, unit="logit", low=0, high=5, ge=0, le=50, role="free",
        meaning="Weight of doing without power and water", source="Adhikari 2013 (form)", grade="assumed",
    )  # fmt: skip
    notice_danger: float = param(
        0.02, unit="danger", low=0.005, high=0.1, ge=0, le=1000,
        meaning="Danger below which a household does not weigh it", source="a hundredth of what moves people", grade="assumed",
    )  # fmt: skip
    notice_want: float = param(
        0.2, unit="fraction", low=0.05, high=0.5, ge=0, le=1,
        meaning="Share of power and water cut from which a household thinks of leaving without any danger near",
        source="no source", grade="assumed",
    )  # fmt: skip
    example: float = param(
        1.5, unit="logit", low=0, high=5, ge=0, le=50,
        meaning="Weight of the share of neighbours who have left", source="Williams 2013; social contagion",
        grade="assumed",
    )  # fmt: skip
    spread: float = param(
        1.5, unit="logit", low=0.5, high=3, ge=0, le=20,
        meaning="Standard deviation between households of the inclination to leave", source="no source",
        grade="assumed",
    )  # fmt: skip
    message: Literal["stay", "none", "leave"] = param(
        "stay", unit="-", role="policy", when="any_day",
        meaning="What leaflets and radio told residents to do (A5)", source="op-ed A5", grade="measured",
    )  # fmt: skip
    message_weight: float = param(
        1.0, unit="logit", low=0, high=3, ge=0, le=50, meaning="Weight of the message where it is believed",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    hearing_m: float = param(
        500.0, unit="m", low=200, high=1500, gt=0, le=20_000,
        meaning="Distance over which violence is seen and heard; its weight falls to 1/e", source="no source",
        grade="assumed",
    )  # fmt: skip
    memory_h: float = param(
        24.0, unit="h", low=6, high=96, gt=0, le=5000, meaning="Time in which perceived danger fades to 1/e",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    shelter_danger: float = param(
        0.3, unit="danger", low=0.1, high=1, ge=0, le=1000,
        meaning="Danger at which a household that stays goes into shelter", source="no source", grade="assumed",
    )  # fmt: skip


class Coercion(Section):
    """The defenders keep residents from leaving ground that they hold."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether defenders bar the way out", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    stopped: float = param(
        0.85, unit="fraction", low=0.5, high=0.98, ge=0, le=1, role="policy",
        meaning="Chance that a household on held ground, with the line out of reach, is kept from leaving when it tries",
        source="no source", grade="assumed",
    )  # fmt: skip
    shield_share: float = param(
        0.15, unit="fraction", low=0.0, high=0.5, ge=0, le=1, role="policy", when="any_day",
        meaning="Chance that a household of a quarter given up is driven along as a shield", source="no source", grade="assumed",
    )  # fmt: skip
    shield_m: float = param(
        3000.0, unit="m", low=1000, high=6000, ge=0, le=50_000, role="policy", when="any_day",
        meaning="Distance to which it is driven at most", source="no source", grade="assumed",
    )  # fmt: skip
    shield_exposes: float = param(
        0.5, unit="fraction", low=0.1, high=1.0, ge=0, le=1,
        meaning="Chance that drones overhead see a team that drives a crowd", source="no source", grade="assumed",
    )  # fmt: skip
    reach_m: float = param(
        600.0, unit="m", low=200, high=2000, ge=0, le=20_000,
        meaning="Distance to the liberators' line or to open ground that a household dares to run",
        source="no source", grade="assumed",
    )  # fmt: skip
    shot: float = param(
        0.0015, unit="casualties per person and attempt", low=0.0, high=0.01, ge=0, le=1,
        meaning="Chance that a member is shot while the household crosses held ground", source="no source",
        grade="assumed",
    )  # fmt: skip


class Displacement(Section):
    """The way out: walking, screening, road, camps and hosts."""

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
    screening_h: float = param(
        12.0, unit="h", low=4, high=48, ge=0, le=1000, meaning="Wait at screening before transport",
        source="no source", grade="assumed",
    )  # fmt: skip
    host_share: float = param(
        0.19, unit="fraction", low=0.15, high=0.24, ge=0, le=1, role="policy",
        meaning="Share of families who go to hosts instead of camps",
        source="OCHA Dec 2016-Jan 2017, REACH Nov 2016: 76-85% in camps", grade="measured",
    )  # fmt: skip
    camp_capacity: int = param(
        12_000, unit="persons/camp", low=6000, high=24_000, ge=0, le=10_000_000, role="policy",
        meaning="Places in a camp whose capacity is not known",
        source="UN 17 Oct 2016: 115,000 places ready in about 10 sites", grade="estimated",
    )  # fmt: skip
