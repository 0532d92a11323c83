"""Eyes on the ground: resistance cells inside the city, and residents who tell the liberators what they see."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Resistance(Section):
    """Resistance cells in held quarters, some of them trained by special forces (claim B7)."""

    cells: int = param(
        30, unit="cells", low=0, high=150, ge=0, le=10_000, meaning="Resistance cells in the city at the start",
        source="op-ed B7; no figure published", grade="assumed",
    )  # fmt: skip
    cell_size: int = param(
        4, unit="persons", low=2, high=10, ge=1, le=1000, meaning="Persons in a cell", source="no source", grade="assumed",
    )  # fmt: skip
    report_per_h: float = param(
        0.004, unit="1/h", low=0.0005, high=0.02, ge=0, le=100,
        meaning="Hazard that a cell reports a team in its quarter", source="no source", grade="assumed",
    )  # fmt: skip
    trained_share: float = param(
        0.5, unit="fraction", low=0.0, high=1.0, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of cells that special forces have organised and trained (B7)", source="op-ed B7", grade="assumed",
    )  # fmt: skip
    training_gain: float = param(
        2.0, unit="-", low=1, high=5, ge=1, le=100,
        meaning="Factor by which training raises a cell's reports and lowers its chance of being caught", source="no source",
        grade="assumed",
    )  # fmt: skip
    caught_per_day: float = param(
        0.002, unit="1/day per team/km2", low=0.0005, high=0.01, ge=0, le=24,
        meaning="Hazard that an untrained cell is betrayed or caught, and killed, for each team to the km2 of its quarter",
        source="no source; the Islamic State killed many in Mosul as spies before and during the battle", grade="assumed",
    )  # fmt: skip


class Reports(Section):
    """What residents and resistance cells tell of the defenders, and the trust and fear that it hangs on (claims A8, B7)."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether the liberators take reports from residents and resistance cells", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    per_h: float = param(
        0.001, unit="1/h per 1,000 persons", low=0.0001, high=0.005, ge=0, le=1_000_000,
        meaning="Hazard that residents report a team in their quarter, at full trust and without fear", source="no source",
        grade="assumed",
    )  # fmt: skip
    delay_h: float = param(
        2.0, unit="h", low=0.5, high=12, ge=0, le=1000,
        meaning="Mean time from what a reporter sees to its arrival at a desk", source="no source", grade="assumed",
    )  # fmt: skip
    valid_h: float = param(
        24.0, unit="h", low=6, high=72, gt=0, le=10_000,
        meaning="Time for which a report is followed up: orbits look there, raids may go", source="no source", grade="assumed",
    )  # fmt: skip
    error_m: float = param(
        100.0, unit="m", low=30, high=300, ge=0, le=10_000,
        meaning="Standard deviation of the reported place, each axis", source="no source", grade="assumed",
    )  # fmt: skip
    trust: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1,
        meaning="Residents' trust in the coalition and, where a force says nothing else, in each force at the start",
        source="op-ed A8; no survey before the battle", grade="assumed",
    )  # fmt: skip
    trust_loss: float = param(
        0.3, unit="per casualty per 1,000", low=0.05, high=1, ge=0, le=1000,
        meaning="Trust lost to casualties by coalition air and artillery: trust * exp(-x * casualties per 1,000 residents)",
        source="no source", grade="assumed",
    )  # fmt: skip
    trust_resentment: float = param(
        0.2, unit="per casualty per 1,000", low=0.0, high=1, ge=0, le=1000,
        meaning="Trust gained by casualties that defenders cause: 1 - (1 - trust) * exp(-x * casualties per 1,000 residents)",
        source="no source", grade="assumed",
    )  # fmt: skip
    trust_example: float = param(
        0.03, unit="1/day", low=0.0, high=0.2, ge=0, le=24,
        meaning="Rate at which trust rises where all neighbouring quarters are freed, in proportion to their share",
        source="no source", grade="assumed",
    )  # fmt: skip
    trust_shared: float = param(
        0.5, unit="fraction", low=0.0, high=1.0, ge=0, le=1,
        meaning="Share of what the coalition's fires cost and freed neighbours gain that counts for other forces that may enter",
        source="no source", grade="assumed",
    )  # fmt: skip
    trust_contact: float = param(
        0.02, unit="1/day", low=0.0, high=0.1, ge=0, le=24,
        meaning="Rate at which trust in a force that is in the quarter approaches what its conduct earns", source="no source",
        grade="assumed",
    )  # fmt: skip
    communities: bool = param(
        True, unit="-", meaning="Whether communities differ in their first trust in a force", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    fear: float = param(
        0.7, unit="fraction", low=0.4, high=0.95, ge=0, le=1, meaning="Residents' fear of reprisal at the start",
        source="no source", grade="assumed",
    )  # fmt: skip
    fear_per_day: float = param(
        0.15, unit="1/day per team/km2", low=0.03, high=0.6, ge=0, le=1000,
        meaning="Rate at which fear rises with the density of teams in the quarter", source="no source", grade="assumed",
    )  # fmt: skip
    fear_execution: float = param(
        0.3, unit="per event", low=0.05, high=1, ge=0, le=100,
        meaning="Fear from each killing of a resistance cell or of people who flee: 1 - (1 - fear) * exp(-x)", source="no source",
        grade="assumed",
    )  # fmt: skip
    fear_fade_days: float = param(
        4.0, unit="days", low=1, high=20, gt=0, le=10_000, meaning="Time in which fear falls to 1/e by itself",
        source="no source", grade="assumed",
    )  # fmt: skip
