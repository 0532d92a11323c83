"""What is told of folders that are compared: what one did not keep, what is not done, and which model made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from made_sweep import FIGHTERS, made_spec, made_sweep

from sim.experiments.comparing import Gathered, compare, gather
from sim.experiments.comparison import ComparisonError
from sim.experiments.jobs import Start
from sim.experiments.variants import Variant
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario import Scenario

SEEDS = 6


def kept(folder: Path, scenario: Scenario, *outcomes: str, source: str = "", **more: Any) -> Path:
    """A sweep of two points."""
    spec = made_spec(scenario, FIGHTERS, outcomes=outcomes or ("displaced",), replicates=SEEDS)
    made_sweep(folder, spec, lambda point, seed: dict.fromkeys(spec.outcomes, 100.0 * point + seed**2), **more)
    if source:
        about = json.loads((folder / "manifest.json").read_text())
        about["sessions"] = [{"source_hash": "f" * 64}, {"source_hash": source}]
        (folder / "manifest.json").write_text(json.dumps(about))
    return folder


def test_an_outcome_that_one_folder_did_not_keep_is_told_and_not_compared(riverton: Scenario, tmp_path: Path) -> None:
    both = [kept(tmp_path / "a", riverton, "displaced", "trapped_peak"), kept(tmp_path / "b", riverton, "displaced")]
    found = compare(both)
    assert {*found.table["outcome"]} == {"displaced"}
    told = "not kept of b: defenders.fighters=40 and b: defenders.fighters=90"
    assert found.notes == (f"Not compared, as {told}: trapped peak.",)
    assert "empty in some" not in found.words
    assert not compare(both, outcomes=["displaced"]).notes
    with pytest.raises(ComparisonError, match=f"^trapped_peak was {told}$"):
        compare(both, outcomes=["trapped_peak"])
    with pytest.raises(ComparisonError, match="no outcome displacd"):
        compare(both, outcomes=["displacd"])


def test_runs_of_two_versions_of_the_model_are_told(riverton: Scenario, tmp_path: Path) -> None:
    a, b = kept(tmp_path / "a", riverton, source="1" * 64), kept(tmp_path / "b", riverton, source="2" * 64)
    (note,) = compare([a, b]).notes
    assert note.startswith("The runs are of 2 versions of the model, so differences hold changes of the model too: ")
    assert "too: 11111111 made a: " in note
    assert "; 22222222 made b: " in note
    assert note in compare([a, b]).words
    assert not compare([a, kept(tmp_path / "c", riverton, source="1" * 64)]).notes
    assert not compare([a, kept(tmp_path / "d", riverton)]).notes  # nothing is known of d


def test_runs_to_be_made_count_as_of_the_version_that_is_here(riverton: Scenario) -> None:
    new = Variant("new", Start(riverton))
    old = Gathered(["old", "new"], [new], sources={"old": "1" * 64})
    assert source_hash()[:8] in old._versions()[0]
    assert not Gathered(["old", "new"], [new], sources={"old": source_hash()})._versions()


def test_runs_that_are_not_done_are_told(riverton: Scenario, tmp_path: Path) -> None:
    waits = {(1, seed) for seed in (3, 4, 5)}
    found = compare([kept(tmp_path / "a", riverton, waits=waits, fails={(0, 2)})])
    assert found.notes[0] == "a is incomplete: of 12 runs, 3 not done yet; what is told rests on the others."
    assert "1 of 9 runs failed; their seeds are left out." in found.notes
    assert found.notes[0] in found.words
    assert not compare([kept(tmp_path / "b", riverton)]).notes


def test_run_folders_know_their_version(riverton: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.record.run import Run

    class Stored(Run):
        def __init__(self, seed: int, source: str) -> None:
            about = {"scenario": "x", "scenario_hash": "0" * 64, "source_hash": source, "seed": seed}
            self._known = {"manifest": about, "summary": {"displaced": float(seed)}}

        manifest = property(lambda self: self._known["manifest"])  # type: ignore[assignment]
        summary = property(lambda self: self._known["summary"])  # type: ignore[assignment]

    found = gather((None, Stored(seed, source * 64)) for source in "12" for seed in (1, 2, 3))
    assert [len(table) for table in found.runs] == [3, 3]
    (note,) = found.compared(None, None).notes
    assert note.endswith("11111111 made x; 22222222 made x (00000000).".replace("x (00000000)", found.labels[1]))
