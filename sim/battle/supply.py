"""Ammunition: used in contact, brought up by road and by air, issued out of contact (claim B4).

A platoon that shoots uses a load in ``load_h`` hours with clear view, in longer where it sees less (in
:mod:`sim.battle.combat`). Each axis in the city or on its way has a depot; by road it gets ``road_loads_per_day * min(1,
reference_km / km)`` a day, by air the axes share ``airlift_loads_per_day`` by what they lack. Platoons out of contact take up
to a load in ``issue_h``, those in contact at the share ``contact_issue`` of that rate, less where the depot cannot serve all.
Below ``least`` of a load a platoon saves fire in proportion, and it does not attack until it has more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.approach import IN_CITY, WAITING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def supply(battle: Battle) -> None:
    """One tick of use, deliveries and issue."""
    p, platoons, axes = battle.scenario.supply, battle.liberators.columns, battle.axes
    rows = battle.units.platoon_rows
    takers = rows[platoons.ammo[rows] < 1.0]
    rate = (1.0 - (1.0 - p.contact_issue) * platoons.contact[takers]) * battle.dt_h / p.issue_h
    wanted = np.minimum(1.0 - platoons.ammo[takers], rate)
    of = platoons.axis[takers]
    loads = wanted * platoons.strength[takers] / battle.scenario.liberators.reference_platoon
    demand = np.bincount(of, loads, axes.node.size).astype(np.float64)
    _deliver(battle, demand)
    served = np.minimum(1.0, axes.depot / np.maximum(demand, 1e-12))
    axes.depot[:] -= demand * served
    platoons.ammo[takers] += wanted * served[of]
    battle.counts["loads_issued"] += math.fsum((demand * served).tolist())
    battle.counts["dry_platoon_hours"] += int((platoons.ammo[rows] < p.least).sum()) * battle.dt_h


def _deliver(battle: Battle, demand: NDArray[np.float64]) -> None:
    """What comes up in this tick, by road to each axis and by air to those that lack most."""
    p, axes, days = battle.scenario.supply, battle.axes, battle.dt_h / 24.0
    active = axes.state != WAITING
    km = np.maximum(battle.grid.offgrid.km[axes.node, axes.entry], 1.0)
    axes.depot[active] += p.road_loads_per_day * np.minimum(1.0, p.reference_km / km[active]) * days
    lack = np.where(axes.state == IN_CITY, np.maximum(p.depot_loads - axes.depot, 0.0) + demand, 0.0)
    if lack.sum() > 0.0:
        axes.depot[:] += p.airlift_loads_per_day * days * lack / lack.sum()
    np.minimum(axes.depot, np.maximum(p.depot_loads, demand), out=axes.depot)
