"""Going to kin, being turned back, coming home: walks within the city, and who counts as away."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import NO_ENEMY, quiet, rows_of

from sim.agents.codes import AT_HOME, HELD, ON_FOOT, TO_HOUSE, TRAPPED
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.contacts import teams_in
from sim.battle.events import flush
from sim.battle.flight import weigh
from sim.battle.houses import go_to_houses
from sim.battle.journey import find_ways_out, set_off, travel
from sim.kernels.fields import distance_field
from sim.record.codes import CIVILIANS, SHOT_FLEEING, WOUND

# Hours at full readiness, everybody of one mind, no message.
CALM = {"flight.message": "none", "flight.spread": 0.0, "displacement.night": 1.0, "time.step_hours": 6}


def at_kin(battle: Battle, row: int) -> bool:
    """Whether a household is in its kin's house."""
    people = battle.households.columns
    return bool(people.cell[row] == people.home[people.kin[row]] and people.state[row] == AT_HOME)


def kin_on_the_same_bank(battle: Battle) -> np.ndarray:
    """Households whose kin live on their bank, in another cell."""
    people, bank = battle.households.columns, battle.grid.bank
    rows = np.flatnonzero(people.kin >= 0)
    kin = people.home[people.kin[rows]]
    return rows[(bank[kin] == bank[people.home[rows]]) & (kin != people.home[rows])]


def test_a_family_walks_to_its_house_in_the_time_that_the_streets_take(riverton) -> None:
    battle = quiet(riverton, **{"displacement.night": 1.0, "flight.frail_slow": 0.0})
    people, grid = battle.households.columns, battle.grid
    row = int(kin_on_the_same_bank(battle)[0])
    house = int(people.home[people.kin[row]])
    people.state[row], people.house[row] = TO_HOUSE, house
    slow = np.where(grid.bank == grid.bank[house], battle.routes.slow, 0).astype(np.int32)
    cost = distance_field(slow, np.array([house], np.int32), grid.nx, grid.ny, np.iinfo(np.int32).max - 1)
    at_best = cost[people.home[row]] / 100.0 * grid.cell_m / battle.scenario.displacement.walk_m_per_h
    ticks = 0
    while people.state[row] == TO_HOUSE and ticks < 100:
        go_to_houses(battle, np.array([row], np.int32), battle.dt_h)
        ticks += 1
    assert people.cell[row] == house
    assert np.ceil(at_best) <= ticks <= np.ceil(1.6 * at_best) + 1
    assert people.house[row] == -1


def test_frail_members_slow_a_family_as_much_as_stated(riverton) -> None:
    def hours_on_the_way(frail: int) -> int:
        battle = quiet(riverton, **{"displacement.night": 1.0, "flight.frail_slow": 0.5, "displacement.walk_m_per_h": 500.0})
        people = battle.households.columns
        row = int(kin_on_the_same_bank(battle)[3])
        people.state[row], people.house[row], people.frail[row] = TO_HOUSE, people.home[people.kin[row]], frail
        ticks = 0
        while people.state[row] == TO_HOUSE:
            go_to_houses(battle, np.array([row], np.int32), battle.dt_h)
            ticks += 1
        return ticks

    members = int(quiet(riverton).households.columns.members[kin_on_the_same_bank(quiet(riverton))[3]])
    slow, fast = hours_on_the_way(members), hours_on_the_way(0)
    assert fast > 3
    assert abs(slow - 2 * fast) <= 2


def test_who_comes_home_is_no_longer_away(riverton) -> None:
    battle = quiet(riverton, **{"displacement.night": 1.0})
    people, q = battle.households.columns, battle.quarters
    row = int(kin_on_the_same_bank(battle)[5])
    home, quarter, members = int(people.home[row]), int(people.quarter[row]), int(people.members[row])
    move(people, battle.households.lists, row, int(people.home[people.kin[row]]))
    people.away[row], q.left[quarter], q.left_ever[quarter] = True, members, members
    for entry, returned in ((-1, 0), (0, members)):
        move(people, battle.households.lists, row, int(people.home[people.kin[row]]))
        people.state[row], people.house[row], people.entry[row], q.left[quarter] = TO_HOUSE, home, entry, members
        while people.state[row] == TO_HOUSE:
            go_to_houses(battle, np.array([row], np.int32), battle.dt_h)
        assert people.state[row] == AT_HOME
        assert people.cell[row] == home
        assert q.left[quarter] == 0
        assert q.left_ever[quarter] == members
        assert battle.counts["returned"] == returned
        assert people.entry[row] == -1


