"""How pictures look: colours that survive greyscale and colour blindness, one type size scale, figures without pyplot.

Group colours follow Okabe and Ito (2008), darkened or lightened so that their luminance differs too: defenders dark
vermillion, liberators blue, contested ground yellow, civilians near black.
"""

from __future__ import annotations

import io
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from matplotlib import style as sheets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea
from matplotlib.patches import Rectangle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.artist import Artist

_P = ParamSpec("_P")
_R = TypeVar("_R")

DEFENDERS = "#8F2D04"
LIBERATORS = "#3E93CC"
CONTESTED = "#FFF04A"
CIVILIANS = "#222222"
CAMPS = "#0B5A44"
HOSTED = "#3FA57C"
INFORMAL = "#D9A441"
ON_THE_WAY = "#BFE3CC"
TRAPPED = "#B0507F"
SHELTERING = "#8A8A8A"

PAPER = "#FFFFFF"
GROUND = "#F4F3EF"
BUILT = "#C6C4BE"
RIVER = "#CFE0EA"
RIVER_EDGE = "#6C8EA3"
INK = "#222222"
FAINT_INK = "#666666"
GRID_LINE = "#E3E3E3"

# Sequential classes, light to dark (after ColorBrewer's YlOrBr, and cividis reversed and cut).
DAMAGE_CLASSES = ("#FEE8A8", "#FEC44F", "#F08A24", "#C2540A", "#7A2A04")
PEOPLE_CLASSES = ("#EFE3A0", "#C9B86B", "#8E8B78", "#56627A", "#0B2B5C")

TITLE_PT, HEADING_PT, TEXT_PT, SMALL_PT = 17.0, 11.5, 9.5, 8.0
DPI = 150

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_PT,
    "svg.fonttype": "none",
    "svg.hashsalt": "mosul-abm",
    "axes.edgecolor": FAINT_INK,
    "axes.labelcolor": INK,
    "text.color": INK,
}


def styled(draw: Callable[_P, _R]) -> Callable[_P, _R]:
    """Draw with this module's settings, whatever the reader's own matplotlib is set to."""

    @wraps(draw)
    def inner(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with sheets.context(["default", _RC]):
            return draw(*args, **kwargs)

    return inner


class Picture(Figure):
    """A figure that notebooks show without pyplot, and that knows how to save itself."""

    def __init__(self, width_in: float, height_in: float) -> None:
        super().__init__(figsize=(width_in, height_in), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        """The picture as PNG, for notebooks."""
        buffer = io.BytesIO()
        with sheets.context(["default", _RC]):
            self.savefig(buffer, format="png", dpi=96)
        return buffer.getvalue()

    def write(self, path: Path) -> None:
        """Write the picture; the file's ending names its kind, png or svg."""
        metadata = {"Date": None} if path.suffix == ".svg" else {"Software": "mosul-abm"}
        with sheets.context(["default", _RC]):
            self.savefig(path, dpi=DPI, metadata=metadata)


def heading(figure: Figure, title: str, subtitle: str, *, left: float = 0.3) -> None:
    """Title and subtitle at the top left of a figure; ``left`` in inches."""
    width, height = figure.get_size_inches()
    figure.text(left / width, 1 - 0.2 / height, title, size=TITLE_PT, weight="bold", va="top")
    figure.text(left / width, 1 - 0.56 / height, subtitle, size=TEXT_PT, color=FAINT_INK, va="top")


def key(figure: Figure, entries: Sequence[tuple[Artist | None, str]], x: float, y: float) -> None:
    """One line of swatches with words, or of words alone; left end and middle at ``x``, ``y`` (fractions)."""
    children: list[Artist] = []
    for mark, text in entries:
        words = TextArea(text, textprops={"size": TEXT_PT, "color": INK})
        if mark is None:
            children.append(words)
            continue
        box = DrawingArea(13, 10, 0, 0)
        box.add_artist(mark)
        children.append(HPacker(children=[box, words], pad=0, sep=4, align="center"))
    line = HPacker(children=children, pad=0, sep=16, align="center")
    anchored = AnchoredOffsetbox(
        "center left", child=line, pad=0, frameon=False, bbox_to_anchor=(x, y), bbox_transform=figure.transFigure
    )
    figure.add_artist(anchored)


def swatch(colour: str, edge: str | None = None) -> Rectangle:
    """A small filled box for a key."""
    return Rectangle((0, 0), 13, 10, facecolor=colour, edgecolor=edge or "none", linewidth=0.8)


def thousands(value: float) -> str:
    """A count as people write it: ``12,300``; from a million, ``1.2 million``."""
    if abs(value) >= 999_950:
        return f"{value / 1e6:.2f}".rstrip("0").rstrip(".") + " million"
    return f"{value:,.0f}"


def rounded(value: float) -> str:
    """A count to three significant digits, for sentences."""
    if abs(value) < 1000:
        return f"{value:,.0f}"
    digits = len(str(int(abs(value)))) - 3
    return thousands(round(value / 10**digits) * 10**digits)


def percent(share: float) -> str:
    """A share as a percentage that does not round to 100 before all is done."""
    if 0.995 <= share < 1:
        return "over 99%"
    if 0 < share < 0.005:
        return "under 1%"
    return f"{100 * share:.0f}%"
