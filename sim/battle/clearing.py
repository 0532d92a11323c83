"""Clearing: searching held ground cell by cell, the devices that go off meanwhile, and the change of control.

Work done is ``quality * strength / reference_platoon * (1 - suppression) * worn * night * (hours + contact_share * contact)``
platoon-hours, with the hours out of contact that moving has left (at most one tick's worth is kept) and those in contact,
divided by ``light_share`` in quarters where no defender has been met. Devices are found in proportion to the work; a share
goes off first. A cell changes hands when its work is done and no team is left in it; a team that the search comes upon is
found.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT, FREED, HELD, TEAM_HIDE
from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, nearby
from sim.battle.evacuation import Care, care_of
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import hurt_platoon
from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, poisson, uniform
from sim.record.codes import (
    CLEARING,
    CONTROL,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    IED,
    LIBERATOR_SET,
    LIBERATORS,
    NO_CAUSE,
    SEARCH,
    STRIKE,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


@compiled
def _trip_devices(
    key: np.uint64, row: int, cell: int, searched: float, platoons: LiberatorColumns, ground: Ground, missed: float,
    per_blast: float, care: Care, gain: float, events: Events,
) -> int:  # fmt: skip
    """Devices come upon in the share of the cell that is searched; those that go off hurt the platoon. Returns blasts."""
    found = binomial(key, row, 0, ground.devices[cell], searched)
    blasts = binomial(key, row, 1, found, missed)
    ground.devices[cell] -= found
    if blasts > 0:
        casualties = poisson(key, row, 2, per_blast * blasts)
        emit(events, STRIKE, cell, LIBERATORS, DEFENDERS, IED, CLEARING, LIBERATOR_SET, row, -1, blasts, float(casualties))
        ground.noise[cell] += blasts
        hurt_platoon(key, platoons, row, casualties, care, gain, DEFENDERS, IED, CLEARING, -1, -1, events)
    return blasts


@compiled
def _come_upon(
    key: np.uint64, cell: int, row: int, teams: DefenderColumns, near: Near, hidden: float, tick: int, memory: int, events: Events
) -> bool:
    """Find every team that is in a cell whose search is done, but those hidden that are missed; whether there is one."""
    found = False
    team = near.team_head[cell]
    while team >= 0:
        missed = teams.order[team] == TEAM_HIDE and uniform(key, team, 10) >= hidden
        if teams.strength[team] > 0 and not missed:
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
    worn: float, hidden: float, missed: float, per_blast: float, care: Care, gain: float, dt: float, tick: int, memory: int,
    events: Events,
) -> int:  # fmt: skip
    """The platoons ``rows``, all on the grid, search the held cells that they stand on. Returns the number of blasts."""
    blasts = 0
    for row in rows:
        cell = platoons.cell[row]
        if ground.control[cell] != HELD:
            continue
        q = ground.quarter[cell]
        rate = quality[platoons.force[row]] * platoons.strength[row] / size * (1.0 - platoons.pinned[row])
        rate *= worn + (1.0 - worn) * platoons.readiness[row]
        hours = platoons.hours[row]
        platoons.hours[row] = 0.0
        work = rate * night * (max(hours, 0.0) + in_contact * platoons.contact[row] * dt)
        if not quarters.met[q]:
            work /= light
        left = ground.work[cell]
        if ground.devices[cell] > 0 and work > 0.0:
            searched = min(1.0, work / max(left, 1e-9))
            blasts += _trip_devices(
                key, row, cell, searched, platoons, ground, missed, per_blast, care, gain, events
            )
        ground.work[cell] = max(0.0, left - work)
        if work > left:
            platoons.hours[row] = min(hours * (1.0 - left / work), dt)
        if ground.work[cell] > 0.0 or _come_upon(key, cell, row, teams, near, hidden, tick, memory, events):
            continue
        ground.control[cell] = FREED
        ground.devices[cell] = 0
        quarters.freed[q] += 1
        whole = quarters.freed[q] == quarters.start[q + 1] - quarters.start[q]
        quarters.liberated[q] = whole
        emit(events, CONTROL, cell, DEFENDERS, LIBERATORS, SEARCH, CLEARING, LIBERATOR_SET, row, -1, 1, 1.0 if whole else 0.0)
    return blasts


@compiled
def take_back(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, near: Near, ground: Ground, quarters: Quarters,
    retake_h: float, work: float, dt: float, events: Events,
) -> int:  # fmt: skip
    """Teams on lost ground that no platoon is near take their block back, with the hazard ``1 / retake_h``. Returns the cells."""
    taken = 0
    dx, dy, nx, ny, heads = near.dx, near.dy, near.nx, near.ny, near.platoon_head
    for team in team_rows:
        cell = teams.cell[team]
        if teams.strength[team] <= 0 or teams.order[team] == TEAM_HIDE or ground.control[cell] != FREED:
            continue
        disputed = False
        for k in range(near.touching):
            c = nearby(dx, dy, nx, ny, cell, k)
            disputed |= c >= 0 and heads[c] >= 0
        if disputed or uniform(key, team, 0) >= 1.0 - math.exp(-dt / retake_h):
            continue
        for k in range(near.touching):
            c = nearby(dx, dy, nx, ny, cell, k)
            if c < 0 or ground.control[c] != FREED or ground.block[c] != ground.block[cell]:
                continue
            q = ground.quarter[c]
            ground.control[c] = HELD
            ground.work[c] = work * ground.search[c]
            quarters.freed[q] -= 1
            quarters.liberated[q] = False
            taken += 1
            emit(events, CONTROL, c, LIBERATORS, DEFENDERS, NO_CAUSE, CLEARING, DEFENDER_SET, team, -1, 1, 0.0)
    return taken


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
    able = (platoons.order[rows] == ASSAULT) & ~battle.axes.halted[platoons.axis[rows]]
    rows = rows[able & (platoons.ammo[rows] >= s.supply.least)]
    battle.counts["ied_blasts"] += search(
        battle.key("clearing.search", "liberators"), rows, teams, platoons, battle.liberators.forces.quality,
        battle.units.near, battle.ground, battle.quarters, float(s.liberators.reference_platoon), p.light_share,
        p.contact_share, p.night if battle.night else 1.0, s.liberators.worn_effect, s.defenders.hidden, s.ieds.missed,
        s.ieds.casualties, care_of(battle), s.combat.suppression_gain, battle.dt_h, battle.tick,
        battle.memory, battle.events,
    )  # fmt: skip
    taken = take_back(
        battle.key("clearing.take_back", "defenders"), battle.units.team_rows, teams, battle.units.near, battle.ground,
        battle.quarters, s.defenders.retake_h, s.defenders.retake_work, battle.dt_h, battle.events,
    )  # fmt: skip
    battle.counts["cells_taken_back"] += taken
    flush(battle.events, battle.ledger, battle.tick)
