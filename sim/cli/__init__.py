"""The command line: one command for each thing a user wants to do, and one way in which all of them fail.

Exit codes: 0 done, 1 the model failed, 2 bad input, 3 some runs of a sweep failed, 130 interrupted. Nothing
heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import analyses, branches, comparisons, people, runs, scenarios, sweeps
from sim.cli.failing import DONE, INTERRUPTED, show_traces

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="mosul-abm",
    help="Simulate the liberation of Mosul (2016-17) from a scenario file and see what happens to people.",
    epilog="S is a YAML file, or the name of a shipped scenario. First steps: run op_ed; new my_scenario.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo("mosul-abm " + version("mosul-abm"))
        raise typer.Exit(DONE)


@app.callback()
def top(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole trace when something fails.")] = False,
    version: Annotated[  # noqa: ARG001  its callback answers
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that hold for every command."""
    show_traces(wanted=debug)


scenarios.add_to(app)
runs.add_to(app)
people.add_to(app)
sweeps.add_to(app)
analyses.add_to(app)
comparisons.add_to(app)
branches.add_to(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words of the command line; those of this process where None.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    # `--debug` may stand anywhere: it is most wanted after a command has failed and is typed again.
    flags = [word for word in words if word == "--debug"][:1]
    try:
        app([*flags, *(word for word in words if word != "--debug")] if flags else words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE
