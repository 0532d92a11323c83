"""Speed, memory and paired seeds of the model: one page of tables. Run it on an idle machine; it takes some minutes.

    python benchmarks/bench_battle.py                      print the tables
    python benchmarks/bench_battle.py --only battle,starts print some of them
    python benchmarks/bench_battle.py --write              print, and write docs/benchmarks.md
    python benchmarks/bench_battle.py --quick              coarse and few: a smoke test, figures mean nothing

Core-seconds are processor time of one process; all other seconds are wall time. The least of the repeats counts, and a ratio
is of two figures of one run. Kernels are compiled and loaded before any clock starts, but for the starts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import battles
import handles
import paired
import processes
import scaling
import starts
import sweeps
import tables
import yardstick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = processes.ROOT / "docs" / "benchmarks.md"
SCENARIOS = ("op_ed", "mosul_2016")

# Part, and what measures it: scenarios, repeats, quick or not.
PARTS: dict[str, Callable[[Sequence[str], int, bool], tables.Section]] = {
    "battle": battles.measure,
    "plain": yardstick.measure,
    "scaling": scaling.measure,
    "handles": handles.measure,
    "paired": paired.measure,
    "starts": starts.measure,
    "sweeps": sweeps.measure,
}


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "scenarios", nargs="*", default=list(SCENARIOS),
        help=f"default: {' '.join(SCENARIOS)}; parts other than battle take the first",
    )  # fmt: skip
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between (default: all of them)")
    parser.add_argument("--repeats", type=int, default=2, help="of each figure; the least counts (default 2)")
    parser.add_argument("--quick", action="store_true", help="coarse battles, few seeds, once, no cold start")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} too")
    asked = parser.parse_args(argv)
    asked.only = [part.strip() for part in asked.only.split(",") if part.strip()]
    if unknown := [part for part in asked.only if part not in PARTS]:
        parser.error(f"no part called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if asked.write and (asked.quick or set(asked.only) != set(PARTS)):
        parser.error("--write wants every part, and --quick gives no figures worth writing")
    return asked


def page(sections: list[tables.Section], repeats: int) -> str:
    cores = os.cpu_count() or 1
    today = dt.datetime.now(dt.UTC).date().isoformat()
    machine = f"{cores} core{'s' if cores > 1 else ''} of a server CPU ({platform.machine()}), {platform.system()}"
    return f"""# Benchmarks

Written by `python benchmarks/bench_battle.py --write`: do not edit. `make bench` prints the same tables.

Measured {today} on {machine}, Python {platform.python_version()}. Least of {repeats} repeats, the cold start once. *Core-seconds*
are processor time of one process on one core; other seconds are wall time. Whatever concerns memory was measured in a process
of its own, whose peak (`ru_maxrss`) includes interpreter and libraries. Both sides of a ratio come from one run.

{tables.paged(sections)}
"""


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    repeats = 1 if asked.quick else max(asked.repeats, 1)
    found = []
    for name, measure in PARTS.items():
        if name in asked.only:
            processes.progress(f"{name} ...")
            found.append(measure(asked.scenarios, repeats, asked.quick))
            print(tables.printed(found[-1]), flush=True)
    sections = [tables.goals_of(found), *found]
    print(tables.printed(sections[0]))
    if asked.write:
        PAGE.write_text(page(sections, repeats), encoding="utf-8")
        processes.progress(f"written: docs/{Path(PAGE).name}")


if __name__ == "__main__":
    main()
