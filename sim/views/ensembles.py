"""Pictures of ensembles: ribbons over real dates, exceedance curves and probabilities, interval width against replicates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.views import style
from sim.views.axes import EndLabel, date_ticks, days_since_epoch, label_ends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOURS = ("#0B5A8A", "#D98C00", "#7A4F9A", "#3FA57C", style.DEFENDERS, style.TRAPPED, "#555555", "#A0A0A0")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 3)))
WIDE, NARROW, LINE, OTHERS = "#C9DCE9", "#86B3D1", "#0B4A75", "#9A9A9A"
MOST_ROWS = 24
WHOLE = "all points"

_DATE_TICKS = 4
_SHARES = {"share", "yes/no"}


@style.styled
def draw_ensemble(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """Ribbons: a row of panels for each series, a column for each group, one scale a row.

    Args:
        tables: ``ribbons`` as :func:`sim.experiments.ensembles.ensembles` makes it.
        title: Heading.
        about: ``drawn`` (series, from the top), ``labels`` and ``units`` of each, ``runs`` of each group.
    """
    table = tables["ribbons"]
    table = table[table["series"].isin(about["drawn"])]
    drawn, groups = list(about["drawn"]), list(dict.fromkeys(table["group"]))
    panel_w, panel_h = (6.4 if len(groups) == 1 else 3.9 if len(groups) == 2 else 2.7), (1.7 if len(drawn) > 1 else 3.2)
    left, top, gap_w, gap_h, foot = 0.75, 1.72, 0.2, 0.5, 0.6
    width = max(left + len(groups) * panel_w + (len(groups) - 1) * gap_w + 0.35, 9.4)
    height = top + len(drawn) * panel_h + (len(drawn) - 1) * gap_h + foot
    picture = style.Picture(width, height)
    first, last = (table["date"].agg(end).date() for end in ("min", "max"))
    style.heading(picture, title, "Quantiles of runs on each date; a run that has ended keeps its last value")
    style.key(picture, _ribbon_key(table, len(groups)), 0.3 / width, 1 - 0.98 / height)
    ticks = date_ticks(first, last)
    ticks = ticks[:: math.ceil(len(ticks) / _DATE_TICKS)]
    for row, name in enumerate(drawn):
        part = table[table["series"] == name]
        y = 1 - (top + (row + 1) * panel_h + row * gap_h) / height
        for column, group in enumerate(groups):
            x = (left + column * (panel_w + gap_w)) / width
            axes = picture.add_axes((x, y, panel_w / width, panel_h / height))
            _ribbon(axes, part, group)
            unit = about["units"].get(name, "")
            _bare(axes, unit, top=float(part["q95"].max()), bottom=float(part["q05"].min()))
            axes.set_xlim(*days_since_epoch([first, last if last > first else date_after(first)]))
            names = [text for _, text in ticks] if row == len(drawn) - 1 else []
            axes.set_xticks(days_since_epoch([day for day, _ in ticks]), names)
            if column:
                axes.tick_params(axis="y", labelleft=False)
            else:
                words = f"{about['labels'][name]}, {'%' if unit in _SHARES else unit}".rstrip(", ")
                axes.set_title(words, size=style.TEXT_PT, weight="bold", loc="left", pad=5, x=0)
            if row == 0:
                n = about["runs"][group]
                words = f"{group}: {n:,} run{'' if n == 1 else 's'}"
                above = 0.3 / panel_h
                axes.text(0, 1 + above, words, transform=axes.transAxes, size=style.TEXT_PT, color=LINE, va="bottom")
    return picture


def date_after(day: Any) -> Any:  # noqa: ANN401  a date
    """The next day: an axis of one day has no width."""
    return (np.datetime64(day, "D") + 1).astype(object)


def _ribbon(axes: Axes, part: pd.DataFrame, group: str) -> None:
    for other, rows in part.groupby("group", sort=False):
        if other != group:
            axes.plot(_days(rows), rows["median"], color=OTHERS, linewidth=0.8)
    mine = part[part["group"] == group]
    days, running = _days(mine), mine["n_running"].to_numpy() * 2 >= mine["n"].to_numpy()
    if mine["n"].max() > 1:
        axes.fill_between(days, mine["q05"], mine["q95"], color=WIDE, linewidth=0)
        axes.fill_between(days, mine["q25"], mine["q75"], color=NARROW, linewidth=0)
    middle = mine["median"].to_numpy(np.float64)
    over = int(np.flatnonzero(running)[-1]) if running.any() else 0
    axes.plot(days[: over + 1], middle[: over + 1], color=LINE, linewidth=1.8)
    axes.plot(days[over:], middle[over:], color=LINE, linewidth=1.8, linestyle=(0, (1.5, 1.2)))


def _days(rows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rows["date"].to_numpy().astype("datetime64[D]").astype(np.float64)


def _ribbon_key(table: pd.DataFrame, groups: int) -> list[tuple[Artist | None, str]]:
    entries: list[tuple[Artist | None, str]] = [(_mark(LINE), "median")]
    if table["n"].max() > 1:
        entries += [(style.swatch(NARROW), "25-75%"), (style.swatch(WIDE), "5-95%")]
    if (table["n_running"] * 2 < table["n"]).any():
        entries.append((_mark(LINE, (0, (1.5, 1.2))), "most runs have ended"))
    if groups > 1:
        entries.append((_mark(OTHERS, width=0.8), "medians of the other columns"))
    return entries


def _mark(colour: str, dashes: Any = "-", width: float = 1.8) -> Line2D:  # noqa: ANN401  a matplotlib line style
    return Line2D([0, 13], [5, 5], color=colour, linestyle=dashes, linewidth=width)


def _bare(axes: Axes, unit: str, *, top: float, bottom: float = 0.0) -> None:
    """Faint lines across, no box, and a scale in the unit that holds zero."""
    axes.grid(axis="y", color=style.GRID_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.FAINT_INK)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL_PT)
    axes.tick_params(axis="x", length=3, labelsize=style.SMALL_PT, color=style.FAINT_INK)
    axes.set_ylim(min(bottom, 0.0), (1.06 * top if top > 0 else 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit)))


def _tick(value: float, unit: str) -> str:
    if unit in _SHARES:
        return f"{100 * value:.3g}"
    return style.thousands(value) if value == int(value) else f"{value:,.3g}"


@style.styled
def draw_exceedance(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """The share of runs above each value, and the probability of each condition at each point with its interval.

    Args:
        tables: ``curve``, and ``probability`` where there is a condition, as
            :func:`sim.experiments.exceedance.exceedance` makes them.
        title: Heading.
        about: ``label``, ``unit``, ``level``, ``thresholds``, ``conditions`` and ``yes_no``.
    """
    chances, curve = tables.get("probability"), tables["curve"]
    rows = _chance_rows(chances) if chances is not None else None
    longest = max(map(len, _chance_names(rows))) if rows is not None else 0
    names_w, chance_w = (0.35 + 0.068 * longest, 3.2) if rows is not None else (0.0, 0.0)
    curve_w = 0.0 if about["yes_no"] else 6.2 if rows is not None else 7.4
    width = max(0.75 + curve_w + names_w + chance_w + 0.45, 8.6)
    height = max(2.9 if about["yes_no"] else 4.9, 2.15 + 0.26 * (len(rows) if rows is not None else 0))
    picture = style.Picture(width, height)
    censored = int(curve.loc[curve["group"] == curve["group"].iloc[0], "censored"].iloc[0]) if len(curve) else 0
    what = f"Dots: share of runs; lines: {about['level']:.0%} intervals" if about["yes_no"] else "Share of runs above each value"
    style.heading(picture, title, what + (f"; {censored:,} runs in which it did not happen" if censored else ""))
    if curve_w:
        _draw_curve(picture.add_axes((0.75 / width, 1.15 / height, curve_w / width, (height - 2.25) / height)), curve, about)
    if rows is not None:
        left, bottom = 0.75 + curve_w + names_w, 1.15 if curve_w else 0.65
        axes = picture.add_axes((left / width, bottom / height, chance_w / width, (height - bottom - 1.1) / height))
        _draw_chances(axes, rows, about)
    return picture


def _draw_curve(axes: Axes, curve: pd.DataFrame, about: Mapping[str, Any]) -> None:
    _bare(axes, "share", top=1.0)
    axes.set_ylim(0, 1.03)
    if curve.empty:
        axes.text(0.5, 0.5, "it happened in no run", transform=axes.transAxes, ha="center", color=style.FAINT_INK)
        axes.set_xticks([])
        return
    low, high = float(curve["value"].min()), float(curve["value"].max())
    edge = 0.04 * (high - low) or max(abs(high) * 0.05, 1.0)
    groups = list(dict.fromkeys(curve["group"]))
    for i, group in enumerate(groups):
        rows = curve[curve["group"] == group]
        x = np.concatenate([[low - edge], rows["value"], [high + edge]])
        y = np.concatenate([[1.0], rows["share_above"], [rows["share_above"].iloc[-1]]])
        look: dict[str, Any] = {"color": style.INK, "linewidth": 2.2}
        if i:
            look = {"color": COLOURS[(i - 1) % len(COLOURS)], "linestyle": DASHES[(i - 1) % len(DASHES)], "linewidth": 1.5}
        axes.step(x, y, where="post", label=f"{group}: {int(rows['n'].iloc[0]):,} runs", zorder=3 if i else 2, **look)
    shown = [value for value in about["thresholds"] if low - 5 * edge <= value <= high + 5 * edge]
    for value in shown:
        axes.axvline(value, color=style.DEFENDERS, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            _tick(value, about["unit"]), (value, 1.03), xytext=(0, 2), textcoords="offset points", xycoords=("data", "data"),
            ha="center", va="bottom", size=style.SMALL_PT, color=style.DEFENDERS, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(min([low - edge, *(value - edge for value in shown)]), max([high + edge, *(value + edge for value in shown)]))
    whole = bool((curve["value"] % 1 == 0).all())
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, about["unit"])))
    unit = "%" if about["unit"] in _SHARES else about["unit"]
    axes.set_xlabel(f"{about['label']}, {unit}".rstrip(", "), size=style.TEXT_PT)
    axes.set_title("% of runs above", size=style.SMALL_PT, color=style.FAINT_INK, loc="left", pad=14)
    if len(groups) > 1:
        axes.legend(
            loc="upper left", bbox_to_anchor=(0.0, -0.5 / _height_in(axes)), ncols=3 if len(groups) > 2 else 2, frameon=False,
            fontsize=style.SMALL_PT, handlelength=2.6, borderaxespad=0.0,
        )  # fmt: skip


def _height_in(axes: Axes) -> float:
    """Height of axes in inches."""
    return float(axes.get_window_extent().height) / style.DPI


def _chance_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows to draw: all, or only those over all points where they are too many for one picture or points have one run."""
    whole = table["point"].isna()
    if len(table) <= MOST_ROWS and (table.loc[~whole, "n_independent"] > 1).any():
        return table
    return table[whole].head(MOST_ROWS)


