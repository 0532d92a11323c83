"""Outcomes of many seeds under a scenario and its variants; prints one JSON object.

    python benchmarks/one_pairs.py op_ed --seeds 24 --variant "no ISR: isr.orbits=0" [--set preset=quick]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = "base"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", help="a shipped scenario's name, or a file")
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--variant", dest="variants", action="append", default=[], metavar="NAME: KEY=VALUE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(argv)


def one_run(scenario: str, sets: list[str], seed: int) -> dict[str, Any]:
    """Outcomes of one battle, and a short hash of each of its days."""
    from sim.battle import Battle
    from sim.scenario import load

    run = Battle(scenario=load(scenario, sets), seed=seed).run()
    days = [hashlib.blake2b(repr(row).encode(), digest_size=8).hexdigest() for row in run.daily.itertuples(index=False)]
    outcomes = {name: float(value) if math.isfinite(value) else None for name, value in run.summary.items()}
    return {"outcomes": outcomes, "days": days}


def days_alike(one: list[str], other: list[str]) -> int:
    """Days from the start on which two battles are the same in every daily series."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def collect(asked: argparse.Namespace) -> dict[str, Any]:
    """Outcomes by variant, one entry for each seed, and the days that each pair has in common."""
    named = {BASE: list(asked.sets)}
    for variant in asked.variants:
        name, _, change = variant.partition(":")
        named[name.strip()] = [*asked.sets, change.strip()]
    seeds = range(1, asked.seeds + 1)
    work = [(asked.scenario, sets, seed) for sets in named.values() for seed in seeds]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, mp_context=context) as pool:
        runs = list(pool.map(one_run, *zip(*work, strict=True)))
    of = {name: runs[i * asked.seeds : (i + 1) * asked.seeds] for i, name in enumerate(named)}
    alike = {
        name: [days_alike(a["days"], b["days"]) for a, b in zip(of[BASE], several, strict=True)]
        for name, several in of.items()
        if name != BASE
    }
    return {"outcomes": {name: [run["outcomes"] for run in several] for name, several in of.items()}, "alike": alike}


def main(argv: Sequence[str] | None = None) -> None:
    json.dump(collect(parse(argv)), sys.stdout)


if __name__ == "__main__":
    main()
