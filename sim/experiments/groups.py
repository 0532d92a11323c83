"""How runs are put together for pictures and words: by point, by the values of one factor, or all as one.

The rule: up to six points are told apart; of a larger grid, the values of each factor are, all else pooled; every other
design is one group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    """A group for each value of a factor, in the order of their first points; numbered where labels do not tell them apart."""
    values, name = sweep.points[key], names_of(sweep.points)[key]
    distinct = values.drop_duplicates().tolist()
    labels = [label(name, value) for value in distinct]
    if len(set(labels)) < len(labels):
        labels = [f"{name} {place}" for place in range(1, len(labels) + 1)]
    return Grouping(key, values.map(dict(zip(distinct, labels, strict=True))).astype("object"), tuple(labels))


def as_one(sweep: LoadedSweep) -> Grouping:
    """All points as one group."""
    import pandas as pd

    return Grouping("", pd.Series(ALL, index=sweep.points.index, dtype="object"), (ALL,))


def point_labels(sweep: LoadedSweep) -> pd.Series[str]:
    """A label for each point: the values of its factors, or its number where that is too long."""
    import pandas as pd

    points, names = sweep.points, names_of(sweep.points)
    varied = [key for key in names if len(points[key].drop_duplicates()) > 1] or list(names)
    columns = [[label(names[key], value) for value in points[key].tolist()] for key in varied]
    rows = {point: ", ".join(parts) for point, *parts in zip(points.index, *columns, strict=True)}
    texts = [text if 0 < len(text) <= _LONGEST else f"point {point}" for point, text in rows.items()]
    if len(set(texts)) < len(texts):  # a list may hold a point twice
        texts = [f"point {point}" for point in rows]
    return pd.Series(texts, index=points.index, dtype="object")


def names_of(points: pd.DataFrame) -> dict[str, str]:
    """A name for each factor: the last part of its key, and as many before it as tell the sweep's factors apart."""
    parts = {str(key): str(key).replace("_", " ").split(".") for key in points.columns}
    names = {}
    for key, own in parts.items():
        others = [other for name, other in parts.items() if name != key]
        lengths = range(1, len(own) + 1)
        length = next((n for n in lengths if all(other[-n:] != own[-n:] for other in others)), len(own))
        names[key] = " ".join(own[-length:])
    return names


def label(name: str, value: Any) -> str:  # noqa: ANN401  any parameter's value
    """A factor's value as a label: ``fighters 2,000``."""
    plain = value.item() if hasattr(value, "item") else value
    words = ("yes" if plain else "no") if isinstance(plain, bool) else number(plain)
    return f"{name} {short(words, 24)}"


def pairing(sweep: LoadedSweep) -> str:
    """What the seeds mean for comparing points, in one sentence; empty where there is nothing to compare."""
    if len(sweep.points) < 2:
        return ""
    if sweep.spec.seeds == "common":
        return "All points share their seeds, so that points are compared in pairs, replicate by replicate."
    return "No two runs share a seed, so that points are compared as independent samples."
