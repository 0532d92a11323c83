"""Charts over real dates: liberated share, displacement, killed and wounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError
from sim.record.reading import date_text
from sim.views import style
from sim.views.axes import EndLabel, days_since_epoch, label_ends, prepare
from sim.views.maps import subtitle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.record.run import Run

_BANK_PREFIX = "liberated_share_"
_BANK_COLOURS = ("#0B5A8A", "#D98C00", "#7A4F9A", "#3FA57C")
_BANK_DASHES = ("--", "-.", ":", "-")
_DONE = 1 - 1e-9
_GROUPS = (
    ("civilians", "Civilians", style.CIVILIANS, "-"),
    ("liberators", "Liberators", style.LIBERATORS, "-"),
    ("defenders", "Defenders", style.DEFENDERS, "--"),
)
_AWAY = (
    ("in_camps", "In camps", style.CAMPS),
    ("hosted", "Hosted", style.HOSTED),
    ("informal", "Informal sites", style.INFORMAL),
    ("on_the_way", "On the way", style.ON_THE_WAY),
)
_STAYED = (
    ("sheltering", "Sheltering", style.SHELTERING, "-"),
    ("trapped", "Trapped", style.TRAPPED, "--"),
)
_RIGHT_IN = 1.75


def _series(run: Run, name: str) -> NDArray[np.float64]:
    if name not in run.daily:
        raise RunError(f"{run.path or run.name}: its daily table lacks {name}")
    return run.daily[name].to_numpy().astype(np.float64)


def draw_liberated(axes: Axes, run: Run) -> None:
    """Share of built-up cells held by liberators, of the city and of each bank, until each is done."""
    prepare(axes, "Liberated", run.dates, "% of built-up area held by liberators")
    axes.set(ylim=(0, 112), yticks=(0, 25, 50, 75, 100))
    days = days_since_epoch(run.dates)
    banks = [str(name) for name in run.daily.columns if str(name).startswith(_BANK_PREFIX)]
    lines = [("liberated_share", "City", style.INK, "-", 2.4)]
    for index, name in enumerate(banks):
        words = f"{name.removeprefix(_BANK_PREFIX).replace('_', ' ').capitalize()} bank"
        colour, dashes = _BANK_COLOURS[index % 4], _BANK_DASHES[index % 4]
        lines.append((name, words, colour, dashes, 1.8))
    labels = []
    ends = {name: _first_day(_series(run, name) >= _DONE) for name, *_ in lines}
    for name, words, colour, dashes, width in lines:
        values = _series(run, name)
        end = ends[name]
        axes.plot(
            days[: end + 1], 100 * values[: end + 1], color=colour, linestyle=dashes, linewidth=width, clip_on=False
        )
        if values[end] < _DONE:
            labels.append(EndLabel(100 * values[-1], f"{words}: {style.percent(values[-1])}", colour))
            continue
        axes.plot(days[end], 100, "o", color=colour, markersize=5, clip_on=False, zorder=5)
        if name == min(ends, key=lambda known: ends[known]):
            axes.annotate(
                f"{words}: all by {date_text(run.dates[end])}", (days[end], 100), xytext=(0, 5), color=colour,
                textcoords="offset points", va="bottom", size=style.SMALL_PT, weight="bold",
                ha=("left", "center", "right")[min(2, int(3 * end / len(values)))],
            )  # fmt: skip
        else:
            labels.append(EndLabel(100 * values[-1], f"{words}: all by\n{date_text(run.dates[end])}", colour))
    label_ends(axes, labels)


def _first_day(true: NDArray[np.bool_]) -> int:
    found = np.flatnonzero(true)
    return int(found[0]) if found.size else len(true) - 1


def draw_displacement(axes: Axes, run: Run) -> None:
    """Where people who are away from home are, stacked, and how many ever left."""
    prepare(axes, "Displaced, and where they are", run.dates, "people")
    days = days_since_epoch(run.dates)
    ever = _series(run, "displaced")
    bands = [(words, colour, _series(run, name)) for name, words, colour in _AWAY]
    away = np.sum([values for _, _, values in bands], axis=0)
    top = max(float(ever.max()), float(away.max()), 1.0)
    axes.set_ylim(0, 1.04 * top)
    floor = np.zeros_like(days)
    labels = [EndLabel(float(ever[-1]), f"Ever left home\n{style.thousands(ever[-1])}", style.INK)]
    for words, colour, values in bands:
        axes.fill_between(days, floor, floor + values, color=colour, linewidth=0.6, edgecolor="white")
        peak = int(values.argmax())
        if values[-1] > 0.02 * top:
            text = f"{words}\n{style.thousands(values[-1])}"
        else:
            text = f"{words}: peak\n{style.thousands(values[peak])}, {date_text(run.dates[peak])}"
        if values[peak] > 0:
            shade = style.FAINT_INK if colour == style.ON_THE_WAY else colour
            labels.append(EndLabel(float(floor[-1] + values[-1] / 2), text, shade))
        floor = floor + values
    axes.plot(days, ever, color=style.INK, linewidth=2, clip_on=False)
    label_ends(axes, labels)


def draw_stayed(axes: Axes, run: Run) -> None:
    """People at home under fire: sheltering, or trapped."""
    prepare(axes, "Still at home, with fighting near", run.dates, "people, end of each day")
    _draw_lines(axes, run, [(name, words, colour, dashes, True) for name, words, colour, dashes in _STAYED])


def draw_losses(axes: Axes, run: Run, what: str) -> None:
    """Killed or wounded so far, by group; ``what`` is one of the two words."""
    prepare(axes, what.capitalize(), run.dates, "people, since the start")
    _draw_lines(
        axes, run, [(f"{name}_{what}", words, colour, dashes, False) for name, words, colour, dashes in _GROUPS]
    )


def _draw_lines(axes: Axes, run: Run, lines: Sequence[tuple[str, str, str, str, bool]]) -> None:
    days = days_since_epoch(run.dates)
    table = [_series(run, name) for name, *_ in lines]
    axes.set_ylim(0, 1.05 * max(1.0, *(float(values.max()) for values in table)))
    labels = []
    for (_, words, colour, dashes, tell_peak), values in zip(lines, table, strict=True):
        axes.plot(days, values, color=colour, linestyle=dashes, linewidth=2, clip_on=False)
        text = f"{words}\n{style.thousands(values[-1])}"
        if tell_peak:
            peak = int(values.argmax())
            text = f"{words}: peak\n{style.thousands(values[peak])}, {date_text(run.dates[peak])}"
            axes.plot(days[peak], values[peak], "o", color=colour, markersize=4.5, clip_on=False)
        height = values.max() if tell_peak else values[-1]
        labels.append(EndLabel(float(height), text, colour, leader=not tell_peak))
    label_ends(axes, labels)


def _canvas(run: Run, title: str, panels: int) -> tuple[style.Picture, list[Axes]]:
    width, height = (8.6, 5.0) if panels == 1 else (13.6, 5.0)
    picture = style.Picture(width, height)
    style.heading(picture, title, subtitle(run))
    panel = (width - 0.75 - panels * _RIGHT_IN - (panels - 1) * 0.6) / panels
    places = [0.75 + index * (panel + _RIGHT_IN + 0.6) for index in range(panels)]
    return picture, [
        picture.add_axes((x / width, 0.6 / height, panel / width, (height - 2.2) / height)) for x in places
    ]


@style.styled
def liberated(run: Run) -> style.Picture:
    """Chart of the liberated share by bank."""
    picture, (axes,) = _canvas(run, "How fast the city is liberated", 1)
    draw_liberated(axes, run)
    return picture


@style.styled
def displacement(run: Run) -> style.Picture:
    """Charts of those who left and where they are, and of those who stay under fire."""
    picture, (left, right) = _canvas(run, "Who flees, and who cannot", 2)
    draw_displacement(left, run)
    draw_stayed(right, run)
    return picture


@style.styled
def casualties(run: Run) -> style.Picture:
    """Charts of killed and wounded by group."""
    picture, (left, right) = _canvas(run, "Killed and wounded", 2)
    draw_losses(left, run, "killed")
    draw_losses(right, run, "wounded")
    return picture
