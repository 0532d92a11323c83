"""Killings on purpose by the defenders: how many, of whom, where, and what they do to those who live on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import NO_ENEMY, rows_of
from facing_tools import assert_poisson, known_platoons_at

from sim.agents.codes import AT_HOME, FREED, HELD, ON_FOOT, TRAPPED
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.battle.contacts import teams_in
from sim.battle.defence import defend
from sim.battle.reprisals import (
    AS_INFORMERS,
    AS_PRISONERS,
    FOR_FLIGHT,
    expected_killings,
    strikes_on_reports,
    take_reprisals,
)
from sim.battle.trust import ROUND_H, change_minds
from sim.record.codes import (
    AIR,
    CAUSE,
    CELL,
    CIVILIANS,
    COALITION,
    DEATH,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    EXECUTION,
    FIRES,
    HUMAN_REPORT,
    REPORTING,
    REPRISALS,
    ROW,
    RULE,
    STRIKE,
)

if TYPE_CHECKING:
    from sim.scenario import Scenario

ONLY = {
    "flight": {"reprisals__informers": 0.0, "reprisals__at_risk": 0.0},
    "informers": {"reprisals__flight": 0.0, "reprisals__at_risk": 0.0},
    "prisoners": {"reprisals__flight": 0.0, "reprisals__informers": 0.0},
}
PEOPLE = {"population__persons": 100_000}


def posted(riverton: Scenario, **changes: object) -> Battle:
    """Teams at their posts; nothing else has happened."""
    battle = Battle(riverton, seed=3, **{key.replace("__", "."): value for key, value in changes.items()})
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def guarded(battle: Battle) -> int:
    """The quarter with most teams."""
    return int(np.argmax(teams_in(battle)))


def trap(battle: Battle, quarter: int) -> None:
    people = battle.households.columns
    people.state[battle.ground.quarter[people.cell] == quarter] = TRAPPED


def days(battle: Battle, n: int, stopped: dict[int, int] | None = None) -> np.ndarray:
    """Executions on each of so many days on which nothing else goes on."""
    found = np.empty(n)
    for day in range(n):
        for quarter, persons in (stopped or {}).items():
            battle.quarters.stopped[quarter] = persons
        had = battle.counts["executed"]
        battle.tick = day * battle.ticks_per_day
        take_reprisals(battle)
        found[day] = battle.counts["executed"] - had
    return found


def tell(battle: Battle, team: int, tick: int) -> None:
    battle.ledger.add(
        tick, DETECTION, cell=int(battle.defenders.columns.cell[team]), people=DEFENDERS, actor=CIVILIANS, cause=HUMAN_REPORT,
        rule=REPORTING, agent_set=DEFENDER_SET, row=team, count=1,
    )  # fmt: skip


def strike(battle: Battle, team: int, tick: int) -> None:
    battle.ledger.add(
        tick, STRIKE, cell=int(battle.defenders.columns.cell[team]), people=DEFENDERS, actor=COALITION, cause=AIR, rule=FIRES,
        agent_set=DEFENDER_SET, row=team, count=0,
    )  # fmt: skip


# Limits -------------------------------------------------------------------------------------------------------------


def test_nobody_is_killed_where_no_team_is(riverton: Scenario) -> None:
    battle = Battle(riverton, seed=1, **NO_ENEMY)
    everywhere = dict.fromkeys(range(battle.quarters.area.size), 10**6)
    assert days(battle, 30, everywhere).sum() == 0
    assert (expected_killings(battle) == 0.0).all()


def test_nobody_is_killed_where_reprisals_are_off_and_the_tally_begins_anew_all_the_same(riverton: Scenario) -> None:
    battle = posted(riverton, reprisals__enabled=False, reprisals__per_team_day=10.0)
    quarter = guarded(battle)
    trap(battle, quarter)
    assert days(battle, 5, {quarter: 10**4}).sum() == 0
    assert (battle.quarters.stopped == 0).all()


def test_it_is_done_once_a_day(riverton: Scenario) -> None:
    battle = posted(riverton, reprisals__per_team_day=10.0, reprisals__at_risk=20.0)
    battle.quarters.stopped[:] = 7
    for tick in range(1, battle.ticks_per_day):
        battle.tick = tick
        take_reprisals(battle)
    assert battle.counts["executed"] == 0
    assert (battle.quarters.stopped == 7).all()
    battle.tick = 0
    take_reprisals(battle)
    assert battle.counts["executed"] > 0
    assert (battle.quarters.stopped == 0).all()


# How many -----------------------------------------------------------------------------------------------------------


def test_of_those_stopped_a_share_is_killed(riverton: Scenario) -> None:
    battle = posted(riverton, **PEOPLE, **ONLY["flight"], reprisals__flight=0.01)
    quarter = guarded(battle)
    trap(battle, quarter)
    assert_poisson(days(battle, 300, {quarter: 250}), 2.5)
    battle.quarters.stopped[:] = 100
    assert expected_killings(battle)[FOR_FLIGHT].max() == pytest.approx(1.0)


def test_informers_are_sought_after_strikes_on_what_was_reported(riverton: Scenario) -> None:
    battle = posted(riverton, **PEOPLE, **ONLY["informers"], reprisals__informers=0.8, reports__valid_h=12.0)
    team = int(battle.units.team_rows[0])
    other = int(battle.units.team_rows[1])
    quarter = int(battle.ground.quarter[battle.defenders.columns.cell[team]])
    tell(battle, team, 5)
    strike(battle, team, 15)   # told ten hours before
    strike(battle, other, 15)  # nobody told of it
    strike(battle, team, 18)   # too long after
    tell(battle, other, 20)
    battle.tick = 24
    found = strikes_on_reports(battle)
    assert found.sum() == found[quarter] == 1
    assert expected_killings(battle)[AS_INFORMERS, quarter] == pytest.approx(0.8)
    strike(battle, other, 25)
    strike(battle, other, 26)
    battle.tick = 48
    again = int(battle.ground.quarter[battle.defenders.columns.cell[other]])
    assert strikes_on_reports(battle).sum() == strikes_on_reports(battle)[again] == 2, "yesterday's count no more"
    counts = np.empty(300)
    for i in range(300):
        had = battle.counts["executed"]
        battle.seed = i
        take_reprisals(battle)
        counts[i] = battle.counts["executed"] - had
    assert_poisson(counts, 1.6)


def test_prisoners_are_killed_with_a_hazard_for_each_team(riverton: Scenario) -> None:
    battle = posted(riverton, **PEOPLE, **ONLY["prisoners"], reprisals__at_risk=20.0, reprisals__per_team_day=0.004)
    q, teams = battle.quarters, teams_in(battle)
    wanted = 0.02 * q.residents * (1.0 - np.exp(-0.004 * teams))
    assert expected_killings(battle)[AS_PRISONERS] == pytest.approx(wanted)
    mean = wanted.sum()
    assert mean > 5.0
    counts = np.empty(100)
    for i in range(100):
        had = battle.counts["executed"]
        q.prisoners_killed[:] = 0
        battle.seed = i
        take_reprisals(battle)
        counts[i] = battle.counts["executed"] - had
    assert_poisson(counts, mean)


def test_more_are_killed_where_the_line_is_near_or_the_quarter_is_given_up(riverton: Scenario) -> None:
    how = {"reprisals__near_line": 3.0, "reprisals__near_m": 400.0, "reprisals__per_team_day": 1e-4}
    battle = posted(riverton, **ONLY["prisoners"], **how)
    q, quarter = battle.quarters, guarded(battle)
    far = expected_killings(battle)[AS_PRISONERS]
    battle.given_up[quarter] = True
    given = expected_killings(battle)[AS_PRISONERS]
    assert given[quarter] / far[quarter] == pytest.approx(3.0, rel=0.01)
    battle.given_up[quarter] = False
    x, y = battle.position(np.arange(battle.ground.control.size))
    known_platoons_at(battle, [int(np.argmin((x - q.x[quarter]) ** 2 + (y - q.y[quarter]) ** 2))])
    near = expected_killings(battle)[AS_PRISONERS]
    assert near[quarter] == pytest.approx(given[quarter])
    others = np.hypot(q.x - q.x[quarter], q.y - q.y[quarter]) > 800.0
    assert np.array_equal(near[others], far[others])


def test_prisoners_are_so_many_and_no_more(riverton: Scenario) -> None:
    battle = posted(riverton, **PEOPLE, **ONLY["prisoners"], reprisals__at_risk=5.0, reprisals__per_team_day=1.0)
    killed = days(battle, 25)
    q, there = battle.quarters, teams_in(battle) > 0
    at_risk = 0.005 * q.residents[there]
    assert killed[:3].sum() > 10 * killed[-10:].sum()
    assert (q.prisoners_killed[there] >= at_risk - 1.0).all()
    assert abs(q.prisoners_killed.sum() - at_risk.sum()) < 4 * np.sqrt(at_risk.sum())
    assert (q.prisoners_killed[~there] == 0).all()


# Who and where ------------------------------------------------------------------------------------------------------


def test_only_residents_at_home_on_held_ground_are_killed(riverton: Scenario) -> None:
    battle = posted(riverton, **ONLY["prisoners"], reprisals__at_risk=500.0, reprisals__per_team_day=10.0)
    people, quarter = battle.households.columns, guarded(battle)
    cells = battle.quarters.cells[battle.ground.quarter[battle.quarters.cells] == quarter]
    battle.ground.control[cells[::2]] = FREED
    battle.quarters.freed[quarter] = cells[::2].size
    people.state[::3] = ON_FOOT
    take_reprisals(battle)
    rows = rows_of(battle.ledger, kind=DEATH, cause=EXECUTION)
    assert rows.shape[0] == battle.counts["executed"] > 0
    assert (battle.ground.control[rows[:, CELL]] == HELD).all()
    assert (rows[:, ROW] % 3 > 0).all()
    assert (rows[:, RULE] == REPRISALS).all()
    check_conservation(battle)


def test_for_flight_the_trapped_are_killed_and_never_more_than_there_are(riverton: Scenario) -> None:
    battle = posted(riverton, **ONLY["flight"], reprisals__flight=1.0)
    people, quarter = battle.households.columns, guarded(battle)
    here = np.flatnonzero(battle.ground.quarter[people.cell] == quarter)
    people.state[here] = AT_HOME
    people.state[here[:3]] = TRAPPED
    inside = int(people.members[here[:3]].sum())
    assert days(battle, 1, {quarter: 10**4}).sum() == inside == people.dead[here[:3]].sum()
    assert people.dead.sum() == inside
    check_conservation(battle)


def test_each_killing_frightens_the_quarter_and_turns_it_against_the_defenders(riverton: Scenario) -> None:
    still = {"reports__fear_per_day": 0.0, "reports__fear_fade_days": 1e4, "reports__trust_example": 0.0, "reports__fear": 0.4}
    battle = posted(riverton, **ONLY["flight"], reprisals__flight=1.0, reports__fear_execution=0.5, **still)
    quarter = guarded(battle)
    trap(battle, quarter)
    battle.quarters.stopped[quarter] = 3
    trust = float(battle.quarters.trust[quarter])
    take_reprisals(battle)
    killed = battle.counts["executed"]
    assert killed > 0
    assert (rows_of(battle.ledger, kind=DEATH)[:, CAUSE] == EXECUTION).all()
    battle.tick = battle.ticks(ROUND_H)
    change_minds(battle, np.zeros(battle.quarters.area.size))
    assert battle.quarters.fear[quarter] == pytest.approx(1.0 - 0.6 * np.exp(-0.5 * killed), rel=1e-3)
    assert battle.quarters.trust[quarter] > trust


def test_a_battle_with_reprisals_is_conserved_and_counts_them(riverton: Scenario) -> None:
    battle = Battle(riverton, seed=2, check=True, **{"reprisals.at_risk": 5.0, "harm.collapse_casualty": 1.0, "time.max_days": 6})
    run = battle.run()
    rows = rows_of(battle.ledger, kind=DEATH, people=CIVILIANS, actor=DEFENDERS, cause=EXECUTION)
    assert run.summary["executed"] == rows.shape[0] > 0
    table = run.harm(by=["cause"]).set_index("cause")
    assert table.loc["execution", "killed"] == rows.shape[0]
