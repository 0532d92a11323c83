"""Leaders of the defence: what their loss does to command, and how successors make up for it.

Cohesion is kept for each bank, from 0 to 1. When ``n`` of the ``m`` commanders who were there yesterday are lost it is
multiplied by ``1 - n / m``; from then on it returns to 1 with ``exp(-1 / succession_days)`` a day. An order of the day reaches
a team with the chance ``cohesion``; else the team does today what it did yesterday (command is slow), and a counter-attack that
is not in order is not made. A bank without a commander at the start has full cohesion: its teams know what to do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import LEADERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


def living_leaders(battle: Battle) -> NDArray[np.int64]:
    """Commanders alive on each bank, by bank code; a team of leaders counts while anybody in it fights."""
    teams = battle.defenders.columns
    rows = np.flatnonzero((teams.kind == LEADERS) & (teams.strength > 0) & (teams.cell >= 0))
    return np.bincount(battle.grid.bank[teams.cell[rows]], minlength=len(battle.bank_codes) + 1)


def lead(battle: Battle) -> None:
    """Cohesion of the day. Who has crossed to the other bank since yesterday is no loss."""
    now, before = living_leaders(battle), battle.leaders_before
    p = battle.scenario.defenders
    gain = 1.0 - math.exp(-1.0 / p.succession_days)
    battle.cohesion[:] += (1.0 - battle.cohesion) * gain
    lost = int(before.sum() - now.sum())
    if before[0] >= 0 and lost > 0:
        fewer = np.maximum(before - now, 0)
        for bank in battle.bank_codes:
            share = fewer[bank] * lost / max(int(fewer.sum()), 1) / max(int(before[bank]), 1)
            battle.cohesion[bank] *= 1.0 - min(1.0, share)
        battle.counts["leaders_lost"] += lost
    battle.leaders_before[:] = now
