"""Pictures of sensitivity: Morris screening, Sobol indices, rank correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.views import rows, style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

_ROW_IN = 0.3
_PAIR_IN = 0.46
_PANEL_IN = 4.3
_GAP_IN = 0.95
_LEAST_BODY_IN = 3.4
_MOST_PAIRS = 10
_MOST_NUMBERED = 9
_NUMBERED = 0.1  # of the greatest mu*
_GUIDES = ((1.0, "sigma = mu*"), (0.5, "half"), (0.1, "a tenth"))
_OWN, _TOTAL = style.LIBERATORS, "#BBD7EA"
_UP, _DOWN = style.LIBERATORS, style.DEFENDERS


@style.styled
def draw_morris(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """Morris screening: mu* of every factor with intervals, and mu* against sigma.

    Args:
        tables: ``effects``, as the analysis gives it; without it the page says why.
        title: Heading.
        about: Facts of the finding.
    """
    if "effects" not in tables:
        return rows.blank(title, about)
    table = tables["effects"]
    names = [f"{name}  {place}" for place, name in enumerate(table["factor"], 1)]
    left, body = rows.names_in(names), max(_LEAST_BODY_IN, 0.3 + _ROW_IN * len(names))
    told = f"{_count(about, 'trajectories')} trajectories, {_count(about, 'points')} points; {rows.level_words(about)}"
    floor = about.get("noise_floor")
    if floor:
        told += "; dotted: what noise between seeds alone would show"
    sheet = rows.page(title, told, left + 2 * _PANEL_IN + _GAP_IN + 0.3, body)
    bars = sheet.axes(left, rows.top_in(), _PANEL_IN, body)
    unit = rows.unit_words(about)
    rows.prepare(bars, "Strength (mu*)", f"{unit}, over the factor's full range")
    places = rows.rows(bars, names)
    bars.barh(places, table["mu_star"], height=0.62, color=_OWN)
    rows.whiskers(bars, table["mu_star_low"], table["mu_star_high"], places)
    bars.set_xlim(0, 1.04 * (float(table["mu_star_high"].max()) or 1.0))
    _number_axis(bars)
    if floor:
        bars.axvline(floor, color=style.DEFENDERS, linestyle=":", linewidth=1.4)
    _draw_bent(sheet.axes(left + _PANEL_IN + _GAP_IN, rows.top_in(), _PANEL_IN, body), table, unit)
    return sheet.picture


def _draw_bent(axes: Axes, table: pd.DataFrame, unit: str) -> None:
    """mu* against sigma, the strongest factors by their numbers."""
    rows.prepare(axes, "Strength and bend (sigma)", f"mu*, {unit}")
    axes.spines["left"].set_visible(True)
    axes.grid(axis="y", color=style.GRID_LINE, linewidth=0.8)
    axes.set_ylabel(f"sigma, {unit}", size=style.SMALL_PT, color=style.FAINT_INK)
    axes.tick_params(axis="y", labelsize=style.SMALL_PT)
    right = 1.08 * (float(table["mu_star_high"].max()) or 1.0)
    top = 1.12 * max(float(table["sigma"].max()), right / 4)
    axes.set(xlim=(0, right), ylim=(0, top))
    for slope, words in _GUIDES:
        axes.plot([0, right], [0, slope * right], color=style.BUILT, linewidth=1, linestyle="--", zorder=1)
        # The strongest factor is at the right end: a line that leaves there is named halfway.
        end = top / slope if top / slope < right else right / 2
        axes.annotate(
            words, (end, slope * end), xytext=(-4, -3) if end == top / slope else (8, -6), textcoords="offset points",
            size=style.SMALL_PT, color=style.FAINT_INK, ha="right", va="top",
        )  # fmt: skip
    axes.hlines(table["sigma"], table["mu_star_low"], table["mu_star_high"], color=style.SHELTERING, linewidth=0.9, zorder=2)
    axes.plot(table["mu_star"], table["sigma"], "o", color=_OWN, markersize=6, clip_on=False, zorder=3)
    strong = table[table["mu_star"] >= _NUMBERED * table["mu_star"].max()].head(_MOST_NUMBERED)
    for place, row in enumerate(strong.itertuples(), 1):
        axes.annotate(
            str(place), (float(row.mu_star), float(row.sigma)), xytext=(5, 4), textcoords="offset points",
            size=style.TEXT_PT, weight="bold", zorder=5, annotation_clip=False,
        )  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(_tick))


@style.styled
def draw_sobol(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """Sobol indices: first and total order of every factor with intervals, and the strongest pairs.

    Args:
        tables: ``indices``, and ``pairs`` where there are; without the first the page says why.
        title: Heading.
        about: Facts of the finding.
    """
    if "indices" not in tables:
        return rows.blank(title, about)
    table = tables["indices"]
    names = table["factor"].tolist()
    pairs = tables["pairs"].head(_MOST_PAIRS) if "pairs" in tables else None
    pair_names = [] if pairs is None else [f"{row.factor}\nwith {row.other}" for row in pairs.itertuples()]
    left, body = rows.names_in([*names, *pair_names]), 0.3 + 1.4 * _ROW_IN * len(names)
    below = 1.5 + _PAIR_IN * len(pair_names) if pair_names else 0.0
    told = f"{_count(about, 'base_samples')} base samples, {_count(about, 'points')} points; {rows.level_words(about)}"
    sheet = rows.page(title, told, left + 1.4 * _PANEL_IN + 0.4, body + below)
    width = sheet.width - left - 0.4
    axes = sheet.axes(left, rows.top_in() + 0.25, width, body)
    rows.prepare(axes, "Share of the outcome's variance", "share of variance")
    places = rows.rows(axes, names)
    for name, colour, shift in (("ST", _TOTAL, -0.2), ("S1", _OWN, 0.2)):
        axes.barh(places + shift, table[name], height=0.36, color=colour)
        rows.whiskers(axes, table[f"{name}_low"], table[f"{name}_high"], places + shift)
    axes.set_xlim(min(0.0, 1.05 * float(table[["S1_low", "ST_low"]].min().min())), _right(table, "S1_high", "ST_high"))
    axes.axvline(0, color=style.FAINT_INK, linewidth=0.9)
    entries = [(style.swatch(_TOTAL), "total (ST): with all interactions"), (style.swatch(_OWN), "first order (S1): by itself")]
    style.key(sheet.picture, entries, left / sheet.width, 1 - 1.06 / sheet.height)
    if pairs is not None and pair_names:
        _draw_pairs(sheet.axes(left, rows.top_in() + body + 1.2, width, below - 0.9), pairs, pair_names)
    return sheet.picture


def _draw_pairs(axes: Axes, pairs: pd.DataFrame, names: list[str]) -> None:
    rows.prepare(axes, "Strongest pairs (S2): what two do together, beyond both alone", "share of variance")
    places = rows.rows(axes, names)
    axes.barh(places, pairs["S2"], height=0.5, color=style.HOSTED)
    rows.whiskers(axes, pairs["S2_low"], pairs["S2_high"], places)
    axes.set_xlim(min(0.0, 1.05 * float(pairs["S2_low"].min())), _right(pairs, "S2_high"))
    axes.axvline(0, color=style.FAINT_INK, linewidth=0.9)
    axes.tick_params(axis="y", labelsize=style.SMALL_PT)


def _right(table: pd.DataFrame, *names: str) -> float:
    return 1.05 * max(0.05, *(float(table[name].max()) for name in names))


@style.styled
def draw_ranks(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """Rank correlations as a tornado: partial ones as bars with intervals, Spearman's as rings.

    Args:
        tables: ``ranks``, as the analysis gives it; without it the page says why.
        title: Heading.
        about: Facts of the finding.
    """
    if "ranks" not in tables:
        return rows.blank(title, about)
    table = tables["ranks"]
    names = table["factor"].tolist()
    left, body = rows.names_in(names), 0.3 + _ROW_IN * len(names)
    told = f"{_count(about, 'points')} points; {rows.level_words(about)}; rings: Spearman, by itself"
    sheet = rows.page(title, told, left + 1.4 * _PANEL_IN + 0.4, body)
    axes = sheet.axes(left, rows.top_in() + 0.05, sheet.width - left - 0.4, body)
    rows.prepare(axes, "", "partial rank correlation, the other factors held")
    places = rows.rows(axes, names)
    axes.barh(places, table["prcc"].fillna(0), height=0.62, color=[_UP if value > 0 else _DOWN for value in table["prcc"]])
    rows.whiskers(axes, table["prcc_low"], table["prcc_high"], places)
    axes.plot(table["spearman"], places, "o", markersize=6, markerfacecolor=style.PAPER, markeredgecolor=style.INK, zorder=5)
    axes.set(xlim=(-1.02, 1.02), xticks=(-1, -0.5, 0, 0.5, 1))
    axes.axvline(0, color=style.FAINT_INK, linewidth=0.9)
    entries = [(style.swatch(_UP), "higher factor, higher outcome"), (style.swatch(_DOWN), "higher factor, lower outcome")]
    style.key(sheet.picture, entries, left / sheet.width, 1 - 1.1 / sheet.height)
    return sheet.picture


def _count(about: Mapping[str, Any], name: str) -> str:
    return f"{about[name]:,}" if name in about else "?"


def _number_axis(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _: object = None) -> str:
    return style.thousands(value) if abs(value) >= 1000 else f"{value:.3g}"
