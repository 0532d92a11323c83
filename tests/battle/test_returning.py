"""The way back: the rule against its formula, who may not go, who cannot, and what becomes free."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from battle_tools import quiet

from sim.agents.codes import AT_HOME, FREED, HOSTED, IN_CAMP, INFORMAL_SITE, NOBODYS, ON_ROAD, TO_HOUSE, WITH_HOSTS
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.camps import count_places
from sim.battle.checks import check_conservation
from sim.battle.returning import (
    WaysIn,
    displaced_out,
    go_home,
    is_destroyed,
    make_return_rule,
    morning,
    on_way_home,
    return_hazard,
    way_in,
)
from sim.kernels.rng import stream_key

EAGER = {"returning.base": 50.0, "returning.rate_per_day": 100.0}


@pytest.fixture
def battle(riverton) -> Battle:
    return _away(quiet(riverton, **EAGER))


def _away(battle: Battle, n: int = 600) -> Battle:
    """Households of both banks in camps, with hosts and in informal sites; all ways in open, all ground free."""
    people = battle.households.columns
    for row in range(n):
        move(people, battle.households.lists, row, -1)
    rows = np.arange(n)
    people.away[rows] = True
    people.entry[rows] = rows % 2
    people.state[rows] = np.where(rows % 3 == 0, IN_CAMP, HOSTED)
    people.node[rows] = np.choose(rows % 3, [battle.camps.node[0], WITH_HOSTS, INFORMAL_SITE])
    battle.quarters.left[:] = np.bincount(people.quarter[rows], people.members[rows], battle.quarters.left.size)
    battle.entry_open[:] = battle.quarters.liberated[:] = True
    battle.ground.control[:] = NOBODYS
    battle.tick = morning(battle)
    count_places(battle)
    return battle


def test_the_hazard_is_the_stated_formula_and_moves_with_every_reason(riverton) -> None:
    battle = quiet(riverton)
    rule, p, f = make_return_rule(battle), riverton.returning, riverton.flight
    for d, w, m, t, back in itertools.product((0.0, 0.7), (0.0, 0.6), (0.0, 0.4), (0.2, 0.9), (0.0, 0.8)):
        for informal in (False, True):
            felt = d**f.danger_power / (d**f.danger_power + f.danger_half**f.danger_power)
            x = p.base - p.danger * felt - p.want * w - p.damage * m + p.trust * (t - 0.5) + p.example * back
            x += p.informal * informal
            assert return_hazard(d, w, m, t, back, informal, rule) == pytest.approx(p.rate_per_day / (1 + np.exp(-x)))
    plain = return_hazard(0.2, 0.2, 0.2, 0.5, 0.2, False, rule)
    assert return_hazard(0.3, 0.2, 0.2, 0.5, 0.2, False, rule) < plain
    assert return_hazard(0.2, 0.3, 0.2, 0.5, 0.2, False, rule) < plain
    assert return_hazard(0.2, 0.2, 0.3, 0.5, 0.2, False, rule) < plain
    assert return_hazard(0.2, 0.2, 0.2, 0.6, 0.2, False, rule) > plain
    assert return_hazard(0.2, 0.2, 0.2, 0.5, 0.3, False, rule) > plain
    assert return_hazard(0.2, 0.2, 0.2, 0.5, 0.2, True, rule) > plain


def test_all_who_may_go_set_out_and_their_places_come_free(battle: Battle) -> None:
    people = battle.households.columns
    assert battle.camps.taken.sum() > 0
    assert (battle.reception.taken > 0).all()
    go_home(battle)
    assert not displaced_out(people).any()
    assert on_way_home(people)[:600].all()
    assert battle.camps.taken.sum() == battle.reception.taken.sum() == 0
    assert (people.house[:600] == people.home[:600]).all()
    assert battle.counts["set_out_home"] == people.members[:600].sum()
    check_conservation(battle)


def test_nobody_goes_home_to_a_quarter_that_is_held_or_against_orders(battle: Battle, riverton) -> None:
    people = battle.households.columns
    battle.quarters.liberated[::2] = False
    go_home(battle)
    held = ~battle.quarters.liberated[people.quarter[:600]]
    assert 0 < held.sum() < 600
    assert np.array_equal(held, displaced_out(people)[:600])
    barred = _away(quiet(riverton, **{**EAGER, "returning.enabled": False}))
    go_home(barred)
    assert displaced_out(barred.households.columns).sum() == 600


def test_destroyed_homes_are_not_returned_to(riverton) -> None:
    battle = _away(quiet(riverton, **EAGER, **{"returning.destroyed_share": 1.0}))
    people = battle.households.columns
    battle.ground.damage[:] = 0.4
    for _ in range(3):
        battle.tick = battle.day * 24 + morning(battle)
        go_home(battle)
        battle.tick += 24
    stay = displaced_out(people)[:600]
    key = stream_key(battle.seed, "return.destroyed", "households", 0)
    assert np.array_equal(stay, [is_destroyed(key, row, 0.4, 1.0) for row in range(600)])
    assert stay.mean() == pytest.approx(0.4, abs=0.08)
    assert not is_destroyed(key, 5, 0.0, 1.0)


def test_they_come_in_by_road_at_a_way_in_on_their_bank(battle: Battle) -> None:
    people, offgrid = battle.households.columns, battle.grid.offgrid
    go_home(battle)
    battle.travellers = np.arange(600, dtype=np.int32)
    entry, by_camp = people.entry[:600].copy(), np.arange(600) % 3 == 0
    km = np.where(by_camp, offgrid.km[battle.camps.node[0], entry], 0.0)
    wanted = np.maximum(1, np.ceil(km / battle.scenario.movement.road_km_per_h / battle.dt_h))
    assert np.array_equal(people.until[:600], battle.tick + wanted)
    for _ in range(int(wanted.max())):
        battle.tick += 1
        go_home(battle)
        due = people.until[:600] <= battle.tick
        assert np.array_equal(people.state[:600] == TO_HOUSE, due | (people.state[:600] == TO_HOUSE))
    assert (people.state[:600] == TO_HOUSE).all()
    assert np.array_equal(people.cell[:600], offgrid.entry_cell[entry])
    assert (people.hours[:600] == 0.0).all()
    assert on_way_home(people)[:600].all()
    check_conservation(battle)


def test_without_a_bridge_they_come_in_on_the_bank_of_their_home_or_wait(riverton) -> None:
    battle = _away(quiet(riverton, **EAGER))
    battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    people, grid = battle.households.columns, battle.grid
    assert not battle.joined[1, 2]
    battle.entry_open[:] = [True, False]
    go_home(battle)
    here = grid.bank[people.home[:600]] == grid.offgrid.entry_bank[0]
    assert 0 < here.sum() < 600
    assert np.array_equal(people.state[:600] == ON_ROAD, here)
    assert (people.entry[:600][here] == 0).all()


def test_the_way_in_is_ones_own_then_the_nearest_on_the_bank_then_by_bridge() -> None:
    yes, no = np.array([True] * 3), np.eye(3, dtype=np.bool_)
    km = np.array([[10.0, 20.0, 5.0], [1.0, np.inf, 7.0]])
    ways = WaysIn(yes, np.array([1, 1, 2], np.uint8), np.ones((3, 3), np.bool_), km, np.zeros(0, np.uint8))
    assert way_in(1, 0, 1, ways) == 1
    assert way_in(2, 0, 1, ways) == 2  # by bridge, since it knows the way
    apart = ways._replace(joined=no)
    assert way_in(2, 0, 1, apart) == 0
    assert way_in(1, 1, 1, apart) == 0  # no road leads from its camp to its own
    assert way_in(0, 1, 2, apart) == 2
    assert way_in(0, -1, 2, apart) == 2
    shut = ways._replace(is_open=np.array([False, False, True]))
    assert way_in(0, 0, 1, shut) == 2
    assert way_in(0, 0, 1, shut._replace(joined=no)) == -1


def test_a_battle_in_which_people_return_conserves_them(riverton) -> None:
    battle = Battle(riverton, seed=1, check=True, **{"returning.base": 5.0, "returning.rate_per_day": 3.0, "flight.base": -4.0})
    run = battle.run()
    assert battle.counts["set_out_home"] > 200
    assert run.summary["returned"] > 100
    assert (run.daily["returned"] <= run.daily["left_city"]).all()
    away = _unreturned(riverton)
    assert away.summary["returned"] == 0


def _unreturned(riverton):
    return Battle(riverton, seed=1, **{"returning.enabled": False, "flight.base": -4.0, "time.max_days": 12}).run()


def test_those_in_another_house_in_the_city_walk_home_where_no_line_lies_between(riverton) -> None:
    battle = quiet(riverton, **EAGER)
    people, control = battle.households.columns, battle.ground.control
    control[:] = NOBODYS
    rows = np.flatnonzero(people.kin >= 0)[:200]
    rows = rows[people.home[people.kin[rows]] != people.home[rows]]
    for row in rows.tolist():
        move(people, battle.households.lists, row, int(people.home[people.kin[row]]))
    people.away[rows] = True
    np.add.at(battle.quarters.left, people.quarter[rows], people.members[rows])
    beyond = rows[::2]
    control[people.home[beyond]] = FREED
    battle.tick = morning(battle)
    parted = control[people.home[rows]] != control[people.cell[rows]]
    assert 0 < parted.sum() < rows.size
    go_home(battle)
    same_bank = battle.grid.bank[people.home[rows]] == battle.grid.bank[people.cell[rows]]
    assert (people.state[rows[parted]] == AT_HOME).all()
    assert (people.state[rows[~parted & same_bank]] == TO_HOUSE).all()
    assert (people.house[rows[~parted & same_bank]] == people.home[rows[~parted & same_bank]]).all()


@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_who_goes_home_sets_out_in_the_morning(riverton, step: int) -> None:
    battle = Battle(riverton, seed=1, **{"time.step_hours": step})
    assert battle.scenario.sensing.dawn_h <= morning(battle) * step < battle.scenario.sensing.dawn_h + step
