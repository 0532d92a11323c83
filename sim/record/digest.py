"""The digest of a run: a hash of what the numbers are, not of how they happen to be stored.

Two tables have the same digest when they hold the same values under the same column names in the same row
order. Storage does not matter: integer width, float32 or float64 of the same value, whole numbers as floats,
order of columns, row labels, categories or plain words. Minus zero counts as zero, every NaN as one, a
missing word as missing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

_EXACT_IN_FLOAT = 2**53
_DIGEST_BYTES = 16


def table_digest(table: pd.DataFrame) -> str:
    """Digest of one table as 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    digest.update(f"rows {len(table)}\n".encode())
    for name in sorted(table.columns):
        digest.update(f"column {name}\n".encode())
        digest.update(_canonical(table[name]))
    return digest.hexdigest()


def summary_digest(summary: Mapping[str, float]) -> str:
    """Digest of the outcomes, whatever their order."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name in sorted(summary):
        digest.update(f"{name}\n".encode())
        digest.update(_numbers(np.asarray([summary[name]])))
    return digest.hexdigest()


def part_digests(
    summary: Mapping[str, float], daily: pd.DataFrame, neighbourhoods: pd.DataFrame, events: pd.DataFrame, sites: pd.DataFrame
) -> dict[str, str]:
    """Digest of each part of the results, to tell which one differs."""
    return {
        "summary": summary_digest(summary),
        "daily": table_digest(daily),
        "neighbourhoods": table_digest(neighbourhoods),
        "events": table_digest(events),
        "sites": table_digest(sites),
    }


def run_digest(parts: Mapping[str, str]) -> str:
    """Digest of the whole run from the digests of its parts."""
    text = "\n".join(f"{name} {parts[name]}" for name in sorted(parts))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def first_difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> str | None:
    """Where two daily tables part: the first day and the series that differ on it; None where equal."""
    names = [name for name in ours.columns if name in theirs.columns]
    lacking = sorted(set(ours.columns) ^ set(theirs.columns))
    if lacking:
        return f"only one of the two has {', '.join(lacking)}"
    rows = min(len(ours), len(theirs))
    parted: dict[int, list[str]] = {}
    for name in names:
        a, b = (_plain(table[name])[:rows] for table in (ours, theirs))
        unequal = np.flatnonzero((a != b) & ~((a != a) & (b != b)))  # noqa: PLR0124  NaN is the value unlike itself
        if unequal.size:
            parted.setdefault(int(unequal[0]), []).append(str(name))
    if parted:
        row = min(parted)
        return f"day {int(ours['day'].iloc[row])}: {', '.join(parted[row])}"
    return None if len(ours) == len(theirs) else f"{len(ours)} days against {len(theirs)}"


def _plain(column: pd.Series) -> NDArray[np.float64]:
    values = column.to_numpy()
    if values.dtype.kind == "M":
        values = values.astype("datetime64[us]").astype(np.int64)
    return values.astype(np.float64)


def _canonical(column: pd.Series) -> bytes:
    kind = getattr(column.dtype, "kind", "O")
    if kind in "biuf" and isinstance(column.dtype, np.dtype):
        return _numbers(column.to_numpy())
    if kind == "M":
        instants = column.to_numpy().astype("datetime64[us]").astype("<i8")
        return b"dates" + instants.tobytes()
    return _words(column)


def _numbers(values: NDArray[np.generic]) -> bytes:
    if values.dtype.kind in "biu" and values.size:
        lowest, highest = int(values.min()), int(values.max())
        if lowest < -_EXACT_IN_FLOAT or highest > _EXACT_IN_FLOAT:
            return b"large" + values.astype("<i8").tobytes()
    floats = values.astype("<f8")
    floats = np.where(np.isnan(floats), np.nan, floats + 0.0).astype("<f8")
    return b"numbers" + floats.tobytes()


def _words(column: pd.Series) -> bytes:
    import pandas as pd

    words = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    codes = words.cat.codes.to_numpy().astype(np.int64)
    categories = [str(word) for word in words.cat.categories]
    used = np.unique(codes[codes >= 0])
    ordered = sorted(used.tolist(), key=lambda code: categories[code])
    rank = np.full(len(categories) + 1, -1, dtype="<i8")
    rank[ordered] = np.arange(len(ordered))
    names = "\x00".join(categories[code] for code in ordered)
    return b"words" + names.encode() + b"\n" + rank[codes].tobytes()
