"""The people: what makes households leave, and what keeps them."""

from __future__ import annotations

from typing import Literal

from sim.scenario.declare import Section, param


class Flight(Section):
    """Whether a household leaves, and whether for kin or out of the city: hazards that a logistic rule of its reasons sets."""

    rate_per_h: float = param(
        0.02, unit="1/h", low=0.005, high=0.08, ge=0, le=10, role="free",
        meaning="Hazard of leaving where every reason speaks for it", source="no source", grade="assumed",
    )  # fmt: skip
    base: float = param(
        -7.7, unit="logit", low=-10, high=-5, ge=-50, le=50, role="free",
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
    cold: float = param(
        1.0, unit="logit", low=0, high=3, ge=0, le=50,
        meaning="Weight of cold at its highest", source="no source", grade="assumed",
    )  # fmt: skip
    care: float = param(
        1.0, unit="logit", low=0, high=3, ge=0, le=50,
        meaning="Weight of being wholly without care for the wounded", source="no source", grade="assumed",
    )  # fmt: skip
    hunger: float = param(
        3.0, unit="logit", low=1, high=6, ge=0, le=50,
        meaning="Weight of hunger at its highest", source="no source", grade="assumed",
    )  # fmt: skip
    loss: float = param(
        1.5, unit="logit", low=0, high=4, ge=0, le=50,
        meaning="Weight of having had a member killed or wounded", source="Engel & Ibanez 2007: direct harm raises flight (form)",
        grade="assumed",
    )  # fmt: skip
    frail: float = param(
        1.0, unit="logit", low=0, high=3, ge=0, le=50,
        meaning="How far a household of small children and old people alone is held back, against one without them",
        source="no source", grade="assumed",
    )  # fmt: skip
    frail_slow: float = param(
        0.3, unit="fraction", low=0, high=0.6, ge=0, le=0.9,
        meaning="How much slower a household of small children and old people alone walks than one without them",
        source="no source", grade="assumed",
    )  # fmt: skip
    way: float = param(
        2.5, unit="logit", low=0, high=6, ge=0, le=50,
        meaning="Weight against leaving of danger that is seen and heard on the way out, at its highest",
        source="Lindell & Perry 2012 (form)", grade="assumed",
    )  # fmt: skip
    risk: float = param(
        2.0, unit="logit", low=0, high=6, ge=0, le=50,
        meaning="Weight against leaving of word that people were hurt on the way, at its highest", source="no source",
        grade="assumed",
    )  # fmt: skip
    risk_half: float = param(
        0.01, unit="fraction", low=0.002, high=0.05, gt=0, le=1,
        meaning="Share of those who left that were hurt at which half of that weight is felt", source="no source",
        grade="assumed",
    )  # fmt: skip
    word_h: float = param(
        72.0, unit="h", low=24, high=240, gt=0, le=5000,
        meaning="Time in which word of who left and who was hurt fades to 1/e", source="no source", grade="assumed",
    )  # fmt: skip
    kin: float = param(
        1.0, unit="logit", low=-2, high=3, ge=-50, le=50,
        meaning="How much sooner a household goes to kin in a safer part of the city than out of it", source="no source",
        grade="assumed",
    )  # fmt: skip
    kin_safer: float = param(
        0.5, unit="fraction", low=0.1, high=0.9, ge=0, le=1,
        meaning="Danger at its kin's, against that at home, below which a household thinks of going there", source="no source",
        grade="assumed",
    )  # fmt: skip
    retry_per_h: float = param(
        0.02, unit="1/h", low=0.005, high=0.1, ge=0, le=10,
        meaning="Hazard that a trapped household tries to leave again", source="no source; every other day", grade="assumed",
    )  # fmt: skip
    resign_per_h: float = param(
        0.005, unit="1/h", low=0.001, high=0.02, ge=0, le=10,
        meaning="Hazard that a trapped household gives up wanting to leave where no reason speaks for it any more",
        source="no source; about a week", grade="assumed",
    )  # fmt: skip
    notice_danger: float = param(
        0.02, unit="danger", low=0.005, high=0.1, ge=0, le=1000,
        meaning="Danger below which a household does not weigh it", source="a hundredth of what moves people", grade="assumed",
    )  # fmt: skip
    notice_want: float = param(
        0.2, unit="fraction", low=0.05, high=0.5, ge=0, le=1,
        meaning="What is lacking of power and water, warmth or care from which a household thinks of leaving without danger near",
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
        2.0, unit="logit", low=0, high=6, ge=0, le=50,
        meaning="Weight of the message, on held ground, where the teller is fully trusted", source="no source", grade="assumed",
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
        meaning="Danger at which half of the households that stay are in shelter", source="no source", grade="assumed",
    )  # fmt: skip
    shelter_spread: float = param(
        0.5, unit="fraction", low=0, high=0.9, ge=0, le=1,
        meaning="Households take shelter at dangers from 1 - x to 1 + x times that, evenly", source="no source", grade="assumed",
    )  # fmt: skip
    shelter_leave: float = param(
        0.5, unit="fraction", low=0.2, high=1, ge=0, le=1,
        meaning="Danger at which a household comes out again, against that at which it took shelter", source="no source",
        grade="assumed",
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
    shot_per_km: float = param(
        0.005, unit="casualties per person and km", low=0.0, high=0.03, ge=0, le=100,
        meaning="Hazard of being shot on the way over held ground where teams are", source="no source", grade="assumed",
    )  # fmt: skip
    turned_back_per_km: float = param(
        0.2, unit="1/km", low=0.02, high=1.0, ge=0, le=100,
        meaning="Hazard that a household is turned back on the way over held ground where teams are", source="no source",
        grade="assumed",
    )  # fmt: skip
