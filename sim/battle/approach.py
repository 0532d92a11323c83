"""The march to the city, off the grid, against the defenders of the outer zone.

An axis marches at ``open / (1 + k * D / A)`` kilometres a day, where D are the outer-zone fighters on it, A its soldiers and
k is such that the reference ratio gives the contested rate. Meanwhile soldiers fall at ``attacker_casualties * D`` a day and
fighters at ``defender_loss * D`` (both Poisson). What is left of the fighters falls back into the city when the axis arrives.
Axes that change banks later, and platoons that go around, use the same off-grid nodes at road speed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSAULT_ROLE, CORDON, HELD, MARCH, RESERVE
from sim.battle.evacuation import care_of
from sim.battle.harm import hurt_platoon
from sim.kernels.fields import NO_LIMIT, UNREACHED, distance_field
from sim.kernels.rng import poisson, uniform
from sim.record.codes import APPROACH, APPROACH_MARCH, DEATH, DEFENDERS, LIBERATORS, MOVE, NO_SET

if TYPE_CHECKING:
    from sim.battle.model import Battle

# States of an axis.
(WAITING, MARCHING, IN_CITY, AROUND, SPENT) = range(5)
_PLATOONS_PER_CELL = 4


class Axes(NamedTuple):
    """State of the axes of advance, one row each.

    Attributes:
        node: int32, off-grid node of the start line (fixed).
        start: int32, tick at which the march begins (fixed).
        state: uint8, waiting, marching, in the city, going around, or spent.
        entry: int32, entry of the grid that it uses.
        bank: uint8, bank on which it attacks.
        km_left: float64, road still to march.
        outer: int32, outer-zone fighters on it.
        arrive: int32, tick at which an axis that goes around arrives.
        halted: bool, whether it pauses to refit.
        readiness: float64, mean readiness of its assault platoons.
        ready_since: int32, tick from which it is ready to attack again and waits for the others, -1 for not.
        depot: float64, loads of ammunition that it has.
    """

    node: NDArray[np.int32]
    start: NDArray[np.int32]
    state: NDArray[np.uint8]
    entry: NDArray[np.int32]
    bank: NDArray[np.uint8]
    km_left: NDArray[np.float64]
    outer: NDArray[np.int32]
    arrive: NDArray[np.int32]
    halted: NDArray[np.bool_]
    readiness: NDArray[np.float64]
    ready_since: NDArray[np.int32]
    depot: NDArray[np.float64]


def make_axes(battle: Battle) -> Axes:
    """Axes at their start lines, each with the nearest way into the grid and its share of the outer fighters."""
    section, offgrid = battle.scenario.liberators.axes, battle.grid.offgrid
    n = len(section)
    axes = Axes(
        node=np.array([offgrid.index(axis.start) for axis in section.values()], np.int32),
        start=np.array([battle.tick_of(axis.date or battle.scenario.time.start) for axis in section.values()],
        np.int32),
        state=np.full(n, WAITING, np.uint8),
        entry=np.zeros(n, np.int32),
        bank=np.zeros(n, np.uint8),
        km_left=np.zeros(n),
        outer=np.zeros(n, np.int32),
        arrive=np.full(n, -1, np.int32),
        halted=np.zeros(n, np.bool_),
        readiness=np.ones(n),
        ready_since=np.full(n, -1, np.int32),
        depot=np.full(n, battle.scenario.supply.depot_loads),
    )
    for a in range(n):
        km = offgrid.km[axes.node[a]]
        axes.entry[a] = int(np.argmin(km))
        axes.km_left[a] = km.min()
        axes.bank[a] = offgrid.entry_bank[axes.entry[a]]
    fighters = battle.scenario.defenders.outer_fighters
    if n:
        axes.outer[:] = fighters // n
        axes.outer[: fighters % n] += 1
    return axes


def march(battle: Battle) -> None:
    """One tick of all that moves off the grid on the liberators' side."""
    axes = battle.axes
    for a in range(axes.node.size):
        if axes.state[a] == WAITING and battle.tick >= axes.start[a]:
            axes.state[a] = MARCHING
        if axes.state[a] == MARCHING:
            _march_axis(battle, a)
        elif axes.state[a] == AROUND and battle.tick >= axes.arrive[a]:
            _enter(battle, a)
    _arrive(battle)


