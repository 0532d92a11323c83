"""Strike aircraft: stations, approval, rules of engagement, and what their weapons do."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Air(Section):
    """Strike aircraft, and the desks that approve targets (claims B1, B3, B6)."""

    enabled: bool = param(
        True, unit="-", role="policy", when="any_day", meaning="Whether aircraft strike", source="mechanism switch",
        grade="assumed",
    )  # fmt: skip
    flights: int = param(
        3, unit="flights", low=0, high=24, ge=0, le=1000, role="policy",
        meaning="Strike flights, of two aircraft or drones each, assigned to the operation",
        source="op-ed B1; enough for a third or so of the 2,244 weapons released over Iraq and Syria in August 2016 (AFCENT)",
        grade="assumed",
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
    strike_h: float = param(
        0.5, unit="h", low=0.2, high=2, gt=0, le=24,
        meaning="Mean time that a flight spends on one target: talk-on, run, release", source="no source", grade="assumed",
    )  # fmt: skip
    hit: float = param(
        0.75, unit="fraction", low=0.5, high=0.95, ge=0, le=1,
        meaning="Chance that a weapon hits the place that it is meant for", source="no source", grade="assumed",
    )  # fmt: skip
    location_m: float = param(
        75.0, unit="m", low=25, high=150, ge=0, le=5000,
        meaning="How far a target may be from where it was last seen and still be hit", source="no source", grade="assumed",
    )  # fmt: skip
    harm_limit: float = param(
        0.25, unit="persons", low=0.0, high=2, ge=0, le=1_000_000, role="policy", when="any_day",
        meaning="Expected civilian dead above which a strike is refused (rules of engagement)", source="no source",
        grade="assumed",
    )  # fmt: skip
    leader_factor: float = param(
        4.0, unit="-", low=1, high=10, ge=0, le=1000, role="policy", when="any_day",
        meaning="Factor on that limit for leaders", source="no source", grade="assumed",
    )  # fmt: skip
    contact_factor: float = param(
        1.5, unit="-", low=1, high=4, ge=0, le=1000, role="policy", when="any_day",
        meaning="Factor on that limit for targets that troops are in contact with", source="no source", grade="assumed",
    )  # fmt: skip
    warned_share: float = param(
        0.5, unit="fraction", low=0.0, high=0.9, ge=0, le=1,
        meaning="Residents assumed absent or sheltered when expected harm is judged", source="no source", grade="assumed",
    )  # fmt: skip
    jtac_share: float = param(
        0.05, unit="fraction", low=0.0, high=0.3, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of platoons with a controller (JTAC), who guides strikes on targets in contact with it (B6)",
        source="op-ed B6; no figure published", grade="assumed",
    )  # fmt: skip
    jtac_gain: float = param(
        2.0, unit="-", low=1, high=4, ge=1, le=100,
        meaning="Factor by which a controller at the front divides the time of approval and misses (B6)", source="op-ed B6",
        grade="assumed",
    )  # fmt: skip
    relay_h: float = param(
        14.0, unit="h", low=2, high=48, ge=0, le=10_000, role="policy", when="any_day",
        meaning="Mean time until a target that only troops without a controller see reaches a desk, over their chain of command",
        source="no source", grade="assumed",
    )  # fmt: skip
    brigade_desks: int = param(
        3, unit="desks", low=0, high=8, ge=0, le=1000, role="policy",
        meaning="Desks at brigades that approve targets whose expected harm lies within what is delegated to them",
        source="no source", grade="assumed",
    )  # fmt: skip
    brigade_minutes: float = param(
        20.0, unit="min", low=5, high=90, ge=0, le=100_000, role="policy", when="any_day",
        meaning="Mean time that a brigade's desk takes over a target", source="no source", grade="assumed",
    )  # fmt: skip
    delegated_harm: float = param(
        0.15, unit="persons", low=0.0, high=1, ge=0, le=1_000_000, role="policy", when="any_day",
        meaning="Expected civilian dead up to which brigades may approve; all else goes to headquarters", source="no source",
        grade="assumed",
    )  # fmt: skip
    headquarters_desks: int = param(
        2, unit="desks", low=1, high=6, ge=0, le=1000, role="policy",
        meaning="Desks at headquarters that approve targets", source="no source", grade="assumed",
    )  # fmt: skip
    headquarters_minutes: float = param(
        60.0, unit="min", low=15, high=240, ge=0, le=100_000, role="policy", when="any_day",
        meaning="Mean time that a headquarters' desk takes over a target", source="no source", grade="assumed",
    )  # fmt: skip
    wanted_effect: float = param(
        0.15, unit="fraction", low=0.08, high=0.4, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of the target's fighters that a weapon is to put out of action: the smallest one that does is taken",
        source="no source", grade="assumed",
    )  # fmt: skip
    least_effect: float = param(
        0.08, unit="fraction", low=0.0, high=0.15, ge=0, le=1, role="policy", when="any_day",
        meaning="Share below which a weapon is not worth its harm: a target is refused where no other is within the limit",
        source="no source", grade="assumed",
    )  # fmt: skip
    stale_h: float = param(
        4.0, unit="h", low=1, high=12, gt=0, le=1000, role="policy",
        meaning="Time without a new sighting after which a target that waits lapses", source="no source", grade="assumed",
    )  # fmt: skip
    reconsider_h: float = param(
        12.0, unit="h", low=4, high=48, ge=0, le=10_000,
        meaning="Time after which a refused target that has not moved may be put up again", source="no source", grade="assumed",
    )  # fmt: skip
    confirmation: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether what was only reported must be seen, by an orbit or by troops, before a desk takes it up",
        source="no source; positive identification is common in rules of engagement", grade="assumed",
    )  # fmt: skip
    assess_h: float = param(
        3.0, unit="h", low=0.5, high=8, ge=0, le=1000,
        meaning="Time from a strike to the judgement whether the target is destroyed", source="no source", grade="assumed",
    )  # fmt: skip
    assessment_error: float = param(
        0.2, unit="fraction", low=0.05, high=0.5, ge=0, le=1,
        meaning="Chance that this judgement is wrong, either way", source="no source", grade="assumed",
    )  # fmt: skip
    protect: bool = param(
        True, unit="-", role="policy", when="any_day",
        meaning="Whether mining parties near bridges and plants are looked for, struck and raided before others (B9)",
        source="op-ed B9", grade="assumed",
    )  # fmt: skip
    protect_m: float = param(
        500.0, unit="m", low=200, high=1500, ge=0, le=50_000,
        meaning="Distance from a bridge end or plant within which a mining party counts as a demolition party",
        source="no source", grade="assumed",
    )  # fmt: skip


class Munitions(Section):
    """Three classes of air weapon: what each does to a team and, within a radius, to people and buildings around it."""

    light_casualties: float = param(
        0.2, unit="fraction", low=0.1, high=0.4, ge=0, le=1,
        meaning="Chance that a hit of a light weapon makes a fighter in the open a casualty", source="no source", grade="assumed",
    )  # fmt: skip
    medium_casualties: float = param(
        0.3, unit="fraction", low=0.2, high=0.8, ge=0, le=1, role="free",
        meaning="The same of a medium weapon", source="no source", grade="assumed",
    )  # fmt: skip
    heavy_casualties: float = param(
        0.45, unit="fraction", low=0.3, high=0.9, ge=0, le=1, meaning="The same of a heavy weapon", source="no source",
        grade="assumed",
    )  # fmt: skip
    light_cover: float = param(
        0.8, unit="fraction", low=0.5, high=0.95, ge=0, le=1,
        meaning="Share of a light weapon's casualties that full cover prevents for a team that is dug in", source="no source",
        grade="assumed",
    )  # fmt: skip
    medium_cover: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1, meaning="The same of a medium weapon", source="no source",
        grade="assumed",
    )  # fmt: skip
    heavy_cover: float = param(
        0.25, unit="fraction", low=0.0, high=0.5, ge=0, le=1, meaning="The same of a heavy weapon", source="no source",
        grade="assumed",
    )  # fmt: skip
    light_radius_m: float = param(
        9.0, unit="m", low=5, high=15, ge=0, le=300,
        meaning="Radius of harm to people indoors of a light weapon; misses harm as much as hits", source="general knowledge",
        grade="assumed",
    )  # fmt: skip
    medium_radius_m: float = param(
        18.0, unit="m", low=10, high=35, ge=0, le=300, meaning="The same of a medium weapon",
        source="general knowledge, 225 kg", grade="assumed",
    )  # fmt: skip
    heavy_radius_m: float = param(
        32.0, unit="m", low=20, high=60, ge=0, le=300, meaning="The same of a heavy weapon",
        source="general knowledge, 900 kg", grade="assumed",
    )  # fmt: skip
    light_damage: float = param(
        0.02, unit="fraction", low=0.005, high=0.06, ge=0, le=1,
        meaning="Share of a dense hectare's buildings that a light weapon damages", source="no source", grade="assumed",
    )  # fmt: skip
    medium_damage: float = param(
        0.12, unit="fraction", low=0.03, high=0.3, ge=0, le=1, meaning="The same of a medium weapon", source="no source",
        grade="assumed",
    )  # fmt: skip
    heavy_damage: float = param(
        0.3, unit="fraction", low=0.1, high=0.6, ge=0, le=1, meaning="The same of a heavy weapon", source="no source",
        grade="assumed",
    )  # fmt: skip
    light_collapse: float = param(
        0.005, unit="fraction", low=0.0, high=0.03, ge=0, le=1,
        meaning="Chance that a light weapon brings down a building in which people might shelter", source="no source",
        grade="assumed",
    )  # fmt: skip
    medium_collapse: float = param(
        0.06, unit="fraction", low=0.02, high=0.2, ge=0, le=1, meaning="The same of a medium weapon",
        source="no source; most fall on positions that residents have left, or on open ground", grade="assumed",
    )  # fmt: skip
    heavy_collapse: float = param(
        0.3, unit="fraction", low=0.1, high=0.6, ge=0, le=1, meaning="The same of a heavy weapon",
        source="no source; as the medium weapon's, by the ground that it damages", grade="assumed",
    )  # fmt: skip
    light_load: int = param(
        4, unit="weapons/flight", low=0, high=8, ge=0, le=100, meaning="Light weapons that a flight carries", source="no source",
        grade="assumed",
    )  # fmt: skip
    medium_load: int = param(
        4, unit="weapons/flight", low=0, high=8, ge=0, le=100, meaning="Medium weapons that a flight carries",
        source="no source", grade="assumed",
    )  # fmt: skip
    heavy_load: int = param(
        1, unit="weapons/flight", low=0, high=4, ge=0, le=100, meaning="Heavy weapons that a flight carries",
        source="no source", grade="assumed",
    )  # fmt: skip