def _chance_names(rows: pd.DataFrame) -> list[str]:
    """A name for each row; where there are several conditions, the first row of each names it."""
    several = len(set(rows["condition"])) > 1
    pairs = zip(rows["condition"], rows["group"], strict=True)
    return [f"{condition}: {group}" if several and group == WHOLE else str(group) for condition, group in pairs]


def _draw_chances(axes: Axes, rows: pd.DataFrame, about: Mapping[str, Any]) -> None:
    for place, (_, row) in zip(range(len(rows) - 1, -1, -1), rows.iterrows(), strict=True):
        whole = row["group"] == WHOLE
        colour = style.INK if whole else COLOURS[0]
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2.4 if whole else 1.6, solid_capstyle="butt")
        if math.isfinite(row["p"]):
            axes.plot(row["p"], place, "o", color=colour, markersize=5.5 if whole else 4.5, clip_on=False, zorder=4)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks(range(len(rows) - 1, -1, -1), _chance_names(rows), size=style.SMALL_PT)
    axes.tick_params(axis="y", length=0, pad=6)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"], size=style.SMALL_PT)
    axes.grid(axis="x", color=style.GRID_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    several = len(set(rows["condition"])) > 1
    words = "Probability" if several else f"P({about['conditions'][0]})"
    axes.set_title(words, size=style.TEXT_PT, weight="bold", loc="right", pad=6)
    axes.set_xlabel(f"% of runs, with {about['level']:.0%} interval", size=style.TEXT_PT)


@style.styled
def draw_replicates(tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> style.Picture:
    """Half-width of the interval against the number of replicates, both on logarithmic scales.

    Args:
        tables: ``width``, and ``probability`` where ``width`` is empty, as
            :func:`sim.experiments.replicates.replicates` makes them.
        title: Heading.
        about: ``target``, ``level``, ``n`` (replicates so far), ``labels`` by outcome, and ``points``.
    """
    lines, of = _width_lines(tables, about)
    picture = style.Picture(9.2, 5.2)
    where = " at a typical point" if about["points"] > 1 else ""
    style.heading(picture, title, f"Half-width of the {about['level']:.0%} interval{where}, {of}; dashed: extrapolated")
    axes = picture.add_axes((0.09, 0.13, 0.62, 0.66))
    if not lines:
        axes.text(0.5, 0.5, "no outcome varies between replicates", transform=axes.transAxes, ha="center", color=style.FAINT_INK)
        axes.set_axis_off()
        return picture
    _bare(axes, "", top=1.0)
    target, so_far = about["target"], about["n"]
    values = np.concatenate([y for _, _, y in lines])
    low, high = min(values.min(), target) / 1.25, min(max(values.max(), target), 4.0) * 1.2
    axes.set_ylim(math.log10(low), math.log10(high))
    end = max(float(n.max()) for _, n, _ in lines)
    axes.set_xlim(math.log10(2), math.log10(end))
    _log_ticks(axes, low, high, end)
    axes.axhline(math.log10(target), color=style.DEFENDERS, linewidth=1, linestyle=(0, (4, 2)))
    axes.axvline(math.log10(so_far), color=style.FAINT_INK, linewidth=1)
    right = math.log10(so_far) < (math.log10(2) + math.log10(end)) / 2
    axes.annotate(
        f"{so_far} so far", (math.log10(so_far), math.log10(high)), xytext=(3 if right else -3, -2), textcoords="offset points",
        va="top", ha="left" if right else "right", size=style.SMALL_PT, color=style.FAINT_INK,
    )  # fmt: skip
    labels = [EndLabel(math.log10(target), f"{target:.0%}", style.DEFENDERS)]
    for i, (name, n, y) in enumerate(lines):
        colour = COLOURS[i % len(COLOURS)]
        x, height = np.log10(n), np.log10(y)
        known = n <= so_far
        axes.plot(x[known], height[known], color=colour, linewidth=2)
        axes.plot(x[n >= so_far], height[n >= so_far], color=colour, linewidth=1.4, linestyle=(0, (4, 2)))
        labels.append(EndLabel(float(height[-1]), name, colour))
    axes.set_xlabel("replicates", size=style.TEXT_PT)
    label_ends(axes, labels)
    return picture


def _width_lines(tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> tuple[list[tuple[str, Any, Any]], str]:
    """Lines to draw (name, n, half-width) and what the widths are of."""
    width = tables["width"]
    lines = [
        (about["labels"].get(name, str(name)), rows["n"].to_numpy(np.float64), rows["relative_mean"].to_numpy(np.float64))
        for name, rows in width.groupby("outcome", sort=False)
        if (rows["relative_mean"] > 0).all()
    ]
    if lines or "probability" not in tables:
        return lines[: len(COLOURS)], "% of the mean"
    n = np.arange(2.0, max(200.0, 2.0 * about["n"]))
    worst = tables["probability"].groupby("condition", sort=False)[["half", "n"]].agg({"half": "max", "n": "max"})
    lines = [
        (f"P({name})", n, row["half"] * np.sqrt(row["n"] / n)) for name, row in worst.iterrows() if row["half"] > 0
    ]
    return lines[: len(COLOURS)], "percentage points, at the worst point"


def _log_ticks(axes: Axes, low: float, high: float, end: float) -> None:
    heights: Sequence[float] = [m * 10.0**e for e in range(-6, 2) for m in (1, 2, 5)]
    heights = [value for value in heights if low <= value <= high]
    counts = [m * 10**e for e in range(4) for m in (1, 2, 5) if 2 <= m * 10**e <= end]
    axes.set_yticks([math.log10(value) for value in heights], [f"{100 * value:.3g}%" for value in heights])
    axes.set_xticks([math.log10(n) for n in counts], [f"{n:,}" for n in counts])
