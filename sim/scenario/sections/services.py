"""Power, water and care: what breaks them, what hangs on them, and who mends them."""

from __future__ import annotations

from typing import Literal

from sim.scenario.declare import Section, param


class Services(Section):
    """Power and water: networks from plants and substations to quarters."""

    substation_km2: float = param(
        8.0, unit="km2", low=4, high=15, gt=0, le=1000,
        meaning="Built ground that one substation feeds; substations are in no data set and are derived from it",
        source="no source; about 18 of them in Mosul, of 60,000 residents", grade="assumed",
    )  # fmt: skip
    pump_km2: float = param(
        12.0, unit="km2", low=5, high=25, gt=0, le=1000,
        meaning="Built ground that one pump station feeds; they are in no data set and are derived from it",
        source="no source", grade="assumed",
    )  # fmt: skip
    outside_power: float = param(
        1.0, unit="fraction", low=0.2, high=1.0, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of their demand that the grid outside the city supplies to substations that hang on it",
        source="no source: what the battle cuts is counted against supply as it was before it", grade="assumed",
    )  # fmt: skip
    fighting_outage: float = param(
        0.8, unit="fraction", low=0.4, high=1.0, ge=0, le=1,
        meaning="Share of a quarter's power lines that is cut at least by a day with fighting in it",
        source="Guardian 28 Nov 2016: none in liberated quarters",
        grade="estimated",
    )  # fmt: skip
    damage_outage: float = param(
        1.5, unit="share cut per share damaged", low=0.5, high=4, ge=0, le=100,
        meaning="Share of a quarter's power lines, or of a node, lost for each share of the buildings around it damaged",
        source="no source", grade="assumed",
    )  # fmt: skip
    pipe_outage: float = param(
        1.0, unit="share cut per share damaged", low=0.2, high=3, ge=0, le=100,
        meaning="Share of a quarter's water pipes broken for each share of its buildings damaged", source="no source",
        grade="assumed",
    )  # fmt: skip
    node_loss: float = param(
        0.05, unit="1/day per danger", low=0.01, high=0.2, ge=0, le=100,
        meaning="Hazard of each bit of a substation, work, pump station or hospital where danger around it is 1",
        source="no source", grade="assumed",
    )  # fmt: skip
    surroundings_m: float = param(
        300.0, unit="m", low=100, high=600, ge=0, le=5000,
        meaning="Distance within which damage to buildings is damage to a node", source="size of a works' grounds; no source",
        grade="assumed",
    )  # fmt: skip
    pump_dependence: float = param(
        0.8, unit="fraction", low=0.5, high=1.0, ge=0, le=1,
        meaning="Share of what water works and pump stations deliver that stops where their power is cut",
        source="pumped network with some generators; no source", grade="assumed",
    )  # fmt: skip
    crews: int = param(
        20, unit="crews", low=5, high=80, ge=0, le=100_000, role="policy", when="any_day",
        meaning="Crews that mend power and water, each a day's work a day, where it is safe", source="no source",
        grade="assumed",
    )  # fmt: skip
    crew_days_node: float = param(
        60.0, unit="crew-days", low=20, high=200, gt=0, le=100_000,
        meaning="Work to make a wrecked substation, work, pump station or hospital anew", source="no source", grade="assumed",
    )  # fmt: skip
    crew_days_km2: float = param(
        10.0, unit="crew-days/km2", low=3, high=40, gt=0, le=100_000,
        meaning="Work to make the power lines, or the water pipes, of a km2 of built ground anew", source="no source",
        grade="assumed",
    )  # fmt: skip
    safe_danger: float = param(
        0.1, unit="danger", low=0.02, high=0.5, ge=0, le=1000,
        meaning="Danger up to which crews work in a freed quarter", source="below what sends people into shelter; no source",
        grade="assumed",
    )  # fmt: skip
    sabotage: Literal["none", "withdrawal", "start"] = param(
        "none", unit="-", role="policy",
        meaning="When defenders wreck a quarter's mains, and the works and substations in it: never, on giving it up, or all "
        "over the city at the start (C2b)",
        source="op-ed C2b", grade="assumed",
    )  # fmt: skip


class Care(Section):
    """Care for wounded residents: hospitals on either side of the line, and a way out to others."""

    trauma_per_day: float = param(
        10.0, unit="cases/hospital/day", low=4, high=25, ge=0, le=10_000,
        meaning="Trauma cases that a whole hospital takes on in a day", source="two operating theatres; no source",
        grade="assumed",
    )  # fmt: skip
    referred_per_day: float = param(
        20.0, unit="cases/day", low=5, high=100, ge=0, le=100_000, role="policy", when="any_day",
        meaning="Trauma cases a day from freed ground of all banks that are taken on outside the city, in field hospitals too",
        source="no source", grade="assumed",
    )  # fmt: skip
    power_dependence: float = param(
        0.5, unit="fraction", low=0.2, high=0.9, ge=0, le=1,
        meaning="Share of what a hospital does that stops where its power is cut", source="generators; no source",
        grade="assumed",
    )  # fmt: skip
    untreated_death: float = param(
        0.15, unit="fraction", low=0.03, high=0.4, ge=0, le=1,
        meaning="Chance that a wounded resident for whom there is no room dies of it", source="no source", grade="assumed",
    )  # fmt: skip
