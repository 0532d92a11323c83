"""Camps around the city: how many they take, and from when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Camps(NamedTuple):
    """Camps around the city, one row each.

    Attributes:
        node: int32, off-grid node.
        places: int32, persons that it takes.
        opens: int32, tick from which it takes them.
        taken: int32, places taken.
    """

    node: NDArray[np.int32]
    places: NDArray[np.int32]
    opens: NDArray[np.int32]
    taken: NDArray[np.int32]


def make_camps(battle: Battle) -> Camps:
    """The camps of the city data; capacity from the scenario where the data has none, open at once where no date is known."""
    offgrid, places = battle.grid.offgrid, battle.scenario.displacement.camp_capacity
    node = np.array([i for i, kind in enumerate(offgrid.kinds) if kind == "camp"], np.int32)
    known = offgrid.capacity[node]
    return Camps(
        node=node,
        places=np.where(np.isfinite(known), np.nan_to_num(known), places).astype(np.int32),
        opens=np.array([battle.tick_of(opened) if (opened := offgrid.opened[i]) else 0 for i in node], np.int32),
        taken=np.zeros(node.size, np.int32),
    )
