"""Decisions of households in compiled code: the reasons of :mod:`sim.battle.motives` weighed, and what follows.

One that comes to want to leave the city sets out where it can. It is **trapped** while no way out exists, or where defenders are
in its quarter, hold its ground out of reach of the line and stop it (chance ``stopped`` at each try). One that goes to kin walks
to their house (:mod:`sim.battle.houses`), where it is on the same bank and side of the line and less dangerous by a good deal.
Who stays takes shelter where danger passes a household's own threshold, and comes out at ``shelter_leave`` of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import AT_HOME, HELD, ON_FOOT, SHELTERING, TO_HOUSE, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.ground import Ground, Quarters
from sim.battle.motives import Rule, danger_ahead, felt, hours_weighed, its_turn, own_reasons, shared_reasons, told
from sim.kernels.fields import UNREACHED
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import uniform


class Round(NamedTuple):
    """What a tick's decisions stand on.

    Attributes:
        key: Key of the tick's draws.
        shelter_key: Key of the draws of each household's threshold of danger for shelter, the same in all ticks.
        tick: Number of the tick.
        rounds: Ticks in a round.
        hours: Hours in a round.
        daily: Whether cells that no danger touches decide now, for the whole day.
        readiness: Readiness to set out now, 1 by day.
        readiness_of_day: Its mean over a day, for those who decide for one.
        gone: float64 (quarters,), share of the residents who are away.
        word: float64 (quarters,), word of harm on the way, 0 to 1.
        lacking: float64 (quarters,), the largest of what people do without, 0 to 1.
        pressing: float64 (quarters,), what want, cold and lack of care add, logits.
        exits: int32 (cells,), cost to the nearest way out.
        line: int32 (cells,), cost to ground that the defenders do not hold.
        overland: bool (cells,), whether a way out leads there without a bridge or boat.
        onward: int8 (cells,), neighbour number of the next cell on the way out, -1 for none.
        bank: uint8 (cells,), bank codes.
        guards: int64 (quarters,), teams of defenders in each quarter.
        touched: bool (quarters,), whether somebody in it is hungry or trapped, or it is told to leave.
        nx: Cells in a row.
        ny: Rows.
    """

    key: np.uint64
    shelter_key: np.uint64
    tick: int
    rounds: int
    hours: float
    daily: bool
    readiness: float
    readiness_of_day: float
    gone: NDArray[np.float64]
    word: NDArray[np.float64]
    lacking: NDArray[np.float64]
    pressing: NDArray[np.float64]
    exits: NDArray[np.int32]
    line: NDArray[np.int32]
    overland: NDArray[np.bool_]
    onward: NDArray[np.int8]
    bank: NDArray[np.uint8]
    guards: NDArray[np.int64]
    touched: NDArray[np.bool_]
    nx: int
    ny: int


class Tally(NamedTuple):
    """What a tick's decisions come to; written into.

    Attributes:
        going: int32 (households,), the households that set out, as many as ``counts`` says.
        leaving: int32 (quarters,), persons who leave home for the first time, added to.
        counts: int64, see the names of its places below.
        berths: float64 (1,), persons who may still set out for a bridge or boat; taken from.
    """

    going: NDArray[np.int32]
    leaving: NDArray[np.int32]
    counts: NDArray[np.int64]
    berths: NDArray[np.float64]


# Places of a tally's counts: households that weighed and that set out, persons away for the first time and again, and to kin.
(WEIGHED, SET_OUT, FIRST, AGAIN, TO_KIN) = range(5)


@inlined
def is_stopped(key: np.uint64, row: int, rule: Rule, under_guard: bool) -> bool:
    """Whether defenders stop a household that tries to leave; ``key`` is that of the tick's decisions."""
    return rule.coerced and under_guard and uniform(key, row, 2) < rule.stopped


@inlined
def shelter_at(shelter_key: np.uint64, row: int, rule: Rule) -> float:
    """Danger at which a household takes shelter."""
    return rule.shelter_danger * (1.0 + rule.shelter_spread * (2.0 * uniform(shelter_key, row, 0) - 1.0))


