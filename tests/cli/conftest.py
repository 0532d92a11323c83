"""Shipped scenarios of the tests' own, so that they say nothing about the ones that are shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = {
    "base": "title: Common ground\ntime: {max_days: 200}\n",
    "op_ed": "extends: base\ntitle: The op-ed's numbers\npopulation:\n  persons: 1_100_000\n",
}


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped scenarios; the working folder is an empty one beside it."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name, text in SHIPPED.items():
        (folder / f"{name}.yaml").write_text(text)
    monkeypatch.setattr("sim.scenario.shipped.shipped_folder", lambda: folder)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder
