"""What commands that make many runs share: options, seeds, engine, progress, and how they end."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.failing import BadInputError, say
from sim.cli.shown import many, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.batch import Batch
    from sim.experiments.engine import Engine
    from sim.experiments.sweep import Sweep

SOME_FAILED = 3
MOST_JOBS = 1024
MOST_SEEDS = 10_000
_MOST_ERRORS = 5

Jobs = Annotated[int | None, typer.Option("--jobs", metavar="N", help="Runs at a time; one for each core if not given.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that folders of runs are written to.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler.")
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="local", help="Run on a Dask cluster of processes on this machine.")
]


def seeds_of(seeds: int, first: int) -> range:
    """The seeds that ``--seeds`` and ``--seed`` ask for.

    Raises:
        BadInputError: There are none, too many, or one that is none.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise BadInputError(f"--seeds must be a whole number between 1 and {MOST_SEEDS:,}, not {seeds}")
    if not 0 <= first <= 2**63 - 1 - seeds:
        raise BadInputError(f"--seed must be a whole number between 0 and {2**63 - 1 - seeds}, not {first}")
    return range(first, first + seeds)


def check_jobs(jobs: int | None, scheduler: str | None, cluster: str | None) -> None:
    """Refuse what cannot be asked for together.

    Raises:
        BadInputError: So many jobs cannot be, or two clusters are named.
    """
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise BadInputError(f"--jobs must be a whole number between 1 and {MOST_JOBS}, not {jobs}")
    if scheduler is not None and cluster is not None:
        raise BadInputError("--scheduler and --cluster exclude each other: runs go to one cluster")
    if scheduler is not None and jobs is not None:
        raise BadInputError("--jobs counts runs on this machine: a scheduler has as many as workers were started for it")
    if cluster not in {None, "local"}:
        raise BadInputError(f"--cluster takes 'local', not '{cluster}': for any other cluster, --scheduler takes its address")


@contextmanager
def engine_of(
    jobs: int | None, scheduler: str | None = None, cluster: str | None = None, shared: Path | None = None
) -> Iterator[Engine]:
    """What computes the runs, for the time of the block.

    Args:
        jobs: Runs at a time on this machine.
        scheduler: Address of a Dask scheduler.
        cluster: ``local`` for a Dask cluster on this machine.
        shared: A folder that every worker must see.

    Raises:
        BadInputError: The cluster cannot be used, or is gone.
    """
    if scheduler is None and cluster is None:
        from sim.experiments.engine import Local

        yield Local(jobs)
        return
    from sim.experiments.dask_cluster import ClusterError
    from sim.experiments.dask_engine import Dask

    try:
        with Dask(scheduler, jobs, shared=shared if scheduler is not None else None, tell=say) as dask:
            workers = many(dask.workers, "worker") if dask.ready else "no worker yet (runs begin when one is free)"
            say(f"{workers} at {dask.place}")
            yield dask
    except ClusterError as error:
        raise BadInputError(str(error)) from None


def run_shown(batch: Batch, folder: Path, engine: Engine, head: str = "", *, retry_failed: bool = False) -> Sweep | None:
    """Make the runs of a batch that are not there yet, and show how far it is.

    Args:
        batch: The batch.
        folder: Its folder.
        engine: What computes the runs.
        head: How large it is, in words; points count as variants where empty.
        retry_failed: Make runs again that failed.

    Returns:
        What it came to; None where it was interrupted, which has been told.

    Raises:
        BadInputError: The folder holds something else, is in use, or cannot be written.
    """
    from sim.experiments.lock import LockedError
    from sim.experiments.store import SweepError
    from sim.experiments.sweep import SweepStoppedError, run_batch
    from sim.kernels.cache import is_warm

    size = f"{many(len(batch.points), 'variant')} x {many(batch.replicates, 'seed')} = {many(len(batch.jobs), 'run')}"
    say(f"{head or f'{batch.name}: {size}'}, in {folder}")
    if not is_warm() and getattr(engine, "address", None) is None:
        say("compiling the inner loops, once on this machine: about a minute ...")
    try:
        with shown() as show:
            finished = run_batch(batch, folder, progress=show, engine=engine, retry_failed=retry_failed)
    except SweepStoppedError as stopped:
        kept = stopped.sweep
        say(f"\ninterrupted: {kept.done + kept.failed:,} of {kept.runs:,} runs are kept in {folder}; the same command goes on")
        return None
    except KeyboardInterrupt:
        say(f"\ninterrupted: what was put on disk is kept in {folder}; the same command goes on")
        return None
    except (SweepError, LockedError) as error:
        raise BadInputError(str(error)) from None
    if finished.stale:
        rows = many(finished.stale, "row")
        say(f"{rows} of another version of the model, or not asked for now, lie in the folder and do not count")
    if finished.failed:
        say(f"{finished.failed:,} of {many(finished.runs, 'run')} failed; --retry-failed runs them again:")
        _say_errors(finished)
    return finished


def _say_errors(finished: Sweep) -> None:
    """The errors of the runs that failed, the most frequent first."""
    table = finished.table()
    errors = table.loc[table["status"] == "failed", "error"].value_counts()
    for error, times in list(errors.items())[:_MOST_ERRORS]:
        say(f"  {times:,} x  {error}")
    if len(errors) > _MOST_ERRORS:
        say(f"  ... and {len(errors) - _MOST_ERRORS} other errors")
