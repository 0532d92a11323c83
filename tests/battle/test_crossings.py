"""Crossings: queues with a known rate on bridges and boats, and what a wait does to families."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import NO_ENEMY, quiet

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, AT_HOME, FREED, HELD, IN_CAMP, ON_FOOT, TEAM_MOVE, TRAPPED
from sim.agents.households import move as move_family
from sim.battle import Battle
from sim.battle.bridges import CUT, FLOATING, SPANNED, WHOLE
from sim.battle.crossing import FIGHTERS, PERSONS, PLATOONS, flow, give_room, has_room, note_crossings, step_on, too_long
from sim.battle.flight import cut_off, weigh
from sim.battle.journey import find_ways_out, list_travellers, travel
from sim.battle.movement import move
from sim.kernels.fields import DX, DY

if TYPE_CHECKING:
    from sim.scenario import Scenario

ONLY_UPPER = {"bridges.demolition": "none", "isr.bad_weather": 0.0, "sensing.dawn_h": 0, "sensing.dusk_h": 24}
BOATS = 2


def by_day(riverton: Scenario, **changes: object) -> Battle:
    """A battle without an enemy and without nights; the upper bridge alone stands."""
    battle = quiet(riverton, **{**{k.replace(".", "__"): v for k, v in ONLY_UPPER.items()}, **changes})
    assert not battle.night
    set_states(battle, WHOLE, CUT)
    return battle


def set_states(battle: Battle, *states: int) -> None:
    battle.bridges.state[:] = states
    note_crossings(battle)


def ends(battle: Battle) -> tuple[int, int]:
    """Land beside the upper bridge: to the north, to the south."""
    a, b = battle.grid.bridges[0].end_cells
    return (a, b) if battle.grid.bank[a] == 1 else (b, a)


def quarter_of(battle: Battle, bank: int) -> int:
    """The quarter of a bank that lies farthest from the bridge."""
    q = battle.quarters
    x, y = battle.position(np.array([ends(battle)[0]]))
    there = np.flatnonzero((q.bank == bank) & (q.area > 0))
    return int(there[np.argmax((q.x[there] - x) ** 2 + (q.y[there] - y) ** 2)])


def queue_platoons(battle: Battle, n: int) -> None:
    """Platoons at the southern end that are ordered north."""
    platoons = battle.liberators.columns
    rows = np.arange(n)
    platoons.cell[rows], platoons.order[rows], platoons.role[rows] = ends(battle)[1], ASSAULT, ASSAULT_ROLE
    platoons.objective[rows], platoons.hours[rows] = quarter_of(battle, 1), 0.0
    battle.units.update(battle.defenders.columns, platoons)


def queue_families(battle: Battle, n: int, cell: int) -> np.ndarray:
    """The first families stand at a cell, on their way; all others are where they cannot matter. Returns persons."""
    people = battle.households.columns
    people.state[:] = AT_HOME
    for row in range(n):
        move_family(people, battle.households.lists, row, cell)
        people.state[row] = ON_FOOT
    battle.travellers = np.arange(n, dtype=np.int32)
    return people.members[:n]


def way_out_in_the_north(battle: Battle) -> None:
    battle.entry_open[:] = battle.grid.offgrid.entry_bank == 1
    find_ways_out(battle)


def counted(battle: Battle, act, hours: int, crossing: int, who: int) -> np.ndarray:
    """What has passed a crossing after each tick of so many hours."""
    passed = []
    for _ in range(round(hours / battle.dt_h)):
        act(battle)
        passed.append(int(battle.crossing.passed[crossing, who]))
        battle.tick += 1
    return np.array(passed)


# Queues with a known rate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_hours", [1, 2, 3, 6])
@pytest.mark.parametrize("rate", [0.25, 2.0, 7.3])
def test_platoons_cross_at_the_rate_of_the_bridge_whatever_the_tick(riverton, rate: float, step_hours: int) -> None:
    battle = by_day(riverton, bridges__platoons_per_h=rate, time__step_hours=step_hours)
    queue_platoons(battle, 60)
    passed = counted(battle, move, 24, 0, PLATOONS)
    hours = step_hours * np.arange(1, passed.size + 1)
    demand = passed < 60
    assert demand[0]
    # One more than its share may be on it: the last one owes the rest of its time.
    assert (passed <= rate * hours + 1.0).all()
    # The first hours go to reaching the span.
    assert (passed[demand] >= rate * (hours[demand] - step_hours) - 1.0).all()


@pytest.mark.parametrize("persons_per_agent", [6.0, 60.0])
@pytest.mark.parametrize("rate", [10.0, 90.0])
def test_families_cross_at_the_rate_of_the_bridge_however_many_an_agent_stands_for(riverton, rate, persons_per_agent) -> None:
    battle = by_day(riverton, bridges__persons_per_h=rate, population__persons_per_agent=persons_per_agent)
    members = queue_families(battle, 60, ends(battle)[1])
    way_out_in_the_north(battle)

    def act(b: Battle) -> None:
        give_room(b)
        travel(b)

    passed = counted(battle, act, 12, 0, PERSONS)
    hours = np.arange(1, passed.size + 1)
    demand = passed < members.sum()
    assert demand[2]
    assert (passed <= rate * hours + members.max()).all()
    assert (passed[demand] >= rate * (hours[demand] - 1)).all()


@pytest.mark.parametrize(("state", "share"), [(WHOLE, 1.0), (SPANNED, 0.5), (FLOATING, 0.25)])
def test_spans_and_floating_bridges_carry_their_share(riverton, state: int, share: float) -> None:
    battle = by_day(riverton, bridges__persons_per_h=100.0, bridges__span_share=0.5, bridges__pontoon_share=0.25)
    set_states(battle, state, CUT)
    queue_families(battle, 300, ends(battle)[1])
    way_out_in_the_north(battle)

    def act(b: Battle) -> None:
        give_room(b)
        travel(b)

    passed = counted(battle, act, 10, 0, PERSONS)
    assert passed[-1] - passed[3] == pytest.approx(600.0 * share, abs=15)


@pytest.mark.parametrize(("platoons_per_h", "share"), [(0, 1.0), (4, 0.5), (8, 0.0)])
def test_units_go_first_and_leave_families_what_is_left(riverton, platoons_per_h: int, share: float) -> None:
    battle = by_day(riverton, bridges__platoons_per_h=8.0, bridges__persons_per_h=100.0)
    queue_families(battle, 300, ends(battle)[1])
    way_out_in_the_north(battle)
    units = battle.liberators.columns
    for hour in range(8):
        rows = np.arange(hour * platoons_per_h, (hour + 1) * platoons_per_h)
        units.cell[rows], units.order[rows], units.hours[rows] = ends(battle)[1], ASSAULT, 5.0
        units.objective[rows] = quarter_of(battle, 1)
        battle.units.update(battle.defenders.columns, units)
        move(battle)
        travel(battle)
        battle.tick += 1
    assert battle.crossing.passed[0, PLATOONS] == pytest.approx(8 * platoons_per_h, abs=1)
    assert battle.crossing.passed[0, PERSONS] == pytest.approx(800 * share, abs=60)


def test_teams_use_a_bridge_as_so_many_persons(riverton) -> None:
    battle = Battle(riverton, seed=1, **{**ONLY_UPPER, "bridges.persons_per_h": 6.0, "specialists.leader_share": 0.0})
    set_states(battle, WHOLE, CUT)
    teams, q = battle.defenders.columns, quarter_of(battle, 1)
    rows = np.flatnonzero(teams.strength > 0)
    teams.cell[rows], teams.order[rows], teams.quarter[rows] = ends(battle)[1], TEAM_MOVE, q
    teams.target[rows] = battle.quarters.cells[battle.quarters.start[q]]
    battle.units.update(teams, battle.liberators.columns)
    passed = counted(battle, move, 8, 0, FIGHTERS)
    assert 6 * 7 - 6 <= passed[-1] <= 6 * 8 + 6


def test_boats_take_so_many_by_day_and_fewer_by_night(riverton) -> None:
    changes = {"movement__boat_m_per_h": 400.0, "movement__boat_persons_per_h": 50.0}
    flows = []
    for night in (False, True):
        dark = {"sensing__dawn_h": 12, "sensing__dusk_h": 12} if night else {}
        battle = by_day(riverton, **changes) if not night else quiet(riverton, bridges__demolition="none", **changes, **dark)
        set_states(battle, CUT, CUT)
        assert battle.night == night
        queue_families(battle, 300, ends(battle)[1])
        battle.ground.control[battle.ground.control == HELD] = FREED
        way_out_in_the_north(battle)

        def act(b: Battle) -> None:
            give_room(b)
            travel(b)

        passed = counted(battle, act, 10, BOATS, PERSONS)
        flows.append(passed[-1] - passed[3])
    assert flows[0] == pytest.approx(300, abs=12)
    assert flows[1] == pytest.approx(300 * riverton.displacement.night, abs=12)


def _room(battle: Battle, cell: int, to: int) -> bool:
    return has_room(battle.crossing.of, battle.crossing.room, cell, to)


def _step(battle: Battle, cell: int, to: int, who: int, count: int) -> None:
    c = battle.crossing
    step_on(c.of, c.room, c.person_h, c.passed, cell, to, who, count)


def test_room_that_nobody_uses_is_lost_and_what_is_owed_is_paid(riverton) -> None:
    battle = by_day(riverton, bridges__persons_per_h=100.0)
    for _ in range(50):
        give_room(battle)
        battle.tick += 1
    assert battle.crossing.room[0] == 1.0
    south, span = ends(battle)[1], int(battle.grid.bridges[0].span[0])
    assert _room(battle, south, span)
    _step(battle, south, span, PERSONS, 350)
    assert battle.crossing.room[0] == pytest.approx(-2.5)
    waits = 0
    while not _room(battle, south, span):
        give_room(battle)
        waits += 1
    assert waits == 3


def test_stepping_along_a_bridge_and_over_land_needs_no_room(riverton) -> None:
    battle = by_day(riverton)
    span, (north, south) = int(battle.grid.bridges[0].span[0]), ends(battle)
    battle.crossing.room[:] = -1.0
    assert not _room(battle, south, span)
    assert _room(battle, span, span)
    assert _room(battle, span, north)
    _step(battle, span, north, PERSONS, 9)
    assert battle.crossing.passed.sum() == 0


# What a wait does --------------------------------------------------------------------------------------------------------


def test_who_finds_no_room_is_counted_and_where(riverton) -> None:
    battle = by_day(riverton, bridges__persons_per_h=1.0)
    members = queue_families(battle, 50, ends(battle)[1])
    way_out_in_the_north(battle)
    for _ in range(3):
        give_room(battle)
        travel(battle)
    crossed = int(battle.crossing.passed[0, PERSONS])
    assert 0 < crossed < members.sum()
    assert battle.crossing.waiting.tolist() == [members.sum() - crossed, 0, 0]
    battle.households.columns.state[:] = AT_HOME
    travel(battle)
    assert battle.crossing.waiting.sum() == 0


EAGER = {
    "flight__base": 30.0, "flight__rate_per_h": 10.0, "flight__message": "leave", "flight__message_weight": 0.0,
    "flight__retry_per_h": 10.0, "population__kin_share": 0.0, "coercion__enabled": False, "time__step_hours": 6,
}  # fmt: skip


@pytest.mark.parametrize("patience_h", [6.0, 24.0])
def test_no_more_set_out_than_the_crossings_take_while_they_bear_to_wait(riverton, patience_h: float) -> None:
    """All want to go at once and the way out lies across; who had to stay goes as soon as there is room, and not before."""
    battle = by_day(
        riverton, bridges__persons_per_h=10.0, displacement__patience_h=patience_h, movement__boat_m_per_h=0.0,
        **EAGER,
    )
    way_out_in_the_north(battle)
    people, south = battle.households.columns, battle.grid.bank[battle.households.columns.cell] == 2
    weigh(battle)
    on_foot = people.state == ON_FOOT
    queue = people.members[on_foot & south].sum()
    assert 10.0 * patience_h <= queue <= 10.0 * patience_h + people.members.max()
    assert (people.state[south & ~on_foot] == TRAPPED).mean() > 0.95
    assert (people.state[~south] == ON_FOOT).mean() > 0.95
    assert cut_off(battle) == people.members[south & (people.state == TRAPPED)].sum()
    weigh(battle)
    assert people.members[(people.state == ON_FOOT) & south].sum() == queue
    gone = np.flatnonzero(on_foot & south)[:10]
    people.state[gone] = IN_CAMP
    list_travellers(battle)
    weigh(battle)
    assert (people.state[south] == ON_FOOT).sum() == pytest.approx((on_foot & south).sum(), abs=3)


def test_a_bank_with_a_way_out_of_its_own_needs_no_crossing(riverton) -> None:
    battle = by_day(riverton)
    way_out_in_the_north(battle)
    assert np.array_equal(battle.overland, battle.grid.bank == 1)
    battle.entry_open[:] = True
    find_ways_out(battle)
    assert np.array_equal(battle.overland, battle.grid.bank > 0)
    battle.entry_open[:] = False
    find_ways_out(battle)
    assert not battle.overland.any()


def test_families_who_wait_too_long_take_another_way_where_there_is_one(riverton) -> None:
    battle = by_day(riverton, bridges__persons_per_h=100.0, movement__boat_m_per_h=0.0)
    battle.entry_open[:] = True
    south = ends(battle)[1]
    # The nearest way out lies across: only one far away is left on this bank.
    mine = np.flatnonzero(battle.grid.offgrid.entry_bank == 2)
    battle.entry_open[mine[1:]] = False
    find_ways_out(battle)

    def banks_on_the_way() -> set[int]:
        cell, seen = south, set()
        while battle.exits[cell] > 0:
            k = int(battle.onward[cell])
            cell += int(DX[k]) + battle.grid.nx * int(DY[k])
            seen.add(int(battle.grid.bank[cell]))
        return seen

    across = battle.exits[south]
    before = banks_on_the_way()
    battle.crossing.waiting[0] = 10**6
    assert too_long(battle) == (True, False)
    find_ways_out(battle)
    assert banks_on_the_way() == {2}
    assert 1 in before or across == battle.exits[south]


def test_cut_off_are_the_trapped_who_have_no_way_out(riverton) -> None:
    battle = by_day(riverton, movement__boat_m_per_h=0.0)
    people = battle.households.columns
    set_states(battle, CUT, CUT)
    way_out_in_the_north(battle)
    assert sum(flow(battle)) == 0.0
    people.state[:] = TRAPPED
    south = battle.grid.bank[people.cell] == 2
    assert 0 < cut_off(battle) == people.members[south].sum() < people.members.sum()


# Directions on paired seeds ----------------------------------------------------------------------------------------------

# Everybody is told to leave and can, but the way out lies in the south alone.
SOUTH_ALONE = {
    **NO_ENEMY, "flight.base": 0.0, "flight.rate_per_h": 0.15, "flight.message": "leave", "coercion.enabled": False,
    "liberators.axes.north": None, "liberators.axes.south.forces.northern": 1.0, "time.max_days": 10,
    "bridges.demolition": "none", "liberators.redeploy_days": 100.0, "movement.boat_m_per_h": 0.0,
}  # fmt: skip
BLOWN = {"bridges.demolition": "start", "bridges.success": 1.0, "bridges.engineers": 0, "defenders.fighters": 6}


def left(riverton: Scenario, seed: int, **changes: object) -> tuple[float, float, float]:
    """Persons who left the city, the most who were cut off once the way in the south was open, the most who waited."""
    asked = {**SOUTH_ALONE, **{key.replace("__", "."): value for key, value in changes.items()}}
    run = Battle(riverton, seed=seed, check=True, **asked).run()
    later = run.daily[run.daily["left_city"] > 0]
    return run.summary["left_city"], later["cut_off"].max(), run.summary["waiting_to_cross_peak"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_blown_bridges_and_few_boats_trap_those_whose_way_out_lies_across(riverton, seed: int) -> None:
    standing = left(riverton, seed)
    no_boats = left(riverton, seed, **BLOWN)
    boats = left(riverton, seed, **BLOWN, movement__boat_m_per_h=100.0, movement__boat_persons_per_h=5.0)
    assert standing[0] > boats[0] > no_boats[0]
    assert boats[1] > 1000
    assert no_boats[1] > 1000
    assert boats[2] > 20
    assert standing[1] == standing[2] == no_boats[2] == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tiny_capacity_holds_up_those_who_must_cross_and_a_large_one_nobody(riverton, seed: int) -> None:
    large = left(riverton, seed, bridges__persons_per_h=1e6)
    shipped = left(riverton, seed)
    tiny = left(riverton, seed, bridges__persons_per_h=2.0)
    assert large[0] == shipped[0] > tiny[0]
    assert tiny[1] > 1000
    assert tiny[2] > 20
    assert large[1] == large[2] == 0
