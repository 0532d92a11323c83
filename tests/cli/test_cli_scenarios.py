"""Commands that look at scenarios: what they print, and that they say no clearly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main
from sim.errors import Problem, ScenarioError


@pytest.fixture(autouse=True)
def known_cities(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_city(path: str) -> object:
        if path != "mosul":
            raise ScenarioError(Problem(path, "city", "no such city"))
        return object()

    monkeypatch.setattr("sim.city.load_city", load_city)
    monkeypatch.setattr("sim.city.build_grid", lambda *_: None)
    monkeypatch.setattr("sim.city.asked.check_asked", lambda *_: None)


def test_list(capsys: pytest.CaptureFixture[str], shipped: Path) -> None:
    (shipped / "broken.yaml").write_text("tim: 3\n")
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert "op_ed   The op-ed's numbers" in out
    assert "broken  (broken: " in out


def test_show_marks_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "op_ed", "--set", "city.cell_m=50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "op_ed: The op-ed's numbers"
    (persons,) = [line for line in lines if " persons " in line and "day 0" in line]
    assert persons.startswith("* persons")
    assert "1,100,000 persons" in persons
    assert "(default 1,200,000)" in persons
    assert any(line.startswith("* cell_m") and "50 m" in line for line in lines)
    assert any(line.startswith("  margin_m") for line in lines)
    assert main(["show", "op_ed", "--changed"]) == 0
    assert "margin_m" not in capsys.readouterr().out


def test_show_yaml_is_runnable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "op_ed", "--yaml"]) == 0
    Path("kept.yaml").write_text(capsys.readouterr().out)
    assert main(["validate", "kept.yaml"]) == 0


def test_validate_tells_the_mistakes_of_all_files(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text("time:\n  maxdays: 3\n")
    Path("b.yaml").write_text("city: {path: nowhere}\n")
    assert main(["validate", "a.yaml", "op_ed", "b.yaml", "c.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == "op_ed: valid (op_ed, extends base, 2 values differ from the defaults)\n"
    assert err.splitlines() == [
        'a.yaml:2:3  time.maxdays  unknown key (did you mean "max_days"?)',
        "nowhere  city  no such city",
        'c.yaml  no such file',
    ]  # fmt: skip


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "city" in json.loads(capsys.readouterr().out)["properties"]


def test_new_writes_a_valid_file_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "mine"]) == 0
    text = Path("mine.yaml").read_text()
    assert "extends: op_ed" in text
    assert main(["validate", "mine.yaml"]) == 0
    assert main(["new", "mine.yaml", "--from", "base"]) == 2
    assert "left as it is" in capsys.readouterr().err
    assert Path("mine.yaml").read_text() == text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["new", "op_ed"], "the name of a shipped scenario"),
        (["new", ""], "cannot name a scenario"),
        (["new", ".."], "cannot name a scenario"),
        (["new", "a b"], "cannot name a scenario"),
        (["new", "no/such/x"], "there is no folder no/such"),
        (["new", "x", "--from", "opped"], 'did you mean "op_ed"?'),
        (["show", "op-ed"], 'did you mean "op_ed"?'),
        (["show", "nowhere.yaml"], "no such file"),
        (["validate", "op_ed", "--set", "time.max_dys=3"], 'did you mean "max_days"?'),
        (["validate", "op_ed", "--set", "city.path=3"], "put it in quotes"),
        (["validate"], "Missing argument"),
        (["validte", "x"], "No such command"),
        (["show", "op_ed", "--yml"], "No such option"),
    ],
)
def test_bad_input_is_told_with_exit_code_2(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert told in err
    assert "Traceback" not in err
    assert not out
    assert not list(Path().glob("*"))


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    out, err = capsys.readouterr()
    assert "validate" in out + err
    assert main(["--version"]) == 0
