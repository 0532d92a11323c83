"""Households: stay, shelter, leave, be trapped; walk out, be screened, arrive.

Every six hours each household that anything touches weighs whether to leave. The hazard of leaving is
``rate * logistic(x)`` per hour with

``x = base + inclination + danger * h(d) + want * w + example * gone +- message``,

where ``h(d) = d^n / (d^n + half^n)`` is non-linear in perceived danger d (Bohra-Mishra & Massey 2011), w the mean of the power
and water cuts of its quarter, gone the share of its neighbours who have left, and the message counts against leaving where
it says stay. A household that wants to leave is **trapped** while no way out exists, or while defenders are in its
quarter, hold its ground out of reach of the line and stop it (chance ``stopped``). Crossing held ground costs casualties. From
a bank without a way out of its own no more set out than the crossings take in the time that families bear to wait
(:mod:`sim.battle.crossing`); the others are trapped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import (
    AT_HOME,
    HELD,
    ON_FOOT,
    SHELTERING,
    TRAPPED,
)
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.crossing import berths, too_long
from sim.battle.evacuation import find_care
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import kill_member
from sim.battle.journey import find_ways_out, list_travellers, travel
from sim.kernels.fields import OPEN_STEP, UNREACHED
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import binomial, uniform
from sim.record.codes import (
    CIVILIANS,
    DEATH,
    DEFENDERS,
    DISPLACEMENT,
    HOUSEHOLD_SET,
    HOUSEHOLDS,
    NO_SET,
    SHOT_FLEEING,
    VIOLENCE,
    WOUND,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle
    from sim.scenario.model import Scenario

DECISION_H = 6


class Rule(NamedTuple):
    """Numbers of the rule of leaving, as compiled code takes them; names as in the scenario.

    Attributes:
        message: Signed weight of the message: negative for stay, positive for leave.
        reach: Cost to the line that a household dares, units of distance fields.
        coerced: Whether defenders bar the way.
    """

    rate: float
    base: float
    danger: float
    half: float
    power: float
    want: float
    example: float
    message: float
    notice_danger: float
    notice_want: float
    shelter_danger: float
    coerced: bool
    stopped: float
    reach: float
    shot: float
    death_share: float


def make_rule(scenario: Scenario, cell_m: float) -> Rule:
    """The rule of a scenario."""
    p, c = scenario.flight, scenario.coercion
    sign = {"stay": -1.0, "none": 0.0, "leave": 1.0}[p.message]
    return Rule(
        rate=p.rate_per_h, base=p.base, danger=p.danger, half=p.danger_half, power=p.danger_power, want=p.want,
        example=p.example, message=sign * p.message_weight, notice_danger=p.notice_danger, notice_want=p.notice_want,
        shelter_danger=p.shelter_danger, coerced=c.enabled, stopped=c.stopped, reach=c.reach_m / cell_m * OPEN_STEP,
        shot=c.shot, death_share=1.0 / (1.0 + scenario.harm.wounded_per_death),
    )  # fmt: skip


@inlined
def want_in(quarters: Quarters, here: int) -> float:
    """What people do without in a quarter (-1: outside all): mean share of power and water cut."""
    return 0.5 * (quarters.power_cut[here] + quarters.water_cut[here]) if here >= 0 else 0.0


@inlined
def gone_from(quarters: Quarters) -> np.ndarray:
    """Share of each quarter's residents who have left."""
    return quarters.left / np.maximum(quarters.residents, 1)


@inlined
def push(danger: float, want: float, rule: Rule) -> float:
    """The part of x that all households of a cell share, logits; see the module's formula."""
    felt = 0.0
    if danger > 0.0:
        d = danger**rule.power
        felt = d / (d + rule.half**rule.power)
    return rule.base + rule.danger * felt + rule.want * want + rule.message


@inlined
def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


@inlined
def lean(reasons: float, inclination: float, gone: float, rule: Rule) -> float:
    """The module's x of one household, logits; ``reasons`` as from :func:`push`."""
    return reasons + inclination + rule.example * gone


@inlined
def leave_hazard(reasons: float, inclination: float, gone: float, rule: Rule) -> float:
    """Hazard of leaving, 1/h, of one household; ``reasons`` as from :func:`push`, see the module's formula."""
    return rule.rate * logistic(lean(reasons, inclination, gone, rule))


