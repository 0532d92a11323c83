"""How commands fail: one clear line or list on stderr, and an exit code that scripts can rely on."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from typing import TYPE_CHECKING, ParamSpec

import typer

from sim.errors import ScenarioError, SimError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
MOST_PROBLEMS = 100
LONGEST_LINE = 1500

Params = ParamSpec("Params")
_state = {"traces": False}


class BadInputError(SimError):
    """What was asked for on the command line cannot be done as it stands."""


def show_traces(*, wanted: bool) -> None:
    """Whether failures show their whole trace from now on."""
    _state["traces"] = wanted


def told(command: Callable[Params, int | None]) -> Callable[Params, None]:
    """Turn what a command raises into words on stderr and an exit code."""

    @functools.wraps(command)
    def wrapped(*args: Params.args, **kwargs: Params.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or DONE
            sys.stdout.flush()
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  a failure of any kind ends here, in words
            code = _tell(error)
        raise typer.Exit(code)

    return wrapped


def say(text: str) -> None:
    """One line for the user on stderr, where it does not mix with results."""
    typer.echo(text, err=True)


def _tell(error: BaseException) -> int:
    if _state["traces"] and not isinstance(error, KeyboardInterrupt | BrokenPipeError | typer.Exit):
        traceback.print_exception(error)
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # The reader of a pipe (head, less) has seen enough; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    if isinstance(error, KeyboardInterrupt):
        say("\ninterrupted: nothing was kept")
        return INTERRUPTED
    if isinstance(error, ScenarioError):
        say_problems(error)
    elif isinstance(error, SimError | OSError):
        say(_on_one_line(_in_words(error)))
    else:
        kind = "" if type(error) in {RuntimeError, ValueError} and str(error) else f"{type(error).__name__}: "
        say("the model failed: " + _on_one_line(kind + (str(error).strip() or "no reason given")))
        if not _state["traces"]:
            say("(the same command with --debug shows where)")
    return BAD_INPUT if isinstance(error, ScenarioError | BadInputError) else FAILED


def _in_words(error: SimError | OSError) -> str:
    if isinstance(error, BadInputError):
        return str(error)
    if isinstance(error, SimError) or not error.strerror:
        return f"failed: {error}"
    return "failed: " + (f"{error.filename}: " if error.filename else "") + error.strerror.lower()


def say_problems(error: ScenarioError) -> None:
    """Every mistake on a line of its own; of very many, as of a file that is none, the first ones."""
    for problem in error.problems[:MOST_PROBLEMS]:
        say(str(problem))
    if (more := len(error.problems) - MOST_PROBLEMS) > 0:
        say(f"... and {more:,} more")


def _on_one_line(text: str) -> str:
    return one_line(" ".join(text.split()), LONGEST_LINE)
