"""Battles that several tests look at: run once, not to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from sim.battle import Battle

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.scenario import Scenario


class Finished(NamedTuple):
    """A battle at its end, and the run that it amounts to."""

    battle: Battle
    run: Run


@pytest.fixture(scope="session")
def finished(riverton: Scenario) -> Finished:
    """Riverton, seed 1, checked at every tick."""
    battle = Battle(riverton, seed=1, check=True)
    return Finished(battle, battle.run())
