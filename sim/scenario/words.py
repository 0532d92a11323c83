"""Words for messages: what was probably meant, and numbers as people write them."""

from __future__ import annotations

import contextlib
import difflib
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a mistyped one most resembles; case, hyphens and spaces do not matter."""
    plain = {_plain(name): name for name in known}
    found = difflib.get_close_matches(_plain(word[:80]), plain, n=1, cutoff=0.7)
    return plain[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], what: str = "") -> str:
    """`` (did you mean "fighters"?)``, or nothing where no known word is near."""
    found = nearest(word, known)
    return f' (did you mean {what}"{found}"?)' if found else ""


def number(value: object) -> str:
    """A number with thousands set apart, without a needless ``.0``; any other value as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.6g}" if abs(value) >= 1e-4 else f"{value:.6g}"


def describe(value: object) -> str:
    """A value in words, for the end of "must be ..., not ..."."""
    if isinstance(value, str):
        text = f'the text "{short(value)}"'
    elif isinstance(value, dict):
        text = "a group of keys"
    elif isinstance(value, list | tuple):
        text = "a list"
    elif isinstance(value, date):
        text = f"the date {value}"
    elif value is None:
        text = "empty"
    else:
        text = "a number of thousands of digits"
        with contextlib.suppress(ValueError):  # Python refuses to write such a number
            text = f"{value}".lower()
    return text if len(text) <= 80 or isinstance(value, str) else f"a number of {len(text)} digits"


def short(text: str, longest: int = 60) -> str:
    """Text that fits into a message: one line, printable, cut where it is too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * longest])
    line = " ".join(line.split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
