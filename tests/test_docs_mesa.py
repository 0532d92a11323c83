"""The Python blocks of docs/mesa.md run, one after another, as a reader would type them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "mesa.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
IN_THE_BROWSER = [block for block in BLOCKS if "import solara" in block]


def test_the_blocks_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mesa.batchrunner")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    told = []
    for block in BLOCKS:
        if block not in IN_THE_BROWSER:
            exec(compile(block, "docs/mesa.md", "exec"), names)
            told.append(capsys.readouterr().out)
    sys.modules.pop("my_rules", None)
    assert len(told) == 7
    assert len(IN_THE_BROWSER) == 1
    assert "displaced" in told[0]
    assert "cts" in told[1]
    assert "at_home" in told[1]
    assert names["fork"].tick == names["again"].tick > 0
    fighters = eval(told[4])
    assert [(row[0], row[1]) for row in fighters] == [(2000, 1), (2000, 2), (4000, 1), (4000, 2)]


def test_the_table_of_what_may_be_written_is_what_may_be_written() -> None:
    from sim.agents.coalition import CoalitionAsset
    from sim.agents.defenders import DefenderTeam
    from sim.agents.handles import Column
    from sim.agents.households import Household
    from sim.agents.liberators import LiberatorPlatoon

    for kind in (DefenderTeam, LiberatorPlatoon, CoalitionAsset, Household):
        rows = [line for line in TEXT.splitlines() if line.startswith(f"| `{kind.__name__}` | `")]
        row = next(line for line in rows if "from 1" not in line and "on from there" not in line)
        told = set(re.findall(r"`(\w+)`", row)[1:])
        assert told == {name for name, column in vars(kind).items() if isinstance(column, Column) and column.writable}
