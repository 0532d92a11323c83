"""Who defends: fighters, what they hold, what kinds of team they form, and how their command uses them."""

from __future__ import annotations

from typing import Literal

from sim.scenario.declare import Section, param


class Defenders(Section):
    """Islamic State fighters, what they hold and how their command uses them."""

    fighters: int = param(
        2500, unit="persons", low=2000, high=6000, ge=0, le=200_000,
        meaning="Fighters inside the city at the start",
        source="op-ed A1 (2,000-3,000); CJTF-OIR 6 Oct 2016 (3,000-5,000); AP 11 Dec 2016 (3,500-6,000)",
        grade="estimated",
    )  # fmt: skip
    outer_fighters: int = param(
        0, unit="persons", low=0, high=2000, ge=0, le=200_000,
        meaning="Fighters in the zone around the city who delay the approach",
        source="CNN/Pentagon Oct 2016 (1,500-2,000)", grade="estimated",
    )  # fmt: skip
    extent: Literal["real", "op_ed_core"] = param(
        "real", unit="-", role="policy",
        meaning="What is defended: the whole city, or the op-ed's core around the old city",
        source="op-ed A3", grade="assumed",
    )  # fmt: skip
    core_area_km2: float = param(
        31.0, unit="km2", low=20, high=45, gt=0, le=1000,
        meaning="Area of the core where extent is op_ed_core (12 square miles)", source="op-ed A3", grade="measured",
    )  # fmt: skip
    team_size: int = param(
        6, unit="persons", low=4, high=10, ge=1, le=1000,
        meaning="Fighters in a team, the unit that acts", source="small-unit practice; model resolution",
        grade="assumed",
    )  # fmt: skip
    command: Literal["planned", "nearest", "random"] = param(
        "planned", unit="-", role="policy",
        meaning="Who commands: the planned defence, or a yardstick (each team to the nearest threatened or to a random quarter)",
        source="yardsticks to measure command by", grade="assumed",
    )  # fmt: skip
    teams_per_km2: float = param(
        10.0, unit="teams/km2", low=4, high=15, gt=0, le=500, role="policy", when="any_day",
        meaning="Density of teams that command wants in a quarter that it holds; sets how many quarters it can hold (A5)",
        source="no source; 4,000 fighters over 130 km2 are 5 teams/km2", grade="assumed",
    )  # fmt: skip
    reserve_share: float = param(
        0.3, unit="fraction", low=0.0, high=0.4, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of teams kept back to reinforce threatened quarters", source="no source; doctrine: a sixth to a third",
        grade="assumed",
    )  # fmt: skip
    threat_weight: float = param(
        3.0, unit="-", low=0.0, high=4.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Weight of a near front against ground value when command places its teams",
        source="no source", grade="assumed",
    )  # fmt: skip
    front_m: float = param(
        2000.0, unit="m", low=1000, high=5000, gt=0, le=100_000, when="any_day",
        meaning="Distance over which a front counts as a threat; its weight falls to 1/e", source="no source", grade="assumed",
    )  # fmt: skip
    reserve_quarters: int = param(
        8, unit="quarters", low=2, high=20, ge=1, le=1000, role="policy", when="any_day",
        meaning="Best-ranked quarters behind which the reserve stands", source="no source", grade="assumed",
    )  # fmt: skip
    withdraw_strength: float = param(
        0.5, unit="fraction", low=0.2, high=0.8, ge=0, le=1, when="any_day",
        meaning="A team that falls below this share of its size leaves the line while a way out exists",
        source="no source; units break at 30-60% losses in most studies", grade="assumed",
    )  # fmt: skip
    withdraw_lost_share: float = param(
        0.6, unit="fraction", low=0.4, high=0.95, ge=0, le=1, when="any_day",
        meaning="Share of a quarter lost at which command gives the rest of it up",
        source="no source", grade="assumed",
    )  # fmt: skip
    support_near: float = param(
        0.2, unit="fraction", low=0.05, high=0.4, ge=0, le=1, role="policy",
        meaning="Least distance to the front of crews, drivers and drone teams, as a share of their reach", source="no source",
        grade="assumed",
    )  # fmt: skip
    support_far: float = param(
        0.6, unit="fraction", low=0.4, high=0.9, gt=0, le=1, role="policy",
        meaning="Largest distance to the front of crews, drivers and drone teams, as a share of their reach", source="no source",
        grade="assumed",
    )  # fmt: skip
    leader_m: float = param(
        3000.0, unit="m", low=1500, high=6000, gt=0, le=100_000, role="policy",
        meaning="Largest distance to the front at which commanders of sectors stay", source="no source", grade="assumed",
    )  # fmt: skip
    relocate_per_h: float = param(
        0.5, unit="1/h", low=0.0, high=2.0, ge=0, le=100, role="policy", when="any_day",
        meaning="Hazard that a team in a fight that knows itself located changes its position",
        source="no source", grade="assumed",
    )  # fmt: skip
    break_suppression: float = param(
        0.25, unit="fraction", low=0.1, high=0.6, ge=0, le=10, role="policy", when="any_day",
        meaning="Suppression at which a team that has been located changes its position", source="no source", grade="assumed",
    )  # fmt: skip
    turned_share: float = param(
        0.7, unit="fraction", low=0.4, high=0.9, ge=0, le=1, when="any_day",
        meaning="Share of a quarter's border in the liberators' hands at which it is turned and given up, while a way out exists",
        source="no source", grade="assumed",
    )  # fmt: skip
    stay_behind: float = param(
        0.08, unit="fraction", low=0.0, high=0.3, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of the teams of a quarter given up that hide in it", source="no source", grade="assumed",
    )  # fmt: skip
    hidden: float = param(
        0.1, unit="fraction", low=0.02, high=0.4, ge=0, le=1,
        meaning="How easily a hidden team is found, by sight or search, against others", source="no source", grade="assumed",
    )  # fmt: skip
    hide_days: float = param(
        6.0, unit="days", low=2, high=30, gt=0, le=1000,
        meaning="Mean time after which a hidden team comes out to fight", source="no source", grade="assumed",
    )  # fmt: skip
    escape_share: float = param(
        0.3, unit="fraction", low=0.0, high=0.9, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of teams without a post that leave the city while a way out of it is open, instead of a last stand",
        source="no source", grade="assumed",
    )  # fmt: skip
    counter_share: float = param(
        0.25, unit="fraction", low=0.0, high=0.6, ge=0, le=1, role="policy", when="any_day",
        meaning="Share of the line's teams that command sends into counter-attacks at a time",
        source="no source", grade="assumed",
    )  # fmt: skip
    counter_ratio: float = param(
        2.0, unit="soldiers per fighter", low=0.5, high=5, ge=0, le=100, role="policy", when="any_day",
        meaning="Known soldiers for each attacking fighter up to which command counter-attacks",
        source="no source", grade="assumed",
    )  # fmt: skip
    counter_reach_m: float = param(
        1500.0, unit="m", low=500, high=4000, ge=0, le=50_000, role="policy", when="any_day",
        meaning="Distance from which teams are gathered for a counter-attack", source="no source", grade="assumed",
    )  # fmt: skip
    counter_teams: int = param(
        4, unit="teams", low=2, high=10, ge=1, le=1000, role="policy", when="any_day",
        meaning="Teams in a counter-attack", source="no source", grade="assumed",
    )  # fmt: skip
    retake_h: float = param(
        3.0, unit="h", low=1, high=12, gt=0, le=1000,
        meaning="Mean time in which a team takes a cell back that no platoon is near", source="no source", grade="assumed",
    )  # fmt: skip
    retake_work: float = param(
        0.5, unit="fraction", low=0.2, high=1.0, ge=0, le=1,
        meaning="Search that ground taken back asks again, against the first time", source="no source", grade="assumed",
    )  # fmt: skip
    succession_days: float = param(
        10.0, unit="days", low=3, high=40, gt=0, le=1000,
        meaning="Time in which a lost commander's successor restores 63% of what was lost", source="no source", grade="assumed",
    )  # fmt: skip
    quality: float = param(
        1.0, unit="-", low=0.6, high=1.5, gt=0, le=10,
        meaning="Effect of a fighter's fire against the reference soldier's", source="reference value", grade="assumed",
    )  # fmt: skip


