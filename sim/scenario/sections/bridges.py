"""Bridges over the river: who cuts them and when, how much they carry, what replaces them, and the floods."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sim.scenario.declare import Section, param

Demolition = Literal["none", "threatened", "start", "date"]


class BridgePolicy(Section):
    """What the defenders mean to do with one bridge, where it differs from the general rule."""

    demolition: Demolition = param(
        ..., unit="-", role="policy",
        meaning="When defenders blow this bridge: never, as the liberators come near, at the start, or on a date",
        source="see the scenario", grade="assumed",
    )  # fmt: skip
    date: dt.date | None = param(
        None, unit="date", role="policy", meaning="Day on which it is to be blown where demolition is date",
        source="see the scenario", grade="assumed",
    )  # fmt: skip


class Bridges(Section):
    """Policy for the bridges, what they carry, and engineers (claims C2a, B9)."""

    demolition: Demolition = param(
        "threatened", unit="-", role="policy",
        meaning="When defenders blow bridges: never, as the liberators come near, all at the start, or on a date",
        source="op-ed C2a", grade="assumed",
    )  # fmt: skip
    date: dt.date | None = param(
        None, unit="date", role="policy", meaning="Day on which bridges are to be blown where demolition is date",
        source="see the scenario", grade="assumed",
    )  # fmt: skip
    each: dict[str, BridgePolicy] = param(
        dict, unit="-", role="policy", meaning="Another rule for each named bridge", source="see the scenario", grade="assumed",
    )  # fmt: skip
    alert_m: float = param(
        4000.0, unit="m", low=1000, high=15_000, ge=0, le=100_000, role="policy",
        meaning="Distance of the front to a bridge at which a party is sent to rig it, where demolition is threatened",
        source="no source", grade="assumed",
    )  # fmt: skip
    lead_h: float = param(
        48.0, unit="h", low=12, high=240, ge=0, le=10_000, role="policy",
        meaning="Time before a dated demolition at which a party is sent to rig the bridge", source="no source", grade="assumed",
    )  # fmt: skip
    rig_h: float = param(
        12.0, unit="h", low=2, high=48, ge=0, le=1000,
        meaning="Work of a whole party to rig a bridge with charges, out of contact", source="no source", grade="assumed",
    )  # fmt: skip
    threat_m: float = param(
        800.0, unit="m", low=300, high=2000, ge=0, le=50_000,
        meaning="Distance of seen liberators from a bridge end at which a charge is fired", source="no source",
        grade="assumed",
    )  # fmt: skip
    success: float = param(
        0.8, unit="fraction", low=0.4, high=1.0, ge=0, le=1,
        meaning="Chance that a charge cuts the bridge; after a failure it has to be rigged anew", source="no source",
        grade="assumed",
    )  # fmt: skip
    strikes: dict[str, dt.date] = param(
        dict, unit="date", role="policy",
        meaning="Day on which the coalition cuts each named bridge: an outside decision", source="see the scenario",
        grade="measured",
    )  # fmt: skip
    platoons_per_h: float = param(
        80.0, unit="platoons/h", low=10, high=200, gt=0, le=100_000,
        meaning="Platoons that a whole bridge carries in an hour, if nobody else is on it",
        source="vehicles 30 m apart at 13 km/h (TM 5-5420-209-12), four to a platoon: 85 in a lane", grade="estimated",
    )  # fmt: skip
    persons_per_h: float = param(
        3000.0, unit="persons/h", low=300, high=20_000, gt=0, le=1_000_000,
        meaning="Persons on foot that a whole bridge carries in an hour, if nobody else is on it, checks at its ends included",
        source="no source; the roadway alone would carry ten times as many (about 1 person per metre of width and second)",
        grade="assumed",
    )  # fmt: skip
    span_share: float = param(
        0.5, unit="fraction", low=0.3, high=0.8, gt=0, le=1,
        meaning="What a replacement span carries against the whole bridge: one lane of two", source="general knowledge",
        grade="assumed",
    )  # fmt: skip
    pontoon_share: float = param(
        0.3, unit="fraction", low=0.15, high=0.5, gt=0, le=1,
        meaning="What a floating bridge carries against the whole bridge: one lane, slowly", source="general knowledge",
        grade="assumed",
    )  # fmt: skip
    engineers: int = param(
        2, unit="companies", low=0, high=6, ge=0, le=1000, role="policy", when="any_day",
        meaning="Companies of engineers for bridges, each of which works on one bridge", source="no source", grade="assumed",
    )  # fmt: skip
    repair_days: float = param(
        120.0, unit="days", low=45, high=365, gt=0, le=10_000,
        meaning="Work of a company to restore a cut bridge to what it was", source="no source", grade="assumed",
    )  # fmt: skip
    spans: int = param(
        1, unit="bridges", low=0, high=5, ge=0, le=1000, role="policy", when="any_day",
        meaning="Sets of replacement spans that engineers have, one for each bridge (B9)", source="op-ed B9; no figure published",
        grade="assumed",
    )  # fmt: skip
    span_days: float = param(
        6.0, unit="days", low=1, high=30, gt=0, le=5000,
        meaning="Work of a company to launch replacement spans over the gap of a cut bridge",
        source="FM 5-277: about 100 persons build a panel bridge of 55 m in ten hours; transport, piers and approaches assumed",
        grade="estimated",
    )  # fmt: skip
    pontoons: int = param(
        2, unit="bridges", low=0, high=5, ge=0, le=1000, role="policy", when="any_day",
        meaning="Floating bridges that engineers have",
        source="Musings on Iraq 18 and 21 Jan 2017: five delivered", grade="estimated",
    )  # fmt: skip
    pontoons_from: dt.date | None = param(
        None, unit="date", role="policy", meaning="First day on which floating bridges are at hand: an outside decision",
        source="see the scenario", grade="measured",
    )  # fmt: skip
    pontoon_days: float = param(
        4.0, unit="days", low=1, high=14, gt=0, le=5000,
        meaning="Work of a company to lay a floating bridge beside a cut one", source="no source", grade="assumed",
    )  # fmt: skip
    near_share: float = param(
        0.5, unit="fraction", low=0.0, high=1.0, ge=0, le=1,
        meaning="Share of engineers' work that can be done while only one end is in the liberators' hands", source="no source",
        grade="assumed",
    )  # fmt: skip
    bank_secure_m: float = param(
        500.0, unit="m", low=200, high=1500, ge=0, le=20_000,
        meaning="Distance around the ends in the liberators' hands that must be free of known defenders", source="no source",
        grade="assumed",
    )  # fmt: skip


class Floods(Section):
    """High water of the river: rain from autumn to spring, and releases from the dam upstream."""

    per_month: float = param(
        0.4, unit="1/month", low=0.0, high=1.5, ge=0, le=30,
        meaning="Floods that begin in a month of the season", source="no source", grade="assumed",
    )  # fmt: skip
    first_month: int = param(
        11, unit="month", low=10, high=12, ge=1, le=12, meaning="First month of the season", source="general knowledge",
        grade="assumed",
    )  # fmt: skip
    last_month: int = param(
        5, unit="month", low=4, high=6, ge=1, le=12, meaning="Last month of the season",
        source="general knowledge: snow melts to May", grade="assumed",
    )  # fmt: skip
    days: float = param(
        4.0, unit="days", low=1, high=15, gt=0, le=365, meaning="Mean duration of a flood", source="no source", grade="assumed",
    )  # fmt: skip
    carried_away: float = param(
        0.3, unit="fraction", low=0.0, high=0.8, ge=0, le=1,
        meaning="Chance that a flood carries a floating bridge away; the others are closed while it lasts", source="no source",
        grade="assumed",
    )  # fmt: skip
    boats: float = param(
        0.3, unit="fraction", low=0.1, high=1.0, gt=0, le=1,
        meaning="What boats do in a flood, against low water: speed and number", source="no source", grade="assumed",
    )  # fmt: skip
