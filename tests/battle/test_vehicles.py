"""Vehicle bombs: what there is, whom they go for, what stops them on the way, and what the others do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import rows_of
from facing_tools import assert_poisson, assert_share, counted, facing, known_platoons_at, teams_of

from sim.agents.codes import DRIVERS, FLIGHT, FREED, ORBIT
from sim.battle.bridges import CUT
from sim.battle.crossing import note_crossings
from sim.battle.vehicles import launch
from sim.record.codes import CELL, COUNT, OTHER_ROW, ROW, STRIKE, SVBIED

if TYPE_CHECKING:
    from sim.battle import Battle

# Vehicles and drivers for years, the whole city in reach, nothing that stops them, and no harm to anybody.
FOREVER = {
    "svbieds__per_day": 12.0, "svbieds__stock": 10**5, "svbieds__workshop_per_day": 0.0, "svbieds__reach_m": 100_000.0,
    "svbieds__struck_per_h": 0.0, "svbieds__barrier": 0.0, "svbieds__shot_per_platoon": 0.0, "svbieds__casualties": 0.0,
    "svbieds__lethal_radius_m": 0.0, "bridges__demolition": "none",
}  # fmt: skip
HOURLY = {"svbieds__per_day": 24.0}


def endless(riverton, **changes: object) -> Battle:
    battle = facing(riverton, **FOREVER | changes)
    teams, drivers = battle.defenders.columns, teams_of(battle, DRIVERS)
    teams.strength[drivers] = 10**5
    return battle


def attacks(battle: Battle, ticks: int) -> np.ndarray:
    return counted(battle, launch, "svbied_attacks", ticks)


def on_bank(battle: Battle, bank: int) -> int:
    """A built cell on a bank."""
    return int(battle.quarters.cells[battle.grid.bank[battle.quarters.cells] == bank][0])


# How many -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_hours", [1, 3])
def test_attacks_are_poisson_at_their_rate(riverton, step_hours: int) -> None:
    battle = endless(riverton, time__step_hours=step_hours)
    known_platoons_at(battle, [on_bank(battle, 1)])
    assert_poisson(attacks(battle, 1200), 0.5 * step_hours)


def test_no_vehicle_is_launched_at_platoons_that_nobody_knows_of(riverton) -> None:
    battle = endless(riverton)
    known_platoons_at(battle, [on_bank(battle, 1)])
    battle.liberators.columns.seen_until[:] = -1
    assert attacks(battle, 200).sum() == 0


def test_the_vehicles_at_the_start_are_shared_between_the_teams_of_drivers(riverton) -> None:
    battle = facing(riverton, svbieds__stock=30)
    stock = battle.defenders.columns.stock[teams_of(battle, DRIVERS)]
    assert stock.size > 1
    assert stock == pytest.approx(30 / stock.size)


def test_no_more_vehicles_are_launched_than_there_are(riverton) -> None:
    battle = endless(riverton, **HOURLY)
    teams, drivers = battle.defenders.columns, teams_of(battle, DRIVERS)
    teams.stock[drivers] = 0.0
    teams.stock[drivers[1]] = 7.5
    known_platoons_at(battle, [on_bank(battle, 1)])
    assert attacks(battle, 300).sum() == 7
    assert teams.stock[drivers].sum() == pytest.approx(0.5)


def test_each_attack_costs_its_driver_and_no_more_are_launched_than_there_are_drivers(riverton) -> None:
    battle = endless(riverton, **HOURLY)
    teams, drivers = battle.defenders.columns, teams_of(battle, DRIVERS)
    teams.strength[drivers] = 4
    known_platoons_at(battle, [on_bank(battle, 1)])
    assert attacks(battle, 300).sum() == 4 * drivers.size
    assert (teams.strength[drivers] == 0).all()
    assert (teams.killed[drivers] == 4).all()


@pytest.mark.parametrize("lost", [0.0, 0.5])
def test_workshops_add_vehicles_in_proportion_to_the_ground_that_is_held(riverton, lost: float) -> None:
    battle = endless(riverton, svbieds__workshop_per_day=6.0, svbieds__per_day=0.0)
    teams, drivers, q = battle.defenders.columns, teams_of(battle, DRIVERS), battle.quarters
    size = q.start[1:] - q.start[:-1]
    q.freed[:] = size * lost
    held = 1.0 - q.freed.sum() / size.sum()
    before = float(teams.stock[drivers].sum())
    attacks(battle, 48)
    assert teams.stock[drivers].sum() - before == pytest.approx(2 * 6.0 * held)
    before = float(teams.stock[drivers].sum())
    teams.strength[drivers] = 0
    attacks(battle, 48)
    assert teams.stock[drivers].sum() == before, "nobody is left to build them"


# At whom --------------------------------------------------------------------------------------------------------------


def test_targets_are_drawn_by_how_many_known_platoons_share_their_cell(riverton) -> None:
    """Each of three platoons in one cell has three times the weight of one by itself."""
    battle = endless(riverton, **HOURLY)
    cells = battle.quarters.cells
    lone, crowded = int(cells[0]), int(cells[5])
    known_platoons_at(battle, [lone, crowded, crowded, crowded, crowded])
    battle.liberators.columns.seen_until[4] = -1
    n = attacks(battle, 800).sum()
    driven = rows_of(battle.ledger, kind=STRIKE, cause=SVBIED)
    assert_share((driven[:, CELL] == lone).sum(), n, 1 / 10)
    for row in (1, 2, 3):
        assert_share((driven[:, OTHER_ROW] == row).sum(), n, 3 / 10)


@pytest.mark.parametrize("bridges", [True, False])
def test_vehicles_keep_to_their_bank_where_no_bridge_stands(riverton, *, bridges: bool) -> None:
    battle = endless(riverton, **HOURLY)
    teams, drivers = battle.defenders.columns, teams_of(battle, DRIVERS)
    teams.cell[drivers] = on_bank(battle, 1)
    if not bridges:
        battle.bridges.state[:] = CUT
        note_crossings(battle)
    near, far = on_bank(battle, 1), on_bank(battle, 2)
    known_platoons_at(battle, [near, far])
    attacks(battle, 200)
    at = rows_of(battle.ledger, kind=STRIKE, cause=SVBIED)[:, CELL]
    assert (at == near).any()
    assert (at == far).any() == bridges


def test_vehicles_come_from_the_nearest_workshop_that_has_one_and_no_farther_than_their_reach(riverton) -> None:
    battle = endless(riverton, svbieds__reach_m=1500.0, **HOURLY)
    teams, drivers = battle.defenders.columns, teams_of(battle, DRIVERS)
    q, target = battle.quarters, on_bank(battle, 1)
    here = int(battle.ground.quarter[target])
    battle.routes.need(np.full(1, here, np.int32), np.full(1, target, np.int32))
    metres = battle.routes.local[here] / 100.0 * battle.grid.cell_m
    on_land = np.flatnonzero((battle.grid.bank == q.bank[here]) & (metres < 1e6))
    near = int(on_land[np.argmin(abs(metres[on_land] - 500.0))])
    far = int(on_land[np.argmin(abs(metres[on_land] - 1300.0))])
    beyond = int(on_land[np.argmin(abs(metres[on_land] - 1700.0))])
    assert metres[near] < metres[far] < 1500.0 < metres[beyond]
    known_platoons_at(battle, [target])
    teams.cell[drivers] = beyond
    assert attacks(battle, 50).sum() == 0
    teams.cell[drivers[0]], teams.cell[drivers[1]] = far, near
    teams.stock[drivers[1]] = 3.0
    assert attacks(battle, 50).sum() > 10
    who = rows_of(battle.ledger, kind=STRIKE, cause=SVBIED)[:, ROW].tolist()
    assert who == [int(drivers[1])] * 3 + [int(drivers[0])] * (len(who) - 3)


# What stops them --------------------------------------------------------------------------------------------------------


def stopped(battle: Battle, ticks: int = 800) -> tuple[float, dict[str, float]]:
    """Attacks, and the share of them that each thing stopped."""
    n = attacks(battle, ticks).sum()
    return n, {by: battle.counts[f"svbied_stopped_{by}"] for by in ("air", "barrier", "fire")}


WATCHED = {"isr__orbits": 1, "isr__orbit_km2": 1000.0, "air__flights": 2}


def aloft(battle: Battle, *, flights: bool = True) -> None:
    """Flights on station or not, and the orbit that is flown over the middle of the grid."""
    assets = battle.coalition.columns
    assets.available[assets.kind == FLIGHT] = flights
    assets.cell[assets.kind == ORBIT] = battle.grid.nx * (battle.grid.ny // 2) + battle.grid.nx // 2


@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_the_air_stops_a_share_that_grows_with_the_time_under_watch(riverton, rate: float) -> None:
    battle = endless(riverton, svbieds__struck_per_h=rate, svbieds__km_per_h=2.0, **HOURLY, **WATCHED)
    aloft(battle)
    teams, drivers, target = battle.defenders.columns, teams_of(battle, DRIVERS), on_bank(battle, 1)
    here = int(battle.ground.quarter[target])
    battle.routes.need(np.full(1, here, np.int32), np.full(1, target, np.int32))
    metres = battle.routes.local[here] / 100.0 * battle.grid.cell_m
    start = int(np.flatnonzero((battle.grid.bank == 1) & (abs(metres - 800.0) < 60.0))[0])
    teams.cell[drivers] = start
    known_platoons_at(battle, [target])
    n, by = stopped(battle)
    assert_share(by["air"], n, 1.0 - np.exp(-rate * metres[start] / 2000.0))
    assert by["barrier"] == by["fire"] == 0
    assert battle.counts["svbied_hits"] == n - by["air"]


@pytest.mark.parametrize("gone", ["orbits", "flights", "weather"])
def test_the_air_stops_nobody_without_eyes_aircraft_or_weather(riverton, gone: str) -> None:
    changes: dict[str, object] = {"svbieds__struck_per_h": 1000.0, **HOURLY, **WATCHED}
    changes |= {"orbits": {"isr__orbits": 0}, "weather": {"isr__bad_weather": 1.0}}.get(gone, {})
    battle = endless(riverton, **changes)
    aloft(battle, flights=gone != "flights")
    known_platoons_at(battle, [on_bank(battle, 1)])
    n, by = stopped(battle, 100)
    assert n > 50
    assert by["air"] == 0


@pytest.mark.parametrize("settled_h", [0.0, 4.0, 1000.0])
def test_craters_and_berms_stop_a_share_that_grows_as_a_platoon_settles_in(riverton, settled_h: float) -> None:
    battle = endless(riverton, svbieds__barrier=0.6, svbieds__settle_h=6.0, **HOURLY)
    known_platoons_at(battle, [on_bank(battle, 1)])
    n = taken = 0.0
    for _ in range(800):
        battle.liberators.columns.moved[:] = battle.tick - int(settled_h)
        had = battle.counts["svbied_stopped_barrier"]
        n += attacks(battle, 1).sum()
        taken += battle.counts["svbied_stopped_barrier"] - had
    assert_share(taken, n, 0.6 * (1.0 - np.exp(-settled_h / 6.0)))


@pytest.mark.parametrize(("platoons", "force", "strength"), [(1, 0, 1.0), (1, 0, 0.5), (3, 0, 1.0), (2, 1, 1.0)])
def test_fire_stops_a_share_that_grows_with_soldiers_and_armour(riverton, platoons: int, force: int, strength: float) -> None:
    battle = endless(riverton, svbieds__shot_per_platoon=0.4, **HOURLY)
    rows = known_platoons_at(battle, [on_bank(battle, 1)] * platoons)
    columns, forces = battle.liberators.columns, battle.liberators.forces
    columns.force[rows] = force
    columns.strength[rows] = int(strength * battle.scenario.liberators.reference_platoon)
    n, by = stopped(battle)
    assert forces.protection[1] < forces.protection[0]
    assert_share(by["fire"], n, 1.0 - np.exp(-0.4 * platoons * strength / forces.protection[force]))
    assert by["air"] == by["barrier"] == 0


def test_aircraft_come_first_and_what_is_stopped_does_not_arrive(riverton) -> None:
    surely = {"svbieds__struck_per_h": 1000.0, "svbieds__barrier": 1.0, "svbieds__shot_per_platoon": 100.0}
    battle = endless(riverton, svbieds__km_per_h=1.0, **surely, **HOURLY, **WATCHED)
    aloft(battle)
    known_platoons_at(battle, [on_bank(battle, 1)])
    battle.liberators.columns.moved[:] = -(10**6)
    n, by = stopped(battle, 100)
    assert by == {"air": n, "barrier": 0, "fire": 0}
    assert battle.counts["svbied_hits"] == 0
    assert (rows_of(battle.ledger, kind=STRIKE, cause=SVBIED)[:, COUNT] == 0).all()


# What the others do -----------------------------------------------------------------------------------------------------


def test_a_vehicle_that_arrives_hurts_each_platoon_in_the_cell_by_its_strength(riverton) -> None:
    battle = endless(riverton, svbieds__casualties=5.0, **HOURLY)
    cell, reference = on_bank(battle, 1), battle.scenario.liberators.reference_platoon
    rows = known_platoons_at(battle, [cell, cell, cell + 1])
    columns = battle.liberators.columns
    columns.seen_until[1:] = -1
    sizes = np.array([reference, reference // 2, reference])

    def whole(battle: Battle) -> None:
        battle.liberators.columns.strength[rows] = sizes

    # Two in one hour would find fewer soldiers: such hours are rare, and left out.
    lost, hits = np.zeros(3), 0
    for _ in range(900):
        before = (columns.killed + columns.wounded)[rows].copy()
        if counted(battle, launch, "svbied_hits", 1, whole)[0] == 1:
            hits += 1
            lost += (columns.killed + columns.wounded)[rows] - before
    assert hits > 200
    for taken, mean in zip(lost[:2], (5.0, 5.0 * sizes[1] / reference), strict=True):
        assert abs(taken - mean * hits) < 4 * np.sqrt(mean * hits)
    assert lost[2] == 0


@pytest.mark.parametrize("explodes", [0.0, 1.0])
def test_residents_and_buildings_around_are_hit_too_where_one_goes_off(riverton, explodes: float) -> None:
    for barrier in (0.0, 1.0):
        battle = endless(riverton, svbieds__barrier=barrier, svbieds__lethal_radius_m=60.0, svbieds__explodes=explodes,
                         harm__indirect_indoors=1.0, **HOURLY)  # fmt: skip
        cell = int(battle.homes.argmax())
        battle.ground.control[cell] = FREED
        known_platoons_at(battle, [cell])
        battle.liberators.columns.moved[:] = -(10**6)
        people = battle.households.columns
        attacks(battle, 30)
        hurt = int(people.dead.sum() + people.wounded.sum())
        assert bool(hurt) == bool(battle.ground.damage[cell] > 0.0) == (barrier == 0.0 or explodes == 1.0)
        assert battle.ground.noise[cell] > 0.0
