"""Ways out of the city: left open as a corridor, or closed by a ring; and what that means to the defenders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import NO_ENEMY
from lines_tools import SOUTH_FIELD, index, posted, station

from sim.agents.codes import CORDON, MARCH, TEAM_ESCAPE, TEAM_LAST_STAND
from sim.battle import Battle
from sim.battle.approach import IN_CITY, WAITING
from sim.battle.ring import close_ways
from sim.battle.withdrawal import escape, find_ways

if TYPE_CHECKING:
    from sim.scenario import Scenario

# A force that stays outside, on the northern axis; the southern one comes much later.
OUTSIDE = {
    "liberators.forces.watch": {"strength": 1200, "may_enter": False}, "liberators.axes.north.forces.watch": 1.0,
    "liberators.ring_platoons": 6, "liberators.axes.south.date": dt.date(2016, 12, 1),
}  # fmt: skip


def _arrived(scenario: Scenario, **changes: object) -> Battle:
    """The northern axis has come in; its outside force stands around the way in, nobody else is there."""
    battle = Battle(scenario, seed=1, **{**NO_ENEMY, **OUTSIDE, **changes})
    platoons, axes = battle.liberators.columns, battle.axes
    assert axes.state.tolist() == [WAITING, WAITING]
    axes.state[0] = IN_CITY
    watch = _watch(battle)
    platoons.cell[watch] = battle.grid.offgrid.entry_cell[axes.entry[0]]
    platoons.order[watch] = CORDON
    index(battle)
    return battle


def _watch(battle: Battle) -> np.ndarray:
    platoons = battle.liberators.columns
    return np.flatnonzero(~battle.liberators.forces.may_enter[platoons.force] & (platoons.axis == 0))


def test_the_way_by_which_an_axis_came_in_is_closed_and_a_corridor_leaves_the_others_open(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "corridor"})
    for _ in range(5):
        close_ways(battle)
        battle.tick += battle.ticks_per_day
    closed = np.flatnonzero(battle.way_closed)
    assert closed.tolist() == [battle.axes.entry[0]]
    assert not (battle.liberators.columns.order[_watch(battle)] == MARCH).any()


def test_an_encirclement_sends_just_enough_of_those_outside_around_by_road(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "encirclement"})
    platoons, offgrid = battle.liberators.columns, battle.grid.offgrid
    strength = int(platoons.strength.sum())
    for _ in range(3):
        close_ways(battle)
    sent = np.flatnonzero(platoons.arrive >= 0)
    assert np.isin(sent, _watch(battle)).all()
    assert sent.size == 6, "and not again while they are on the road"
    other = int(offgrid.entry_cell[1 - battle.axes.entry[0]])
    assert (platoons.arrive_cell[sent] == other).all()
    km = float(np.min(offgrid.km[:, battle.axes.entry[0]] + offgrid.km[:, 1 - battle.axes.entry[0]]))
    assert (platoons.arrive[sent] - battle.tick == np.ceil(km / riverton.movement.road_km_per_h)).all()
    assert platoons.strength.sum() == strength


@pytest.mark.parametrize("ring", ["corridor", "encirclement"])
def test_the_last_way_out_is_closed_only_by_an_encirclement(riverton, ring: str) -> None:
    battle = _arrived(riverton, **{"liberators.ring": ring})
    for _ in range(24 * 3):
        battle.step()
    assert battle.axes.state[1] != IN_CITY
    assert battle.way_closed.all() == (ring == "encirclement")
    assert find_ways(battle).exits.any() == (ring == "corridor")


@pytest.mark.parametrize("there", [5, 6])
def test_a_way_is_closed_by_so_many_platoons_near_it_and_by_no_fewer(riverton, there: int) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "corridor"})
    platoons, offgrid = battle.liberators.columns, battle.grid.offgrid
    other = 1 - int(battle.axes.entry[0])
    platoons.cell[_watch(battle)[:there]] = offgrid.entry_cell[other]
    close_ways(battle)
    assert battle.way_closed[other] == (there >= 6)


def test_who_stands_too_far_or_has_nobody_left_closes_nothing(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "corridor", "liberators.ring_m": 500.0})
    platoons, other = battle.liberators.columns, 1 - int(battle.axes.entry[0])
    at, rows = int(battle.grid.offgrid.entry_cell[other]), _watch(battle)
    platoons.cell[rows] = at + int(600.0 / battle.grid.cell_m)
    close_ways(battle)
    assert not battle.way_closed[other]
    platoons.cell[rows], platoons.strength[rows] = at, 0
    close_ways(battle)
    assert not battle.way_closed[other]


def test_a_force_too_small_for_a_ring_stays_where_it_is(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "encirclement", "liberators.ring_platoons": 30})
    assert _watch(battle).size < 60
    close_ways(battle)
    assert not (battle.liberators.columns.arrive >= 0).any()


def test_forces_that_fight_in_the_city_are_not_sent_to_a_ring(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.ring": "encirclement"})
    battle.liberators.forces.may_enter[:] = True
    close_ways(battle)
    assert not (battle.liberators.columns.arrive >= 0).any()


def test_a_ring_turns_a_flight_into_a_last_stand(riverton) -> None:
    battle = posted(riverton, **{"defenders.escape_share": 1.0, "liberators.ring_platoons": 4})
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    rows = np.flatnonzero(teams.strength > 0)
    station(battle, rows, SOUTH_FIELD)
    teams.order[rows], teams.quarter[rows] = TEAM_LAST_STAND, -1
    ways = battle.grid.offgrid.entry_cell
    for i, way in enumerate(ways.tolist()):
        close_ways(battle)
        escape(battle, rows, find_ways(battle))
        assert (teams.order[rows] == TEAM_ESCAPE).all(), "a way is still open"
        platoons.cell[4 * i : 4 * i + 4] = way
    close_ways(battle)
    escape(battle, rows, find_ways(battle))
    assert (teams.order[rows] == TEAM_LAST_STAND).all()
