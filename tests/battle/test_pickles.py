"""Battles in pickles and copies: the same state, and what a user hung on them."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import mesa
import numpy as np
import pytest
from battle_tools import replace_phase, stepped

from sim.agents.codes import ON_FOOT
from sim.battle import Battle
from sim.battle.outcome import summarise
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.record.run import Run

def finish(battle: Battle) -> str:
    return battle.run().digest


def test_a_pickle_in_mid_run_goes_on_to_the_same_digest_here_and_in_another_process(middle: Battle, unbroken: Run) -> None:
    assert pickle.loads(pickle.dumps(middle)).run().digest == unbroken.digest
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(finish, middle).result() == unbroken.digest


def test_a_deep_copy_goes_its_own_way(short, unbroken: Run) -> None:
    battle = stepped(short, 50)
    other = copy.deepcopy(battle)
    other.defenders[0].strength = 0
    assert other.run().digest != unbroken.digest
    assert battle.run().digest == unbroken.digest


def test_a_finished_battle_pickles_with_its_end(short, unbroken: Run) -> None:
    battle = Battle(short, seed=7)
    battle.run(checkpoints=[2])
    again = pickle.loads(pickle.dumps(battle))
    assert not again.running
    assert again.ending == battle.ending
    assert summarise(again).digest == unbroken.digest
    assert again.run().checkpoint_days == [2]


class Watcher(mesa.Agent):
    """A user's own agent."""

    def __init__(self, model: Battle) -> None:
        super().__init__(model)
        self.notes = ["first"]


class Watched(Battle):
    """A user's own model, with things of its own on it."""

    def __init__(self, scenario: object, seed: int) -> None:
        super().__init__(scenario, seed)
        self.first_team = self.defenders[0]
        self.large = self.agents.select(lambda agent: getattr(agent, "members", 0) > 8)
        self.notes = {"me": self, "everyone": self.households}


class Counting(Battle):
    """A user's own model that does something of its own in each step."""

    def __init__(self, scenario: object, seed: int) -> None:
        self.threshold = 5
        super().__init__(scenario, seed)
        self.calls = 0

    def step(self) -> None:
        super().step()
        self.calls += 1


def count_strength(model: Battle) -> int:
    return int(model.defenders.columns.strength.sum())


def test_what_a_user_hung_on_the_model_travels_with_it(short) -> None:
    battle = Watched(short, 7)
    watcher = Watcher(battle)
    battle.datacollector = mesa.DataCollector({"strength": count_strength})
    for _ in range(48):
        battle.step()
    again = pickle.loads(pickle.dumps(battle))
    assert type(again) is Watched
    assert again.first_team is again.defenders[0]
    assert again.notes == {"me": again, "everyone": again.households}
    assert [agent.row for agent in again.large] == [agent.row for agent in battle.large] != []
    assert all(agent.model is again for agent in again.large)
    (other,) = again.agents_by_type[Watcher]
    assert other.model is again
    assert (other.unique_id, other.notes) == (watcher.unique_id, ["first"])
    assert again.random.random() == battle.random.random()
    assert again.rng.random() == battle.rng.random()
    assert again.datacollector.get_model_vars_dataframe().equals(battle.datacollector.get_model_vars_dataframe())
    again.step()


def test_a_users_own_step_is_not_run_by_going_on(short) -> None:
    battle = Counting(short, 7)
    for _ in range(30):
        battle.step()
    again = pickle.loads(pickle.dumps(battle))
    assert (again.calls, again.threshold, again.tick, again.steps) == (30, 5, 30, 30)
    again.step()
    assert (again.calls, again.steps) == (31, 31)


def test_notes_on_handles_columns_and_a_changed_collector_travel(short) -> None:
    battle = stepped(short, 30)
    battle.defenders[2].note = ["seen"]
    battle.mine = battle.defenders.columns.strength, battle.ground, battle.households.columns
    battle.datacollector._new_model_reporter("fighters", count_strength)
    for _ in range(24):
        battle.step()
    again = copy.deepcopy(battle)
    assert again.defenders[2].note == ["seen"]
    assert again.mine[0] is again.defenders.columns.strength
    assert again.mine[1] is again.ground
    assert again.mine[2] is again.households.columns
    assert again.datacollector.model_vars["fighters"] == battle.datacollector.model_vars["fighters"] != []
    for _ in range(24):
        again.step()
    assert len(again.datacollector.model_vars["fighters"]) == len(battle.datacollector.model_vars["fighters"]) + 1


def test_what_cannot_be_pickled_is_named(short) -> None:
    battle = stepped(short, 1)
    battle.rule = lambda: 0
    with pytest.raises(pickle.PicklingError, match="cannot be pickled or copied with rule on it"):
        copy.deepcopy(battle)


def test_a_step_that_was_broken_off_is_not_gone_on_with(short, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(battle: Battle) -> None:
        raise KeyboardInterrupt

    battle = stepped(short, 5)
    with monkeypatch.context() as patch:
        replace_phase(patch, "movement", stop)
        with pytest.raises(KeyboardInterrupt):
            battle.step()
    with pytest.raises(SimError, match="tick 5 was broken off in its middle"):
        battle.run()


def test_writing_states_of_households_directly_goes_on_alike(short) -> None:
    battle = stepped(short, 24 * 5 + 7)
    columns = battle.households.columns
    columns.state[np.flatnonzero((columns.state == 0) & (columns.cell >= 0))[:60]] = ON_FOOT
    again = pickle.loads(pickle.dumps(battle))
    assert again.run().digest == battle.run().digest


def test_handles_and_sets_pickle_with_their_battle(middle: Battle) -> None:
    handle, agents = pickle.loads(pickle.dumps((middle.liberators[5], middle.liberators)))
    assert handle is agents[5] is handle.model.liberators[5]
    assert handle.strength == middle.liberators[5].strength
