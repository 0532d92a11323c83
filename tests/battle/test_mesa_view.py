"""The battle as a Mesa user sees it: handles of all five kinds, in Mesa's own collections and collectors."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import mesa
import numpy as np
import pytest

from sim.agents.coalition import CoalitionAsset
from sim.agents.defenders import DefenderTeam
from sim.agents.households import Household
from sim.agents.liberators import LiberatorPlatoon
from sim.agents.resistance import ResistanceCell
from sim.battle import Battle
from sim.battle.outcome import summarise

if TYPE_CHECKING:
    from sim.agents.handles import AgentColumns

KINDS = {
    "defenders": DefenderTeam, "liberators": LiberatorPlatoon, "resistance": ResistanceCell, "coalition": CoalitionAsset,
    "households": Household,
}  # fmt: skip
# A column of whole numbers of each kind, to add up and sort by.
NUMBER = {
    "defenders": "strength", "liberators": "strength", "resistance": "strength", "coalition": "medium", "households": "members",
}  # fmt: skip


@pytest.fixture(scope="module")
def battle(riverton) -> Battle:
    """Two days in; not to be changed."""
    made = Battle(riverton, seed=1)
    for _ in range(48):
        made.step()
    return made


@pytest.fixture
def fresh(riverton) -> Battle:
    """A battle of two days, for a test to change."""
    return Battle(riverton, seed=1, time__max_days=2)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def column(agents: AgentColumns, name: str) -> list:
    return getattr(agents.columns, name).tolist()


def test_a_battle_is_a_mesa_model_with_all_agents_in_their_types(battle: Battle) -> None:
    assert isinstance(battle, mesa.Model)
    assert set(battle.agent_types) == set(battle.agents_by_type) == set(KINDS.values())
    assert sum(len(battle.agents_by_type[kind]) for kind in KINDS.values()) == len(battle.agents)
    assert {name: len(battle.agents_by_type[kind]) for name, kind in KINDS.items()} == {
        name: len(agents) for name, agents in battle.agent_sets.items()
    }


def test_handles_are_in_row_order_and_every_one_is_in_its_collections(battle: Battle, kind: str) -> None:
    handles = battle.agent_sets[kind].handles()
    assert list(battle.agents_by_type[KINDS[kind]]) == handles
    assert [handle.row for handle in handles] == list(range(len(handles)))
    assert all(handle in battle.agents for handle in handles)
    assert handles[0] in battle.agents_by_type[KINDS[kind]]
    assert all(handles[0] not in battle.agents_by_type[other] for name, other in KINDS.items() if name != kind)


def test_ids_run_on_from_set_to_set_in_the_documented_order(battle: Battle) -> None:
    assert list(battle.agent_sets) == list(KINDS)
    assert [agent.unique_id for agent in battle.agents] == list(range(1, len(battle.agents) + 1))
    first = 1
    for name, agents in battle.agent_sets.items():
        assert (name, agents.first_id) == (name, first)
        assert [agent.unique_id for agent in agents] == list(range(first, first + len(agents)))
        first += len(agents)


def test_ids_stay_with_their_agents_over_steps_household_handles_and_models(riverton, fresh: Battle) -> None:
    units = [agent for name in ("defenders", "liberators", "resistance", "coalition") for agent in fresh.agent_sets[name]]
    before = [(type(agent), agent.row, agent.unique_id) for agent in units]
    fresh.step()
    everyone = list(fresh.agents)
    assert everyone[: len(units)] == units
    assert [(type(agent), agent.row, agent.unique_id) for agent in units] == before
    fresh.step()
    assert list(fresh.agents) == everyone
    other = Battle(riverton, seed=1, time__max_days=2)
    at_once = [(type(agent), agent.row, agent.unique_id) for agent in other.agents]
    assert at_once == [(type(agent), agent.row, agent.unique_id) for agent in everyone]


def test_get_and_agg_read_the_columns(battle: Battle, kind: str) -> None:
    agents, number = battle.agents_by_type[KINDS[kind]], NUMBER[kind]
    values = column(battle.agent_sets[kind], number)
    assert agents.get(number) == values
    assert agents.agg(number, sum) == sum(values)
    assert agents.agg(number, max) == max(values)
    assert agents.get([number, "row"]) == [[value, row] for row, value in enumerate(values)]


def test_select_keeps_row_order(battle: Battle, kind: str) -> None:
    agents, cells = battle.agents_by_type[KINDS[kind]], column(battle.agent_sets[kind], "cell")
    on_grid = agents.select(lambda agent: agent.pos is not None)
    assert [agent.row for agent in on_grid] == [row for row, cell in enumerate(cells) if cell >= 0]
    assert len(on_grid) == (1 if kind == "coalition" else len(on_grid)) > 0, "of assets an orbit is over the grid"
    assert len(agents.select(at_most=2)) == 2


def test_sort_and_groupby_go_by_attributes(battle: Battle, kind: str) -> None:
    agents, number = battle.agents_by_type[KINDS[kind]], NUMBER[kind]
    values = column(battle.agent_sets[kind], number)
    assert agents.sort(number, ascending=True).get(number) == sorted(values)
    assert list(agents) == battle.agent_sets[kind].handles()
    assert agents.groupby(number).count() == dict(Counter(values))


def test_groups_carry_their_words(battle: Battle) -> None:
    by_force = battle.agents_by_type[LiberatorPlatoon].groupby("force").agg("strength", sum)
    strength = battle.liberators.columns.strength
    assert by_force == {
        name: int(strength[battle.liberators.columns.force == code].sum())
        for code, name in enumerate(("northern", "southern"))
    }
    states = battle.agents_by_type[Household].groupby("state").count()
    assert set(states) <= {"at_home", "sheltering", "trapped", "on_foot", "on_road"}


def test_do_and_map_visit_each_agent_once_in_row_order(battle: Battle, kind: str) -> None:
    agents, seen = battle.agents_by_type[KINDS[kind]], []
    agents.do(lambda agent: seen.append(agent.row))
    assert seen == list(range(len(agents)))
    assert agents.map("__repr__")[0] == f"<{KINDS[kind].__name__} 0>"


def test_shuffle_do_visits_each_agent_once_and_leaves_order_and_results_alone(riverton, fresh: Battle, kind: str) -> None:
    agents, seen = fresh.agents_by_type[KINDS[kind]], []
    agents.shuffle_do(lambda agent: seen.append(agent.row))
    assert sorted(seen) == list(range(len(agents)))
    assert len(seen) < 4 or seen != sorted(seen)
    assert list(agents) == fresh.agent_sets[kind].handles()
    assert fresh.run().digest == Battle(riverton, seed=1, time__max_days=2).run().digest


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [("defenders", "suppression", 0.5), ("liberators", "readiness", 0.25), ("coalition", "medium", 1),
     ("resistance", "strength", 2), ("households", "inclination", -2.0)],
)  # fmt: skip
def test_set_writes_the_columns(fresh: Battle, kind: str, name: str, value: float) -> None:
    fresh.agents_by_type[KINDS[kind]].set(name, value)
    assert set(column(fresh.agent_sets[kind], name)) == {value}


def test_agents_cannot_be_replaced_as_a_whole(battle: Battle) -> None:
    with pytest.raises(AttributeError, match="cannot be replaced"):
        battle.agents = []


def test_attributes_of_a_users_own_lie_on_the_handle(fresh: Battle) -> None:
    fresh.defenders[0].seen_by_me = 3
    fresh.step()
    assert fresh.agents_by_type[DefenderTeam].select(lambda team: hasattr(team, "seen_by_me")).get("seen_by_me") == [3]


# The collector that a battle brings along, and one of a user's own -------------------------------------------------


def test_the_data_collector_has_a_row_a_day(finished) -> None:
    frame = finished.battle.datacollector.get_model_vars_dataframe()
    assert len(frame) == len(finished.run.daily)
    shared = [name for name in finished.run.daily.columns if name not in {"date", "day"}]
    assert set(frame.columns) == set(shared)
    assert np.array_equal(frame[shared].to_numpy(float), finished.run.daily[shared].to_numpy(float))


def test_a_collector_of_ones_own_takes_models_agents_and_types(riverton, fresh: Battle) -> None:
    mine = mesa.DataCollector(
        model_reporters={"free": "liberated_share", "day": lambda model: model.day},
        agenttype_reporters={Household: {"state": "state", "members": "members"}, LiberatorPlatoon: {"force": "force"}},
    )
    for _ in range(3):
        fresh.step()
        mine.collect(fresh)
    frame = mine.get_model_vars_dataframe()
    assert frame["day"].tolist() == [0, 0, 0]
    households = mine.get_agenttype_vars_dataframe(Household)
    assert len(households) == 3 * len(fresh.households)
    last = households.xs(households.index[-1][0], level="Step")
    assert last.index.tolist() == [agent.unique_id for agent in fresh.households]
    assert last["members"].tolist() == column(fresh.households, "members")
    assert set(mine.get_agenttype_vars_dataframe(LiberatorPlatoon)["force"]) == {"northern", "southern"}
    while fresh.running:
        fresh.step()
    assert summarise(fresh).digest == Battle(riverton, seed=1, time__max_days=2).run().digest


def test_a_collector_put_in_the_battles_place_is_called_at_the_end_of_each_day(fresh: Battle) -> None:
    fresh.datacollector = mesa.DataCollector(
        model_reporters={"tick": "tick"}, agent_reporters={"cell": "cell", "place": lambda agent: agent.pos}
    )
    fresh.run()
    assert fresh.datacollector.get_model_vars_dataframe()["tick"].tolist() == [23, 47]
    assert len(fresh.datacollector.get_agent_vars_dataframe()) == 2 * len(fresh.agents)


# The run of a model ------------------------------------------------------------------------------------------------


def test_running_is_over_at_the_end_and_the_run_says_how(finished) -> None:
    assert not finished.battle.running
    assert finished.battle.ending == "liberated"
    assert finished.run.summary["liberated"] == 1
    assert finished.run.summary["days_to_liberation"] == finished.run.summary["days_simulated"] == len(finished.run.daily)


def test_steps_are_ticks(battle: Battle) -> None:
    assert battle.steps == battle.tick == 48


def test_mesas_own_run_model_runs_to_the_end(riverton, fresh: Battle) -> None:
    fresh.run_model()
    assert not fresh.running
    assert summarise(fresh).digest == Battle(riverton, seed=1, time__max_days=2).run().digest


def test_time_is_up_after_the_last_day(riverton) -> None:
    battle = Battle(riverton, seed=1, time__max_days=2)
    for _ in range(47):
        battle.step()
        assert battle.running
    battle.step()
    assert not battle.running
    assert battle.ending == "undecided"


def test_progress_is_told_once_a_day(riverton) -> None:
    told = []
    Battle(riverton, seed=1, time__max_days=3).run(progress=told.append)
    assert [status.day for status in told] == [1, 2, 3]
    assert all(status.max_days == 3 for status in told)
