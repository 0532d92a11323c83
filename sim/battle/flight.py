"""Households decide: stay, shelter, go to kin, leave the city, or be trapped.

Every six hours, each cell at its own hour, all households of a cell that anything touches weigh their reasons
(:mod:`sim.battle.motives`, :mod:`sim.battle.decisions`). From a bank without a way out of its own no more set out than the
crossings take in the time that families bear to wait (:mod:`sim.battle.crossing`); the others are trapped. A family that was
driven somewhere as a shield is kept there while fighters are around it. Then all who are under way move
(:mod:`sim.battle.journey`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD, TRAPPED
from sim.battle.contacts import teams_in
from sim.battle.crossing import berths, too_long
from sim.battle.decisions import Round, Tally, decide
from sim.battle.evacuation import find_care
from sim.battle.events import emit, flush
from sim.battle.journey import find_ways_out, set_off, travel
from sim.battle.motives import (
    DECISION_H,
    gone_from,
    make_rule,
    word_of_harm,
)
from sim.battle.wants import most_lacking, pressing
from sim.kernels.fields import UNREACHED
from sim.kernels.rng import stream_key
from sim.record.codes import CIVILIANS, DISPLACEMENT, HOUSEHOLDS, NO_SET, VIOLENCE

if TYPE_CHECKING:
    from sim.battle.model import Battle


def barred(battle: Battle, cells: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether defenders are there to stop who leaves from these cells."""
    ground = battle.ground
    quarter, rule = ground.quarter[cells], make_rule(battle.scenario, battle.grid.cell_m)
    guarded = (ground.control[cells] == HELD) & (quarter >= 0) & (teams_in(battle)[quarter] > 0)
    return np.asarray(guarded & rule.coerced & (battle.line[cells] > rule.reach))


def cut_off(battle: Battle) -> int:
    """Residents among the trapped whom nobody stops, but for whom no way leads out, or for whom the crossings have no room."""
    people = battle.households.columns
    rows = np.flatnonzero(people.state == TRAPPED)
    cells = people.cell[rows]
    shut = battle.exits[cells] == UNREACHED
    waits = ~shut & ~battle.overland[cells] & ~barred(battle, cells)
    room = max(0, math.floor(berths(battle)))
    return int(people.members[rows][shut].sum()) + max(0, int(people.members[rows][waits].sum()) - room)


def make_round(battle: Battle) -> Round:
    """What the decisions of this tick stand on."""
    rounds, night, s = battle.ticks(DECISION_H), battle.scenario.displacement.night, battle.scenario.sensing
    daylight = (s.dusk_h - s.dawn_h) / 24.0
    return Round(
        key=battle.key("flight.decide", "households"), shelter_key=stream_key(battle.seed, "flight.shelter", "households", 0),
        tick=battle.tick, rounds=rounds, hours=rounds * battle.dt_h, daily=battle.tick % battle.ticks_per_day < rounds,
        readiness=night if battle.night else 1.0, readiness_of_day=daylight + night * (1.0 - daylight),
        gone=gone_from(battle.quarters), word=word_of_harm(battle.quarters, battle.scenario.flight.risk_half),
        lacking=most_lacking(battle.quarters), pressing=pressing(battle.quarters, battle.scenario.flight),
        exits=battle.exits, line=battle.line, overland=battle.overland, onward=battle.onward, bank=battle.grid.bank,
        guards=teams_in(battle), touched=battle.touched, nx=battle.grid.nx, ny=battle.grid.ny,
    )  # fmt: skip


def _note_touched(battle: Battle) -> None:
    """Once a day: the quarters in which somebody is hungry or trapped, or that are told to leave."""
    people, quarter = battle.households.columns, battle.ground.quarter
    rows = np.flatnonzero(((people.state == TRAPPED) | (people.hunger > 0.0)) & (people.cell >= 0))
    of = quarter[people.cell[rows]]
    battle.touched[:] = battle.scenario.flight.message == "leave"
    battle.touched[of[of >= 0]] = True


def weigh(battle: Battle) -> None:
    """The decisions of a tick, of all households whose turn it is and whom anything touches."""
    if battle.tick % battle.ticks_per_day == 0:
        _note_touched(battle)
    rule = make_rule(battle.scenario, battle.grid.cell_m)
    tally = Tally(battle.going, battle.leaving, np.zeros(5, np.int64), np.array([berths(battle)]))
    for look in battle.watchers:
        look(battle, "decisions")
    people = battle.households
    decide(make_round(battle), people.columns, people.lists, battle.ground, battle.quarters, rule, tally)
    weighed, set_out, first, again, to_kin = tally.counts.tolist()
    set_off(battle, battle.going[:set_out])
    battle.counts["household_decisions"] += weighed
    battle.counts["displaced"] += first
    battle.counts["displaced_again"] += again
    battle.counts["moved_to_kin"] += to_kin
    if (battle.tick + 1) % battle.ticks(DECISION_H) == 0:
        _write_leaving(battle)


def _write_leaving(battle: Battle) -> None:
    """One row of the ledger for each quarter and round in which somebody left home for the first time."""
    for q in np.flatnonzero(battle.leaving):
        emit(
            battle.events, DISPLACEMENT, battle.grid.neighbourhood_cell[q], CIVILIANS, CIVILIANS, VIOLENCE, HOUSEHOLDS,
            NO_SET, int(q), -1, int(battle.leaving[q]), 0.0,
        )  # fmt: skip
    battle.leaving[:] = 0


def _forget_word(battle: Battle) -> None:
    """Word of those who left fades."""
    keep = math.exp(-battle.dt_h / battle.scenario.flight.word_h)
    battle.quarters.way_tried[:] *= keep
    battle.quarters.way_hurt[:] *= keep


def flee(battle: Battle) -> None:
    """One tick of the people: decisions of those whose turn it is, and movement."""
    if battle.tick % battle.ticks(DECISION_H) == 0 and too_long(battle) != tuple(battle.crossing.shunned.tolist()):
        battle.ways_changed = True
    if battle.tick % battle.ticks_per_day == 0 or battle.ways_changed:
        find_ways_out(battle)
        find_care(battle)
        battle.ways_changed = False
    _forget_word(battle)
    weigh(battle)
    travel(battle)
    flush(battle.events, battle.ledger, battle.tick)
