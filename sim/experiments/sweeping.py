"""A sweep by its name or file, in one call: what the package offers as ``sim.sweep``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.experiments.spec import SweepSpec, load_spec
from sim.experiments.sweep import run_sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.experiments.engine import Engine
    from sim.experiments.sweep import Progress, Sweep


def sweep(
    asked: str | Path | SweepSpec,
    folder: str | Path | None = None,
    *,
    jobs: int | None = None,
    retry_failed: bool = False,
    progress: Callable[[Progress], object] | None = None,
    engine: Engine | None = None,
) -> Sweep:
    """Run a sweep by its name or file, or what is left of it; offered as ``sim.sweep``.

    Args:
        asked: A shipped sweep's name, the path of a YAML file, or a loaded sweep.
        folder: As of :func:`sim.experiments.sweep.run_sweep`, as are the others.
        jobs: How many runs at a time; the machine's cores where None.
        retry_failed: Run again what failed.
        progress: Called at the start and whenever a run has ended.
        engine: What computes the runs; processes on this machine where None.

    Returns:
        What the sweep came to.

    Raises:
        ScenarioError: With every mistake in the file.
        SweepError: As of :func:`sim.experiments.sweep.run_sweep`, as are LockedError and SweepStoppedError.
    """
    spec = asked if isinstance(asked, SweepSpec) else load_spec(asked)
    return run_sweep(spec, folder, jobs=jobs, retry_failed=retry_failed, progress=progress, engine=engine)
