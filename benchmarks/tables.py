"""Tables as they are printed and as they are written: one section for each part of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass, field

Row = tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One part's table.

    Attributes:
        title: Heading.
        intro: What was measured, Markdown.
        table: Rows of equal length, the head first.
        notes: How to read it, one Markdown item each.
        goals: Figures for the table at the top: name, value, goal (empty where there is none).
    """

    title: str
    intro: str
    table: list[Row]
    notes: list[str] = field(default_factory=list)
    goals: list[tuple[str, str, str]] = field(default_factory=list)


def plain(table: list[Row]) -> str:
    """A table for the terminal."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in table
    )


def markdown(table: list[Row]) -> str:
    """A table for a page."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "| --- |" + " ---: |" * (len(table[0]) - 1), *lines[1:]])


def goals_of(sections: list[Section]) -> Section:
    """The table at the top: what a reader asks first, of every part that was measured."""
    rows: list[Row] = [("figure", "measured", "goal"), *(goal for section in sections for goal in section.goals)]
    return Section("At a glance", "", rows)


def printed(section: Section) -> str:
    """One section for the terminal, printed as soon as it is measured, so that a part that fails later costs no other."""
    return f"{section.title}\n\n{plain(section.table)}\n"


def paged(sections: list[Section]) -> str:
    """All sections for a page."""
    parts = []
    for section in sections:
        parts += [f"## {section.title}", section.intro, markdown(section.table), "\n".join(f"- {n}" for n in section.notes)]
    return "\n\n".join(part for part in parts if part)
