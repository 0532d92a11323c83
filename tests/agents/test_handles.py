"""Handles: real Mesa agents that read and write the columns, and refuse what would break the model."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from sim.agents.coalition import make_coalition
from sim.agents.codes import HOUSEHOLD_STATES, PLATOON_ORDERS, TEAM_ORDERS
from sim.agents.defenders import Defenders, make_defenders
from sim.agents.handles import AgentColumns, Column
from sim.agents.households import Households, make_households, move
from sim.agents.liberators import Liberators, make_liberators
from sim.agents.resistance import make_resistance

SHARES = tuple(f"{kind}_share" for kind in ("sniper", "mortar", "driver", "miner", "drone", "leader"))


@pytest.fixture
def defenders(stage, grid, land, riverton) -> Defenders:
    """Three teams of infantry and a rest of two, and a row that is kept for later."""
    scenario = riverton.replace({"defenders.fighters": 20, "specialists": dict.fromkeys(SHARES, 0.0)})
    made = make_defenders(stage, scenario, grid.nx, land, spare=1, first_id=1)
    made.columns.cell[:4] = np.flatnonzero(land)[:4]
    return made


@pytest.fixture
def liberators(stage, grid, land, riverton) -> Liberators:
    made = make_liberators(stage, riverton.liberators, grid.nx, land, 101)
    made.handles()[1].cell = int(np.flatnonzero(land)[2])
    return made


@pytest.fixture
def households(stage, grid, land, riverton) -> Households:
    return make_households(stage, riverton.population, 1.0, 1, grid, land, 1001)


@pytest.fixture
def sets(stage, grid, land, riverton, defenders, liberators, households) -> dict[str, AgentColumns]:
    resistance = make_resistance(stage, riverton.resistance, 1, grid, grid.neighbourhood.astype(np.int32), land, 401)
    coalition = make_coalition(stage, riverton, grid, land, 501)
    return {made.name: made for made in (defenders, liberators, resistance, coalition, households)}


NAMES = ("defenders", "liberators", "resistance", "coalition", "households")


def columns_of(agent_set: AgentColumns) -> dict[str, Column]:
    return {name: value for name, value in vars(agent_set.handle_class).items() if isinstance(value, Column)}


@pytest.mark.parametrize("name", NAMES)
def test_a_set_has_one_mesa_agent_for_each_row_in_row_order(sets, stage, name: str) -> None:
    agent_set = sets[name]
    handles = list(agent_set)
    assert len(agent_set) == len(handles) == len(agent_set.columns[0]) > 0
    assert all(isinstance(handle, mesa.Agent) for handle in handles)
    assert [handle.row for handle in handles] == list(range(len(handles)))
    assert [handle.unique_id for handle in handles] == [agent_set.first_id + row for row in range(len(handles))]
    assert agent_set[2 % len(handles)] is handles[2 % len(handles)]
    assert list(stage.agents_by_type[agent_set.handle_class]) == handles


def test_handles_are_made_on_first_use_and_once_only(households, stage) -> None:
    assert len(stage.agents) == 0
    first = households.handles()
    assert len(stage.agents) == len(households)
    assert households.handles() is first
    assert len(stage.agents) == len(households)


def test_handles_made_in_another_order_keep_their_ids(sets, stage) -> None:
    for name in reversed(NAMES):
        sets[name].handles()
    assert [sets[name][0].unique_id for name in NAMES] == [1, 101, 401, 501, 1001]
    ids = [agent.unique_id for agent in stage.agents]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_can_be_read_through_the_handle(sets, name: str) -> None:
    agent_set = sets[name]
    row = len(agent_set) - 1
    for column, values in agent_set.columns._asdict().items():
        seen = getattr(agent_set[row], column)
        if column == "force":
            assert seen == agent_set.forces.names[values[row]]
        elif (words := columns_of(agent_set)[column].words) is not None:
            assert seen == words[values[row]]
        else:
            assert seen == values[row]
            assert type(seen) in {int, float, bool}


@pytest.mark.parametrize("name", NAMES)
def test_what_the_model_counts_and_indexes_by_is_read_only(sets, name: str) -> None:
    agent_set = sets[name]
    handle = agent_set[0]
    locked = {column for column, attribute in columns_of(agent_set).items() if not attribute.writable}
    assert locked
    for column in locked:
        before = getattr(handle, column)
        with pytest.raises(AttributeError, match=rf"{type(handle).__name__}\.{column} is read-only"):
            setattr(handle, column, before)
        assert getattr(handle, column) == before
    for fixed in ("row", *({"force"} & set(agent_set.columns._fields))):
        with pytest.raises(AttributeError, match=fixed):
            setattr(handle, fixed, 0)


LOCKED = {
    "defenders": {"kind", "size", "wounded", "killed", "escaped", "post", "seen_until", "fired", "exposed", "hours"},
    "liberators": {"wounded", "killed", "role", "axis", "seen_until", "contact", "arrive", "arrive_cell", "hours", "moved"},
    "resistance": {"cell", "quarter", "killed"},
    "coalition": {"cell", "kind", "task", "visit", "strength", "wounded", "killed", "offset_h", "free_h", "x", "y", "available"},
    "households": {"home", "quarter", "members", "dead", "wounded", "state", "entry", "goal", "node", "until", "away", "hours"},
}


@pytest.mark.parametrize("name", NAMES)
def test_structure_stays_locked(sets, name: str) -> None:
    assert {c for c, attribute in columns_of(sets[name]).items() if not attribute.writable} >= LOCKED[name]


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("defenders", "strength", 3), ("defenders", "order", "last_stand"), ("defenders", "quarter", 2),
        ("defenders", "target", 0), ("defenders", "dug", 0.25), ("defenders", "suppression", 1),
        ("defenders", "strength", np.int64(4)), ("defenders", "stock", 2.5), ("liberators", "ammo", 0.0),
        ("liberators", "readiness", np.float64(0.5)), ("liberators", "order", "assault"), ("liberators", "objective", -1),
        ("liberators", "strength", 0), ("coalition", "medium", 7), ("resistance", "strength", 1),
        ("households", "inclination", -2.5), ("defenders", "strength", 5.0),
    ],
)  # fmt: skip
def test_what_is_written_through_a_handle_is_in_the_column(sets, name: str, column: str, value: object) -> None:
    agent_set = sets[name]
    others = np.delete(getattr(agent_set.columns, column), 1)
    setattr(agent_set[1], column, value)
    assert getattr(agent_set[1], column) == value
    words = columns_of(agent_set)[column].words
    assert getattr(agent_set.columns, column)[1] == (value if words is None else words.index(value))
    assert np.array_equal(np.delete(getattr(agent_set.columns, column), 1), others)


def test_what_is_written_to_a_column_is_seen_through_the_handle(defenders) -> None:
    handle = defenders[0]
    defenders.columns.strength[0] = 2
    defenders.columns.order[0] = TEAM_ORDERS.index("move")
    assert (handle.strength, handle.order) == (2, "move")


def test_codes_are_words(sets) -> None:
    assert sets["liberators"][0].order == PLATOON_ORDERS[0] == "march"
    assert sets["liberators"][0].role in {"assault", "hold"}
    assert sets["liberators"][0].force == "northern"
    assert sets["liberators"][len(sets["liberators"]) - 1].force == "southern"
    assert sets["coalition"][0].kind == "strike_flight"
    assert sets["households"][0].state == HOUSEHOLD_STATES[0] == "at_home"


@pytest.mark.parametrize("value", ["flee", 1, None, "", ["hold"], "Hold"])
def test_only_the_words_of_a_code_are_taken(defenders, value: object) -> None:
    with pytest.raises(ValueError, match=r"DefenderTeam\.order takes one of hold, move, last_stand, .*, rig, not"):
        defenders[0].order = value
    assert defenders[0].order == "hold"


WRONG = [
    ("defenders", "strength", -1, "cannot be negative"), ("defenders", "strength", "3", "takes a number"),
    ("defenders", "strength", None, "takes a number"), ("defenders", "strength", True, "takes a number"),
    ("defenders", "strength", np.True_, "takes a number"), ("defenders", "strength", 2.5, "whole number"),
    ("defenders", "strength", 2**40, "32 bits"), ("defenders", "strength", 1e30, "32 bits"),
    ("defenders", "strength", float("nan"), "finite"), ("defenders", "strength", float("inf"), "finite"),
    ("defenders", "strength", 1j, "takes a number"), ("defenders", "strength", [3], "takes a number"),
    ("defenders", "dug", 1.01, "between 0 and 1"), ("defenders", "suppression", -0.1, "between 0 and 1"),
    ("defenders", "dug", float("nan"), "finite"), ("defenders", "quarter", 8, "between 0 and 7"),
    ("defenders", "quarter", -2, "between 0 and 7"), ("defenders", "target", -2, "between 0 and"),
    ("defenders", "target", 10**8, "between 0 and"), ("liberators", "objective", 99, "between 0 and 7"),
    ("liberators", "readiness", 2, "between 0 and 1"), ("liberators", "target", 2**31, "32 bits"),
    ("defenders", "stock", -0.5, "stock cannot be negative"), ("liberators", "ammo", 1.5, "between 0 and 1"),
    ("coalition", "medium", -1, "cannot be negative"), ("households", "inclination", float("inf"), "finite"),
    ("households", "inclination", "high", "takes a number"), ("households", "inclination", False, "takes a number"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column", "value", "says"), WRONG)
def test_what_does_not_fit_is_refused_and_changes_nothing(sets, name: str, column: str, value: object, says: str) -> None:
    agent_set = sets[name]
    before = [values.copy() for values in agent_set.columns]
    with pytest.raises(ValueError, match=says):
        setattr(agent_set[1], column, value)
    assert all(np.array_equal(a, b) for a, b in zip(before, agent_set.columns, strict=True))
    assert agent_set.added == 0


@pytest.mark.parametrize("name", ["defenders", "liberators", "households"])
@pytest.mark.parametrize("where", ["river", "beyond", "before"])
def test_nobody_is_put_off_the_grid_or_into_the_river(sets, land, name: str, where: str) -> None:
    cell = {"river": int(np.flatnonzero(~land)[0]), "beyond": land.size, "before": -1}[where]
    before = sets[name][0].cell
    with pytest.raises(ValueError, match="off the grid or under water"):
        sets[name][0].cell = cell
    assert sets[name][0].cell == before


@pytest.mark.parametrize("name", NAMES)
def test_no_agent_can_be_removed(sets, stage, name: str) -> None:
    handle = sets[name][0]
    with pytest.raises(AttributeError, match="cannot be removed"):
        handle.remove()
    assert handle in stage.agents


def test_a_position_is_column_and_row_of_the_cell(defenders, grid, land) -> None:
    cell = int(np.flatnonzero(land)[-1])
    defenders[0].cell = cell
    assert defenders[0].pos == (cell % grid.nx, cell // grid.nx)
    other = int(np.flatnonzero(land)[5])
    defenders[0].pos = (other % grid.nx, other // grid.nx)
    assert defenders[0].cell == defenders.columns.cell[0] == other


def test_who_is_off_the_grid_has_no_position(sets) -> None:
    assert sets["liberators"][0].pos is None
    assert sets["coalition"][0].pos is None


@pytest.mark.parametrize("change", [(0, "nx"), (-1, 0), (0, -1), (10**6, 0)])
def test_a_position_beside_the_grid_is_refused(defenders, grid, change: tuple[object, object]) -> None:
    before = defenders[0].cell
    column, row = change
    with pytest.raises(ValueError, match="grid"):
        defenders[0].pos = (grid.nx, 1) if row == "nx" else (column, row)
    assert defenders[0].cell == before


def test_a_position_cannot_be_taken_away(defenders) -> None:
    with pytest.raises(ValueError, match="takes \\(column, row\\)"):
        defenders[0].pos = None


def test_assets_cannot_be_put_on_the_grid(sets) -> None:
    with pytest.raises(AttributeError, match="read-only"):
        sets["coalition"][0].pos = (3, 4)
    assert sets["coalition"].columns.cell[0] == -1


def test_a_team_in_a_new_place_is_no_longer_dug_in(defenders, land) -> None:
    defenders.columns.dug[0], defenders.columns.hours[0] = 0.9, 0.4
    cell = int(np.flatnonzero(land)[7])
    defenders[0].cell = cell
    assert (defenders[0].dug, defenders[0].hours, defenders[0].target) == (0.0, 0.0, cell)


def test_a_platoon_put_on_the_grid_stands_in_reserve_and_marches_no_more(liberators, land) -> None:
    assert (liberators[0].order, liberators[1].order) == ("march", "reserve")
    for row, order in ((0, "assault"), (1, "march")):
        with pytest.raises(ValueError, match="marches while it is off the grid, and only then"):
            liberators[row].order = order
    assert (liberators[0].order, liberators[1].order) == ("march", "reserve")
    liberators[1].order = "assault"
    liberators.columns.target[1], liberators.columns.hours[1] = 7, 0.5
    liberators[1].cell = int(np.flatnonzero(land)[9])
    assert (liberators[1].order, liberators[1].target, liberators[1].hours) == ("assault", -1, 0.0)
    assert liberators[1].moved == liberators.model.tick > liberators[0].moved


def test_a_team_without_a_place_cannot_move(defenders) -> None:
    assert defenders[-1].pos is None
    with pytest.raises(ValueError, match="no place yet cannot move"):
        defenders[-1].order = "move"
    defenders[0].order = "move"
    assert defenders[0].order == "move"


def test_a_household_that_is_moved_is_listed_in_its_new_cell(households, land) -> None:
    lists, columns = households.lists, households.columns
    row, members = 5, int(columns.members[5])
    old, new = int(columns.cell[row]), int(np.flatnonzero(land)[0])
    before_old, before_new = int(lists.persons[old]), int(lists.persons[new])
    households[row].cell = new
    assert columns.cell[row] == new
    assert old != new
    assert lists.head[new] == row
    assert (lists.persons[old], lists.persons[new]) == (before_old - members, before_new + members)
    assert lists.persons.sum() == columns.members.sum()


def test_a_household_that_has_left_cannot_be_put_back(households, land) -> None:
    move(households.columns, households.lists, 3, -1)
    with pytest.raises(ValueError, match="cannot be put back"):
        households[3].cell = int(np.flatnonzero(land)[0])
    assert households[3].pos is None


@pytest.mark.parametrize("name", ["defenders", "liberators"])
def test_persons_that_a_user_adds_or_takes_are_noted(sets, name: str) -> None:
    agent_set = sets[name]
    start = int(agent_set.columns.strength.sum())
    for row, strength in ((0, 9), (1, 0), (0, 2), (2, 1)):
        agent_set[row].strength = strength
        assert agent_set.added == int(agent_set.columns.strength.sum()) - start
    assert agent_set.added != 0


def test_mesa_selects_counts_and_changes_through_handles(defenders, stage) -> None:
    defenders.handles()
    agents = stage.agents_by_type[defenders.handle_class]
    assert agents.agg("strength", sum) == 20
    assert [agent.row for agent in agents.select(lambda team: team.strength == 2)] == [3]
    assert agents.get("kind") == ["infantry"] * len(defenders)
    agents.set("suppression", 0.5)
    assert (defenders.columns.suppression == 0.5).all()
    assert agents.get("order") == ["hold"] * len(defenders)
