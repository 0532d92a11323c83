"""Engineers and floods: what opens again, when, by whom, and what the river takes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import quiet, rows_of

from sim.agents.codes import FREED, HELD, ON_FOOT
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.bridges import CUT, FLOATING, SPANNED, WHOLE, cut, open_bridges
from sim.battle.crossing import note_crossings
from sim.battle.engineering import PONTOON, REPAIR, SPAN, build
from sim.battle.floods import flood_days, rise_and_fall
from sim.battle.journey import find_ways_out
from sim.record.codes import BRIDGE, COALITION, COUNT, DEFENDERS, ENGINEERS, FLOOD, ORDER, ROW
from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON, BRIDGE_SPAN

if TYPE_CHECKING:
    from sim.scenario import Scenario

DRY = {"floods__per_month": 0.0}
STATE = {REPAIR: WHOLE, SPAN: SPANNED, PONTOON: FLOATING}
# Days of work by its kind; one kind of crossing at a time is in stock.
DAYS = {"bridges__repair_days": 9.0, "bridges__span_days": 3.0, "bridges__pontoon_days": 2.0}
STOCK = {
    REPAIR: {"bridges__spans": 0, "bridges__pontoons": 0}, SPAN: {"bridges__spans": 5, "bridges__pontoons": 0},
    PONTOON: {"bridges__spans": 0, "bridges__pontoons": 5},
}  # fmt: skip


def after_the_cut(riverton: Scenario, **changes: object) -> Battle:
    """Both bridges are gone, all ground is free, nobody is about."""
    battle = quiet(riverton, **{**DRY, **DAYS, "bridges__demolition": "none", "bridges__engineers": 5, **changes})
    for b in range(2):
        cut(battle, b, DEFENDERS, 0)
    battle.ground.control[battle.bridges.end.ravel()] = FREED
    note_crossings(battle)
    return battle


def opened(battle: Battle, hours: int) -> dict[int, list[tuple[int, int]]]:
    """Hour at which each bridge changed its state, and the state."""
    changes: dict[int, list[tuple[int, int]]] = {0: [], 1: []}
    for hour in range(1, hours + 1):
        before = battle.bridges.state.copy()
        build(battle)
        for b in np.flatnonzero(battle.bridges.state != before):
            changes[int(b)].append((hour, int(battle.bridges.state[b])))
        battle.tick += 1
    return changes


@pytest.mark.parametrize(("way", "hours"), [(REPAIR, 216), (SPAN, 72), (PONTOON, 48)])
def test_each_kind_of_crossing_opens_after_its_days_of_work(riverton, way: int, hours: int) -> None:
    battle = after_the_cut(riverton, **STOCK[way])
    assert not battle.joined[1, 2]
    found = opened(battle, hours)
    assert found == {0: [(hours, STATE[way])], 1: [(hours, STATE[way])]}
    assert battle.joined[1, 2]
    told = rows_of(battle.ledger, kind=BRIDGE, cause=ENGINEERS)
    assert told[:, ROW].tolist() == [0, 1]
    assert (told[:, COUNT] == {REPAIR: BRIDGE_OPEN, SPAN: BRIDGE_SPAN, PONTOON: BRIDGE_PONTOON}[way]).all()
    assert rows_of(battle.ledger, kind=ORDER, cause=ENGINEERS)[:2, COUNT].tolist() == [way, way]


@pytest.mark.parametrize("step_hours", [2, 6])
def test_work_takes_as_long_with_longer_ticks(riverton, step_hours: int) -> None:
    battle = after_the_cut(riverton, time__step_hours=step_hours, **STOCK[PONTOON])
    assert opened(battle, 48 // step_hours)[0] == [(48 // step_hours, FLOATING)]


@pytest.mark.parametrize(("companies", "hours"), [(0, []), (1, [48, 96]), (2, [48, 48]), (5, [48, 48])])
def test_companies_work_side_by_side_each_on_one_bridge(riverton, companies: int, hours: list[int]) -> None:
    battle = after_the_cut(riverton, bridges__engineers=companies, **STOCK[PONTOON])
    found = opened(battle, 100)
    assert sorted(hour for changes in found.values() for hour, _ in changes) == hours


def test_what_is_ready_soonest_comes_first_and_stock_runs_out(riverton) -> None:
    battle = after_the_cut(riverton, bridges__pontoons=1, bridges__spans=1, bridges__engineers=1)
    found = opened(battle, 24 * 5)
    assert sorted(changes[0] for changes in found.values()) == [(48, FLOATING), (120, SPANNED)]


def test_with_nothing_left_to_open_bridges_are_made_whole_and_the_stock_comes_back(riverton) -> None:
    battle = after_the_cut(riverton, bridges__pontoons=1, bridges__spans=0, bridges__engineers=1)
    found = opened(battle, 2 * 24)
    first = next(b for b, changes in found.items() if changes)
    # The other bridge, still cut, comes before the repair of the first, and there is nothing else for it than repair.
    found = opened(battle, 9 * 24)
    assert found == {first: [], 1 - first: [(216, WHOLE)]}
    assert opened(battle, 9 * 24)[first] == [(216, WHOLE)]
    cut(battle, 0, COALITION, 0)
    assert opened(battle, 48)[0] == [(48, FLOATING)]


@pytest.mark.parametrize(("way", "state"), [(SPAN, SPANNED), (PONTOON, FLOATING)])
def test_what_is_blown_again_is_gone_from_the_stock(riverton, way: int, state: int) -> None:
    one = {"bridges__spans": int(way == SPAN), "bridges__pontoons": int(way == PONTOON)}
    battle = after_the_cut(riverton, **{**STOCK[way], **one})
    battle.bridges.state[0] = state
    cut(battle, 0, DEFENDERS, 0)
    assert battle.counts["spans_lost" if way == SPAN else "pontoons_lost"] == 1
    assert opened(battle, 24 * 8) == {0: [], 1: []}
    assert opened(battle, 24)[0] == [(24, WHOLE)]


def test_pontoons_are_laid_from_the_day_on_which_they_are_at_hand(riverton) -> None:
    day = riverton.time.start + timedelta(days=3)
    battle = after_the_cut(riverton, bridges__pontoons_from=day, **STOCK[PONTOON])
    assert opened(battle, 24 * 6)[0] == [(5 * 24, FLOATING)]


# Security ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("near_share", "done"), [(0.0, 0.0), (0.5, 24.0), (1.0, 48.0)])
def test_from_one_end_they_do_their_share_of_the_work_and_go_on_when_they_have_both(riverton, near_share, done) -> None:
    battle = after_the_cut(riverton, bridges__near_share=near_share, **STOCK[PONTOON])
    battle.ground.control[battle.bridges.end[:, 0]] = HELD
    found = opened(battle, 200)
    if done == 48.0:
        assert found[0] == [(48, FLOATING)]
        return
    assert found == {0: [], 1: []}
    assert battle.bridges.work_h[:, PONTOON].tolist() == [done, done]
    battle.ground.control[battle.bridges.end[:, 0]] = FREED
    assert opened(battle, 200)[0][0] == (48 - done, FLOATING)


def test_nobody_builds_where_defenders_hold_both_ends(riverton) -> None:
    battle = after_the_cut(riverton, **STOCK[PONTOON])
    battle.ground.control[battle.bridges.end.ravel()] = HELD
    assert opened(battle, 100) == {0: [], 1: []}
    assert battle.bridges.work_h.sum() == 0.0


@pytest.mark.parametrize(("metres", "seen", "stops"), [(300, True, True), (300, False, False), (600, True, False)])
def test_a_known_team_near_an_end_stops_the_work_and_what_is_done_is_not_lost(riverton, metres, seen, stops) -> None:
    battle = Battle(riverton, seed=1, **{
        "floods.per_month": 0.0, "bridges.pontoon_days": 2.0, "bridges.pontoons": 5, "bridges.engineers": 5,
        "bridges.bank_secure_m": 500.0, "bridges.demolition": "none",
    })  # fmt: skip
    cut(battle, 0, DEFENDERS, 0)
    battle.ground.control[battle.bridges.end.ravel()] = FREED
    assert opened(battle, 10)[0] == []
    teams = battle.defenders.columns
    teams.cell[0] = battle.bridges.end[0, 1] - metres // 100
    teams.seen_until[0] = 10**6 if seen else -1
    found = opened(battle, 100)[0]
    assert found == ([] if stops else [(38, FLOATING)])
    if stops:
        assert battle.bridges.work_h[0, PONTOON] == 10.0
        teams.seen_until[0] = -1
        assert opened(battle, 100)[0] == [(38, FLOATING)]


def test_the_bridge_nearer_to_what_is_left_to_be_freed_comes_first(riverton) -> None:
    for b in range(2):
        battle = after_the_cut(riverton, bridges__engineers=1, **STOCK[PONTOON])
        q = battle.quarters
        x, y = battle.position(battle.bridges.end[b])
        gap = (q.x - x.mean()) ** 2 + (q.y - y.mean()) ** 2
        q.liberated[:] = True
        q.liberated[np.argmin(np.where(q.area > 0, gap, np.inf))] = False
        found = opened(battle, 48)
        assert [bridge for bridge, changes in found.items() if changes] == [b]


# Floods -----------------------------------------------------------------------------------------------------------------


def test_floods_begin_at_their_rate_and_last_their_days_and_only_in_the_season(riverton) -> None:
    asked = riverton.replace({
        "time.start": date(2016, 9, 1), "time.max_days": 360, "floods.per_month": 0.5, "floods.days": 6.0,
        "floods.first_month": 11, "floods.last_month": 4,
    })  # fmt: skip
    begun, share, season = 0, [], []
    for seed in range(200):
        days = flood_days(asked, seed)
        months = np.array([(asked.time.start + timedelta(days=d)).month for d in range(days.size)])
        inside = (months >= 11) | (months <= 4)
        begun += int((days[1:] & ~days[:-1]).sum())
        share.append(days[inside].mean())
        season.append(int(inside.sum()))
        # Only what began in the season may end after it.
        assert not days[(months >= 7) & (months <= 10)].any()
    per_day = 1.0 - np.exp(-0.5 / (365.25 / 12.0))
    # Floods that begin while one lasts are none of their own: a busy period of an M/G/infinity queue.
    expected = 1.0 - np.exp(-per_day * 6.0)
    assert np.mean(share) == pytest.approx(expected, abs=4.0 * np.std(share) / np.sqrt(200))
    assert begun / 200 == pytest.approx(per_day * season[0] * (1.0 - expected), rel=0.12)


def test_no_rate_means_no_floods_and_policies_do_not_move_them(riverton) -> None:
    assert not flood_days(riverton.replace({"floods.per_month": 0.0, "time.max_days": 400}), 3).any()
    long = riverton.replace({"time.max_days": 300, "floods.per_month": 1.0})
    other = long.replace({"bridges.demolition": "start", "bridges.pontoons": 5, "defenders.fighters": 10})
    assert flood_days(long, 3).any()
    assert np.array_equal(flood_days(long, 3), flood_days(other, 3))
    assert not np.array_equal(flood_days(long, 3), flood_days(long, 4))


def afloat(riverton: Scenario, days: list[int], **changes: object) -> Battle:
    """Both bridges float; the river is in flood on some days."""
    battle = after_the_cut(riverton, **{**STOCK[PONTOON], "floods__carried_away": 0.0, **changes})
    battle.bridges.state[:] = FLOATING
    note_crossings(battle)
    battle.flood_days[:] = False
    battle.flood_days[days] = True
    return battle


def a_day(battle: Battle) -> list[bool]:
    """One day of floods and engineers; which bridges are open at its end."""
    for _ in range(24):
        rise_and_fall(battle)
        build(battle)
        is_open = open_bridges(battle).tolist()
        battle.tick += 1
    return is_open


def test_a_floating_bridge_is_closed_while_the_flood_lasts_and_who_is_on_it_goes_ashore(riverton) -> None:
    battle = afloat(riverton, [1, 2], bridges__engineers=0)
    assert a_day(battle) == [True, True]
    span = battle.grid.bridges[0].span
    move(battle.households.columns, battle.households.lists, 0, int(span[0]))
    battle.households.columns.state[0] = ON_FOOT
    assert a_day(battle) == [False, False]
    assert battle.households.columns.cell[0] in battle.grid.bridges[0].end_cells
    assert not battle.joined[1, 2]
    assert a_day(battle) == [False, False]
    assert a_day(battle) == [True, True]
    assert battle.joined[1, 2]
    told = rows_of(battle.ledger, kind=BRIDGE, cause=FLOOD)
    assert told[:, COUNT].tolist() == [BRIDGE_CUT, BRIDGE_CUT, BRIDGE_PONTOON, BRIDGE_PONTOON]
    assert battle.counts["pontoons_lost"] == 0


def test_what_the_flood_carries_away_is_gone_from_the_stock_too(riverton) -> None:
    battle = afloat(riverton, [1], floods__carried_away=1.0, bridges__pontoons=3, bridges__repair_days=900.0)
    a_day(battle)
    a_day(battle)
    assert battle.bridges.state.tolist() == [CUT, CUT]
    assert battle.counts["pontoons_lost"] == 2
    # One of three is left; it is laid after the flood, the other bridge has to be repaired.
    for _ in range(4):
        a_day(battle)
    assert sorted(battle.bridges.state.tolist()) == sorted([FLOATING, CUT])


@pytest.mark.parametrize("chance", [0.2, 0.7])
def test_each_floating_bridge_is_carried_away_with_its_chance(riverton, chance: float) -> None:
    battle = afloat(riverton, [], floods__carried_away=chance, bridges__engineers=0, time__max_days=60)
    lost = 0
    for trial in range(150):
        battle.bridges.state[:] = FLOATING
        battle.tick = battle.ticks_per_day * (1 + trial % 59)
        battle.seed = trial
        battle.flood_days[:] = False
        battle.flood_days[battle.day] = True
        rise_and_fall(battle)
        lost += int((battle.bridges.state == CUT).sum())
    assert abs(lost / 300 - chance) < 4.0 * np.sqrt(chance * (1 - chance) / 300)


@pytest.mark.parametrize(("way", "hours"), [(REPAIR, 216 + 48), (SPAN, 72), (PONTOON, 48 + 48)])
def test_a_flood_stops_work_on_the_water_but_no_launching_of_spans(riverton, way: int, hours: int) -> None:
    battle = after_the_cut(riverton, **STOCK[way])
    battle.flood_days[[1, 2]] = True
    assert opened(battle, 300)[0][0] == (hours, STATE[way])


def test_boats_are_fewer_and_slower_in_a_flood(riverton) -> None:
    battle = after_the_cut(riverton, bridges__engineers=0, floods__boats=0.5, movement__boat_persons_per_h=50.0)
    battle.entry_open[:] = True
    water = battle.grid.bank == 0
    battle.flood_days[1] = True
    flows, slow = [], []
    for _ in range(3):
        note_crossings(battle)
        find_ways_out(battle)
        flows.append(1.0 / battle.crossing.person_h[-1])
        slow.append(set(battle.civil_slow[water].tolist()) - {0})  # 0 is out of reach of land that nobody holds
        battle.tick += 24
    assert flows == pytest.approx([50.0, 25.0, 50.0])
    assert slow == [{200}, {400}, {200}]
