"""The battle as a Mesa user sees it."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from sim.agents.coalition import CoalitionAsset
from sim.agents.defenders import DefenderTeam
from sim.agents.households import Household
from sim.agents.liberators import LiberatorPlatoon
from sim.battle import Battle


@pytest.fixture(scope="module")
def battle(riverton) -> Battle:
    """Two days in; not to be changed."""
    made = Battle(riverton, seed=1)
    for _ in range(48):
        made.step()
    return made


def test_a_battle_is_a_mesa_model_with_all_agents_in_their_types(battle: Battle) -> None:
    assert isinstance(battle, mesa.Model)
    types = {DefenderTeam, LiberatorPlatoon, CoalitionAsset, Household}
    assert set(battle.agent_types) == set(battle.agents_by_type) == types
    assert sum(len(battle.agents_by_type[kind]) for kind in types) == len(battle.agents)
    assert len(battle.agents_by_type[Household]) == len(battle.households)


def test_select_agg_and_get_read_the_columns(battle: Battle) -> None:
    platoons = battle.agents_by_type[LiberatorPlatoon]
    assert platoons.agg("strength", sum) == battle.liberators.columns.strength.sum()
    on_grid = platoons.select(lambda p: p.pos is not None)
    assert len(on_grid) == int((battle.liberators.columns.cell >= 0).sum()) > 0
    assert battle.agents_by_type[Household].get("members") == battle.households.columns.members.tolist()
    assert {p.force for p in platoons} == {"northern", "southern"}


def test_agents_cannot_be_replaced_as_a_whole(battle: Battle) -> None:
    with pytest.raises(AttributeError, match="cannot be replaced"):
        battle.agents = []


def test_the_data_collector_has_a_row_a_day(finished) -> None:
    frame = finished.battle.datacollector.get_model_vars_dataframe()
    assert len(frame) == len(finished.run.daily)
    shared = [name for name in finished.run.daily.columns if name not in {"date", "day"}]
    assert set(frame.columns) == set(shared)
    assert np.array_equal(frame[shared].to_numpy(float), finished.run.daily[shared].to_numpy(float))


def test_running_is_over_at_the_end_and_the_run_says_how(finished) -> None:
    assert not finished.battle.running
    assert finished.battle.ending == "liberated"
    assert finished.run.summary["liberated"] == 1
    assert finished.run.summary["days_to_liberation"] == finished.run.summary["days_simulated"] == len(finished.run.daily)


def test_time_is_up_after_the_last_day(riverton) -> None:
    battle = Battle(riverton, seed=1, time__max_days=2)
    for _ in range(47):
        battle.step()
        assert battle.running
    battle.step()
    assert not battle.running
    assert battle.ending == "undecided"


def test_strength_written_through_a_handle_counts_from_the_next_step(riverton) -> None:
    battle = Battle(riverton, seed=1, check=True)
    for _ in range(24):
        battle.step()
    before = int(battle.defenders.columns.strength.sum())
    battle.defenders[0].strength += 5
    battle.liberators[0].strength = 0
    for _ in range(24):
        battle.step()
    assert sum(battle.series[f"defenders_{what}"] for what in ("strength", "killed", "wounded")) == before + 5
    assert battle.soldiers_start + battle.liberators.added == 2100 - 30


def test_progress_is_told_once_a_day(riverton) -> None:
    told = []
    Battle(riverton, seed=1, time__max_days=3).run(progress=told.append)
    assert [status.day for status in told] == [1, 2, 3]
    assert all(status.max_days == 3 for status in told)
