"""What the tests of the battle share: traced runs, decision columns, and ledger rows by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import sim.battle.model as battle_model
from sim.battle import Battle
from sim.battle.bridges import open_bridges

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from sim.record.ledger import Ledger
    from sim.scenario import Scenario

# The scenario of the tests that nobody stands in the way of: no fighters, nothing laid.
NO_ENEMY = {"defenders.fighters": 0, "ieds.enabled": False, "svbieds.enabled": False, "mortars.enabled": False}


# Days of the short battle: long enough for fighting, flight and bombs.
DAYS = 16


class Moment(NamedTuple):
    """State before and after one tick of what moves."""

    battle: Battle
    tick: int
    night: bool
    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]


def snapshot(battle: Battle) -> dict[str, np.ndarray]:
    """Copies of the columns that movement tests look at."""
    people, platoons, teams = battle.households.columns, battle.liberators.columns, battle.defenders.columns
    return {
        "cell": people.cell.copy(), "state": people.state.copy(), "hours": people.hours.copy(),
        "platoon_cell": platoons.cell.copy(), "team_cell": teams.cell.copy(), "bridges": open_bridges(battle),
        "members": people.members.copy(),
    }  # fmt: skip


def watch(battle: Battle, see: Callable[[Moment], None], ticks: int = 10**6) -> Battle:
    """Step a battle to its end (or so many ticks on), handing each tick to ``see``."""
    before = snapshot(battle)
    for _ in range(ticks):
        if not battle.running:
            break
        tick, night = battle.tick, battle.night
        battle.step()
        after = snapshot(battle)
        see(Moment(battle, tick, night, before, after))
        before = after
    return battle


def stepped(scenario: Scenario, ticks: int, **how: object) -> Battle:
    """Seed 7 after so many ticks."""
    battle = Battle(scenario, seed=7, **how)
    for _ in range(ticks):
        battle.step()
    return battle


def step_until(battle: Battle, condition: Callable[[Battle], object], limit: int = 3000) -> Battle:
    """Step until something holds; fail where it never does."""
    for _ in range(limit):
        if condition(battle):
            return battle
        assert battle.running, "the battle ended before it came to that"
        battle.step()
    raise AssertionError(f"not within {limit} ticks")


def replace_phase(monkeypatch: pytest.MonkeyPatch, name: str, phase: Callable[[Battle], None]) -> None:
    """Run another function in place of a phase."""
    assert name in dict(battle_model.PHASES)
    monkeypatch.setattr(battle_model, "PHASES", tuple((n, phase if n == name else p) for n, p in battle_model.PHASES))


def rows_of(ledger: Ledger, *, since: int = 0, **wanted: int) -> np.ndarray:
    """Coded ledger rows whose columns (named as in sim.record.codes, lower case) hold the wanted codes."""
    from sim.record import codes

    keep = ledger.ticks >= since
    for name, code in wanted.items():
        keep = keep & (ledger.ints[:, getattr(codes, name.upper())] == code)
    return ledger.ints[keep]


def free_cells(battle: Battle) -> np.ndarray:
    """Dry cells of the grid without its bridges."""
    return np.flatnonzero(battle.grid.passable(np.zeros(len(battle.grid.bridges), np.bool_)))


def metres_between(battle: Battle, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances between the centres of cells, every one of ``a`` to every one of ``b``."""
    ax, ay = battle.position(np.atleast_1d(a))
    bx, by = battle.position(np.atleast_1d(b))
    return np.hypot(ax[:, None] - bx, ay[:, None] - by)


def quiet(scenario: Scenario, **changes: object) -> Battle:
    """A battle without an enemy, for rules that need the ground only."""
    return Battle(scenario, seed=1, **{**NO_ENEMY, **{key.replace("__", "."): value for key, value in changes.items()}})
