"""Movement never jumps over contact: one unit in a corridor, one enemy beside its way."""

from __future__ import annotations

from typing import NamedTuple, get_type_hints

import numpy as np
import pytest

from sim.agents.codes import ASSAULT, TEAM_COUNTER, TEAM_ESCAPE, TEAM_HIDE, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE, TEAM_RIG
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import UnitIndex, make_near
from sim.battle.crossing import Crossing
from sim.battle.events import Events, make_events
from sim.battle.ground import Ground, Quarters
from sim.battle.movement import move_platoons
from sim.battle.team_movement import move_teams
from sim.kernels.fields import distance_field
from sim.kernels.rng import stream_key
from sim.record.codes import DEFENDER_SET, LIBERATOR_SET

LENGTH, ENEMY_AT, CONTACT_M = 40, 20, 300.0
# From the west, the first cell within three cells of the enemy.
FIRST_CONTACT = ENEMY_AT - 3
TICK = 5
UNSEEN, SEEN = TICK - 1, TICK
NO_RIVER = Crossing(
    np.full(LENGTH, -1, np.int16), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros((1, 3), np.int64), np.zeros(1, np.int64),
    np.zeros(2, np.bool_), np.zeros(1, np.uint8),
)


class Corridor(NamedTuple):
    """A row of cells with a quarter in its last one."""

    teams: DefenderColumns
    platoons: LiberatorColumns
    events: Events
    index: UnitIndex
    ground: Ground
    quarters: Quarters
    slow: np.ndarray
    field: np.ndarray
    bank: np.ndarray


def _corridor(team_at: int, platoon_at: int) -> Corridor:
    teams, platoons = zero_columns(DefenderColumns, 1), zero_columns(LiberatorColumns, 1)
    teams.cell[0], teams.strength[0], teams.seen_until[0] = team_at, 6, UNSEEN
    platoons.cell[0], platoons.strength[0], platoons.seen_until[0] = platoon_at, 30, UNSEEN
    platoons.order[0], platoons.target[0], platoons.hours[0] = ASSAULT, -1, 1000.0
    teams.order[0], teams.target[0], teams.hours[0] = TEAM_MOVE, LENGTH - 1, 1000.0
    index = UnitIndex(make_near(LENGTH, 1, 1, 1, 100.0, CONTACT_M, CONTACT_M, CONTACT_M, 40.0))
    index.update(teams, platoons)
    ground = zero_columns(Ground, LENGTH)
    ground.quarter[:] = -1
    ground.quarter[-1] = 0
    assert set(get_type_hints(Quarters)) == set(Quarters._fields)
    quarters = zero_columns(Quarters, 1)._replace(
        start=np.array([0, 1], np.int32), cells=np.array([LENGTH - 1], np.int32), bank=np.ones(1, np.uint8)
    )
    slow = np.full(LENGTH, 10, np.int32)
    field = distance_field(slow, quarters.cells, LENGTH, 1, 10**6).reshape(1, -1)
    return Corridor(teams, platoons, make_events(), index, ground, quarters, slow, field, np.ones(LENGTH, np.uint8))


def _march(corridor: Corridor, ambush: float) -> int:
    c = corridor
    move_platoons(
        stream_key(1, "test", "liberators", TICK), np.zeros(1, np.int32), c.teams, c.platoons, c.index.near, c.ground,
        c.quarters, c.field, c.field, c.bank, c.slow, NO_RIVER, 1200.0, 100.0, ambush, TICK, 8, c.events,
    )  # fmt: skip
    return int(c.platoons.cell[0])


def _walk(corridor: Corridor, sight: float) -> int:
    c = corridor
    move_teams(
        stream_key(1, "test", "defenders", TICK), c.teams, c.platoons, c.index.near, c.field, c.field, c.field[0], c.bank,
        c.quarters.bank, c.slow, NO_RIVER, c.ground, 1500.0, 100.0, 12.0, 1.0, sight, TICK, 8, LENGTH, 1, c.events,
    )  # fmt: skip
    return int(c.teams.cell[0])


def test_a_platoon_stops_at_the_first_cell_from_which_it_sees_a_known_team() -> None:
    corridor = _corridor(ENEMY_AT, 2)
    corridor.teams.seen_until[0] = SEEN
    assert _march(corridor, 0.0) == FIRST_CONTACT
    assert corridor.platoons.contact[0]
    assert corridor.events.n[0] == 0


@pytest.mark.parametrize("seen", [UNSEEN, SEEN])
def test_a_team_that_is_no_more_stops_nobody(seen: int) -> None:
    corridor = _corridor(ENEMY_AT, 2)
    corridor.teams.seen_until[0], corridor.teams.strength[0] = seen, 0
    assert _march(corridor, 1e9) == LENGTH - 1
    assert corridor.events.n[0] == 0


