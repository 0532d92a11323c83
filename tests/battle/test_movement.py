"""Movement in whole battles: nobody is faster than their legs, wades, or is where they cannot have come from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import Moment, watch

from sim.agents.codes import (
    AT_HOME,
    DRIVEN,
    GONE,
    HOSTED,
    IN_CAMP,
    ON_FOOT,
    ON_ROAD,
    SHELTERING,
    TO_HOUSE,
    TRAPPED,
)
from sim.battle import Battle
from sim.kernels.fields import distance_field

if TYPE_CHECKING:
    from collections.abc import Iterator

STAY = {AT_HOME, SHELTERING, TRAPPED}
OFF_GRID = [ON_ROAD, IN_CAMP, HOSTED, GONE]
# What a household may become within one tick: it is driven, decides, then walks, and may reach the road in the same tick.
ALLOWED: dict[int, set[int]] = {
    AT_HOME: STAY | {DRIVEN, ON_FOOT, ON_ROAD, TO_HOUSE, GONE},
    SHELTERING: STAY | {DRIVEN, ON_FOOT, ON_ROAD, TO_HOUSE, GONE},
    TRAPPED: STAY | {DRIVEN, ON_FOOT, ON_ROAD, TO_HOUSE, GONE},
    DRIVEN: STAY | {DRIVEN, ON_FOOT, ON_ROAD, TO_HOUSE, GONE},
    ON_FOOT: {ON_FOOT, ON_ROAD, TRAPPED, TO_HOUSE, AT_HOME, GONE},
    # The way back begins within a tick of its own.
    ON_ROAD: {ON_ROAD, IN_CAMP, HOSTED, TO_HOUSE, AT_HOME},
    IN_CAMP: {IN_CAMP, ON_ROAD},
    HOSTED: {HOSTED, ON_ROAD},
    TO_HOUSE: {TO_HOUSE, AT_HOME, GONE},
    GONE: {GONE},
}
# Everyone is urged to go, and can: many families on the move, by day and by night.
FLIGHT = {
    "flight.message": "leave", "flight.message_weight": 14.0, "flight.rate_per_h": 0.05, "coercion.stopped": 0.2,
    "coercion.turned_back_per_km": 1.0, "flight.kin": 2.0, "movement.boat_m_per_h": 0.0,
}  # fmt: skip
VARIANTS: dict[str, dict[str, object]] = {
    "1 h": {},
    "6 h": {"time.step_hours": 6},
    "bridges struck": {"bridges.strikes": {"Upper Bridge": date(2016, 10, 19), "Lower Bridge": date(2016, 10, 20)}},
    "boats": {"movement.boat_m_per_h": 400.0, "bridges.demolition": "start", "bridges.success": 1.0, "bridges.engineers": 0},
    "shields": {"coercion.shield_share": 1.0, "defenders.withdraw_lost_share": 0.1, "flight.rate_per_h": 0.02},
}
DAYS = 12


@pytest.fixture(scope="module", params=VARIANTS)
def moments(request: pytest.FixtureRequest, riverton) -> list[Moment]:
    battle = Battle(riverton, seed=4, **{**FLIGHT, **VARIANTS[request.param]})
    seen: list[Moment] = []

    def keep(moment: Moment) -> None:
        moment.after["civil_slow"] = battle.civil_slow.copy()
        moment.after["entry"] = battle.households.columns.entry.copy()
        moment.after["goal"] = battle.households.columns.goal.copy()
        moment.after["own_house"] = _own_house(battle)
        moment.after["routes_slow"] = battle.routes.slow.copy()
        seen.append(moment)
        if moment.tick == 0:
            _send_teams(battle)

    watch(battle, keep, DAYS * battle.ticks_per_day)
    left = int(np.isin(seen[-1].after["state"], OFF_GRID).sum())
    assert left > 200, "hardly anyone moved"
    driven = sum(int((moment.after["state"] == DRIVEN).sum()) for moment in seen)
    assert driven > 50 or request.param != "shields", "hardly anyone was driven"
    return seen


def _own_house(battle: Battle) -> np.ndarray:
    """Whether each household is at home, at its kin's, or where it was turned back to."""
    people = battle.households.columns
    kin = np.where(people.kin >= 0, people.home[people.kin], -1)
    return (people.cell == people.home) | (people.cell == kin) | (battle.near_built[people.cell] == people.cell)


def _send_teams(battle: Battle) -> None:
    """Order every team to another quarter of its bank, so that teams are on the move whatever command thinks."""
    q = battle.quarters
    for team in battle.defenders:
        others = np.flatnonzero((q.bank == battle.grid.bank[team.cell]) & (np.arange(q.bank.size) != team.quarter))
        team.quarter = int(others[0])
        team.target = int(q.cells[q.start[others[0]]])
        team.order = "move"


