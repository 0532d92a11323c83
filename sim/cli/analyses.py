"""The command that analyses a sweep: what was found in words, and where tables and pictures lie."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path  # noqa: TC003  read at run time, as annotations
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.failing import BadInputError, say, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.experiments.analysis import Analysis

_WIDTH = 100


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("analyse")(told(analyse))


def analyse(
    folder: Annotated[Path, typer.Argument(metavar="SWEEP", help="A sweep folder, such as sweeps/what_matters-1a2b3c4d.")],
    outcomes: Annotated[
        list[str] | None,
        typer.Option("--outcome", metavar="NAME", help="Look at this outcome; may be repeated. The main ones if not given."),
    ] = None,
    exceed: Annotated[
        list[str] | None,
        typer.Option("--exceed", metavar="CONDITION", help='Tell the probability of "displaced>1000000"; may be repeated.'),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option("--box", metavar="CONDITION", help='Find what leads to "displaced>500000"; may be repeated.'),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for tables and pictures; SWEEP/analysis if not given.")
    ] = None,
) -> None:
    """Analyse a sweep: ensembles, probabilities, sensitivity, discovery."""
    _check_folder(folder)
    from sim.experiments.analysis import FOLDER
    from sim.experiments.analysis import analyse as make
    from sim.experiments.exceedance import AnalysisError
    from sim.experiments.store import SweepError

    target = out or folder / FOLDER
    _check_out(target)
    try:
        analysis = make(folder, outcomes, exceed=exceed or (), box=box or (), progress=_progress())
        for line in lines(analysis):
            typer.echo(line)
        sys.stdout.flush()
        say("drawing ...")
        analysis.save(target)
    except (AnalysisError, SweepError) as error:
        raise BadInputError(str(error)) from None
    _tell_files(analysis, target)


def _check_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    what = "is a file, not a sweep folder" if folder.exists() else "no such folder"
    raise BadInputError(f"{folder}: {what} (a sweep folder is wanted, such as `python run.py sweep` tells at its end)")


def _check_out(out: Path) -> None:
    """Better told now than after the work."""
    existing = next((place for place in (out, *out.absolute().parents) if place.exists()), None)
    if existing is not None and not existing.is_dir():
        raise BadInputError(f"--out {out}: {existing} is a file, not a folder")


def _progress() -> Callable[[str], object]:
    """On a terminal, the name of what is being worked on, in place."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(name: str) -> None:
        sys.stderr.write(f"\r\x1b[K{name} ...\r")
        sys.stderr.flush()

    return show


def lines(analysis: Analysis) -> list[str]:
    """What was found, line by line."""
    told = ["", typer.style(analysis.title, bold=True), analysis.extent]
    for note in analysis.notes:
        told += ["", *textwrap.wrap(f"Note: {note}", _WIDTH)]
    for finding in analysis:
        told += ["", typer.style(finding.title, bold=True), *_wrapped(finding.words)]
        for warning in finding.warnings:
            if warning != finding.words:
                told += textwrap.wrap(f"- note: {warning}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return [*told, ""]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _tell_files(analysis: Analysis, folder: Path) -> None:
    tables = sum(len(finding.tables) for finding in analysis)
    pictures = sum(bool(finding.tables) for finding in analysis)
    say(f"kept in {folder}: {tables} tables (CSV, Parquet), {pictures} pictures (PNG, SVG), words.md, findings.json")
