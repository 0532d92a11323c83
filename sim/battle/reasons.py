"""What households weigh: the terms of the rule of leaving, handed out for a few of them to be told in words.

Nothing is decided here, and no formula stands here: each term is what the rule itself (:mod:`sim.battle.motives`) gives with a
reason less what it gives without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD, TRAPPED
from sim.agents.households import HouseholdColumns
from sim.battle.crossing import berths
from sim.battle.decisions import Round, deterrent, hazards, is_kept, is_stopped, kin_is_safer, readiness
from sim.battle.flight import make_round
from sim.battle.ground import Ground, Quarters
from sim.battle.motives import (
    DECISION_H,
    Rule,
    danger_ahead,
    felt,
    hours_weighed,
    its_turn,
    make_rule,
    own_reasons,
    shared_reasons,
    told,
)
from sim.battle.wants import services_cut
from sim.kernels.fields import UNREACHED
from sim.kernels.jit import compiled

if TYPE_CHECKING:
    from sim.battle.model import Battle

# What keeps a household that tries to leave: no way out, fighters who stop it, no room on the crossings; GUARDED is one that
# fighters would not have stopped this time, had it tried.
(NOTHING, NO_WAY, BARRED, NO_ROOM, GUARDED) = range(5)


class Reasons(NamedTuple):
    """What one household weighs in one round; terms of x in logits.

    Attributes:
        tick: When.
        hours: Time that the decision stands for, hours; 0 where nothing touches the household, so that it weighs nothing.
        danger: Perceived danger where it is.
        ahead: Perceived danger on the way out of the city.
        want: Share of power and water that its quarter does without.
        cold: Cold in its quarter, 0 to 1.
        uncared: Lack of care in its quarter, 0 to 1.
        gone: Share of its neighbours who are away.
        hunger: Its hunger, 0 to 1.
        base: Inclination of everybody without any reason.
        own: Its own inclination.
        by_danger: What danger adds.
        by_want: What want of power and water adds.
        by_cold: What cold adds.
        by_care: What lack of care adds.
        by_hunger: What hunger adds.
        by_loss: What a member killed or wounded adds.
        by_example: What the neighbours' example adds.
        by_message: What the message adds, negative where it says stay.
        by_frail: What small children and old people add, negative.
        by_way: What danger on the way out adds, negative.
        by_risk: What word of people hurt on the way adds, negative.
        out: Expected times that it comes to try for a way out of the city within those hours, before anything hinders it.
        kin: The same for going to kin; 0 where none live in less danger where it could go.
        resigned: The same for giving up, of one that is trapped.
        hindrance: What would keep it, did it try: one of the codes above.
    """

    tick: int
    hours: float
    danger: float
    ahead: float
    want: float
    cold: float
    uncared: float
    gone: float
    hunger: float
    base: float
    own: float
    by_danger: float
    by_want: float
    by_cold: float
    by_care: float
    by_hunger: float
    by_loss: float
    by_example: float
    by_message: float
    by_frail: float
    by_way: float
    by_risk: float
    out: float
    kin: float
    resigned: float
    hindrance: int

    @property
    def _total(self) -> float:
        return self.out + self.kin + self.resigned

    @property
    def chance(self) -> float:
        """Chance that it tries for a way out of the city within those hours."""
        return -math.expm1(-self._total) * self.out / self._total if self.out > 0.0 else 0.0

    @property
    def chance_of_kin(self) -> float:
        """Chance that it goes to kin within those hours."""
        return -math.expm1(-self._total) * self.kin / self._total if self.kin > 0.0 else 0.0

    @property
    def x(self) -> float:
        """The rule's ``x - deterrent``, logits."""
        for_it = self.by_danger + self.by_want + self.by_cold + self.by_care + self.by_hunger + self.by_loss + self.by_example
        return self.base + self.own + for_it + self.by_message + self.by_frail + self.by_way + self.by_risk


# What the rule gives for each household, in the order in which _weigh fills it in.
_VALUES = (
    "hours", "danger", "ahead", "want", "cold", "uncared", "gone", "hunger", "own", "by_danger", "by_want", "by_cold", "by_care",
    "by_hunger", "by_loss", "by_example", "by_message", "by_frail", "by_way", "by_risk", "out", "kin", "resigned",
)  # fmt: skip


