"""The way back: whether displaced households go home, and by road to the edge of the grid.

Once a day each household off the grid (in a camp, with hosts, in an informal site) whose home quarter is freed weighs going
home. The hazard is ``rate_per_day * logistic(x)`` with

``x = base - danger * h(d) - want * w - damage * m + trust * (t - 0.5) + example * back + informal``,

d being the danger at the home and h the same response as in flight, w the mean of the power and water cuts of the home quarter, m
the share of buildings damaged in the home's cell, t trust in who holds the home quarter, back the share of its residents who
are at home, and informal the last term's weight for those in an informal site, else 0. The form mirrors the rule of leaving:
safety, services, housing, trust and example at the place of origin against the push of the place of refuge; it and its weights
are assumed. So do those weigh it who are in another house in the city, where no line and no river without an open bridge lies
between. A home is destroyed, and not returned to, where a fixed draw of the household lies below ``destroyed_share * m``.

It goes by road to the way out by which it left, if that is open and leads to the bank of its home, by an open bridge if need be;
else to the nearest open one on that bank, else to the nearest from which a bridge leads there; where there is none it waits. Its
place comes free. On the edge of the grid it becomes ``to_house``, and walks from there with all others
who walk to a house.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import AT_HOME, HOSTED, IN_CAMP, INFORMAL_SITE, ON_ROAD, TO_HOUSE, WITH_HOSTS
from sim.agents.households import CellLists, HouseholdColumns, move
from sim.battle.camps import Camps, build_camps, count_places
from sim.battle.ground import Ground, Quarters
from sim.battle.journey import set_off
from sim.battle.motives import felt
from sim.battle.wants import services_cut
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import stream_key, uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle


class ReturnRule(NamedTuple):
    """Numbers of the rule of returning, as compiled code takes them; names as in the scenario.

    Attributes:
        half: Danger at which half of its weight is felt.
        power: Steepness of the response to danger.
        km_per_h: Speed by road.
    """

    rate: float
    base: float
    danger: float
    half: float
    power: float
    want: float
    damage: float
    trust: float
    example: float
    informal: float
    destroyed_share: float
    km_per_h: float


class WaysIn(NamedTuple):
    """Ways into the grid as they are on a day.

    Attributes:
        is_open: bool (entries,), whether the liberators hold it.
        bank: uint8 (entries,), bank on which it lies.
        joined: bool (banks + 1, banks + 1), which banks are joined by bridges that the liberators hold.
        km: float64 (nodes, entries), road.
        cell_bank: uint8 (cells,), bank of each cell.
    """

    is_open: NDArray[np.bool_]
    bank: NDArray[np.uint8]
    joined: NDArray[np.bool_]
    km: NDArray[np.float64]
    cell_bank: NDArray[np.uint8]


def make_return_rule(battle: Battle) -> ReturnRule:
    """The rule of a battle."""
    p, s = battle.scenario.returning, battle.scenario
    return ReturnRule(
        p.rate_per_day, p.base, p.danger, s.flight.danger_half, s.flight.danger_power, p.want, p.damage, p.trust, p.example,
        p.informal, p.destroyed_share, s.movement.road_km_per_h,
    )  # fmt: skip


@inlined
def return_pull(danger: float, want: float, damage: float, trust: float, back: float, informal: bool, rule: ReturnRule) -> float:
    """The module's x of one household, logits."""
    x = rule.base - rule.danger * felt(danger, rule) - rule.want * want - rule.damage * damage + rule.trust * (trust - 0.5)
    return x + rule.example * back + (rule.informal if informal else 0.0)


@inlined
def return_hazard(
    danger: float, want: float, damage: float, trust: float, back: float, informal: bool, rule: ReturnRule
) -> float:  # fmt: skip
    """Hazard of setting out for home, 1/day; arguments as in the module's formula."""
    return rule.rate / (1.0 + math.exp(-return_pull(danger, want, damage, trust, back, informal, rule)))