@compiled
def decide(
    now: Round, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, rule: Rule, tally: Tally,
) -> None:  # fmt: skip
    """Decide for every household whose turn it is and whose cell anything touches."""
    # Arrays by name, and no tuple handed on: each time a tuple is, all its arrays are counted, which costs more than the rule.
    head, after, state, goal, kin_of = lists.head, lists.following, people.state, people.goal, people.kin
    inclination, hunger, dead, wounded = people.inclination, people.hunger, people.dead, people.wounded
    frail, members, key, shelter_key = people.frail, people.members, now.key, now.shelter_key
    quarter, dangers, control, trust = ground.quarter, ground.danger, ground.control, quarters.trust_teller
    touched, lacking, pressing, gone, word = now.touched, now.lacking, now.pressing, now.gone, now.word
    guards, line, onward, nx, ny = now.guards, now.line, now.onward, now.nx, now.ny
    tick, rounds, hours_of_round, daily = now.tick, now.rounds, now.hours, now.daily
    of_now, of_day = now.readiness, now.readiness_of_day
    everybody = rule.shelter_danger * (1.0 + rule.shelter_spread)
    nobody = rule.shelter_danger * (1.0 - rule.shelter_spread) * rule.shelter_leave
    weighed = 0
    for cell in range(head.size):
        row = head[cell]
        if row < 0 or not its_turn(cell, tick, rounds):
            continue
        here, danger = quarter[cell], dangers[cell]
        built = here >= 0
        lack = lacking[here] if built else 0.0
        hours = hours_weighed(danger, lack, hours_of_round, daily, not built or touched[here], rule)
        if hours == 0.0:
            continue
        held = built and control[cell] == HELD
        message = told(trust, here, held, rule)
        shared = shared_reasons(danger, pressing[here] if built else 0.0, gone[here] if built else 0.0, message, rule)
        ahead = danger_ahead(dangers, onward, cell, rule, nx, ny)
        against = math.exp(deterrent(ahead, word[here] if built else 0.0, rule))
        guarded = held and guards[here] > 0
        under_guard = guarded and line[cell] > rule.reach
        ready = of_day if hours > hours_of_round else of_now
        while row >= 0:
            following, trapped = after[row], state[row] == TRAPPED
            if state[row] <= TRAPPED and not is_kept(goal[row], trapped, guarded):
                weighed += 1
                if goal[row] >= 0:
                    goal[row] = -1
                x = shared + own_reasons(inclination[row], hunger[row], dead[row] + wounded[row], frail[row], members[row], rule)
                out, kin, resigned = hazards(math.exp(x), against, hours, trapped, kin_of[row] >= 0, ready, rule)
                u = uniform(key, row, 0)
                # 1 - exp(-h) < h: the exponential is needed only for the few draws below h.
                if u < out + kin + resigned and u < 1.0 - math.exp(-(out + kin + resigned)):
                    trapped = _act(now, row, cell, u, out, kin, resigned, under_guard, people, ground, quarters, rule, tally)
                if not trapped and state[row] <= TRAPPED:
                    # Each has a threshold of its own; it need not be drawn where all or none are above theirs.
                    hides = danger >= everybody
                    if danger >= nobody and not hides:
                        threshold = shelter_at(shelter_key, row, rule)
                        if state[row] == SHELTERING:
                            threshold *= rule.shelter_leave
                        hides = danger >= threshold
                    state[row] = SHELTERING if hides else AT_HOME
            row = following
    tally.counts[WEIGHED] += weighed


@inlined
def deterrent(ahead: float, word: float, rule: Rule) -> float:
    """What speaks against the way out of the city, logits, with the danger and the word of harm on it."""
    return rule.way * felt(ahead, rule) + rule.risk * word


@inlined
def readiness(now: Round, hours: float) -> float:
    """Readiness to set out in the hours that a decision stands for."""
    return now.readiness_of_day if hours > now.hours else now.readiness


@inlined
def is_kept(goal: int, trapped: bool, guarded: bool) -> bool:
    """Whether a family is where it was driven, with fighters around; it is free when they are gone."""
    return trapped and goal >= 0 and guarded


