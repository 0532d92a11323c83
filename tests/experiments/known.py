"""Stand-ins for loaded sweeps: designs of the package itself, outcomes by formulas whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.experiments.designs import points
from sim.experiments.spec import Design, Factor, SweepSpec
from sim.scenario import Scenario

Formula = Callable[[pd.DataFrame], "pd.Series[float] | np.ndarray"]


@dataclass(frozen=True)
class Known:
    """What analyses take: a sweep that was read."""

    spec: SweepSpec
    points: pd.DataFrame
    runs: pd.DataFrame
    outcomes: tuple[str, ...] = ("y",)

    def less(self, runs: pd.DataFrame) -> Known:
        return replace(self, runs=runs)


def unit_factors(count: int) -> tuple[Factor, ...]:
    return tuple(Factor(f"s.x{i}", None, 0.0, 1.0) for i in range(1, count + 1))


def sweep_of(
    design: Design, factors: tuple[Factor, ...], formula: Formula, *, replicates: int = 1, seeds: str = "common"
) -> Known:
    spec = SweepSpec("known", "", Scenario(), factors, design, replicates, seeds, outcomes=("y",))  # type: ignore[arg-type]
    table = points(spec)
    runs = table.loc[table.index.repeat(replicates)].reset_index()
    runs["replicate"] = np.tile(np.arange(replicates), len(table))
    runs["seed"] = runs["replicate"] + 1 if seeds == "common" else np.arange(len(runs)) + 1
    runs["y"] = np.asarray(formula(runs), float)
    return Known(spec, table, runs)


def noise(runs: pd.DataFrame, column: str = "") -> np.ndarray:
    """Standard normal numbers, fixed: one a run, or one a value of a column."""
    drawn = np.random.default_rng(5).standard_normal(len(runs) + 1)
    return drawn[runs[column].to_numpy()] if column else drawn[: len(runs)]
