"""Speed and memory of the shipped scenarios at 1:1, to their end. Run it on an idle machine; it takes some minutes.

    python benchmarks/bench_battle.py            print the table
    python benchmarks/bench_battle.py --write    and write docs/benchmarks.md
    python benchmarks/bench_battle.py --quick    coarse battles, no cold start: a smoke test, figures mean nothing

Seconds of the battle and its phases are core-seconds of one process; all others are wall time. Of the repeats of a battle
the one with the least core-seconds is shown, whole, so that its phases add up. Kernels are compiled and loaded before any
clock starts, but for the cold start.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = starts.ROOT / "docs" / "benchmarks.md"
ONE = str(Path(__file__).with_name("one_battle.py"))
SCENARIOS = ("op_ed", "mosul_2016")
Row = tuple[str, ...]

# Figure, how it is read from what one battle gave, how it is printed, goal.
BATTLE: tuple[tuple[str, Callable[[dict[str, Any]], float], str, str], ...] = (
    ("whole battle, core-seconds", lambda f: f["core_s"], "{:.1f} s", "10 s"),
    ("whole battle, wall time", lambda f: f["wall_s"], "{:.1f} s", ""),
    ("ticks (hours) simulated", lambda f: f["ticks"], "{:,.0f}", ""),
    ("ticks per core-second", lambda f: f["ticks"] / f["core_s"], "{:,.0f}", ""),
    ("milliseconds per simulated day", lambda f: 1e3 * f["core_s"] / max(f["days"], 1), "{:.0f} ms", ""),
    ("households", lambda f: f["households"], "{:,.0f}", ""),
    ("household decisions", lambda f: f["decisions"] / 1e6, "{:.2f} million", ""),
    ("decision kernel alone", lambda f: f["decide_s"], "{:.2f} s", ""),
    ("decisions per second and core, kernel alone", lambda f: f["decisions"] / 1e6 / max(f["decide_s"], 1e-9),
        "{:.1f} million", "10 million"),
    ("build (city, agents)", lambda f: f["build_s"], "{:.2f} s", "2 s (city)"),
    ("peak memory, run", lambda f: f["peak_run_mb"], "{:,.0f} MB", "1,000 MB"),
    ("peak memory, writing included", lambda f: f["peak_mb"], "{:,.0f} MB", ""),
    ("gathering tables", lambda f: f["tables_s"], "{:.2f} s", ""),
    ("writing the run folder", lambda f: f["write_s"], "{:.2f} s", ""),
    ("size of the run folder", lambda f: f["folder_mb"], "{:.1f} MB", ""),
    ("rows of the ledger", lambda f: f["ledger_rows"], "{:,.0f}", ""),
    ("preset quick, in a running process", lambda f: f["quick_s"], "{:.2f} s", "about 1 s"),
)  # fmt: skip
STARTS = (
    ("cold start: 2 days, compilation included", "cold_s", "60 s"),
    ("warm start: the same again", "warm_s", ""),
    ("after that cold start, the first whole battle (quick)", "late_s", ""),
    ("preset quick, whole command", "quick_command_s", ""),
    ("run.py --help", "help_s", "0.3 s"),
    ("run.py validate", "validate_s", ""),
)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help=f"default: {' '.join(SCENARIOS)}")
    parser.add_argument("--repeats", type=int, default=2, help="of each figure; the least counts (default 2)")
    parser.add_argument("--quick", action="store_true", help="coarse battles, once, no cold start")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} too")
    asked = parser.parse_args(argv)
    if asked.quick and asked.write:
        parser.error("--quick gives no figures worth writing")
    return asked


def measure_battle(scenario: str, repeats: int, *, quick: bool) -> dict[str, Any]:
    """Figures of the repeat that took the fewest core-seconds; the least build, table and writing time of all."""
    words = [ONE, scenario, *(["--set", "preset=quick"] if quick else [])]
    tries = [json.loads(starts.output(words)) for _ in range(repeats)]
    best = min(tries, key=lambda figures: figures["core_s"])
    return best | {name: min(t[name] for t in tries) for name in ("build_s", "tables_s", "write_s", "quick_s")}


def rows(battles: dict[str, dict[str, Any]], start: dict[str, float], started: str) -> list[Row]:
    """The table: one row for each figure, one column for each scenario, the goal last."""
    names = list(battles)
    table: list[Row] = [("", *names, "goal")]
    head, tail = BATTLE[:1], BATTLE[1:]
    add = [(label, *(form.format(get(battles[n])) for n in names), goal) for label, get, form, goal in head]
    first = battles[names[0]]["phases"]
    longest_first = sorted(first, key=lambda p: -max(battles[n]["phases"].get(p, 0.0) for n in names))
    add += [(f"- {p}", *(f"{battles[n]['phases'].get(p, 0.0):.2f} s" for n in names), "") for p in longest_first]
    add += [(label, *(form.format(get(battles[n])) for n in names), goal) for label, get, form, goal in tail]
    for label, key, goal in STARTS:
        if key in start:
            add.append((label, *(f"{start[key]:.2f} s" if n == started else "" for n in names), goal))
    return table + add


def plain(table: list[Row]) -> str:
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in table
    )


def markdown(table: list[Row]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "| --- |" + " ---: |" * (len(table[0]) - 1), *lines[1:]])


def page(table: list[Row], repeats: int) -> str:
    cores = os.cpu_count() or 1
    today = dt.datetime.now(dt.UTC).date().isoformat()
    machine = f"{cores} core{'s' if cores > 1 else ''} of a server CPU ({platform.machine()}), {platform.system()}"
    return f"""# Benchmarks

Written by `python benchmarks/bench_battle.py --write`: do not edit. `make bench` prints the same table.

Whole battles at 1:1 (1.2 million people, 100 m cells, hourly) to their end, seed 1, one process on one core. Measured
{today} on {machine}, Python {platform.python_version()}. Least of {repeats} repeats; the cold start once. Import, compilation and
writing are not in the seconds of the battle; rows with a dash are its phases, in core-seconds.

{markdown(table)}

How to read it:

- A *household decision* is one evaluation of the rule of leaving with every term. Its rate counts the time of the
  decision kernel alone; finding ways out and walking are in the phase *households* too.
- The *cold start* runs two days with an empty kernel cache. The row after the warm start is a coarse whole battle with
  that same cache: what it takes beyond *preset quick, whole command* was left to compile after the second day.
- Peak memory is that of a process of its own (`ru_maxrss`), interpreter and libraries included.
"""


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    repeats = 1 if asked.quick else max(asked.repeats, 1)
    battles = {}
    for name in asked.scenarios:
        print(f"{name} ...", file=sys.stderr, flush=True)
        starts.output([ONE, name, "--build-only"])  # compile, if that has not been done
        battles[Path(name).stem] = measure_battle(name, repeats, quick=asked.quick)
    print("starts ...", file=sys.stderr, flush=True)
    first = asked.scenarios[0]
    table = rows(battles, starts.measure(first, repeats, cold=not asked.quick), Path(first).stem)
    print(plain(table))
    if asked.write:
        PAGE.write_text(page(table, repeats), encoding="utf-8")
        print(f"written: docs/{PAGE.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
