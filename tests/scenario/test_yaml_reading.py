"""YAML in: values with their places, and refusals that cost nothing and say what to do."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import Problem, ScenarioError
from sim.scenario.reading import MAX_BYTES, Mark, Node, read_file, read_text
from sim.scenario.scalars import scalar


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "x.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("true", True),
        ("~", None),
        ("012", 12),
        ("0o12", 10),
        ("0x1F", 31),
        ("1_200_000", 1_200_000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("2016-10-17", date(2016, 10, 17)),
        ("12:30", "12:30"),
        ("1,200", "1,200"),
        ("_1", "_1"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_every_key_and_value_knows_its_place() -> None:
    node = read_text("a:\n  b: 3\nc: [1, x]\n", "x.yaml")
    inner = node.value["a"].value["b"]
    assert inner.key_mark == Mark("x.yaml", 2, 3)
    assert inner.mark == Mark("x.yaml", 2, 6)
    assert node.value["c"].value[1].mark == Mark("x.yaml", 3, 8)


def test_aliases_are_read_where_they_stand() -> None:
    node = read_text("a: &x [1, 2]\nb: *x\n", "x.yaml")
    assert plain(node) == {"a": [1, 2], "b": [1, 2]}
    assert node.value["b"].mark.line == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2\n", "x.yaml:2:1  a  given twice (first on line 1)"),
        ("t:\n  a: 1\n  a: 2\n", "x.yaml:3:3  t.a  given twice"),
        ("a: !!python/object/apply:os.system [ls]\n", "x.yaml:1:4  a  tags such as !!python/object/apply:os.system"),
        ("a: *b\n", "*b refers to nothing"),
        ("<<: {a: 1}\n", "extends:"),
        ("? [a]\n: 1\n", "this is no key"),
        ("a: 1\n---\nb: 1\n", "one file holds one scenario"),
        ("a:\n\tb: 1\n", "x.yaml:2:1  a tab: indent with spaces"),
        ("a: [1, 2\n", "never closed"),
        ("a: b: c\n", "x.yaml:1:5"),
        ("a: @b\n", "put it in quotes"),
        ("a: \x07\n", "x.yaml:1:4  this is not YAML"),
        ("a: 2016-02-30\n", "x.yaml:1:4  a  there is no date 2016-02-30"),
        ("a: " + "9" * 5000, "a number of 5,000 digits is too long"),
        ("a: " + "[" * 50 + "]" * 50, "nested more than 20 deep"),
    ],
)
def test_what_is_unsafe_or_unclear_is_refused(text: str, told: str) -> None:
    assert told in refusal(text)


def test_all_mistakes_that_reading_can_tell_come_at_once() -> None:
    told = refusal("a: 1\na: 2\nb: !x 3\nc: 2016-13-01\n")
    assert len(told.splitlines()) == 3


def test_bombs_cost_nothing() -> None:
    began = time.perf_counter()
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    assert "aliases written out" in refusal(bomb)
    assert "nested" in refusal("[" * 20_000)
    assert "nested" in refusal("{a: " * 5_000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n", "holds a list"),
        (b"text", 'holds the text "text"'),
        (b"\x00\x01\x02", "binary"),
        ("a: 1\n".encode("utf-16"), "binary"),
        ("# x\ntitle: caf\u00e9\n".encode("latin-1"), "not UTF-8 text (first at line 2)"),
        (b"# " + b"x" * MAX_BYTES, "too large"),
    ],
)
def test_files_that_are_no_scenario(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        read_file(path)
    assert told in str(caught.value)
    assert len(caught.value.problems) == 1


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, loop, closed = tmp_path / "pipe", tmp_path / "loop", tmp_path / "closed.yaml"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    closed.write_text("seed: 1\n")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    for path, told in (
        (tmp_path, "a folder"),
        (pipe, "not a regular file"),
        (loop, "cannot be read"),
        (tmp_path / "none.yaml", "no such file"),
        (closed, "cannot be read: permission denied"),
    ):
        with pytest.raises(ScenarioError, match=told):
            read_file(path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("seed: 3\n".encode("utf-8-sig"))
    assert plain(read_file(path)) == {"seed": 3}


@settings(max_examples=150, deadline=None, database=None)
@given(st.text(alphabet=st.sampled_from("ab:-?[]{}&*!|>'\"%@#, \n\t1.~é\x85\u2028"), max_size=60))
def test_no_text_is_met_with_anything_but_values_or_one_line_problems(text: str) -> None:
    problems: list[Problem] = []
    try:
        read_text(text, "x.yaml")
    except ScenarioError as error:
        problems = error.problems
    assert all("\n" not in problem.message for problem in problems)
