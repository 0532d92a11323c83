"""The scripts of studies/ and benchmarks/ still run, on the small battle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIVERTON = str(ROOT / "tests" / "scenarios" / "riverton.yaml")


@pytest.fixture
def scripts(monkeypatch):
    for folder in ("studies", "benchmarks"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (file := getattr(sys.modules[name], "__file__", None)) and Path(file).parent.name in {"studies", "benchmarks"}:
            del sys.modules[name]


def test_first_outcomes_writes_a_page_and_uses_kept_runs_again(scripts, tmp_path, capsys):
    import first_outcomes

    words = ["--seeds", "1", "--jobs", "1", "--scenario", RIVERTON]
    words += ["--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")]
    first_outcomes.main(words)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "## What looks wrong" in page
    assert "seeds fail to liberate the city" in page
    capsys.readouterr()
    first_outcomes.main(words)
    assert capsys.readouterr().err == ""
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page


def test_fighting_writes_a_page_of_each_kind_of_table(scripts, tmp_path):
    import fighting

    words = ["--scenario", RIVERTON, "--full", "--seeds", "2", "--jobs", "1", "--days", "6"]
    words += ["--only", "commanders", "--only", "tails"]
    fighting.main([*words, "--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")])
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| liberators: nearest |")]
    assert len(rows) == 1
    assert rows[0].count("|") == len(fighting.SHOWN) + 2
    assert "Hill index" in page
    assert "## Directions" not in page


def test_record_says_where_each_figure_is_from(scripts):
    from record_compare import read_record

    figures = read_record(ROOT / "studies" / "record_east.csv")
    assert all(figure.source and figure.low <= figure.value <= figure.high for figure in figures)
    assert max(figure.last for figure in figures) <= "2017-02-18"


def test_battle_is_measured_by_phase(scripts):
    import one_battle

    from sim.battle.model import PHASES
    from sim.scenario import load

    figures = one_battle.measure(load(RIVERTON), load(RIVERTON, [one_battle.COARSE]), seed=1)
    assert {name for name, _ in PHASES} < figures["phases"].keys()
    assert figures["ending"]
    assert figures["decisions"] > 0


def test_a_sweep_that_lost_a_run_would_be_told(scripts, riverton, tmp_path):
    import interrupted_sweep

    from sim.experiments.engine import Inline
    from sim.experiments.spec import Design, Factor, SweepSpec
    from sim.experiments.sweep import run_sweep

    factors = (Factor("defenders.fighters", (40, 60)),)
    spec = SweepSpec("s", "", riverton.replace({"time.max_days": 1}), factors, Design("grid"), keep="daily")
    for folder in ("whole", "broken"):
        run_sweep(spec, tmp_path / folder / "s", engine=Inline())
    held = interrupted_sweep.compared(tmp_path / "broken", tmp_path / "whole", 2)
    assert all(held.values())
    asked = interrupted_sweep.parse(["--times", "1"])
    stops = [interrupted_sweep.Stop("SIGINT", 1.5, 130, 7)]
    assert "| SIGINT | 1.5 s | 130 | 7 |" in interrupted_sweep.page(stops, held, asked)
    assert not interrupted_sweep.compared(tmp_path / "broken", tmp_path / "whole", 3)[next(iter(held)).replace("2", "3")]


def test_mechanisms_write_a_page_and_use_kept_runs_again(scripts, tmp_path):
    import mechanisms

    words = ["--scenario", RIVERTON, "--set", "time.max_days=3", "--seeds", "2", "--jobs", "1", "--only", "mortars"]
    words += ["--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")]
    mechanisms.main(words)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| mortars | The defenders' mortars | fires |" in page
    assert "## Civilians killed (persons)" in page
    assert "Model sources: " in page
    assert "`python run.py ablate riverton --set time.max_days=3 --only mortars --seeds 2`" in page
    assert str(tmp_path) not in page
    mechanisms.main(words)
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page
    assert len(list((tmp_path / "runs").rglob("part-*.parquet"))) == 1


def test_mechanisms_go_on_in_a_folder_of_their_own_once_there_is_another(scripts, tmp_path, monkeypatch):
    import mechanisms

    from sim.experiments import ablation

    folders = []
    monkeypatch.setattr(mechanisms, "ablate", lambda *_, folder, **__: folders.append(folder))
    monkeypatch.setattr(mechanisms, "page", lambda *_: "")
    words = ["--scenario", RIVERTON, "--keep", str(tmp_path), "--out", str(tmp_path / "page.md")]
    mechanisms.main([*words, "--seeds", "1"])
    mechanisms.main([*words, "--seeds", "2"])
    monkeypatch.setattr(ablation, "MECHANISMS", ablation.MECHANISMS[:-1])
    mechanisms.main(words)
    assert folders[0] == folders[1] != folders[2]
    assert {folder.parent for folder in folders} == {tmp_path}
