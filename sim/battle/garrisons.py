"""Garrisons of freed quarters: holding platoons, nearest first, and assault platoons where none are left to hold.

A quarter wants ``hold_platoons_per_km2 * area`` platoons. One that has none while its bank has no holding platoon to spare
keeps one assault platoon of those nearest to it, until it is relieved: ground that nobody holds can be lost again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT_ROLE, CORDON, GARRISON, HOLD_ROLE, MARCH, RESERVE
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def garrison(battle: Battle) -> None:
    """The day's garrisons."""
    p, q, platoons = battle.scenario.liberators, battle.quarters, battle.liberators.columns
    freed = np.flatnonzero(q.liberated & (q.area > 0))
    if freed.size == 0:
        return
    present = (platoons.cell >= 0) & (platoons.strength > 0) & (platoons.order != CORDON) & (platoons.order != MARCH)
    stands = present & (platoons.order == GARRISON)
    lost = np.flatnonzero(stands & ~q.liberated[np.maximum(platoons.objective, 0)] & (platoons.role == ASSAULT_ROLE))
    platoons.order[lost] = RESERVE
    platoons.objective[lost] = platoons.target[lost] = -1
    have = np.bincount(platoons.objective[present & (platoons.order == GARRISON)], minlength=q.area.size)
    want = np.ceil(p.hold_platoons_per_km2 * q.area).astype(np.int64)
    free = np.flatnonzero(present & (platoons.role == HOLD_ROLE) & (platoons.order == RESERVE))
    _post(battle, free, freed, want, have)
    _relieve(battle, have)
    if p.hold_platoons_per_km2 > 0.0:
        spare = np.flatnonzero(present & (platoons.role == ASSAULT_ROLE) & (platoons.order == RESERVE))
        _post(battle, spare, freed[have[freed] == 0], np.ones_like(want), have)


def _post(
    battle: Battle, free: NDArray[np.int64], quarters: NDArray[np.int64], want: NDArray[np.int64], have: NDArray[np.int64]
) -> None:
    """Send the nearest of the ``free`` platoons to quarters that have less than they want; ``have`` is kept up."""
    q, platoons = battle.quarters, battle.liberators.columns
    if free.size == 0:
        return
    x, y = battle.position(platoons.cell[free])
    bank = battle.grid.bank[platoons.cell[free]]
    idle = np.ones(free.size, np.bool_)
    joined = battle.joined
    key = battle.key("command.garrison", "liberators")
    for row in quarters.tolist():
        lack = int(want[row] - have[row])
        if lack <= 0:
            continue
        can = idle & joined[bank, q.bank[row]]
        order = np.argsort(np.where(can, (x - q.x[row]) ** 2 + (y - q.y[row]) ** 2, np.inf), kind="stable")
        chosen = order[: min(lack, int(can.sum()))]
        idle[chosen] = False
        platoons.order[free[chosen]] = GARRISON
        platoons.objective[free[chosen]] = row
        have[row] += chosen.size
        for k in free[chosen].tolist():
            place = int(uniform(key, k, 0) * (q.start[row + 1] - q.start[row]))
            platoons.target[k] = q.cells[q.start[row] + place]


def _relieve(battle: Battle, have: NDArray[np.int64]) -> None:
    """Assault platoons that stand in as garrison go back to their axis where others hold the quarter now."""
    platoons = battle.liberators.columns
    for row in np.flatnonzero((platoons.order == GARRISON) & (platoons.role == ASSAULT_ROLE)).tolist():
        quarter = int(platoons.objective[row])
        if have[quarter] > 1:
            have[quarter] -= 1
            platoons.order[row] = RESERVE
            platoons.objective[row] = platoons.target[row] = -1
