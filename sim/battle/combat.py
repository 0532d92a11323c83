"""Close combat between teams and platoons that are in view of each other.

Aimed fire (Lanchester 1916, square law): a unit's fire falls on one enemy that it has found, and the casualties that it
causes follow the number of its own shooters, not the number of targets,
``mean = rate * strength * quality * view * (1 - suppression) * (1 - cover term) * night * dt``, Poisson; ``view`` falls with
distance and with the buildings between (:mod:`sim.battle.contacts`). Area fire (linear law): at a team that fires and has not
been found, platoons shoot where they think it is; the effect is the share ``area_fire`` of aimed fire on a whole team and falls
with the number of targets there, ``target strength / team size``. A team that fires is located with the hazard ``fire_located *
view * night``, and from that minute on the fire at it is aimed: so an ambush is fought by Deitchman's (1962) mixed law until it
is found out. Suppression grows with casualties, and under a sniper's fire by the hour, and falls off exponentially; it acts from
the next tick on, as its mean over each.

Fire counts for its part of a tick, so that results do not hang on the step: from when the shooter has found its target until a
team that knows itself located gives its position up, after a time with the hazard ``relocate_per_h``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import CORDON, GARRISON, INFANTRY, SNIPERS, TEAM_HIDE, TEAM_HOLD
from sim.agents.defenders import DefenderColumns
from sim.agents.households import CellLists, HouseholdColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, anyone_near, nearby, view
from sim.battle.evacuation import Care, care_of
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters, place_m2
from sim.battle.harm import hurt_people, hurt_platoon, hurt_team
from sim.battle.sensing import Optics, optics_of
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import exponential, poisson, uniform
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
    SNIPER,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Guns(NamedTuple):
    """Numbers of fire by teams, as compiled code takes them.

    Attributes:
        fire: Casualties per fighter and hour, in the open with clear view.
        sniper_fire: The same, of a sniper.
        pin: Suppression by an hour of a sniper's fire.
        cover_effect: Share of casualties that full cover prevents.
        attacker_cover: Share of that which attacking platoons enjoy.
        located: Hazard that a team that fires is located, 1/h.
        gain: Suppression per casualty.
        leave: Hazard that a team that holds a position and knows itself located gives it up, 1/h.
        least: View at which it is worth to open fire: with less, a unit does so less often.
        frontage: Fighters after whom no further team can bear on the same platoon.
    """

    fire: float
    sniper_fire: float
    pin: float
    cover_effect: float
    attacker_cover: float
    located: float
    gain: float
    leave: float
    least: float
    frontage: int


@compiled
def _pick_platoon(
    key: np.uint64, team: int, cell: int, platoons: LiberatorColumns, near: Near, ground: Ground, reach: int,
    weight: np.ndarray, load: np.ndarray, frontage: int, tick: int,
) -> tuple[int, float]:  # fmt: skip
    """A known platoon with room for another team's fire, with a chance in proportion to the view of it; and that view.

    -1 for none.
    """
    total, clear = 0.0, 0.0
    chosen = -1
    seen = 0
    dx, dy, nx, ny, heads, following = near.dx, near.dy, near.nx, near.ny, near.platoon_head, near.platoon_next
    density, storeys, known, strength = ground.density, ground.storeys, platoons.seen_until, platoons.strength
    for k in range(reach):
        c = nearby(dx, dy, nx, ny, cell, k)
        if c < 0 or heads[c] < 0:
            continue
        here = view(density, storeys, dx, dy, nx, cell, c, k, weight)
        platoon = heads[c]
        while platoon >= 0:
            room = load[platoon] < frontage
            if room and known[platoon] >= tick and strength[platoon] > 0:
                seen += 1
                total += here
                if uniform(key, team, seen) * total < here:
                    chosen, clear = platoon, here
            platoon = following[platoon]
    return chosen, clear


@inlined
def _times(
    key: np.uint64, team: int, teams: DefenderColumns, starts: float, hazard: float, leave: float, dt: float
) -> tuple[float, float]:
    """When, in shares of the tick, a team that fires from ``starts`` on is located by its fire, and gives its position up."""
    found = starts + exponential(key, team, 201) / max(hazard * dt, 1e-12)
    if leave <= 0.0 or teams.order[team] != TEAM_HOLD or teams.quarter[team] < 0:
        return found, 1.0
    known = min(found, max(1.0 - teams.exposed[team], starts) if teams.exposed[team] > 0.0 else 1.0)
    return found, min(1.0, known + exponential(key, team, 203) / (leave * dt))


@compiled
def team_fire(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, protection: np.ndarray,
    near: Near, ground: Ground, optics: Optics, guns: Guns, care: Care, night: float, dark: float, dt: float, tick: int,
    memory: int, events: Events,
) -> None:  # fmt: skip
    """Every team that has a known platoon in view shoots at it, and may give itself away.

    Infantry and snipers shoot as far as their weapons reach, others when a platoon is upon them. ``night`` is the effect of fire,
    ``dark`` that of sight.
    """
    load = np.zeros(platoons.cell.size, np.int32)
    for team in team_rows:
        if teams.strength[team] <= 0 or teams.order[team] == TEAM_HIDE:
            continue
        if teams.seen_until[team] >= tick and teams.exposed[team] == 0.0:
            teams.exposed[team] = 1.0
        cell = teams.cell[team]
        if not anyone_near(near.crowd, near.bin_cells, near.nx, near.ny, cell):
            continue
        sniper = teams.kind[team] == SNIPERS
        reach = near.dx.size if sniper else near.reach if teams.kind[team] == INFANTRY else near.touching
        target, clear = _pick_platoon(
            key, team, cell, platoons, near, ground, reach, near.far if sniper else near.arms, load,
            guns.frontage, tick
        )
        if target < 0 or uniform(key, team, 202) * guns.least >= clear:
            continue
        clear = max(clear, guns.least)
        teams.fired[team] = True
        load[target] += teams.strength[team]
        at = platoons.cell[target]
        order = platoons.order[target]
        share = 1.0 if order in (GARRISON, CORDON) else guns.attacker_cover
        exposed = (1.0 - guns.cover_effect * share * ground.cover[at]) * protection[platoons.force[target]]
        rate = guns.sniper_fire if sniper else guns.fire
        starts = 1.0 - platoons.exposed[target]
        found, stays = _times(
            key, team, teams, starts, guns.located * clear * dark * (optics.hard if sniper else 1.0), guns.leave, dt
        )
        teams.stays[team], fires = stays, max(stays - starts, 0.0)
        mean = rate * teams.strength[team] * clear * (1.0 - teams.pinned[team]) * exposed * night * fires * dt
        casualties = poisson(key, team, 200, mean)
        cause = SNIPER if sniper else SMALL_ARMS
        hurt_platoon(key, platoons, target, casualties, care, guns.gain, DEFENDERS, cause, COMBAT, team, team, events)
        if sniper:
            platoons.suppression[target] = min(1.0, platoons.suppression[target] + guns.pin * clear * fires * dt)
        platoons.contact[target] = max(platoons.contact[target], fires)
        ground.shooters[at] += teams.strength[team] * fires
        if teams.seen_until[team] < tick:
            # An unfound shooter draws fire on a suspected place: the row says so, and that it is no sighting.
            cause = FIRE_SEEN if found < 1.0 else AREA_FIRE
            emit(events, DETECTION, cell, DEFENDERS, LIBERATORS, cause, COMBAT, DEFENDER_SET, team, target, 1, 0.0)
            teams.exposed[team] = max(0.0, 1.0 - found)
        if found < 1.0:
            teams.seen_until[team] = tick + memory


@compiled
def _pick_team(
    key: np.uint64, platoon: int, cell: int, teams: DefenderColumns, near: Near, ground: Ground, load: np.ndarray,
    frontage: int, tick: int
) -> tuple[int, float]:  # fmt: skip
    """The known team in best view that still has room for another platoon's fire, and the view; else one that fired unseen."""
    shooters = 0.0
    suspected, known = -1, -1
    glimpse, best = 0.0, 0.0
    drawn = 0
    dx, dy, nx, ny, heads, following = near.dx, near.dy, near.nx, near.ny, near.team_head, near.team_next
    density, storeys, strength, seen_until = ground.density, ground.storeys, teams.strength, teams.seen_until
    for k in range(near.reach):
        c = nearby(dx, dy, nx, ny, cell, k)
        if c < 0 or heads[c] < 0:
            continue
        clear = view(density, storeys, dx, dy, nx, cell, c, k, near.arms)
        team = heads[c]
        while team >= 0:
            if strength[team] > 0 and load[team] < frontage:
                if seen_until[team] >= tick:
                    if clear > best:
                        known, best = team, clear
                elif teams.fired[team]:
                    drawn += 1
                    shooters += clear
                    if uniform(key, platoon, 300 + drawn) * shooters < clear:
                        suspected, glimpse = team, clear
            team = following[team]
    if known >= 0:
        return known, best
    return suspected, glimpse


