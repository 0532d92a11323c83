"""Which findings a design allows, what is told of those that it does not, and what is kept of all."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from made_sweep import BRIDGES, FIGHTERS, RANGE, in_memory, made_spec, made_sweep

import sim
import sim.experiments.analysis as module
import sim.experiments.keeping as keeping
from sim.errors import SimError
from sim.experiments.analysis import ANALYSES, Analysis, analyse
from sim.experiments.exceedance import AnalysisError
from sim.experiments.findings import Finding
from sim.experiments.spec import Design, Factor
from sim.views import DRAWINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.scenario import Scenario

ASKED: list[tuple[Any, ...]] = []


def stands_in(sweep: Any, *args: Any) -> Finding:
    ASKED.append(args)
    return Finding("box", "A stand-in", {}, "It says nothing.", ("It says nothing.", "it warns"))


def refuses(sweep: Any, *args: Any) -> Finding:
    raise SimError("needs a library, which is not installed")


@pytest.fixture(autouse=True)
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sensitivity and discovery, which have tests of their own, stand aside."""
    ASKED.clear()
    monkeypatch.setattr(module, "ANALYSES", dict.fromkeys(ANALYSES, f"{__name__}:stands_in"))


def rising(point: int, replicate: int) -> dict[str, float]:
    return {"displaced": 10.0 * point + replicate, "liberated": 1.0}


TWO = ("displaced", "liberated")


@pytest.mark.parametrize("table", [ANALYSES, DRAWINGS])
def test_every_row_of_the_tables_names_a_function(table: dict[str, str]) -> None:
    for row in table.values():
        name, _, function = row.partition(":")
        assert callable(getattr(import_module(name), function)), row


@pytest.mark.parametrize(
    ("design", "more", "names"),
    [
        (Design("grid"), {"replicates": 2}, ["exceedance-displaced", "replicates"]),
        (Design("grid"), {}, ["exceedance-displaced"]),
        (Design("latin_hypercube", samples=8), {}, ["exceedance-displaced", "ranks-displaced"]),
        (
            Design("latin_hypercube", samples=30), {},
            ["exceedance-displaced", "ranks-displaced", "box-displaced", "tree-displaced"],
        ),
        (
            Design("morris", samples=2), {"replicates": 2},
            ["exceedance-displaced", "replicates", "morris-displaced", "ranks-displaced"],
        ),
        (Design("sobol", samples=4), {}, ["exceedance-displaced", "sobol-displaced", "ranks-displaced"]),
    ],
)  # fmt: skip
def test_the_design_decides(design: Design, more: dict[str, Any], names: list[str], tmp_path: Path, riverton: Scenario) -> None:
    factor = FIGHTERS if design.kind == "grid" else RANGE
    second = [Factor("combat.night", None, 0.1, 0.9)] if design.kind == "morris" else []
    spec = made_spec(riverton, factor, *second, design=design, **more)
    sweep = in_memory(tmp_path, spec, lambda point, rep: {"displaced": 10.0 * point + rep})
    analysis = analyse(sweep)
    assert list(analysis.findings) == names
    assert any("Ribbons over time are left out" in note for note in analysis.notes)
    assert any("Every point has one run" in note for note in analysis.notes) == (spec.replicates == 1)


def test_conditions_that_are_asked_for_are_looked_into(tmp_path: Path, riverton: Scenario) -> None:
    sweep = in_memory(tmp_path, made_spec(riverton, outcomes=TWO), rising)
    analysis = analyse(sweep, ["liberated"], box=["displaced>5", "displaced<=3", "liberated<0.5"])
    assert ("displaced", 5, "above") in ASKED
    assert ("displaced", 3, "at most") in ASKED
    assert ("liberated", 0.5, "below") in ASKED
    names = [name for name in analysis.findings if name.startswith("box")]
    assert names == ["box-displaced-1", "box-displaced-2", "box-liberated"]
    assert analysis.outcomes == ("liberated", "displaced")


def test_by_default_conditions_for_the_upper_quartile_are_looked_for_and_told(tmp_path: Path, riverton: Scenario) -> None:
    spec = made_spec(riverton, RANGE, design=Design("latin_hypercube", samples=41), outcomes=("liberated", "displaced"))
    analysis = analyse(in_memory(tmp_path, spec, rising))
    assert ASKED.count(("displaced", 300.0, "above")) == 2
    told = "take displaced above its upper quartile, 300 persons, as no threshold was named"
    assert any(told in note for note in analysis.notes)