@pytest.fixture
def eager_for_kin(riverton) -> Battle:
    """Everybody's home is dangerous, and kin are what they think of first; the ground is held and nobody bars the way."""
    wants = {"flight.base": -20.0, "flight.kin": 40.0, "flight.rate_per_h": 10.0, "population.kin_share": 1.0}
    return Battle(riverton, seed=1, **CALM, **wants, **{"defenders.fighters": 0, "time.max_days": 3})


def test_households_in_danger_go_to_kin_who_hear_less_of_it(eager_for_kin: Battle) -> None:
    battle = eager_for_kin
    people, bank = battle.households.columns, battle.grid.bank
    west = battle.grid.nx // 2
    battle.ground.danger[:] = np.where(np.arange(battle.grid.n) % battle.grid.nx < west, 1.0, 0.1)
    home, kin = people.home, people.home[people.kin]
    safer = (battle.ground.danger[kin] < 0.5 * battle.ground.danger[home]) & (bank[kin] == bank[home])
    safer &= battle.ground.quarter[kin] >= 0
    weigh(battle)
    going = people.state == TO_HOUSE
    assert safer.sum() > 50
    assert going[safer].mean() > 0.95
    assert not going[~safer].any()
    assert (people.house[going] == kin[going]).all()
    persons = int(people.members[going].sum())
    assert battle.counts["moved_to_kin"] == battle.counts["displaced"] == persons == battle.quarters.left.sum()


