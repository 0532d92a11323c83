"""Axes that need no legend: real dates, thousands separators, labels beside the lines that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.views import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORT_DAYS = 70
_MOST_TICKS = 7


@dataclass(frozen=True)
class EndLabel:
    """Words for the right end of a line.

    Attributes:
        y: Height of the line's end (data units).
        text: The words; one or two lines.
        colour: Colour of the line.
        leader: Whether a thin line joins the label to its height.
    """

    y: float
    text: str
    colour: str
    leader: bool = True


def prepare(axes: Axes, title: str, dates: Sequence[date], unit: str) -> None:
    """Title and unit at the top left, dates below, faint horizontal lines, nothing else."""
    axes.set_title(title, size=style.HEADING_PT, weight="bold", loc="left", pad=20)
    axes.text(0, 1.015, unit, size=style.SMALL_PT, color=style.FAINT_INK, transform=axes.transAxes, va="bottom")
    axes.grid(axis="y", color=style.GRID_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.FAINT_INK)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL_PT)
    axes.tick_params(axis="x", length=3, labelsize=style.SMALL_PT, color=style.FAINT_INK)
    last = dates[-1] if dates[-1] > dates[0] else dates[0] + timedelta(days=1)
    axes.set_xlim(_day(dates[0]), _day(last))
    ticks = date_ticks(dates[0], last)
    axes.set_xticks([_day(tick) for tick, _ in ticks], [text for _, text in ticks])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.thousands(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=True))


def _day(day: date) -> float:
    return float(np.datetime64(day, "D").astype(np.int64))


def days_since_epoch(dates: Sequence[date]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Positions of dates on the axes that :func:`prepare` makes."""
    return np.asarray([_day(day) for day in dates])


def date_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """At most about seven ticks: weeks in a short run, months in a long one; the year where it begins."""
    span = (last - first).days
    if span <= _SHORT_DAYS:
        step = next(days for days in (1, 2, 7, 14) if span / days <= _MOST_TICKS)
        days = [first + timedelta(days=offset) for offset in range(0, span + 1, step)]
        texts = [f"{day.day} {_MONTHS[day.month - 1]}" for day in days]
    else:
        starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
        starts = [day for day in starts if first <= day <= last]
        step = next(months for months in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(starts) / months <= _MOST_TICKS)
        days = [day for day in starts if (day.year * 12 + day.month - 1) % step == 0] or starts[:1]
        texts = [_MONTHS[day.month - 1] for day in days]
    return [
        (day, f"{text}\n{day.year}" if index == 0 or days[index - 1].year != day.year else text)
        for index, (day, text) in enumerate(zip(days, texts, strict=True))
    ]


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Places as near to the wanted ones as boxes of these sizes allow without overlap.

    Neighbours that overlap are merged into a block at their mean place, until none do (pool adjacent violators).

    Args:
        wanted: Wanted centres.
        sizes: Heights of the boxes, same unit.
        low: Lower bound of all boxes, kept where they fit.
        high: Upper bound.

    Returns:
        Centres, in the order given; of two with the same wish, the first lies higher.
    """
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], -index))
    blocks: list[tuple[float, list[int]]] = []  # lower edge, members from below
    for index in order:
        blocks.append((wanted[index] - sizes[index] / 2, [index]))
        while True:
            edge, members = blocks[-1]
            height = sum(sizes[member] for member in members)
            edge = max(min(edge, high - height), low)
            blocks[-1] = (edge, members)
            if len(blocks) < 2 or blocks[-2][0] + sum(sizes[m] for m in blocks[-2][1]) <= edge + 1e-12:
                break
            joint = blocks[-2][1] + members
            offset, edges = 0.0, []
            for member in joint:
                edges.append(wanted[member] - sizes[member] / 2 - offset)
                offset += sizes[member]
            blocks[-2:] = [(sum(edges) / len(edges), joint)]
    centres = [0.0] * len(wanted)
    for edge, members in blocks:
        tops = np.cumsum([sizes[member] for member in members])
        for member, top in zip(members, tops, strict=True):
            centres[member] = float(edge + top - sizes[member] / 2)
    return centres


def label_ends(axes: Axes, labels: Sequence[EndLabel]) -> None:
    """Write labels to the right of the axes, each as near to its line's end as the others allow."""
    figure = axes.get_figure(root=True)
    if figure is None or not labels:
        return
    points = figure.get_size_inches()[1] * axes.get_position().height * 72
    low, high = axes.get_ylim()
    wanted = [(label.y - low) / (high - low) for label in labels]
    sizes = [1.3 * style.SMALL_PT * (1 + label.text.count("\n")) / points for label in labels]
    for label, start, place in zip(labels, wanted, spread(wanted, sizes, -0.02, 1.06), strict=True):
        if label.leader:
            ends = [start, place]
            axes.plot([1.006, 1.03], ends, color=label.colour, linewidth=0.8, transform=axes.transAxes, clip_on=False)
        axes.text(
            1.038, place, label.text, color=label.colour, size=style.SMALL_PT, va="center", ha="left",
            transform=axes.transAxes, weight="bold", linespacing=1.1,
        )  # fmt: skip
