"""Part ``starts``: cold start, warm start, ``--help``, ``validate``, and where a warm start's time goes.

A cold start has an empty kernel cache, so that it compiles; Python's own byte code and the file system's cache are as
they are.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

TWO_DAYS = ("--set", "time.max_days=2")
COLD = "cold start: 2 days, compilation included"
HELP = "run.py --help"
# Figure, key, goal.
STARTS = (
    (COLD, "cold_s", "60 s"),
    ("warm start: the same again", "warm_s", ""),
    ("after that cold start, the first whole battle (quick)", "late_s", ""),
    ("preset quick, whole command", "quick_command_s", ""),
    (HELP, "help_s", "0.3 s"),
    ("run.py validate", "validate_s", ""),
)


def commands(scenario: str, repeats: int, *, cold: bool) -> dict[str, float]:
    """Seconds of each kind of start; the least of the repeats, but for the cold one, which is measured once."""
    with tempfile.TemporaryDirectory() as scratch:
        runs = ["--out", str(Path(scratch) / "runs")]
        two_days = ["run.py", "run", scenario, *TWO_DAYS, *runs]
        quick = ["run.py", "run", scenario, "--set", "preset=quick", *runs]
        cache = str(Path(scratch) / "cache") if cold else None
        figures = {"cold_s": processes.seconds(two_days, cache)} if cold else {}
        figures["warm_s"] = min(processes.seconds(two_days, cache) for _ in range(repeats))
        if cold:
            figures["late_s"] = processes.seconds(quick, cache)
        figures["quick_command_s"] = min(processes.seconds(quick) for _ in range(repeats))
    for name in ("help", "validate"):
        words = ["run.py", "--help"] if name == "help" else ["run.py", "validate", scenario]
        figures[f"{name}_s"] = min(processes.seconds(words) for _ in range(max(repeats, 2) + 1))
    return figures


def stages(scenario: str, repeats: int) -> dict[str, float]:
    """Stages of a warm start of two days, of the repeat with the least sum; the interpreter's own start before them."""
    tries = [processes.figures("stages.py", scenario, *TWO_DAYS) for _ in range(repeats)]
    bare = min(processes.seconds(["-c", "pass"]) for _ in range(3))
    return {"interpreter": bare} | min(tries, key=lambda t: sum(t.values()))


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """Starts of the first of the scenarios."""
    figures = commands(scenarios[0], repeats, cold=not quick)
    parts = stages(scenarios[0], repeats)
    rows: list[tables.Row] = [("", "seconds", "goal")]
    rows += [(label, f"{figures[key]:.2f} s", goal) for label, key, goal in STARTS if key in figures]
    rows += [("stages of a warm start, sum", f"{sum(parts.values()):.2f} s", "")]
    rows += [(f"- {name}", f"{seconds:.2f} s", "") for name, seconds in parts.items()]
    notes = [
        (
            "The *cold start* runs two days with an empty kernel cache. The whole coarse battle after it runs with that same "
            "cache: what it takes beyond *preset quick, whole command* was left to compile after the second day."
        ),
        (
            "The stages are those of a warm start of two days, in a process that reads the clock between them "
            "(`benchmarks/stages.py`). What is imported first carries what it shares with those after it. The kernels' share "
            "is what the first battle takes beyond others just like it."
        ),
    ]
    goals = [(label, f"{figures[key]:.2f} s", goal) for label, key, goal in STARTS if key in figures and goal]
    return tables.Section("Starts", f"{Path(scenarios[0]).stem}; wall time.", rows, notes, goals)
