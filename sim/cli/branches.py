"""The command that goes on from a saved day of a run under other policies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from sim.cli.batches import SOME_FAILED, Cluster, Jobs, Out, Retry, Scheduler, check_jobs, engine_of, run_shown, seeds_of
from sim.cli.comparisons import PLACE, Outcomes, check_outcomes, tell_comparison, write_result
from sim.cli.failing import DONE, INTERRUPTED, BadInputError, told
from sim.cli.runs import RunFolder, check_out
from sim.cli.scenarios import Sets  # noqa: TC001  read at run time, as an annotation

if TYPE_CHECKING:
    from sim.experiments.branching import Branches
    from sim.experiments.spec import Keep

_KEEPS = ("summary", "daily", "everything")


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("branch")(told(branch))


def branch(
    folder: RunFolder,
    at: Annotated[int, typer.Option("--at", metavar="DAY", help="Last day that stays as it was; day 0 is the first.")],
    sets: Sets = None,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Seeds: the run's own, and those after it.")] = 1,
    jobs: Jobs = None,
    out: Out = Path("branches"),
    outcomes: Outcomes = None,
    keep: Annotated[
        str, typer.Option("--keep", metavar="WHAT", help="Keep of each run: summary, daily, or everything.")
    ] = "summary",
    retry_failed: Retry = False,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
) -> int:
    """Go on from a saved day of a run under other policies, and compare with going on unchanged."""
    seeds_of(seeds, 0)
    check_jobs(jobs, scheduler, cluster)
    check_outcomes(outcomes or ())
    if keep not in _KEEPS:
        raise BadInputError(f"--keep takes {', '.join(_KEEPS)}, not {keep!r}")
    check_out(out)
    from sim.errors import RunError, StateError
    from sim.experiments.branching import BranchError, branch_batch, gathered, label_of

    try:
        batch = branch_batch(folder, at, {label_of(sets): sets} if sets else {}, seeds, keep=cast("Keep", keep))
    except (BranchError, RunError, StateError) as error:
        raise BadInputError(str(error)) from None
    place = out / batch.folder_name
    with engine_of(jobs, scheduler, cluster, place if keep == "everything" else None) as engine:
        finished = run_shown(batch, place, engine, retry_failed=retry_failed)
    if finished is None:
        return INTERRUPTED
    if finished.done:
        _tell(gathered(finished, folder, at, batch), outcomes or [], folder)
    return SOME_FAILED if finished.failed else DONE


def _tell(branches: Branches, outcomes: list[str], folder: Path) -> None:
    from sim.record.reading import date_text
    from sim.record.run import Run

    day = Run.load(folder).daily["date"].iloc[0] + timedelta(days=branches.day)
    typer.echo(f"\n{branches.run} after day {branches.day} ({date_text(day)})")
    if own := branches.own_digest:
        same = "that of the unbroken run" if own == branches.digest else f"and not {branches.digest}, that of the unbroken run"
        typer.echo(f"unchanged, under its own seed: digest {own}, {same}")
    if len(branches.labels) == 1:
        typer.echo(f"kept in {branches.folder}")
        return
    result = branches.compared(outcomes)
    tell_comparison(result)
    write_result(result, branches.folder / PLACE)
