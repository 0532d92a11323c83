"""Sensing: who finds whom.

Each looker adds a hazard; the hazards on one target are summed, and it is found within the tick with chance
``1 - exp(-sum * dt)`` (Koopman 1946, exponential detection). A sighting is acted on for ``memory_h`` hours. Every new
sighting is a row of the ledger, and neither side acts on anything else.

- platoon on team: ``sight * quality * (strength / reference_platoon) * (1 - concealment * cover * dug) * night``
- orbit on team:   ``detect * min(1, orbits * orbit_km2 / held_km2) * (1 - concealment * cover * dug)``, in flying weather
- team on platoon: ``sight * night``
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, nearby
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground
from sim.kernels.jit import compiled
from sim.kernels.rng import uniform
from sim.record.codes import (
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    ISR,
    LIBERATOR_SET,
    LIBERATORS,
    SENSING,
    SIGHT,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle


@compiled
def find_teams(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, quality: np.ndarray,
    near: Near, ground: Ground, sight: float, concealment: float, night: float, watched: float, size: float, dt: float,
    tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Platoons and orbits look for teams; see the module's formulas. ``watched`` is the orbits' hazard without cover."""
    for team in team_rows:
        cell = teams.cell[team]
        open_to_view = 1.0 - concealment * ground.cover[cell] * teams.dug[team]
        eyes = 0.0
        finder = -1
        for k in range(near.dx.size):
            c = nearby(near, cell, k)
            if c < 0:
                continue
            platoon = near.platoon_head[c]
            while platoon >= 0:
                eyes += sight * quality[platoons.force[platoon]] * platoons.strength[platoon] / size * night
                if finder < 0:
                    finder = platoon
                platoon = near.platoon_next[platoon]
        hazard = (eyes + watched) * open_to_view
        if hazard <= 0.0 or uniform(key, team, 0) >= 1.0 - math.exp(-hazard * dt):
            continue
        by_platoon = uniform(key, team, 1) * (eyes + watched) < eyes
        if teams.seen_until[team] < tick:
            actor = LIBERATORS if by_platoon else COALITION
            cause = SIGHT if by_platoon else ISR
            emit(events, DETECTION, cell, DEFENDERS, actor, cause, SENSING, DEFENDER_SET, team,
                finder if by_platoon else -1, 1, 0.0)
        teams.seen_until[team] = tick + memory


@compiled
def find_platoons(
    key: np.uint64, platoon_rows: np.ndarray, platoons: LiberatorColumns, near: Near, sight: float, night: float,
    dt: float, tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Teams look for platoons."""
    for platoon in platoon_rows:
        cell = platoons.cell[platoon]
        if not near.team_near[cell]:
            continue
        hazard = 0.0
        finder = -1
        for k in range(near.dx.size):
            c = nearby(near, cell, k)
            if c < 0:
                continue
            unit = near.team_head[c]
            while unit >= 0:
                hazard += sight * night
                if finder < 0:
                    finder = unit
                unit = near.team_next[unit]
        if hazard <= 0.0 or uniform(key, platoon, 0) >= 1.0 - math.exp(-hazard * dt):
            continue
        if platoons.seen_until[platoon] < tick:
            emit(events, DETECTION, cell, LIBERATORS, DEFENDERS, SIGHT, SENSING, LIBERATOR_SET, platoon, finder, 1, 0.0)
        platoons.seen_until[platoon] = tick + memory


def sense(battle: Battle) -> None:
    """Both sides look; new sightings go to the ledger."""
    p, isr = battle.scenario.sensing, battle.scenario.isr
    memory = battle.ticks(p.memory_h)
    night = p.night if battle.night else 1.0
    held_km2 = max(battle.held_km2, 0.01)
    coverage = min(1.0, isr.orbits * isr.orbit_km2 / held_km2) if battle.flying_weather else 0.0
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    find_teams(
        battle.key("sensing.teams", "defenders"), battle.units.team_rows, teams, platoons,
        battle.liberators.forces.quality, battle.units.near, battle.ground, p.platoon_sight_per_h, p.concealment, night,
        isr.detect_per_h * coverage, float(battle.scenario.liberators.reference_platoon), battle.dt_h, battle.tick,
        memory, battle.events,
    )  # fmt: skip
    find_platoons(
        battle.key("sensing.platoons", "liberators"), battle.units.platoon_rows, platoons, battle.units.near,
        p.team_sight_per_h, night, battle.dt_h, battle.tick, memory, battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
