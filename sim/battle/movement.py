"""Movement of platoons on the grid, cell by cell, stopping at contact; that of teams is in :mod:`sim.battle.team_movement`.

Time to the next cell is ``length * slowness / (10 * speed)``, with the mean slowness of both cells. The hours of a tick are
spent once, on moving and then on searching; what is left is kept for the next tick, and what is overspent is owed. A platoon
stops in a cell that it has to search, halts for a time where it is ambushed, goes at the pace ``contact_m_per_h`` where a
known team is near, and does not move in the part of a tick in which it is in contact. Platoons that search spread over a
quarter: each goes to the cell with the least ``(distance / 100 m)^2 + 6 (platoons to a hectare of its block that go there
already)^2``. Platoons of an axis that pauses to refit step back out of contact. Who finds no room on a bridge waits at its end
(:mod:`sim.battle.crossing`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSAULT, GARRISON, HELD, REFIT, RESERVE
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, make_near, nearby
from sim.battle.crossing import PLATOONS, Crossing, give_room, has_room, step_on
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters, place_m2
from sim.battle.routes import next_step
from sim.battle.team_movement import move_defenders
from sim.kernels.fields import UNREACHED, neighbour, step_cost, step_hours, step_m
from sim.kernels.jit import compiled, compiled_for, inlined
from sim.kernels.rng import uniform
from sim.record.codes import (
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    FIRE_SEEN,
    LIBERATOR_SET,
    LIBERATORS,
    MOVEMENT,
    SIGHT,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Fields(NamedTuple):
    """The ways to quarters.

    Attributes:
        local: int32 (quarters, cells), fields to quarters on their own bank.
        across: int32 (quarters, cells), fields by the bridges that stand.
        bank: uint8 (cells,), bank codes.
        slow: int32 (cells,), slowness.
    """

    local: NDArray[np.int32]
    across: NDArray[np.int32]
    bank: NDArray[np.uint8]
    slow: NDArray[np.int32]


class March(NamedTuple):
    """Numbers of platoons' moves, as compiled code takes them.

    Attributes:
        speed: Metres an hour in the open.
        cell_m: Side of a cell.
        hectares: Area of a block.
        ambush: Hazard of being ambushed by each hidden team in contact, 1/h.
        pace: Metres an hour within contact of a team that is known, beside the time to walk there.
        halt_h: Time for which a platoon halts that is ambushed, hours.
        memory: Ticks for which a sighting is acted on.
        dt: Hours of the tick.
    """

    speed: float
    cell_m: float
    hectares: float
    ambush: float
    pace: float
    halt_h: float
    memory: int
    dt: float


@compiled_for(0, zero_columns(DefenderColumns, 0), make_near(1, 1, 0, 0, 1.0, 1.0, 1.0, 1.0, 1.0), 0)
def _teams_in_contact(cell: int, teams: DefenderColumns, near: Near, tick: int) -> tuple[int, int]:
    """Hidden teams within contact of a cell that has one near, and the nearest; -1 and its row where a known one is there."""
    count = 0
    first = -1
    dx, dy, nx, ny = near.dx, near.dy, near.nx, near.ny
    for k in range(near.touching):
        c = nearby(dx, dy, nx, ny, cell, k)
        if c < 0:
            continue
        team = near.team_head[c]
        while team >= 0:
            if teams.strength[team] <= 0:
                team = near.team_next[team]
                continue
            if teams.seen_until[team] >= tick:
                return -1, team
            count += 1
            if first < 0:
                first = team
            team = near.team_next[team]
    return count, first


@compiled
def _choose_target(
    cell: int,
    cells: np.ndarray,
    control: np.ndarray,
    claims: np.ndarray,
    block: np.ndarray,
    hectares: float,
    cell_m: float,
    nx: int,
) -> int:
    """The one of the objective's cells still to be searched that is near and not yet claimed by many."""
    best, best_cell = 1e18, -1
    x, y, unit = cell % nx, cell // nx, cell_m**2 / 1e4
    for c in cells:
        if control[c] != HELD:
            continue
        d = float((c % nx - x) ** 2 + (c // nx - y) ** 2) * unit + 6.0 * (claims[block[c]] / hectares) ** 2
        if d < best:
            best, best_cell = d, c
    return best_cell


@inlined
def _stays(
    row: int, q: int, cell: int, order: int, targets: np.ndarray, quarter: np.ndarray, control: np.ndarray, start: np.ndarray,
    cells: np.ndarray, claims: np.ndarray, block: np.ndarray, hectares: float, cell_m: float, nx: int,
) -> bool:  # fmt: skip
    """Whether a platoon stays where it is in this tick; one that works in its objective ``q`` is given its next cell."""
    if order != ASSAULT:
        return bool(quarter[cell] == q and targets[row] < 0)
    if quarter[cell] != q:
        return False
    target = targets[row]
    if control[cell] == HELD:
        target = cell
    elif target < 0 or control[target] != HELD:
        target = _choose_target(cell, cells[start[q] : start[q + 1]], control, claims, block, hectares, cell_m, nx)
    targets[row] = target
    if target >= 0:
        claims[block[target]] += 1
    return bool(target == cell)


@compiled
def _ambushed(
    key: np.uint64, row: int, cell: int, hours: float, hidden: int, team: int, teams: DefenderColumns, platoons: LiberatorColumns,
    march: March, tick: int, events: Events,
) -> float:  # fmt: skip
    """Hours for which a platoon halts that comes into a cell near ``hidden`` teams: 0 if ``team``, the nearest, lets it pass."""
    if uniform(key, row, cell) >= 1.0 - math.exp(-march.ambush * hidden * hours):
        return 0.0
    emit(events, DETECTION, teams.cell[team], DEFENDERS, LIBERATORS, FIRE_SEEN, MOVEMENT, DEFENDER_SET, team, row, 1, 0.0)
    if platoons.seen_until[row] < tick:
        emit(events, DETECTION, cell, LIBERATORS, DEFENDERS, SIGHT, MOVEMENT, LIBERATOR_SET, row, team, 1, 0.0)
    teams.seen_until[team] = platoons.seen_until[row] = tick + march.memory
    return march.halt_h


@inlined
def _close(
    key: np.uint64, row: int, cell: int, k: int, need: float, hidden: int, team: int, teams: DefenderColumns,
    platoons: LiberatorColumns, march: March, tick: int, events: Events,
) -> None:  # fmt: skip
    """The time that a platoon spends in contact as it comes into a cell, ``k``-th of the last one, with teams near it."""
    if hidden < 0:
        halt = step_m(k, march.cell_m) / march.pace
    else:
        halt = _ambushed(key, row, cell, need, hidden, team, teams, platoons, march, tick, events)
    platoons.contact[row] = min(1.0, platoons.contact[row] + min(halt, platoons.hours[row]) / march.dt)
    platoons.hours[row] -= halt


@compiled
def move_platoons(
    key: np.uint64, rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, near: Near, ground: Ground,
    quarters: Quarters, fields: Fields, crossing: Crossing, march: March, tick: int, events: Events,
) -> None:  # fmt: skip
    """Move the platoons ``rows``, which have somewhere to go.

    Args:
        key: Stream key.
        rows: int32, platoons with an objective, on the grid.
        teams: Teams, for contact.
        platoons: Platoons.
        near: Units by cell, as before the move.
        ground: Layers.
        quarters: Neighbourhoods.
        fields: The ways to quarters.
        crossing: What bridges carry.
        march: Numbers of the rule.
        tick: Number of the tick.
        events: Ledger rows.
    """
    nx, ny, block = near.nx, near.ny, ground.block
    claims, detour = np.zeros(nx * ny, np.int32), np.full(nx * ny + 1, -1, np.int32)
    speed, cell_m, hectares = march.speed, march.cell_m, march.hectares
    local, across, bank, slow = fields.local, fields.across, fields.bank, fields.slow
    of, room, each, passed = crossing.of, crossing.room, crossing.platoon_h, crossing.passed
    quarter, control, start, cells, banks = ground.quarter, ground.control, quarters.start, quarters.cells, quarters.bank
    targets, orders, team_near = platoons.target, platoons.order, near.team_near
    for row in rows:
        q, cell, order = platoons.objective[row], platoons.cell[row], orders[row]
        if _stays(row, q, cell, order, targets, quarter, control, start, cells, claims, block, hectares, cell_m, nx):
            continue
        target, hours = targets[row], platoons.hours[row]
        while True:
            field = local[q] if bank[cell] == banks[q] else across[q]
            # In its objective, or outside it on the way to a cell of it.
            works, aims = quarter[cell] == q or (order == ASSAULT and target >= 0), target >= 0 and quarter[target] == q
            k = next_step(slow, field, cell, target, works, aims, detour, nx, ny)
            if k < 0:
                # Nowhere to go: time spent idle is not saved up.
                platoons.target[row] = -1
                platoons.hours[row] = 0.0
                break
            to, need = neighbour(cell, k, nx, ny), step_hours(slow, cell, k, nx, ny, cell_m, speed)
            hidden, team = _teams_in_contact(to, teams, near, tick) if team_near[to] else (0, -1)
            if need > hours:
                break
            if not has_room(of, room, cell, to):
                platoons.hours[row] = need
                break
            step_on(of, room, each, passed, cell, to, PLATOONS, 1)
            cell = to
            platoons.cell[row] = cell
            platoons.moved[row] = tick
            platoons.seen_until[row] = min(platoons.seen_until[row], tick)
            platoons.hours[row] = hours - need
            if hidden != 0:
                _close(key, row, cell, k, need, hidden, team, teams, platoons, march, tick, events)
            hours = platoons.hours[row]
            if order == ASSAULT and control[cell] == HELD:
                break


@compiled
def pull_back(
    rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, near: Near, ground: Ground, local: np.ndarray,
    slow: np.ndarray, speed: float, cell_m: float, tick: int,
) -> None:  # fmt: skip
    """Platoons ``rows``, which pause and are in contact, step back: away from their objective, over free ground.

    They take one step in any case, as they are under fire, and more while a known team is upon them.
    """
    nx, ny = near.nx, near.ny
    for row in rows:
        field = local[platoons.objective[row]]
        first = True
        while True:
            cell = platoons.cell[row]
            hidden = _teams_in_contact(cell, teams, near, tick)[0] if near.team_near[cell] else 0
            if hidden >= 0 and not first:
                break
            first = False
            best, best_k = field[cell], -1
            for k in range(8):
                to = neighbour(cell, k, nx, ny)
                if step_cost(slow, cell, k, nx, ny) > 0 and ground.control[to] != HELD and best < field[to] < UNREACHED:
                    best, best_k = field[to], k
            if best_k < 0:
                break
            need = step_hours(slow, cell, best_k, nx, ny, cell_m, speed)
            if need > platoons.hours[row]:
                break
            platoons.hours[row] -= need
            platoons.cell[row] = neighbour(cell, best_k, nx, ny)
            platoons.moved[row] = tick
            platoons.seen_until[row] = min(platoons.seen_until[row], tick)


@compiled
def who_moves(
    rows: np.ndarray, platoons: LiberatorColumns, halted: np.ndarray, least: float, dt: float
) -> tuple[np.ndarray, np.ndarray]:
    """Platoons that may move, and those that pause under fire or are out of ammunition; all are given the tick's hours.

    Those that have somewhere to go have what they saved beside the tick's hours out of contact, the others the latter alone. A
    platoon in contact for the whole tick does not move, but to step back from it.
    """
    moving, pausing = np.empty(rows.size, np.int32), np.empty(rows.size, np.int32)
    n_moving, n_pausing = 0, 0
    for row in rows:
        order, target = platoons.order[row], platoons.target[row]
        rests = halted[platoons.axis[row]] or platoons.ammo[row] < least
        goes = order in (GARRISON, RESERVE, REFIT) and target >= 0 and target != platoons.cell[row]
        free = dt * (1.0 - platoons.contact[row])
        if ((order == ASSAULT and not rests) or goes) and platoons.objective[row] >= 0:
            if free > 0.0:
                moving[n_moving] = row
                n_moving += 1
        else:
            platoons.hours[row] = 0.0
            if order == ASSAULT and rests and platoons.contact[row] > 0.0 and platoons.objective[row] >= 0:
                free = dt
                pausing[n_pausing] = row
                n_pausing += 1
        platoons.hours[row] += free
    return moving[:n_moving].copy(), pausing[:n_pausing].copy()


def _march(battle: Battle) -> March:
    s, cell_m = battle.scenario, battle.grid.cell_m
    ambush = s.sensing.team_sight_per_h * (s.sensing.night if battle.night else 1.0)
    return March(
        s.movement.platoon_m_per_h,
        cell_m,
        place_m2(cell_m) / 1e4,
        ambush,
        s.movement.contact_m_per_h,
        s.evacuation.halt_h,
        battle.memory,
        battle.dt_h,
    )


def move(battle: Battle) -> None:
    """Move both sides; the index of units is made anew."""
    give_room(battle)
    p, s = battle.scenario.movement, battle.scenario
    teams, platoons, routes, quarters = battle.defenders.columns, battle.liberators.columns, battle.routes, battle.quarters
    rows, paused = who_moves(battle.units.platoon_rows, platoons, battle.axes.halted, s.supply.least, battle.dt_h)
    routes.need(platoons.objective[rows], platoons.cell[rows])
    move_platoons(
        battle.key("movement.ambush", "liberators"), rows, teams, platoons, battle.units.near, battle.ground, quarters,
        Fields(routes.local, routes.across, battle.bank, routes.slow), battle.crossing, _march(battle), battle.tick,
        battle.events,
    )  # fmt: skip
    routes.need(platoons.objective[paused], platoons.cell[paused])
    pull_back(
        paused, teams, platoons, battle.units.near, battle.ground, routes.local, routes.slow, p.platoon_m_per_h,
        battle.grid.cell_m, battle.tick,
    )  # fmt: skip
    move_defenders(battle)
    flush(battle.events, battle.ledger, battle.tick)
    battle.units.update(teams, platoons)
