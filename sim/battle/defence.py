"""The defenders' command, once a day: which quarters to hold, with how many teams, where the reserve goes.

Command knows its own teams and ground, and of the attackers what has been found and what ground has been lost. Quarters are
ranked by ``value * (1 + threat_weight * threat)``, where value is the mean cover of the ground (strongpoints in dense and tall
quarters) and threat ``exp(-distance to the front / front_m)``. Each bank is a sector of its own: in that order its quarters get
``teams_per_km2`` until its teams of the line, less a reserve, run out: it can defend only a few (claim A5). The reserve goes
where there is fighting and too few hold, up to twice that density, and over a bridge too while one stands; what is left of it
stands behind the most threatened quarters. Ground is given as :mod:`sim.battle.withdrawal` says; leaders
(:mod:`sim.battle.leaders`) see to it that orders arrive. Two yardsticks can command in its place: every team to the threatened
quarter nearest to it, or to a random one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import INFANTRY, SNIPERS, TEAM_COUNTER, TEAM_HIDE
from sim.battle.ground import nearest_gap2
from sim.battle.leaders import lead
from sim.battle.posting import Plan, fill_line, post_support, scatter
from sim.battle.shields import drive_shields
from sim.battle.withdrawal import come_out, escape, find_ways, give_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# The reserve fills a quarter under attack up to this many times the density of the line.
_PACKED = 2.0


def defend(battle: Battle) -> None:
    """The daily round of the defenders' command."""
    if battle.tick % battle.ticks_per_day:
        return
    teams = battle.defenders.columns
    rows = np.flatnonzero(teams.strength > 0)
    if rows.size == 0:
        return
    lead(battle)
    ways = find_ways(battle)
    come_out(battle, rows)
    of_line = np.isin(teams.kind[rows], (INFANTRY, SNIPERS))
    line, support = rows[of_line & ~np.isin(teams.order[rows], (TEAM_HIDE, TEAM_COUNTER))], rows[~of_line]
    gap, known = gaps(battle)
    planned = battle.scenario.defenders.command == "planned"
    before = battle.given_up.copy()
    left = give_up(battle, line, ways) if planned else {}
    line = line[teams.order[line] != TEAM_HIDE]
    drive_shields(battle, np.flatnonzero(battle.given_up & ~before))
    rank = _rank_quarters(battle, gap, known=known)
    plan = Plan(rank, gap, left, ways)
    if planned:
        _want_teams(battle, plan, line)
        fill_line(battle, plan, line)
    else:
        scatter(battle, plan, line, at_random=battle.scenario.defenders.command == "random")
    post_support(battle, plan, support)
    escape(battle, rows, ways)


def front_points(battle: Battle) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where command takes the front to be: quarters in part lost, and platoons that it knows of; empty before the attack."""
    q, platoons = battle.quarters, battle.liberators.columns
    lost = q.freed > 0
    seen = platoons.cell[(platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0)]
    x, y = battle.position(seen)
    return np.concatenate([q.x[lost], x]), np.concatenate([q.y[lost], y])


def front_or_ways_in(battle: Battle) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Points of the front, or of the ways into the city before there is one, and whether there is one."""
    x, y = front_points(battle)
    return (x, y, True) if x.size else (*battle.position(battle.grid.offgrid.entry_cell), False)


def gaps(battle: Battle) -> tuple[NDArray[np.float64], bool]:
    """Distance of each quarter to the front, metres, and whether there is one; else to the nearest way into the city."""
    x, y, known = front_or_ways_in(battle)
    return np.sqrt(nearest_gap2(battle.quarters.x, battle.quarters.y, x, y)), known


def _rank_quarters(battle: Battle, gap: NDArray[np.float64], *, known: bool) -> NDArray[np.float64]:
    """Worth of holding each quarter today; 0 for those that cannot be held."""
    q, p = battle.quarters, battle.scenario.defenders
    can = q.defended & ~q.liberated & ~battle.given_up
    threat = _exp_rows(-gap / p.front_m) if known else np.zeros(gap.size)
    return np.asarray(np.where(can, q.value * (1.0 + p.threat_weight * threat), 0.0))


def _exp_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponentials one by one: NumPy's vector routine differs between processors."""
    return np.array([math.exp(v) for v in values.tolist()])


def _want_teams(battle: Battle, plan: Plan, line: NDArray[np.int64]) -> None:
    """Teams wanted in each quarter: each bank's own, and of the reserve of banks without a front what can cross to one with."""
    q, p = battle.quarters, battle.scenario.defenders
    q.wanted[:] = 0
    strength = _by_bank(battle, plan, line)
    np.maximum(battle.line_at_start, strength, out=battle.line_at_start)
    reserve = np.floor(strength * p.reserve_share).astype(np.int64)
    spare = strength - reserve
    under_attack = np.bincount(q.bank, (q.fighting > 0.0) & (plan.rank > 0.0), strength.size) > 0
    joined = battle.routes.joined(np.ones(len(battle.grid.bridges), np.bool_))
    for bank in battle.bank_codes:
        for other in battle.bank_codes:
            if under_attack[bank] and not under_attack[other] and joined[bank, other]:
                # A bank gives its reserve once: what it had at the start, less that, stays.
                gives = max(0, int(strength[other]) - int(battle.line_at_start[other] * (1.0 - p.reserve_share)))
                reserve[bank] += min(gives, int(reserve[other]))
                reserve[other] -= min(gives, int(reserve[other]))
    for bank in battle.bank_codes:
        order = np.argsort(-plan.rank, kind="stable")
        order = order[(plan.rank[order] > 0.0) & (q.bank[order] == bank)]
        _want_on_bank(battle, order, int(spare[bank]), int(reserve[bank]))


def _by_bank(battle: Battle, plan: Plan, line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Teams of the line on each bank; those not yet placed go by the worth of the ground to be held there."""
    q, teams = battle.quarters, battle.defenders.columns
    placed = line[teams.cell[line] >= 0]
    strength = np.bincount(battle.grid.bank[teams.cell[placed]], minlength=len(battle.bank_codes) + 1).astype(np.int64)
    worth = np.bincount(q.bank, plan.rank * q.area, strength.size)
    fresh = line.size - placed.size
    if fresh and worth.sum() > 0.0:
        upto = np.floor(fresh * np.cumsum(worth) / worth.sum() + 0.5).astype(np.int64)
        strength += np.diff(upto, prepend=0)
    return strength


def _want_on_bank(battle: Battle, order: NDArray[np.int64], n_line: int, n_reserve: int) -> None:
    """Posts on one bank, its quarters in ``order``: the line by rank, the reserve where there is fighting and behind the rest."""
    q, p = battle.quarters, battle.scenario.defenders
    full = np.maximum(1, np.floor(p.teams_per_km2 * q.area + 0.5)).astype(np.int64)
    left = n_line
    for row in order:
        if left <= 0:
            break
        q.wanted[row] = min(left, int(full[row]))
        left -= int(q.wanted[row])
    spare = left + n_reserve
    for row in order[q.fighting[order] > 0.0]:
        more = max(0, min(spare, int(_PACKED * full[row]) - int(q.wanted[row])))
        q.wanted[row] += more
        spare -= more
    behind = order[: p.reserve_quarters]
    for i in range(spare if behind.size else 0):
        q.wanted[behind[i % behind.size]] += 1
