"""Ammunition: what comes up, what is issued, and what a platoon without it does."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import quiet, step_until

from sim.agents.codes import ASSAULT
from sim.battle import Battle
from sim.battle.approach import IN_CITY
from sim.battle.supply import supply

NOTHING = {"supply.road_loads_per_day": 0.0, "supply.airlift_loads_per_day": 0.0}


def _in_city(riverton, **changes: object) -> Battle:
    return step_until(quiet(riverton, **changes), lambda b: (b.axes.state == IN_CITY).all())


def test_loads_are_neither_made_nor_lost(riverton) -> None:
    battle = _in_city(riverton, **{**NOTHING, "supply.depot_loads": 20.0})
    platoons = battle.liberators.columns
    platoons.ammo[:] = 0.5
    rows = battle.units.platoon_rows
    reference = riverton.liberators.reference_platoon

    def stock() -> float:
        return float(battle.axes.depot.sum() + (platoons.ammo[rows] * platoons.strength[rows]).sum() / reference)

    before = stock()
    for _ in range(12):
        supply(battle)
    assert stock() == pytest.approx(before)
    assert platoons.ammo[rows].max() > 0.5


def test_a_platoon_out_of_contact_takes_a_load_in_its_time_and_one_in_contact_a_share_of_that(riverton) -> None:
    battle = _in_city(riverton)
    platoons, p = battle.liberators.columns, riverton.supply
    rows = battle.units.platoon_rows
    platoons.ammo[:] = 0.2
    platoons.contact[:] = False
    platoons.contact[rows[::2]] = True
    battle.axes.depot[:] = 1e6
    supply(battle)
    assert platoons.ammo[rows[1::2]] == pytest.approx(0.2 + 1.0 / p.issue_h)
    assert platoons.ammo[rows[::2]] == pytest.approx(0.2 + p.contact_issue / p.issue_h)


def test_a_depot_that_cannot_serve_all_serves_all_alike(riverton) -> None:
    battle = _in_city(riverton, **NOTHING)
    platoons = battle.liberators.columns
    platoons.ammo[:] = 0.0
    battle.axes.depot[:] = [1.0, 0.0]
    supply(battle)
    of = platoons.axis[battle.units.platoon_rows]
    got = platoons.ammo[battle.units.platoon_rows]
    assert np.ptp(got[of == 0]) == pytest.approx(0.0)
    assert (got[of == 0] > 0).all()
    assert (got[of == 1] == 0).all()
    assert battle.axes.depot[0] == pytest.approx(0.0, abs=1e-9)


def test_roads_bring_their_rate_less_over_a_long_way_and_aircraft_what_is_lacking(riverton) -> None:
    battle = _in_city(riverton, **{"supply.airlift_loads_per_day": 0.0, "supply.reference_km": 5.0})
    battle.liberators.columns.ammo[:] = 1.0
    battle.axes.depot[:] = 0.0
    km = battle.grid.offgrid.km[battle.axes.node, battle.axes.entry]
    for _ in range(24):
        supply(battle)
    assert battle.axes.depot == pytest.approx(riverton.supply.road_loads_per_day * np.minimum(1.0, 5.0 / km))
    air = _in_city(riverton, **{**NOTHING, "supply.airlift_loads_per_day": 24.0})
    air.liberators.columns.ammo[:] = 1.0
    air.axes.depot[:] = [riverton.supply.depot_loads, 0.0]
    supply(air)
    assert air.axes.depot == pytest.approx([riverton.supply.depot_loads, 1.0])


def test_platoons_without_ammunition_do_not_attack(riverton) -> None:
    battle = step_until(quiet(riverton, **NOTHING), lambda b: (b.liberators.columns.order == ASSAULT).any())
    battle.axes.depot[:] = 0.0
    battle.liberators.columns.ammo[:] = 0.0
    freed = battle.quarters.freed.sum()
    for _ in range(48):
        battle.step()
    assert battle.quarters.freed.sum() == freed
    assert battle.counts["dry_platoon_hours"] > 0
    battle.axes.depot[:] = 1e3
    for _ in range(72):
        battle.step()
    assert battle.quarters.freed.sum() > freed


def test_shooting_uses_a_load_in_its_hours(riverton) -> None:
    battle = Battle(riverton, seed=1, **{**NOTHING, "supply.depot_loads": 0.0, "supply.load_h": 6.0, "time.max_days": 20})
    while battle.running:
        battle.step()
    platoons = battle.liberators.columns
    there = platoons.cell >= 0
    assert platoons.ammo[there].min() < 0.9
    assert platoons.ammo[there].max() == 1.0