def test_a_hidden_team_that_lets_a_platoon_pass_does_not_stop_it() -> None:
    corridor = _corridor(ENEMY_AT, 2)
    assert _march(corridor, 0.0) == LENGTH - 1
    assert corridor.events.n[0] == 0
    assert not corridor.platoons.contact[0]


def test_a_hidden_team_stops_a_platoon_by_ambush_and_both_are_found() -> None:
    corridor = _corridor(ENEMY_AT, 2)
    assert _march(corridor, 1e9) == FIRST_CONTACT
    named = {(int(row[6]), int(row[7])) for row in corridor.events.ints[: corridor.events.n[0]]}
    assert named == {(DEFENDER_SET, 0), (LIBERATOR_SET, 0)}
    assert corridor.teams.seen_until[0] == corridor.platoons.seen_until[0] == TICK + 8


def test_ambushes_on_the_way_past_come_as_often_as_their_hazard_says() -> None:
    """Seven cells of 100 m within contact at 1,200 m/h are 7/12 h of hazard; each march draws under its own key."""
    n, hazard = 400, 1.0
    stopped = 0
    for i in range(n):
        corridor = _corridor(ENEMY_AT, 2)
        c = corridor
        move_platoons(
            stream_key(i, "test", "liberators", TICK), np.zeros(1, np.int32), c.teams, c.platoons, c.index.near, c.ground,
            c.quarters, c.field, c.field, c.bank, c.slow, NO_RIVER, 1200.0, 100.0, hazard, TICK, 8, c.events,
        )  # fmt: skip
        stopped += int(c.platoons.cell[0]) < LENGTH - 1
    expected = 1.0 - np.exp(-7.0 / 12.0)
    assert abs(stopped / n - expected) < 4.0 * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("order", [TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE])
def test_teams_on_the_move_come_to_where_they_go_and_lose_their_position(order: int) -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.platoons.strength[0] = 0
    corridor.index.update(corridor.teams, corridor.platoons)
    corridor.teams.order[0], corridor.teams.dug[0] = order, 0.5
    assert _walk(corridor, 0.0) == LENGTH - 1
    assert corridor.teams.dug[0] == 0.0
    assert corridor.teams.order[0] == (TEAM_HOLD if order == TEAM_MOVE else order)


@pytest.mark.parametrize("order", [TEAM_HOLD, TEAM_LAST_STAND, TEAM_HIDE])
def test_other_teams_stay_and_dig_in(order: int) -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.teams.order[0] = order
    assert _walk(corridor, 0.0) == 2
    assert corridor.teams.dug[0] == pytest.approx(1.0 / 12.0)


def test_a_team_stops_where_it_meets_a_platoon_that_it_knows_of() -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.platoons.seen_until[0] = SEEN
    assert _walk(corridor, 0.0) == FIRST_CONTACT
    assert corridor.events.n[0] == 0


def test_a_team_passes_a_platoon_that_it_does_not_find() -> None:
    corridor = _corridor(2, ENEMY_AT)
    assert _walk(corridor, 0.0) == LENGTH - 1
    assert corridor.events.n[0] == 0


def test_a_team_that_finds_a_platoon_on_its_way_stops_and_says_so() -> None:
    corridor = _corridor(2, ENEMY_AT)
    assert _walk(corridor, 1e9) == FIRST_CONTACT
    assert [int(corridor.events.ints[0][k]) for k in (6, 7)] == [LIBERATOR_SET, 0]
    assert corridor.platoons.seen_until[0] == TICK + 8


def test_a_platoon_with_nowhere_to_go_does_not_save_up_time() -> None:
    corridor = _corridor(LENGTH - 1, LENGTH - 1)
    corridor.teams.strength[0] = 0
    assert _march(corridor, 0.0) == LENGTH - 1
    assert corridor.platoons.hours[0] == 0.0


def test_a_platoon_on_the_move_stops_at_ground_that_it_has_to_search() -> None:
    corridor = _corridor(LENGTH - 1, 2)
    corridor.teams.strength[0] = 0
    corridor.ground.control[10] = 1
    assert _march(corridor, 0.0) == 10


def test_moving_takes_the_time_that_the_way_takes() -> None:
    corridor = _corridor(LENGTH - 1, 2)
    corridor.teams.strength[0] = 0
    corridor.platoons.hours[0] = 1.01
    assert _march(corridor, 0.0) == 2 + 12
    assert corridor.platoons.hours[0] == pytest.approx(0.01)