@inlined
def hours_weighed(danger: float, want: float, hours: float, daily: bool, rule: Rule) -> float:
    """Hours for which a round decides in a cell: its own where there is danger, else a day or, where nothing touches it, 0."""
    if danger > rule.notice_danger:
        return hours
    return 24.0 if daily and (want > rule.notice_want or rule.message > 0.0) else 0.0


@inlined
def is_stopped(key: np.uint64, row: int, rule: Rule, under_guard: bool) -> bool:
    """Whether defenders stop a household that tries to leave; ``key`` is that of the round's decisions."""
    return rule.coerced and under_guard and uniform(key, row, 1) < rule.stopped


@compiled
def decide(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, exits: np.ndarray,
    line: np.ndarray, overland: np.ndarray, berths: np.ndarray, guards: np.ndarray, rule: Rule, hours: float, daily: bool,
    leaving: np.ndarray, events: Events,
) -> int:  # fmt: skip
    """Decide for every household in a cell that danger, want or a message to leave touches.

    Args:
        key: Stream key.
        people: Households.
        lists: Who is in which cell.
        ground: Layers.
        quarters: Tallies and services.
        exits: int32 (cells,), cost to the nearest way out.
        line: int32 (cells,), cost to ground that the defenders do not hold.
        overland: bool (cells,), whether a way out leads there without a bridge or boat.
        berths: float64 (1,), persons who may still set out for a bridge or boat; taken from.
        guards: int64 (quarters,), teams of defenders in each quarter.
        rule: Numbers of the rule.
        hours: Time since the last decision where there is danger.
        daily: Whether this is the round in which quiet cells decide for the whole day.
        leaving: int32 (quarters,), persons who set out, added to.
        events: Ledger rows.

    Returns:
        Number of full evaluations of the rule.
    """
    evaluated = 0
    head, after, state, inclination, home = lists.head, lists.following, people.state, people.inclination, people.quarter
    gone = gone_from(quarters)
    for cell in range(head.size):
        row = head[cell]
        if row < 0:
            continue
        here = ground.quarter[cell]
        danger = ground.danger[cell]
        want = want_in(quarters, here)
        time = hours_weighed(danger, want, hours, daily, rule)
        if time == 0.0:
            continue
        reasons = push(danger, want, rule)
        guarded = here >= 0 and ground.control[cell] == HELD and guards[here] > 0
        under_guard = guarded and line[cell] > rule.reach
        while row >= 0:
            following = after[row]
            if state[row] <= TRAPPED:
                evaluated += 1
                expected = leave_hazard(reasons, inclination[row], gone[home[row]], rule) * time
                if _wants_to_leave(key, row, state, expected, danger, rule, under_guard):
                    room = overland[cell] or berths[0] > 0.0
                    set_out = _set_out(
                        key, row, people, lists, ground, quarters, room and exits[cell] < UNREACHED, rule, guarded, under_guard,
                        leaving, events,
                    )
                    if set_out and not overland[cell]:
                        berths[0] -= people.members[row]
            row = following
    return evaluated


@inlined
def _wants_to_leave(
    key: np.uint64, row: int, state: np.ndarray, expected: float, danger: float, rule: Rule, under_guard: bool,
) -> bool:  # fmt: skip
    """Draw against the hazard of the hours; those who stay shelter or not, those trapped before go as soon as they can."""
    if state[row] == TRAPPED and not under_guard:
        return True
    u = uniform(key, row, 0)
    # 1 - exp(-h) < h: the second exponential is needed only for the few draws below h.
    if u < expected and u < 1.0 - math.exp(-expected):
        return True
    if state[row] != TRAPPED or danger <= rule.notice_danger:
        state[row] = SHELTERING if danger >= rule.shelter_danger else AT_HOME
    return False


@compiled
def _set_out(
    key: np.uint64, row: int, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters,
    way_out: bool, rule: Rule, guarded: bool, under_guard: bool, leaving: np.ndarray, events: Events,
) -> bool:  # fmt: skip
    """A household that wants to leave goes on foot, or is trapped: no way out, or stopped on held ground."""
    home = people.quarter[row]
    if is_stopped(key, row, rule, under_guard) or not way_out:
        people.state[row] = TRAPPED
        return False
    if rule.coerced and guarded:
        _run_the_line(key, people, lists, ground, quarters, row, rule.shot, rule.death_share, events)
    if people.members[row] > 0:
        people.state[row] = ON_FOOT
        people.hours[row] = 0.0
        if not people.away[row]:
            people.away[row] = True
            quarters.left[home] += people.members[row]
            leaving[home] += people.members[row]
        return True
    return False


