"""What households weigh: the terms of the rule of leaving, handed out for a few of them to be told in words.

Nothing is decided here, and no formula stands here: each term is what the rule itself (:mod:`sim.battle.flight`) gives with a
reason less what it gives without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.battle.flight import (
    Rule,
    barred,
    decision_key,
    gone_from,
    hours_weighed,
    is_stopped,
    lean,
    leave_hazard,
    make_rule,
    push,
    round_hours,
    want_in,
)
from sim.battle.ground import Ground, Quarters
from sim.kernels.fields import UNREACHED
from sim.kernels.jit import compiled

if TYPE_CHECKING:
    from sim.battle.model import Battle

# What keeps a household that wants to leave: no way out, fighters who stop it, no room on the crossings; GUARDED is one that
# fighters would not have stopped this time, had it tried.
(NOTHING, NO_WAY, BARRED, NO_ROOM, GUARDED) = range(5)


class Reasons(NamedTuple):
    """What one household weighed in one round; terms of x in logits.

    Attributes:
        tick: When.
        hours: Time that the decision stood for, hours; 0 where nothing touched the household, so that it weighed nothing.
        danger: Perceived danger where it is.
        want: Share of power and water that its quarter does without.
        gone: Share of its neighbours who have left.
        base: Inclination of everybody without any reason.
        own: Its own inclination.
        by_danger: What danger adds.
        by_want: What want adds.
        by_example: What the neighbours' example adds.
        by_message: What the message adds, negative where it says stay.
        chance: Chance that it wants to leave within those hours.
        hindrance: What would keep it, or does: one of the codes above.
    """

    tick: int
    hours: float
    danger: float
    want: float
    gone: float
    base: float
    own: float
    by_danger: float
    by_want: float
    by_example: float
    by_message: float
    chance: float
    hindrance: int


@compiled
def _weigh(
    key: np.uint64, rows: np.ndarray, cells: np.ndarray, own: np.ndarray, gone: np.ndarray, ground: Ground, quarters: Quarters,
    rule: Rule, hours: float, daily: bool, barred_rows: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Fill float64 (rows, 10): hours, danger, want, base, by danger, want, example, message, hazard, stopped."""
    for i in range(rows.size):
        cell = cells[i]
        danger, want = ground.danger[cell], want_in(quarters, ground.quarter[cell])
        nothing = push(0.0, 0.0, rule)
        out[i, 0] = hours_weighed(danger, want, hours, daily, rule)
        out[i, 1], out[i, 2], out[i, 3] = danger, want, nothing - rule.message
        out[i, 4], out[i, 5] = push(danger, 0.0, rule) - nothing, push(0.0, want, rule) - nothing
        out[i, 6], out[i, 7] = lean(0.0, 0.0, gone[i], rule), rule.message
        out[i, 8] = leave_hazard(push(danger, want, rule), own[i], gone[i], rule)
        out[i, 9] = 1.0 if is_stopped(key, rows[i], rule, barred_rows[i]) else 0.0


def left_so_far(battle: Battle) -> NDArray[np.float64]:
    """Share of each quarter's residents who have left, as the next round of decisions sees it."""
    return gone_from(battle.quarters)


def reasons_of(
    battle: Battle, rows: NDArray[np.int64], cells: NDArray[np.int32], gone: NDArray[np.float64]
) -> list[Reasons]:
    """What households weighed in the round of decisions that has just been.

    Args:
        battle: Right after its phase of households, in a tick in which they decided.
        rows: Households that stayed at home, sheltered or were trapped before it.
        cells: Where each of them was before it.
        gone: From :func:`left_so_far` before it, by quarter.
    """
    people, tick = battle.households.columns, battle.tick
    held_back = barred(battle, cells)
    out = np.zeros((rows.size, 10))
    _weigh(
        decision_key(battle), rows, cells, people.inclination[rows], gone[people.quarter[rows]], battle.ground, battle.quarters,
        make_rule(battle.scenario, battle.grid.cell_m), round_hours(battle), tick % battle.ticks_per_day == 0, held_back, out,
    )  # fmt: skip
    found = []
    for i, (row, cell) in enumerate(zip(rows.tolist(), cells.tolist(), strict=True)):
        hours, danger, want, base, by_danger, by_want, by_example, by_message, hazard, stopped = out[i].tolist()
        hindrance = _hindrance(battle, cell, bool(held_back[i]), stopped > 0.0)
        found.append(Reasons(
            tick, hours, danger, want, float(gone[people.quarter[row]]), base, float(people.inclination[row]), by_danger, by_want,
            by_example, by_message, 1.0 - math.exp(-hazard * hours), hindrance,
        ))  # fmt: skip
    return found


def _hindrance(battle: Battle, cell: int, held_back: bool, stopped: bool) -> int:
    """What keeps a household in a cell, in the order in which the rule asks."""
    if battle.exits[cell] == UNREACHED:
        return NO_WAY
    if stopped:
        return BARRED
    if not battle.overland[cell]:
        return NO_ROOM
    return GUARDED if held_back else NOTHING
