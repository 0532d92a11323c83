"""Rules of engagement: who comes first, what harm is expected, which weapon is taken, and what is refused.

First come targets that troops are in contact with, then vehicle bombs, leaders, mortars, demolition parties (mining parties near
bridges and plants, with ``protect``), and all others.

Expected civilian dead of a weapon are judged by what the coalition knows: residents of the cell before the battle, less the
share of the quarter known to have left, ``persons * (1 - left) * (1 - warned_share) * (pi r^2 / cell area * indoors_death +
collapse / buildings * collapse_casualty * collapse_death)``, as if those who are counted sat in shelters
(:mod:`sim.battle.shelters`). The limit is ``harm_limit``, times ``leader_factor`` for leaders and ``contact_factor`` where
troops are in contact. Of the air weapons within the limit that reach ``least_effect`` the smallest is taken whose expected
effect ``hit * casualties * (1 - shielding * cover)`` reaches ``wanted_effect``, else the one with the largest. Where none, and
no mission of guns, is within the limit the target is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import DRIVERS, LEADERS, MINERS, MORTARS
from sim.battle.contacts import Near, nearby
from sim.battle.targets import Targets
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Priorities.
(IN_CONTACT, VEHICLE_BOMB, LEADER, MORTAR, DEMOLITION, OTHER) = range(6)


class Law(NamedTuple):
    """Rules of engagement and effects, as compiled code takes them.

    Attributes:
        limit: Expected civilian dead above which a strike is refused.
        leader: Factor on it for leaders.
        contact: Factor on it in contact.
        exposed: Residents counted of those believed present.
        air: float64 (3,), expected dead of each class of weapon for one person believed present.
        shells: The same of a mission of guns; infinity where guns do not fire.
        falls: float64 (4,), buildings that each class of weapon and a mission of guns bring down, mean, times the chance that an
            occupant dies.
        effect: float64 (3,), share of the fighters in the open that each class puts out of action, misses considered.
        shielding: float64 (3,), share of that which full cover takes away.
        wanted: Effect that is enough.
        least: Effect below which a weapon is not used.
        delegated: Expected harm that brigades may approve.
        protect: Whether demolition parties come before others.
        touch: Chance that a platoon in a cell in contact is within contact distance, by area.
        jtac_share: Share of platoons with a controller.
        jtac_gain: Factor by which they shorten the time at a desk.
        stale_h: Time without a new sighting after which a target lapses, hours.
        valid_h: The same for what was only reported.
        confirmation: Whether a desk takes up only what somebody of the liberators or an orbit has seen.
        relay_h: Mean time in which what troops without a controller see reaches a desk, hours.
        assess_error: Chance that a strike is judged wrongly.
    """

    limit: float
    leader: float
    contact: float
    exposed: float
    air: NDArray[np.float64]
    shells: float
    falls: NDArray[np.float64]
    effect: NDArray[np.float64]
    shielding: NDArray[np.float64]
    wanted: float
    least: float
    delegated: float
    protect: bool
    touch: float
    jtac_share: float
    jtac_gain: float
    stale_h: float
    valid_h: float
    confirmation: bool
    relay_h: float
    assess_error: float


def law_of(battle: Battle) -> Law:
    """The law of a scenario."""
    p, s, m = battle.scenario.air, battle.scenario, battle.scenario.munitions
    area = math.pi / battle.grid.cell_m**2
    touching = battle.units.near.touching * battle.grid.cell_m**2
    in_contact = min(1.0, math.pi * s.sensing.contact_m**2 / touching)
    air = [area * r**2 * s.harm.indoors_death for r in (m.light_radius_m, m.medium_radius_m, m.heavy_radius_m)]
    guns = s.artillery
    shells = guns.rounds * area * guns.lethal_radius_m**2 * s.harm.indirect_indoors / (1.0 + s.harm.wounded_per_death)
    down = (m.light_collapse, m.medium_collapse, m.heavy_collapse, guns.rounds * s.harm.collapse_shell)
    falls = np.array(down) * (s.harm.collapse_casualty * s.harm.collapse_death)
    return Law(
        p.harm_limit, p.leader_factor, p.contact_factor, 1.0 - p.warned_share, np.array(air),
        shells if guns.enabled else math.inf, falls,
        np.array([m.light_casualties, m.medium_casualties, m.heavy_casualties]) * p.hit,
        np.array([m.light_cover, m.medium_cover, m.heavy_cover]), p.wanted_effect, p.least_effect, p.delegated_harm,
        p.protect, in_contact, p.jtac_share, p.jtac_gain, p.stale_h, s.reports.valid_h, p.confirmation, p.relay_h,
        p.assessment_error,
    )  # fmt: skip


class Scene(NamedTuple):
    """What targets are judged by: the few columns that matter, as every call hands them over.

    Attributes:
        homes: float64 (cells,), residents of each cell before the battle.
        buildings: float64 (cells,), buildings of each cell, at least 1.
        vital: bool (cells,), whether a bridge or a plant is near.
        cover: float64 (cells,), cover that buildings give.
        quarter: int32 (cells,), neighbourhood, -1 for none.
        left: int32 (quarters,), residents known to have left.
        residents: int32 (quarters,), residents before the battle.
        near: Who is near whom.
        kind: uint8 (teams,), kind of team.
        strength: int32 (teams,), fighters left.
        seen_until: int32 (teams,), tick up to which a sighting counts.
    """

    homes: NDArray[np.float64]
    buildings: NDArray[np.float64]
    vital: NDArray[np.bool_]
    cover: NDArray[np.float64]
    quarter: NDArray[np.int32]
    left: NDArray[np.int32]
    residents: NDArray[np.int32]
    near: Near
    kind: NDArray[np.uint8]
    strength: NDArray[np.int32]
    seen_until: NDArray[np.int32]


def scene_of(battle: Battle) -> Scene:
    """The scene of this tick."""
    ground, q, teams = battle.ground, battle.quarters, battle.defenders.columns
    return Scene(
        battle.homes, battle.buildings, battle.vital, ground.cover, ground.quarter, q.left, q.residents, battle.units.near,
        teams.kind, teams.strength, teams.seen_until,
    )  # fmt: skip


@inlined
def believed(scene: Scene, cell: int) -> float:
    """Persons believed present in a cell."""
    q = scene.quarter[cell]
    if q < 0:
        return 0.0
    left = scene.left[q] / max(scene.residents[q], 1)
    return float(scene.homes[cell] * max(1.0 - left, 0.0))


@inlined
def expected_dead(scene: Scene, law: Law, cell: int, slot: int) -> float:
    """Civilian dead that a class of air weapon, or (-1) a mission of guns, is expected to cost in a cell."""
    each = (law.air[slot] if slot >= 0 else law.shells) + law.falls[slot] / scene.buildings[cell]
    return math.inf if each == math.inf else float(believed(scene, cell) * law.exposed * each)


@inlined
def limit_for(law: Law, kind: int, rank: int) -> float:
    """Expected dead that a target of a kind allows."""
    limit = law.limit * (law.leader if kind == LEADERS else 1.0)
    return limit * (law.contact if rank == IN_CONTACT else 1.0)


@compiled
def rank_target(key: np.uint64, row: int, kind: int, targets: Targets, scene: Scene, law: Law) -> None:
    """Who is in contact with a target, and how urgent it is."""
    cell, near = targets.cell[row], scene.near
    contact, guided = False, False
    for k in range(near.touching):
        c = nearby(near.dx, near.dy, near.nx, near.ny, cell, k)
        platoon = near.platoon_head[c] if c >= 0 else -1
        while platoon >= 0:
            if uniform(key, platoon, 1 + row) < law.touch:
                contact = True
                guided = guided or uniform(key, platoon, 0) < law.jtac_share
            platoon = near.platoon_next[platoon]
    targets.guided[row] = guided
    rank = OTHER
    if contact:
        rank = IN_CONTACT
    elif kind == DRIVERS:
        rank = VEHICLE_BOMB
    elif kind == LEADERS:
        rank = LEADER
    elif kind == MORTARS:
        rank = MORTAR
    elif kind == MINERS and law.protect and scene.vital[cell]:
        rank = DEMOLITION
    targets.rank[row] = rank


@compiled
def weigh(row: int, kind: int, targets: Targets, scene: Scene, law: Law) -> bool:
    """Choose the weapon, and write what harm is expected of it; False where nothing is within the limit."""
    cell = targets.cell[row]
    limit = limit_for(law, kind, targets.rank[row])
    choice, best = -1, -1.0
    for k in range(3):
        if expected_dead(scene, law, cell, k) > limit:
            break
        effect = law.effect[k] * (1.0 - law.shielding[k] * scene.cover[cell])
        if effect > best and effect >= law.least:
            choice, best = k, effect
        if effect >= law.wanted:
            break
    targets.choice[row] = choice
    slot = choice if choice >= 0 else -1 if law.shells < math.inf else 0
    targets.expected[row] = expected_dead(scene, law, cell, slot)
    return choice >= 0 or expected_dead(scene, law, cell, -1) <= limit


def near_vital(battle: Battle) -> NDArray[np.bool_]:
    """Cells within ``protect_m`` of a bridge end or a plant."""
    from sim.battle.orbits import PLANTS

    places = battle.bridges.end.ravel().tolist()
    places += [site.cell for site in battle.grid.sites if site.kind in PLANTS and site.cell >= 0]
    nx, n = battle.grid.nx, battle.ground.control.size
    cells, reach = np.arange(n), battle.scenario.air.protect_m / battle.grid.cell_m
    vital = np.zeros(n, np.bool_)
    for place in places:
        vital |= (cells % nx - place % nx) ** 2 + (cells // nx - place // nx) ** 2 <= reach * reach
    return vital
