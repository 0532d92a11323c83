"""Units near an enemy: who goes slowly, whom an ambush halts, who passes: one unit in a corridor, one enemy beside its way."""

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
from sim.battle.movement import Fields, March, move_platoons
from sim.battle.team_movement import move_teams
from sim.kernels.fields import distance_field
from sim.kernels.rng import stream_key
from sim.record.codes import DEFENDER_SET, LIBERATOR_SET

LENGTH, ENEMY_AT, CONTACT_M = 40, 20, 300.0
# From the west, the first cell within three cells of the enemy.
FIRST_CONTACT = ENEMY_AT - 3
TICK = 5
SPEED, PACE = 1200.0, 120.0
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
    ground.block[:] = np.arange(LENGTH)
    ground.quarter[-1] = 0
    assert set(get_type_hints(Quarters)) == set(Quarters._fields)
    quarters = zero_columns(Quarters, 1)._replace(
        start=np.array([0, 1], np.int32), cells=np.array([LENGTH - 1], np.int32), bank=np.ones(1, np.uint8)
    )
    slow = np.full(LENGTH, 10, np.int32)
    field = distance_field(slow, quarters.cells, LENGTH, 1, 10**6).reshape(1, -1)
    return Corridor(teams, platoons, make_events(), index, ground, quarters, slow, field, np.ones(LENGTH, np.uint8))


def _march(corridor: Corridor, ambush: float, seed: int = 1, halt_h: float = 1e6) -> int:
    c = corridor
    march = March(speed=SPEED, cell_m=100.0, hectares=1.0, ambush=ambush, pace=PACE, halt_h=halt_h, memory=8, dt=1.0)
    move_platoons(
        stream_key(seed, "test", "liberators", TICK), np.zeros(1, np.int32), c.teams, c.platoons, c.index.near, c.ground,
        c.quarters, Fields(c.field, c.field, c.bank, c.slow), NO_RIVER, march, TICK, c.events,
    )  # fmt: skip
    return int(c.platoons.cell[0])


def _walk(corridor: Corridor, sight: float) -> int:
    c = corridor
    move_teams(
        stream_key(1, "test", "defenders", TICK), c.teams, c.platoons, c.index.near, c.field, c.field, c.field[0], c.bank,
        c.quarters.bank, c.slow, NO_RIVER, c.ground, 1500.0, 100.0, 12.0, 1.0, sight, PACE, TICK, 8, LENGTH, 1, c.events,
    )  # fmt: skip
    return int(c.teams.cell[0])


def test_a_platoon_goes_at_the_pace_of_contact_where_a_known_team_is_near() -> None:
    """Two cells out of contact on, at the speed in the open, then each cell at both."""
    corridor = _corridor(ENEMY_AT, FIRST_CONTACT - 3)
    corridor.teams.seen_until[0] = SEEN
    step, slowly = 100.0 / SPEED, 100.0 / PACE
    corridor.platoons.hours[0] = 2 * step + 2 * (step + slowly) + 0.5 * step
    assert _march(corridor, 0.0) == FIRST_CONTACT + 1
    assert corridor.platoons.hours[0] == pytest.approx(0.5 * step)
    assert corridor.platoons.contact[0] == 1.0
    assert corridor.events.n[0] == 0


def test_time_spent_near_a_known_team_that_it_did_not_have_is_owed_and_only_what_it_had_was_contact() -> None:
    corridor = _corridor(ENEMY_AT, FIRST_CONTACT - 1)
    corridor.teams.seen_until[0] = SEEN
    corridor.platoons.hours[0] = 100.0 / SPEED + 0.25
    assert _march(corridor, 0.0) == FIRST_CONTACT
    assert corridor.platoons.contact[0] == pytest.approx(0.25)
    assert corridor.platoons.hours[0] == pytest.approx(0.25 - 100.0 / PACE)
    assert _march(corridor, 0.0) == FIRST_CONTACT, "it moves on when the debt is paid"