@inlined
def hazards(
    odds: float, against: float, hours: float, trapped: bool, has_kin: bool, ready: float, rule: Rule
) -> tuple[float, float, float]:
    """Expected times within some hours that a household tries for a way out, goes to kin, or gives up; see the motives.

    ``odds`` is exp(x) and ``against`` exp(deterrent), so that each logistic costs a division.
    """
    leaning = odds / (odds + against)
    out = (rule.retry if trapped else rule.rate * leaning) * ready * hours
    kin = rule.rate * (odds / (odds + rule.kin_odds)) * ready * hours if has_kin else 0.0
    return out, kin, rule.resign * (1.0 - leaning) * hours if trapped else 0.0


@compiled
def _act(
    now: Round, row: int, cell: int, u: float, out: float, kin: float, resigned: float, under_guard: bool,
    people: HouseholdColumns, ground: Ground, quarters: Quarters, rule: Rule, tally: Tally,
) -> bool:  # fmt: skip
    """Competing hazards, of which one is drawn: try for a way out, go to kin, or give up wanting to.

    Returns:
        Whether the household is trapped.
    """
    if kin > 0.0 and not kin_is_safer(row, cell, ground.danger[cell], people, ground, now.bank, rule):
        kin = 0.0
    total = out + kin + resigned
    if u >= 1.0 - math.exp(-total):
        return bool(people.state[row] == TRAPPED)
    share = uniform(now.key, row, 1) * total
    if share < out:
        _try(now, row, cell, under_guard, people, ground, quarters, rule, tally)
        return bool(people.state[row] == TRAPPED)
    if share < out + kin:
        people.house[row] = people.home[people.kin[row]]
        tally.counts[TO_KIN] += people.members[row]
        _leave_house(row, cell, TO_HOUSE, people, quarters, tally)
    return False


@inlined
def kin_is_safer(
    row: int, cell: int, danger: float, people: HouseholdColumns, ground: Ground, bank: np.ndarray, rule: Rule
) -> bool:
    """Whether kin live on the same bank and side of the line, are at home, and hear of much less danger."""
    kin = people.kin[row]
    at = people.home[kin]
    if people.cell[kin] != at or at == cell or people.state[kin] > SHELTERING or ground.quarter[at] < 0:
        return False
    same_side = ground.control[at] == ground.control[cell] and bank[at] == bank[cell]
    return bool(same_side and ground.danger[at] < rule.kin_safer * danger)


@compiled
def _try(
    now: Round, row: int, cell: int, under_guard: bool, people: HouseholdColumns, ground: Ground, quarters: Quarters,
    rule: Rule, tally: Tally,
) -> None:  # fmt: skip
    """A household that wants to leave the city goes on foot, or is trapped: no way out, no room, or stopped on held ground."""
    members, here = people.members[row], ground.quarter[cell]
    if is_stopped(now.key, row, rule, under_guard):
        quarters.stopped[here] += members
        people.state[row] = TRAPPED
        return
    if now.exits[cell] >= UNREACHED or not (now.overland[cell] or tally.berths[0] > 0.0):
        people.state[row] = TRAPPED
        return
    if not now.overland[cell]:
        tally.berths[0] -= members
    quarters.way_tried[people.quarter[row]] += members
    _leave_house(row, cell, ON_FOOT, people, quarters, tally)


@compiled
def _leave_house(
    row: int, cell: int, state: int, people: HouseholdColumns, quarters: Quarters, tally: Tally
) -> None:
    """A household steps out of the house that it was in; the tallies of who is away follow."""
    members = people.members[row]
    people.state[row] = state
    people.hours[row] = 0.0
    people.goal[row] = -1
    if cell == people.home[row]:
        quarters.left[people.quarter[row]] += members
    if people.away[row]:
        tally.counts[AGAIN] += members
    else:
        people.away[row] = True
        quarters.left_ever[people.quarter[row]] += members
        tally.leaving[people.quarter[row]] += members
        tally.counts[FIRST] += members
    tally.going[tally.counts[SET_OUT]] = row
    tally.counts[SET_OUT] += 1
