"""Killings on purpose by the defenders, on ground that they hold."""

from __future__ import annotations

from sim.scenario.declare import Section, param

# docs/leakage.md says which row is no test any more.
_SET = "no source; set by hand so that the east phase has the order of the 691 killed by 18 Feb 2017 (UCDP GED, one-sided)"


class Reprisals(Section):
    """Residents whom the defenders kill on purpose: who was stopped, who is taken for an informer, who is their prisoner."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether the defenders kill residents on purpose", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    flight: float = param(
        0.002, unit="killed per person stopped", low=0.0001, high=0.01, ge=0, le=1,
        meaning="Persons killed for each one who was stopped as he tried to leave", source=_SET, grade="assumed",
    )  # fmt: skip
    informers: float = param(
        0.5, unit="killed per strike", low=0.03, high=2, ge=0, le=1000,
        meaning="Residents killed as informers for each strike or raid in their quarter on a team that people had reported",
        source=_SET, grade="assumed",
    )  # fmt: skip
    at_risk: float = param(
        0.5, unit="persons per 1,000", low=0.1, high=3, ge=0, le=1000,
        meaning="Prisoners and former security forces among 1,000 residents who are in the defenders' hands", source=_SET,
        grade="assumed",
    )  # fmt: skip
    per_team_day: float = param(
        0.01, unit="1/(team day)", low=0.001, high=0.05, ge=0, le=1000,
        meaning="Hazard of each of them of being killed, for each team in the quarter", source=_SET, grade="assumed",
    )  # fmt: skip
    near_line: float = param(
        2.0, unit="-", low=1, high=5, ge=0, le=1000,
        meaning="Factor on that where the line is near, or the quarter is given up", source="no source", grade="assumed",
    )  # fmt: skip
    near_m: float = param(
        1500.0, unit="m", low=500, high=4000, ge=0, le=100_000,
        meaning="Distance from the middle of a quarter within which the line is near", source="no source", grade="assumed",
    )  # fmt: skip
