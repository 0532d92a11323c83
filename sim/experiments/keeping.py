"""An analysis on disk: tables as CSV and Parquet, pictures as PNG and SVG, and one page of words.

All files are made in a hidden workplace first and then moved into the folder, so that one that cannot be made leaves what was
there before. ``findings.json`` lists the files, by which the next analysis knows what to take away.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from typing import TYPE_CHECKING, Any

from sim.errors import reason
from sim.experiments.exceedance import AnalysisError
from sim.experiments.store import as_columns
from sim.record.folder import json_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sim.experiments.analysis import Analysis
    from sim.experiments.findings import Finding

WORDS, LISTING = "words.md", "findings.json"
PICTURES = ("png", "svg")
_TOKEN_BYTES = 6
_PLAIN = re.compile(r"\w[\w.-]*")
_MAX_BYTES = 10_000_000


def keep(analysis: Analysis, folder: Path) -> list[Path]:
    """Write all files of an analysis.

    Args:
        analysis: The analysis.
        folder: Where to; made where missing.

    Returns:
        The files, in the order of the findings.

    Raises:
        AnalysisError: They cannot be written; what was in the folder is still there.
    """
    workplace = folder / f".unfinished-{secrets.token_hex(_TOKEN_BYTES)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            workplace.mkdir()
            names = _fill(workplace, analysis)
            before = _listed(folder)
            for name in names:
                (workplace / name).replace(folder / name)
            for name in before - set(names):
                (folder / name).unlink(missing_ok=True)
        finally:
            shutil.rmtree(workplace, ignore_errors=True)
    except OSError as error:
        raise AnalysisError(f"{folder}: cannot be written ({reason(error)})") from error
    return [folder / name for name in names]


def _fill(place: Path, analysis: Analysis) -> list[str]:
    """Write everything; the listing is the last of the names."""
    entries, names = [], []
    for name, finding in analysis.findings.items():
        stem = re.sub(r"[^\w-]+", "-", name)
        tables = {table: _tables(place, f"{stem}-{table}", frame) for table, frame in finding.tables.items()}
        pictures = _pictures(place, stem, finding)
        names += [file for files in tables.values() for file in files] + pictures
        entries.append({
            "name": name, "kind": finding.kind, "title": finding.title, "words": finding.words,
            "warnings": list(finding.warnings), "tables": tables, "pictures": pictures,
        })  # fmt: skip
    (place / WORDS).write_text(analysis.words(), encoding="utf-8")
    names += [WORDS, LISTING]
    content: dict[str, Any] = {"title": analysis.title, "notes": list(analysis.notes), "findings": entries, "files": names}
    (place / LISTING).write_text(json_text(content), encoding="utf-8")
    return names


def _tables(place: Path, stem: str, table: pd.DataFrame) -> list[str]:
    plain = as_columns(table.reset_index() if any(name is not None for name in table.index.names) else table)
    plain.to_csv(place / f"{stem}.csv", index=False)
    plain.to_parquet(place / f"{stem}.parquet", index=False)
    return [f"{stem}.csv", f"{stem}.parquet"]


def _pictures(place: Path, stem: str, finding: Finding) -> list[str]:
    picture: Any = finding.plot()
    if picture is None:
        return []
    files = [f"{stem}.{kind}" for kind in PICTURES]
    for file in files:
        picture.write(place / file)
    return files


def _listed(folder: Path) -> set[str]:
    """Files that an earlier analysis wrote here: plain names only."""
    path = folder / LISTING
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= _MAX_BYTES else {}
        files = content["files"]
        return {name for name in files if isinstance(name, str) and _PLAIN.fullmatch(name)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
