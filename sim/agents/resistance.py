"""Resistance cells inside the city: a few people each, who tell the liberators what they see (claim B7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.handles import AgentColumns, Column, Handle, zero_columns
from sim.kernels.rng import stream_key, uniform

if TYPE_CHECKING:
    from sim.city.grid import CityGrid
    from sim.scenario.sections.resistance import Resistance as ResistanceSection


class ResistanceColumns(NamedTuple):
    """State of all cells, one row each.

    Attributes:
        cell: int32, grid cell where they live.
        quarter: int32, neighbourhood that they watch.
        strength: int32, persons at large.
        killed: int32, persons caught and killed.
    """

    cell: NDArray[np.int32]
    quarter: NDArray[np.int32]
    strength: NDArray[np.int32]
    killed: NDArray[np.int32]


class ResistanceCell(Handle):
    """One resistance cell."""

    cell = Column()
    quarter = Column()
    strength = Column(writable=True)
    killed = Column()


class Resistance(AgentColumns[ResistanceColumns]):
    """All resistance cells."""

    name = "resistance"
    handle_class = ResistanceCell


def make_resistance(
    model: Any, section: ResistanceSection, seed: int, grid: CityGrid, quarter: NDArray[np.int32],
    passable: NDArray[np.bool_], first_id: int,
) -> Resistance:  # fmt: skip
    """Cells at home where people live: each draws a grid cell of a quarter by its share of the city's residents.

    Args:
        model: The battle.
        section: How many there are, and how large.
        seed: Run seed.
        grid: The city.
        quarter: int32 (cells,), neighbourhood of each cell that the defenders can hold, -1 for none.
        passable: bool (cells,), cells that can be stood on.
        first_id: ``unique_id`` of row 0.
    """
    homes = np.flatnonzero((quarter >= 0) & (grid.residents > 0.0))
    columns = zero_columns(ResistanceColumns, section.cells if homes.size else 0)
    if homes.size:
        upto = np.cumsum(grid.residents[homes])
        key = stream_key(seed, "resistance.home", "resistance", 0)
        drawn = [uniform(key, row, 0) * float(upto[-1]) for row in range(section.cells)]
        picked = np.minimum(np.searchsorted(upto, drawn, side="right"), homes.size - 1)
        columns.cell[:] = homes[picked]
        columns.quarter[:] = quarter[columns.cell]
        columns.strength[:] = section.cell_size
    return Resistance(model, columns, grid.nx, passable, first_id)
