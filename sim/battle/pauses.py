"""Pauses and refits: worn axes halt and attack again, worn platoons go to the rear and come back.

An axis whose assault platoons are on the mean below ``pause_readiness``, or short of ammunition, halts until they are rested
and supplied. Then it attacks again at once; or, where adviser teams at headquarters make the axes act together (claim B8), it
waits for the other axes on its bank that are still halted, up to ``join_days``. It does so with the chance ``advisers``. Axes
that attack one by one let the defenders meet each with their reserve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT_ROLE, CORDON, MARCH, REFIT, RESERVE
from sim.battle.objectives import gather
from sim.kernels.rng import stream_key, uniform
from sim.record.codes import COMMAND, LIBERATORS, ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def set_pauses(battle: Battle) -> None:
    """Which axes halt today, and which attack again."""
    p, axes, platoons = battle.scenario.liberators, battle.axes, battle.liberators.columns
    here = (platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0) & (platoons.order != CORDON) & (platoons.strength > 0)
    before = axes.halted.copy()
    for a in range(axes.node.size):
        rows = here & (platoons.axis == a)
        if not rows.any():
            continue
        axes.readiness[a] = float(platoons.readiness[rows].mean())
        dry = float((platoons.ammo[rows] < battle.scenario.supply.least).mean())
        if not axes.halted[a]:
            axes.halted[a] = axes.readiness[a] < p.pause_readiness or dry > 0.5
            axes.ready_since[a] = -1
        elif axes.readiness[a] >= p.resume_readiness and dry <= 0.25 and axes.ready_since[a] < 0:
            axes.ready_since[a] = battle.tick
    for a in np.flatnonzero(axes.halted & (axes.ready_since >= 0)).tolist():
        axes.halted[a] = _waits_for_others(battle, a)
    for a in np.flatnonzero(axes.halted != before).tolist():
        if not axes.halted[a]:
            axes.ready_since[a] = -1
        battle.ledger.add(
            battle.tick, ORDER, actor=LIBERATORS, rule=COMMAND, row=a, count=int(axes.halted[a]), value=float(axes.readiness[a])
        )


def _waits_for_others(battle: Battle, a: int) -> bool:
    p, axes = battle.scenario.liberators, battle.axes
    since = int(axes.ready_since[a])
    if uniform(stream_key(battle.seed, "command.join", "axes", since), a, 0) >= p.advisers:
        return False
    others = axes.halted & (axes.ready_since < 0) & (axes.bank == axes.bank[a])
    return bool(others.any()) and battle.tick - since < p.join_days * battle.ticks_per_day


def refit(battle: Battle) -> None:
    """Take platoons that have lost too much out of the line to the rear, and put those made up again back into it."""
    p, platoons = battle.scenario.liberators, battle.liberators.columns
    able = (platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0) & (platoons.strength > 0)
    able &= (platoons.order != CORDON) & (platoons.order != MARCH)
    weak = np.flatnonzero(able & (platoons.order != REFIT) & (platoons.strength < p.refit_strength * p.platoon_size))
    platoons.order[weak] = REFIT
    platoons.objective[weak] = platoons.target[weak] = -1
    for a in np.unique(platoons.axis[weak]).tolist():
        _to_the_rear(battle, a, weak[platoons.axis[weak] == a])
    strong = able & (platoons.order == REFIT) & (platoons.strength >= min(1.0, p.refit_strength + 0.2) * p.platoon_size)
    platoons.order[strong] = RESERVE
    platoons.objective[strong] = platoons.target[strong] = -1


def _to_the_rear(battle: Battle, a: int, rows: NDArray[np.int64]) -> None:
    """To the freed quarter of their bank that lies nearest to where the axis came in, if there is one."""
    q, axes = battle.quarters, battle.axes
    free = np.flatnonzero(q.liberated & (q.area > 0) & (q.bank == axes.bank[a]))
    if free.size:
        x, y = battle.position(battle.grid.offgrid.entry_cell[[axes.entry[a]]])
        gather(battle, rows, int(free[np.argmin((q.x[free] - x) ** 2 + (q.y[free] - y) ** 2)]))
