"""Maps of control, damage and people on chosen days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgba

from sim.errors import RunError
from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON, BRIDGE_SPAN
from sim.record.reading import date_text
from sim.views import style
from sim.views.basemap import (
    BRIDGE_WORDS,
    basemap,
    bridge_key,
    bridge_states,
    draw_names,
    draw_over,
    draw_scale,
    draw_under,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from sim.record.run import Run
    from sim.views.basemap import Basemap

(_NOBODY, _DEFENDERS, _LIBERATORS, _CONTESTED) = range(4)
_CONTROL = {
    _DEFENDERS: (style.DEFENDERS, "held by defenders"),
    _LIBERATORS: (style.LIBERATORS, "held by liberators"),
    _CONTESTED: (style.CONTESTED, "contested"),
}
_PANELS = 5
_PANEL_IN = 3.0
_GAP_IN = 0.14


@dataclass(frozen=True)
class Theme:
    """One kind of map: its title, and classes of values with their colours.

    Attributes:
        title: What the map shows.
        edges: Lower edge of each class; None for control, whose codes are its classes.
        colours: Colour of each class.
        unit: Unit of the classes, for the key.
        empty: What bare built-up ground means.
    """

    title: str
    edges: tuple[float, ...] | None
    colours: tuple[str, ...]
    unit: str
    empty: str


THEMES = {
    "control": Theme(
        "Who holds the city", None, tuple(colour for colour, _ in _CONTROL.values()), "", "held by nobody"
    ),
    "damage": Theme("Damaged buildings", (1, 10, 25, 50, 75), style.DAMAGE_CLASSES, "% of buildings", "none"),
    "persons": Theme("Where people are", (1, 25, 75, 150, 300), style.PEOPLE_CLASSES, "People per hectare", "none"),
}


def chosen_rows(n_days: int, panels: int = _PANELS) -> list[int]:
    """Rows of the start, the end and evenly between, without repeats."""
    return sorted({round(step * (n_days - 1) / (panels - 1)) for step in range(panels)}) if n_days else []


def row_of_day(run: Run, day: int | str | date) -> int:
    """Row of a day, given as its number (negative: from the end) or its date.

    Raises:
        RunError: The run does not reach that day.
    """
    dates, days = run.dates, run.daily["day"].to_numpy()
    if isinstance(day, int | np.integer):
        wanted = days[-1] + 1 + day if day < 0 else day
        found = np.flatnonzero(days == wanted)
    else:
        try:
            asked = date.fromisoformat(day) if isinstance(day, str) else day
        except ValueError as error:
            raise RunError(f"{day!r} is no date (wanted like 2016-11-01)") from error
        found = np.flatnonzero(np.asarray([known == asked for known in dates]))
    if not found.size:
        raise RunError(f"the run has no day {day}: it goes from day {days[0]} ({dates[0]}) to {days[-1]} ({dates[-1]})")
    return int(found[0])


def draw_map(axes: Axes, run: Run, layer: str, row: int, base: Basemap) -> None:
    """One map of one day on given axes, with its date as title."""
    draw_under(axes, base)
    values = run.frames[layer][row]
    axes.imshow(
        _colours(run, layer, values),
        extent=base.extent,
        origin="lower",
        interpolation="nearest",
        zorder=2,
        aspect="equal",
    )
    axes.set(xlim=base.window[:2], ylim=base.window[2:])
    day = int(run.daily["day"].iloc[row])
    draw_over(axes, base, bridge_states(run, day, len(base.bridges)))
    axes.set_title(date_text(run.dates[row]), size=style.HEADING_PT, weight="bold", loc="left", pad=17)
    axes.text(0, 1.012, _caption(run, layer, row), size=style.SMALL_PT, transform=axes.transAxes, va="bottom")


def _colours(run: Run, layer: str, values: NDArray[np.generic]) -> NDArray[np.float64]:
    theme = THEMES[layer]
    if theme.edges is None:
        codes = values.astype(np.int64)
    else:
        scale = 1.0 if layer == "damage" else 1 / (run.grid.cell_km2 * 100)
        codes = np.digitize(values.astype(np.float64) * scale, theme.edges)
    table = np.asarray([(0.0, 0.0, 0.0, 0.0), *(to_rgba(colour) for colour in theme.colours)])
    picture: NDArray[np.float64] = table[np.clip(codes, 0, len(table) - 1)]
    return picture


def _caption(run: Run, layer: str, row: int) -> str:
    day = run.daily.iloc[row]
    number = f"day {int(day['day'])}"
    words = {
        "control": lambda: f"{style.percent(day['liberated_share'])} liberated",
        "damage": lambda: f"{style.percent(day['buildings_damaged_share'])} of buildings damaged",
        "persons": lambda: f"{style.rounded(day['displaced'])} displaced so far",
    }
    series = {"control": "liberated_share", "damage": "buildings_damaged_share", "persons": "displaced"}
    return f"{number} · {words[layer]()}" if series[layer] in day else number


def _key_entries(layer: str, states: set[int]) -> list[tuple[Artist | None, str]]:
    theme = THEMES[layer]
    entries: list[tuple[Artist | None, str]] = []
    if theme.edges is None:
        entries += [(style.swatch(colour), words) for colour, words in _CONTROL.values()]
        entries.append((style.swatch(style.BUILT), theme.empty))
    else:
        uppers = [f"\N{EN DASH}{upper:g}" for upper in theme.edges[1:]]
        spans = [f"{low:g}{upper}" for low, upper in zip(theme.edges, [*uppers, " and more"], strict=True)]
        if layer == "damage":
            spans[-1] = f"{theme.edges[-1]:g}\N{EN DASH}100"
        entries.append((None, f"{theme.unit}:"))
        entries += [(style.swatch(colour), span) for colour, span in zip(theme.colours, spans, strict=True)]
        entries.append((style.swatch(style.BUILT), theme.empty))
    shown = [state for state in (BRIDGE_OPEN, BRIDGE_CUT, BRIDGE_PONTOON, BRIDGE_SPAN) if state in states]
    return entries + [(bridge_key(state), BRIDGE_WORDS[state]) for state in shown]


def place_row(
    figure: Figure, run: Run, layer: str, rows: Sequence[int], base: Basemap, *, left_in: float, top_in: float,
    panel_in: float,
) -> None:  # fmt: skip
    """A key and under it a row of maps; sizes in inches from the figure's upper left corner."""
    width, height = figure.get_size_inches()
    states = {s for row in rows for s in bridge_states(run, int(run.daily["day"].iloc[row]), len(base.bridges))}
    style.key(figure, _key_entries(layer, states), left_in / width, 1 - top_in / height)
    map_in = panel_in * base.aspect
    for index, row in enumerate(rows):
        x = left_in + index * (panel_in + _GAP_IN)
        y = height - top_in - 0.62 - map_in
        axes = figure.add_axes((x / width, y / height, panel_in / width, map_in / height))
        draw_map(axes, run, layer, row, base)
        if index == 0:
            draw_scale(axes, base)
            draw_names(axes, base)


