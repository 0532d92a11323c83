"""Out of the city: the queue for screening at each way out, and where families go from there.

Each way out of the grid has a screening site. A family joins its queue at the hour at which it leaves the grid, and the site
takes families one after the other, in the order in which they came (of one hour: of rows). A family of n keeps it for
``n / screening_persons_per_h`` hours of work; an hour by night is ``screening_night`` hours of work. So

``finish = T(W(max(came, free)) + n / screening_persons_per_h)``,

W(t) being the hours of work up to the hour t, T its inverse, and free the finish of the family before: a queue with one server
in continuous time (Lindley's recursion), which does not know how long a tick is. ``screening_h`` later a bus leaves, and the time
of the road later the family is where it goes.

A share ``host_share`` of families goes to hosts while these take anybody (``host_capacity``), the others to a camp
(:mod:`sim.battle.camps`). Who finds every camp full goes to hosts, and where hosts are full too, to an informal site: in the
open, with no place of its own. A family that would rather go to hosts tries the camps before that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HOSTED, IN_CAMP, INFORMAL_SITE, JUST_OUT, ON_ROAD, QUEUED, WITH_HOSTS
from sim.agents.households import HouseholdColumns
from sim.battle.camps import Camps, allot
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import stream_key, uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Finishes and arrivals that rounding alone puts behind a tick's end are not behind it.
_TINY_H = 1e-9


class Reception(NamedTuple):
    """Screening sites, one row a way out; and the two places off the grid that are no camp: hosts, informal sites.

    Attributes:
        free: float64 (entries,), hour since the start at which each site is done with the family before.
        arrived: int64 (entries,), persons who have come so far.
        taken: int64 (2,), persons with hosts and in informal sites, those on the road there included.
        moved_in: int64 (2,), persons who have come to hosts and to informal sites so far, each time they did.
    """

    free: NDArray[np.float64]
    arrived: NDArray[np.int64]
    taken: NDArray[np.int64]
    moved_in: NDArray[np.int64]


class Desk(NamedTuple):
    """Numbers of screening and of what comes after it, as compiled code takes them; names as in the scenario.

    Attributes:
        dawn_h: Hour of the day at which work begins.
        dusk_h: Hour of the day at which it ends.
        hosts: Persons whom hosts take.
        road_km_per_h: Speed of buses.
    """

    persons_per_h: float
    night: float
    dawn_h: float
    dusk_h: float
    screening_h: float
    host_share: float
    hosts: float
    allot_km: float
    road_km_per_h: float


def make_reception(battle: Battle) -> Reception:
    """Nobody has come yet."""
    n = battle.grid.offgrid.entry_cell.size
    return Reception(np.zeros(n), np.zeros(n, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64))


def host_places(battle: Battle) -> int:
    """Residents whom hosts take in at most."""
    return int(battle.scenario.displacement.host_capacity * battle.persons_start)


def make_desk(battle: Battle) -> Desk:
    """The rule of a battle."""
    p, s = battle.scenario.displacement, battle.scenario
    return Desk(
        p.screening_persons_per_h, p.screening_night, s.sensing.dawn_h, s.sensing.dusk_h, p.screening_h, p.host_share,
        float(host_places(battle)), p.allot_km, s.movement.road_km_per_h,
    )  # fmt: skip


@inlined
def worked(hour: float, desk: Desk) -> float:
    """W: hours of work up to an hour since the start."""
    days = math.floor(hour / 24.0)
    at, long = hour - 24.0 * days, desk.dusk_h - desk.dawn_h
    today = min(max(at - desk.dawn_h, 0.0), long)
    return days * (long + desk.night * (24.0 - long)) + today + desk.night * (at - today)


@inlined
def hour_of(work: float, desk: Desk) -> float:
    """T: the first hour since the start by which so many hours of work are done; infinite where none ever is."""
    long = desk.dusk_h - desk.dawn_h
    a_day = long + desk.night * (24.0 - long)
    if not math.isfinite(work) or a_day <= 0.0:
        return np.inf
    days = math.floor(work / a_day)
    left, before = work - days * a_day, desk.night * desk.dawn_h
    if left <= 0.0 and days > 0:
        days -= 1
        left = a_day
    if left <= before and desk.night > 0.0:
        return 24.0 * days + left / desk.night
    if left <= before + long or desk.night <= 0.0:
        return 24.0 * days + desk.dawn_h + min(left - before, long)
    return 24.0 * days + desk.dusk_h + (left - before - long) / desk.night


@inlined
def finish_of(came: float, free: float, persons: int, desk: Desk) -> float:
    """Hour at which a site is done with a family, see the module's formula; infinite where it never is."""
    start = max(came, free)
    if desk.persons_per_h <= 0.0:
        return np.inf
    return max(start, hour_of(worked(start, desk) + persons / desk.persons_per_h, desk))


@inlined
def prefers_hosts(key: np.uint64, row: int, host_share: float) -> bool:
    """Whether a family goes to hosts whatever room there is in camps; ``key`` from :func:`wish_key`."""
    return uniform(key, row, 0) < host_share


def wish_key(battle: Battle) -> np.uint64:
    """Key of what families wish; each wishes the same all the time."""
    return stream_key(battle.seed, "flight.host", "households", 0)


