"""Fires of a tick: the defenders' mortars and drones, then what the coalition makes of its targets, hour by hour.

Sightings are taken note of first, so that each names its place; those by radar after the mortars. Within a tick the coalition
works in steps of one hour: desks, raids, guns where they are suited, flights, guns for the rest, and then what falls due
(:mod:`sim.battle.targeting`, :mod:`sim.battle.raids`, :mod:`sim.battle.artillery`, :mod:`sim.battle.strikes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import APPROVED, ASSIGNED, BATTERY, BY_RADAR, BY_SIGHT, FLIGHT, NO_TARGET, NOMINATED, REFUSED
from sim.battle.artillery import assign_guns, shell
from sim.battle.engagement import law_of, scene_of
from sim.battle.events import flush
from sim.battle.mortars import fire_mortars
from sim.battle.raids import order_raids, raid
from sim.battle.small_drones import attack_from_drones
from sim.battle.strikes import assign_flights, bomb, put_on_station
from sim.battle.targeting import decide
from sim.battle.targets import note

if TYPE_CHECKING:
    from sim.battle.model import Battle


def fire(battle: Battle) -> None:
    """One tick of indirect and air-delivered fire, both sides."""
    note(battle, BY_SIGHT)
    fire_mortars(battle)
    note(battle, BY_RADAR)
    attack_from_drones(battle)
    put_on_station(battle)
    strike_targets(battle)


def strike_targets(battle: Battle) -> None:
    """One tick of the coalition's targeting, strikes, fire missions and raids."""
    targets, scene = battle.targets, scene_of(battle)
    stage, law = targets.stage, None
    for hour in range(round(battle.dt_h)):
        now = battle.hour + hour
        until = now + 1.0
        rows = np.flatnonzero((stage > NO_TARGET) & (stage < REFUSED))
        if rows.size == 0:
            continue
        law = law or law_of(battle)
        decide(battle, law, scene, rows, now, until)
        waiting = rows[(stage[rows] >= NOMINATED) & (stage[rows] <= APPROVED)]
        if waiting.size:
            order_raids(battle, waiting, now, until)
            assign_guns(battle, law, scene, waiting, now, until, suited=True)
            assign_flights(battle, waiting, now, until)
            assign_guns(battle, law, scene, waiting, now, until, suited=False)
        for row in rows[(stage[rows] == ASSIGNED) & (targets.due_h[rows] < until)].tolist():
            kind = battle.coalition.columns.kind[targets.asset[row]]
            if kind == FLIGHT:
                bomb(battle, law, scene, row)
            elif kind == BATTERY:
                shell(battle, law, scene, row)
            else:
                raid(battle, row)
    flush(battle.events, battle.ledger, battle.tick)
