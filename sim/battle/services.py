"""Power and water in the quarters, once a day.

The share of a quarter without power is pushed up to ``fighting_outage`` by a day of fighting in it and to
``damage_outage * damage`` by damage, and falls back with ``exp(-1 / repair_days)`` a day once the quarter is free. Water needs
pumps: ``pump_dependence`` of the power cut is a water cut. Sabotage wrecks a quarter's mains altogether (claim C2b).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.record.codes import DEFENDERS, ORDERS, SERVICE, SERVICES

if TYPE_CHECKING:
    from sim.battle.model import Battle


def serve(battle: Battle) -> None:
    """The daily round of services; the recorder counts who is without them."""
    if battle.tick % battle.ticks_per_day:
        return
    p, q = battle.scenario.services, battle.quarters
    size = np.maximum(q.start[1:] - q.start[:-1], 1)
    damage = np.bincount(battle.ground.quarter[q.cells], battle.ground.damage[q.cells], q.area.size) / size
    q.power_cut[q.liberated] *= math.exp(-1.0 / p.repair_days)
    hurt = np.minimum(1.0, np.maximum(p.fighting_outage * (q.fighting > 0.0), p.damage_outage * damage))
    np.maximum(q.power_cut, hurt, out=q.power_cut)
    _sabotage(battle)
    q.water_cut[:] = np.maximum(p.pump_dependence * q.power_cut, np.minimum(1.0, damage))
    q.fighting[:] = 0.0


def quarter_persons(battle: Battle) -> np.ndarray:
    """Persons present in each quarter, int64."""
    q = battle.quarters
    persons = battle.households.lists.persons[q.cells]
    return np.bincount(battle.ground.quarter[q.cells], persons, q.area.size).astype(np.int64)


def dot_in_order(a: np.ndarray, b: np.ndarray) -> float:
    """Sum of products in a fixed order; not by BLAS, whose result depends on the processor."""
    return float(math.fsum((a * b).tolist()))


def _sabotage(battle: Battle) -> None:
    p, q = battle.scenario.services, battle.quarters
    if p.sabotage == "start" and battle.tick == 0:
        wrecked = np.flatnonzero(q.power_cut < 1.0)
    elif p.sabotage == "withdrawal":
        wrecked = np.flatnonzero(battle.given_up & ~q.liberated & (q.power_cut < 1.0))
    else:
        return
    for row in wrecked:
        q.power_cut[row] = 1.0
        battle.ledger.add(
            battle.tick, SERVICE, cell=int(battle.grid.neighbourhood_cell[row]), actor=DEFENDERS, cause=ORDERS,
            rule=SERVICES, row=-1, count=int(q.residents[row]),
        )  # fmt: skip
