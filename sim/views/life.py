"""What was seen of one household, as days: where it was, in what state, what it weighed, what happened within earshot."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.codes import AT_HOME
from sim.record.codes import (
    ACTOR,
    AGENT_SET,
    CAUSE,
    CELL,
    CIVILIANS,
    COMBAT,
    COUNT,
    DEATH,
    HOUSEHOLD_SET,
    KIND,
    PEOPLE,
    ROW,
    RULE,
    STRIKE,
    WORDS,
    WOUND,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.battle.reasons import Reasons
    from sim.battle.watching import Watch


class Life:
    """One household of a watched battle that is over.

    Attributes:
        row: Its number.
        state: Its state at the end of each tick; ``was`` the same before it. So for ``cell`` and ``stood``.
        weighed: What it weighed, by tick.
        turned_away: Whether it found every camp full.
    """

    def __init__(self, watch: Watch, battle: Battle, row: int) -> None:
        self.battle, self.row = battle, row
        people = battle.households.columns
        self.home = int(people.home[row])
        columns: dict[str, NDArray[Any]] = {name: watch.column(name, row) for name in watch.seen}
        self.columns = columns
        self.state, self.cell = columns["state"].astype(int), columns["cell"].astype(int)
        self.was = np.concatenate([[AT_HOME], self.state[:-1]])
        self.stood = np.concatenate([[self.home], self.cell[:-1]])
        self.weighed: dict[int, Reasons] = {one.tick: one for one in watch.weighed.get(row, ())}
        self.turned_away = row in watch.turned_away
        self.own_rows, self.near_rows = self._ledger()

    def _ledger(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Numbers of the ledger's rows that befell it, and of those that befell others within earshot of it."""
        ledger, grid = self.battle.ledger, self.battle.grid
        rows, at = ledger.ints, self.stood[ledger.ticks]
        own = np.isin(rows[:, KIND], (DEATH, WOUND)) & (rows[:, AGENT_SET] == HOUSEHOLD_SET) & (rows[:, ROW] == self.row)
        reach = self.battle.scenario.flight.hearing_m / grid.cell_m
        there = rows[:, CELL]
        apart = np.hypot(there % grid.nx - at % grid.nx, there // grid.nx - at // grid.nx)
        near = ~own & (there >= 0) & (at >= 0) & (apart <= reach) & np.isin(rows[:, KIND], (DEATH, WOUND, STRIKE))
        return np.flatnonzero(own), np.flatnonzero(near)

    @property
    def n_days(self) -> int:
        """Days of the run."""
        return -(-len(self.state) // self.battle.ticks_per_day)

    def ticks(self, day: int) -> range:
        """Ticks of a day."""
        per_day = self.battle.ticks_per_day
        return range(day * per_day, min((day + 1) * per_day, len(self.state)))

    def date(self, day: int) -> dt.date:
        """Calendar date of a day."""
        return self.battle.scenario.time.start + dt.timedelta(days=day)

    def clock(self, tick: int) -> str:
        """Time of day at which a tick begins, ``06:00``."""
        return f"{int(tick * self.battle.dt_h) % 24:02d}:00"

    def place(self, cell: int) -> str:
        """Neighbourhood of a cell, or what it lies near."""
        if cell < 0:
            return "outside the city"
        names = self.battle.grid.neighbourhood_names
        if (quarter := int(self.battle.ground.quarter[cell])) >= 0:
            return names[quarter]
        near = int(self.battle.quarter_near(np.array([cell]))[0])
        return f"open ground near {names[near]}" if near >= 0 else "the river"

    def house_words(self, tick: int) -> str:
        """The house to which it walks, in words."""
        house = int(self.columns["house"][tick])
        if house < 0:
            house = int(self.cell[tick])
        return "home" if house == self.home else f"a house in {self.place(house)}"

    def bank(self, cell: int) -> str:
        """Name of the bank that a cell lies on; empty over water."""
        code = int(self.battle.grid.bank[cell])
        return self.battle.grid.bank_names[code - 1] if code > 0 else ""

    def walked_m(self, ticks: range) -> float:
        """Metres gone on the grid in some ticks, as straight lines from tick to tick."""
        nx, metres = self.battle.grid.nx, 0.0
        for tick in ticks:
            a, b = int(self.stood[tick]), int(self.cell[tick])
            if b < 0 <= int(self.columns["entry"][tick]):
                b = self.way_out(tick)
            if a >= 0 and b >= 0 and a != b:
                metres += float(np.hypot(b % nx - a % nx, b // nx - a // nx)) * self.battle.grid.cell_m
        return metres

    def way_out(self, tick: int) -> int:
        """Cell of the way out that it had taken by a tick."""
        return int(self.battle.grid.offgrid.entry_cell[int(self.columns["entry"][tick])])

    def km_apart(self, a: int, b: int) -> float:
        """Straight distance of two cells, km."""
        x, y = self.battle.position(np.array([a, b]))
        return float(np.hypot(x[1] - x[0], y[1] - y[0])) / 1000

    def at_river(self, tick: int) -> bool:
        """Whether it stands beside a bridge or the water at the end of a tick."""
        cell, grid = int(self.cell[tick]), self.battle.grid
        if cell < 0:
            return False
        x, y = cell % grid.nx, cell // grid.nx
        of = self.battle.crossing.of.reshape(grid.ny, grid.nx)
        return bool((of[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] >= 0).any())

    def own_losses(self, tick: int) -> Counter[tuple[str, str, str]]:
        """Its dead and wounded of a tick by kind, actor and cause, in words."""
        return self._counted(self.own_rows[self.battle.ledger.ticks[self.own_rows] == tick])

    def _counted(self, rows: NDArray[Any]) -> Counter[tuple[str, str, str]]:
        found: Counter[tuple[str, str, str]] = Counter()
        for line in self.battle.ledger.ints[rows]:
            found[WORDS["kind"][line[KIND]], WORDS["actor"][line[ACTOR]], WORDS["cause"][line[CAUSE]]] += int(line[COUNT])
        return found

    @cached_property
    def _near_days(self) -> NDArray[Any]:
        return np.asarray(self.battle.ledger.ticks[self.near_rows] // self.battle.ticks_per_day)

    def nearby(self, first: int, last: int) -> Counter[str]:
        """What happened within earshot from one day to another: strikes by cause, residents hit, soldiers and fighters hit."""
        lines = self.battle.ledger.ints[self.near_rows[(self._near_days >= first) & (self._near_days <= last)]]
        found: Counter[str] = Counter()
        for line in lines:
            if line[KIND] == STRIKE:
                found[WORDS["cause"][line[CAUSE]]] += 1
            elif line[PEOPLE] == CIVILIANS:
                found["killed" if line[KIND] == DEATH else "wounded"] += int(line[COUNT])
            elif line[RULE] == COMBAT:
                found["combat"] += int(line[COUNT])
        return found
