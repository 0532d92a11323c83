"""A list of design points from a CSV file: the first line names the factors, each further line is a point."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.scenario.reading import Mark, Node, label_of
from sim.scenario.scalars import scalar

if TYPE_CHECKING:
    from pathlib import Path

MAX_CELLS = 10_000


def read_table(path: Path, asked_at: str, problems: list[Problem]) -> dict[str, Node]:
    """Read the file.

    Args:
        path: The CSV file: UTF-8, separated by commas.
        asked_at: Where the sweep names it, for a file that cannot be read.
        problems: Where mistakes are added, each with file, line and column.

    Returns:
        A list of values for each factor, each with its place; empty where the file is of no use.
    """
    label = label_of(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        problems.append(Problem(asked_at, "design.file", f"no such file: {label}"))
        return {}
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else "it is not UTF-8 text"
        problems.append(Problem(asked_at, "design.file", f"{label} cannot be read: {reason}"))
        return {}
    rows = [(n, line, _cells(line)) for n, line in enumerate(lines, 1) if line.strip(", \t")]
    if len(rows) < 2:
        problems.append(Problem(label, "", "no points: the first line names the factors, each further line is a point"))
        return {}
    (first, line, header), body = rows[0], rows[1:]
    if not _header(header, line, Mark(label, first), problems):
        return {}
    if len(header) * len(body) > MAX_CELLS:
        message = f"{len(header) * len(body):,} values are too many for a list: at most {MAX_CELLS:,}"
        problems.append(Problem(label, "", message))
        return {}
    columns: dict[str, list[Node]] = {key: [] for key in header}
    for n, line, cells in body:
        if len(cells) != len(header):
            message = f"has {len(cells)} values, but the first line names {len(header)} factors"
            problems.append(Problem(str(Mark(label, n, 1)), "", message))
            continue
        for i, (key, text) in enumerate(zip(header, cells, strict=True)):
            mark = Mark(label, n, _column(line, i))
            try:
                columns[key].append(Node(scalar(text), mark))
            except ValueError as error:
                problems.append(Problem(str(mark), key, str(error)))
    return {
        key: Node(columns[key], Mark(label, first, _column(rows[0][1], i)), Mark(label, first, _column(rows[0][1], i)))
        for i, key in enumerate(header)
    }


def _header(header: list[str], line: str, mark: Mark, problems: list[Problem]) -> bool:
    before = len(problems)
    if ";" in line and "," not in line:
        problems.append(Problem(str(mark._replace(column=1)), "", "columns are separated by commas, not by semicolons"))
        return False
    for i, key in enumerate(header):
        place = str(mark._replace(column=_column(line, i)))
        if not key:
            problems.append(Problem(place, "", "a column without the name of its factor"))
        elif key in header[:i]:
            problems.append(Problem(place, key, "names a second column"))
    return len(problems) == before


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line]))]


def _column(line: str, i: int) -> int:
    """Column, from 1, at which the i-th value of a line starts; commas inside quotes separate nothing."""
    if i == 0:
        return 1
    quoted, seen = False, 0
    for at, letter in enumerate(line):
        quoted ^= letter == '"'
        seen += letter == "," and not quoted
        if seen == i:
            return at + 2
    return 1
