"""Food and water: stores that run out on the day that can be reckoned, hunger, thirst, and who dies of them."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import quiet, rows_of
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.codes import FREED, GONE, HELD, IN_CAMP, SHELTERING, TRAPPED
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.battle.food import HUNGRY, cut_off_from_goods, eat, food_series, sold
from sim.battle.wants import draw_from_tanks
from sim.record.codes import CIVILIANS, COUNT, DEATH, DEPRIVATION, NOBODY

if TYPE_CHECKING:
    from sim.scenario import Scenario

NORTH, SOUTH = 1, 2  # bank codes of Riverton
# Everyone eats alike and nobody dies of it.
PLAIN = {
    "food.stock_days": 6.0, "food.stock_spread": 0.0, "food.traders_days": 10.0, "food.ration_days": 1e-4,
    "food.starving_death": 0.0, "food.thirst_death": 0.0,
}  # fmt: skip
HUNGER_DAYS = 20.0


def plain(riverton: Scenario, **changes: object) -> Battle:
    return quiet(riverton, **{**PLAIN, **changes})


def ring(battle: Battle) -> Battle:
    """Close every way out to the defenders."""
    battle.way_closed[:] = True
    return battle


def days(battle: Battle, n: int) -> Battle:
    """So many days in which nothing happens but that people eat."""
    for _ in range(n):
        battle.tick += battle.ticks_per_day - 1
        eat(battle)
        battle.tick += 1
    return battle


def shelter(battle: Battle, state: int = SHELTERING) -> None:
    battle.households.columns.state[:] = state


def free(battle: Battle, quarters: np.ndarray) -> None:
    """Hand quarters over to the liberators."""
    q = battle.quarters
    cells = q.cells[np.isin(battle.ground.quarter[q.cells], np.flatnonzero(quarters))]
    battle.ground.control[cells] = FREED
    q.freed[:] = np.bincount(battle.ground.quarter[q.cells], battle.ground.control[q.cells] == FREED, q.area.size)
    q.liberated[quarters] = True


# Stores and markets --------------------------------------------------------------------------------------------------


def test_stores_are_lognormal_about_their_median(riverton: Scenario) -> None:
    battle = quiet(riverton, **{"food.stock_days": 12.0, "food.stock_spread": 0.5, "population.persons": 60_000})
    logs = np.log(battle.households.columns.food)
    assert np.median(logs) == pytest.approx(math.log(12.0), abs=0.03)
    assert logs.std() == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(battle.room_for_food, battle.households.columns.food)


def test_while_a_road_is_open_nothing_falls_and_nobody_is_hungry(riverton: Scenario) -> None:
    battle = quiet(riverton)
    people, before = battle.households.columns, battle.quarters.goods.copy()
    days(battle, 60)
    assert np.array_equal(people.food, battle.room_for_food)
    assert not people.hunger.any()
    assert np.array_equal(battle.quarters.goods, before)
    assert (battle.quarters.fed == 1.0).all()
    assert people.dead.sum() == 0


def test_encircled_traders_sell_out_on_the_day_that_their_stock_says(riverton: Scenario) -> None:
    battle = ring(plain(riverton))
    people = battle.households.columns
    days(battle, 9)
    assert battle.quarters.fed == pytest.approx(1.0)
    assert food_series(battle)["traders_days"] == pytest.approx(1.0)
    assert np.array_equal(people.food, battle.room_for_food)
    days(battle, 2)
    assert battle.quarters.fed == pytest.approx(0.0, abs=1e-3)
    assert people.food == pytest.approx(5.0, abs=1e-3)
    days(battle, 5)
    assert not people.hunger.any()
    days(battle, 8)
    assert people.hunger == pytest.approx(1.0 - math.exp(-8.0 / HUNGER_DAYS), abs=1e-3)


def test_rationed_stock_fades_exponentially(riverton: Scenario) -> None:
    battle = ring(plain(riverton, **{"food.traders_days": 5.0, "food.ration_days": 5.0}))
    start = battle.quarters.goods.copy()
    days(battle, 7)
    assert battle.quarters.goods == pytest.approx(start * math.exp(-7.0 / 5.0))
    assert battle.quarters.fed == pytest.approx(5.0 * (math.exp(-6.0 / 5.0) - math.exp(-7.0 / 5.0)))


@given(st.floats(0.0, 100.0), st.floats(0.01, 50.0))
def test_what_is_sold_solves_the_equation(stock: float, ration: float) -> None:
    share, left, steps = sold(stock, ration), stock, 2000
    assert 0.0 <= share <= min(1.0, stock + 1e-12)
    for _ in range(steps):
        left -= min(1.0, left / ration, left * steps) / steps
    assert stock - share == pytest.approx(left, abs=2e-2)
    assert sold(stock + 0.1, ration) >= share


def test_more_customers_share_no_more_than_there_is(riverton: Scenario) -> None:
    """What is sold is what goes from traders' stock, whoever comes."""
    battle = ring(plain(riverton, **{"food.traders_days": 3.0, "food.ration_days": 4.0, "food.shelter_access": 0.5}))
    people, before = battle.households.columns, math.fsum(battle.quarters.goods)
    people.state[::2] = SHELTERING
    eaten = people.food.copy()
    days(battle, 1)
    bought = people.members * (1.0 - (eaten - people.food))
    assert before - math.fsum(battle.quarters.goods) == pytest.approx(bought.sum())


