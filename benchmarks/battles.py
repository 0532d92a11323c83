"""Part ``battle``: whole battles at 1:1 to their end, by phase, with memory and writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Figure, how it is read from what one battle gave, how it is printed, goal.
WHOLE = "whole battle, core-seconds"
RATE = "decisions per second and core, kernel alone"
MEMORY = "peak memory, run"
FIGURES: tuple[tuple[str, Callable[[dict[str, Any]], float], str, str], ...] = (
    (WHOLE, lambda f: f["core_s"], "{:.1f} s", "10 s"),
    ("whole battle, wall time", lambda f: f["wall_s"], "{:.1f} s", ""),
    ("ticks (hours) simulated", lambda f: f["ticks"], "{:,.0f}", ""),
    ("ticks per core-second", lambda f: f["ticks"] / f["core_s"], "{:,.0f}", ""),
    ("milliseconds per simulated day", lambda f: 1e3 * f["core_s"] / max(f["days"], 1), "{:.0f} ms", ""),
    ("households", lambda f: f["households"], "{:,.0f}", ""),
    ("household decisions", lambda f: f["decisions"] / 1e6, "{:.2f} million", ""),
    ("decision kernel alone", lambda f: f["decide_s"], "{:.2f} s", ""),
    (RATE, lambda f: f["decisions"] / 1e6 / max(f["decide_s"], 1e-9), "{:.1f} million", "10 million"),
    ("build (city, agents)", lambda f: f["build_s"], "{:.2f} s", "2 s (city)"),
    (MEMORY, lambda f: f["peak_run_mb"], "{:,.0f} MB", "1,000 MB"),
    ("peak memory, writing included", lambda f: f["peak_mb"], "{:,.0f} MB", ""),
    ("gathering tables", lambda f: f["tables_s"], "{:.2f} s", ""),
    ("writing the run folder", lambda f: f["write_s"], "{:.2f} s", ""),
    ("size of the run folder", lambda f: f["folder_mb"], "{:.1f} MB", ""),
    ("rows of the ledger", lambda f: f["ledger_rows"], "{:,.0f}", ""),
    ("preset quick, in a running process", lambda f: f["quick_s"], "{:.2f} s", "about 1 s"),
)  # fmt: skip
AT_A_GLANCE = (WHOLE, RATE, MEMORY)
NOTES = [
    (
        "Rows with a dash are the battle's phases, in core-seconds; of the repeats of a battle the one with the least "
        "core-seconds is shown, whole, so that its phases add up. Import, compilation and writing are not in them."
    ),
    (
        "A *household decision* is one evaluation of the rule of leaving with every term. Its rate counts the time of the "
        "decision kernel alone; finding ways out and walking are in the phase *households* too."
    ),
]


def measure_one(scenario: str, repeats: int, *, quick: bool) -> dict[str, Any]:
    """Figures of the repeat that took the fewest core-seconds; the least build, table and writing time of all."""
    processes.figures("one_battle.py", scenario, "--build-only")  # compile, if that has not been done
    words = [scenario, *(["--set", "preset=quick"] if quick else [])]
    tries = [processes.figures("one_battle.py", *words) for _ in range(repeats)]
    best = min(tries, key=lambda figures: figures["core_s"])
    return best | {name: min(t[name] for t in tries) for name in ("build_s", "tables_s", "write_s", "quick_s")}


def table(found: dict[str, dict[str, Any]]) -> list[tables.Row]:
    """One row for each figure and phase, one column for each scenario, the goal last."""
    names = list(found)
    rows: list[tables.Row] = [("", *names, "goal")]
    for label, get, form, goal in FIGURES:
        rows.append((label, *(form.format(get(found[n])) for n in names), goal))
        if label == WHOLE:
            phases = sorted(found[names[0]]["phases"], key=lambda p: -max(found[n]["phases"].get(p, 0.0) for n in names))
            rows += [(f"- {p}", *(f"{found[n]['phases'].get(p, 0.0):.2f} s" for n in names), "") for p in phases]
    return rows


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """Whole battles of every scenario."""
    found = {Path(name).stem: measure_one(name, repeats, quick=quick) for name in scenarios}
    goals = [
        (f"{name}: {label}", form.format(get(figures)), goal)
        for name, figures in found.items()
        for label, get, form, goal in FIGURES
        if label in AT_A_GLANCE
    ]
    intro = "Whole battles at 1:1 (1.2 million people, 100 m cells, hourly) to their end, seed 1, one process on one core."
    return tables.Section("Whole battles", intro, table(found), NOTES, goals)
