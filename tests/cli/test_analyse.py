"""`analyse` on the command line: what it prints, what it keeps, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))

from made_sweep import made_spec, made_sweep

from sim.cli import main
from sim.scenario import Scenario, load

RIVERTON = Path(__file__).resolve().parents[1] / "scenarios" / "riverton.yaml"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(RIVERTON)


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> str:
    """A sweep in the working folder: displaced is 100, 110 ... at one point, twice that at the other."""
    monkeypatch.chdir(tmp_path)
    spec = made_spec(scenario, replicates=3, keep="daily")
    made_sweep(
        tmp_path / "s", spec, lambda point, rep: {"displaced": (100.0 + 10 * rep) * (1 + point)},
        lambda point, rep: {"displaced": [0.0, (100.0 + 10 * rep) * (1 + point)]}, fails={(1, 2)},
    )  # fmt: skip
    return "s"


def test_words_are_printed_and_files_are_told(sweep: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", sweep, "--exceed", "displaced>150"]) == 0
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "5 runs of 2 points (grid), 3 replicates with common seeds" in said
    assert "Note: The sweep is incomplete: of 6 runs, 1 run failed (17%)." in said
    assert "Displaced: 110 persons (101 to 119) at fighters 40; 210 persons (201 to 219) at fighters 90." in said
    assert "P(displaced more than 150 persons) is 40%" in said
    assert "How many replicates are enough" in said
    assert "kept in s/analysis: 7 tables (CSV, Parquet), 3 pictures (PNG, SVG)" in err
    names = {path.name for path in Path("s/analysis").iterdir()}
    assert {"ensemble.png", "exceedance-displaced-probability.csv", "replicates-needed.parquet", "words.md"} <= names


def test_out_takes_another_folder(sweep: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", sweep, "--out", "new/place"]) == 0
    assert Path("new/place/words.md").exists()
    assert not Path("s/analysis").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere: no such folder"),
        (["s/sweep.yaml"], "s/sweep.yaml: is a file, not a sweep folder"),
        (["."], ".: not a sweep folder (it has no manifest.json)"),
        (["s", "--outcome", "displacd"], 'there is no outcome "displacd" (did you mean "displaced"?)'),
        (["s", "--outcome", "trapped_peak"], "the sweep did not keep trapped_peak (it kept displaced)"),
        (["s", "--exceed", "displaced"], '"displaced" is no condition: write it as "displaced>1000000"'),
        (["s", "--exceed", "displaced>lots"], '"displaced>lots" is no condition'),
        (["s", "--box", "liberated>0.5"], "the sweep did not keep liberated"),
        (["s", "--out", "s/sweep.yaml"], "--out s/sweep.yaml: s/sweep.yaml is a file, not a folder"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str], message: str, sweep: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(Path().rglob("*"))
    assert main(["analyse", *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert message in err
    assert len(err.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before


def test_a_sweep_whose_own_file_is_spoilt_is_told_by_place(sweep: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(sweep) / "sweep.yaml"
    path.write_text(path.read_text().replace("replicates: 3", "replicates: many"))
    assert main(["analyse", sweep]) == 2
    assert "replicates  must be a whole number" in capsys.readouterr().err


def test_a_sweep_without_daily_series_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made_sweep(tmp_path / "s", made_spec(scenario, replicates=2), lambda point, rep: {"displaced": 1.0 + rep})
    assert main(["analyse", "s"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Note: Ribbons over time are left out: the sweep kept no daily series (`keep: daily` would)." in said


def test_a_sweep_with_no_run_done_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made_sweep(tmp_path / "s", made_spec(scenario), lambda *_: {"displaced": 1.0}, waits={(0, 0), (1, 0)})
    assert main(["analyse", "s"]) == 2
    assert capsys.readouterr().err == "s: no run is done yet\n"
