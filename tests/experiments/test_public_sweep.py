"""``sim.sweep``: a sweep by its name, its file, or as it was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import sim
from sim.experiments.engine import Inline
from sim.experiments.spec import load_spec

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_and_a_loaded_sweep_are_one_sweep(riverton_file: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    lines = (
        f'scenario: "{riverton_file}"',
        "set: {time.max_days: 1}",
        "factors: {defenders.fighters: [40, 60]}",
        "design: {kind: grid}",
        "outcomes: [displaced]",
    )
    file.write_text("\n".join(lines) + "\n")
    made = sim.sweep(file, tmp_path / "kept", engine=Inline())
    assert (made.points, made.done, made.ran) == (2, 2, 2)
    assert list(made.table()["defenders.fighters"]) == [40, 60]
    again = sim.sweep(load_spec(file), tmp_path / "kept", engine=Inline())
    assert (again.done, again.ran) == (2, 0)


def test_an_unknown_name_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(sim.ScenarioError, match="what_matters"):
        sim.sweep("what_mattres", tmp_path)
