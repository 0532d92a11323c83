"""Camps around the city: what is ready, what is built on as they fill, and who is allotted to which.

**Plan and need.** A camp whose capacity the data know has it from its opening day on. Of the others ``camps_ready`` are ready at
the start with ``camp_ready`` places: those that opened before, then the nearest by road. One with a later opening day has as many
from then on. Once a day each camp that is open is built on by ``camp_build_places_per_day`` up to its plan (of the data, or
``camp_planned``) if ``camp_build_at`` of its places are taken; a site with no place yet follows the share that is taken of all
camps together. One that has all its planned places is extended beyond them in the same way, but only when ``camp_extend_at``
of its places are taken, so that what was planned elsewhere is used first by who can reach it.

**Allotment.** A family is taken to one of the open camps with room, drawn with weights

``weight = free_places * exp(-km / allot_km)``,

km being the road from its way out (a gravity model constrained at its origins: Wilson 1967, Transportation Research 1). Weights
are taken relative to the nearest camp, so that a small ``allot_km`` gives the nearest one with room, a large one a split by free
places.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HOSTED, IN_CAMP, INFORMAL_SITE, ON_ROAD, WITH_HOSTS
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Camps(NamedTuple):
    """Camps around the city, one row each.

    Attributes:
        node: int32, off-grid node (fixed).
        planned: int32, persons for whom it is planned (fixed).
        grows: bool, whether it can have more than that: not where the data know its capacity (fixed).
        opens: int32, tick from which it takes anybody (fixed).
        built: float64, places built so far, with parts of one.
        places: int32, places built so far.
        taken: int32, places taken, by those who are there or on the road to it.
        arrived: int64, persons who have come so far, each time they did.
    """

    node: NDArray[np.int32]
    planned: NDArray[np.int32]
    grows: NDArray[np.bool_]
    opens: NDArray[np.int32]
    built: NDArray[np.float64]
    places: NDArray[np.int32]
    taken: NDArray[np.int32]
    arrived: NDArray[np.int64]


def make_camps(battle: Battle) -> Camps:
    """The camps of the city data as they are at the start."""
    offgrid, p = battle.grid.offgrid, battle.scenario.displacement
    node = np.array([i for i, kind in enumerate(offgrid.kinds) if kind == "camp"], np.int32)
    known, plan = offgrid.capacity[node], offgrid.planned[node]
    dated = np.array([offgrid.opened[i] is not None for i in node], np.bool_)
    opens = np.array([battle.tick_of(opened) if (opened := offgrid.opened[i]) else 0 for i in node], np.int32)
    most = np.where(np.isnan(plan), p.camp_planned, np.nan_to_num(plan)).astype(np.int64)
    most = np.where(np.isnan(plan), np.maximum(most, p.camp_ready), most)
    # Those that stand already are among the camps that are ready; the rest of these are the nearest.
    nearest = np.argsort(offgrid.km[node].min(axis=1, initial=np.inf), kind="stable")
    stand = np.isnan(known) & dated & (opens <= 0)
    ready = dated.copy()
    ready[[i for i in nearest if np.isnan(known[i]) and not dated[i]][: max(0, p.camps_ready - int(stand.sum()))]] = True
    places = np.where(ready, np.minimum(p.camp_ready, most), 0)
    places = np.where(np.isnan(known), places, np.nan_to_num(known)).astype(np.int32)
    return Camps(
        node=node, planned=np.where(np.isnan(known), most, places).astype(np.int32), grows=np.isnan(known), opens=opens,
        built=places.astype(np.float64),
        places=places, taken=np.zeros(node.size, np.int32), arrived=np.zeros(node.size, np.int64),
    )  # fmt: skip


def count_places(battle: Battle) -> None:
    """Places taken, counted anew: a member who dies of wounds on the day on which the family came out leaves a place."""
    people, camps = battle.households.columns, battle.camps
    there = (people.cell < 0) & ((people.state == IN_CAMP) | (people.state == HOSTED))
    there |= (people.state == ON_ROAD) & (people.until >= 0) & (people.house < 0)
    taken = np.bincount(people.node[there] - INFORMAL_SITE, people.members[there], len(battle.grid.offgrid.names) - INFORMAL_SITE)
    camps.taken[:] = taken[camps.node - INFORMAL_SITE].astype(np.int32)
    battle.reception.taken[:] = taken[[WITH_HOSTS - INFORMAL_SITE, 0]].astype(np.int64)


def build_camps(battle: Battle) -> None:
    """One day's building; see the module's rule."""
    camps, p = battle.camps, battle.scenario.displacement
    is_open = camps.opens <= battle.tick
    whole = int(camps.places[is_open].sum())
    of_all = int(camps.taken[is_open].sum()) / whole if whole else 1.0
    full = np.where(camps.places > 0, camps.taken / np.maximum(camps.places, 1), of_all)
    planned = camps.built < camps.planned
    grown = camps.built + p.camp_build_places_per_day
    camps.built[:] = np.where(is_open & planned & (full >= p.camp_build_at), np.minimum(grown, camps.planned), camps.built)
    extended = is_open & ~planned & camps.grows & (full >= p.camp_extend_at)
    camps.built[extended] = grown[extended]
    camps.places[:] = np.floor(camps.built)


@inlined
def pull(camps: Camps, camp: int, persons: int, km: np.ndarray, entry: int, near: float, allot_km: float, tick: int) -> float:
    """The weight of a camp for a family of so many; 0 where it is shut, full or out of reach."""
    free = camps.places[camp] - camps.taken[camp]
    road = km[camps.node[camp], entry]
    if camps.opens[camp] > tick or free < max(persons, 1) or not math.isfinite(road):
        return 0.0
    return float(free * math.exp(-(road - near) / allot_km))


@compiled
def allot(
    key: np.uint64, row: int, persons: int, entry: int, camps: Camps, km: np.ndarray, allot_km: float, tick: int
) -> int:  # fmt: skip
    """Camp to which a family is taken, drawn by the module's weights; -1 where none has room. Its place is taken at once."""
    near = np.inf
    for camp in range(camps.node.size):
        if pull(camps, camp, persons, km, entry, 0.0, np.inf, tick) > 0.0:
            near = min(near, km[camps.node[camp], entry])
    total = 0.0
    for camp in range(camps.node.size):
        total += pull(camps, camp, persons, km, entry, near, allot_km, tick)
    if total <= 0.0:
        return -1
    left, chosen = uniform(key, row, 1) * total, -1
    for camp in range(camps.node.size):
        weight = pull(camps, camp, persons, km, entry, near, allot_km, tick)
        if weight > 0.0:
            chosen = camp
            if left < weight:
                break
            left -= weight
    camps.taken[chosen] += persons
    return chosen
