"""Floods of the river: closed or lost floating bridges, idle engineers on the water, fewer boats.

In the season a flood begins on a day with chance ``1 - exp(-per_month / 30.4)`` and lasts for an exponential number of days, at
least one. Each floating bridge is carried away with chance ``carried_away`` as the flood comes; the others are closed while it
lasts. When floods come is a property of the run seed, like the weather: no policy moves them.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np

from sim.battle.bridges import CUT, FLOATING, take_ashore, tell
from sim.battle.engineering import PONTOON
from sim.kernels.rng import exponential, stream_key, uniform
from sim.record.codes import FLOOD, FLOODS, NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.scenario import Scenario

# Mean days in a month.
_MONTH = 365.25 / 12.0


def flood_days(scenario: Scenario, seed: int) -> NDArray[np.bool_]:
    """Whether the river is in flood on each day of the run."""
    p, time = scenario.floods, scenario.time
    begins = 1.0 - math.exp(-p.per_month / _MONTH)
    days = np.zeros(time.max_days + 1, np.bool_)
    for day in range(days.size):
        month = (time.start + dt.timedelta(days=day)).month
        key = stream_key(seed, "floods", "days", day)
        if _in_season(month, p.first_month, p.last_month) and uniform(key, 0, 0) < begins:
            days[day : day + max(1, round(p.days * exponential(key, 0, 1)))] = True
    return days


def _in_season(month: int, first: int, last: int) -> bool:
    return first <= month <= last if first <= last else month >= first or month <= last


def rise_and_fall(battle: Battle) -> None:
    """The first hour of a day on which a flood comes or goes: floating bridges are lost, closed, opened again."""
    before = battle.day > 0 and bool(battle.flood_days[battle.day - 1])
    if battle.tick % battle.ticks_per_day or battle.flooded == before:
        return
    state, lost = battle.bridges.state, battle.scenario.floods.carried_away
    key = battle.key("floods.carry", "bridges")
    for b in np.flatnonzero(state == FLOATING).tolist():
        carried = battle.flooded and uniform(key, b, 0) < lost
        if carried:
            state[b] = CUT
            battle.bridges.work_h[b, PONTOON] = 0.0
            battle.counts["pontoons_lost"] += 1
        if battle.flooded:
            take_ashore(battle, b)
        tell(battle, b, FLOOD, FLOODS, actor=NOBODY, closed=battle.flooded, value=float(carried))
