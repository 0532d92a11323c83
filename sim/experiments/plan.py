"""What a sweep will take, told before it starts: runs, time, disk."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiments.engine import Local
from sim.experiments.jobs import run_job
from sim.experiments.store import MANIFEST, Store
from sim.experiments.sweep import left_to_run
from sim.kernels.cache import is_warm
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from sim.experiments.batch import Batch


@dataclass(frozen=True)
class Plan:
    """What a sweep takes.

    Attributes:
        points: Points of the design.
        replicates: Runs of each.
        runs: Runs in all.
        left: Runs that have not been made.
        workers: How many run at a time.
        run_seconds: Time of one run (s); None where none could be made.
        run_bytes: What one run takes on disk, at most (bytes); None where none could be made.
        free_bytes: What the disk has left.
        error: Why the run that was tried failed; empty where it did not.
    """

    points: int
    replicates: int
    runs: int
    left: int
    workers: int
    run_seconds: float | None
    run_bytes: int | None
    free_bytes: int
    error: str = ""

    @property
    def seconds(self) -> float | None:
        """Time that the runs that are left will take (s)."""
        return None if self.run_seconds is None else self.run_seconds * -(-self.left // self.workers)

    @property
    def bytes(self) -> int | None:
        """Disk that the runs that are left will take, at most (bytes)."""
        return None if self.run_bytes is None else self.run_bytes * self.left

    @property
    def fits(self) -> bool:
        """Whether the disk can hold it."""
        return self.bytes is None or self.bytes <= self.free_bytes


def plan_batch(batch: Batch, folder: Path, jobs: int | None = None) -> Plan:
    """Count the runs of a batch, and make the first of those that are left to see what one takes; its result is dropped.

    Args:
        batch: The batch.
        folder: Its folder, which need not be there.
        jobs: How many runs at a time; the machine's cores where None.

    Returns:
        What it takes.
    """
    wanted = left = list(batch.jobs)
    if (folder / MANIFEST).is_file():
        left = left_to_run(Store.open(folder).table(every=True), wanted, retry_failed=False)
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    seconds, size, error = None, None, ""
    if left:
        with tempfile.TemporaryDirectory(prefix="mosul-abm-") as name:
            scratch = Path(name)
            with Store.create(scratch, batch, about={}) as store:
                task = partial(
                    run_job, batch.starts, keep=batch.keep, outcomes=batch.outcomes, folder=scratch, source=source_hash()
                )
                compiling = not is_warm()
                with closing(Local(1).run(left[:1] * (2 if compiling else 1), task)) as results:
                    *_, result = results  # the run that compiles is no measure
                seconds, error = result.seconds, result.error
                size = store.size_of(result)
    return Plan(
        points=len(batch.points),
        replicates=batch.replicates,
        runs=len(wanted),
        left=len(left),
        workers=min(Local(jobs).workers, max(len(left), 1)),
        run_seconds=None if error else seconds,
        run_bytes=None if error else size,
        free_bytes=shutil.disk_usage(there).free,
        error=error,
    )
