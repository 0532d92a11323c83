"""Making teams, platoons and assets: nobody is left out, nobody is counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.agents.coalition import make_coalition
from sim.agents.codes import ASSAULT_ROLE, BATTERY, FLIGHT, MARCH, ORBIT
from sim.agents.defenders import make_defenders
from sim.agents.liberators import make_forces, make_liberators
from sim.scenario.sections.forces import Axis, Force, Liberators

NOWHERE = np.zeros(4, np.bool_)


def platoons_of(forces: dict[str, Force], axes: dict[str, dict[str, float]], size: int = 30):
    section = Liberators(
        forces=forces, platoon_size=size, axes={name: Axis(start="here", forces=shares) for name, shares in axes.items()}
    )
    return make_liberators(None, section, 2, NOWHERE, 1)


@given(fighters=st.integers(0, 3000), team_size=st.integers(1, 40), spare=st.integers(0, 5))
def test_every_fighter_is_in_one_team_of_full_size_but_the_last(fighters: int, team_size: int, spare: int) -> None:
    teams = make_defenders(None, fighters, team_size, 2, NOWHERE, spare=spare, first_id=1).columns
    n = teams.strength.size - spare
    assert teams.strength.sum() == fighters
    assert n == -(-fighters // team_size)
    assert (teams.strength[: max(n - 1, 0)] == team_size).all()
    assert not n or 1 <= teams.strength[n - 1] <= team_size
    assert not teams.strength[n:].any()


def test_teams_begin_unplaced_unseen_and_unhurt() -> None:
    teams = make_defenders(None, 50, 6, 2, NOWHERE, spare=2, first_id=1).columns
    for column in (teams.cell, teams.target, teams.quarter, teams.seen_until):
        assert (column == -1).all()
    for column in (teams.wounded, teams.killed, teams.dug, teams.suppression, teams.hours, teams.fired):
        assert not column.any()


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
            "a": Force(strength=1000, quality=1.5, protection=0.7, may_enter=False, loss_tolerance=0.4),
            "b": Force(strength=7),
        },
        replacement_pool=0.2,
    )
    forces = make_forces(section)
    assert forces.names == ("a", "b")
    assert forces.quality.tolist() == [1.5, section.forces["b"].quality]
    assert forces.protection[0] == 0.7
    assert forces.may_enter.tolist() == [False, True]
    assert forces.loss_tolerance[0] == 0.4
    assert forces.strength.tolist() == [1000, 7]
    assert forces.pool.tolist() == pytest.approx([200.0, 1.4])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flights=st.integers(0, 8), orbits=st.integers(0, 5), guns=st.integers(0, 4))
def test_every_asset_of_the_scenario_is_there_by_kind(riverton, grid, land, flights: int, orbits: int, guns: int) -> None:
    changes = {"air.flights": flights, "isr.orbits": orbits, "artillery.positions": {"Southend": guns, "Northfield": 1}}
    assets = make_coalition(None, riverton.replace(changes), grid, land, 1).columns
    assert assets.kind.tolist() == [FLIGHT] * flights + [ORBIT] * orbits + [BATTERY] * (guns + 1)
    assert (assets.cell == -1).all()


def test_flights_are_staggered_evenly_over_their_cycle(riverton, grid, land) -> None:
    scenario = riverton.replace({"air.flights": 4})
    assets = make_coalition(None, scenario, grid, land, 1).columns
    air = scenario.air
    cycle = air.on_station_h * air.tanker_gain + air.turnaround_h
    assert assets.offset_h[:4].tolist() == pytest.approx([0.0, cycle / 4, cycle / 2, cycle * 3 / 4])
    assert (assets.weapons[:4] == air.weapons).all()


def test_batteries_stand_at_their_nodes(riverton, grid, land) -> None:
    scenario = riverton.replace({"artillery.positions": {"Northfield": 2, "Southend": 1}})
    assets = make_coalition(None, scenario, grid, land, 1).columns
    guns = np.flatnonzero(assets.kind == BATTERY)
    north, south = (grid.offgrid.index(name) for name in ("Northfield", "Southend"))
    assert grid.offgrid.y[north] > grid.offgrid.y[south]
    wanted = sorted((grid.offgrid.x[node], grid.offgrid.y[node]) for node in (north, north, south))
    assert sorted(zip(assets.x[guns].tolist(), assets.y[guns].tolist(), strict=True)) == wanted
