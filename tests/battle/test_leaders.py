"""Commanders: cohesion falls with their loss and comes back with successors; without it orders do not arrive."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import LINE, MILL_SIDE, NORTH_GATE, OLD_TOWN, index, lose, posted, station

from sim.agents.codes import INFANTRY, LEADERS, TEAM_COUNTER, TEAM_HOLD, TEAM_MOVE
from sim.battle.counterattack import counter_attack
from sim.battle.defence import defend
from sim.battle.leaders import lead, living_leaders

if TYPE_CHECKING:
    from sim.battle import Battle

DAYS = 10.0


def _with_leaders(riverton, north: int, south: int) -> tuple[Battle, np.ndarray]:
    """So many teams of leaders on each bank, counted once. Returns their rows, those of the north first."""
    battle = posted(riverton, **{"defenders.succession_days": DAYS})
    teams = battle.defenders.columns
    teams.kind[teams.kind == LEADERS] = INFANTRY
    rows = np.arange(north + south)
    teams.kind[rows], teams.strength[rows] = LEADERS, 3
    station(battle, rows[:north], MILL_SIDE)
    station(battle, rows[north:], OLD_TOWN)
    battle.leaders_before[:] = -1
    battle.cohesion[:] = 1.0
    lead(battle)
    assert living_leaders(battle).tolist() == [0, north, south]
    assert (battle.cohesion == 1.0).all()
    return battle, rows


@given(north=st.integers(1, 6), south=st.integers(0, 4), data=st.data())
@how_often(max_examples=25)
def test_cohesion_falls_by_the_share_of_commanders_lost_on_each_bank(riverton, north: int, south: int, data) -> None:
    lost_north, lost_south = data.draw(st.integers(0, north)), data.draw(st.integers(0, south))
    battle, rows = _with_leaders(riverton, north, south)
    fallen = [*rows[:lost_north], *rows[north : north + lost_south]]
    battle.defenders.columns.strength[fallen] = 0
    lead(battle)
    assert battle.cohesion[1] == pytest.approx(1.0 - lost_north / north)
    assert battle.cohesion[2] == pytest.approx(1.0 - lost_south / max(south, 1))
    assert battle.counts["leaders_lost"] == lost_north + lost_south


def test_successors_restore_what_was_lost_exponentially(riverton) -> None:
    battle, rows = _with_leaders(riverton, 4, 1)
    battle.defenders.columns.strength[rows[:3]] = 0
    lead(battle)
    missing = 1.0 - battle.cohesion[1]
    assert missing == pytest.approx(0.75)
    for day in range(1, 30):
        lead(battle)
        assert 1.0 - battle.cohesion[1] == pytest.approx(missing * math.exp(-day / DAYS))
    assert battle.counts["leaders_lost"] == 3, "each is lost once"


def test_a_second_loss_falls_on_what_is_left(riverton) -> None:
    battle, rows = _with_leaders(riverton, 4, 0)
    kept = []
    for row in rows:
        battle.defenders.columns.strength[row] = 0
        lead(battle)
        kept.append(float(battle.cohesion[1]))
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 0.0


def test_a_commander_who_crosses_the_river_is_not_lost(riverton) -> None:
    battle, rows = _with_leaders(riverton, 3, 1)
    station(battle, rows[:2], OLD_TOWN)
    lead(battle)
    assert (battle.cohesion == 1.0).all()
    assert battle.counts["leaders_lost"] == 0


def test_a_team_of_leaders_counts_while_anybody_in_it_fights(riverton) -> None:
    battle, rows = _with_leaders(riverton, 2, 2)
    battle.defenders.columns.strength[rows] = 1
    lead(battle)
    assert (battle.cohesion == 1.0).all()


def test_a_bank_that_never_had_a_commander_keeps_its_cohesion(riverton) -> None:
    battle, rows = _with_leaders(riverton, 3, 0)
    battle.defenders.columns.strength[rows] = 0
    lead(battle)
    assert battle.cohesion.tolist()[1:] == [0.0, 1.0]


# What is done without them --------------------------------------------------------------------------------------------


def _after_a_loss(riverton, cohesion: float, **changes: object) -> tuple[Battle, np.ndarray]:
    """Teams that would all be sent elsewhere today, as their quarter is given up; commanders long dead."""
    given_up = {"defenders.stay_behind": 0.0, "defenders.escape_share": 0.0, "defenders.fighters": 600, **changes}
    battle = posted(riverton, **given_up, **{"defenders.succession_days": 1000.0})
    teams = battle.defenders.columns
    teams.kind[teams.kind == LEADERS] = INFANTRY
    rows = np.flatnonzero(np.isin(teams.kind, LINE) & (teams.strength > 0))
    lose(battle, MILL_SIDE, 0.9)
    station(battle, rows, MILL_SIDE)
    index(battle)
    battle.cohesion[:] = cohesion
    battle.leaders_before[:] = 0
    battle.tick += battle.ticks_per_day
    return battle, rows


@pytest.mark.parametrize("cohesion", [0.0, 0.3, 1.0])
def test_orders_arrive_with_the_chance_of_cohesion(riverton, cohesion: float) -> None:
    battle, rows = _after_a_loss(riverton, cohesion)
    teams = battle.defenders.columns
    defend(battle)
    chance = float(battle.cohesion[1])  # a day of succession later
    moved = int((teams.order[rows] == TEAM_MOVE).sum())
    assert abs(moved - chance * rows.size) <= 4 * math.sqrt(rows.size * chance * (1 - chance)) + 1e-9


def test_without_cohesion_teams_do_what_they_did_yesterday(riverton) -> None:
    battle, rows = _after_a_loss(riverton, 0.0, **{"defenders.withdraw_lost_share": 1.0, "defenders.turned_share": 1.0})
    teams = battle.defenders.columns
    battle.quarters.fighting[MILL_SIDE] = 5.0
    before = teams.order[rows].copy(), teams.quarter[rows].copy()
    defend(battle)
    changed = (teams.order[rows] != before[0]) | (teams.quarter[rows] != before[1])
    assert changed.sum() <= 4 * math.sqrt(rows.size * float(battle.cohesion[1])) + 1
    assert battle.quarters.wanted.sum() > 0, "command did want something else"


def test_the_less_cohesion_there_is_the_longer_orders_take_to_arrive(riverton) -> None:
    days = []
    for cohesion in (1.0, 0.5, 0.1):
        battle, rows = _after_a_loss(riverton, cohesion)
        teams = battle.defenders.columns
        waits = np.zeros(rows.size)
        for _ in range(6):
            battle.cohesion[:] = cohesion
            defend(battle)
            waits += teams.order[rows] != TEAM_MOVE
            battle.tick += battle.ticks_per_day
        days.append(float(waits.mean()))
    assert days[0] == 0.0
    assert days == sorted(days)


def test_a_counter_attack_is_made_with_the_chance_of_cohesion(riverton) -> None:
    always = {"defenders.counter_share": 1.0, "defenders.counter_reach_m": 50_000.0, "isr.bad_weather": 0.0}
    battle = posted(riverton, **always)
    teams = battle.defenders.columns
    rows = np.flatnonzero((teams.kind == INFANTRY) & (teams.strength > 0))
    station(battle, rows, NORTH_GATE)
    lose(battle, MILL_SIDE)
    made = {}
    for cohesion in (0.0, 0.5, 1.0):
        battle.cohesion[:] = cohesion
        battle.counts["counter_attacks"] = 0
        for day in range(40):
            teams.order[rows], teams.quarter[rows] = TEAM_HOLD, NORTH_GATE
            battle.tick = int(day * battle.ticks_per_day + riverton.sensing.dusk_h)
            counter_attack(battle)
        made[cohesion] = battle.counts["counter_attacks"]
    assert made[0.0] == 0
    assert made[1.0] == 40
    assert abs(made[0.5] - 20) <= 4 * math.sqrt(10)
    assert (teams.order[rows] == TEAM_COUNTER).any()
