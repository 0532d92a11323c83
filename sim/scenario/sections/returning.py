"""The way back: what brings displaced households home, and what keeps them away."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Return(Section):
    """Whether a displaced household goes home: a hazard that a logistic rule of safety, services, housing and trust sets."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day", meaning="Whether displaced people may go home to freed quarters",
        source="mechanism switch", grade="assumed",
    )  # fmt: skip
    rate_per_day: float = param(
        0.1, unit="1/day", low=0.02, high=0.3, ge=0, le=100,
        meaning="Hazard of setting out for home where every reason speaks for it", source="no source", grade="assumed",
    )  # fmt: skip
    base: float = param(
        -2.4, unit="logit", low=-6, high=2, ge=-50, le=50, role="free",
        meaning="Inclination to go home to a safe, whole quarter with services to which nobody has returned",
        source="UNHCR and IOM DTM, people returned to 18 Feb 2017 (by eye)", grade="assumed",
    )  # fmt: skip
    danger: float = param(
        5.0, unit="logit", low=2, high=10, ge=0, le=50,
        meaning="Weight of danger at the home at its highest, felt as in flight", source="as flight.danger", grade="assumed",
    )  # fmt: skip
    want: float = param(
        2.0, unit="logit", low=0, high=5, ge=0, le=50,
        meaning="Weight of power and water cut in the home quarter", source="as flight.want", grade="assumed",
    )  # fmt: skip
    damage: float = param(
        2.0, unit="logit", low=0, high=6, ge=0, le=50,
        meaning="Weight of the share of buildings damaged around the home", source="no source", grade="assumed",
    )  # fmt: skip
    trust: float = param(
        1.0, unit="logit", low=0, high=4, ge=0, le=50,
        meaning="Weight of trust in the forces that hold the home quarter, against 0.5", source="no source", grade="assumed",
    )  # fmt: skip
    example: float = param(
        1.5, unit="logit", low=0, high=5, ge=0, le=50,
        meaning="Weight of the share of the home quarter's residents who are at home", source="as flight.example",
        grade="assumed",
    )  # fmt: skip
    informal: float = param(
        1.0, unit="logit", low=0, high=3, ge=0, le=50,
        meaning="How much more those in informal sites want to go", source="no source", grade="assumed",
    )  # fmt: skip
    destroyed_share: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1,
        meaning="Chance that a home in a damaged building cannot be lived in", source="no source", grade="assumed",
    )  # fmt: skip
