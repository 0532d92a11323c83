"""Jobs: which runs a sweep consists of, in which order, and where their results lie."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import shutil
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import sim.experiments.addresses as module
from sim.errors import RunError
from sim.experiments.batch import make_jobs, outcome_columns, seed_of
from sim.experiments.jobs import HaltError, Job, Start, run_job
from sim.experiments.spec import Design, Factor, SweepSpec
from sim.record import Run
from sim.record.manifest import source_hash
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from pathlib import Path

POINTS = pd.DataFrame({"defenders.fighters": [40, 60, 80, 40], "flight.danger": [1.0, 2.0, 3.0, 1.0]})


@pytest.fixture(scope="module")
def spec(riverton: Scenario) -> SweepSpec:
    return SweepSpec(
        "small",
        "",
        riverton.replace({"time.max_days": 1}),
        (Factor("defenders.fighters", (40, 60, 80)), Factor("flight.danger", low=1.0, high=4.0)),
        Design("grid"),
        replicates=3,
        first_seed=5,
    )


def addresses(spec: SweepSpec, points: pd.DataFrame = POINTS) -> dict[tuple[int, int], str]:
    return {(job.point, job.replicate): job.address for job in make_jobs(spec, points)}


def one(spec: SweepSpec, **changes: Any) -> Job:
    job = next(job for job in make_jobs(spec, POINTS) if (job.point, job.replicate) == (1, 0))
    return dataclasses.replace(job, changes=(*job.changes, *changes.items()))


def test_all_points_come_once_before_any_comes_again(spec: SweepSpec) -> None:
    jobs = make_jobs(spec, POINTS)
    assert [job.replicate for job in jobs] == [0] * 4 + [1] * 4 + [2] * 4
    assert Counter(job.point for job in jobs) == dict.fromkeys(range(4), 3)
    assert jobs == make_jobs(spec, POINTS)
    assert pickle.loads(pickle.dumps(jobs)) == jobs


def test_each_stretch_of_a_large_design_is_balanced(spec: SweepSpec) -> None:
    points = pd.DataFrame({"flight.danger": [1.0 + point / 100 for point in range(200)]})
    first = [job.point for job in make_jobs(dataclasses.replace(spec, replicates=1), points)][:50]
    assert 80 < sum(first) / 50 < 120
    assert min(first) < 20
    assert max(first) >= 180


def test_changes_are_plain_values_of_the_points(spec: SweepSpec) -> None:
    job = one(spec)
    assert job.changes == (("defenders.fighters", 60), ("flight.danger", 2.0))
    assert [type(value) for _, value in job.changes] == [int, float]


def test_common_seeds_pair_points_and_independent_ones_never_meet(spec: SweepSpec) -> None:
    assert {(job.replicate, job.seed) for job in make_jobs(spec, POINTS)} == {(0, 5), (1, 6), (2, 7)}
    apart = dataclasses.replace(spec, seeds="independent")
    seeds = [job.seed for job in make_jobs(apart, POINTS)]
    assert len(set(seeds)) == 12
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seeds != [job.seed for job in make_jobs(dataclasses.replace(apart, first_seed=6), POINTS)]
    assert seed_of(apart, 3, 1) == seed_of(dataclasses.replace(apart, replicates=9), 3, 1)


def test_points_of_the_same_values_share_an_address_and_no_others_do(spec: SweepSpec) -> None:
    found = addresses(spec)
    assert len(set(found.values())) == 9
    assert found[0, 1] == found[3, 1]


def test_an_address_depends_on_every_value_and_on_no_name(spec: SweepSpec) -> None:
    found = addresses(spec)
    renamed = spec.scenario.replace({"title": "other words", "seed": 99})
    assert addresses(dataclasses.replace(spec, name="other", scenario=renamed, keep="daily")) == found
    for key, value in (("population.persons", 4001), ("city.cell_m", 50.0)):
        changed = addresses(dataclasses.replace(spec, scenario=spec.scenario.replace({key: value})))
        assert not set(changed.values()) & set(found.values()), key


def test_an_address_follows_the_citys_data_wherever_it_lies(spec: SweepSpec, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(spec.scenario.city.path, moved)
    there = dataclasses.replace(spec, scenario=spec.scenario.replace({"city.path": str(moved)}))
    assert addresses(there) == addresses(spec)
    settings = moved / "city.yaml"
    settings.write_text(settings.read_text() + "\n# another word\n")
    assert not set(addresses(there).values()) & set(addresses(spec).values())


def test_an_address_follows_the_source_of_a_behaviour(
    spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "behaviour_for_addresses.py"
    source.write_text("raise SystemExit('imported')\n")
    with_it = spec.scenario.replace({"behaviours.defenders": "behaviour_for_addresses.hold"})
    asked = dataclasses.replace(spec, scenario=with_it)
    before = addresses(asked)
    assert not set(before.values()) & set(addresses(spec).values())
    source.write_text("raise SystemExit('imported again')\n")
    assert not set(before.values()) & set(addresses(asked).values())


def test_an_address_follows_the_models_source(spec: SweepSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    before = addresses(spec)
    monkeypatch.setattr(module, "source_hash", lambda: "another version")
    assert not set(before.values()) & set(addresses(spec).values())


def test_values_that_cannot_be_run_have_an_address_and_fail_in_words(spec: SweepSpec, tmp_path: Path) -> None:
    points = pd.DataFrame({"defenders.fighters": [-1, -2]})
    jobs = make_jobs(dataclasses.replace(spec, replicates=1), points)
    assert len({job.address for job in jobs}) == 2
    result = run_job([Start(spec.scenario)], jobs[0], "summary", (), tmp_path)
    assert result.status == "failed"
    assert "defenders.fighters" in result.error
    assert "\n" not in result.error


def test_outcome_columns_are_those_that_runs_report(spec: SweepSpec, tmp_path: Path) -> None:
    result = run_job([Start(spec.scenario)], one(spec), "summary", (), tmp_path)
    assert result.error == ""
    assert tuple(result.outcomes) == outcome_columns([spec.scenario.city.path])
    assert result.daily is None
    assert not list(tmp_path.iterdir())


def test_only_the_outcomes_that_were_asked_for_are_kept(spec: SweepSpec, tmp_path: Path) -> None:
    asked = ("displaced", "liberated_share_<bank>")
    columns = outcome_columns([spec.scenario.city.path], asked)
    assert columns == ("liberated_share_north", "liberated_share_south", "displaced")
    assert tuple(run_job([Start(spec.scenario)], one(spec), "daily", columns, tmp_path).outcomes) == columns


def test_a_kept_run_is_the_run_that_its_result_tells_and_is_kept_once(spec: SweepSpec, tmp_path: Path) -> None:
    job = one(spec)
    first, again = (run_job([Start(spec.scenario)], job, "everything", (), tmp_path) for _ in range(2))
    assert [path.name for path in (tmp_path / "run_folders").iterdir()] == [job.address]
    kept = Run.load(tmp_path / "run_folders" / job.address)
    kept.verify()
    assert kept.digest == first.digest == again.digest
    assert first.outcomes == again.outcomes or pd.Series(first.outcomes).equals(pd.Series(again.outcomes))
    assert first.daily is not None
    pd.testing.assert_frame_equal(first.daily, kept.daily)
    own = load(tmp_path / "run_folders" / job.address / "scenario.yaml")
    assert (own.seed, own.defenders.fighters) == (job.seed, 60)


@pytest.mark.parametrize("error", [ValueError("two\nlines"), MemoryError(), KeyError("x"), RecursionError("deep")])
def test_whatever_a_run_raises_is_a_row(
    spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(**_: Any) -> None:
        raise error

    monkeypatch.setattr("sim.battle.Battle", broken)
    result = run_job([Start(spec.scenario)], one(spec), "summary", (), tmp_path)
    assert result.status == "failed"
    assert result.error.startswith(type(error).__name__)
    assert result.error.isprintable()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_run_leaves_nothing_behind_and_the_heap_as_frozen_as_it_was(
    spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, frozen: bool
) -> None:
    left: list[weakref.ref[Any]] = []

    class Ring:
        """As agents and their model refer to each other."""

        def __init__(self, **_: Any) -> None:
            self.itself = self
            left.append(weakref.ref(self))
            assert gc.get_freeze_count() > 0

        def run(self) -> None:
            raise ValueError("broken")

    monkeypatch.setattr("sim.battle.Battle", Ring)
    (gc.freeze if frozen else gc.unfreeze)()
    before = gc.get_freeze_count()
    gc.disable()
    try:
        assert run_job([Start(spec.scenario)], one(spec), "summary", (), tmp_path).status == "failed"
    finally:
        gc.enable()
        after = gc.get_freeze_count()
        gc.freeze()
    assert [ring() for ring in left] == [None]
    assert (after > 0) == (before > 0) == frozen


def test_other_sources_end_the_batch_and_are_no_row(spec: SweepSpec, tmp_path: Path) -> None:
    starts, job = [Start(spec.scenario)], one(spec)
    with pytest.raises(HaltError, match="the model was edited while runs were made"):
        run_job(starts, job, "summary", (), tmp_path, source="0" * 32)
    assert run_job(starts, job, "summary", (), tmp_path, source=source_hash()).status == "done"


def test_a_run_folder_that_cannot_be_kept_ends_the_batch(
    spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise RunError("no space left on device")

    monkeypatch.setattr(Run, "save", full)
    with pytest.raises(HaltError, match="run folders cannot be kept: no space left on device"):
        run_job([Start(spec.scenario)], one(spec), "everything", (), tmp_path)
    assert not list((tmp_path / "run_folders").glob("*"))


def test_an_address_holds_what_a_behaviour_imports(spec: SweepSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_address.py").write_text("from helper_address import go\n")
    (tmp_path / "helper_address.py").write_text("import pack_address\n\ndef go(agents, rng): pass\n")
    (tmp_path / "pack_address").mkdir()
    (tmp_path / "pack_address" / "__init__.py").write_text("K = 1\n")
    asked = dataclasses.replace(spec, scenario=spec.scenario.replace({"behaviours.defenders": "mine_address.go"}))
    seen = {addresses(asked)[0, 0]}
    for name in ("mine_address.py", "helper_address.py", "pack_address/__init__.py"):
        with (tmp_path / name).open("a") as file:
            file.write("K = 2\n")
        seen.add(addresses(asked)[0, 0])
    assert len(seen) == 4
