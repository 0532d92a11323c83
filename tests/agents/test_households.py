"""Making households, moving them, losing members: columns, lists and persons present always agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.agents.codes import GONE
from sim.agents.households import Households, make_households, move, relink
from sim.battle.harm import kill_member
from sim.scenario.sections.place import Population

shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def people(grid, land):
    """Makes households; the grid of Riverton unless another is given."""

    def make(persons: int, per_agent: float = 6.0, seed: int = 1, spread: float = 1.0, city=grid) -> Households:
        population = Population.model_construct(persons=persons, household_mean=min(6.0, per_agent), persons_per_agent=per_agent)
        return make_households(None, population, spread, seed, city, land, 1)

    return make


def check_lists(households: Households) -> None:
    """Every list holds the rows of its cell, once each, linked both ways, and persons are counted where they are."""
    columns, lists = households.columns, households.lists
    found: dict[int, set[int]] = {}
    for cell in np.flatnonzero(lists.head >= 0).tolist():
        row, before = int(lists.head[cell]), -1
        while row >= 0:
            assert lists.previous[row] == before
            assert row not in found.setdefault(cell, set())
            found[cell].add(row)
            before, row = row, int(lists.following[row])
    expected: dict[int, set[int]] = {}
    for row, cell in enumerate(columns.cell.tolist()):
        if cell >= 0:
            expected.setdefault(cell, set()).add(row)
    assert found == expected
    persons = np.zeros(lists.persons.size, np.int64)
    np.add.at(persons, columns.cell[columns.cell >= 0], columns.members[columns.cell >= 0])
    assert np.array_equal(lists.persons, persons)


@shared
@given(persons=st.integers(0, 4000), per_agent=st.floats(1, 60))
def test_the_persons_add_up_exactly_whatever_their_number(people, persons: int, per_agent: float) -> None:
    households = people(persons, per_agent)
    members = households.columns.members
    assert members.sum() == persons
    assert (members >= 1).all()
    assert len(households) == (max(1, round(persons / per_agent)) if persons else 0)
    assert households.lists.persons.sum() == persons


@pytest.mark.parametrize(("persons", "rows"), [(0, 0), (1, 1), (2, 1), (9, 2), (10, 2)])
def test_the_smallest_cities_have_their_people(people, persons: int, rows: int) -> None:
    households = people(persons)
    assert len(households) == rows
    assert households.columns.members.sum() == persons
    check_lists(households)


def test_a_household_has_six_members_on_the_average_by_a_shifted_poisson_law(people) -> None:
    members = people(120_000).columns.members
    assert members.mean() == 6.0
    assert members.var() == pytest.approx(5.0, rel=0.05)
    counts = np.bincount(members, minlength=16)[1:16]
    expected = stats.poisson(5).pmf(np.arange(15)) * members.size
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 1e-4


def test_an_agent_stands_for_one_household_at_least(grid) -> None:
    population = Population.model_construct(persons=6000, household_mean=6.0, persons_per_agent=2.0)
    assert len(make_households(None, population, 1.0, 1, grid, np.ones(grid.n, np.bool_), 1)) == 1000


@pytest.mark.parametrize("per_agent", [1.0, 12.0, 240.0])
def test_coarser_agents_stand_for_as_many_persons_as_asked(people, per_agent: float) -> None:
    households = people(48_000, per_agent)
    assert len(households) == 48_000 / per_agent
    assert households.columns.members.mean() == per_agent


def test_people_live_where_the_city_says_that_they_do(people, grid) -> None:
    counts = np.bincount(people(60_000).columns.home, minlength=grid.n)
    expected = grid.residents / grid.residents.sum() * 10_000
    assert not counts[grid.residents == 0].any()
    # One draw in each of n equal strata of the cumulative weights: a count is off by one at either end, never by more.
    assert (abs(counts - expected) < 2.0).all()
    assert (abs(np.cumsum(counts) - np.cumsum(expected)) <= 1.0).all()


def test_where_between_two_cells_a_home_falls_is_left_to_chance(people, grid) -> None:
    seeds = 400
    counts = sum(np.bincount(people(60, seed=seed).columns.home, minlength=grid.n) for seed in range(seeds))
    expected = grid.residents / grid.residents.sum() * 10 * seeds
    settled = expected > 0
    # Strata make counts more even than independent draws would: each cell's is compared on its own.
    assert settled.sum() > 300
    z = (counts[settled] - expected[settled]) / np.sqrt(expected[settled])
    assert stats.chi2(settled.sum()).sf((z**2).sum()) > 1e-4
    assert abs(z).max() < 5
    assert z.std() > 0.5


def test_households_are_in_row_order_of_their_cells_and_at_home(people, grid) -> None:
    columns = people(5_000).columns
    assert (np.diff(columns.home) >= 0).all()
    assert np.array_equal(columns.cell, columns.home)
    assert np.array_equal(columns.quarter, grid.neighbourhood[columns.home])
    assert (columns.quarter >= 0).all()
    for name in ("dead", "wounded", "state", "until", "hours"):
        assert not getattr(columns, name).any(), name
    assert (columns.entry == -1).all()
    assert (columns.node == -1).all()


def test_inclinations_are_normal_with_the_spread_asked_for(people) -> None:
    inclination = people(60_000, spread=0.7).columns.inclination
    assert stats.kstest(inclination / 0.7, "norm").pvalue > 1e-4
    assert not people(600, spread=0.0).columns.inclination.any()


def test_sizes_homes_and_inclinations_are_independent_of_each_other(people) -> None:
    columns = people(60_000).columns
    assert stats.pearsonr(columns.members, columns.inclination).pvalue > 1e-4
    assert stats.pearsonr(columns.members, columns.home).pvalue > 1e-4
    assert stats.pearsonr(columns.inclination, columns.home).pvalue > 1e-4


def test_one_seed_gives_the_same_people_and_another_gives_others(people) -> None:
    one, again, other = (people(3_000, seed=seed).columns for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    for name in ("members", "home", "inclination"):
        assert not np.array_equal(getattr(one, name), getattr(other, name)), name


def test_lists_agree_with_columns_from_the_start(people) -> None:
    check_lists(people(3_000))


Steps = st.lists(st.tuples(st.sampled_from(["move", "leave", "kill"]), st.integers(0, 11), st.integers(0, 5)), max_size=60)


@shared
@given(steps=Steps)
def test_any_order_of_moves_and_deaths_keeps_lists_and_persons_right(people, land, steps) -> None:
    households = people(40, 3.4)
    columns, lists = households.columns, households.lists
    cells = np.flatnonzero(land)[:6]
    members, dead = columns.members.tolist(), [0] * len(households)
    where = columns.cell.tolist()
    for what, row, to in steps:
        if row >= len(households) or members[row] == 0:
            continue
        if what == "kill":
            kill_member(columns, lists, row, to / 6)
            members[row] -= 1
            dead[row] += 1
            where[row] = where[row] if members[row] else -1
        else:
            where[row] = int(cells[to]) if what == "move" else -1
            move(columns, lists, row, where[row])
        check_lists(households)
    assert columns.members.tolist() == members
    assert columns.dead.tolist() == dead
    assert columns.cell.tolist() == where
    assert ((columns.state == GONE) == (columns.members == 0)).all()


def test_lists_can_be_built_anew_from_the_columns(people, land) -> None:
    households = people(600)
    columns, lists = households.columns, households.lists
    for row in range(0, len(households), 3):
        move(columns, lists, row, int(np.flatnonzero(land)[row]) if row % 2 else -1)
    persons = lists.persons.copy()
    lists.head[:] = lists.following[:] = lists.previous[:] = lists.persons[:] = 0
    relink(households)
    check_lists(households)
    assert np.array_equal(lists.persons, persons)
