"""Bridges: who cuts them, when, what falls with them, and what replaces them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from battle_tools import quiet, rows_of, step_until

from sim.agents.codes import FREED, ON_FOOT
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.demolition import CUT, REPLACED, WHOLE, demolish_and_repair
from sim.errors import ScenarioError
from sim.kernels.fields import UNREACHED, distance_field
from sim.record.codes import ACTOR, BRIDGE, COALITION, DEFENDERS, DEMOLITION, ROW

START = date(2016, 10, 17)
STRUCK = {"bridges.strikes": {"Lower Bridge": date(2016, 10, 19)}, "bridges.pontoons": 0, "bridges.demolition": "none"}


def test_a_bridge_is_struck_on_its_date_and_not_before(riverton) -> None:
    battle = Battle(riverton, seed=1, **STRUCK)
    lower = battle.grid.bridge_index("Lower Bridge")
    step_until(battle, lambda b: b.bridge_state[lower] == CUT)
    assert battle.tick - 1 == 2 * 24
    rows = rows_of(battle.ledger, kind=DEMOLITION)
    assert rows[:, [ROW, ACTOR]].tolist() == [[lower, COALITION]]
    assert np.delete(battle.bridge_state, lower).tolist() == [WHOLE]


def test_a_strike_on_an_unknown_bridge_or_before_the_start_is_refused(riverton) -> None:
    with pytest.raises(ScenarioError, match="London Bridge"):
        Battle(riverton, **{"bridges.strikes": {"London Bridge": START}})
    with pytest.raises(ScenarioError, match="lies before"):
        Battle(riverton, **{"bridges.strikes": {"Lower Bridge": date(2016, 10, 1)}})


def _platoon_at_the_end(battle: Battle, *, seen: bool) -> int:
    """A platoon on the end of bridge 0, known to the defenders or not; returns its row."""
    platoons = battle.liberators.columns
    platoons.cell[0] = battle.bridge_ends[0, 0]
    platoons.seen_until[0] = 10**6 if seen else -1
    return 0


@pytest.mark.parametrize(
    ("seen", "held", "policy", "tried"),
    [
        (True, True, "threatened", True), (False, True, "threatened", False), (True, False, "threatened", False),
        (True, True, "none", False), (False, True, "start", True), (False, False, "start", False),
    ],
)  # fmt: skip
def test_a_charge_is_fired_for_seen_platoons_near_an_end_that_is_held(
    riverton, seen: bool, held: bool, policy: str, tried: bool
) -> None:
    battle = Battle(riverton, seed=1, bridges__demolition=policy, bridges__success=1.0, bridges__threat_m=300.0)
    _platoon_at_the_end(battle, seen=seen)
    if not held:
        battle.ground.control[battle.bridge_ends.ravel()] = FREED
    demolish_and_repair(battle)
    assert bool(battle.charge_tried[0]) == tried
    assert (battle.bridge_state[0] == CUT) == tried
    if tried:
        assert rows_of(battle.ledger, kind=DEMOLITION, actor=DEFENDERS)[0, ROW] == 0


def test_a_seen_platoon_beyond_the_threat_distance_fires_no_charge(riverton) -> None:
    battle = Battle(riverton, seed=1, bridges__success=1.0, bridges__threat_m=300.0)
    row = _platoon_at_the_end(battle, seen=True)
    x = battle.bridge_ends[:, 0] % battle.grid.nx
    battle.liberators.columns.cell[row] = battle.bridge_ends[0, 0] - x[0]
    demolish_and_repair(battle)
    assert not battle.charge_tried.any()


@pytest.mark.parametrize(("success", "cut"), [(0.0, 0), (1.0, 2)])
def test_charges_work_with_their_chance_and_are_tried_once(riverton, success: float, cut: int) -> None:
    battle = Battle(riverton, seed=1, bridges__demolition="start", bridges__success=success, bridges__pontoons=0)
    for _ in range(5):
        demolish_and_repair(battle)
        battle.tick += 1
    assert battle.charge_tried.all()
    assert int((battle.bridge_state == CUT).sum()) == cut
    assert rows_of(battle.ledger, kind=DEMOLITION).shape[0] == cut


def test_who_is_on_a_falling_span_is_put_ashore_unhurt(riverton) -> None:
    battle = quiet(riverton, bridges__strikes={"Lower Bridge": START}, bridges__demolition="none")
    bridge = battle.grid.bridges[battle.grid.bridge_index("Lower Bridge")]
    people, lists = battle.households.columns, battle.households.lists
    for row, cell in enumerate(bridge.span.tolist()):
        move(people, lists, row, cell)
        people.state[row] = ON_FOOT
        battle.liberators.columns.cell[row] = cell
    members = people.members.copy()
    demolish_and_repair(battle)
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
    battle = quiet(riverton, bridges__strikes=strikes, bridges__pontoons=0, bridges__demolition="none")
    assert battle.routes.joined[1, 2]
    demolish_and_repair(battle)
    assert not battle.routes.joined[1, 2]
    assert battle.routes.joined[1, 1]
    assert battle.routes.joined[2, 2]
    grid = battle.grid
    north = np.flatnonzero((grid.bank == 1) & (battle.routes.slow > 0))[:1].astype(np.int32)
    reach = distance_field(battle.routes.slow, north, grid.nx, grid.ny, int(UNREACHED) - 1)
    ground = grid.passable(np.zeros(len(grid.bridges), np.bool_))
    assert (reach[ground & (grid.bank == 2)] == UNREACHED).all()
    assert (reach[ground & (grid.bank == 1)] < UNREACHED).mean() > 0.9


def _hours_to_pontoons(battle: Battle, hours: int) -> list[int]:
    """Tick at which each replacement opens."""
    opened = []
    for _ in range(hours):
        before = int((battle.bridge_state == REPLACED).sum())
        demolish_and_repair(battle)
        opened += [battle.tick] * (int((battle.bridge_state == REPLACED).sum()) - before)
        battle.tick += 1
    return opened


@pytest.fixture
def cut(riverton) -> Battle:
    """Both bridges struck in the first tick, all ground free, nobody about."""
    strikes = dict.fromkeys(("Lower Bridge", "Upper Bridge"), START)
    battle = quiet(riverton, bridges__strikes=strikes, bridges__pontoon_days=2.0, bridges__demolition="none")
    battle.ground.control[battle.bridge_ends.ravel()] = FREED
    return battle


def test_engineers_replace_cut_bridges_at_secure_ends_in_their_time(cut: Battle) -> None:
    assert _hours_to_pontoons(cut, 100) == [47, 47]
    assert rows_of(cut.ledger, kind=BRIDGE).shape[0] == 2
    assert cut.routes.joined[1, 2]


@pytest.mark.parametrize("pontoons", [0, 1])
def test_no_more_bridges_are_replaced_than_there_are_pontoons(riverton, pontoons: int) -> None:
    strikes = dict.fromkeys(("Lower Bridge", "Upper Bridge"), START)
    battle = quiet(riverton, bridges__strikes=strikes, bridges__pontoon_days=1.0, bridges__pontoons=pontoons,
        bridges__demolition="none")  # fmt: skip
    battle.ground.control[battle.bridge_ends.ravel()] = FREED
    assert len(_hours_to_pontoons(battle, 100)) == pontoons


def test_nobody_builds_where_defenders_hold_both_ends(riverton) -> None:
    battle = quiet(riverton, bridges__strikes={"Lower Bridge": START}, bridges__demolition="none")
    assert _hours_to_pontoons(battle, 300) == []


@pytest.mark.parametrize(("seen", "opened"), [(True, 0), (False, 2)])
def test_nobody_builds_in_sight_of_a_known_team(riverton, seen: bool, opened: int) -> None:
    strikes = dict.fromkeys(("Lower Bridge", "Upper Bridge"), START)
    battle = Battle(riverton, seed=1, bridges__strikes=strikes, bridges__pontoon_days=1.0, bridges__demolition="none")
    battle.ground.control[battle.bridge_ends.ravel()] = FREED
    ends = battle.bridge_ends.ravel()
    teams = battle.defenders.columns
    teams.cell[: ends.size] = ends
    teams.cell[ends.size :] = -1
    teams.strength[ends.size :] = 0
    teams.seen_until[:] = 10**6 if seen else -1
    assert len(_hours_to_pontoons(battle, 60)) == opened
