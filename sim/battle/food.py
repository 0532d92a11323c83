"""Food and drinking water: what households have in store, what markets give, who goes hungry, and who dies of want.

Once a day, in its last hour. A household eats one day's food a day. It gets the share ``r = a + (1 - a) * access * s`` of it
where it stands, a from airdrops and s from the market, and takes the rest from its store as long as there is any; access is 1,
or ``shelter_access`` where it shelters or is trapped. Hunger h follows ``dh/dt = (lack - h) / hunger_days``, solved exactly,
with lack 0 while the store lasts and ``1 - r`` from then on. Who walks over open ground eats what is left of the store;
whoever is off the grid is fed: in camps, by hosts, on the road.

**Markets.** On held ground s is 1 while a road brings goods: before ``roads_cut_from``, with a way out open to the defenders on
the bank or on one that is joined to it by bridges in their hands. Afterwards traders live on their stock. They sell all that
is needed while the stock S lasts longer than ``ration_days`` for their customers C, then ``dS/dt = -S / ration_days``. On freed
ground s is 1 from ``market_days`` after it is freed, if a way out for residents is open on its bank or a joined one. There is
no market where there was fighting in the day or mean danger is above ``market_danger``. Stores are made up again, at most to what
they were at the start, where goods come in from outside.

**Water.** ``litres short = persons * water cut * water_need_l * parched``, the last being the share of the water needed that
wells and tanks do not give (:mod:`sim.battle.wants`).

**Deaths.** Each member dies with the hazard ``starving_death * h^2 + thirst_death * w`` a day, w being the share of the water
needed that is short, and frail ones ``frail_factor`` times as often; without hunger and thirst nobody does. Ordinary deaths are
not in the model. Rates are the thresholds of published scales (IPC, Sphere), under which deaths by illness count too. The
ledger names nobody as who did it: who answers for the dead of a ring around a city is not for a model to say.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import AT_HOME, SHELTERING, TRAPPED
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.events import Events, emit, flush
from sim.battle.ground import Ground, Quarters
from sim.battle.harm import kill_member
from sim.battle.hospitals import share_banks
from sim.battle.services import dot_in_order, mean_of_quarters, quarter_persons
from sim.battle.wants import draw_from_tanks
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import exponential, normal, stream_key, uniform
from sim.record.codes import CIVILIANS, DEATH, DEPRIVATION, FOOD, HOUSEHOLD_SET, NOBODY

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Hunger above which people are counted as hungry.
HUNGRY = 0.5
# Fading hunger below this is none, so that who is fed costs nothing.
_FLOOR = 1e-3


class Rates(NamedTuple):
    """Numbers of the rules as compiled code takes them; names as in the scenario."""

    access: float
    refill: float
    hunger_days: float
    starving: float
    frail_factor: float


@compiled
def _stores(key: np.uint64, n: int, median: float, spread: float) -> np.ndarray:
    """Food in store at the start, days: lognormal."""
    out = np.empty(n)
    for row in range(n):
        out[row] = median * math.exp(spread * normal(key, row, 0))
    return out


def fill_stores(battle: Battle) -> NDArray[np.float64]:
    """Stores of households and traders at the start.

    Returns:
        float64 (households,): days of food for which each household has room, which is what it has at the start.
    """
    p, people, q = battle.scenario.food, battle.households.columns, battle.quarters
    people.food[:] = _stores(
        stream_key(battle.seed, "food.store", "households", 0), people.food.size, p.stock_days, p.stock_spread
    )
    q.goods[:] = p.traders_days * q.residents
    q.market[:] = q.fed[:] = 1.0
    return people.food.copy()


# Markets ---------------------------------------------------------------------------------------------------------------


def sold(days: float, ration_days: float) -> float:
    """Share of a day's need that traders sell within it, whose stock would last so many days at full sale.

    The exact solution of the module's formula over a day: all until ``ration_days`` are left, then exponential.
    """
    full = min(max(days - ration_days, 0.0), 1.0)
    return full + (days - full) * -math.expm1((full - 1.0) / ration_days) if full < 1.0 else 1.0


def cut_off_from_goods(battle: Battle) -> NDArray[np.bool_]:
    """Quarters that are not freed and to which no road brings goods, bool (q,)."""
    p, q, offgrid = battle.scenario.food, battle.quarters, battle.grid.offgrid
    if p.roads_cut_from is not None and battle.date >= p.roads_cut_from:
        return ~q.liberated
    pool = share_banks(battle)[1]
    supplied = np.isin(pool, pool[offgrid.entry_bank[~battle.way_closed]])
    return ~q.liberated & ~supplied[q.bank]


def _open_markets(battle: Battle) -> NDArray[np.bool_]:
    """Quarters where it is quiet enough for a market."""
    danger = mean_of_quarters(battle, battle.ground.danger)
    return np.asarray((battle.quarters.fighting == 0.0) & (danger <= battle.scenario.food.market_danger))


def _freed_supplied(battle: Battle) -> NDArray[np.bool_]:
    """Freed quarters that markets and aid have reached."""
    q, offgrid = battle.quarters, battle.grid.offgrid
    pool = share_banks(battle)[0]
    supplied = np.isin(pool, pool[offgrid.entry_bank[battle.entry_open]])
    return q.liberated & (q.free_days > battle.scenario.food.market_days) & supplied[q.bank]


@compiled
def _customers(people: HouseholdColumns, ground: Ground, wanted: np.ndarray, access: float) -> np.ndarray:
    """Persons of each of the quarters ``wanted`` who get to the market, float64: those in shelter count ``access``."""
    out = np.zeros(wanted.size)
    for row in range(people.cell.size):
        cell = people.cell[row]
        here = ground.quarter[cell] if cell >= 0 else -1
        if here >= 0 and wanted[here]:
            out[here] += people.members[row] * (access if people.state[row] in (SHELTERING, TRAPPED) else 1.0)
    return out


def _sell(battle: Battle, cut: NDArray[np.bool_], market: NDArray[np.bool_], aid: float) -> NDArray[np.float64]:
    """Traders of the quarters ``cut`` off sell out of their stock, which goes around among those that are joined.

    Args:
        battle: The battle; traders' stock is taken down.
        cut: bool (q,), quarters to which no road brings goods.
        market: bool (q,), quarters with a market today.
        aid: Share of their need that people there have from airdrops.

    Returns:
        float64 (q,): share of what they come for that customers get; 0 without a market.
    """
    p, q = battle.scenario.food, battle.quarters
    share = np.zeros(q.area.size)
    asked = (1.0 - aid) * _customers(battle.households.columns, battle.ground, cut & market, p.shelter_access)
    pool = share_banks(battle)[1][q.bank]
    for one in np.unique(pool[cut]).tolist():
        mine = cut & (pool == one)
        goods, customers = math.fsum(q.goods[mine].tolist()), math.fsum(asked[mine].tolist())
        if goods <= 0.0:
            continue
        part = sold(goods / customers, p.ration_days) if customers > 0.0 else 1.0
        share[mine & market] = part
        q.goods[mine] *= max(0.0, 1.0 - part * customers / goods)
    return share


def _trade(battle: Battle) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """The day's markets and airdrops; notes what they give (``quarters.market``, ``quarters.fed``).

    Returns:
        By quarter: share that comes from airdrops, share that the market gives, whether goods come in from outside.
    """
    p, q = battle.scenario.food, battle.quarters
    q.free_days[:] = np.where(q.liberated, q.free_days + 1.0, 0.0)
    market, cut = _open_markets(battle), cut_off_from_goods(battle)
    supplied = market & np.where(q.liberated, _freed_supplied(battle), ~cut)
    share, aid = supplied.astype(np.float64), np.zeros(q.area.size)
    if cut.any():
        aid[cut] = dropped = min(1.0, p.airdrop_persons / max(int(quarter_persons(battle)[cut].sum()), 1))
        share += _sell(battle, cut, market, dropped)
    q.market[:] = share
    q.fed[:] = aid + (1.0 - aid) * share
    return aid, share, supplied


# Households ------------------------------------------------------------------------------------------------------------


@inlined
def _lack_for(hunger: float, lack: float, days: float, hunger_days: float) -> float:
    """Hunger after some days in which the share ``lack`` of what is needed was not there; see the module's formula."""
    return lack + (hunger - lack) * math.exp(-days / hunger_days)


