"""How far a run has come, on stderr: a bar with the time left on a terminal, else some twenty plain lines."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from sim.cli.failing import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date


class Status(Protocol):
    """What the battle tells at the end of a simulated day."""

    day: int
    date: date
    max_days: int
    liberated_share: float
    displaced: float
    killed: float


@contextmanager
def progress_of(max_days: int) -> Iterator[Callable[[Any], None]]:
    """A callback that shows progress while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines(max_days)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(20),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0, left="")
        began = time.monotonic()

        def update(status: Status) -> None:
            done = share_done(status)
            bar.update(task, completed=done, description=where_it_stands(status), left=time_left(began, done))

        yield update


class _Lines:
    """Plain lines, one for each twentieth of the way."""

    def __init__(self, max_days: int) -> None:
        self.began = time.monotonic()
        self.told = -1
        self.every = max(max_days // 20, 1)

    def __call__(self, status: Status) -> None:
        done = share_done(status)
        if int(done * 20) > self.told:
            self.told = int(done * 20)
            say(f"{in_words(status)}, {time_left(self.began, done)}".rstrip(", "))


def share_done(status: Status) -> float:
    """How far the run has come, 0 to 1: it ends with the last day or the last cell, whichever is first."""
    return min(max(status.day / max(status.max_days, 1), status.liberated_share), 1.0)


def time_left(began: float, done: float) -> str:
    """The time that is left at the pace so far, in words; empty while there is no pace yet."""
    taken = time.monotonic() - began
    if done < 0.02 or taken < 0.5:
        return ""
    left = taken * (1 - done) / done
    return f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"


def where_it_stands(status: Status) -> str:
    """The day, and how much of the city is free."""
    return f"day {status.day:3d}, {status.date:%d %b %Y}: {100 * status.liberated_share:3.0f}% liberated"


def in_words(status: Status) -> str:
    """One line on where the battle stands and what it has cost."""
    return f"{where_it_stands(status)}, {status.displaced:9,.0f} displaced, {status.killed:7,.0f} killed"
