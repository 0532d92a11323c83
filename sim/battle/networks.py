"""Power and water as networks: what works, what it delivers, what breaks it, and who mends it.

What hangs on what comes from :mod:`sim.city.utilities`; this module has the state of the nodes and of each quarter's own mains,
and the rules as functions of arrays. :mod:`sim.battle.services` has the daily round.

**Delivery.** Things in a row pass on what the weakest of them passes, shares from 0 to 1: a substation delivers
``min(working, power station)``, or ``min(working, outside_power)`` where it hangs on the grid outside. Works, pump stations and
hospitals get ``substation * (1 - lines cut in their quarter)`` of electricity, and of what they could do
``1 - dependence * (1 - electricity)`` is left. A pump station delivers the least of its own share and what its water works
delivers. A quarter's cut is ``1 - substation * (1 - lines cut)`` for power, ``1 - pump station * (1 - pipes cut)`` for water.

**Repair.** A finite number of crews works each day, only where it is safe, first on what most residents hang on for each
crew-day that it takes to make it anew. On a quarter's lines hang its residents, and those of the works, pump stations and
hospitals in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.city.utilities import HOSPITAL, OUTSIDE, PUMPS, SUBSTATION, build_utilities

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Networks(NamedTuple):
    """The networks of the city: n nodes, and the mains of its q quarters.

    Attributes:
        kind: uint8 (n,), code of :data:`sim.city.utilities.NODE_KINDS` (fixed).
        cell: int32 (n,), where the node stands (fixed).
        quarter: int32 (n,), neighbourhood in which it stands (fixed).
        power: int32 (n,), node that its electricity comes from, -1 for outside (fixed).
        water: int32 (n,), node that a pump station's water comes from, -1 for others (fixed).
        feeder: int32 (q,), substation of each quarter (fixed).
        pump: int32 (q,), pump station of each quarter (fixed).
        around_node: int32 (m,), node of each entry of ``around`` (fixed).
        around: int32 (m,), built cells in the surroundings of nodes (fixed).
        served: float64 (n,), residents at the start who hang on a node (fixed).
        full_work: float64 (n + 2q,), crew-days to make a node, a quarter's lines, its pipes anew, in this order (fixed).
        order: int32 (n + 2q,), the same things as crews prefer them (fixed).
        working: float64 (n,), share of a node that works.
        lines_cut: float64 (q,), share of a quarter's power lines that is broken.
        pipes_cut: float64 (q,), share of a quarter's water pipes that is broken.
        node_damage: float64 (n,), damage around each node at the last daily round.
        quarter_damage: float64 (q,), damage of each quarter at the last daily round.
    """

    kind: NDArray[np.uint8]
    cell: NDArray[np.int32]
    quarter: NDArray[np.int32]
    power: NDArray[np.int32]
    water: NDArray[np.int32]
    feeder: NDArray[np.int32]
    pump: NDArray[np.int32]
    around_node: NDArray[np.int32]
    around: NDArray[np.int32]
    served: NDArray[np.float64]
    full_work: NDArray[np.float64]
    order: NDArray[np.int32]
    working: NDArray[np.float64]
    lines_cut: NDArray[np.float64]
    pipes_cut: NDArray[np.float64]
    node_damage: NDArray[np.float64]
    quarter_damage: NDArray[np.float64]


def make_networks(battle: Battle) -> Networks:
    """The networks at the start, whole; residents must be in their homes already."""
    p, q = battle.scenario.services, battle.quarters
    u = build_utilities(battle.grid, p.substation_km2, p.pump_km2)
    around_node, around = _surroundings(battle, u.cell)
    served = _served(u.kind, u.power, u.water, u.feeder, u.pump, q.residents.astype(np.float64))
    mains = p.crew_days_km2 * q.area
    full_work = np.concatenate([np.full(u.kind.size, p.crew_days_node), mains, mains])
    by_lines = q.residents.astype(np.float64)
    fed = np.flatnonzero(u.kind > SUBSTATION)
    np.add.at(by_lines, u.quarter[fed], served[fed])
    gain = np.concatenate([served, by_lines, q.residents]) / np.maximum(full_work, 1e-9)
    n, nq = u.kind.size, q.area.size
    return Networks(
        kind=u.kind, cell=u.cell, quarter=u.quarter, power=u.power, water=u.water, feeder=u.feeder, pump=u.pump,
        around_node=around_node, around=around, served=served, full_work=full_work,
        order=np.argsort(-gain, kind="stable").astype(np.int32),
        working=np.ones(n), lines_cut=np.zeros(nq), pipes_cut=np.zeros(nq), node_damage=np.zeros(n), quarter_damage=np.zeros(nq),
    )  # fmt: skip


def _surroundings(battle: Battle, cells: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Built cells within ``surroundings_m`` of each node, on its bank; the nearest one where there is none."""
    built, reach = battle.quarters.cells, battle.scenario.services.surroundings_m
    x, y = battle.position(built)
    nodes, near = [], []
    for node, cell in enumerate(cells.tolist()):
        cx, cy = battle.position(np.array([cell]))
        mine = built[((x - cx) ** 2 + (y - cy) ** 2 <= reach**2) & (battle.grid.bank[built] == battle.grid.bank[cell])]
        if not mine.size:
            mine = battle.near_built[[cell]]
        near.append(np.sort(mine))
        nodes.append(np.full(mine.size, node))
    return np.concatenate(nodes).astype(np.int32), np.concatenate(near).astype(np.int32)


