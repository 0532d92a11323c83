"""compare and ablate from the command line, on three days of Riverton."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sim.cli import main
from sim.cli.comparisons import split_sets
from sim.experiments.comparing import compare
from sim.experiments.engine import Inline
from sim.experiments.store import Store

if TYPE_CHECKING:
    from sim.scenario import Scenario

RIVERTON = str(Path(__file__).resolve().parents[1] / "scenarios" / "riverton.yaml")
SHORT = ["--all", "time.max_days=3"]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; runs are made in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.cli.comparisons.engine_of", lambda *_: nullcontext(Inline()))
    return tmp_path


def only_folder(pattern: str) -> Path:
    (folder,) = Path("sweeps").glob(pattern)
    return folder


def test_two_variants_are_run_compared_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", RIVERTON, *SHORT, "--set", "svbieds.enabled=false; mortars.missions_per_day=0"]
    assert main([*words, "--seeds", "2"]) == 0
    out, err = capsys.readouterr()
    assert "2 variants x 2 seeds = 4 runs" in err
    assert "svbieds.enabled=false; mortars.missions_per_day=0  against  riverton  (2 paired seeds)" in out
    assert max(map(len, out.splitlines())) <= 110
    folder = only_folder("compare-riverton-*")
    table = pd.read_csv(folder / "comparison" / "table.csv")
    assert set(table["runs"]) == {2}
    assert table.set_index("outcome").loc["mortar_missions", "mean"] == 0
    assert {path.name for path in (folder / "comparison").iterdir()} == {
        "picture.png", "picture.svg", "table.csv", "table.parquet", "words.md",
    }  # fmt: skip

    assert main([*words, "--seeds", "3", "--outcome", "displaced"]) == 0
    out, err = capsys.readouterr()
    assert "2 done, 0 failed" not in err.splitlines()[1]
    assert err.splitlines()[1].startswith("4 done, 0 failed")
    sessions = Store.open(folder)
    assert len(sessions.table()) == 6
    assert len(list((folder / "runs").iterdir())) == 2  # the second session made the new runs only
    assert len(pd.read_parquet(sorted((folder / "runs").iterdir())[1])) == 2
    assert pd.read_csv(folder / "comparison" / "table.csv")["outcome"].tolist() == ["displaced"]

    assert main(["compare", str(folder), "--outcome", "displaced"]) == 0
    assert "(3 paired seeds)" in capsys.readouterr().out


def test_run_folders_are_compared_without_running_anything(capsys: pytest.CaptureFixture[str], riverton: Scenario) -> None:
    short = {"--set": "time.max_days=2"}
    for seed in ("1", "2"):
        assert main(["run", RIVERTON, *[word for pair in short.items() for word in pair], "--seed", seed]) == 0
        assert main(["run", RIVERTON, "--set", "time.max_days=2", "--set", "defenders.fighters=20", "--seed", seed]) == 0
    capsys.readouterr()
    assert main(["compare", "runs", "--outcome", "displaced"]) == 0
    out, _ = capsys.readouterr()
    assert "(2 paired seeds)" in out
    apart = sorted(map(str, Path("runs").iterdir()))
    assert main(["compare", *apart, "--outcome", "displaced"]) == 0
    assert capsys.readouterr().out == out
    named = compare({"few": riverton.replace({"time.max_days": 2, "defenders.fighters": 20}), "kept": "runs"}, seeds=2,
                    outcomes=["defenders_strength"], engine=Inline())  # fmt: skip
    assert (named.base, len(named.variants)) == ("few", 2)
    assert "identical" in set(named.table["verdict"])


def test_a_mechanism_off_in_turn(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ablate", RIVERTON, "--set", "time.max_days=4", "--seeds", "2", "--only", "mortars", "--only", "boats"]
    assert main(words) == 0
    out, _ = capsys.readouterr()
    assert "mortars" in out
    assert "every run is identical without it: boats." in out
    table = pd.read_parquet(only_folder("ablate-riverton-*") / "comparison" / "table.parquet")
    missions = table[(table["outcome"] == "mortar_missions") & (table["mechanism"] == "mortars")].iloc[0]
    assert missions["with_mean"] > missions["without_mean"] == 0
    assert missions["difference"] == missions["with_mean"]


def test_failed_runs_are_left_out_counted_and_told_by_the_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.battle import Battle

    run = Battle.run

    def fails(battle: Battle, *args: object, **more: object) -> object:
        if battle.seed == 2:
            raise ValueError("broken for now")
        return run(battle, *args, **more)

    monkeypatch.setattr(Battle, "run", fails)
    words = ["compare", RIVERTON, "--all", "time.max_days=1", "--set", "mortars.enabled=false", "--seeds", "3"]
    words += ["--outcome", "displaced"]
    assert main(words) == 3
    out, err = capsys.readouterr()
    assert "2 of 6 runs failed; their seeds are left out." in " ".join(out.split())
    assert "2 x  ValueError: broken for now" in err
    monkeypatch.setattr(Battle, "run", run)
    assert main([*words, "--retry-failed"]) == 0
    assert "(3 paired seeds)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", RIVERTON], "nothing to compare riverton with: name another, or change it by --set KEY=VALUE"),
        (["compare", RIVERTON, "--set", "defenders.figthers=3"], 'defenders.figthers  unknown key (did you mean "fighters"?)'),
        (["compare", RIVERTON, "--set", ";"], '--set ";" changes nothing: write KEY=VALUE, several separated by ;'),
        (["compare", RIVERTON, "nowhere"], "no shipped scenario and no file of this name"),
        (["compare", RIVERTON, "empty"], "empty: neither a run folder, nor a sweep folder, nor a folder that holds run folders"),
        (["compare", "empty", "--set", "seed=1"], "--set changes a scenario, but empty is a folder of runs"),
        (["compare", "bad", RIVERTON], "manifest.json"),
        (["compare", RIVERTON, "bad.yaml"], "bad.yaml:1:10"),
        (["compare", RIVERTON, RIVERTON, "--outcome", "displacd"], 'no outcome displacd (did you mean "displaced"?)'),
        (["compare", RIVERTON, RIVERTON, "--seeds", "0"], "--seeds must be a whole number between 1 and 10,000, not 0"),
        (["compare", RIVERTON, RIVERTON, "--seed", "-1"], "--seed must be a whole number"),
        (["ablate", RIVERTON, "--only", "mortar"], 'there is no mechanism mortar (did you mean "mortars"?)'),
        (["ablate", RIVERTON, "--only", "outer_defence"], "has outer_defence off already"),
        (["ablate", RIVERTON, "--set", "air.flights=-1"], "air.flights"),
        (["ablate", "op_edd"], 'did you mean "op_ed"'),
    ],
)
def test_mistakes_are_told_in_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    Path("bad").mkdir()
    Path("bad/manifest.json").write_text("{")
    Path("bad.yaml").write_text("extends: nobody\n")
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
    assert not Path("sweeps").exists()


def test_a_folder_of_something_else_is_refused_and_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", RIVERTON, "--all", "time.max_days=1", "--set", "mortars.enabled=false", "--seeds", "1"]
    words += ["--outcome", "displaced"]
    assert main(words) == 0
    folder = only_folder("*")
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text().replace(folder.name[-8:], "00000000"))
    before = sorted(folder.rglob("*"))
    capsys.readouterr()
    assert main(words) == 2
    assert "holds another compare" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.b=1", ["a.b=1"]),
        (" a.b=1 ; c.d=2;", ["a.b=1", "c.d=2"]),
        ("bridges.strikes.Old Bridge=2016-10-20;a=1", ["bridges.strikes.Old Bridge=2016-10-20", "a=1"]),
        ("a={x: [1; 2]}; b=2", ["a={x: [1; 2]}", "b=2"]),
        ('title="one; two";b=2', ['title="one; two"', "b=2"]),
    ],
)
def test_several_changes_make_one_variant(text: str, parts: list[str]) -> None:
    assert split_sets(text) == parts
