"""Coalition assets: strike flights, surveillance orbits, artillery batteries and teams that raid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSET_KINDS, BATTERY, FLIGHT, ORBIT, ORBIT_TASKS, RAIDERS
from sim.agents.handles import AgentColumns, Column, Handle, zero_columns

if TYPE_CHECKING:
    from sim.city.grid import CityGrid
    from sim.scenario.model import Scenario


class CoalitionColumns(NamedTuple):
    """State of all assets, one row each.

    Attributes:
        cell: int32, middle of the ground that an orbit watches; -1 for all others, and where it has not been sent yet.
        kind: uint8, see :data:`sim.agents.codes.ASSET_KINDS`.
        task: uint8, what an orbit is for, see :data:`sim.agents.codes.ORBIT_TASKS`.
        light: int32, light weapons left on this stay on station (flights).
        medium: int32, medium weapons left.
        heavy: int32, heavy weapons left.
        visit: int64, number of the stay on station in which those were counted last.
        strength: int32, persons of a raid team able to fight.
        wounded: int32, persons of it out of action.
        killed: int32, persons of it.
        offset_h: float64, shift of the flight's cycle, hours.
        free_h: float64, time from which it can take the next target, hours since the start.
        x: float64, position of a battery, metres east of the city's centre.
        y: float64, metres north.
        available: bool, whether a flight is on station at the start of this tick; of an orbit, whether it is flown.
    """

    cell: NDArray[np.int32]
    kind: NDArray[np.uint8]
    task: NDArray[np.uint8]
    light: NDArray[np.int32]
    medium: NDArray[np.int32]
    heavy: NDArray[np.int32]
    visit: NDArray[np.int64]
    strength: NDArray[np.int32]
    wounded: NDArray[np.int32]
    killed: NDArray[np.int32]
    offset_h: NDArray[np.float64]
    free_h: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    available: NDArray[np.bool_]


class CoalitionAsset(Handle):
    """One flight, orbit, battery or raid team."""

    cell = Column()
    kind = Column(ASSET_KINDS)
    task = Column(ORBIT_TASKS)
    light = Column(writable=True)
    medium = Column(writable=True)
    heavy = Column(writable=True)
    visit = Column()
    strength = Column()
    wounded = Column()
    killed = Column()
    offset_h = Column()
    free_h = Column()
    x = Column()
    y = Column()
    available = Column()


class Coalition(AgentColumns[CoalitionColumns]):
    """All coalition assets."""

    name = "coalition"
    handle_class = CoalitionAsset

    def rows(self, kind: int) -> NDArray[np.int64]:
        """Rows of the assets of one kind, in order: their numbers among their kind mean the same in every scenario."""
        return np.flatnonzero(self.columns.kind == kind)

    def keep_orbits(self, orbits: int) -> None:
        """Bring the orbits that are flown to a number, in the midst of a battle.

        Those beyond it are grounded, the last ones first. Missing ones join behind all other assets, as the ledger names
        assets by their rows.

        Args:
            orbits: How many there are from now on.
        """
        there = int((self.columns.kind == ORBIT).sum())
        if orbits > there:
            first = len(self)
            self.add_rows(orbits - there)
            self.columns.kind[first:] = ORBIT
        rows = np.flatnonzero(self.columns.kind == ORBIT)
        self.columns.available[rows] = np.arange(rows.size) < orbits

    def add_rows(self, n: int) -> None:
        """Make room for ``n`` more assets, behind those that are there; columns and handles of those stay theirs."""
        more = zero_columns(CoalitionColumns, n)
        more.cell[:] = -1
        old = self.columns._asdict()
        self.columns = CoalitionColumns(**{name: np.concatenate([old[name], new]) for name, new in more._asdict().items()})
        if self._handles is not None:
            first = len(self._handles)
            self._handles += [self.handle_class(self, row) for row in range(first, first + n)]


def make_coalition(model: Any, scenario: Scenario, grid: CityGrid, passable: NDArray[np.bool_],
    first_id: int) -> Coalition:
    """The assets that a scenario names; flights evenly staggered over their cycle."""
    air, raids, load = scenario.air, scenario.raids, scenario.munitions
    batteries = [(node, count) for node, count in scenario.artillery.positions.items() if count > 0]
    counts = (air.flights, scenario.isr.orbits, sum(count for _, count in batteries), raids.teams)
    columns = zero_columns(CoalitionColumns, sum(counts))
    columns.cell[:] = columns.visit[:] = -1
    columns.kind[:] = np.repeat((FLIGHT, ORBIT, BATTERY, RAIDERS), counts)
    flights, orbits = columns.kind == FLIGHT, columns.kind == ORBIT
    columns.light[flights], columns.medium[flights], columns.heavy[flights] = load.light_load, load.medium_load, load.heavy_load
    cycle = air.on_station_h * air.tanker_gain + air.turnaround_h
    columns.offset_h[flights] = np.arange(air.flights) * cycle / max(air.flights, 1)
    columns.available[orbits] = True
    columns.strength[columns.kind == RAIDERS] = raids.team_size
    row = air.flights + scenario.isr.orbits
    for node, count in batteries:
        index = grid.offgrid.index(node)
        columns.x[row : row + count] = grid.offgrid.x[index]
        columns.y[row : row + count] = grid.offgrid.y[index]
        row += count
    return Coalition(model, columns, grid.nx, passable, first_id)
