"""Guns, raids, and what munitions of all kinds do to residents and buildings."""

from __future__ import annotations

from sim.scenario.declare import Section, param


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
    response_h: float = param(
        0.25, unit="h", low=0.1, high=1, ge=0, le=100,
        meaning="Time from the order to the fall of the rounds", source="no source", grade="assumed",
    )  # fmt: skip
    rounds: int = param(
        8, unit="rounds", low=4, high=24, ge=0, le=1000, meaning="Rounds in a mission", source="no source",
        grade="assumed",
    )  # fmt: skip
    dispersion_m: float = param(
        60.0, unit="m", low=10, high=150, gt=0, le=2000,
        meaning="Standard deviation of the fall of shot, each axis, where nobody observes it",
        source="general knowledge, unguided 155 mm", grade="assumed",
    )  # fmt: skip
    observed: float = param(
        0.6, unit="fraction", low=0.3, high=1.0, gt=0, le=1,
        meaning="Dispersion where an orbit or a controller observes the fall of shot, against where nobody does",
        source="no source", grade="assumed",
    )  # fmt: skip
    lethal_radius_m: float = param(
        25.0, unit="m", low=15, high=50, ge=0, le=300,
        meaning="Radius within which an unprotected person is a casualty", source="general knowledge, 155 mm",
        grade="assumed",
    )  # fmt: skip
    suited: float = param(
        0.15, unit="fraction", low=0.05, high=0.5, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of the target's fighters that a mission is to put out of action where guns are taken before aircraft",
        source="no source", grade="assumed",
    )  # fmt: skip
    counter_fire: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether guns answer mortars that radar has located without asking a desk, within the limit of harm",
        source="no source", grade="assumed",
    )  # fmt: skip


class Raids(Section):
    """Raids by special forces on leaders and demolition parties that have been found (claims B2, B9)."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day", meaning="Whether there are raids", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    teams: int = param(
        2, unit="teams", low=0, high=8, ge=0, le=1000, role="policy", meaning="Teams of special forces that raid",
        source="op-ed B9; no figure published", grade="assumed",
    )  # fmt: skip
    team_size: int = param(
        12, unit="persons", low=6, high=30, ge=1, le=1000, meaning="Persons in a team", source="small-unit practice",
        grade="assumed",
    )  # fmt: skip
    plan_h: float = param(
        3.0, unit="h", low=1, high=12, ge=0, le=1000, meaning="Time from the order to the raid", source="no source",
        grade="assumed",
    )  # fmt: skip
    rest_h: float = param(
        36.0, unit="h", low=12, high=120, ge=0, le=10_000, role="policy", when="any_day",
        meaning="Mean time that a team needs after a raid before the next", source="no source", grade="assumed",
    )  # fmt: skip
    reach_m: float = param(
        1000.0, unit="m", low=300, high=3000, ge=0, le=100_000,
        meaning="Distance from freed ground within which a raid may go on foot; farther ones fly, by night and in flying weather",
        source="no source", grade="assumed",
    )  # fmt: skip
    search_m: float = param(
        150.0, unit="m", low=50, high=400, ge=0, le=10_000,
        meaning="Distance from the reported place within which a raid finds its target", source="no source", grade="assumed",
    )  # fmt: skip
    success: float = param(
        0.6, unit="fraction", low=0.3, high=0.9, ge=0, le=1,
        meaning="Chance that a raid that finds its target overcomes it", source="no source", grade="assumed",
    )  # fmt: skip
    casualties: float = param(
        0.8, unit="fraction", low=0.5, high=1.0, ge=0, le=1,
        meaning="Chance that a fighter of a target that is overcome is a casualty", source="no source", grade="assumed",
    )  # fmt: skip
    losses: float = param(
        0.4, unit="casualties/raid", low=0.1, high=2, ge=0, le=100,
        meaning="Raiders killed or wounded where a raid finds its target, mean", source="no source", grade="assumed",
    )  # fmt: skip


class Harm(Section):
    """How munitions that land harm residents and buildings."""

    indoors_death: float = param(
        0.02, unit="fraction", low=0.005, high=0.08, ge=0, le=1, role="free",
        meaning="Chance of death of a resident within the lethal radius of an aircraft weapon, in a building that stands",
        source="no source; with what collapses add", grade="assumed",
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
        0.04, unit="fraction", low=0.01, high=0.15, ge=0, le=1,
        meaning="Chance that a soldier within the lethal radius of a mortar round is a casualty, vehicles and walls considered",
        source="no source", grade="assumed",
    )  # fmt: skip
    shelter_median: float = param(
        6.0, unit="persons", low=4, high=12, ge=1, le=10_000,
        meaning="Half of the buildings that people shelter in hold fewer than this", source="one household", grade="assumed",
    )  # fmt: skip
    shelter_tail: float = param(
        1.5, unit="-", low=1.2, high=3, gt=1, le=100,
        meaning="Index of the tail of their sizes (Pareto): the smaller, the more people in the fullest ones",
        source="form: Clauset, Young & Gleditsch 2007, Bohorquez et al. 2009 (dead of attacks, 1.5)", grade="assumed",
    )  # fmt: skip
    shelter_largest: float = param(
        150.0, unit="persons", low=50, high=300, ge=1, le=100_000,
        meaning="Most persons who shelter in one building", source="no source; a cellar or hall", grade="assumed",
    )  # fmt: skip
    building_m2: float = param(
        200.0, unit="m2", low=100, high=400, gt=0, le=100_000,
        meaning="Ground under one building", source="general knowledge: a house on a plot of some 200 m2; one household a house",
        grade="assumed",
    )  # fmt: skip
    collapse_casualty: float = param(
        0.8, unit="fraction", low=0.5, high=1.0, ge=0, le=1,
        meaning="Chance that somebody in a building that is brought down is a casualty",
        source="form: Coburn, Spence & Pomonis 1992 (earthquakes)", grade="assumed",
    )  # fmt: skip
    collapse_death: float = param(
        0.5, unit="fraction", low=0.3, high=0.8, ge=0, le=1, meaning="Share of those casualties who die",
        source="form: Coburn, Spence & Pomonis 1992 (earthquakes); as many dead as wounded", grade="assumed",
    )  # fmt: skip
    collapse_shell: float = param(
        0.002, unit="fraction", low=0.0, high=0.01, ge=0, le=1,
        meaning="Chance that a shell of the guns brings down a building in which people might shelter", source="no source",
        grade="assumed",
    )  # fmt: skip
    collapse_weapon: float = param(
        0.3, unit="fraction", low=0.1, high=0.6, ge=0, le=1, meaning="The same of a vehicle bomb",
        source="no source; as a heavy weapon", grade="assumed",
    )  # fmt: skip
    damage_weapon: float = param(
        0.5, unit="fraction", low=0.12, high=1.0, ge=0, le=1,
        meaning="Share of a dense hectare's buildings that one vehicle bomb damages",
        source="area within 40 m (20-60 m, svbieds.lethal_radius_m); four times a 225 kg bomb's, by cube-root scaling",
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
