"""Paired battles: the same but for one unit that is put elsewhere through its handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from battle_tools import detected, rows_of

from sim.battle import Battle
from sim.record.codes import (
    ACTOR,
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    DEMOLITION,
    KIND,
    LIBERATOR_SET,
    LIBERATORS,
    MOVE,
    ORDER,
    STRIKE,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario import Scenario

Decisions = dict[str, np.ndarray]


class Paired(NamedTuple):
    """How long two battles were compared, and what differed first (empty where nothing did)."""

    ticks: int
    leak: str


def _acts(battle: Battle, kinds: tuple[int, ...], actors: tuple[int, ...]) -> np.ndarray:
    rows = rows_of(battle.ledger, since=battle.tick - 1)
    return rows[np.isin(rows[:, KIND], kinds) & np.isin(rows[:, ACTOR], actors)]


def of_liberators(battle: Battle) -> Decisions:
    """What the liberators and the coalition decided up to the tick just done."""
    platoons, axes = battle.liberators.columns, battle.axes
    return {
        "order": platoons.order.copy(), "objective": platoons.objective.copy(), "target": platoons.target.copy(),
        "cell": platoons.cell.copy(), "state of axes": axes.state.copy(), "bank of axes": axes.bank.copy(),
        "halts": axes.halted.copy(), "pontoons": battle.pontoon_h.copy(),
        "strikes and orders": _acts(battle, (STRIKE, ORDER, MOVE), (LIBERATORS, COALITION)),
        "weapons": battle.coalition.columns.weapons.copy(),
    }  # fmt: skip


def of_defenders(battle: Battle) -> Decisions:
    """What the defenders decided up to the tick just done."""
    teams = battle.defenders.columns
    return {
        "order": teams.order.copy(), "quarter": teams.quarter.copy(), "target": teams.target.copy(),
        "cell": teams.cell.copy(), "teams wanted": battle.quarters.wanted.copy(), "given up": battle.given_up.copy(),
        "vehicles": battle.vehicles.copy(), "charges": battle.charge_tried.copy(),
        "strikes": _acts(battle, (STRIKE, DEMOLITION), (DEFENDERS,)),
    }  # fmt: skip


def compare(
    scenario: Scenario, seed: int, at: int, displace: Callable[[Battle], int], decisions: Callable[[Battle], Decisions],
    agent_set: int, ticks: int, done: Callable[[Battle, Battle], bool] = lambda a, b: False,
) -> Paired:  # fmt: skip
    """Run two battles alike, displace one unit in the second at tick ``at``, and compare every tick from there.

    The comparison ends with the first detection row that names the unit in either battle, or when ``done``.
    """
    left, right = Battle(scenario, seed=seed), Battle(scenario, seed=seed)
    for battle in (left, right):
        for _ in range(at):
            battle.step()
    row = displace(right)
    for passed in range(ticks):
        if not (left.running and right.running):
            return Paired(passed, "")
        left.step()
        right.step()
        if any(detected(battle, agent_set, row, at) for battle in (left, right)) or done(left, right):
            return Paired(passed, "")
        ours, theirs = decisions(left), decisions(right)
        differing = [name for name in ours if not np.array_equal(ours[name], theirs[name])]
        if differing:
            return Paired(passed, differing[0])
    return Paired(ticks, "")


TEAM, PLATOON = DEFENDER_SET, LIBERATOR_SET
