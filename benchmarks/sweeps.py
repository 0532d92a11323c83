"""Part ``sweeps``: the same sweep with one job and with two: runs an hour, efficiency, memory of the workers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import processes
import psutil
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS = 24
LOOK_EVERY_S = 0.2
JOBS = (1, 2)
_MB = 1e6
SPEC = """\
scenario: {scenario}
set: {{{sets}}}
factors: {{defenders.fighters: [2000, 3000]}}
design: {{kind: grid}}
replicates: {replicates}
"""


def swept(spec: Path, out: Path, jobs: int) -> dict[str, float]:
    """One sweep as a command of its own: its wall time, that between its first and last result, and peaks of memory.

    Raises:
        subprocess.CalledProcessError: The sweep failed.
    """
    words = [sys.executable, "run.py", "sweep", str(spec), "--jobs", str(jobs), "--out", str(out)]
    environment = dict(os.environ, PYTHONPATH=str(processes.ROOT))
    parent_mb, workers = 0.0, dict[int, float]()
    began = time.perf_counter()
    with subprocess.Popen(words, cwd=processes.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as sweep:
        known = psutil.Process(sweep.pid)
        while sweep.poll() is None:
            try:
                parent_mb = max(parent_mb, known.memory_info().rss / _MB)
                for child in known.children():
                    workers[child.pid] = max(workers.get(child.pid, 0.0), child.memory_info().rss / _MB)
            except psutil.Error:  # it has just ended
                continue
            finally:
                time.sleep(LOOK_EVERY_S)
        wall = time.perf_counter() - began
        if sweep.returncode:
            raise subprocess.CalledProcessError(sweep.returncode, words, *sweep.communicate())
    return {"wall_s": wall, "parent_mb": parent_mb, "worker_mb": max(workers.values(), default=0.0)} | _paced(out)


def _paced(out: Path) -> dict[str, float]:
    """Pace between the first and the last result, free of the start of processes; mean time of a run in its worker."""
    import pandas as pd

    (folder,) = (path for path in out.iterdir() if path.is_dir())
    table = pd.read_parquet(folder / "runs").sort_values("finished")
    span = (table["finished"].iloc[-1] - table["finished"].iloc[0]).total_seconds()
    return {"runs": len(table), "pace": (len(table) - 1) / max(span, 1e-9), "run_s": float(table["seconds"].mean())}


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """A sweep of the first of the scenarios, by one job and by two, in turn; the quickest of the repeats each."""
    replicates = 2 if quick else RUNS // 2
    found: dict[int, list[dict[str, float]]] = {jobs: [] for jobs in JOBS}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        spec = scratch / "sweep.yaml"
        scenario = Path(scenarios[0]).absolute() if Path(scenarios[0]).exists() else scenarios[0]
        sets = "preset: quick, time.max_days: 2" if quick else ""
        spec.write_text(SPEC.format(scenario=scenario, sets=sets, replicates=replicates), encoding="utf-8")
        for again in range(repeats):
            for jobs in JOBS:
                found[jobs].append(swept(spec, scratch / f"{again}-{jobs}", jobs))
    best = {jobs: max(tries, key=lambda figures: figures["pace"]) for jobs, tries in found.items()}
    return tables.Section("Sweeps", _intro(scenarios[0], best[1]), _table(best), NOTES, _goals(best))


def _intro(scenario: str, figures: dict[str, float]) -> str:
    return (
        f"{Path(scenario).stem} with 2,000 and 3,000 fighters, {figures['runs']:.0f} runs to their end, by `run.py sweep` in an "
        "empty folder with one job and with two; summaries are kept."
    )


def efficiency(best: dict[int, dict[str, float]]) -> float:
    """Pace of two jobs over twice the pace of one."""
    return best[2]["pace"] / (2 * best[1]["pace"])


def _table(best: dict[int, dict[str, float]]) -> list[tables.Row]:
    def row(label: str, key: str, form: str, scale: float = 1.0) -> tables.Row:
        return (label, *(form.format(scale * best[jobs][key]) for jobs in JOBS))

    return [
        ("", *(f"{jobs} job{'s' if jobs > 1 else ''}" for jobs in JOBS)),
        row("runs an hour", "pace", "{:,.0f}", 3600.0),
        row("a run in its worker", "run_s", "{:.2f} s"),
        row("the whole command", "wall_s", "{:.1f} s"),
        row("memory of a worker, peak", "worker_mb", "{:,.0f} MB"),
        row("memory of the process that keeps the table, peak", "parent_mb", "{:,.0f} MB"),
        ("efficiency: pace over jobs times the pace of one", "1", f"{efficiency(best):.2f}"),
    ]


def _goals(best: dict[int, dict[str, float]]) -> list[tuple[str, str, str]]:
    return [
        ("sweep on 2 cores, runs an hour", f"{3600 * best[2]['pace']:,.0f}", ""),
        ("efficiency of 2 jobs against 1", f"{efficiency(best):.2f}", "0.90"),
    ]


NOTES = [
    "The pace is that between the first and the last result: the start of processes is in *the whole command* alone.",
    "Memory is resident, shared libraries counted in each process, looked at five times a second.",
]
