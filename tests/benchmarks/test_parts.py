"""Every part of the benchmark runs on the small battle and fills its table; figures mean nothing here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bench_battle
import handles
import numpy as np
import one_handles
import one_pairs
import one_window
import one_yardstick
import paired
import processes
import pytest
import scaling
import stages
import sweeps
import tables
import yardstick

from sim.battle import model
from sim.experiments.spec import load_spec
from sim.scenario import Scenario, load

RIVERTON = str(Path(__file__).resolve().parents[1] / "scenarios" / "riverton.yaml")


@pytest.fixture(scope="module")
def short() -> Scenario:
    return load(RIVERTON, ["time.max_days=12"])


@pytest.fixture(scope="module")
def coarse() -> Scenario:
    return load(RIVERTON, ["time.max_days=1", "preset=quick"])


def asked(**words: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"seed": 1, "days": 3, "find_quiet": None, "double_quiet": None, **words})


def rectangular(section: tables.Section) -> bool:
    return len(section.table) > 1 and len({len(row) for row in section.table}) == 1


def test_a_window_starts_at_first_contact_and_lasts_as_long_as_asked(short: Scenario, coarse: Scenario) -> None:
    figures = one_window.measure(short, coarse, asked())
    assert figures["days"] == 3.0
    assert figures["first_day"] > 0
    assert figures["fights"] > 0
    assert figures["core_s"] == pytest.approx(sum(figures["phases"].values()))
    assert {name for name, _ in model.PHASES} < figures["phases"].keys()


def test_added_people_live_where_nothing_happens(
    short: Scenario, coarse: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Deaf people in a small city, so that some of it stays quiet.
    deaf = short.replace({"flight.hearing_m": 60.0, "flight.notice_want": 1.0})
    monkeypatch.setattr(model, "build_grid", model.build_grid)  # put back what double_quiet replaces
    file = str(tmp_path / "quiet.npy")
    share = one_window.measure(deaf, coarse, asked(find_quiet=file))["quiet_share"]
    assert 0.0 < share < 1.0
    base = one_window.measure(deaf, coarse, asked())
    double = one_window.measure(deaf, coarse, asked(double_quiet=file))
    assert double["persons"] == 2 * base["persons"]
    from sim.battle import Battle

    battle = Battle(deaf.replace({"population.persons": 2 * deaf.population.persons}), seed=1)
    quiet = np.load(file)
    people = battle.households.columns
    there = people.members[quiet[people.home]].sum() / people.members.sum()
    assert there == pytest.approx((1.0 + share) / 2.0, abs=0.02)


def test_scaling_is_told_as_an_exponent() -> None:
    assert scaling.exponent([(1.0, 3.0), (2.0, 6.0), (4.0, 12.0)]) == pytest.approx(1.0)
    assert scaling.exponent([(0.25, 5.0), (1.0, 5.0), (2.0, 5.0)]) == pytest.approx(0.0)


def test_both_sides_of_the_yardstick_are_timed_on_equal_results(short: Scenario, coarse: Scenario) -> None:
    figures = one_yardstick.measure(short, coarse, 1, 100, 3)
    assert figures["different"] == 0
    assert figures["rounds"] == 3
    assert all(seconds > 0 for seconds in figures["spent"].values())
    kinds, sides = ("households", "units"), (yardstick.PLAIN, yardstick.OWN, yardstick.COMPILED)
    assert figures["spent"].keys() == {f"{kind}: {side}" for kind in kinds for side in sides}
    assert len(yardstick.table(figures)) == 1 + len(yardstick.STEPS)


def test_a_yardstick_that_gives_other_results_is_refused(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"spent": {}, "count": {}, "different": 2, "first": ["Household 3: state 1, compiled 0"]}
    monkeypatch.setattr(processes, "figures", lambda *_: told)
    with pytest.raises(RuntimeError, match="Household 3"):
        yardstick.measure([RIVERTON], 1, False)


def test_handles_are_measured(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def figures(script: str, *words: str) -> dict[str, Any]:
        found = one_handles.measure(short, 1, 1, trace="--traced" in words)
        return json.loads(json.dumps(found))

    monkeypatch.setattr(processes, "figures", figures)
    section = handles.measure([RIVERTON], 1, True)
    assert rectangular(section)
    assert {key for _, key in handles.CALLS} == one_handles.measure(short, 1, 0, trace=False)["calls"].keys()


def test_pairs_are_measured_by_variance() -> None:
    base = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0]
    shifted = [value + 3.0 for value in base]
    assert paired.ratio(base, shifted) == 0.0
    assert paired.ratio(base, base[::-1]) > 0.5
    assert paired.ratio(base, [10.0 - value for value in base]) == pytest.approx(2.0)
    assert paired.ratio([1.0] * 6, [2.0] * 6) is None
    assert paired.cell(base, shifted) == ("0.00 (0.00 to 0.00)", "gain")
    assert paired.cell([1.0] * 6, [2.0] * 6) == ("never varies", "")
    assert paired.cell([None] * 6, base) == ("-", "")
    low, high = paired.interval(base, base[::-1])
    assert low < paired.ratio(base, base[::-1]) < high


def test_days_alike_end_with_the_first_difference(coarse: Scenario) -> None:
    assert one_pairs.days_alike(["a", "b", "c"], ["a", "b", "d"]) == 2
    assert one_pairs.days_alike(["a", "b"], ["a", "b", "d"]) == 2
    run = one_pairs.one_run(RIVERTON, ["time.max_days=2", "preset=quick"], 1)
    assert len(run["days"]) == 2
    assert run["outcomes"]["days_simulated"] == 2.0


def test_every_stage_of_a_start_is_timed() -> None:
    seconds = stages.measure(RIVERTON, ["time.max_days=1"])
    assert {f"import {name}" for name, _ in stages.IMPORTS} < seconds.keys()
    for name in ("build the grid", "agents and fields", "simulate and sum up"):
        assert seconds[name] > 0.0
    assert all(value >= 0.0 for value in seconds.values())


def test_sweeps_are_measured_by_their_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def swept(spec: Path, out: Path, jobs: int) -> dict[str, float]:
        asked.append(load_spec(spec))
        return {"wall_s": 9.0, "parent_mb": 1.0, "worker_mb": 2.0, "runs": 4, "pace": 0.5 * jobs**0.5, "run_s": 2.0}

    monkeypatch.setattr(sweeps, "swept", swept)
    section = sweeps.measure([RIVERTON], 1, True)
    assert rectangular(section)
    assert ("runs an hour", "1,800", "2,546") in section.table
    assert section.goals[1] == ("efficiency of 2 jobs against 1", "0.71", "0.90")
    assert asked[0].replicates * len(asked[0].factors[0].listed) == 4


def test_a_process_that_fails_is_told_with_its_errors(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        processes.seconds(["-c", "raise SystemExit('what went wrong')"])
    assert "what went wrong" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--only", "batle"], ["--write", "--quick"], ["--write", "--only", "starts"]])
def test_nonsense_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench_battle.parse(words)
    assert "error" in capsys.readouterr().err


def test_the_page_holds_every_part_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def part(name: str) -> Any:
        section = tables.Section(name, "About it.", [("", "seconds"), ("a", "1 s")], ["a note"], [(f"{name}: a", "1 s", "2 s")])
        return lambda *_: section

    monkeypatch.setattr(bench_battle, "PARTS", {name: part(name) for name in bench_battle.PARTS})
    monkeypatch.setattr(bench_battle, "PAGE", tmp_path / "page.md")
    bench_battle.main(["--write", "--repeats", "1"])
    page, printed = (tmp_path / "page.md").read_text(encoding="utf-8"), capsys.readouterr().out
    for name in bench_battle.PARTS:
        assert f"## {name}\n\nAbout it.\n\n|  | seconds |\n| --- | ---: |\n| a | 1 s |\n\n- a note" in page
        assert f"| {name}: a | 1 s | 2 s |" in page
        assert name in printed
    bench_battle.main(["--only", "starts"])
    assert "battle" not in capsys.readouterr().out
