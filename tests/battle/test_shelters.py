"""Buildings that come down on those who shelter in them: who is inside, how many die, and how heavy the tail is."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from battle_tools import quiet, rows_of
from test_strikes import bomb_all, posted, ready

from sim.agents.codes import ASSIGNED, AT_HOME, FREED, GONE, ON_FOOT, SHELTERING, TRAPPED
from sim.agents.handles import zero_columns
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.checks import check_conservation
from sim.battle.events import Events, flush, make_events
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import hurt_people
from sim.battle.shelters import Shelters, bring_down, buildings_in, dead_of_collapse, fall, in_shelter, mean_size, shelters_of
from sim.battle.vehicles import _half_way
from sim.kernels.cells import link_all
from sim.kernels.rng import stream_key
from sim.record.codes import (
    AIR,
    CAUSE,
    CIVILIANS,
    COALITION,
    COLLAPSE,
    COUNT,
    DEATH,
    FIRES,
    KIND,
    STRIKE,
    WOUND,
)

if TYPE_CHECKING:
    from sim.scenario import Scenario

USUAL = Shelters(least=6.0 / 2.0 ** (1.0 / 1.5), tail=1.5, largest=150.0, casualty=0.8, death=0.5)


_zeros = cache(zero_columns)


def fresh(kind: type[Any], n: int) -> Any:
    """Columns of zeros: copies, since reading the columns' types takes longer than all else."""
    return kind(*(column.copy() for column in _zeros(kind, n)))


class Cell:
    """One cell of one quarter with households of given sizes and states."""

    def __init__(self, sizes: list[int], state: int = SHELTERING) -> None:
        self.people = fresh(HouseholdColumns, len(sizes))
        self.people.members[:], self.people.state[:] = sizes, state
        self.lists = fresh(CellLists, len(sizes))._replace(head=np.full(1, -1, np.int32), persons=np.zeros(1, np.int32))
        link_all(self.people.cell, self.lists.head, self.lists.following, self.lists.previous)
        self.lists.persons[0] = sum(sizes)
        self.ground, self.quarters, self.events = fresh(Ground, 1), fresh(Quarters, 1), make_events(500)

    def fall(
        self, number: int, shelters: Shelters = USUAL, *, rounds: int = 1, chance: float = 1.0, buildings: float = 1.0
    ) -> int:
        key = stream_key(number, "test.fall", "cells", 0)
        return fall(
            key, self.people, self.lists, self.ground, self.quarters, 0, rounds, chance, buildings, shelters, COALITION, FIRES,
            self.events,
        )  # fmt: skip


def deaths(n: int, sizes: list[int], shelters: Shelters, **how: float) -> np.ndarray:
    """Dead of ``n`` acts, each in a cell of its own; the numbers of the acts pair them between calls."""
    return np.array([Cell(sizes).fall(number, shelters, **how) for number in range(n)])


def hill(dead: np.ndarray, above: int) -> float:
    """Hill's index of the dead of acts that killed more than ``above``."""
    tail = dead[dead > above]
    return tail.size / float(np.log(tail / above).sum())


def counted(events: Events, kind: int) -> int:
    rows = events.ints[: int(events.n[0])]
    assert (rows[:, CAUSE] == COLLAPSE).all()
    return int(rows[rows[:, KIND] == kind, COUNT].sum())


# Limits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [AT_HOME, ON_FOOT])
def test_nobody_in_shelter_is_nobody_under_a_building(state: int) -> None:
    cell = Cell([6] * 30, state)
    assert in_shelter(cell.people, cell.lists, 0) == 0
    assert sum(cell.fall(number, rounds=5) for number in range(200)) == 0
    assert cell.events.n[0] == 0


def test_nothing_comes_down_without_a_chance_of_it() -> None:
    assert deaths(200, [6] * 30, USUAL, chance=0.0).sum() == deaths(200, [6] * 30, USUAL, rounds=0).sum() == 0


@pytest.mark.parametrize("state", [SHELTERING, TRAPPED])
def test_a_full_house_that_certainly_comes_down_kills_a_binomial_number(state: int) -> None:
    """One shelter that holds all who are there, under the only building."""
    whole = Shelters(1000.0, 2.0, 40.0, 0.7, 0.4)
    found = []
    for number in range(1500):
        cell = Cell([5] * 8, state)
        found.append(cell.fall(number, whole))
    chance = 0.7 * 0.4
    mean, spread = 40 * chance, math.sqrt(40 * chance * (1 - chance))
    assert abs(np.mean(found) - mean) < 4 * spread / math.sqrt(1500)
    assert np.std(found) == pytest.approx(spread, rel=0.08)


