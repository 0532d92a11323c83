"""The coalition: eyes, strike aircraft, guns, and the rules of engagement."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Isr(Section):
    """Surveillance orbits over ground that the defenders hold (claim B2)."""

    orbits: int = param(
        6, unit="orbits", low=0, high=16, ge=0, le=1000, role="policy", when="any_day",
        meaning="Drones on station at any time", source="op-ed B2; no figure published", grade="assumed",
    )  # fmt: skip
    orbit_km2: float = param(
        8.0, unit="km2", low=2, high=20, gt=0, le=1000, meaning="Ground that one orbit watches", source="no source",
        grade="assumed",
    )  # fmt: skip
    detect_per_h: float = param(
        0.002, unit="1/h", low=0.0005, high=0.02, ge=0, le=100, role="free",
        meaning="Hazard that a watched team without cover is found", source="no source", grade="assumed",
    )  # fmt: skip
    bad_weather: float = param(
        0.15, unit="fraction", low=0.05, high=0.3, ge=0, le=1,
        meaning="Share of days on which cloud or dust grounds drones and aircraft", source="general knowledge, Nov-Mar",
        grade="assumed",
    )  # fmt: skip


class Air(Section):
    """Strike aircraft (claims B1, B3, B6)."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day", meaning="Whether aircraft strike", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    flights: int = param(
        3, unit="flights", low=0, high=12, ge=0, le=1000, role="policy",
        meaning="Strike flights assigned to the operation", source="op-ed B1; no figure published", grade="assumed",
    )  # fmt: skip
    on_station_h: float = param(
        2.0, unit="h", low=1, high=4, gt=0, le=100, role="policy",
        meaning="Time on station of a flight without a tanker", source="no source", grade="assumed",
    )  # fmt: skip
    tanker_gain: float = param(
        2.0, unit="-", low=1, high=3, ge=1, le=10, role="policy",
        meaning="Factor by which tankers stretch time on station (B3)", source="op-ed B3", grade="assumed",
    )  # fmt: skip
    turnaround_h: float = param(
        8.0, unit="h", low=4, high=14, gt=0, le=200,
        meaning="Time between two stays on station: transit, rearming, rest", source="no source", grade="assumed",
    )  # fmt: skip
    weapons: int = param(
        4, unit="weapons/flight", low=2, high=8, ge=0, le=100, meaning="Weapons that a flight carries",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    delay_h: float = param(
        1.5, unit="h", low=0.3, high=6, ge=0, le=200, role="policy",
        meaning="Mean time from detection to approval, without a controller at the front", source="no source",
        grade="assumed",
    )  # fmt: skip
    jtac_share: float = param(
        0.5, unit="fraction", low=0.0, high=1.0, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of front-line targets with a controller (JTAC), who halves delay and error (B6)",
        source="op-ed B6",
        grade="assumed",
    )  # fmt: skip
    jtac_gain: float = param(
        2.0, unit="-", low=1, high=4, ge=1, le=100,
        meaning="Factor by which a controller at the front divides delay and misses (B6)", source="op-ed B6", grade="assumed",
    )  # fmt: skip
    strike_h: float = param(
        1.0, unit="h", low=0.3, high=2, gt=0, le=24, meaning="Time that a flight spends on one target", source="no source",
        grade="assumed",
    )  # fmt: skip
    hit: float = param(
        0.75, unit="fraction", low=0.5, high=0.95, ge=0, le=1,
        meaning="Chance that a weapon hits the building it is meant for",
        source="no source", grade="assumed",
    )  # fmt: skip
    team_casualties: float = param(
        0.3, unit="fraction", low=0.2, high=0.8, ge=0, le=1, role="free",
        meaning="Chance that a hit makes a fighter of the target a casualty", source="no source", grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        18.0, unit="m", low=10, high=35, ge=0, le=300,
        meaning="Radius of harm to people indoors of one weapon; misses harm as much as hits",
        source="general knowledge, 225 kg",
        grade="assumed",
    )  # fmt: skip
    harm_limit: float = param(
        0.4, unit="persons", low=0.0, high=2, ge=0, le=1_000_000, role="policy", when="any_day",
        meaning="Expected civilian dead above which a strike is refused (rules of engagement)", source="no source",
        grade="assumed",
    )  # fmt: skip
    warned_share: float = param(
        0.5, unit="fraction", low=0.0, high=0.9, ge=0, le=1,
        meaning="Residents assumed absent or sheltered when expected harm is judged", source="no source",
        grade="assumed",
    )  # fmt: skip


class Artillery(Section):
    """Coalition and Iraqi guns (claim B5)."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day", meaning="Whether guns fire", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    positions: dict[str, int] = param(
        dict, unit="batteries", role="policy", meaning="Batteries at each off-grid node", source="see the scenario",
        grade="assumed",
    )  # fmt: skip
    range_km: float = param(
        25.0, unit="km", low=15, high=40, gt=0, le=500, meaning="Range", source="general knowledge, 155 mm",
        grade="assumed",
    )  # fmt: skip
    missions_per_day: float = param(
        1.5, unit="1/day", low=0.5, high=8, ge=0, le=1000, role="policy", when="any_day",
        meaning="Missions that a battery can fire in a day", source="no source", grade="assumed",
    )  # fmt: skip
    rounds: int = param(
        8, unit="rounds", low=4, high=24, ge=0, le=1000, meaning="Rounds in a mission", source="no source",
        grade="assumed",
    )  # fmt: skip
    dispersion_m: float = param(
        60.0, unit="m", low=10, high=150, gt=0, le=2000, meaning="Standard deviation of the fall of shot, each axis",
        source="general knowledge, unguided 155 mm", grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        25.0, unit="m", low=15, high=50, ge=0, le=300,
        meaning="Radius within which an unprotected person is a casualty", source="general knowledge, 155 mm",
        grade="assumed",
    )  # fmt: skip


class Harm(Section):
    """How munitions that land harm residents and buildings."""

    indoors_death: float = param(
        0.03, unit="fraction", low=0.01, high=0.1, ge=0, le=1, role="free",
        meaning="Chance of death of a resident within the lethal radius of an aircraft weapon, in a building",
        source="no source", grade="assumed",
    )  # fmt: skip
    wounded_per_death: float = param(
        2.0, unit="-", low=1, high=4, ge=0, le=50, meaning="Civilians wounded for each one killed",
        source="WHO trauma ratio, rounded",
        grade="assumed",
    )  # fmt: skip
    shelter: float = param(
        0.5, unit="fraction", low=0.2, high=0.9, ge=0, le=1,
        meaning="Harm to households that shelter against those that do not", source="no source", grade="assumed",
    )  # fmt: skip
    indirect_indoors: float = param(
        0.015, unit="fraction", low=0.005, high=0.06, ge=0, le=1,
        meaning="Chance that a resident within the lethal radius of a shell is a casualty, walls considered",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    soldiers_exposed: float = param(
        0.15, unit="fraction", low=0.05, high=0.4, ge=0, le=1,
        meaning="Chance that a soldier within the lethal radius of a mortar round is a casualty, vehicles and walls considered",
        source="no source", grade="assumed",
    )  # fmt: skip
    damage_weapon: float = param(
        0.12, unit="fraction", low=0.03, high=0.3, ge=0, le=1,
        meaning="Share of a dense hectare's buildings that one aircraft weapon damages", source="no source",
        grade="assumed",
    )  # fmt: skip
    damage_shell: float = param(
        0.01, unit="fraction", low=0.002, high=0.05, ge=0, le=1,
        meaning="Share of a dense hectare's buildings that one shell damages", source="no source", grade="assumed",
    )  # fmt: skip
    damage_combat: float = param(
        0.004, unit="fraction per platoon-h", low=0.001, high=0.02, ge=0, le=1,
        meaning="Share of a hectare's buildings that an hour of one platoon's close combat damages", source="no source",
        grade="assumed",
    )  # fmt: skip
