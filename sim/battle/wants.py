"""What people in a quarter do without besides food: power, water, warmth, care; felt once a day, in its last hour.

**Cold.** ``cold = need * (1 - (e * (1 - power_cut) + (1 - e) * fuel))``, with ``e`` the share of heating that is electric,
``heat_by_power``, and fuel sold where food is, by the same roads: ``fuel`` is what the quarter's market sold of what is needed.
``need = min(1, max(0, (heat_below_c - T) / heat_span_c))``, T the mean temperature of the date, on straight lines between the
middles of the city's monthly normals. A city without normals knows no cold. Deaths of cold are not in the model: no published
hazard holds for people in houses.

**Care.** A quarter's lack of care is the mean over its cells of that in :mod:`sim.battle.hospitals`, 0 to 1.

**Tanks.** People whose pipes run dry live on what stands in their tanks. Each day, for a share c of the quarter without water
that was c' the day before, those newly cut come with full tanks: ``s <- (s * min(c, c') + tank_days * max(0, c - c')) / c``; then
each drinks what wells do not give, ``d = max(0, 1 - wells_l / water_need_l)`` days' need, as far as the tank has it, and does
without the rest.

What presses in a quarter is ``want * (power_cut + water_cut) / 2 + cold * cold + care * care``, in logits, with the weights of
``flight``: a term of the rule of leaving (:mod:`sim.battle.motives`).
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.battle.hospitals import share_without_care
from sim.battle.services import mean_of_quarters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.battle.ground import Quarters
    from sim.battle.model import Battle
    from sim.battle.motives import Rule
    from sim.scenario.sections.people import Flight


def temperature(monthly: Sequence[float], date: dt.date) -> float:
    """Mean temperature of a date by monthly normals, degrees Celsius."""
    year = date.year
    middles = [dt.date(year, month, 1 + calendar.monthrange(year, month)[1] // 2) for month in range(1, 13)]
    days = [dt.date(year - 1, 12, 16), *middles, dt.date(year + 1, 1, 16)]
    values = [monthly[-1], *monthly, monthly[0]]
    return float(np.interp(date.toordinal(), [day.toordinal() for day in days], values))


def need_of_heat(battle: Battle) -> float:
    """The module's need on the date, 0 to 1."""
    climate, p = battle.grid.city.settings.climate, battle.scenario.heating
    if climate is None:
        return 0.0
    return min(1.0, max(0.0, (p.heat_below_c - temperature(climate.monthly_mean_c, battle.date)) / p.heat_span_c))


def draw_from_tanks(battle: Battle) -> None:
    """One day of the tanks; notes what share of the water needed those do without whose pipes are dry (``quarters.parched``)."""
    p, q = battle.scenario.food, battle.quarters
    cut, before = q.water_cut, q.dry_before
    newly = np.maximum(cut - before, 0.0)
    kept = q.tanks * np.minimum(cut, before) + p.tank_days * newly
    q.tanks[:] = np.where(cut > 0.0, kept / np.where(cut > 0.0, cut, 1.0), p.tank_days)
    lacking = np.where(cut > 0.0, max(0.0, 1.0 - p.wells_l / p.water_need_l), 0.0)
    drawn = np.minimum(q.tanks, lacking)
    q.tanks[:] -= drawn
    q.parched[:] = lacking - drawn
    q.dry_before[:] = cut


def feel(battle: Battle) -> None:
    """The last hour of a day: who is cold, and who is without care."""
    if (battle.tick + 1) % battle.ticks_per_day:
        return
    q, e = battle.quarters, battle.scenario.heating.heat_by_power
    q.cold[:] = need_of_heat(battle) * (1.0 - (e * (1.0 - q.power_cut) + (1.0 - e) * np.minimum(q.market, 1.0)))
    q.uncared[:] = mean_of_quarters(battle, share_without_care(battle))


def services_cut(quarters: Quarters) -> NDArray[np.float64]:
    """Mean share of power and water cut, float64 (quarters,)."""
    return np.asarray(0.5 * (quarters.power_cut + quarters.water_cut))


def most_lacking(quarters: Quarters) -> NDArray[np.float64]:
    """The largest of what people do without, float64 (quarters,), 0 to 1: what makes a household weigh leaving at all."""
    return np.asarray(np.maximum(np.maximum(services_cut(quarters), quarters.cold), quarters.uncared))


def pressing(quarters: Quarters, weights: Flight | Rule) -> NDArray[np.float64]:
    """What presses to leave each quarter, logits, float64 (quarters,); see the module's formula."""
    return np.asarray(weights.want * services_cut(quarters) + weights.cold * quarters.cold + weights.care * quarters.uncared)
