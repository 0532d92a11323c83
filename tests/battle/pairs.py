"""Paired battles: the same but for one unit that is put elsewhere through its handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from battle_tools import rows_of

from sim.agents.codes import NO_TARGET
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
        "halts": axes.halted.copy(), "engineers": battle.bridges.work_h.copy(),
        "strikes and orders": _acts(battle, (STRIKE, ORDER, MOVE), (LIBERATORS, COALITION)),
        "weapons": np.stack([getattr(battle.coalition.columns, name) for name in ("light", "medium", "heavy")]),
        "tasks": battle.coalition.columns.task.copy(), "orbits": battle.coalition.columns.cell.copy(),
    }  # fmt: skip


def of_defenders(battle: Battle) -> Decisions:
    """What the defenders decided up to the tick just done."""
    teams = battle.defenders.columns
    return {
        "order": teams.order.copy(), "quarter": teams.quarter.copy(), "target": teams.target.copy(),
        "cell": teams.cell.copy(), "teams wanted": battle.quarters.wanted.copy(), "given up": battle.given_up.copy(),
        "stock": teams.stock.copy(), "parties": battle.bridges.party.copy(), "charges": battle.bridges.charge_h.copy(),
        "strikes": _acts(battle, (STRIKE, DEMOLITION), (DEFENDERS,)),
    }  # fmt: skip


def _shows_itself(battle: Battle, name: str, elsewhere: np.ndarray) -> bool:
    """Whether one of these units is known to the enemy, or has fired at it."""
    columns = battle.agent_sets[name].columns
    known = columns.seen_until >= battle.tick - 1
    if name == "defenders":
        known = known | columns.fired | (battle.targets.stage != NO_TARGET)
    return bool((known & elsewhere).any())


def compare(
    scenario: Scenario, seed: int, at: int, displace: Callable[[Battle], int], decisions: Callable[[Battle], Decisions],
    agent_set: int, ticks: int, done: Callable[[Battle, Battle], bool] = lambda a, b: False,
) -> Paired:  # fmt: skip
    """Run two battles alike, displace one unit in the second at tick ``at``, and compare every tick from there.

    Its own side may answer and send others elsewhere too. The comparison ends as soon as the enemy, in either battle, has found
    one of those whose place differs or has been fired at by it, or when ``done``.
    """
    left, right = Battle(scenario, seed=seed), Battle(scenario, seed=seed)
    for battle in (left, right):
        for _ in range(at):
            battle.step()
    name = "defenders" if agent_set == DEFENDER_SET else "liberators"
    elsewhere = np.zeros(len(left.agent_sets[name]), np.bool_)
    elsewhere[displace(right)] = True
    for passed in range(ticks):
        if not (left.running and right.running):
            return Paired(passed, "")
        left.step()
        right.step()
        ours, theirs = (battle.agent_sets[name].columns for battle in (left, right))
        elsewhere |= ours.cell != theirs.cell
        if any(_shows_itself(battle, name, elsewhere) for battle in (left, right)) or done(left, right):
            return Paired(passed, "")
        ours, theirs = decisions(left), decisions(right)
        differing = [name for name in ours if not np.array_equal(ours[name], theirs[name])]
        if differing:
            return Paired(passed, differing[0])
    return Paired(ticks, "")


TEAM, PLATOON = DEFENDER_SET, LIBERATOR_SET
