"""Coalition assets: strike flights, surveillance orbits and artillery batteries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSET_KINDS, BATTERY, FLIGHT, ORBIT
from sim.agents.handles import AgentColumns, Column, Handle, zero_columns

if TYPE_CHECKING:
    from sim.city.grid import CityGrid
    from sim.scenario.model import Scenario


class CoalitionColumns(NamedTuple):
    """State of all assets, one row each.

    Attributes:
        cell: int32, always -1: assets are not on the grid.
        kind: uint8, see :data:`sim.agents.codes.ASSET_KINDS`.
        weapons: int32, weapons left on this stay on station (flights).
        offset_h: float64, shift of the flight's cycle, hours.
        x: float64, position of a battery, metres east of the city's centre.
        y: float64, metres north.
        available: bool, whether it can act in this tick; of an orbit, whether it is flown.
    """

    cell: NDArray[np.int32]
    kind: NDArray[np.uint8]
    weapons: NDArray[np.int32]
    offset_h: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    available: NDArray[np.bool_]


class CoalitionAsset(Handle):
    """One flight, orbit or battery."""

    cell = Column()
    kind = Column(ASSET_KINDS)
    weapons = Column(writable=True)
    offset_h = Column()
    x = Column()
    y = Column()
    available = Column()


class Coalition(AgentColumns[CoalitionColumns]):
    """All coalition assets."""

    name = "coalition"
    handle_class = CoalitionAsset

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
    air, isr, guns = scenario.air, scenario.isr, scenario.artillery
    batteries = [(node, count) for node, count in guns.positions.items() if count > 0]
    n_guns = sum(count for _, count in batteries)
    n = air.flights + isr.orbits + n_guns
    columns = zero_columns(CoalitionColumns, n)
    columns.cell[:] = -1
    columns.weapons[: air.flights] = air.weapons
    columns.kind[: air.flights] = FLIGHT
    columns.kind[air.flights : air.flights + isr.orbits] = ORBIT
    columns.available[air.flights : air.flights + isr.orbits] = True
    columns.kind[air.flights + isr.orbits :] = BATTERY
    cycle = air.on_station_h * air.tanker_gain + air.turnaround_h
    columns.offset_h[: air.flights] = np.arange(air.flights) * cycle / max(air.flights, 1)
    row = air.flights + isr.orbits
    for node, count in batteries:
        index = grid.offgrid.index(node)
        columns.x[row : row + count] = grid.offgrid.x[index]
        columns.y[row : row + count] = grid.offgrid.y[index]
        row += count
    return Coalition(model, columns, grid.nx, passable, first_id)