@compiled
def platoon_fire(
    key: np.uint64, wild: np.uint64, platoon_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns,
    quality: np.ndarray, near: Near, ground: Ground, rate: float, area: float, cover_effect: float, frontage: int,
    least_view: float, use: float, least: float, worn: float, gain: float, killed_share: float, night: float, dt: float,
    tick: int, events: Events,
) -> None:  # fmt: skip
    """Every platoon with a known team in view shoots at it, or at a suspected place; ``wild`` is the key of that."""
    load = np.zeros(teams.cell.size, np.int32)
    for platoon in platoon_rows:
        cell = platoons.cell[platoon]
        if platoons.strength[platoon] <= 0 or not near.team_reach[cell]:
            continue
        target, clear = _pick_team(key, platoon, cell, teams, near, ground, load, frontage, tick)
        if target < 0 or uniform(key, platoon, 401) * least_view >= clear:
            continue
        clear = max(clear, least_view)
        load[target] += platoons.strength[platoon]
        found, stays = 1.0 - teams.exposed[target], teams.stays[target]
        aimed, guessed = max(stays - found, 0.0), min(found, stays) if teams.fired[target] else 0.0
        platoons.ammo[platoon] = max(0.0, platoons.ammo[platoon] - use * clear * (aimed + guessed) * dt)
        platoons.contact[platoon] = max(platoons.contact[platoon], aimed + guessed)
        at = teams.cell[target]
        exposed = 1.0 - cover_effect * ground.cover[at] * teams.dug[target]
        force = quality[platoons.force[platoon]] * min(1.0, platoons.ammo[platoon] / least)
        force *= worn + (1.0 - worn) * platoons.readiness[platoon]
        mean = rate * platoons.strength[platoon] * force * clear * (1.0 - platoons.pinned[platoon]) * exposed * night * dt
        ground.shooters[at] += platoons.strength[platoon] * (aimed + guessed)
        hits = poisson(key, platoon, 400, mean * aimed)
        hurt_team(key, teams, target, hits, killed_share, gain, LIBERATORS, SMALL_ARMS, COMBAT, platoon, platoon, events)
        if guessed > 0.0:
            mean *= guessed * area * teams.strength[target] / max(teams.size[target], 1)
            lucky = poisson(wild, platoon, 400, mean)
            hurt_team(wild, teams, target, lucky, killed_share, gain, LIBERATORS, AREA_FIRE, COMBAT, platoon, platoon, events)


