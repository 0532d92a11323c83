"""Counter-attacks of the defenders, at nightfall and at dawn of a day in which nothing flies.

Command looks for freed ground beside quarters that it holds, where it knows of at most ``counter_ratio`` soldiers for each
fighter whom it can send (none, where nobody was left behind: so quarters without garrison are infiltrated). The infantry
nearest to it, at most ``counter_teams`` and from no farther than ``counter_reach_m``, goes there, fights, and takes back what
nobody is near to hold. It returns when the aircraft do; what it has then taken back and nobody disputes, it keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import FREED, HELD, INFANTRY, TEAM_COUNTER, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE
from sim.battle.withdrawal import find_ways
from sim.kernels.rng import uniform
from sim.record.codes import COUNTER, DEFENDER_SET, DEFENDERS, ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.battle.withdrawal import Ways

# A team that has been hurt this much stays out of it.
_WHOLE = 0.7


def counter_attack(battle: Battle) -> None:
    """Send teams out as cover of darkness or cloud begins, and back as it ends."""
    p = battle.scenario.defenders
    if p.command != "planned":
        return
    dusk, dawn = battle.night and not battle.was_night, battle.was_night and not battle.night
    if (dusk or (dawn and not battle.flying_weather)) and p.counter_share > 0.0:
        _go(battle)
    elif not battle.night and battle.flying_weather:
        _return(battle)


def _go(battle: Battle) -> None:
    p, q, teams = battle.scenario.defenders, battle.quarters, battle.defenders.columns
    able = (teams.kind == INFANTRY) & (teams.order == TEAM_HOLD) & (teams.quarter >= 0) & ~teams.fired
    able &= teams.strength >= _WHOLE * teams.size
    rows = np.flatnonzero(able & (teams.strength > 0))
    budget = int(p.counter_share * ((teams.kind == INFANTRY) & (teams.strength > 0)).sum())
    lost = np.flatnonzero((q.freed > 0) & q.defended)
    if rows.size == 0 or lost.size == 0:
        return
    ways, key = find_ways(battle), battle.key("counterattack.order", "defenders")
    soldiers = _known_soldiers(battle)
    x, y = battle.position(teams.cell[rows])
    free = np.ones(rows.size, np.bool_)
    order = np.argsort(soldiers[lost] / np.maximum(q.freed[lost], 1), kind="stable")
    for quarter in lost[order].tolist():
        n = min(p.counter_teams, budget)
        gap = np.where(free, np.sqrt((x - q.x[quarter]) ** 2 + (y - q.y[quarter]) ** 2), np.inf)
        chosen = np.argsort(gap, kind="stable")[:n]
        chosen = chosen[gap[chosen] <= p.counter_reach_m]
        fighters = int(teams.strength[rows[chosen]].sum())
        bank = battle.quarters.bank[quarter]
        if chosen.size < n or n == 0 or soldiers[quarter] > p.counter_ratio * fighters:
            continue
        if uniform(key, quarter, 0) >= battle.cohesion[bank] or not _beside_held(battle, quarter, ways):
            continue
        free[chosen] = False
        budget -= chosen.size
        _send_out(battle, key, rows[chosen], quarter)


def _known_soldiers(battle: Battle) -> NDArray[np.float64]:
    """Soldiers whom the defenders know to be in each quarter, or in the open beside it."""
    platoons = battle.liberators.columns
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    quarter = battle.quarter_near(platoons.cell[known])
    there = quarter >= 0
    return np.bincount(quarter[there], platoons.strength[known[there]], battle.quarters.area.size).astype(np.float64)


def _beside_held(battle: Battle, quarter: int, ways: Ways) -> bool:
    """Whether a quarter that can still be reached on held ground touches this one, or it is held in part itself."""
    touching = battle.borders[quarter] > 0
    touching[quarter] = True
    return bool((ways.quarter.any(axis=1) & touching).any())


def _send_out(battle: Battle, key: np.uint64, rows: NDArray[np.int64], quarter: int) -> None:
    q, teams = battle.quarters, battle.defenders.columns
    cells = q.cells[q.start[quarter] : q.start[quarter + 1]]
    cells = cells[battle.ground.control[cells] == FREED]
    nx = battle.grid.nx
    for row in rows.tolist():
        at = int(teams.cell[row])
        # The nearest of a few drawn cells: the edge that faces them.
        drawn = cells[[int(uniform(key, row, 10 + i) * cells.size) for i in range(4)]]
        near = (drawn % nx - at % nx) ** 2 + (drawn // nx - at // nx) ** 2
        teams.post[row] = teams.quarter[row]
        teams.quarter[row] = quarter
        teams.target[row] = drawn[np.argmin(near)]
        teams.order[row] = TEAM_COUNTER
    battle.counts["counter_attacks"] += 1
    battle.ledger.add(
        battle.tick, ORDER, cell=int(battle.grid.neighbourhood_cell[quarter]), actor=DEFENDERS, rule=COUNTER,
        agent_set=DEFENDER_SET, row=int(rows[0]), other_row=quarter, count=int(rows.size),
    )  # fmt: skip


def _return(battle: Battle) -> None:
    """By light and under aircraft: back to the post, or hold what was taken back."""
    teams, ground = battle.defenders.columns, battle.ground
    for row in np.flatnonzero((teams.order == TEAM_COUNTER) & (teams.strength > 0)).tolist():
        if ground.control[teams.cell[row]] == HELD and not teams.fired[row]:
            teams.order[row] = TEAM_HOLD
            here = int(ground.quarter[teams.cell[row]])
            teams.quarter[row] = here
            battle.given_up[here] = False
        else:
            teams.quarter[row] = teams.post[row]
            teams.target[row] = _home_cell(battle, row)
            teams.order[row] = TEAM_MOVE if teams.target[row] >= 0 else TEAM_LAST_STAND
        teams.post[row] = -1


def _home_cell(battle: Battle, row: int) -> int:
    """The held cell of its post nearest to the team; -1 where none is left."""
    q, teams, nx = battle.quarters, battle.defenders.columns, battle.grid.nx
    post, at = int(teams.post[row]), int(teams.cell[row])
    cells = q.cells[q.start[post] : q.start[post + 1]]
    cells = cells[battle.ground.control[cells] == HELD]
    if cells.size == 0:
        return -1
    return int(cells[np.argmin((cells % nx - at % nx) ** 2 + (cells // nx - at // nx) ** 2)])
