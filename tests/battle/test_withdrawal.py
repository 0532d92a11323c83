"""Giving ground: quarters given up or turned, who hides, who fights on, who leaves the city."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import (
    HARBOUR,
    LINE,
    MILL_SIDE,
    NORTH_GATE,
    OLD_TOWN,
    ORCHARDS,
    SOUTH,
    SOUTH_FIELD,
    STATION,
    TANNERS,
    cells_of,
    lose,
    posted,
    station,
)

from sim.agents.codes import (
    FREED,
    INFANTRY,
    TEAM_ESCAPE,
    TEAM_HIDE,
    TEAM_LAST_STAND,
    TEAM_MOVE,
)
from sim.battle.bridges import CUT
from sim.battle.checks import check_conservation
from sim.battle.defence import defend
from sim.battle.movement import move
from sim.battle.withdrawal import come_out, escape, find_ways, give_up, turned
from sim.record.codes import MOVE, ROW, WITHDRAWAL

if TYPE_CHECKING:
    from sim.battle import Battle


def _holding(riverton, quarter: int, **changes: object) -> tuple[Battle, np.ndarray]:
    """All teams of the line stand in one quarter."""
    battle = posted(riverton, **changes)
    teams = battle.defenders.columns
    rows = np.flatnonzero(np.isin(teams.kind, LINE) & (teams.strength > 0))
    station(battle, rows, quarter)
    return battle, rows


def _encircle(battle: Battle, quarter: int) -> None:
    """Everything but this quarter is lost, and every bridge is down."""
    for other in range(8):
        if other != quarter:
            lose(battle, other)
    battle.bridges.state[:] = CUT


# Ways -----------------------------------------------------------------------------------------------------------------


def test_before_the_attack_every_quarter_is_joined_to_every_way_out_of_its_bank(riverton) -> None:
    battle = posted(riverton)
    ways = find_ways(battle)
    parts = ways.part[battle.grid.offgrid.entry_cell]
    assert ways.exits[parts].all()
    for quarter in range(8):
        assert ways.quarter[quarter, parts[0]]
    assert not ways.exits[0]


def test_lost_ground_cuts_the_city_in_parts(riverton) -> None:
    battle = posted(riverton)
    # The old town lies between the other quarters of its bank and the bridges.
    battle.bridges.state[:] = CUT
    for quarter in (OLD_TOWN, SOUTH_FIELD):
        lose(battle, quarter)
    ways = find_ways(battle)
    held = [set(np.flatnonzero(ways.quarter[quarter])) for quarter in range(8)]
    assert held[OLD_TOWN] == held[SOUTH_FIELD] == set()
    assert not held[TANNERS] & held[HARBOUR]
    assert held[MILL_SIDE] & held[ORCHARDS]


def test_a_closed_way_is_no_way_out(riverton) -> None:
    battle = posted(riverton)
    battle.way_closed[:] = True
    ways = find_ways(battle)
    assert not ways.exits.any()
    assert ways.quarter.any(axis=1).all()


def test_the_border_that_is_turned_is_counted_by_length(riverton) -> None:
    battle = posted(riverton)
    assert not turned(battle).any()
    for share in (0.5, 1.0):
        lost = lose(battle, STATION, share).size / cells_of(battle, STATION).size
        sides = battle.borders
        for quarter in (NORTH_GATE, ORCHARDS):
            assert turned(battle)[quarter] == pytest.approx(lost * sides[quarter, STATION] / sides[quarter].sum())
        assert turned(battle)[TANNERS] == 0.0


# Quarters that are given up -------------------------------------------------------------------------------------------


@given(share=st.floats(0.0, 1.0), limit=st.sampled_from((0.3, 0.7, 0.9)))
@how_often(max_examples=40)
def test_a_quarter_is_given_up_when_more_than_the_share_of_it_is_lost(stage, share: float, limit: float) -> None:
    battle = stage
    lost = lose(battle, MILL_SIDE, share).size / cells_of(battle, MILL_SIDE).size
    battle.given_up[:] = False
    battle._asked = battle.scenario.replace({"defenders.withdraw_lost_share": limit, "defenders.turned_share": 1.0})
    give_up(battle, np.zeros(0, np.int64), find_ways(battle))
    assert battle.given_up[MILL_SIDE] == (lost > limit)
    assert battle.given_up.sum() == battle.given_up[MILL_SIDE]


@pytest.fixture(scope="module")
def stage(riverton) -> Battle:
    """A battle whose ground each example makes up."""
    return posted(riverton)


def test_a_quarter_that_is_turned_is_given_up_once_a_part_of_it_is_lost(riverton) -> None:
    battle, rows = _holding(riverton, HARBOUR, **{"defenders.turned_share": 0.4})
    lose(battle, OLD_TOWN)
    assert turned(battle)[HARBOUR] == pytest.approx(0.5)
    give_up(battle, rows, find_ways(battle))
    assert not battle.given_up[HARBOUR], "not a cell of it has been lost"
    lose(battle, HARBOUR, 0.02)
    give_up(battle, rows, find_ways(battle))
    assert battle.given_up[HARBOUR]


def test_a_quarter_wholly_regained_is_held_again(riverton) -> None:
    battle, rows = _holding(riverton, MILL_SIDE)
    lose(battle, MILL_SIDE, 0.95)
    give_up(battle, rows, find_ways(battle))
    assert battle.given_up[MILL_SIDE]
    lose(battle, MILL_SIDE, 0.1)
    give_up(battle, rows, find_ways(battle))
    assert battle.given_up[MILL_SIDE], "as long as any of it is lost"
    lose(battle, MILL_SIDE, 0.0)
    give_up(battle, rows, find_ways(battle))
    assert not battle.given_up[MILL_SIDE]


# Who leaves, and who cannot -------------------------------------------------------------------------------------------


def test_teams_of_a_quarter_given_up_go_to_other_posts_that_they_can_reach(riverton) -> None:
    battle, rows = _holding(riverton, TANNERS, **{"defenders.stay_behind": 0.0, "defenders.escape_share": 0.0})
    teams = battle.defenders.columns
    lose(battle, TANNERS, 0.9)
    station(battle, rows, TANNERS)
    battle.tick += battle.ticks_per_day
    defend(battle)
    assert (teams.order[rows] == TEAM_MOVE).all()
    assert not (teams.quarter[rows] == TANNERS).any()
    assert not battle.quarters.liberated[teams.quarter[rows]].any()


@pytest.mark.parametrize("closed", [True, False])
def test_they_withdraw_only_while_a_way_out_exists_and_fight_on_when_encircled(riverton, *, closed: bool) -> None:
    battle, rows = _holding(riverton, SOUTH_FIELD, **{"defenders.stay_behind": 1.0, "defenders.escape_share": 1.0})
    teams = battle.defenders.columns
    _encircle(battle, SOUTH_FIELD)
    lose(battle, SOUTH_FIELD, 0.9, northern=True)
    station(battle, rows, SOUTH_FIELD)
    way = battle.grid.offgrid.entry_cell[battle.grid.offgrid.entry_bank == 2]
    assert find_ways(battle).part[way] == find_ways(battle).part[teams.cell[rows[0]]], "the way out is beside it"
    battle.way_closed[:] = closed
    give_up(battle, rows, find_ways(battle))
    escape(battle, rows, find_ways(battle))
    assert battle.given_up[SOUTH_FIELD]
    if closed:
        assert (teams.order[rows] == TEAM_LAST_STAND).all()
        assert (teams.quarter[rows] == SOUTH_FIELD).all()
    else:
        assert (teams.order[rows] == TEAM_HIDE).all()
        assert (teams.quarter[rows] == -1).all()


def test_the_encircled_stand_where_they_are_to_the_end(riverton) -> None:
    battle, rows = _holding(riverton, OLD_TOWN, **{"defenders.stay_behind": 0.5, "defenders.escape_share": 1.0})
    teams = battle.defenders.columns
    _encircle(battle, OLD_TOWN)
    lose(battle, OLD_TOWN, 0.9)
    station(battle, rows, OLD_TOWN)
    cells = teams.cell[rows].copy()
    for _ in range(3):
        battle.tick += battle.ticks_per_day
        defend(battle)
        move(battle)
    assert (teams.order[rows] == TEAM_LAST_STAND).all()
    assert np.array_equal(teams.cell[rows], cells)
    check_conservation(battle)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_the_teams_stays_behind_in_hiding(riverton, share: float) -> None:
    battle, rows = _holding(riverton, TANNERS, **{"defenders.stay_behind": share, "defenders.fighters": 1200})
    teams = battle.defenders.columns
    lose(battle, TANNERS, 0.9)
    station(battle, rows, TANNERS)
    cells = teams.cell[rows].copy()
    battle.tick += battle.ticks_per_day
    defend(battle)
    hid = rows[teams.order[rows] == TEAM_HIDE]
    assert abs(hid.size - share * rows.size) <= 4 * math.sqrt(rows.size * share * (1 - share))
    before = teams.quarter[hid].copy()
    battle.tick += battle.ticks_per_day
    defend(battle)
    move(battle)
    assert np.isin(teams.order[hid], (TEAM_HIDE, TEAM_LAST_STAND)).all(), "they wait, and come out; command does not call them"
    assert np.array_equal(teams.quarter[hid], before)
    assert np.array_equal(teams.cell[hid], cells[np.isin(rows, hid)])


def test_hidden_teams_stay_hidden_where_the_ground_is_held_and_come_out_in_time_where_it_is_lost(riverton) -> None:
    battle, rows = _holding(riverton, MILL_SIDE, **{"defenders.fighters": 1800, "defenders.hide_days": 4.0})
    teams = battle.defenders.columns
    teams.order[rows] = TEAM_HIDE
    come_out(battle, rows)
    assert (teams.order[rows] == TEAM_HIDE).all()
    battle.ground.control[teams.cell[rows]] = FREED
    for day in range(1, 9):
        battle.tick += battle.ticks_per_day
        come_out(battle, rows)
        still, mean = int((teams.order[rows] == TEAM_HIDE).sum()), rows.size * math.exp(-day / 4.0)
        assert abs(still - mean) < 4 * math.sqrt(mean), day
    assert np.isin(teams.order[rows], (TEAM_HIDE, TEAM_LAST_STAND)).all()


def test_worn_teams_leave_a_line_that_was_fought_over_and_do_not_go_back_the_same_day(riverton) -> None:
    battle, rows = _holding(riverton, OLD_TOWN, **{"defenders.stay_behind": 1.0})
    teams = battle.defenders.columns
    worn = rows[::2][teams.kind[rows[::2]] == INFANTRY]
    teams.strength[worn] = 1
    give_up(battle, rows, find_ways(battle))
    assert (teams.quarter[rows] == OLD_TOWN).all(), "nobody has fought here"
    battle.quarters.fought[OLD_TOWN] = True
    battle.tick += battle.ticks_per_day
    defend(battle)
    assert not (teams.quarter[worn] == OLD_TOWN).any()
    assert not (teams.order[worn] == TEAM_HIDE).any(), "only quarters given up are hidden in"
    assert (teams.quarter[worn] >= 0).any()


# Out of the city ------------------------------------------------------------------------------------------------------


def _without_a_post(riverton, **changes: object) -> tuple[Battle, np.ndarray]:
    battle, rows = _holding(riverton, SOUTH_FIELD, **changes)
    battle.defenders.columns.order[rows] = TEAM_LAST_STAND
    battle.defenders.columns.quarter[rows] = -1
    return battle, rows


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_same_share_of_teams_without_a_post_makes_for_a_way_out_on_every_day(riverton, share: float) -> None:
    battle, rows = _without_a_post(riverton, **{"defenders.escape_share": share, "defenders.fighters": 1200})
    teams = battle.defenders.columns
    gone = []
    for _ in range(3):
        teams.order[rows] = TEAM_LAST_STAND
        escape(battle, rows, find_ways(battle))
        gone.append((teams.order[rows] == TEAM_ESCAPE).tolist())
        battle.tick += battle.ticks_per_day
    assert gone[0] == gone[1] == gone[2]
    assert abs(sum(gone[0]) - share * rows.size) <= 4 * math.sqrt(rows.size * share * (1 - share))


def test_teams_with_a_post_and_those_shut_in_do_not_run(riverton) -> None:
    battle, rows = _without_a_post(riverton, **{"defenders.escape_share": 1.0})
    teams = battle.defenders.columns
    teams.quarter[rows[:3]] = SOUTH_FIELD
    escape(battle, rows, find_ways(battle))
    assert (teams.order[rows[:3]] == TEAM_LAST_STAND).all()
    assert (teams.order[rows[3:]] == TEAM_ESCAPE).all()
    battle.way_closed[:] = True
    escape(battle, rows, find_ways(battle))
    assert (teams.order[rows] == TEAM_LAST_STAND).all()


def test_who_reaches_the_way_out_is_gone_from_the_battle_and_counted(riverton) -> None:
    battle, rows = _without_a_post(riverton, **{"defenders.escape_share": 1.0})
    teams = battle.defenders.columns
    escape(battle, rows, find_ways(battle))
    running, before = int(teams.strength[rows].sum()), int(teams.strength.sum())
    for _ in range(30):
        move(battle)
        battle.tick += 1
        assert int(teams.strength.sum() + teams.escaped.sum()) == before
    assert int(teams.escaped.sum()) == running
    assert (teams.cell[rows] == -1).all()
    check_conservation(battle)
    ints = battle.ledger.ints
    left = ints[(ints[:, 0] == MOVE) & (ints[:, 5] == WITHDRAWAL)]
    assert sorted(left[:, ROW]) == sorted(rows)
    assert left[:, 9].sum() == running


def test_nobody_runs_over_the_liberators_ground(riverton) -> None:
    battle, rows = _without_a_post(riverton, **{"defenders.escape_share": 1.0})
    teams = battle.defenders.columns
    for quarter in SOUTH:
        if quarter != SOUTH_FIELD:
            lose(battle, quarter)
    escape(battle, rows, find_ways(battle))
    assert (teams.order[rows] == TEAM_ESCAPE).all()
    for _ in range(30):
        move(battle)
        there = teams.cell[rows][teams.cell[rows] >= 0]
        near = battle.near_built[there]
        assert not ((near >= 0) & (battle.ground.control[near] == FREED)).any()
        battle.tick += 1
    assert teams.escaped.sum() > 0
