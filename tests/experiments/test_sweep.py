"""Whole sweeps: the same table whatever the number of jobs and whatever interrupted them."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import stand_in

import sim.experiments.sweep as module
from sim.cli import main
from sim.cli.shown import span_words
from sim.experiments.batch import sweep_batch
from sim.experiments.engine import Inline, Local
from sim.experiments.plan import plan_batch
from sim.experiments.spec import Design, Factor, SweepSpec, load_spec
from sim.experiments.store import Store, SweepError
from sim.experiments.sweep import Progress, SweepStoppedError, run_sweep

if TYPE_CHECKING:
    from sim.scenario import Scenario

PATIENCE_S = 300
ROOT = Path(__file__).resolve().parents[2]
# The program, with numbers at once in place of battles.
HELD = """
import sys, stand_in
import sim.experiments.sweep as module
from sim.cli import main
module.run_job = stand_in.held
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def spec(riverton: Scenario) -> SweepSpec:
    factors = (Factor("defenders.fighters", (40, 60)), Factor("bridges.demolition", ("none", "start")))
    return SweepSpec("small", "", riverton.replace({"time.max_days": 2}), factors, Design("grid"), replicates=2, keep="daily")


@pytest.fixture
def no_battles(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are numbers at once: where only what is kept of them counts."""
    (place / "go").touch()
    monkeypatch.setattr(module, "run_job", stand_in.held)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands make their runs in this process."""
    monkeypatch.setattr("sim.cli.sweeps.engine_of", lambda *_: nullcontext(Inline()))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where behaviours of the tests look for what to do; the working folder too."""
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(place: Path, riverton_file: str, behaviour: str) -> str:
    """A sweep of one point and four seeds under a behaviour, as a file."""
    lines = (
        f'scenario: "{riverton_file}"',
        f"set: {{time.max_days: 1, behaviours.defenders: stand_in.{behaviour}}}",
        "factors: {defenders.fighters: [40]}",
        "design: {kind: grid}",
        "replicates: 4",
    )
    (place / "held.yaml").write_text("\n".join(lines) + "\n")
    return "held.yaml"


def same(table: pd.DataFrame) -> pd.DataFrame:
    """What must not depend on how and when runs were computed."""
    return table.drop(columns=["seconds", "finished"])


def in_the_end(parent: Path) -> Store:
    folders = [path for path in parent.iterdir() if path.is_dir()]
    assert len(folders) == 1
    return Store.open(folders[0])


def test_the_same_tables_whatever_the_number_of_jobs(spec: SweepSpec, tmp_path: Path) -> None:
    told: list[Progress] = []
    one = run_sweep(spec, tmp_path / "one", engine=Inline(), progress=told.append)
    two = run_sweep(spec, tmp_path / "two", jobs=2)
    assert (one.points, one.runs, one.done, one.failed, one.ran) == (4, 8, 8, 0, 8)
    pd.testing.assert_frame_equal(same(one.table()), same(two.table()))
    assert len(set(one.table()["digest"])) == 8
    daily = Store.open(tmp_path / "one").daily()
    key = ["address", "day"]
    other = Store.open(tmp_path / "two").daily().sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(daily.sort_values(key, ignore_index=True), other)
    assert len(daily) == 16
    assert [progress.done for progress in told] == list(range(9))
    assert told[0].seconds_left() is None
    assert told[-1].seconds_left() == 0
    assert all(progress.done + progress.running + progress.waiting == 8 for progress in told)


def test_what_is_done_is_not_run_again(spec: SweepSpec, tmp_path: Path, no_battles: None) -> None:
    first = run_sweep(spec, tmp_path / "s", engine=Inline())
    again = run_sweep(dataclasses.replace(spec, title="in other words"), tmp_path / "s", engine=Inline())
    assert (first.ran, again.ran, again.done) == (8, 0, 8)


def test_another_version_of_the_model_runs_all_again_and_is_not_mixed(
    spec: SweepSpec, tmp_path: Path, no_battles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = dataclasses.replace(spec, factors=spec.factors[:1], replicates=1)
    run_sweep(spec, tmp_path / "s", engine=Inline())
    monkeypatch.setattr("sim.experiments.addresses.source_hash", lambda: "another version")
    again = run_sweep(spec, tmp_path / "s", engine=Inline())
    assert (again.ran, again.done, len(again.table())) == (2, 2, 2)
    assert len(Store.open(tmp_path / "s").table(every=True)) == 4


def test_points_of_the_same_values_are_run_once(spec: SweepSpec, tmp_path: Path, no_battles: None) -> None:
    twice = dataclasses.replace(spec, factors=(Factor("defenders.fighters", (40, 40)),), design=Design("grid"), replicates=1)
    sweep = run_sweep(twice, tmp_path / "s", engine=Inline())
    assert (sweep.ran, sweep.done, sweep.runs) == (1, 2, 2)
    assert sweep.table()["point"].tolist() == [0, 1]
    assert run_sweep(twice, tmp_path / "s", engine=Inline()).ran == 0


def test_a_failed_run_is_a_row_and_is_run_again_when_asked(
    inline: None, place: Path, riverton_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", written(place, riverton_file, "fail_once"), "--jobs", "2", "--out", "out"]
    assert main(words) == 3
    table = in_the_end(place / "out").table()
    assert table["status"].tolist() == ["done", "failed", "done", "done"]
    assert "broken for now" in table["error"][1]
    (place / "mended").touch()
    assert main(words) == 3
    assert "broken for now" in capsys.readouterr().err
    assert main([*words, "--retry-failed"]) == 0
    assert in_the_end(place / "out").table()["status"].tolist() == ["done"] * 4


@pytest.mark.parametrize(
    ("name", "battles"),
    [
        ("SIGINT", True),
        ("SIGTERM", False),
        pytest.param("SIGKILL", False, marks=pytest.mark.skipif(not stand_in.KILLS, reason="no SIGKILL")),
    ],
)
def test_an_interrupted_sweep_goes_on_where_it_was(
    place: Path, riverton_file: str, name: str, battles: bool,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if not battles:
        monkeypatch.setattr(module, "run_job", stand_in.held)
    words = ["sweep", written(place, riverton_file, "hold"), "--jobs", "2", "--out"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    program = [sys.executable, *([str(ROOT / "run.py")] if battles else ["-c", HELD]), *words, "broken"]
    with subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as sweep:
        for _ in range(PATIENCE_S * 10):
            if (place / "held-3").exists() and (place / "held-4").exists():
                break
            assert sweep.poll() is None
            time.sleep(0.1)
        assert main([*words, "broken"]) == 2
        assert f"another process works on this sweep (process {sweep.pid} on " in capsys.readouterr().err
        assert in_the_end(place / "broken").table().empty  # readable while it grows; the first two wait for their batch
        sweep.send_signal(getattr(signal, name))
        told = sweep.communicate()[1]
    kept = len(in_the_end(place / "broken").table())
    if name == "SIGKILL":
        assert (sweep.returncode, kept) == (-signal.SIGKILL, 0)
    else:
        assert (sweep.returncode, kept) == (130, 2)
        assert "2 of 4 runs are kept" in told
        assert "Traceback" not in told
    (place / "go").touch()
    if name == "SIGKILL":
        assert main([*words, "broken"]) == 0
    else:  # the same, without starting processes again
        run_sweep(load_spec(words[1]), in_the_end(place / "broken").folder, engine=Inline())
    run_sweep(load_spec(words[1]), place / "whole" / "s", engine=Inline())
    pd.testing.assert_frame_equal(same(in_the_end(place / "broken").table()), same(in_the_end(place / "whole").table()))
    every = pd.read_parquet(in_the_end(place / "broken").folder / "runs")
    assert len(every) == every["address"].nunique() == 4


def test_a_stop_from_python_is_raised_and_keeps_what_is_done(spec: SweepSpec, tmp_path: Path, no_battles: None) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupt(progress: Progress) -> None:
        if progress.done == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(SweepStoppedError) as stopped:
        run_sweep(spec, tmp_path / "s", engine=Inline(), progress=interrupt)
    assert 3 <= stopped.value.sweep.done < 8
    assert len(stopped.value.sweep.table()) == stopped.value.sweep.done
    assert signal.getsignal(signal.SIGINT) is before


def test_a_sweep_runs_in_a_thread_that_hears_no_signals(spec: SweepSpec, tmp_path: Path) -> None:
    small = dataclasses.replace(spec, factors=spec.factors[:1], replicates=1)
    ended = []
    thread = threading.Thread(target=lambda: ended.append(run_sweep(small, tmp_path / "s", engine=Inline())))
    thread.start()
    thread.join()
    assert ended[0].done == 2


def test_a_disk_that_is_too_small_ends_the_sweep_and_keeps_what_is_done(
    spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SweepError, match="are free"):
        run_sweep(spec, tmp_path / "s", engine=Inline())
    assert len(Store.open(tmp_path / "s").table()) == 1


def test_a_plan_tells_runs_time_and_disk_and_makes_no_folder(spec: SweepSpec, tmp_path: Path, no_battles: None) -> None:
    plan = plan_batch(sweep_batch(spec), tmp_path / "s", jobs=64)
    assert (plan.points, plan.replicates, plan.runs, plan.left, plan.workers, plan.error) == (4, 2, 8, 8, 8, "")
    assert plan.run_seconds == plan.seconds
    assert plan.run_bytes is not None
    assert plan.bytes == 8 * plan.run_bytes
    assert plan.fits
    assert not dataclasses.replace(plan, free_bytes=plan.run_bytes).fits
    assert not (tmp_path / "s").exists()
    run_sweep(spec, tmp_path / "s", engine=Inline())
    assert plan_batch(sweep_batch(spec), tmp_path / "s").left == 0


def test_the_command_goes_on_with_a_folder(
    inline: None, place: Path, riverton_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.experiments.plan.Local", lambda *_: Inline())
    (place / "go").touch()
    name = written(place, riverton_file, "hold")
    assert main(["sweep", name, "--plan", "--out", "out"]) == 0
    told = capsys.readouterr().out
    assert "1 factor, 1 point x 4 replicates = 4 runs" in told
    assert "a run" in told
    assert not (place / "out").exists()
    assert main(["sweep", name, "--jobs", "1", "--out", "out"]) == 0
    folder = in_the_end(place / "out").folder
    assert load_spec(folder / "sweep.yaml").short_hash == load_spec(name).short_hash
    capsys.readouterr()
    assert main(["sweep", str(folder)]) == 0
    assert "4 of these before" in capsys.readouterr().out
    assert [path.name for path in (place / "out").iterdir()] == [folder.name]


def test_bad_input_is_told(place: Path, riverton_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = written(place, riverton_file, "hold")
    assert main(["sweep", name, "--jobs", "0"]) == 2
    assert "--jobs" in capsys.readouterr().err
    assert main(["sweep", "no_such_sweep"]) == 2
    (place / "out").write_text("a file")
    assert main(["sweep", name, "--out", "out"]) == 2
    assert "cannot hold a sweep" in capsys.readouterr().err


def test_cores_and_spans() -> None:
    assert Local().workers >= 1
    assert [span_words(seconds) for seconds in (1.25, 40, 300, 9000, 200_000)] == ["1.2 s", "40 s", "5 min", "2.5 h", "2.3 days"]
