"""The liberators' command, once a day: losses made up, worn forces stopped, and then the day's plan.

Command knows its own units and ground, and of the enemy what it believed at the start, what it has put out of action and what
has been found. The plan goes from the large to the small: banks and shifts (:mod:`sim.battle.campaign`), pauses and refits
(:mod:`sim.battle.pauses`), garrisons, objectives (:mod:`sim.battle.objectives`). Two yardsticks can command in its place: every
platoon to the nearest quarter that is not free, or to a random one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, CORDON, MARCH, RESERVE
from sim.battle.approach import IN_CITY, SPENT
from sim.battle.campaign import plan
from sim.battle.garrisons import garrison
from sim.battle.objectives import change_bank, direct
from sim.battle.pauses import refit, set_pauses
from sim.battle.ring import close_ways
from sim.kernels.rng import poisson, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def command(battle: Battle) -> None:
    """The daily round of the liberators' command."""
    if battle.tick % battle.ticks_per_day:
        return
    _replace_losses(battle)
    _stop_spent_forces(battle)
    plan(battle)
    close_ways(battle)
    there = np.flatnonzero(battle.axes.state == IN_CITY)
    if battle.scenario.liberators.command == "planned":
        set_pauses(battle)
        refit(battle)
        garrison(battle)
        direct(battle, there)
    else:
        garrison(battle)
        for a in there.tolist():
            _scatter(battle, a, at_random=battle.scenario.liberators.command == "random")
    battle.quarters.freed_before[:] = battle.quarters.freed


def rest(battle: Battle) -> None:
    """Readiness of platoons: lost by the hour in contact, slower with morale, and regained out of it."""
    p, platoons = battle.scenario.liberators, battle.liberators.columns
    platoons.last_contact[platoons.contact > 0.0] = battle.tick
    worn = p.fatigue_per_h / battle.liberators.forces.morale[platoons.force]
    change = (p.rest_per_h * (1.0 - platoons.contact) - worn * platoons.contact) * battle.dt_h
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


def _scatter(battle: Battle, a: int, *, at_random: bool) -> None:
    """A yardstick: each assault platoon of an axis goes by itself to the nearest, or to a random, quarter that it can reach."""
    q, platoons = battle.quarters, battle.liberators.columns
    able = (platoons.cell >= 0) & (platoons.strength > 0) & (platoons.role == ASSAULT_ROLE) & (platoons.axis == a)
    rows = np.flatnonzero(able & (platoons.order != CORDON) & (platoons.order != MARCH))
    if rows.size == 0:
        return
    if not (~q.liberated & (q.bank == battle.axes.bank[a])).any():
        change_bank(battle, a)
        return
    at_work = (platoons.order[rows] == ASSAULT) & (platoons.objective[rows] >= 0)
    at_work &= ~q.liberated[np.maximum(platoons.objective[rows], 0)]
    key = battle.key("command.scatter", "liberators")
    wanted = np.flatnonzero(~q.liberated)
    x, y = battle.position(platoons.cell)
    joined = battle.joined
    for row in rows[~at_work].tolist():
        room = wanted[joined[battle.bank[platoons.cell[row]], q.bank[wanted]]]
        platoons.order[row] = ASSAULT if room.size else RESERVE
        platoons.objective[row] = _pick(battle, key, row, room, (x[row], y[row]), at_random=at_random)
        platoons.target[row] = -1


def _pick(
    battle: Battle, key: np.uint64, row: int, room: NDArray[np.int64], at: tuple[float, float], *, at_random: bool
) -> int:
    q = battle.quarters
    if room.size == 0:
        return -1
    if at_random:
        return int(room[int(uniform(key, row, 0) * room.size)])
    return int(room[np.argmin((q.x[room] - at[0]) ** 2 + (q.y[room] - at[1]) ** 2)])
