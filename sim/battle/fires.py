"""Fires: air strikes and artillery on teams that have been found, and the defenders' mortars.

A known team becomes an approved target with the hazard ``1 / delay_h``, times ``jtac_gain``
where a controller (JTAC) is at the front, who also divides the chance of a miss by it.
Expected civilian dead are ``persons * (1 - warned) * (pi r^2 / cell area) * indoors_death``; above ``harm_limit`` the
strike is refused. An approved target needs a flight on station with weapons; guns in range take what aircraft do not.
What happens to residents is drawn from who is there, sheltering or not, whatever was expected.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import BATTERY, FLIGHT, FREED
from sim.battle.events import emit, flush
from sim.battle.harm import hurt_people, hurt_platoon, hurt_team
from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, poisson, subkey, uniform
from sim.record.codes import (
    AIR,
    ARTILLERY,
    COALITION,
    DEFENDER_SET,
    DEFENDERS,
    FIRES,
    LIBERATORS,
    MORTAR,
    NO_SET,
    STRIKE,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def put_on_station(battle: Battle) -> None:
    """Each flight's cycle: time on station (stretched by tankers), then turnaround; bad weather keeps all away."""
    p = battle.scenario.air
    assets = battle.coalition.columns
    flights = assets.kind == FLIGHT
    stay = p.on_station_h * p.tanker_gain
    phase = (battle.hour + assets.offset_h) % (stay + p.turnaround_h)
    on_station = flights & (phase < stay)
    fresh = on_station & (phase < battle.dt_h)
    assets.weapons[fresh] = p.weapons
    assets.available[flights] = on_station[flights] & p.enabled & battle.flying_weather


