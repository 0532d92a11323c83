"""Bridges over the river: who cuts them, when, and what replaces them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sim.scenario.declare import Section, param


class Bridges(Section):
    """Policy for the bridges (claims C2a, B9)."""

    demolition: Literal["none", "threatened", "start"] = param(
        "threatened", unit="-", role="policy",
        meaning="When defenders blow bridges: never, as the liberators come near, or all at the start",
        source="op-ed C2a", grade="assumed",
    )  # fmt: skip
    threat_m: float = param(
        800.0, unit="m", low=300, high=2000, ge=0, le=50_000,
        meaning="Distance of seen liberators from a bridge end at which a charge is fired", source="no source",
        grade="assumed",
    )  # fmt: skip
    success: float = param(
        0.8, unit="fraction", low=0.4, high=1.0, ge=0, le=1,
        meaning="Chance that a charge cuts the bridge; one try for each bridge", source="no source", grade="assumed",
    )  # fmt: skip
    strikes: dict[str, dt.date] = param(
        dict, unit="date", role="policy",
        meaning="Day on which the coalition cuts each named bridge: an outside decision", source="see the scenario",
        grade="measured",
    )  # fmt: skip
    pontoons: int = param(
        2, unit="bridges", low=0, high=5, ge=0, le=1000, role="policy", when="any_day",
        meaning="Floating or replacement bridges that engineers can lay",
        source="Musings on Iraq 18 and 21 Jan 2017: five delivered", grade="estimated",
    )  # fmt: skip
    pontoon_days: float = param(
        4.0, unit="days", low=1, high=14, gt=0, le=5000,
        meaning="Time to lay one where a bridge is cut and its near end is secure", source="no source", grade="assumed",
    )  # fmt: skip
    bank_secure_m: float = param(
        500.0, unit="m", low=200, high=1500, ge=0, le=20_000,
        meaning="Distance around the near end that must be free of known defenders", source="no source",
        grade="assumed",
    )  # fmt: skip
