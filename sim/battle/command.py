"""The liberators' command, once a day: objectives, garrisons, pauses, and shifts between banks.

Command knows its own units and ground, and of the enemy what has been found. Each axis takes the nearest quarters of its
bank that still have to be freed, as many as its ready assault platoons can man at ``platoons_per_km2``; an axis whose
platoons are spent halts until they have rested; one that has freed its bank goes on to the next, by bridge or around by
road. Freed quarters get garrisons from the holding platoons, nearest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, CORDON, GARRISON, HOLD_ROLE, MARCH, REFIT, RESERVE
from sim.battle.approach import IN_CITY, SPENT, go_around
from sim.kernels.rng import poisson, uniform
from sim.record.codes import COMMAND, LIBERATORS, NO_SET, ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle



def command(battle: Battle) -> None:
    """The daily round of the liberators' command."""
    if battle.tick % battle.ticks_per_day:
        return
    _replace_losses(battle)
    _stop_spent_forces(battle)
    _set_pauses(battle)
    _garrison(battle)
    platoons, q = battle.liberators.columns, battle.quarters
    owner = np.full(q.area.size, -1, np.int64)
    working = np.flatnonzero((platoons.order == ASSAULT) & (platoons.objective >= 0))
    owner[platoons.objective[working]] = platoons.axis[working]
    for a in range(battle.axes.node.size):
        if battle.axes.state[a] == IN_CITY:
            _direct_axis(battle, a, owner)


def rest(battle: Battle) -> None:
    """Readiness of platoons: lost by the hour in contact, regained out of it."""
    p, platoons = battle.scenario.liberators, battle.liberators.columns
    platoons.last_contact[platoons.contact] = battle.tick
    change = np.where(platoons.contact, -p.fatigue_per_h, p.rest_per_h) * battle.dt_h
    np.clip(platoons.readiness + change, 0.0, 1.0, out=platoons.readiness)


def _replace_losses(battle: Battle) -> None:
    """Platoons that had a day without contact are made up from their force's pool, the weakest first."""
    key = battle.key("command.replacements", "liberators")
    p, platoons, forces = battle.scenario.liberators, battle.liberators.columns, battle.liberators.forces
    for f in range(len(forces.names)):
        rested = battle.tick - platoons.last_contact >= battle.ticks_per_day
        able = rested & (platoons.order != MARCH) & (platoons.strength > 0)
        rows = np.flatnonzero(able & (platoons.force == f) & (platoons.strength < p.platoon_size))
        rows = rows[np.argsort(platoons.strength[rows], kind="stable")]
        for row in rows.tolist():
            fresh = poisson(key, row, 0, p.replacements_per_day)
            fresh = min(fresh, p.platoon_size - int(platoons.strength[row]), int(forces.pool[f]))
            platoons.strength[row] += fresh
            forces.pool[f] -= fresh
            battle.replaced += fresh


def _stop_spent_forces(battle: Battle) -> None:
    """A force that has lost more than it bears goes over to holding what it has."""
    platoons, forces = battle.liberators.columns, battle.liberators.forces
    lost = np.bincount(platoons.force, platoons.killed + platoons.wounded, len(forces.names))
    spent = lost > forces.loss_tolerance * forces.strength
    rows = (platoons.order != MARCH) & spent[platoons.force] & (platoons.role == ASSAULT_ROLE)
    platoons.order[rows & (platoons.order != CORDON)] = CORDON
    for a in range(battle.axes.node.size):
        on_axis = (platoons.axis == a) & (platoons.role == ASSAULT_ROLE) & (platoons.strength > 0)
        if battle.axes.state[a] == IN_CITY and not (on_axis & (platoons.order != CORDON)).any():
            battle.axes.state[a] = SPENT


def _set_pauses(battle: Battle) -> None:
    p, axes, platoons = battle.scenario.liberators, battle.axes, battle.liberators.columns
    for a in range(axes.node.size):
        rows = (platoons.axis == a) & (platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0) & (platoons.order != CORDON)
        rows &= platoons.strength > 0
        if not rows.any():
            continue
        axes.readiness[a] = float(platoons.readiness[rows].mean())
        halted = bool(axes.halted[a])
        axes.halted[a] = axes.readiness[a] < (p.resume_readiness if halted else p.pause_readiness)
        if halted != axes.halted[a]:
            battle.ledger.add(
                battle.tick, ORDER, actor=LIBERATORS, rule=COMMAND, row=a, count=int(axes.halted[a]),
                value=float(axes.readiness[a])
            )


