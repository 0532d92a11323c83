"""Commands that compare: variants with each other, and a scenario with itself less one mechanism at a time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.batches import SOME_FAILED, Cluster, Jobs, Out, Retry, Scheduler, check_jobs, engine_of, run_shown, seeds_of
from sim.cli.failing import DONE, INTERRUPTED, BadInputError, say, told
from sim.cli.scenarios import Name, Sets  # noqa: TC001  read at run time, as annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.ablation import Ablation
    from sim.experiments.comparing import Gathered
    from sim.experiments.comparison import Comparison

WIDTH = 110
PLACE = "comparison"
_OPENS, _CLOSES = "[{(", ")}]"
Seeds = Annotated[int, typer.Option("--seeds", metavar="N", help="Seeds that each variant is run with.")]
Seed = Annotated[int, typer.Option("--seed", metavar="FIRST", help="The first of the seeds.")]
Outcomes = Annotated[
    list[str] | None, typer.Option("--outcome", metavar="NAME", help="Compare this outcome only; may be repeated.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("compare")(told(compare))
    app.command("ablate")(told(ablate))


def compare(
    names: Annotated[
        list[str],
        typer.Argument(metavar="A [B ...]", help="Scenarios, run folders, sweep folders, or folders that hold run folders."),
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE[;...]",
            help="One more variant of the first scenario, with these values; may be repeated.",
        ),
    ] = None,
    common: Annotated[
        list[str] | None, typer.Option("--all", metavar="KEY=VALUE", help="Change a value in every scenario; may be repeated.")
    ] = None,
    seeds: Seeds = 10,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = Path("sweeps"),
    outcomes: Outcomes = None,
    retry_failed: Retry = False,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
) -> int:  # fmt: skip
    """Compare scenarios, or runs that are there, with the first of them: seed by seed, with 90% intervals."""
    wanted = seeds_of(seeds, seed)
    check_jobs(jobs, scheduler, cluster)
    check_outcomes(outcomes or ())
    from sim.errors import RunError
    from sim.experiments.comparing import gather
    from sim.experiments.comparison import ComparisonError
    from sim.experiments.store import SweepError

    try:
        gathered = gather(_asked(names, sets or (), common or ()))
        if len(gathered.labels) < 2:
            raise BadInputError(f"nothing to compare {gathered.labels[0]} with: name another, or change it by --set KEY=VALUE")
        batch = gathered.batch(wanted)
        if batch is None:
            finished, place = None, gathered.home or out / _folder_name(gathered)
        else:
            place = out / batch.folder_name
            with engine_of(jobs, scheduler, cluster) as engine:
                finished = run_shown(batch, place, engine, retry_failed=retry_failed)
            if finished is None:
                return INTERRUPTED
            if not finished.done:
                return SOME_FAILED
        result = gathered.compared(batch, place, outcomes or ())
    except (ComparisonError, SweepError, RunError) as error:
        raise BadInputError(str(error)) from None
    tell_comparison(result)
    write_result(result, place / PLACE)
    return SOME_FAILED if finished is not None and finished.failed else DONE


def ablate(
    name: Name,
    sets: Sets = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Switch this mechanism only; may be repeated.")
    ] = None,
    seeds: Seeds = 10,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = Path("sweeps"),
    outcomes: Outcomes = None,
    retry_failed: Retry = False,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
) -> int:
    """Switch every mechanism of the model off in turn, and tell what each does."""
    wanted = seeds_of(seeds, seed)
    check_jobs(jobs, scheduler, cluster)
    check_outcomes(outcomes or ())
    from sim.cli.scenarios import checked
    from sim.errors import RunError
    from sim.experiments.ablation import ablated, plan_ablation
    from sim.experiments.comparison import ComparisonError
    from sim.experiments.store import SweepError

    try:
        plan = plan_ablation(checked(name, sets or ()), only or ())
        batch = plan.batch(wanted)
        place = out / batch.folder_name
        with engine_of(jobs, scheduler, cluster) as engine:
            finished = run_shown(batch, place, engine, retry_failed=retry_failed)
        if finished is None:
            return INTERRUPTED
        if not finished.done:
            return SOME_FAILED
        result = ablated(plan, batch, place, outcomes or ())
    except (ComparisonError, SweepError, RunError) as error:
        raise BadInputError(str(error)) from None
    _tell_ablation(result)
    write_result(result, place / PLACE)
    return SOME_FAILED if finished.failed else DONE


def _asked(names: Sequence[str], sets: Sequence[str], common: Sequence[str]) -> list[tuple[str | None, Any]]:
    """What the words of the command line name: folders, and scenarios that have been checked.

    Raises:
        BadInputError: ``--set`` where the first is no scenario.
        ScenarioError: Every mistake of every scenario.
    """
    from sim.cli.scenarios import checked
    from sim.errors import Problem, ScenarioError

    if (sets or common) and Path(names[0]).is_dir():
        raise BadInputError(f"--{'set' if sets else 'all'} changes a scenario, but {names[0]} is a folder of runs")
    items: list[tuple[str | None, Any]] = []
    problems: list[Problem] = []
    words = [(name, (), None) for name in names] + [(names[0], split_sets(text), text.strip()) for text in sets]
    for name, changes, label in words:
        if Path(name).is_dir():
            items.append((None, Path(name)))
            continue
        try:
            items.append((label, checked(name, [*common, *changes])))
        except ScenarioError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise ScenarioError(problems)
    return items


def split_sets(text: str) -> list[str]:
    """The changes of one variant: separated by semicolons, but for those inside brackets or quotes.

    Spaces separate nothing, for names such as ``bridges.strikes.Old Bridge`` hold them.
    """
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _OPENS + _CLOSES:
            depth = max(depth + (1 if letter in _OPENS else -1), 0)
        if letter == ";" and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    found = [part.strip() for part in parts if part.strip()]
    if not found:
        raise BadInputError(f'--set "{text}" changes nothing: write KEY=VALUE, several separated by ;')
    return found


def check_outcomes(names: Sequence[str]) -> None:
    """Better told now than after the runs."""
    from sim.record.outcomes import OUTCOMES, find_outcome
    from sim.scenario.words import did_you_mean

    for name in names:
        if find_outcome(name) is None:
            raise BadInputError(f"--outcome: there is no outcome {name}{did_you_mean(name, [one.name for one in OUTCOMES])}")


def _folder_name(gathered: Gathered) -> str:
    """Where a comparison of runs that are there is kept: named by its base, and by the digest of what is compared."""
    import hashlib

    runs = [table.to_csv(index=False) for table in gathered.runs]
    digest = hashlib.blake2b("".join(runs).encode(), digest_size=4).hexdigest()
    return f"compare-{re.sub(r'[^A-Za-z0-9_.-]+', '-', gathered.labels[0])[:64]}-{digest}"


def tell_comparison(result: Comparison) -> None:
    """The table and the paragraphs."""
    from sim.experiments.wording import table_lines

    for line in table_lines(result.table, result.base, result.variants):
        typer.echo(line)
    _tell_words(result.words)


def _tell_ablation(result: Ablation) -> None:
    from sim.experiments.ablation import summary_lines

    for line in summary_lines(result):
        typer.echo(line)
    _tell_words(result.words)


def _tell_words(words: str) -> None:
    import textwrap

    for paragraph in words.split("\n\n"):
        typer.echo("\n" + textwrap.fill(paragraph, WIDTH))
    typer.echo("")


def write_result(result: Comparison | Ablation, folder: Path) -> None:
    """Table, picture and words, whole or not at all."""
    from sim.cli.files import filled

    with filled(folder) as workplace:
        result.table.to_csv(workplace / "table.csv", index=False)
        result.table.to_parquet(workplace / "table.parquet", index=False)
        (workplace / "words.md").write_text(result.words + "\n", encoding="utf-8")
        picture = result.plot()
        for kind in ("png", "svg"):
            picture.write(workplace / f"picture.{kind}")
    say(f"kept in {folder}: table.csv, table.parquet, picture.png, picture.svg, words.md")
