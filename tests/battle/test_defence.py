"""The defenders' command: strongpoints, reserve, posts by kind of team, and the yardsticks that command in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import HARBOUR, LINE, MILL_SIDE, NORTH, OLD_TOWN, SOUTH, cells_of, lose, posted, show_platoons

from sim.agents.codes import HELD, INFANTRY, SNIPERS, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE
from sim.battle.defence import defend, front_points, gaps
from sim.battle.posting import bands, send

if TYPE_CHECKING:
    from sim.battle import Battle


def _afresh(battle: Battle) -> None:
    """Take all teams off the ground and post them anew."""
    teams = battle.defenders.columns
    teams.cell[:] = teams.quarter[:] = teams.target[:] = -1
    teams.order[:] = TEAM_HOLD
    defend(battle)


def _in_line(battle: Battle) -> np.ndarray:
    teams = battle.defenders.columns
    return np.isin(teams.kind, LINE) & (teams.strength > 0)


# Where the line stands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fighters", [60, 240, 600])
def test_the_best_covered_quarters_are_filled_first_and_the_rest_left_open(riverton, fighters: int) -> None:
    battle = posted(riverton, **{"defenders.fighters": fighters, "defenders.reserve_share": 0.0})
    q = battle.quarters
    full = np.maximum(1, np.floor(riverton.defenders.teams_per_km2 * q.area + 0.5))
    for bank in battle.bank_codes:
        order = [row for row in np.argsort(-q.value, kind="stable") if q.bank[row] == bank]
        wanted, most = q.wanted[order], full[order]
        used = int((wanted > 0).sum())
        assert (wanted[: max(used - 1, 0)] == most[: max(used - 1, 0)]).all()
        assert (wanted[used:] == 0).all()
        assert (wanted <= most).all() or used == len(order)
    assert q.wanted.sum() == _in_line(battle).sum()


def test_more_fighters_hold_more_quarters(riverton) -> None:
    held = [int((posted(riverton, **{"defenders.fighters": n}).quarters.wanted > 0).sum()) for n in (30, 120, 480)]
    assert held == sorted(held)
    assert held[0] < held[-1]


def test_posts_are_filled_as_wanted_before_the_battle(riverton) -> None:
    battle = posted(riverton)
    teams, q = battle.defenders.columns, battle.quarters
    assert np.array_equal(np.bincount(teams.quarter[_in_line(battle)], minlength=q.area.size), q.wanted)


def test_a_near_front_draws_teams_by_its_weight(riverton) -> None:
    battle = posted(riverton, **{"defenders.threat_weight": 0.0})
    heavy = posted(riverton, **{"defenders.threat_weight": 50.0})
    wanted = []
    for each in (battle, heavy):
        lose(each, MILL_SIDE, 0.05)
        _afresh(each)
        wanted.append(each.quarters.wanted[MILL_SIDE])
    assert battle.quarters.value[MILL_SIDE] < battle.quarters.value[list(NORTH)].max()
    assert wanted[0] < wanted[1]


def test_the_front_is_lost_ground_and_platoons_that_are_known(riverton) -> None:
    battle = posted(riverton)
    assert front_points(battle)[0].size == 0
    _, known = gaps(battle)
    assert not known
    at = cells_of(battle, HARBOUR)[:3]
    show_platoons(battle, at, known=False)
    assert front_points(battle)[0].size == 0
    show_platoons(battle, at, known=True)
    lose(battle, MILL_SIDE, 0.1)
    x, _ = front_points(battle)
    assert sorted(x) == sorted([battle.quarters.x[MILL_SIDE], *battle.position(at)[0]])
    gap, known = gaps(battle)
    assert known
    assert gap[MILL_SIDE] == 0.0


SHARES = st.lists(st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0)), min_size=8, max_size=8)


@pytest.fixture(scope="module")
def stage(riverton) -> Battle:
    """A battle whose ground each example makes up."""
    return posted(riverton)


@given(shares=SHARES, seed=st.integers(0, 1000), fought=st.lists(st.booleans(), min_size=8, max_size=8))
@how_often(max_examples=40)
def test_command_asks_for_no_more_than_it_has_and_only_where_it_can_hold(
    stage, shares: list[float], seed: int, fought: list[bool]
) -> None:
    battle, teams, q = stage, stage.defenders.columns, stage.quarters
    chance = np.random.default_rng(seed)
    for quarter, share in enumerate(shares):
        lose(battle, quarter, share)
    battle.given_up[:] = False
    q.fighting[:] = fought
    standing = np.flatnonzero(battle.ground.control == HELD)
    if standing.size == 0:
        return
    teams.cell[:] = chance.choice(standing, len(battle.defenders))
    teams.quarter[:] = chance.integers(-1, 8, len(battle.defenders))
    teams.order[:] = chance.choice((TEAM_HOLD, TEAM_LAST_STAND), len(battle.defenders))
    before, cells = teams.strength.copy(), teams.cell.copy()
    defend(battle)
    lost = q.liberated | battle.given_up
    assert (q.wanted[lost] == 0).all()
    assert 0 <= q.wanted.sum() <= _in_line(battle).sum()
    mine = _in_line(battle)
    posts = np.bincount(teams.quarter[mine & (teams.order != TEAM_LAST_STAND) & (teams.quarter >= 0)], minlength=8)
    assert (posts[~lost] <= q.wanted[~lost]).all()
    assert np.array_equal(teams.strength, before)
    assert np.array_equal(teams.cell, cells), "orders move nobody by themselves"
    sent = (teams.order == TEAM_MOVE) & (teams.quarter >= 0)
    assert (battle.ground.quarter[teams.target[sent]] == teams.quarter[sent]).all()


# The reserve ----------------------------------------------------------------------------------------------------------


def _attacked(riverton, quarter: int, **changes: object) -> Battle:
    """Fighting in one quarter, command asked again on the next day."""
    battle = posted(riverton, **{"defenders.reserve_share": 0.3, **changes})
    lose(battle, quarter, 0.05)
    battle.quarters.fighting[quarter] = 5.0
    battle.tick += battle.ticks_per_day
    return battle


def test_the_reserve_goes_where_there_is_fighting_up_to_twice_the_density(riverton) -> None:
    wanted = []
    for share in (0.0, 0.1, 0.3, 0.6):
        battle = _attacked(riverton, OLD_TOWN, **{"defenders.reserve_share": share, "defenders.fighters": 600})
        defend(battle)
        full = max(1, int(np.floor(riverton.defenders.teams_per_km2 * battle.quarters.area[OLD_TOWN] + 0.5)))
        wanted.append(int(battle.quarters.wanted[OLD_TOWN]))
    assert wanted == sorted(wanted)
    assert wanted[0] == full
    # Beyond that the reserve stands behind all quarters in turn, this one among them.
    behind = _in_line(battle).sum() / len(SOUTH)
    assert 2 * full <= wanted[-1] <= 2 * full + behind


@pytest.mark.parametrize("stands", [True, False])
def test_the_reserve_of_a_quiet_bank_crosses_while_a_bridge_stands(riverton, *, stands: bool) -> None:
    battle = _attacked(riverton, OLD_TOWN)
    teams = battle.defenders.columns
    if not stands:
        battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    mine = np.bincount(battle.grid.bank[teams.cell[_in_line(battle)]], minlength=3)
    defend(battle)
    north, south = (int(battle.quarters.wanted[list(rows)].sum()) for rows in (NORTH, SOUTH))
    lent = int(mine[1] * 0.3) if stands else 0
    assert (north, south) == (mine[1] - lent, mine[2] + lent)
    crossing = (teams.order == TEAM_MOVE) & (battle.grid.bank[teams.cell] == 1) & np.isin(teams.quarter, SOUTH)
    assert crossing.any() == stands


def test_a_bank_gives_its_reserve_only_once(riverton) -> None:
    battle = _attacked(riverton, OLD_TOWN)
    teams = battle.defenders.columns
    north = _in_line(battle) & (battle.grid.bank[teams.cell] == 1)
    for _ in range(5):
        defend(battle)
        gone = np.flatnonzero(north & np.isin(teams.quarter, SOUTH))
        teams.cell[gone] = teams.target[gone]
        battle.quarters.fighting[OLD_TOWN] = 5.0
        battle.tick += battle.ticks_per_day
    assert gone.size > 0
    assert battle.quarters.wanted[list(NORTH)].sum() >= int(north.sum() * 0.7)


# Posts by kind --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("front", [None, MILL_SIDE, HARBOUR])
def test_each_kind_keeps_its_distance_to_the_front(riverton, front: int | None) -> None:
    battle = posted(riverton)
    if front is not None:
        lose(battle, front, 0.3)
        _afresh(battle)
    teams, q = battle.defenders.columns, battle.quarters
    gap, _ = gaps(battle)
    held = ~q.liberated & ~battle.given_up & q.defended
    seen = 0
    for kind, (near, far) in bands(battle).items():
        posts = teams.quarter[(teams.kind == kind) & (teams.strength > 0)]
        fits = held & (gap >= near) & (gap <= far)
        assert (posts >= 0).all()
        assert (fits if fits.any() else held)[posts].all(), kind
        seen += int(fits.any()) * posts.size
    assert seen > 0


def test_teams_of_one_kind_are_spread_over_quarters(riverton) -> None:
    battle = posted(riverton, **{"defenders.fighters": 600})
    teams = battle.defenders.columns
    gap, _ = gaps(battle)
    for kind, (near, far) in bands(battle).items():
        room = int(((gap >= near) & (gap <= far)).sum())
        there = np.bincount(teams.quarter[(teams.kind == kind) & (teams.strength > 0)], minlength=8)
        if room and there.sum() >= room:
            assert (there > 0).sum() > room // 2, kind


def test_a_supporting_team_stays_where_it_is_while_its_distance_is_right(riverton) -> None:
    battle = posted(riverton)
    teams = battle.defenders.columns
    support = ~np.isin(teams.kind, LINE)
    before = teams.quarter[support].copy()
    battle.tick += battle.ticks_per_day
    defend(battle)
    assert np.array_equal(teams.quarter[support], before)
    assert (teams.order[support] == TEAM_HOLD).all()


@pytest.mark.parametrize(("kind", "layer"), [(INFANTRY, "cover"), (SNIPERS, "storeys")])
def test_strongpoints_lean_to_cover_and_snipers_to_height(riverton, kind: int, layer: str) -> None:
    battle = posted(riverton, **{"defenders.fighters": 1200})
    teams, values = battle.defenders.columns, getattr(battle.ground, layer).astype(float)
    quarter = max(range(8), key=lambda row: values[cells_of(battle, row)].std())
    cells = cells_of(battle, quarter)
    assert values[cells].std() > 0.0
    rows = np.arange(len(battle.defenders))
    teams.kind[:] = kind
    teams.cell[:] = -1
    for row in rows.tolist():
        send(battle, battle.key("defence.post", "defenders"), row, quarter)
    assert values[teams.target].mean() > values[cells].mean()
    assert np.unique(teams.target).size > 0.5 * min(rows.size, cells.size), "not all in one place"
    assert (battle.ground.control[teams.target] == HELD).all()


# Yardsticks -----------------------------------------------------------------------------------------------------------


def test_the_nearest_yardstick_sends_each_team_to_the_threatened_quarter_nearest_to_it(riverton) -> None:
    battle = posted(riverton, **{"defenders.command": "nearest", "defenders.front_m": 1500.0})
    teams, q = battle.defenders.columns, battle.quarters
    lose(battle, MILL_SIDE, 0.1)
    battle.tick += battle.ticks_per_day
    mine = _in_line(battle)
    gap, _ = gaps(battle)
    threatened = np.flatnonzero((gap <= 1500.0) & ~q.liberated)
    away = mine & ~np.isin(teams.quarter, threatened)
    assert away.any()
    x, y = battle.position(teams.cell)
    defend(battle)
    for row in np.flatnonzero(away).tolist():
        assert teams.quarter[row] == threatened[np.argmin(np.hypot(q.x[threatened] - x[row], q.y[threatened] - y[row]))]
    stays = mine & ~away
    assert (teams.order[stays] == TEAM_HOLD).all()


def test_the_random_yardstick_sends_teams_everywhere_once(riverton) -> None:
    battle = posted(riverton, **{"defenders.command": "random", "defenders.fighters": 600})
    teams = battle.defenders.columns
    mine = _in_line(battle)
    there = np.bincount(teams.quarter[mine], minlength=8)
    mean = mine.sum() / 8
    assert (np.abs(there - mean) < 4 * np.sqrt(mean)).all()
    before = teams.quarter.copy()
    lose(battle, MILL_SIDE, 0.1)
    battle.tick += battle.ticks_per_day
    defend(battle)
    assert np.array_equal(teams.quarter[mine], before[mine])


@pytest.mark.parametrize("who", ["nearest", "random"])
def test_yardsticks_give_no_ground_and_want_nothing(riverton, who: str) -> None:
    battle = posted(riverton, **{"defenders.command": who, "defenders.stay_behind": 1.0})
    lose(battle, MILL_SIDE, 0.95)
    battle.tick += battle.ticks_per_day
    defend(battle)
    assert not battle.given_up.any()
    assert battle.quarters.wanted.sum() == 0
    assert np.isin(battle.defenders.columns.order, (TEAM_HOLD, TEAM_MOVE)).all()


def test_commands_differ_in_where_the_same_teams_stand(riverton) -> None:
    posts = {}
    for who in ("planned", "nearest", "random"):
        battle = posted(riverton, **{"defenders.command": who})
        posts[who] = battle.defenders.columns.quarter.tolist()
        assert battle.fighters_start == 240
    assert len({tuple(rows) for rows in posts.values()}) == 3
