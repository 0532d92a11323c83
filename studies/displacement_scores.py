"""Scores of displacement by camp, and the naive forecasts that stand beside them.

The field's measure is the averaged relative difference (Suleimenova, Bell & Groen 2017): on each day the sum over camps of
|forecast - data|, divided by the sum of data over camps, then the mean over days. 0 is perfect; a forecast of nobody anywhere
scores 1. Arrays have a row for each date and a column for each camp, in persons; NaN in the data is a cell that is not scored.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Persons = NDArray[np.float64]


def relative_differences(forecast: Persons, data: Persons) -> Persons:
    """Sum over camps of |forecast - data| over the sum of data, for each date.

    Args:
        forecast: float64 (dates, camps), or (runs, dates, camps).
        data: float64 (dates, camps); NaN where not scored.

    Returns:
        float64 (dates,) or (runs, dates); NaN on dates on which the data add up to nothing.
    """
    total = np.nansum(data, axis=1)
    missed = np.nansum(np.abs(forecast - data), axis=-1)
    return np.where(total > 0, missed / np.where(total > 0, total, 1.0), np.nan)


def averaged_relative_difference(forecast: Persons, data: Persons) -> Persons:
    """Mean over dates of :func:`relative_differences`; a number, or one for each run."""
    return np.asarray(np.nanmean(relative_differences(forecast, data), axis=-1))


def persistence(dates: Sequence[str], data: Persons, lag_days: int) -> Persons:
    """The last known value goes on: the data of the latest date that is at least ``lag_days`` old, 0 before there is any.

    A camp that has no figure on a date keeps the one before.

    Args:
        dates: Ascending.
        data: float64 (dates, camps); NaN where there is no figure.
        lag_days: Age of what is known, days.
    """
    filled = np.where(np.isnan(data), 0.0, data)
    for row in range(1, len(dates)):
        filled[row] = np.where(np.isnan(data[row]), filled[row - 1], data[row])
    return _last_known(dates, filled, lag_days)


def carried_on(dates: Sequence[str], data: Persons, model: Persons, lag_days: int) -> Persons:
    """What :func:`persistence` knows plus the model's change since that date, never below 0: (runs, dates, camps).

    The model told as much as persistence is; without change in the model it is persistence.
    """
    since = np.array([run - _last_known(dates, run, lag_days) for run in model])
    return np.maximum(persistence(dates, data, lag_days) + since, 0.0)


def _last_known(dates: Sequence[str], values: Persons, lag_days: int) -> Persons:
    """Row of the latest date at least ``lag_days`` before each date; zeros where there is none."""
    days = [dt.date.fromisoformat(day) for day in dates]
    known = [sum((day - past).days >= lag_days for past in days[:row]) for row, day in enumerate(days)]
    return np.array([values[n - 1] if n else np.zeros(values.shape[1]) for n in known])


def split(totals: Persons, weights: Persons) -> Persons:
    """Totals of each date shared out over camps in proportion to weights; all zero where no camp has a weight.

    Equal split has the weight 1 for each open camp, split by capacity its places.

    Args:
        totals: float64 (dates,), or (runs, dates).
        weights: float64 (dates, camps), 0 where a camp is not open.
    """
    whole = weights.sum(axis=1, keepdims=True)
    return np.asarray(totals)[..., None] * np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0)


def rescaled(forecast: Persons, totals: Persons, data: Persons) -> Persons:
    """A forecast's own shares of the scored camps, with other totals: (runs, dates, camps) with totals (dates,)."""
    scored = np.where(np.isnan(data), 0.0, forecast)
    whole = scored.sum(axis=-1, keepdims=True)
    return scored * np.divide(totals[..., None], whole, out=np.zeros_like(whole), where=whole > 0)


def coverage(runs: Persons, data: Persons) -> NDArray[np.bool_]:
    """Whether each figure lies in the central 90% of the runs: (runs, figures) against (figures,)."""
    low, high = np.quantile(runs, (0.05, 0.95), axis=0)
    return (low <= data) & (data <= high)
