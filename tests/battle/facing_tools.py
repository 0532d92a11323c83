"""Defenders at their posts, and platoons that they know of where a test puts them; one weapon acts on it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.agents.codes import RESERVE
from sim.battle import Battle
from sim.battle.defence import defend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.scenario import Scenario

FOR_GOOD = 10**6


def facing(riverton: Scenario, **changes: object) -> Battle:
    """Teams at their posts, fair weather, nobody on the other side yet."""
    given = {"isr.bad_weather": 0.0, **{key.replace("__", "."): value for key, value in changes.items()}}
    battle = Battle(riverton, seed=9, **given)
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def known_platoons_at(battle: Battle, cells: Sequence[int] | np.ndarray) -> np.ndarray:
    """Put the first platoons into cells, known to the defenders for good; returns their rows."""
    platoons, n = battle.liberators.columns, len(cells)
    platoons.cell[:] = -1
    platoons.cell[:n] = cells
    platoons.order[:n] = RESERVE
    platoons.seen_until[:n] = FOR_GOOD
    battle.units.update(battle.defenders.columns, platoons)
    return np.arange(n)


def teams_of(battle: Battle, kind: int) -> np.ndarray:
    """Rows of the teams of a kind."""
    return np.flatnonzero(battle.defenders.columns.kind == kind)


def counted(
    battle: Battle, act: Callable[[Battle], None], name: str, ticks: int, before: Callable[[Battle], None] = lambda b: None
) -> np.ndarray:
    """How often something happens in each of so many ticks in which this alone goes on."""
    out = np.empty(ticks)
    for i in range(ticks):
        before(battle)
        had = battle.counts[name]
        act(battle)
        out[i] = battle.counts[name] - had
        battle.tick += 1
    return out


def assert_poisson(counts: np.ndarray, mean: float) -> None:
    """Counts of independent ticks have this mean, and a variance as large, within four standard deviations."""
    assert abs(counts.sum() - mean * counts.size) < 4 * np.sqrt(mean * counts.size)
    # The variance of a sample variance of Poisson counts is (mean + 2 mean^2) / n.
    assert counts.var() == pytest.approx(mean, abs=4 * np.sqrt((mean + 2 * mean**2) / counts.size))


def assert_share(hits: float, n: float, share: float) -> None:
    """So many hits of n trials fit a chance, within four standard deviations."""
    assert abs(hits / n - share) <= 4 * np.sqrt(share * (1 - share) / n)
