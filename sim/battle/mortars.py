"""The defenders' mortars: crews that fire at known platoons, or else at freed ground, within range of where they stand.

A crew fires ``missions_per_day * strength / size / 24`` missions an hour (Poisson) while it has shells. Soldiers in the cell are
casualties with the share of it that the rounds cover, times what walls and vehicles let through. Radar of the coalition's guns
locates a crew by a mission with chance ``located_share``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import FREED, MORTARS
from sim.battle.blast import hurt_residents, share_of_place, wreck
from sim.battle.evacuation import care_of
from sim.battle.events import emit, flush
from sim.battle.harm import hurt_platoon
from sim.kernels.rng import binomial, poissons, subkey, uniform
from sim.record.codes import (
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    FIRE_SEEN,
    FIRES,
    LIBERATORS,
    MORTAR,
    STRIKE,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def fire_mortars(battle: Battle) -> None:
    """One tick of all crews."""
    p, teams = battle.scenario.mortars, battle.defenders.columns
    rows = battle.units.team_rows
    crews = rows[(teams.kind[rows] == MORTARS) & (teams.stock[rows] >= 1.0) & (teams.strength[rows] > 0)]
    if not p.enabled or crews.size == 0:
        return
    platoons = battle.liberators.columns
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    freed: NDArray[np.int64] | None = None
    key = battle.key("mortars.fire", "defenders")
    means = p.missions_per_day * battle.dt_h / 24.0 * teams.strength[crews] / np.maximum(teams.size[crews], 1)
    missions = np.minimum(poissons(key, crews, 0, means), teams.stock[crews].astype(np.int64))
    for k in np.flatnonzero(missions).tolist():
        crew = int(crews[k])
        for i in range(int(missions[k])):
            near = known[_in_range(battle, crew, platoons.cell[known])] if known.size else known
            if near.size:
                row = int(near[int(uniform(key, crew, 10 + i) * near.size)])
                _shell(battle, subkey(key, i), crew, int(platoons.cell[row]), row)
                continue
            if freed is None:
                freed = np.flatnonzero(battle.ground.control == FREED)
            cell = int(freed[int(uniform(key, crew, 10 + i) * freed.size)]) if freed.size else -1
            if cell >= 0 and _in_range(battle, crew, np.array([cell]))[0]:
                _shell(battle, subkey(key, i), crew, cell, -1)
    flush(battle.events, battle.ledger, battle.tick)


def _in_range(battle: Battle, crew: int, cells: NDArray[np.integer]) -> NDArray[np.bool_]:
    nx, at = battle.grid.nx, int(battle.defenders.columns.cell[crew])
    reach = battle.scenario.mortars.range_m / battle.grid.cell_m
    dx, dy = cells % nx - at % nx, cells // nx - at // nx
    return np.asarray(dx * dx + dy * dy <= reach * reach)


def _shell(battle: Battle, key: np.uint64, crew: int, cell: int, row: int) -> None:
    """One mission, at the platoon ``row`` or (-1) at whoever lives there."""
    p, s, teams = battle.scenario.mortars, battle.scenario, battle.defenders.columns
    area = min(1.0, p.rounds * share_of_place(battle, p.lethal_radius_m))
    battle.counts["mortar_missions"] += 1
    teams.stock[crew] -= 1.0
    teams.fired[crew] = True
    fallen = 0
    if row >= 0:
        platoons = battle.liberators.columns
        exposed = 1.0 - s.combat.cover_effect * s.combat.attacker_cover * battle.ground.cover[cell]
        fallen = binomial(key, crew, 1, int(platoons.strength[row]), area * s.harm.soldiers_exposed * exposed)
        hurt_platoon(
            subkey(key, crew), platoons, row, fallen, care_of(battle), s.combat.suppression_gain, DEFENDERS, MORTAR, FIRES,
            crew, crew, battle.events
        )  # fmt: skip
    harmed = hurt_residents(battle, subkey(key, crew), cell, area * s.harm.indirect_indoors, MORTAR, DEFENDERS, FIRES)
    wreck(battle, cell, p.rounds * s.harm.damage_shell)
    battle.ground.noise[cell] += 1.0
    emit(battle.events, STRIKE, cell, LIBERATORS, DEFENDERS, MORTAR, FIRES, DEFENDER_SET, crew, row, harmed, float(fallen))
    if s.artillery.enabled and uniform(key, crew, 2) < p.located_share:
        if teams.seen_until[crew] < battle.tick:
            at = int(teams.cell[crew])
            emit(battle.events, DETECTION, at, DEFENDERS, COALITION, FIRE_SEEN, FIRES, DEFENDER_SET, crew, -1, 1, 0.0)
        teams.seen_until[crew] = battle.tick + battle.memory
