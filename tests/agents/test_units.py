"""Making teams, platoons and assets: nobody is left out, nobody is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.agents.coalition import make_coalition
from sim.agents.codes import (
    ASSAULT_ROLE,
    BATTERY,
    DRIVERS,
    DRONES,
    FLIGHT,
    INFANTRY,
    LEADERS,
    MARCH,
    MINERS,
    MORTARS,
    ORBIT,
    RAIDERS,
    SNIPERS,
)
from sim.agents.defenders import DefenderColumns, make_defenders
from sim.agents.liberators import make_forces, make_liberators
from sim.agents.resistance import make_resistance
from sim.scenario.model import Scenario
from sim.scenario.sections.bombs import Ieds, Mortars, Svbieds
from sim.scenario.sections.defenders import Defenders, Specialists
from sim.scenario.sections.liberators import Axis, Force, Liberators

if TYPE_CHECKING:
    from sim.scenario.declare import Section

NOWHERE = np.zeros(4, np.bool_)


def platoons_of(forces: dict[str, Force], axes: dict[str, dict[str, float]], size: int = 30):
    section = Liberators(
        forces=forces, platoon_size=size, axes={name: Axis(start="here", forces=shares) for name, shares in axes.items()}
    )
    return make_liberators(None, section, 2, NOWHERE, 1)


SPECIALISTS = {"sniper": SNIPERS, "mortar": MORTARS, "driver": DRIVERS, "miner": MINERS, "drone": DRONES, "leader": LEADERS}
TEAMS = st.fixed_dictionaries({kind: st.tuples(st.floats(0, 1), st.integers(1, 20)) for kind in SPECIALISTS})


def teams_of(
    fighters: int, team_size: int = 6, spare: int = 0, kinds: dict[str, tuple[float, int]] | None = None, **sections: Section
) -> DefenderColumns:
    asked = {f"{kind}_share": share for kind, (share, _) in (kinds or {}).items()}
    asked |= {f"{kind}_team": size for kind, (_, size) in (kinds or {}).items()}
    scenario = Scenario(defenders=Defenders(fighters=fighters, team_size=team_size), specialists=Specialists(**asked), **sections)
    return make_defenders(None, scenario, 2, NOWHERE, spare=spare, first_id=1).columns


@given(fighters=st.integers(0, 3000), team_size=st.integers(1, 40), spare=st.integers(0, 5), kinds=TEAMS)
def test_every_fighter_is_in_one_team_of_full_size_but_the_last_of_its_kind(
    fighters: int, team_size: int, spare: int, kinds: dict[str, tuple[float, int]]
) -> None:
    teams = teams_of(fighters, team_size, spare, kinds)
    n = teams.strength.size - spare
    assert teams.strength.sum() == fighters
    assert np.array_equal(teams.size, teams.strength)
    assert (np.diff(teams.kind[:n].astype(int)) >= 0).all()
    assert not teams.strength[n:].any()
    full = {INFANTRY: team_size} | {code: kinds[kind][1] for kind, code in SPECIALISTS.items()}
    for kind, size in full.items():
        strength = teams.strength[:n][teams.kind[:n] == kind]
        assert (strength[:-1] == size).all()
        assert strength.size == 0 or 1 <= strength[-1] <= size


@given(fighters=st.integers(0, 3000), kinds=TEAMS)
def test_specialists_are_taken_out_of_the_same_number_and_infantry_is_what_they_leave(
    fighters: int, kinds: dict[str, tuple[float, int]]
) -> None:
    teams = teams_of(fighters, kinds=kinds)
    persons = np.bincount(teams.kind, teams.strength, 7)
    asked = {code: round(fighters * kinds[kind][0]) for kind, code in SPECIALISTS.items()}
    if sum(asked.values()) <= fighters:
        assert persons.tolist() == [fighters - sum(asked.values()), *(asked[code] for code in range(1, 7))]
    else:
        assert persons[INFANTRY] == 0
        assert all(persons[code] <= asked[code] for code in asked)
        assert persons[LEADERS] == min(asked[LEADERS], fighters)


def test_teams_begin_unplaced_unseen_and_unhurt() -> None:
    teams = teams_of(50, spare=2)
    for column in (teams.cell, teams.target, teams.quarter, teams.post, teams.seen_until):
        assert (column == -1).all()
    for name in ("wounded", "killed", "escaped", "dug", "suppression", "hours", "fired", "exposed"):
        assert not getattr(teams, name).any(), name


def test_teams_begin_with_what_their_kind_uses_up() -> None:
    kinds = {"sniper": (0.1, 2), "mortar": (0.2, 4), "driver": (0.3, 6), "miner": (0.15, 4)}
    teams = teams_of(100, kinds=kinds, mortars=Mortars(stock=7.0), ieds=Ieds(stock=5.0), svbieds=Svbieds(stock=40))
    assert (teams.stock[teams.kind == MORTARS] == 7.0).all()
    assert np.array_equal(teams.stock[teams.kind == MINERS], 5.0 * teams.strength[teams.kind == MINERS])
    drivers = teams.stock[teams.kind == DRIVERS]
    assert drivers.size == 5
    assert (drivers == 8.0).all()
    assert not teams.stock[np.isin(teams.kind, (INFANTRY, SNIPERS))].any()


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=4).filter(lambda shares: sum(shares) > 1e-3)


@given(strength=st.integers(0, 4000), shares=SHARES, size=st.integers(1, 60), assault=st.floats(0, 1))
def test_every_soldier_is_in_one_platoon_on_one_axis(strength: int, shares: list[float], size: int, assault: float) -> None:
    axes = {f"axis{a}": {"one": share} for a, share in enumerate(shares)}
    platoons = platoons_of({"one": Force(strength=strength, assault_share=assault)}, axes, size).columns
    assert platoons.strength.sum() == strength
    assert (platoons.strength >= 1).all()
    assert (platoons.strength <= size).all()
    for a, share in enumerate(shares):
        on_axis = platoons.axis == a
        persons = int(platoons.strength[on_axis].sum())
        assert abs(persons - strength * share / sum(shares)) <= len(shares) / 2 + 0.5
        assert on_axis.sum() == -(-persons // size)
        assert abs((platoons.role[on_axis] == ASSAULT_ROLE).sum() - assault * on_axis.sum()) <= 1.0 + on_axis.sum() / 1000


def test_assault_platoons_are_spread_evenly_over_the_rows_of_an_axis() -> None:
    platoons = platoons_of({"one": Force(strength=3000, assault_share=0.3)}, {"a": {"one": 1.0}}).columns
    assault = platoons.role == ASSAULT_ROLE
    assert assault.sum() == 30
    assert set(np.diff(np.flatnonzero(assault)).tolist()) == {3, 4}


def test_several_forces_on_several_axes_keep_their_own_numbers() -> None:
    forces = {"a": Force(strength=1000), "b": Force(strength=601), "idle": Force(strength=90), "none": Force(strength=0)}
    liberators = platoons_of(forces, {"x": {"a": 0.25, "b": 1.0, "none": 1.0}, "y": {"a": 0.75}})
    columns = liberators.columns
    by_part = {
        (liberators.forces.names[f], a): int(columns.strength[(columns.force == f) & (columns.axis == a)].sum())
        for f in range(4)
        for a in range(2)
    }
    wanted = {("a", 0): 250, ("a", 1): 750, ("b", 0): 601}
    assert {part: persons for part, persons in by_part.items() if persons} == wanted


def test_platoons_begin_on_the_march_ready_and_off_the_grid() -> None:
    platoons = platoons_of({"one": Force(strength=300)}, {"a": {"one": 1.0}}).columns
    assert (platoons.order == MARCH).all()
    assert (platoons.readiness == 1.0).all()
    for name in ("cell", "objective", "target", "seen_until", "arrive", "arrive_cell"):
        assert (getattr(platoons, name) == -1).all(), name


def test_what_a_force_is_like_is_taken_from_the_scenario() -> None:
    section = Liberators(
        forces={
            "a": Force(strength=1000, quality=1.5, protection=0.7, morale=0.8, may_enter=False, loss_tolerance=0.4),
            "b": Force(strength=7),
        },
        replacement_pool=0.2,
    )
    forces = make_forces(section)
    assert forces.names == ("a", "b")
    assert forces.quality.tolist() == [1.5, section.forces["b"].quality]
    assert forces.protection[0] == 0.7
    assert forces.morale[0] == 0.8
    assert forces.may_enter.tolist() == [False, True]
    assert forces.loss_tolerance[0] == 0.4
    assert forces.strength.tolist() == [1000, 7]
    assert forces.pool.tolist() == pytest.approx([200.0, 1.4])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flights=st.integers(0, 8), orbits=st.integers(0, 5), guns=st.integers(0, 4), raiders=st.integers(0, 3))
def test_every_asset_of_the_scenario_is_there_by_kind(
    riverton, grid, land, flights: int, orbits: int, guns: int, raiders: int
) -> None:
    changes = {
        "air.flights": flights, "isr.orbits": orbits, "artillery.positions": {"Southend": guns, "Northfield": 1},
        "raids.teams": raiders,
    }  # fmt: skip
    assets = make_coalition(None, riverton.replace(changes), grid, land, 1).columns
    assert assets.kind.tolist() == [FLIGHT] * flights + [ORBIT] * orbits + [BATTERY] * (guns + 1) + [RAIDERS] * raiders
    assert (assets.cell == -1).all()
    assert assets.strength.sum() == assets.strength[assets.kind == RAIDERS].sum() == raiders * riverton.raids.team_size


def test_flights_are_staggered_evenly_over_their_cycle(riverton, grid, land) -> None:
    scenario = riverton.replace({"air.flights": 4})
    assets = make_coalition(None, scenario, grid, land, 1).columns
    air = scenario.air
    cycle = air.on_station_h * air.tanker_gain + air.turnaround_h
    assert assets.offset_h[:4].tolist() == pytest.approx([0.0, cycle / 4, cycle / 2, cycle * 3 / 4])
    loads = scenario.munitions
    for column, load in ((assets.light, loads.light_load), (assets.medium, loads.medium_load), (assets.heavy, loads.heavy_load)):
        assert (column[:4] == load).all()
        assert not column[4:].any()


def test_batteries_stand_at_their_nodes(riverton, grid, land) -> None:
    scenario = riverton.replace({"artillery.positions": {"Northfield": 2, "Southend": 1}})
    assets = make_coalition(None, scenario, grid, land, 1).columns
    guns = np.flatnonzero(assets.kind == BATTERY)
    north, south = (grid.offgrid.index(name) for name in ("Northfield", "Southend"))
    assert grid.offgrid.y[north] > grid.offgrid.y[south]
    wanted = sorted((grid.offgrid.x[node], grid.offgrid.y[node]) for node in (north, north, south))
    assert sorted(zip(assets.x[guns].tolist(), assets.y[guns].tolist(), strict=True)) == wanted


def test_resistance_cells_live_where_people_do(riverton, grid) -> None:
    quarter = np.where(grid.residents > 0, grid.neighbourhood, -1).astype(np.int32)
    section = riverton.replace({"resistance.cells": 400}).resistance
    cells = make_resistance(None, section, 3, grid, quarter, NOWHERE, 1).columns
    assert (cells.strength == section.cell_size).all()
    assert (cells.quarter == quarter[cells.cell]).all()
    share = np.bincount(quarter[quarter >= 0], grid.residents[quarter >= 0])
    found = np.bincount(cells.quarter, minlength=share.size) / 400
    assert np.abs(found - share / share.sum()).max() < 4 * 0.5 / np.sqrt(400)
    more = riverton.replace({"resistance.cells": 500}).resistance
    assert np.array_equal(make_resistance(None, more, 3, grid, quarter, NOWHERE, 1).columns.cell[:400], cells.cell)
