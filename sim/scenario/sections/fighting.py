"""How units march, move and clear."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Approach(Section):
    """The march from the start lines to the city, off the grid."""

    open_km_per_day: float = param(
        10.0, unit="km/day", low=5, high=20, gt=0, le=200,
        meaning="March rate against no resistance, mines and villages cleared on the way", source="no source",
        grade="assumed",
    )  # fmt: skip
    contested_km_per_day: float = param(
        1.7, unit="km/day", low=1.5, high=2.0, gt=0, le=200,
        meaning="March rate where the outer zone is held at the reference ratio",
        source="Defense One 2017: 15 miles to the city's edge in 14 days", grade="measured",
    )  # fmt: skip
    reference_ratio: float = param(
        0.03, unit="defenders per attacker", low=0.01, high=0.06, gt=0, le=10,
        meaning="Outer-zone defenders per marching soldier at which the contested rate was seen",
        source="1,750 fighters around the city, about 60,000 on the march (CNN/Pentagon Oct 2016; forces)",
        grade="estimated",
    )  # fmt: skip
    attacker_casualties: float = param(
        0.035, unit="casualties per defender and day", low=0.015, high=0.07, ge=0, le=10,
        meaning="Marching soldiers killed or wounded by each outer-zone fighter in a day",
        source="57 + 30 killed in 10 days (Gen Votel 27 Oct 2016) against about 1,750, and six wounded for each",
        grade="estimated",
    )  # fmt: skip
    defender_loss: float = param(
        0.03, unit="1/day", low=0.01, high=0.06, ge=0, le=10,
        meaning="Share of outer-zone fighters killed in a day while an axis marches against them",
        source="800-900 claimed in 10 days of about 1,750 (Gen Votel), claims run high", grade="estimated",
    )  # fmt: skip


class Clearing(Section):
    """Searching ground, house by house; control changes when the work is done."""

    platoon_h_per_ha: float = param(
        18.0, unit="platoon-h/ha", low=10, high=60, gt=0, le=10_000, role="free",
        meaning="Work to search one hectare of fully dense building, by day and out of contact",
        source="40% to 100% of the east in 26 days with about 5,000 assault troops", grade="estimated",
    )  # fmt: skip
    light_share: float = param(
        0.3, unit="fraction", low=0.1, high=1.0, gt=0, le=1,
        meaning="Work in quarters where no defender has been met, against defended ones", source="no source",
        grade="assumed",
    )  # fmt: skip
    contact_share: float = param(
        0.25, unit="fraction", low=0.0, high=0.6, ge=0, le=1,
        meaning="Search rate of a platoon in contact against one out of contact", source="no source", grade="assumed",
    )  # fmt: skip
    night: float = param(
        0.2, unit="fraction", low=0.0, high=0.6, ge=0, le=1,
        meaning="Search rate by night against day", source="no source", grade="assumed",
    )  # fmt: skip


class Movement(Section):
    """Movement on the ground."""

    platoon_m_per_h: float = param(
        1200.0, unit="m/h", low=500, high=3000, gt=0, le=20_000,
        meaning="Tactical movement of a platoon in open ground", source="cautious movement on foot beside vehicles",
        grade="assumed",
    )  # fmt: skip
    team_m_per_h: float = param(
        1500.0, unit="m/h", low=800, high=3000, gt=0, le=20_000,
        meaning="Movement of a defending team between quarters, on foot and under cover", source="no source",
        grade="assumed",
    )  # fmt: skip
    contact_m_per_h: float = param(
        120.0, unit="m/h", low=60, high=300, gt=0, le=20_000,
        meaning="Pace of platoons and teams within contact distance of an enemy that they know of, beside the time to walk there",
        source="no source; a block an hour, from house to house", grade="assumed",
    )  # fmt: skip
    urban_factor: float = param(
        0.4, unit="fraction", low=0.33, high=0.5, gt=0, le=1,
        meaning="Military movement in built-up cells against open ground",
        source="urban advance a third to a half of non-urban (Dupuy Institute)", grade="measured",
    )  # fmt: skip
    dig_in_h: float = param(
        12.0, unit="h", low=4, high=48, gt=0, le=1000,
        meaning="Time in which a team at rest prepares its position fully", source="no source", grade="assumed",
    )  # fmt: skip
    boat_m_per_h: float = param(
        100.0, unit="m/h", low=0, high=500, ge=0, le=5000,
        meaning="Rate at which households cross the river by boat, where no bridge stands", source="no source",
        grade="assumed",
    )  # fmt: skip
    boat_persons_per_h: float = param(
        60.0, unit="persons/h", low=0, high=600, ge=0, le=1_000_000,
        meaning="Persons whom all boats together take over the river in an hour of the day",
        source="no source: ten small boats, each with a family once an hour", grade="assumed",
    )  # fmt: skip
    landing_m: float = param(
        500.0, unit="m", low=200, high=1500, ge=0, le=50_000,
        meaning="Way over water within which a boat must be able to land where the defenders do not hold the bank",
        source="no source: about the width of the river and its islands", grade="assumed",
    )  # fmt: skip
    road_km_per_h: float = param(
        15.0, unit="km/h", low=8, high=40, gt=0, le=120,
        meaning="Rate on secured roads outside the city, waits included", source="no source", grade="assumed",
    )  # fmt: skip
