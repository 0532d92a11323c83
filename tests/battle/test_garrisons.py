"""Holding forces: how many, from where; and what becomes of freed ground that nobody holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import quiet
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import HARBOUR, MILL_SIDE, NORTH, NORTH_GATE, cells_of, index, lose, posted, show_platoons, station, touching

from sim.agents.codes import (
    ASSAULT,
    ASSAULT_ROLE,
    CORDON,
    FREED,
    GARRISON,
    HELD,
    HOLD_ROLE,
    INFANTRY,
    MARCH,
    RESERVE,
    TEAM_HIDE,
)
from sim.battle.clearing import clear, take_back
from sim.battle.garrisons import garrison
from sim.record.codes import CONTROL, DEFENDERS, KIND

if TYPE_CHECKING:
    from sim.battle import Battle


# Who holds ------------------------------------------------------------------------------------------------------------


def _idle(riverton, n: int, *, quarter: int = MILL_SIDE, role: int = HOLD_ROLE, **changes: object) -> Battle:
    """So many platoons without a task in one quarter, the rest still on the march; nobody to fight."""
    battle = quiet(riverton, **changes)
    platoons = battle.liberators.columns
    rows, cells = np.arange(n), cells_of(battle, quarter)
    platoons.cell[:], platoons.order[:] = -1, MARCH
    platoons.cell[rows] = cells[rows % cells.size]
    platoons.order[rows], platoons.role[rows] = RESERVE, role
    index(battle)
    return battle


def _held(battle: Battle) -> np.ndarray:
    platoons = battle.liberators.columns
    return np.bincount(platoons.objective[platoons.order == GARRISON], minlength=8)


@pytest.mark.parametrize("density", [0.0, 1.0, 4.0])
def test_a_freed_quarter_gets_platoons_by_its_area(riverton, density: float) -> None:
    battle = _idle(riverton, 30, liberators__hold_platoons_per_km2=density)
    for quarter in NORTH[:2]:
        lose(battle, quarter)
    due = np.where(battle.quarters.liberated, np.ceil(density * battle.quarters.area), 0)
    assert due.sum() <= 30
    garrison(battle)
    assert np.array_equal(_held(battle), due)
    for _ in range(3):
        garrison(battle)
    assert np.array_equal(_held(battle), due), "and no more on the days after"
    platoons = battle.liberators.columns
    mine = platoons.order == GARRISON
    assert (battle.ground.quarter[platoons.target[mine]] == platoons.objective[mine]).all()


@given(n=st.integers(0, 30), freed=st.lists(st.booleans(), min_size=8, max_size=8), density=st.sampled_from((0.5, 2.0, 6.0)))
@how_often(max_examples=25)
def test_no_more_platoons_hold_than_there_are_or_are_due_and_only_freed_quarters(
    bare, n: int, freed: list[bool], density: float
) -> None:
    battle, platoons, q = bare, bare.liberators.columns, bare.quarters
    battle._asked = battle.scenario.replace({"liberators.hold_platoons_per_km2": density})
    platoons.cell[:], platoons.order[:] = -1, MARCH
    platoons.objective[:] = platoons.target[:] = -1
    rows = np.arange(n)
    platoons.cell[rows], platoons.order[rows] = cells_of(battle, MILL_SIDE)[rows], RESERVE
    platoons.role[rows] = HOLD_ROLE
    for quarter, free in enumerate(freed):
        lose(battle, quarter, float(free))
    garrison(battle)
    have = _held(battle)
    assert (have <= np.where(q.liberated, np.ceil(density * q.area), 0)).all()
    assert have.sum() <= n
    mine = np.where(q.liberated & battle.joined[1, q.bank], np.ceil(density * q.area), 0)
    assert have.sum() == min(n, mine.sum()), "as many as can get there and are due"


@pytest.fixture(scope="module")
def bare(riverton) -> Battle:
    """A battle without an enemy whose ground and platoons each example makes up."""
    return quiet(riverton)


def test_the_nearest_are_sent(riverton) -> None:
    battle = _idle(riverton, 20, liberators__hold_platoons_per_km2=1.0)
    platoons, q = battle.liberators.columns, battle.quarters
    platoons.cell[10:20] = cells_of(battle, NORTH[3])[:10]
    lose(battle, MILL_SIDE)
    garrison(battle)
    x, y = battle.position(platoons.cell[:20])
    gap = np.hypot(x - q.x[MILL_SIDE], y - q.y[MILL_SIDE])
    sent = platoons.order[:20] == GARRISON
    assert 0 < sent.sum() < 20
    assert gap[sent].max() <= gap[~sent].min()


@pytest.mark.parametrize("order", [MARCH, CORDON, ASSAULT])
def test_platoons_with_another_task_hold_nothing(riverton, order: int) -> None:
    battle = _idle(riverton, 20)
    battle.liberators.columns.order[:20] = order
    lose(battle, MILL_SIDE)
    garrison(battle)
    assert _held(battle).sum() == 0


def test_nobody_is_sent_over_a_river_without_a_bridge_in_the_liberators_hands(riverton) -> None:
    battle = _idle(riverton, 30)
    lose(battle, HARBOUR)
    assert (battle.ground.control[battle.bridges.end] == HELD).any()
    garrison(battle)
    assert _held(battle).sum() == 0
    battle.ground.control[battle.bridges.end] = FREED
    garrison(battle)
    assert _held(battle)[HARBOUR] > 0


def test_one_assault_platoon_stands_in_only_where_a_quarter_is_to_be_held_at_all(riverton) -> None:
    for density, stands_in in ((0.0, 0), (4.0, 1)):
        battle = _idle(riverton, 10, role=ASSAULT_ROLE, liberators__hold_platoons_per_km2=density)
        lose(battle, MILL_SIDE)
        garrison(battle)
        assert _held(battle)[MILL_SIDE] == stands_in


def test_a_stand_in_is_free_again_where_its_quarter_is_lost(riverton) -> None:
    battle = _idle(riverton, 1, role=ASSAULT_ROLE)
    lose(battle, MILL_SIDE)
    garrison(battle)
    assert battle.liberators.columns.order[0] == GARRISON
    lose(battle, MILL_SIDE, 0.9)
    lose(battle, NORTH_GATE)
    garrison(battle)
    assert battle.liberators.columns.objective[0] != MILL_SIDE


# Ground taken back ----------------------------------------------------------------------------------------------------


def _intruders(riverton, **changes: object) -> tuple[Battle, np.ndarray]:
    """Teams of infantry, one to a cell, in a freed quarter that no platoon is near."""
    battle = posted(riverton, **{"defenders.fighters": 900, **changes})
    teams = battle.defenders.columns
    rows = np.flatnonzero((teams.kind == INFANTRY) & (teams.strength > 0))[: cells_of(battle, MILL_SIDE).size]
    station(battle, np.setdiff1d(np.arange(len(battle.defenders)), rows), HARBOUR)
    station(battle, rows, MILL_SIDE)
    lose(battle, MILL_SIDE)
    index(battle)
    return battle, rows


def _back(battle: Battle) -> int:
    """Cells of the quarter that are held again; ends if the tallies say otherwise."""
    q, cells = battle.quarters, cells_of(battle, MILL_SIDE)
    held = int((battle.ground.control[cells] == HELD).sum())
    assert q.freed[MILL_SIDE] == cells.size - held
    assert q.liberated[MILL_SIDE] == (held == 0)
    return held


@pytest.mark.parametrize("retake_h", [1.0, 5.0])
def test_unheld_ground_is_taken_back_in_exponential_time(riverton, retake_h: float) -> None:
    battle, rows = _intruders(riverton, **{"defenders.retake_h": retake_h})
    for hour in range(1, 7):
        clear(battle)
        battle.tick += 1
        mean = rows.size * (1.0 - math.exp(-hour / retake_h))
        spread = math.sqrt(mean * math.exp(-hour / retake_h))
        assert abs(_back(battle) - mean) <= 4 * spread + 1, hour
    assert battle.counts["cells_taken_back"] == _back(battle)
    ints = battle.ledger.ints
    assert ((ints[:, KIND] == CONTROL) & (ints[:, 3] == DEFENDERS)).sum() == _back(battle)


def test_ground_taken_back_has_to_be_searched_again(riverton) -> None:
    battle, rows = _intruders(riverton, **{"defenders.retake_h": 0.01, "defenders.retake_work": 0.5})
    ground, at = battle.ground, battle.defenders.columns.cell[rows]
    ground.work[at] = 0.0
    clear(battle)
    assert (ground.control[at] == HELD).all()
    assert ground.work[at] == pytest.approx(0.5 * ground.search[at])


def test_a_platoon_within_contact_keeps_the_ground(riverton) -> None:
    battle, rows = _intruders(riverton, **{"defenders.retake_h": 0.01})
    at = int(battle.defenders.columns.cell[rows[40]])
    show_platoons(battle, np.array([at]))
    battle.liberators.columns.order[0] = GARRISON
    clear(battle)
    guarded = np.isin(battle.defenders.columns.cell[rows], touching(battle, at))
    control = battle.ground.control[battle.defenders.columns.cell[rows]]
    assert guarded.any()
    assert (control[guarded] == FREED).all()
    assert (control[~guarded] == HELD).all()


@pytest.mark.parametrize("why", ["hidden", "dead"])
def test_who_hides_or_is_dead_takes_nothing_back(riverton, why: str) -> None:
    battle, rows = _intruders(riverton, **{"defenders.retake_h": 0.01})
    teams = battle.defenders.columns
    if why == "hidden":
        teams.order[rows] = TEAM_HIDE
    else:
        teams.strength[rows] = 0
    clear(battle)
    assert _back(battle) == 0


def test_held_ground_is_not_taken_twice(riverton) -> None:
    battle, _ = _intruders(riverton, **{"defenders.retake_h": 0.01})
    clear(battle)
    taken = _back(battle)
    assert taken > 0
    again = take_back(
        battle.key("clearing.take_back", "defenders"), battle.units.team_rows, battle.defenders.columns, battle.units.near,
        battle.ground, battle.quarters, 0.01, 0.5, 1.0, battle.events,
    )  # fmt: skip
    assert again == 0
    assert _back(battle) == taken


def _night_beside(riverton, platoons: int) -> Battle:
    """A night in which the defenders may come into a freed quarter that so many known platoons hold."""
    changes = {
        "defenders.counter_share": 1.0, "defenders.counter_reach_m": 50_000.0, "defenders.retake_h": 1.0, "isr.orbits": 0,
        "isr.bad_weather": 0.0,
    }  # fmt: skip
    battle = posted(riverton, **changes)
    teams = battle.defenders.columns
    rows = np.flatnonzero((teams.kind == INFANTRY) & (teams.strength > 0))
    station(battle, np.setdiff1d(np.arange(len(battle.defenders)), rows), HARBOUR)
    station(battle, rows, NORTH_GATE)
    cells = lose(battle, MILL_SIDE)
    stand = cells[np.linspace(0, cells.size - 1, platoons).astype(int)] if platoons else cells[:0]
    mine = show_platoons(battle, stand)
    battle.liberators.columns.order[mine] = GARRISON
    battle.liberators.columns.objective[mine] = MILL_SIDE
    battle.tick = int(battle.ticks_per_day + riverton.sensing.dusk_h)
    while battle.night:
        battle.step()
    return battle


def test_a_quarter_without_a_garrison_is_infiltrated_and_one_with_a_strong_one_is_not(riverton) -> None:
    unheld, held = _night_beside(riverton, 0), _night_beside(riverton, 12)
    assert unheld.counts["cells_taken_back"] > 0
    assert not unheld.quarters.liberated[MILL_SIDE]
    assert held.counts["cells_taken_back"] == 0
    assert held.quarters.liberated[MILL_SIDE]
