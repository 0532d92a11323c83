"""Traces: the days of single fictional households, told in plain words.

Runs are the same each time, so a kept run is made again while somebody watches the households that are asked for
(:mod:`sim.battle.watching`); :mod:`sim.views.telling` puts what was seen into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import SimError
from sim.scenario.words import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import pandas as pd

    from sim.record.run import Run

FICTION = "Households are fictional: drawn by the model, each an example of what its rules do and no real family."


class TraceError(SimError):
    """A household that cannot be told of: no such number, no such kind, or none of that kind."""


@dataclass(frozen=True)
class Trace:
    """One household's days.

    Attributes:
        household: Its number, the row of the agent set.
        run: Name of the run.
        text: The account.
        days: One row a day: date, state, place, members, dead, wounded, danger (most of the day), power_cut, water_cut
            (shares of its quarter), thirst (share of the water needed that is lacking there), hunger (0 to 1), weighed
            (times that it weighed leaving), chance (that it wants to leave that day).
    """

    household: int
    run: str
    text: str
    days: pd.DataFrame

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre style='white-space:pre-wrap;max-width:62em'>{escape(self.text)}</pre>"


def trace(run: Run, household: int, *, progress: Callable[[Any], None] | None = None) -> Trace:
    """Tell one household's days; the run is made again for it.

    Args:
        run: A finished run.
        household: Number of the household, from 0.
        progress: Called at the end of each simulated day with its status.

    Raises:
        TraceError: There is no household of this number.
        RunError: The run cannot be made again to the same digest.
    """
    return told(run, [household], progress)[0]


def traces(
    run: Run, pick: str = "random", count: int = 1, *, progress: Callable[[Any], None] | None = None
) -> list[Trace]:
    """Tell the days of several households of a kind, chosen by a keyed draw: the same ones each time, more with a higher count.

    Args:
        run: A finished run.
        pick: One of :data:`sim.battle.watching.KINDS`.
        count: How many; fewer where there are not so many.
        progress: As of :func:`trace`.

    Raises:
        TraceError: There is no such kind, or no household of it in this run.
        RunError: The run cannot be made again to the same digest.
    """
    return told(run, picked(run, pick, count, progress), progress)


def check_pick(pick: str) -> None:
    """Refuse a kind that there is not.

    Raises:
        TraceError: With the kinds that there are.
    """
    from sim.battle.watching import KINDS

    if pick not in KINDS:
        raise TraceError(f'pick: no kind "{short(pick)}"{did_you_mean(pick, KINDS)}; there are {", ".join(KINDS)}')


def picked(run: Run, pick: str, count: int, progress: Callable[[Any], None] | None = None) -> list[int]:
    """Numbers of households of a kind, in the order of a keyed draw; see :func:`traces`."""
    from sim.battle.watching import Survey, make_again, same_battle
    from sim.kernels.rng import stream_key, uniforms

    check_pick(pick)
    if count < 1:
        raise TraceError(f"count must be at least 1, not {count}")
    battle = same_battle(run)
    if pick == "random":
        rows = np.arange(len(battle.households))
    else:
        survey = Survey()
        make_again(run, battle, survey, progress)
        rows = survey.of_kind(pick)
    if not rows.size:
        raise TraceError(f'no household of the kind "{pick}" in {run.name}')
    draws = uniforms(stream_key(battle.seed, "trace.pick", "households", 0), rows, 0)
    return [int(row) for row in rows[np.argsort(draws, kind="stable")][:count]]


def told(run: Run, households: Sequence[int], progress: Callable[[Any], None] | None = None) -> list[Trace]:
    """Tell the days of households by their numbers, in the order given; the run is made again once."""
    from sim.battle.watching import Watch, make_again, same_battle
    from sim.views.telling import account, day_table

    battle = same_battle(run)
    n = len(battle.households)
    for number in households:
        if not 0 <= number < n:
            where = f"the run has {n:,}, numbered 0 to {n - 1}" if n else "the run has none"
            raise TraceError(f"household {number}: there is no such household; {where}")
    watch = Watch(np.unique(np.asarray(households, np.int64)))
    make_again(run, battle, watch, progress)
    return [Trace(number, run.name, account(watch, battle, number), day_table(watch, battle, number)) for number in households]
