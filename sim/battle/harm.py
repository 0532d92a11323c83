"""Losses: how casualties are taken from teams, platoons and households, and written to the ledger."""

from __future__ import annotations

import numpy as np

from sim.agents.codes import GONE, ON_FOOT, SHELTERING, TRAPPED
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.households import CellLists, HouseholdColumns
from sim.agents.liberators import LiberatorColumns
from sim.battle.evacuation import Care, lethality
from sim.battle.events import Events, emit, make_events
from sim.battle.ground import Ground, Quarters
from sim.kernels.cells import unlink
from sim.kernels.jit import compiled, compiled_for, inlined
from sim.kernels.rng import binomial, poisson, uniform
from sim.record.codes import CIVILIANS, DEATH, DEFENDER_SET, DEFENDERS, HOUSEHOLD_SET, LIBERATOR_SET, LIBERATORS, WOUND

# Draw numbers of who dies start here; each shooter (``other``) has its own.
_LETHAL = 100_000


# What compiled routines of this module take: key, state, and so on.
_KEY, _TEAMS, _PLATOONS = np.uint64(0), zero_columns(DefenderColumns, 0), zero_columns(LiberatorColumns, 0)
_PEOPLE, _LISTS = zero_columns(HouseholdColumns, 0), zero_columns(CellLists, 0)
_GROUND, _QUARTERS, _EVENTS = zero_columns(Ground, 0), zero_columns(Quarters, 0), make_events(0)
_CARE = Care(0.0, 0.0, 0.0, 0.0, 0.0, np.zeros(0), 0.0)


@inlined
def _hurt(
    key: np.uint64, units: DefenderColumns | LiberatorColumns, row: int, casualties: int, killed_share: float, gain: float,
    people: int, agent_set: int, actor: int, cause: int, rule: int, other: int, act: int, events: Events,
) -> int:  # fmt: skip
    """Take casualties from a team or a platoon, whose codes in the ledger are ``people`` and ``agent_set``."""
    taken = min(casualties, int(units.strength[row]))
    if taken > 0:
        dead = binomial(key, row, _LETHAL + 2 * (act + 1), taken, killed_share)
        units.strength[row] -= taken
        units.killed[row] += dead
        units.wounded[row] += taken - dead
        units.suppression[row] = min(1.0, units.suppression[row] + gain * taken)
        cell = units.cell[row]
        if dead > 0:
            emit(events, DEATH, cell, people, actor, cause, rule, agent_set, row, other, dead, 0.0)
        if taken > dead:
            emit(events, WOUND, cell, people, actor, cause, rule, agent_set, row, other, taken - dead, 0.0)
    return max(taken, 0)


@compiled_for(_KEY, _TEAMS, 0, 0, 0.0, 0.0, 0, 0, 0, 0, 0, _EVENTS)
def hurt_team(
    key: np.uint64, teams: DefenderColumns, row: int, casualties: int, killed_share: float, gain: float, actor: int,
    cause: int, rule: int, other: int, act: int, events: Events,
) -> int:  # fmt: skip
    """Take casualties from a team; each dies with chance ``killed_share``. Returns the casualties taken.

    ``other`` is the row of who caused them, for the ledger; ``act`` tells acts on one team under one key apart, and must
    mean the same in every scenario.
    """
    return _hurt(key, teams, row, casualties, killed_share, gain, DEFENDERS, DEFENDER_SET, actor, cause, rule, other, act, events)


@compiled_for(_KEY, _PLATOONS, 0, 0, _CARE, 0.0, 0, 0, 0, 0, 0, _EVENTS)
def hurt_platoon(
    key: np.uint64, platoons: LiberatorColumns, row: int, casualties: int, care: Care, gain: float, actor: int,
    cause: int, rule: int, other: int, act: int, events: Events,
) -> int:  # fmt: skip
    """Take casualties from a platoon, as :func:`hurt_team` does; who dies depends on how far care is.

    A platoon that is hurt takes cover, as in contact, for a time.
    """
    killed_share = lethality(care, platoons.cell[row], platoons.contact[row] > 0.0)
    taken = _hurt(
        key, platoons, row, casualties, killed_share, gain, LIBERATORS, LIBERATOR_SET, actor, cause, rule, other, act, events
    )
    if taken > 0:
        platoons.contact[row] = max(platoons.contact[row], care.halt)
    return taken


@compiled
def kill_member(people: HouseholdColumns, lists: CellLists, row: int, lot: float) -> None:
    """One member dies; a household without members is gone from the map.

    ``lot``, from 0 to 1, says which: all have equal chances.
    """
    people.frail[row] -= lot * people.members[row] < people.frail[row]
    people.members[row] -= 1
    people.dead[row] += 1
    cell = people.cell[row]
    if cell >= 0:
        lists.persons[cell] -= 1
    if people.members[row] == 0:
        people.state[row] = GONE
        if cell >= 0:
            unlink(cell, row, lists.head, lists.following, lists.previous)
            people.cell[row] = -1


@compiled_for(_KEY, _PEOPLE, _LISTS, _GROUND, _QUARTERS, 0, 0, 0.0, 0.0, 0.0, 0, 0, 0, _EVENTS)
def hurt_people(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, cell: int,
    draw: int, expected: float, death_share: float, shelter: float, actor: int, cause: int, rule: int, events: Events,
) -> int:  # fmt: skip
    """Draw civilian casualties in one cell and take them from the households that are there.

    The number is Poisson with the given mean; each picks a person present with equal chance, and a person who shelters
    or is trapped at home escapes with chance ``1 - shelter``.

    Args:
        key: Stream key of the caller.
        people: Households.
        lists: Who is in which cell.
        ground: Layers, for the quarter of the cell.
        quarters: Tallies of civilians killed.
        cell: Where.
        draw: First draw number, apart from others of the caller for this cell.
        expected: Mean casualties if no one sheltered.
        death_share: Chance that a casualty dies.
        shelter: Harm in shelter against harm outside it.
        actor: Who caused it, ledger code.
        cause: What caused it, ledger code.
        rule: Phase, ledger code.
        events: Ledger rows.

    Returns:
        Persons killed.
    """
    total_dead = 0
    n = poisson(key, cell, draw, expected)
    for i in range(n):
        present = lists.persons[cell]
        if present <= 0:
            break
        pick = int(uniform(key, cell, draw + 1 + 3 * i) * present)
        row = lists.head[cell]
        while row >= 0 and pick >= people.members[row]:
            pick -= people.members[row]
            row = lists.following[row]
        if row < 0:
            break
        if people.state[row] in (SHELTERING, TRAPPED) and uniform(key, cell, draw + 2 + 3 * i) >= shelter:
            continue
        if people.state[row] == ON_FOOT:
            quarters.way_hurt[people.quarter[row]] += 1.0
        fate = uniform(key, cell, draw + 3 + 3 * i)
        if fate < death_share:
            kill_member(people, lists, row, fate / death_share)
            total_dead += 1
            if ground.quarter[cell] >= 0:
                quarters.killed[ground.quarter[cell]] += 1
            emit(events, DEATH, cell, CIVILIANS, actor, cause, rule, HOUSEHOLD_SET, row, -1, 1, 0.0)
        else:
            people.wounded[row] += 1
            emit(events, WOUND, cell, CIVILIANS, actor, cause, rule, HOUSEHOLD_SET, row, -1, 1, 0.0)
    return total_dead
