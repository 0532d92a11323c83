"""A user's own behaviour: named in the scenario, called once a day with the agents and a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import riverton_behaviours

from sim.battle import Battle
from sim.errors import ScenarioError, SimError

if TYPE_CHECKING:
    from sim.scenario import Scenario


def _with(riverton: Scenario, dotted: str, **changes: object) -> Scenario:
    return riverton.replace({"behaviours": {"defenders": dotted}, "time.max_days": 4, **changes})


def test_a_behaviour_changes_what_agents_do(riverton: Scenario) -> None:
    riverton_behaviours.CALLS.clear()
    battle = Battle(_with(riverton, "riverton_behaviours.pull_back_to_the_first_quarter"), seed=1, check=True)
    plain = Battle(riverton, seed=1)
    battle.step()
    plain.step()
    assert set(battle.defenders.columns.quarter.tolist()) == {0}
    assert len(set(plain.defenders.columns.quarter.tolist())) > 1


def test_a_behaviour_is_called_once_a_day_with_a_keyed_stream(riverton: Scenario) -> None:
    drawn = []
    for seed, hours in ((1, 1), (1, 6), (2, 1)):
        riverton_behaviours.CALLS.clear()
        scenario = _with(riverton, "riverton_behaviours.pull_back_to_the_first_quarter", **{"time.step_hours": hours})
        Battle(scenario, seed=seed).run()
        assert [tick for tick, _ in riverton_behaviours.CALLS] == [day * 24 // hours for day in range(4)]
        drawn.append([number for _, number in riverton_behaviours.CALLS])
    assert drawn[0][0] == drawn[1][0] != drawn[2][0]
    assert len(set(drawn[0])) == 4


def test_a_behaviour_that_fails_is_named(riverton: Scenario) -> None:
    battle = Battle(_with(riverton, "riverton_behaviours.stumble"), seed=1)
    with pytest.raises(SimError, match=r"riverton_behaviours\.stumble for defenders failed on day 0: RuntimeError: out of ideas"):
        battle.step()


@pytest.mark.parametrize("dotted", ["no_such_module.f", "riverton_behaviours.no_such_name", "riverton_behaviours.CALLS"])
def test_a_behaviour_that_cannot_be_had_is_refused_by_its_key(riverton: Scenario, dotted: str) -> None:
    with pytest.raises(ScenarioError, match=r"behaviours\.defenders"):
        Battle(_with(riverton, dotted), seed=1)
