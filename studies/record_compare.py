"""The record beside the runs: a file such as ``record_east.csv`` says which number of a run stands against which figure.

Columns of such a file: ``how`` a number is read from a daily series (``level`` on the day ``last``; ``total`` and ``per_day``
from ``first`` to ``last``, both included; ``day_reached``, days from the start until ``threshold``); ``bound`` says what the
figure is (``exact``, ``floor``: at least that many, ``ceiling``: at most); ``used_by`` names a parameter whose default
was taken from the figure, so that agreement is no test; ``camp``, where the file has it, names the camp of the figure.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from first_outcomes_runs import Kept


@dataclass(frozen=True)
class Figure:
    """One row of the record."""

    measure: str
    how: str
    series: str
    first: str
    last: str
    threshold: float
    unit: str
    value: float
    low: float
    high: float
    bound: str
    used_by: str
    source: str
    camp: str = "all"


def read_record(path: Path) -> list[Figure]:
    """The rows of the record's file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_figure(row) for row in csv.DictReader(file)]


def _figure(row: dict[str, Any]) -> Figure:
    value = float(row["value"])
    numbers = {"value": value, "threshold": float(row["threshold"] or "nan")}
    numbers |= {name: float(row[name]) if row[name] else value for name in ("low", "high")}
    return Figure(**{**row, **numbers})


def read_run(figure: Figure, kept: Kept) -> float:
    """What a run says to a figure; the last day stands for later days, NaN where a threshold is never reached."""
    series, dates = kept["series"], kept["series"]["date"]
    parts = [np.asarray(series.get(name, np.zeros(len(dates))), float) for name in figure.series.split("+")]
    values = np.sum(parts, axis=0)
    if figure.how == "day_reached":
        reached = np.flatnonzero(values >= figure.threshold)
        return float(reached[0]) if reached.size else math.nan
    last = values[_row(dates, figure.last)]
    if figure.how == "level":
        return float(last)
    before = _row(dates, figure.first) - 1
    total = float(last - (values[before] if before >= 0 else 0.0))
    return total / (_days(figure.first, figure.last) + 1) if figure.how == "per_day" else total


def _row(dates: list[str], day: str) -> int:
    return min(max(_days(dates[0], day), 0), len(dates) - 1)


def _days(first: str, last: str) -> int:
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days


def verdict(figure: Figure, low: float, high: float) -> str:
    """Whether the figure lies in the model's range from ``low`` to ``high``."""
    if math.isnan(high):
        return "**no: never reached**"
    if figure.bound == "floor":
        above, below = "yes: above the floor", "**no: below the floor**"
        return above if low >= figure.value else "in part" if high >= figure.value else below
    if figure.bound == "ceiling":
        return "yes: below the ceiling" if high <= figure.value else "**no: above the ceiling**"
    if low <= figure.high and high >= figure.low:
        return "yes"
    below = high < figure.low
    return f"**no: model {('early' if below else 'late') if figure.unit == 'date' else ('low' if below else 'high')}**"
