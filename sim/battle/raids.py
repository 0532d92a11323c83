"""Raids by special forces on leaders and on demolition parties that have been found (claims B2, B9).

A nominated or approved target of these kinds is taken by a team that is free, a server (:mod:`sim.battle.queues`): the raid
comes ``plan_h`` after the order, and the team rests for an exponential time of mean ``rest_h`` afterwards. It goes on foot
within ``reach_m`` of freed ground, or flies by night in flying weather. Where it finds its target, ``search_m`` around the
reported place, it loses ``losses`` people on the mean (Poisson), and overcomes it with chance ``success`` times the share of
the team that is left; then each fighter there is a casualty with ``casualties``. Of raiders hit, ``evacuation.outright`` die.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import APPROVED, FREED, LEADERS, MINERS, NOMINATED, RAIDERS
from sim.battle.events import emit
from sim.battle.harm import hurt_team
from sim.battle.queues import always_there, serve
from sim.battle.strikes import assign, close_target, is_there, strike_row, times
from sim.battle.targeting import DRAW_RAID, DRAWS, pass_key
from sim.kernels.rng import binomial, poisson, subkey, uniform
from sim.record.codes import (
    COALITION,
    COALITION_SET,
    DEATH,
    DEFENDERS,
    NO_MUNITION,
    RAID,
    RAIDING,
    SMALL_ARMS,
    WOUND,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def order_raids(battle: Battle, rows: NDArray[np.int64], now: float, until: float) -> None:
    """Targets among ``rows`` that are worth a raid, and in reach, wait for a team."""
    p, targets, assets, kinds = battle.scenario.raids, battle.targets, battle.coalition.columns, battle.defenders.columns.kind
    if not p.enabled:
        return
    rows = rows[(kinds[rows] == LEADERS) | (kinds[rows] == MINERS)]
    if rows.size == 0:
        return
    wanted = (kinds[rows] == LEADERS) | (battle.vital[targets.cell[rows]] & battle.scenario.air.protect)
    rows = rows[wanted & ((targets.stage[rows] == NOMINATED) | (targets.stage[rows] == APPROVED))]
    teams = battle.coalition.rows(RAIDERS)
    teams = teams[assets.strength[teams] > 0]
    if rows.size == 0 or teams.size == 0:
        return
    rows = rows[[_in_reach(battle, int(cell)) for cell in targets.cell[rows]]]
    if rows.size == 0:
        return
    hours = p.plan_h + p.rest_h * times(pass_key(battle), rows, targets.passes[rows] * DRAWS + DRAW_RAID)
    servers = always_there(assets.free_h[teams])
    able = np.ones((rows.size, teams.size), np.bool_)
    server, start, _ = serve(
        targets.asked_h[rows], targets.rank[rows], hours, np.zeros(rows.size, np.int8), able, servers, now, until
    )
    assets.free_h[teams] = servers.free
    gone = server >= 0
    assign(battle, rows[gone], teams[server[gone]], -1, start[gone] + p.plan_h)


def _in_reach(battle: Battle, cell: int) -> bool:
    if battle.night and battle.flying_weather:
        return True
    nx, reach = battle.grid.nx, battle.scenario.raids.reach_m / battle.grid.cell_m
    x, y, k = cell % nx, cell // nx, int(reach)
    left, low = max(x - k, 0), max(y - k, 0)
    around = battle.ground.control.reshape(-1, nx)[low : y + k + 1, left : x + k + 1]
    down, across = np.nonzero(around == FREED)
    return bool(((across + left - x) ** 2 + (down + low - y) ** 2 <= reach * reach).any())


def raid(battle: Battle, row: int) -> None:
    """One raid, on the target ``row``."""
    p, s, targets, teams = battle.scenario.raids, battle.scenario, battle.targets, battle.defenders.columns
    team, when, number = int(targets.asset[row]), float(targets.due_h[row]), int(targets.passes[row])
    there = is_there(battle, row, when, p.search_m) and teams.strength[row] > 0
    cell = int(targets.cell[row])
    key = subkey(subkey(pass_key(battle), row), number)
    battle.counts["raids"] += 1
    if there:
        battle.counts["raids_met"] += 1
        left = int(battle.coalition.columns.strength[team]) / p.team_size
        if uniform(key, row, 1) < p.success * left:
            fallen = binomial(key, row, 0, int(teams.strength[row]), p.casualties)
            hurt_team(
                key, teams, row, fallen, s.combat.defender_killed_share, s.combat.suppression_gain, COALITION, RAID, RAIDING,
                team, 0, battle.events,
            )  # fmt: skip
        _lose(battle, key, team, row, cell)
    battle.ground.noise[cell] += 1.0 if there else 0.0
    strike_row(battle, row, cell, RAID, RAIDING, 0, 0.0, NO_MUNITION)
    close_target(battle, row, when)


def _lose(battle: Battle, key: np.uint64, team: int, row: int, cell: int) -> None:
    """What a raid costs the raiders."""
    assets = battle.coalition.columns
    hit = min(poisson(key, row, 2, battle.scenario.raids.losses), int(assets.strength[team]))
    dead = binomial(key, row, 3, hit, battle.scenario.evacuation.outright)
    assets.strength[team] -= hit
    assets.killed[team] += dead
    assets.wounded[team] += hit - dead
    for kind, number in ((DEATH, dead), (WOUND, hit - dead)):
        if number:
            emit(
                battle.events, kind, cell, COALITION, DEFENDERS, SMALL_ARMS, RAIDING, COALITION_SET, team, row, number, 0.0
            )
