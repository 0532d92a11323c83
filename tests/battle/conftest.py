"""Battles that several tests look at: run once, not to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from battle_tools import DAYS, stepped

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


@pytest.fixture(scope="session")
def short(riverton: Scenario) -> Scenario:
    """Long enough for fighting, flight and bombs; bridges are blown, and pontoons laid, on the way."""
    return riverton.replace({"time.max_days": DAYS, "bridges.demolition": "threatened"})


@pytest.fixture(scope="session")
def unbroken(short: Scenario) -> Run:
    """The short battle to its end, seed 7."""
    return Battle(short, seed=7).run()


@pytest.fixture(scope="session")
def middle(short: Scenario) -> Battle:
    """The short battle stopped in the middle of a day."""
    return stepped(short, 24 * 9 + 7)