@compiled
def join_queues(
    rows: np.ndarray, people: HouseholdColumns, reception: Reception, end_h: float, dt: float, pace: float
) -> int:  # fmt: skip
    """Families who have just left the grid join the queue at their way out; returns persons.

    Args:
        rows: Households.
        people: Their columns; ``hours`` still holds what of the tick they had left.
        reception: Screening sites.
        end_h: Hour since the start at which the tick ends.
        dt: Its length, hours.
        pace: What an hour of it counts for walking.
    """
    persons = 0
    for row in rows:
        if people.until[row] != JUST_OUT:
            continue
        spare = people.hours[row] / pace if pace > 0.0 else 0.0
        people.hours[row] = end_h - min(max(spare, 0.0), dt)
        people.until[row], people.node[row], people.house[row] = QUEUED, WITH_HOSTS, -1
        reception.arrived[people.entry[row]] += people.members[row]
        persons += people.members[row]
    return persons


@compiled
def find_place(
    wish: np.uint64, key: np.uint64, row: int, people: HouseholdColumns, camps: Camps, reception: Reception, km: np.ndarray,
    desk: Desk, tick: int,
) -> tuple[int, bool]:  # fmt: skip
    """Where a family goes, noted as its ``node``: row of a camp, or -1; and whether it wanted a camp in vain."""
    persons = people.members[row]
    welcome = reception.taken[0] + persons <= desk.hosts
    if not (prefers_hosts(wish, row, desk.host_share) and welcome):
        camp = allot(key, row, persons, people.entry[row], camps, km, desk.allot_km, tick)
        if camp >= 0:
            people.node[row] = camps.node[camp]
            return camp, False
        people.node[row] = WITH_HOSTS if welcome else INFORMAL_SITE
        reception.taken[0 if welcome else 1] += persons
        return -1, True
    people.node[row] = WITH_HOSTS
    reception.taken[0] += persons
    return -1, False


@compiled
def screen(
    wish: np.uint64, key: np.uint64, queue: np.ndarray, people: HouseholdColumns, camps: Camps, reception: Reception,
    km: np.ndarray, desk: Desk, end_h: float, dt: float, tick: int,
) -> int:  # fmt: skip
    """One tick at all sites: families with whom they are done by its end go on.

    Args:
        wish: From :func:`wish_key`.
        key: Key of the tick's draws.
        queue: Households that wait, in the order in which they came.
        people: Their columns.
        camps: Camps.
        reception: Sites.
        km: float64 (nodes, entries), road.
        desk: Numbers of the rule.
        end_h: Hour since the start at which the tick ends.
        dt: Its length, hours.
        tick: Its number.

    Returns:
        Persons who wanted a place in a camp and found none.
    """
    overflow = 0
    busy = np.zeros(reception.free.size, np.bool_)
    for row in queue:
        entry, persons = people.entry[row], people.members[row]
        if busy[entry]:
            continue
        finish = finish_of(people.hours[row], reception.free[entry], persons, desk)
        if finish > end_h + _TINY_H:
            busy[entry] = True
            continue
        reception.free[entry] = finish
        camp, in_vain = find_place(wish, key, row, people, camps, reception, km, desk, tick)
        overflow += persons if in_vain else 0
        there = finish + desk.screening_h + (km[camps.node[camp], entry] / desk.road_km_per_h if camp >= 0 else 0.0)
        people.until[row] = max(tick + 1, math.ceil(there / dt - _TINY_H))
        people.hours[row] = 0.0
    return overflow


def waits(people: HouseholdColumns) -> NDArray[np.bool_]:
    """Which households wait at screening."""
    return np.asarray((people.state == ON_ROAD) & (people.until < 0))


def queue_of(people: HouseholdColumns, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Those of some households who wait, in the order in which they came."""
    rows = rows[people.until[rows] == QUEUED]
    return np.asarray(rows[np.lexsort((rows, people.hours[rows]))])


def arrive(battle: Battle) -> None:
    """One tick of those who are out: they queue, are screened, and come to camps, hosts and informal sites."""
    people, camps, reception = battle.households.columns, battle.camps, battle.reception
    rows = battle.travellers[people.state[battle.travellers] == ON_ROAD]
    if rows.size == 0:
        return
    end_h, pace = battle.hour + battle.dt_h, battle.scenario.displacement.night if battle.night else 1.0
    battle.counts["left_city"] += join_queues(rows, people, reception, end_h, battle.dt_h, pace)
    queue = queue_of(people, rows)
    if queue.size:
        battle.counts["camp_overflow"] += screen(
            wish_key(battle), battle.key("flight.allot", "households"), queue, people, camps, reception,
            battle.grid.offgrid.km, make_desk(battle), end_h, battle.dt_h, battle.tick,
        )  # fmt: skip
    done = rows[(people.until[rows] >= 0) & (people.until[rows] <= battle.tick) & (people.house[rows] < 0)]
    people.state[done] = np.where(people.node[done] >= 0, IN_CAMP, HOSTED)
    came = np.bincount(people.node[done] - INFORMAL_SITE, people.members[done], len(battle.grid.offgrid.names) - INFORMAL_SITE)
    camps.arrived[:] += came[camps.node - INFORMAL_SITE].astype(np.int64)
    reception.moved_in[:] += came[[WITH_HOSTS - INFORMAL_SITE, 0]].astype(np.int64)
