"""Families driven along as shields: who, where to, what becomes of them, and what it costs those who drive them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import HARBOUR, OLD_TOWN, SOUTH_FIELD, TANNERS, cells_of, index, lose, posted, station

from sim.agents.codes import AT_HOME, DRIVEN, FREED, ON_FOOT, TRAPPED
from sim.battle import shields
from sim.battle.checks import check_conservation
from sim.battle.shields import drive_shields, walk_on
from sim.record.codes import CIVILIANS, COUNT, DEFENDERS, DETECTION, DISPLACEMENT, ISR, KIND, OTHER_ROW, PEOPLE
from sim.record.codes import ROW as ROW_COLUMN

if TYPE_CHECKING:
    from sim.battle import Battle

QUARTER = np.array([TANNERS])
ALL = {"coercion.shield_share": 1.0, "coercion.shield_m": 50_000.0, "coercion.shield_exposes": 0.0, "population.persons": 2000}


def _held(riverton, **changes: object) -> Battle:
    """A third of the teams in Tanners, which is given up, more in South Field than in Harbour."""
    battle = posted(riverton, **{**ALL, **changes})
    n = len(battle.defenders)
    station(battle, np.arange(n // 3), TANNERS)
    station(battle, np.arange(n // 3, n - 5), SOUTH_FIELD)
    station(battle, np.arange(n - 5, n), HARBOUR)
    battle.given_up[TANNERS] = True
    index(battle)
    return battle


def _driven(battle: Battle) -> np.ndarray:
    return np.flatnonzero(battle.households.columns.state == DRIVEN)


def _at_home(battle: Battle, quarter: int) -> np.ndarray:
    people = battle.households.columns
    return np.flatnonzero((people.state <= TRAPPED) & (people.cell >= 0) & (battle.ground.quarter[people.cell] == quarter))


# Who is driven, and where to ------------------------------------------------------------------------------------------


def test_families_of_a_quarter_given_up_are_driven_to_the_held_quarter_with_most_teams(riverton) -> None:
    battle = _held(riverton)
    at_home, people = _at_home(battle, TANNERS), battle.households.columns
    drive_shields(battle, QUARTER)
    assert np.array_equal(_driven(battle), at_home)
    assert (people.goal[at_home] == SOUTH_FIELD).all()
    assert battle.driving == at_home.size
    persons = int(people.members[at_home].sum())
    assert battle.counts["shields"] == battle.counts["displaced"] == persons
    ints = battle.ledger.ints
    batch = ints[(ints[:, KIND] == DISPLACEMENT) & (ints[:, PEOPLE] == CIVILIANS)]
    assert batch[:, (ROW_COLUMN, OTHER_ROW, COUNT)].tolist() == [[TANNERS, SOUTH_FIELD, persons]]


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_each_household_is_driven_with_the_chance_that_was_asked(riverton, share: float) -> None:
    battle = _held(riverton, **{"coercion.shield_share": share})
    n = _at_home(battle, TANNERS).size
    drive_shields(battle, QUARTER)
    assert abs(_driven(battle).size - share * n) <= 4 * math.sqrt(n * share * (1 - share))


@pytest.mark.parametrize(
    "changes", [{"coercion.enabled": False}, {"coercion.shield_share": 0.0}, {"coercion.shield_m": 10.0}],
    ids=["no coercion", "no shields", "nowhere near"],
)  # fmt: skip
def test_nobody_is_driven_where_it_is_not_asked_for(riverton, changes: dict[str, object]) -> None:
    battle = _held(riverton, **changes)
    drive_shields(battle, QUARTER)
    assert _driven(battle).size == 0
    assert battle.driving == 0


def test_nobody_is_driven_where_no_team_is_there_to_force_it(riverton) -> None:
    battle = _held(riverton)
    station(battle, np.arange(len(battle.defenders) // 3), SOUTH_FIELD)
    drive_shields(battle, QUARTER)
    assert _driven(battle).size == 0


def test_nobody_is_driven_over_the_river_or_into_what_is_lost(riverton) -> None:
    battle = _held(riverton)
    for quarter in (SOUTH_FIELD, HARBOUR, OLD_TOWN):
        lose(battle, quarter)
    drive_shields(battle, QUARTER)
    assert _driven(battle).size == 0, "only the other bank is held"


def test_families_on_freed_ground_are_out_of_their_hands(riverton) -> None:
    battle = _held(riverton)
    lost = lose(battle, TANNERS, 0.5)
    drive_shields(battle, QUARTER)
    people = battle.households.columns
    assert _driven(battle).size > 0
    assert not np.isin(people.cell[_driven(battle)], lost).any()
    assert (people.state[_at_home(battle, TANNERS)] == AT_HOME).all()


# The way --------------------------------------------------------------------------------------------------------------


@given(hours=st.integers(1, 12))
@how_often(max_examples=6)
def test_nobody_is_lost_on_the_way_and_all_walk_at_a_familys_speed(riverton, hours: int) -> None:
    battle = _held(riverton)
    people = battle.households.columns
    drive_shields(battle, QUARTER)
    driven, members = _driven(battle), people.members.copy()
    before = people.cell[driven].copy()
    battle.tick = 8
    for _ in range(hours):
        walk_on(battle)
        battle.tick += 1
    assert np.array_equal(people.members, members)
    assert not people.dead.any()
    x, y = battle.position(before)
    to_x, to_y = battle.position(people.cell[driven])
    longest = riverton.displacement.walk_m_per_h * hours + 1.5 * battle.grid.cell_m
    assert (np.hypot(x - to_x, y - to_y) <= longest).all()
    assert battle.driving == _driven(battle).size
    check_conservation(battle)


def test_who_arrives_is_trapped_among_the_defenders(riverton) -> None:
    battle = _held(riverton)
    people = battle.households.columns
    drive_shields(battle, QUARTER)
    driven = _driven(battle)
    battle.tick = 8
    for _ in range(200):
        walk_on(battle)
    assert (people.state[driven] == TRAPPED).all()
    assert (battle.ground.quarter[people.cell[driven]] == SOUTH_FIELD).all()
    assert battle.driving == 0


def test_who_comes_onto_freed_ground_runs_for_it(riverton) -> None:
    battle = _held(riverton)
    people = battle.households.columns
    drive_shields(battle, QUARTER)
    driven = _driven(battle)
    lose(battle, SOUTH_FIELD)
    lose(battle, TANNERS, 0.5)
    for _ in range(200):
        walk_on(battle)
    assert np.isin(people.state[driven], (ON_FOOT, TRAPPED)).all()
    free = battle.ground.control[people.cell[driven]] == FREED
    assert (people.state[driven][free] == ON_FOOT).all()
    assert free.any()


def test_by_night_they_go_slower(riverton) -> None:
    gone = {}
    for tick in (0, 8):
        battle = _held(riverton, **{"displacement.night": 0.1})
        drive_shields(battle, QUARTER)
        driven = _driven(battle)
        before = battle.households.columns.cell[driven].copy()
        battle.tick = tick
        walk_on(battle)
        gone[tick] = int((battle.households.columns.cell[driven] != before).sum())
    assert gone[0] < gone[8]


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_driving_a_crowd_shows_teams_to_drones_overhead(riverton, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shields, "watched_share", lambda *_: 1.0)
    battle = _held(riverton, **{"coercion.shield_exposes": share, "defenders.fighters": 1200})
    teams = battle.defenders.columns
    drive_shields(battle, QUARTER)
    there = battle.ground.quarter[teams.cell] == TANNERS
    shown = teams.seen_until >= battle.tick
    n = int(there.sum())
    assert abs(shown[there].sum() - share * n) <= 4 * math.sqrt(n * share * (1 - share))
    assert not shown[~there].any()
    ints = battle.ledger.ints
    found = ints[(ints[:, KIND] == DETECTION) & (ints[:, PEOPLE] == DEFENDERS) & (ints[:, 4] == ISR)]
    assert sorted(found[:, ROW_COLUMN]) == np.flatnonzero(shown).tolist()


def test_without_drones_overhead_it_costs_nothing(riverton) -> None:
    battle = _held(riverton, **{"coercion.shield_exposes": 1.0, "isr.orbits": 0})
    drive_shields(battle, QUARTER)
    assert _driven(battle).size > 0
    assert (battle.defenders.columns.seen_until < battle.tick).all()


def test_a_driven_family_lives_in_the_cell_that_it_has_come_to(riverton) -> None:
    battle = _held(riverton)
    people, lists = battle.households.columns, battle.households.lists
    drive_shields(battle, QUARTER)
    for _ in range(3):
        walk_on(battle)
        there = people.cell >= 0
        assert np.array_equal(
            np.bincount(people.cell[there], people.members[there], lists.persons.size).astype(int), lists.persons
        )
    assert not np.isin(people.cell[_driven(battle)], cells_of(battle, HARBOUR)).any()


def test_teams_on_open_ground_guard_no_quarter(riverton) -> None:
    battle = posted(riverton, **ALL)
    teams, of, q = battle.defenders.columns, battle.ground.quarter, battle.quarters
    quarter = int(np.flatnonzero(q.bank == q.bank[0])[1])
    station(battle, np.arange(len(battle.defenders)), quarter)
    teams.cell[3:] = np.flatnonzero((of < 0) & (battle.grid.bank == q.bank[0]))[0]
    battle.given_up[quarter] = True
    index(battle)
    drive_shields(battle, np.array([quarter]))
    assert not _driven(battle).size, "nowhere to drive them to: no other quarter has teams"
    station(battle, np.arange(3, 6), 0)
    index(battle)
    drive_shields(battle, np.array([quarter]))
    assert _driven(battle).size
