"""Pictures of discovery: the way to a box of conditions and its limits, and the leaves of a tree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Polygon
from matplotlib.ticker import PercentFormatter

from sim.views import rows, style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

_PANEL_IN = 4.0
_GAP_IN = 0.55
_ROW_IN = 0.62
_LINE_IN = 0.17
_BODY_IN = 3.7
_BAR_IN = 2.3
_PLATE = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.8}
_WAY, _TAKEN, _RANGE = style.SHELTERING, style.DEFENDERS, style.BUILT


@style.styled
def draw_box(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """A PRIM box: coverage against density on the way in, and the limits within each factor's range.

    Args:
        tables: ``box``, ``limits`` and ``peeling``, as the analysis gives them; without them the page says why.
        title: Heading.
        about: Facts of the finding.
    """
    if "peeling" not in tables:
        return rows.blank(title, about)
    limits = tables["limits"]
    names = limits["factor"].tolist()
    left = 0.85
    body = max(_BODY_IN, _ROW_IN * len(names) + 0.3)
    middle = left + _PANEL_IN + _GAP_IN + rows.names_in(names)
    box = tables["box"].iloc[0]
    coverage, density = style.percent(box["coverage"]), style.percent(box["density"])
    wanted = f"{box['of_interest']:,} of {box['runs']:,} runs are of interest"
    told = f"{wanted}; the box holds {coverage} of them, and {density} of its runs are such"
    sheet = rows.page(title, told, middle + _PANEL_IN + 0.5, body)
    entries = [(_diamond(_TAKEN), "the box"), (_diamond("none"), "found on half of the points, tried on the rest")]
    style.key(sheet.picture, entries, left / sheet.width, 1 - 0.95 / sheet.height)
    _draw_way(sheet.axes(left, rows.top_in(), _PANEL_IN, body), tables, about)
    axes = sheet.axes(middle, rows.top_in(), sheet.width - middle - 0.5, body)
    _draw_limits(axes, limits)
    return sheet.picture


def _diamond(face: str) -> Polygon:
    return Polygon([(6.5, 0), (11.5, 5), (6.5, 10), (1.5, 5)], facecolor=face, edgecolor=_TAKEN, linewidth=1.5)


def _draw_way(axes: Axes, tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> None:
    way, box = tables["peeling"], tables["box"].iloc[0]
    rows.prepare(axes, "The way in", "coverage: share of the runs of interest that the box holds")
    axes.spines["left"].set_visible(True)
    axes.grid(axis="y", color=style.GRID_LINE, linewidth=0.8)
    axes.set_ylabel("density: share of the box's runs that are of interest", size=style.SMALL_PT, color=style.FAINT_INK)
    axes.tick_params(axis="y", labelsize=style.SMALL_PT)
    axes.plot(way["coverage"], way["density"], "-o", color=_WAY, linewidth=1, markersize=4, clip_on=False)
    base = float(box["of_interest"] / box["runs"])
    axes.axhline(base, color=style.FAINT_INK, linestyle=":", linewidth=1)
    axes.text(0.01, base + 0.012, "all runs", size=style.SMALL_PT, color=style.FAINT_INK, va="bottom")
    axes.plot(box["coverage"], box["density"], "D", color=_TAKEN, markersize=9, clip_on=False, zorder=5)
    if not math.isnan(tried := float(about.get("tried_density") or math.nan)):
        axes.plot(
            about["tried_coverage"], tried, "D", markersize=8, markerfacecolor="none", markeredgecolor=_TAKEN,
            markeredgewidth=1.5, clip_on=False, zorder=5,
        )  # fmt: skip
    axes.set(xlim=(0, 1.03), ylim=(0, 1.06))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))


def _draw_limits(axes: Axes, limits: pd.DataFrame) -> None:
    """Each restricted factor as its whole range, with the part inside the box on top."""
    rows.prepare(axes, "The box: limits within each factor's range", "")
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    if limits.empty:
        axes.set_yticks([])
        axes.text(0, 0.9, "No limit holds against chance.", size=style.TEXT_PT, transform=axes.transAxes, va="top")
        return
    rows.rows(axes, limits["factor"].tolist())
    axes.set_xlim(0, 1)
    for place, row in enumerate(limits.itertuples()):
        if row.all_values:
            _draw_values(axes, place, str(row.values).split(", "), str(row.all_values).split(", "))
        else:
            _draw_range(axes, place, row)
        found = float(limits["found_again"].iloc[place])
        again = "" if math.isnan(found) else f"found again in {style.percent(found)} of halves"
        axes.text(0.5, place + 0.29, again, size=style.SMALL_PT, color=style.FAINT_INK, ha="center", va="center")


def _draw_range(axes: Axes, place: int, row: Any) -> None:  # noqa: ANN401  a row of the table
    low, high = (wide if math.isnan(end) else end for end, wide in ((row.low, row.range_low), (row.high, row.range_high)))
    span = (row.range_high - row.range_low) or 1.0
    start, end = (low - row.range_low) / span, (high - row.range_low) / span
    axes.barh(place, 1, height=0.1, color=_RANGE)
    axes.barh(place, max(end - start, 0.012), left=start, height=0.26, color=_TAKEN)
    for value, at, side in ((row.range_low, 0.0, "left"), (row.range_high, 1.0, "right")):
        axes.text(at, place + 0.29, _short(value), size=style.SMALL_PT, color=style.FAINT_INK, ha=side, va="center")
    words = str(row.limit).removeprefix(str(row.factor)).strip()
    middle = min(0.85, max(0.15, (start + end) / 2))
    axes.text(middle, place - 0.3, words, size=style.SMALL_PT, weight="bold", color=_TAKEN, ha="center", va="center")


def _draw_values(axes: Axes, place: int, inside: list[str], known: list[str]) -> None:
    width = 1 / len(known)
    for i, text in enumerate(known):
        is_in = text in inside
        axes.barh(place, width * 0.96, left=i * width, height=0.3, color=_TAKEN if is_in else _RANGE)
        axes.text(
            (i + 0.48) * width, place - 0.3, text, size=style.SMALL_PT, ha="center", va="center",
            weight="bold" if is_in else "normal", color=_TAKEN if is_in else style.FAINT_INK,
        )  # fmt: skip


def _short(value: float) -> str:
    if abs(value) >= 1000:
        return style.thousands(value)
    return f"{value:.6g}"


@style.styled
def draw_tree(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """The leaves of a tree as rules, with density, coverage and mass of each.

    Args:
        tables: ``leaves``, as the analysis gives it; without it the page says why.
        title: Heading.
        about: Facts of the finding.
    """
    if "leaves" not in tables:
        return rows.blank(title, about)
    leaves = tables["leaves"]
    names = [text or "all runs" for text in leaves["questions"]]
    most = max(1 + text.count("\n") for text in names)
    left, body = rows.names_in(names), len(names) * (0.24 + _LINE_IN * most)
    wanted = f"{about.get('of_interest', 0):,} of {about.get('runs', 0):,} runs are of interest"
    told = f"{wanted}; every run is in one leaf; red: the best leaf; dotted: all runs"
    sheet = rows.page(title, told, left + 3 * _BAR_IN + 2 * _GAP_IN + 0.6, body)
    panels = (
        ("density", "Density", "share of the leaf's runs\nthat are of interest"),
        ("coverage", "Coverage", "share of the runs of interest\nthat the leaf holds"),
        ("mass", "Mass", "share of all runs\nin the leaf"),
    )
    for index, (name, head, unit) in enumerate(panels):
        axes = sheet.axes(left + index * (_BAR_IN + _GAP_IN), rows.top_in(), _BAR_IN, body)
        rows.prepare(axes, head, unit)
        places = rows.rows(axes, names if index == 0 else [""] * len(names))
        axes.barh(places, leaves[name], height=0.5, color=[_TAKEN if best else _RANGE for best in leaves["best"]])
        for place, value in zip(places.tolist(), leaves[name].tolist(), strict=True):
            words = style.percent(value)
            axes.text(value + 0.02, place, words, size=style.SMALL_PT, va="center", clip_on=False, bbox=_PLATE, zorder=4)
        axes.set(xlim=(0, 1.02), xticks=(0, 0.5, 1))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        if index == 0 and "share" in about:
            axes.axvline(about["share"], color=style.FAINT_INK, linestyle=":", linewidth=1.2)
    return sheet.picture
