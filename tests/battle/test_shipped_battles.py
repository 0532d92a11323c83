"""Every shipped scenario builds its city and runs, coarse, under the check of conservation."""

from __future__ import annotations

import pytest

from sim.battle import Battle
from sim.record.outcomes import ledger_mismatches
from sim.scenario import load
from sim.scenario.shipped import shipped_names

COARSE = {"preset": "quick", "population.persons_per_agent": 4000, "time.max_days": 12}


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_runs_under_check(name: str) -> None:
    scenario = load(name, COARSE)
    battle = Battle(scenario, seed=1, check=True)
    assert 0 < len(battle.households) < scenario.population.persons / 100
    assert battle.households.columns.members.sum() == scenario.population.persons
    run = battle.run()
    assert len(run.daily) == 12
    assert ledger_mismatches(run.events, run.summary) == []
    assert (run.events["kind"] == "move").any(), "nobody reached the city"
