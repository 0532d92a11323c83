"""What the household handles of one battle take, in a process of its own; prints one JSON object.

    python benchmarks/one_handles.py op_ed              seconds and resident memory
    python benchmarks/one_handles.py op_ed --traced     memory as Python's allocator counts it (slow: nothing else is timed)
"""

from __future__ import annotations

import argparse
import gc
import json
import pickle
import sys
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import one_battle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.battle import Battle
    from sim.scenario import Scenario

STATUS = Path("/proc/self/status")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", help="a shipped scenario's name, or a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--days", type=int, default=10, help="days to run before the pickle is taken (default 10)")
    parser.add_argument("--traced", action="store_true")
    return parser.parse_args(argv)


def resident_mb() -> float:
    """Memory that this process holds now, MB; its peak where the system does not tell."""
    if not STATUS.exists():
        return one_battle.peak_mb()
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def timed(act: Callable[[], object], times: int = 3) -> float:
    """Least core-seconds of some calls."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return min(spent)


def making(battle: Battle) -> dict[str, float]:
    """Seconds and megabytes of making all household handles."""
    gc.collect()
    before = resident_mb()
    began = time.process_time()
    battle.households.handles()
    made = time.process_time() - began
    gc.collect()
    return {"make_s": made, "resident_mb": resident_mb() - before}


def traced(battle: Battle) -> dict[str, float]:
    """Megabytes of the same, as Python's allocator counts them."""
    gc.collect()
    tracemalloc.start()
    battle.households.handles()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"traced_mb": held / 1e6}


def calls(battle: Battle) -> dict[str, float]:
    """Seconds of what Mesa users do with all handles."""
    kind = battle.households.handle_class
    people = battle.agents_by_type[kind]
    handles = battle.households.handles()
    inclination = [handle.inclination for handle in handles]

    def write() -> None:
        for handle, value in zip(handles, inclination, strict=True):
            handle.inclination = value

    def read() -> None:
        for handle in handles:
            handle.members  # noqa: B018  the read is what is timed

    return {
        "agents_by_type": timed(lambda: battle.agents_by_type[kind]),
        "do": timed(lambda: people.do(_nothing)),
        "shuffle_do": timed(lambda: people.shuffle_do(_nothing)),
        "get": timed(lambda: people.get("members")),
        "agg": timed(lambda: people.agg("members", sum)),
        "select": timed(lambda: people.select(_in_shelter)),
        "groupby": timed(lambda: people.groupby("state").count()),
        "read": timed(read),
        "write": timed(write),
        "column": timed(battle.households.columns.members.sum),
    }


def _nothing(_: Any) -> None:
    """The least that an agent can do."""


def _in_shelter(handle: Any) -> bool:
    return handle.state == "sheltering"


def pickles(battle: Battle) -> dict[str, float]:
    """Seconds and size of a pickle of the battle, with its handles made, and of reading it."""
    packed = pickle.dumps(battle, pickle.HIGHEST_PROTOCOL)
    return {
        "pickle_s": timed(lambda: pickle.dumps(battle, pickle.HIGHEST_PROTOCOL), 2),
        "unpickle_s": timed(lambda: pickle.loads(packed), 2),
        "pickle_mb": len(packed) / 1e6,
    }


def measure(scenario: Scenario, seed: int, days: int, *, trace: bool) -> dict[str, Any]:
    from sim.battle import Battle

    Battle(scenario=scenario, seed=seed)  # kernels loaded, city read
    battle = Battle(scenario=scenario, seed=seed)
    figures: dict[str, Any] = {"households": len(battle.households)}
    if trace:
        return figures | traced(battle)
    figures |= making(battle) | {"calls": calls(battle)}
    while battle.running and battle.day < days:
        battle.step()
    return figures | pickles(battle)


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    from sim.scenario import load

    scenario = load(asked.scenario, asked.sets)
    json.dump(measure(scenario, asked.seed, asked.days, trace=asked.traced), sys.stdout)


if __name__ == "__main__":
    main()