def _ashore(moment: Moment) -> np.ndarray:
    """Cells of spans that fell in this tick: those on them are put ashore."""
    fell = moment.before["bridges"] & ~moment.after["bridges"]
    spans = [moment.battle.grid.bridges[b].span for b in np.flatnonzero(fell)]
    return np.concatenate(spans) if spans else np.zeros(0, np.int64)


def _walks(moment: Moment) -> Iterator[tuple[int, float]]:
    """Households that moved in a tick, and the metres in the open that their way was worth at the least.

    Who is driven, or on the way to a house, goes as units do, over ground that families would go around.
    """
    grid = moment.battle.grid
    walked, driven = moment.after["civil_slow"], moment.after["routes_slow"]
    either = np.where((walked > 0) & (driven > 0), np.minimum(walked, driven), np.maximum(walked, driven))
    by_streets = np.isin(moment.before["state"], [DRIVEN, TO_HOUSE]) | np.isin(moment.after["state"], [TO_HOUSE, AT_HOME])
    follow = by_streets | ((moment.before["state"] != ON_FOOT) & (moment.after["goal"] >= 0))
    start, end = moment.before["cell"], moment.after["cell"].copy()
    out = (end < 0) & (moment.after["state"] == ON_ROAD)
    end[out] = grid.offgrid.entry_cell[moment.after["entry"][out]]
    moved = np.flatnonzero((start >= 0) & (end >= 0) & (start != end) & ~np.isin(start, _ashore(moment)))
    for rows, slow in ((moved[~follow[moved]], walked), (moved[follow[moved]], either)):
        for cell in np.unique(start[rows]):
            cost = distance_field(slow, np.array([cell], np.int32), grid.nx, grid.ny, np.iinfo(np.int32).max - 1)
            for row in rows[start[rows] == cell]:
                yield int(row), float(cost[end[row]]) / 100.0 * grid.cell_m


def _pace(moment: Moment) -> float:
    """Metres in the open that a family can walk in this tick."""
    p = moment.battle.scenario.displacement
    return p.walk_m_per_h * (p.night if moment.night else 1.0) * moment.battle.dt_h


def test_no_household_goes_farther_than_its_speed_times_the_passable_path(moments: list[Moment]) -> None:
    n = moments[0].before["cell"].size
    budget, gone = np.zeros(n), np.zeros(n)
    walks = 0
    for moment in moments:
        moved = moment.before["cell"] != moment.after["cell"]
        moving = [ON_FOOT, DRIVEN, TO_HOUSE]
        walking = moved | np.isin(moment.before["state"], moving) | np.isin(moment.after["state"], moving)
        budget[walking] += _pace(moment)
        for row, metres in _walks(moment):
            gone[row] += metres
            walks += 1
            assert gone[row] <= budget[row] + 1e-6, f"tick {moment.tick}: household {row} walked {gone[row]} of {budget[row]} m"
    assert walks > 200


def test_no_household_makes_up_for_more_than_one_cell_of_saved_time(moments: list[Moment]) -> None:
    cell_m = moments[0].battle.grid.cell_m
    for moment in moments:
        one_step = 14 * max(int(moment.after[name].max()) for name in ("civil_slow", "routes_slow")) / 100.0 * cell_m
        for row, metres in _walks(moment):
            assert metres <= _pace(moment) + one_step, f"tick {moment.tick}: household {row}"


def test_nobody_on_foot_is_in_the_water_but_on_an_open_span_or_in_a_boat(moments: list[Moment]) -> None:
    battle = moments[0].battle
    boats = battle.scenario.movement.boat_m_per_h > 0
    afloat = 0
    for moment in moments:
        dry = battle.grid.passable(moment.after["bridges"])
        cells = moment.after["cell"]
        wet = (cells >= 0) & ~dry[cells]
        afloat += int(wet.sum())
        if boats:
            assert set(moment.after["civil_slow"][~dry].tolist()) <= {0, round(10 * 2000.0 / 400.0)}
            assert set(moment.after["state"][wet].tolist()) <= {ON_FOOT, TRAPPED}
        else:
            assert not wet.any()
            assert (moment.after["civil_slow"][~dry] == 0).all()
    assert (afloat > 0) == boats


def test_states_follow_one_another_as_they_may(moments: list[Moment]) -> None:
    seen = set()
    for moment in moments:
        seen |= set(zip(moment.before["state"].tolist(), moment.after["state"].tolist(), strict=True))
    assert {(a, b) for a, b in seen if b not in ALLOWED[a]} == set()
    assert {ON_FOOT, ON_ROAD, IN_CAMP, HOSTED, TO_HOUSE} <= {b for _, b in seen}


