"""The fuzzer: thousands of spoilt scenarios, cities, run folders and command lines, each to be refused in words or to hold.

python tests/fuzz/fuzz.py                        every kind, some 10,000 cases
python tests/fuzz/fuzz.py --kind run_bytes       one kind
python tests/fuzz/fuzz.py --kind run_bytes --only 17 --seed 1      one case again, with its trace
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

from fuzz_base import ACCEPTED, REFUSED, SMALL, TESTS, make_material
from fuzz_cases import KINDS, run_case

from sim.scenario import load

COUNTS = {
    "scenario_bytes": 1500,
    "scenario_lines": 2500,
    "scenario_values": 1200,
    "set_words": 1500,
    "city_bytes": 800,
    "city_structure": 1500,
    "run_bytes": 500,
    "run_believed": 500,
    "run_structure": 400,
    "command_line": 800,
    "battle": 60,
}
LONGEST_S = 120


def small_run(folder: Path):
    """A finished run of three days."""
    from sim.battle import Battle

    (folder / "riverton.yaml").write_text((TESTS / "scenarios" / "riverton.yaml").read_text().replace("..", TESTS.as_posix()))
    (folder / "small.yaml").write_text(SMALL)
    return Battle(load(folder / "small.yaml"), seed=1).run()


def too_long(*_: object) -> None:
    raise TimeoutError(f"still at it after {LONGEST_S} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind; may be repeated")
    parser.add_argument("--count", type=int, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=1, help="seed of the series")
    parser.add_argument("--only", type=int, help="only the case of this number")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, too_long)
    failures: dict[str, list[str]] = collections.defaultdict(list)
    print(f"{'kind':<18}{'cases':>7}{'refused':>9}{'accepted':>9}{'failed':>8}{'seconds':>9}{'longest':>9}", flush=True)
    total: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        material = make_material(Path(place), small_run(Path(place)))
        for kind in asked.kind or KINDS:
            numbers = [asked.only] if asked.only is not None else range(asked.count or COUNTS[kind])
            seen: collections.Counter[str] = collections.Counter()
            began, longest = time.perf_counter(), (0.0, 0)
            for number in numbers:
                started = time.perf_counter()
                signal.alarm(LONGEST_S)
                verdict = run_case(kind, number, asked.seed, Path(place) / "case", material)
                signal.alarm(0)
                longest = max(longest, (time.perf_counter() - started, number))
                seen[verdict if verdict in {ACCEPTED, REFUSED} else "failed"] += 1
                if verdict not in {ACCEPTED, REFUSED}:
                    failures[f"--kind {kind} --seed {asked.seed} --only {number}"].append(verdict)
            seen["seconds"] = time.perf_counter() - began  # type: ignore[assignment]
            total.update(seen)
            print(row(kind, seen) + f"{longest[0]:>9.2f}  (case {longest[1]})", flush=True)
    print(row("all", total))
    for where, traces in failures.items():
        last = traces[0].strip().splitlines()[-1][:300]
        print(f"\n{where}\n  {traces[0] if asked.only is not None else last}")
    return int(bool(failures))


def row(kind: str, seen: collections.Counter[str]) -> str:
    cases = seen[REFUSED] + seen[ACCEPTED] + seen["failed"]
    return f"{kind:<18}{cases:>7,}{seen[REFUSED]:>9,}{seen[ACCEPTED]:>9,}{seen['failed']:>8,}{seen['seconds']:>9.1f}"


if __name__ == "__main__":
    sys.exit(main())
