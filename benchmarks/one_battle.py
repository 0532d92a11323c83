"""One battle, measured in a process of its own; prints one JSON object.

    python benchmarks/one_battle.py op_ed [--seed 1] [--set preset=quick ...] [--build-only]

``battles.py`` starts it once for each repeat, so that no battle inherits memory, caches or agents of another. Every
kernel is first used on a coarse battle of the same scenario, so that neither compiling nor loading is in the figures.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import resource
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.battle import Battle
    from sim.scenario import Scenario

COARSE = "preset=quick"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", help="a shipped scenario's name, or a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--build-only", action="store_true", help="only warm kernels and build")
    return parser.parse_args(argv)


@contextlib.contextmanager
def decide_timed(spent: list[float]) -> Iterator[None]:
    """Time every call of the kernel of household decisions: the decisions alone, without finding ways and walking."""
    from sim.battle import flight

    kernel = flight.decide

    def timed(*args: Any) -> None:
        began = time.process_time()
        kernel(*args)
        spent[0] += time.process_time() - began

    flight.decide = timed
    try:
        yield
    finally:
        flight.decide = kernel


def run_by_phase(battle: Battle, after_tick: Callable[[], bool] = lambda: True) -> dict[str, float]:
    """Run as ``Battle.run`` does, with a clock around each phase.

    Args:
        battle: The battle.
        after_tick: Called after every tick, off the clock; the run ends where it returns False, or with the battle.

    Returns:
        Core-seconds by phase.
    """
    from sim.battle.model import PHASES
    from sim.battle.outcome import check_end

    spent: defaultdict[str, float] = defaultdict(float)
    while battle.running:
        before = time.process_time()
        for name, phase in PHASES:
            phase(battle)
            after = time.process_time()
            spent[name] += after - before
            before = after
        check_end(battle)
        battle.tick += 1
        spent["end of tick"] += time.process_time() - before
        if not after_tick():
            break
    return dict(spent)


def peak_mb() -> float:
    """Most memory that this process has held so far, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def warm(coarse: Scenario, seed: int, times: int = 2) -> float:
    """Run a coarse battle to its end; returns the seconds of its last time, when all is loaded."""
    from sim.battle import Battle

    seconds = 0.0
    for _ in range(times):
        battle = Battle(scenario=coarse, seed=seed)
        began = time.perf_counter()
        battle.run()
        seconds = time.perf_counter() - began
    return seconds


def measure(scenario: Scenario, coarse: Scenario, seed: int, *, build_only: bool = False) -> dict[str, Any]:
    """Build, run and write one battle, after a coarse one has warmed the kernels; returns its figures."""
    from sim.battle import Battle
    from sim.battle.outcome import summarise
    from sim.city.grid import build_grid

    quick_seconds = warm(coarse, seed)
    gc.collect()
    if hasattr(build_grid, "cache_clear"):
        build_grid.cache_clear()
    began = time.perf_counter()
    battle = Battle(scenario=scenario, seed=seed)
    figures: dict[str, Any] = {"build_s": time.perf_counter() - began, "quick_s": quick_seconds}
    if build_only:
        return figures

    deciding = [0.0]
    wall, core = time.perf_counter(), time.process_time()
    with decide_timed(deciding):
        phases = run_by_phase(battle)
    figures |= {
        "wall_s": time.perf_counter() - wall,
        "core_s": time.process_time() - core,
        "phases": phases,
        "ticks": battle.tick,
        "households": battle.households.columns.members.size,
        "decisions": int(battle.counts["household_decisions"]),
        "decide_s": deciding[0],
        "ending": battle.ending,
        "peak_run_mb": peak_mb(),
    }
    began = time.perf_counter()
    run = summarise(battle)
    figures["tables_s"] = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as parent:
        began = time.perf_counter()
        folder = run.save(parent)
        figures["write_s"] = time.perf_counter() - began
        figures["folder_mb"] = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6
    return figures | {"peak_mb": peak_mb(), "ledger_rows": len(run.events), "days": len(run.daily)}


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    from sim.scenario import load

    scenario, coarse = load(asked.scenario, asked.sets), load(asked.scenario, [*asked.sets, COARSE])
    json.dump(measure(scenario, coarse, asked.seed, build_only=asked.build_only), sys.stdout)


if __name__ == "__main__":
    main()
