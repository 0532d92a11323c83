"""Camps: what is ready, what is built by plan and need, and the allotment by free places and road."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from battle_tools import quiet

from sim.battle import Battle
from sim.battle.camps import Camps, allot, build_camps, count_places
from sim.kernels.rng import stream_key

KEY = stream_key(1, "test", "households", 0)


def camps(places: list[int], taken: list[int] | None = None, opens: list[int] | None = None) -> Camps:
    n = len(places)
    return Camps(
        np.arange(n, dtype=np.int32), np.full(n, 10**6, np.int32), np.ones(n, np.bool_), np.array(opens or [0] * n, np.int32),
        np.array(places, float), np.array(places, np.int32), np.array(taken or [0] * n, np.int32), np.zeros(n, np.int64),
    )  # fmt: skip


def shares(of: Camps, km: list[float], allot_km: float, n: int = 20_000) -> dict[int, float]:
    """Share of families that go to each camp, each of them alone."""
    road = np.array(km, float)[:, None]
    chosen: Counter[int] = Counter()
    for row in range(n):
        before = of.taken.copy()
        chosen[allot(KEY, row, 1, 0, of, road, allot_km, 5)] += 1
        of.taken[:] = before
    return {camp: count / n for camp, count in chosen.items()}


def test_families_go_by_free_places_and_road_in_the_stated_proportion() -> None:
    got = shares(camps([1000, 3000, 2000], [0, 1000, 0]), [10.0, 10.0, 40.0], 30.0)
    weights = np.array([1000.0, 2000.0, 2000.0 * np.exp(-1.0)])
    for camp, share in enumerate(weights / weights.sum()):
        assert got[camp] == pytest.approx(share, abs=0.012)


def test_a_small_scale_is_the_nearest_camp_with_room_and_a_large_one_a_split_by_places() -> None:
    assert shares(camps([50, 1000]), [500.0, 500.1], 0.001, 200) == {0: 1.0}
    assert shares(camps([50, 1000], [50, 0]), [500.0, 900.0], 0.001, 200) == {1: 1.0}
    assert shares(camps([1000, 3000]), [1.0, 500.0], 1e6)[1] == pytest.approx(0.75, abs=0.012)


def test_full_shut_and_unreachable_camps_take_nobody() -> None:
    assert shares(camps([10, 500, 500, 500], [10, 0, 0, 0], [0, 6, 0, 0]), [1.0, 1.0, np.inf, 9.0], 30.0, 200) == {3: 1.0}
    of = camps([10], [8])
    assert allot(KEY, 0, 3, 0, of, np.ones((1, 1)), 30.0, 5) == -1
    assert allot(KEY, 0, 2, 0, of, np.ones((1, 1)), 30.0, 5) == 0
    assert of.taken.tolist() == [10]
    assert allot(KEY, 1, 0, 0, of, np.ones((1, 1)), 30.0, 5) == -1


@pytest.fixture
def battle(riverton) -> Battle:
    return quiet(riverton, **{"displacement.camp_ready": 1000, "displacement.camp_planned": 1500})


def test_camps_are_ready_and_planned_as_stated(battle: Battle, riverton) -> None:
    hill, plain = (battle.camps.node.tolist().index(battle.grid.offgrid.index(f"{name} Camp")) for name in ("Hill", "Plain"))
    assert battle.camps.places[hill] == battle.camps.planned[hill] == 20_000  # its capacity is known
    assert (battle.camps.places[plain], battle.camps.planned[plain]) == (1000, 1500)
    none = quiet(riverton, **{"displacement.camps_ready": 0}).camps
    assert (none.places[plain], none.planned[plain]) == (0, 15_000)
    over = quiet(riverton, **{"displacement.camp_planned": 10}).camps
    assert over.planned[plain] == over.places[plain] == 9000


def test_mosul_has_five_camps_ready_and_no_more_planned_than_was() -> None:
    battle = Battle("mosul_2016", seed=1, preset="quick")
    camps, early = battle.camps, battle.camps.opens <= 0
    names = {battle.grid.offgrid.names[node] for node in camps.node[early & (camps.places > 0)]}
    assert names == {"Debaga (1, 2, stadium)", "Hasansham U3", "Hasansham M2", "Khazer M1", "Zelikan"}
    assert camps.places[early].sum() <= 45_000
    assert camps.planned[early].sum() <= 45_000 + 120_000 + 70_000


def test_a_camp_is_built_on_by_need_up_to_its_plan(battle: Battle) -> None:
    plain = int(np.flatnonzero(battle.camps.places == 1000)[0])
    build_camps(battle)
    assert battle.camps.places[plain] == 1000
    battle.camps.taken[plain] = 700
    build_camps(battle)
    assert battle.camps.places[plain] == 1300
    battle.camps.taken[plain] = 1300
    build_camps(battle)
    build_camps(battle)
    assert battle.camps.places[plain] == 1500


def test_a_full_camp_is_extended_beyond_its_plan_but_not_beyond_a_known_capacity(riverton) -> None:
    battle = quiet(riverton)
    camps, p = battle.camps, battle.scenario.displacement
    camps.built[:] = camps.places[:] = camps.planned
    camps.taken[:] = (p.camp_extend_at * camps.planned).astype(np.int32) - 1
    build_camps(battle)
    assert np.array_equal(camps.places, camps.planned)
    camps.taken[:] = camps.planned
    build_camps(battle)
    assert np.array_equal(camps.places, camps.planned + np.where(camps.grows, int(p.camp_build_places_per_day), 0))
    battle = quiet(riverton, **{"displacement.camp_extend_at": 1.1})
    battle.camps.built[:] = battle.camps.places[:] = battle.camps.taken[:] = battle.camps.planned
    build_camps(battle)
    assert np.array_equal(battle.camps.places, battle.camps.planned)


def test_a_new_site_is_built_when_all_camps_together_fill_up(riverton) -> None:
    battle = quiet(riverton, **{"displacement.camps_ready": 0, "displacement.camp_build_places_per_day": 0.5})
    battle.tick = 24 * 10
    plain, hill = np.argsort(battle.camps.places)
    build_camps(battle)
    assert battle.camps.built[plain] == 0.0
    battle.camps.taken[hill] = 14_000
    build_camps(battle)
    assert (battle.camps.built[plain], battle.camps.places[plain]) == (0.5, 0)
    build_camps(battle)
    assert battle.camps.places[plain] == 1


def test_places_counted_anew_are_those_that_were_given(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"flight.base": -3.0, "time.max_days": 14})
    while battle.running:
        battle.step()
        before = battle.camps.taken.copy(), battle.reception.taken.copy()
        count_places(battle)
        assert abs(battle.camps.taken - before[0]).max() <= 2  # who died of wounds on the day of coming out
        assert abs(battle.reception.taken - before[1]).max() <= 2
    assert battle.camps.taken.sum() > 500