@compiled
def crossfire(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, risk: float,
    death_share: float, shelter: float, damage: float, size: float, hectares: float, dt: float, events: Events,
) -> None:  # fmt: skip
    """What the shooting does to residents, buildings and quarters, cell by cell.

    It reaches a block of ``hectares``, so that both follow density and not the size of cells: casualties are Poisson with mean
    ``risk * shooters * persons / hectares * dt``; buildings are damaged at ``damage / hectares`` a platoon-hour. The cell is as
    loud as ``shooters / 60``, at most 1 event an hour.
    """
    block, there = ground.block, np.zeros(ground.block.size)
    for cell in range(block.size):
        there[block[cell]] += ground.shooters[cell]
    for cell in range(block.size):
        shooters, own = there[block[cell]], ground.shooters[cell]
        if shooters <= 0.0:
            continue
        ground.shooters[cell] = 0.0
        ground.noise[cell] += min(1.0, own / (2.0 * size)) * dt
        ground.damage[cell] += (1.0 - ground.damage[cell]) * (1.0 - math.exp(-damage / hectares * shooters / size * dt))
        q = ground.quarter[cell]
        if q >= 0:
            quarters.fought[q] = True
            quarters.fighting[q] += dt
        expected = risk * shooters * lists.persons[cell] / hectares * dt
        hurt_people(
            key, people, lists, ground, quarters, cell, 0, expected, death_share, shelter, NOBODY, SMALL_ARMS, COMBAT,
            events
        )


