"""Objectives of the assault platoons, axis by axis, once a day.

An axis takes quarters of its bank that still have to be freed, the nearest first and those before that are already flanked: by
``distance * (1.5 - share of neighbouring quarters that are free)``. A quarter gets platoons by its area and by the odds,
``max(platoons_per_km2 * area, attack_ratio * (believed + known fighters) / platoon size)``, within bounds. A part of the ready
platoons is kept back; it goes to objectives where there was fighting and no ground was won since yesterday. Platoons without an
objective assemble in the freed quarter nearest to their axis's objectives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, CORDON, FREED, MARCH, REFIT, RESERVE
from sim.battle.approach import go_around
from sim.battle.campaign import believed_fighters
from sim.battle.ground import nearest_gap2
from sim.kernels.rng import uniform
from sim.record.codes import COMMAND, LIBERATORS, NO_SET, ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# What an objective in trouble gets more than another.
_TROUBLE = 1.5


def direct(battle: Battle, axes: NDArray[np.int64]) -> None:
    """The day's objectives of the axes that are in the city; all of them know what the others work on."""
    platoons, q = battle.liberators.columns, battle.quarters
    owner = np.full(q.area.size, -1, np.int64)
    working = np.flatnonzero((platoons.order == ASSAULT) & (platoons.objective >= 0))
    owner[platoons.objective[working]] = platoons.axis[working]
    need = platoons_needed(battle)
    for a in axes.tolist():
        _direct_axis(battle, a, owner, need)


def platoons_needed(battle: Battle) -> NDArray[np.int64]:
    """Platoons that command wants on each quarter; see the module's formula."""
    p, q, teams = battle.scenario.liberators, battle.quarters, battle.defenders.columns
    known = np.flatnonzero((teams.seen_until >= battle.tick) & (teams.strength > 0))
    quarter = battle.ground.quarter[teams.cell[known]]
    there = quarter >= 0
    fighters = believed_fighters(battle)
    fighters += np.bincount(quarter[there], teams.size[known[there]], q.area.size)
    need = np.ceil(np.maximum(p.platoons_per_km2 * q.area, p.attack_ratio * fighters / p.platoon_size))
    trouble = (q.fighting > 0.0) & (q.freed <= q.freed_before)
    need[trouble] = np.ceil(need[trouble] * _TROUBLE)
    return np.clip(need, p.objective_min, p.objective_max).astype(np.int64)


def _direct_axis(battle: Battle, a: int, owner: NDArray[np.int64], need: NDArray[np.int64]) -> None:
    """Give the assault platoons of one axis their quarters for the day; ``owner`` says which axis works on which."""
    q, platoons, axes = battle.quarters, battle.liberators.columns, battle.axes
    able = (platoons.cell >= 0) & (platoons.strength > 0) & (platoons.order != CORDON) & (platoons.order != MARCH)
    rows = np.flatnonzero(able & (platoons.axis == a) & (platoons.role == ASSAULT_ROLE))
    if rows.size == 0:
        return
    # Bridges may have been cut behind an order to cross: the axis attacks where its platoons are.
    here = int(np.argmax(np.bincount(battle.bank[platoons.cell[rows]], minlength=len(battle.bank_codes) + 1)[1:])) + 1
    if not battle.joined[here, axes.bank[a]]:
        axes.bank[a] = here
    on_bank = ~q.liberated & (q.bank == axes.bank[a])
    if not on_bank.any():
        change_bank(battle, a)
        return
    ready = rows[platoons.order[rows] != REFIT]
    busy = (platoons.objective[ready] >= 0) & (platoons.order[ready] == ASSAULT)
    busy &= ~q.liberated[np.maximum(platoons.objective[ready], 0)]
    if not battle.campaign.attacked[axes.bank[a]]:
        busy[:] = False
    # Platoons stay with an objective until it is free.
    working, idle = ready[busy], ready[~busy]
    platoons.order[idle] = RESERVE
    platoons.objective[idle] = platoons.target[idle] = -1
    if battle.campaign.attacked[axes.bank[a]]:
        mine = on_bank & ((owner == -1) | (owner == a))
        order = _by_preference(battle, rows, np.flatnonzero(mine if mine.any() else on_bank))
        idle = _man(battle, a, order, need, working, idle, owner)
    _assemble(battle, a, idle)


