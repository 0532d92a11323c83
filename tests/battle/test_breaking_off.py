"""Teams located in a fight: when they change their position, for which, and when they do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from lines_tools import LINE, STATION, cells_of, index, lose, posted, show_platoons, station

from sim.agents.codes import HELD, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE
from sim.battle.withdrawal import break_off

if TYPE_CHECKING:
    from sim.battle import Battle



def _located(riverton, **changes: object) -> tuple[Battle, np.ndarray]:
    """Teams of one quarter that are known, fire, and know of platoons on its edge."""
    battle = posted(riverton, **{"defenders.relocate_per_h": 0.0, **changes})
    teams = battle.defenders.columns
    rows = np.flatnonzero(np.isin(teams.kind, LINE) & (teams.strength > 0))
    station(battle, rows, STATION)
    show_platoons(battle, cells_of(battle, STATION)[:3])
    teams.seen_until[rows] = battle.tick + 5
    teams.fired[rows] = True
    index(battle)
    return battle, rows


def _gap(battle: Battle, cells: np.ndarray) -> np.ndarray:
    """Squared distance of cells to the nearest platoon, in cells."""
    nx, there = battle.grid.nx, battle.liberators.columns.cell[:3]
    return ((cells[:, None] % nx - there % nx) ** 2 + (cells[:, None] // nx - there // nx) ** 2).min(axis=1)


def test_teams_pinned_down_give_up_their_position_for_one_farther_from_the_enemy(riverton) -> None:
    battle, rows = _located(riverton)
    teams = battle.defenders.columns
    pinned = rows[: rows.size // 2]
    teams.suppression[pinned] = riverton.defenders.break_suppression
    break_off(battle)
    gone = rows[teams.order[rows] == TEAM_MOVE]
    assert gone.size > pinned.size / 2
    assert np.isin(gone, pinned).all()
    assert (_gap(battle, teams.target[gone]) > _gap(battle, teams.cell[gone])).all()
    assert (battle.ground.quarter[teams.target[gone]] == STATION).all()
    assert (battle.ground.control[teams.target[gone]] == HELD).all()


@pytest.mark.parametrize("rate", [0.0, 0.5, 100.0])
def test_located_teams_change_their_position_with_their_hazard(riverton, rate: float) -> None:
    battle, rows = _located(riverton, **{"defenders.relocate_per_h": rate, "defenders.fighters": 1200})
    teams = battle.defenders.columns
    far = _gap(battle, cells_of(battle, STATION)).max()
    near = rows[_gap(battle, teams.cell[rows]) < 0.2 * far]  # hardly a cell lies nearer to the enemy than theirs
    assert near.size > 20
    teams.fired[rows], teams.suppression[rows] = False, 0.01
    break_off(battle)
    gone, share = int((teams.order[near] == TEAM_MOVE).sum()), 1.0 - math.exp(-rate)
    assert abs(gone - share * near.size) <= 4 * math.sqrt(near.size * share * (1 - share)) + 0.1 * near.size * (rate > 0)


def test_teams_that_fire_leave_when_their_fire_has_ended(riverton) -> None:
    battle, rows = _located(riverton, **{"defenders.relocate_per_h": 100.0, "defenders.fighters": 1200})
    teams = battle.defenders.columns
    near = rows[_gap(battle, teams.cell[rows]) < 0.2 * _gap(battle, cells_of(battle, STATION)).max()]
    teams.stays[rows], teams.stays[near[::2]] = 1.0, 0.4
    break_off(battle)
    gone = np.isin(near, rows[teams.order[rows] == TEAM_MOVE])
    assert gone[::2].mean() > 0.8
    assert not gone[1::2].any()


@pytest.mark.parametrize("why", ["not known", "quiet", "last stand", "no enemy known", "lost"])
def test_nobody_breaks_off_without_cause_or_against_orders(riverton, why: str) -> None:
    battle, rows = _located(riverton, **{"defenders.relocate_per_h": 100.0})
    teams = battle.defenders.columns
    if why == "not known":
        teams.seen_until[rows] = battle.tick - 1
    elif why == "quiet":
        teams.fired[rows] = False
    elif why == "last stand":
        teams.order[rows] = TEAM_LAST_STAND
    elif why == "no enemy known":
        battle.liberators.columns.seen_until[:] = battle.tick - 1
    else:
        lose(battle, STATION)
    break_off(battle)
    assert np.isin(teams.order[rows], (TEAM_HOLD, TEAM_LAST_STAND)).all()
