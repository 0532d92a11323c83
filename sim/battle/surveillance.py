"""Surveillance orbits: where they are sent, and what they find.

Each orbit has a task by the shares of ``isr`` and watches a disc of ``orbit_km2``. Every ``retask_h`` hours it is sent anew,
by what the liberators know: the quarters that they attack, freed ground, reports. An orbit that has a target in view stays. A
team under orbits is found within the tick with chance ``1 - exp(-hazard * dt)`` (Koopman 1946),

``hazard = n * detect_per_h * signature * (1 - concealment * cover * dug) * exp(-screening * density) * night``

for ``n`` orbits over it, in flying weather. The signature is 1 for a team on the move, ``firing`` for one that has fired in
the last tick, ``mining`` for a mining party, ``still`` otherwise, times ``leader`` for leaders. One that has been found is
kept in view with chance ``exp(-lose_per_h * dt)``. This phase comes before the marks of the last tick are wiped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import BY_ORBIT, LEADERS, MINERS, ORBIT, TEAM_COUNTER, TEAM_ESCAPE, TEAM_HIDE, TEAM_MOVE
from sim.agents.defenders import DefenderColumns
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground
from sim.battle.orbits import send_orbits
from sim.battle.targets import note, note_last
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import uniform
from sim.record.codes import COALITION, DEFENDER_SET, DEFENDERS, DETECTION, ISR, SURVEILLANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# Points of a drive at which it is asked whether an orbit is over it.
_POINTS = 9


class Eyes(NamedTuple):
    """Numbers of sight from above, as compiled code takes them.

    Attributes:
        detect: Hazard for a team that moves in the open, 1/h, night considered.
        still: Signature of a team at rest.
        firing: Signature of a team that has fired.
        mining: Signature of a mining party at work.
        leader: Factor for leaders.
        hidden: Factor for teams that hide.
        screening: Loss of sight for each share of ground built over.
        concealment: Share of detection that full cover takes away from a team that is dug in.
        lose: Hazard that a team in view is lost, 1/h.
        reach: Radius of the disc that an orbit watches, cells.
        nx: Cells in a row of the grid.
    """

    detect: float
    still: float
    firing: float
    mining: float
    leader: float
    hidden: float
    screening: float
    concealment: float
    lose: float
    reach: float
    nx: int


@inlined
def _signature(teams: DefenderColumns, team: int, eyes: Eyes) -> float:
    """How easily a team is found by what it does, against one on the move."""
    order = teams.order[team]
    if order in (TEAM_MOVE, TEAM_COUNTER, TEAM_ESCAPE):
        signature = 1.0
    elif order == TEAM_HIDE:
        signature = eyes.still * eyes.hidden
    elif teams.fired[team]:
        signature = eyes.firing
    elif teams.kind[team] == MINERS:
        signature = eyes.mining
    else:
        signature = eyes.still
    return signature * (eyes.leader if teams.kind[team] == LEADERS else 1.0)


@compiled
def look(
    key: np.uint64, team_rows: np.ndarray, teams: DefenderColumns, held: np.ndarray, orbits: np.ndarray, ground: Ground,
    eyes: Eyes, dt: float, tick: int, memory: int, events: Events,
) -> None:  # fmt: skip
    """Orbits over the cells ``orbits`` look for teams; ``held`` says which teams they have in view, before and after."""
    for team in team_rows:
        cell = teams.cell[team]
        over = 0
        for orbit in orbits:
            dx, dy = cell % eyes.nx - orbit % eyes.nx, cell // eyes.nx - orbit // eyes.nx
            if dx * dx + dy * dy <= eyes.reach * eyes.reach:
                over += 1
        kept = held[team] and uniform(key, team, 1) < math.exp(-eyes.lose * dt)
        held[team] = False
        if over == 0:
            continue
        if not kept:
            signature = _signature(teams, team, eyes)
            clear = 1.0 - eyes.concealment * ground.cover[cell] * teams.dug[team]
            hazard = over * eyes.detect * signature * clear * math.exp(-eyes.screening * ground.density[cell])
            if uniform(key, team, 0) >= 1.0 - math.exp(-hazard * dt):
                continue
        held[team] = True
        if teams.seen_until[team] < tick:
            emit(events, DETECTION, cell, DEFENDERS, COALITION, ISR, SURVEILLANCE, DEFENDER_SET, team, -1, 1, 0.0)
        teams.seen_until[team] = tick + memory


def orbit_cells(battle: Battle) -> NDArray[np.int64]:
    """Middles of the discs that are watched in this tick; none in weather in which nothing flies."""
    assets = battle.coalition.columns
    flown = assets.cell[(assets.kind == ORBIT) & assets.available & (assets.cell >= 0)]
    return np.asarray(flown if battle.flying_weather else flown[:0], np.int64)


def reach_cells(battle: Battle) -> float:
    """Radius of the disc that an orbit watches, in cells."""
    return math.sqrt(battle.scenario.isr.orbit_km2 * 1e6 / math.pi) / battle.grid.cell_m


def survey(battle: Battle) -> None:
    """One tick of all orbits."""
    p, s = battle.scenario.isr, battle.scenario
    note_last(battle)
    if battle.tick % battle.ticks(p.retask_h) == 0:
        send_orbits(battle)
    teams = battle.defenders.columns
    there = (teams.strength > 0) & (teams.cell >= 0)
    rows = np.flatnonzero(there)
    battle.targets.held[~there] = False
    eyes = Eyes(
        p.detect_per_h * (p.night if battle.night else 1.0), p.still, p.firing, p.mining, p.leader, s.defenders.hidden,
        p.screening,
        s.sensing.concealment, p.lose_per_h, reach_cells(battle), battle.grid.nx,
    )  # fmt: skip
    before = int(battle.events.n[0])
    look(
        battle.key("surveillance.orbits", "defenders"), rows, teams, battle.targets.held, orbit_cells(battle), battle.ground,
        eyes, battle.dt_h, battle.tick, battle.memory, battle.events,
    )  # fmt: skip
    battle.counts["isr_detections"] += int(battle.events.n[0]) - before
    note(battle, BY_ORBIT)
    flush(battle.events, battle.ledger, battle.tick)


def watched_share(battle: Battle, start: int, end: int) -> float:
    """Share of a drive between two cells that orbits watch in this tick, as the crow flies."""
    orbits = orbit_cells(battle)
    if orbits.size == 0:
        return 0.0
    nx, part = battle.grid.nx, (np.arange(_POINTS) + 0.5) / _POINTS
    x, y = start % nx + part * (end % nx - start % nx), start // nx + part * (end // nx - start // nx)
    gaps = (x[:, None] - orbits % nx) ** 2 + (y[:, None] - orbits // nx) ** 2
    return float((gaps <= reach_cells(battle) ** 2).any(axis=1).mean())
