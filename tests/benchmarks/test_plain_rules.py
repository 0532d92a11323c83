"""The compiled rules against the plain per-agent ones: the rule of leaving and the movement of units, equal to the bit.

Nothing is rounded: a household's state, flags, members and hours, the tallies of quarters, a unit's cell, hours and what it has
seen, and the events are compared with ``==``. Both sides take exp and pow from the C library, so that not even a last digit
is allowed to differ.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import plain_draws
import plain_states
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st

from sim.agents.codes import (
    ASSAULT,
    AT_HOME,
    FREED,
    GARRISON,
    GONE,
    HELD,
    NOBODYS,
    ON_FOOT,
    REFIT,
    RESERVE,
    SHELTERING,
    TEAM_COUNTER,
    TEAM_ESCAPE,
    TEAM_HIDE,
    TEAM_HOLD,
    TEAM_MOVE,
    TEAM_RIG,
    TRAPPED,
)
from sim.agents.households import relink
from sim.battle import Battle, flight
from sim.battle.movement import move
from sim.kernels import rng
from sim.kernels.fields import UNREACHED
from sim.record.codes import FIRE_SEEN, SIGHT

if TYPE_CHECKING:
    from plain_mesa import PlainBattle

    from sim.scenario import Scenario

KEYS = st.integers(0, 2**64 - 1)
ROWS = st.integers(0, 2**31 - 1)


@given(KEYS, ROWS, ROWS)
def test_plain_numbers_are_the_keyed_ones(key: int, row: int, draw: int) -> None:
    assert plain_draws.uniform(key, row, draw) == rng.uniform(np.uint64(key), row, draw)


@given(KEYS, st.integers(0, 9999), st.integers(0, 200), st.sampled_from((0.0, 0.0015, 0.02, 0.3, 0.5, 0.7, 0.97, 1.0)))
def test_plain_binomials_are_the_keyed_ones(key: int, row: int, n: int, p: float) -> None:
    assert plain_draws.binomial(key, row, 2, n, p) == rng.binomial(np.uint64(key), row, 2, n, p)


# One round of both ---------------------------------------------------------------------------------------------------


def fresh_events(battle: Battle) -> list[tuple[int, ...]]:
    return sorted(tuple(row) for row in battle.events.ints[: battle.events.n[0]].tolist())


def decide_both(plain: PlainBattle, battle: Battle, weigh=flight.weigh) -> None:
    """One round of decisions on both sides, from the battle's state; fails where they differ."""
    plain_states.read(plain, battle)
    decisions, displaced = battle.counts["household_decisions"], battle.counts["displaced"]
    before = len(fresh_events(battle))
    assert before == 0
    plain.decide_round()
    weigh(battle)
    assert plain_states.household_differences(plain, battle) == []
    leaving = {q: persons for q, persons in enumerate(plain.leaving) if persons}
    batches = [row for row in fresh_events(battle) if row[0] == flight.DISPLACEMENT]
    assert {row[7]: row[9] for row in batches} == leaving
    assert [row for row in fresh_events(battle) if row[0] != flight.DISPLACEMENT] == sorted(plain.events)
    assert battle.counts["household_decisions"] - decisions == plain.decisions
    assert battle.counts["displaced"] - displaced == sum(leaving.values())


def move_both(plain: PlainBattle, battle: Battle) -> None:
    """One movement phase on both sides, from the battle's state; fails where they differ."""
    plain_states.need_fields(battle)
    plain_states.read(plain, battle)
    n = battle.ledger.n
    plain.move_round()
    move(battle)
    assert plain_states.unit_differences(plain, battle) == []
    assert sorted(tuple(row) for row in battle.ledger.ints[n:].tolist()) == sorted(plain.events)


# Households in real battles ------------------------------------------------------------------------------------------

