"""The memory that a battle needs, told before anything is built.

The rule: what a scenario needs, counted here, may not exceed the physical memory of the machine (all of it, used or not);
where the system does not tell that size, only the declared bounds hold. Counted are the agents' columns, the handles of
units, the layers of cells, two fields of ways for each neighbourhood, and the map of every day up to the last possible
one. Handles of households, which only a Mesa user asks for, and the program itself are not.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.model import Scenario

# Bytes that a built battle holds for one of each, rounded up; tests/battle/test_memory.py compares them with a real one.
HOUSEHOLD_BYTES = 80
TEAM_BYTES = 650
PLATOON_BYTES = 550
CELL_BYTES = 210
FIELD_BYTES = 8  # two int32 distances, for each cell and neighbourhood
MAP_BYTES = 4  # control, damage and persons, for each cell and day

_BEYOND_WORDS = 1e24  # a number that large says enough by itself
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


@dataclass(frozen=True, slots=True)
class Need:
    """How many of each a battle holds.

    Attributes:
        households: Household agents.
        teams: Teams of defenders.
        platoons: Platoons of liberators.
        cells: Cells of the grid.
        neighbourhoods: Neighbourhoods of the city.
        days: Days whose maps are kept.
    """

    households: int = 0
    teams: int = 0
    platoons: int = 0
    cells: int = 0
    neighbourhoods: int = 0
    days: int = 0

    def parts(self) -> dict[str, int]:
        """Bytes by what takes them."""
        return {
            "households": self.households * HOUSEHOLD_BYTES,
            "teams": self.teams * TEAM_BYTES,
            "platoons": self.platoons * PLATOON_BYTES,
            "cells": self.cells * (CELL_BYTES + FIELD_BYTES * self.neighbourhoods + MAP_BYTES * self.days),
        }

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return sum(self.parts().values())


def need_of(scenario: Scenario, *, cells: int, neighbourhoods: int) -> Need:
    """What a checked scenario needs on a grid of so many cells and neighbourhoods."""
    people, defenders, liberators = scenario.population, scenario.defenders, scenario.liberators
    strengths = [force.strength for force in liberators.forces.values()]
    return Need(
        households=_parts(people.persons, max(people.persons_per_agent, people.household_mean)),
        teams=_teams(scenario) + _parts(defenders.outer_fighters, defenders.team_size),
        platoons=sum(_parts(strength, liberators.platoon_size) for strength in strengths),
        cells=cells,
        neighbourhoods=neighbourhoods,
        days=scenario.time.max_days,
    )


def _teams(scenario: Scenario) -> int:
    """Teams inside the city, to within one of each kind: specialists are in smaller ones than infantry."""
    special = scenario.specialists
    asked = [
        (special.leader_share, special.leader_team), (special.sniper_share, special.sniper_team),
        (special.mortar_share, special.mortar_team), (special.driver_share, special.driver_team),
        (special.miner_share, special.miner_team), (special.drone_share, special.drone_team),
    ]  # fmt: skip
    left, each = 1.0, 0.0
    for share, size in asked:
        each += min(share, left) / size
        left -= min(share, left)
    fighters = scenario.defenders.fighters
    return math.ceil(fighters * (each + left / scenario.defenders.team_size))


def machine_bytes() -> int | None:
    """Physical memory of this machine in bytes; None where the system does not tell."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no sysconf, or none of these names
        return None
    return size if size > 0 else None


def size_words(size: float) -> str:
    """A number of bytes as people write it: ``1.4 GB``."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:,.0f} {name}" if size >= 100 * unit else f"{size / unit:.1f} {name}"
    return f"{size / 1e3:,.1f} kB"


def against_machine(size: float) -> str:
    """``about 1.4 TB of memory; this machine has 8.3 GB``, for the end of a message."""
    machine = machine_bytes()
    there = "how much this machine has is not known" if machine is None else f"this machine has {size_words(machine)}"
    return f"about {size_words(size)} of memory; {there}"


def note(names: tuple[str, ...], value: object, tree: Mapping[str, Any]) -> str:
    """What a size beyond its bounds would take, to be added to the message that refuses it; empty for anything else.

    Args:
        names: The parameter's path.
        value: What the user gave.
        tree: The plain values of the whole scenario as asked, right or wrong.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _BEYOND_WORDS:
        return ""
    match names:
        case ("population", "persons"):
            per_agent = max(_given(tree, 1.0, "population", name) for name in ("persons_per_agent", "household_mean"))
            what, size = "households", value / per_agent * HOUSEHOLD_BYTES
        case ("population", "persons_per_agent") if value < 1:
            what, size = "agents", _given(tree, 1.0, "population", "persons") / value * HOUSEHOLD_BYTES
        case ("defenders", "fighters" | "outer_fighters"):
            what, size = "teams", value / _given(tree, 1.0, "defenders", "team_size") * TEAM_BYTES
        case ("liberators", "forces", _, "strength"):
            what, size = "platoons", value / _given(tree, 1.0, "liberators", "platoon_size") * PLATOON_BYTES
        case _:
            return ""
    return f": so many {what} would need {against_machine(size)}" if size < _BEYOND_WORDS else ""


def _parts(whole: int, part: float) -> int:
    return -int(-whole // part)


def _given(tree: Mapping[str, Any], default: float, *names: str) -> float:
    """A positive number of the tree, or the default where there is none."""
    value: Any = tree
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return value if right else default
