"""Numbers and lists as people write them, for the paragraphs of analyses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.record.outcomes import find_outcome
from sim.record.reading import number_text
from sim.scenario import words

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 3
_MILLION = 1_000_000
_MOST_NAMES = 6
_PERCENT = {"share", "yes/no"}


def number(value: float, digits: int = _DIGITS) -> str:
    """A number to three significant digits: ``12,300``, ``0.0457``, ``1.2 million``; whole ones below 10,000 as they are."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= _MILLION:
        return f"{number(value / _MILLION, digits)} million"
    if value == 0 or (value == round(value) and abs(value) < 10_000):
        return f"{value:,.0f}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    short = f"{round(value, places):,.{max(0, places)}f}"
    return short.rstrip("0").rstrip(".") if "." in short else short


def share(value: float) -> str:
    """A share as a percentage; none rounds to 0 or 100 that is neither."""
    if 0 < value < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 < value < 1 else f"{100 * value:.0f}%"


def names(keys: Sequence[str], most: int = _MOST_NAMES) -> str:
    """Keys in a row: ``a, b and c``; after the first few only how many more."""
    if len(keys) > most:
        return f"{', '.join(keys[:most])} and {len(keys) - most} more"
    return " and ".join(part for part in (", ".join(keys[:-1]), *keys[-1:]) if part)


def many(count: int, what: str) -> str:
    """A count of things: ``1 point``, ``2,000 points``."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def unit(outcome: str) -> str:
    """Unit of an outcome; empty where it is not one that the package declares."""
    declared = find_outcome(outcome)
    return declared.unit if declared else ""


def with_unit(value: float, unit: str) -> str:
    """A number with its unit, rounded for people: ``12,300 persons``, ``34%``; the mean of a yes or no is a share."""
    return number_text(value, "share") if unit in _PERCENT else _counted(number(value), unit)


def span(low: float, high: float, unit: str, word: str = "to") -> str:
    """A range with its unit once: ``1,200 to 3,400 persons``."""
    first = with_unit(low, unit) if unit in _PERCENT else number(low)
    return f"{first} {word} {with_unit(high, unit)}"


def exact(value: float, unit: str) -> str:
    """A number that somebody named, with its unit and not rounded: ``123,456 persons``, ``12.5%``."""
    return f"{words.number(100 * value)}%" if unit == "share" else _counted(words.number(value), unit)


def _counted(text: str, unit: str) -> str:
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}".rstrip()