def test_what_cannot_be_made_is_a_note(tmp_path: Path, riverton: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.ANALYSES, "ranks", f"{__name__}:refuses")
    spec = made_spec(riverton, RANGE, design=Design("latin_hypercube", samples=4))
    analysis = analyse(in_memory(tmp_path, spec, lambda point, rep: {"displaced": 1.0 * point}))
    assert "ranks-displaced is left out: needs a library, which is not installed." in analysis.notes
    assert list(analysis.findings) == ["exceedance-displaced"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"outcomes": ["displacd"]}, r'there is no outcome "displacd" \(did you mean "displaced"\?\)'),
        ({"outcomes": ["zzz"]}, 'there is no outcome "zzz"; it kept displaced and liberated'),
        ({"outcomes": ["trapped_peak"]}, r"the sweep did not keep trapped_peak \(it kept displaced and liberated\)"),
        ({"exceed": ["displaced"]}, "is no condition"),
        ({"box": "trapped_peak>3"}, "did not keep trapped_peak"),
        ({"exceed": ["displaced>20%"]}, '^% fits shares, not displaced, which is counted in persons: write "displaced>20"$'),
        ({"box": "liberated>50%"}, '^% fits shares, not liberated: write "liberated>0.5"$'),
        ({"exceed": ["liberated<=1"]}, r'"liberated <= 1" does not part yes \(1\) from no \(0\): write "liberated>0.5"'),
    ],
)
def test_what_is_asked_wrongly_is_refused(asked: dict[str, Any], message: str, tmp_path: Path, riverton: Scenario) -> None:
    sweep = in_memory(tmp_path, made_spec(riverton, outcomes=TWO), rising)
    with pytest.raises(AnalysisError, match=message):
        analyse(sweep, **asked)


def test_a_share_is_never_over_one(tmp_path: Path, riverton: Scenario) -> None:
    sweep = in_memory(tmp_path, made_spec(riverton, outcomes=("liberated_share",)), lambda *run: {"liberated_share": 0.5})
    with pytest.raises(AnalysisError, match=r'never over 1: 50 was asked for \(write "liberated_share>50%"\)$'):
        analyse(sweep, exceed=["liberated_share>50"])
    with pytest.raises(AnalysisError, match=r"never over 1: 2 was asked for$"):
        analyse(sweep, box="liberated_share>=200%")
    told = analyse(sweep, exceed=["liberated_share>50%", "liberated_share>=0.5"])["exceedance-liberated_share"].words
    assert "P(liberated share more than 50%) is 0%" in told
    assert "P(liberated share at least 50%) is 100%" in told


def test_a_condition_in_two_spellings_is_asked_once(tmp_path: Path, riverton: Scenario) -> None:
    sweep = in_memory(tmp_path, made_spec(riverton, outcomes=TWO, replicates=2), rising)
    analysis = analyse(sweep, exceed=["displaced>10", "displaced>1e1"], box=["displaced>10", "displaced>1e1"])
    assert [name for name in analysis.findings if name.startswith("box")] == ["box-displaced"]
    assert analysis["replicates"].words.count("P(displaced more than 10 persons)") == 1


def test_a_sweep_without_a_run_is_refused(tmp_path: Path, riverton: Scenario) -> None:
    spec = made_spec(riverton, outcomes=TWO)
    none = made_sweep(tmp_path / "none", spec, rising, waits={(0, 0), (1, 0)})
    with pytest.raises(AnalysisError, match=r"no run is done yet$"):
        analyse(none)
    failed = made_sweep(tmp_path / "failed", spec, rising, fails={(0, 0), (1, 0)})
    with pytest.raises(AnalysisError, match=r"no run is done yet \(2 runs failed\)"):
        analyse(failed)


def test_of_very_many_outcomes_the_headlines_are_taken(tmp_path: Path, riverton: Scenario) -> None:
    names = ("air_strikes", "displaced", *(f"o{i}" for i in range(12)))
    sweep = in_memory(tmp_path, made_spec(riverton, outcomes=names), lambda *_: dict.fromkeys(names, 1.0))
    analysis = analyse(sweep)
    assert analysis.outcomes == ("displaced",)
    assert any("13 other outcomes" in note for note in analysis.notes)
    assert analyse(sweep, ["air_strikes"]).outcomes == ("air_strikes",)


@pytest.fixture
def made(tmp_path: Path, riverton: Scenario) -> Path:
    """A sweep with daily series, one of its runs missing."""
    spec = made_spec(riverton, FIGHTERS, BRIDGES, replicates=3, keep="daily", outcomes=TWO)
    return made_sweep(
        tmp_path / "s", spec, rising, lambda point, rep: {"displaced": [0.0, 5.0, 10.0 * point + rep]}, waits={(3, 2)}
    )


