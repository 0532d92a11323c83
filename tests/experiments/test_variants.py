"""Batches of variants: what they run, in which order, and which folder they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.errors import ScenarioError, SimError
from sim.experiments.jobs import Start
from sim.experiments.variants import Variant, variants_batch
from sim.scenario.loading import load_text

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario import Scenario


def pair(scenario: Scenario, **start: Any) -> list[Variant]:
    begin = Start(scenario, **start)
    return [Variant("as it is", begin), Variant("calm", begin, (("mortars.enabled", False),))]


def test_every_variant_comes_once_before_any_comes_twice(riverton: Scenario) -> None:
    batch = variants_batch("compare", "x", pair(riverton), [4, 9, 7], ["displaced"])
    assert [job.seed for job in batch.jobs] == [4, 4, 9, 9, 7, 7]
    assert all({job.point for job in batch.jobs if job.seed == seed} == {0, 1} for seed in (4, 9, 7))
    assert batch.points["variant"].tolist() == ["as it is", "calm"]
    assert (batch.kind, batch.name, batch.replicates, batch.outcomes) == ("compare", "x", 3, ("displaced",))
    assert len(batch.starts) == 1
    assert {job.changes for job in batch.jobs if job.point} == {(("mortars.enabled", False),)}


def test_more_seeds_and_other_words_share_a_folder_and_its_runs(riverton: Scenario) -> None:
    few, more = (variants_batch("compare", "x", pair(riverton), range(1, n)) for n in (3, 6))
    told = riverton.replace({"title": "in other words", "seed": 5})
    other = [Variant("old", Start(told)), Variant("new", Start(told), (("mortars.enabled", False),))]
    named = variants_batch("compare", "x", other, [1, 2])
    assert few.folder_name == more.folder_name == named.folder_name
    assert {job.address for job in few.jobs} < {job.address for job in more.jobs}
    assert {job.address for job in few.jobs} == {job.address for job in named.jobs}


@pytest.mark.parametrize(
    "change", [{"variants": slice(1, None)}, {"outcomes": ["displaced"]}, {"keep": "daily"}, {"state": b"state"}], ids=str
)
def test_what_is_asked_decides_the_folder(riverton: Scenario, tmp_path: Path, change: dict[str, Any]) -> None:
    start = {}
    if "state" in change:
        (tmp_path / "state.npz").write_bytes(change.pop("state"))
        start = {"state": tmp_path / "state.npz"}
    variants = pair(riverton, **start)[change.pop("variants", slice(None))]
    assert (
        variants_batch("compare", "x", variants, [1], **change).asked_hash
        != variants_batch("compare", "x", pair(riverton), [1]).asked_hash
    )


def test_changes_and_a_scenario_that_has_them_are_the_same_run(riverton: Scenario) -> None:
    calm = Variant("calm", Start(riverton.replace({"mortars.enabled": False})))
    one = variants_batch("compare", "x", [calm], [1])
    other = variants_batch("compare", "x", pair(riverton)[1:], [1])
    assert one.jobs[0].address == other.jobs[0].address
    assert one.asked_hash == other.asked_hash


def test_what_is_asked_can_be_read_again(riverton: Scenario) -> None:
    from ruamel.yaml import YAML

    asked = YAML(typ="safe").load(variants_batch("compare", "x", pair(riverton), [1]).asked)
    assert list(asked["variants"]) == ["as it is", "calm"]
    assert asked["variants"]["calm"]["mortars"]["enabled"] is False
    assert "seed" not in asked["variants"]["calm"]
    assert load_text(riverton.to_yaml(), "x").short_hash == riverton.short_hash


@pytest.mark.parametrize(
    ("labels", "seeds", "message"),
    [(["a", "a"], [1], "names that differ"), ([], [1], "there are none"), (["a"], [], "seeds"), (["a"], [3, 3], "seeds")],
)
def test_what_makes_no_batch_is_refused(riverton: Scenario, labels: list[str], seeds: list[int], message: str) -> None:
    with pytest.raises(SimError, match=message):
        variants_batch("compare", "x", [Variant(label, Start(riverton)) for label in labels], seeds)


def test_a_change_that_cannot_be_made_is_told_at_once(riverton: Scenario) -> None:
    with pytest.raises(ScenarioError, match="unknown key"):
        variants_batch("compare", "x", [Variant("a", Start(riverton), (("defenders.figthers", 3),))], [1])


def test_a_run_is_known_by_its_seed_not_by_its_place(riverton: Scenario) -> None:
    early, late = (variants_batch("compare", "x", pair(riverton), seeds) for seeds in ([1, 2], [2, 3]))
    shared = {job.address for job in early.jobs} & {job.address for job in late.jobs}
    assert shared == {job.address for job in early.jobs if job.seed == 2}


def test_seeds_of_numpy_become_plain(riverton: Scenario) -> None:
    batch = variants_batch("compare", "x", pair(riverton), list(np.arange(1, 3)))
    assert all(type(job.seed) is int for job in batch.jobs)