def _garrison(battle: Battle) -> None:
    """Send holding platoons to freed quarters that lack them; the rest wait in reserve."""
    p, q, platoons = battle.scenario.liberators, battle.quarters, battle.liberators.columns
    freed = np.flatnonzero(q.liberated & (q.area > 0))
    holding = (platoons.role == HOLD_ROLE) & (platoons.cell >= 0) & (platoons.strength > 0) & (platoons.order != CORDON)
    if freed.size == 0 or not holding.any():
        return
    have = np.bincount(platoons.objective[holding & (platoons.objective >= 0)], minlength=q.area.size)
    free = np.flatnonzero(holding & (platoons.order == RESERVE))
    x, y = battle.position(platoons.cell[free])
    bank = battle.grid.bank[platoons.cell[free]]
    idle = np.ones(free.size, np.bool_)
    for row in freed:
        lack = int(np.ceil(p.hold_platoons_per_km2 * q.area[row])) - int(have[row])
        if lack <= 0:
            continue
        can = idle & battle.routes.joined[bank, q.bank[row]]
        order = np.argsort(np.where(can, (x - q.x[row]) ** 2 + (y - q.y[row]) ** 2, np.inf), kind="stable")
        chosen = order[: min(lack, int(can.sum()))]
        idle[chosen] = False
        platoons.order[free[chosen]] = GARRISON
        platoons.objective[free[chosen]] = row
        key = battle.key("command.garrison", "liberators")
        for k in free[chosen]:
            platoons.target[k] = q.cells[q.start[row] + int(uniform(key, int(k),
                0) * (q.start[row + 1] - q.start[row]))]


def _direct_axis(battle: Battle, a: int, owner: NDArray[np.int64]) -> None:
    """Give the assault platoons of one axis their quarters for the day; ``owner`` says which axis works on which."""
    p, q, platoons = battle.scenario.liberators, battle.quarters, battle.liberators.columns
    able = (platoons.cell >= 0) & (platoons.strength > 0) & (platoons.order != CORDON)
    rows = np.flatnonzero(able & (platoons.axis == a) & (platoons.role == ASSAULT_ROLE))
    if rows.size == 0:
        return
    _refit(battle, rows)
    # Bridges may have been cut behind an order to cross: the axis attacks where its platoons are.
    here = int(np.argmax(np.bincount(battle.bank[platoons.cell[rows]], minlength=len(battle.bank_codes) + 1)[1:])) + 1
    if not battle.routes.joined[here, battle.axes.bank[a]]:
        battle.axes.bank[a] = here
    on_bank = ~q.liberated & (q.bank == battle.axes.bank[a])
    if not on_bank.any():
        _change_bank(battle, a)
        return
    mine = on_bank & ((owner == -1) | (owner == a))
    wanted = np.flatnonzero(mine if mine.any() else on_bank)
    ready = rows[platoons.order[rows] != REFIT]
    # Platoons stay with an objective until it is free.
    busy = (platoons.objective[ready] >= 0) & ~q.liberated[platoons.objective[ready]]
    working, idle = ready[busy], ready[~busy]
    platoons.order[idle] = RESERVE
    platoons.objective[idle] = -1
    x, y = battle.position(platoons.cell[rows])
    distance2 = (q.x[wanted] - float(np.median(x))) ** 2 + (q.y[wanted] - float(np.median(y))) ** 2
    have = np.bincount(platoons.objective[working], minlength=q.area.size)
    for row in wanted[np.argsort(distance2, kind="stable")]:
        need = int(np.clip(np.ceil(p.platoons_per_km2 * q.area[row]), p.objective_min, p.objective_max)) - int(have[row])
        if need <= 0:
            continue
        if idle.size == 0 or (idle.size < need // 2 and have.any()):
            break
        idle = _send(battle, a, idle, int(row), need)
        have[row] += need
        owner[row] = a


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


def _refit(battle: Battle, rows: NDArray[np.int64]) -> None:
    """Take platoons that have lost too much out of the line, and put those made up again back into it."""
    p, platoons = battle.scenario.liberators, battle.liberators.columns
    weak = platoons.strength[rows] < p.refit_strength * p.platoon_size
    strong = platoons.strength[rows] >= min(1.0, p.refit_strength + 0.2) * p.platoon_size
    platoons.order[rows[weak]] = REFIT
    platoons.objective[rows[weak]] = -1
    platoons.order[rows[strong & (platoons.order[rows] == REFIT)]] = RESERVE


def _change_bank(battle: Battle, a: int) -> None:
    """An axis whose bank has nothing left to free goes to the bank that has most, by bridge or around by road."""
    q, axes = battle.quarters, battle.axes
    left = np.bincount(q.bank, q.area * ~q.liberated, len(battle.bank_codes) + 1)
    left[axes.bank[a]] = 0.0
    bank = int(np.argmax(left))
    if left[bank] <= 0.0:
        return
    if battle.routes.joined[axes.bank[a], bank]:
        axes.bank[a] = bank
    elif not go_around(battle, a, bank):
        return
    battle.ledger.add(battle.tick, ORDER, actor=LIBERATORS, rule=COMMAND, row=a, other_row=-1, count=bank)
