"""Commands that look at scenarios and run nothing: list, show, validate, schema, new."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.failing import BAD_INPUT, BadInputError, say_problems, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.errors import Problem
    from sim.scenario.model import Scenario
    from sim.scenario.reference import Row

Name = Annotated[str, typer.Argument(metavar="S", help="A scenario file, or the name of a shipped scenario.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value, such as time.max_days=30; may be repeated."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("list")(told(list_scenarios))
    app.command("show")(told(show))
    app.command("validate")(told(validate))
    app.command("schema")(told(schema))
    app.command("new")(told(new))


def list_scenarios() -> None:
    """List the shipped scenarios and sweeps."""
    from sim.experiments.shipped import shipped_sweeps
    from sim.experiments.spec import load_spec
    from sim.scenario import load, shipped_names

    names, sweeps = shipped_names(), shipped_sweeps()
    if not names:
        raise BadInputError("no shipped scenarios were found beside the package")
    width = max(map(len, [*names, *sweeps]))
    for name in names:
        typer.echo(f"{name:<{width}}  {_title(load, name)}".rstrip())
    if sweeps:
        typer.echo("\nsweeps:")
    for name in sweeps:
        typer.echo(f"{name:<{width}}  {_title(load_spec, name)}".rstrip())


def _title(read: Callable[[str], Any], name: str) -> str:
    from sim.errors import ScenarioError

    try:
        return str(read(name).title)
    except ScenarioError as error:
        return f"(broken: {error.problems[0]})"


def show(
    name: Name,
    sets: Sets = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print a file that runs as it is instead.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only what differs from the defaults.")] = False,
) -> None:
    """Show a scenario with every value, its unit and its meaning; * marks what differs from the defaults."""
    from sim.scenario import load
    from sim.scenario.reference import rows, sections

    scenario = load(name, sets or ())
    if yaml:
        sys.stdout.write(scenario.to_yaml())
        return
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 0
    typer.echo(f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name)
    if scenario.description:
        typer.echo(textwrap.fill(" ".join(scenario.description.split()), width or 110))
    head = f"seed {scenario.seed}, preset {scenario.preset}, hash {scenario.short_hash}"
    typer.echo(head + (f", extends {scenario.extends}" if scenario.extends else ""))
    for who, what in scenario.behaviours.items():
        typer.echo(f"* behaviour of {who}: {what} (running it runs this code)")
    listed = [row for row in rows(scenario) if not changed or row.default is not None]
    for section, meaning in sections().items():
        group = [row for row in listed if row.section == section]
        if group:
            typer.echo("\n" + typer.style(f"{section}  - {meaning}", bold=True))
            _print_group(group, width)


def _print_group(group: Sequence[Row], width: int) -> None:
    values = [f"{row.value} {row.unit}".rstrip() for row in group]
    left = min(max(len(row.key) for row in group), 44)
    right = min(max(map(len, values)), 30)
    for row, value in zip(group, values, strict=True):
        note = row.meaning + (f" (default {row.default})" if row.default not in {None, "none"} else "")
        start = f"{'*' if row.default is not None else ' '} {row.key:<{left}}  {value:<{right}}  "
        typer.echo(_hanging(start, note, width))


def _hanging(start: str, note: str, width: int) -> str:
    room = width - len(start)
    if room < 30:
        return start + note
    lines = textwrap.wrap(note, room)
    return ("\n" + " " * len(start)).join([start + lines[0], *lines[1:]]) if lines else start.rstrip()


def checked(name: str, sets: Sequence[str]) -> Scenario:
    """Load a scenario and look up in its city what it names there.

    Raises:
        ScenarioError: With every mistake and its place.
    """
    from sim.city import build_grid, load_city
    from sim.city.asked import check_asked
    from sim.errors import ScenarioError
    from sim.scenario import load
    from sim.scenario.loading import locate

    try:
        scenario = load(name, sets)
    except ScenarioError as error:
        raise ScenarioError(_with_cells(name, sets, error.problems)) from None
    city = load_city(scenario.city.path)
    try:
        check_asked(scenario, build_grid(city, scenario.city.cell_m, scenario.city.margin_m))
    except ScenarioError as error:
        raise ScenarioError(locate(name, sets, error.problems)) from None
    return scenario


def _with_cells(name: str, sets: Sequence[str], problems: list[Problem]) -> list[Problem]:
    """The same mistakes; one in the size of the grid is told with the memory that it would need."""
    from sim.errors import Problem

    keys = ("city.path", "city.cell_m", "city.margin_m")
    if not any(problem.key in keys[1:] for problem in problems):
        return problems
    from sim.city.memory import note_on_cells
    from sim.scenario.loading import asked

    note = note_on_cells(*(asked(name, sets, key) for key in keys))
    return [Problem(p.where, p.key, p.message + note) if p.key in keys[1:] else p for p in problems]


def validate(
    names: Annotated[list[str], typer.Argument(metavar="S...", help="Scenario files, or names of shipped scenarios.")],
    sets: Sets = None,
) -> int:
    """Check scenarios, their cities, and sweeps, and tell every mistake with its place; runs nothing."""
    from sim.cli.sweeps import head_line
    from sim.errors import ScenarioError
    from sim.experiments.designs import size
    from sim.experiments.shipped import is_sweep
    from sim.experiments.spec import load_spec
    from sim.scenario.reference import rows

    wrong = 0
    for name in names:
        try:
            if is_sweep(name):
                spec = load_spec(name)
                typer.echo(f"{name}: valid (sweep {head_line(spec, size(spec))})")
                continue
            scenario = checked(name, sets or ())
        except ScenarioError as error:
            wrong += 1
            say_problems(error)
            continue
        differing = sum(row.default is not None for row in rows(scenario))
        count = "1 value differs" if differing == 1 else f"{differing} values differ"
        base = f", extends {scenario.extends}" if scenario.extends else ""
        typer.echo(f"{name}: valid ({scenario.name}{base}, {count} from the defaults)")
    return BAD_INPUT if wrong else 0


def schema(
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the generated pages of docs/: scenario.schema.json, parameters.md, outcomes.md."),
    ] = False,
) -> None:
    """Print the JSON schema of a scenario file, for editors that complete and check."""
    from sim.cli.files import write_over
    from sim.record.reading import outcomes_markdown
    from sim.scenario.reference import json_schema, markdown

    if not write:
        sys.stdout.write(json_schema())
        return
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").is_file():
        raise BadInputError("--write needs a clone of the project; without it the schema is printed")
    (root / "docs").mkdir(exist_ok=True)
    pages = {"scenario.schema.json": json_schema(), "parameters.md": markdown(), "outcomes.md": outcomes_markdown()}
    for file, text in pages.items():
        write_over(root / "docs" / file, text)
        typer.echo(f"wrote docs/{file}")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario, or path of the file to write.")],
    base: Annotated[str, typer.Option("--from", metavar="S", help="Shipped scenario to build on.")] = "op_ed",
) -> None:
    """Write a commented scenario file to start from; an existing file is never overwritten."""
    from sim.scenario import shipped_names
    from sim.scenario.template import template
    from sim.scenario.words import did_you_mean

    path = Path(name) if Path(name).suffix in {".yaml", ".yml"} else Path(f"{name}.yaml")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", path.stem):
        raise BadInputError(f'"{name}" cannot name a scenario: use letters a-z, digits, - and _')
    if path.stem in shipped_names():
        raise BadInputError(f'"{path.stem}" is the name of a shipped scenario: choose another')
    if base not in shipped_names():
        hint = did_you_mean(base, shipped_names()) or f"; there are: {', '.join(shipped_names()) or 'none'}"
        raise BadInputError(f'--from: no shipped scenario "{base}"{hint}')
    _write_new(path, template(base, path.name))
    typer.echo(f"wrote {path}, which extends {base}\nedit it, then:  python run.py validate {path}")
    typer.echo(f"                python run.py run {path}")


def _write_new(path: Path, text: str) -> None:
    from sim.cli.files import write_new
    from sim.errors import reason

    try:
        write_new(path, text)
    except FileExistsError:
        raise BadInputError(f"{path} exists already and is left as it is: choose another name") from None
    except OSError as error:
        why = reason(error) if path.parent.is_dir() else f"there is no folder {path.parent}"
        raise BadInputError(f"{path} cannot be written: {why}") from None
