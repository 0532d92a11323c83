"""A sweep: every run of a design, computed by an engine and kept in a sweep folder."""

from __future__ import annotations

import platform
import shutil
import signal
import sys
import threading
from collections import defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments.batch import sweep_batch
from sim.experiments.engine import Engine, Local
from sim.experiments.jobs import HaltError, run_job
from sim.experiments.spec import SweepSpec, load_spec
from sim.experiments.store import Store, SweepError
from sim.record.manifest import cpu_type, git_state, source_hash, versions
from sim.scenario.memory import size_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from sim.experiments.batch import Batch
    from sim.experiments.jobs import Job, Result

    Tell = Callable[["Progress"], object]


FOLDERS = "sweeps"


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come.

    Attributes:
        runs: Runs in all.
        done: Those that are done, earlier ones included.
        failed: Those that failed, earlier ones included.
        running: Those that are being computed.
        run_seconds: Mean time of one run in this session (s); None before the first has ended.
        run_bytes: What one run takes on disk, at most (bytes); None before the first is done.
        workers: How many run at a time.
    """

    runs: int
    done: int = 0
    failed: int = 0
    running: int = 0
    run_seconds: float | None = None
    run_bytes: int | None = None
    workers: int = 1

    @property
    def waiting(self) -> int:
        """Runs that have not begun."""
        return self.runs - self.done - self.failed - self.running

    def seconds_left(self, since: float = 0.0) -> float | None:
        """Time that is left at the pace so far (s), so many seconds after this was told; None while there is no pace."""
        if self.run_seconds is None:
            return None
        return max(self.run_seconds * (self.running + self.waiting) / self.workers - since, 0.0)


@dataclass(frozen=True)
class Sweep:
    """A sweep and what it came to.

    Attributes:
        folder: The sweep folder.
        points: Points of the design.
        runs: Runs in all.
        done: Runs that are done.
        failed: Runs that failed.
        ran: Runs that were computed in this session.
        stale: Rows in the folder that are not asked for any more, such as those of another version of the model.
    """

    folder: Path
    points: int
    runs: int
    done: int
    failed: int
    ran: int
    stale: int = 0

    @property
    def complete(self) -> bool:
        """Whether every run has ended."""
        return self.done + self.failed == self.runs

    def table(self) -> pd.DataFrame:
        """The run table."""
        return Store.open(self.folder).table()


class SweepStoppedError(KeyboardInterrupt):
    """A sweep that was interrupted; what was done is kept.

    Attributes:
        sweep: How far it came.
    """

    def __init__(self, sweep: Sweep) -> None:
        super().__init__(f"interrupted with {sweep.done} of {sweep.runs} runs done")
        self.sweep = sweep


def folder_of(spec: SweepSpec, parent: str | Path = FOLDERS) -> Path:
    """The folder in which a sweep is kept."""
    return Path(parent) / f"{spec.name}-{spec.short_hash}"


def run_sweep(
    asked: str | Path | SweepSpec,
    folder: str | Path | None = None,
    *,
    jobs: int | None = None,
    retry_failed: bool = False,
    progress: Tell | None = None,
    engine: Engine | None = None,
) -> Sweep:
    """Run a sweep, or what is left of it: runs that are done are not computed again; offered as ``sim.sweep``.

    Args:
        asked: A shipped sweep's name, the path of a YAML file, or a loaded sweep.
        folder: The sweep's folder; ``sweeps/<name>-<hash>`` where None.
        jobs: How many runs at a time; the machine's cores where None.
        retry_failed: Run again what failed.
        progress: Called at the start and whenever a run has ended.
        engine: What computes the runs; processes on this machine where None.

    Returns:
        What the sweep came to.

    Raises:
        ScenarioError: With every mistake in the file.
        SweepError: The folder holds another sweep, cannot be written, or the disk is too small.
        LockedError: Another process works on the folder.
        SweepStoppedError: Ctrl-C or a polite kill; what was done is kept.
    """
    spec = asked if isinstance(asked, SweepSpec) else load_spec(asked)
    return run_batch(
        sweep_batch(spec), folder, jobs=jobs, retry_failed=retry_failed, progress=progress, engine=engine
    )


def run_batch(
    batch: Batch,
    folder: str | Path | None = None,
    *,
    jobs: int | None = None,
    retry_failed: bool = False,
    progress: Tell | None = None,
    engine: Engine | None = None,
) -> Sweep:
    """Make the runs of a batch, or what is left of them; arguments, result and errors as of :func:`run_sweep`."""
    place = Path(folder) if folder is not None else Path(FOLDERS) / batch.folder_name
    used = engine or Local(jobs)
    task = partial(
        run_job, batch.starts, keep=batch.keep, outcomes=batch.outcomes, folder=place.absolute(), source=source_hash()
    )
    # Signals are heard to the very end: results that are pending are put on disk as the store is closed.
    with _politely() as signals, Store.create(place, batch, about=_about(used)) as store:
        session = _Session(store, batch.jobs, used, retry_failed=retry_failed, tell=progress)
        try:
            with closing(used.run(session.todo, task, signals.asked)) as results:
                for result in results:
                    session.take(result)
        except HaltError as error:
            raise SweepError(f"{place}: {error}") from error
        finally:
            signals.ignore()
        sweep = session.summary(len(batch.points))
    if not sweep.complete:
        raise SweepStoppedError(sweep)
    return sweep


def left_to_run(table: pd.DataFrame, wanted: Sequence[Job], *, retry_failed: bool) -> list[Job]:
    """Jobs that have not ended yet, each address once, in their order."""
    settled = table if not retry_failed else table[table["status"] == "done"]
    ended = set(zip(settled["address"], settled["point"], settled["replicate"], strict=True))
    left: dict[str, Job] = {}
    for job in wanted:
        if (job.address, job.point, job.replicate) not in ended:
            left.setdefault(job.address, job)
    return list(left.values())


class _Session:
    """One stretch of work on a sweep: what is left, and how far it has come."""

    def __init__(self, store: Store, wanted: Sequence[Job], engine: Engine, *, retry_failed: bool, tell: Tell | None) -> None:
        table = store.table()
        self.store = store
        self.stale = len(store.table(every=True)) - len(table)
        self.runs = len(wanted)
        self.status = dict(zip(zip(table["point"], table["replicate"], strict=True), table["status"], strict=True))
        self.todo = left_to_run(table, wanted, retry_failed=retry_failed)
        # Points of the same values share one run; each has a row of its own.
        self.twins: dict[str, list[Job]] = defaultdict(list)
        for job in wanted:
            self.twins[job.address].append(job)
        for job in (twin for first in self.todo for twin in self.twins[first.address]):
            self.status.pop((job.point, job.replicate), None)
        self.engine = engine
        self.tell = tell
        self.computed, self.taken = 0, 0.0
        self.run_bytes: int | None = None
        self._tell()

    def take(self, result: Result) -> None:
        rows = [replace(result, job=job) for job in self.twins[result.job.address]]
        self.store.add(rows)
        self.status.update({(row.job.point, row.job.replicate): row.status for row in rows})
        self.computed += 1
        self.taken += result.seconds
        if self.run_bytes is None and result.status == "done":
            self.run_bytes = self.store.size_of(result)
        if self.run_bytes is not None:
            check_disk(self.store.folder, self.run_bytes * (len(self.todo) - self.computed))
        self._tell()

    def _tell(self) -> None:
        if self.tell is None:
            return
        done, failed = self._count("done"), self._count("failed")
        workers = min(self.engine.workers, max(len(self.todo), 1))  # asked anew: those of a cluster come and go
        self.tell(
            Progress(
                runs=self.runs,
                done=done,
                failed=failed,
                running=min(workers, len(self.todo) - self.computed),
                run_seconds=self.taken / self.computed if self.computed else None,
                run_bytes=self.run_bytes,
                workers=workers,
            )
        )

    def _count(self, status: str) -> int:
        return sum(value == status for value in self.status.values())

    def summary(self, points: int) -> Sweep:
        done, failed = self._count("done"), self._count("failed")
        return Sweep(self.store.folder, points, self.runs, done, failed, self.computed, self.stale)


def check_disk(folder: Path, needed: int) -> None:
    """Refuse what the disk cannot hold.

    Raises:
        SweepError: More bytes are needed than are free.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise SweepError(
            f"{folder}: the runs that are left would take up to {size_words(needed)}, and {size_words(free)} are free "
            "(keep less of each run, or take another disk)"
        )


def _about(engine: Engine) -> dict[str, Any]:
    """What this session is computed by, for the manifest."""
    commit, dirty = git_state()
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "argv": list(sys.argv),
        "workers": engine.workers,
        "versions": versions(),
        "source_hash": source_hash(),
        "git_commit": commit,
        "git_dirty": dirty,
        "platform": platform.platform(),
        "cpu": cpu_type(),
    }


class _Signals:
    """Ctrl-C and a polite kill, asked for by a function and not raised in the midst of a write; a second one is raised."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._ignored = False

    def asked(self) -> bool:
        """Whether it is to stop."""
        return self._asked.is_set()

    def ignore(self) -> None:
        """From now on nothing is raised: what is left takes a moment."""
        self._ignored = True

    def note(self, *_: object) -> None:
        if self._asked.is_set() and not self._ignored:
            raise KeyboardInterrupt
        self._asked.set()


@contextmanager
def _politely() -> Iterator[_Signals]:
    """Hear signals for the time of the block."""
    heard = _Signals()
    if threading.current_thread() is not threading.main_thread():  # only the main thread hears signals
        yield heard
        return
    signals = [signal.SIGINT, *([signal.SIGTERM] if sys.platform != "win32" else [])]
    before = {number: signal.signal(number, heard.note) for number in signals}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