class Specialists(Section):
    """What the fighters are: all kinds of team come out of the same number, infantry is what the others leave."""

    sniper_share: float = param(
        0.06, unit="fraction", low=0.02, high=0.12, ge=0, le=1,
        meaning="Share of fighters who are snipers", source="no source", grade="assumed",
    )  # fmt: skip
    sniper_team: int = param(
        2, unit="persons", low=2, high=3, ge=1, le=1000, meaning="Fighters in a sniper team: shooter and spotter",
        source="small-unit practice", grade="assumed",
    )  # fmt: skip
    mortar_share: float = param(
        0.06, unit="fraction", low=0.02, high=0.12, ge=0, le=1,
        meaning="Share of fighters who serve mortars", source="no source", grade="assumed",
    )  # fmt: skip
    mortar_team: int = param(
        4, unit="persons", low=3, high=6, ge=1, le=1000, meaning="Fighters in a mortar crew", source="small-unit practice",
        grade="assumed",
    )  # fmt: skip
    driver_share: float = param(
        0.1, unit="fraction", low=0.05, high=0.2, ge=0, le=1,
        meaning="Share of fighters who build and drive vehicle bombs; each attack costs one",
        source="105 suicide attacks claimed in four weeks (Amaq, Long War Journal Nov 2016) of about 5,750 fighters",
        grade="estimated",
    )  # fmt: skip
    driver_team: int = param(
        6, unit="persons", low=4, high=10, ge=1, le=1000, meaning="Fighters at a workshop for vehicle bombs",
        source="model resolution", grade="assumed",
    )  # fmt: skip
    miner_share: float = param(
        0.05, unit="fraction", low=0.02, high=0.1, ge=0, le=1,
        meaning="Share of fighters who lay mines and charges", source="no source", grade="assumed",
    )  # fmt: skip
    miner_team: int = param(
        4, unit="persons", low=3, high=6, ge=1, le=1000, meaning="Fighters in a party that lays mines and charges",
        source="small-unit practice", grade="assumed",
    )  # fmt: skip
    drone_share: float = param(
        0.02, unit="fraction", low=0.0, high=0.05, ge=0, le=1,
        meaning="Share of fighters who fly small drones", source="no source", grade="assumed",
    )  # fmt: skip
    drone_team: int = param(
        3, unit="persons", low=2, high=4, ge=1, le=1000, meaning="Fighters in a small-drone team", source="small-unit practice",
        grade="assumed",
    )  # fmt: skip
    leader_share: float = param(
        0.012, unit="fraction", low=0.005, high=0.03, ge=0, le=1,
        meaning="Share of fighters who are commanders of sectors and their guards", source="no source", grade="assumed",
    )  # fmt: skip
    leader_team: int = param(
        3, unit="persons", low=1, high=6, ge=1, le=1000, meaning="A commander and his guards",
        source="no source", grade="assumed",
    )  # fmt: skip
