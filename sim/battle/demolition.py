"""Demolition: parties of miners who rig bridges and fire the charges, and coalition strikes on dates.

Once a day the defenders' command sends the nearest party of miners that is free to each bridge that its rule names: as the front
that it knows of comes within ``alert_m`` (threatened), ``lead_h`` before a day (date), or at once (start). The party goes to
the held end that lies farther from the front, and rigs the bridge there in ``rig_h`` hours of a whole party out of contact; fewer
hands and fire slow it down. Then it waits for the trigger: known liberators within ``threat_m`` of a held end, the day, or
none. The charge cuts the bridge with chance ``success``; one that fails has to be rigged anew. A party that is killed leaves the
work to the next one. Where the end falls to the liberators first, they make the charge safe. Under the rule *start* charges are
ready before the battle, and fired with its first tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import HELD, MINERS, TEAM_HOLD, TEAM_MOVE, TEAM_RIG
from sim.battle.bridges import (
    AT_START,
    CUT,
    NEVER,
    ON_DATE,
    THREATENED,
    cut,
    is_near,
    known_platoons,
    open_bridges,
    tell,
)
from sim.battle.defence import front_points
from sim.battle.ground import nearest_gap2
from sim.battle.withdrawal import find_ways
from sim.kernels.rng import uniform
from sim.record.codes import (
    BRIDGE_SET,
    COALITION,
    DEFENDERS,
    DEMOLITION_REPAIR,
    DUD,
    MADE_SAFE,
    ORDER,
    OUTSIDE,
    RIGGING,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.battle.withdrawal import Ways

# A party works in the cell of the end or in one beside it.
_BESIDE = 1.5
# Hours of a charge that takes no time to lay: above zero, so that there is one.
_AT_ONCE = 1e-9


def demolish(battle: Battle) -> None:
    """One tick of strikes and of all parties."""
    bridges = battle.bridges
    for b in np.flatnonzero((bridges.strike == battle.tick) & (bridges.state != CUT)).tolist():
        cut(battle, b, COALITION, OUTSIDE)
    if not ((bridges.rule != NEVER) & (bridges.state != CUT)).any() and (bridges.party < 0).all():
        return
    for b in np.flatnonzero(bridges.post >= 0).tolist():
        _leave_or_make_safe(battle, b)
    if battle.tick == 0:
        _fire_prepared(battle)
    if battle.tick % battle.ticks_per_day == 0:
        _send_parties(battle)
    known = known_platoons(battle)
    for b in np.flatnonzero(bridges.party >= 0).tolist():
        if _at_work(battle, b) and _rig(battle, b) and _triggered(battle, b, known):
            _fire(battle, b)


def rigged(battle: Battle) -> NDArray[np.bool_]:
    """Which bridges stand with a charge ready."""
    bridges, wanted = battle.bridges, max(battle.scenario.bridges.rig_h, _AT_ONCE)
    return np.asarray((bridges.state != CUT) & (bridges.charge_h >= wanted))


def _leave_or_make_safe(battle: Battle, b: int) -> None:
    """The party is dead, or its bridge or its end is lost: then its charge is lost too."""
    bridges, teams = battle.bridges, battle.defenders.columns
    party, post = int(bridges.party[b]), int(bridges.post[b])
    if party >= 0 and (teams.strength[party] <= 0 or teams.order[party] != TEAM_RIG):
        battle.counts["rig_parties_lost"] += int(teams.strength[party] <= 0)
        bridges.party[b] = party = -1
    end_lost = post >= 0 and battle.ground.control[post] != HELD
    if not end_lost and bridges.state[b] != CUT:
        return
    if party >= 0:
        teams.order[party] = TEAM_HOLD
    if end_lost and bridges.charge_h[b] > 0.0:
        battle.counts["charges_made_safe"] += 1
        tell(battle, b, MADE_SAFE, DEMOLITION_REPAIR, value=float(bridges.charge_h[b]))
    bridges.party[b] = bridges.post[b] = -1
    bridges.charge_h[b] = 0.0


def _fire_prepared(battle: Battle) -> None:
    """Charges that were ready before the battle began."""
    bridges, held = battle.bridges, battle.ground.control[battle.bridges.end] == HELD
    if battle.defenders.columns.strength.sum() > 0:
        for b in np.flatnonzero((bridges.rule == AT_START) & (bridges.state != CUT) & held.any(axis=1)).tolist():
            _fire(battle, b)


def _fire(battle: Battle, b: int) -> None:
    """A charge goes off; where it fails the party has to begin again."""
    bridges, party = battle.bridges, int(battle.bridges.party[b])
    bridges.charge_h[b] = 0.0
    if uniform(battle.key("demolition.charge", "bridges"), b, 0) >= battle.scenario.bridges.success:
        battle.counts["charges_failed"] += 1
        tell(battle, b, DUD, DEMOLITION_REPAIR, actor=DEFENDERS, other=party)
        return
    battle.counts["bridges_blown"] += 1
    cut(battle, b, DEFENDERS, DEMOLITION_REPAIR)
    _leave_or_make_safe(battle, b)


def _send_parties(battle: Battle) -> None:
    """The daily round: parties for the bridges that lack one and are due, those nearest to the front first."""
    bridges, teams = battle.bridges, battle.defenders.columns
    gap = _gaps(battle, bridges.end).min(axis=1)
    due = _due(battle, gap) & (bridges.party < 0) & open_bridges(battle)
    able = (teams.kind == MINERS) & (teams.strength > 0) & (teams.cell >= 0)
    free = np.flatnonzero(able & ((teams.order == TEAM_HOLD) | (teams.order == TEAM_MOVE)))
    if free.size == 0 or not due.any():
        return
    ways = find_ways(battle)
    for b in np.argsort(gap, kind="stable").tolist():
        if due[b]:
            free = free[free != _send_party(battle, b, free, ways)]


def _due(battle: Battle, gap: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which bridges command wants rigged now."""
    p, rule = battle.scenario.bridges, battle.bridges.rule
    dated = battle.tick >= battle.bridges.fire - p.lead_h / battle.dt_h
    return np.asarray((rule == AT_START) | ((rule == THREATENED) & (gap <= p.alert_m)) | ((rule == ON_DATE) & dated))


