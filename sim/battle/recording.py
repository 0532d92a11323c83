"""What is kept of each day, and what a run sums up to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import (
    AT_HOME,
    DRIVEN,
    HELD,
    HOSTED,
    HOUSEHOLD_STATES,
    IN_CAMP,
    INFORMAL_SITE,
    LEADERS,
    ON_FOOT,
    ON_ROAD,
    SHELTERING,
    TO_HOUSE,
    TRAPPED,
)
from sim.battle.arrival import waits
from sim.battle.bridges import FLOATING, SPANNED, open_bridges, saved_bridges
from sim.battle.crossing import FIGHTERS, PERSONS, PLATOONS
from sim.battle.demolition import rigged
from sim.battle.flight import cut_off
from sim.battle.food import food_series
from sim.battle.hospitals import persons_without_care
from sim.battle.returning import on_way_home
from sim.battle.services import dot_in_order, quarter_persons
from sim.battle.sites import daily_sites

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# Control layer: a held cell where there was shooting within the last day counts as contested.
_CONTESTED = 3


def daily_series(battle: Battle) -> dict[str, float]:
    """Stocks at the end of the day and counts since the start, by name."""
    q, counts = battle.quarters, battle.counts
    teams, platoons, people = battle.defenders.columns, battle.liberators.columns, battle.households.columns
    persons = np.bincount(people.state, people.members, len(HOUSEHOLD_STATES)).astype(np.int64)
    present = quarter_persons(battle)
    size = q.start[1:] - q.start[:-1]
    series: dict[str, float] = {"liberated_share": battle.liberated_share}
    for code, name in zip(battle.bank_codes, battle.grid.bank_names, strict=True):
        of_bank = q.bank == code
        series[f"liberated_share_{name}"] = float(q.freed[of_bank].sum() / max(int(size[of_bank].sum()), 1))
    return series | {
        "neighbourhoods_liberated": int((q.liberated & (size > 0)).sum()),
        "neighbourhoods_with_combat": int(q.fought.sum()),
        "defenders_strength": int(teams.strength.sum()),
        "defenders_killed": int(teams.killed.sum()) + battle.outer_killed,
        "defenders_wounded": int(teams.wounded.sum()),
        "liberators_strength": int(platoons.strength.sum()),
        "liberators_killed": int(platoons.killed.sum()),
        "liberators_wounded": int(platoons.wounded.sum()),
        "civilians_killed": int(people.dead.sum()),
        "civilians_wounded": int(people.wounded.sum()),
        "executed": int(counts["executed"]),
        "displaced": int(counts["displaced"]),
        "left_city": int(counts["left_city"]),
        "in_camps": int(persons[IN_CAMP]),
        **_away(battle, persons),
        "sheltering": int(persons[SHELTERING]),
        "trapped": int(persons[TRAPPED]),
        "shields": int(counts["shields"]),
        "camp_overflow": int(counts["camp_overflow"]),
        **_coalition(battle),
        "mortar_missions": int(counts["mortar_missions"]),
        "svbied_attacks": int(counts["svbied_attacks"]),
        "svbied_hits": int(counts["svbied_hits"]),
        "ied_blasts": int(counts["ied_blasts"]),
        "drone_attacks": int(counts["drone_attacks"]),
        "counter_attacks": int(counts["counter_attacks"]),
        "cells_taken_back": int(counts["cells_taken_back"]),
        "leaders_lost": int(counts["leaders_lost"]),
        "defenders_escaped": int(teams.escaped.sum()),
        "loads_issued": float(counts["loads_issued"]),
        "dry_platoon_hours": float(counts["dry_platoon_hours"]),
        "friendly_fire": int(counts["friendly_fire"]),
        "buildings_damaged_share": battle.damaged_share,
        "persons_without_power": dot_in_order(present, q.power_cut),
        "persons_without_water": dot_in_order(present, q.water_cut),
        "persons_without_care": persons_without_care(battle),
        "persons_cold": dot_in_order(present, q.cold),
        "crew_days": float(counts["crew_days"]),
        "trauma_cases": int(counts["trauma_cases"]),
        "trauma_without_care": int(counts["trauma_without_care"]),
        "deaths_without_care": int(counts["deaths_without_care"]),
        **food_series(battle),
        "contact_platoons": battle.contact_platoons,
        "axes_halted": int(battle.axes.halted.sum()),
    } | _river_series(battle)


def _away(battle: Battle, persons: NDArray[np.int64]) -> dict[str, float]:
    """Who is at home, who is away from it and in no camp, and who moved; ``persons`` by state."""
    people, camps, counts = battle.households.columns, battle.camps, battle.counts
    with_kin = int(people.members[(people.state == AT_HOME) & (people.cell != people.home)].sum())
    waiting = int(people.members[waits(people)].sum())
    informal = int(people.members[(people.state == HOSTED) & (people.node == INFORMAL_SITE)].sum())
    return {
        "hosted": int(persons[HOSTED]) - informal,
        "informal": informal,
        "on_the_way": int(persons[[ON_FOOT, ON_ROAD, DRIVEN, TO_HOUSE]].sum()),
        "waiting_screening": waiting,
        "beds_short": informal + waiting,
        "camp_places": int(camps.places[camps.opens <= battle.tick].sum()),
        "returning": int(people.members[on_way_home(people)].sum()),
        "with_kin": with_kin,
        "at_home": int(persons[AT_HOME]) - with_kin,
        **{name: int(counts[name]) for name in ("displaced_again", "moved_to_kin", "turned_back", "returned")},
    }


def _river_series(battle: Battle) -> dict[str, float]:
    """What became of the bridges, and who went over the river."""
    counts, crossing, state = battle.counts, battle.crossing, battle.bridges.state
    is_open = open_bridges(battle)
    return {
        "bridges_open": int(is_open.sum()),
        "pontoons_open": int((is_open & (state == FLOATING)).sum()),
        "spans_open": int((state == SPANNED).sum()),
        "bridges_rigged": int(rigged(battle).sum()),
        "bridges_blown": int(counts["bridges_blown"]),
        "bridges_saved": int(saved_bridges(battle).sum()),
        "charges_failed": int(counts["charges_failed"]),
        "charges_made_safe": int(counts["charges_made_safe"]),
        "rig_parties_lost": int(counts["rig_parties_lost"]),
        "bridges_replaced": int(counts["bridges_spanned"] + counts["bridges_floated"]),
        "bridges_repaired": int(counts["bridges_repaired"]),
        "pontoons_lost": int(counts["pontoons_lost"]),
        "spans_lost": int(counts["spans_lost"]),
        "flood_days": int(battle.flood_days[: battle.day + 1].sum()),
        "crossed_by_bridge": int(crossing.passed[:-1, PERSONS].sum()),
        "crossed_by_boat": int(crossing.passed[-1, PERSONS]),
        "waiting_to_cross": int(crossing.waiting.sum()),
        "cut_off": cut_off(battle),
        "platoon_crossings": int(crossing.passed[:, PLATOONS].sum()),
        "fighter_crossings": int(crossing.passed[:, FIGHTERS].sum()),
    }


# Counts of what the coalition did so far, as they stand in the series.
_COUNTED = (
    "isr_detections", "human_reports", "targets_nominated", "targets_approved", "strikes_refused", "targets_lapsed",
    "air_strikes", "strikes_light", "strikes_medium", "strikes_heavy", "strikes_missed", "artillery_missions", "raids",
    "strike_deaths",
)  # fmt: skip


def _coalition(battle: Battle) -> dict[str, float]:
    """Eyes, strikes and raids; what they cost; and what residents think of it."""
    counts, teams, q = battle.counts, battle.defenders.columns, battle.quarters
    leaders = teams.kind == LEADERS
    people = q.residents / max(int(q.residents.sum()), 1)
    return {name: int(counts[name]) for name in _COUNTED} | {
        "worst_strike": int(counts["worst_strike"]),
        "strike_deaths_expected": counts["strike_deaths_expected"],
        "hours_to_strike": counts["strike_delay_h"] / max(counts["targets_struck"], 1.0),
        "leaders_killed": int(teams.killed[leaders].sum()),
        "coalition_killed": int(battle.coalition.columns.killed.sum()),
        "coalition_wounded": int(battle.coalition.columns.wounded.sum()),
        "resistance_killed": int(battle.resistance.columns.killed.sum()),
        "trust": dot_in_order(people, q.trust),
        "coalition_trust": dot_in_order(people, q.trust_teller),
        **{f"trust_{name}": dot_in_order(people, battle.minds.trust[:, f])
           for f, name in enumerate(battle.liberators.forces.names)},
        "fear": dot_in_order(people, q.fear),
    }


def daily_places(battle: Battle) -> dict[str, np.ndarray]:
    """Values of each neighbourhood at the end of the day."""
    q = battle.quarters
    size = np.maximum(q.start[1:] - q.start[:-1], 1)
    of = battle.ground.quarter[q.cells]
    return {
        "control_share": q.freed / size,
        "persons": quarter_persons(battle),
        "displaced": q.left_ever.astype(np.int64),
        "away": q.left.astype(np.int64),
        "civilians_killed": q.killed.astype(np.int64),
        "damage": np.bincount(of, battle.ground.damage[q.cells], q.area.size) / size,
        "powered": 1.0 - q.power_cut,
        "watered": 1.0 - q.water_cut,
        "fed": q.fed.copy(),
    }


def daily_layers(battle: Battle) -> dict[str, np.ndarray]:
    """Map layers at the end of the day, compact integers; control has the codes of the ground, and contested."""
    ground = battle.ground
    control = ground.control.astype(np.uint8)
    fought = battle.fought_today & (ground.control == HELD)
    control[fought] = _CONTESTED
    return {
        "control": control,
        "damage": np.floor(ground.damage * 100.0 + 0.5).astype(np.uint8),
        "persons": np.minimum(battle.households.lists.persons, 65_535).astype(np.uint16),
    }


def record(battle: Battle) -> None:
    """Mark the tick's fighting; at the end of a day hand the day over to the recorder and to Mesa's data collector."""
    mark_fighting(battle)
    if (battle.tick + 1) % battle.ticks_per_day:
        return
    battle.series = daily_series(battle)
    battle.recorder.record_day(
        battle.day, battle.date, battle.series, daily_places(battle), daily_layers(battle), daily_sites(battle)
    )
    battle.datacollector.collect(battle)
    battle.fought_today[:] = False


def mark_fighting(battle: Battle) -> None:
    """Remember for the map where there was shooting today."""
    platoons = battle.liberators.columns
    there = (platoons.contact > 0.0) & (platoons.cell >= 0)
    battle.fought_today[platoons.cell[there]] = True
    battle.contact_platoons = round(math.fsum(platoons.contact[there].tolist()))
