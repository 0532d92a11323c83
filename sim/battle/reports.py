"""Human reports: what residents and resistance cells tell of teams in their quarter (claims A8, B7).

The hazard that a team is reported is ``per_h * persons present / 1000 * trust * (1 - fear)`` by residents, with trust in
the forces that the quarter faces (:mod:`sim.battle.trust`), plus ``report_per_h`` for each resistance cell of the quarter that is
at large, times ``training_gain`` where special forces have trained it. A report takes ``delay_h`` on the mean, exponential, and
names a place that is wrong by a normal error of ``error_m`` on each axis. It makes a target there, but no sighting: platoons do
not see the team by it, and it may have moved.

Defenders catch a resistance cell with the hazard ``caught_per_day * teams to the km2``, divided by ``training_gain`` for
trained ones, and kill its people.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import BY_REPORT, DESTROYED, NO_TARGET
from sim.agents.defenders import DefenderColumns
from sim.battle.contacts import teams_in
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground
from sim.battle.services import quarter_persons
from sim.battle.targets import Targets, open_target
from sim.battle.trust import ROUND_H, change_minds
from sim.kernels.jit import compiled
from sim.kernels.rng import exponential, normal, stream_key, uniform
from sim.record.codes import (
    CAPTURE,
    CIVILIANS,
    DEATH,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    HUMAN_REPORT,
    REPORTING,
    RESISTANCE,
    RESISTANCE_SET,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


@compiled
def tell(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, ground: Ground, by_residents: np.ndarray, by_cells: np.ndarray,
    targets: Targets, error_cells: float, error_m: float, delay_h: float, now: float, dt: float, nx: int, events: Events,
) -> int:  # fmt: skip
    """Residents and cells report teams in this tick; hazards by quarter, 1/h for each team. Returns the number of reports."""
    told = 0
    for team in team_rows:
        cell = teams.cell[team]
        q = ground.quarter[cell]
        if q < 0:
            continue
        hazard = by_residents[q] + by_cells[q]
        if hazard <= 0.0 or uniform(key, team, 0) >= 1.0 - math.exp(-hazard * dt):
            continue
        told += 1
        actor = RESISTANCE if uniform(key, team, 1) * hazard < by_cells[q] else CIVILIANS
        emit(events, DETECTION, cell, DEFENDERS, actor, HUMAN_REPORT, REPORTING, DEFENDER_SET, team, -1, 1, 0.0)
        stage = targets.stage[team]
        seen = now + dt * uniform(key, team, 2)
        if stage != NO_TARGET and not (stage == DESTROYED and seen > targets.due_h[team]):
            continue
        open_target(targets, team, BY_REPORT, seen, seen + delay_h * exponential(key, team, 3))
        east, north = normal(key, team, 4), normal(key, team, 6)
        x, y = math.floor(cell % nx + 0.5 + error_cells * east), math.floor(cell // nx + 0.5 + error_cells * north)
        there = y * nx + x
        inside = 0 <= x < nx and 0 <= there < ground.quarter.size and ground.quarter[there] >= 0
        targets.cell[team] = there if inside else cell
        targets.off_m[team] = error_m * math.sqrt(east * east + north * north)
        targets.seen_h[team] = seen
    return told


@compiled
def draws_below(key: np.uint64, limits: np.ndarray) -> np.ndarray:
    """Which rows draw a number below their limit."""
    out = np.empty(limits.size, np.bool_)
    for row in range(limits.size):
        out[row] = uniform(key, row, 0) < limits[row]
    return out


def trained(battle: Battle) -> NDArray[np.bool_]:
    """Which cells are trained: a draw for each that stays the same for good, against the share."""
    key = stream_key(battle.seed, "reports.training", "resistance", 0)
    return draws_below(key, np.full(len(battle.resistance), battle.scenario.resistance.trained_share))


def _round(battle: Battle) -> None:
    """Every six hours: minds change, cells are caught, and the hazards of reports by quarter are set."""
    p, s, q = battle.scenario.reports, battle.scenario.resistance, battle.quarters
    cells = battle.resistance.columns
    density = teams_in(battle) / np.maximum(q.area, battle.grid.cell_m**2 / 1e6)
    change_minds(battle, density)
    if cells.strength.size:
        gain = np.where(trained(battle), s.training_gain, 1.0)
        _catch(battle, s.caught_per_day * density[cells.quarter] / gain)
        q.told_by_cells[:] = np.bincount(cells.quarter, s.report_per_h * gain * (cells.strength > 0), q.area.size)
    q.told_by_residents[:] = p.per_h * quarter_persons(battle) / 1000.0 * q.trust * (1.0 - q.fear)


def _catch(battle: Battle, per_day: NDArray[np.float64]) -> None:
    """Defenders find cells among them, with a hazard for each."""
    cells, days = battle.resistance.columns, battle.ticks(ROUND_H) * battle.dt_h / 24.0
    chance = np.array([1.0 - math.exp(-hazard * days) for hazard in per_day.tolist()])
    for row in np.flatnonzero(draws_below(battle.key("reports.caught", "resistance"), chance) & (cells.strength > 0)).tolist():
        lost = int(cells.strength[row])
        cells.strength[row] = 0
        cells.killed[row] += lost
        emit(
            battle.events, DEATH, int(cells.cell[row]), RESISTANCE, DEFENDERS, CAPTURE, REPORTING, RESISTANCE_SET, row, -1, lost,
            0.0,
        )  # fmt: skip


def hear(battle: Battle) -> None:
    """One tick of human reports."""
    p = battle.scenario.reports
    rows = battle.units.team_rows
    if battle.tick % battle.ticks(ROUND_H) == 0:
        _round(battle)
    if p.enabled:
        q, cell_m = battle.quarters, battle.grid.cell_m
        battle.counts["human_reports"] += tell(
            battle.key("reports.told", "defenders"), rows, battle.defenders.columns, battle.ground, q.told_by_residents,
            q.told_by_cells, battle.targets, p.error_m / cell_m, p.error_m, p.delay_h, battle.hour, battle.dt_h, battle.grid.nx,
            battle.events,
        )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
