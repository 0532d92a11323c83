"""What an analysis of a sweep found: tables, one paragraph in words, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One result of an analysis.

    Attributes:
        kind: Kind of analysis; names the drawing that fits.
        title: One line, for headings.
        tables: Tables by name; empty where nothing can be told.
        words: One paragraph for people.
        warnings: What limits the result, one line each.
        about: Plain facts that drawings and files need, such as outcome and unit.
    """

    kind: str
    title: str
    tables: Mapping[str, pd.DataFrame]
    words: str
    warnings: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
