"""Where the defenders' teams stand: posts in the line, and places behind it for those who serve it.

Infantry and snipers fill the posts that command wants in each quarter, those in place first, the others at the nearest post that
they can reach. Crews, drivers, miners, drone teams and leaders keep a distance to the front by their kind, spread over quarters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import (
    DRIVERS,
    DRONES,
    HELD,
    LEADERS,
    MINERS,
    MORTARS,
    SNIPERS,
    TEAM_HOLD,
    TEAM_LAST_STAND,
    TEAM_MOVE,
    TEAM_RIG,
)
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.battle.withdrawal import Ways

# Cells drawn for a post; the one that suits the kind best is taken.
_DRAWN = 3
# How much farther a team goes to a quarter for each of its kind that is there already, metres.
_CROWD_M = 600.0


class Plan(NamedTuple):
    """What command has in mind today.

    Attributes:
        rank: float64 (quarters,), worth of holding each quarter, 0 for those that cannot be held.
        gap: float64 (quarters,), distance of each to the front, metres.
        left: Quarter that each worn team has just left, by its row.
        ways: Where teams can go.
    """

    rank: NDArray[np.float64]
    gap: NDArray[np.float64]
    left: dict[int, int]
    ways: Ways


def fill_line(battle: Battle, plan: Plan, rows: NDArray[np.int64]) -> None:
    """Fill the wanted posts: teams in place stay, the others go to the nearest post that they can reach.

    A worn team does not go back to the post that it has left. An order that does not arrive leaves a team as it is.
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
        if not _arrives(battle, key, row):
            continue
        room = _reachable(battle, plan, row, np.flatnonzero(have < q.wanted))
        room = room[room != plan.left.get(row, -1)]
        if room.size == 0:
            if teams.order[row] != TEAM_MOVE or teams.quarter[row] < 0:
                teams.order[row] = TEAM_LAST_STAND
            continue
        if teams.cell[row] < 0:
            post = int(room[np.argmax(plan.rank[room])])
        else:
            post = int(room[np.argmin((q.x[room] - x[i]) ** 2 + (q.y[room] - y[i]) ** 2)])
        have[post] += 1
        send(battle, key, row, post)


def _reachable(battle: Battle, plan: Plan, row: int, quarters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the quarters that the team can reach without crossing the liberators' ground; all before it has a place."""
    cell = int(battle.defenders.columns.cell[row])
    if cell < 0:
        return quarters
    return np.asarray(quarters[plan.ways.quarter[quarters, plan.ways.part[cell]]])


def _arrives(battle: Battle, key: np.uint64, row: int) -> bool:
    """Whether today's order reaches a team: with the cohesion of its bank; before the battle all do."""
    cell = int(battle.defenders.columns.cell[row])
    return cell < 0 or bool(uniform(key, row, 50) < battle.cohesion[battle.grid.bank[cell]])


def scatter(battle: Battle, plan: Plan, rows: NDArray[np.int64], *, at_random: bool) -> None:
    """A yardstick: each team by itself, to the quarter near the front that is nearest to it, or once to a random one."""
    q, teams, p = battle.quarters, battle.defenders.columns, battle.scenario.defenders
    key = battle.key("defence.scatter", "defenders")
    held = np.flatnonzero(plan.rank > 0.0)
    near = held[plan.gap[held] <= p.front_m]
    for row in rows.tolist():
        post = int(teams.quarter[row])
        stays = post >= 0 and plan.rank[post] > 0.0 and (at_random or plan.gap[post] <= p.front_m)
        room = _reachable(battle, plan, row, held if at_random or near.size == 0 else near)
        if stays or (room.size == 0 and post >= 0 and plan.rank[post] > 0.0):
            continue
        if room.size == 0:
            teams.order[row] = TEAM_LAST_STAND
        elif at_random or teams.cell[row] < 0:
            send(battle, key, row, int(room[int(uniform(key, row, 60) * room.size)]))
        else:
            x, y = battle.position(teams.cell[[row]])
            send(battle, key, row, int(room[np.argmin((q.x[room] - x) ** 2 + (q.y[room] - y) ** 2)]))


def bands(battle: Battle) -> dict[int, tuple[float, float]]:
    """Least and largest distance to the front at which each kind of supporting team stands, metres."""
    s = battle.scenario
    near, far = s.defenders.support_near, s.defenders.support_far
    reach = {
        MORTARS: s.mortars.range_m, DRIVERS: s.svbieds.reach_m, DRONES: s.small_drones.reach_m,
        LEADERS: s.defenders.leader_m / far,
    }  # fmt: skip
    return {MINERS: (0.0, s.defenders.front_m)} | {kind: (near * metres, far * metres) for kind, metres in reach.items()}


def post_support(battle: Battle, plan: Plan, rows: NDArray[np.int64]) -> None:
    """Supporting teams whose distance to the front is wrong for their kind, or whose quarter is lost, go to a better one."""
    q, teams = battle.quarters, battle.defenders.columns
    key = battle.key("defence.support", "defenders")
    held = plan.rank > 0.0
    for kind, (near, far) in bands(battle).items():
        mine = rows[(teams.kind[rows] == kind) & (teams.order[rows] != TEAM_RIG)]
        fits = held & (plan.gap >= near) & (plan.gap <= far)
        post = teams.quarter[mine]
        stays = (post >= 0) & held[np.maximum(post, 0)]
        if fits.any():
            gap = plan.gap[np.maximum(post, 0)]
            stays &= (gap >= near / 2.0) & (gap <= 1.5 * far)
        there = np.bincount(post[stays], minlength=q.area.size).astype(np.float64)
        for row in mine[~stays].tolist():
            if not _arrives(battle, key, row):
                continue
            room = _reachable(battle, plan, row, np.flatnonzero(fits if fits.any() else held))
            if room.size == 0:
                teams.order[row] = TEAM_LAST_STAND
                continue
            way = _CROWD_M * (there[room] + np.array([uniform(key, row, 100 + int(r)) for r in room]))
            if teams.cell[row] >= 0:
                x, y = battle.position(teams.cell[[row]])
                way += np.sqrt((q.x[room] - x) ** 2 + (q.y[room] - y) ** 2)
            chosen = int(room[np.argmin(way)])
            there[chosen] += 1.0
            send(battle, key, row, chosen)


def send(battle: Battle, key: np.uint64, row: int, post: int) -> None:
    """Send a team to a cell of a quarter that suits its kind; before the battle it starts there, dug in."""
    q, teams, ground = battle.quarters, battle.defenders.columns, battle.ground
    cells = q.cells[q.start[post] : q.start[post + 1]]
    cells = cells[ground.control[cells] == HELD]
    if cells.size == 0:
        return
    # The best of a few drawn cells: strongpoints lean to cover, snipers to height, without all lying in one place.
    drawn = cells[[int(uniform(key, row, i) * cells.size) for i in range(_DRAWN)]]
    worth = ground.cover[drawn] + (ground.storeys[drawn] if teams.kind[row] == SNIPERS else 0.0)
    target = int(drawn[np.argmax(worth)])
    teams.quarter[row] = post
    teams.target[row] = target
    if teams.cell[row] < 0:
        teams.cell[row] = target
        teams.dug[row] = 1.0
        teams.order[row] = TEAM_HOLD
    else:
        teams.order[row] = TEAM_MOVE
