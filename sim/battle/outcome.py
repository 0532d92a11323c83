"""How a battle ends, and what a finished one sums up to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.approach import SPENT
from sim.battle.sites import site_names
from sim.record.ground import GridInfo
from sim.record.manifest import build_manifest

if TYPE_CHECKING:
    from sim.battle.model import Battle
    from sim.record.run import Run

_NET_GAIN = 0.01


@dataclass(frozen=True)
class Status:
    """Where the battle stands at the end of a day, for progress displays."""

    day: int
    date: dt.date
    max_days: int
    liberated_share: float
    displaced: int
    killed: int


def check_end(battle: Battle) -> None:
    """Stop the model where the city is liberated, the attack has failed, or time is up; at the end of a day only."""
    if (battle.tick + 1) % battle.ticks_per_day:
        return
    share = battle.liberated_share
    in_city = battle.axes.state.size > 0 and bool(battle.entry_open.any())
    if share >= battle.best_share + _NET_GAIN or not in_city:
        battle.best_share, battle.best_tick = share, battle.tick
    if bool(battle.quarters.liberated.all()):
        battle.ending = "liberated"
    elif bool((battle.axes.state == SPENT).all()):
        battle.ending = "attack_spent"
    elif battle.tick - battle.best_tick >= battle.scenario.liberators.failure_days * battle.ticks_per_day:
        battle.ending = "attack_stalled"
    elif battle.day + 1 >= battle.scenario.time.max_days:
        battle.ending = "undecided"
    battle.running = not battle.ending


def summary(battle: Battle) -> dict[str, float]:
    """Outcomes by name, as declared in :mod:`sim.record.outcomes`."""
    from sim.record.outcomes import summarise as summarise_daily

    liberated = battle.ending == "liberated"
    given = {
        "liberated": int(liberated),
        "attack_failed": int(battle.ending in {"attack_spent", "attack_stalled"}),
        "days_simulated": battle.recorder.n_days,
        "days_to_liberation": battle.recorder.n_days if liberated else float("nan"),
    }
    return summarise_daily(battle.recorder.daily(), given, battle.grid.bank_names)


def summarise(battle: Battle) -> Run:
    """The run that a battle amounts to so far."""
    from sim.record.run import Run

    grid, scenario = battle.grid, battle.scenario
    manifest = build_manifest(
        scenario=scenario.name, scenario_hash=scenario.short_hash, seed=battle.seed, started=battle.started,
        finished=dt.datetime.now(dt.UTC), wall_seconds=battle.wall_seconds,
    )  # fmt: skip
    if battle.branched:
        manifest["branched"] = battle.branched
    start = dt.datetime.combine(scenario.time.start, dt.time())
    neighbourhood_banks = [grid.bank_names[code - 1] for code in grid.neighbourhood_bank]
    return Run(
        scenario_yaml=scenario.to_yaml(),
        manifest=manifest,
        summary=summary(battle),
        daily=battle.recorder.daily(),
        neighbourhoods=battle.recorder.neighbourhoods(grid.neighbourhood_names, neighbourhood_banks),
        events=battle.ledger.frame(
            start, scenario.time.step_hours, battle.ground.quarter.astype(np.int16), grid.neighbourhood_names
        ),
        frames=battle.recorder.frames(grid.ny, grid.nx),
        grid=GridInfo(grid.nx, grid.ny, grid.cell_m, grid.x0, grid.y0, grid.lat0, grid.lon0),
        outlines=grid.outlines(),
        checkpoints=battle.checkpoints,
        sites=battle.recorder.sites(*site_names(battle)),
    )