@compiled
def _run_the_line(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, row: int,
    shot: float, death_share: float, events: Events,
) -> None:  # fmt: skip
    hit = binomial(key, row, 2, people.members[row], shot)
    if hit == 0:
        return
    dead = binomial(key, row, 3, hit, death_share)
    cell = people.cell[row]
    q = ground.quarter[cell]
    for _ in range(dead):
        kill_member(people, lists, row)
    people.wounded[row] += hit - dead
    if dead > 0:
        quarters.killed[q] += dead
        emit(events, DEATH, cell, CIVILIANS, DEFENDERS, SHOT_FLEEING, HOUSEHOLDS, HOUSEHOLD_SET, row, -1, dead, 0.0)
    if hit > dead:
        emit(events, WOUND, cell, CIVILIANS, DEFENDERS, SHOT_FLEEING, HOUSEHOLDS, HOUSEHOLD_SET, row, -1, hit - dead,
            0.0)


def _guards(battle: Battle) -> NDArray[np.int64]:
    """Teams of defenders in each quarter: residents know whether anybody bars their street."""
    cells = battle.defenders.columns.cell[battle.units.team_rows]
    quarters = battle.ground.quarter[cells]
    return np.bincount(quarters[quarters >= 0], minlength=battle.quarters.area.size)


def barred(battle: Battle, cells: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether defenders are there to stop who leaves from these cells."""
    ground = battle.ground
    quarter, rule = ground.quarter[cells], make_rule(battle.scenario, battle.grid.cell_m)
    guarded = (ground.control[cells] == HELD) & (quarter >= 0) & (_guards(battle)[quarter] > 0)
    return np.asarray(guarded & rule.coerced & (battle.line[cells] > rule.reach))


def cut_off(battle: Battle) -> int:
    """Residents among the trapped whom nobody stops, but for whom no way leads out, or none without too long a wait."""
    people = battle.households.columns
    rows = np.flatnonzero(people.state == TRAPPED)
    cells = people.cell[rows]
    waits = ~battle.overland[cells] & ~barred(battle, cells)
    return int(people.members[rows][(battle.exits[cells] == UNREACHED) | waits].sum())


def decision_key(battle: Battle) -> np.uint64:
    """Key of the draws of this tick's decisions."""
    return battle.key("flight.decide", "households")


def round_hours(battle: Battle) -> float:
    """Time from one round of decisions to the next, hours."""
    return float(max(DECISION_H, battle.scenario.time.step_hours))


def weigh(battle: Battle) -> None:
    """The six-hourly decisions of all households that are touched."""
    leaving = np.zeros(battle.quarters.area.size, np.int32)
    battle.counts["household_decisions"] += decide(
        decision_key(battle), battle.households.columns, battle.households.lists, battle.ground,
        battle.quarters, battle.exits, battle.line, battle.overland, np.array([berths(battle)]), _guards(battle),
        make_rule(battle.scenario, battle.grid.cell_m), round_hours(battle),
        battle.tick % battle.ticks_per_day == 0, leaving, battle.events,
    )  # fmt: skip
    for q in np.flatnonzero(leaving):
        emit(
            battle.events, DISPLACEMENT, battle.grid.neighbourhood_cell[q], CIVILIANS, CIVILIANS, VIOLENCE, HOUSEHOLDS,
            NO_SET, int(q), -1, int(leaving[q]), 0.0,
        )  # fmt: skip
    battle.counts["displaced"] += int(leaving.sum())


def flee(battle: Battle) -> None:
    """One tick of the people: decisions every six hours, movement every tick."""
    step_ticks = battle.ticks(DECISION_H)
    if battle.tick % step_ticks == 0 and too_long(battle) != tuple(battle.crossing.shunned.tolist()):
        battle.ways_changed = True
    if battle.tick % battle.ticks_per_day == 0 or battle.ways_changed:
        find_ways_out(battle)
        find_care(battle)
        battle.ways_changed = False
    if battle.tick % step_ticks == 0:
        weigh(battle)
        list_travellers(battle)
    travel(battle)
    flush(battle.events, battle.ledger, battle.tick)
