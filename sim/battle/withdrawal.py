"""Giving ground: quarters lost or turned, ways out, teams that hide, fight on, or leave the city.

A quarter is given up when more than ``withdraw_lost_share`` of it is lost, or when it is turned: more than ``turned_share`` of
its border is the liberators'. Its teams go to their next post if they can reach one over ground that the liberators do not
hold; a share ``stay_behind`` hides instead. Teams worn down leave the line too. Who has nowhere to go fights on where it is,
but for the share ``escape_share`` that makes for an open way out of the city. Without a way out nobody withdraws.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from sim.agents.codes import FREED, HELD, TEAM_ESCAPE, TEAM_HIDE, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE
from sim.agents.defenders import DefenderColumns
from sim.battle.bridges import open_bridges
from sim.battle.ground import Quarters
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import stream_key, uniform, uniforms

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Cells that a team that breaks off looks at.
_DRAWN = 4
_EIGHT = np.ones((3, 3), np.int64)


class Ways(NamedTuple):
    """Where defenders can go today.

    Attributes:
        part: int32 (cells,), connected part of the ground that the liberators do not hold, 0 for none.
        quarter: bool (quarters, parts), whether a quarter has held ground in a part.
        exits: bool (parts,), whether an open way out of the city lies in a part.
    """

    part: NDArray[np.int32]
    quarter: NDArray[np.bool_]
    exits: NDArray[np.bool_]


def find_ways(battle: Battle) -> Ways:
    """Connected parts of the ground over which defenders can move; open ground belongs to whoever holds the nearest buildings."""
    grid, q, control = battle.grid, battle.quarters, battle.ground.control
    near = battle.near_built
    mine = grid.passable(open_bridges(battle)) & ~((near >= 0) & (control[near] == FREED))
    part, n = label(mine.reshape(grid.ny, grid.nx), _EIGHT)
    part = np.asarray(part, np.int32).ravel()
    quarter = np.zeros((q.area.size, n + 1), np.bool_)
    held = q.cells[control[q.cells] == HELD]
    quarter[battle.ground.quarter[held], part[held]] = True
    exits = np.zeros(n + 1, np.bool_)
    exits[part[grid.offgrid.entry_cell[~battle.way_closed]]] = True
    exits[0] = quarter[:, 0] = False
    return Ways(np.asarray(part, np.int32), quarter, exits)


def turned(battle: Battle) -> NDArray[np.float64]:
    """Share of each quarter's border that the liberators hold."""
    q = battle.quarters
    lost = q.freed / np.maximum(q.start[1:] - q.start[:-1], 1)
    touching = battle.borders
    return np.asarray((touching * lost).sum(axis=1) / np.maximum(touching.sum(axis=1), 1))


def give_up(battle: Battle, rows: NDArray[np.int64], ways: Ways) -> dict[int, int]:
    """Quarters given up today, and what becomes of the teams ``rows`` of the line. Returns the posts that worn teams left."""
    p, q, teams = battle.scenario.defenders, battle.quarters, battle.defenders.columns
    size = q.start[1:] - q.start[:-1]
    lost = q.freed / np.maximum(size, 1)
    out = (lost > p.withdraw_lost_share) | ((turned(battle) > p.turned_share) & (q.freed > 0))
    newly = out & (size > 0) & ~battle.given_up
    battle.given_up[:] = (battle.given_up | newly) & (lost > 0.0)
    post = teams.quarter[rows]
    going = (post >= 0) & battle.given_up[np.maximum(post, 0)]
    worn = (teams.strength[rows] < p.withdraw_strength * teams.size[rows]) & (post >= 0) & q.fought[np.maximum(post, 0)]
    # Encircled, they stay: no other quarter in their part of the city that is still to be held.
    elsewhere = ways.quarter & ~battle.given_up[:, None]
    part = ways.part[teams.cell[rows]]
    apart = elsewhere.sum(axis=0)[part] - elsewhere[np.maximum(post, 0), part]
    leaves = (going | worn) & ((apart > 0) | ways.exits[part])
    key = battle.key("withdrawal.hide", "defenders")
    hides = np.array([uniform(key, int(row), 0) < p.stay_behind for row in rows], np.bool_) & leaves & going
    teams.order[rows[hides]] = TEAM_HIDE
    teams.order[rows[leaves & ~hides]] = teams.order[rows[going & ~leaves]] = TEAM_LAST_STAND
    teams.quarter[rows[leaves]] = -1
    left = worn & leaves
    return {int(row): int(q) for row, q in zip(rows[left], post[left], strict=True)}


