"""Pictures of ``displacement.py``: the runs' 90% range and median over real dates, and the record's figures on them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
from displacement_tables import by_measure
from matplotlib.lines import Line2D
from record_compare import Figure, read_run

from sim.views import style
from sim.views.axes import days_since_epoch, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from displacement_scores import Persons
    from displacement_tables import Rounds
    from first_outcomes_runs import Kept
    from matplotlib.axes import Axes

FIRST, LAST = dt.date(2016, 11, 1), dt.date(2017, 2, 18)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
PANELS = (
    ("Ever displaced", ("ever displaced",)),
    ("Away from home", ("away from home", "away from home, from Mosul district")),
    ("In camps", ("in camps, master lists", "in camps, emergency tracking")),
    ("Out of camps", ("out of camps in Ninewa, master lists", "out of camps, emergency tracking")),
)
_DPI = 100
_RIBBON, _LINE, _MARK, _OTHER = "#BFE3CC", style.CAMPS, style.DEFENDERS, "#D98C00"


def _modelled(figure: Figure, runs: list[Kept]) -> Persons:
    """The model's value of a figure on every day: (runs, days)."""
    daily = [dataclasses.replace(figure, last=str(day)) for day in DAYS]
    return np.array([[read_run(one, kept) for one in daily] for kept in runs])


def _ribbon(axes: Axes, values: Persons) -> None:
    x = days_since_epoch(DAYS)
    low, mid, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    axes.fill_between(x, low, high, color=_RIBBON, linewidth=0)
    axes.plot(x, mid, color=_LINE, linewidth=1.6)


def _dots(axes: Axes, figures: list[Figure], colour: str, *, hollow: bool = False) -> None:
    x = days_since_epoch([dt.date.fromisoformat(f.last) for f in figures])
    axes.vlines(x, [f.low for f in figures], [f.high for f in figures], color=colour, linewidth=1.0, alpha=0.6)
    face = style.PAPER if hollow else colour
    axes.plot(x, [f.value for f in figures], "o", markersize=4, color=colour, markerfacecolor=face, clip_on=False, zorder=3)


def _dot(colour: str, *, hollow: bool = False) -> Line2D:
    return Line2D([6.5], [5], marker="o", markersize=4.5, color=colour, markerfacecolor=style.PAPER if hollow else colour)


@style.styled
def write(picture: style.Picture, path: Path) -> None:
    """Write a picture as PNG, small enough to be kept with the pages."""
    picture.savefig(path, dpi=_DPI, metadata={"Software": "mosul-abm"})


@style.styled
def draw_totals(figures: list[Figure], runs: list[Kept]) -> style.Picture:
    """Totals by date: all who left, those away from home, in camps, out of camps."""
    picture = style.Picture(9.4, 7.2)
    words = f"Persons; {len(runs)} runs of the model, and the record"
    style.heading(picture, "Displacement from Mosul, from 1 November 2016", words)
    key = [(style.swatch(_RIBBON), "model, 90% of runs"), (Line2D([0, 13], [5, 5], color=_LINE, linewidth=1.6), "median"),
           (_dot(_MARK), "record, with its range"), (_dot(_OTHER), "record, other source or part")]  # fmt: skip
    style.key(picture, key, 0.3 / 9.4, 1 - 0.98 / 7.2)
    groups = by_measure(figures)
    for n, (title, measures) in enumerate(PANELS):
        axes = picture.add_axes((0.08 + 0.485 * (n % 2), 0.47 - 0.405 * (n // 2), 0.41, 0.285))
        shown = [groups[measure] for measure in measures if measure in groups]
        prepare(axes, title, [FIRST, LAST], "persons")
        if shown:
            _ribbon(axes, _modelled(shown[0][0], runs))
        for group, colour in zip(shown, (_MARK, _OTHER), strict=False):
            _dots(axes, group, colour)
        axes.set_ylim(bottom=0)
    return picture


@style.styled
def draw_camps(figures: list[Figure], r: Rounds, runs: list[Kept]) -> style.Picture:
    """A small panel for each camp of the record; all on one scale."""
    columns = 3
    rows = math.ceil(len(r.camps) / columns)
    height = 1.3 + 2.0 * rows
    picture = style.Picture(9.4, height)
    style.heading(picture, "People in each camp", f"Persons; {len(runs)} runs of the model, and the record's master lists")
    key = [(style.swatch(_RIBBON), "model, 90% of runs"), (Line2D([0, 13], [5, 5], color=_LINE, linewidth=1.6), "median"),
           (_dot(_MARK), "record"), (_dot(_MARK, hollow=True), "record before the model's camp opens: not scored")]  # fmt: skip
    style.key(picture, key, 0.3 / 9.4, 1 - 0.98 / height)
    top = 1.05 * max(float(np.nanmax(r.data)), float(r.model.max()))
    for n, camp in enumerate(r.camps):
        x, y = 0.075 + 0.315 * (n % columns), 1 - (1.25 + 2.0 * (n // columns) + 1.5) / height
        axes = picture.add_axes((x, y, 0.265, 1.2 / height))
        own = [f for f in figures if f.camp == camp]
        prepare(axes, camp, [FIRST, LAST], "")
        _ribbon(axes, _modelled(own[0], runs))
        for hollow in (True, False):
            opened = [f for f in own if (r.places[r.dates.index(f.last), n] == 0) == hollow]
            _dots(axes, opened, _MARK, hollow=hollow)
        axes.set_ylim(0, top)
        axes.set_title(camp, size=style.TEXT_PT, weight="bold", loc="left", pad=4)
    return picture