def test_where_all_under_it_die_nobody_is_left() -> None:
    cell = Cell([1, 2, 3, 4])
    assert cell.fall(1, Shelters(1000.0, 2.0, 1000.0, 1.0, 1.0)) == 10
    assert (cell.people.state == GONE).all()
    assert cell.lists.persons[0] == cell.people.members.sum() == 0
    assert cell.lists.head[0] == -1
    assert cell.people.dead.tolist() == [1, 2, 3, 4]


def test_families_are_inside_together() -> None:
    """All but one of the households that are hit are hit whole."""
    for number in range(200):
        cell = Cell([6] * 20)
        assert cell.fall(number, Shelters(1000.0, 2.0, 15.0, 1.0, 1.0), buildings=1.0) in (0, 15)
        assert sorted(cell.people.dead[cell.people.dead > 0].tolist()) in ([], [3, 6, 6])


def test_only_those_who_shelter_are_inside() -> None:
    cell = Cell([6] * 20)
    cell.people.state[::2] = AT_HOME
    for number in range(40):
        cell.fall(number, Shelters(1000.0, 2.0, 15.0, 1.0, 1.0))
    assert cell.people.dead[::2].sum() == 0
    assert cell.people.dead[1::2].sum() == 60, "in the end they are all dead"


def test_state_tallies_and_ledger_agree() -> None:
    cell = Cell([6] * 20)
    dead = sum(cell.fall(number, rounds=3) for number in range(30))
    assert dead == cell.people.dead.sum() == counted(cell.events, DEATH) == cell.quarters.killed[0] > 0
    assert cell.people.wounded.sum() == counted(cell.events, WOUND) > 0
    assert cell.people.members.sum() + dead == 120
    assert cell.lists.persons[0] == cell.people.members.sum()


# Means --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tail", "most"), [(1.2, 150.0), (1.5, 40.0), (3.0, 150.0), (1.5, 1.0)])
def test_the_mean_of_the_law_of_sizes_is_its_formula(tail: float, most: float) -> None:
    law = USUAL._replace(tail=tail, least=6.0 / 2.0 ** (1.0 / tail))
    u = (np.arange(2_000_000) + 0.5) / 2_000_000
    assert mean_size(law, most) == pytest.approx(np.minimum(law.least * u ** (-1.0 / tail), most).mean(), rel=1e-3)


def test_half_of_the_shelters_hold_less_than_the_median(riverton: Scenario) -> None:
    law = shelters_of(riverton)
    assert law.least * 0.5 ** (-1.0 / law.tail) == pytest.approx(riverton.harm.shelter_median)


@pytest.mark.parametrize("how", [
    {"buildings": 40.0}, {"buildings": 25.0, "rounds": 8, "chance": 0.3}, {"buildings": 3.0, "chance": 0.5},
])  # fmt: skip
def test_the_dead_of_an_act_are_on_the_mean_what_is_expected_of_it(how: dict[str, float]) -> None:
    sizes = [6] * 30
    found = deaths(6000, sizes, USUAL, **how)
    mean = how.get("rounds", 1) * how.get("chance", 1.0) * dead_of_collapse(USUAL, float(sum(sizes)), how["buildings"])
    # A second building falls on fewer.
    assert abs(found.mean() - mean) < 4 * found.std() / math.sqrt(found.size) + 0.03 * mean * (how.get("rounds", 1) > 1)


def test_the_mean_does_not_hang_on_how_people_gather() -> None:
    for tail in (1.2, 5.0):
        for largest in (50.0, 150.0):
            law = Shelters(6.0 / 2.0 ** (1.0 / tail), tail, largest, 0.8, 0.5)
            assert dead_of_collapse(law, 200.0, 40.0) == pytest.approx(200.0 / 40.0 * 0.8 * 0.5)
    assert dead_of_collapse(law, 200.0, 1.0) < 0.4 * 8.0, "with more people than the buildings hold, a shelter is under each"


# Tails --------------------------------------------------------------------------------------------------------------


def independent(n: int, sizes: list[int], mean: float) -> np.ndarray:
    """The same mean, each of the dead picked alone: what blast and fragments do."""
    found = []
    for number in range(n):
        cell = Cell(sizes)
        key = stream_key(number, "test.fall", "cells", 0)
        found.append(hurt_people(
            key, cell.people, cell.lists, cell.ground, cell.quarters, 0, 0, mean, 1.0, 1.0, COALITION, AIR, FIRES, cell.events,
        ))  # fmt: skip
    return np.array(found)