def test_those_who_are_driven_come_to_their_goal_or_to_freed_ground_on_their_own_bank(moments: list[Moment]) -> None:
    battle = moments[0].battle
    bank, quarter = battle.grid.bank, battle.ground.quarter
    for moment in moments:
        before, after, goal = moment.before, moment.after, moment.after["goal"]
        rows = np.flatnonzero(after["state"] == DRIVEN)
        assert (goal[rows] >= 0).all()
        assert (bank[after["cell"][rows]] == battle.quarters.bank[goal[rows]]).all()
        done = np.flatnonzero((before["state"] == DRIVEN) & (after["state"] == TRAPPED))
        assert (quarter[after["cell"][done]] == goal[done]).all()


def test_only_those_on_foot_or_driven_change_their_place(moments: list[Moment]) -> None:
    for moment in moments:
        changed = moment.before["cell"] != moment.after["cell"]
        changed &= ~np.isin(moment.before["cell"], _ashore(moment))
        # Who comes back by road stands on the edge of the grid.
        changed &= (moment.before["cell"] >= 0) | (moment.after["state"] != TO_HOUSE)
        before, after = moment.before["state"][changed], moment.after["state"][changed]
        # By road back to the edge of the grid, and on from there.
        assert np.isin(before, [AT_HOME, SHELTERING, TRAPPED, ON_FOOT, DRIVEN, TO_HOUSE, ON_ROAD]).all()
        arrived = (moment.after["goal"][changed] >= 0) & np.isin(after, [AT_HOME, SHELTERING, DRIVEN])
        arrived |= moment.after["own_house"][changed] & (after == AT_HOME)
        assert (arrived | np.isin(after, [ON_FOOT, ON_ROAD, TRAPPED, TO_HOUSE, GONE])).all()
        left = changed & (moment.after["cell"] < 0) & (moment.after["state"] == ON_ROAD)
        assert (moment.after["entry"][left] >= 0).all()


def test_off_the_grid_are_those_on_the_road_in_camps_with_hosts_and_dead(moments: list[Moment]) -> None:
    for moment in moments:
        off = moment.after["cell"] < 0
        assert np.array_equal(off, np.isin(moment.after["state"], OFF_GRID))


def test_the_dead_die_on_the_grid(moments: list[Moment]) -> None:
    for moment in moments:
        fell = moment.after["members"] < moment.before["members"]
        assert (moment.before["cell"][fell] >= 0).all()
        assert (moment.after["members"] <= moment.before["members"]).all()


def test_units_are_never_in_the_water_without_an_open_bridge(moments: list[Moment]) -> None:
    for moment in moments:
        dry = moment.battle.grid.passable(moment.after["bridges"])
        for name in ("platoon_cell", "team_cell"):
            cells = moment.after[name]
            assert dry[cells[cells >= 0]].all(), f"{name} at tick {moment.tick}"


@pytest.mark.parametrize("unit", ["platoon", "team"])
def test_no_unit_goes_faster_than_its_speed(moments: list[Moment], unit: str) -> None:
    battle = moments[0].battle
    p, grid = battle.scenario.movement, battle.grid
    speed = {"platoon": p.platoon_m_per_h, "team": p.team_m_per_h}[unit]
    one_step = 14 * int(battle.routes.slow.max()) / 100.0 * grid.cell_m
    # A platoon keeps what searching left of earlier ticks, so it is held to its budget as a whole; a team keeps only what
    # its next step lacks.
    kept = {"platoon": np.inf, "team": 0.0}[unit]
    budget, gone = np.zeros(moments[0].before[f"{unit}_cell"].size), np.zeros(moments[0].before[f"{unit}_cell"].size)
    moves = 0
    for moment in moments:
        start, end = moment.before[f"{unit}_cell"], moment.after[f"{unit}_cell"]
        budget[end >= 0] += speed * battle.dt_h
        if not np.array_equal(moment.before["bridges"], moment.after["bridges"]):
            continue
        moved = np.flatnonzero((start >= 0) & (end >= 0) & (start != end))
        moves += moved.size
        for row in moved:
            reach = distance_field(
                moment.after["routes_slow"], start[[row]].astype(np.int32), grid.nx, grid.ny, np.iinfo(np.int32).max - 1
            )
            metres = reach[end[row]] / 100.0 * grid.cell_m
            gone[row] += metres
            assert metres <= speed * battle.dt_h + one_step + kept, f"tick {moment.tick}: {unit} {row}"
    assert moves > 0
    assert (gone <= budget).all()
