"""Close combat between teams and platoons within contact distance.

Aimed fire (Lanchester 1916, square law): a unit's fire falls on one enemy that it has found, and the casualties that it
causes follow the number of its own shooters, not the number of targets,
``mean = rate * strength * quality * (1 - suppression) * (1 - cover term) * night * dt``, Poisson.
Area fire (linear law): platoons under fire from a team that they have not found shoot where they think it is; the effect
is the share ``area_fire`` of aimed fire on a whole team and falls with the number of targets there,
``target strength / team_size``. Suppression grows with casualties and falls off exponentially.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import CORDON, GARRISON
from sim.agents.defenders import DefenderColumns
from sim.agents.households import CellLists, HouseholdColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, nearby
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import hurt_people, hurt_platoon, hurt_team
from sim.kernels.jit import compiled
from sim.kernels.rng import poisson, uniform
from sim.record.codes import (
    AREA_FIRE,
    COMBAT,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    FIRE_SEEN,
    LIBERATORS,
    NOBODY,
    SMALL_ARMS,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


@compiled
def _pick_platoon(key: np.uint64, team: int, cell: int, platoons: LiberatorColumns, near: Near, tick: int) -> int:
    """A platoon in contact that the defenders know of, each with equal chance; -1 for none."""
    seen = 0
    chosen = -1
    for k in range(near.dx.size):
        c = nearby(near, cell, k)
        if c < 0:
            continue
        platoon = near.platoon_head[c]
        while platoon >= 0:
            if platoons.seen_until[platoon] >= tick and platoons.strength[platoon] > 0:
                seen += 1
                if uniform(key, team, seen) * seen < 1.0:
                    chosen = platoon
            platoon = near.platoon_next[platoon]
    return chosen


@compiled
def team_fire(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, protection: np.ndarray,
    near: Near, ground: Ground, rate: float, cover_effect: float, attacker_cover: float, reveals: float, gain: float,
    killed_share: float, night: float, dt: float, tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Every team that knows of a platoon in contact shoots at it, and may give itself away."""
    for team in team_rows:
        if teams.strength[team] <= 0:
            continue
        cell = teams.cell[team]
        target = _pick_platoon(key, team, cell, platoons, near, tick)
        if target < 0:
            continue
        teams.fired[team] = True
        at = platoons.cell[target]
        order = platoons.order[target]
        share = 1.0 if order in (GARRISON, CORDON) else attacker_cover
        exposed = (1.0 - cover_effect * share * ground.cover[at]) * protection[platoons.force[target]]
        mean = rate * teams.strength[team] * (1.0 - teams.suppression[team]) * exposed * night * dt
        casualties = poisson(key, team, 200, mean)
        hurt_platoon(key, platoons, target, casualties, killed_share, gain, DEFENDERS, SMALL_ARMS, COMBAT, team, team, events)
        platoons.contact[target] = True
        ground.shooters[at] += teams.strength[team]
        revealed = uniform(key, team, 201) < 1.0 - (1.0 - reveals) ** dt
        if teams.seen_until[team] < tick:
            # An unfound shooter draws fire on a suspected place: the row says so, and that it is no sighting.
            cause = FIRE_SEEN if revealed else AREA_FIRE
            emit(events, DETECTION, cell, DEFENDERS, LIBERATORS, cause, COMBAT, DEFENDER_SET, team, target, 1, 0.0)
        if revealed:
            teams.seen_until[team] = tick + memory


@compiled
def _pick_team(
    key: np.uint64, platoon: int, cell: int, teams: DefenderColumns, near: Near, load: np.ndarray, frontage: int,
    tick: int
) -> int:
    """The nearest known team that still has room for another platoon's fire; else one that fired unseen; -1 for none."""
    shooters = 0
    suspected = -1
    for k in range(near.dx.size):
        c = nearby(near, cell, k)
        if c < 0:
            continue
        team = near.team_head[c]
        while team >= 0:
            if teams.strength[team] <= 0 or load[team] >= frontage:
                team = near.team_next[team]
                continue
            if teams.seen_until[team] >= tick:
                return int(team)
            if teams.fired[team]:
                shooters += 1
                if uniform(key, platoon, 300 + shooters) * shooters < 1.0:
                    suspected = team
            team = near.team_next[team]
    return suspected


