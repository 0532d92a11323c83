"""What is kept of each day, and what a run sums up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import (
    AT_HOME,
    HELD,
    HOSTED,
    HOUSEHOLD_STATES,
    IN_CAMP,
    ON_FOOT,
    ON_ROAD,
    SHELTERING,
    TRAPPED,
)
from sim.battle.demolition import CUT, REPLACED
from sim.battle.services import dot_in_order, quarter_persons

if TYPE_CHECKING:
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
        "displaced": int(counts["displaced"]),
        "left_city": int(counts["left_city"]),
        "in_camps": int(persons[IN_CAMP]),
        "hosted": int(persons[HOSTED]),
        "on_the_way": int(persons[ON_FOOT] + persons[ON_ROAD]),
        "sheltering": int(persons[SHELTERING]),
        "trapped": int(persons[TRAPPED]),
        "at_home": int(persons[AT_HOME]),
        "camp_overflow": int(counts["camp_overflow"]),
        "air_strikes": int(counts["air_strikes"]),
        "strikes_refused": int(counts["strikes_refused"]),
        "artillery_missions": int(counts["artillery_missions"]),
        "mortar_missions": int(counts["mortar_missions"]),
        "svbied_attacks": int(counts["svbied_attacks"]),
        "svbied_hits": int(counts["svbied_hits"]),
        "ied_blasts": int(counts["ied_blasts"]),
        "friendly_fire": int(counts["friendly_fire"]),
        "bridges_open": int((battle.bridge_state != CUT).sum()),
        "pontoons_open": int((battle.bridge_state == REPLACED).sum()),
        "buildings_damaged_share": battle.damaged_share,
        "persons_without_power": dot_in_order(present, q.power_cut),
        "persons_without_water": dot_in_order(present, q.water_cut),
        "contact_platoons": battle.contact_platoons,
        "axes_halted": int(battle.axes.halted.sum()),
    }


def daily_places(battle: Battle) -> dict[str, np.ndarray]:
    """Values of each neighbourhood at the end of the day."""
    q = battle.quarters
    size = np.maximum(q.start[1:] - q.start[:-1], 1)
    of = battle.ground.quarter[q.cells]
    return {
        "control_share": q.freed / size,
        "persons": quarter_persons(battle),
        "displaced": q.left.astype(np.int64),
        "civilians_killed": q.killed.astype(np.int64),
        "damage": np.bincount(of, battle.ground.damage[q.cells], q.area.size) / size,
        "powered": 1.0 - q.power_cut,
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
    battle.recorder.record_day(battle.day, battle.date, battle.series, daily_places(battle), daily_layers(battle))
    battle.datacollector.collect(battle)
    battle.fought_today[:] = False


def mark_fighting(battle: Battle) -> None:
    """Remember for the map where there was shooting today."""
    platoons = battle.liberators.columns
    cells = platoons.cell[platoons.contact & (platoons.cell >= 0)]
    battle.fought_today[cells] = True
    battle.contact_platoons = int(cells.size)
