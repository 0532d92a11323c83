"""Rules of fire: who may be struck, from how far, and who shoots whom by mistake."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import rows_of

from sim.agents.codes import APPROVED, ASSIGNED, AT_DESK, NOMINATED
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle import Battle
from sim.battle.contacts import UnitIndex, make_near
from sim.battle.defence import defend
from sim.battle.evacuation import Care
from sim.battle.events import make_events
from sim.battle.fires import fire
from sim.battle.friction import friendly_fire
from sim.kernels.rng import stream_key
from sim.record.codes import AIR, ARTILLERY, CIVILIANS, DEATH, OTHER_ROW, ROW, STRIKE


def _all_known(riverton, **changes: object) -> Battle:
    """Teams at their posts, found anew in every hour, the sky clear; fires only are run on it."""
    given = {"isr.bad_weather": 0.0, "air.flights": 4, "air.relay_h": 0.0, "munitions.light_load": 50} | {
        key.replace("__", "."): value for key, value in changes.items()
    }
    battle = Battle(riverton, seed=1, **given)
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def _fires_for(battle: Battle, ticks: int, *, known: bool = True) -> Battle:
    for _ in range(ticks):
        if known:
            battle.defenders.columns.seen_until[:] = battle.tick + 8
        fire(battle)
        battle.tick += 1
    return battle


def test_a_harm_limit_of_nothing_refuses_strikes_on_homes(riverton) -> None:
    refused = _fires_for(_all_known(riverton, air__harm_limit=0.0), 200)
    home = refused.homes[refused.defenders.columns.cell] > 0
    assert home.any()
    assert refused.counts["strikes_refused"] > 0
    for cause in (AIR, ARTILLERY):
        assert not np.isin(rows_of(refused.ledger, kind=STRIKE, cause=cause)[:, ROW], np.flatnonzero(home)).any()
        assert rows_of(refused.ledger, kind=DEATH, people=CIVILIANS, cause=cause).size == 0


def test_a_high_harm_limit_lets_strikes_kill_residents(riverton) -> None:
    free = _fires_for(_all_known(riverton, air__harm_limit=1e6, harm__indoors_death=1.0, air__least_effect=0.0), 200)
    assert free.counts["strikes_refused"] == 0
    assert rows_of(free.ledger, kind=DEATH, people=CIVILIANS, cause=AIR).size > 0


def test_nobody_strikes_teams_that_have_not_been_found(riverton) -> None:
    battle = _fires_for(_all_known(riverton, mortars__enabled=False), 100, known=False)
    assert rows_of(battle.ledger, kind=STRIKE).size == 0


@pytest.mark.parametrize("switch", ["air.enabled", "isr.bad_weather"])
def test_no_aircraft_strike_when_they_are_switched_off_or_the_weather_is_bad(riverton, switch: str) -> None:
    value = False if switch == "air.enabled" else 1.0
    battle = _fires_for(_all_known(riverton, **{switch.replace(".", "__"): value}), 100)
    assert rows_of(battle.ledger, kind=STRIKE, cause=AIR).size == 0
    assert rows_of(battle.ledger, kind=STRIKE, cause=ARTILLERY).size > 0


def test_every_strike_is_of_a_target_that_was_approved_and_all_are_accounted_for(riverton) -> None:
    battle = _fires_for(_all_known(riverton, artillery__counter_fire=False, raids__enabled=False), 200)
    counts, stage = battle.counts, battle.targets.stage
    assert counts["air_strikes"] + counts["artillery_missions"] == counts["targets_struck"] > 10
    waiting = np.isin(stage, (APPROVED, ASSIGNED)).sum()
    assert counts["targets_approved"] <= counts["targets_struck"] + counts["targets_lapsed"] + waiting
    decided = counts["targets_approved"] + counts["strikes_refused"]
    undecided = counts["targets_lapsed"] + np.isin(stage, (NOMINATED, AT_DESK)).sum()
    assert decided <= counts["targets_nominated"] <= decided + undecided
    assert counts["strike_delay_h"] / counts["targets_struck"] > 0.3


CARE = Care(outright=0.14, severe=0.0, severe_h=1.0, contact_h=0.0, march_h=0.0, hours=np.zeros(4), halt=1.0)


def _rub(forces: list[int], contact: list[float], hazard: float) -> np.ndarray:
    n = len(forces)
    platoons = zero_columns(LiberatorColumns, n)
    platoons.strength[:], platoons.force[:], platoons.contact[:] = 30, forces, contact
    index = UnitIndex(make_near(4, 1, 0, n, 100.0, 100.0, 100.0, 100.0, 40.0))
    index.update(zero_columns(DefenderColumns, 0), platoons)
    events = make_events()
    rows, key = np.arange(n, dtype=np.int32), stream_key(1, "test", "liberators", 0)
    friendly_fire(key, rows, platoons, index.near, hazard, CARE, 0.15, 1.0, events)
    rows = events.ints[: events.n[0]]
    return rows[rows[:, 0] == 5]


def test_friendly_fire_happens_between_different_forces_in_contact_only() -> None:
    assert _rub([0, 0, 0], [True] * 3, 1e9).size == 0
    assert _rub([0, 1], [True, False], 1e9).size == 0
    assert _rub([0, 1], [True, True], 0.0).size == 0
    clashes = _rub([0, 0, 1], [True] * 3, 1e9)
    assert sorted(clashes[:, ROW].tolist()) == [0, 1, 2]
    forces = np.array([0, 0, 1])
    assert (forces[clashes[:, ROW]] != forces[clashes[:, OTHER_ROW]]).all()
