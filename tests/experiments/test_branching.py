"""Branches of a saved run: the run itself where nothing is changed, other futures where something is, and every refusal."""

# ruff: noqa: ISC004  long expected lines in two halves

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import sim
import sim.experiments.branching as module
from sim.battle import Battle
from sim.cli import main
from sim.errors import RunError, ScenarioError
from sim.experiments.branching import BranchError, branch, branch_batch, label_of
from sim.experiments.engine import Inline
from sim.experiments.jobs import RUN_FOLDERS
from sim.record.run import Run

if TYPE_CHECKING:
    from sim.scenario import Scenario

DAY, DAYS = 3, 6
NO_AIR = {"air.enabled": False, "flight.message": "leave"}


@pytest.fixture(scope="module")
def made(riverton: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of six days, seed 4, with the states of two of them; not to be changed."""
    scenario = riverton.replace({"time.max_days": DAYS, "time.step_hours": 3, "population.persons": 4000, "seed": 4})
    return Battle(scenario).run(checkpoints=[1, DAY]).save(tmp_path_factory.mktemp("made"))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, in which runs are computed by this very process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.experiments.engine.Local", lambda *_: Inline())
    monkeypatch.setattr("sim.experiments.sweep.Local", lambda *_: Inline())
    return tmp_path


# From Python ---------------------------------------------------------------------------------------------------


def test_going_on_without_a_change_is_the_run_itself(made: Path, work: Path) -> None:
    found = branch(made, at=DAY)
    table = found.table()
    assert found.labels == ("unchanged",)
    assert table["digest"].tolist() == [Run.load(made).digest]
    assert table["seed"].tolist() == [4]
    kept = Run.load(made).summary
    assert {name: table[name][0] for name in kept if not np.isnan(kept[name])} == {
        name: value for name, value in kept.items() if not np.isnan(value)
    }


def test_variants_share_their_seeds_and_whole_runs_tell_their_past(made: Path, work: Path) -> None:
    parent = Run.load(made)
    variants = {"bold": {"liberators.fatigue_per_h": 1.0, "liberators": {"refit_strength": 1.0}}}
    found = sim.branch(parent, at=DAY, variants=variants, seeds=2, keep="everything", flight__message="leave")
    table = found.table()
    labels = ("unchanged", "bold", "flight.message=leave")
    assert found.labels == labels
    assert found.day == DAY
    assert [(row.variant, row.seed) for row in table.itertuples()] == [(label, seed) for label in labels for seed in (4, 5)]
    assert set(table["status"]) == {"done"}
    assert table["digest"].nunique() == 6
    for row in table.itertuples():
        run = Run.load(found.folder / RUN_FOLDERS / row.address)
        run.verify()
        assert run.daily[: DAY + 1].equals(parent.daily[: DAY + 1])
        assert len(run.daily) == DAYS
        assert run.digest == row.digest
        note = run.manifest.get("branched")
        if (row.variant, row.seed) == ("unchanged", 4):
            assert note is None
            continue
        changes = {
            "unchanged": {},
            "bold": {"liberators.fatigue_per_h": 1.0, "liberators.refit_strength": 1.0},
            "flight.message=leave": {"flight.message": "leave"},
        }[row.variant]
        assert note == {
            "run": parent.name, "digest": parent.digest, "scenario_hash": parent.manifest["scenario_hash"], "seed": 4,
            "day": DAY, "ticks_since": 0, "changes": changes, "branched": None,
        }  # fmt: skip
    again = sim.branch(parent, at=DAY, variants=variants, seeds=3, keep="everything", flight__message="leave")
    assert (again.folder, again.sweep.ran, again.sweep.done) == (found.folder, 3, 9)


def test_seeds_go_round_at_their_end(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEEDS", 5)
    assert [job.seed for job in branch_batch(made, DAY, {}, 3).jobs] == [4, 0, 1]


def test_an_unsaved_run_is_told_to_be_saved(riverton: Scenario, work: Path) -> None:
    run = Battle(riverton.replace({"time.max_days": 1})).run()
    with pytest.raises(BranchError, match=r"the run is not saved, and branches go out from its folder: run.save\(\) first"):
        sim.branch(run, at=0)


def test_what_cannot_be_asked_for_is_refused(made: Path, work: Path) -> None:
    with pytest.raises(BranchError, match='"unchanged" is the name of going on'):
        branch(made, at=DAY, variants={"unchanged": NO_AIR})
    with pytest.raises(BranchError, match="at least one seed is wanted, not 0"):
        branch(made, at=DAY, seeds=0)
    with pytest.raises(ScenarioError, match=r"seed  is no change of a policy"):
        branch(made, at=DAY, seed=9)
    with pytest.raises(RunError, match="no such run folder"):
        branch("nowhere", at=DAY)
    assert not list(work.iterdir())


def test_a_label_says_what_is_changed() -> None:
    assert label_of(["air={enabled: false, harm_limit: 1.5}", "flight.message=leave"]) == (
        "air.enabled=false, air.harm_limit=1.5, flight.message=leave"
    )


# The command ---------------------------------------------------------------------------------------------------


def test_the_command_compares_with_going_on_unchanged_and_goes_on(
    made: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["branch", str(made), "--at", str(DAY), "--set", "air={enabled: false}", "--set", "flight.message=leave"]
    assert main([*words, "--seeds", "2", "--jobs", "1"]) == 0
    out, err = capsys.readouterr()
    assert f"{made.name} after day 3 (20 Oct 2016)" in out
    assert "that of the unbroken run" in out
    assert "air.enabled=false, flight.message=leave" in out
    assert "Displaced " in out
    (folder,) = (work / "branches").iterdir()
    assert f"kept in branches/{folder.name}/comparison: table.csv" in err
    assert "2 variants x 2 seeds = 4 runs" in err
    parts = sorted((folder / "runs").iterdir())
    assert main([*words, "--seeds", "2"]) == 0
    assert sorted((folder / "runs").iterdir()) == parts
    assert capsys.readouterr().out == out


def test_the_command_without_a_change_gives_the_digest_of_the_run(
    made: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["branch", str(made), "--at", str(DAY), "--keep", "everything", "--out", "b"]) == 0
    assert f"digest {Run.load(made).digest}, that of the unbroken run" in capsys.readouterr().out
    (run,) = (work / "b").glob(f"*/{RUN_FOLDERS}/*")
    assert Run.load(run).digest == Run.load(made).digest
    assert main(["replay", str(run)]) == 0


def test_a_branched_run_is_not_replayed_from_its_scenario(
    made: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = branch(made, at=DAY, keep="everything", air__enabled=False)
    run = found.folder / RUN_FOLDERS / found.table()["address"][1]
    assert main(["replay", str(run)]) == 2
    told = capsys.readouterr().err
    assert f"branched off {made.name} after day 3, so that its scenario holds from there on only" in told
    assert main(["branch", str(run), "--at", "4"]) == 2
    assert "no state of day 4 was kept (kept: none); it branched off itself: branch the run that it is from" in (
        capsys.readouterr().err
    )


def test_runs_that_fail_are_told_and_exit_with_3(
    made: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Battle.step

    def broken(battle: Battle) -> None:
        if not battle.scenario.air.enabled:
            raise RuntimeError("no aircraft")
        whole(battle)

    monkeypatch.setattr(Battle, "step", broken)
    assert main(["branch", str(made), "--at", str(DAY), "--set", "air.enabled=false"]) == 3
    told = capsys.readouterr()
    assert "1 of 2 runs failed" in told.err
    assert "RuntimeError: no aircraft" in told.err
    assert "that of the unbroken run" in told.out
    monkeypatch.setattr(Battle, "step", whole)
    assert main(["branch", str(made), "--at", str(DAY), "--set", "air.enabled=false", "--retry-failed"]) == 0


def other_sources(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"source_hash": "0" * 32}))


def spoilt(folder: Path) -> None:
    path = folder / f"state-day{DAY:03d}.npz"
    path.write_bytes(path.read_bytes()[:-9] + b"spoilt it")


# What is done to the folder, what is typed after it, and what must be told.
MISTAKES = {
    "no folder": (shutil.rmtree, ["--at", "3"], "kept: there is no such run folder"),
    "no run": (lambda folder: (folder / "manifest.json").unlink(), ["--at", "3"], "kept: "),
    "damaged": (spoilt, ["--at", "3"], "kept/state-day003.npz: changed or damaged"),
    "day not kept": (None, ["--at", "2"], "no state of day 2 was kept (kept: 1, 3); to keep it: python run.py "
        "run kept/scenario.yaml --seed 4 --checkpoint 2"),
    "last day": (None, ["--at", "5"], "kept: the battle was over at the end of day 5, and nothing is left to go on with"),
    "no day": (None, ["--at", "6"], "kept: there is no day 6; its days are 0 to 5"),
    "negative day": (None, ["--at", "-1"], "kept: there is no day -1"),
    "day in words": (None, ["--at", "noon"], "should be a valid integer"),
    "no --at": (None, [], "Missing option '--at'"),
    "other version": (other_sources, ["--at", "3"], "kept: made by another version of the model (sources 000000000000, now "),
    "set at the start": (None, ["--at", "3", "--set", "defenders.fighters=9"], "--set  defenders.fighters  is set at the start"),
    "unknown key": (None, ["--at", "3", "--set", "air.enbled=no"], 'air.enbled  unknown key (did you mean "enabled"?)'),
    "no value": (None, ["--at", "3", "--set", "air.enabled"], "--set  air.enabled  write it as key=value"),
    "seeds": (None, ["--at", "3", "--seeds", "0"], "--seeds must be a whole number between 1 and"),
    "jobs": (None, ["--at", "3", "--jobs", "0"], "--jobs must be a whole number between 1 and"),
    "keep": (None, ["--at", "3", "--keep", "all"], "--keep takes summary, daily, everything, not 'all'"),
    "out": (None, ["--at", "3", "--out", "kept/manifest.json"], "--out kept/manifest.json"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_on_one_line_and_nothing_is_written(
    made: Path, work: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    spoil, words, told = MISTAKES[name]
    shutil.copytree(made, "kept")
    if spoil:
        spoil(Path("kept"))
    before = sorted(Path().rglob("*"))
    assert main(["branch", "kept", *words]) == 2
    out, err = capsys.readouterr()
    assert told in " ".join(err.split("\n"))
    assert len(err.splitlines()) == 1 or "Usage" in err
    assert not out
    assert sorted(Path().rglob("*")) == before


def test_all_refused_changes_are_told_at_once(made: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = ("defenders.fighters=9", "nonsense", "seed=3", "isr.orbits=-1", "air.enabled=false")
    assert main(["branch", str(made), "--at", "3", *(word for text in sets for word in ("--set", text))]) == 2
    keys = [line.split("  ")[1] for line in capsys.readouterr().err.splitlines()]
    assert keys == ["nonsense", "defenders.fighters", "seed", "isr.orbits"]


def test_a_city_that_was_changed_since_is_told(riverton: Scenario, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = Path(shutil.copytree(riverton.city.path, work / "city"))
    scenario = riverton.replace({"time.max_days": 2, "city.path": str(city)})
    folder = Battle(scenario).run(checkpoints=[0]).save("runs")
    settings = city / "city.yaml"
    settings.write_text(settings.read_text() + "# a remark\n")
    assert main(["branch", str(folder), "--at", "0"]) == 2
    assert "have changed since it was made" in capsys.readouterr().err