def test_everything_is_kept_as_tables_pictures_and_words(made: Path) -> None:
    analysis = sim.analyse(made, ["displaced"], exceed=["displaced>15"], box="displaced>15")
    assert isinstance(analysis, Analysis)
    folder = analysis.save()
    assert folder == made / "analysis"
    names = {path.name for path in folder.iterdir()}
    for stem, tables in {
        "ensemble": ["ribbons", "groups"],
        "exceedance-displaced": ["curve", "probability"],
        "replicates": ["needed", "width", "probability"],
    }.items():
        finding = analysis[stem]
        assert set(finding.tables) == set(tables)
        for table in tables:
            csv, parquet = pd.read_csv(folder / f"{stem}-{table}.csv"), pd.read_parquet(folder / f"{stem}-{table}.parquet")
            assert len(csv) == len(parquet) == len(finding.tables[table])
            assert csv.columns.tolist() == parquet.columns.tolist() == finding.tables[table].columns.tolist()
        assert (folder / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{stem}.svg").read_text()
    assert not any(name.startswith(("box", ".")) for name in names)
    words = (folder / "words.md").read_text()
    assert words.startswith("# made: Made-up results\n\n11 runs of 4 points (grid), 3 replicates with common seeds.\n")
    assert "The sweep is incomplete: of 12 runs, 1 run not done yet (8%)." in words
    assert all(finding.words in words for finding in analysis)
    assert words.count("It says nothing.") == 2  # once for each stand-in, though it is a warning too
    assert "- Note: it warns" in words
    listing = json.loads((folder / "findings.json").read_text())
    assert set(listing["files"]) == names
    assert [entry["name"] for entry in listing["findings"]] == list(analysis.findings)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that take no time."""

    def draw(place: Path, stem: str, finding: Finding) -> list[str]:
        (place / f"{stem}.png").touch()
        return [f"{stem}.png"]

    monkeypatch.setattr(keeping, "_pictures", draw)


@pytest.mark.usefixtures("undrawn")
def test_an_earlier_analysis_gives_way_and_other_files_stay(made: Path) -> None:
    folder = made / "analysis"
    analyse(made, ["displaced"]).save()
    (folder / "mine.txt").write_text("mine")
    analyse(made, ["liberated"]).save(folder)
    names = {path.name for path in folder.iterdir()}
    assert "mine.txt" in names
    assert "exceedance-liberated.png" in names
    assert not any("displaced" in name for name in names)


@pytest.mark.usefixtures("undrawn")
def test_a_listing_takes_nothing_away_outside_its_folder(made: Path) -> None:
    folder = made / "analysis"
    folder.mkdir()
    (folder / "findings.json").write_text(json.dumps({"files": ["../sweep.yaml", "..", "", 3, str(made / "manifest.json")]}))
    analyse(made, ["liberated"]).save()
    assert (made / "sweep.yaml").exists()
    assert (made / "manifest.json").exists()


@pytest.mark.usefixtures("undrawn")
def test_one_that_cannot_be_written_leaves_the_last_one(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analyse(made, ["liberated"])
    before = {path.name: path.read_bytes() for path in analysis.save().iterdir()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "_pictures", full)
    with pytest.raises(AnalysisError, match=r"cannot be written \(no space left"):
        analyse(made, ["displaced"]).save()
    assert {path.name: path.read_bytes() for path in (made / "analysis").iterdir()} == before
    with pytest.raises(AnalysisError, match="cannot be written"):
        analysis.save(made / "sweep.yaml")


def test_notebooks_show_it(tmp_path: Path, riverton: Scenario) -> None:
    sweep = in_memory(tmp_path, made_spec(riverton, replicates=2), lambda point, rep: {"displaced": 1.0 + point})
    analysis = analyse(sweep, exceed=["displaced>1"])
    html = analysis._repr_html_()
    assert "made: Made-up results" in html
    assert "P(displaced more than 1 person) is 50%" in html
    assert "Tables: curve (" in analysis["exceedance-displaced"]._repr_html_()
    with pytest.raises(KeyError, match="did you mean"):
        analysis["exceedance-displacd"]
    assert analysis["replicates"].kind == "replicates"


def test_progress_is_told(tmp_path: Path, riverton: Scenario) -> None:
    told: list[str] = []
    tell: Callable[[str], None] = told.append
    analyse(in_memory(tmp_path, made_spec(riverton, outcomes=TWO), rising), progress=tell)
    assert told == ["ensembles", "exceedance-displaced", "exceedance-liberated"]