@pytest.mark.parametrize("dt", [1.0, 2.0, 3.0])
def test_the_way_past_a_known_team_takes_as_long_in_ticks_of_any_length(dt: float) -> None:
    corridor = _corridor(ENEMY_AT, 2)
    corridor.teams.seen_until[0], corridor.platoons.hours[0] = SEEN, 0.0
    spent = 0.0
    while corridor.platoons.cell[0] < LENGTH - 1:
        corridor.platoons.hours[0] += dt
        spent += dt
        _march(corridor, 0.0)
    needed = (LENGTH - 3) * 100.0 / SPEED + 7 * 100.0 / PACE
    assert needed - dt < spent < needed + dt


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
    assert corridor.platoons.contact[0] == 1.0
    named = {(int(row[6]), int(row[7])) for row in corridor.events.ints[: corridor.events.n[0]]}
    assert named == {(DEFENDER_SET, 0), (LIBERATOR_SET, 0)}
    assert corridor.teams.seen_until[0] == corridor.platoons.seen_until[0] == TICK + 8


def test_ambushes_on_the_way_past_come_as_often_as_their_hazard_says() -> None:
    """Seven cells of 100 m within contact at 1,200 m/h are 7/12 h of hazard; each march draws under its own key."""
    n, hazard = 400, 1.0
    stopped = 0
    for i in range(n):
        stopped += _march(_corridor(ENEMY_AT, 2), hazard, seed=i) < LENGTH - 1
    expected = 1.0 - np.exp(-7.0 / 12.0)
    assert abs(stopped / n - expected) < 4.0 * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("order", [TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE])
def test_teams_on_the_move_come_to_where_they_go_and_lose_their_position(order: int) -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.platoons.strength[0] = 0
    corridor.index.update(corridor.teams, corridor.platoons)
    corridor.teams.order[0], corridor.teams.dug[0] = order, 0.5
    corridor.teams.hours[0] = (LENGTH - 3) * 100.0 / 1500.0 - 1.0 + 0.6
    assert _walk(corridor, 0.0) == LENGTH - 1
    # Who holds what it came to has dug for what was left of the tick.
    assert corridor.teams.dug[0] == pytest.approx(0.6 / 12.0 if order == TEAM_MOVE else 0.0)
    assert corridor.teams.order[0] == (TEAM_HOLD if order == TEAM_MOVE else order)


@pytest.mark.parametrize("order", [TEAM_HOLD, TEAM_LAST_STAND, TEAM_HIDE])
def test_other_teams_stay_and_dig_in(order: int) -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.teams.order[0] = order
    assert _walk(corridor, 0.0) == 2
    assert corridor.teams.dug[0] == pytest.approx(1.0 / 12.0)


def test_a_platoon_that_is_ambushed_goes_on_after_its_halt() -> None:
    corridor = _corridor(ENEMY_AT, FIRST_CONTACT - 1)
    corridor.platoons.hours[0] = 100.0 / SPEED + 0.75
    assert _march(corridor, 1e9, halt_h=0.5) == FIRST_CONTACT + 1
    assert corridor.platoons.contact[0] == pytest.approx(0.75 - 100.0 / SPEED), "the team is known by then"


def test_a_team_goes_at_the_pace_of_contact_near_a_platoon_that_it_knows_of() -> None:
    corridor = _corridor(FIRST_CONTACT - 1, ENEMY_AT)
    corridor.platoons.seen_until[0], corridor.teams.hours[0] = SEEN, 2 * (100.0 / 1500.0 + 100.0 / PACE) - 1.0
    assert _walk(corridor, 0.0) == FIRST_CONTACT + 1
    assert corridor.events.n[0] == 0


def test_a_team_passes_a_platoon_that_it_does_not_find() -> None:
    corridor = _corridor(2, ENEMY_AT)
    assert _walk(corridor, 0.0) == LENGTH - 1
    assert corridor.events.n[0] == 0


def test_a_team_that_finds_a_platoon_on_its_way_says_so_and_goes_slowly() -> None:
    corridor = _corridor(2, ENEMY_AT)
    corridor.teams.hours[0] = 3.0
    # Three hours are left: each cell takes 54 minutes, and the fourth is entered on credit.
    assert _walk(corridor, 1e9) == FIRST_CONTACT + 4
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
