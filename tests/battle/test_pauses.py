"""Pauses and refits: they come out of readiness, ammunition and losses, and no date is typed in for any of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import quiet
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from lines_tools import MILL_SIDE, cells_of, index, lose

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, CORDON, HOLD_ROLE, MARCH, REFIT, RESERVE
from sim.battle import Battle
from sim.battle.approach import IN_CITY
from sim.battle.pauses import refit, set_pauses
from sim.record.codes import COMMAND, COUNT, KIND, LIBERATORS, ORDER, ROW, RULE
from sim.scenario.sections.liberators import Liberators

if TYPE_CHECKING:
    from sim.scenario import Scenario


def _in_the_city(riverton, **changes: object) -> Battle:
    """Ten assault platoons of each axis in the city, fresh and supplied; everybody else is still on the march."""
    battle = quiet(riverton, **changes)
    platoons, axes = battle.liberators.columns, battle.axes
    axes.state[:] = IN_CITY
    axes.bank[:] = (1, 2)
    platoons.cell[:], platoons.order[:] = -1, MARCH
    for a in range(2):
        rows = np.flatnonzero((platoons.axis == a) & (platoons.role == ASSAULT_ROLE))[:10]
        platoons.cell[rows] = cells_of(battle, (MILL_SIDE, 6)[a])[: rows.size]
        platoons.order[rows] = ASSAULT
    platoons.readiness[:] = platoons.ammo[:] = 1.0
    index(battle)
    return battle


def _rows(battle: Battle, a: int = 0) -> np.ndarray:
    platoons = battle.liberators.columns
    return np.flatnonzero((platoons.axis == a) & (platoons.cell >= 0) & (platoons.role == ASSAULT_ROLE))


@pytest.fixture(scope="module")
def stage(riverton) -> Battle:
    """A battle whose platoons each example makes up."""
    return _in_the_city(riverton)


# Axes -----------------------------------------------------------------------------------------------------------------


@given(
    readiness=st.lists(st.floats(0.0, 1.0), min_size=10, max_size=10), halted=st.booleans(),
    limits=st.sampled_from(((0.3, 0.6), (0.5, 0.5), (0.45, 0.9))),
)  # fmt: skip
@how_often(max_examples=60)
def test_an_axis_halts_below_one_threshold_and_goes_on_above_another(
    stage, readiness: list[float], *, halted: bool, limits: tuple[float, float]
) -> None:
    battle, platoons, axes = stage, stage.liberators.columns, stage.axes
    low, high = limits
    changes = {"liberators.pause_readiness": low, "liberators.resume_readiness": high, "liberators.advisers": 0.0}
    battle._asked = battle.scenario.replace(changes)
    platoons.readiness[:] = 1.0
    platoons.ammo[:] = 1.0
    platoons.readiness[_rows(battle)] = readiness
    axes.halted[:], axes.ready_since[:] = halted, -1
    set_pauses(battle)
    mean = float(np.mean(platoons.readiness[_rows(battle)]))
    assert axes.readiness[0] == mean
    assert axes.halted[0] == (mean < high if halted else mean < low)
    assert not axes.halted[1], "the other is fresh"


@pytest.mark.parametrize(("dry", "halts"), [(4, False), (6, True)])
def test_an_axis_halts_when_most_of_its_platoons_are_out_of_ammunition(riverton, dry: int, *, halts: bool) -> None:
    battle = _in_the_city(riverton, liberators__advisers=0.0)
    platoons = battle.liberators.columns
    platoons.ammo[_rows(battle)[:dry]] = 0.0
    set_pauses(battle)
    assert battle.axes.halted[0] == halts
    platoons.ammo[_rows(battle)[: dry // 2]] = 1.0
    set_pauses(battle)
    assert battle.axes.halted[0] == (halts and dry - dry // 2 > 2)
    platoons.ammo[:] = 1.0
    set_pauses(battle)
    assert not battle.axes.halted[0]


def test_only_assault_platoons_that_are_there_count(riverton) -> None:
    battle = _in_the_city(riverton)
    platoons = battle.liberators.columns
    rows = _rows(battle)
    platoons.readiness[:] = 0.0
    platoons.readiness[rows[:4]] = 1.0
    platoons.role[rows[4:6]] = HOLD_ROLE
    platoons.cell[rows[6]] = -1
    platoons.order[rows[7:9]] = CORDON
    platoons.strength[rows[9]] = 0
    set_pauses(battle)
    assert battle.axes.readiness[0] == 1.0
    assert battle.axes.halted.tolist() == [False, True]


def test_each_halt_and_each_new_attack_is_an_order_in_the_ledger(riverton) -> None:
    battle = _in_the_city(riverton, liberators__advisers=0.0)
    platoons = battle.liberators.columns
    for readiness in (1.0, 0.1, 0.1, 1.0):
        platoons.readiness[_rows(battle)] = readiness
        set_pauses(battle)
    ints = battle.ledger.ints
    told = ints[(ints[:, KIND] == ORDER) & (ints[:, RULE] == COMMAND) & (ints[:, 3] == LIBERATORS)]
    assert told[:, (ROW, COUNT)].tolist() == [[0, 1], [0, 0]]


def _halts(scenario: Scenario, **changes: object) -> list[list[bool]]:
    """Which axes pause on each day of a battle."""
    battle = Battle(scenario, seed=3, **changes)
    days = []
    while battle.running:
        battle.step()
        if battle.tick % battle.ticks_per_day == 1:
            days.append(battle.axes.halted.tolist())
    return days


# Half a day of contact wears anybody out, two days of rest mend it.
TIRING = {
    "liberators.fatigue_per_h": 0.5, "liberators.rest_per_h": 0.02, "liberators.pause_readiness": 0.9,
    "liberators.resume_readiness": 0.95, "liberators.advisers": 0.0, "time.max_days": 10, "population.persons": 400,
    "floods.per_month": 0.0, "liberators.axes.south.date": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def halts(riverton) -> list[list[bool]]:
    """Pauses of a battle that wears platoons out."""
    return _halts(riverton, **TIRING)


def test_nobody_pauses_who_neither_tires_nor_runs_out(riverton, halts: list[list[bool]]) -> None:
    rested = {"liberators.fatigue_per_h": 0.0, "supply.load_h": 10_000.0}
    assert not np.any(_halts(riverton, **{**TIRING, **rested}))
    assert np.any(halts)


def test_pauses_come_on_the_same_days_of_the_battle_whatever_the_calendar_says(riverton, halts: list[list[bool]]) -> None:
    another_year = {"time.start": dt.date(2018, 3, 5)}
    assert _halts(riverton, **{**TIRING, **another_year}) == halts
    assert 0 < np.count_nonzero(halts) < np.size(halts)


def test_no_pause_is_dated_in_the_scenario() -> None:
    dated = [name for name, field in Liberators.model_fields.items() if "date" in str(field.annotation).lower().split(".")]
    assert dated == []
    assert {"pause_readiness", "resume_readiness", "refit_strength"} <= Liberators.model_fields.keys()


# Platoons -------------------------------------------------------------------------------------------------------------


@given(strength=st.integers(1, 30), share=st.sampled_from((0.3, 0.6, 0.9)), refitting=st.booleans())
@how_often(max_examples=40)
def test_a_platoon_leaves_the_line_below_a_share_of_its_size_and_comes_back_well_above_it(
    stage, strength: int, share: float, *, refitting: bool
) -> None:
    battle, platoons = stage, stage.liberators.columns
    battle._asked = battle.scenario.replace({"liberators.refit_strength": share, "liberators.platoon_size": 30})
    rows = _rows(battle)
    platoons.strength[rows], platoons.order[rows] = 30, ASSAULT
    row = rows[0]
    platoons.strength[row], platoons.order[row] = strength, REFIT if refitting else ASSAULT
    refit(battle)
    if refitting:
        assert platoons.order[row] == (RESERVE if strength >= min(1.0, share + 0.2) * 30 else REFIT)
    else:
        assert platoons.order[row] == (REFIT if strength < share * 30 else ASSAULT)
    assert (platoons.order[rows[1:]] == ASSAULT).all()


def test_worn_platoons_go_to_the_freed_quarter_nearest_to_where_they_came_in(riverton) -> None:
    battle = _in_the_city(riverton)
    platoons, q = battle.liberators.columns, battle.quarters
    rows = _rows(battle)
    for quarter in (0, 1, 2, 4):
        lose(battle, quarter)
    platoons.strength[rows[:3]] = 2
    refit(battle)
    x, y = battle.position(battle.grid.offgrid.entry_cell[[battle.axes.entry[0]]])
    free = np.flatnonzero(q.liberated & (q.bank == 1))
    rear = free[np.argmin(np.hypot(q.x[free] - x, q.y[free] - y))]
    assert (platoons.objective[rows[:3]] == rear).all()
    assert (battle.ground.quarter[platoons.target[rows[:3]]] == rear).all()


def test_where_nothing_is_freed_worn_platoons_stay_where_they_are(riverton) -> None:
    battle = _in_the_city(riverton)
    platoons = battle.liberators.columns
    rows = _rows(battle)
    platoons.strength[rows[:3]] = 2
    refit(battle)
    assert (platoons.order[rows[:3]] == REFIT).all()
    assert (platoons.objective[rows[:3]] == -1).all()
