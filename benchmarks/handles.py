"""Part ``handles``: what a Mesa handle for every household takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLS = (
    ("`agents_by_type`", "agents_by_type"),
    ("`do` of an empty function", "do"),
    ("`shuffle_do` of an empty function", "shuffle_do"),
    ("`get` of one attribute", "get"),
    ("`agg` of one attribute", "agg"),
    ("`select` by an attribute", "select"),
    ("`groupby` of an attribute", "groupby"),
    ("reading an attribute", "read"),
    ("writing an attribute", "write"),
    ("the column's sum in NumPy, for comparison", "column"),
)


def table(figures: dict[str, Any]) -> list[tables.Row]:
    """One row for each figure: in all, and for each handle."""
    n = figures["households"]
    rows: list[tables.Row] = [("", "in all", "each handle")]

    def seconds(label: str, value: float) -> None:
        rows.append((label, f"{value:.3f} s", f"{1e6 * value / n:.3f} us"))

    def megabytes(label: str, value: float) -> None:
        rows.append((label, f"{value:.1f} MB", f"{1e6 * value / n:.0f} bytes"))

    rows.append(("household handles", f"{n:,}", ""))
    seconds("making them, on first use", figures["make_s"])
    megabytes("memory, resident", figures["resident_mb"])
    megabytes("memory, as Python's allocator counts it", figures["traced_mb"])
    for label, key in CALLS:
        seconds(label, figures["calls"][key])
    seconds("`pickle.dumps` of the battle", figures["pickle_s"])
    seconds("`pickle.loads` of it", figures["unpickle_s"])
    megabytes("size of the pickle", figures["pickle_mb"])
    return rows


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """Handles of the first of the scenarios."""
    words = [scenarios[0], *(["--set", "preset=quick", "--days", "1"] if quick else [])]
    tries = [processes.figures("one_handles.py", *words) for _ in range(repeats)]
    figures = tries[0] | {name: min(t[name] for t in tries) for name in ("make_s", "resident_mb", "pickle_s", "unpickle_s")}
    figures["calls"] = {key: min(t["calls"][key] for t in tries) for _, key in CALLS}
    figures |= processes.figures("one_handles.py", *words, "--traced")
    intro = (
        f"{Path(scenarios[0]).stem} before its first hour; the pickle after ten days, its handles made. Core-seconds. A run "
        "from the command line makes no household handles and pays none of this."
    )
    notes = ["A pickle holds the state as plain arrays and no handles: they are made again on first use."]
    n = f"{figures['households']:,} household handles"
    goals = [(n, f"{figures['make_s']:.2f} s, {figures['resident_mb']:.0f} MB", "")]
    return tables.Section("Mesa handles", intro, table(figures), notes, goals)
