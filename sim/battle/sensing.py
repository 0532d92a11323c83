"""Sensing: who finds whom.

Each looker adds a hazard; the hazards on one target are summed, and it is found within the tick with chance
``1 - exp(-sum * dt)`` (Koopman 1946, exponential detection). A sighting is acted on for ``memory_h`` hours. Every new
sighting is a row of the ledger, and neither side acts on anything else. ``view`` is how clearly two cells see each other
(:mod:`sim.battle.contacts`).

- platoon on team: ``sight * quality * (strength / reference_platoon) * view * night * hard * (1 - concealment * cover * dug)``;
  ``hard`` is the snipers' share
- team on platoon: ``sight * view * night``, snipers over a longer distance
- small drone on platoon: ``sight`` within its reach, by day and in flying weather

Who is found in the middle of a tick is ``exposed`` for what is left of it, so that results do not hang on the step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import DRONES, SNIPERS, TEAM_HIDE
from sim.agents.defenders import DefenderColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near, anyone_near, nearby, view
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground
from sim.kernels.jit import compiled
from sim.kernels.rng import exponential, uniform
from sim.record.codes import (
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    DRONE,
    LIBERATOR_SET,
    LIBERATORS,
    SENSING,
    SIGHT,
)

if TYPE_CHECKING:
    from sim.battle.model import Battle
    from sim.scenario.model import Scenario


class Optics(NamedTuple):
    """Numbers of sight, as compiled code takes them.

    Attributes:
        concealment: Share of detection that full cover takes away.
        hard: How easily snipers are found against others.
        hidden: How easily teams are that hide.
    """

    concealment: float
    hard: float
    hidden: float


def optics_of(scenario: Scenario) -> Optics:
    """The numbers of a scenario."""
    p = scenario.sensing
    return Optics(p.concealment, scenario.snipers.located, scenario.defenders.hidden)


@compiled
def find_teams(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, platoons: LiberatorColumns, quality: np.ndarray,
    near: Near, ground: Ground, optics: Optics, sight: float, size: float, dt: float, tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Platoons look for teams; see the module's formulas."""
    dx, dy, nx, ny, heads, following = near.dx, near.dy, near.nx, near.ny, near.platoon_head, near.platoon_next
    density, storeys, crowd, bins = ground.density, ground.storeys, near.crowd, near.bin_cells
    for team in team_rows:
        cell = teams.cell[team]
        open_to_view = 1.0 - optics.concealment * ground.cover[cell] * teams.dug[team]
        if teams.order[team] == TEAM_HIDE:
            open_to_view *= optics.hidden
        elif teams.kind[team] == SNIPERS:
            open_to_view *= optics.hard
        eyes = 0.0
        finder = -1
        for k in range(near.reach if anyone_near(crowd, bins, nx, ny, cell) else 0):
            c = nearby(dx, dy, nx, ny, cell, k)
            if c < 0 or heads[c] < 0:
                continue
            clear = view(density, storeys, dx, dy, nx, cell, c, k, near.arms)
            platoon = heads[c]
            while platoon >= 0:
                eyes += sight * quality[platoons.force[platoon]] * platoons.strength[platoon] / size * clear
                if finder < 0:
                    finder = platoon
                platoon = following[platoon]
        hazard = eyes * open_to_view
        if hazard <= 0.0:
            continue
        after = exponential(key, team, 0) / hazard
        if after >= dt:
            continue
        if teams.seen_until[team] < tick:
            emit(events, DETECTION, cell, DEFENDERS, LIBERATORS, SIGHT, SENSING, DEFENDER_SET, team, finder, 1, 0.0)
            teams.exposed[team] = 1.0 - after / dt
        teams.seen_until[team] = tick + memory


