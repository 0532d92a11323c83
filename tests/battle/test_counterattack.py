"""Counter-attacks: under cover of night or cloud, against what is thinly held and near, with whole teams of infantry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from lines_tools import MILL_SIDE, NORTH_GATE, ORCHARDS, STATION, cells_of, index, lose, posted, show_platoons, station

from sim.agents.codes import (
    FREED,
    HELD,
    INFANTRY,
    SNIPERS,
    TEAM_COUNTER,
    TEAM_HOLD,
    TEAM_LAST_STAND,
    TEAM_MOVE,
)
from sim.battle.counterattack import counter_attack
from sim.record.codes import COUNTER, KIND, ORDER, RULE

if TYPE_CHECKING:
    from sim.battle import Battle

ALWAYS = {"defenders.counter_share": 1.0, "defenders.counter_reach_m": 50_000.0, "defenders.counter_teams": 4}
CLEAR, CLOUDY = {"isr.bad_weather": 0.0}, {"isr.bad_weather": 1.0}


def _beside_lost_ground(riverton, **changes: object) -> tuple[Battle, np.ndarray]:
    """The infantry holds North Gate at dusk; Mill Side, beside it, is lost, and nobody is known to hold it."""
    battle = posted(riverton, **{**ALWAYS, **CLEAR, **changes})
    teams = battle.defenders.columns
    rows = np.flatnonzero((teams.kind == INFANTRY) & (teams.strength > 0))
    station(battle, rows, NORTH_GATE)
    lose(battle, MILL_SIDE)
    index(battle)
    _at(battle, riverton.sensing.dusk_h)
    return battle, rows


def _at(battle: Battle, hour: float, day: int = 3) -> None:
    battle.tick = int(day * battle.ticks_per_day + hour / battle.dt_h)


def _sent(battle: Battle) -> np.ndarray:
    return np.flatnonzero(battle.defenders.columns.order == TEAM_COUNTER)


# When -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weather", [CLEAR, CLOUDY])
def test_teams_go_out_at_dusk_in_any_weather(riverton, weather: dict[str, object]) -> None:
    battle, _ = _beside_lost_ground(riverton, **weather)
    counter_attack(battle)
    assert _sent(battle).size == ALWAYS["defenders.counter_teams"]


@pytest.mark.parametrize(("weather", "goes"), [(CLEAR, False), (CLOUDY, True)])
def test_they_go_out_at_dawn_only_where_nothing_flies(riverton, weather: dict[str, object], *, goes: bool) -> None:
    battle, _ = _beside_lost_ground(riverton, **weather)
    _at(battle, riverton.sensing.dawn_h)
    counter_attack(battle)
    assert (_sent(battle).size > 0) == goes


@pytest.mark.parametrize("weather", [CLEAR, CLOUDY])
def test_at_all_other_hours_nobody_is_sent(riverton, weather: dict[str, object]) -> None:
    battle, _ = _beside_lost_ground(riverton, **weather)
    for hour in set(range(24)) - {int(riverton.sensing.dusk_h), int(riverton.sensing.dawn_h)}:
        _at(battle, hour)
        counter_attack(battle)
        assert _sent(battle).size == 0, hour


# Against what ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("soldiers", "known", "goes"), [(0, True, True), (47, True, True), (49, True, False), (49, False, True)])
def test_odds_count_the_soldiers_who_are_known(riverton, soldiers: int, *, known: bool, goes: bool) -> None:
    battle, rows = _beside_lost_ground(riverton, **{"defenders.counter_ratio": 2.0, "defenders.counter_teams": 4})
    battle.defenders.columns.strength[rows] = battle.defenders.columns.size[rows] = 6
    show_platoons(battle, cells_of(battle, MILL_SIDE)[:1], soldiers, known=known)
    counter_attack(battle)
    assert (_sent(battle).size > 0) == goes


def test_the_thinnest_held_ground_is_chosen_first(riverton) -> None:
    battle, rows = _beside_lost_ground(riverton, **{"defenders.counter_ratio": 100.0})
    for_one_attack = ALWAYS["defenders.counter_teams"] / rows.size + 1e-6
    battle._asked = battle.scenario.replace({"defenders.counter_share": for_one_attack})
    lose(battle, STATION)
    show_platoons(battle, cells_of(battle, MILL_SIDE)[:2], 5)
    counter_attack(battle)
    assert battle.defenders.columns.quarter[_sent(battle)].tolist() == [STATION] * 4


def test_ground_that_nothing_held_touches_is_left_alone(riverton) -> None:
    battle, rows = _beside_lost_ground(riverton)
    station(battle, rows, ORCHARDS)
    for quarter in (NORTH_GATE, STATION):
        lose(battle, quarter)
    assert not battle.borders[ORCHARDS, MILL_SIDE]
    counter_attack(battle)
    assert set(battle.defenders.columns.quarter[_sent(battle)].tolist()) == {NORTH_GATE, STATION}


def test_where_nothing_is_lost_nobody_goes(riverton) -> None:
    battle, _ = _beside_lost_ground(riverton)
    lose(battle, MILL_SIDE, 0.0)
    counter_attack(battle)
    assert _sent(battle).size == 0


# With whom ------------------------------------------------------------------------------------------------------------


def test_only_teams_within_reach_are_gathered_the_nearest_first(riverton) -> None:
    battle, rows = _beside_lost_ground(riverton)
    teams, q = battle.defenders.columns, battle.quarters
    x, y = battle.position(teams.cell[rows])
    gap = np.hypot(x - q.x[MILL_SIDE], y - q.y[MILL_SIDE])
    for reach, goes in ((gap.min() - 1.0, False), (np.sort(gap)[3] + 1.0, True)):
        battle._asked = battle.scenario.replace({"defenders.counter_reach_m": float(reach)})
        counter_attack(battle)
        assert (_sent(battle).size > 0) == goes
    assert set(_sent(battle).tolist()) == set(rows[np.argsort(gap, kind="stable")[:4]].tolist())


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_no_more_than_the_share_of_the_infantry_goes_at_a_time(riverton, share: float) -> None:
    battle, rows = _beside_lost_ground(riverton, **{"defenders.counter_share": share})
    lose(battle, STATION)
    counter_attack(battle)
    assert _sent(battle).size <= share * rows.size
    assert (_sent(battle).size > 0) == (share > 0)


@pytest.mark.parametrize("why", ["hurt", "in a fight", "snipers", "last stand", "no post"])
def test_only_whole_teams_of_infantry_at_their_posts_go(riverton, why: str) -> None:
    battle, rows = _beside_lost_ground(riverton)
    teams = battle.defenders.columns
    if why == "hurt":
        teams.strength[rows] = 1
    elif why == "in a fight":
        teams.fired[rows] = True
    elif why == "snipers":
        teams.kind[rows] = SNIPERS
    elif why == "last stand":
        teams.order[rows] = TEAM_LAST_STAND
    else:
        teams.quarter[rows] = -1
    counter_attack(battle)
    assert _sent(battle).size == 0


def test_what_is_sent_is_told_and_goes_to_a_lost_cell_that_faces_it(riverton) -> None:
    battle, _ = _beside_lost_ground(riverton)
    teams = battle.defenders.columns
    counter_attack(battle)
    sent = _sent(battle)
    assert (teams.post[sent] == NORTH_GATE).all()
    assert (teams.quarter[sent] == MILL_SIDE).all()
    assert (battle.ground.control[teams.target[sent]] == FREED).all()
    orders = battle.ledger.ints
    assert ((orders[:, KIND] == ORDER) & (orders[:, RULE] == COUNTER)).sum() == battle.counts["counter_attacks"] == 1


@pytest.mark.parametrize("who", ["nearest", "random"])
def test_yardsticks_do_not_counter_attack(riverton, who: str) -> None:
    battle, _ = _beside_lost_ground(riverton, **{"defenders.command": who})
    counter_attack(battle)
    assert _sent(battle).size == 0


# And back -------------------------------------------------------------------------------------------------------------


def _out(riverton, **changes: object) -> tuple[Battle, np.ndarray]:
    """Teams in the middle of the ground that they attack."""
    battle, _ = _beside_lost_ground(riverton, **changes)
    counter_attack(battle)
    sent = _sent(battle)
    battle.defenders.columns.cell[sent] = battle.defenders.columns.target[sent]
    return battle, sent


def test_by_light_and_under_aircraft_they_go_back_to_their_posts(riverton) -> None:
    battle, sent = _out(riverton)
    teams = battle.defenders.columns
    for hour in (22, 27):  # in the night
        _at(battle, hour)
        counter_attack(battle)
        assert (teams.order[sent] == TEAM_COUNTER).all()
    _at(battle, 24 + riverton.sensing.dawn_h)
    counter_attack(battle)
    assert (teams.order[sent] == TEAM_MOVE).all()
    assert (teams.quarter[sent] == NORTH_GATE).all()
    assert (teams.post[sent] == -1).all()
    assert np.isin(teams.target[sent], cells_of(battle, NORTH_GATE)).all()


def test_under_cloud_they_stay_out(riverton) -> None:
    battle, sent = _out(riverton, **CLOUDY)
    _at(battle, 24 + 12)
    counter_attack(battle)
    assert (battle.defenders.columns.order[sent] == TEAM_COUNTER).all()


def test_what_they_have_taken_back_and_nobody_disputes_they_keep(riverton) -> None:
    battle, sent = _out(riverton)
    teams = battle.defenders.columns
    battle.given_up[MILL_SIDE] = True
    battle.ground.control[teams.cell[sent[:2]]] = HELD
    battle.ground.control[teams.cell[sent[2:]]] = FREED
    _at(battle, 24 + 12)
    counter_attack(battle)
    on_held = battle.ground.control[teams.cell[sent]] == HELD
    assert on_held.any()
    assert (teams.order[sent[on_held]] == TEAM_HOLD).all()
    assert (teams.quarter[sent[on_held]] == MILL_SIDE).all()
    assert (teams.order[sent[~on_held]] == TEAM_MOVE).all()
    assert not battle.given_up[MILL_SIDE]


def test_those_whose_post_is_lost_meanwhile_fight_on_where_they_are(riverton) -> None:
    battle, sent = _out(riverton)
    lose(battle, NORTH_GATE)
    _at(battle, 24 + 12)
    counter_attack(battle)
    assert (battle.defenders.columns.order[sent] == TEAM_LAST_STAND).all()


def test_a_night_of_it_takes_ground_back_that_nobody_holds(riverton) -> None:
    battle, _ = _beside_lost_ground(riverton, **{"defenders.retake_h": 1.0})
    q = battle.quarters
    while battle.night:
        battle.step()
    assert battle.counts["cells_taken_back"] > 0
    assert q.freed[MILL_SIDE] == cells_of(battle, MILL_SIDE).size - battle.counts["cells_taken_back"]
    assert not q.liberated[MILL_SIDE]
