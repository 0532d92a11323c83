"""Commands on what a finished run did to people: harm counts its dead and wounded, trace tells single households' days."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003  read at run time, as annotations
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sim.cli.failing import BadInputError, say, told
from sim.cli.runs import RunFolder, end_on_sigterm, open_run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from sim.record import Run

WorkT = TypeVar("WorkT")

_RANDOM = "random"
_MOST = 1000


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("harm")(told(harm))
    app.command("trace")(told(trace))


def harm(
    folder: RunFolder,
    by: Annotated[
        str,
        typer.Option("--by", metavar="COLUMNS", help="day, week, place, bank, people, actor, cause, rule; several with commas."),
    ] = "actor,cause",
    people: Annotated[
        str, typer.Option("--people", metavar="WHOSE", help="civilians, defenders, liberators, coalition, resistance, or all.")
    ] = "civilians",
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table to this file too, without the line of totals.")
    ] = None,
) -> None:
    """Count the dead and wounded of a run by who harmed them, how, where and when."""
    from sim.record.harm import HarmError, checked_columns
    from sim.record.harm import harm as counted

    try:
        columns = checked_columns(by)
        kept = open_run(folder)
        table = counted(kept, columns, people=people)
    except HarmError as error:
        raise BadInputError(f"--{error}") from None
    if csv is not None:
        from sim.cli.files import write_over

        _check_file(csv)
        write_over(csv, table.to_csv(index=False, date_format="%Y-%m-%d"))
    whose = "people of all sides" if people == "all" else people
    typer.echo(f"{kept.name}: {whose} killed and wounded, by {', '.join(columns) or 'nothing'}\n")
    for line in table_lines(table, columns):
        typer.echo(line)
    if csv is not None:
        say(f"kept in {csv}")


def _check_file(path: Path) -> None:
    """Better told in one line than by the system."""
    if path.is_dir():
        raise BadInputError(f"--csv {path}: is a folder, not a file")
    if not path.absolute().parent.is_dir():
        raise BadInputError(f"--csv {path}: there is no folder {path.parent}")


def table_lines(table: pd.DataFrame, columns: list[str]) -> list[str]:
    """The table as text: a line a row, shares of all killed, and the totals."""
    killed, wounded = table["killed"].tolist(), table["wounded"].tolist()
    whole, n = sum(killed), len(columns)
    words = [_column_words(table[name]) for name in columns]
    numbers = [(f"{dead:,}", f"{hurt:,}", _share(dead, whole)) for dead, hurt in zip(killed, wounded, strict=True)]
    body = [[*line[:n], *line[n]] for line in zip(*words, numbers, strict=True)] if columns else []
    total = [*["total", *[""] * n][:n], f"{whole:,}", f"{sum(wounded):,}", _share(whole, whole)]
    lines = [[*columns, "killed", "wounded", "of killed"], *body, total]
    widths = [max(len(line[i]) for line in lines) for i in range(n + 3)]
    told = []
    for line in lines:
        cells = zip(line, widths, strict=True)
        told.append("  ".join(cell.ljust(wide) if i < n else cell.rjust(wide) for i, (cell, wide) in enumerate(cells)))
    return [line.rstrip() for line in (*told[:-1], "-" * (sum(widths) + 2 * (n + 2)), told[-1])]


def _column_words(column: pd.Series) -> list[str]:
    return [value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else str(value) for value in column]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def trace(
    folder: RunFolder,
    household: Annotated[
        str | None,
        typer.Option("--household", metavar="N", help="Number of a household, several with commas, or random."),
    ] = None,
    pick: Annotated[
        str | None,
        typer.Option("--pick", metavar="KIND", help="Choose by lot among: displaced, trapped, driven, killed, stayed, camp, ..."),
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="How many to choose.")] = 1,
) -> None:
    """Tell the days of single, fictional households of a run in plain words; the run is made again for it."""
    numbers = _numbers(household)
    if numbers and (pick or count != 1):
        raise BadInputError("--household names households, so that --pick and --count have nothing to choose")
    if not 1 <= count <= _MOST:
        raise BadInputError(f"--count must be between 1 and {_MOST:,}, not {count}")
    from sim.battle.watching import ReplayError
    from sim.errors import RunError
    from sim.views.trace import FICTION, TraceError, check_pick, picked
    from sim.views.trace import told as tell

    end_on_sigterm()
    try:
        check_pick(pick or _RANDOM)
        kept = open_run(folder)
        households = numbers or _watched(kept, "looking for households", lambda see: picked(kept, pick or _RANDOM, count, see))
        accounts = _watched(kept, "watching", lambda see: tell(kept, households, see))
    except ReplayError:
        raise
    except TraceError as error:
        raise BadInputError(f"--{error}") from None
    except RunError as error:
        raise BadInputError(str(error)) from None
    typer.echo(f"{kept.name}. {FICTION}")
    for account in accounts:
        typer.echo(f"\n{account}")
    if not numbers and len(accounts) < count:
        say(f"there are only {len(accounts)} of this kind")


def _numbers(household: str | None) -> list[int]:
    """Households that are named; none where they are to be chosen."""
    if household is None or household.strip().lower() == _RANDOM:
        return []
    words = [word.strip() for word in household.split(",")]
    if not all(re.fullmatch(r"\d{1,12}", word, re.ASCII) for word in words):
        raise BadInputError(f"--household wants a number, such as 1234, or random, not {household!r}")
    return [int(word) for word in words]


def _watched(kept: Run, what: str, work: Callable[[Callable[[object], None]], WorkT]) -> WorkT:
    """Work that makes the run again, with its progress shown."""
    from sim.cli.progress import progress_of
    from sim.kernels.cache import is_warm

    if not is_warm():
        say("compiling the inner loops, once on this machine: about a minute ...")
    say(f"{kept.name} again, {what}")
    with progress_of(len(kept.daily)) as progress:
        return work(progress)
