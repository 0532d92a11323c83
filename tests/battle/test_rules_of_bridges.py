"""Bridges: who cuts them and when, what it takes, who can stop it, and what falls with them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import quiet, rows_of, step_until

from sim.agents.codes import FREED, HELD, MINERS, ON_FOOT, TEAM_HOLD, TEAM_RIG
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.bridges import AT_START, CUT, NEVER, ON_DATE, THREATENED, WHOLE, cut, saved_bridges
from sim.battle.crossing import note_crossings
from sim.battle.defence import defend
from sim.battle.demolition import demolish, rigged
from sim.battle.harm import hurt_team
from sim.errors import ScenarioError
from sim.kernels.fields import UNREACHED, distance_field
from sim.record.codes import ACTOR, BRIDGE, CAUSE, COALITION, DEFENDERS, DEMOLITION, DUD, MADE_SAFE, OTHER_ROW, RIGGING, ROW

if TYPE_CHECKING:
    from sim.scenario import Scenario

START = date(2016, 10, 17)
STRUCK = {"bridges.strikes": {"Lower Bridge": date(2016, 10, 19)}, "bridges.demolition": "none"}
# Three parties of four miners, all else infantry; liberators who never come.
PARTIES = {
    "defenders.fighters": 60, "specialists.leader_share": 0.0, "specialists.sniper_share": 0.0,
    "specialists.mortar_share": 0.0, "specialists.driver_share": 0.0, "specialists.drone_share": 0.0,
    "specialists.miner_share": 0.2, "specialists.miner_team": 4,
    "liberators.axes.north.date": date(2016, 12, 1), "liberators.axes.south.date": date(2016, 12, 1),
}  # fmt: skip


def test_a_bridge_is_struck_on_its_date_and_not_before(riverton) -> None:
    battle = Battle(riverton, seed=1, **STRUCK)
    lower = battle.grid.bridge_index("Lower Bridge")
    step_until(battle, lambda b: b.bridges.state[lower] == CUT)
    assert battle.tick - 1 == 2 * 24
    rows = rows_of(battle.ledger, kind=DEMOLITION)
    assert rows[:, [ROW, ACTOR]].tolist() == [[lower, COALITION]]
    assert np.delete(battle.bridges.state, lower).tolist() == [WHOLE]


@pytest.mark.parametrize("key", ["bridges.strikes", "bridges.each"])
def test_an_unknown_bridge_or_a_day_before_the_start_is_refused(riverton, key: str) -> None:
    def asked(name: str, day: date) -> dict[str, object]:
        return {key: {name: day if key == "bridges.strikes" else {"demolition": "date", "date": day}}}

    with pytest.raises(ScenarioError, match="London Bridge"):
        Battle(riverton, **asked("London Bridge", START))
    with pytest.raises(ScenarioError, match="lies before"):
        Battle(riverton, **asked("Lower Bridge", date(2016, 10, 1)))


def test_each_bridge_has_the_general_rule_or_one_of_its_own(riverton) -> None:
    each = {"Lower Bridge": {"demolition": "date", "date": date(2016, 10, 20)}}
    battle = Battle(riverton, seed=1, **{"bridges.each": each, "bridges.demolition": "start"})
    lower, upper = (battle.grid.bridge_index(name) for name in ("Lower Bridge", "Upper Bridge"))
    assert battle.bridges.rule[[lower, upper]].tolist() == [ON_DATE, AT_START]
    assert battle.bridges.fire[[lower, upper]].tolist() == [3 * 24, -1]
    assert (Battle(riverton, **{"bridges.demolition": "none"}).bridges.rule == NEVER).all()
    assert (Battle(riverton, **{"bridges.demolition": "threatened"}).bridges.rule == THREATENED).all()


# Parties ---------------------------------------------------------------------------------------------------------------


def waiting_for(riverton: Scenario, **changes: object) -> Battle:
    """A battle in which three parties of miners have a place, and no liberator comes."""
    battle = Battle(riverton, seed=1, **{**PARTIES, **{key.replace("__", "."): value for key, value in changes.items()}})
    defend(battle)
    assert (battle.defenders.columns.kind == MINERS).sum() == 3
    return battle


def hours_of(battle: Battle, hours: int) -> None:
    """Hours in which demolition alone goes on."""
    for _ in range(hours):
        demolish(battle)
        battle.tick += 1


def show_platoon(battle: Battle, bridge: int, *, metres: float = 0.0, seen: bool = True) -> None:
    """Put a platoon near the first end of a bridge, known to the defenders or not."""
    platoons = battle.liberators.columns
    platoons.cell[0] = battle.bridges.end[bridge, 0] - round(metres / battle.grid.cell_m)
    platoons.seen_until[0] = 10**6 if seen else -1


def put_to_work(battle: Battle) -> None:
    """Parties that were sent are there."""
    for party, post in zip(battle.bridges.party, battle.bridges.post, strict=True):
        if party >= 0:
            battle.defenders.columns.cell[party] = post


@pytest.mark.parametrize(
    ("rule", "metres", "seen", "sent"),
    [
        ("none", 0.0, True, 0), ("threatened", 0.0, True, 2), ("threatened", 0.0, False, 0), ("threatened", 2000.0, True, 0),
        ("start", 2000.0, False, 2),
    ],
)  # fmt: skip
def test_parties_are_sent_by_the_rule_as_the_known_front_comes_near(riverton, rule, metres, seen, sent) -> None:
    battle = waiting_for(riverton, bridges__demolition=rule, bridges__alert_m=1600.0, bridges__success=0.0)
    show_platoon(battle, 0, metres=metres, seen=seen)
    demolish(battle)
    parties = battle.bridges.party[battle.bridges.party >= 0]
    assert parties.size == np.unique(parties).size == sent
    teams = battle.defenders.columns
    assert (teams.kind[parties] == MINERS).all()
    assert (teams.order[parties] == TEAM_RIG).all()
    assert (teams.order == TEAM_RIG).sum() == sent


def test_a_dated_bridge_gets_its_party_so_many_hours_before(riverton) -> None:
    each = {"Lower Bridge": {"demolition": "date", "date": date(2016, 10, 22)}}
    battle = waiting_for(riverton, bridges__each=each, bridges__demolition="none", bridges__lead_h=48.0)
    lower = battle.grid.bridge_index("Lower Bridge")
    hours_of(battle, 5 * 24)
    assert rows_of(battle.ledger, cause=RIGGING)[:, ROW].tolist() == [lower]
    assert battle.ledger.ticks[battle.ledger.ints[:, CAUSE] == RIGGING].tolist() == [3 * 24]


def test_command_leaves_a_party_at_its_bridge(riverton) -> None:
    battle = waiting_for(riverton, bridges__demolition="start", bridges__success=0.0)
    demolish(battle)
    before = battle.defenders.columns.target.copy()
    parties = battle.bridges.party.copy()
    for _ in range(3):
        battle.tick += 24
        defend(battle)
        demolish(battle)
    assert np.array_equal(battle.bridges.party, parties)
    assert np.array_equal(battle.defenders.columns.target[parties], before[parties])
    assert (battle.defenders.columns.order[parties] == TEAM_RIG).all()


def test_parties_walk_to_their_ends_and_begin_anew_after_each_failure(riverton) -> None:
    """All phases, nobody against them: charges fail one rigging after another, and the parties stay where they work."""
    battle = waiting_for(riverton, bridges__demolition="start", bridges__success=0.0, bridges__rig_h=10.0)
    for _ in range(24 * 4):
        battle.step()
    duds = rows_of(battle.ledger, cause=DUD)
    ticks = battle.ledger.ticks[battle.ledger.ints[:, CAUSE] == DUD]
    for bridge in range(2):
        times = ticks[duds[:, ROW] == bridge]
        assert times[0] == 0
        assert duds[duds[:, ROW] == bridge][0, OTHER_ROW] == -1
        assert (np.diff(times[1:]) == 10).all()
        assert times.size >= 7
    posts = battle.bridges.post
    assert battle.defenders.columns.cell[battle.bridges.party].tolist() == posts.tolist()
    assert (battle.bridges.state == WHOLE).all()


def test_the_party_works_at_the_held_end_that_lies_farther_from_the_front(riverton) -> None:
    battle = waiting_for(riverton, bridges__demolition="threatened")
    show_platoon(battle, 0, metres=500.0)
    demolish(battle)
    assert battle.bridges.post[0] == battle.bridges.end[0, 1]
    other = waiting_for(riverton, bridges__demolition="threatened")
    other.ground.control[other.bridges.end[:, 1]] = FREED
    show_platoon(other, 0, metres=500.0)
    demolish(other)
    assert other.bridges.post[0] == other.bridges.end[0, 0]


# Rigging and firing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strength", "suppression", "hours"), [(4, 0.0, 12), (2, 0.0, 24), (4, 0.5, 24), (1, 0.0, 48)])
def test_rigging_takes_a_whole_party_its_hours_and_fewer_hands_longer(riverton, strength, suppression, hours) -> None:
    battle = waiting_for(riverton, bridges__demolition="threatened", bridges__rig_h=12.0, bridges__threat_m=0.0)
    show_platoon(battle, 0, metres=500.0)
    demolish(battle)
    put_to_work(battle)
    party = battle.bridges.party[0]
    teams = battle.defenders.columns
    teams.strength[party], teams.pinned[party] = strength, suppression
    battle.bridges.charge_h[0] = 0.0
    battle.tick += 1
    hours_of(battle, hours - 1)
    assert not rigged(battle)[0]
    hours_of(battle, 1)
    assert rigged(battle)[0]
    assert rows_of(battle.ledger, kind=BRIDGE, cause=RIGGING, row=0).shape[0] == 1
    assert (battle.bridges.state == WHOLE).all()


def test_a_party_that_is_away_or_fights_does_not_rig(riverton) -> None:
    battle = waiting_for(riverton, bridges__demolition="threatened", bridges__rig_h=2.0)
    show_platoon(battle, 0, metres=500.0)
    demolish(battle)
    party, teams = battle.bridges.party[0], battle.defenders.columns
    teams.cell[party] = battle.quarters.cells[-1]
    hours_of(battle, 20)
    assert battle.bridges.charge_h[0] == 0.0
    put_to_work(battle)
    teams.fired[party] = True
    hours_of(battle, 20)
    assert battle.bridges.charge_h[0] == 0.0
    teams.fired[party] = False
    hours_of(battle, 2)
    assert rows_of(battle.ledger, kind=DEMOLITION)[:, ROW].tolist() == [0]


def ready(riverton: Scenario, **changes: object) -> Battle:
    """Bridge 0 has its party and its charge, and nobody knows of any liberator."""
    each = {"Upper Bridge": {"demolition": "threatened"}}
    battle = waiting_for(riverton, **{"bridges__each": each, "bridges__demolition": "none", "bridges__success": 1.0, **changes})
    assert battle.grid.bridges[0].name == "Upper Bridge"
    show_platoon(battle, 0, metres=1000.0)
    demolish(battle)
    put_to_work(battle)
    battle.tick += 1
    hours_of(battle, 13)
    assert rigged(battle).tolist() == [True, False]
    assert (battle.bridges.state == WHOLE).all()
    battle.liberators.columns.cell[0] = -1
    return battle


@pytest.mark.parametrize(
    ("metres", "seen", "fired"), [(0.0, True, True), (0.0, False, False), (700.0, True, True), (900.0, True, False)]
)
def test_a_charge_is_fired_for_known_platoons_within_the_threat_distance(riverton, metres, seen, fired) -> None:
    battle = ready(riverton)
    show_platoon(battle, 0, metres=metres, seen=seen)
    demolish(battle)
    assert (battle.bridges.state[0] == CUT) == fired
    if fired:
        assert rows_of(battle.ledger, kind=DEMOLITION, actor=DEFENDERS)[:, ROW].tolist() == [0]
        assert battle.bridges.party[0] == -1
        assert (battle.defenders.columns.order != TEAM_RIG).all()


def test_a_dated_charge_is_fired_on_its_day_whoever_is_near(riverton) -> None:
    battle = ready(riverton, bridges__each={"Upper Bridge": {"demolition": "threatened"}})
    battle.bridges.rule[0], battle.bridges.fire[0] = ON_DATE, battle.tick + 30
    show_platoon(battle, 0)
    hours_of(battle, 30)
    assert battle.bridges.state[0] == WHOLE
    hours_of(battle, 1)
    assert battle.bridges.state[0] == CUT


@pytest.mark.parametrize(("success", "share"), [(0.0, 0.0), (0.3, 0.3), (1.0, 1.0)])
def test_charges_work_with_their_chance(riverton, success: float, share: float) -> None:
    battle = ready(riverton, bridges__success=success)
    show_platoon(battle, 0)
    fired = worked = 0
    for _ in range(300):
        battle.bridges.charge_h[0], battle.bridges.state[0] = 99.0, WHOLE
        if battle.bridges.party[0] < 0:
            battle.bridges.party[0], battle.bridges.post[0] = battle.defenders.columns.kind.argmax(), battle.bridges.end[0, 1]
            battle.defenders.columns.order[battle.bridges.party[0]] = TEAM_RIG
            put_to_work(battle)
        battle.tick += 1 + (battle.tick % 24 == 23)
        demolish(battle)
        fired += 1
        worked += int(battle.bridges.state[0] == CUT)
    assert abs(worked / fired - share) <= 4.0 * np.sqrt(share * (1 - share) / fired)
    assert battle.counts["charges_failed"] == fired - worked


@pytest.mark.parametrize("policy", ["start", "threatened"])
def test_where_no_end_is_held_nothing_is_blown_and_the_bridge_is_saved(riverton, policy: str) -> None:
    battle = waiting_for(riverton, bridges__demolition=policy, bridges__success=1.0)
    battle.ground.control[battle.bridges.end.ravel()] = FREED
    show_platoon(battle, 0)
    hours_of(battle, 24 * 3)
    assert (battle.bridges.state == WHOLE).all()
    assert saved_bridges(battle).all()


def test_nobody_is_left_to_fire_prepared_charges_where_there_are_no_defenders(riverton) -> None:
    battle = quiet(riverton, bridges__demolition="start", bridges__success=1.0)
    battle.step()
    assert (battle.bridges.state == WHOLE).all()


# Stopped ---------------------------------------------------------------------------------------------------------------


def kill(battle: Battle, row: int) -> None:
    teams = battle.defenders.columns
    hurt_team(battle.key("test.kill", "defenders"), teams, row, int(teams.strength[row]), 1.0, 0.0, COALITION, 0, 0, -1, 0,
        battle.events)  # fmt: skip
    assert teams.strength[row] == 0


@pytest.mark.parametrize("parties", [1, 3])
@pytest.mark.parametrize("killed", [False, True])
def test_killing_the_party_saves_the_bridge_unless_another_takes_its_place(riverton, parties: int, killed: bool) -> None:
    battle = ready(riverton, specialists__miner_share=0.2)
    teams = battle.defenders.columns
    if killed:
        others = np.flatnonzero((teams.kind == MINERS) & (teams.order != TEAM_RIG))
        for row in [battle.bridges.party[0], *others[parties - 1 :]]:
            kill(battle, int(row))
    for _ in range(5 * 24):
        demolish(battle)
        put_to_work(battle)
        battle.tick += 1
        if battle.tick > 3 * 24:
            show_platoon(battle, 0)
    assert battle.counts["rig_parties_lost"] == int(killed)
    saved = killed and parties == 1
    assert (battle.bridges.state[0] == WHOLE) == saved
    battle.ground.control[battle.bridges.end.ravel()] = FREED
    assert saved_bridges(battle).tolist() == [saved, False]


def test_a_party_killed_before_it_is_done_leaves_its_work_to_the_next(riverton) -> None:
    battle = waiting_for(riverton, bridges__demolition="threatened", bridges__rig_h=12.0, bridges__threat_m=0.0)
    show_platoon(battle, 0, metres=500.0)
    demolish(battle)
    put_to_work(battle)
    battle.tick += 1
    hours_of(battle, 5)
    done, first = float(battle.bridges.charge_h[0]), int(battle.bridges.party[0])
    kill(battle, first)
    hours_of(battle, 20)
    assert battle.bridges.charge_h[0] == done
    assert battle.bridges.party[0] not in {first, -1}
    put_to_work(battle)
    hours_of(battle, 7)
    assert rigged(battle)[0]


def test_liberators_who_take_the_end_make_the_charge_safe_and_the_party_goes_free(riverton) -> None:
    battle = ready(riverton)
    party = int(battle.bridges.party[0])
    battle.ground.control[battle.bridges.end[0]] = FREED
    show_platoon(battle, 0)
    demolish(battle)
    assert battle.bridges.state[0] == WHOLE
    assert battle.bridges.charge_h[0] == 0.0
    assert battle.bridges.party[0] == -1
    assert battle.defenders.columns.order[party] == TEAM_HOLD
    assert rows_of(battle.ledger, kind=BRIDGE, cause=MADE_SAFE)[:, ROW].tolist() == [0]
    assert battle.counts["charges_made_safe"] == 1
    assert saved_bridges(battle).tolist() == [True, False]


def test_a_bridge_that_is_struck_takes_its_charge_with_it(riverton) -> None:
    battle = ready(riverton)
    cut(battle, 0, COALITION, 0)
    demolish(battle)
    assert battle.bridges.party[0] == battle.bridges.post[0] == -1
    assert battle.bridges.charge_h[0] == 0.0
    assert (battle.defenders.columns.order != TEAM_RIG).all()
    assert battle.counts["charges_made_safe"] == 0


# What falls with it ----------------------------------------------------------------------------------------------------


def test_who_is_on_a_falling_span_is_put_ashore_unhurt(riverton) -> None:
    battle = quiet(riverton, bridges__strikes={"Lower Bridge": START}, bridges__demolition="none")
    bridge = battle.grid.bridges[battle.grid.bridge_index("Lower Bridge")]
    people, lists = battle.households.columns, battle.households.lists
    for row, cell in enumerate(bridge.span.tolist()):
        move(people, lists, row, cell)
        people.state[row] = ON_FOOT
        battle.liberators.columns.cell[row] = cell
    members = people.members.copy()
    demolish(battle)
    ends = set(bridge.end_cells)
    assert set(people.cell[: bridge.span.size].tolist()) <= ends
    assert set(battle.liberators.columns.cell[: bridge.span.size].tolist()) <= ends
    # Each to the nearer end: the span of two cells parts in the middle.
    assert set(people.cell[: bridge.span.size].tolist()) == ends
    assert np.array_equal(people.members, members)
    assert (lists.persons[bridge.span] == 0).all()
    assert sum(lists.persons[end] for end in ends) >= members[: bridge.span.size].sum()


def test_without_a_bridge_there_is_no_way_across(riverton) -> None:
    strikes = dict.fromkeys(("Lower Bridge", "Upper Bridge"), START)
    battle = quiet(riverton, bridges__strikes=strikes, bridges__demolition="none")
    anyone = np.ones(len(battle.grid.bridges), np.bool_)
    assert battle.routes.joined(anyone)[1, 2]
    demolish(battle)
    note_crossings(battle)
    assert (battle.routes.joined(anyone)[1:, 1:] == np.eye(2)).all()
    grid = battle.grid
    north = np.flatnonzero((grid.bank == 1) & (battle.routes.slow > 0))[:1].astype(np.int32)
    reach = distance_field(battle.routes.slow, north, grid.nx, grid.ny, int(UNREACHED) - 1)
    ground = grid.passable(np.zeros(len(grid.bridges), np.bool_))
    assert (reach[ground & (grid.bank == 2)] == UNREACHED).all()
    assert (reach[ground & (grid.bank == 1)] < UNREACHED).mean() > 0.9


@pytest.mark.parametrize("held", [(0,), (0, 1), ()])
def test_liberators_cross_by_bridges_of_which_they_hold_both_ends(riverton, held: tuple[int, ...]) -> None:
    battle = quiet(riverton)
    battle.ground.control[battle.bridges.end] = FREED
    battle.ground.control[battle.bridges.end[list(held), 0]] = HELD
    assert battle.joined[1, 2] == battle.joined[2, 1] == (len(held) < 2)


def test_no_party_is_sent_over_a_river_without_a_bridge(riverton) -> None:
    """All parties stand on one bank, the only end that is held lies on the other, and no bridge carries them."""
    battle = waiting_for(riverton, bridges__demolition="start", bridges__success=0.0)
    teams, grid = battle.defenders.columns, battle.grid
    teams.cell[teams.kind == MINERS] = battle.bridges.end[0, 0]
    assert np.diff(grid.bank[battle.bridges.end[0]].astype(int)) != 0
    battle.ground.control[battle.bridges.end[0, 0]] = FREED
    battle.routes.set_bridges(np.zeros(2, np.bool_))
    battle.tick = 24
    demolish(battle)
    assert battle.bridges.party[0] == -1
    battle.ground.control[battle.bridges.end[0, 0]] = HELD
    demolish(battle)
    assert battle.bridges.post[0] == battle.bridges.end[0, 0]