def test_crowding_makes_the_tail_heavier_and_leaves_the_mean() -> None:
    """Paired keys: the same buildings come down; only who is inside differs."""
    sizes, how = [6] * 40, {"buildings": 40.0, "chance": 0.5}
    even = USUAL._replace(tail=100.0, least=6.0 / 2.0 ** (1.0 / 100.0))
    crowded, scattered = deaths(6_000, sizes, USUAL, **how), deaths(6_000, sizes, even, **how)
    alone = independent(6_000, sizes, 0.5 * dead_of_collapse(USUAL, 240.0, 40.0))
    error = math.hypot(crowded.std(), scattered.std()) / math.sqrt(6_000)
    assert abs(crowded.mean() - scattered.mean()) < 4 * error
    assert abs(crowded.mean() - alone.mean()) < 4 * math.hypot(crowded.std(), alone.std()) / math.sqrt(6_000)
    for many in (10, 20, 40):
        assert (crowded >= many).sum() > 3 * max((scattered >= many).sum(), (alone >= many).sum())
    assert max(scattered.max(), alone.max()) < 12 < 40 < crowded.max() <= 150
    assert hill(crowded, 3) < 2.0 < 2.5 < min(hill(scattered, 3), hill(alone, 3))


# In a battle --------------------------------------------------------------------------------------------------------


def test_buildings_follow_the_ground_that_is_built_over(riverton: Scenario) -> None:
    battle = quiet(riverton, harm__building_m2=100.0)
    buildings = buildings_in(battle)
    assert buildings.min() == 1.0
    dense = battle.ground.density > 0.1
    assert buildings[dense] == pytest.approx(battle.ground.density[dense] * battle.grid.cell_m**2 / 100.0)


@pytest.mark.parametrize("slot", [0, 1, 2])
def test_the_dead_of_strikes_are_on_the_mean_those_that_the_desks_expect(riverton: Scenario, slot: int) -> None:
    """Where nobody has left, all shelter, and shelter does not protect from blast, a desk that counts everybody is right."""
    battle = posted(
        riverton, population__persons=200_000, air__harm_limit=1e6, air__warned_share=0.0, harm__shelter=1.0,
        munitions__light_collapse=0.1, munitions__medium_collapse=0.1,
    )  # fmt: skip
    battle.households.columns.state[:] = SHELTERING
    rows = ready(battle, ASSIGNED, slot)
    bomb_all(battle, rows)
    flush(battle.events, battle.ledger, battle.tick)
    strikes = rows_of(battle.ledger, kind=STRIKE, cause=AIR)
    dead = strikes[:, COUNT]
    by_collapse = rows_of(battle.ledger, kind=DEATH, people=CIVILIANS, cause=COLLAPSE)[:, COUNT].sum()
    by_blast = rows_of(battle.ledger, kind=DEATH, people=CIVILIANS, cause=AIR)[:, COUNT].sum()
    assert dead.sum() == by_collapse + by_blast == battle.counts["strike_deaths"]
    assert by_collapse > 0
    assert battle.counts["worst_strike"] == dead.max()
    # Those who are dead by then are expected all the same: three in a hundred at most.
    expected = battle.counts["strike_deaths_expected"]
    assert abs(dead.sum() - expected) < 4 * dead.std() * math.sqrt(dead.size) + 0.03 * expected
    check_conservation(battle)


def test_nobody_is_expected_or_dies_under_buildings_where_collapse_is_off(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=1e6, harm__collapse_casualty=0.0, munitions__medium_collapse=1.0)
    battle.households.columns.state[:] = SHELTERING
    cell = int(np.argmax(battle.households.lists.persons))
    assert bring_down(battle, stream_key(1, "test", "cells", 0), cell, 100, 1.0, COALITION, FIRES) == 0
    bomb_all(battle, ready(battle, ASSIGNED))
    flush(battle.events, battle.ledger, battle.tick)
    assert rows_of(battle.ledger, cause=COLLAPSE).size == 0


def test_a_vehicle_that_is_struck_goes_off_half_way_among_buildings(riverton: Scenario) -> None:
    battle = quiet(riverton)
    built = battle.quarters.cells
    start, end = int(built[0]), int(built[-1])
    place = _half_way(battle, start, end)
    assert battle.ground.quarter[place] >= 0
    assert _half_way(battle, end, end) == end
    battle.ground.control[:] = FREED
    assert _half_way(battle, start, start) == start
