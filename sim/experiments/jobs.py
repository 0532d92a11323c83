"""The jobs of a batch: what a run goes out from, and how it is made, whatever goes wrong."""

from __future__ import annotations

import gc
import secrets
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import RunError, ScenarioError, SimError, one_line
from sim.record.folder import reading
from sim.record.frames import read_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.battle import Battle
    from sim.experiments.spec import Keep
    from sim.record.run import Run
    from sim.scenario import Scenario

RUN_FOLDERS = "run_folders"
UNFINISHED = ".unfinished-"
LONGEST_ERROR = 500
_TOKEN_BYTES = 6


class HaltError(SimError):
    """What ends a whole batch: no run could be trusted, or kept, from here on."""


class OtherSourcesError(HaltError):
    """A worker whose package is not the one that asks."""


@dataclass(frozen=True)
class Start:
    """What runs go out from: a scenario's first day, or the state of a battle in the midst of it.

    Attributes:
        scenario: The scenario.
        state: File of a kept state (:meth:`sim.Run.checkpoint`) to go on from; None for the first day.
        parent: Name and digest of the run that the state is from, for the manifests of runs that branch off.
    """

    scenario: Scenario
    state: Path | None = None
    parent: tuple[str, str] | None = None

    def battle(self, changes: Mapping[str, Any], seed: int) -> Battle:
        """The battle of one run, ready to step.

        Raises:
            ScenarioError: The changes are refused.
            RunError: The state's file is damaged.
            StateError: The state does not fit.
        """
        from sim.battle import Battle

        if self.state is None:
            return Battle(scenario=self.scenario.replace({**changes, "seed": seed}), seed=seed)
        with reading(self.state):
            state = read_arrays(self.state)
        parent = dict(zip(("run", "digest"), self.parent, strict=True)) if self.parent else None
        return Battle.from_state(state, changes=changes, seed=seed, parent=parent)


@dataclass(frozen=True)
class Job:
    """One run of a batch.

    Attributes:
        address: Hash of everything that decides its result, 32 hexadecimal digits.
        point: Row of the design.
        replicate: Number of the replicate, from 0.
        seed: Seed of the run.
        changes: Dotted keys and values, on top of where it starts.
        start: Which of the batch's starts it goes out from.
    """

    address: str
    point: int
    replicate: int
    seed: int
    changes: tuple[tuple[str, Any], ...]
    start: int = 0


@dataclass(frozen=True)
class Result:
    """What one job came to.

    Attributes:
        job: The job.
        status: ``done``, or ``failed`` where the run could not be finished.
        error: Why it failed, on one line; empty where it is done.
        seconds: Time that it took (s).
        digest: Digest of the run's results; empty where it failed.
        finished: When it ended (UTC).
        outcomes: Outcomes by name.
        daily: The daily series, where they are kept.
    """

    job: Job
    status: Literal["done", "failed"]
    error: str = ""
    seconds: float = 0.0
    digest: str = ""
    finished: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcomes: Mapping[str, float] = field(default_factory=dict)
    daily: pd.DataFrame | None = None


def run_job(
    starts: Sequence[Start], job: Job, keep: Keep, outcomes: Sequence[str], folder: Path, source: str | None = None
) -> Result:
    """Run one job; whatever goes wrong becomes a failed result.

    Args:
        starts: What the batch's runs go out from.
        job: The job.
        keep: How much of the run is kept.
        outcomes: Names of the outcomes to report; all where empty.
        folder: The batch's folder, where whole runs are kept.
        source: Hash of the package's sources that the address holds; not compared where None.

    Returns:
        The result. Running the same job again gives the same one, and leaves one run folder.

    Raises:
        HaltError: This process runs other sources, or a run folder cannot be kept.
    """
    from sim.battle.state import SOURCES

    if source is not None and source != SOURCES:
        raise OtherSourcesError("the model was edited while runs were made; the same command goes on with what it is now")
    began = time.perf_counter()
    with _collected():
        try:
            return _simulated(starts[job.start], job, keep, outcomes, folder)
        except HaltError:
            raise
        except Exception as error:  # noqa: BLE001  one run's failure is a row of the table, whatever it is
            return failed(job, in_words(error), time.perf_counter() - began)


@contextmanager
def _collected() -> Iterator[None]:
    """Free what a run leaves behind.

    Agents and their model refer to each other: without this, a worker holds several battles at a time. What was there before
    the run, such as all imported modules, is set aside meanwhile: to look through it takes longer than a small battle.
    """
    aside = not gc.get_freeze_count()  # else somebody froze the heap and may want it to stay so
    if aside:
        gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        if aside:
            gc.unfreeze()


def _simulated(start: Start, job: Job, keep: Keep, outcomes: Sequence[str], folder: Path) -> Result:
    began = time.perf_counter()
    run = start.battle(dict(job.changes), job.seed).run()
    digest = run.digest
    if keep == "everything":
        _keep_folder(run, folder / RUN_FOLDERS, job.address)
    return Result(
        job,
        "done",
        seconds=time.perf_counter() - began,
        digest=digest,
        outcomes={name: float(value) for name, value in run.summary.items() if not outcomes or name in outcomes},
        daily=None if keep == "summary" else run.daily,
    )


def _keep_folder(run: Run, parent: Path, address: str) -> None:
    """Save a run under its address; one that is there already is the same run, and stays."""
    target = parent / address
    if target.exists():
        return
    workplace = parent / f"{UNFINISHED}{secrets.token_hex(_TOKEN_BYTES)}"
    try:
        saved = run.save(workplace)
        try:
            saved.rename(target)
        except OSError:
            if not target.exists():  # else another worker was first
                raise
    except (OSError, RunError) as error:
        # A full disk is no fault of the run: the next one would fail too.
        raise HaltError(f"run folders cannot be kept: {error}") from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def failed(job: Job, error: str, seconds: float = 0.0) -> Result:
    """The result of a job that could not be finished."""
    return Result(job, "failed", error=error, seconds=seconds)


def in_words(error: BaseException) -> str:
    """An error on one line: its kind, unless it is one of the package's own, and what it says."""
    says = " ".join(str(error).split())
    if isinstance(error, ScenarioError):
        says = "; ".join(" ".join(str(problem).split()) for problem in error.problems)
    kind = type(error).__name__
    return one_line(f"{kind}: {says}" if says or not isinstance(error, SimError) else kind, LONGEST_ERROR)
