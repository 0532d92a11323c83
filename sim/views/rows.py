"""Pictures whose rows are factors or rules: a page as wide as its names and as high as its rows need."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.views import style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LETTER_IN = 0.078  # mean width of a letter of the text size
_TITLE_LETTER_IN = 0.158
_EDGE_IN = 0.3
_HEAD_IN = 1.45
_FOOT_IN = 0.75
_LEAST_WIDTH_IN = 8.6
_BLANK_IN = 2.6


@dataclass(frozen=True)
class Page:
    """An empty page with a heading, measured in inches.

    Attributes:
        picture: The figure.
        width: Its width (in).
        height: Its height (in).
    """

    picture: style.Picture
    width: float
    height: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at a place from the top left corner (in)."""
        place = (left / self.width, (self.height - top - height) / self.height, width / self.width, height / self.height)
        return self.picture.add_axes(place)


def page(title: str, subtitle: str, width: float, body: float) -> Page:
    """A page with a heading; widened where the title needs it.

    Args:
        title: One line.
        subtitle: One line.
        width: Width that the body needs (in).
        body: Height of what stands below the heading (in).
    """
    words = max(_TITLE_LETTER_IN * len(title), _LETTER_IN * len(subtitle)) + 2 * _EDGE_IN
    width, height = max(_LEAST_WIDTH_IN, width, words), _HEAD_IN + body + _FOOT_IN
    picture = style.Picture(width, height)
    style.heading(picture, title, subtitle)
    return Page(picture, width, height)


def top_in() -> float:
    """Where the body of a page begins, from the top (in)."""
    return _HEAD_IN


def names_in(names: Sequence[str]) -> float:
    """Room that names need to the left of axes (in)."""
    lines = [line for name in names for line in name.split("\n")]
    return _EDGE_IN + 0.12 + _LETTER_IN * max((len(line) for line in lines), default=0)


def prepare(axes: Axes, title: str, unit: str) -> None:
    """Title at the top left, unit below the axis, faint vertical lines, nothing else."""
    axes.set_title(title, size=style.HEADING_PT, weight="bold", loc="left", pad=8)
    axes.set_xlabel(unit, size=style.SMALL_PT, color=style.FAINT_INK)
    axes.grid(axis="x", color=style.GRID_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=style.TEXT_PT)
    axes.tick_params(axis="x", length=3, labelsize=style.SMALL_PT, color=style.FAINT_INK)


def rows(axes: Axes, names: Sequence[str]) -> NDArray[np.float64]:
    """Name the rows from the top down; returns their heights."""
    places = np.arange(len(names), dtype=np.float64)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    return places


def whiskers(axes: Axes, low: Any, high: Any, places: NDArray[np.float64]) -> None:  # noqa: ANN401  columns of numbers
    """Intervals as thin lines, one a row."""
    axes.hlines(places, low, high, color=style.INK, linewidth=1.1, zorder=4)


def blank(title: str, about: Mapping[str, Any]) -> style.Picture:
    """A page that says why there is nothing to draw."""
    sheet = page(title, "Nothing to draw", 0, _BLANK_IN - _HEAD_IN)
    letters = int((sheet.width - 2 * _EDGE_IN) / _LETTER_IN)
    text = textwrap.fill(str(about.get("untold", "")), letters)
    sheet.picture.text(_EDGE_IN / sheet.width, 1 - 1.05 / sheet.height, text, size=style.TEXT_PT, va="top", linespacing=1.4)
    return sheet.picture


def level_words(about: Mapping[str, Any]) -> str:
    """What the lines across the bars are."""
    return f"lines: {about['level']:.0%} intervals" if "level" in about else "lines: intervals"


def unit_words(about: Mapping[str, Any]) -> str:
    """The unit of the outcome, or its name where it has none."""
    return str(about.get("unit") or about.get("outcome") or "")
