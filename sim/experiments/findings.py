"""What an analysis of a sweep found: tables, one paragraph in words, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure


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

    def plot(self) -> Figure | None:
        """The picture of this finding, which notebooks show; None where nothing can be told."""
        if not self.tables:
            return None
        from sim.views import draw

        return draw(self.kind, self.tables, self.title, self.about)

    def _repr_html_(self) -> str:
        """Heading, paragraph and warnings, for notebooks."""
        notes = "".join(f"<li>{escape(warning)}</li>" for warning in self.warnings if warning != self.words)
        names = ", ".join(f"{name} ({len(table):,} rows)" for name, table in self.tables.items())
        return (
            f"<div style='margin:.8em 0;max-width:62em'><div style='font-weight:600'>{escape(self.title)}</div>"
            f"<div>{escape(self.words)}</div>"
            + (f"<ul style='margin:.3em 0'>{notes}</ul>" if notes else "")
            + (f"<div style='opacity:.65;font-size:.85em'>Tables: {escape(names)}</div>" if names else "")
            + "</div>"
        )
