"""Households: the people of the city, one row each, at 1:1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD, HOUSEHOLD_STATES, TRAPPED
from sim.agents.handles import AgentColumns, Column, Handle, zero_columns
from sim.kernels.cells import link, link_all, unlink
from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, normal, poisson, stream_key, uniform

if TYPE_CHECKING:
    from sim.city.grid import CityGrid
    from sim.scenario.sections.place import Population


class HouseholdColumns(NamedTuple):
    """State of all households, one row each.

    Attributes:
        cell: int32, grid cell, -1 off the grid.
        home: int32, cell of the home.
        quarter: int32, neighbourhood of the home.
        members: int32 persons alive.
        frail: int32, those of them who are under five or over sixty.
        dead: int32 persons killed.
        wounded: int32 persons wounded and alive, counted once for each wound.
        state: uint8, see :data:`sim.agents.codes.HOUSEHOLD_STATES`.
        inclination: float64, how much sooner than others it leaves, logits.
        entry: int32, way out of the grid that it took, -1 for none yet.
        goal: int32, neighbourhood to which it is driven, -1 for none.
        node: int32, camp off the grid; -1 for none, or with hosts; -2 in an informal site.
        until: int32, tick at which a stage of the journey ends; -1 just out of the grid, -2 in the queue for screening.
        away: bool, whether it has left home at any time.
        hours: float64, time saved up towards the next move, hours at day's speed; in the queue for screening the hour at
            which it came.
        kin: int32, household of its kin elsewhere in the city, -1 for none.
        house: int32, cell of the house to which it walks or, on the road, travels back; -1 for none.
        food: float64, food in store, days.
        hunger: float64, 0 where nobody goes hungry, 1 where there has been nothing to eat for long.
    """

    cell: NDArray[np.int32]
    home: NDArray[np.int32]
    quarter: NDArray[np.int32]
    members: NDArray[np.int32]
    frail: NDArray[np.int32]
    dead: NDArray[np.int32]
    wounded: NDArray[np.int32]
    state: NDArray[np.uint8]
    inclination: NDArray[np.float64]
    entry: NDArray[np.int32]
    goal: NDArray[np.int32]
    node: NDArray[np.int32]
    until: NDArray[np.int32]
    away: NDArray[np.bool_]
    hours: NDArray[np.float64]
    kin: NDArray[np.int32]
    house: NDArray[np.int32]
    food: NDArray[np.float64]
    hunger: NDArray[np.float64]


class CellLists(NamedTuple):
    """Which households stand in which cell, as doubly linked lists.

    Attributes:
        head: int32 (cells,), first household of a cell, -1 for none.
        following: int32 (households,), next in the same cell.
        previous: int32 (households,), the one before.
        persons: int32 (cells,), living persons present.
    """

    head: NDArray[np.int32]
    following: NDArray[np.int32]
    previous: NDArray[np.int32]
    persons: NDArray[np.int32]


class Household(Handle):
    """One household."""

    cell = Column(writable=True)
    home = Column()
    quarter = Column()
    members = Column()
    frail = Column()
    dead = Column()
    wounded = Column()
    state = Column(HOUSEHOLD_STATES)
    inclination = Column(writable=True)
    entry = Column()
    goal = Column()
    node = Column()
    away = Column()
    until = Column()
    hours = Column()
    kin = Column()
    house = Column()
    food = Column()
    hunger = Column()


class Households(AgentColumns[HouseholdColumns]):
    """All households, with the lists of who is where."""

    name = "households"
    handle_class = Household
    lists: CellLists

    def check_write(self, name: str, row: int, value: float) -> None:
        """See :meth:`AgentColumns.check_write`; a move keeps the lists of cells right."""
        super().check_write(name, row, value)
        if name == "cell":
            if self.columns.cell[row] < 0:
                msg = "a household that has left the grid cannot be put back on it"
                raise ValueError(msg)
            move(self.columns, self.lists, row, int(value))


@compiled
def move(columns: HouseholdColumns, lists: CellLists, row: int, to: int) -> None:
    """Put a household into another cell, or off the grid with -1; lists and persons present follow."""
    at = columns.cell[row]
    if at >= 0:
        unlink(at, row, lists.head, lists.following, lists.previous)
        lists.persons[at] -= columns.members[row]
    columns.cell[row] = to
    if to >= 0:
        link(to, row, lists.head, lists.following, lists.previous)
        lists.persons[to] += columns.members[row]


@compiled
def housed_under_guard(
    columns: HouseholdColumns, quarter_of: np.ndarray, control: np.ndarray, quarter: int, least_state: int
) -> np.ndarray:
    """Households in a house on held ground of a quarter, in the order of their rows.

    Args:
        columns: Households.
        quarter_of: int32 (cells,), quarter of each cell.
        control: uint8 (cells,), who holds it.
        quarter: The quarter.
        least_state: ``AT_HOME`` for all of them, ``SHELTERING`` or ``TRAPPED`` for those in that state or a later one.

    Returns:
        int64 rows.
    """
    found = np.empty(columns.cell.size, np.int64)
    n = 0
    for row in range(columns.cell.size):
        cell = columns.cell[row]
        if cell < 0 or quarter_of[cell] != quarter or control[cell] != HELD:
            continue
        if least_state <= columns.state[row] <= TRAPPED:
            found[n] = row
            n += 1
    return found[:n].copy()


@compiled
def _sizes(key: np.uint64, n: int, mean: float) -> np.ndarray:
    """Household sizes: 1 + Poisson(mean - 1)."""
    out = np.empty(n, np.int32)
    for row in range(n):
        out[row] = 1 + poisson(key, row, 0, mean - 1.0)
    return out


@compiled
def _inclinations(key: np.uint64, n: int, spread: float) -> np.ndarray:
    out = np.empty(n)
    for row in range(n):
        out[row] = spread * normal(key, row, 0)
    return out


@compiled
def _frail(key: np.uint64, members: np.ndarray, share: float) -> np.ndarray:
    out = np.empty(members.size, np.int32)
    for row in range(members.size):
        out[row] = binomial(key, row, 0, members[row], share)
    return out


@compiled
def _kin(key: np.uint64, n: int, share: float) -> np.ndarray:
    """For a share of the households another one, each with equal chance; -1 for the rest."""
    out = np.full(n, -1, np.int32)
    for row in range(n):
        if n > 1 and uniform(key, row, 0) < share:
            other = min(int(uniform(key, row, 1) * (n - 1)), n - 2)
            out[row] = other + (other >= row)
    return out


@compiled
def _homes(key: np.uint64, cumulative: np.ndarray, n: int) -> np.ndarray:
    """Cells by stratified sampling of the cumulative weights: one draw in each of n equal strata."""
    out = np.empty(n, np.int32)
    cell = 0
    for row in range(n):
        u = (row + uniform(key, row, 0)) / n * cumulative[-1]
        while cumulative[cell] <= u and cumulative[cell] < cumulative[-1]:
            cell += 1
        out[row] = cell
    return out


def _balance(sizes: NDArray[np.int32], persons: int) -> None:
    """Add or take single persons, evenly over the rows, until the sizes add up to ``persons``."""
    gap = persons - int(sizes.sum())
    while gap != 0:
        rows = np.arange(sizes.size) if gap > 0 else np.flatnonzero(sizes > 1)
        k = min(abs(gap), rows.size)
        chosen = rows[(np.arange(k) * rows.size) // k]
        sizes[chosen] += 1 if gap > 0 else -1
        gap = persons - int(sizes.sum())


def make_households(
    model: Any, population: Population, spread: float, seed: int, grid: CityGrid, passable: NDArray[np.bool_],
    first_id: int
) -> Households:
    """Spread the people over the city's residents weights, in row order of cells.

    Sizes are 1 + Poisson(mean - 1), then balanced so that the persons add up exactly. With ``persons_per_agent`` above the
    mean household, one agent stands for several households that act alike.

    Args:
        model: The battle.
        population: Persons, mean household and persons per agent.
        spread: Standard deviation of the inclination to leave, logits.
        seed: Run seed.
        grid: The city.
        passable: bool (cells,), cells that can be stood on.
        first_id: ``unique_id`` of row 0.
    """
    per_agent = max(population.persons_per_agent, population.household_mean)
    n = max(1, round(population.persons / per_agent)) if population.persons else 0
    columns = zero_columns(HouseholdColumns, n)
    columns.entry[:] = columns.node[:] = columns.goal[:] = columns.kin[:] = columns.house[:] = -1
    if n:
        columns.members[:] = _sizes(stream_key(seed, "households.size", "households", 0), n, per_agent)
        _balance(columns.members, population.persons)
        columns.frail[:] = _frail(stream_key(seed, "households.frail", "households", 0), columns.members, population.frail_share)
        columns.kin[:] = _kin(stream_key(seed, "households.kin", "households", 0), n, population.kin_share)
        cumulative = np.cumsum(grid.residents)
        columns.home[:] = _homes(stream_key(seed, "households.home", "households", 0), cumulative, n)
        columns.inclination[:] = _inclinations(stream_key(seed, "households.inclination", "households", 0), n, spread)
    columns.cell[:] = columns.home
    columns.quarter[:] = grid.neighbourhood[columns.home]
    households = Households(model, columns, grid.nx, passable, first_id)
    cells = grid.nx * grid.ny
    households.lists = CellLists(
        np.full(cells, -1, np.int32), np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.zeros(cells, np.int32)
    )
    relink(households)
    return households


def relink(households: Households) -> None:
    """Build lists and persons present anew from the columns."""
    columns, lists = households.columns, households.lists
    link_all(columns.cell, lists.head, lists.following, lists.previous)
    on_grid = columns.cell >= 0
    lists.persons[:] = np.bincount(columns.cell[on_grid], columns.members[on_grid], lists.persons.size).astype(np.int32)
