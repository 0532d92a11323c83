"""The defenders' small drones: grenades by day within their reach, and eyes for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import rows_of
from facing_tools import assert_poisson, assert_share, counted, facing, known_platoons_at, teams_of

from sim.agents.codes import DRONES
from sim.battle.sensing import sense
from sim.battle.small_drones import attack_from_drones
from sim.record.codes import CELL, DETECTION, DRONE, LIBERATORS, OTHER_ROW, ROW, STRIKE

if TYPE_CHECKING:
    from sim.battle import Battle

# Day without end, teams by the dozen, and grenades that hurt nobody.
BUSY = {
    "sensing__dawn_h": 0, "sensing__dusk_h": 24, "specialists__drone_share": 0.3, "small_drones__reach_m": 50_000.0,
    "small_drones__attacks_per_day": 2.0, "small_drones__casualties": 0.0,
}  # fmt: skip


def attacks(battle: Battle, ticks: int) -> np.ndarray:
    return counted(battle, attack_from_drones, "drone_attacks", ticks)


def middle(battle: Battle) -> int:
    return int(battle.quarters.cells[0])


@pytest.mark.parametrize("step_hours", [1, 3])
def test_attacks_are_poisson_at_the_rate_of_the_teams(riverton, step_hours: int) -> None:
    battle = facing(riverton, time__step_hours=step_hours, **BUSY)
    known_platoons_at(battle, [middle(battle)])
    n = teams_of(battle, DRONES).size
    assert n == 10
    assert_poisson(attacks(battle, 1000), n * 2.0 / 24.0 * step_hours)


@pytest.mark.parametrize(
    "changes",
    [{"small_drones__enabled": False}, {"isr__bad_weather": 1.0}, {"sensing__dawn_h": 12, "sensing__dusk_h": 12}],
    ids=["off", "weather", "night"],
)
def test_nothing_is_flown_by_night_in_bad_weather_or_when_switched_off(riverton, changes: dict[str, object]) -> None:
    battle = facing(riverton, **BUSY | changes)
    known_platoons_at(battle, [middle(battle)])
    assert attacks(battle, 100).sum() == 0


def test_teams_that_are_dead_do_not_fly(riverton) -> None:
    battle = facing(riverton, **BUSY)
    flyers = teams_of(battle, DRONES)
    battle.defenders.columns.strength[flyers[1:]] = 0
    known_platoons_at(battle, [middle(battle)])
    attacks(battle, 200)
    assert set(rows_of(battle.ledger, kind=STRIKE, cause=DRONE)[:, ROW].tolist()) == {int(flyers[0])}


def test_attacks_fall_on_known_platoons_within_reach_of_their_team(riverton) -> None:
    battle = facing(riverton, **BUSY | {"small_drones__reach_m": 600.0})
    rows = known_platoons_at(battle, battle.quarters.cells[::7][: len(battle.liberators)])
    unknown = rows[::3]
    battle.liberators.columns.seen_until[unknown] = -1
    assert attacks(battle, 300).sum() > 50
    flown = rows_of(battle.ledger, kind=STRIKE, cause=DRONE)
    x, y = battle.position(flown[:, CELL])
    at_x, at_y = battle.position(battle.defenders.columns.cell[flown[:, ROW]])
    assert np.hypot(x - at_x, y - at_y).max() <= 600.0
    assert not np.isin(flown[:, OTHER_ROW], unknown).any()
    flyers = teams_of(battle, DRONES)
    x, y = battle.position(battle.liberators.columns.cell[rows])
    at_x, at_y = battle.position(battle.defenders.columns.cell[flyers])
    far = (np.hypot(x[:, None] - at_x, y[:, None] - at_y) > 600.0).all(axis=1)
    assert 0 < far.sum() < rows.size, "someone must be out of reach, and someone within it, for this to mean anything"
    assert not np.isin(flown[:, OTHER_ROW], rows[far]).any()


def test_casualties_of_an_attack_are_poisson_less_what_cover_prevents(riverton) -> None:
    battle = facing(riverton, **BUSY | {"small_drones__casualties": 0.8})
    cell = middle(battle)
    [row] = known_platoons_at(battle, [cell])
    platoons, p = battle.liberators.columns, battle.scenario.combat
    platoons.strength[row] = 10**6
    flown = attacks(battle, 1500).sum()
    mean = 0.8 * (1.0 - p.cover_effect * p.attacker_cover * battle.ground.cover[cell])
    assert abs(10**6 - platoons.strength[row] - mean * flown) < 4 * np.sqrt(mean * flown)


@pytest.mark.parametrize(("near", "night"), [(0, False), (1, False), (3, False), (3, True)])
def test_platoons_are_found_at_the_sum_of_the_hazards_of_the_drones_over_them(riverton, near: int, *, night: bool) -> None:
    """Chance ``1 - exp(-n sight dt)`` in each hour for ``n`` teams in reach; the teams themselves are blind."""
    hours = {"sensing__dawn_h": 12, "sensing__dusk_h": 12} if night else {}
    battle = facing(
        riverton, **BUSY | {"small_drones__sight_per_h": 0.3, "sensing__team_sight_per_h": 0.0, "small_drones__reach_m": 500.0}
        | hours,
    )  # fmt: skip
    teams, flyers, cell = battle.defenders.columns, teams_of(battle, DRONES), middle(battle)
    teams.strength[:] = 0
    teams.strength[flyers] = 3
    x, y = battle.position(np.arange(battle.grid.nx * battle.grid.ny))
    gap = np.hypot(x - x[cell], y - y[cell])
    teams.cell[flyers] = int(np.argmax(gap))
    teams.cell[flyers[:near]] = int(np.flatnonzero((gap > 300.0) & (gap <= 500.0))[0])
    known_platoons_at(battle, np.full(len(battle.liberators), cell))
    found = looks = 0
    for _ in range(60):
        battle.liberators.columns.seen_until[:] = -1
        sense(battle)
        found += int((battle.liberators.columns.seen_until >= battle.tick).sum())
        looks += len(battle.liberators)
        battle.tick += 1
    assert_share(found, looks, 0.0 if night else 1.0 - np.exp(-0.3 * near))
    told = rows_of(battle.ledger, kind=DETECTION, people=LIBERATORS)
    assert told.shape[0] == found
    assert (told[:, OTHER_ROW] == -1).all()