def _by_preference(battle: Battle, rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Quarters in the order in which an axis with platoons ``rows`` wants them."""
    q = battle.quarters
    x, y = battle.position(battle.liberators.columns.cell[rows])
    distance = np.sqrt((q.x[wanted] - float(np.median(x))) ** 2 + (q.y[wanted] - float(np.median(y))) ** 2)
    free = (q.liberated & (q.area > 0)).astype(np.float64)
    neighbours = battle.borders[wanted] > 0
    flanked = (neighbours * free).sum(axis=1) / np.maximum(neighbours.sum(axis=1), 1)
    return np.asarray(wanted[np.argsort(distance * (1.5 - flanked), kind="stable")])


def _man(
    battle: Battle, a: int, order: NDArray[np.int64], need: NDArray[np.int64], working: NDArray[np.int64],
    idle: NDArray[np.int64], owner: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Send idle platoons to quarters in order, those begun first; returns those who remain."""
    p, q = battle.scenario.liberators, battle.quarters
    have = np.bincount(battle.liberators.columns.objective[working], minlength=q.area.size)
    reserve = int(p.reserve_share * (working.size + idle.size))
    begun = order[have[order] > 0]
    for row in begun.tolist():
        lack = int(need[row] - have[row])
        if lack > 0 and idle.size:
            idle = _send(battle, a, idle, row, lack)
    for row in order[have[order] == 0].tolist():
        free = idle.size - reserve
        if free < max(1, int(need[row]) // 2) and (have.any() or free <= 0):
            break
        idle = _send(battle, a, idle, row, min(int(need[row]), free))
        have[row] += 1
        owner[row] = a
    return idle


def _send(battle: Battle, a: int, idle: NDArray[np.int64], row: int, need: int) -> NDArray[np.int64]:
    """Order the nearest idle platoons to a quarter; returns those that remain."""
    q, platoons = battle.quarters, battle.liberators.columns
    x, y = battle.position(platoons.cell[idle])
    order = np.argsort((x - q.x[row]) ** 2 + (y - q.y[row]) ** 2, kind="stable")
    chosen = idle[order[:need]]
    platoons.order[chosen] = ASSAULT
    platoons.objective[chosen] = row
    platoons.target[chosen] = -1
    battle.ledger.add(
        battle.tick, ORDER, cell=int(battle.grid.neighbourhood_cell[row]), actor=LIBERATORS, rule=COMMAND,
        agent_set=NO_SET, row=a, other_row=row, count=int(chosen.size),
    )  # fmt: skip
    return np.sort(idle[order[need:]])


def _assemble(battle: Battle, a: int, idle: NDArray[np.int64]) -> None:
    """Platoons without an objective wait in the freed quarter nearest to their axis's objectives, on their bank."""
    q, platoons = battle.quarters, battle.liberators.columns
    mine = (platoons.axis == a) & (platoons.order == ASSAULT) & (platoons.objective >= 0)
    targets = np.unique(platoons.objective[mine])
    free = np.flatnonzero(q.liberated & (q.area > 0) & (q.bank == battle.axes.bank[a]))
    if idle.size == 0 or targets.size == 0 or free.size == 0:
        return
    gap2 = nearest_gap2(q.x[free], q.y[free], q.x[targets], q.y[targets])
    gather(battle, idle, int(free[np.argmin(gap2)]))


def gather(battle: Battle, rows: NDArray[np.int64], quarter: int) -> None:
    """Send platoons to drawn free cells of a quarter; those who are there stay."""
    q, platoons = battle.quarters, battle.liberators.columns
    cells = q.cells[q.start[quarter] : q.start[quarter + 1]]
    cells = cells[battle.ground.control[cells] == FREED]
    if cells.size == 0:
        return
    key = battle.key("command.gather", "liberators")
    for row in rows.tolist():
        platoons.objective[row] = quarter
        if battle.ground.quarter[platoons.cell[row]] != quarter:
            platoons.target[row] = cells[int(uniform(key, row, 0) * cells.size)]


def change_bank(battle: Battle, a: int) -> None:
    """An axis whose bank has nothing left to free goes to the bank that has most, by bridge or around by road."""
    q, axes = battle.quarters, battle.axes
    left = np.bincount(q.bank, q.area * ~q.liberated, len(battle.bank_codes) + 1)
    left[axes.bank[a]] = 0.0
    bank = int(np.argmax(left))
    if left[bank] <= 0.0:
        return
    if battle.joined[axes.bank[a], bank]:
        axes.bank[a] = bank
    elif not go_around(battle, a, bank):
        return
    battle.ledger.add(battle.tick, ORDER, actor=LIBERATORS, rule=COMMAND, row=a, other_row=-1, count=bank)
