"""The errors that the package raises on purpose: one root, one class for each kind of mistake."""

from __future__ import annotations

import os
from dataclasses import dataclass


class SimError(Exception):
    """Root of every error that the package raises on purpose; the command line shows it without a traceback."""


_LONGEST_PLACE = 4100
_LONGEST_KEY = 160
_LONGEST_MESSAGE = 800


def one_line(text: str, longest: int) -> str:
    """Text from a user's file as part of a message: printable, and cut where it is too long."""
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[: longest + 1])
    return line if len(line) <= longest else line[: longest - 3] + "..."


def reason(error: OSError) -> str:
    """Why the system refused, in lower case."""
    # By the system's number first: Arrow raises its own, longer words with it.
    words = os.strerror(error.errno) if error.errno else error.strerror
    return (words or str(error) or type(error).__name__).lower()


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what the user wrote.

    Attributes:
        where: Place of the mistake, such as ``my.yaml:12:5`` or ``--set``.
        key: Dotted name of the parameter, or of the map feature; may be empty.
        message: What is wrong and, where one is near, what may have been meant.
    """

    where: str
    key: str
    message: str

    def __str__(self) -> str:
        parts = (one_line(self.where, _LONGEST_PLACE), one_line(self.key, _LONGEST_KEY), one_line(self.message, _LONGEST_MESSAGE))
        return "  ".join(part for part in parts if part)


class ScenarioError(SimError):
    """A scenario, a city folder or an option that cannot be run as it stands.

    Attributes:
        problems: Every mistake that was found, in the order of the file.
    """

    def __init__(self, problems: list[Problem] | Problem) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Problem]]]:
        return (type(self), (self.problems,))


class RunError(SimError):
    """A run folder that is missing, unfinished, of another version, or cannot be written."""


class StateError(SimError):
    """A saved state that the battle cannot go on from: of another version, another city, or damaged."""


class ConservationError(SimError):
    """People or fighters were lost or made: the model itself is wrong."""
