"""What goes off does to those around it: residents hurt, buildings damaged, noise heard.

Residents and buildings are hit all over the block in which it goes off, about a hectare, so that results do not hang on the size
of cells (:func:`sim.battle.ground.blocks`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.ground import cells_of_block, place_m2
from sim.battle.harm import hurt_people

if TYPE_CHECKING:
    from sim.battle.model import Battle


def share_of_place(battle: Battle, radius_m: float) -> float:
    """Share of a block within a radius, at most 1: how harm is spread over it, and over a unit, which takes as much ground."""
    return min(1.0, math.pi * radius_m**2 / place_m2(battle.grid.cell_m))


def hurt_residents(battle: Battle, key: np.uint64, cell: int, chance: float, cause: int, actor: int, rule: int) -> int:
    """Each person present is a casualty with a chance (less in shelter), and dies by ``harm.wounded_per_death``.

    Args:
        battle: The battle.
        key: Stream key of this one event.
        cell: Where.
        chance: Chance that a person present in its block is hurt if not sheltered.
        cause: Ledger code of what did it.
        actor: Ledger code of who did it.
        rule: Ledger code of the phase.

    Returns:
        Rows of the ledger that came of it: casualties.
    """
    people, before = battle.households, int(battle.events.n[0])
    for c in cells_of_block(battle.grid.nx, battle.grid.ny, battle.grid.cell_m, cell):
        hurt_people(
            key, people.columns, people.lists, battle.ground, battle.quarters, c, 0,
            float(people.lists.persons[c]) * chance, 1.0 / (1.0 + battle.scenario.harm.wounded_per_death),
            battle.scenario.harm.shelter, actor, cause, rule, battle.events,
        )  # fmt: skip
    return int(battle.events.n[0]) - before


def wreck(battle: Battle, cell: int, per_hectare: float) -> None:
    """Damage a share of a dense hectare's buildings; what stands already in ruins is not damaged again."""
    damage, share = battle.ground.damage, min(1.0, per_hectare * 1e4 / place_m2(battle.grid.cell_m))
    for c in cells_of_block(battle.grid.nx, battle.grid.ny, battle.grid.cell_m, cell):
        damage[c] += (1.0 - damage[c]) * share
