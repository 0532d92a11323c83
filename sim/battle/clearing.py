"""Clearing: searching held ground cell by cell, the devices that go off meanwhile, and the change of control.

Work done is ``quality * strength / reference_platoon * (1 - suppression) * contact * night * hours`` platoon-hours, with the
hours that moving has left (at most one tick's worth is kept), divided by
``light_share`` in quarters where no defender has been met. Devices are found in proportion to the work; a share goes off
first. A cell changes hands when its work is done and no team is left in it; a team that the search comes upon is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT, FREED, HELD
from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import hurt_platoon
from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, poisson
from sim.record.codes import (
    CLEARING,
    CONTROL,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    IED,
    LIBERATOR_SET,
    LIBERATORS,
    SEARCH,
    STRIKE,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


@compiled
def _trip_devices(
    key: np.uint64, row: int, cell: int, searched: float, platoons: LiberatorColumns, ground: Ground, missed: float,
    per_blast: float, killed_share: float, gain: float, events: Events,
) -> int:  # fmt: skip
    """Devices come upon in the share of the cell that is searched; those that go off hurt the platoon. Returns blasts."""
    found = binomial(key, row, 0, ground.devices[cell], searched)
    blasts = binomial(key, row, 1, found, missed)
    ground.devices[cell] -= found
    if blasts > 0:
        casualties = poisson(key, row, 2, per_blast * blasts)
        emit(events, STRIKE, cell, LIBERATORS, DEFENDERS, IED, CLEARING, LIBERATOR_SET, row, -1, blasts, float(casualties))
        ground.noise[cell] += blasts
        hurt_platoon(key, platoons, row, casualties, killed_share, gain, DEFENDERS, IED, CLEARING, -1, -1, events)
    return blasts


@compiled
def _come_upon(cell: int, row: int, teams: DefenderColumns, near: Near, tick: int, memory: int, events: Events) -> bool:
    """Find every team that is in a cell whose search is done; whether there is one."""
    found = False
    team = near.team_head[cell]
    while team >= 0:
        if teams.strength[team] > 0:
            found = True
            if teams.seen_until[team] < tick:
                emit(events, DETECTION, cell, DEFENDERS, LIBERATORS, SEARCH, CLEARING, DEFENDER_SET, team, row, 1, 0.0)
            teams.seen_until[team] = tick + memory
        team = near.team_next[team]
    return found


@compiled
def search(
    key: np.uint64, rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, quality: np.ndarray,
    near: Near, ground: Ground, quarters: Quarters, size: float, light: float, in_contact: float, night: float,
    missed: float, per_blast: float, killed_share: float, gain: float, dt: float, tick: int, memory: int,
    events: Events,
) -> int:  # fmt: skip
    """The platoons ``rows``, all on the grid, search the held cells that they stand on. Returns the number of blasts."""
    blasts = 0
    for row in rows:
        cell = platoons.cell[row]
        if ground.control[cell] != HELD:
            continue
        q = ground.quarter[cell]
        rate = quality[platoons.force[row]] * platoons.strength[row] / size * (1.0 - platoons.suppression[row])
        hours = platoons.hours[row]
        platoons.hours[row] = 0.0
        work = rate * night * hours * (in_contact if platoons.contact[row] else 1.0)
        if not quarters.met[q]:
            work /= light
        left = ground.work[cell]
        if ground.devices[cell] > 0 and work > 0.0:
            searched = min(1.0, work / max(left, 1e-9))
            blasts += _trip_devices(
                key, row, cell, searched, platoons, ground, missed, per_blast, killed_share, gain, events
            )
        ground.work[cell] = max(0.0, left - work)
        if work > left:
            platoons.hours[row] = min(hours * (1.0 - left / work), dt)
        if ground.work[cell] > 0.0 or _come_upon(cell, row, teams, near, tick, memory, events):
            continue
        ground.control[cell] = FREED
        ground.devices[cell] = 0
        quarters.freed[q] += 1
        whole = quarters.freed[q] == quarters.start[q + 1] - quarters.start[q]
        quarters.liberated[q] = whole
        emit(events, CONTROL, cell, DEFENDERS, LIBERATORS, SEARCH, CLEARING, LIBERATOR_SET, row, -1, 1, 1.0 if whole else 0.0)
    return blasts


@compiled
def note_meetings(teams: DefenderColumns, ground: Ground, quarters: Quarters, tick: int) -> None:
    """A quarter in which a team is known to be is one where defenders have been met."""
    for row in range(teams.cell.size):
        if teams.strength[row] > 0 and teams.seen_until[row] >= tick:
            q = ground.quarter[teams.cell[row]]
            if q >= 0:
                quarters.met[q] = True


def clear(battle: Battle) -> None:
    """One tick of clearing."""
    p, s = battle.scenario.clearing, battle.scenario
    teams = battle.defenders.columns
    note_meetings(teams, battle.ground, battle.quarters, battle.tick)
    platoons = battle.liberators.columns
    rows = battle.units.platoon_rows
    rows = rows[(platoons.order[rows] == ASSAULT) & ~battle.axes.halted[platoons.axis[rows]]]
    battle.counts["ied_blasts"] += search(
        battle.key("clearing.search", "liberators"), rows, teams, platoons, battle.liberators.forces.quality,
        battle.units.near, battle.ground, battle.quarters, float(s.liberators.reference_platoon), p.light_share,
        p.contact_share, p.night if battle.night else 1.0, s.ieds.missed, s.ieds.casualties, s.combat.killed_share,
        s.combat.suppression_gain, battle.dt_h, battle.tick, battle.ticks(s.sensing.memory_h), battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
