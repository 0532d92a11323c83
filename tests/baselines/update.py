"""Measure the baselines anew, keep them, and say what moved: ``make baselines``.

Values that moved get a new revision, unless ``--keep-revision`` says that nobody has the last one yet. A test asks for its number
in a **Regression** entry of CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from baseline_tools import (
    CASES,
    CHANGELOG,
    FOLDER,
    REVISION,
    different_digests,
    drifts,
    environment,
    kept,
    measure,
    named_in_changelog,
    revision,
    values_hash,
)

if TYPE_CHECKING:
    from pathlib import Path


def tell(name: str, now: dict) -> None:
    """Print how a baseline moved."""
    if not (FOLDER / f"{name}.json").exists():
        print(f"{name}: new")
        return
    moved = different_digests(kept(name), now) if kept(name)["seeds"] == now["seeds"] else ["other seeds"]
    print(f"{name}: {'digests moved' if moved else 'as before'}", *(f"  {line}" for line in moved), sep="\n")
    for line in drifts(kept(name), now):
        print(f"  beyond its tolerance: {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep-revision", action="store_true", help="keep the number: nobody has the last revision yet")
    asked = parser.parse_args()
    baselines = {}
    for name in CASES:
        baselines[name] = measure(name)
        tell(name, baselines[name])
    values = values_hash(baselines)
    record = revision() if REVISION.exists() else {"revision": 1, "history": [{"revision": 1, "values": values}]}
    history = record["history"]
    if history[-1]["values"] != values:
        if asked.keep_revision:
            history[-1]["values"] = values
        else:
            history.append({"revision": history[-1]["revision"] + 1, "values": values})
    number = history[-1]["revision"]
    for name, baseline in baselines.items():
        write(FOLDER / f"{name}.json", baseline)
    write(REVISION, {"revision": number, "environment": environment(), "history": history})
    print(f"kept as baseline revision {number}")
    if not named_in_changelog(number, CHANGELOG.read_text(encoding="utf-8")):
        flag = "" if number == 1 else " with the flag **Regression**, what moved and why"
        print(f'CHANGELOG.md: add an entry that names "baseline revision {number}"{flag}')


def write(path: Path, content: dict) -> None:
    path.write_text(laid_out(content) + "\n", encoding="utf-8")


def laid_out(value: object, depth: int = 0) -> str:
    """JSON with one line for each seed and outcome, so that a difference shows what moved."""
    parts = list(value.values() if isinstance(value, dict) else value) if isinstance(value, dict | list) else []
    nested = any(isinstance(part, dict | list) for part in parts)
    if not nested and (depth > 1 or not isinstance(value, dict)):
        return json.dumps(value, ensure_ascii=False)
    keys = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(parts)
    space = " " * (depth + 1)
    lines = [f"{space}{key}{laid_out(part, depth + 1)}" for key, part in zip(keys, parts, strict=True)]
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}\n" + ",\n".join(lines) + f"\n{' ' * depth}{right}"


if __name__ == "__main__":
    main()
