"""Miners: belts of devices in the quarter where their party stands, laid while it is not in contact.

A party lays ``laid_per_day * strength / 24`` devices an hour (Poisson) while its stock lasts. Each goes to the one of three
drawn held cells of the quarter that lies nearest to ground that the defenders have lost, or before that to the nearest way into
the city.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import HELD, MINERS, TEAM_HOLD
from sim.battle.defence import front_or_ways_in
from sim.battle.ground import nearest_gap2
from sim.kernels.rng import poissons, uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle


def lay(battle: Battle) -> None:
    """One tick of all mining parties."""
    p, teams, ground = battle.scenario.ieds, battle.defenders.columns, battle.ground
    rows = battle.units.team_rows
    able = (teams.kind[rows] == MINERS) & (teams.order[rows] == TEAM_HOLD) & (teams.stock[rows] >= 1.0) & ~teams.fired[rows]
    if not p.enabled or not able.any():
        return
    key, q = battle.key("mining.lay", "defenders"), battle.quarters
    layers = rows[able]
    laid = poissons(key, layers, 0, p.laid_per_day * battle.dt_h / 24.0 * teams.strength[layers])
    if not laid.any():
        return
    fx, fy, _ = front_or_ways_in(battle)
    for row, drawn_n in zip(layers[laid > 0].tolist(), laid[laid > 0].tolist(), strict=True):
        here, n = int(ground.quarter[teams.cell[row]]), min(drawn_n, int(teams.stock[row]))
        if here < 0:
            continue
        cells = q.cells[q.start[here] : q.start[here + 1]]
        cells = cells[ground.control[cells] == HELD]
        if cells.size == 0:
            continue
        for i in range(n):
            drawn = cells[[int(uniform(key, row, 10 + 3 * i + j) * cells.size) for j in range(3)]]
            nearest = int(np.argmin(nearest_gap2(*battle.position(drawn), fx, fy)))
            ground.devices[int(drawn[nearest])] += 1
            teams.stock[row] -= 1.0
            battle.counts["devices_laid"] += 1
