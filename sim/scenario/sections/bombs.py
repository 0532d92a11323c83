"""What the defenders lay, drive, lob and drop."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Ieds(Section):
    """Mines and booby traps laid in held ground before the attack."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether devices are laid", source="mechanism switch", grade="assumed",
    )  # fmt: skip
    per_ha: float = param(
        0.2, unit="devices/ha", low=0.05, high=1.0, ge=0, le=100,
        meaning="Devices in a hectare of dense building that is defended, laid before the battle",
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
    laid_per_day: float = param(
        0.4, unit="devices/miner/day", low=0.0, high=2.0, ge=0, le=100,
        meaning="Devices that a miner lays in a day, in belts ahead of the line", source="no source", grade="assumed",
    )  # fmt: skip
    stock: float = param(
        12.0, unit="devices/miner", low=2, high=50, ge=0, le=10_000,
        meaning="Devices that a miner has for it", source="no source", grade="assumed",
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
    reach_m: float = param(
        4000.0, unit="m", low=1500, high=8000, gt=0, le=100_000,
        meaning="Longest drive, along streets, from where a vehicle waits to its target", source="no source", grade="assumed",
    )  # fmt: skip
    km_per_h: float = param(
        15.0, unit="km/h", low=8, high=40, gt=0, le=200,
        meaning="Speed of a plated vehicle through streets with rubble", source="no source", grade="assumed",
    )  # fmt: skip
    struck_per_h: float = param(
        3.0, unit="1/h", low=0.5, high=10, ge=0, le=1000,
        meaning="Hazard that aircraft or drones on station destroy a moving vehicle that is watched",
        source="60 destroyed by the coalition in the first month (Col Dorrian), of some 150", grade="estimated",
    )  # fmt: skip
    shot_per_platoon: float = param(
        0.35, unit="-", low=0.1, high=1.0, ge=0, le=100,
        meaning="Rate (1 - exp(-x)) at which a full platoon of reference protection stops a vehicle on its last stretch",
        source="17 Dec 2016: 7 destroyed, 3 hit (Musings on Iraq)", grade="estimated",
    )  # fmt: skip
    barrier: float = param(
        0.4, unit="fraction", low=0.1, high=0.8, ge=0, le=1,
        meaning="Share of vehicles that craters, berms and blocked streets stop before a platoon that has settled in",
        source="no source", grade="assumed",
    )  # fmt: skip
    settle_h: float = param(
        6.0, unit="h", low=2, high=24, gt=0, le=1000,
        meaning="Time in which a platoon at rest puts barriers up", source="no source", grade="assumed",
    )  # fmt: skip
    casualties: float = param(
        5.0, unit="casualties/hit", low=2, high=12, ge=0, le=500,
        meaning="Soldiers killed or wounded in a full platoon where a vehicle arrives, mean; more platoons in the cell, more",
        source="no source", grade="assumed",
    )  # fmt: skip
    explodes: float = param(
        0.7, unit="fraction", low=0.3, high=0.95, ge=0, le=1,
        meaning="Chance that a vehicle that is stopped goes off where it is", source="no source; a hit on the load sets it off, "
        "and a driver who cannot go on fires it", grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        40.0, unit="m", low=20, high=60, ge=0, le=500,
        meaning="Radius within which residents are harmed; harm.damage_weapon is its area",
        source="general knowledge, 500-1,000 kg",
        grade="assumed",
    )  # fmt: skip


class Mortars(Section):
    """The defenders' indirect fire, at the front and at freed quarters in range."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether mortars fire", source="mechanism switch", grade="assumed",
    )  # fmt: skip
    missions_per_day: float = param(
        0.6, unit="1/crew/day", low=0.2, high=3, ge=0, le=10_000,
        meaning="Fire missions of a full crew in a day", source="no source", grade="assumed",
    )  # fmt: skip
    range_m: float = param(
        4000.0, unit="m", low=2000, high=6000, gt=0, le=20_000,
        meaning="Range from the crew", source="general knowledge, 82 mm mortars", grade="assumed",
    )  # fmt: skip
    rounds: int = param(
        6, unit="rounds", low=3, high=12, ge=0, le=1000, meaning="Rounds in a mission", source="no source",
        grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        15.0, unit="m", low=8, high=25, ge=0, le=200,
        meaning="Radius within which an unprotected person is a casualty", source="general knowledge", grade="assumed",
    )  # fmt: skip
    stock: float = param(
        60.0, unit="missions/crew", low=15, high=200, ge=0, le=100_000,
        meaning="Missions for which a crew has shells", source="no source", grade="assumed",
    )  # fmt: skip
    located_share: float = param(
        0.25, unit="fraction", low=0.0, high=0.6, ge=0, le=1,
        meaning="Chance that radar of the coalition's guns locates a crew by a mission", source="no source", grade="assumed",
    )  # fmt: skip


class SmallDrones(Section):
    """Small drones that the defenders fly over the front: eyes for mortars and vehicle bombs, and a grenade at times."""

    enabled: bool = param(
        True, unit="-", role="policy", meaning="Whether the defenders fly small drones", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    reach_m: float = param(
        2000.0, unit="m", low=1000, high=4000, gt=0, le=50_000,
        meaning="Distance from the team over which its drone watches", source="general knowledge, hobby drones", grade="assumed",
    )  # fmt: skip
    sight_per_h: float = param(
        0.05, unit="1/h", low=0.01, high=0.3, ge=0, le=100,
        meaning="Hazard that a team's drone finds a platoon in its reach, by day and in flying weather", source="no source",
        grade="assumed",
    )  # fmt: skip
    attacks_per_day: float = param(
        0.4, unit="1/team/day", low=0.0, high=3, ge=0, le=1000,
        meaning="Attacks that a team flies in a day on platoons that are known", source="no source", grade="assumed",
    )  # fmt: skip
    casualties: float = param(
        0.4, unit="casualties/attack", low=0.1, high=1.5, ge=0, le=100,
        meaning="Soldiers killed or wounded by an attack, mean", source="no source", grade="assumed",
    )  # fmt: skip
