"""Movement of the defenders' teams: to a post, into a counter-attack, to a bridge to be rigged, or out of the city.

A team goes at the pace ``contact_m_per_h`` where a platoon is near that it knows of; one that it does not it finds with the
hazard of its sight. It sheds a pursuer's view with each cell, and loses the position that it had dug. Who makes for a way out
of the city follows a field over ground that the liberators do not hold, and is gone from the battle when it gets there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import FREED, TEAM_COUNTER, TEAM_ESCAPE, TEAM_HOLD, TEAM_MOVE, TEAM_RIG
from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, nearby
from sim.battle.crossing import FIGHTERS, Crossing, has_room, step_on
from sim.battle.events import Events, emit
from sim.battle.ground import Ground
from sim.battle.routes import next_step
from sim.kernels.fields import NO_LIMIT, distance_field, downhill, neighbour, step_hours, step_m
from sim.kernels.jit import compiled
from sim.kernels.rng import uniform
from sim.record.codes import (
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    LIBERATOR_SET,
    LIBERATORS,
    MOVE,
    MOVEMENT,
    SIGHT,
    WITHDRAWAL,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


@compiled
def _platoons_in_contact(cell: int, platoons: LiberatorColumns, near: Near, tick: int) -> tuple[int, int]:
    """Platoons within contact of a cell that are not known, and the nearest of them; -1 where a known one is there."""
    hidden, first = 0, -1
    for k in range(near.touching):
        c = nearby(near.dx, near.dy, near.nx, near.ny, cell, k)
        if c < 0:
            continue
        platoon = near.platoon_head[c]
        while platoon >= 0:
            if platoons.seen_until[platoon] >= tick:
                return -1, platoon
            hidden += 1
            first = platoon if first < 0 else first
            platoon = near.platoon_next[platoon]
    return hidden, first


@compiled
def move_teams(
    key: np.uint64, teams: DefenderColumns, platoons: LiberatorColumns, near: Near, local: np.ndarray, across: np.ndarray,
    ways: np.ndarray, bank: np.ndarray, quarter_bank: np.ndarray, slow: np.ndarray, crossing: Crossing, ground: Ground,
    speed: float, cell_m: float,
    dig_h: float, dt: float, sight: float, pace: float, tick: int, memory: int, nx: int, ny: int, events: Events,
) -> None:  # fmt: skip
    """Teams on the move go to their cell, at a slower pace near platoons that they know of; the others dig in.

    Moving sheds a pursuer's view.
    """
    detour = np.full(nx * ny + 1, -1, np.int32)
    of, room, each, passed = crossing.of, crossing.room, crossing.person_h, crossing.passed
    for row in range(teams.cell.size):
        if teams.strength[row] <= 0:
            continue
        q, order = teams.quarter[row], teams.order[row]
        leaves = order == TEAM_ESCAPE
        moves = order == TEAM_MOVE or order == TEAM_COUNTER or order == TEAM_RIG  # noqa: PLR1714  Numba knows no such tuples
        if not leaves and (not moves or q < 0):
            teams.dug[row] = min(1.0, teams.dug[row] + dt / dig_h)
            continue
        cell = teams.cell[row]
        # One that has broken off a fight had to come to that first.
        hours = teams.hours[row] + (dt if teams.stays[row] >= 1.0 else (1.0 - teams.stays[row]) * dt)
        teams.hours[row] = 0.0
        while True:
            if leaves:
                k = downhill(ways, slow, cell, nx, ny)
            else:
                field = local[q] if bank[cell] == quarter_bank[q] else across[q]
                goal = teams.target[row]
                aims = goal >= 0 and ground.quarter[goal] == q
                k = next_step(slow, field, cell, goal, ground.quarter[cell] == q, aims, detour, nx, ny)
            if k < 0:
                if order == TEAM_MOVE:
                    teams.order[row] = TEAM_HOLD
                    teams.dug[row] = min(1.0, teams.dug[row] + max(hours, 0.0) / dig_h)
                break
            to, need = neighbour(cell, k, nx, ny), step_hours(slow, cell, k, nx, ny, cell_m, speed)
            if need > hours:
                teams.hours[row] = hours
                break
            if not has_room(of, room, cell, to):
                teams.hours[row] = need
                break
            step_on(of, room, each, passed, cell, to, FIGHTERS, teams.strength[row])
            hidden, platoon = _platoons_in_contact(to, platoons, near, tick)
            hours -= need + (step_m(k, cell_m) / pace if hidden < 0 else 0.0)
            cell = to
            teams.cell[row] = cell
            teams.dug[row] = 0.0
            teams.seen_until[row] = min(teams.seen_until[row], tick)
            if hidden > 0 and uniform(key, row, cell) < 1.0 - math.exp(-sight * hidden * need):
                at = platoons.cell[platoon]
                emit(events, DETECTION, at, LIBERATORS, DEFENDERS, SIGHT, MOVEMENT, LIBERATOR_SET, platoon, row, 1, 0.0)
                platoons.seen_until[platoon] = tick + memory


def move_defenders(battle: Battle) -> None:
    """One tick of all teams."""
    s, teams, routes = battle.scenario, battle.defenders.columns, battle.routes
    orders = teams.order[battle.units.team_rows]
    on_the_move = battle.units.team_rows[(orders == TEAM_MOVE) | (orders == TEAM_COUNTER) | (orders == TEAM_RIG)]
    routes.need(teams.quarter[on_the_move], teams.cell[on_the_move])
    night = s.sensing.night if battle.night else 1.0
    move_teams(
        battle.key("movement.meeting", "defenders"), teams, battle.liberators.columns, battle.units.near, routes.local,
        routes.across, ways_of_escape(battle, orders), battle.bank, battle.quarters.bank, routes.slow, battle.crossing,
        battle.ground, s.movement.team_m_per_h, battle.grid.cell_m, s.movement.dig_in_h, battle.dt_h,
        s.sensing.team_sight_per_h * night, s.movement.contact_m_per_h, battle.tick, battle.memory, battle.grid.nx,
        battle.grid.ny, battle.events,
    )  # fmt: skip
    _leave(battle)


def ways_of_escape(battle: Battle, orders: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Cost to the nearest way out of the city that is open to the defenders; empty where nobody makes for one."""
    if not (orders == TEAM_ESCAPE).any():
        return np.zeros(0, np.int32)
    grid, control, near = battle.grid, battle.ground.control, battle.near_built
    slow = np.where((near >= 0) & (control[near] == FREED), 0, battle.routes.slow).astype(np.int32)
    return distance_field(slow, grid.offgrid.entry_cell[~battle.way_closed].astype(np.int32), grid.nx, grid.ny, NO_LIMIT)


def _leave(battle: Battle) -> None:
    """Teams that have come to a way out are gone from the battle."""
    teams = battle.defenders.columns
    going = np.flatnonzero((teams.order == TEAM_ESCAPE) & (teams.strength > 0))
    if going.size == 0:
        return
    out = battle.grid.offgrid.entry_cell[~battle.way_closed]
    for row in going[np.isin(teams.cell[going], out)].tolist():
        battle.ledger.add(
            battle.tick, MOVE, cell=int(teams.cell[row]), people=DEFENDERS, actor=DEFENDERS, rule=WITHDRAWAL,
            agent_set=DEFENDER_SET, row=row, count=int(teams.strength[row])
        )  # fmt: skip
        teams.escaped[row] += teams.strength[row]
        teams.strength[row] = 0
        teams.cell[row] = teams.quarter[row] = -1
