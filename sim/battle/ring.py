"""Ways out of the city for the defenders: open, used by an axis, or closed by a ring.

A way is closed where an axis has come in by it, or where ``ring_platoons`` stand within contact of it. With ``ring:
encirclement`` forces that stay outside send platoons around by road to the ways of their bank that are still open; with
``corridor`` they stay where they came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import CORDON
from sim.battle.approach import IN_CITY, march_to

if TYPE_CHECKING:
    from sim.battle.model import Battle


def close_ways(battle: Battle) -> None:
    """The day's ring: send platoons to open ways, and note which ways are closed."""
    p, platoons, axes, offgrid = battle.scenario.liberators, battle.liberators.columns, battle.axes, battle.grid.offgrid
    entries = offgrid.entry_cell
    battle.way_closed[axes.entry[axes.state == IN_CITY]] = True
    there = np.flatnonzero((platoons.cell >= 0) & (platoons.strength > 0))
    nx = battle.grid.nx
    dx = platoons.cell[there] % nx - (entries % nx)[:, None]
    dy = platoons.cell[there] // nx - (entries // nx)[:, None]
    reach = p.ring_m / battle.grid.cell_m
    near = (dx * dx + dy * dy <= reach * reach).sum(axis=1)
    battle.way_closed[:] |= near >= p.ring_platoons
    if p.ring != "encirclement":
        return
    coming = np.bincount(np.searchsorted(entries, platoons.arrive_cell[platoons.arrive >= 0]), minlength=entries.size)
    for way in np.flatnonzero(~battle.way_closed & (coming[: entries.size] < p.ring_platoons)).tolist():
        outside = (platoons.order == CORDON) & (platoons.cell >= 0) & (platoons.strength > 0)
        outside &= ~battle.liberators.forces.may_enter[platoons.force]
        for a in np.flatnonzero(axes.state == IN_CITY).tolist():
            rows = np.flatnonzero(outside & (platoons.axis == a))
            if rows.size >= 2 * p.ring_platoons and march_to(battle, rows[: p.ring_platoons], a, way, 0.0):
                break

