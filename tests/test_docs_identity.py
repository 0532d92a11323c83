"""What docs/identity.md says about tolerances is what the baselines' test allows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")


def test_the_table_of_tolerances_is_the_one_that_is_used() -> None:
    sys.path.insert(0, str(ROOT / "tests" / "baselines"))
    try:
        from baseline_tools import OTHER, TOLERANCES
    finally:
        sys.path.pop(0)
    told = {
        row[0]: (float(row[1].rstrip("%")) / 100, float(row[2]))
        for row in re.findall(r"^\| ([^|]+) \| (\d+%|0) \| ([\d.]+) \|$", TEXT, re.MULTILINE)
    }
    assert told.pop("strikes, attacks, missions and the like") == tuple(OTHER)
    assert told == {unit: tuple(allowed) for unit, allowed in TOLERANCES.items()}
