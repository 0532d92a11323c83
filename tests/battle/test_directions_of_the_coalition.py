"""Which way the coalition's means and rules move a battle, on paired seeds (claims B1, B2, B3, B5, B6, B7)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from sim.battle import Battle
from sim.scenario import load

if TYPE_CHECKING:
    from sim.scenario import Scenario

# The small battle with more of everything that matters here, and weather in which all flies.
LIVELY = {
    "defenders.fighters": 240, "specialists.leader_share": 0.04, "population.persons": 12_000, "isr.orbits": 3,
    "isr.orbit_km2": 2.0, "isr.bad_weather": 0.0, "isr.detect_per_h": 0.03, "air.flights": 4, "air.jtac_share": 0.1,
    "reports.per_h": 0.001, "resistance.cells": 10, "time.max_days": 25,
}  # fmt: skip
SEEDS = (1, 2)
SLOW = {"air.brigade_minutes": 120.0, "air.headquarters_minutes": 360.0}
NAMES = (
    "air_strikes", "strikes_missed", "artillery_missions", "isr_detections", "human_reports", "strike_deaths", "strikes_heavy",
    "strikes_refused", "targets_lapsed", "hours_to_strike", "strike_deaths_expected", "raids",
)  # fmt: skip


@pytest.fixture(scope="module")
def lively(riverton: Scenario):
    """Sums over paired seeds of the small battle with some changes, by outcome; a battle is run once."""

    @cache
    def run(changes: tuple[tuple[str, object], ...]) -> dict[str, float]:
        runs = [Battle(riverton, seed=seed, **LIVELY | dict(changes)).run().summary for seed in SEEDS]
        return {name: sum(summary[name] for summary in runs) for name in NAMES}

    return lambda **changes: run(tuple(sorted((key.replace("__", "."), value) for key, value in changes.items())))


def test_without_drones_fewer_teams_are_struck_and_it_takes_longer(lively) -> None:
    with_them, without = lively(), lively(isr__orbits=0)
    assert with_them["isr_detections"] > 50 > without["isr_detections"] == 0
    assert without["air_strikes"] < with_them["air_strikes"]
    assert without["hours_to_strike"] > with_them["hours_to_strike"]


def test_slow_approval_delays_strikes(lively) -> None:
    fast, slow = lively(), lively(air__brigade_minutes=120.0, air__headquarters_minutes=360.0)
    assert slow["hours_to_strike"] > 1.1 * fast["hours_to_strike"]


def test_without_controllers_strikes_take_longer(lively) -> None:
    assert lively(air__jtac_share=0.0)["hours_to_strike"] > lively()["hours_to_strike"]


def test_a_lower_limit_of_harm_takes_lighter_weapons_and_kills_fewer_residents(lively) -> None:
    usual, low = lively(), lively(air__harm_limit=0.02)
    # Deaths as command expects them: those that come of it are few, and more a matter of chance.
    assert low["strike_deaths_expected"] < 0.8 * usual["strike_deaths_expected"]
    assert low["strikes_heavy"] < usual["strikes_heavy"]
    assert low["strikes_refused"] > usual["strikes_refused"]


def test_striking_what_was_only_reported_misses_more_and_kills_more_residents(lively) -> None:
    seen, reported = lively(), lively(air__confirmation=False)
    assert reported["strikes_missed"] / reported["air_strikes"] > seen["strikes_missed"] / seen["air_strikes"] + 0.1
    assert reported["strike_deaths_expected"] > 1.1 * seen["strike_deaths_expected"]


def test_without_reports_orbits_find_less(lively) -> None:
    """Orbits that have no other task than to look where somebody told of a team, each over a small part of the city."""
    follow = {"isr__rear": 100.0, "isr__orbit_km2": 0.5}
    told, silent = lively(**follow), lively(**follow, reports__enabled=False)
    assert told["human_reports"] > 100 > silent["human_reports"] == 0
    assert silent["isr_detections"] < 0.7 * told["isr_detections"]
    assert silent["raids"] < told["raids"]


def test_without_guns_aircraft_do_more(lively) -> None:
    guns, none = lively(), lively(artillery__enabled=False)
    assert guns["artillery_missions"] > 30 > none["artillery_missions"] == 0
    assert none["air_strikes"] > guns["air_strikes"]


@cache
def casualties(changes: tuple[tuple[str, object], ...]) -> tuple[int, float]:
    """Attackers killed and wounded in three coarse battles of the op-ed with fewer defenders, and mean hours to a strike."""
    asked = load("op_ed").replace({"preset": "quick", "defenders.fighters": 1500, **dict(changes)})
    runs = [Battle(asked, seed=seed).run().summary for seed in (1, 2, 3)]
    lost = sum(int(run["liberators_killed"] + run["liberators_wounded"]) for run in runs)
    return lost, sum(run["hours_to_strike"] for run in runs) / 3


@pytest.mark.parametrize("changes", [{"isr.orbits": 0}, SLOW], ids=["no drones", "slow approval"])
def test_attackers_lose_more_without_drones_and_with_slow_approval(changes: dict[str, object]) -> None:
    usual, worse = casualties(()), casualties(tuple(changes.items()))
    assert worse[0] > 1.05 * usual[0]
    assert worse[1] > usual[1]
