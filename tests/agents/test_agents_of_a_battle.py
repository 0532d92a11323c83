"""Agent sets as a battle puts them together."""

from __future__ import annotations

import pytest

from sim.battle import Battle


@pytest.fixture(scope="module")
def battle(riverton) -> Battle:
    """Not stepped, and not to be changed."""
    return Battle(riverton, seed=1)


def test_ids_run_through_the_sets_in_order_without_gaps(battle: Battle) -> None:
    ids = [handle.unique_id for agent_set in battle.agent_sets.values() for handle in agent_set]
    assert ids == list(range(1, len(ids) + 1))
    assert {agent.unique_id for agent in battle.agents} == set(ids)


def test_everyone_that_the_scenario_names_is_there(battle: Battle, riverton) -> None:
    asked = riverton.liberators.forces
    assert battle.defenders.columns.strength.sum() == riverton.defenders.fighters > 0
    assert battle.liberators.columns.strength.sum() == sum(force.strength for force in asked.values()) > 0
    assert battle.households.columns.members.sum() == riverton.population.persons > 0
    guns = sum(riverton.artillery.positions.values())
    assert len(battle.coalition) == riverton.air.flights + riverton.isr.orbits + guns + riverton.raids.teams
    assert battle.resistance.columns.strength.sum() == riverton.resistance.cells * riverton.resistance.cell_size > 0


def test_household_handles_wait_until_they_are_asked_for(riverton) -> None:
    battle = Battle(riverton, seed=1)
    units = len(battle.defenders) + len(battle.liberators) + len(battle.resistance) + len(battle.coalition)
    assert battle.households._handles is None
    assert len(battle.agents) == units + len(battle.households)
