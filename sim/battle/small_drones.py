"""The defenders' small drones: grenades on known platoons within reach, by day and in flying weather.

A team flies ``attacks_per_day / 24`` attacks an hour (Poisson); an attack makes ``casualties`` on the mean, less what cover
prevents. That they also watch is part of :mod:`sim.battle.sensing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import DRONES
from sim.battle.evacuation import care_of
from sim.battle.events import emit, flush
from sim.battle.harm import hurt_platoon
from sim.kernels.rng import poisson, poissons, subkey, uniform
from sim.record.codes import DEFENDER_SET, DEFENDERS, DRONE, FIRES, LIBERATORS, STRIKE

if TYPE_CHECKING:
    from sim.battle.model import Battle


def attack_from_drones(battle: Battle) -> None:
    """One tick of all drone teams."""
    p, teams, platoons = battle.scenario.small_drones, battle.defenders.columns, battle.liberators.columns
    if not p.enabled or battle.night or not battle.flying_weather:
        return
    rows = battle.units.team_rows
    flyers = rows[(teams.kind[rows] == DRONES) & (teams.strength[rows] > 0)]
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    if flyers.size == 0 or known.size == 0:
        return
    key, nx = battle.key("small_drones.attack", "defenders"), battle.grid.nx
    reach = p.reach_m / battle.grid.cell_m
    x, y = platoons.cell[known] % nx, platoons.cell[known] // nx
    attacks = poissons(key, flyers, 0, np.full(flyers.size, p.attacks_per_day * battle.dt_h / 24.0))
    for k in np.flatnonzero(attacks).tolist():
        team = int(flyers[k])
        for i in range(int(attacks[k])):
            at = int(teams.cell[team])
            near = known[(x - at % nx) ** 2 + (y - at // nx) ** 2 <= reach * reach]
            if near.size:
                _drop(battle, subkey(key, i), team, int(near[int(uniform(key, team, 10 + i) * near.size)]))
    flush(battle.events, battle.ledger, battle.tick)


def _drop(battle: Battle, key: np.uint64, team: int, row: int) -> None:
    s, platoons = battle.scenario, battle.liberators.columns
    cell = int(platoons.cell[row])
    exposed = 1.0 - s.combat.cover_effect * s.combat.attacker_cover * battle.ground.cover[cell]
    fallen = min(poisson(key, team, 1, s.small_drones.casualties * exposed), int(platoons.strength[row]))
    battle.counts["drone_attacks"] += 1
    battle.ground.noise[cell] += 1.0
    emit(battle.events, STRIKE, cell, LIBERATORS, DEFENDERS, DRONE, FIRES, DEFENDER_SET, team, row, 0, float(fallen))
    hurt_platoon(
        key, platoons, row, fallen, care_of(battle), s.combat.suppression_gain, DEFENDERS, DRONE, FIRES, team, team, battle.events
    )
