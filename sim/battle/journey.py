"""The way out: fields of ways out, and walking.

Families walk down a field to the open ways out of the grid, by bridge, or slowly by boat, as far as those have room
(:mod:`sim.battle.crossing`); what comes then is in :mod:`sim.battle.arrival`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import FREED, HELD, JUST_OUT, ON_FOOT, ON_ROAD, TO_HOUSE, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns, move
from sim.battle.arrival import arrive
from sim.battle.bridges import open_bridges
from sim.battle.contacts import teams_in
from sim.battle.crossing import PERSONS, Crossing, boat_speed, has_room, step_on, too_long
from sim.battle.events import Events, emit
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import kill_member
from sim.battle.houses import go_to_houses
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
from sim.kernels.rng import binomial, uniform
from sim.record.codes import CIVILIANS, DEATH, DEFENDERS, HOUSEHOLD_SET, HOUSEHOLDS, SHOT_FLEEING, WOUND

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
        slow[~dry & _near_landings(battle, dry)] = min(_SLOWEST, round(OPEN_SLOWNESS * p.walk_m_per_h / boats))
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


def _near_landings(battle: Battle, dry: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells from which land that the defenders do not hold is in reach: nobody takes a boat to flee from them to them."""
    grid, reach = battle.grid, battle.scenario.movement.landing_m
    near = np.asarray(dry & (battle.ground.control != HELD))
    for _ in range(math.ceil(reach / grid.cell_m)):
        near = _beside(near, grid.nx, grid.ny)
    return near


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


class Perils(NamedTuple):
    """What can befall families on the way over held ground.

    Attributes:
        key: Key of the tick's draws.
        guards: int64 (quarters,), teams of defenders in each quarter.
        near_built: int32 (cells,), nearest built cell on the same bank.
        bank: uint8 (cells,), bank codes.
        shot: Hazard that a person is shot, 1/km; 0 where nobody bars the way.
        turned: Hazard that a family is turned back, 1/km; 0 where nobody bars the way.
        death_share: Chance that somebody who is shot dies.
        frail_slow: How much slower frail people alone walk.
    """

    key: np.uint64
    guards: NDArray[np.int64]
    near_built: NDArray[np.int32]
    bank: NDArray[np.uint8]
    shot: float
    turned: float
    death_share: float
    frail_slow: float


@inlined
def pace(frail: int, members: int, frail_slow: float) -> float:
    """How much of an hour a family makes of it on foot, 1 without frail members."""
    return float(1.0 - frail_slow * frail / max(members, 1))


@compiled
def walk(
    rows: np.ndarray, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, exits: np.ndarray,
    onward: np.ndarray, slow: np.ndarray, crossing: Crossing, entry_of: np.ndarray, perils: Perils, speed: float,
    cell_m: float, dt: float, nx: int, ny: int, events: Events,
) -> int:  # fmt: skip
    """Families on foot go down the field of ways out; at one they leave the grid, without one they are trapped.

    Those who find no room on a bridge or in a boat wait for it. On held ground where fighters are, members may be shot and
    the family may be turned back, home or to the nearest house on its bank.

    Returns:
        Persons turned back.
    """
    crossing.waiting[:] = 0
    turned = 0
    of, room, each, passed = crossing.of, crossing.room, crossing.person_h, crossing.passed
    quarter, control, guards = ground.quarter, ground.control, perils.guards
    for row in rows:
        start = people.cell[row]
        cell = start
        hours = people.hours[row] + dt * pace(people.frail[row], people.members[row], perils.frail_slow)
        while exits[cell] > 0:
            k = onward[cell]
            if k < 0:
                _trap(row, cell, people, quarters)
                hours = 0.0
                break
            need = step_hours(slow, cell, k, nx, ny, cell_m, speed)
            if need > hours:
                break
            to = neighbour(cell, k, nx, ny)
            if not has_room(of, room, cell, to):
                crossing.waiting[of[to]] += people.members[row]
                hours = need
                break
            step_on(of, room, each, passed, cell, to, PERSONS, people.members[row])
            hours -= need
            cell = to
            here = quarter[cell]
            if here < 0 or control[cell] != HELD or guards[here] == 0:
                continue
            if not _gets_past(row, cell, cell_m / 1000.0 * (1.0 if k < 4 else 1.4), people, lists, quarters, perils, events):
                hours = 0.0
                break
        if people.members[row] == 0:
            continue
        people.hours[row] = hours
        turned += people.members[row] if people.state[row] == TO_HOUSE else 0
        if exits[cell] == 0 and people.state[row] == ON_FOOT:
            people.entry[row] = entry_of[cell]
            people.state[row] = ON_ROAD
            people.until[row] = JUST_OUT
            cell = -1
        if cell != start:
            move(people, lists, row, cell)
    return turned


