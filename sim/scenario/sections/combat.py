"""How units see and hit each other, and who of those hit dies."""

from __future__ import annotations

from sim.scenario.declare import Section, param


class Sensing(Section):
    """Who sees whom. Detection is a hazard: P = 1 - exp(-rate * time), exponential in time (Koopman 1946)."""

    contact_m: float = param(
        150.0, unit="m", low=75, high=250, gt=0, le=5000,
        meaning="Distance from a known enemy at which a unit halts to fight; never less than one cell",
        source="25-100 m in dense urban terrain plus manoeuvre within a block", grade="estimated",
    )  # fmt: skip
    range_m: float = param(
        200.0, unit="m", low=100, high=350, gt=0, le=5000,
        meaning="Distance over which sight and aimed fire of small arms fall to 1/e with clear view: exp(-(d / range)^2)",
        source="effective range of assault rifles 300 m; 25-100 m where buildings stand between", grade="estimated",
    )  # fmt: skip
    block_m: float = param(
        40.0, unit="m", low=20, high=80, gt=0, le=5000,
        meaning="Free path of a sight line through solid building: over a building share r it is clear with exp(-r d / block)",
        source="Poisson buildings as in line-of-sight models (ITU-R P.1410); blocks some 40 m deep", grade="assumed",
    )  # fmt: skip
    platoon_sight_per_h: float = param(
        0.7, unit="1/h", low=0.2, high=2.0, ge=0, le=100, role="free",
        meaning="Hazard that a platoon finds a team in the open by day, with clear view at no distance",
        source="no source", grade="assumed",
    )  # fmt: skip
    team_sight_per_h: float = param(
        3.0, unit="1/h", low=1.0, high=8.0, ge=0, le=100,
        meaning="Hazard that a team finds a platoon by day, with clear view at no distance; attackers move and are seen",
        source="no source",
        grade="assumed",
    )  # fmt: skip
    fire_located_per_h: float = param(
        0.7, unit="1/h", low=0.2, high=2.0, ge=0, le=100,
        meaning="Hazard that a team that fires is located by those whom it fires at, with clear view by day", source="no source",
        grade="assumed",
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
        0.035, unit="casualties per fighter and hour", low=0.02, high=0.2, ge=0, le=100, role="free",
        meaning="Casualties that a fighter's aimed fire causes in an hour among soldiers in the open, with clear view",
        source="order of 3,500 casualties in 99 days in the east (Gen Votel)", grade="estimated",
    )  # fmt: skip
    platoon_fire: float = param(
        0.006, unit="casualties per soldier and hour", low=0.002, high=0.02, ge=0, le=100, role="free",
        meaning="Casualties that a soldier's aimed fire causes in an hour among fighters in the open, with clear view",
        source="order of 2,000 fighters killed or gravely wounded by 11 Dec 2016 (AP), with what aircraft do; set by hand",
        grade="estimated",
    )  # fmt: skip
    least_view: float = param(
        0.1, unit="fraction", low=0.03, high=0.3, ge=0, le=1,
        meaning="View of an enemy at which a unit opens fire; with less it does so in proportion less often",
        source="no source", grade="assumed",
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
    team_frontage: int = param(
        18, unit="fighters", low=9, high=36, ge=1, le=10_000,
        meaning="Fighters after whom no further team can bear on the same platoon: windows and roofs that look on one street",
        source="no source; three teams on a platoon's front of a block", grade="assumed",
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
    defender_killed_share: float = param(
        0.6, unit="fraction", low=0.4, high=0.8, ge=0, le=1,
        meaning="Share of the defenders' casualties who die; no evacuation to speak of", source="no source",
        grade="assumed",
    )  # fmt: skip
    crossfire: float = param(
        4e-6, unit="1/(shooter h)", low=0.0, high=2e-5, ge=0, le=1, role="free",
        meaning="Chance that a resident is hit in an hour, for each soldier or fighter shooting within the same hectare",
        source="order of 6 civilians killed a day in battle in the east (UCDP GED, a floor)", grade="estimated",
    )  # fmt: skip


class Snipers(Section):
    """Sniper teams: aimed fire over a distance, hard to find, and whoever they see keeps his head down."""

    fire: float = param(
        0.08, unit="casualties per sniper and hour", low=0.02, high=0.2, ge=0, le=100,
        meaning="Casualties that a sniper causes in an hour among soldiers in the open, with clear view", source="no source",
        grade="assumed",
    )  # fmt: skip
    range_m: float = param(
        350.0, unit="m", low=100, high=500, gt=0, le=5000,
        meaning="Distance over which a sniper's sight and fire fall to 1/e with clear view",
        source="sniper effective range in cities 100-500 m", grade="estimated",
    )  # fmt: skip
    located: float = param(
        0.3, unit="fraction", low=0.1, high=0.8, ge=0, le=10,
        meaning="How easily a sniper is found, moving or firing, against other teams", source="no source", grade="assumed",
    )  # fmt: skip
    pin: float = param(
        0.15, unit="1/h", low=0.0, high=0.5, ge=0, le=10,
        meaning="Suppression that an hour of a sniper's fire puts on a platoon, hit or not", source="no source", grade="assumed",
    )  # fmt: skip


class Evacuation(Section):
    """Who of those hit dies: at once, or of a severe wound before surgery, P = 1 - exp(-delay / severe_h)."""

    outright: float = param(
        0.1, unit="fraction", low=0.07, high=0.2, ge=0, le=1,
        meaning="Share of the liberators' casualties who die at once",
        source="490 killed, 3,000 wounded in the east (Gen Votel): 0.14 with those who die later", grade="estimated",
    )  # fmt: skip
    severe: float = param(
        0.15, unit="fraction", low=0.08, high=0.3, ge=0, le=1,
        meaning="Share of the others who die unless surgery stops it",
        source="no source; combat casualty care: 15-20% need surgery soon",
        grade="assumed",
    )  # fmt: skip
    severe_h: float = param(
        2.0, unit="h", low=1, high=6, gt=0, le=1000,
        meaning="Time in which 63% of those would be dead",
        source="form of the golden hour (Kotwal et al. 2016, JAMA Surgery 151)",
        grade="assumed",
    )  # fmt: skip
    collect_h: float = param(
        0.5, unit="h", low=0.2, high=2, ge=0, le=100,
        meaning="Time to collect and load a casualty out of contact", source="no source", grade="assumed",
    )  # fmt: skip
    contact_h: float = param(
        0.5, unit="h", low=0.0, high=3, ge=0, le=100,
        meaning="Time that a casualty waits longer while his platoon is in contact", source="no source", grade="assumed",
    )  # fmt: skip
    halt_h: float = param(
        1.0, unit="h", low=0.25, high=3, ge=0, le=100,
        meaning="Time for which a platoon that is hit halts, to take cover and to see to its wounded", source="no source",
        grade="assumed",
    )  # fmt: skip
    km_per_h: float = param(
        15.0, unit="km/h", low=5, high=40, gt=0, le=200,
        meaning="Speed of ambulances over freed ground to the aid posts at the city's edge", source="no source", grade="assumed",
    )  # fmt: skip
    march_h: float = param(
        1.5, unit="h", low=0.5, high=4, ge=0, le=100,
        meaning="Time to surgery on the march to the city, or where no freed ground leads to an aid post", source="no source",
        grade="assumed",
    )  # fmt: skip