@inlined
def is_destroyed(key: np.uint64, row: int, damage: float, destroyed_share: float) -> bool:
    """Whether a home cannot be lived in; ``key`` does not change with the tick."""
    return uniform(key, row, 0) < destroyed_share * damage


@inlined
def _goes(
    key: np.uint64, fixed: np.uint64, row: int, people: HouseholdColumns, ground: Ground, quarters: Quarters, want: np.ndarray,
    informal: bool, rule: ReturnRule,
) -> bool:  # fmt: skip
    """Whether a household sets out for home in a day, if a way leads there; arguments as in :func:`set_out_home`."""
    home, q = people.home[row], people.quarter[row]
    back = max(0.0, 1.0 - quarters.left[q] / max(quarters.residents[q], 1))
    hazard = return_hazard(ground.danger[home], want[q], ground.damage[home], quarters.trust[q], back, informal, rule)
    if uniform(key, row, 0) >= 1.0 - math.exp(-hazard):
        return False
    return not is_destroyed(fixed, row, ground.damage[home], rule.destroyed_share)


@compiled
def way_in(entry: int, node: int, bank: int, ways: WaysIn) -> int:
    """Way in for a household, see the module's order; -1 for none.

    Args:
        entry: Way out by which it left.
        node: Its camp, negative for none: then all roads are equally long.
        bank: Bank of its home.
        ways: Ways into the grid.
    """
    best, best_rank, best_km = -1, 3, np.inf
    for e in range(ways.is_open.size):
        near = ways.bank[e] == bank
        road = ways.km[node, e] if node >= 0 else 0.0
        if not ways.is_open[e] or not (near or ways.joined[ways.bank[e], bank]) or not math.isfinite(road):
            continue
        rank = 0 if e == entry else 1 if near else 2
        if rank < best_rank or (rank == best_rank and road < best_km):
            best, best_rank, best_km = e, rank, road
    return best


@compiled
def set_out_home(
    key: np.uint64, fixed: np.uint64, rows: np.ndarray, people: HouseholdColumns, ground: Ground, quarters: Quarters,
    want: np.ndarray, camps: Camps, camp_of: np.ndarray, elsewhere: np.ndarray, ways: WaysIn, rule: ReturnRule, dt: float,
    tick: int,
) -> int:  # fmt: skip
    """Decide for a day; who goes frees a place and is on the road.

    Args:
        key: Key of the day's draws.
        fixed: Key of which homes are destroyed.
        rows: Displaced households off the grid whose home quarter is freed.
        people: Households.
        ground: Layers.
        quarters: Tallies and trust.
        want: float64 (quarters,), mean share of power and water cut.
        camps: Camps.
        camp_of: int64 (nodes,), camp of each node, -1 for none.
        elsewhere: int64 (2,), persons with hosts and in informal sites, taken from.
        ways: Ways into the grid.
        rule: Numbers of the rule.
        dt: Hours of a tick.
        tick: Its number.

    Returns:
        Persons who set out.
    """
    persons = 0
    for row in rows:
        home, node = people.home[row], people.node[row]
        informal = node == INFORMAL_SITE
        if not _goes(key, fixed, row, people, ground, quarters, want, informal, rule):
            continue
        entry = way_in(people.entry[row], node, ways.cell_bank[home], ways)
        if entry < 0:
            continue
        if node >= 0:
            camps.taken[camp_of[node]] -= people.members[row]
        else:
            elsewhere[1 if informal else 0] -= people.members[row]
        hours = ways.km[node, entry] / rule.km_per_h if node >= 0 else 0.0
        people.state[row], people.entry[row], people.house[row], people.node[row] = ON_ROAD, entry, home, WITH_HOSTS
        people.until[row] = tick + max(1, math.ceil(hours / dt - 1e-9))
        people.hours[row] = 0.0
        persons += people.members[row]
    return persons