@compiled
def platoon_fire(
    key: np.uint64, platoon_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, quality: np.ndarray,
    near: Near, ground: Ground, rate: float, area: float, team_size: float, cover_effect: float, frontage: int,
    gain: float, killed_share: float, night: float, dt: float, tick: int, events: Events,
) -> None:  # fmt: skip
    """Every platoon in contact shoots at a team that it knows of, or at a suspected place."""
    load = np.zeros(teams.cell.size, np.int32)
    for platoon in platoon_rows:
        cell = platoons.cell[platoon]
        if platoons.strength[platoon] <= 0 or not near.team_near[cell]:
            continue
        target = _pick_team(key, platoon, cell, teams, near, load, frontage, tick)
        if target < 0:
            continue
        load[target] += platoons.strength[platoon]
        platoons.contact[platoon] = True
        at = teams.cell[target]
        known = teams.seen_until[target] >= tick
        exposed = 1.0 - cover_effect * ground.cover[at] * teams.dug[target]
        force = quality[platoons.force[platoon]]
        mean = rate * platoons.strength[platoon] * force * (1.0 - platoons.suppression[platoon]) * exposed * night * dt
        if not known:
            mean *= area * teams.strength[target] / team_size
        casualties = poisson(key, platoon, 400, mean)
        cause = SMALL_ARMS if known else AREA_FIRE
        hurt_team(key, teams, target, casualties, killed_share, gain, LIBERATORS, cause, COMBAT, platoon, platoon, events)
        ground.shooters[at] += platoons.strength[platoon]


@compiled
def crossfire(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, risk: float,
    death_share: float, shelter: float, damage: float, size: float, dt: float, events: Events,
) -> None:  # fmt: skip
    """What the shooting does to residents, buildings and quarters, cell by cell.

    Casualties are Poisson with mean ``risk * shooters * persons * dt``; buildings are damaged at ``damage`` a
    platoon-hour; the cell is as loud as ``shooters / 60``, at most 1 event an hour.
    """
    for cell in range(ground.shooters.size):
        shooters = ground.shooters[cell]
        if shooters <= 0.0:
            continue
        ground.shooters[cell] = 0.0
        ground.noise[cell] += min(1.0, shooters / (2.0 * size)) * dt
        ground.damage[cell] += (1.0 - ground.damage[cell]) * (1.0 - math.exp(-damage * shooters / size * dt))
        q = ground.quarter[cell]
        if q >= 0:
            quarters.fought[q] = True
            quarters.fighting[q] += dt
        expected = risk * shooters * lists.persons[cell] * dt
        hurt_people(
            key, people, lists, ground, quarters, cell, 0, expected, death_share, shelter, NOBODY, SMALL_ARMS, COMBAT,
            events
        )


@compiled
def calm(teams: DefenderColumns, platoons: LiberatorColumns, keep: float) -> None:
    """Suppression fades; marks of this tick are wiped."""
    for row in range(teams.cell.size):
        teams.suppression[row] *= keep
        teams.fired[row] = False
    for row in range(platoons.cell.size):
        platoons.suppression[row] *= keep
        platoons.contact[row] = False


def calm_down(battle: Battle) -> None:
    """The start of a tick: suppression fades, marks of the last tick are wiped."""
    keep = math.exp(-battle.dt_h / battle.scenario.combat.suppression_h)
    calm(battle.defenders.columns, battle.liberators.columns, keep)


def fight(battle: Battle) -> None:
    """One tick of close combat, the defenders' fire first."""
    p, s = battle.scenario.combat, battle.scenario
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    forces = battle.liberators.forces
    night = p.night if battle.night else 1.0
    team_fire(
        battle.key("combat.teams", "defenders"), battle.units.team_rows, teams, platoons, forces.protection,
        battle.units.near, battle.ground, p.team_fire * s.defenders.quality, p.cover_effect, p.attacker_cover,
        s.sensing.fire_reveals, p.suppression_gain, p.killed_share, night, battle.dt_h, battle.tick,
        battle.ticks(s.sensing.memory_h), battle.events,
    )  # fmt: skip
    platoon_fire(
        battle.key("combat.platoons", "liberators"), battle.units.platoon_rows, teams, platoons, forces.quality,
        battle.units.near, battle.ground, p.platoon_fire, p.area_fire, float(s.defenders.team_size), p.cover_effect,
        p.frontage, p.suppression_gain, p.defender_killed_share, night, battle.dt_h, battle.tick, battle.events,
    )  # fmt: skip
    crossfire(
        battle.key("combat.crossfire", "cells"), battle.households.columns, battle.households.lists, battle.ground,
        battle.quarters, p.crossfire, 1.0 / (1.0 + s.harm.wounded_per_death), s.harm.shelter, s.harm.damage_combat,
        float(s.liberators.reference_platoon), battle.dt_h, battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
