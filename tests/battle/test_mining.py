"""Mining parties: how fast they lay, where, how much they have, and what keeps them from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from facing_tools import assert_poisson, counted, facing, known_platoons_at, teams_of

from sim.agents.codes import FREED, HELD, MINERS, TEAM_HIDE, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE, TEAM_RIG
from sim.battle.mining import lay

if TYPE_CHECKING:
    from sim.battle import Battle

# Parties by the dozen with devices for years, on clean ground.
BUSY = {"ieds__laid_per_day": 1.0, "ieds__stock": 1e4, "ieds__per_ha": 0.0, "specialists__miner_share": 0.3}


def laid(battle: Battle, ticks: int) -> np.ndarray:
    return counted(battle, lay, "devices_laid", ticks)


@pytest.mark.parametrize(("lost", "step_hours"), [(0, 1), (1, 1), (0, 3)])
def test_devices_are_laid_at_the_rate_of_the_hands_that_are_left(riverton, lost: int, step_hours: int) -> None:
    battle = facing(riverton, time__step_hours=step_hours, **BUSY)
    teams, miners = battle.defenders.columns, teams_of(battle, MINERS)
    teams.strength[miners] -= lost
    hands = int(teams.strength[miners].sum())
    assert_poisson(laid(battle, 1000), hands * step_hours / 24.0)
    assert battle.ground.devices.sum() == battle.counts["devices_laid"]


def test_no_more_are_laid_than_there_are(riverton) -> None:
    battle = facing(riverton, **BUSY | {"ieds__laid_per_day": 100.0})
    teams, miners = battle.defenders.columns, teams_of(battle, MINERS)
    teams.stock[miners] = 5.0
    assert laid(battle, 100).sum() == battle.ground.devices.sum() == 5 * miners.size
    assert (teams.stock[miners] == 0.0).all()


def test_a_miner_starts_with_his_stock(riverton) -> None:
    battle = facing(riverton, ieds__stock=9.0)
    teams, miners = battle.defenders.columns, teams_of(battle, MINERS)
    assert (teams.stock[miners] == 9.0 * teams.strength[miners]).all()


@pytest.mark.parametrize(
    ("why", "works"),
    [("", True), ("fires", False), ("dead", False), ("off", False), *((o, False) for o in (TEAM_MOVE, TEAM_RIG, TEAM_HIDE))],
)
def test_a_party_that_moves_fights_rigs_or_hides_lays_nothing(riverton, why: str | int, *, works: bool) -> None:
    battle = facing(riverton, ieds__enabled=why != "off", **BUSY)
    teams, miners = battle.defenders.columns, teams_of(battle, MINERS)
    if isinstance(why, int):
        teams.order[miners] = why
    teams.fired[miners] = why == "fires"
    if why == "dead":
        teams.strength[miners] = 0
    battle.units.update(teams, battle.liberators.columns)
    assert bool(laid(battle, 50).sum()) == works


def test_devices_lie_in_held_ground_of_the_partys_quarter_only(riverton) -> None:
    battle = facing(riverton, **BUSY)
    teams, q, [party] = battle.defenders.columns, battle.quarters, teams_of(battle, MINERS)[:1]
    teams.order[:] = TEAM_LAST_STAND
    teams.order[party] = TEAM_HOLD
    here = int(battle.ground.quarter[teams.cell[party]])
    cells = q.cells[q.start[here] : q.start[here + 1]]
    battle.ground.control[cells[::2]] = FREED
    laid(battle, 400)
    mined = np.flatnonzero(battle.ground.devices)
    assert mined.size > 10
    assert (battle.ground.control[mined] == HELD).all()
    assert np.isin(mined, cells).all()
    battle.ground.control[cells] = FREED
    assert laid(battle, 100).sum() == 0


@pytest.mark.parametrize("front", [True, False])
def test_belts_lie_toward_the_front_and_before_it_is_known_toward_the_ways_into_the_city(riverton, *, front: bool) -> None:
    """The nearest of three drawn cells is on the mean as far as the order statistics of distance say."""
    battle = facing(riverton, **BUSY)
    teams, q, [party] = battle.defenders.columns, battle.quarters, teams_of(battle, MINERS)[:1]
    teams.order[:] = TEAM_LAST_STAND
    teams.order[party] = TEAM_HOLD
    here = int(battle.ground.quarter[teams.cell[party]])
    cells = q.cells[q.start[here] : q.start[here + 1]]
    points = battle.grid.offgrid.entry_cell
    if front:
        points = np.array([cells[0], cells[1]])
        known_platoons_at(battle, points)
    laid(battle, 800)
    x, y = battle.position(cells)
    fx, fy = battle.position(points)
    gap = np.sort(np.hypot(x[:, None] - fx, y[:, None] - fy).min(axis=1))
    n, rank = gap.size, np.arange(1, gap.size + 1)
    chance = ((n - rank + 1) / n) ** 3 - ((n - rank) / n) ** 3
    mean = float((chance * gap).sum())
    spread = float(np.sqrt((chance * gap**2).sum() - mean**2))
    devices = battle.ground.devices[cells]
    where = np.repeat(np.hypot(x[:, None] - fx, y[:, None] - fy).min(axis=1), devices)
    assert abs(where.mean() - mean) < 4 * spread / np.sqrt(where.size)
    assert where.mean() < gap.mean() - 4 * spread / np.sqrt(where.size), "farther off than cells drawn at random"
