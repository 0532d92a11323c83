"""Care for wounded residents: the day's trauma cases against what hospitals that can be reached take on.

At the end of each day every resident wounded in it is a trauma case, on the side of the line and the bank where it happened.
Cases of banks that are joined by an open bridge, with both ends on that side, share their hospitals. A hospital takes on
``trauma_per_day * delivered``, delivered being the share of it that works and has electricity (:mod:`sim.battle.networks`); it
belongs to the side that holds the ground nearest to it. Freed ground with a way out of the city open sends ``referred_per_day``
more to care outside, split evenly between banks that are not joined. Who came first is taken on; each of the others dies of it
with chance ``untreated_death``, by whoever wounded him, and then stands among the wounded and among the dead.

People are without care in so far as there is less of it per head than the city's whole hospitals gave all its residents:
``max(0, 1 - (capacity / persons) / (capacity at the start / residents))``, summed over persons present on each side and bank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import HELD
from sim.battle.harm import kill_member
from sim.battle.services import delivered
from sim.city.utilities import HOSPITAL
from sim.kernels.rng import uniforms
from sim.record.codes import (
    ACTOR,
    CARE,
    CELL,
    CIVILIANS,
    COUNT,
    DEATH,
    HOUSEHOLD_SET,
    KIND,
    LACK_OF_CARE,
    PEOPLE,
    ROW,
    WOUND,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


class Pools(NamedTuple):
    """Who shares which hospitals: pools are numbered by side (freed, held) and bank code, ``side * (banks + 1) + code``.

    Attributes:
        of: int64 (2, banks + 1), pool of a side and bank: the lowest number of those that are joined.
        capacity: float64 (2 * (banks + 1),), trauma cases that each pool takes on in a day.
    """

    of: NDArray[np.int64]
    capacity: NDArray[np.float64]


def care(battle: Battle) -> None:
    """The last hour of a day: its trauma cases, those for whom there is no room, and who of them dies."""
    if (battle.tick + 1) % battle.ticks_per_day:
        return
    ledger = battle.ledger
    first = np.searchsorted(ledger.ticks, np.int32(battle.tick + 1 - battle.ticks_per_day))
    rows = ledger.ints[first:]
    rows = rows[(rows[:, KIND] == WOUND) & (rows[:, PEOPLE] == CIVILIANS)]
    # One entry for each case, in the order in which they happened.
    rows = np.repeat(rows, rows[:, COUNT], axis=0)
    if rows.shape[0] == 0:
        return
    found = pools(battle)
    place = _place(battle, rows)
    pool = found.of[_side(battle, place), battle.grid.bank[place]]
    over = rows[_rank(pool) >= found.capacity[pool]]
    battle.counts["trauma_cases"] += rows.shape[0]
    battle.counts["trauma_without_care"] += over.shape[0]
    _die(battle, over)


def _place(battle: Battle, cases: NDArray[np.int32]) -> NDArray[np.int32]:
    """Buildings nearest to each case on its bank, int32; of those on the river, to their home."""
    near = battle.near_built[cases[:, CELL]]
    return np.where(near >= 0, near, battle.near_built[battle.households.columns.home[cases[:, ROW]]])


def _die(battle: Battle, cases: NDArray[np.int32]) -> None:
    """Draw for each case without care; a household's cases of a day have draws of their own."""
    people, lists, quarters = battle.households.columns, battle.households.lists, battle.quarters
    key, turn = battle.key("care.untreated", "households"), _rank(cases[:, ROW])
    for number in range(int(turn.max(initial=-1)) + 1):
        now = cases[turn == number]
        share = battle.scenario.care.untreated_death
        fate = uniforms(key, now[:, ROW].astype(np.int64), number)
        for case, lot in zip(now[fate < share], fate[fate < share] / share, strict=True):
            row, cell = int(case[ROW]), int(case[CELL])
            if people.members[row] == 0:
                continue
            kill_member(people, lists, row, lot)
            quarter = battle.ground.quarter[cell]
            if quarter >= 0:
                quarters.killed[quarter] += 1
            battle.counts["deaths_without_care"] += 1
            battle.ledger.add(
                battle.tick, DEATH, cell=cell, people=CIVILIANS, actor=int(case[ACTOR]), cause=LACK_OF_CARE, rule=CARE,
                agent_set=HOUSEHOLD_SET, row=row, count=1,
            )  # fmt: skip


def _rank(group: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many entries before it are of the same group."""
    order = np.argsort(group, kind="stable")
    ranked = group[order]
    first = np.searchsorted(ranked, ranked)
    rank = np.empty(group.size, np.int64)
    rank[order] = np.arange(group.size) - first
    return rank


def _side(battle: Battle, cells: NDArray[np.integer]) -> NDArray[np.int64]:
    """0 on ground that defenders do not hold, 1 on ground that they do."""
    return np.asarray(battle.ground.control[cells] == HELD, np.int64)


def share_banks(battle: Battle) -> NDArray[np.int64]:
    """Which banks reach each other on freed and on held ground: numbers as ``of`` in :class:`Pools`, int64 (2, banks + 1)."""
    banks = len(battle.grid.bank_names) + 1
    of = np.arange(2 * banks).reshape(2, banks)
    ends_held = battle.ground.control[battle.bridges.end] == HELD
    for side, usable in enumerate((~ends_held.any(axis=1), ends_held.all(axis=1))):
        joined = battle.routes.joined(usable)
        for _ in range(banks):
            of[side] = np.where(joined, of[side], 2 * banks).min(axis=1)
    return of


def pools(battle: Battle) -> Pools:
    """Who shares hospitals as things stand, and what they take on in a day."""
    p, networks, of = battle.scenario.care, battle.networks, share_banks(battle)
    capacity = np.zeros(of.size)
    hospitals = np.flatnonzero(networks.kind == HOSPITAL)
    place = battle.near_built[networks.cell[hospitals]]
    cases = p.trauma_per_day * delivered(battle)[hospitals]
    np.add.at(capacity, of[_side(battle, place), battle.grid.bank[place]], cases)
    out = np.unique(of[0, battle.grid.offgrid.entry_bank[battle.entry_open]])
    capacity[out] += p.referred_per_day / max(out.size, 1)
    return Pools(of, capacity)


def _short_by_pool(battle: Battle) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Pool of each built cell of ``quarters.cells``; persons and the module's share without care of each pool."""
    found, q = pools(battle), battle.quarters
    pool = found.of[_side(battle, q.cells), battle.grid.bank[q.cells]]
    persons = np.bincount(pool, battle.households.lists.persons[q.cells], found.capacity.size).astype(np.float64)
    whole = battle.scenario.care.trauma_per_day * int((battle.networks.kind == HOSPITAL).sum())
    needed = persons * (whole / max(battle.persons_start, 1))
    short = 1.0 - found.capacity / np.maximum(needed, 1e-300)
    return pool, persons, np.where(needed > 0.0, np.maximum(short, 0.0), 0.0)


def share_without_care(battle: Battle) -> NDArray[np.float64]:
    """Share of the people of each cell who are without care, float64 (cells,), see the module; 0 outside all quarters."""
    share = np.zeros(battle.ground.quarter.size)
    pool, _, short = _short_by_pool(battle)
    share[battle.quarters.cells] = short[pool]
    return share


def persons_without_care(battle: Battle) -> float:
    """Persons present who are without care, see the module's formula; 0 in a city whose data name no hospital."""
    _, persons, short = _short_by_pool(battle)
    return float((persons * short).sum())
