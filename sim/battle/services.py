"""Power and water in the quarters, once a day.

The daily round: crews mend what is broken where it is safe, then the day's violence and sabotage break more, then what each node
of the networks delivers is worked out anew, and from it each quarter's ``power_cut`` and ``water_cut``, which all other rules
read. Formulas are in :mod:`sim.battle.networks`. It is safe in a quarter that is freed, had no close combat in it since the last
round, and where perceived danger, mean of the quarter and at the node itself, is at most ``safe_danger``. Sabotage (claim C2b)
wrecks a quarter's mains and every work and substation that stands in it, on giving it up, or all over the city at the start;
hospitals are left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.networks import cuts, deliver, mend, wear
from sim.city.utilities import HOSPITAL
from sim.record.codes import DEFENDERS, ORDERS, SERVICE, SERVICES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def serve(battle: Battle) -> None:
    """The daily round of services; the recorder counts who is without them."""
    if battle.tick % battle.ticks_per_day:
        return
    p, q, networks = battle.scenario.services, battle.quarters, battle.networks
    fighting, danger = q.fighting > 0.0, battle.ground.danger[networks.cell]
    safe = q.liberated & ~fighting & (mean_of_quarters(battle, battle.ground.danger) <= p.safe_danger)
    safe_node = safe[networks.quarter] & (danger <= p.safe_danger)
    battle.counts["crew_days"] += mend(networks, float(p.crews), safe_node, safe)
    wear(
        networks, _around_nodes(battle), mean_of_quarters(battle, battle.ground.damage), danger, fighting,
        node_loss=p.node_loss, damage_outage=p.damage_outage, pipe_outage=p.pipe_outage, fighting_outage=p.fighting_outage,
    )  # fmt: skip
    _sabotage(battle)
    q.power_cut[:], q.water_cut[:] = cuts(networks, delivered(battle))
    q.fighting[:] = 0.0


def delivered(battle: Battle) -> NDArray[np.float64]:
    """What each node delivers as things stand, float64 (nodes,); see :func:`sim.battle.networks.deliver`."""
    p = battle.scenario.services
    return deliver(battle.networks, p.outside_power, p.pump_dependence, battle.scenario.care.power_dependence)


def quarter_persons(battle: Battle) -> NDArray[np.int64]:
    """Persons present in each quarter, int64."""
    q = battle.quarters
    persons = battle.households.lists.persons[q.cells]
    return np.bincount(battle.ground.quarter[q.cells], persons, q.area.size).astype(np.int64)


def dot_in_order(a: NDArray[np.number], b: NDArray[np.float64]) -> float:
    """Sum of products in a fixed order; not by BLAS, whose result depends on the processor."""
    return float(math.fsum((a * b).tolist()))


def mean_of_quarters(battle: Battle, layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of a layer over the built cells of each quarter; 0 where it has none."""
    q = battle.quarters
    size = np.maximum(q.start[1:] - q.start[:-1], 1)
    return np.asarray(np.bincount(battle.ground.quarter[q.cells], layer[q.cells], q.area.size) / size)


def _around_nodes(battle: Battle) -> NDArray[np.float64]:
    """Mean share of buildings damaged in the surroundings of each node."""
    networks = battle.networks
    size = np.bincount(networks.around_node, minlength=networks.kind.size)
    return np.asarray(np.bincount(networks.around_node, battle.ground.damage[networks.around], networks.kind.size) / size)


def _sabotage(battle: Battle) -> None:
    p, q, networks = battle.scenario.services, battle.quarters, battle.networks
    if p.sabotage == "start" and battle.tick == 0:
        wanted = np.ones(q.area.size, np.bool_)
    elif p.sabotage == "withdrawal":
        wanted = battle.given_up & ~q.liberated
    else:
        return
    mains = np.flatnonzero(wanted & ((networks.lines_cut < 1.0) | (networks.pipes_cut < 1.0)))
    nodes = np.flatnonzero(wanted[networks.quarter] & (networks.kind != HOSPITAL) & (networks.working > 0.0))
    networks.lines_cut[mains] = networks.pipes_cut[mains] = 1.0
    networks.working[nodes] = 0.0
    struck = [(battle.grid.neighbourhood_cell[row], q.residents[row]) for row in mains]
    struck += [(networks.cell[node], networks.served[node]) for node in nodes]
    for cell, residents in struck:
        battle.ledger.add(
            battle.tick, SERVICE, cell=int(cell), actor=DEFENDERS, cause=ORDERS, rule=SERVICES, row=-1, count=int(residents),
        )  # fmt: skip
