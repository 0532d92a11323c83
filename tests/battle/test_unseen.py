"""Nobody acts on what they have not found: a unit moved unseen changes no enemy decision until a detection row names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import free_cells, metres_between, replace_phase
from pairs import PLATOON, TEAM, Paired, compare, of_defenders, of_liberators

from sim.agents.codes import ASSAULT, CORDON, INFANTRY, NO_TARGET, TEAM_HOLD
from sim.battle import Battle
from sim.battle.command import command
from sim.battle.defence import defend
from sim.battle.fires import fire
from sim.record.codes import COALITION, STRIKE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario import Scenario

SEEDS = (1, 2, 3)
# Together the comparisons of a test take in two daily rounds of every command or more.
ROUND = 25


def _on_grid(cells: np.ndarray) -> np.ndarray:
    return cells[cells >= 0]


def _hidden_team(battle: Battle) -> int:
    """The unseen team farthest from every platoon, infantry: what the others do from afar shows wherever they stand."""
    teams = battle.defenders.columns
    unknown = (teams.seen_until < battle.tick) & (battle.targets.stage == NO_TARGET)
    rows = np.flatnonzero((teams.strength > 0) & unknown & (teams.kind == INFANTRY))
    gaps = metres_between(battle, teams.cell[rows], _on_grid(battle.liberators.columns.cell)).min(axis=1)
    return int(rows[np.argmax(gaps)])


def team_far_away(battle: Battle) -> int:
    row = _hidden_team(battle)
    built = free_cells(battle)
    built = built[battle.ground.quarter[built] >= 0]
    gaps = metres_between(battle, built, _on_grid(battle.liberators.columns.cell)).min(axis=1)
    there = int(built[np.argmax(gaps)])
    battle.defenders[row].cell = there
    return row


def team_next_to_a_platoon(battle: Battle) -> int:
    row = _hidden_team(battle)
    platoons = battle.liberators.columns
    at_work = platoons.cell[(platoons.cell >= 0) & (platoons.order == ASSAULT)]
    dry = free_cells(battle)
    gaps = metres_between(battle, dry, at_work).min(axis=1)
    near = dry[(gaps > 0) & (gaps <= battle.scenario.sensing.contact_m) & (battle.ground.quarter[dry] >= 0)]
    battle.defenders[row].cell = int(near[0])
    return row


@pytest.fixture(scope="module")
def blind(riverton: Scenario) -> Scenario:
    """Teams that see nobody, so that they neither shoot nor ambush, and platoons that rarely see."""
    return riverton.replace({"sensing.team_sight_per_h": 0.0, "sensing.platoon_sight_per_h": 0.02, "isr.orbits": 0})


def _clean(compared: list[Paired]) -> None:
    assert [pair.leak for pair in compared] == [""] * len(compared)
    ticks = [pair.ticks for pair in compared]
    assert sum(ticks) >= 2 * ROUND, ticks


def test_a_team_moved_far_away_changes_nothing_for_the_liberators_until_it_is_found(riverton: Scenario) -> None:
    _clean([compare(riverton, seed, 100, team_far_away, of_liberators, TEAM, 150) for seed in SEEDS])


def test_a_team_moved_next_to_a_platoon_changes_nothing_until_it_is_found(blind: Scenario) -> None:
    """Until its side takes other ground back, too, which nobody misses."""
    _clean([compare(blind, seed, 100, team_next_to_a_platoon, of_liberators, TEAM, 120, _ground_differs) for seed in SEEDS])


def test_a_team_moved_before_the_attack_arrives_changes_nothing_until_it_is_found(riverton: Scenario) -> None:
    _clean([compare(riverton, seed, 20, team_far_away, of_liberators, TEAM, 120) for seed in SEEDS])


def _command_that_knows(battle: Battle) -> None:
    command(battle)
    platoons, teams = battle.liberators.columns, battle.defenders.columns
    alive = np.flatnonzero(teams.strength > 0)
    rows = np.flatnonzero((platoons.order == ASSAULT) & (platoons.objective >= 0))[: alive.size]
    if battle.tick % battle.ticks_per_day == 0 and battle.tick > 100:
        platoons.objective[rows] = battle.ground.quarter[teams.cell[alive[: rows.size]]]


def _fires_that_know(battle: Battle) -> None:
    fire(battle)
    for cell in battle.defenders.columns.cell.tolist():
        battle.ledger.add(battle.tick, STRIKE, cell=int(cell), actor=COALITION, count=0)


@pytest.mark.parametrize(
    ("phase", "leaky", "shows_in"),
    [("command", _command_that_knows, "objective"), ("fires", _fires_that_know, "strikes and orders")],
)
def test_liberators_who_knew_the_true_state_would_be_caught(
    riverton: Scenario, monkeypatch: pytest.MonkeyPatch, phase: str, leaky: Callable[[Battle], None], shows_in: str
) -> None:
    replace_phase(monkeypatch, phase, leaky)
    assert compare(riverton, 1, 100, team_far_away, of_liberators, TEAM, 240).leak == shows_in


# The mirror ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched_by_few(riverton: Scenario) -> Scenario:
    """A third force that may only stand around the city, and defenders who rarely see anyone."""
    return riverton.replace(
        {
            "liberators.forces.watch": {"strength": 300, "may_enter": False},
            "liberators.axes.north.forces.watch": 1.0,
            "sensing.team_sight_per_h": 0.002,
            "sensing.platoon_sight_per_h": 0.0,
        }
    )


def _cordon(battle: Battle) -> int:
    platoons = battle.liberators.columns
    return int(np.flatnonzero((platoons.order == CORDON) & (platoons.cell >= 0))[0])


def platoon_beside_a_bridge(battle: Battle) -> int:
    """Within the distance at which a charge is fired, if only they knew; and in contact with a team, if one is there."""
    row = _cordon(battle)
    ends = battle.bridges.end.ravel()
    dry = free_cells(battle)
    gaps = metres_between(battle, dry, ends)[:, 0]
    assert battle.scenario.bridges.threat_m > 300
    battle.liberators[row].cell = int(dry[np.argmin(np.abs(gaps - 200))])
    return row


def platoon_next_to_a_team(battle: Battle) -> int:
    row = _cordon(battle)
    teams = battle.defenders.columns
    alive = np.flatnonzero((teams.strength > 0) & (teams.order == TEAM_HOLD))
    cells = teams.cell[alive]
    # The team farthest from the front: nobody else is near who might be seen instead.
    others = np.delete(battle.liberators.columns.cell, row)
    farthest = cells[np.argmax(metres_between(battle, cells, _on_grid(others)).min(axis=1))]
    dry = free_cells(battle)
    battle.liberators[row].cell = int(dry[np.argmin(np.abs(metres_between(battle, dry, farthest)[:, 0] - 100))])
    return row


def platoon_to_the_far_corner(battle: Battle) -> int:
    row = _cordon(battle)
    battle.liberators[row].cell = int(free_cells(battle)[-1])
    return row


def _ground_differs(left: Battle, right: Battle) -> bool:
    return not np.array_equal(left.ground.control, right.ground.control)


@pytest.mark.parametrize("displace", [platoon_beside_a_bridge, platoon_next_to_a_team, platoon_to_the_far_corner])
def test_a_platoon_moved_unseen_changes_nothing_for_the_defenders_until_it_is_found(
    watched_by_few: Scenario, displace: Callable[[Battle], int]
) -> None:
    scenario = watched_by_few
    _clean([compare(scenario, seed, 15, displace, of_defenders, PLATOON, 80, _ground_differs) for seed in SEEDS])


def _defence_that_knows(battle: Battle) -> None:
    defend(battle)
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    if battle.tick % battle.ticks_per_day == 0 and (platoons.cell >= 0).any():
        row = int(np.flatnonzero(teams.strength > 0)[0])
        gaps = metres_between(battle, teams.cell[[row]], platoons.cell)[0]
        teams.target[row] = platoons.cell[np.argmin(np.where(platoons.cell >= 0, gaps, np.inf))]


def test_defenders_who_knew_the_true_state_would_be_caught(
    watched_by_few: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_phase(monkeypatch, "defence", _defence_that_knows)
    assert compare(watched_by_few, 1, 15, platoon_next_to_a_team, of_defenders, PLATOON, 80).leak == "target"


def test_a_platoon_that_is_seen_beside_a_bridge_brings_a_party_there(watched_by_few: Scenario) -> None:
    """The same place, seen: the silence above is for want of knowledge, not of interest."""
    scenario = watched_by_few.replace({"bridges.alert_m": 400.0})
    left, right = Battle(scenario, seed=1), Battle(scenario, seed=1)
    for battle in (left, right):
        for _ in range(15):
            battle.step()
    row = platoon_beside_a_bridge(right)
    for battle in (left, right):
        battle.liberators.columns.seen_until[row] = battle.tick + 24
        for _ in range(10):
            battle.step()
    assert (left.bridges.party < 0).all()
    assert (right.bridges.party >= 0).any()