@inlined
def _meal(food: float, hunger: float, reached: float, hunger_days: float) -> tuple[float, float]:
    """Store and hunger after a day in which the share ``reached`` of what is needed was to be had."""
    if reached >= 1.0:
        hunger = _lack_for(hunger, 0.0, 1.0, hunger_days) if hunger > 0.0 else 0.0
        return food, hunger if hunger >= _FLOOR else 0.0
    # While the store lasts nobody lacks anything.
    lasts = min(food / (1.0 - reached), 1.0)
    if hunger > 0.0:
        hunger = _lack_for(hunger, 0.0, lasts, hunger_days)
    if lasts < 1.0:
        return 0.0, _lack_for(hunger, 1.0 - reached, 1.0 - lasts, hunger_days)
    return max(0.0, food - (1.0 - reached)), hunger


@compiled
def live(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, ground: Ground, quarters: Quarters, room: np.ndarray,
    aid: np.ndarray, market: np.ndarray, supplied: np.ndarray, thirst: np.ndarray, rates: Rates, events: Events,
) -> tuple[int, int, float]:  # fmt: skip
    """A day of all households: they eat, put by, go hungry, and some of those who do without die.

    Args:
        key: Stream key of the deaths.
        people: Households.
        lists: Who is in which cell.
        ground: Layers, for the quarter of a cell.
        quarters: Tallies of civilians killed.
        room: float64 (households,), days of food for which each has room.
        aid: float64 (q,), share of what is needed that airdrops give.
        market: float64 (q,), share that the market gives.
        supplied: bool (q,), whether goods come in from outside, so that stores can be made up.
        thirst: float64 (q,), hazard of death for want of water, 1/day, of those who are not frail.
        rates: Numbers of the rules.
        events: Ledger rows.

    Returns:
        Persons who died, persons who are hungry, and person-days of food in the stores of those on the grid.
    """
    died, hungry, stored = 0, 0, 0.0
    plenty = (market >= 1.0) & (thirst == 0.0)
    for row in range(people.cell.size):
        hunger, food, cell = people.hunger[row], people.food[row], people.cell[row]
        here = ground.quarter[cell] if cell >= 0 else -1
        # Whom nothing touches: at home with a full store, where there is enough of all.
        if food >= room[row] and hunger == 0.0 and here >= 0 and plenty[here] and people.state[row] == AT_HOME:
            stored += food * people.members[row]
            continue
        reached, restocks, thirsty = 1.0, False, 0.0
        if here >= 0:
            access = rates.access if people.state[row] in (SHELTERING, TRAPPED) else 1.0
            reached = aid[here] + (1.0 - aid[here]) * access * market[here]
            restocks, thirsty = supplied[here] and reached >= 1.0, thirst[here]
        elif cell >= 0:
            reached = 0.0
        food, hunger = _meal(food, hunger, reached, rates.hunger_days)
        if restocks:
            food = max(food, min(room[row], food + rates.refill))
        people.food[row], people.hunger[row] = food, hunger
        hazard = rates.starving * hunger * hunger + thirsty
        if hazard > 0.0:
            # -log(1 - u) >= u: most households are done after one draw, without a logarithm.
            mean = hazard * (people.members[row] + (rates.frail_factor - 1.0) * people.frail[row])
            if uniform(key, row, 0) < mean:
                died += _die(key, people, lists, quarters, row, cell, here, mean, rates.frail_factor, events)
        if hunger > HUNGRY:
            hungry += people.members[row]
        if cell >= 0:
            stored += food * people.members[row]
    return died, hungry, stored


