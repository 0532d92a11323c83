"""Does the city have what a scenario asks of it: start lines, bridges to strike, places for guns; and does all of it fit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.city.memory import check_memory
from sim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.city.grid import CityGrid
    from sim.scenario.model import Scenario


def check_asked(scenario: Scenario, grid: CityGrid) -> None:
    """Look every name of a scenario up in its city, and count the memory that the battle needs.

    Raises:
        ScenarioError: With every name that the city does not have, and every date that cannot be, or where the machine
            cannot hold the battle; keys without a place.
    """
    check_memory(scenario, grid)
    problems: list[Problem] = []
    axes, strikes = scenario.liberators.axes, scenario.bridges.strikes
    asked: list[tuple[str, Callable[[str], object], str]] = [
        *((f"liberators.axes.{name}.start", partial(_road_from, grid), axis.start) for name, axis in axes.items()),
        *((f"artillery.positions.{place}", grid.offgrid.index, place) for place in scenario.artillery.positions),
        *((f"bridges.strikes.{bridge}", grid.bridge_index, bridge) for bridge in strikes),
    ]
    for key, find, name in asked:
        try:
            find(name)
        except ScenarioError as error:
            problems += [Problem("", key, problem.message) for problem in error.problems]
    for bridge, day in strikes.items():
        if day < scenario.time.start:
            message = f"{day} lies before the first day, {scenario.time.start}"
            problems.append(Problem("", f"bridges.strikes.{bridge}", message))
    if problems:
        raise ScenarioError(problems)


def _road_from(grid: CityGrid, start: str) -> None:
    if not np.isfinite(grid.offgrid.km[grid.offgrid.index(start)]).any():
        raise ScenarioError(Problem("", "", f"no road leads from {start} to the city"))
