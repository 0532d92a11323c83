"""Whether a scenario in its city fits into this machine's memory: asked before the grid is built, and of the whole battle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from sim.city.raster import Frame
from sim.errors import Problem, ScenarioError
from sim.scenario import memory
from sim.scenario.memory import Need, against_machine, need_of, size_words

if TYPE_CHECKING:
    from sim.city.folder import City
    from sim.city.grid import CityGrid
    from sim.scenario.model import Scenario

# For each part of what a battle holds: how it is told, the key to look at, and what to do about it.
_ADVICE = {
    "households": ("households", "population.persons", "fewer persons, or more of them to an agent"),
    "teams": ("teams of defenders", "defenders.fighters", "fewer fighters, or larger teams"),
    "platoons": ("platoons", "liberators.platoon_size", "larger platoons, or fewer soldiers"),
    "cells": ("cells", "city.cell_m", "larger cells, a smaller margin or fewer days"),
}


def frame_of(city: City, cell_m: float, margin_m: float) -> Frame:
    """The frame of a city's grid, without building it."""
    bounds = shapely.union_all([city.built_up(name) for name in city.banks]).bounds
    return Frame.around(bounds, float(cell_m), float(margin_m))


def ground_need(city: City, cells: int) -> Need:
    """What the ground alone needs, without the maps of the days."""
    return Need(cells=cells, neighbourhoods=len(city.layers["neighbourhoods"]))


def cells_words(city: City, cells: int) -> str:
    """``1,234 cells would need about ...``, for the end of a message."""
    return f"{cells:,} cells would need {against_machine(ground_need(city, cells).bytes)}"


def note_on_cells(path: object, cell_m: object, margin_m: object) -> str:
    """What a grid beyond the bounds of its parameters would take; empty where that cannot be told."""
    from sim.city.folder import load_city

    numbers = [size for size in (cell_m, margin_m) if isinstance(size, int | float) and not isinstance(size, bool)]
    if not isinstance(path, str) or len(numbers) < 2 or not numbers[0] > 0 or not numbers[1] >= 0:
        return ""
    try:
        city = load_city(path)
        return f": {cells_words(city, frame_of(city, *numbers).n)}"
    except (ScenarioError, ValueError, OverflowError):  # another mistake, told by itself, or a size that no number holds
        return ""


def check_ground(city: City, cells: int) -> None:
    """Refuse a grid that the machine cannot hold.

    Raises:
        ScenarioError: It needs more than the physical memory.
    """
    machine = memory.machine_bytes()
    if machine is not None and ground_need(city, cells).bytes > machine:
        raise ScenarioError(Problem("", "city.cell_m", f"{cells_words(city, cells)} (larger cells, or a smaller margin)"))


def check_memory(scenario: Scenario, grid: CityGrid) -> None:
    """Refuse a battle that the machine cannot hold, at the key of what takes most of it.

    Raises:
        ScenarioError: It needs more than the physical memory.
    """
    need = need_of(scenario, cells=grid.n, neighbourhoods=len(grid.neighbourhood_names))
    machine = memory.machine_bytes()
    if machine is None or need.bytes <= machine:
        return
    parts = need.parts()
    largest = max(parts, key=lambda name: parts[name])
    what, key, advice = _ADVICE[largest]
    message = f"{getattr(need, largest):,} {what} would take {size_words(parts[largest])}, and the whole battle"
    raise ScenarioError(Problem("", key, f"{message} {against_machine(need.bytes)} ({advice})"))