@compiled
def come_in(rows: np.ndarray, people: HouseholdColumns, lists: CellLists, entry_cell: np.ndarray, tick: int) -> None:
    """Those of some households whose way back by road is over stand on the edge of the grid."""
    for row in rows:
        if people.state[row] == ON_ROAD and people.house[row] >= 0 and 0 <= people.until[row] <= tick:
            move(people, lists, row, entry_cell[people.entry[row]])
            people.state[row] = TO_HOUSE
            people.until[row] = 0
            people.hours[row] = 0.0


@compiled
def walk_home(
    key: np.uint64, fixed: np.uint64, rows: np.ndarray, people: HouseholdColumns, ground: Ground, quarters: Quarters,
    want: np.ndarray, cell_bank: np.ndarray, joined: np.ndarray, rule: ReturnRule,
) -> None:  # fmt: skip
    """Decide for a day for those in another house in the city; who goes walks home."""
    for row in rows:
        home, at = people.home[row], people.cell[row]
        if ground.control[home] != ground.control[at] or not joined[cell_bank[at], cell_bank[home]]:
            continue
        if not _goes(key, fixed, row, people, ground, quarters, want, False, rule):
            continue
        people.state[row], people.house[row], people.hours[row] = TO_HOUSE, home, 0.0


def displaced_out(people: HouseholdColumns) -> NDArray[np.bool_]:
    """Which households are in a camp, with hosts off the grid, or in an informal site."""
    return np.asarray((people.cell < 0) & ((people.state == IN_CAMP) | (people.state == HOSTED)))


def on_way_home(people: HouseholdColumns) -> NDArray[np.bool_]:
    """Which households are on their way home, by road or on foot from the edge of the grid."""
    by_road = (people.state == ON_ROAD) & (people.until >= 0) & (people.house >= 0)
    return np.asarray(by_road | ((people.state == TO_HOUSE) & (people.house == people.home)))


def morning(battle: Battle) -> int:
    """Tick of the day in which it gets light."""
    return math.ceil(battle.scenario.sensing.dawn_h / battle.dt_h) % battle.ticks_per_day


def go_home(battle: Battle) -> None:
    """One tick of the way back; once a day, in the morning, camps are built on, and households weigh going home."""
    people = battle.households.columns
    come_in(battle.travellers, people, battle.households.lists, battle.grid.offgrid.entry_cell, battle.tick)
    if battle.tick % battle.ticks_per_day != morning(battle):
        return
    count_places(battle)
    build_camps(battle)
    if not battle.scenario.returning.enabled:
        return
    fixed, rule = stream_key(battle.seed, "return.destroyed", "households", 0), make_return_rule(battle)
    want = services_cut(battle.quarters)
    guests = np.flatnonzero((people.state == AT_HOME) & (people.cell != people.home)).astype(np.int32)
    walk_home(
        battle.key("return.walk", "households"), fixed, guests, people, battle.ground, battle.quarters, want,
        battle.grid.bank, battle.joined, rule,
    )  # fmt: skip
    set_off(battle, guests[people.state[guests] == TO_HOUSE])
    if not battle.quarters.liberated.any():
        return
    rows = np.flatnonzero(displaced_out(people) & (people.quarter >= 0))
    rows = rows[battle.quarters.liberated[people.quarter[rows]]].astype(np.int32)
    camp_of = np.full(len(battle.grid.offgrid.names), -1, np.int64)
    camp_of[battle.camps.node] = np.arange(battle.camps.node.size)
    offgrid = battle.grid.offgrid
    ways = WaysIn(battle.entry_open, offgrid.entry_bank, battle.joined, offgrid.km, battle.grid.bank)
    battle.counts["set_out_home"] += set_out_home(
        battle.key("return.decide", "households"), fixed, rows, people, battle.ground, battle.quarters, want, battle.camps,
        camp_of, battle.reception.taken, ways, rule, battle.dt_h, battle.tick,
    )  # fmt: skip
    set_off(battle, rows[people.state[rows] == ON_ROAD])
