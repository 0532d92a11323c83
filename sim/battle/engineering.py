"""Engineers: companies that repair cut bridges, launch replacement spans or lay floating bridges.

Each company works on one bridge, around the clock, while the ends in the liberators' hands have no known team within
``bank_secure_m``. Both ends must be theirs, but for the first ``near_share`` of the work, which can be done from one. Work
that stops is not lost. A cut bridge gets the crossing that is ready soonest: a floating bridge or a replacement span while there
is one in stock, repair else. Companies that are left repair bridges that have such a crossing, which goes back into stock when
the bridge is whole again. Of several bridges they choose those with both ends secure, then those that are ready soonest, then
the one nearest to what is left to be freed. A flood stops work on the water: floating bridges and repairs; spans are launched
from the deck.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import HELD
from sim.battle.bridges import CUT, FLOATING, SPANNED, WHOLE, is_near, known_teams, tell
from sim.battle.crossing import note_crossings
from sim.record.codes import BRIDGE_SET, DEMOLITION_REPAIR, ENGINEERS, LIBERATORS, ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# Ways to make a crossing, columns of ``work_h``.
(REPAIR, SPAN, PONTOON) = range(3)
_MAKES = (WHOLE, SPANNED, FLOATING)


class Task(NamedTuple):
    """What a company could do at one bridge; sorts by what command prefers.

    Attributes:
        has_crossing: Whether the bridge carries traffic already.
        one_end: Whether one end alone is in the liberators' hands.
        left_h: Work left, hours.
        metres: Distance to what is left to be freed.
        bridge: Row of the bridge.
        way: Repair, span or floating bridge.
    """

    has_crossing: bool
    one_end: bool
    left_h: float
    metres: float
    bridge: int
    way: int


def build(battle: Battle) -> None:
    """One tick of all companies; then take note of what carries traffic."""
    companies = battle.scenario.bridges.engineers
    if companies > 0 and (battle.bridges.state != WHOLE).any():
        for task in sorted(_tasks(battle))[:companies]:
            _work(battle, task)
    note_crossings(battle)


def _work(battle: Battle, task: Task) -> None:
    """A tick of a company at a bridge: at the end of it the crossing may open."""
    bridges, b = battle.bridges, task.bridge
    if bridges.work_h[b, task.way] == 0.0:
        battle.ledger.add(
            battle.tick, ORDER, cell=int(battle.grid.bridges[b].span[0]), actor=LIBERATORS, cause=ENGINEERS,
            rule=DEMOLITION_REPAIR, agent_set=BRIDGE_SET, row=b, count=task.way, value=task.left_h,
        )  # fmt: skip
    bridges.work_h[b, task.way] += battle.dt_h
    if task.left_h > battle.dt_h + 1e-9:
        return
    bridges.state[b] = _MAKES[task.way]
    bridges.work_h[b, task.way] = 0.0
    if task.way == REPAIR:
        bridges.work_h[b] = 0.0
    battle.counts[("bridges_repaired", "bridges_spanned", "bridges_floated")[task.way]] += 1
    tell(battle, b, ENGINEERS, DEMOLITION_REPAIR)


def _tasks(battle: Battle) -> list[Task]:
    """What can be worked on in this tick, one task for each bridge; what is in stock goes to those that command prefers."""
    bridges, p = battle.bridges, battle.scenario.bridges
    hours = 24.0 * np.array([p.repair_days, p.span_days, p.pontoon_days])
    known, middle, places = known_teams(battle), _main_effort(battle), []
    for b in np.flatnonzero(bridges.state != WHOLE).tolist():
        ours = bridges.end[b][battle.ground.control[bridges.end[b]] != HELD]
        if ours.size and not any(is_near(battle, known, int(end), p.bank_secure_m) for end in ours):
            places.append((bool(bridges.state[b] != CUT), ours.size == 1, _distance(battle, middle, b), b))
    if not places:
        return []
    stock, found = _stock(battle), []
    for has_crossing, one_end, metres, b in sorted(places):
        done = bridges.work_h[b]
        left = {}
        for way in (REPAIR,) if has_crossing else (REPAIR, SPAN, PONTOON):
            at_hand = way == REPAIR or done[way] > 0.0 or stock[way] > 0
            if at_hand and not (battle.flooded and way != SPAN):
                left[way] = float(hours[way] - done[way])
        way = min(left, key=lambda way: (left[way], way), default=-1)
        if way >= 0 and not (one_end and done[way] >= p.near_share * hours[way]):
            stock[way] -= done[way] == 0.0
            found.append(Task(has_crossing, one_end, left[way], metres, b, way))
    return found


def _stock(battle: Battle) -> NDArray[np.int64]:
    """Crossings of each kind that are at hand and not in use; repair needs none."""
    p, bridges = battle.scenario.bridges, battle.bridges
    begun = (bridges.work_h > 0.0) & (bridges.state == CUT)[:, None]
    used = begun.sum(axis=0) + np.array([0, (bridges.state == SPANNED).sum(), (bridges.state == FLOATING).sum()])
    here = p.pontoons_from is None or battle.date >= p.pontoons_from
    spans, pontoons = p.spans - battle.counts["spans_lost"], (p.pontoons - battle.counts["pontoons_lost"]) * here
    return np.asarray(np.array([0, spans, pontoons]) - used, np.int64)


def _main_effort(battle: Battle) -> tuple[float, float] | None:
    """Middle of the ground that is still to be freed; None where none is."""
    q = battle.quarters
    area = q.area * ~q.liberated
    total = float(area.sum())
    return (float((q.x * area).sum()) / total, float((q.y * area).sum()) / total) if total > 0.0 else None


def _distance(battle: Battle, middle: tuple[float, float] | None, bridge: int) -> float:
    """Metres from a bridge to the main effort; 0 where there is none."""
    if middle is None:
        return 0.0
    x, y = battle.position(battle.bridges.end[bridge])
    return math.hypot(float(x.mean()) - middle[0], float(y.mean()) - middle[1])
