"""Human shields: families of a quarter that is given up are driven on foot into one that is still held.

On the day on which command gives a quarter up, each household on held ground in it, while teams are there to force it, is
driven with chance ``share`` to the held quarter with most teams within ``reach_m`` on its bank. It walks at a family's speed
and is kept, trapped, where it arrives, as long as fighters are around it. One that comes by the way onto ground that the
defenders do not hold runs for it. Driving a crowd shows where the teams are: each of the quarter is found from the air with
chance ``exposes`` times the share of ground that drones watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import AT_HOME, DRIVEN, FREED, ON_FOOT, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns, housed_under_guard, move
from sim.battle.events import emit, flush
from sim.battle.ground import Ground
from sim.battle.journey import set_off
from sim.battle.surveillance import watched_share
from sim.kernels.fields import UNREACHED, downhill, neighbour, step_hours
from sim.kernels.jit import compiled
from sim.kernels.rng import uniform
from sim.record.codes import (
    CIVILIANS,
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    DISPLACEMENT,
    HOUSEHOLDS,
    ISR,
    NO_SET,
    ORDERS,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def drive_shields(battle: Battle, quarters: NDArray[np.int64]) -> None:
    """Drive families out of quarters that command gives up today."""
    p, q, teams, people = battle.scenario.coercion, battle.quarters, battle.defenders.columns, battle.households.columns
    if not p.enabled or p.shield_share <= 0.0 or quarters.size == 0:
        return
    alive = np.flatnonzero((teams.strength > 0) & (teams.cell >= 0))
    standing = battle.ground.quarter[teams.cell[alive]]
    guards = np.bincount(standing[standing >= 0], minlength=q.area.size)
    key = battle.key("shields.drive", "households")
    for quarter in quarters.tolist():
        goal = _destination(battle, quarter, guards)
        if goal < 0 or guards[quarter] == 0:
            continue
        rows = housed_under_guard(people, battle.ground.quarter, battle.ground.control, quarter, AT_HOME)
        rows = np.array([row for row in rows.tolist() if uniform(key, row, 0) < p.shield_share], np.int64)
        if rows.size:
            _set_off(battle, rows, quarter, goal)
            _expose(battle, alive[standing == quarter])
    flush(battle.events, battle.ledger, battle.tick)


def _destination(battle: Battle, quarter: int, guards: NDArray[np.int64]) -> int:
    """The quarter with most teams near, of those on the same bank that are held and not given up; -1 for none."""
    p, q = battle.scenario.coercion, battle.quarters
    held = ~q.liberated & ~battle.given_up & (q.bank == q.bank[quarter]) & (guards > 0)
    held &= (q.x - q.x[quarter]) ** 2 + (q.y - q.y[quarter]) ** 2 <= p.shield_m**2
    held[quarter] = False
    rows = np.flatnonzero(held)
    return int(rows[np.argmax(guards[rows])]) if rows.size else -1


def _set_off(battle: Battle, rows: NDArray[np.int64], quarter: int, goal: int) -> None:
    people, q = battle.households.columns, battle.quarters
    people.state[rows] = DRIVEN
    people.goal[rows] = goal
    people.hours[rows] = 0.0
    persons = int(people.members[rows].sum())
    at_home, fresh = rows[people.cell[rows] == people.home[rows]], rows[~people.away[rows]]
    people.away[fresh] = True
    np.add.at(q.left, people.quarter[at_home], people.members[at_home])
    np.add.at(q.left_ever, people.quarter[fresh], people.members[fresh])
    battle.counts["displaced"] += int(people.members[fresh].sum())
    battle.counts["displaced_again"] += persons - int(people.members[fresh].sum())
    battle.counts["shields"] += persons
    battle.driving += int(rows.size)
    battle.ledger.add(
        battle.tick, DISPLACEMENT, cell=int(battle.grid.neighbourhood_cell[quarter]), people=CIVILIANS, actor=DEFENDERS,
        cause=ORDERS, rule=HOUSEHOLDS, agent_set=NO_SET, row=quarter, other_row=goal, count=persons,
    )  # fmt: skip


def _expose(battle: Battle, rows: NDArray[np.int64]) -> None:
    """The teams that drive a crowd are seen with it."""
    teams, p = battle.defenders.columns, battle.scenario
    key = battle.key("shields.exposed", "defenders")
    for row in rows.tolist():
        at = int(teams.cell[row])
        if uniform(key, row, 0) < p.coercion.shield_exposes * watched_share(battle, at, at):
            if teams.seen_until[row] < battle.tick:
                cell = int(teams.cell[row])
                emit(battle.events, DETECTION, cell, DEFENDERS, COALITION, ISR, HOUSEHOLDS, DEFENDER_SET, row, -1, 1, 0.0)
            teams.seen_until[row] = battle.tick + battle.memory


@compiled
def walk_driven(
    rows: np.ndarray, people: HouseholdColumns, lists: CellLists, ground: Ground, local: np.ndarray,
    slow: np.ndarray, speed: float, cell_m: float, dt: float, nx: int, ny: int,
) -> int:  # fmt: skip
    """Driven families go down the field of their goal; returns how many are no longer driven.

    One that has come to its end in this tick is driven no more with the next: nobody walks twice in a tick.
    """
    done = 0
    for row in rows:
        start = people.cell[row]
        cell, goal = start, people.goal[row]
        hours = people.hours[row] + dt
        state = DRIVEN
        while True:
            if ground.control[cell] == FREED:
                state = ON_FOOT
                break
            if ground.quarter[cell] == goal or local[goal, cell] == UNREACHED:
                state = TRAPPED
                break
            k = downhill(local[goal], slow, cell, nx, ny)
            if k < 0:
                state = TRAPPED
                break
            need = step_hours(slow, cell, k, nx, ny, cell_m, speed)
            if need > hours:
                break
            hours -= need
            cell = neighbour(cell, k, nx, ny)
        people.hours[row] = hours if state == DRIVEN else 0.0
        if cell != start:
            move(people, lists, row, cell)
            state = DRIVEN
        people.state[row] = state
        if state == ON_FOOT:
            people.goal[row] = -1
        done += state != DRIVEN
    return done


def walk_on(battle: Battle) -> None:
    """One tick of all families that are being driven."""
    if battle.driving <= 0:
        return
    people, p = battle.households.columns, battle.scenario.displacement
    rows = np.flatnonzero(people.state == DRIVEN).astype(np.int32)
    battle.routes.need(people.goal[rows], people.cell[rows])
    hours = battle.dt_h * (p.night if battle.night else 1.0)
    walk_driven(
        rows, people, battle.households.lists, battle.ground, battle.routes.local, battle.routes.slow,
        p.walk_m_per_h, battle.grid.cell_m, hours, battle.grid.nx, battle.grid.ny,
    )  # fmt: skip
    at_home = rows[(people.state[rows] == TRAPPED) & (people.cell[rows] == people.home[rows])]
    np.subtract.at(battle.quarters.left, people.quarter[at_home], people.members[at_home])
    battle.driving = int((people.state[rows] == DRIVEN).sum())
    set_off(battle, rows[people.state[rows] == ON_FOOT])
