"""What close combat does to residents and buildings follows density, whatever the size of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.battle import Battle
from sim.battle.combat import crossfire

if TYPE_CHECKING:
    from sim.scenario import Scenario

RISK, DAMAGE, PLATOON, DT = 2e-4, 0.01, 30.0, 2.0


@pytest.mark.parametrize("hectares", [1.0, 6.25])
def test_casualties_and_damage_are_those_of_a_hectare(riverton: Scenario, hectares: float) -> None:
    battle = Battle(riverton, seed=2, **{"population.persons": 40_000})
    ground, lists = battle.ground, battle.households.lists
    cells = np.flatnonzero((lists.persons > 0) & (ground.quarter >= 0))
    ground.shooters[cells] = shooters = np.linspace(10.0, 90.0, cells.size)
    whole = ground.damage[cells].copy()
    crossfire(
        battle.key("combat.crossfire", "cells"), battle.households.columns, lists, ground, battle.quarters, RISK, 1.0, 1.0,
        DAMAGE, PLATOON, hectares, DT, battle.events,
    )  # fmt: skip
    mean = float((RISK * shooters * lists.persons[cells] / hectares * DT).sum())
    dead = 40_000 - int(lists.persons.sum())
    # Those who die in a cell are no longer there to be hit: a few of some hundreds.
    assert mean > 80
    assert abs(dead - mean) < 4 * np.sqrt(mean) + 0.02 * mean
    left = (1.0 - whole) * np.exp(-DAMAGE / hectares * shooters / PLATOON * DT)
    assert 1.0 - ground.damage[cells] == pytest.approx(left)
    assert not ground.shooters.any()
