"""What goes off does to those around it: residents hurt, buildings damaged, noise heard."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.harm import hurt_people

if TYPE_CHECKING:
    from sim.battle.model import Battle


def share_of_cell(battle: Battle, radius_m: float) -> float:
    """Share of a cell within a radius, at most 1: how harm below the size of a cell is spread over it."""
    return min(1.0, math.pi * radius_m**2 / battle.grid.cell_m**2)


def hurt_residents(battle: Battle, key: np.uint64, cell: int, chance: float, cause: int, actor: int, rule: int) -> int:
    """Each person present is a casualty with a chance (less in shelter), and dies by ``harm.wounded_per_death``.

    Args:
        battle: The battle.
        key: Stream key of this one event.
        cell: Where.
        chance: Chance that a person present is hurt if not sheltered.
        cause: Ledger code of what did it.
        actor: Ledger code of who did it.
        rule: Ledger code of the phase.

    Returns:
        Rows of the ledger that came of it: casualties.
    """
    people, before = battle.households, int(battle.events.n[0])
    hurt_people(
        key, people.columns, people.lists, battle.ground, battle.quarters, cell, 0,
        float(people.lists.persons[cell]) * chance, 1.0 / (1.0 + battle.scenario.harm.wounded_per_death),
        battle.scenario.harm.shelter, actor, cause, rule, battle.events,
    )  # fmt: skip
    return int(battle.events.n[0]) - before


def wreck(battle: Battle, cell: int, per_hectare: float) -> None:
    """Damage a share of a dense hectare's buildings; what stands already in ruins is not damaged again."""
    share = min(1.0, per_hectare * 1e4 / battle.grid.cell_m**2)
    battle.ground.damage[cell] += (1.0 - battle.ground.damage[cell]) * share
