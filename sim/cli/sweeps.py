"""The command that runs a sweep: what it will take, how far it is, and what it came to."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.failing import DONE, INTERRUPTED, BadInputError, say, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sim.experiments.dask_engine import Dask
    from sim.experiments.plan import Plan
    from sim.experiments.spec import SweepSpec
    from sim.experiments.sweep import Progress, Sweep

    Cluster = AbstractContextManager[Dask | None]

SOME_FAILED = 3
MOST_JOBS = 1024
_MOST_ERRORS = 5
_LINES = 20
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("sweep")(told(sweep))


def sweep(
    name: Annotated[
        str, typer.Argument(metavar="SPEC", help="A sweep file, the name of a shipped sweep, or a sweep folder to go on with.")
    ],
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", help="Runs at a time; one for each core if not given.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that sweep folders are written to.")] = Path("sweeps"),
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")] = False,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="local", help="Run on a Dask cluster of processes on this machine.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Make one run, tell what the sweep would take, and stop.")] = False,
) -> int:
    """Run a scenario under many values and seeds; what is done already is not run again."""
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise BadInputError(f"--jobs must be a whole number between 1 and {MOST_JOBS}, not {jobs}")
    _check_cluster(jobs, scheduler, cluster)
    from sim.experiments.batch import SWEEP
    from sim.experiments.dask_cluster import ClusterError
    from sim.experiments.lock import LockedError
    from sim.experiments.spec import load_spec
    from sim.experiments.store import SweepError
    from sim.experiments.sweep import folder_of

    asked = Path(name) / f"{SWEEP}.yaml"
    again = asked.is_file()
    spec = load_spec(asked if again else name)
    folder = Path(name) if again else folder_of(spec, out)
    try:
        shared = folder if spec.keep == "everything" and not plan else None
        engine = _engine(jobs, scheduler, cluster, shared)
        return _tell_plan(spec, folder, jobs, engine) if plan else _run(spec, folder, jobs, engine, retry_failed=retry_failed)
    except (SweepError, LockedError, ClusterError) as error:
        raise BadInputError(str(error)) from None


def _check_cluster(jobs: int | None, scheduler: str | None, cluster: str | None) -> None:
    if scheduler is not None and cluster is not None:
        raise BadInputError("--scheduler and --cluster exclude each other: runs go to one cluster")
    if scheduler is not None and jobs is not None:
        raise BadInputError("--jobs counts runs on this machine: a scheduler has as many as workers were started for it")
    if cluster not in {None, "local"}:
        raise BadInputError(f"--cluster takes 'local', not '{cluster}': for any other cluster, --scheduler takes its address")


def _engine(jobs: int | None, scheduler: str | None, cluster: str | None, shared: Path | None) -> Cluster:
    """The Dask cluster that was asked for, to be entered; nothing where none was."""
    if scheduler is None and cluster is None:
        return nullcontext()
    from sim.experiments.dask_engine import Dask

    return Dask(scheduler, jobs, shared=shared if scheduler is not None else None, tell=say)


def _tell_plan(spec: SweepSpec, folder: Path, jobs: int | None, engine: Cluster) -> int:
    from sim.experiments.batch import sweep_batch
    from sim.experiments.plan import plan_batch

    with engine as used:
        workers = used.workers if used is not None else jobs
    say("making one run on this machine to see what it takes ...")
    plan = plan_batch(sweep_batch(spec), folder, workers)
    for line in plan_lines(spec, plan):
        typer.echo(line)
    typer.echo(f"folder: {folder}")
    if not plan.fits:
        raise BadInputError("the disk is too small for this sweep: keep less of each run, or take fewer runs")
    return SOME_FAILED if plan.error else DONE


def plan_lines(spec: SweepSpec, plan: Plan) -> list[str]:
    """What a sweep takes, in words."""
    from sim.scenario.memory import size_words

    lines = [head_line(spec, plan.points)]
    if plan.left < plan.runs:
        lines.append(f"{plan.runs - plan.left:,} have ended already, {plan.left:,} are left")
    if plan.error:
        lines.append(f"the run that was tried failed: {plan.error}")
    if plan.run_seconds is not None and plan.seconds is not None:
        whole = span_words(plan.seconds)
        lines.append(f"time: {span_words(plan.run_seconds)} a run, about {whole} with {plan.workers} at a time")
    if plan.run_bytes is not None and plan.bytes is not None:
        free = size_words(plan.free_bytes)
        lines.append(f"disk: up to {size_words(plan.run_bytes)} a run, {size_words(plan.bytes)} in all; {free} are free")
    return lines


def head_line(spec: SweepSpec, points: int) -> str:
    """How large a sweep is, in words."""
    design = f"{_many(len(spec.factors), 'factor')}, {_many(points, 'point')} x {_many(spec.replicates, 'replicate')}"
    return f"{spec.name}: {design} = {_many(points * spec.replicates, 'run')}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def span_words(seconds: float) -> str:
    """A time as people say it: ``12 s``, ``3 min``, ``5.2 h``, ``2.1 days``."""
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.1f} days"


def _run(spec: SweepSpec, folder: Path, jobs: int | None, engine: Cluster, *, retry_failed: bool) -> int:
    from sim.experiments.designs import size
    from sim.experiments.sweep import SweepStoppedError, run_sweep
    from sim.kernels.cache import is_warm

    say(head_line(spec, size(spec)) + f", in {folder}")
    try:
        with engine as used:
            if used is not None:
                workers = _many(used.workers, "worker") if used.ready else "no worker yet (runs begin when one is free)"
                say(f"{workers} at {used.place}")
            if not is_warm() and (used is None or used.address is None):
                say("compiling the inner loops, once on this machine: about a minute ...")
            with _shown() as show:
                finished = run_sweep(spec, folder, jobs=jobs, retry_failed=retry_failed, progress=show, engine=used)
    except SweepStoppedError as stopped:
        kept = stopped.sweep
        say(f"\ninterrupted: {kept.done + kept.failed:,} of {kept.runs:,} runs are kept in {folder}; the same command goes on")
        return INTERRUPTED
    return _tell_end(finished)


def _tell_end(finished: Sweep) -> int:
    earlier = finished.done + finished.failed - finished.ran
    before = f" ({earlier:,} of them before or shared)" if earlier > 0 else ""
    typer.echo(f"{_many(finished.done, 'run')} done{before}, {finished.failed:,} failed: {finished.folder}")
    if not finished.failed:
        return DONE
    table = finished.table()
    errors = table.loc[table["status"] == "failed", "error"].value_counts()
    for error, times in list(errors.items())[:_MOST_ERRORS]:
        say(f"  {times:,} x  {error}")
    if len(errors) > _MOST_ERRORS:
        say(f"  ... and {len(errors) - _MOST_ERRORS} other errors")
    say("--retry-failed runs them again")
    return SOME_FAILED


@contextmanager
def _shown() -> Iterator[Callable[[Any], None]]:
    """A callback that shows how far the sweep is while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.live import Live

    table = _LiveTable()
    with Live(table, console=Console(stderr=True), transient=True, refresh_per_second=2):
        yield table


