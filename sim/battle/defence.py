"""The defenders' command, once a day: which quarters to hold, with how many teams, when to give one up.

Command knows its own teams and ground, and of the attackers what has been found and what ground has been lost. Quarters are
ranked by ``value * (1 + threat_weight * exp(-distance to the front / front_m))``; in that order each gets ``teams_per_km2`` until
the teams, less a reserve, run out: it can defend only a few (claim A5). The reserve goes to the most threatened quarter. A
quarter that is mostly lost is given up; a team that is worn down leaves the line. Both need a way out: without one they
fight on where they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import HELD, TEAM_HOLD, TEAM_LAST_STAND, TEAM_MOVE
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle



def defend(battle: Battle) -> None:
    """The daily round of the defenders' command."""
    if battle.tick % battle.ticks_per_day:
        return
    teams = battle.defenders.columns
    rows = np.flatnonzero(teams.strength > 0)
    if rows.size == 0:
        return
    rank = _rank_quarters(battle)
    _want_teams(battle, rank, rows.size)
    _assign(battle, rank, rows, _give_up(battle, rows))


def _rank_quarters(battle: Battle) -> NDArray[np.float64]:
    """Worth of holding each quarter today; 0 for those that cannot be held."""
    q, p, platoons = battle.quarters, battle.scenario.defenders, battle.liberators.columns
    size = q.start[1:] - q.start[:-1]
    lost = q.freed / np.maximum(size, 1)
    front_x, front_y = [q.x[lost > 0]], [q.y[lost > 0]]
    seen = platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]
    x, y = battle.position(seen)
    fx, fy = np.concatenate([*front_x, x]), np.concatenate([*front_y, y])
    threat = np.zeros(q.area.size)
    if fx.size:
        d2 = ((q.x[:, None] - fx) ** 2 + (q.y[:, None] - fy) ** 2).min(axis=1)
        threat = _exp_rows(-np.sqrt(d2) / p.front_m)
    battle.given_up[:] |= (lost > p.withdraw_lost_share) & (size > 0)
    can = q.defended & ~q.liberated & ~battle.given_up
    return np.asarray(np.where(can, q.value * (1.0 + p.threat_weight * threat), 0.0))


def _exp_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponentials one by one: NumPy's vector routine differs between processors."""
    return np.array([math.exp(v) for v in values.tolist()])


def _want_teams(battle: Battle, rank: NDArray[np.float64], n_teams: int) -> None:
    """Teams wanted in each quarter, best quarters first, until the teams less the reserve run out."""
    q, p = battle.quarters, battle.scenario.defenders
    q.wanted[:] = 0
    left = n_teams - int(n_teams * p.reserve_share)
    order = np.argsort(-rank, kind="stable")
    order = order[rank[order] > 0.0]
    for row in order:
        if left <= 0:
            break
        q.wanted[row] = min(left, max(1, round(p.teams_per_km2 * float(q.area[row]))))
        left -= int(q.wanted[row])
    # The reserve, and what the ranked quarters do not need, stands in the best-ranked ones, turn by turn.
    spare = n_teams - int(q.wanted.sum())
    behind = order[: p.reserve_quarters]
    for i in range(spare if behind.size else 0):
        q.wanted[behind[i % behind.size]] += 1


def _give_up(battle: Battle, rows: NDArray[np.int64]) -> dict[int, int]:
    """Teams of quarters given up, and teams worn down, lose their post. Returns the posts that worn teams left."""
    p, teams = battle.scenario.defenders, battle.defenders.columns
    post = teams.quarter[rows]
    lost = (post >= 0) & battle.given_up[np.maximum(post, 0)]
    worn = (teams.strength[rows] < p.withdraw_strength * p.team_size) & (post >= 0) & battle.quarters.fought[post]
    left = {int(row): int(q) for row, q in zip(rows[worn], post[worn], strict=True)}
    gone = rows[lost | worn]
    teams.quarter[gone] = -1
    teams.order[gone] = TEAM_LAST_STAND
    return left


def _assign(battle: Battle, rank: NDArray[np.float64], rows: NDArray[np.int64], left: dict[int, int]) -> None:
    """Fill the wanted posts: teams in place stay, the others go to the nearest post on a bank that they can reach.

    A worn team does not go back to the post that it ``left``.
    """
    q, teams = battle.quarters, battle.defenders.columns
    have = np.zeros(q.area.size, np.int64)
    loose = []
    for row in rows:
        post = int(teams.quarter[row])
        if post >= 0 and have[post] < q.wanted[post]:
            have[post] += 1
        else:
            loose.append(int(row))
    x, y = battle.position(teams.cell[loose]) if loose else (np.zeros(0), np.zeros(0))
    key = battle.key("defence.post", "defenders")
    for i, row in enumerate(loose):
        room = np.flatnonzero(have < q.wanted)
        at_bank = int(battle.grid.bank[teams.cell[row]]) if teams.cell[row] >= 0 else -1
        if at_bank >= 0:
            room = room[battle.routes.joined[at_bank, q.bank[room]]]
        room = room[room != left.get(row, -1)]
        if room.size == 0:
            if teams.order[row] != TEAM_MOVE or teams.quarter[row] < 0:
                teams.order[row] = TEAM_LAST_STAND
            continue
        if at_bank < 0:
            post = int(room[np.argmax(rank[room])])
        else:
            post = int(room[np.argmin((q.x[room] - x[i]) ** 2 + (q.y[room] - y[i]) ** 2)])
        have[post] += 1
        _post(battle, key, row, post)


def _post(battle: Battle, key: np.uint64, row: int, post: int) -> None:
    """Send a team to a covered cell of a quarter; before the battle it starts there, dug in."""
    q, teams = battle.quarters, battle.defenders.columns
    cells = q.cells[q.start[post] : q.start[post + 1]]
    cells = cells[battle.ground.control[cells] == HELD]
    if cells.size == 0:
        return
    # The better of three drawn cells: strongpoints lean to cover without all lying in one place.
    drawn = cells[[int(uniform(key, row, i) * cells.size) for i in range(3)]]
    target = int(drawn[np.argmax(battle.ground.cover[drawn])])
    teams.quarter[row] = post
    teams.target[row] = target
    if teams.cell[row] < 0:
        teams.cell[row] = target
        teams.dug[row] = 1.0
        teams.order[row] = TEAM_HOLD
    else:
        teams.order[row] = TEAM_MOVE