@style.styled
def map_series(run: Run, layer: str) -> style.Picture:
    """Maps of one layer at the start, a quarter, half, three quarters and the end of a run.

    Args:
        run: The run.
        layer: ``control``, ``damage`` or ``persons``.

    Raises:
        RunError: The run has no such layer.
    """
    _check_layer(run, layer)
    base = basemap(run)
    rows = chosen_rows(len(run.daily))
    width = max(9.0, 0.6 + len(rows) * _PANEL_IN + (len(rows) - 1) * _GAP_IN)
    picture = style.Picture(width, 1.05 + 0.62 + _PANEL_IN * base.aspect + 0.3)
    style.heading(picture, THEMES[layer].title, subtitle(run))
    place_row(picture, run, layer, rows, base, left_in=0.3, top_in=1.05, panel_in=_PANEL_IN)
    return picture


@style.styled
def map_at(run: Run, day: int | str | date = -1) -> style.Picture:
    """Control, damage and people on one day, side by side; lent to runs as ``Run.map``.

    Args:
        run: The run.
        day: Number of the day (negative: from the end), or its date.

    Raises:
        RunError: The run does not reach that day, or kept no maps.
    """
    row = row_of_day(run, day)
    layers = [layer for layer in THEMES if layer in run.frames]
    _check_layer(run, layers[0] if layers else "control")
    base = basemap(run)
    panel = 4.2
    width = 0.6 + len(layers) * panel + (len(layers) - 1) * 0.3
    map_in = panel * base.aspect
    picture = style.Picture(width, 1.0 + 0.6 + map_in + 0.75)
    style.heading(picture, f"The city on {date_text(run.dates[row])}", subtitle(run))
    height = picture.get_size_inches()[1]
    for index, layer in enumerate(layers):
        x = 0.3 + index * (panel + 0.3)
        axes = picture.add_axes((x / width, 0.75 / height, panel / width, map_in / height))
        draw_map(axes, run, layer, row, base)
        axes.set_title(THEMES[layer].title, size=style.HEADING_PT, weight="bold", loc="left", pad=17)
        states = set(bridge_states(run, int(run.daily["day"].iloc[row]), len(base.bridges)))
        entries = _key_entries(layer, states if index == 0 else set())
        first = 4 if THEMES[layer].edges else 3
        for line, part in enumerate((entries[:first], entries[first:])):
            style.key(picture, part, x / width, (0.52 - 0.24 * line) / height)
    draw_scale(picture.axes[0], base)
    draw_names(picture.axes[0], base)
    return picture


def _check_layer(run: Run, layer: str) -> None:
    if layer not in THEMES or layer not in run.frames or not len(run.frames[layer]):
        raise RunError(f"{run.path or run.name}: it kept no map of {layer}")


def subtitle(run: Run) -> str:
    """Scenario, seed and length of a run in one line."""
    manifest, dates = run.manifest, run.dates
    span = f"{date_text(dates[0])} to {date_text(dates[-1])}"
    return f"Scenario {manifest.get('scenario')}, seed {manifest.get('seed')}, {span} · simulated, not observed"
