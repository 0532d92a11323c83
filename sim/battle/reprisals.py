"""Reprisals: the defenders kill residents on purpose, on ground that they hold (claim A8).

Once a day, in each quarter where a team is, the number killed is Poisson with the mean

``flight * stopped + informers * strikes + prisoners * (1 - exp(-per_team_day * teams * near))``

over the last day: persons who were stopped as they tried to leave; strikes and raids in the quarter on teams that residents or
resistance cells had reported within ``reports.valid_h``, for which informers are sought; and what is left of ``at_risk`` among
1,000 of its residents, prisoners and former security forces, each in danger of every team, ``near_line`` times as much where
command knows of the line within ``near_m`` or has given the quarter up. Prisoners are so many: killings fall off with time.

Those killed for flight are drawn from the trapped, all others from who is at home, everybody with equal chance, on held ground;
where there are too few, fewer are killed than drawn. Each killing is a row of the ledger, frightens
(:mod:`sim.battle.trust`), and is a violent event to those around (:mod:`sim.battle.danger`).

Source: there were such killings in the record to 18 February 2017 (UCDP GED, one-sided violence); that people were killed for
leaving, for informing, and as former security forces is in the UN's briefings of October and November 2016 (OHCHR). The rates
are assumed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import AT_HOME, TRAPPED
from sim.agents.households import housed_under_guard
from sim.battle.contacts import teams_in
from sim.battle.defence import front_points
from sim.battle.events import emit, flush
from sim.battle.ground import nearest_gap2
from sim.battle.harm import kill_member
from sim.kernels.rng import poisson, subkey, uniform
from sim.record.codes import (
    ACTOR,
    AGENT_SET,
    CAUSE,
    CELL,
    CIVILIANS,
    COALITION,
    DEATH,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    EXECUTION,
    HOUSEHOLD_SET,
    HUMAN_REPORT,
    KIND,
    REPRISALS,
    ROW,
    STRIKE,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

DAY_H = 24.0
# Why somebody is killed, and the first draw numbers of each reason.
FOR_FLIGHT, AS_INFORMERS, AS_PRISONERS = range(3)
_DRAWS = 1_000_000


def strikes_on_reports(battle: Battle) -> NDArray[np.int64]:
    """Strikes and raids in each quarter in the last day on teams that people had reported before, by the ledger; int64."""
    ledger, nq = battle.ledger, battle.quarters.area.size
    day, valid = battle.ticks(DAY_H), battle.ticks(battle.scenario.reports.valid_h)
    first, since = np.searchsorted(ledger.ticks, np.array([battle.tick - day - valid, battle.tick - day], np.int32)).tolist()
    rows, ticks = ledger.ints[first:], ledger.ticks[first:]
    on_team = rows[:, AGENT_SET] == DEFENDER_SET
    told = on_team & (rows[:, KIND] == DETECTION) & (rows[:, CAUSE] == HUMAN_REPORT)
    struck = on_team & (rows[:, KIND] == STRIKE) & (rows[:, ACTOR] == COALITION)
    struck[: since - first] = False
    # The last report of a team before a strike on it: both in the order of time, told first where they share a tick.
    found = np.zeros(nq, np.int64)
    last: dict[int, int] = {}
    for i in np.flatnonzero(told | struck).tolist():
        team = int(rows[i, ROW])
        if told[i]:
            last[team] = int(ticks[i])
        elif team in last and int(ticks[i]) - last[team] <= valid:
            quarter = int(battle.ground.quarter[rows[i, CELL]])
            if quarter >= 0:
                found[quarter] += 1
    return found


def expected_killings(battle: Battle) -> NDArray[np.float64]:
    """The means of the module's formula, float64 (3, quarters), by :data:`FOR_FLIGHT` and so on; 0 where no team is."""
    p, q = battle.scenario.reprisals, battle.quarters
    teams = teams_in(battle)
    x, y = front_points(battle)
    near = battle.given_up | (nearest_gap2(q.x, q.y, x, y) <= p.near_m**2)
    means = np.zeros((3, q.area.size))
    means[FOR_FLIGHT] = p.flight * q.stopped
    means[AS_INFORMERS] = p.informers * strikes_on_reports(battle)
    left = np.maximum(p.at_risk * q.residents / 1000.0 - q.prisoners_killed, 0.0)
    hazard = p.per_team_day * teams * np.where(near, p.near_line, 1.0)
    means[AS_PRISONERS] = left * np.array([1.0 - math.exp(-h) for h in hazard.tolist()])
    means[:, teams == 0] = 0.0
    return means


def take_reprisals(battle: Battle) -> None:
    """The daily round of reprisals; the tally of who was stopped begins anew."""
    if battle.tick % battle.ticks_per_day:
        return
    if battle.scenario.reprisals.enabled:
        means = expected_killings(battle)
        key = battle.key("reprisals.killed", "quarters")
        for reason, quarter in np.argwhere(means > 0.0).tolist():
            number = poisson(key, quarter, reason, float(means[reason, quarter]))
            if number:
                _kill(battle, subkey(key, quarter), quarter, reason, number)
        flush(battle.events, battle.ledger, battle.tick)
    battle.quarters.stopped[:] = 0


def _kill(battle: Battle, key: np.uint64, quarter: int, reason: int, number: int) -> None:
    """Kill so many residents of a quarter who are on held ground; for flight of the trapped."""
    people, q = battle.households.columns, battle.quarters
    least = TRAPPED if reason == FOR_FLIGHT else AT_HOME
    rows = housed_under_guard(people, battle.ground.quarter, battle.ground.control, quarter, least)
    for i in range(number):
        upto = np.cumsum(people.members[rows])
        if upto.size == 0 or upto[-1] == 0:
            return
        draw = reason * _DRAWS + 2 * i
        row = int(rows[np.searchsorted(upto, int(uniform(key, quarter, draw) * upto[-1]), side="right")])
        cell = int(people.cell[row])
        kill_member(people, battle.households.lists, row, uniform(key, quarter, draw + 1))
        q.killed[quarter] += 1
        q.prisoners_killed[quarter] += reason == AS_PRISONERS
        battle.counts["executed"] += 1
        battle.ground.noise[cell] += 1.0
        emit(battle.events, DEATH, cell, CIVILIANS, DEFENDERS, EXECUTION, REPRISALS, HOUSEHOLD_SET, row, -1, 1, 0.0)
