"""A sweep that is broken off again and again: does it end with every run exactly once, and with the table of an unbroken one?

    python studies/interrupted_sweep.py --times 20 --jobs 2

A sweep of coarse battles is started as a command, broken off at a random moment, and started again. It is broken off by Ctrl-C
(SIGINT), by a polite kill (SIGTERM), by killing the process that keeps the table, or by killing a worker, which must not end it.
The moments are drawn from a seed. Writes docs/interrupted_sweep.md. Not for Windows, which has no such signals.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import psutil

from sim.experiments.store import Store
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("SIGINT", "SIGTERM", "SIGKILL", "SIGKILL to a worker")
SPEC = """\
title: Coarse battles to break off
scenario: {scenario}
set: {{preset: quick}}
factors:
  defenders.fighters: {fighters}
  bridges.demolition: [none, start]
design: {{kind: grid}}
replicates: {replicates}
keep: daily
"""
_SHORTEST_S = 1.0
_LOOK_EVERY_S = 0.05
_NOT_COMPARED = ["seconds", "finished"]


@dataclass(frozen=True)
class Stop:
    """One time that the sweep was broken off.

    Attributes:
        way: How.
        after_s: After how long (s).
        code: What the command returned.
        kept: Runs on disk afterwards.
    """

    way: str
    after_s: float
    code: int
    kept: int


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="times that the sweep is broken off (default 20)")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time (default 2)")
    parser.add_argument("--longest", type=float, default=25.0, help="longest time before it is broken off, s (default 25)")
    parser.add_argument("--replicates", type=int, default=60, help="runs of each of the four points (default 60)")
    parser.add_argument("--fighters", default="2000,4000", help="numbers of fighters (default 2000,4000)")
    parser.add_argument("--scenario", default="op_ed", help="scenario (default op_ed)")
    parser.add_argument("--seed", type=int, default=1, help="seed of ways and moments (default 1)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "interrupted_sweep.md", help="page to write")
    return parser.parse_args(argv)


def command(spec: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    """The sweep as a command of its own."""
    words = [sys.executable, str(ROOT / "run.py"), "sweep", str(spec), "--jobs", str(jobs), "--out", str(out)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    # What is started in the background of a shell does not hear Ctrl-C, and neither would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def break_off(sweep: subprocess.Popen[bytes], way: str) -> bool:
    """Do it; False where there is nothing to be broken off."""
    if sweep.poll() is not None:
        return False
    if way != WAYS[-1]:
        sweep.send_signal(getattr(signal, way))
        return True
    try:
        workers = psutil.Process(sweep.pid).children()
        if workers:
            workers[-1].kill()
    except psutil.Error:
        return False
    return bool(workers)


def rows_in(parent: Path) -> int:
    """Rows on disk, as a reader without this package sees them."""
    parts = list(parent.glob("*/runs/part-*.parquet"))
    return len(pd.read_parquet(parts[0].parent)) if parts else 0


def trial(spec: Path, out: Path, asked: argparse.Namespace) -> list[Stop]:
    """Break a sweep off as often as asked, then let it end."""
    draws = random.Random(asked.seed)
    stops: list[Stop] = []
    sweep = command(spec, out, asked.jobs)
    while len(stops) < asked.times:
        way, after = draws.choice(WAYS), draws.uniform(_SHORTEST_S, asked.longest)
        time.sleep(after)
        if not break_off(sweep, way):
            if sweep.poll() is None:  # it has no workers at this moment
                continue
            if sweep.returncode == 0 and rows_in(out) == runs_of(asked):
                break  # it was done before it was broken off often enough
            sweep = command(spec, out, asked.jobs)
            continue
        if way != WAYS[-1]:
            sweep.wait()
            stops.append(Stop(way, after, sweep.returncode, rows_in(out)))
            sweep = command(spec, out, asked.jobs)
        else:
            time.sleep(_LOOK_EVERY_S)
            stops.append(Stop(way, after, 0, rows_in(out)))
        print(stops[-1], file=sys.stderr, flush=True)
    sweep.wait()
    return stops


def runs_of(asked: argparse.Namespace) -> int:
    """Runs in the sweep."""
    return 2 * len(asked.fighters.split(",")) * int(asked.replicates)


def compared(broken: Path, whole: Path, runs: int) -> dict[str, bool]:
    """What must hold in the end."""
    (one,), (other,) = (list(path.iterdir()) for path in (broken, whole))
    raw = pd.read_parquet(one / "runs")
    tables = [Store.open(folder).table().drop(columns=_NOT_COMPARED) for folder in (one, other)]
    key = ["address", "day"]
    daily = [Store.open(folder).daily().sort_values(key, ignore_index=True) for folder in (one, other)]
    unfinished = [path for path in one.rglob("*") if path.name.endswith(".unfinished")]
    return {
        f"every one of {runs} runs is in the table exactly once": len(raw) == runs == raw["address"].nunique(),
        "all are done": bool((raw["status"] == "done").all()),
        "the table is that of an unbroken sweep, digests included": tables[0].equals(tables[1]),
        "the daily series are too": daily[0].equals(daily[1]),
        "nothing unfinished is left in the folder": not unfinished,
    }


def page(stops: list[Stop], held: dict[str, bool], asked: argparse.Namespace) -> str:
    """The page."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    ends = "\n".join(f"| {what} | {'yes' if holds else '**no**'} |" for what, holds in held.items())
    times = "\n".join(f"| {s.way} | {s.after_s:.1f} s | {_code(s)} | {s.kept} |" for s in stops)
    return f"""# A sweep that is broken off

Written by `python studies/interrupted_sweep.py --times {asked.times} --jobs {asked.jobs}` on {today}, sources
`{source_hash()[:12]}`: do not edit.

A sweep of {runs_of(asked)} coarse battles was broken off {len(stops)} times at random moments and started again each time.

| in the end | |
| --- | --- |
{ends}

| broken off by | after | exit code | runs on disk |
| --- | ---: | ---: | ---: |
{times}

Results are put on disk when a sweep is asked to end, and every minute: a SIGKILL costs up to a minute of runs. A worker that is
killed takes nothing with it: its run is made again.
"""


def _code(stop: Stop) -> str:
    return "goes on" if stop.way == WAYS[-1] else str(stop.code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the trial; 1 where something does not hold."""
    asked = parse(argv)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        spec = scratch / "broken.yaml"
        text = SPEC.format(scenario=asked.scenario, fighters=f"[{asked.fighters}]", replicates=asked.replicates)
        spec.write_text(text, encoding="utf-8")
        stops = trial(spec, scratch / "broken", asked)
        command(spec, scratch / "whole", asked.jobs).wait()
        held = compared(scratch / "broken", scratch / "whole", runs_of(asked))
    written = page(stops, held, asked)
    asked.out.write_text(written, encoding="utf-8")
    print(written)
    return 0 if all(held.values()) and len(stops) == asked.times else 1


if __name__ == "__main__":
    sys.exit(main())
