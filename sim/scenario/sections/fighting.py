"""How units move, see, shoot and clear."""

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


class Sensing(Section):
    """Who sees whom. Detection is a hazard: P = 1 - exp(-rate * time), exponential in time (Koopman 1946)."""

    contact_m: float = param(
        150.0, unit="m", low=75, high=250, gt=0, le=5000,
        meaning="Distance at which teams and platoons see and shoot; never less than one cell",
        source="25-100 m in dense urban terrain plus manoeuvre within a block", grade="estimated",
    )  # fmt: skip
    platoon_sight_per_h: float = param(
        0.35, unit="1/h", low=0.1, high=1.0, ge=0, le=100, role="free",
        meaning="Hazard that a platoon in contact finds a team in the open by day", source="no source", grade="assumed",
    )  # fmt: skip
    team_sight_per_h: float = param(
        1.5, unit="1/h", low=0.5, high=4.0, ge=0, le=100,
        meaning="Hazard that a team finds a platoon in contact by day; attackers move and are seen", source="no source",
        grade="assumed",
    )  # fmt: skip
    fire_reveals: float = param(
        0.5, unit="fraction", low=0.2, high=0.9, ge=0, le=1,
        meaning="Chance that a team gives itself away by an hour of fire", source="no source", grade="assumed",
    )  # fmt: skip
    concealment: float = param(
        0.8, unit="fraction", low=0.5, high=0.95, ge=0, le=1,
        meaning="Share of detection that full cover takes away from a dug-in team", source="no source", grade="assumed",
    )  # fmt: skip
    night: float = param(
        0.4, unit="fraction", low=0.2, high=0.8, ge=0, le=1,
        meaning="Sight by night against sight by day", source="no source", grade="assumed",
    )  # fmt: skip
    dawn_h: int = param(
        6, unit="h of day", low=5, high=7, ge=0, le=12, meaning="Hour at which day begins",
        source="sunrise at 36 N, Oct-Feb", grade="measured",
    )  # fmt: skip
    dusk_h: int = param(
        18, unit="h of day", low=17, high=19, ge=12, le=24, meaning="Hour at which night begins",
        source="end of civil twilight at 36 N, Oct-Feb", grade="measured",
    )  # fmt: skip
    memory_h: int = param(
        8, unit="h", low=2, high=24, ge=1, le=1000,
        meaning="Hours for which a sighting is acted on", source="no source", grade="assumed",
    )  # fmt: skip


