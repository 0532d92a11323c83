"""Warmth in winter: when houses must be heated, and by what."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Heating(Section):
    """When people need heat, and what gives it."""

    heat_below_c: float = param(
        18.0, unit="C", low=14, high=20, ge=-50, le=50, meaning="Mean temperature of the day below which houses need heat",
        source="WHO 1987: 18 C indoors", grade="measured",
    )  # fmt: skip
    heat_span_c: float = param(
        18.0, unit="C", low=10, high=25, gt=0, le=100,
        meaning="Degrees below that at which the need is at its highest", source="frost; no source", grade="assumed",
    )  # fmt: skip
    heat_by_power: float = param(
        0.3, unit="fraction", low=0.1, high=0.7, ge=0, le=1,
        meaning="Share of heating that is electric; the rest is kerosene, which comes as food does",
        source="general knowledge", grade="assumed",
    )  # fmt: skip