class _Lines:
    """Plain lines: the first run, then one for each twentieth of the way."""

    def __init__(self) -> None:
        self.told = -1
        self.measured = False

    def __call__(self, progress: Progress) -> None:
        if progress.run_bytes is not None and not self.measured:
            self.measured = True
            say(measured_words(progress))
        ended = progress.done + progress.failed
        part = ended * _LINES // max(progress.runs, 1)
        if part > self.told:
            self.told = part
            say(progress_words(progress))


class _LiveTable:
    """The same numbers in place, with the time that is left running down."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        self.progress, self.at = progress, time.monotonic()

    def __rich__(self) -> Any:  # noqa: ANN401  a renderable
        from rich.table import Table

        table = Table("runs", "done", "failed", "running", "waiting", "time left")
        if (now := self.progress) is not None:
            numbers = (now.runs, now.done, now.failed, now.running, now.waiting)
            left = now.seconds_left(time.monotonic() - self.at)
            table.add_row(*(f"{number:,}" for number in numbers), "?" if left is None else span_words(left))
            table.caption = measured_words(now) if now.run_bytes is not None else "measuring the first run"
        return table


def progress_words(progress: Progress) -> str:
    """One line on how far a sweep is."""
    line = f"{progress.done:,} done, {progress.failed:,} failed, {progress.running:,} running, {progress.waiting:,} waiting"
    left = progress.seconds_left()
    return line if not left else f"{line}, about {span_words(left)} left"


def measured_words(progress: Progress) -> str:
    """What one run takes, and the whole sweep, by the runs so far."""
    from sim.scenario.memory import size_words

    seconds, size = progress.run_seconds or 0.0, progress.run_bytes or 0
    whole = span_words(seconds * progress.runs / progress.workers)
    return (
        f"a run takes {span_words(seconds)} and up to {size_words(size)}: all {progress.runs:,} about {whole} "
        f"with {progress.workers} at a time and up to {size_words(size * progress.runs)}"
    )
