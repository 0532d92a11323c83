"""The compiled rules against the plain per-agent ones: the rule of leaving and the movement of units, equal to the bit.

Nothing is rounded: a household's state, goal, house, flags and hours, the tallies of quarters and crossings, a unit's cell, hours
and what it has seen, and the events are compared with ``==``. Both sides take exp and pow from the C library, so that not even a
last digit is allowed to differ.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import plain_draws
import plain_states
import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st
from plain_households import Household

from sim.agents.codes import (
    ASSAULT,
    AT_HOME,
    FREED,
    GARRISON,
    HELD,
    NOBODYS,
    ON_FOOT,
    ON_ROAD,
    REFIT,
    RESERVE,
    SHELTERING,
    TEAM_COUNTER,
    TEAM_ESCAPE,
    TEAM_HIDE,
    TEAM_HOLD,
    TEAM_MOVE,
    TEAM_RIG,
    TO_HOUSE,
    TRAPPED,
)
from sim.agents.households import relink
from sim.battle import Battle, flight
from sim.battle.crossing import berths
from sim.battle.movement import move
from sim.kernels import rng
from sim.kernels.fields import DX, DY, UNREACHED
from sim.record.codes import FIRE_SEEN, SIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plain_mesa import PlainBattle

    from sim.scenario import Scenario

KEYS = st.integers(0, 2**64 - 1)
ROWS = st.integers(0, 2**31 - 1)


@given(KEYS, ROWS, ROWS)
def test_plain_numbers_are_the_keyed_ones(key: int, row: int, draw: int) -> None:
    assert plain_draws.uniform(key, row, draw) == rng.uniform(np.uint64(key), row, draw)


# One tick of both ----------------------------------------------------------------------------------------------------


def fresh_events(battle: Battle) -> list[tuple[int, ...]]:
    return sorted(tuple(row) for row in battle.events.ints[: battle.events.n[0]].tolist())


COUNTED = {
    "decisions": "household_decisions", "displaced": "displaced", "displaced_again": "displaced_again",
    "moved_to_kin": "moved_to_kin",
}  # fmt: skip


def under_way(battle: Battle) -> set[int]:
    """Who is listed as on the way, without those who have got there since."""
    listed = battle.travellers
    return set(listed[np.isin(battle.households.columns.state[listed], (ON_FOOT, ON_ROAD, TO_HOUSE))].tolist())


def decide_both(plain: PlainBattle, battle: Battle, weigh=flight.weigh) -> None:
    """One tick's decisions on both sides, from the battle's state; fails where they differ."""
    plain_states.read(plain, battle)
    before, travellers = battle.counts.copy(), under_way(battle)
    assert fresh_events(battle) == []
    plain.decide_tick()
    tallies: list[flight.Tally] = []
    decide = flight.decide

    def told(*args) -> None:
        tallies.append(args[-1])
        decide(*args)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flight, "decide", told)
        weigh(battle)
    assert plain_states.household_differences(plain, battle.households.columns, battle.quarters, *tallies) == []
    assert battle.leaving.tolist() == plain.leaving
    assert battle.touched.tolist() == plain.touched
    assert fresh_events(battle) == sorted(plain.events)
    assert under_way(battle) == travellers | set(plain.going)
    for ours, theirs in COUNTED.items():
        assert battle.counts[theirs] - before[theirs] == getattr(plain, ours)


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

# Danger moves many, the message either way, and defenders stop those who try.
EAGER = {"flight.rate_per_h": 0.4, "flight.base": -3.0, "flight.danger_half": 0.05, "coercion.reach_m": 300.0}
FLIGHTS: dict[str, dict[str, object]] = {
    "as shipped": {},
    "told to stay": {**EAGER, "flight.message": "stay"},
    "told to leave": {**EAGER, "flight.message": "leave", "flight.base": -6.0, "flight.notice_want": 1.0},
    "nobody bars the way": {**EAGER, "coercion.enabled": False, "time.step_hours": 3},
    "at once": {**EAGER, "time.step_hours": 6, "displacement.patience_h": 2.0},
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


def test_some_households_alone_decide_as_plain_agents_do(riverton: Scenario) -> None:
    """What the yardstick is held against: households of a few cells, their kin looked at and not deciding."""
    battle = Battle(riverton, seed=3, **EAGER)
    plain = plain_states.plain_of(battle, range(0, len(battle.households), 5))
    assert len(plain.people) < len(plain.agents) - len(plain.platoons) - len(plain.teams) < len(battle.households)
    decided = gone = 0
    for _ in range(10 * battle.ticks_per_day):
        battle.step()
        plain_states.read(plain, battle)
        plain.decide_tick()
        assert plain_states.household_differences(plain, *plain_states.decided_alone(plain, battle)) == []
        decided, gone = decided + plain.decisions, gone + len(plain.going)
    assert min(decided, gone) > 20


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
    people, quarters = battle.households.columns, battle.quarters
    n, nq, built = len(battle.households), quarters.area.size, quarters.cells
    people.state[:] = chance.choice((AT_HOME, SHELTERING, TRAPPED, ON_FOOT), n, p=(0.4, 0.2, 0.3, 0.1))
    people.members[:] = chance.integers(1, 5, n)
    people.frail[:] = chance.integers(0, people.members + 1)
    people.dead[:], people.wounded[:] = chance.random((2, n)) < 0.1
    people.hours[:] = chance.choice((0.0, 0.4), n)
    people.away[:] = chance.random(n) < 0.2
    people.inclination[:] = chance.normal(0.0, 3.0, n)
    people.hunger[:] = np.where(chance.random(n) < 0.2, chance.random(n), 0.0)
    few = chance.choice(built, chance.choice((2, 20)))  # cells in which many meet; some are anywhere, outside all quarters too
    people.cell[:] = np.where(chance.random(n) < 0.1, chance.integers(0, battle.grid.n, n), chance.choice(few, n))
    people.cell[chance.random(n) < 0.1] = -1
    people.home[:] = np.where((chance.random(n) < 0.8) & (people.cell >= 0), people.cell, chance.choice(few, n))
    people.kin[:] = np.where(chance.random(n) < 0.7, (np.arange(n) + chance.integers(1, n, n)) % n, -1)
    people.goal[:] = np.where(chance.random(n) < 0.3, chance.integers(0, nq, n), -1)
    people.house[:] = -1
    relink(battle.households)
    quarters.power_cut[:], quarters.water_cut[:] = chance.choice(cut, nq), chance.choice(cut, nq)
    quarters.residents[:], quarters.left[:] = chance.integers(0, 60, nq), chance.integers(0, 30, nq)
    quarters.left_ever[:], quarters.stopped[:] = chance.integers(0, 60, nq), chance.integers(0, 9, nq)
    quarters.trust_teller[:] = chance.choice((0.0, 0.4, 1.0), nq)
    quarters.way_tried[:], quarters.way_hurt[:] = chance.choice((0.0, 3.7, 40.0), nq), chance.choice((0.0, 0.6, 5.0), nq)
    battle.leaving[:], battle.touched[:] = chance.integers(0, 3, nq), chance.random(nq) < 0.5
    make_up_ground(battle, chance, dangers)


def make_up_ground(battle: Battle, chance: np.random.Generator, dangers: list[float]) -> None:
    """Danger, who holds what, fighters, and ways out that lead anywhere on the grid."""
    grid, built = battle.grid, battle.quarters.cells
    battle.ground.danger[:] = chance.choice(dangers, grid.n)
    battle.ground.control[built] = chance.choice((HELD, FREED, NOBODYS), built.size, p=(0.6, 0.3, 0.1))
    battle.exits[:] = chance.choice((0, 700, UNREACHED), grid.n)
    battle.line[:] = chance.choice((0, 300, 601, UNREACHED), grid.n)
    battle.overland[:] = chance.random(grid.n) < 0.4
    k, x, y = chance.integers(0, 8, grid.n), np.arange(grid.n) % grid.nx, np.arange(grid.n) // grid.nx
    x, y = x + DX[k], y + DY[k]
    on_grid = (x >= 0) & (x < grid.nx) & (y >= 0) & (y < grid.ny)
    battle.onward[:] = np.where(on_grid & (chance.random(grid.n) < 0.9), k, -1)
    battle.defenders.columns.cell[:] = chance.choice(built[:: built.size // 7], len(battle.defenders))
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    battle.travellers = np.flatnonzero(battle.households.columns.state == ON_FOOT).astype(np.int32)
    battle.events.n[0] = 0


@given(
    seed=st.integers(0, 2**32), tick=st.integers(0, 100), dangers=st.lists(DANGERS, min_size=1, max_size=6),
    cut=st.lists(SHARES, min_size=1, max_size=4), message=st.sampled_from(("stay", "none", "leave")),
    coerced=st.booleans(), power=st.sampled_from((0.5, 1.0, 2.0, 3.7)), patience=st.sampled_from((0.001, 0.005, 24.0)),
    hearing=st.sampled_from((60.0, 500.0, 2000.0)), dt=st.sampled_from((1, 2, 3, 6)), spread=SHARES, out=SHARES, safer=SHARES,
    example=st.sampled_from((0.0, 1.5, 8.0)), risk_half=st.sampled_from((0.01, 1.0)),
)  # fmt: skip
@how_often(max_examples=150)
def test_households_in_any_state_decide_as_plain_agents_do(
    stage, seed: int, tick: int, dangers: list[float], cut: list[float], message: str, coerced: bool, power: float,
    patience: float, hearing: float, dt: int, spread: float, out: float, safer: float,
    example: float, risk_half: float,
) -> None:  # fmt: skip
    battle, plain = stage
    make_up_people(battle, np.random.default_rng(seed), dangers, cut)
    changes = {
        "flight.message": message, "flight.danger_power": power, "flight.rate_per_h": 1.0, "flight.base": -2.0,
        "flight.retry_per_h": 0.2, "flight.resign_per_h": 0.2, "flight.shelter_spread": spread, "flight.shelter_leave": out,
        "flight.kin_safer": safer, "flight.hearing_m": hearing, "flight.example": example,
        "flight.risk": 8.0, "flight.risk_half": risk_half, "displacement.patience_h": patience, "coercion.enabled": coerced,
        "coercion.stopped": 0.5,
    }  # fmt: skip
    with as_asked(battle, changes, tick=tick, dt=dt):
        decide_both(plain, battle)


@given(seed=st.integers(0, 2**32), at=st.floats(0.0, 3.0), spread=SHARES, out=SHARES)
@how_often(max_examples=40)
def test_shelter_is_as_each_household_s_own_threshold_has_it(stage, seed: int, at: float, spread: float, out: float) -> None:
    """Thresholds that need not be drawn change nothing: here the plain side draws every one."""
    battle, plain = stage
    edges = [at * (1.0 + spread), at * (1.0 - spread), at * (1.0 - spread) * out]
    make_up_people(battle, np.random.default_rng(seed), [*edges, *np.nextafter(edges, 0.0), 0.5 * at, at], [0.0])
    changes = {"flight.shelter_danger": at, "flight.shelter_spread": spread, "flight.shelter_leave": out}
    with as_asked(battle, changes, tick=0, dt=6), pytest.MonkeyPatch.context() as patched:
        patched.setattr(Household, "shelter_or_not", Household.go_by_own_threshold)
        decide_both(plain, battle)


@contextlib.contextmanager
def as_asked(battle: Battle, changes: dict[str, object], *, tick: int, dt: int) -> Iterator[None]:
    """A battle at another tick, of other length, under other numbers for a while."""
    kept = {name: getattr(battle, name) for name in ("tick", "_asked", "dt_h", "ticks_per_day")}
    battle.tick, battle.dt_h, battle.ticks_per_day = tick, float(dt), 24 // dt
    battle._asked = battle.scenario.replace(changes)
    try:
        yield
    finally:
        vars(battle).update(kept)
        battle.events.n[0] = 0


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
        seen["assault"] += int((moved & (orders == ASSAULT) & (contact == 0.0)).sum())
        seen["halted"] += int((platoons.contact > contact).sum())
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
    platoons.contact[:] = chance.choice((0.0, 0.4, 1.0), n, p=(0.6, 0.2, 0.2))
    platoons.hours[:] = chance.choice((-0.3, 0.0, 0.05, 0.7), n)
    teams.cell[:], teams.strength[:] = chance.choice(few, m), chance.choice((0, 5), m, p=(0.2, 0.8))
    teams.order[:] = chance.choice((TEAM_HOLD, TEAM_HIDE, TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE), m)
    teams.quarter[:], teams.target[:] = chance.integers(-1, nq, m), chance.choice(quarters.cells, m)
    teams.seen_until[:], teams.dug[:] = tick + chance.integers(-3, 3, m), chance.random(m)
    teams.hours[:], teams.stays[:] = chance.choice((-0.3, 0.0, 0.3), m), chance.choice((0.6, 1.0), m)
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


def test_made_up_people_come_to_every_end(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    battle, plain = stage
    safer, refused = Household.kin_is_safer, set()

    def noted(self: Household, danger: float) -> bool:
        if not (found := safer(self, danger)):
            refused.add(self.row)
        return found

    monkeypatch.setattr(Household, "kin_is_safer", noted)
    seen: Counter[object] = Counter()
    changes = {
        "flight.base": 0.0, "flight.kin": 3.0, "flight.kin_safer": 0.9, "flight.retry_per_h": 0.05, "flight.resign_per_h": 0.1,
        "coercion.stopped": 0.5,
    }  # fmt: skip
    people, quarters = battle.households.columns, battle.quarters
    for seed in range(72):
        rate, patience = (2.0, 0.02)[seed % 2], (0.004, 24.0)[seed // 2 % 2]
        asked = {**changes, "flight.rate_per_h": rate, "displacement.patience_h": patience}
        make_up_people(battle, np.random.default_rng(seed), [0.0, 0.1, 0.2, 3.0], [0.0, 0.9])
        state, goal, stopped, left = people.state.copy(), people.goal.copy(), quarters.stopped.sum(), quarters.left.sum()
        danger, rule, dt = battle.ground.danger[people.cell], flight.make_rule(battle.scenario, 100.0), (1, 6)[seed // 4 % 2]
        refused.clear()
        with as_asked(battle, asked, tick=(0, 5, 13)[seed % 3], dt=dt):
            room = berths(battle)
            decide_both(plain, battle)
        weigh = (people.cell >= 0) & (danger > rule.notice_danger) & (dt == 6)
        seen.update(zip(state.tolist(), people.state.tolist(), strict=True))
        seen["kept as shields"] += int((weigh & (state == TRAPPED) & (people.goal >= 0)).sum())
        seen["shields who are free"] += int((weigh & (state == TRAPPED) & (goal >= 0) & (people.goal < 0)).sum())
        seen["stopped"] += int(quarters.stopped.sum() - stopped)
        seen["left home"] += int(quarters.left.sum() - left)
        seen["no room on the crossings"] += room <= 0.0
        seen["the last room on the crossings"] += plain.berths <= 0.0 < room
        seen["again"] += plain.displaced_again
        seen["kin not safer, left all the same"] += len(refused & set(plain.going))
        seen["kin not safer, stayed"] += sum(state[row] == people.state[row] == AT_HOME for row in refused)
        for cell, around in plain.seen_in.items():
            if around is not None and around.hours == 24.0:
                seen["for a day, by night"] += around.readiness > plain.readiness
                seen["for a day, in the open"] += plain.city.quarter_of[cell] < 0
        seen["rows of the ledger"] += len(plain.events)
        stays = weigh & (state == SHELTERING) & (people.state == SHELTERING)
        seen["not yet out of shelter"] += int((stays & (danger < rule.shelter_danger * (1.0 - rule.shelter_spread))).sum())
    ends = [(s, t) for s in (AT_HOME, SHELTERING) for t in (AT_HOME, SHELTERING, TRAPPED, ON_FOOT, TO_HOUSE)]
    given_up, tried_again = [(TRAPPED, AT_HOME), (TRAPPED, SHELTERING)], [(TRAPPED, ON_FOOT), (TRAPPED, TO_HOUSE)]
    ends += [*given_up, *tried_again, (TRAPPED, TRAPPED), (ON_FOOT, ON_FOOT)]
    assert [change for change in ends if not seen[change]] == []
    assert [what for what, times in seen.items() if not times] == []
    assert {change for change in seen if isinstance(change, tuple)} == set(ends)


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
        seen["step back"] += int((stepped & (contact > 0.0) & ~dry).sum())
        seen["step back without ammunition"] += int((stepped & (contact > 0.0) & dry).sum())
        seen["halted"] += int((platoons.contact > contact).sum())
        for order in (TEAM_MOVE, TEAM_COUNTER, TEAM_RIG, TEAM_ESCAPE):
            seen[f"team with order {order}"] += int((moved & (orders == order) & (teams.cell >= 0)).sum())
        seen["gone"] += int(teams.escaped.sum()) - escaped
        seen["ambush"] += sum(event[4] == FIRE_SEEN for event in plain.events)
        seen["meeting"] += sum(event[4] == SIGHT for event in plain.events)
        seen["detour"] += sum(name == "detour" for name, _ in plain.city.read)
        seen["over a bridge"] += int(battle.crossing.passed.sum())
    assert [what for what, times in seen.items() if not times] == []
