"""How far a batch of runs is: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.cli.failing import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sim.experiments.sweep import Progress

_LINES = 20
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def many(number: int, what: str) -> str:
    """A count with its word: ``1 run``, ``2 runs``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def span_words(seconds: float) -> str:
    """A time as people say it: ``12 s``, ``3 min``, ``5.2 h``, ``2.1 days``."""
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.1f} days"


@contextmanager
def shown() -> Iterator[Callable[[Any], None]]:
    """A callback that shows how far the sweep is while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.live import Live

    table = _LiveTable()
    with Live(table, console=Console(stderr=True), transient=True, refresh_per_second=2):
        yield table


class _Lines:
    """Plain lines: the first run, then one for each twentieth of the way."""

    def __init__(self) -> None:
        self.told = -1
        self.measured = False

    def __call__(self, progress: Progress) -> None:
        if progress.run_bytes is not None and not self.measured:
            self.measured = True
            say(measured_words(progress))
        ended = progress.done + progress.failed
        part = ended * _LINES // max(progress.runs, 1)
        if part > self.told:
            self.told = part
            say(progress_words(progress))


class _LiveTable:
    """The same numbers in place, with the time that is left running down."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        self.progress, self.at = progress, time.monotonic()

    def __rich__(self) -> Any:  # noqa: ANN401  a renderable
        from rich.table import Table

        table = Table("runs", "done", "failed", "running", "waiting", "time left")
        if (now := self.progress) is not None:
            numbers = (now.runs, now.done, now.failed, now.running, now.waiting)
            left = now.seconds_left(time.monotonic() - self.at)
            table.add_row(*(f"{number:,}" for number in numbers), "?" if left is None else span_words(left))
            table.caption = measured_words(now) if now.run_bytes is not None else "measuring the first run"
        return table


def progress_words(progress: Progress) -> str:
    """One line on how far a sweep is."""
    line = f"{progress.done:,} done, {progress.failed:,} failed, {progress.running:,} running, {progress.waiting:,} waiting"
    left = progress.seconds_left()
    return line if not left else f"{line}, about {span_words(left)} left"


def measured_words(progress: Progress) -> str:
    """What one run takes, and the whole sweep, by the runs so far."""
    from sim.scenario.memory import size_words

    seconds, size = progress.run_seconds or 0.0, progress.run_bytes or 0
    whole = span_words(seconds * progress.runs / progress.workers)
    return (
        f"a run takes {span_words(seconds)} and up to {size_words(size)}: all {progress.runs:,} about {whole} "
        f"with {progress.workers} at a time and up to {size_words(size * progress.runs)}"
    )