def escape(battle: Battle, rows: NDArray[np.int64], ways: Ways) -> None:
    """Teams without a post: a share of them, the same on every day, makes for a way out of the city while one is open."""
    p, teams = battle.scenario.defenders, battle.defenders.columns
    key = stream_key(battle.seed, "withdrawal.escape", "defenders", 0)
    lost = rows[(teams.order[rows] == TEAM_LAST_STAND) & (teams.quarter[rows] < 0)]
    for row in lost[ways.exits[ways.part[teams.cell[lost]]]].tolist():
        if uniform(key, row, 0) < p.escape_share:
            teams.order[row] = TEAM_ESCAPE
    stuck = rows[(teams.order[rows] == TEAM_ESCAPE) & ~ways.exits[ways.part[teams.cell[rows]]]]
    teams.order[stuck] = TEAM_LAST_STAND


def come_out(battle: Battle, rows: NDArray[np.int64]) -> None:
    """Hidden teams come out to fight, each after an exponential time once the ground around it is lost."""
    p, teams, ground = battle.scenario.defenders, battle.defenders.columns, battle.ground
    key = battle.key("withdrawal.come_out", "defenders")
    for row in rows[teams.order[rows] == TEAM_HIDE].tolist():
        lost = ground.control[teams.cell[row]] == FREED
        if lost and uniform(key, row, 0) < 1.0 - np.exp(-1.0 / p.hide_days):
            teams.order[row] = TEAM_LAST_STAND


def break_off(battle: Battle) -> None:
    """Teams that have been located in a fight give their position up for another one in their quarter, away from the enemy.

    A team does so with the hazard ``relocate_per_h`` from when it is known (one that fires, when :mod:`sim.battle.combat` says),
    and at once where its suppression reaches ``break_suppression``, if orders still hold it there and one of a few drawn held
    cells is farther from the platoons that it knows of.
    """
    p, q, teams, platoons = battle.scenario.defenders, battle.quarters, battle.defenders.columns, battle.liberators.columns
    rows = battle.units.team_rows
    key = battle.key("withdrawal.break_off", "defenders")
    located = (teams.seen_until[rows] >= battle.tick) & (teams.fired[rows] | (teams.suppression[rows] > 0.0))
    located &= (teams.order[rows] == TEAM_HOLD) & (teams.quarter[rows] >= 0) & (teams.strength[rows] > 0)
    pinned = located & (teams.suppression[rows] >= p.break_suppression)
    chance = 1.0 - math.exp(-p.relocate_per_h * battle.dt_h)
    pinned |= located & np.where(teams.fired[rows], teams.stays[rows] < 1.0, uniforms(key, rows, _DRAWN) < chance)
    if not pinned.any():
        return
    known = platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]
    if known.size == 0:
        return
    _choose_positions(key, rows[pinned], teams, q, battle.ground.control, known, battle.grid.nx)


@compiled
def _choose_positions(
    key: np.uint64, rows: np.ndarray, teams: DefenderColumns, quarters: Quarters, control: np.ndarray, known: np.ndarray, nx: int
) -> None:
    """Send teams to the one of a few drawn held cells of their quarter that is farthest from the platoons in ``known``."""
    for row in rows:
        first, last = quarters.start[teams.quarter[row]], quarters.start[teams.quarter[row] + 1]
        cells = quarters.cells[first:last]
        cells = cells[control[cells] == HELD]
        if cells.size == 0:
            continue
        best, farthest = -1, _gap(teams.cell[row], known, nx)
        for i in range(_DRAWN):
            cell = cells[int(uniform(key, row, i) * cells.size)]
            gap = _gap(cell, known, nx)
            if gap > farthest:
                best, farthest = cell, gap
        if best >= 0:
            teams.target[row] = best
            teams.order[row] = TEAM_MOVE


@inlined
def _gap(cell: int, known: np.ndarray, nx: int) -> np.int64:
    """Squared distance from a cell to the nearest of others, in cells."""
    nearest = np.int64(2**62)
    for other in known:
        nearest = min(nearest, np.int64((other % nx - cell % nx) ** 2 + (other // nx - cell // nx) ** 2))
    return nearest