@compiled
def _weigh(
    now: Round, rows: np.ndarray, people: HouseholdColumns, ground: Ground, quarters: Quarters, wants: np.ndarray, rule: Rule,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Fill float64 (rows, values): the fields of :class:`Reasons` named above; ``wants`` by quarter."""
    for i in range(rows.size):
        row = rows[i]
        cell = people.cell[row]
        here, danger = ground.quarter[cell], ground.danger[cell]
        held = here >= 0 and ground.control[cell] == HELD
        message = told(quarters.trust_teller, here, held, rule)
        want = cold = uncared = gone = word = lacking = press = 0.0
        if here >= 0:
            want, cold, uncared = wants[here], quarters.cold[here], quarters.uncared[here]
            gone, word, lacking, press = now.gone[here], now.word[here], now.lacking[here], now.pressing[here]
        hours = hours_weighed(danger, lacking, now.hours, now.daily, here < 0 or now.touched[here], rule)
        guarded = held and now.guards[here] > 0
        if is_kept(people.goal[row], people.state[row] == TRAPPED, guarded):
            hours = 0.0
        ahead = danger_ahead(ground.danger, now.onward, cell, rule, now.nx, now.ny)
        hunger, hurt = people.hunger[row], people.dead[row] + people.wounded[row]
        frail, members = people.frail[row], people.members[row]
        against = deterrent(ahead, word, rule)
        x = shared_reasons(danger, press, gone, message, rule) + own_reasons(
            people.inclination[row], hunger, hurt, frail, members, rule
        )
        trapped, ready = people.state[row] == TRAPPED, readiness(now, hours)
        has_kin = people.kin[row] >= 0 and kin_is_safer(row, cell, danger, people, ground, now.bank, rule)
        h = hazards(math.exp(x), math.exp(against), hours, trapped, has_kin, ready, rule)
        values = (
            hours, danger, ahead, want, cold, uncared, gone, hunger, people.inclination[row],
            shared_reasons(danger, 0.0, 0.0, 0.0, rule) - rule.base, rule.want * want, rule.cold * cold, rule.care * uncared,
            own_reasons(0.0, hunger, 0, 0, 1, rule), own_reasons(0.0, 0.0, hurt, 0, 1, rule),
            shared_reasons(0.0, 0.0, gone, 0.0, rule) - rule.base, message, own_reasons(0.0, 0.0, 0, frail, members, rule),
            -rule.way * felt(ahead, rule), -rule.risk * word, h[0], h[1], h[2],
        )  # fmt: skip
        for k in range(len(values)):
            out[i, k] = values[k]


@compiled
def _turns(cells: np.ndarray, tick: int, rounds: int) -> np.ndarray:
    out = np.zeros(cells.size, np.bool_)
    for i in range(cells.size):
        out[i] = its_turn(cells[i], tick, rounds)
    return out


def turns(battle: Battle, cells: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether the households of some cells decide in this tick."""
    return _turns(cells, battle.tick, battle.ticks(DECISION_H))


def reasons_of(battle: Battle, rows: NDArray[np.int64]) -> list[Reasons]:
    """What households weigh in this tick's round of decisions, of those whose turn it is.

    Args:
        battle: Right before its decisions, which watchers see as the phase ``decisions``.
        rows: Households in a house in the city whose turn it is, see :func:`turns`.
    """
    people, rule = battle.households.columns, make_rule(battle.scenario, battle.grid.cell_m)
    now = make_round(battle)
    out = np.zeros((rows.size, len(_VALUES)))
    _weigh(now, rows, people, battle.ground, battle.quarters, services_cut(battle.quarters), rule, out)
    found = []
    room = berths(battle) > 0.0
    for row, values in zip(rows.tolist(), out.tolist(), strict=True):
        why = _hindrance(battle, now, row, int(people.cell[row]), rule, room=room)
        found.append(Reasons(tick=battle.tick, base=rule.base, hindrance=why, **dict(zip(_VALUES, values, strict=True))))
    return found


def _hindrance(battle: Battle, now: Round, row: int, cell: int, rule: Rule, *, room: bool) -> int:
    """What would keep a household in a cell, in the order in which the rule asks."""
    here = int(battle.ground.quarter[cell])
    guarded = here >= 0 and battle.ground.control[cell] == HELD and now.guards[here] > 0
    under_guard = guarded and battle.line[cell] > rule.reach
    if is_stopped(now.key, row, rule, under_guard):
        return BARRED
    if battle.exits[cell] == UNREACHED:
        return NO_WAY
    if not battle.overland[cell] and not room:
        return NO_ROOM
    return GUARDED if rule.coerced and under_guard else NOTHING
