"""The command that runs a sweep: what it will take, how far it is, and what it came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.batches import SOME_FAILED, Cluster, Jobs, Out, Retry, Scheduler, check_jobs, engine_of, run_shown
from sim.cli.failing import DONE, INTERRUPTED, BadInputError, say, told
from sim.cli.shown import many, span_words

if TYPE_CHECKING:
    from sim.experiments.plan import Plan
    from sim.experiments.spec import SweepSpec
    from sim.experiments.sweep import Sweep


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("sweep")(told(sweep))


def sweep(
    name: Annotated[
        str, typer.Argument(metavar="SPEC", help="A sweep file, the name of a shipped sweep, or a sweep folder to go on with.")
    ],
    jobs: Jobs = None,
    out: Out = Path("sweeps"),
    retry_failed: Retry = False,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
    plan: Annotated[bool, typer.Option("--plan", help="Make one run, tell what the sweep would take, and stop.")] = False,
) -> int:
    """Run a scenario under many values and seeds; what is done already is not run again."""
    from sim.experiments.batch import sweep_batch
    from sim.experiments.designs import size
    from sim.experiments.spec import SWEEP, load_spec
    from sim.experiments.sweep import folder_of

    check_jobs(jobs, scheduler, cluster)
    asked = Path(name) / f"{SWEEP}.yaml"
    again = asked.is_file()
    spec = load_spec(asked if again else name)
    folder = Path(name) if again else folder_of(spec, out)
    shared = folder if spec.keep == "everything" and not plan else None
    with engine_of(jobs, scheduler, cluster, shared) as engine:
        if plan:
            return _tell_plan(spec, folder, engine.workers)
        finished = run_shown(sweep_batch(spec), folder, engine, head_line(spec, size(spec)), retry_failed=retry_failed)
    return INTERRUPTED if finished is None else _tell_end(finished)


def _tell_end(finished: Sweep) -> int:
    earlier = finished.done + finished.failed - finished.ran
    before = f" ({earlier:,} of these before or shared)" if earlier > 0 else ""
    typer.echo(f"{many(finished.done, 'run')} done, {finished.failed:,} failed{before}: {finished.folder}")
    return SOME_FAILED if finished.failed else DONE


def _tell_plan(spec: SweepSpec, folder: Path, workers: int) -> int:
    from sim.experiments.batch import sweep_batch
    from sim.experiments.plan import plan_batch

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
    design = f"{many(len(spec.factors), 'factor')}, {many(points, 'point')} x {many(spec.replicates, 'replicate')}"
    return f"{spec.name}: {design} = {many(points * spec.replicates, 'run')}"
