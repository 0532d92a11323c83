"""The way out: fields of ways out, walking, screening, the road, camps and hosts.

Families walk down a field to the open ways out of the grid, by bridge, or slowly by boat, as far as those have room
(:mod:`sim.battle.crossing`); then come screening and the road, at the end of it the nearest open camp with room, or hosts: by
choice, or because every camp is full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import FREED, HELD, HOSTED, IN_CAMP, ON_FOOT, ON_ROAD, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns, move
from sim.battle.bridges import open_bridges
from sim.battle.crossing import PERSONS, Crossing, boat_speed, has_room, step_on, too_long
from sim.kernels.fields import (
    NO_LIMIT,
    OPEN_SLOWNESS,
    OPEN_STEP,
    UNREACHED,
    directions,
    distance_field,
    flood,
    neighbour,
    step_hours,
)
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle

# The slowest crossing that a field can hold.
_SLOWEST = 2000


def find_ways_out(battle: Battle) -> None:
    """Fields of the day: to the open ways out, and to the defenders' line; families keep off held ground where they can."""
    p, s = battle.scenario.displacement, battle.scenario
    grid, control = battle.grid, battle.ground.control
    dry = grid.passable(open_bridges(battle))
    slow = np.full(grid.nx * grid.ny, OPEN_SLOWNESS, np.int32)
    slow[control == FREED] = round(OPEN_SLOWNESS * p.built_detour)
    slow[control == HELD] = round(OPEN_SLOWNESS * p.held_detour)
    slow[~dry] = 0
    if (boats := boat_speed(battle)) > 0.0:
        slow[~dry] = min(_SLOWEST, round(OPEN_SLOWNESS * p.walk_m_per_h / boats))
    battle.civil_slow[:] = slow
    sources = grid.offgrid.entry_cell[battle.entry_open].astype(np.int32)
    if sources.size == 0:
        battle.exits[:] = battle.line[:] = UNREACHED
        battle.onward[:], battle.overland[:] = -1, False
        return
    battle.exits[:] = distance_field(slow, sources, grid.nx, grid.ny, NO_LIMIT)
    battle.onward[:] = directions(battle.exits, slow, grid.nx, grid.ny)
    battle.overland[:] = np.isin(np.arange(len(battle.bank_codes) + 1), grid.bank[sources])[grid.bank]
    _shun_crowds(battle, slow, sources)
    # The line is ground that is joined to an open way out without crossing held ground or water.
    joined = flood(dry & (control != HELD), sources, grid.nx, grid.ny)
    edge = np.flatnonzero(joined & _beside(control == HELD, grid.nx, grid.ny)).astype(np.int32)
    reach = round(s.coercion.reach_m / grid.cell_m * OPEN_STEP)
    flat = np.where(dry, OPEN_SLOWNESS, 0).astype(np.int32)
    battle.line[:] = distance_field(flat, edge, grid.nx, grid.ny, reach + 1)
    battle.line[joined] = 0


def _shun_crowds(battle: Battle, slow: NDArray[np.int32], sources: NDArray[np.int32]) -> None:
    """Families on foot go around a kind of crossing at which the wait is too long, where a way without it leads out."""
    battle.crossing.shunned[:] = bridges, boats = too_long(battle)
    if not bridges and not boats:
        return
    of, last = battle.crossing.of, battle.crossing.room.size - 1
    without = slow.copy()
    without[((of == last) & boats) | ((of >= 0) & (of < last) & bridges)] = 0
    field = distance_field(without, sources, battle.grid.nx, battle.grid.ny, NO_LIMIT)
    spared = field < UNREACHED
    battle.onward[spared] = directions(field, without, battle.grid.nx, battle.grid.ny)[spared]


def _beside(cells: NDArray[np.bool_], nx: int, ny: int) -> NDArray[np.bool_]:
    """Cells with one of ``cells`` among their eight neighbours."""
    wide = np.zeros((ny + 2, nx + 2), np.bool_)
    for dy in range(3):
        for dx in range(3):
            wide[dy : dy + ny, dx : dx + nx] |= cells.reshape(ny, nx)
    return wide[1:-1, 1:-1].ravel()


