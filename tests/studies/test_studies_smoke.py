"""The scripts of studies/ and benchmarks/ still run, on the small battle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIVERTON = str(ROOT / "tests" / "scenarios" / "riverton.yaml")


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


def test_convergence_compares_steps_and_cells_on_one_day_and_uses_kept_runs_again(scripts, tmp_path, capsys):
    import convergence

    words = ["--scenario", RIVERTON, "--seeds", "2", "--fine-seeds", "1", "--days", "3", "--jobs", "1"]
    words += ["--steps", "2", "--cells", "200", "--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")]
    convergence.main(words)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(("| step 2 h, 2 seeds |", "| cell 200 m, 1 seeds |"))]
    assert len(rows) == 2 * (len(convergence.SHOWN) - 1), "its banks have other names"
    assert "seed 1: " in capsys.readouterr().err
    convergence.main(words)
    assert not capsys.readouterr().err
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page


_DISPLACED = """\
measure,camp,how,series,first,last,threshold,unit,value,low,high,bound,used_by,source
ever displaced,all,total,displaced,2016-10-18,2016-10-25,,persons,300,200,400,exact,flight.base,made up
ever displaced,all,total,displaced,2016-10-18,2016-11-01,,persons,500,,,exact,,made up
in camps,all,total,in_camps+returned,2016-10-18,2016-11-01,,persons,400,,,exact,,made up
in the camp,Hill Camp,total,in_camp.Hill Camp,2016-10-18,2016-10-19,,persons,50,,,exact,,made up
in the camp,Plain Camp,total,in_camp.Plain Camp,2016-10-18,2016-10-19,,persons,10,,,exact,,made up
in the camp,Hill Camp,total,in_camp.Hill Camp,2016-10-18,2016-11-01,,persons,200,,,exact,,made up
"""


def test_displacement_writes_a_page_and_uses_kept_runs_again(scripts, tmp_path, capsys):
    import displacement

    (tmp_path / "record.csv").write_text(_DISPLACED, encoding="utf-8")
    words = ["--seeds", "2", "--jobs", "1", "--scenario", RIVERTON, "--record", str(tmp_path / "record.csv")]
    words += ["--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")]
    displacement.main(words)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "3 figures for 2 camps on 2 dates" in page
    assert "**3 camp-dates are scored**. In 1 of them" in page  # Hill Camp opens on the 20th; Plain Camp is not listed later
    assert "(50 / " in page
    assert "No run has the series" not in page
    nobody = next(line for line in page.splitlines() if line.startswith("| nobody in any camp"))
    cells = [cell.strip() for cell in nobody.split("|")]
    assert [cells[3], *cells[5:7]] == ["1.00", "1.00", "1.00"]  # of camps, of listed ones, of areas
    assert {path.name for path in (tmp_path / "img").iterdir()} == {"displacement_totals.png", "displacement_camps.png"}
    capsys.readouterr()
    displacement.main(words)
    assert capsys.readouterr().err == ""
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page
    for path in (tmp_path / "runs").iterdir():
        series = json.loads(path.read_text(encoding="utf-8"))["series"]
        camps = series["in_camp.Hill Camp"], series["in_camp.Plain Camp"]
        assert [sum(day) for day in zip(*camps, strict=True)] == series["in_camps"]
        assert series["in_camps"][-1] > 0


def test_a_camp_that_no_run_has_is_told(scripts, tmp_path):
    import displacement

    (tmp_path / "record.csv").write_text(_DISPLACED.replace("in_camp.Plain Camp", "in_camp.Plane Camp"), encoding="utf-8")
    words = ["--seeds", "1", "--jobs", "1", "--scenario", RIVERTON, "--record", str(tmp_path / "record.csv")]
    with pytest.raises(SystemExit, match=r"has no in_camp\.Plane Camp"):
        displacement.main([*words, "--keep", str(tmp_path / "runs"), "--out", str(tmp_path / "page.md")])


@pytest.mark.parametrize("name", ["record_east.csv", "record_displacement.csv"])
def test_record_says_where_each_figure_is_from(scripts, name):
    from record_compare import read_record

    figures = read_record(ROOT / "studies" / name)
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
