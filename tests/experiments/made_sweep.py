"""Sweep folders with made-up results: what analyses read, at once and with known answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.experiments.batch import Batch
from sim.experiments.designs import points as design_points
from sim.experiments.jobs import Job, Result, Start, failed
from sim.experiments.loaded import LoadedSweep
from sim.experiments.spec import Design, Factor, SweepSpec
from sim.experiments.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from sim.scenario import Scenario

FIGHTERS = Factor("defenders.fighters", (40, 90), whole=True)
BRIDGES = Factor("bridges.demolition", ("none", "start"))
RANGE = Factor("defenders.fighters", None, 20, 120, whole=True)


def made_spec(scenario: Scenario, *factors: Factor, **more: Any) -> SweepSpec:
    design = more.pop("design", Design("grid"))
    outcomes = more.pop("outcomes", ("displaced",))
    return SweepSpec("made", "Made-up results", scenario, factors or (FIGHTERS,), design, outcomes=outcomes, **more)


def seed_of(spec: SweepSpec, point: int, replicate: int) -> int:
    """The same for each point where seeds are common, else one of its own."""
    return spec.first_seed + replicate + (0 if spec.seeds == "common" else 1000 * point)


def made_sweep(
    folder: Path,
    spec: SweepSpec,
    outcomes: Callable[[int, int], Mapping[str, float]],
    series: Callable[[int, int], Mapping[str, list[float]]] | None = None,
    *,
    fails: Container[tuple[int, int]] = (),
    waits: Container[tuple[int, int]] = (),
) -> Path:
    """A sweep folder.

    Args:
        folder: Where to.
        spec: The sweep.
        outcomes: Outcomes of a point and replicate.
        series: Daily series of a point and replicate.
        fails: Runs (point, replicate) that failed.
        waits: Runs that have not been made.
    """
    points = design_points(spec)
    jobs = [
        Job(f"a{point}-{replicate}", int(point), replicate, seed_of(spec, int(point), replicate), ())
        for replicate in range(spec.replicates)
        for point in points.index
    ]
    batch = Batch(
        "sweep", spec.name, spec.to_yaml(), spec.short_hash, points, (Start(spec.scenario),), tuple(jobs), spec.replicates,
        spec.outcomes, spec.keep,
    )  # fmt: skip
    store = Store.create(folder, batch, about={})
    with store:
        for job in jobs:
            run = (job.point, job.replicate)
            if run in fails:
                store.add([failed(job, "ValueError: no")])
            elif run not in waits:
                daily = None if series is None else dated(spec, series(*run))
                store.add([Result(job, "done", outcomes=outcomes(*run), daily=daily)])
    return folder


def in_memory(folder: Path, spec: SweepSpec, outcomes: Callable[[int, int], Mapping[str, float]]) -> LoadedSweep:
    """The same sweep as read, without files and without daily series; every run is done."""
    points = design_points(spec)
    rows = [
        {"point": point, "replicate": replicate, "seed": seed_of(spec, int(point), replicate), **points.loc[point].to_dict(),
         **outcomes(int(point), replicate)}
        for point in points.index
        for replicate in range(spec.replicates)
    ]  # fmt: skip
    return LoadedSweep(folder, spec, points, pd.DataFrame(rows), failed=0, missing=0, outcomes=spec.outcomes)


def dated(spec: SweepSpec, series: Mapping[str, list[float]]) -> pd.DataFrame:
    length = len(next(iter(series.values())))
    start = spec.scenario.time.start
    dates = pd.to_datetime([start + timedelta(days=day) for day in range(length)]).astype("datetime64[ms]")
    return pd.DataFrame({"date": dates, "day": range(length), **series})