@compiled
def calm(teams: DefenderColumns, platoons: LiberatorColumns, keep: float, mean: float) -> None:
    """Suppression fades to the share ``keep`` over the tick, and acts at the share ``mean``; marks of the last tick are wiped."""
    for row in range(teams.cell.size):
        teams.pinned[row] = teams.suppression[row] * mean
        teams.suppression[row] *= keep
        teams.fired[row] = False
        teams.exposed[row] = 0.0
        teams.stays[row] = 1.0
    for row in range(platoons.cell.size):
        platoons.pinned[row] = platoons.suppression[row] * mean
        platoons.suppression[row] *= keep
        platoons.contact[row] = 0.0
        platoons.exposed[row] = 0.0


def calm_down(battle: Battle) -> None:
    """The start of a tick: suppression fades, marks of the last tick are wiped."""
    ticks = battle.dt_h / battle.scenario.combat.suppression_h
    calm(battle.defenders.columns, battle.liberators.columns, math.exp(-ticks), -math.expm1(-ticks) / ticks)


def fight(battle: Battle) -> None:
    """One tick of close combat, the defenders' fire first."""
    p, s = battle.scenario.combat, battle.scenario
    teams, platoons, near = battle.defenders.columns, battle.liberators.columns, battle.units.near
    forces, optics = battle.liberators.forces, optics_of(s)
    night, dark = (p.night, s.sensing.night) if battle.night else (1.0, 1.0)
    guns = Guns(
        p.team_fire * s.defenders.quality, s.snipers.fire * s.defenders.quality, s.snipers.pin, p.cover_effect, p.attacker_cover,
        s.sensing.fire_located_per_h, p.suppression_gain, s.defenders.relocate_per_h, p.least_view, p.team_frontage,
    )  # fmt: skip
    team_fire(
        battle.key("combat.teams", "defenders"), battle.units.team_rows, teams, platoons, forces.protection, near,
        battle.ground, optics, guns, care_of(battle), night, dark, battle.dt_h, battle.tick, battle.memory,
        battle.events,
    )  # fmt: skip
    platoon_fire(
        battle.key("combat.platoons", "liberators"), battle.key("combat.area", "liberators"), battle.units.platoon_rows,
        teams, platoons, forces.quality, near,
        battle.ground, p.platoon_fire, p.area_fire, p.cover_effect, p.frontage, p.least_view, 1.0 / s.supply.load_h,
        s.supply.least, s.liberators.worn_effect, p.suppression_gain,
        p.defender_killed_share, night, battle.dt_h, battle.tick, battle.events,
    )  # fmt: skip
    crossfire(
        battle.key("combat.crossfire", "cells"), battle.households.columns, battle.households.lists, battle.ground,
        battle.quarters, p.crossfire, 1.0 / (1.0 + s.harm.wounded_per_death), s.harm.shelter, s.harm.damage_combat,
        float(s.liberators.reference_platoon), place_m2(battle.grid.cell_m) / 1e4, battle.dt_h, battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