@compiled
def walk(
    rows: np.ndarray, people: HouseholdColumns, lists: CellLists, exits: np.ndarray, onward: np.ndarray,
    slow: np.ndarray, crossing: Crossing, entry_of: np.ndarray, speed: float, cell_m: float, dt: float, nx: int, ny: int,
) -> None:  # fmt: skip
    """Families on foot go down the field of ways out; at one they leave the grid, without one they are trapped.

    Those who find no room on a bridge or in a boat wait for it.
    """
    crossing.waiting[:] = 0
    for row in rows:
        start = people.cell[row]
        cell = start
        hours = people.hours[row] + dt
        while exits[cell] > 0:
            k = onward[cell]
            if k < 0:
                people.state[row] = TRAPPED
                hours = 0.0
                break
            need = step_hours(slow, cell, k, nx, ny, cell_m, speed)
            if need > hours:
                break
            to = neighbour(cell, k, nx, ny)
            if not has_room(crossing, cell, to):
                crossing.waiting[crossing.of[to]] += people.members[row]
                hours = need
                break
            step_on(crossing, cell, to, PERSONS, people.members[row])
            hours -= need
            cell = to
        people.hours[row] = hours
        if exits[cell] == 0:
            people.entry[row] = entry_of[cell]
            people.state[row] = ON_ROAD
            people.until[row] = -1
            cell = -1
        if cell != start:
            move(people, lists, row, cell)


def list_travellers(battle: Battle) -> None:
    """Note who is on the way; between decisions nobody else sets out, so that each tick need not look at everyone."""
    state = battle.households.columns.state
    battle.travellers = np.flatnonzero((state == ON_FOOT) | (state == ON_ROAD)).astype(np.int32)


def travel(battle: Battle) -> None:
    """One tick of all families on foot and on the road."""
    people, p = battle.households.columns, battle.scenario.displacement
    rows = battle.travellers[people.state[battle.travellers] == ON_FOOT]
    if not (battle.night and p.night == 0.0):
        # By night less of an hour counts; time saved up is time at day's speed, so that dawn does not stretch it.
        hours = battle.dt_h * (p.night if battle.night else 1.0)
        walk(
            rows, people, battle.households.lists, battle.exits, battle.onward, battle.civil_slow, battle.crossing,
            battle.entry_of, p.walk_m_per_h, battle.grid.cell_m, hours, battle.grid.nx, battle.grid.ny,
        )  # fmt: skip
    arrive(battle)


@inlined
def prefers_hosts(key: np.uint64, row: int, host_share: float) -> bool:
    """Whether a family goes to hosts whatever room there is in camps; ``key`` is that of the tick's arrivals."""
    return uniform(key, row, 0) < host_share


@compiled
def choose_places(
    key: np.uint64, rows: np.ndarray, people: HouseholdColumns, camp_node: np.ndarray, camp_places: np.ndarray,
    camp_opens: np.ndarray, camp_taken: np.ndarray, km: np.ndarray, host_share: float, screening_h: float, speed: float,
    dt: float, tick: int,
) -> tuple[int, int]:  # fmt: skip
    """Hosts for a share of the families, for the others the nearest open camp with room, or hosts where all are full.

    Returns:
        Persons who left the city, and persons who found every camp full.
    """
    left, overflow = 0, 0
    for row in rows:
        persons = people.members[row]
        left += persons
        best, best_km = -1, np.inf
        if not prefers_hosts(key, row, host_share):
            for camp in range(camp_node.size):
                road = km[camp_node[camp], people.entry[row]]
                if camp_opens[camp] <= tick and camp_taken[camp] + persons <= camp_places[camp] and road < best_km:
                    best, best_km = camp, road
            if best < 0:
                overflow += persons
            else:
                camp_taken[best] += persons
        people.node[row] = camp_node[best] if best >= 0 else -1
        hours = screening_h + (best_km / speed if best >= 0 else 0.0)
        people.until[row] = tick + max(1, math.ceil(hours / dt))
    return left, overflow


def arrival_key(battle: Battle) -> np.uint64:
    """Key of the draws of this tick's arrivals at a way out."""
    return battle.key("flight.host", "households")


def arrive(battle: Battle) -> None:
    """Screening and road for those who reached a way out, then a camp with room or hosts."""
    people, p, camps = battle.households.columns, battle.scenario.displacement, battle.camps
    rows = battle.travellers[people.state[battle.travellers] == ON_ROAD]
    rows = rows[people.until[rows] <= battle.tick]
    if rows.size == 0:
        return
    fresh = rows[people.until[rows] < 0]
    left, overflow = choose_places(
        arrival_key(battle), fresh, people, camps.node, camps.places, camps.opens, camps.taken,
        battle.grid.offgrid.km, p.host_share, p.screening_h, battle.scenario.movement.road_km_per_h, battle.dt_h,
        battle.tick,
    )  # fmt: skip
    battle.counts["left_city"] += left
    battle.counts["camp_overflow"] += overflow
    done = rows[(people.until[rows] >= 0) & (people.until[rows] <= battle.tick)]
    people.state[done] = np.where(people.node[done] >= 0, IN_CAMP, HOSTED)
