"""Running, replaying and plotting from the command line, with a battle that takes no time."""

from __future__ import annotations

import json
import os
import signal
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

import sim.battle
import sim.cli.progress as shown
from sim.cli import main
from sim.errors import ConservationError, RunError, ScenarioError

SUMMARY = {
    "liberated": 1,
    "days_simulated": 110,
    "days_to_liberation": 100,
    "civilians_killed": 1234,
    "liberated_share": float("nan"),
}


class FakeRun:
    """A finished run."""

    def __init__(self, seed: int, digest: str) -> None:
        self.manifest: dict[str, Any] = {"seed": seed, "versions": {"numpy": "2"}, "source_hash": "x"}
        self.summary = SUMMARY
        self.digest = digest
        self.daily = None
        self.part_digests = {"summary": digest, "daily": "same"}

    def verify(self) -> None:
        """Nothing was changed."""

    def save(self, parent: Path) -> Path:
        folder = Path(parent) / "op_ed-1-abc"
        folder.mkdir(parents=True)
        return folder


class FakeBattle:
    """Ten days, told as they pass; what goes wrong is asked for by ``fails``."""

    fails: Exception | BaseException | None = None
    made: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **asked: Any) -> None:
        self.made.append(asked)

    def run(self, progress: Any = None, checkpoints: Any = ()) -> FakeRun:
        assert progress is not None
        for day in range(1, 11):
            today = date(2016, 10, 17) + timedelta(day)
            share = day / 10
            status = {"day": day, "date": today, "max_days": 200, "liberated_share": share, "displaced": 9000.0}
            progress(SimpleNamespace(**status, killed=day))
        if self.fails is not None:
            raise self.fails
        return FakeRun(self.made[-1]["seed"], "d" * 8)


@pytest.fixture(autouse=True)
def battle(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> type[FakeBattle]:
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sim.battle, "Battle", FakeBattle, raising=False)
    monkeypatch.setattr("sim.kernels.cache.is_warm", lambda: True)
    monkeypatch.setattr(FakeBattle, "made", [])
    monkeypatch.setattr(FakeBattle, "fails", None)
    yield FakeBattle
    signal.signal(signal.SIGTERM, handler)


def test_run_tells_progress_summary_and_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "op_ed", "--seed", "7", "--set", "time.max_days=200", "--check"]) == 0
    out, err = capsys.readouterr()
    (asked,) = FakeBattle.made
    assert (asked["seed"], asked["check"], asked["scenario"].seed) == (7, True, 7)
    assert "1,234 persons" in out
    assert "24 Jan 2017" in out
    assert "op_ed, seed 7: 17 Oct 2016 to 3 Feb 2017" in out
    assert "day  10, 27 Oct 2016: 100% liberated" in err
    assert 5 <= sum(line.startswith("day") for line in err.splitlines()) <= 25
    assert "runs/op_ed-1-abc" in err


def test_run_json_is_one_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "op_ed", "--json", "--out", "elsewhere"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["civilians_killed"] == 1234
    assert found["liberated_share"] is None
    assert found["folder"] == "elsewhere/op_ed-1-abc"


def test_a_first_run_says_that_it_compiles(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.kernels.cache.is_warm", lambda: False)
    assert main(["run", "op_ed"]) == 0
    assert "compiling" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ZeroDivisionError("division by zero"), 1, "the model failed: ZeroDivisionError: division by zero"),
        (ValueError("two\nlines"), 1, "the model failed: two lines"),
        (MemoryError(), 1, "the model failed: MemoryError"),
        (ConservationError("3 people lost at tick 5"), 1, "failed: 3 people lost at tick 5"),
        (RunError("runs: no space left on device"), 1, "failed: runs: no space left"),
        (ScenarioError([]), 2, ""),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_failures_are_one_line_and_keep_nothing(
    capsys: pytest.CaptureFixture[str], battle: type[FakeBattle], error: BaseException, code: int, told: str
) -> None:
    battle.fails = error
    assert main(["run", "op_ed"]) == code
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err
    assert not Path("runs").exists()


@pytest.mark.parametrize("words", [["--debug", "run", "op_ed"], ["run", "op_ed", "--debug"]])
def test_debug_shows_the_trace(capsys: pytest.CaptureFixture[str], battle: type[FakeBattle], words: list[str]) -> None:
    battle.fails = ZeroDivisionError("division by zero")
    assert main(words) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_polite_kill_ends_like_ctrl_c(battle: type[FakeBattle], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(battle, "run", lambda self, **_: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["run", "op_ed"]) == 130
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "nope"], "no shipped scenario"),
        (["run", "op_ed", "--seed", "x"], "--seed"),
        (["run", "op_ed", "--seed", "-1"], "--seed must be"),
        (["run", "op_ed", "--set", "seed=-1"], "must be at least 0"),
        (["run", "op_ed", "--out", "file"], "is a file"),
        (["run", "op_ed", "--out", "file/deeper"], "is a file"),
        (["replay", "nope"], "nope"),
        (["replay", "file"], "file"),
        (["replay", "."], "."),
        (["plot", "nope"], "nope"),
    ],
)
def test_bad_input_stops_before_the_battle(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    Path("file").write_text("x")
    assert main(words) == 2
    assert told in capsys.readouterr().err
    assert not FakeBattle.made


def kept(monkeypatch: pytest.MonkeyPatch, run: FakeRun) -> None:
    Path("kept").mkdir()
    Path("kept/scenario.yaml").write_text("seed: 3\n")
    monkeypatch.setattr("sim.record.Run", SimpleNamespace(load=lambda folder: run), raising=False)


def test_replay_of_the_same_result(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, FakeRun(5, "d" * 8))
    assert main(["replay", "kept"]) == 0
    assert capsys.readouterr().out == "same: digest dddddddd\n"
    assert FakeBattle.made[0]["seed"] == 5


def test_replay_of_another_result_says_what_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = FakeRun(5, "e" * 8)
    old.manifest.update(versions={"numpy": "1"}, source_hash="y")
    kept(monkeypatch, old)
    monkeypatch.setattr("sim.record.digest.first_difference", lambda ours, theirs: "day 3: displaced")
    assert main(["replay", "kept"]) == 1
    out = capsys.readouterr().out
    for told in ("day 3: displaced", "parts that differ: summary", "numpy 1 -> 2", "source changed"):
        assert told in out


def test_plot_lists_the_pictures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, FakeRun(5, "d" * 8))
    Path("kept/plots").mkdir()
    Path("kept/plots/maps.png").write_text("an older one")

    def save_all(run: FakeRun, folder: Path) -> list[Path]:
        (folder / "maps.png").write_text("drawn")
        assert Path("kept/plots/maps.png").read_text() == "an older one"
        return [folder / "maps.png"]

    monkeypatch.setitem(__import__("sys").modules, "sim.views.overview", SimpleNamespace(save_all=save_all))
    assert main(["plot", "kept"]) == 0
    assert [(path.name, path.read_text()) for path in Path("kept/plots").iterdir()] == [("maps.png", "drawn")]
    assert capsys.readouterr().out == "kept/plots/maps.png\n"


def test_time_left_is_told_once_there_is_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown.time, "monotonic", lambda: 100.0)
    assert shown.time_left(90.0, 0.5) == "about 10 s left"
    assert shown.time_left(0.0, 0.25) == "about 5 min left"
    assert shown.time_left(99.9, 0.5) == ""
    assert shown.time_left(90.0, 0.0) == ""