@compiled
def _die(
    key: np.uint64, people: HouseholdColumns, lists: CellLists, quarters: Quarters, row: int, cell: int, here: int,
    mean: float, frail_factor: float, events: Events,
) -> int:  # fmt: skip
    """Members who die within a day, a Poisson process of this mean: frail ones ``frail_factor`` times as often as others."""
    time, dead = exponential(key, row, 0), 0
    while time <= mean and people.members[row] > 0:
        weight = people.members[row] + (frail_factor - 1.0) * people.frail[row]
        frail = uniform(key, row, 2 * dead + 1) * weight < frail_factor * people.frail[row]
        kill_member(people, lists, row, 0.0 if frail else 1.0)
        dead += 1
        time += exponential(key, row, 2 * dead)
    if dead > 0:
        if here >= 0:
            quarters.killed[here] += dead
        emit(events, DEATH, cell, CIVILIANS, NOBODY, DEPRIVATION, FOOD, HOUSEHOLD_SET, row, -1, dead, 0.0)
    return dead


def eat(battle: Battle) -> None:
    """The last hour of a day: its markets, what households eat and drink, and who dies of want."""
    if (battle.tick + 1) % battle.ticks_per_day:
        return
    p = battle.scenario.food
    aid, market, supplied = _trade(battle)
    draw_from_tanks(battle)
    thirst = p.thirst_death / p.water_need_l * litres_missing(battle)
    rates = Rates(p.shelter_access, p.refill_per_day, p.hunger_days, p.starving_death, p.frail_factor)
    counts = battle.counts
    died, counts["persons_hungry"], counts["food_stored"] = live(
        battle.key("food.deprivation", "households"), battle.households.columns, battle.households.lists, battle.ground,
        battle.quarters, battle.room_for_food, aid, market, supplied, thirst, rates, battle.events,
    )  # fmt: skip
    counts["deprivation_deaths"] += died
    flush(battle.events, battle.ledger, battle.tick)


# What is reported ------------------------------------------------------------------------------------------------------


def litres_missing(battle: Battle) -> NDArray[np.float64]:
    """Water that a person lacks in each quarter, litres a day."""
    q = battle.quarters
    return np.asarray(q.water_cut * battle.scenario.food.water_need_l * q.parched)


def food_series(battle: Battle) -> dict[str, float]:
    """What the day's record says of food and water, by the names of its series."""
    counts, q, present = battle.counts, battle.quarters, quarter_persons(battle)
    held = ~q.liberated
    eaters = int(present[held].sum())
    return {
        "persons_hungry": int(counts["persons_hungry"]),
        "food_days": counts["food_stored"] / max(int(battle.households.lists.persons.sum()), 1),
        "traders_days": math.fsum(q.goods[held].tolist()) / eaters if eaters else 0.0,
        "litres_short": dot_in_order(present, litres_missing(battle)),
        "deprivation_deaths": int(counts["deprivation_deaths"]),
    }
