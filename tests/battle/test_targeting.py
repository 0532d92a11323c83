"""From a sighting to a decision: stages and their times, desks, rules of engagement, and what the coalition knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.agents.codes import (
    APPROVED,
    ASSIGNED,
    AT_DESK,
    BY_ORBIT,
    BY_RADAR,
    BY_REPORT,
    BY_SIGHT,
    DESTROYED,
    DETECTED,
    DRIVERS,
    INFANTRY,
    LEADERS,
    MINERS,
    MORTARS,
    NO_TARGET,
    NOMINATED,
    REFUSED,
    STRUCK,
)
from sim.battle import Battle
from sim.battle.defence import defend
from sim.battle.engagement import (
    DEMOLITION,
    IN_CONTACT,
    LEADER,
    MORTAR,
    OTHER,
    VEHICLE_BOMB,
    believed,
    law_of,
    scene_of,
)
from sim.battle.targeting import decide
from sim.battle.targets import note, open_target

if TYPE_CHECKING:
    from sim.scenario import Scenario


def posted(riverton: Scenario, **changes: object) -> Battle:
    """Teams at their posts, nobody near them."""
    battle = Battle(riverton, seed=1, **{key.replace("__", "."): value for key, value in changes.items()})
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def found(battle: Battle, rows: np.ndarray, when: float = 0.0) -> None:
    """Targets found by an orbit at one time, where their teams are."""
    for row in rows.tolist():
        open_target(battle.targets, row, BY_ORBIT, when, when)
    battle.targets.cell[rows] = battle.defenders.columns.cell[rows]
    battle.targets.seen_h[rows] = when


def work(battle: Battle, start: float, hours: int = 1) -> None:
    """Desks at work, hour by hour."""
    for hour in range(hours):
        rows = np.flatnonzero((battle.targets.stage > NO_TARGET) & (battle.targets.stage < REFUSED))
        decide(battle, law_of(battle), scene_of(battle), rows, start + hour, start + hour + 1.0)


def alive(battle: Battle) -> np.ndarray:
    teams = battle.defenders.columns
    return np.flatnonzero((teams.strength > 0) & (teams.cell >= 0))


# Sightings ----------------------------------------------------------------------------------------------------------


def test_a_sighting_opens_a_target_where_the_team_was_then(riverton: Scenario) -> None:
    battle = posted(riverton)
    teams, targets = battle.defenders.columns, battle.targets
    row = int(alive(battle)[0])
    teams.seen_until[row] = 8
    battle.tick = 5
    note(battle, BY_SIGHT)
    assert (targets.stage > NO_TARGET).sum() == 1
    assert (targets.stage[row], targets.source[row], targets.cell[row]) == (DETECTED, BY_SIGHT, teams.cell[row])
    assert 5.0 <= targets.seen_h[row] == targets.found_h[row] < 6.0
    was = int(teams.cell[row])
    teams.cell[row] = was + 1
    note(battle, BY_SIGHT)
    assert targets.cell[row] == was, "nobody has seen it since"
    teams.seen_until[row] = 9
    battle.tick = 6
    note(battle, BY_SIGHT)
    assert targets.cell[row] == was + 1
    assert targets.seen_h[row] >= 6.0 > targets.found_h[row]


@pytest.mark.parametrize(("source", "mean"), [(BY_SIGHT, 8.0), (BY_ORBIT, 0.0), (BY_RADAR, 0.0)])
def test_what_troops_see_takes_its_time_to_a_desk_what_orbits_see_does_not(riverton: Scenario, source: int, mean: float) -> None:
    battle = posted(riverton, air__relay_h=8.0)
    waits = []
    for tick in range(80):
        battle.tick = tick
        battle.defenders.columns.seen_until[:] = tick
        battle.targets.stage[:] = NO_TARGET
        note(battle, source)
        waits += (battle.targets.asked_h - battle.targets.found_h).tolist()
    assert np.mean(waits) == pytest.approx(mean, rel=4 / math.sqrt(len(waits)))


@pytest.mark.parametrize(
    ("stage", "moved", "later", "opens"),
    [
        (REFUSED, False, 1.0, False), (REFUSED, True, 1.0, True), (REFUSED, False, 20.0, True), (DESTROYED, False, -0.5, False),
        (DESTROYED, False, 2.0, True), (AT_DESK, True, 1.0, False), (STRUCK, True, 1.0, False),
    ],
)  # fmt: skip
def test_what_was_decided_stands_until_there_is_something_new(
    riverton: Scenario, stage: int, moved: bool, later: float, opens: bool
) -> None:
    battle = posted(riverton)
    teams, targets, row = battle.defenders.columns, battle.targets, int(alive(battle)[0])
    battle.tick = 100
    targets.stage[row], targets.source[row] = stage, BY_ORBIT
    targets.cell[row] = int(teams.cell[row]) + moved
    targets.decided_h[row] = targets.due_h[row] = 101.0 - later
    teams.seen_until[row] = 110
    note(battle, BY_ORBIT)
    assert bool(targets.passes[row]) == opens
    assert targets.cell[row] == teams.cell[row]


def test_what_was_reported_is_confirmed_by_a_sighting(riverton: Scenario) -> None:
    battle = posted(riverton)
    teams, targets, row = battle.defenders.columns, battle.targets, int(alive(battle)[0])
    open_target(targets, row, BY_REPORT, 1.0, 40.0)
    targets.cell[row], targets.off_m[row] = 3, 250.0
    battle.tick = 4
    teams.seen_until[row] = 9
    note(battle, BY_ORBIT)
    assert (targets.source[row], targets.cell[row], targets.off_m[row]) == (BY_ORBIT, teams.cell[row], 0.0)
    assert targets.asked_h[row] < 5.0
    assert targets.found_h[row] == 1.0


# Desks --------------------------------------------------------------------------------------------------------------


def test_a_target_is_nominated_decided_and_each_stage_has_its_time(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=1e6, air__stale_h=1000.0)
    rows = alive(battle)
    found(battle, rows, 2.25)
    work(battle, 2.0)
    targets = battle.targets
    assert {*targets.stage[rows].tolist()} <= {NOMINATED, AT_DESK, APPROVED}
    work(battle, 3.0, 30)
    reached = targets.stage[rows] == APPROVED
    assert reached.any()
    assert (targets.decided_h[rows][reached] > targets.asked_h[rows][reached]).all()
    assert (targets.asked_h[rows] >= targets.found_h[rows]).all()
    assert battle.counts["targets_nominated"] == rows.size
    assert battle.counts["targets_approved"] + np.isin(targets.stage[rows], (NOMINATED, AT_DESK)).sum() == rows.size


@pytest.mark.parametrize(
    ("changes", "decided"),
    [
        ({"air__brigade_desks": 0, "air__headquarters_desks": 0}, False),
        ({"air__brigade_desks": 3, "air__headquarters_desks": 0, "air__delegated_harm": 1e6}, True),
        ({"air__brigade_desks": 3, "air__headquarters_desks": 0, "air__delegated_harm": 0.0}, False),
        ({"air__brigade_desks": 0, "air__headquarters_desks": 3, "air__delegated_harm": 1e6}, True),
    ],
)  # fmt: skip
def test_only_a_desk_that_may_approve_a_target_does(riverton: Scenario, changes: dict[str, object], decided: bool) -> None:
    battle = posted(riverton, air__harm_limit=1e6, air__stale_h=1000.0, **changes)
    rows = alive(battle)
    rows = rows[battle.homes[battle.defenders.columns.cell[rows]] > 0]
    found(battle, rows)
    work(battle, 0.0, 40)
    assert battle.counts["targets_approved"] == (rows.size if decided else 0)


def test_a_controller_divides_the_time_at_a_desk(riverton: Scenario) -> None:
    times, guided = [], np.zeros(0, np.bool_)
    for share in (0.0, 1.0):
        battle = posted(riverton, air__jtac_share=share, air__jtac_gain=3.0, air__harm_limit=1e6, air__headquarters_desks=1000,
                        air__delegated_harm=0.0, sensing__contact_m=150.0)  # fmt: skip
        platoons = battle.liberators.columns
        rows = alive(battle)[: platoons.cell.size // 4]
        for i, row in enumerate(rows.tolist()):
            platoons.cell[4 * i : 4 * i + 4] = battle.defenders.columns.cell[row]
        battle.units.update(battle.defenders.columns, platoons)
        found(battle, rows)
        work(battle, 0.0)
        targets = battle.targets
        guided = targets.guided[rows]
        assert guided.any() == (share == 1.0)
        times.append(targets.decided_h[rows] - targets.asked_h[rows])
    assert guided.mean() > 0.9, "four platoons in the cell, each within contact distance with the chance of its area"
    assert times[0][guided] == pytest.approx(3.0 * times[1][guided])
    assert times[0][~guided] == pytest.approx(times[1][~guided])


def test_without_approval_times_targets_are_decided_at_once(riverton: Scenario) -> None:
    battle = posted(riverton, air__brigade_minutes=0.0, air__headquarters_minutes=0.0, air__harm_limit=1e6)
    rows = alive(battle)
    found(battle, rows, 0.5)
    work(battle, 0.0)
    assert (battle.targets.stage[rows] == APPROVED).all()
    assert battle.targets.decided_h[rows] == pytest.approx(0.5)


def test_a_target_that_is_not_seen_again_lapses(riverton: Scenario) -> None:
    battle = posted(riverton, air__stale_h=4.0, air__brigade_desks=0, air__headquarters_desks=0)
    rows = alive(battle)
    found(battle, rows)
    work(battle, 0.0, 5)
    assert (battle.targets.stage[rows] == NOMINATED).all()
    battle.targets.seen_h[rows[0]] = 4.5
    work(battle, 5.0)
    assert battle.targets.stage[rows[0]] == NOMINATED
    assert (battle.targets.stage[rows[1:]] == NO_TARGET).all()
    assert battle.counts["targets_lapsed"] == rows.size - 1


# Rules of engagement ------------------------------------------------------------------------------------------------


def crowded(battle: Battle, row: int, persons: float) -> None:
    battle.homes[battle.targets.cell[row]] = persons


def decision(battle: Battle, row: int) -> int:
    found(battle, np.array([row]))
    work(battle, 0.0, 40)
    return int(battle.targets.stage[row])


@pytest.mark.parametrize(("kind", "factor"), [(INFANTRY, 1.0), (LEADERS, 4.0)])
def test_a_target_is_refused_where_more_dead_are_expected_than_its_kind_allows(
    riverton: Scenario, kind: int, factor: float
) -> None:
    for part, stage in ((0.9, APPROVED), (1.1, REFUSED)):
        battle = posted(riverton, air__harm_limit=0.2, air__leader_factor=4.0, air__stale_h=1000.0, artillery__enabled=False,
                        air__least_effect=0.0)  # fmt: skip
        row = int(alive(battle)[0])
        battle.defenders.columns.kind[row] = kind
        battle.targets.cell[row] = battle.defenders.columns.cell[row]
        law = law_of(battle)
        each = law.air[0] + law.falls[0] / scene_of(battle).buildings[battle.targets.cell[row]]
        crowded(battle, row, part * factor * 0.2 / (law.exposed * each))
        assert decision(battle, row) == stage
        if stage == APPROVED:
            assert battle.targets.choice[row] == 0
            assert battle.targets.expected[row] == pytest.approx(part * factor * 0.2)
        else:
            assert battle.counts["strikes_refused"] == 1


def test_the_smallest_weapon_with_the_wanted_effect_is_chosen_and_no_larger_one_than_the_limit_allows(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=0.5, air__stale_h=1000.0, air__wanted_effect=0.15, air__least_effect=0.0)
    row = int(alive(battle)[0])
    cell = int(battle.defenders.columns.cell[row])
    law = law_of(battle)
    chosen = {}
    for cover in (0.0, 0.5, 0.8):
        for persons in (0.0, 1.05 * 0.5 / (law.exposed * law.air[1])):
            battle.ground.cover[cell] = cover
            battle.homes[cell] = persons
            battle.targets.stage[row] = NO_TARGET
            assert decision(battle, row) == APPROVED
            chosen[cover, persons > 0] = int(battle.targets.choice[row])
    assert chosen[0.0, False] == 0, "a light one reaches 0.15 in the open"
    assert chosen[0.5, False] == 1
    assert chosen[0.8, False] == 2
    assert chosen[0.5, True] == chosen[0.8, True] == 0, "among many people only the light one is within the limit"


def test_a_weapon_that_is_not_worth_its_harm_is_not_used(riverton: Scenario) -> None:
    battle = posted(riverton, air__least_effect=0.9, artillery__enabled=False, air__stale_h=1000.0)
    assert decision(battle, int(alive(battle)[0])) == REFUSED


def test_persons_believed_present_are_those_of_before_the_battle_less_those_known_to_have_left(riverton: Scenario) -> None:
    battle = posted(riverton)
    cell = int(np.argmax(battle.homes))
    people, q = battle.households, battle.quarters
    assert believed(scene_of(battle), cell) == battle.homes[cell] == people.lists.persons[cell] > 0
    quarter = battle.ground.quarter[cell]
    q.left[quarter] = q.residents[quarter] // 2
    assert believed(scene_of(battle), cell) == pytest.approx(battle.homes[cell] / 2, rel=0.01)
    people.lists.persons[cell] = 0
    still = believed(scene_of(battle), cell)
    assert still == pytest.approx(battle.homes[cell] / 2, rel=0.01), "who is truly there it does not see"


def test_expected_harm_does_not_hang_on_the_size_of_cells(riverton: Scenario) -> None:
    """Per person and hectare the same, whatever area a cell has."""
    fine, coarse = (law_of(posted(riverton, city__cell_m=cell_m)) for cell_m in (50.0, 200.0))
    assert fine.air[2] * 50.0**2 == pytest.approx(coarse.air[2] * 200.0**2)
    assert fine.shells * 50.0**2 == pytest.approx(coarse.shells * 200.0**2)


# Priorities ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "vital", "rank"),
    [(DRIVERS, False, VEHICLE_BOMB), (LEADERS, False, LEADER), (MORTARS, False, MORTAR), (MINERS, True, DEMOLITION),
     (MINERS, False, OTHER), (INFANTRY, True, OTHER)],
)  # fmt: skip
def test_each_kind_has_its_priority(riverton: Scenario, kind: int, vital: bool, rank: int) -> None:
    battle = posted(riverton, air__brigade_desks=0, air__headquarters_desks=0)
    row = int(alive(battle)[0])
    battle.defenders.columns.kind[row] = kind
    found(battle, np.array([row]))
    battle.vital[battle.targets.cell[row]] = vital
    work(battle, 0.0)
    assert battle.targets.rank[row] == rank
    platoons = battle.liberators.columns
    platoons.cell[:12] = battle.targets.cell[row]
    battle.units.update(battle.defenders.columns, platoons)
    work(battle, 1.0)
    assert battle.targets.rank[row] == IN_CONTACT


def test_an_urgent_target_overtakes_the_others_at_a_desk(riverton: Scenario) -> None:
    battle = posted(riverton, air__brigade_desks=0, air__headquarters_desks=1, air__stale_h=1000.0, air__harm_limit=1e6)
    rows = alive(battle)
    battle.defenders.columns.kind[rows] = INFANTRY
    battle.defenders.columns.kind[rows[-1]] = DRIVERS
    found(battle, rows, 0.1)
    battle.targets.asked_h[rows[-1]] = 3.0
    work(battle, 0.0, 60)
    decided = battle.targets.decided_h[rows]
    between = (decided > 3.0) & (decided < decided[-1])
    assert between.sum() == 1, "only the one that is at the desk already comes before it"
    assert (decided > decided[-1]).sum() > 3


# After a strike -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dead", "error", "seen", "stage"),
    [(True, 0.0, False, DESTROYED), (False, 1.0, False, DESTROYED), (False, 0.0, False, NO_TARGET), (False, 0.0, True, DETECTED),
     (True, 1.0, False, DETECTED)],
)  # fmt: skip
def test_a_strike_is_judged_and_what_is_not_destroyed_is_nominated_again(
    riverton: Scenario, dead: bool, error: float, seen: bool, stage: int
) -> None:
    battle = posted(riverton, air__assessment_error=error, air__relay_h=1000.0)
    teams, targets, row = battle.defenders.columns, battle.targets, int(alive(battle)[0])
    found(battle, np.array([row]))
    targets.source[row], targets.stage[row], targets.due_h[row] = BY_SIGHT, STRUCK, 0.7
    teams.strength[row] = 0 if dead else 6
    teams.seen_until[row] = battle.ticks(battle.scenario.sensing.memory_h) if seen else 0
    work(battle, 0.0)
    assert targets.stage[row] == stage
    if stage == DETECTED:
        assert targets.found_h[row] == 0.7
        assert targets.passes[row] == 2


def test_an_assigned_target_is_left_alone(riverton: Scenario) -> None:
    battle = posted(riverton)
    row = int(alive(battle)[0])
    found(battle, np.array([row]))
    battle.targets.stage[row] = ASSIGNED
    work(battle, 0.0, 30)
    assert battle.targets.stage[row] == ASSIGNED


@pytest.mark.parametrize(("confirmation", "decided"), [(True, False), (False, True)])
def test_what_was_only_reported_waits_until_it_is_seen(riverton: Scenario, confirmation: bool, decided: bool) -> None:
    battle = posted(riverton, air__confirmation=confirmation, air__harm_limit=1e6, reports__valid_h=30.0, air__stale_h=2.0)
    rows = alive(battle)[:4]
    found(battle, rows)
    battle.targets.source[rows] = BY_REPORT
    work(battle, 0.0, 29)
    assert (battle.counts["targets_approved"] == rows.size) == decided
    if not decided:
        assert (battle.targets.stage[rows] == NOMINATED).all()
        battle.tick = 29
        battle.defenders.columns.seen_until[rows[0]] = 40
        note(battle, BY_ORBIT)
        work(battle, 29.0, 3)
        assert battle.targets.stage[rows[0]] != NOMINATED
        assert (battle.targets.stage[rows[1:]] == NO_TARGET).all(), "a report is followed up for so long only"
