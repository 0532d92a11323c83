"""One short run, as the command line does it, with a clock at each stage; prints one JSON object of seconds, in order.

    python benchmarks/stages.py op_ed [--set time.max_days=2]

What is imported first carries what it shares with those after it. The kernels' share is what the first battle takes beyond a
second one just like it: reading compiled code, and what Numba does at a first call.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Stage, and the modules that it imports.
IMPORTS = (
    ("command line (typer, rich)", ("sim.cli",)),
    ("schema and YAML (pydantic, ruamel)", ("sim.scenario",)),
    ("NumPy", ("numpy",)),
    ("Numba", ("sim.kernels.rng",)),
    ("pandas", ("pandas",)),
    ("Mesa", ("mesa",)),
    ("SciPy, shapely, the rest of the model", ("sim.battle",)),
)


class Stages:
    """A clock that is read at the end of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, name: str, act: Callable[[], object]) -> float:
        began = time.perf_counter()
        act()
        self.seconds[name] = time.perf_counter() - began
        return self.seconds[name]


def measure(name: str, sets: Sequence[str]) -> dict[str, float]:
    """Seconds of every stage; their sum is what the run takes after the interpreter's own start."""
    stages = Stages()
    for stage, modules in IMPORTS:
        stages.add(f"import {stage}", lambda modules=modules: [importlib.import_module(module) for module in modules])
    from sim.battle import Battle
    from sim.city import build_grid, load_city
    from sim.scenario import load

    found: dict[str, object] = {}
    stages.add("read and check the scenario", lambda: found.update(scenario=load(name, list(sets))))
    city = found["scenario"].city  # type: ignore[attr-defined]
    stages.add("read the city's folder", lambda: found.update(city=load_city(city.path)))
    stages.add("build the grid", lambda: build_grid(found["city"], city.cell_m, city.margin_m))
    build, steps = [], []
    for _ in range(3):
        build.append(stages.add("agents and fields", lambda: found.update(battle=Battle(found["scenario"]))))
        steps.append(stages.add("simulate and sum up", lambda: found.update(run=found["battle"].run())))
    for stage, seconds in (("agents and fields", build), ("simulate and sum up", steps)):
        stages.seconds[stage] = min(seconds)
        stages.seconds[f"load kernels: {stage}"] = seconds[0] - min(seconds)
    with tempfile.TemporaryDirectory() as folder:
        stages.add("write the run folder (pyarrow's import included)", lambda: found["run"].save(folder))
    return stages.seconds


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args(argv)
    json.dump(measure(asked.scenario, asked.sets), sys.stdout)


if __name__ == "__main__":
    main()