@inlined
def _trap(row: int, cell: int, people: HouseholdColumns, quarters: Quarters) -> None:
    """A family finds no way on; one that is still at home is away no more."""
    people.state[row] = TRAPPED
    if cell == people.home[row]:
        quarters.left[people.quarter[row]] -= people.members[row]


@compiled
def _gets_past(
    row: int, cell: int, km: float, people: HouseholdColumns, lists: CellLists, quarters: Quarters, perils: Perils,
    events: Events,
) -> bool:  # fmt: skip
    """Shots at a family that comes into a cell where fighters are, and whether it goes on; else it is turned back, or dead."""
    if not _under_fire(row, cell, km, people, lists, quarters, perils, events):
        return False
    if uniform(perils.key, row, 4 * cell) >= 1.0 - math.exp(-perils.turned * km):
        return True
    home = people.home[row]
    people.house[row] = home if perils.bank[home] == perils.bank[cell] else perils.near_built[cell]
    people.state[row] = TO_HOUSE
    return False


@compiled
def _under_fire(
    row: int, cell: int, km: float, people: HouseholdColumns, lists: CellLists, quarters: Quarters, perils: Perils,
    events: Events,
) -> bool:  # fmt: skip
    """Shots at a family that comes into a cell; returns whether anybody of it lives."""
    if perils.shot <= 0.0:
        return True
    key, draw = perils.key, 4 * cell + 1
    hit = binomial(key, row, draw, people.members[row], 1.0 - math.exp(-perils.shot * km))
    if hit == 0:
        return True
    dead = binomial(key, row, draw + 1, hit, perils.death_share)
    quarters.way_hurt[people.quarter[row]] += hit
    for number in range(dead):
        kill_member(people, lists, row, uniform(key, row, -1 - 8 * cell - number))
    people.wounded[row] += hit - dead
    if dead > 0:
        quarters.killed[people.quarter[row]] += dead
        emit(events, DEATH, cell, CIVILIANS, DEFENDERS, SHOT_FLEEING, HOUSEHOLDS, HOUSEHOLD_SET, row, -1, dead, 0.0)
    if hit > dead:
        emit(events, WOUND, cell, CIVILIANS, DEFENDERS, SHOT_FLEEING, HOUSEHOLDS, HOUSEHOLD_SET, row, -1, hit - dead, 0.0)
    return bool(people.members[row] > 0)


def set_off(battle: Battle, rows: NDArray[np.integer]) -> None:
    """Note who is on the way from now on, so that each tick need not look at everyone; each stands there once."""
    if rows.size:
        known = battle.travellers
        both = np.sort(np.concatenate((known[_under_way(battle, known)], rows.astype(np.int32))), kind="stable")
        battle.travellers = both[np.concatenate(([True], both[1:] != both[:-1]))]


def _under_way(battle: Battle, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    state = battle.households.columns.state[rows]
    return np.asarray((state == ON_FOOT) | (state == ON_ROAD) | (state == TO_HOUSE))


def list_travellers(battle: Battle) -> None:
    """Note all who are on the way, anew."""
    everybody = np.arange(len(battle.households), dtype=np.int32)
    battle.travellers = everybody[_under_way(battle, everybody)]


def _perils(battle: Battle) -> Perils:
    c, s = battle.scenario.coercion, battle.scenario
    return Perils(
        key=battle.key("flight.way", "households"), guards=teams_in(battle), near_built=battle.near_built, bank=battle.grid.bank,
        shot=c.shot_per_km * c.enabled, turned=c.turned_back_per_km * c.enabled,
        death_share=1.0 / (1.0 + s.harm.wounded_per_death), frail_slow=s.flight.frail_slow,
    )  # fmt: skip


def travel(battle: Battle) -> None:
    """One tick of all families on foot and on the road."""
    people, p = battle.households.columns, battle.scenario.displacement
    battle.travellers = battle.travellers[_under_way(battle, battle.travellers)]
    if not (battle.night and p.night == 0.0):
        rows = battle.travellers[people.state[battle.travellers] == ON_FOOT]
        homeward = battle.travellers[people.state[battle.travellers] == TO_HOUSE]
        # By night less of an hour counts; time saved up is time at day's speed, so that dawn does not stretch it.
        hours = battle.dt_h * (p.night if battle.night else 1.0)
        battle.counts["turned_back"] += walk(
            rows, people, battle.households.lists, battle.ground, battle.quarters, battle.exits, battle.onward,
            battle.civil_slow, battle.crossing, battle.entry_of, _perils(battle), p.walk_m_per_h, battle.grid.cell_m, hours,
            battle.grid.nx, battle.grid.ny, battle.events,
        )  # fmt: skip
        go_to_houses(battle, homeward, hours)
    arrive(battle)
