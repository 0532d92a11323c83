"""What people do without besides food: cold, care and water, against limits that are known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.battle import Battle
from sim.battle.motives import make_rule
from sim.battle.wants import draw_from_tanks, feel, most_lacking, need_of_heat, pressing, services_cut, temperature
from sim.city import load_city
from sim.scenario import load

if TYPE_CHECKING:
    from sim.scenario import Scenario

NORMALS = [7.0, 9.0, 13.0, 18.0, 25.0, 31.0, 34.0, 34.0, 29.0, 22.0, 14.0, 9.0]


@pytest.fixture(scope="module")
def mosul() -> Battle:
    """A small Mosul at the start."""
    return Battle(load("mosul_2016", ["preset=quick", "population.persons=6000"]), seed=1)


@pytest.fixture
def riverton_battle(riverton: Scenario) -> Battle:
    return Battle(riverton, seed=1, **{"population.persons": 4000})


# Cold ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("month", "day"), [(1, 16), (4, 16), (7, 16), (12, 16)])
def test_the_middle_of_a_month_has_its_normal(month: int, day: int) -> None:
    assert temperature(NORMALS, dt.date(2017, month, day)) == NORMALS[month - 1]


def test_between_the_middles_of_two_months_the_temperature_is_between_theirs() -> None:
    assert temperature(NORMALS, dt.date(2016, 12, 31)) == pytest.approx(9.0 - 2.0 * 15 / 31)
    assert temperature(NORMALS, dt.date(2017, 1, 1)) == pytest.approx(9.0 - 2.0 * 16 / 31)


@given(st.dates(dt.date(2014, 1, 1), dt.date(2020, 12, 31)))
def test_the_temperature_stays_within_the_normals_and_moves_by_less_than_a_degree_a_day(date: dt.date) -> None:
    today, tomorrow = temperature(NORMALS, date), temperature(NORMALS, date + dt.timedelta(days=1))
    assert min(NORMALS) <= today <= max(NORMALS)
    assert abs(tomorrow - today) < 1.0


def at(battle: Battle, date: dt.date) -> None:
    """The last tick of a day."""
    battle.tick = battle.tick_of(date) + battle.ticks_per_day - 1


def test_in_summer_nobody_is_cold_and_in_winter_who_has_neither_power_nor_fuel(mosul: Battle) -> None:
    q = mosul.quarters
    q.power_cut[:], q.market[:] = 1.0, 0.0
    for date, need in ((dt.date(2017, 7, 16), 0.0), (dt.date(2017, 1, 16), 11.0 / 18.0)):
        at(mosul, date)
        assert need_of_heat(mosul) == pytest.approx(need)
        feel(mosul)
        assert q.cold == pytest.approx(need)
    q.power_cut[:] = 0.0
    feel(mosul)
    assert q.cold == pytest.approx((1.0 - mosul.scenario.heating.heat_by_power) * 11.0 / 18.0)
    q.market[:] = 1.0
    feel(mosul)
    assert q.cold == pytest.approx(0.0, abs=1e-12)


def test_a_city_without_normals_knows_no_cold(riverton_battle: Battle) -> None:
    q = riverton_battle.quarters
    q.power_cut[:], q.market[:] = 1.0, 0.0
    at(riverton_battle, dt.date(2017, 1, 16))
    feel(riverton_battle)
    assert (q.cold == 0.0).all()


def test_the_normals_of_mosul_are_those_of_its_folder() -> None:
    climate = load_city(load("mosul_2016").city.path).settings.climate
    assert climate is not None
    assert climate.monthly_mean_c == NORMALS


# Care ------------------------------------------------------------------------------------------------------------------


def test_lack_of_care_is_that_of_the_people_of_the_quarter(mosul: Battle) -> None:
    at(mosul, dt.date(2016, 11, 1))
    feel(mosul)
    whole = mosul.quarters.uncared.copy()
    mosul.networks.working[:] = 0.0
    feel(mosul)
    assert ((whole >= 0.0) & (whole <= 1.0)).all()
    assert (mosul.quarters.uncared >= whole).all()
    assert mosul.quarters.uncared.max() == 1.0


# Tanks -----------------------------------------------------------------------------------------------------------------


def test_a_full_tank_keeps_thirst_away_for_exactly_its_days(riverton_battle: Battle) -> None:
    q, p = riverton_battle.quarters, riverton_battle.scenario.food
    daily = 1.0 - p.wells_l / p.water_need_l
    lasts = round(p.tank_days / daily)
    assert lasts * daily == p.tank_days
    q.water_cut[:] = 1.0
    for _ in range(lasts):
        draw_from_tanks(riverton_battle)
        assert (q.parched == 0.0).all()
    draw_from_tanks(riverton_battle)
    assert (q.parched == daily).all()
    q.water_cut[:] = 0.0
    draw_from_tanks(riverton_battle)
    assert (q.parched == 0.0).all()
    assert (q.tanks == p.tank_days).all()


def test_those_newly_cut_come_with_full_tanks(riverton_battle: Battle) -> None:
    q, p = riverton_battle.quarters, riverton_battle.scenario.food
    q.water_cut[:] = q.dry_before[:] = 0.4
    q.tanks[:] = 0.0
    q.water_cut[:] = 0.8
    draw_from_tanks(riverton_battle)
    assert q.tanks == pytest.approx(p.tank_days / 2 - (1.0 - p.wells_l / p.water_need_l))


@given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_tanks_stay_between_empty_and_full(mosul: Battle, cuts: list[float]) -> None:
    q, p = mosul.quarters, mosul.scenario.food
    q.tanks[:] = q.dry_before[:] = 0.0
    for cut in cuts:
        q.water_cut[:] = cut
        draw_from_tanks(mosul)
        assert (q.tanks >= 0.0).all()
        assert (q.tanks <= p.tank_days * (1 + 1e-12)).all()
        assert ((q.parched >= 0.0) & (q.parched <= 1.0)).all()


def test_without_tanks_who_is_cut_off_has_wells_alone(riverton: Scenario) -> None:
    battle = Battle(riverton, seed=1, **{"population.persons": 4000, "food.tank_days": 0.0})
    battle.quarters.water_cut[:] = 0.3
    draw_from_tanks(battle)
    assert battle.quarters.parched == pytest.approx(1.0 - battle.scenario.food.wells_l / battle.scenario.food.water_need_l)


# What presses ----------------------------------------------------------------------------------------------------------


def test_what_presses_is_the_stated_sum(mosul: Battle) -> None:
    q, rule = mosul.quarters, make_rule(mosul.scenario, 100.0)
    q.power_cut[:], q.water_cut[:], q.cold[:], q.uncared[:] = 0.2, 0.6, 0.3, 0.5
    assert services_cut(q) == pytest.approx(0.4)
    assert most_lacking(q) == pytest.approx(0.5)
    assert pressing(q, rule) == pytest.approx(rule.want * 0.4 + rule.cold * 0.3 + rule.care * 0.5)
    assert np.array_equal(pressing(q, rule._replace(want=0.0, cold=0.0, care=0.0)), np.zeros(q.area.size))