@compiled
def approve(
    key: np.uint64, known: np.ndarray, jtac_share: float, jtac_gain: float, delay_h: float, dt: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Which of the teams ``known`` become approved targets in this tick, and which of those have a controller near."""
    n = 0
    rows, jtac = np.empty(known.size, np.int64), np.empty(known.size, np.bool_)
    for row in known:
        near = uniform(key, row, 0) < jtac_share
        rate = (jtac_gain if near else 1.0) / max(delay_h, 1e-9)
        if uniform(key, row, 1) < 1.0 - math.exp(-rate * dt):
            rows[n], jtac[n] = row, near
            n += 1
    return rows[:n], jtac[:n]


def strike_teams(battle: Battle) -> None:
    """One tick of coalition air strikes and artillery."""
    teams = battle.defenders.columns
    known = np.flatnonzero((teams.seen_until >= battle.tick) & (teams.strength > 0))
    if known.size == 0:
        return
    p = battle.scenario.air
    key = battle.key("fires.approval", "defenders")
    aircraft = known if p.enabled and battle.flying_weather else known[:0]
    rows, with_jtac = approve(key, aircraft, p.jtac_share, p.jtac_gain, p.delay_h, battle.dt_h)
    flights = _free_flights(battle) if rows.size else []
    struck: set[int] = set()
    for row, jtac in zip(rows.tolist(), with_jtac.tolist(), strict=True):
        cell = int(teams.cell[row])
        expected = _expected_dead(battle, cell)
        if expected > p.harm_limit:
            battle.counts["strikes_refused"] += 1
            continue
        if flights:
            _bomb(battle, key, row, flights.pop(0), jtac=jtac, expected=expected)
            struck.add(row)
    if battle.scenario.artillery.enabled:
        _shell(battle, [row for row in known.tolist() if row not in struck])
    flush(battle.events, battle.ledger, battle.tick)


def _expected_dead(battle: Battle, cell: int) -> float:
    p = battle.scenario.air
    share = min(1.0, math.pi * p.lethal_radius_m**2 / battle.grid.cell_m**2)
    persons = float(battle.households.lists.persons[cell])
    return persons * (1.0 - p.warned_share) * share * battle.scenario.harm.indoors_death


def _free_flights(battle: Battle) -> list[int]:
    """Flights that can strike in this tick, as often as they can."""
    assets = battle.coalition.columns
    free = np.flatnonzero(assets.available & (assets.kind == FLIGHT) & (assets.weapons > 0)).tolist()
    turns = max(1, round(battle.dt_h / battle.scenario.air.strike_h))
    return [row for turn in range(turns) for row in free if assets.weapons[row] > turn]


def _bomb(battle: Battle, key: np.uint64, row: int, flight: int, *, jtac: bool, expected: float) -> None:
    p, s = battle.scenario.air, battle.scenario
    assets, teams = battle.coalition.columns, battle.defenders.columns
    assets.weapons[flight] -= 1
    cell = int(teams.cell[row])
    miss = (1.0 - p.hit) / (p.jtac_gain if jtac else 1.0)
    hit = uniform(key, row, 2) >= miss
    fallen = 0
    if hit:
        fallen = binomial(key, row, 3, int(teams.strength[row]), p.team_casualties)
        fallen = hurt_team(
            key, teams, row, fallen, s.combat.defender_killed_share, s.combat.suppression_gain, COALITION, AIR, FIRES,
            flight, 0, battle.events,
        )  # fmt: skip
    battle.counts["air_strikes"] += 1
    share = min(1.0, math.pi * p.lethal_radius_m**2 / battle.grid.cell_m**2)
    before = battle.events.n[0]
    _hurt_residents(battle, subkey(key, row), cell, share * s.harm.indoors_death * (1.0 + s.harm.wounded_per_death), AIR,
        COALITION)
    harmed = int(battle.events.n[0] - before)
    _damage(battle, cell, s.harm.damage_weapon)
    emit(battle.events, STRIKE, cell, DEFENDERS, COALITION, AIR, FIRES, DEFENDER_SET, row, flight, harmed, expected)


def _hurt_residents(battle: Battle, key: np.uint64, cell: int, chance: float, cause: int, actor: int) -> None:
    people = battle.households
    hurt_people(
        key, people.columns, people.lists, battle.ground, battle.quarters, cell, 0,
        float(people.lists.persons[cell]) * chance, 1.0 / (1.0 + battle.scenario.harm.wounded_per_death),
        battle.scenario.harm.shelter, actor, cause, FIRES, battle.events,
    )  # fmt: skip


def _damage(battle: Battle, cell: int, per_hectare: float) -> None:
    battle.ground.noise[cell] += 1.0
    share = min(1.0, per_hectare * 1e4 / battle.grid.cell_m**2)
    battle.ground.damage[cell] += (1.0 - battle.ground.damage[cell]) * share


def _shell(battle: Battle, targets: list[int]) -> None:
    """Guns fire on known teams in range: rounds fall normally around the target, ``P = 1 - exp(-r^2 / 2 s^2)`` each."""
    p, s = battle.scenario.artillery, battle.scenario
    assets, teams = battle.coalition.columns, battle.defenders.columns
    key = battle.key("fires.artillery", "coalition")
    near = 1.0 - math.exp(-(p.lethal_radius_m**2) / (2.0 * p.dispersion_m**2))
    area = math.pi * p.lethal_radius_m**2 / battle.grid.cell_m**2
    # Draws go by the number among the batteries: a battery's row depends on how many flights and orbits there are.
    for number, gun in enumerate(np.flatnonzero(assets.kind == BATTERY).tolist()):
        for i in range(poisson(key, number, 0, p.missions_per_day * battle.dt_h / 24.0)):
            row = _target_in_range(battle, targets, float(assets.x[gun]), float(assets.y[gun]))
            if row < 0:
                break
            targets.remove(row)
            cell = int(teams.cell[row])
            battle.counts["artillery_missions"] += 1
            exposed = 1.0 - s.combat.cover_effect * battle.ground.cover[cell] * teams.dug[row]
            chance = 1.0 - (1.0 - near * exposed) ** p.rounds
            fallen = binomial(key, row, 5 + i, int(teams.strength[row]), chance)
            hurt_team(
                key, teams, row, fallen, s.combat.defender_killed_share, s.combat.suppression_gain, COALITION,
                ARTILLERY, FIRES, gun, number, battle.events,
            )  # fmt: skip
            before = battle.events.n[0]
            _hurt_residents(battle, subkey(key, row), cell, p.rounds * area * s.harm.indirect_indoors, ARTILLERY, COALITION)
            harmed = int(battle.events.n[0] - before)
            _damage(battle, cell, p.rounds * s.harm.damage_shell)
            emit(
                battle.events, STRIKE, cell, DEFENDERS, COALITION, ARTILLERY, FIRES, DEFENDER_SET, row, gun, harmed,
                _expected_shells(battle, cell, p.rounds * area),
            )  # fmt: skip


def _expected_shells(battle: Battle, cell: int, rounds_area: float) -> float:
    """Expected civilian dead of a mission: residents in the open share of the cell that its rounds cover."""
    s = battle.scenario
    persons = float(battle.households.lists.persons[cell]) * (1.0 - s.air.warned_share)
    return persons * rounds_area * s.harm.indirect_indoors / (1.0 + s.harm.wounded_per_death)


def _target_in_range(battle: Battle, targets: list[int], x: float, y: float) -> int:
    p, grid = battle.scenario.artillery, battle.grid
    area = p.rounds * math.pi * p.lethal_radius_m**2 / grid.cell_m**2
    for row in targets:
        cell = int(battle.defenders.columns.cell[row])
        cx, cy = grid.x0 + (cell % grid.nx + 0.5) * grid.cell_m, grid.y0 + (cell // grid.nx + 0.5) * grid.cell_m
        if math.hypot(cx - x, cy - y) > p.range_km * 1000.0:
            continue
        if _expected_shells(battle, cell, area) <= battle.scenario.air.harm_limit:
            return row
        battle.counts["strikes_refused"] += 1
    return -1


def fire_mortars(battle: Battle) -> None:
    """The defenders' mortars: at a known platoon, or else at freed ground, within range of a quarter that they hold."""
    p = battle.scenario.mortars
    fighters = int(battle.defenders.columns.strength.sum())
    if not p.enabled or fighters == 0:
        return
    key = battle.key("fires.mortars", "defenders")
    mean = p.missions_per_day * fighters / max(battle.fighters_start, 1) * battle.dt_h / 24.0
    for i in range(poisson(key, 0, 0, mean)):
        cell, row = _mortar_target(battle, key, i)
        if cell >= 0:
            _mortar(battle, key, i, cell, row)
    flush(battle.events, battle.ledger, battle.tick)


def _in_reach(battle: Battle, cells: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which cells lie within mortar range of the centre of a quarter that is still held."""
    q, grid = battle.quarters, battle.grid
    held = np.flatnonzero(~q.liberated & q.defended)
    if held.size == 0:
        return np.zeros(cells.size, np.bool_)
    x = grid.x0 + (cells % grid.nx + 0.5) * grid.cell_m
    y = grid.y0 + (cells // grid.nx + 0.5) * grid.cell_m
    distance2 = (x[:, None] - q.x[held]) ** 2 + (y[:, None] - q.y[held]) ** 2
    return np.asarray(distance2.min(axis=1) <= battle.scenario.mortars.range_m**2)


def _mortar_target(battle: Battle, key: np.uint64, i: int) -> tuple[int, int]:
    platoons = battle.liberators.columns
    known = np.flatnonzero((platoons.seen_until >= battle.tick) & (platoons.cell >= 0) & (platoons.strength > 0))
    known = known[_in_reach(battle, platoons.cell[known])] if known.size else known
    if known.size:
        row = int(known[int(uniform(key, i, 1) * known.size)])
        return int(platoons.cell[row]), row
    freed = np.flatnonzero(battle.ground.control == FREED).astype(np.int32)
    if freed.size == 0:
        return -1, -1
    cell = freed[int(uniform(key, i, 1) * freed.size)]
    return (int(cell), -1) if _in_reach(battle, np.array([cell]))[0] else (-1, -1)


def _mortar(battle: Battle, key: np.uint64, i: int, cell: int, row: int) -> None:
    p, s = battle.scenario.mortars, battle.scenario
    area = min(1.0, p.rounds * math.pi * p.lethal_radius_m**2 / battle.grid.cell_m**2)
    battle.counts["mortar_missions"] += 1
    fallen = 0
    if row >= 0:
        platoons = battle.liberators.columns
        exposed = 1.0 - s.combat.cover_effect * s.combat.attacker_cover * battle.ground.cover[cell]
        fallen = binomial(key, row, 20 + i, int(platoons.strength[row]), area * s.harm.soldiers_exposed * exposed)
        hurt_platoon(
            subkey(key, i), platoons, row, fallen, s.combat.killed_share, s.combat.suppression_gain, DEFENDERS, MORTAR, FIRES,
            -1, -1, battle.events
        )
    before = battle.events.n[0]
    _hurt_residents(battle, subkey(key, i), cell, area * s.harm.indirect_indoors, MORTAR, DEFENDERS)
    harmed = int(battle.events.n[0] - before)
    _damage(battle, cell, p.rounds * s.harm.damage_shell)
    emit(battle.events, STRIKE, cell, LIBERATORS, DEFENDERS, MORTAR, FIRES, NO_SET, row, -1, harmed, float(fallen))


def fire(battle: Battle) -> None:
    """One tick of indirect and air-delivered fire, both sides."""
    put_on_station(battle)
    strike_teams(battle)
    fire_mortars(battle)