@pytest.mark.parametrize("state", [SHELTERING, TRAPPED])
def test_a_household_in_shelter_lives_on_its_store_for_just_its_days(riverton: Scenario, state: int) -> None:
    battle = plain(riverton, **{"food.shelter_access": 0.0, "food.stock_days": 4.5})
    shelter(battle, state)
    people = battle.households.columns
    days(battle, 4)
    assert people.food == pytest.approx(0.5)
    assert not people.hunger.any()
    days(battle, 1)
    assert not people.food.any()
    assert people.hunger == pytest.approx(1.0 - math.exp(-0.5 / HUNGER_DAYS))


def test_what_it_reaches_of_the_market_stretches_the_store_and_bounds_hunger(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.shelter_access": 0.25})
    shelter(battle)
    people = battle.households.columns
    days(battle, 7)
    assert not people.hunger.any()
    days(battle, 1)
    assert people.food == pytest.approx(0.0, abs=1e-12)  # 6 days at 0.75 a day
    assert not people.hunger.any()
    days(battle, 300)
    assert people.hunger == pytest.approx(0.75, abs=1e-6)


def test_stores_are_made_up_where_goods_come_in_and_no_further_than_there_is_room(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.refill_per_day": 0.8, "food.traders_days": 1000.0})
    people = battle.households.columns
    people.food[:] = 4.0
    days(battle, 2)
    assert people.food == pytest.approx(5.6)
    days(battle, 1)
    assert people.food == pytest.approx(6.0)
    people.food[:] = 4.0
    days(ring(battle), 2)
    assert people.food == pytest.approx(4.0)
    assert battle.quarters.fed == pytest.approx(1.0)


# Roads ---------------------------------------------------------------------------------------------------------------


def test_a_way_on_the_other_bank_serves_only_over_a_bridge_in_their_hands(riverton: Scenario) -> None:
    battle = plain(riverton)
    q = battle.quarters
    battle.way_closed[battle.grid.offgrid.entry_bank == SOUTH] = True
    assert not cut_off_from_goods(battle).any()
    battle.ground.control[battle.bridges.end[:, 0]] = FREED
    assert np.array_equal(cut_off_from_goods(battle), q.bank == SOUTH)
    battle.ground.control[battle.bridges.end[:, 0]] = HELD
    battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    assert np.array_equal(cut_off_from_goods(battle), q.bank == SOUTH)
    days(battle, 12)
    assert (q.fed[q.bank == NORTH] == 1.0).all()
    assert q.fed[q.bank == SOUTH] == pytest.approx(0.0)


def test_roads_are_cut_from_the_day_that_is_asked(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.roads_cut_from": riverton.time.start + dt.timedelta(days=3), "food.traders_days": 0.0})
    people = battle.households.columns
    days(battle, 3)
    assert people.food == pytest.approx(6.0)
    days(battle, 1)
    assert people.food == pytest.approx(5.0)


@pytest.mark.parametrize("why", ["fighting", "danger"])
def test_there_is_no_market_where_it_is_not_quiet(riverton: Scenario, why: str) -> None:
    battle = plain(riverton)
    q = battle.quarters
    if why == "fighting":
        q.fighting[0] = 1.0
    else:
        battle.ground.danger[q.cells[q.start[0] : q.start[1]]] = 2 * riverton.food.market_danger
    days(battle, 1)
    assert q.fed[0] == 0.0
    assert (q.fed[1:] == 1.0).all()


def test_freed_ground_is_fed_after_some_days_where_a_way_out_is_open(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.market_days": 3.0})
    q, everywhere = battle.quarters, np.ones(battle.quarters.area.size, np.bool_)
    free(battle, everywhere)
    days(battle, 5)
    assert (q.fed == 0.0).all()
    battle.entry_open[battle.grid.offgrid.entry_bank == NORTH] = True
    q.free_days[:] = 0.0
    days(battle, 3)
    assert (q.fed == 0.0).all()
    days(battle, 1)
    assert (q.fed == 1.0).all()  # over the bridges to the south too
    battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    days(battle, 1)
    assert np.array_equal(q.fed == 1.0, q.bank == NORTH)
    q.liberated[:] = False
    days(battle, 1)
    assert not q.free_days.any()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_airdrops_feed_as_many_as_they_are_for(riverton: Scenario, share: float) -> None:
    asked = {"food.airdrop_persons": int(share * riverton.population.persons), "food.traders_days": 0.0}
    battle = ring(plain(riverton, **asked))
    shelter(battle)
    people = battle.households.columns
    days(battle, 2)
    assert people.food == pytest.approx(6.0 - 2 * (1.0 - share))
    assert battle.quarters.fed == pytest.approx(share)
    days(battle, 200)
    assert people.hunger == pytest.approx(1.0 - share, abs=1e-3)


def test_nothing_is_dropped_where_a_road_brings_goods(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.airdrop_persons": 4000})
    shelter(battle)
    days(battle, 1)
    assert (battle.households.columns.food < 6.0).all()


# Hunger --------------------------------------------------------------------------------------------------------------


def test_hunger_fades_in_camps_as_it_came(riverton: Scenario) -> None:
    battle = ring(plain(riverton))
    people = battle.households.columns
    people.hunger[:] = 0.8
    for row in range(len(battle.households)):
        move(people, battle.households.lists, row, -1)
    people.state[:] = IN_CAMP
    days(battle, 10)
    assert people.hunger == pytest.approx(0.8 * math.exp(-10.0 / HUNGER_DAYS))
    days(battle, 200)
    assert not people.hunger.any()


@given(st.floats(0.0, 1.0), st.floats(0.0, 8.0), st.floats(0.0, 1.0), st.integers(1, 12))
def test_a_household_by_itself_is_as_the_formula_has_it(
    riverton: Scenario, hunger: float, store: float, access: float, n: int
) -> None:
    battle = plain(riverton, **{"food.shelter_access": access, "population.persons": 60, "food.refill_per_day": 0.0})
    shelter(battle)
    people = battle.households.columns
    people.food[:], people.hunger[:] = store, hunger
    days(battle, n)
    lasts = min(store / (1.0 - access), float(n)) if access < 1.0 else float(n)
    wanted = hunger * math.exp(-lasts / HUNGER_DAYS)
    wanted = 1.0 - access + (wanted - 1.0 + access) * math.exp(-(n - lasts) / HUNGER_DAYS)
    assert people.hunger == pytest.approx(wanted, abs=2e-3)
    assert people.food == pytest.approx(max(0.0, store - n * (1.0 - access)), abs=1e-9)
    assert ((people.hunger >= 0.0) & (people.hunger <= 1.0)).all()


def test_the_hungry_are_counted_wherever_they_are(riverton: Scenario) -> None:
    battle = plain(riverton)
    people = battle.households.columns
    people.hunger[:10] = 0.9
    days(battle, 1)
    assert (people.hunger[:10] > HUNGRY).all()
    assert food_series(battle)["persons_hungry"] == people.members[:10].sum()
    assert food_series(battle)["food_days"] == pytest.approx(6.0)


# Water ---------------------------------------------------------------------------------------------------------------


def test_litres_short_are_what_pipes_and_wells_do_not_give(riverton: Scenario) -> None:
    battle = plain(riverton, **{"food.water_need_l": 15.0, "food.wells_l": 5.0, "food.tank_days": 0.0})
    battle.quarters.water_cut[:] = 0.3
    draw_from_tanks(battle)
    assert food_series(battle)["litres_short"] == pytest.approx(riverton.population.persons * 0.3 * 10.0)
    battle = plain(riverton, **{"food.water_need_l": 15.0, "food.wells_l": 15.0})
    battle.quarters.water_cut[:] = 1.0
    draw_from_tanks(battle)
    assert food_series(battle)["litres_short"] == 0.0


# Deaths --------------------------------------------------------------------------------------------------------------

MANY = {
    "population.persons": 60_000, "food.hunger_days": 1e5, "food.traders_days": 0.0, "food.stock_days": 1e-6,
    "food.tank_days": 0.0,
}  # fmt: skip


def expected_dead(battle: Battle, hazard: np.ndarray | float, factor: float = 2.0) -> float:
    people = battle.households.columns
    return float((hazard * (people.members + (factor - 1.0) * people.frail)).sum())


@pytest.mark.parametrize("of", ["hunger", "thirst"])
def test_the_dead_are_poisson_about_what_is_expected(riverton: Scenario, of: str) -> None:
    rates = {"food.starving_death": 0.01} if of == "hunger" else {"food.thirst_death": 0.02, "food.wells_l": 5.0}
    battle = ring(plain(riverton, **{**MANY, **rates, "food.water_need_l": 15.0}))
    people = battle.households.columns
    people.hunger[:] = 0.6
    battle.quarters.water_cut[:] = 0.5
    wanted = expected_dead(battle, 0.01 * 0.36 if of == "hunger" else 0.02 * 0.5 * 10.0 / 15.0)
    frail, others = int(people.frail.sum()), int((people.members - people.frail).sum())
    days(battle, 1)
    dead = int(people.dead.sum())
    assert dead == pytest.approx(wanted, abs=4 * math.sqrt(wanted))
    # Of the frail, twice the share of what of the others; in expectation, as long as few die.
    share = 2.0 * frail / (2.0 * frail + others)
    assert (frail - people.frail.sum()) / dead == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / dead))
    rows = rows_of(battle.ledger, kind=DEATH, cause=DEPRIVATION, people=CIVILIANS, actor=NOBODY)
    assert rows[:, COUNT].sum() == dead == food_series(battle)["deprivation_deaths"] == battle.quarters.killed.sum()
    check_conservation(battle)


def test_nobody_dies_without_hunger_and_thirst(riverton: Scenario) -> None:
    battle = quiet(riverton, **{"food.starving_death": 1.0, "food.thirst_death": 1.0})
    days(battle, 30)
    assert battle.households.columns.dead.sum() == 0
    assert len(battle.ledger.ticks) == 0


def test_only_the_frail_die_where_only_they_are_frail_enough(riverton: Scenario) -> None:
    """With an endless factor, a household loses its frail before anybody else."""
    battle = ring(plain(riverton, **{**MANY, "food.starving_death": 1e-4, "food.frail_factor": 1000.0}))
    people = battle.households.columns
    people.hunger[:] = 1.0
    before = people.frail.copy()
    days(battle, 1)
    assert people.dead.sum() > 500
    assert (before - people.frail).sum() > 0.95 * people.dead.sum()


def test_a_household_can_die_out_and_no_more_than_its_members(riverton: Scenario) -> None:
    battle = ring(plain(riverton, **{"food.starving_death": 1.0, "food.traders_days": 0.0, "food.stock_days": 1e-6}))
    people = battle.households.columns
    people.hunger[:] = 1.0
    days(battle, 12)
    assert (people.state[people.members == 0] == GONE).all()
    assert (people.members == 0).mean() > 0.9
    check_conservation(battle)


def test_the_length_of_a_step_changes_nothing(riverton: Scenario) -> None:
    found = []
    for hours in (1, 2, 3, 6):
        asked = {"time.step_hours": hours, "food.ration_days": 3.0, "food.stock_spread": 0.7, "food.shelter_access": 0.3}
        battle = ring(plain(riverton, **asked))
        battle.households.columns.state[::3] = SHELTERING
        for _ in range(20 * battle.ticks_per_day):
            eat(battle)
            battle.tick += 1
        people = battle.households.columns
        found.append((people.food.copy(), people.hunger.copy(), battle.quarters.goods.copy()))
    for other in found[1:]:
        for left, right in zip(found[0], other, strict=True):
            assert np.array_equal(left, right)


# Whole battles -------------------------------------------------------------------------------------------------------


def test_a_battle_tells_its_dead_of_want_alike_in_ledger_and_summary(finished) -> None:
    summary, run = finished.run.summary, finished.run
    assert rows_of(finished.battle.ledger, kind=DEATH, cause=DEPRIVATION)[:, COUNT].sum() == summary["deprivation_deaths"]
    assert summary["persons_hungry_peak"] == run.daily["persons_hungry"].max()
    assert summary["litres_short"] == pytest.approx(run.daily["litres_short"].sum())
    assert run.neighbourhoods["fed"].between(0.0, 1.0).all()


def test_want_grows_with_a_shorter_supply_and_airdrops_relieve_it(riverton: Scenario) -> None:
    """On one seed, over a ladder of values; every tick is checked."""
    hungry = []
    for traders, drops in ((20.0, 0), (5.0, 0), (0.0, 0), (0.0, 4000)):
        battle = Battle(
            riverton, seed=1, check=True,
            **{
                "time.max_days": 25, "food.roads_cut_from": riverton.time.start, "food.stock_days": 3.0,
                "food.traders_days": traders, "food.ration_days": 5.0, "food.airdrop_persons": drops, "food.starving_death": 1e-3,
            },
        )  # fmt: skip
        run = battle.run()
        hungry.append(run.summary["person_days_hungry"])
        assert ((battle.households.columns.food <= battle.room_for_food) & (battle.households.columns.food >= 0.0)).all()
    assert hungry[0] <= hungry[1] <= hungry[2]
    assert hungry[2] > 0
    assert hungry[3] < 0.5 * hungry[2]