def _march_axis(battle: Battle, a: int) -> None:
    p, axes = battle.scenario.approach, battle.axes
    platoons = battle.liberators.columns
    rows = np.flatnonzero((platoons.axis == a) & (platoons.strength > 0))
    attackers = int(platoons.strength[rows].sum())
    if attackers == 0:
        axes.state[a] = SPENT
        return
    days = battle.dt_h / 24.0
    outer = int(axes.outer[a])
    drag = (p.open_km_per_day / p.contested_km_per_day - 1.0) / p.reference_ratio
    axes.km_left[a] -= p.open_km_per_day / (1.0 + drag * outer / attackers) * days
    if outer > 0:
        _skirmish(battle, a, rows, outer, days)
    if axes.km_left[a] <= 0.0:
        _fall_back(battle, a)
        _enter(battle, a)


def _skirmish(battle: Battle, a: int, rows: NDArray[np.int64], outer: int, days: float) -> None:
    p, axes = battle.scenario.approach, battle.axes
    key = battle.key("approach.losses", "axes")
    care = care_of(battle)
    casualties = poisson(key, a, 0, p.attacker_casualties * outer * days)
    for i in range(casualties):
        row = int(rows[int(uniform(key, a, 10 + i) * rows.size)])
        hurt_platoon(
            battle.key("approach.hurt", f"axis{a}.{i}"), battle.liberators.columns, row, 1, care, 0.0, DEFENDERS,
            APPROACH, APPROACH_MARCH, -1, -1, battle.events,
        )  # fmt: skip
    dead = min(outer, poisson(key, a, 1, p.defender_loss * outer * days))
    if dead:
        axes.outer[a] -= dead
        battle.outer_killed += dead
        battle.ledger.add(
            battle.tick, DEATH, people=DEFENDERS, actor=LIBERATORS, cause=APPROACH, rule=APPROACH_MARCH,
            agent_set=NO_SET, row=a, count=dead
        )