def test_nobody_goes_to_kin_across_the_line_or_where_it_is_no_safer(eager_for_kin: Battle) -> None:
    battle = eager_for_kin
    people, ground = battle.households.columns, battle.ground
    ground.danger[:] = 1.0
    weigh(battle)
    assert not (people.state == TO_HOUSE).any()
    ground.danger[: battle.grid.n // 2] = 0.1
    built = np.flatnonzero(ground.control == HELD)
    ground.control[built[built < battle.grid.n // 2]] = 2
    weigh(battle)
    going = people.state == TO_HOUSE
    assert (ground.control[people.house[going]] == ground.control[people.cell[going]]).all()


def in_the_middle(riverton, **changes: object) -> Battle:
    """Held and guarded ground everywhere, ways out open, all families on foot and about to walk through it."""
    still = {"coercion.stopped": 0.0, "displacement.held_detour": 1.0, "displacement.night": 1.0, "flight.frail_slow": 0.0}
    battle = Battle(riverton, seed=1, **{**still, **changes})
    battle.step()
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    battle.entry_open[:] = True
    find_ways_out(battle)
    people = battle.households.columns
    rows = np.flatnonzero((battle.exits[people.cell] > 0) & (battle.exits[people.cell] < 2**31 - 1))
    people.state[rows] = ON_FOOT
    set_off(battle, rows)
    return battle


def test_without_hazard_on_the_way_nobody_is_shot_or_turned_back(riverton) -> None:
    battle = in_the_middle(riverton, **{"coercion.shot_per_km": 0.0, "coercion.turned_back_per_km": 0.0})
    for _ in range(6):
        travel(battle)
        flush(battle.events, battle.ledger, battle.tick)
        battle.tick += 1
    assert battle.counts["turned_back"] == 0
    assert rows_of(battle.ledger, cause=SHOT_FLEEING).shape[0] == 0
    assert not (battle.households.columns.state == TO_HOUSE).any()


def test_all_are_turned_back_where_the_way_is_closely_watched_and_walk_home(riverton) -> None:
    battle = in_the_middle(riverton, **{"coercion.shot_per_km": 0.0, "coercion.turned_back_per_km": 100.0})
    people = battle.households.columns
    travel(battle)
    back = people.state == TO_HOUSE
    assert back.sum() > 100
    assert battle.counts["turned_back"] == people.members[back].sum()
    assert (battle.grid.bank[people.house[back]] == battle.grid.bank[people.cell[back]]).all()
    for _ in range(24):
        battle.tick += 1
        travel(battle)
    assert (people.state[back] == AT_HOME).mean() > 0.95


def test_shots_on_the_way_come_at_the_stated_rate_and_word_of_them_spreads(riverton) -> None:
    """One tick over held ground: casualties are binomial with 1 - exp(-hazard * km) for each person and cell."""
    hazard = 0.4
    battle = in_the_middle(riverton, **{"coercion.shot_per_km": hazard, "coercion.turned_back_per_km": 0.0})
    people, grid = battle.households.columns, battle.grid
    persons, start = people.members.copy(), people.cell.copy()
    travel(battle)
    teams = teams_in(battle)
    expected = 0.0
    for row in np.flatnonzero(people.state == ON_FOOT).tolist() + np.flatnonzero(people.members == 0).tolist():
        cell, end = int(start[row]), int(people.cell[row])
        while cell != end and battle.exits[cell] > 0 and end >= 0:
            k = int(battle.onward[cell])
            cell += int(np.array([1, -1, 0, 0, 1, 1, -1, -1])[k] + grid.nx * np.array([0, 0, 1, -1, 1, -1, 1, -1])[k])
            here = battle.ground.quarter[cell]
            if here >= 0 and battle.ground.control[cell] == HELD and teams[here] > 0:
                expected += persons[row] * -np.expm1(-hazard * grid.cell_m / 1000.0 * (1.0 if k < 4 else 1.4))
    on_foot = people.state == ON_FOOT
    hurt = int((persons[on_foot] - people.members[on_foot] + people.wounded[on_foot]).sum())
    assert expected > 30
    assert abs(hurt - expected) < 4 * np.sqrt(expected)
    assert battle.quarters.way_hurt.sum() >= hurt


def test_shots_are_in_the_ledger_where_they_fell(riverton) -> None:
    battle = Battle(
        riverton, seed=1, check=True,
        **{"flight.base": 3.0, "coercion.shot_per_km": 1.0, "coercion.stopped": 0.3, "time.max_days": 6},
    )  # fmt: skip
    battle.run()
    shots = rows_of(battle.ledger, kind=WOUND, people=CIVILIANS, cause=SHOT_FLEEING)
    assert shots.shape[0] > 10
    assert (battle.ground.quarter[shots[:, 1]] >= 0).all()


def test_danger_of_certain_death_at_home_moves_all_who_can_leave_and_none_where_nothing_leads_out(riverton) -> None:
    mortal = {**NO_ENEMY, "flight.danger": 50.0, "flight.rate_per_h": 10.0, "population.kin_share": 0.0, "flight.way": 0.0}
    battle = Battle(riverton, seed=1, **{**CALM, **mortal})
    people = battle.households.columns
    battle.ground.danger[:] = 5.0
    battle.entry_open[:] = False
    find_ways_out(battle)
    weigh(battle)
    assert (people.state == TRAPPED).all()
    battle = Battle(riverton, seed=1, **{**CALM, **mortal, "displacement.patience_h": 1e5})
    people = battle.households.columns
    battle.ground.danger[:] = 5.0
    battle.entry_open[:] = True
    find_ways_out(battle)
    weigh(battle)
    assert (people.state == ON_FOOT).mean() > 0.99


def test_danger_on_the_way_keeps_people_at_home(riverton) -> None:
    def left(way: float) -> int:
        asked = {**CALM, **NO_ENEMY, "flight.way": way, "flight.base": -4.0, "flight.rate_per_h": 0.5}
        battle = Battle(riverton, seed=1, **asked)
        battle.ground.danger[:] = 2.0
        battle.entry_open[:] = True
        find_ways_out(battle)
        weigh(battle)
        return int((battle.households.columns.state == ON_FOOT).sum())

    assert left(0.0) > 1.5 * left(2.5) > 1.5 * left(8.0)


def test_trapped_households_try_again_and_give_up_at_the_stated_rates(riverton) -> None:
    """Nothing leads out: a round's share that gives up is 1 - exp(-resign * (1 - logistic(x)) * h), less those who try first."""
    rates = {"flight.base": -30.0, "flight.resign_per_h": 0.01, "flight.retry_per_h": 0.02, "population.kin_share": 0.0}
    battle = Battle(riverton, seed=1, **{**CALM, **NO_ENEMY, **rates})
    people = battle.households.columns
    people.state[:] = TRAPPED
    battle.ground.danger[:] = 0.1
    find_ways_out(battle)
    weigh(battle)
    gave_up = (people.state != TRAPPED).mean()
    hours, total = 6.0, 0.03
    expected = 0.01 / total * -np.expm1(-total * hours)
    n = len(battle.households)
    assert abs(gave_up - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_households_take_shelter_at_thresholds_of_their_own_and_come_out_later(riverton) -> None:
    battle = Battle(riverton, seed=1, **{**CALM, **NO_ENEMY, "flight.base": -50.0})
    people, p = battle.households.columns, battle.scenario.flight

    def in_shelter(danger: float) -> float:
        battle.ground.danger[:] = danger * p.shelter_danger
        weigh(battle)
        return float((people.state == 1).mean())

    rising = [in_shelter(d) for d in (0.4, 0.75, 1.0, 1.25, 1.6)]
    assert rising[0] == 0.0
    assert rising[-1] == 1.0
    assert rising[1] == pytest.approx(0.25, abs=0.07)
    assert rising[2] == pytest.approx(0.5, abs=0.07)
    assert in_shelter(0.8) == 1.0
    assert in_shelter(0.5) == pytest.approx(0.5, abs=0.07)
    assert in_shelter(0.2) == 0.0
