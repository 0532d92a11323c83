"""Clearing: searching held ground cell by cell, the devices that go off meanwhile, and the change of control.

Work done in a tick is ``quality * strength / size * (1 - suppression) * contact * night * dt`` platoon-hours, divided by
``light_share`` in quarters where no defender has been met. Devices are found in proportion to the work; a share goes off
first. A cell changes hands when its work is done and no team is left in it; a team that the search comes upon is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from sim.agents.codes import ASSAULT, FREED, HELD
from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import hurt_platoon
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
    NO_SET,
    SEARCH,
    STRIKE,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


@njit(cache=True)
def search(
    key: np.uint64, teams: DefenderColumns, platoons: LiberatorColumns, quality: np.ndarray, near: Near, ground: Ground,
    quarters: Quarters, halted: np.ndarray, size: float, light: float, in_contact: float, night: float, missed: float,
    per_blast: float, killed_share: float, gain: float, dt: float, tick: int, memory: int, events: Events,
) -> int:  # fmt: skip
    """All assault platoons on held ground search it. Returns the number of blasts."""
    blasts = 0
    for row in near.platoon_rows:
        if platoons.order[row] != ASSAULT or platoons.strength[row] <= 0 or halted[platoons.axis[row]]:
            continue
        cell = platoons.cell[row]
        if ground.control[cell] != HELD:
            continue
        q = ground.quarter[cell]
        rate = quality[platoons.force[row]] * platoons.strength[row] / size * (1.0 - platoons.suppression[row])
        work = rate * night * dt * (in_contact if platoons.contact[row] else 1.0)
        if not quarters.met[q]:
            work /= light
        left = ground.work[cell]
        if ground.devices[cell] > 0 and work > 0.0:
            found = binomial(key, row, 0, ground.devices[cell], min(1.0, work / max(left, 1e-9)))
            off = binomial(key, row, 1, found, missed)
            ground.devices[cell] -= found
            if off > 0:
                blasts += off
                casualties = poisson(key, row, 2, per_blast * off)
                emit(events, STRIKE, cell, LIBERATORS, DEFENDERS, IED, CLEARING, LIBERATOR_SET, row, -1, off, float(casualties))
                ground.noise[cell] += off
                hurt_platoon(key, platoons, row, casualties, killed_share, gain, DEFENDERS, IED, CLEARING, -1, events)
        ground.work[cell] = max(0.0, left - work)
        if ground.work[cell] > 0.0:
            continue
        hidden = -1
        for i in range(near.team_start[cell], near.team_start[cell + 1]):
            team = near.team_rows[i]
            if teams.strength[team] > 0:
                hidden = team
                if teams.seen_until[team] < tick:
                    emit(events, DETECTION, cell, DEFENDERS, LIBERATORS, SEARCH, CLEARING, DEFENDER_SET, team, row, 1, 0.0)
                teams.seen_until[team] = tick + memory
        if hidden < 0:
            ground.control[cell] = FREED
            ground.devices[cell] = 0
            quarters.freed[q] += 1
            if quarters.freed[q] == quarters.start[q + 1] - quarters.start[q]:
                quarters.liberated[q] = True
                emit(events, CONTROL, cell, DEFENDERS, LIBERATORS, SEARCH, CLEARING, NO_SET, -1, row, 1, float(q))
    return blasts


@njit(cache=True)
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
    battle.counts["ied_blasts"] += search(
        battle.key("clearing.search", "liberators"), teams, battle.liberators.columns, battle.liberators.forces.quality,
        battle.near, battle.ground, battle.quarters, battle.axes.halted, float(s.liberators.platoon_size), p.light_share,
        p.contact_share, p.night if battle.night else 1.0, s.ieds.missed, s.ieds.casualties, s.combat.killed_share,
        s.combat.suppression_gain, battle.dt_h, battle.tick, battle.ticks(s.sensing.memory_h), battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
