"""What crossings carry: hours of a bridge that each crosser takes up, and places in boats.

A bridge has one hour of its time to give in each hour. A platoon takes ``1 / (platoons_per_h * share)`` of it, a person
``1 / (persons_per_h * share)``; share is 1 for a whole bridge and less for a replacement span or a floating one. Boats are one
more crossing, wherever no bridge lies: together they take ``boat_persons_per_h`` in an hour of the day. Whoever steps on needs
room left, and may take more than is left: the crossing owes it. So the mean flow never exceeds what it carries, however large
units and households are and however long a tick. Units come first in a tick, families after them, each in the order of rows;
who finds no room waits at the end. Families know how many are ahead of them. Where all crossings together take longer than
``patience_h`` for those who are on their way from a bank without a way out of its own, nobody else sets out from there; and where
those who wait for a bridge, or for a boat, would take longer than that, they go another way if there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ON_FOOT
from sim.battle.bridges import FLOATING, SPANNED, open_bridges
from sim.kernels.jit import inlined

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Who has crossed, columns of ``passed``.
(PLATOONS, FIGHTERS, PERSONS) = range(3)


class Crossing(NamedTuple):
    """What crosses where: one row for each bridge, and a last one for all boats.

    Attributes:
        of: int16 (cells,), row of the crossing that a cell of the river belongs to, -1 for land.
        room: float64 (crossings,), hours of it that are left; below zero what it owes.
        platoon_h: float64 (crossings,), hours of it that a platoon takes.
        person_h: float64 (crossings,), hours of it that a person takes.
        passed: int64 (crossings, 3), platoons, fighters in teams, and residents who have stepped on so far.
        waiting: int64 (crossings,), residents who found no room in this tick.
        shunned: bool (2,), whether the wait for bridges, and that for boats, is so long that families go around them.
        noted: uint8 (crossings,), state of each bridge, and whether there is a flood, when this was last brought up to date.
    """

    of: NDArray[np.int16]
    room: NDArray[np.float64]
    platoon_h: NDArray[np.float64]
    person_h: NDArray[np.float64]
    passed: NDArray[np.int64]
    waiting: NDArray[np.int64]
    shunned: NDArray[np.bool_]
    noted: NDArray[np.uint8]


def make_crossing(battle: Battle) -> Crossing:
    """Crossings as they are at the start, nobody on them."""
    n = len(battle.grid.bridges) + 1
    return Crossing(
        of=np.full(battle.grid.nx * battle.grid.ny, -1, np.int16),
        room=np.zeros(n), platoon_h=np.zeros(n), person_h=np.zeros(n),
        passed=np.zeros((n, 3), np.int64), waiting=np.zeros(n, np.int64), shunned=np.zeros(2, np.bool_),
        noted=np.full(n, 255, np.uint8),
    )  # fmt: skip


def note_crossings(battle: Battle) -> None:
    """Take note of which bridges stand and what each carries; ways are found anew where that changed."""
    p, crossing, state = battle.scenario.bridges, battle.crossing, battle.bridges.state
    if crossing.noted[-1] == battle.flooded and np.array_equal(crossing.noted[:-1], state):
        return
    crossing.noted[:-1], crossing.noted[-1] = state, battle.flooded
    is_open, boats = open_bridges(battle), len(battle.grid.bridges)
    share = np.where(state == SPANNED, p.span_share, np.where(state == FLOATING, p.pontoon_share, 1.0))
    crossing.platoon_h[:boats] = 1.0 / (p.platoons_per_h * share)
    crossing.person_h[:boats] = 1.0 / (p.persons_per_h * share)
    crossing.person_h[boats] = boat_h(battle)
    crossing.of[battle.grid.bank == 0] = boats
    for b in np.flatnonzero(is_open):
        crossing.of[battle.grid.bridges[b].span] = b
    crossing.room[:boats][~is_open] = 0.0
    battle.routes.set_bridges(is_open)
    battle.ways_changed = True


def boat_h(battle: Battle) -> float:
    """Hours of all boats that a person takes; a flood keeps some of them ashore. Infinite where none goes."""
    p = battle.scenario.movement
    rate = p.boat_persons_per_h * (battle.scenario.floods.boats if battle.flooded else 1.0)
    return 1.0 / rate if rate > 0.0 and p.boat_m_per_h > 0.0 else np.inf


def boat_speed(battle: Battle) -> float:
    """Metres an hour over the river by boat; 0 where none goes."""
    speed = battle.scenario.movement.boat_m_per_h if np.isfinite(boat_h(battle)) else 0.0
    return speed * (battle.scenario.floods.boats if battle.flooded else 1.0)


def give_room(battle: Battle) -> None:
    """The hours of a tick for each crossing; what nobody uses is lost. Boats go by night as families walk."""
    crossing, hours = battle.crossing, np.full(battle.crossing.room.size, battle.dt_h)
    hours[-1] *= battle.scenario.displacement.night if battle.night else 1.0
    np.minimum(crossing.room + hours, hours, out=crossing.room)


# Both take the columns of a Crossing: they stand in inner loops, where a tuple is dear to hand on.
@inlined
def has_room(of: np.ndarray, room: np.ndarray, cell: int, to: int) -> bool:
    """Whether somebody in ``cell`` may go on to ``to``: on land and on the same crossing always, onto one while it has room."""
    c = of[to]
    return bool(c < 0 or c == of[cell] or room[c] > 0.0)


@inlined
def step_on(
    of: np.ndarray, room: np.ndarray, each_h: np.ndarray, passed: np.ndarray, cell: int, to: int, who: int, count: int
) -> None:
    """Use up what ``count`` of a kind of crosser take of the crossing that ``to`` belongs to, if they step onto it.

    ``each_h`` is what one of the kind takes of each crossing, hours.
    """
    c = of[to]
    if c >= 0 and c != of[cell]:
        room[c] -= count * each_h[c]
        passed[c, who] += count


def flow(battle: Battle) -> tuple[float, float]:
    """Persons whom bridges that stand, and boats, can take over the river in an hour of the day."""
    is_open, each = open_bridges(battle), 1.0 / battle.crossing.person_h
    return float(each[:-1][is_open].sum()), float(each[-1])


def berths(battle: Battle) -> float:
    """Persons who may still set out from a bank without a way out of its own, before the wait is too long."""
    people, rows = battle.households.columns, battle.travellers
    rows = rows[people.state[rows] == ON_FOOT]
    ahead = int(people.members[rows][~battle.overland[people.cell[rows]]].sum())
    return battle.scenario.displacement.patience_h * sum(flow(battle)) - ahead


def too_long(battle: Battle) -> tuple[bool, bool]:
    """Whether the wait for a bridge, and that for a boat, is longer than families bear who have another way."""
    patience, waiting = battle.scenario.displacement.patience_h, battle.crossing.waiting
    over, afloat = flow(battle)
    return int(waiting[:-1].sum()) > patience * over, int(waiting[-1]) > patience * afloat
