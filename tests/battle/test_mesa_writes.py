"""What is written through a handle shows in the next step, column by column; what the model keeps its books by is read-only.

Each test steps two battles alike up to a moment, writes in one, and looks at what the next steps do in each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import rows_of, step_until

from sim.agents.codes import ASSAULT, ASSIGNED, AT_HOME, FLIGHT, GARRISON, HELD, NO_TARGET, ON_FOOT
from sim.agents.handles import Column
from sim.agents.households import Household
from sim.agents.liberators import LiberatorPlatoon
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.battle.reasons import turns
from sim.record.codes import COUNT, DEATH, LIBERATORS, SMALL_ARMS, WOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.agents.handles import Handle

    Twins = Callable[..., tuple[Battle, Battle]]

WRITABLE = {
    "defenders": {"cell", "strength", "order", "quarter", "target", "dug", "suppression", "stock"},
    "liberators": {"cell", "strength", "order", "objective", "target", "readiness", "suppression", "ammo"},
    "resistance": {"strength"},
    "coalition": {"light", "medium", "heavy"},
    "households": {"cell", "inclination"},
}


@pytest.fixture
def twins(riverton) -> Twins:
    """Two battles alike, stepped until something holds in the first; conservation is checked from there on."""

    def make(condition: Callable[[Battle], object], **changes: object) -> tuple[Battle, Battle]:
        left, right = (Battle(riverton, seed=1, **changes) for _ in range(2))
        step_until(left, condition)
        for _ in range(left.tick):
            right.step()
        left.check = right.check = True
        return left, right

    return make


def after(hours: int) -> Callable[[Battle], bool]:
    return lambda battle: battle.tick == hours


def both_step(left: Battle, right: Battle, ticks: int = 1) -> None:
    for _ in range(ticks):
        left.step()
        right.step()


def idle_team(battle: Battle) -> Handle:
    """A whole team that holds its place, found by nobody."""
    return next(team for team in battle.defenders if team.order == "hold" and team.strength == 6 and team.seen_until < 0)


def far_cell(battle: Battle, quarter: int, cell: int) -> int:
    """The held cell of a quarter that is farthest from a cell."""
    q, nx = battle.quarters, battle.grid.nx
    cells = q.cells[q.start[quarter] : q.start[quarter + 1]]
    cells = cells[battle.ground.control[cells] == HELD]
    return int(cells[np.argmax((cells % nx - cell % nx) ** 2 + (cells // nx - cell // nx) ** 2)])


def own_bank(battle: Battle, quarter: int) -> int:
    """Another quarter on the same bank, still held."""
    q = battle.quarters
    others = np.flatnonzero((q.bank == q.bank[quarter]) & ~q.liberated & (np.arange(q.area.size) != quarter))
    return int(others[0])


# Defenders --------------------------------------------------------------------------------------------------------


def test_a_team_put_elsewhere_stands_there_and_digs_in_anew(twins: Twins) -> None:
    left, right = twins(after(30))
    team = idle_team(left)
    old, new = team.cell, far_cell(left, team.quarter, team.cell)
    team.cell = new
    both_step(left, right)
    assert (team.cell, right.defenders[team.row].cell) == (new, old)
    assert team.dug == pytest.approx(1 / left.scenario.movement.dig_in_h)
    assert left.units.near.team_head[new] >= 0
    assert right.defenders[team.row].dug == 1.0


def test_a_teams_strength_decides_whether_it_is_there_at_all(twins: Twins) -> None:
    left, right = twins(after(30))
    team = idle_team(left)
    team.strength = 0
    both_step(left, right)
    assert team.row not in left.units.team_rows
    assert team.row in right.units.team_rows


def test_a_team_ordered_to_move_goes(twins: Twins) -> None:
    left, right = twins(after(30))
    team = idle_team(left)
    for battle in (left, right):
        battle.defenders[team.row].target = far_cell(left, team.quarter, team.cell)
    old = team.cell
    team.order = "move"
    both_step(left, right)
    assert team.cell != old == right.defenders[team.row].cell
    assert team.dug == 0.0


@pytest.mark.parametrize("column", ["quarter", "target"])
def test_a_team_on_the_move_goes_where_it_is_told(twins: Twins, column: str) -> None:
    left, right = twins(after(30))
    team, other = idle_team(left), idle_team(right)
    nx, old = left.grid.nx, team.cell
    q = left.quarters
    goal = (own_bank(left, team.quarter), far_cell(left, team.quarter, team.cell))[column == "target"]
    other.target = old
    team.target = far_cell(left, team.quarter, team.cell) if column == "target" else old
    if column == "quarter":
        team.quarter = goal
    team.order = other.order = "move"
    both_step(left, right, 2)
    assert other.cell == old
    if column == "target":
        distance = [abs(cell % nx - goal % nx) + abs(cell // nx - goal // nx) for cell in (old, team.cell)]
    else:
        x, y = left.position(np.array([old, team.cell]))
        distance = np.hypot(x - q.x[goal], y - q.y[goal]).tolist()
    assert distance[1] < distance[0]


def test_how_far_a_team_is_dug_in_goes_on_from_what_was_written(twins: Twins) -> None:
    left, right = twins(after(30))
    team = idle_team(left)
    team.dug = 0.25
    both_step(left, right)
    assert team.dug == pytest.approx(0.25 + 1 / left.scenario.movement.dig_in_h)
    assert right.defenders[team.row].dug == 1.0


@pytest.mark.parametrize("kind", ["defenders", "liberators"])
def test_suppression_fades_from_what_was_written(twins: Twins, kind: str) -> None:
    left, right = twins(after(30))
    row = len(left.agent_sets[kind]) // 2
    left.agent_sets[kind][row].suppression = 0.8
    both_step(left, right)
    fade = np.exp(-1 / left.scenario.combat.suppression_h)
    assert left.agent_sets[kind][row].suppression == pytest.approx(0.8 * fade)
    assert right.agent_sets[kind][row].suppression == 0.0


def test_suppressed_teams_shoot_less(twins: Twins) -> None:
    left, right = twins(after(72))
    before = _fallen(left)
    while right.running and _fallen(right) < before + 10:
        left.agents_by_type[type(left.defenders[0])].set("suppression", 1.0)
        both_step(left, right)
    assert right.running
    assert _fallen(left) < _fallen(right)


def _fallen(battle: Battle) -> int:
    return sum(
        int(rows_of(battle.ledger, kind=kind, people=LIBERATORS, cause=SMALL_ARMS)[:, COUNT].sum()) for kind in (DEATH, WOUND)
    )


def test_crews_without_shells_fire_no_missions(twins: Twins) -> None:
    left, right = twins(after(72))
    for team in left.defenders:
        if team.kind == "mortars":
            team.stock = 0.0
    before = left.counts["mortar_missions"]
    while right.running and right.counts["mortar_missions"] < before + 3:
        both_step(left, right)
    assert right.running
    assert left.counts["mortar_missions"] == before


# Liberators -------------------------------------------------------------------------------------------------------


def working(battle: Battle) -> np.ndarray:
    """Platoons on the grid with an assault to do, out of contact."""
    p = battle.liberators.columns
    return np.flatnonzero((p.cell >= 0) & (p.order == ASSAULT) & (p.objective >= 0) & (p.contact == 0.0) & (p.strength == 30))


def test_a_platoon_put_elsewhere_goes_on_from_there(twins: Twins) -> None:
    left, right = twins(lambda battle: working(battle).size)
    platoon = left.liberators[int(working(left)[0])]
    old, entry = platoon.cell, int(left.grid.offgrid.entry_cell[-1])
    assert old != entry
    platoon.pos = (entry % left.grid.nx, entry // left.grid.nx)
    both_step(left, right)
    from_entry = np.hypot(*(a - b for a, b in zip(divmod(platoon.cell, left.grid.nx), divmod(entry, left.grid.nx), strict=True)))
    assert from_entry * left.grid.cell_m <= left.scenario.movement.platoon_m_per_h
    assert right.liberators[platoon.row].cell != platoon.cell


def test_a_platoon_off_the_grid_can_be_put_on_it_and_is_in_reserve(twins: Twins) -> None:
    left, right = twins(after(2))
    platoon = left.liberators[0]
    cell = int(left.grid.offgrid.entry_cell[0])
    platoon.cell = cell
    both_step(left, right, 30)
    assert (platoon.cell >= 0, platoon.order) != (False, "march")
    assert platoon.row in left.units.platoon_rows


def test_strength_written_counts_from_the_next_step(twins: Twins) -> None:
    left, right = twins(after(24))
    before = int(left.defenders.columns.strength.sum())
    left.defenders[0].strength += 5
    left.liberators[0].strength = 0
    both_step(left, right, 24)
    assert 0 not in left.units.platoon_rows
    assert 0 in right.units.platoon_rows
    assert sum(left.series[f"defenders_{what}"] for what in ("strength", "killed", "wounded")) == before + 5
    assert left.soldiers_start + left.liberators.added == 2100 - 30


def test_a_platoon_taken_out_of_the_assault_stops_searching(twins: Twins) -> None:
    left, right = twins(lambda battle: working(battle).size)
    left.agents_by_type[LiberatorPlatoon].select(lambda p: p.order == "assault").set("order", "reserve")
    hours = 23 - left.tick % 24
    assert hours > 2
    both_step(left, right, hours)
    assert left.liberated_share < right.liberated_share


def test_another_objective_is_where_a_platoon_goes(twins: Twins) -> None:
    left, right = twins(lambda battle: working(battle).size)
    row = int(working(left)[0])
    platoon, q = left.liberators[row], left.quarters
    platoon.objective = own_bank(left, platoon.objective)
    both_step(left, right, 3)
    cells = np.array([platoon.cell, right.liberators[row].cell])
    x, y = left.position(cells)
    away = np.hypot(x - q.x[platoon.objective], y - q.y[platoon.objective])
    assert away[0] < away[1]


def test_a_garrison_goes_to_its_target(twins: Twins) -> None:
    left, right = twins(
        lambda battle: ((battle.liberators.columns.order == GARRISON) & (battle.liberators.columns.target < 0)).any()
    )
    p, q = left.liberators.columns, left.quarters
    row = int(np.flatnonzero((p.order == GARRISON) & (p.target < 0))[0])
    platoon = left.liberators[row]
    cells = q.cells[q.start[platoon.objective] : q.start[platoon.objective + 1]]
    target = int(cells[0] if cells[0] != platoon.cell else cells[-1])
    old, platoon.target = platoon.cell, target
    both_step(left, right)
    assert platoon.cell != old == right.liberators[row].cell


def test_readiness_goes_on_from_what_was_written_and_halts_an_axis(twins: Twins) -> None:
    left, right = twins(after(47))
    row = int(working(left)[0])
    left.agents_by_type[LiberatorPlatoon].set("readiness", 0.2)
    both_step(left, right)
    assert left.liberators[row].readiness == pytest.approx(0.2 + left.scenario.liberators.rest_per_h)
    both_step(left, right)
    assert left.axes.halted.any()
    assert not right.axes.halted.any()


def test_a_platoon_that_is_out_of_ammunition_is_issued_some(twins: Twins) -> None:
    left, right = twins(lambda battle: working(battle).size)
    platoon = left.liberators[int(working(left)[0])]
    platoon.ammo = 0.0
    both_step(left, right)
    assert 0.0 < platoon.ammo <= 1.0 / left.scenario.supply.issue_h
    assert right.liberators[platoon.row].ammo > 0.9
    assert left.counts["loads_issued"] > right.counts["loads_issued"]


# Coalition and households -----------------------------------------------------------------------------------------


def flown_at(battle: Battle) -> np.ndarray:
    """Targets that a flight is on its way to."""
    targets = battle.targets
    return np.flatnonzero((targets.stage == ASSIGNED) & (battle.coalition.columns.kind[targets.asset] == FLIGHT))


def test_a_flight_without_weapons_takes_no_target(riverton, twins: Twins) -> None:
    # A flight that comes on station has fresh weapons: its second target of a stay is looked for.
    first = Battle(riverton, seed=1)
    stay = np.full(first.coalition.columns.visit.size, -1)
    while not flown_at(first).size or (first.coalition.columns.visit != stay).any():
        first.targets.stage[flown_at(first)] = NO_TARGET
        stay = first.coalition.columns.visit.copy()
        first.step()
        assert first.running
    left, right = twins(after(first.tick - 1))
    for battle in (left, right):
        battle.targets.stage[flown_at(battle)] = NO_TARGET
    left.coalition[0].light = left.coalition[0].medium = left.coalition[0].heavy = 0
    both_step(left, right)
    assert flown_at(left).size == 0 < flown_at(right).size


def far_on_foot(battle: Battle) -> np.ndarray:
    """Families on foot who are well over an hour from a way out (a cost of 1 is a metre in the open here)."""
    people = battle.households.columns
    rows = np.flatnonzero(people.state == ON_FOOT)
    return rows[battle.exits[people.cell[rows]] > 1.3 * battle.scenario.displacement.walk_m_per_h]


def test_a_household_put_elsewhere_is_counted_and_walks_on_from_there(twins: Twins) -> None:
    left, right = twins(lambda battle: not battle.night and far_on_foot(battle).size)
    row = int(far_on_foot(left)[0])
    family = left.households[row]
    family.cell = int(np.flatnonzero(left.exits == 0)[0])
    check_conservation(left)
    both_step(left, right)
    assert (family.state, family.pos) == ("on_road", None)
    assert right.households[row].state == "on_foot"


def in_danger(battle: Battle) -> np.ndarray:
    """Families at home who hear fighting, and whose turn it is to decide."""
    people = battle.households.columns
    rows = np.flatnonzero(people.state == AT_HOME)
    return rows[(battle.ground.danger[people.cell[rows]] > 0.1) & turns(battle, people.cell[rows])]


def test_families_inclined_to_leave_do_so(twins: Twins) -> None:
    changes = {"coercion__enabled": False, "flight__rate_per_h": 1.0}
    left, right = twins(lambda battle: in_danger(battle).size, **changes)
    for row in in_danger(left).tolist():
        left.households[row].inclination = 50.0
    both_step(left, right)
    assert left.counts["displaced"] > right.counts["displaced"]


# What is read-only ------------------------------------------------------------------------------------------------


def test_every_column_is_either_in_the_table_of_what_may_be_written_or_refused_by_name(riverton) -> None:
    battle = Battle(riverton, seed=1)
    for _ in range(30):
        battle.step()
    before = {name: [values.copy() for values in agents.columns] for name, agents in battle.agent_sets.items()}
    refused = 0
    for name, agents in battle.agent_sets.items():
        attributes = {key: value for key, value in vars(agents.handle_class).items() if isinstance(value, Column)}
        assert {key for key, value in attributes.items() if value.writable} == WRITABLE[name]
        assert {*attributes} | {"force"} >= {*agents.columns._fields}
        for column in {*agents.columns._fields, "row"} - WRITABLE[name]:
            value = getattr(agents[0], column)
            with pytest.raises(AttributeError, match=rf"{agents.handle_class.__name__}\.{column} is read-only: the model keeps"):
                setattr(agents[0], column, value)
            refused += 1
        after_all = [np.array_equal(a, b) for a, b in zip(before[name], agents.columns, strict=True)]
        assert all(after_all)
    assert refused > 30


def test_mesas_set_refuses_what_a_handle_refuses(riverton) -> None:
    battle = Battle(riverton, seed=1)
    with pytest.raises(AttributeError, match=r"Household\.members is read-only"):
        battle.agents_by_type[Household].set("members", 3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        battle.agents_by_type[LiberatorPlatoon].set("readiness", 7)
