"""A fixed number of days after first contact, measured in a process of its own; prints one JSON object.

    python benchmarks/one_window.py op_ed --days 30 [--set key=value ...]
    python benchmarks/one_window.py op_ed --days 30 --find-quiet quiet.npy     which cells least touches
    python benchmarks/one_window.py op_ed --days 30 --double-quiet quiet.npy   twice the people, the second half there

The clock starts with the first tick in which a platoon is in contact, so that neither the march nor the length of the battle
is in the figures.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import one_battle

from sim.battle.wants import most_lacking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.battle import Battle
    from sim.city.grid import CityGrid
    from sim.scenario import Scenario


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", help="a shipped scenario's name, or a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--find-quiet", metavar="FILE", help="write the cells in which households decide least often")
    parser.add_argument("--double-quiet", metavar="FILE", help="add as many people again in those cells")
    return parser.parse_args(argv)


def in_contact(battle: Battle) -> bool:
    return battle.contact_platoons > 0


def run_window(battle: Battle, days: int) -> dict[str, Any]:
    """March to first contact, then measure so many days."""
    while battle.running and not in_contact(battle):
        battle.step()
    first, decisions = battle.tick, battle.counts["household_decisions"]
    done = {"unit_hours": 0.0, "fights": 0.0}

    def after_tick() -> bool:
        done["unit_hours"] += (battle.units.platoon_rows.size + battle.units.team_rows.size) * battle.dt_h
        done["fights"] += battle.contact_platoons * battle.dt_h
        return battle.tick - first < days * battle.ticks_per_day

    phases = one_battle.run_by_phase(battle, after_tick)
    return done | {
        "phases": phases,
        "core_s": sum(phases.values()),
        "days": (battle.tick - first) / battle.ticks_per_day,
        "first_day": first // battle.ticks_per_day,
        "decisions": int(battle.counts["household_decisions"] - decisions),
        "persons": battle.persons_start,
        "households": len(battle.households),
        "cells": battle.grid.nx * battle.grid.ny,
        "units": len(battle.liberators) + len(battle.defenders),
        "peak_mb": one_battle.peak_mb(),
    }


def find_quiet(battle: Battle, days: int) -> np.ndarray:
    """Cells in which households weigh leaving least often up to the window's end: those of half the residents, more in a tie."""
    from sim.battle import flight

    p = battle.scenario.flight
    rounds = np.zeros(battle.ground.danger.size)
    weigh = flight.weigh

    def watched(b: Battle) -> None:
        hears, want = b.ground.danger > p.notice_danger, most_lacking(b.quarters)
        weigh(b)
        moved = np.zeros(rounds.size, np.bool_)
        moved[b.quarters.cells] = ((want > p.notice_want) | b.touched)[b.ground.quarter[b.quarters.cells]]
        # Every six hours where there is danger, else once a day where anything else touches them.
        rounds[:] += np.where(hears, 4.0, 1.0 * moved) * b.dt_h / 24.0

    flight.weigh = watched
    try:
        run_window(battle, days)
    finally:
        flight.weigh = weigh
    lived_in = np.flatnonzero(battle.grid.residents > 0)
    order = lived_in[np.argsort(rounds[lived_in], kind="stable")]
    half = np.searchsorted(np.cumsum(battle.grid.residents[order]), 0.5 * battle.grid.residents.sum())
    return (rounds <= rounds[order[half]]) & (battle.grid.residents > 0)


def double_quiet(quiet: np.ndarray) -> None:
    """Give every grid that a battle builds from now on as many residents again, all of them in the quiet cells."""
    from sim.battle import model

    build = model.build_grid

    def crowded(*args: Any, **options: Any) -> CityGrid:
        grid = build(*args, **options)
        if grid.residents.size != quiet.size:  # the coarse grid of the warm-up
            return grid
        more = np.where(quiet, grid.residents, 0.0)
        residents = grid.residents + more / more.sum()
        return dataclasses.replace(grid, residents=residents / residents.sum())

    model.build_grid = crowded


def measure(scenario: Scenario, coarse: Scenario, asked: argparse.Namespace) -> dict[str, Any]:
    from sim.battle import Battle

    one_battle.warm(coarse, asked.seed, times=1)
    gc.collect()
    if asked.double_quiet:
        double_quiet(np.load(asked.double_quiet))
        scenario = scenario.replace({"population.persons": 2 * scenario.population.persons})
    battle = Battle(scenario=scenario, seed=asked.seed)
    if asked.find_quiet:
        quiet = find_quiet(battle, asked.days)
        np.save(asked.find_quiet, quiet)
        return {"quiet_share": float(battle.grid.residents[quiet].sum())}
    return run_window(battle, asked.days)


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    from sim.scenario import load

    coarse = load(asked.scenario, [*asked.sets, one_battle.COARSE])
    json.dump(measure(load(asked.scenario, asked.sets), coarse, asked), sys.stdout)


if __name__ == "__main__":
    main()
