"""Outcomes as people read them: text with units, a card for notebooks, a page of documentation."""

from __future__ import annotations

import math
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING

from sim.record.codes import WORDS
from sim.record.outcomes import GROUPS, OUTCOMES, find_outcome
from sim.record.series import LAYERS, PLACE_SERIES, SERIES, SITE_SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.record.series import Series


_OPENING_NOTE = """`<bank>` stands for each bank that the city names, `<force>` for each force of the scenario. A share lies
between 0 and 1. Series that say "so far" count from the start of the run; all others are stocks at the end of the day."""

_SITES_NOTE = """\
Columns `date`, `day`, `site` and `kind` come first. A site of kind `screening` stands at each way out of the
grid, named after the neighbourhood next to it; one of kind `camp` is a camp of the city data; `hosts` and
`informal` are all host families, and all sites in the open, together."""

_LEDGER_NOTE = """\
One row for each event. `tick` and `date` say when, `day` counts 24 hours each from the start, `cell` and
`neighbourhood` say where (-1 and empty: off the grid), `row` and `other_row` number the agents or the
bridge concerned, `count` is in persons or pieces, `value` is a number whose meaning belongs to the kind. A
row of kind `demolition` of the set `bridges` cuts a bridge; one of kind `bridge` says what it is from then
on: `count` 0 cut or closed, 1 replaced by a floating bridge, 2 open, 3 open by a replacement span.
"""


def number_text(value: float, unit: str) -> str:
    """A number with its unit as people write it: ``12,345 persons``, ``34%``, ``yes``."""
    if math.isnan(value):
        return "none"
    if unit == "yes/no":
        return "yes" if value else "no"
    if unit == "share":
        percent = 100 * value
        return f"{percent:.1f}%" if 0 < percent < 10 or 99 < percent < 100 else f"{percent:.0f}%"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f} {unit}"
    return f"{value:,.2f} {unit}"


def date_text(day: date) -> str:
    """A date as ``17 Oct 2016``, whatever the locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day} {months[day.month - 1]} {day.year}"


# Words of names that readers know by their letters.
_ACRONYMS = {"svbied": "SVBIED", "ied": "IED"}


def label_text(name: str) -> str:
    """A name of an outcome as a label: ``Civilians killed``."""
    words = [_ACRONYMS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def readable_summary(summary: Mapping[str, float], start: date | None = None) -> list[tuple[str, str, str]]:
    """The summary as rows of group, label and text.

    Args:
        summary: Outcomes by name.
        start: First day of the run; with it, a number of days to an event names its date too.
    """
    rows = []
    for name, value in summary.items():
        outcome = find_outcome(name)
        text = number_text(value, outcome.unit if outcome else "")
        if start is not None and name.startswith("days_to_") and math.isfinite(value):
            text += f" ({date_text(start + timedelta(days=int(value) - 1))})"
        rows.append((outcome.group if outcome else "Other", label_text(name), text))
    order = {group: index for index, group in enumerate(GROUPS)}
    return sorted(rows, key=lambda row: order.get(row[0], len(GROUPS)))


def card_html(title: str, subtitle: str, rows: Sequence[tuple[str, str, str]], footer: str) -> str:
    """A card for notebooks that keeps to the reader's own colours, dark or light."""
    groups: dict[str, list[str]] = {}
    cell = "padding:1px 0;text-align:"
    for group, label, text in rows:
        line = f"<tr><td style='{cell}left;padding-right:1.5em'>{escape(label)}</td>"
        groups.setdefault(group, []).append(f"{line}<td style='{cell}right'>{escape(text)}</td></tr>")
    blocks = "".join(
        f"<div style='min-width:20em'><div style='font-weight:600;margin-top:.6em'>{escape(group)}</div>"
        f"<table style='border-collapse:collapse;margin:0'>{''.join(lines)}</table></div>"
        for group, lines in groups.items()
    )
    return (
        "<div style='border:1px solid #8888;border-radius:6px;padding:.8em 1em;"
        "display:inline-block;max-width:62em'>"
        f"<div style='font-size:1.15em;font-weight:600'>{escape(title)}</div><div>{escape(subtitle)}</div>"
        f"<div style='display:flex;flex-wrap:wrap;gap:0 3em'>{blocks}</div>"
        f"<div style='opacity:.65;font-size:.85em;margin-top:.8em'>{escape(footer)}</div></div>"
    )


def outcomes_markdown() -> str:
    """The text of ``docs/outcomes.md``."""
    parts = [
        "# What a run reports",
        "<!-- Generated from sim/record/outcomes.py; edit that file instead. -->",
        _OPENING_NOTE,
        "## Outcomes: `summary.json`",
        "`null` stands for what did not happen within the run.",
    ]
    for group in GROUPS:
        lines = [f"| `{o.name}` | {o.unit} | {o.meaning} |" for o in OUTCOMES if o.group == group]
        parts.append("\n".join([f"### {group}\n", "| name | unit | meaning |", "| --- | --- | --- |", *lines]))
    parts += [
        _section("Every day: `daily.parquet`", SERIES, "Columns `date` and `day` (0 is the start) come first."),
        _section(
            "Every day and neighbourhood: `neighbourhoods.parquet`",
            PLACE_SERIES,
            "Columns `date`, `day`, `neighbourhood` and `bank` come first.",
        ),
        _section("Every day and site off the grid: `sites.parquet`", SITE_SERIES, _SITES_NOTE),
        _section("Map layers: `frames.npz`", LAYERS, "Arrays of shape (days, ny, nx); row 0 lies in the south."),
        _ledger_section(),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, series: Sequence[Series], note: str) -> str:
    lines = [f"| `{s.name}` | {s.unit} | {s.meaning} |" for s in series]
    return "\n".join([f"## {title}\n", f"{note}\n", "| name | unit | meaning |", "| --- | --- | --- |", *lines])


def _ledger_section() -> str:
    lines = [f"| `{column}` | {', '.join(f'`{word}`' for word in words)} |" for column, words in WORDS.items()]
    return "\n".join(
        [
            "## The ledger: `events.parquet`\n",
            _LEDGER_NOTE,
            "| column | words |",
            "| --- | --- |",
            *lines,
        ]
    )