def _gaps(battle: Battle, cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance of cells to the front that command knows of, metres, in their shape; infinite before there is one."""
    return np.sqrt(nearest_gap2(*battle.position(cells.ravel()), *front_points(battle))).reshape(cells.shape)


def _send_party(battle: Battle, b: int, free: NDArray[np.int64], ways: Ways) -> int:
    """Send the nearest party that can get there to the held end farther from the front; its row, or -1 for none.

    Where work was begun at an end that is still held, it goes on there.
    """
    bridges, teams = battle.bridges, battle.defenders.columns
    ends = bridges.end[b][battle.ground.control[bridges.end[b]] == HELD]
    ends = ends[np.argsort(-_gaps(battle, ends), kind="stable")]
    if bridges.charge_h[b] > 0.0:
        ends = ends[ends == bridges.post[b]]
    for end in ends.tolist():
        near = free[ways.part[teams.cell[free]] == ways.part[end]]
        if near.size == 0:
            continue
        x, y = battle.position(teams.cell[near])
        ex, ey = battle.position(np.array([end]))
        party = int(near[np.argmin((x - ex) ** 2 + (y - ey) ** 2)])
        bridges.party[b], bridges.post[b] = party, end
        teams.order[party], teams.quarter[party], teams.target[party] = TEAM_RIG, battle.ground.quarter[end], end
        battle.ledger.add(
            battle.tick, ORDER, cell=end, actor=DEFENDERS, cause=RIGGING, rule=DEMOLITION_REPAIR, agent_set=BRIDGE_SET, row=b,
            other_row=party, count=1,
        )  # fmt: skip
        return party
    return -1


def _at_work(battle: Battle, b: int) -> bool:
    """Whether the party is at its end and nobody keeps it from its work."""
    teams, party = battle.defenders.columns, int(battle.bridges.party[b])
    there = is_near(battle, teams.cell[[party]], int(battle.bridges.post[b]), _BESIDE * battle.grid.cell_m)
    return there and not teams.fired[party]


def _rig(battle: Battle, b: int) -> bool:
    """A tick of rigging, as fast as there are hands, slower under fire; whether the charge is ready."""
    bridges, teams = battle.bridges, battle.defenders.columns
    party, done, wanted = int(bridges.party[b]), float(bridges.charge_h[b]), max(battle.scenario.bridges.rig_h, _AT_ONCE)
    if done >= wanted:
        return True
    hands = teams.strength[party] / max(int(teams.size[party]), 1)
    done += battle.dt_h * hands * (1.0 - teams.pinned[party])
    bridges.charge_h[b] = min(wanted, done)
    if done >= wanted:
        tell(battle, b, RIGGING, DEMOLITION_REPAIR, actor=DEFENDERS, other=party, value=wanted)
    return bool(done >= wanted)


def _triggered(battle: Battle, b: int, known: NDArray[np.int32]) -> bool:
    """Whether it is time to fire."""
    bridges = battle.bridges
    if bridges.rule[b] == THREATENED:
        held = bridges.end[b][battle.ground.control[bridges.end[b]] == HELD]
        return any(is_near(battle, known, int(end), battle.scenario.bridges.threat_m) for end in held)
    return bool(bridges.rule[b] == AT_START or battle.tick >= bridges.fire[b])
