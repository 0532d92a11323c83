"""Does the city have what a scenario asks: start lines, bridges to strike, places for guns, communities; and does it fit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.city.communities import find_community
from sim.city.memory import check_memory
from sim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
    axes, bridges = scenario.liberators.axes, scenario.bridges
    asked: list[tuple[str, Callable[[str], object], str]] = [
        *((f"liberators.axes.{name}.start", partial(_road_from, grid), axis.start) for name, axis in axes.items()),
        *((f"artillery.positions.{place}", grid.offgrid.index, place) for place in scenario.artillery.positions),
        *((f"bridges.strikes.{bridge}", grid.bridge_index, bridge) for bridge in bridges.strikes),
        *((f"bridges.each.{bridge}", grid.bridge_index, bridge) for bridge in bridges.each),
        *(
            (f"liberators.forces.{name}.trust.{community}", partial(find_community, grid), community)
            for name, force in scenario.liberators.forces.items() for community in force.trust
        ),
    ]
    for key, find, name in asked:
        try:
            find(name)
        except ScenarioError as error:
            problems += [Problem("", key, problem.message) for problem in error.problems]
    days = {f"bridges.strikes.{bridge}": day for bridge, day in bridges.strikes.items()}
    days |= {f"bridges.each.{bridge}.date": rule.date for bridge, rule in bridges.each.items() if rule.date}
    days |= {"bridges.date": bridges.date} if bridges.date else {}
    for key, day in days.items():
        if day < scenario.time.start:
            problems.append(Problem("", key, f"{day} lies before the first day, {scenario.time.start}"))
    if not problems:
        problems += [*_twice(grid, "bridges.each", bridges.each), *_twice(grid, "bridges.strikes", bridges.strikes)]
    if problems:
        raise ScenarioError(problems)


def _twice(grid: CityGrid, key: str, names: Iterable[str]) -> Iterator[Problem]:
    """A bridge that is named by two of its names."""
    seen: dict[int, str] = {}
    for name in names:
        first = seen.setdefault(grid.bridge_index(name), name)
        if first != name:
            yield Problem("", f"{key}.{name}", f'is another name of "{first}", which is named already')


def _road_from(grid: CityGrid, start: str) -> None:
    if not np.isfinite(grid.offgrid.km[grid.offgrid.index(start)]).any():
        raise ScenarioError(Problem("", "", f"no road leads from {start} to the city"))