def _served(
    kind: NDArray[np.uint8], power: NDArray[np.int32], water: NDArray[np.int32], feeder: NDArray[np.int32],
    pump: NDArray[np.int32], residents: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Residents who hang on each node: by feeder and pump station, and on what those hang on; on hospitals all alike."""
    served = np.zeros(kind.size)
    np.add.at(served, feeder, residents)
    np.add.at(served, pump, residents)
    for below, link in ((SUBSTATION, power), (PUMPS, water)):
        rows = np.flatnonzero((kind == below) & (link >= 0))
        np.add.at(served, link[rows], served[rows])
    hospitals = kind == HOSPITAL
    served[hospitals] = residents.sum() / max(int(hospitals.sum()), 1)
    return served


# What is delivered -----------------------------------------------------------------------------------------------------


def deliver(networks: Networks, outside: float, pump_dependence: float, care_dependence: float) -> NDArray[np.float64]:
    """What each node delivers, share of what it does when all is whole; see the module's formulas.

    Args:
        networks: The networks.
        outside: Share of the demand that the grid outside the city supplies.
        pump_dependence: Share of what works and pump stations do that stops without electricity.
        care_dependence: The same of hospitals.

    Returns:
        float64 (n,): electricity of power stations and substations, water of works and pump stations, care of hospitals.
    """
    kind, out = networks.kind, networks.working.copy()
    rows = np.flatnonzero(kind == SUBSTATION)
    source = networks.power[rows]
    out[rows] = np.minimum(out[rows], np.where(source == OUTSIDE, outside, out[source]))
    rows = np.flatnonzero(kind > SUBSTATION)
    electricity = out[networks.power[rows]] * (1.0 - networks.lines_cut[networks.quarter[rows]])
    dependence = np.where(kind[rows] == HOSPITAL, care_dependence, pump_dependence)
    out[rows] = np.minimum(out[rows], 1.0 - dependence * (1.0 - electricity))
    rows = np.flatnonzero(kind == PUMPS)
    out[rows] = np.minimum(out[rows], out[networks.water[rows]])
    return out


def cuts(networks: Networks, delivered: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of each quarter without power and without water, float64 (q,) each."""
    power = 1.0 - delivered[networks.feeder] * (1.0 - networks.lines_cut)
    water = 1.0 - delivered[networks.pump] * (1.0 - networks.pipes_cut)
    return power, water


# What breaks -----------------------------------------------------------------------------------------------------------


def wear(
    networks: Networks, node_damage: NDArray[np.float64], quarter_damage: NDArray[np.float64], danger: NDArray[np.float64],
    fighting: NDArray[np.bool_], *, node_loss: float, damage_outage: float, pipe_outage: float, fighting_outage: float,
) -> None:  # fmt: skip
    """A day of violence: what it breaks of nodes and mains.

    A node keeps ``working * exp(-node_loss * danger) - damage_outage * (new damage around it)``. A quarter's lines lose
    ``damage_outage``, its pipes ``pipe_outage``, times its new damage; after a day with fighting at least ``fighting_outage`` of
    its lines is cut.

    Args:
        networks: The networks; changed.
        node_damage: float64 (n,), share of buildings damaged in the surroundings of each node.
        quarter_damage: float64 (q,), share of buildings damaged in each quarter.
        danger: float64 (n,), violent events an hour around each node, as :mod:`sim.battle.danger` smooths them.
        fighting: bool (q,), whether there was close combat in the quarter since the last round.
        node_loss: Hazard of each bit of a node, 1/day at a danger of 1.
        damage_outage: Share cut for each share of buildings newly damaged.
        pipe_outage: The same, of water pipes.
        fighting_outage: Share of the lines of a quarter with fighting in it that is cut at least.
    """
    kept = np.array([math.exp(-node_loss * d) if d > 0.0 else 1.0 for d in danger.tolist()])
    lost = damage_outage * (node_damage - networks.node_damage)
    networks.working[:] = np.clip(networks.working * kept - lost, 0.0, 1.0)
    more = quarter_damage - networks.quarter_damage
    np.minimum(networks.lines_cut + damage_outage * more, 1.0, out=networks.lines_cut)
    np.minimum(networks.pipes_cut + pipe_outage * more, 1.0, out=networks.pipes_cut)
    np.maximum(networks.lines_cut, fighting_outage * fighting, out=networks.lines_cut)
    networks.node_damage[:], networks.quarter_damage[:] = node_damage, quarter_damage


# Who mends it ----------------------------------------------------------------------------------------------------------


def mend(networks: Networks, crew_days: float, safe_node: NDArray[np.bool_], safe_quarter: NDArray[np.bool_]) -> float:
    """A day of the crews: they take what is broken where it is safe, in their order, until the day is over.

    Args:
        networks: The networks; changed.
        crew_days: Work that can be done today.
        safe_node: bool (n,), whether crews can work on the node.
        safe_quarter: bool (q,), whether they can work on the quarter's mains.

    Returns:
        Crew-days worked.
    """
    lost = np.concatenate([1.0 - networks.working, networks.lines_cut, networks.pipes_cut])
    open_ = np.concatenate([safe_node, safe_quarter, safe_quarter])
    work = np.where(open_, lost * networks.full_work, 0.0)[networks.order]
    done = np.clip(crew_days - (np.cumsum(work) - work), 0.0, work)
    # All of a thing that is done to the end is whole, whatever rounding says.
    left = np.where(done >= work, 0.0, 1.0 - done / np.maximum(work, 1e-300))
    lost[networks.order] *= np.where(open_[networks.order], left, 1.0)
    n, nq = networks.kind.size, networks.feeder.size
    networks.working[:] = 1.0 - lost[:n]
    networks.lines_cut[:], networks.pipes_cut[:] = lost[n : n + nq], lost[n + nq :]
    return float(done.sum())
