"""Shelters: people under fire crowd together, and a building that comes down on them is a mass casualty.

Residents who shelter or are trapped gather in shelters, one to a building. The size of one, in persons, is a Pareto law
``P(X > x) = (least / x) ** tail`` with ``least = shelter_median / 2 ** (1 / tail)``, cut at ``shelter_largest`` and at the ``S``
persons who shelter in the cell. So of the ``B = density * cell area / building_m2`` buildings of a cell a share
``min(1, S / (E[X] * B))`` shelters people. Each round that brings a building down, with a chance by its class, falls on such a
building with that share; whole families, beside each other in the cell, are inside. Each occupant is a casualty with
``collapse_casualty``, and of the casualties ``collapse_death`` die.

The dead of a collapse are ``S / B * collapse_casualty * collapse_death`` on the mean, whatever the law of sizes: the tail moves
the variance and not the mean. Ruins do not matter: people shelter in, and bombs bring down, what still stands.

Sources: sizes with a power-law tail are an assumption in the form of Clauset, Young & Gleditsch 2007 (Journal of Conflict
Resolution 51, dead of severe attacks) and Bohorquez et al. 2009 (Nature 462, dead of attacks in insurgencies), both with an
index near 1.5; casualties of a collapse in the form of Coburn, Spence & Pomonis 1992 (10th World Conference on Earthquake
Engineering).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import SHELTERING, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.events import Events, emit
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import kill_member
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import binomial, uniform
from sim.record.codes import CIVILIANS, COLLAPSE, DEATH, HOUSEHOLD_SET, WOUND

if TYPE_CHECKING:
    from sim.battle.model import Battle
    from sim.scenario.model import Scenario

# Draw numbers of households, apart from those of cells; each building that comes down in one act has a thousand.
_INSIDE = 1_000


class Shelters(NamedTuple):
    """How people gather, and what a collapse does to them, as compiled code takes it.

    Attributes:
        least: Smallest size of the law, persons.
        tail: Index of the law, above 1.
        largest: Most persons in one shelter.
        casualty: Chance that an occupant is a casualty.
        death: Share of the casualties who die.
    """

    least: float
    tail: float
    largest: float
    casualty: float
    death: float


def shelters_of(scenario: Scenario) -> Shelters:
    """The shelters of a scenario."""
    p = scenario.harm
    least = p.shelter_median / math.pow(2.0, 1.0 / p.shelter_tail)
    return Shelters(least, p.shelter_tail, p.shelter_largest, p.collapse_casualty, p.collapse_death)


def buildings_in(battle: Battle) -> NDArray[np.float64]:
    """Buildings of each cell before the battle, float64 (cells,), at least 1; kept as ``battle.buildings``."""
    return np.maximum(battle.ground.density * (battle.grid.cell_m**2 / battle.scenario.harm.building_m2), 1.0)


@compiled
def mean_size(shelters: Shelters, most: float) -> float:
    """Mean of the law of sizes, persons, cut at ``most``: ``least * a / (a - 1) - least^a * most^(1 - a) / (a - 1)``."""
    least, tail = shelters.least, shelters.tail
    if most <= least:
        return most
    return float((least * tail - least**tail * most ** (1.0 - tail)) / (tail - 1.0))


@inlined
def _gathers(people: HouseholdColumns, row: int) -> bool:
    return people.state[row] in (SHELTERING, TRAPPED)


@compiled
def in_shelter(people: HouseholdColumns, lists: CellLists, cell: int) -> int:
    """Persons in a cell who shelter or are trapped."""
    persons = 0
    row = lists.head[cell]
    while row >= 0:
        if _gathers(people, row):
            persons += people.members[row]
        row = lists.following[row]
    return persons


@compiled
def dead_of_collapse(shelters: Shelters, inside: float, buildings: float) -> float:
    """Mean dead of one building that comes down in a cell where ``inside`` persons shelter."""
    if inside <= 0.0:
        return 0.0
    most = min(inside, shelters.largest)
    return min(inside / buildings, mean_size(shelters, most)) * shelters.casualty * shelters.death


@compiled
def _bury(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, cell: int, first: int,
    size: int, draw: int, shelters: Shelters, actor: int, rule: int, events: Events,
) -> int:  # fmt: skip
    """``size`` persons of a cell are under a building: families in the order of its list from the ``first``-th person on."""
    row = lists.head[cell]
    while row >= 0:
        if _gathers(people, row):
            if first < people.members[row]:
                break
            first -= people.members[row]
        row = lists.following[row]
    total, left = 0, size
    while left > 0:
        if row < 0:
            row = lists.head[cell]
            if row < 0:
                break
        after = lists.following[row]
        if _gathers(people, row):
            there = min(left, people.members[row])
            left -= there
            hit = binomial(key, row, draw, there, shelters.casualty)
            dead = binomial(key, row, draw + 1, hit, shelters.death)
            for number in range(dead):
                kill_member(people, lists, row, uniform(key, row, draw + 2 + number))
            people.wounded[row] += hit - dead
            total += dead
            if dead > 0:
                emit(events, DEATH, cell, CIVILIANS, actor, COLLAPSE, rule, HOUSEHOLD_SET, row, -1, dead, 0.0)
            if hit > dead:
                emit(events, WOUND, cell, CIVILIANS, actor, COLLAPSE, rule, HOUSEHOLD_SET, row, -1, hit - dead, 0.0)
        row = after
    if ground.quarter[cell] >= 0:
        quarters.killed[ground.quarter[cell]] += total
    return total


@compiled
def fall(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, cell: int, rounds: int,
    chance: float, buildings: float, shelters: Shelters, actor: int, rule: int, events: Events,
) -> int:  # fmt: skip
    """Rounds of one act bring buildings of a cell down, and take those who shelter in them; see the module's formulas.

    Args:
        key: Stream key of this act alone.
        people: Households.
        lists: Who is in which cell.
        ground: Layers, for the quarter of the cell.
        quarters: Tallies of civilians killed.
        cell: Where.
        rounds: Rounds that fall in it.
        chance: Chance that one brings a building down.
        buildings: Buildings of the cell.
        shelters: How people gather and what becomes of them.
        actor: Who fired, ledger code.
        rule: Phase, ledger code.
        events: Ledger rows.

    Returns:
        Persons killed.
    """
    total = 0
    for number in range(binomial(key, cell, 0, rounds, chance)):
        inside = in_shelter(people, lists, cell)
        if inside == 0:
            break
        most = min(float(inside), shelters.largest)
        draw = 1 + 4 * number
        if uniform(key, cell, draw) * mean_size(shelters, most) * buildings >= inside:
            continue
        size = min(shelters.least * (1.0 - uniform(key, cell, draw + 1)) ** (-1.0 / shelters.tail), most)
        # A whole number with that mean.
        persons = min(int(size + uniform(key, cell, draw + 2)), inside)
        first = int(uniform(key, cell, draw + 3) * inside)
        total += _bury(
            key, people, lists, ground, quarters, cell, first, persons, _INSIDE * (1 + number), shelters, actor, rule, events
        )
    return total


def bring_down(battle: Battle, key: np.uint64, cell: int, rounds: int, chance: float, actor: int, rule: int) -> int:
    """What ``rounds`` do by bringing buildings down, each with a chance. Returns persons killed."""
    p = battle.scenario.harm
    if p.collapse_casualty <= 0.0 or chance <= 0.0:
        return 0
    people = battle.households
    return int(fall(
        key, people.columns, people.lists, battle.ground, battle.quarters, cell, rounds, chance,
        float(battle.buildings[cell]),        shelters_of(battle.scenario), actor, rule, battle.events,
    ))  # fmt: skip
