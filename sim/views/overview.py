"""One page for one run: key numbers in words, maps, charts; and all pictures at once."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from sim.errors import RunError
from sim.record.reading import date_text
from sim.views import charts, style
from sim.views.basemap import basemap
from sim.views.maps import chosen_rows, map_at, map_series, place_row, subtitle

__all__ = ["key_numbers", "map_at", "plot", "save_all"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.record.run import Run

_WIDTH_IN = 16.2
_LEFT_IN = 0.35
_PANEL_IN = 2.98
_CHART_IN = 2.9
_KINDS = ("png", "svg")


@style.styled
def plot(run: Run) -> style.Picture:
    """The run on one page; lent to runs as ``Run.plot``.

    Args:
        run: The run.

    Returns:
        A figure that notebooks show, and that ``savefig`` writes.

    Raises:
        RunError: The run lacks a series or the maps of control.
    """
    if not len(run.frames.get("control", ())):
        raise RunError(f"{run.path or run.name}: it kept no map of control")
    base = basemap(run)
    map_in = _PANEL_IN * base.aspect
    height = 2.3 + 0.62 + map_in + 0.95 + _CHART_IN + 0.8
    picture = style.Picture(_WIDTH_IN, height)
    style.heading(picture, _headline(run), subtitle(run), left=_LEFT_IN)
    _write_key_numbers(picture, run, top_in=1.08)
    place_row(
        picture, run, "control", chosen_rows(len(run.daily)), base, left_in=_LEFT_IN, top_in=2.3, panel_in=_PANEL_IN
    )
    _draw_charts(picture, run, bottom_in=0.75)
    footer = f"Digest {run.digest[:12]}. One simulated run: others differ. Never a forecast of a real battle."
    picture.text(_LEFT_IN / _WIDTH_IN, 0.15 / height, footer, size=style.SMALL_PT, color=style.FAINT_INK, va="bottom")
    return picture


def _draw_charts(picture: style.Picture, run: Run, bottom_in: float) -> None:
    height = picture.get_size_inches()[1]
    draws: tuple[Callable[..., None], ...] = (charts.draw_liberated, charts.draw_displacement, charts.draw_losses)
    label, axis, gap = 1.62, 0.55, 0.12
    width = (_WIDTH_IN - 2 * _LEFT_IN - 3 * (label + axis) - 2 * gap) / 3
    for index, draw in enumerate(draws):
        x = _LEFT_IN + axis + index * (axis + width + label + gap)
        place = (x / _WIDTH_IN, bottom_in / height, width / _WIDTH_IN, _CHART_IN / height)
        axes = picture.add_axes(place)
        if draw is charts.draw_losses:
            draw(axes, run, "killed")
        else:
            draw(axes, run)


def _headline(run: Run) -> str:
    summary, dates = run.summary, run.dates
    days = summary.get("days_to_liberation", math.nan)
    if summary.get("liberated") and math.isfinite(days):
        return f"City liberated after {days:,.0f} days"
    share = style.percent(summary.get("liberated_share", 0.0))
    return f"City not liberated: {share} of it by {date_text(dates[-1])}"


def key_numbers(run: Run) -> list[tuple[str, str]]:
    """The run in a few numbers, each with a sentence."""
    summary, daily = run.summary, run.daily
    everyone = sum(
        float(daily[name].iloc[0]) for name in ("at_home", "in_camps", "hosted", "on_the_way") if name in daily
    )
    share = f", {style.percent(summary['displaced'] / everyone)} of residents" if everyone else ""
    peak = style.rounded(summary["in_camps_peak"])
    trapped = style.rounded(summary["trapped_peak"])
    lost = f"{summary['liberators_killed']:,.0f} liberators and {summary['defenders_killed']:,.0f} defenders"
    fewest = summary["bridges_open_fewest"]
    opened = "1 bridge was" if fewest == 1 else f"{fewest:,.0f} bridges were"
    bridges = "no bridge stayed open" if fewest == 0 else f"at worst {opened} open"
    strikes = f"{summary['air_strikes']:,.0f} air strikes, {summary['artillery_missions']:,.0f} artillery missions"
    wounded = f"and {summary['civilians_wounded']:,.0f} wounded"
    return [
        (
            f"{style.rounded(summary['displaced'])} displaced",
            f"left home at some time{share}; at most {peak} in camps.",
        ),
        (f"{trapped} trapped", "on the worst day: they wanted to leave and could not."),
        (f"{summary['civilians_killed']:,.0f} civilians killed", f"{wounded}; {lost} killed."),
        (f"{style.percent(summary['buildings_damaged_share'])} of buildings damaged", f"{strikes}; {bridges}."),
    ]


def _write_key_numbers(picture: style.Picture, run: Run, top_in: float) -> None:
    height = picture.get_size_inches()[1]
    numbers = key_numbers(run)
    step = (_WIDTH_IN - 2 * _LEFT_IN) / len(numbers)
    for index, (number, sentence) in enumerate(numbers):
        x = (_LEFT_IN + index * step) / _WIDTH_IN
        picture.text(x, 1 - top_in / height, number, size=14, weight="bold", va="top")
        words = textwrap.fill(sentence, 46)
        picture.text(x, 1 - (top_in + 0.34) / height, words, size=style.TEXT_PT + 0.5, va="top", linespacing=1.35)


def save_all(run: Run, folder: Path) -> list[Path]:
    """Write every picture of a run as PNG and SVG.

    Args:
        run: The run.
        folder: Where to; made where missing. Pictures of the same name are replaced.

    Returns:
        The files, in the order written.

    Raises:
        RunError: The run lacks a series or a layer, or the folder cannot be written.
    """
    makers: dict[str, Callable[[], style.Picture]] = {
        "overview": lambda: plot(run),
        "maps_control": lambda: map_series(run, "control"),
        "maps_damage": lambda: map_series(run, "damage"),
        "maps_people": lambda: map_series(run, "persons"),
        "liberated": lambda: charts.liberated(run),
        "displacement": lambda: charts.displacement(run),
        "casualties": lambda: charts.casualties(run),
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in makers.items():
            picture = make()
            for kind in _KINDS:
                picture.write(folder / f"{name}.{kind}")
                written.append(folder / f"{name}.{kind}")
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return written