# Danger moves many, the message either way, and defenders stop or shoot them.
EAGER = {
    "flight.rate_per_h": 0.4, "flight.base": -3.0, "flight.danger_half": 0.05, "coercion.shot": 0.3, "coercion.reach_m": 300.0,
}  # fmt: skip
FLIGHTS: dict[str, dict[str, object]] = {
    "as shipped": {},
    "told to stay": {**EAGER, "flight.message": "stay"},
    "told to leave": {**EAGER, "flight.message": "leave", "flight.base": -6.0, "flight.notice_want": 1.0},
    "nobody bars the way": {**EAGER, "coercion.enabled": False, "time.step_hours": 3},
    "cut off": {
        **EAGER, "bridges.demolition": "start", "bridges.success": 1.0, "bridges.pontoons": 0, "movement.boat_m_per_h": 0.0,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FLIGHTS)
def test_households_of_a_battle_decide_as_plain_agents_do(
    name: str, riverton: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    battle = Battle(riverton, seed=3, **{**FLIGHTS[name], "time.max_days": 16})
    plain = plain_states.plain_of(battle, range(len(battle.households)))
    seen: Counter[str] = Counter()
    weigh = flight.weigh

    def both(b: Battle) -> None:
        before = b.households.columns.state.copy()
        decide_both(plain, b, weigh)
        after = b.households.columns.state
        seen["decided"] += plain.decisions
        seen["trapped"] += int(((before < TRAPPED) & (after == TRAPPED)).sum())
        seen["left"] += int(((before <= TRAPPED) & (after == ON_FOOT)).sum())

    monkeypatch.setattr(flight, "weigh", both)
    while battle.running:
        battle.step()
    # What must come up whatever the model's numbers; every other case is in the made-up states below.
    for what in ("decided",) if name == "as shipped" else ("decided", "left" if name != "cut off" else "trapped"):
        assert seen[what] > 20, f"{what} hardly came up: {seen}"


# Households in made-up states ----------------------------------------------------------------------------------------

SHARES = st.floats(0.0, 1.0, width=32)
DANGERS = st.one_of(st.sampled_from((0.0, 1e-300, 0.02, 0.3, 1.0)), st.floats(0.0, 50.0))


@pytest.fixture(scope="module")
def stage(riverton: Scenario) -> tuple[Battle, PlainBattle]:
    """A battle of few people whose columns are overwritten by each example, and its plain agents."""
    battle = Battle(riverton, seed=5, **{"population.persons": 400})
    while battle.day < 3:  # units on the grid
        battle.step()
    return battle, plain_states.plain_of(battle, range(len(battle.households)))



def make_up_people(battle: Battle, chance: np.random.Generator, dangers: list[float], cut: list[float]) -> None:
    people, ground, quarters = battle.households.columns, battle.ground, battle.quarters
    n, nq = len(battle.households), quarters.area.size
    people.state[:] = chance.choice((AT_HOME, SHELTERING, TRAPPED, ON_FOOT), n, p=(0.4, 0.2, 0.3, 0.1))
    people.members[:] = chance.integers(1, 5, n)
    people.dead[:] = people.wounded[:] = 0
    people.hours[:] = chance.choice((0.0, 0.4), n)
    people.away[:] = chance.random(n) < 0.2
    people.inclination[:] = chance.normal(0.0, 3.0, n)
    built = quarters.cells
    people.cell[:] = np.where(chance.random(n) < 0.9, chance.choice(built, n), -1)
    relink(battle.households)
    ground.danger[:] = chance.choice(dangers, ground.danger.size)
    ground.control[built] = chance.choice((HELD, FREED, NOBODYS), built.size, p=(0.6, 0.3, 0.1))
    battle.exits[:] = chance.choice((0, 700, UNREACHED), battle.exits.size)
    battle.line[:] = chance.choice((0, 300, 601, UNREACHED), battle.line.size)
    quarters.power_cut[:], quarters.water_cut[:] = chance.choice(cut, nq), chance.choice(cut, nq)
    quarters.residents[:], quarters.left[:], quarters.killed[:] = chance.integers(0, 60, nq), chance.integers(0, 30, nq), 0
    battle.defenders.columns.cell[:] = chance.choice(built, len(battle.defenders))
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    battle.events.n[0] = 0


@given(
    seed=st.integers(0, 2**32), tick=st.integers(0, 100), dangers=st.lists(DANGERS, min_size=1, max_size=6),
    cut=st.lists(SHARES, min_size=1, max_size=4), message=st.sampled_from(("stay", "none", "leave")),
    coerced=st.booleans(), power=st.sampled_from((0.5, 1.0, 2.0, 3.7)), shot=st.sampled_from((0.0, 0.4, 1.0)),
)  # fmt: skip
@how_often(max_examples=150)
def test_households_in_any_state_decide_as_plain_agents_do(
    stage, seed: int, tick: int, dangers: list[float], cut: list[float], message: str, coerced: bool, power: float, shot: float
) -> None:
    battle, plain = stage
    rule = {"flight.message": message, "flight.danger_power": power, "flight.rate_per_h": 2.0, "flight.base": -2.0}
    asked = battle.scenario.replace({**rule, "coercion.enabled": coerced, "coercion.shot": shot, "coercion.stopped": 0.5})
    make_up_people(battle, np.random.default_rng(seed), dangers, cut)
    kept = battle.tick, battle.scenario
    battle.tick, battle._asked = tick, asked
    try:
        decide_both(plain, battle)
    finally:
        (battle.tick, battle._asked), battle.events.n[0] = kept, 0


# Units in real battles -----------------------------------------------------------------------------------------------

MARCHES: dict[str, dict[str, object]] = {
    "as shipped": {},
    "bridges blown": {"bridges.demolition": "start", "bridges.success": 0.6},
    "fine and slow": {"city.cell_m": 70.0, "movement.platoon_m_per_h": 130.0, "movement.team_m_per_h": 170.0},
    "blind": {"isr.orbits": 0, "defenders.fighters": 200, "sensing.team_sight_per_h": 0.9, "time.step_hours": 2},
}


@pytest.mark.parametrize("name", MARCHES)
def test_units_of_a_battle_move_as_plain_agents_do(name: str, riverton: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.battle import model

    battle = Battle(riverton, seed=2, **{**MARCHES[name], "time.max_days": 14})
    plain = plain_states.plain_of(battle, ())
    seen: Counter[str] = Counter()

    def both(b: Battle) -> None:
        platoons, teams = b.liberators.columns, b.defenders.columns
        cells, orders, team_cells, contact = (
            platoons.cell.copy(), platoons.order.copy(), teams.cell.copy(), platoons.contact.copy(),
        )  # fmt: skip
        move_both(plain, b)
        moved = platoons.cell != cells
        seen["assault"] += int((moved & (orders == ASSAULT) & ~contact).sum())
        seen["halted"] += int((platoons.contact & ~contact).sum())
        seen["team"] += int((teams.cell != team_cells).sum())

    phases = tuple((phase, both if phase == "movement" else run) for phase, run in model.PHASES)
    monkeypatch.setattr(model, "PHASES", phases)
    while battle.running:
        battle.step()
    for what in ("assault", "halted", "team"):
        assert seen[what] > 0, f"{what} never came up: {seen}"


def make_up_units(battle: Battle, chance: np.random.Generator, tick: int) -> None:
    quarters, platoons, teams = battle.quarters, battle.liberators.columns, battle.defenders.columns
    land = np.flatnonzero(battle.grid.passable(np.zeros(len(battle.grid.bridges), np.bool_)) & (battle.bank > 0))
    few = chance.choice(land, 25)  # units that meet
    n, m, nq = len(battle.liberators), len(battle.defenders), quarters.area.size
    platoons.cell[:] = np.where(chance.random(n) < 0.9, chance.choice(few, n), -1)
    platoons.strength[:] = chance.choice((0, 12, 30), n, p=(0.1, 0.3, 0.6))
    platoons.order[:] = chance.choice((ASSAULT, GARRISON, RESERVE, REFIT), n, p=(0.6, 0.2, 0.1, 0.1))
    platoons.ammo[:] = chance.choice((0.02, 1.0), n, p=(0.2, 0.8))
    platoons.objective[:] = chance.integers(-1, nq, n)
    platoons.target[:] = np.where(chance.random(n) < 0.5, chance.choice(quarters.cells, n), -1)
    platoons.seen_until[:] = tick + chance.integers(-3, 4, n)
    platoons.contact[:] = chance.random(n) < 0.3
    platoons.hours[:] = chance.choice((0.0, 0.05, 0.7), n)
    teams.cell[:], teams.strength[:] = chance.choice(few, m), chance.choice((0, 5), m, p=(0.2, 0.8))
    teams.order[:] = chance.choice((TEAM_HOLD, TEAM_HIDE, TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE), m)
    teams.quarter[:], teams.target[:] = chance.integers(-1, nq, m), chance.choice(quarters.cells, m)
    teams.seen_until[:], teams.dug[:] = tick + chance.integers(-3, 3, m), chance.random(m)
    teams.hours[:] = chance.choice((0.0, 0.3), m)
    lost = chance.choice((0.05, 0.5))
    battle.ground.control[quarters.cells] = chance.choice((HELD, FREED), quarters.cells.size, p=(1.0 - lost, lost))
    battle.crossing.room[:] = chance.choice((-0.5, 0.1, 1.0), battle.crossing.room.size)
    battle.way_closed[:] = chance.random(battle.way_closed.size) < 0.3
    battle.units.update(teams, platoons)


@given(
    seed=st.integers(0, 2**32), tick=st.integers(0, 200), halted=st.lists(st.booleans(), min_size=2, max_size=2),
    sight=st.sampled_from((0.0, 0.1, 2.0)), dt=st.sampled_from((1.0, 3.0)),
)  # fmt: skip
@how_often(max_examples=100)
def test_units_in_any_state_move_as_plain_agents_do(
    stage, seed: int, tick: int, halted: list[bool], sight: float, dt: float
) -> None:
    battle, plain = stage
    make_up_units(battle, np.random.default_rng(seed), tick)
    battle.axes.halted[:] = halted
    kept = battle.tick, battle._asked, battle.dt_h
    battle.tick, battle.dt_h = tick, dt
    battle._asked = battle.scenario.replace({"sensing.team_sight_per_h": sight})
    try:
        move_both(plain, battle)
    finally:
        battle.tick, battle._asked, battle.dt_h = kept


# The made-up states hold what they are made for ----------------------------------------------------------------------


def test_made_up_people_come_to_every_end(stage) -> None:
    battle, plain = stage
    seen: Counter[str] = Counter()
    changes = {"flight.base": 0.0, "coercion.shot": 0.6, "coercion.stopped": 0.5, "harm.wounded_per_death": 0.5}
    kept = battle._asked
    try:
        for seed in range(8):
            battle._asked = kept.replace({**changes, "flight.rate_per_h": (5.0, 0.02)[seed % 2]})
            make_up_people(battle, np.random.default_rng(seed), [0.0, 0.1, 3.0], [0.0, 0.9])
            before = battle.households.columns.state.copy()
            decide_both(plain, battle)
            battle.events.n[0] = 0
            seen.update(zip(before.tolist(), battle.households.columns.state.tolist(), strict=True))
    finally:
        battle._asked = kept
    stays = [(s, s) for s in (AT_HOME, SHELTERING, TRAPPED, ON_FOOT)]
    from_home = [(s, t) for s in (AT_HOME, SHELTERING) for t in (AT_HOME, SHELTERING, TRAPPED, ON_FOOT, GONE)]
    from_trap = [(TRAPPED, t) for t in (AT_HOME, ON_FOOT, GONE)]
    assert [change for change in (*stays, *from_home, *from_trap) if not seen[change]] == []


def test_made_up_units_do_all_that_units_do(stage) -> None:
    battle, plain = stage
    seen: Counter[str] = Counter()
    platoons, teams = battle.liberators.columns, battle.defenders.columns
    outlets = battle.grid.offgrid.entry_cell
    for seed in range(12):
        make_up_units(battle, np.random.default_rng(seed), battle.tick)
        teams.cell[-2:] = outlets[seed % outlets.size] + np.array([0, 1])
        teams.order[-2:] = TEAM_ESCAPE
        battle.units.update(teams, platoons)
        battle.axes.halted[:] = seed % 2
        battle.crossing.passed[:] = 0
        cells, contact, team_cells = platoons.cell.copy(), platoons.contact.copy(), teams.cell.copy()
        orders, dry, escaped = teams.order.copy(), platoons.ammo < battle.scenario.supply.least, int(teams.escaped.sum())
        move_both(plain, battle)
        stepped, moved = platoons.cell != cells, teams.cell != team_cells
        seen["step back"] += int((stepped & contact & ~dry).sum())
        seen["step back without ammunition"] += int((stepped & contact & dry).sum())
        seen["halted"] += int((platoons.contact & ~contact).sum())
        for order in (TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE):
            seen[f"team with order {order}"] += int((moved & (orders == order) & (teams.cell >= 0)).sum())
        seen["gone"] += int(teams.escaped.sum()) - escaped
        seen["ambush"] += sum(event[4] == FIRE_SEEN for event in plain.events)
        seen["meeting"] += sum(event[4] == SIGHT for event in plain.events)
        seen["detour"] += sum(name == "detour" for name, _ in plain.city.read)
        seen["over a bridge"] += int(battle.crossing.passed.sum())
    assert [what for what, times in seen.items() if not times] == []