def _fall_back(battle: Battle, a: int) -> None:
    """Outer fighters who are left form teams at the edge of the city, on the side where the axis arrives."""
    axes, teams = battle.axes, battle.defenders.columns
    size = battle.scenario.defenders.team_size
    empty = np.flatnonzero((teams.size == 0) & (teams.strength == 0))
    q = battle.quarters
    held = np.flatnonzero(~q.liberated & q.defended & (q.bank == axes.bank[a]))
    held = held if held.size else np.flatnonzero(~q.liberated)
    left = int(axes.outer[a])
    if left == 0 or empty.size == 0 or held.size == 0:
        return
    entry = int(battle.grid.offgrid.entry_cell[axes.entry[a]])
    x, y = battle.position(np.array([entry]))
    nearest = int(held[np.argmin((q.x[held] - x) ** 2 + (q.y[held] - y) ** 2)])
    for row in empty[: -(-left // size)]:
        strength = min(size, left)
        left -= strength
        axes.outer[a] -= strength
        teams.strength[row] = teams.size[row] = strength
        teams.quarter[row] = nearest
        cells = q.cells[q.start[nearest] : q.start[nearest + 1]]
        cells = cells[battle.ground.control[cells] == HELD] if (battle.ground.control[cells] == HELD).any() else cells
        pick = int(uniform(battle.key("approach.fall_back", "defenders"), int(row), 0) * cells.size)
        teams.cell[row] = teams.target[row] = cells[pick]


def _enter(battle: Battle, a: int) -> None:
    """Platoons of the axis come onto the grid around its entry, a few to a cell."""
    axes, platoons = battle.axes, battle.liberators.columns
    axes.state[a] = IN_CITY
    entry = int(battle.grid.offgrid.entry_cell[axes.entry[a]])
    axes.bank[a] = battle.grid.offgrid.entry_bank[axes.entry[a]]
    marching = (platoons.axis == a) & (platoons.order == MARCH) & (platoons.strength > 0) & (platoons.arrive < 0)
    rows = np.flatnonzero(marching)
    _put_down(battle, rows, entry)
    battle.entry_open[axes.entry[a]] = True
    battle.ways_changed = True
    battle.ledger.add(
        battle.tick, MOVE, cell=entry, people=LIBERATORS, actor=LIBERATORS, rule=APPROACH_MARCH, row=a,
        count=int(platoons.strength[rows].sum())
    )


def _put_down(battle: Battle, rows: NDArray[np.int64], entry: int) -> None:
    """Platoons come onto the grid around a way in, a few to a cell, and wait there for orders."""
    platoons, forces = battle.liberators.columns, battle.liberators.forces
    field = distance_field(battle.routes.slow, np.array([entry], np.int32), battle.grid.nx, battle.grid.ny, NO_LIMIT)
    near = np.argsort(field, kind="stable")[: max(1, -(-rows.size // _PLATOONS_PER_CELL))]
    near = near[field[near] < UNREACHED]
    platoons.moved[rows] = battle.tick
    platoons.cell[rows] = near[np.arange(rows.size) // _PLATOONS_PER_CELL % near.size]
    platoons.order[rows] = np.where(forces.may_enter[platoons.force[rows]], RESERVE, CORDON)


def _arrive(battle: Battle) -> None:
    """Platoons whose own march around is over come onto the grid."""
    platoons = battle.liberators.columns
    due = np.flatnonzero((platoons.arrive >= 0) & (platoons.arrive <= battle.tick))
    for entry in np.unique(platoons.arrive_cell[due]) if due.size else ():
        rows = due[platoons.arrive_cell[due] == entry]
        platoons.arrive[rows] = platoons.arrive_cell[rows] = -1
        _put_down(battle, rows[platoons.strength[rows] > 0], int(entry))


def march_around(battle: Battle, rows: NDArray[np.int64], a: int, to: int) -> bool:
    """Send platoons of an axis by road to where another came in; False where no road leads there."""
    return march_to(battle, rows, a, int(battle.axes.entry[to]), battle.scenario.liberators.shift_days)


def march_to(battle: Battle, rows: NDArray[np.int64], a: int, way: int, days: float) -> bool:
    """Send platoons of an axis by road to a way into the city, after some days to regroup; False where no road leads there."""
    offgrid, axes, platoons, p = battle.grid.offgrid, battle.axes, battle.liberators.columns, battle.scenario
    km = float(np.min(offgrid.km[:, axes.entry[a]] + offgrid.km[:, way]))
    if not math.isfinite(km):
        return False
    hours = days * 24.0 + km / p.movement.road_km_per_h
    platoons.arrive[rows] = battle.tick + math.ceil(hours / battle.dt_h)
    platoons.arrive_cell[rows] = offgrid.entry_cell[way]
    platoons.cell[rows] = platoons.objective[rows] = platoons.target[rows] = -1
    platoons.order[rows] = MARCH
    return True


def go_around(battle: Battle, a: int, bank: int) -> bool:
    """Send the assault platoons of an axis around to another bank by road; False where no way leads there."""
    offgrid, axes, platoons = battle.grid.offgrid, battle.axes, battle.liberators.columns
    entries = np.flatnonzero(offgrid.entry_bank == bank)
    if entries.size == 0:
        return False
    through = np.min(offgrid.km[:, [axes.entry[a]]] + offgrid.km[:, entries], axis=0)
    best = int(np.argmin(through))
    if not math.isfinite(float(through[best])):
        return False
    p = battle.scenario
    hours = p.liberators.redeploy_days * 24.0 + float(through[best]) / p.movement.road_km_per_h
    axes.entry[a] = entries[best]
    axes.bank[a] = bank
    axes.state[a] = AROUND
    axes.arrive[a] = battle.tick + math.ceil(hours / battle.dt_h)
    rows = np.flatnonzero((platoons.axis == a) & (platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0))
    rows = rows[platoons.order[rows] != CORDON]
    platoons.cell[rows] = platoons.objective[rows] = platoons.target[rows] = -1
    platoons.order[rows] = MARCH
    return True
