"""What the fuzzer found, one small test each, so that it stays mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sim.city.layers import read_layer
from sim.errors import Problem, RunError, ScenarioError
from sim.record.folder import open_folder
from sim.record.manifest import SCHEMA_VERSION
from sim.scenario.reading import MAX_BYTES, read_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bracket", ["[", "{", "[{", "[\n"])
def test_brackets_are_stopped_as_they_are_read(bracket: str) -> None:
    # The scanner looks ahead through nested brackets at a cost that grows with their square: hours for a whole file.
    with pytest.raises(ScenarioError, match="nested more than 20 deep"):
        read_text((bracket * MAX_BYTES)[:MAX_BYTES], "x.yaml")


def layer(tmp_path: Path, coordinates: str, accuracy: str = "1") -> str:
    point = f'{{"type": "Point", "coordinates": {coordinates}}}'
    text = f'{point}, "properties": {{"name": "A", "kind": "dam", "accuracy_m": {accuracy}}}'
    path = tmp_path / "sites.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{{"geometry": {text}}}]}}')
    features, problems = read_layer(path, "sites", "sites")
    assert not features
    return "\n".join(map(str, problems))


def test_whole_numbers_that_no_float_holds(tmp_path: Path) -> None:
    assert "a coordinate that is not finite: a number of 401 digits" in layer(tmp_path, f"[{10**400}, 1]")
    assert "accuracy_m must be a number of at least 0" in layer(tmp_path, "[1, 1]", str(10**400))


def test_numbers_of_thousands_of_digits(tmp_path: Path) -> None:
    assert "broken JSON" in layer(tmp_path, f"[{'9' * 5000}, 1]")


def test_words_of_a_file_do_not_break_a_message() -> None:
    problem = Problem("a\x00b", "k\u202e", "\ud800" + "x" * 5000)
    assert str(problem).isprintable()
    assert len(str(problem)) < 1000


def test_a_manifest_with_a_text_for_a_size(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("x")
    plain = {"schema_version": SCHEMA_VERSION, "digest": "x", "files": {"scenario.yaml": "a" * 5000}}
    (tmp_path / "manifest.json").write_text(json.dumps(plain))
    with pytest.raises(RunError, match="not what its manifest says") as caught:
        open_folder(tmp_path)
    assert len(str(caught.value)) < 1000
