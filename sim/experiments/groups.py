"""How runs are put together for pictures and words: by point, by the values of one factor, or all as one.

The rule: up to six points are told apart; of a larger grid, the values of each factor are, all else pooled; every other
design is one group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.experiments import phrases
from sim.record.reading import number_text
from sim.scenario.words import number, short

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.loaded import LoadedSweep

MOST_GROUPS = 6
MOST_FACTORS = 3
ALL = "all points"
_LONGEST = 44


@dataclass(frozen=True)
class Grouping:
    """Groups of design points.

    Attributes:
        by: What tells them apart: ``point``, a factor's key, or empty for one group of all.
        label_of: Label of the group of each point, indexed by point.
        labels: The labels, in order.
    """

    by: str
    label_of: pd.Series[str]
    labels: tuple[str, ...]


def groupings(sweep: LoadedSweep) -> list[Grouping]:
    """How the runs of a sweep are put together."""
    if len(sweep.points) <= MOST_GROUPS:
        return [by_point(sweep)]
    if sweep.spec.design.kind == "grid":
        counts = {factor.key: len(factor.listed) for factor in sweep.spec.factors}
        few = [key for key, count in counts.items() if 2 <= count <= MOST_GROUPS]
        if few:
            return [by_factor(sweep, key) for key in few[:MOST_FACTORS]]
    return [as_one(sweep)]


def by_point(sweep: LoadedSweep) -> Grouping:
    """Each point a group."""
    labels = point_labels(sweep)
    return Grouping("point", labels, tuple(labels))


def by_factor(sweep: LoadedSweep, key: str) -> Grouping:
    """A group for each value of a factor, in the order of their first points."""
    labels = sweep.points[key].map(lambda value: label(key, value)).astype("object")
    return Grouping(key, labels, tuple(labels.unique()))


def as_one(sweep: LoadedSweep) -> Grouping:
    """All points as one group."""
    import pandas as pd

    return Grouping("", pd.Series(ALL, index=sweep.points.index, dtype="object"), (ALL,))


def point_labels(sweep: LoadedSweep) -> pd.Series[str]:
    """A label for each point: the values of its factors, or its number where that is too long."""
    import pandas as pd

    points = sweep.points
    keys = [str(key) for key in points.columns]
    varied = [key for key in keys if len(points[key].drop_duplicates()) > 1] or keys
    columns = [[label(key, value) for value in points[key].tolist()] for key in varied]
    rows = {point: ", ".join(parts) for point, *parts in zip(points.index, *columns, strict=True)}
    texts = [text if 0 < len(text) <= _LONGEST else f"point {point}" for point, text in rows.items()]
    if len(set(texts)) < len(texts):  # a list may hold a point twice
        texts = [f"point {point}" for point in rows]
    return pd.Series(texts, index=points.index, dtype="object")


def label(key: str, value: Any) -> str:  # noqa: ANN401  any parameter's value
    """A factor's value as a label: ``fighters 2,000``."""
    plain = value.item() if hasattr(value, "item") else value
    words = ("yes" if plain else "no") if isinstance(plain, bool) else number(plain)
    return f"{key.rpartition('.')[2].replace('_', ' ')} {short(words, 24)}"


def amount(value: float, unit: str) -> str:
    """A number with its unit, rounded for people: ``12,300 persons``, ``34%``; the mean of a yes or no is a share."""
    if unit in {"share", "yes/no"}:
        return number_text(value, "share")
    text = phrases.number(value)
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}".rstrip()


def span(low: float, high: float, unit: str, word: str = "to") -> str:
    """A range with its unit once: ``1,200 to 3,400 persons``."""
    first = amount(low, unit) if unit in {"share", "yes/no"} else phrases.number(low)
    return f"{first} {word} {amount(high, unit)}"


def pairing(sweep: LoadedSweep) -> str:
    """What the seeds mean for comparing points, in one sentence; empty where there is nothing to compare."""
    if len(sweep.points) < 2:
        return ""
    if sweep.spec.seeds == "common":
        return "All points share their seeds, so that points are compared in pairs, replicate by replicate."
    return "No two runs share a seed, so that points are compared as independent samples."
