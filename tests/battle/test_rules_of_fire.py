"""Rules of fire: who may be struck, from how far, and who shoots whom by mistake."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import rows_of

from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle import Battle
from sim.battle.contacts import UnitIndex
from sim.battle.defence import defend
from sim.battle.events import make_events
from sim.battle.fires import fire, strike_teams
from sim.battle.friction import friendly_fire
from sim.kernels.rng import stream_key
from sim.record.codes import AIR, ARTILLERY, CAUSE, CIVILIANS, DEATH, OTHER_ROW, ROW, STRIKE


def _all_known(riverton, **changes: object) -> Battle:
    """Teams at their posts, all known for good, the sky clear; fires only are run on it."""
    given = {"isr.bad_weather": 0.0, "air.flights": 4, "air.weapons": 100} | {
        key.replace("__", "."): value for key, value in changes.items()
    }
    battle = Battle(riverton, seed=1, **given)
    defend(battle)
    battle.defenders.columns.seen_until[:] = 10**6
    return battle


def _fires_for(battle: Battle, ticks: int) -> Battle:
    for _ in range(ticks):
        fire(battle)
        battle.tick += 1
    return battle


def test_a_harm_limit_of_nothing_refuses_strikes_on_homes(riverton) -> None:
    refused = _fires_for(_all_known(riverton, air__harm_limit=0.0), 200)
    home = refused.households.lists.persons[refused.defenders.columns.cell] > 0
    assert home.any()
    assert refused.counts["strikes_refused"] > 0
    strikes = rows_of(refused.ledger, kind=STRIKE, people=2)
    assert not np.isin(strikes[:, ROW], np.flatnonzero(home)).any()
    for cause in (AIR, ARTILLERY):
        assert rows_of(refused.ledger, kind=DEATH, people=CIVILIANS, cause=cause).size == 0


def test_a_high_harm_limit_lets_strikes_kill_residents(riverton) -> None:
    free = _fires_for(_all_known(riverton, air__harm_limit=1e6, harm__indoors_death=1.0), 200)
    assert free.counts["strikes_refused"] == 0
    assert rows_of(free.ledger, kind=DEATH, people=CIVILIANS, cause=AIR).size > 0


def test_nobody_strikes_teams_that_have_not_been_found(riverton) -> None:
    battle = _all_known(riverton)
    battle.defenders.columns.seen_until[:] = -1
    for _ in range(100):
        strike_teams(battle)
        battle.tick += 1
    assert rows_of(battle.ledger, kind=STRIKE).size == 0


@pytest.mark.parametrize("switch", ["air.enabled", "isr.bad_weather"])
def test_no_aircraft_strike_when_they_are_switched_off_or_the_weather_is_bad(riverton, switch: str) -> None:
    value = False if switch == "air.enabled" else 1.0
    battle = _fires_for(_all_known(riverton, **{switch.replace(".", "__"): value}), 100)
    assert rows_of(battle.ledger, kind=STRIKE, cause=AIR).size == 0
    assert rows_of(battle.ledger, kind=STRIKE, cause=ARTILLERY).size > 0


def test_a_flight_drops_no_more_weapons_in_a_stay_than_it_carries(riverton) -> None:
    harmless = {"air__team_casualties": 0.0, "artillery__enabled": False}
    battle = _all_known(riverton, air__flights=1, air__weapons=2, air__delay_h=0.0, **harmless)
    stay = riverton.air.on_station_h * riverton.air.tanker_gain
    cycle = stay + riverton.air.turnaround_h
    _fires_for(battle, round(4 * cycle))
    assert 0 < rows_of(battle.ledger, kind=STRIKE, cause=AIR).shape[0] <= 4 * 2
    ticks = battle.ledger.ticks[battle.ledger.ints[:, CAUSE] == AIR]
    assert (ticks % cycle < stay).all()


@pytest.mark.parametrize("range_km", [1.0, 5.0, 25.0])
def test_guns_reach_as_far_as_their_range(riverton, range_km: float) -> None:
    battle = _all_known(riverton, artillery__range_km=range_km, artillery__missions_per_day=48.0, air__enabled=False)
    guns = battle.coalition.columns
    gun = np.flatnonzero(guns.kind == 2)[0]
    x, y = battle.position(battle.defenders.columns.cell)
    gap = np.hypot(x - guns.x[gun], y - guns.y[gun])
    cells = battle.defenders.columns.cell.copy()
    _fires_for(battle, 100)
    struck = rows_of(battle.ledger, kind=STRIKE, cause=ARTILLERY)
    assert np.isin(struck[:, ROW], np.flatnonzero(gap <= range_km * 1000.0)).all()
    assert (struck.shape[0] > 0) == bool((gap <= range_km * 1000.0).any())
    assert np.isin(struck[:, 1], cells).all()


def test_guns_fire_as_many_missions_as_their_rate(riverton) -> None:
    battle = _all_known(riverton, artillery__missions_per_day=12.0, artillery__rounds=0, air__enabled=False, air__harm_limit=1e6)
    _fires_for(battle, 800)
    mean = 12.0 / 24.0 * 800
    assert abs(battle.counts["artillery_missions"] - mean) < 4 * np.sqrt(mean)


def test_mortars_reach_no_farther_than_their_range_from_held_quarters(riverton) -> None:
    battle = Battle(riverton, seed=1, mortars__range_m=700.0, mortars__missions_per_day=48.0)
    for _ in range(40):
        battle.step()
    battle.liberators.columns.seen_until[:] = 10**6
    platoons, q = battle.liberators.columns, battle.quarters
    before = battle.ledger.n
    _fires_for(battle, 50)
    rows = battle.ledger.ints[before:]
    rows = rows[(rows[:, 0] == STRIKE) & (rows[:, CAUSE] == 5)]
    held = np.flatnonzero(~q.liberated & q.defended)
    x, y = battle.position(rows[:, 1])
    gap = np.hypot(x[:, None] - q.x[held], y[:, None] - q.y[held]).min(axis=1)
    assert rows.size > 0
    assert (gap <= 700.0).all()
    x, y = battle.position(platoons.cell[platoons.cell >= 0])
    far = np.hypot(x[:, None] - q.x[held], y[:, None] - q.y[held]).min(axis=1) > 700.0
    assert far.any(), "someone must be out of range for this to mean anything"


def _rub(forces: list[int], contact: list[bool], hazard: float) -> np.ndarray:
    n = len(forces)
    platoons = zero_columns(LiberatorColumns, n)
    platoons.strength[:], platoons.force[:], platoons.contact[:] = 30, forces, contact
    index = UnitIndex(100.0, 100.0, 4, 1, 0, n)
    index.update(zero_columns(DefenderColumns, 0), platoons)
    events = make_events()
    rows, key = np.arange(n, dtype=np.int32), stream_key(1, "test", "liberators", 0)
    friendly_fire(key, rows, platoons, index.near, hazard, 0.14, 0.15, 1.0, events)
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
