"""Rules between values, each told at the value that breaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sim.errors import ScenarioError
from sim.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
liberators:
  forces:
    cts: {strength: 100}
    army: {strength: 100}
  axes:
    east:
      start: start_east
      forces: {cts: 0.5, army: 1.0}
    south:
      start: start_south
      forces: {cts: 0.5}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "{cts: 0.5}",
            "{ctss: 0.5}",
            "x.yaml:11:22  liberators.axes.south.forces.ctss  there is no force of this name (did",
        ),
        ("{cts: 0.5}", "{cts: 0.6}", "x.yaml:11:21  liberators.axes.south.forces.cts  the axes together take 1.1"),
        ("{cts: 0.5}", "{cts: -0.5}", "must be between 0 and 1 (fraction), not -0.5"),
        (
            "liberators:", "bridges: {each: {Old Bridge: {demolition: date}}}\nliberators:",
            "x.yaml:1:18  bridges.each.Old Bridge.date  is missing: demolition is date",
        ),
        ("liberators:", "bridges: {demolition: date}\nliberators:", "bridges.date  is missing"),
        ("liberators:", "liberators:\n  pause_readiness: 0.99", "must not be below pause_readiness (0.99)"),
    ],
)
def test_each_rule(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    assert load(path).liberators.axes["south"].forces == {"cts": 0.5}
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert told in str(problem)


def test_a_change_is_told_at_the_change(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    with pytest.raises(ScenarioError, match=r"^--set  liberators\.axes\.east\.forces\.marines"):
        load(path, ["liberators.axes.east.forces.marines=0.5"])
