"""Who of a platoon's casualties dies: at once, or of a severe wound before surgery.

A casualty dies with chance ``outright + (1 - outright) * severe * (1 - exp(-delay / severe_h))``. The delay is the time to
collect him, longer while his platoon is in contact, and the drive, off held ground where that can be, to an aid post at an open
way out of the city. The form follows the finding that survival falls with time to surgery (Kotwal et al. 2016, JAMA Surgery
151).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import HELD
from sim.kernels.fields import NO_LIMIT, OPEN_SLOWNESS, OPEN_STEP, UNREACHED, distance_field
from sim.kernels.jit import inlined

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Held ground is crossed so much slower: out of the cell under attack, seldom through the enemy's quarters.
_THROUGH_HELD = 20


class Care(NamedTuple):
    """Numbers of the rule, as compiled code takes them; names as in the scenario.

    Attributes:
        hours: float64 (cells,), time from a cell to surgery out of contact, hours.
        halt: Share of a tick for which a platoon that is hit halts.
    """

    outright: float
    severe: float
    severe_h: float
    contact_h: float
    march_h: float
    hours: NDArray[np.float64]
    halt: float


def care_of(battle: Battle) -> Care:
    """The rule of a battle, with its layer of hours to surgery."""
    p = battle.scenario.evacuation
    return Care(p.outright, p.severe, p.severe_h, p.contact_h, p.march_h, battle.ground.care_h, min(1.0, p.halt_h / battle.dt_h))


@inlined
def lethality(care: Care, cell: int, contact: bool) -> float:
    """Chance that a casualty of a platoon in this cell dies; see the module's formula. Cell -1 is the march to the city."""
    hours = care.hours[cell] if cell >= 0 else care.march_h
    if contact:
        hours += care.contact_h
    return care.outright + (1.0 - care.outright) * care.severe * (1.0 - math.exp(-hours / care.severe_h))


def find_care(battle: Battle) -> None:
    """The day's hours to surgery from every cell."""
    p, grid, ground = battle.scenario.evacuation, battle.grid, battle.ground
    slow = np.where(ground.control == HELD, _THROUGH_HELD * OPEN_SLOWNESS, OPEN_SLOWNESS)
    slow[battle.routes.slow <= 0] = 0
    posts = grid.offgrid.entry_cell[battle.entry_open].astype(np.int32)
    if posts.size == 0:
        ground.care_h[:] = p.march_h
        return
    far = distance_field(slow.astype(np.int32), posts, grid.nx, grid.ny, NO_LIMIT)
    drive = far / OPEN_STEP * grid.cell_m / (p.km_per_h * 1000.0)
    ground.care_h[:] = np.where(far == UNREACHED, p.march_h, p.collect_h + drive)
