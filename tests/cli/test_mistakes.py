"""Mistakes in scenarios and on the command line: what is typed, the exit code, and the line that says what to do.

Every row runs the real command line on files of its own; nothing that is refused may run, write, or show a trace.
"""

# ruff: noqa: ISC004  long expected lines in two halves

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import main

TESTS = Path(__file__).resolve().parents[1]
RIVERTON = f"extends: {(TESTS / 'scenarios' / 'riverton.yaml').as_posix()}\n"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a machine of 8 GB."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.scenario.memory.machine_bytes", lambda: 8_000_000_000)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> list[str]:
    """The lines of a refusal; no folder, file or trace is left by it."""
    before = sorted(Path().rglob("*"))
    assert main(list(words)) == code
    out, err = capsys.readouterr()
    assert not out
    assert "Traceback" not in err
    assert sorted(Path().rglob("*")) == before
    return err.splitlines()


# Text of x.yaml (after the line that extends riverton.yaml), and what `validate x.yaml` must say, place and all.
TEXTS: dict[str, tuple[str, list[str]]] = {
    "wrong key": ("time:\n  maxdays: 3\n", ['x.yaml:3:3  time.maxdays  unknown key (did you mean "max_days"?)']),
    "wrong section": ("tim:\n  max_days: 3\n", ['x.yaml:2:1  tim  unknown key (did you mean "time"?)']),
    "key of another section": (
        "time:\n  fighters: 3\n",
        ['x.yaml:3:3  time.fighters  unknown key (did you mean "defenders.fighters"?)'],
    ),
    "dotted key": ("time.max_days: 3\n", ["x.yaml:2:1  time.max_days  unknown key: write it nested"]),
    "wrong type": (
        "time:\n  max_days: many\n",
        ['x.yaml:3:13  time.max_days  must be a whole number (days), not the text "many"'],
    ),
    "unit in the number": (
        "city: {cell_m: 100 m}\n",
        ["x.yaml:2:16  city.cell_m  must be a number (m)", "write the number alone, in m"],
    ),
    "quoted number": ('time: {max_days: "30"}\n', ["x.yaml:2:18  time.max_days", "remove the quotes"]),
    "list for a number": ("seed: [1]\n", ["x.yaml:2:7  seed  must be a whole number, not a list"]),
    "text for a section": ("time: soon\n", ["x.yaml:2:7  time  holds keys of its own (such as start), so it cannot be the text"]),
    "true for a number": (
        "population: {persons: true}\n",
        ["x.yaml:2:23  population.persons  must be a whole number (persons), not true"],
    ),
    "yes for true": ("air: {enabled: yes}\n", ["x.yaml:2:16  air.enabled  must be true or false", "write true"]),
    "nothing": ("time:\n  max_days:\n", ["x.yaml:3:3  time.max_days  has no value"]),
    "NaN": ("combat: {night: .nan}\n", ["x.yaml:2:17  combat.night  must be a finite number, not infinite or `.nan`"]),
    "not a number": ("city: {margin_m: .nan}\n", ["x.yaml:2:18  city.margin_m  must be a finite number"]),
    "infinite": ("city: {margin_m: .inf}\n", ["x.yaml:2:18  city.margin_m  must be a finite number"]),
    "beyond a float": ("city: {margin_m: 1e309}\n", ["x.yaml:2:18  city.margin_m  must be a finite number"]),
    "negative": (
        "defenders: {fighters: -1}\n",
        ["x.yaml:2:23  defenders.fighters  must be between 0 and 200,000 (persons), not -1"],
    ),
    "share above one": ("air: {hit: 1.5}\n", ["x.yaml:2:12  air.hit  must be between 0 and 1 (fraction), not 1.5"]),
    "thousands of digits": (f"seed: {'9' * 5000}\n", ["x.yaml:2:7  seed  a number of 5,000 digits is too long"]),
    "unknown choice": ("bridges: {demolition: treatened}\n", ["x.yaml:2:23  bridges.demolition", 'did you mean "threatened"?']),
    "unknown force": (
        "liberators: {axes: {north: {forces: {northen: 1}}}}\n",
        ['there is no force of this name (did you mean "northern"?)'],
    ),
    "unknown start": (
        "liberators: {axes: {north: {start: start_nort}}}\n",
        ["x.yaml:2:36  liberators.axes.north.start", 'did you mean "start_north"?'],
    ),
    "unknown bridge": (
        "bridges: {strikes: {Uper Bridge: 2016-11-01}}\n",
        ["x.yaml:2:34  bridges.strikes.Uper Bridge", 'did you mean "Upper Bridge"?'],
    ),
    "unknown place": (
        "artillery: {positions: {Southand: 1}}\n",
        ["x.yaml:2:35  artillery.positions.Southand", 'did you mean "Southend"?'],
    ),
    "unknown city": ("city: {path: mosull}\n", ["mosull  city  no such city", 'did you mean "mosul"?']),
    "no such date": ("time: {start: 2016-02-30}\n", ["x.yaml:2:15  time.start  there is no date 2016-02-30"]),
    "date in words": ("time: {start: 17 October}\n", ["x.yaml:2:15  time.start  must be a date such as 2016-10-17"]),
    "date turned round": ("time: {start: 17.10.2016}\n", ["x.yaml:2:15  time.start", "write 2016-10-17"]),
    "date long ago": (
        "time: {start: 0001-01-01}\n",
        ["x.yaml:2:15  time.start  must be between 1900-01-01 and 2100-01-01, not 0001-01-01"],
    ),
    "strike before the start": ("bridges: {strikes: {Upper Bridge: 2015-01-01}}\n", ["lies before the first day, 2016-10-17"]),
    "key twice": ("time:\n  max_days: 3\n  max_days: 4\n", ["x.yaml:4:3  time.max_days  given twice (first on line 3)"]),
    "section twice": ("time: {max_days: 3}\ntime: {max_days: 4}\n", ["x.yaml:3:1  time  given twice (first on line 2)"]),
    "merge key": ("time: {<<: {max_days: 3}}\n", ["x.yaml:2:8  time", "build on a file with `extends:`"]),
    "tag": (
        "title: !!python/object/apply:os.system [touch was_here]\n",
        ["x.yaml:2:8  title  tags such as !!python/object/apply:os.system"],
    ),
    "tag on a section": (
        "time: !!python/name:os.system {}\n",
        ["x.yaml:2:7  time  tags such as !!python/name:os.system are not read"],
    ),
    "alias to nothing": ("title: *there\n", ["x.yaml:2:8  title  *there refers to nothing"]),
    "aliases that explode": (BOMB, ["x.yaml:6:35  a4", "more than 20,000 values, aliases written out"]),
    "nested too deep": (f"title: {'[' * 3000}\n", ["x.yaml:2:29", "nested more than 20 deep"]),
    "tab": ("time:\n\tmax_days: 3\n", ["x.yaml:3:1", "a tab: indent with spaces"]),
    "no colon": ("time:\n  max_days 3\n", ["x.yaml:3:3  time  holds keys of its own"]),
    "bracket left open": ("time: {max_days: 3\n", ["x.yaml:3:1", "never closed"]),
    "two documents": ("---\ntime: {}\n", ["x.yaml:2:1  one file holds one scenario"]),
    "control character": ("title: a\x07b\n", ["x.yaml:2:9  this is not YAML"]),
    "no function": (
        "behaviours: {defenders: hold}\n",
        ["x.yaml:2:25  behaviours.defenders  must name a Python function as package.module.function"],
    ),
    "behaviour of nobody": (
        "behaviours: {deffenders: a.b}\n",
        ['x.yaml:2:14  behaviours.deffenders  unknown key (did you mean "defenders"?)'],
    ),
    "two mistakes, one run": (
        "time: {max_days: 0}\nseed: x\n",
        ["x.yaml:2:18  time.max_days", 'x.yaml:3:7  seed  must be a whole number, not the text "x"'],
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_mistake_in_a_file_is_told_with_its_place(capsys: pytest.CaptureFixture[str], case: str) -> None:
    text, told = TEXTS[case]
    Path("x.yaml").write_text(RIVERTON + text, encoding="utf-8")
    lines = refused(capsys, "validate", "x.yaml")
    for part in told:
        assert any(part in line for line in lines), lines
    if told[0].startswith("x.yaml:"):
        assert any(line.startswith(told[0]) for line in lines), lines
    assert refused(capsys, "run", "x.yaml", "--out", "runs") == lines


# Absurd sizes: the text, and what must be said of them on a machine of 8 GB.
SIZES: dict[str, tuple[str, list[str]]] = {
    "10 m cells": (
        "city: {path: mosul, cell_m: 10}\n",
        [
            "x.yaml:2:29  city.cell_m  must be between 25 and 1,000 (m), not 10: ",
            " cells would need about 5.6 GB of memory; this machine has 8.0 GB",
        ],
    ),
    "1 mm cells": ("city: {cell_m: 0.001}\n", ["x.yaml:2:16  city.cell_m", " TB of memory; this machine has 8.0 GB"]),
    "a margin of 1,000 km": (
        "city: {margin_m: 1e6}\n",
        ["x.yaml:2:18  city.margin_m", "cells would need about", "of memory; this machine has"],
    ),
    "10^9 fighters": (
        "defenders: {fighters: 1_000_000_000}\n",
        [
            "x.yaml:2:23  defenders.fighters  must be between 0 and 200,000 (persons), not 1,000,000,000: "
            "so many teams would need about 108 GB of memory; "
            "this machine has 8.0 GB"
        ],
    ),
    "10^12 persons": (
        "population: {persons: 1_000_000_000_000}\n",
        [
            "x.yaml:2:23  population.persons  must be between 1 and 20,000,000 (persons), not 1,000,000,000,000: "
            "so many households would need about 13.3 TB"
        ],
    ),
    "a thousand agents to a person": (
        "population: {persons: 1_000_000, persons_per_agent: 0.001}\n",
        [
            "x.yaml:2:53  population.persons_per_agent  must be between 1 and 10,000 (persons), not 0.001: "
            "so many agents would need about 80.0 GB of memory"
        ],
    ),
    "10^9 soldiers": (
        "liberators: {forces: {northern: {strength: 1_000_000_000}}}\n",
        [
            "x.yaml:2:44  liberators.forces.northern.strength",
            "so many platoons would need about 18.3 GB of memory; this machine has 8.0 GB",
        ],
    ),
    "platoons of one in an army of millions": (
        "liberators:\n  platoon_size: 1\n  forces:\n"
        + "".join(f"    army{n}: {{strength: 2_000_000}}\n" for n in range(10))
        + "  axes:\n    north: {forces: {"
        + ", ".join(f"army{n}: 1" for n in range(10))
        + "}}\n",
        [
            "x.yaml:3:17  liberators.platoon_size  20,002,100 platoons would take 11.0 GB, "
            "and the whole battle about 11.0 GB of memory; this machine has 8.0 GB"
        ],
    ),
    "cells that are small and many": (
        "city: {cell_m: 25, margin_m: 20_000}\ntime: {max_days: 2000}\n",
        [
            "x.yaml:2:16  city.cell_m  3,",
            " cells would take ",
            " GB of memory; this machine has 8.0 GB (larger cells, a smaller margin or fewer days)",
        ],
    ),
}


@pytest.mark.parametrize("case", SIZES)
def test_an_absurd_size_is_refused_with_the_memory_that_it_would_need(capsys: pytest.CaptureFixture[str], case: str) -> None:
    text, told = SIZES[case]
    Path("x.yaml").write_text(RIVERTON + text, encoding="utf-8")
    lines = refused(capsys, "validate", "x.yaml")
    for part in told:
        assert any(part in line for line in lines), lines
    assert any(line.startswith(told[0]) for line in lines), lines
    assert refused(capsys, "run", "x.yaml") == lines


# Words on the command line, exit code 2, and what must be said.
WORDS: list[tuple[list[str], str]] = [
    (["run", "oped"], 'did you mean "op_ed"?'),
    (["run", "nowhere.yaml"], "nowhere.yaml  no such file"),
    (["validate", "file/deeper.yaml"], "file/deeper.yaml  no such file"),
    (["validate", ""], "a scenario's name or file is wanted"),
    (["validate", "a\0b.yaml"], "a\ufffdb.yaml  no such file"),
    (["validate", "x" * 5000], "neither a path nor a name"),
    (["validate", "/dev/null"], "not a regular file"),
    (["validate", "folder"], "this is a folder, not a scenario file"),
    (["validate", "folder/loop.yaml"], "folder/loop.yaml  cannot be read: too many levels of symbolic links"),
    (["validate", "binary.yaml"], "binary.yaml  this is a binary file, not YAML text"),
    (["validate", "latin.yaml"], "latin.yaml  not UTF-8 text (first at line 2); save the file as UTF-8"),
    (["validate", "empty.yaml"], "the file is empty"),
    (["validate", "huge.yaml"], "too large for a scenario"),
    (["validate", "a.yaml"], "b.yaml:1:10  extends  runs in a circle: a.yaml -> b.yaml -> a.yaml"),
    (["validate", "self.yaml"], "self.yaml:1:10  extends  runs in a circle"),
    (
        ["validate", "lost.yaml"],
        'lost.yaml:1:10  extends  "opped": no shipped scenario and no file of this name (did you mean "op_ed"?)',
    ),
    (["validate", "odd.yaml"], "odd.yaml:1:10  extends  must name one scenario or file, not a list"),
    (["validate", "op_ed", "--set", "time.maxdays=3"], '--set  time.maxdays  unknown key (did you mean "max_days"?)'),
    (["validate", "op_ed", "--set", "time.max_days"], "write it as key=value"),
    (["validate", "op_ed", "--set", "=3"], "this is no key"),
    (["validate", "op_ed", "--set", "time.max_days="], "has no value"),
    (["validate", "op_ed", "--set", "time.max_days=.nan"], "must be a whole number (days), not nan"),
    (["validate", "op_ed", "--set", "air.hit=.inf"], "must be a finite number"),
    (["validate", "op_ed", "--set", "time.start=2017-02-29"], "there is no date 2017-02-29"),
    (["validate", "op_ed", "--set", "title=!!python/name:os.system x"], "tags such as !!python/name:os.system are not read"),
    (["validate", "op_ed", "--set", "extends=base"], "it belongs to the file"),
    (["validate", "op_ed", "--set", "defenders.fighters=[1"], "never closed"),
    (["run", "op_ed", "--seed", "1.5"], "--seed"),
    (["run", "op_ed", "--seed", str(2**63)], "--seed must be a whole number"),
    (["run", "op_ed", "--out", "file"], "is a file, not a folder"),
    (["run", "op_ed", "--out", "file/deeper"], "is a file, not a folder"),
    (["run", "op_ed", "--sed", "1"], "No such option"),
    (["run"], "Missing argument"),
    (["replay", "nowhere"], "there is no such run folder"),
    (["replay", "folder"], "not a run folder"),
    (["plot", "file"], "is a file, not a run folder"),
    (["new", "file"], "file.yaml exists already and is left as it is"),
    (["new", "op_ed"], "the name of a shipped scenario"),
    (["new", "../"], "cannot name a scenario"),
    (["new", "nowhere/x"], "there is no folder nowhere"),
    (["new", "x", "--from", "../file"], 'no shipped scenario "../file"'),
]


@pytest.mark.parametrize(("words", "told"), WORDS, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None)
def test_a_mistake_on_the_command_line(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    Path("folder").mkdir()
    Path("folder/loop.yaml").symlink_to("loop.yaml")
    for name, data in {
        "file": b"x",
        "file.yaml": b"mine",
        "binary.yaml": b"\x89PNG\0\1",
        "latin.yaml": b"# x\ntitle: caf\xe9\n",
        "empty.yaml": b"",
        "huge.yaml": b"#" * 300_000,
        "a.yaml": b"extends: b.yaml\n",
        "b.yaml": b"extends: a.yaml\n",
        "self.yaml": b"extends: self.yaml\n",
        "lost.yaml": b"extends: opped\n",
        "odd.yaml": b"extends: [op_ed]\n",
    }.items():
        Path(name).write_bytes(data)
    lines = refused(capsys, *words)
    assert any(told in line for line in lines), lines
    assert Path("file.yaml").read_bytes() == b"mine"


def test_very_many_mistakes_are_told_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.yaml").write_text("".join(f"key{n}: 1\n" for n in range(500)))
    lines = refused(capsys, "validate", "x.yaml")
    assert len(lines) == 101
    assert lines[-1] == "... and 400 more"


def test_a_message_is_one_printable_line_whatever_the_city_holds(capsys: pytest.CaptureFixture[str], work: Path) -> None:
    from shutil import copytree

    layer = copytree(TESTS / "cities" / "riverton", work / "city") / "sites.geojson"
    layer.write_text(
        layer.read_text(encoding="utf-8").replace('"Point"', '"\\u202e\\u0000' + "a" * 5000 + '"', 1), encoding="utf-8"
    )
    Path("x.yaml").write_text(RIVERTON + "city: {path: ./city}\n")
    (line,) = refused(capsys, "validate", "x.yaml")
    assert line.isprintable()
    assert len(line) < 1200
