"""Differences at a glance: a dot and its 90% interval for each outcome, or for each mechanism that was switched off."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.views import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOURS = (style.LIBERATORS, style.DEFENDERS, style.CAMPS, style.TRAPPED, style.CIVILIANS, style.HOSTED, style.SHELTERING)
MARKERS = ("o", "s", "^", "D")  # more variants than colours: the next marker
_LEFT_IN, _LABEL_IN, _PLOT_IN, _TEXT_IN = 0.3, 2.35, 4.6, 2.3
_LEAST_ROW_IN, _LINE_IN = 0.3, 0.15
_NARROWEST, _WIDEST = 0.02, 1.5
_PANEL_IN, _PANEL_GAP_IN, _MECHANISM_IN, _MECHANISM_ROW_IN = 1.4, 0.44, 1.75, 0.21


@style.styled
def draw_comparison(table: pd.DataFrame, base: str) -> style.Picture:
    """Relative differences of variants from a base.

    Args:
        table: One row a variant and outcome: ``variant``, ``outcome``, ``label``, ``relative`` with ``relative_low`` and
            ``relative_high`` (fractions of the base), ``base_text``, ``text``, ``verdict``.
        base: What the base is called.

    Returns:
        The picture; outcomes that are the same in every run are named below it.
    """
    variants = list(dict.fromkeys(table["variant"]))
    parted = set(table.loc[table["verdict"] != "identical", "outcome"])
    moved = [name for name in dict.fromkeys(table["outcome"]) if name in parted]
    labels = dict(zip(table["outcome"], table["label"], strict=True))
    row_in = max(_LEAST_ROW_IN, _LINE_IN * len(variants) + 0.08)
    still = ", ".join(words for name, words in labels.items() if name not in parted)
    foot = textwrap.wrap(f"Identical in every run: {still}", 125) if still else []
    top, bottom = 1.15 + 0.22 * len(variants), 0.75 + 0.15 * len(foot)
    width = 2 * _LEFT_IN + _LABEL_IN + _PLOT_IN + _TEXT_IN
    height = top + bottom + row_in * max(len(moved), 1)
    picture = style.Picture(width, height)
    style.heading(picture, "What differs", f"Mean difference from {_cut(base, 60)}, with 90% intervals", left=_LEFT_IN)
    _variant_key(picture, variants, 0.93)
    place = ((_LEFT_IN + _LABEL_IN) / width, bottom / height, _PLOT_IN / width, row_in * max(len(moved), 1) / height)
    axes = picture.add_axes(place)
    limit = _limit(table[table["outcome"].isin(moved)])
    _rule(axes, limit, len(moved))
    for row, name in enumerate(moved):
        rows = table[table["outcome"] == name]
        _outcome_row(axes, row, rows, variants, labels[name], limit)
    axes.set_xlabel("difference, share of the base's mean", size=style.SMALL_PT, color=style.FAINT_INK)
    for line, text in enumerate(reversed(foot)):
        y = (0.12 + 0.15 * line) / height
        picture.text(_LEFT_IN / width, y, text, size=style.SMALL_PT, color=style.FAINT_INK, va="bottom")
    return picture


@style.styled
def draw_ablation(table: pd.DataFrame, scenario: str) -> style.Picture:
    """What mechanisms do to a few outcomes: a panel for each outcome, a row for each mechanism.

    Args:
        table: One row a mechanism and outcome: ``mechanism``, ``outcome``, ``label``, ``relative`` (what the mechanism adds, a
            fraction of the mean of the scenario as it stands) with its ends, ``verdict``.
        scenario: What the scenario is called.

    Returns:
        The picture.
    """
    mechanisms = list(dict.fromkeys(table["mechanism"]))
    outcomes = list(dict.fromkeys(table["outcome"]))
    width = 2 * _LEFT_IN + _MECHANISM_IN + len(outcomes) * (_PANEL_IN + _PANEL_GAP_IN)
    width = max(width, 6.6)
    rows_in = _MECHANISM_ROW_IN * max(len(mechanisms), 2)
    top, bottom = 1.7, 0.55
    height = top + rows_in + bottom
    picture = style.Picture(width, height)
    subtitle = f"{_cut(scenario, 60)}: with it minus without it, 90% intervals"
    style.heading(picture, "What each mechanism does", subtitle, left=_LEFT_IN)
    _place_key(picture, _verdict_key(), _LEFT_IN, 0.95)
    for panel, name in enumerate(outcomes):
        x = _LEFT_IN + _MECHANISM_IN + panel * (_PANEL_IN + _PANEL_GAP_IN)
        axes = picture.add_axes((x / width, bottom / height, _PANEL_IN / width, rows_in / height))
        rows = table[table["outcome"] == name]
        limit = _limit(rows)
        _rule(axes, limit, len(mechanisms), ticks=2)
        title = "\n".join(textwrap.wrap(str(rows["label"].iloc[0]), 18))
        axes.set_title(title, size=style.TEXT_PT, weight="bold", loc="left", pad=6)
        if not panel:
            names = [_words(mechanism) for mechanism in mechanisms]
            axes.set_yticks(range(len(mechanisms)), names, size=style.SMALL_PT)
        for row, mechanism in enumerate(mechanisms):
            found = rows[rows["mechanism"] == mechanism]
            if len(found):
                _mark(axes, row, found.iloc[0], style.LIBERATORS, MARKERS[0], limit)
    note = "Share of the mean of the scenario as it stands. Each panel has a scale of its own."
    picture.text(_LEFT_IN / width, 0.1 / height, note, size=style.SMALL_PT, color=style.FAINT_INK, va="bottom")
    return picture


def _rule(axes: Axes, limit: float, rows: int, ticks: int = 7) -> None:
    """A zero line, faint lines between rows, percent below."""
    axes.set_xlim(-1.08 * limit, 1.08 * limit)
    axes.set_ylim(max(rows, 1) - 0.5, -0.5)
    axes.axvline(0, color=style.FAINT_INK, linewidth=0.8, zorder=1)
    for row in range(rows):
        axes.axhline(row, color=style.GRID_LINE, linewidth=0.7, zorder=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=3, labelsize=style.SMALL_PT, color=style.FAINT_INK)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, symmetric=True, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:+.4g}%" if abs(value) > 1e-9 else "0"))


def _outcome_row(axes: Axes, row: int, rows: pd.DataFrame, variants: Sequence[str], label: str, limit: float) -> None:
    """One outcome: its name, a mark for each variant, and means in words."""
    axes.annotate(label, (0, row), xycoords=("axes fraction", "data"), xytext=(-8, 0), textcoords="offset points",
                  ha="right", va="center", size=style.TEXT_PT)  # fmt: skip
    step = 0.72 / len(variants)
    for place, variant in enumerate(variants):
        for _, mine in rows[rows["variant"] == variant].iterrows():
            y = row + (place - (len(variants) - 1) / 2) * step
            _mark(axes, y, mine, *_look(place), limit)
    texts = list(rows["text"])
    words = f"{rows['base_text'].iloc[0]} \N{RIGHTWARDS ARROW} {' | '.join(texts[:2])}{' | ...' if len(texts) > 2 else ''}"
    axes.annotate(words, (1, row), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                  ha="left", va="center", size=style.SMALL_PT, color=style.FAINT_INK)  # fmt: skip


def _look(place: int) -> tuple[str, str]:
    """Colour and marker of a variant."""
    return COLOURS[place % len(COLOURS)], MARKERS[place // len(COLOURS) % len(MARKERS)]


def _mark(axes: Axes, y: float, row: pd.Series[float], colour: str, marker: str, limit: float) -> None:
    """A marker with its interval: filled where real, open where not; an arrow beside it where it lies beyond the axis."""
    middle, low, high = (float(row[name]) for name in ("relative", "relative_low", "relative_high"))
    if math.isnan(middle):
        if str(row["verdict"]) not in {"identical", "too few"}:
            axes.text(0.02 * limit, y, "base is 0", size=style.SMALL_PT - 1, color=colour, va="center")
        return
    if str(row["verdict"]) == "identical":
        return
    inside = float(np.clip(middle, -limit, limit))
    if not math.isnan(low):
        axes.plot(np.clip([low, high], -limit, limit), [y, y], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
    if inside != middle:
        tip, arrow = (1.055 * limit, ">") if middle > 0 else (-1.055 * limit, "<")
        axes.plot([tip], [y], marker=arrow, color=colour, markersize=3.5, linestyle="none", zorder=3)
    fill = colour if str(row["verdict"]) == "real" else style.PAPER
    axes.plot([inside], [y], marker=marker, color=colour, markerfacecolor=fill, markersize=5, linestyle="none", zorder=3)


def _limit(table: pd.DataFrame) -> float:
    """Half the width of the axis: all dots and most intervals, within reason."""
    dots = table["relative"].abs().to_numpy(dtype=float)
    ends = table[["relative_low", "relative_high"]].abs().to_numpy(dtype=float).ravel()
    known = [values[np.isfinite(values)] for values in (dots, ends)]
    widest = max((float(values.max()) for values in (known[0],) if values.size), default=0.0)
    usual = float(np.quantile(known[1], 0.95)) if known[1].size else 0.0
    return min(max(1.05 * widest, usual, _NARROWEST), _WIDEST)


def _variant_key(picture: style.Picture, variants: Sequence[str], top_in: float) -> None:
    for line, variant in enumerate(variants):
        colour, marker = _look(line)
        mark = Line2D([6], [5], marker=marker, color=colour, markersize=7)
        _place_key(picture, [(mark, _cut(variant, 70))], _LEFT_IN, top_in + 0.22 * line)
    _place_key(picture, _verdict_key(), _LEFT_IN + _LABEL_IN + _PLOT_IN - 1.0, top_in)


def _place_key(picture: style.Picture, entries: Sequence[tuple[Artist | None, str]], left_in: float, top_in: float) -> None:
    width, height = picture.get_size_inches()
    style.key(picture, entries, left_in / width, 1 - top_in / height)


def _verdict_key() -> list[tuple[Artist | None, str]]:
    ink = style.FAINT_INK
    dots = [Line2D([6], [5], marker="o", color=ink, markerfacecolor=fill, markersize=5) for fill in (ink, style.PAPER)]
    return [(dots[0], "real"), (dots[1], "not sure or none")]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _words(name: str) -> str:
    return name.replace("_", " ")