@compiled
def look_out(
    team_rows: np.ndarray, teams: DefenderColumns, near: Near, ground: Ground, hazard: np.ndarray, finder: np.ndarray,
) -> None:  # fmt: skip
    """Add up, cell by cell, how clearly teams see it: ``hazard`` in units of one team's sight, and one ``finder``."""
    dx, dy, nx, ny, heads = near.dx, near.dy, near.nx, near.ny, near.platoon_head
    density, storeys, crowd, bins = ground.density, ground.storeys, near.crowd, near.bin_cells
    for team in team_rows:
        cell = teams.cell[team]
        if not anyone_near(crowd, bins, nx, ny, cell):
            continue
        sniper = teams.kind[team] == SNIPERS
        weight = near.far if sniper else near.arms
        for k in range(near.dx.size if sniper else near.reach):
            c = nearby(dx, dy, nx, ny, cell, k)
            if c < 0 or heads[c] < 0:
                continue
            hazard[c] += view(density, storeys, dx, dy, nx, cell, c, k, weight)
            if finder[c] < 0:
                finder[c] = team


@compiled
def look_down(
    drone_rows: np.ndarray, teams: DefenderColumns, platoon_rows: np.ndarray, platoons: LiberatorColumns, near: Near,
    reach: float, sight: float, seen: np.ndarray,
) -> None:  # fmt: skip
    """Add the hazard of small drones to ``seen``, one value for each of ``platoon_rows``; ``reach`` in cells."""
    for drone in drone_rows:
        x, y = teams.cell[drone] % near.nx, teams.cell[drone] // near.nx
        for i in range(platoon_rows.size):
            cell = platoons.cell[platoon_rows[i]]
            if (cell % near.nx - x) ** 2 + (cell // near.nx - y) ** 2 <= reach * reach:
                seen[i] += sight


@compiled
def find_platoons(
    key: np.uint64, platoon_rows: np.ndarray, platoons: LiberatorColumns, hazard: np.ndarray, finder: np.ndarray,
    from_above: np.ndarray, sight: float, dt: float, tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Teams and their drones look for platoons; the marks of :func:`look_out` are wiped."""
    for i in range(platoon_rows.size):
        platoon = platoon_rows[i]
        cell = platoons.cell[platoon]
        known = platoons.seen_until[platoon] >= tick
        platoons.exposed[platoon] = 1.0 if known else 0.0
        total = sight * hazard[cell] + from_above[i]
        after = exponential(key, platoon, 0) / max(total, 1e-12)
        if after >= dt:
            continue
        if not known:
            platoons.exposed[platoon] = 1.0 - after / dt
            by_drone = uniform(key, platoon, 1) * total < from_above[i]
            emit(events, DETECTION, cell, LIBERATORS, DEFENDERS, DRONE if by_drone else SIGHT, SENSING, LIBERATOR_SET, platoon,
                -1 if by_drone else finder[cell], 1, 0.0)
        platoons.seen_until[platoon] = tick + memory
    for platoon in platoon_rows:
        hazard[platoons.cell[platoon]] = 0.0
        finder[platoons.cell[platoon]] = -1


def sense(battle: Battle) -> None:
    """Both sides look; new sightings go to the ledger."""
    p = battle.scenario.sensing
    memory, optics = battle.memory, optics_of(battle.scenario)
    night = p.night if battle.night else 1.0
    teams, platoons, near = battle.defenders.columns, battle.liberators.columns, battle.units.near
    find_teams(
        battle.key("sensing.teams", "defenders"), battle.units.team_rows, teams, platoons, battle.liberators.forces.quality,
        near, battle.ground, optics, p.platoon_sight_per_h * night, float(battle.scenario.liberators.reference_platoon),
        battle.dt_h, battle.tick, memory, battle.events,
    )  # fmt: skip
    look_out(battle.units.team_rows, teams, near, battle.ground, battle.looked_at, battle.looked_from)
    find_platoons(
        battle.key("sensing.platoons", "liberators"), battle.units.platoon_rows, platoons, battle.looked_at, battle.looked_from,
        _seen_from_above(battle), p.team_sight_per_h * night, battle.dt_h, battle.tick, memory, battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)


def _seen_from_above(battle: Battle) -> np.ndarray:
    """Hazard that small drones find each platoon on the grid, 1/h."""
    p, teams = battle.scenario.small_drones, battle.defenders.columns
    rows = battle.units.platoon_rows
    seen = np.zeros(rows.size)
    if p.enabled and not battle.night and battle.flying_weather:
        drones = battle.units.team_rows[teams.kind[battle.units.team_rows] == DRONES]
        look_down(
            drones, teams, rows, battle.liberators.columns, battle.units.near, p.reach_m / battle.grid.cell_m, p.sight_per_h, seen
        )
    return seen