class Combat(Section):
    """Close combat. Aimed fire: losses follow the number of shooters (Lanchester's square law, 1916)."""

    team_fire: float = param(
        0.016, unit="casualties per fighter and hour", low=0.005, high=0.06, ge=0, le=100, role="free",
        meaning="Casualties that a fighter's aimed fire causes in an hour among soldiers in the open",
        source="order of 3,500 casualties in 99 days in the east (Gen Votel)", grade="estimated",
    )  # fmt: skip
    platoon_fire: float = param(
        0.0016, unit="casualties per soldier and hour", low=0.0005, high=0.008, ge=0, le=100, role="free",
        meaning="Casualties that a soldier's aimed fire causes in an hour among fighters in the open",
        source="set equal to team_fire", grade="assumed",
    )  # fmt: skip
    area_fire: float = param(
        0.1, unit="fraction", low=0.02, high=0.4, ge=0, le=1,
        meaning="Effect of fire at suspected places against aimed fire", source="Deitchman 1962 (form)",
        grade="assumed",
    )  # fmt: skip
    cover_effect: float = param(
        0.8, unit="fraction", low=0.5, high=0.95, ge=0, le=1,
        meaning="Share of casualties that full cover prevents for a dug-in team", source="no source", grade="assumed",
    )  # fmt: skip
    attacker_cover: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1,
        meaning="Share of cover's effect that platoons enjoy, who must cross streets", source="no source",
        grade="assumed",
    )  # fmt: skip
    frontage: int = param(
        60, unit="soldiers", low=20, high=120, ge=1, le=10_000,
        meaning="Soldiers after whom no further platoon can bear on the same team",
        source="company attack on one strongpoint",
        grade="assumed",
    )  # fmt: skip
    suppression_gain: float = param(
        0.15, unit="per casualty suffered", low=0.05, high=0.4, ge=0, le=10,
        meaning="Suppression that a unit takes on with each casualty in the hour", source="no source", grade="assumed",
    )  # fmt: skip
    suppression_h: float = param(
        2.0, unit="h", low=0.5, high=6, gt=0, le=100,
        meaning="Time in which suppression falls to 1/e", source="no source", grade="assumed",
    )  # fmt: skip
    night: float = param(
        0.4, unit="fraction", low=0.2, high=0.9, ge=0, le=1,
        meaning="Fire by night against fire by day", source="no source", grade="assumed",
    )  # fmt: skip
    killed_share: float = param(
        0.14, unit="fraction", low=0.12, high=0.25, ge=0, le=1,
        meaning="Share of the liberators' casualties who die: one to about six wounded",
        source="490 killed, 3,000 wounded in the east (Gen Votel)", grade="measured",
    )  # fmt: skip
    defender_killed_share: float = param(
        0.6, unit="fraction", low=0.4, high=0.8, ge=0, le=1,
        meaning="Share of the defenders' casualties who die; no evacuation to speak of", source="no source",
        grade="assumed",
    )  # fmt: skip
    crossfire: float = param(
        4e-6, unit="1/(shooter h)", low=0.0, high=2e-5, ge=0, le=1, role="free",
        meaning="Chance that a resident is hit in an hour, for each soldier or fighter shooting in the cell",
        source="order of 6 civilians killed a day in battle in the east (UCDP GED, a floor)", grade="estimated",
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
    road_km_per_h: float = param(
        15.0, unit="km/h", low=8, high=40, gt=0, le=120,
        meaning="Rate on secured roads outside the city, waits included", source="no source", grade="assumed",
    )  # fmt: skip


class Ieds(Section):
    """Mines and booby traps laid in held ground before the attack."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether devices are laid", source="mechanism switch", grade="assumed",
    )  # fmt: skip
    per_ha: float = param(
        0.25, unit="devices/ha", low=0.05, high=1.0, ge=0, le=100,
        meaning="Devices in a hectare of dense building in a held quarter",
        source="5,000-10,000 left in Tikrit, a tenth of the area", grade="estimated",
    )  # fmt: skip
    missed: float = param(
        0.12, unit="fraction", low=0.05, high=0.3, ge=0, le=1,
        meaning="Share of devices that go off before they are found", source="no source", grade="assumed",
    )  # fmt: skip
    casualties: float = param(
        2.0, unit="casualties/blast", low=1, high=4, ge=0, le=100,
        meaning="Soldiers killed or wounded by a blast, mean", source="no source", grade="assumed",
    )  # fmt: skip


class Svbieds(Section):
    """Vehicle bombs, driven at the front."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether vehicle bombs are used", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    per_day: float = param(
        5.0, unit="1/day", low=3, high=8, ge=0, le=1000, role="policy", when="any_day",
        meaning="Attacks a day that command launches while it has vehicles and targets",
        source="Brig Gen Uribe, Defense One 2017 (five a day, Nov-Dec 2016)", grade="measured",
    )  # fmt: skip
    stock: int = param(
        200, unit="vehicles", low=50, high=600, ge=0, le=100_000,
        meaning="Vehicles ready at the start, shared between the banks by ground held", source="no source",
        grade="assumed",
    )  # fmt: skip
    workshop_per_day: float = param(
        3.0, unit="vehicles/day", low=0, high=8, ge=0, le=1000,
        meaning="Vehicles that workshops add in a day with the whole city held; in proportion to what is still held",
        source="no source", grade="assumed",
    )  # fmt: skip
    stopped: float = param(
        0.65, unit="fraction", low=0.4, high=0.9, ge=0, le=1,
        meaning="Share stopped by fire, armour or obstacles before the target, without air support",
        source="17 Dec 2016: 7 destroyed, 3 hit (Musings on Iraq)", grade="estimated",
    )  # fmt: skip
    casualties: float = param(
        5.0, unit="casualties/hit", low=2, high=12, ge=0, le=500,
        meaning="Soldiers killed or wounded where a vehicle arrives, mean", source="no source", grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        40.0, unit="m", low=20, high=60, ge=0, le=500,
        meaning="Radius within which residents are harmed and buildings damaged",
        source="general knowledge, 500-1,000 kg",
        grade="assumed",
    )  # fmt: skip


class Mortars(Section):
    """The defenders' indirect fire, at the front and at freed quarters in range."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether mortars fire", source="mechanism switch", grade="assumed",
    )  # fmt: skip
    missions_per_day: float = param(
        12.0, unit="1/day", low=4, high=30, ge=0, le=10_000,
        meaning="Fire missions in a day with all fighters left; in proportion to fighters", source="no source",
        grade="assumed",
    )  # fmt: skip
    range_m: float = param(
        4000.0, unit="m", low=2000, high=6000, gt=0, le=20_000,
        meaning="Range from the nearest held cell", source="general knowledge, 82 mm mortars", grade="assumed",
    )  # fmt: skip
    rounds: int = param(
        6, unit="rounds", low=3, high=12, ge=0, le=1000, meaning="Rounds in a mission", source="no source",
        grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        15.0, unit="m", low=8, high=25, ge=0, le=200,
        meaning="Radius within which an unprotected person is a casualty", source="general knowledge", grade="assumed",
    )  # fmt: skip
