"""The model gives what its baselines say: to the bit where they were measured, within tolerances elsewhere."""

from __future__ import annotations

import copy

import pytest
from baseline_tools import (
    CASES,
    CHANGELOG,
    WHAT_TO_DO,
    different_digests,
    drifts,
    environment,
    kept,
    largest_allowed,
    measure,
    named_in_changelog,
    revision,
    values_hash,
)


@pytest.mark.parametrize("name", CASES)
def test_battles_give_what_their_baseline_says(name: str) -> None:
    baseline, now = kept(name), measure(name)
    assert (baseline["seeds"], baseline["set"]) == (now["seeds"], now["set"]), "other battles: make baselines"
    there = revision()["environment"]
    if there == environment():
        lines = different_digests(baseline, now)
        assert not lines, "\n".join([f"{name}: digests differ from the baseline", *lines, WHAT_TO_DO])
    lines = drifts(baseline, now)
    assert not lines, "\n".join([f"{name}: beyond tolerance, against a baseline of {there}", *lines, WHAT_TO_DO])


def test_values_were_written_by_the_command_and_are_those_of_the_last_revision() -> None:
    record = revision()
    assert [entry["revision"] for entry in record["history"]] == list(range(1, record["revision"] + 1))
    assert record["history"][-1]["values"] == values_hash({name: kept(name) for name in CASES}), "make baselines"


def test_the_changelog_owns_up_to_every_revision() -> None:
    text = CHANGELOG.read_text(encoding="utf-8")
    missing = [n for n in range(1, revision()["revision"] + 1) if not named_in_changelog(n, text)]
    assert not missing, f'CHANGELOG.md does not name "baseline revision {missing[0]}" in an entry with **Regression**'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("## 1\n\n- **Regression**: more flee; baseline revision 2.\n", True),
        ("- **Regression**: more flee, as the\n  message counts twice (baseline\n  revision 2)\n", True),
        ("- baseline revision 2: nothing much\n- **Regression**: something else\n", False),
        ("- **Regression**: more flee\n- baseline revision 2\n", False),
        ("- **Regression**: baseline revision 21\n", False), ("", False),
    ],
)  # fmt: skip
def test_an_entry_has_to_flag_the_revision_that_it_names(text: str, *, named: bool) -> None:
    assert named_in_changelog(2, text) == named
    assert named_in_changelog(1, text.replace("revision 21", "revision 11")) is False


def test_the_first_revision_needs_no_flag() -> None:
    assert named_in_changelog(1, "Numbers start from baseline revision 1.")


# The comparison itself ----------------------------------------------------------------------------------------------


def moved(name: str, outcome: str, by: float) -> tuple[dict, dict]:
    """A baseline, and what it would be with one outcome moved by a multiple of what is allowed."""
    baseline = kept(name)
    now = copy.deepcopy(baseline)
    values = now["outcomes"][outcome]
    step = largest_allowed(outcome, [x for x in values if x is not None]) * by
    now["outcomes"][outcome] = [None if x is None else x + step for x in values]
    return baseline, now


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("by", [1.01, -1.01])
def test_an_outcome_beyond_its_tolerance_is_named_with_both_values(name: str, by: float) -> None:
    seen = 0
    for outcome, values in kept(name)["outcomes"].items():
        if None in values:
            continue
        lines = drifts(*moved(name, outcome, by))
        assert [line.split(":")[0] for line in lines] == [outcome]
        assert "baseline " in lines[0]
        assert ", now " in lines[0]
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("name", CASES)
def test_outcomes_within_tolerance_pass(name: str) -> None:
    for outcome in kept(name)["outcomes"]:
        if None not in kept(name)["outcomes"][outcome]:
            assert drifts(*moved(name, outcome, 0.99)) == []


def test_outcomes_that_came_or_went_are_named() -> None:
    baseline, now = kept("riverton"), kept("riverton")
    del now["outcomes"]["displaced"]
    now["outcomes"]["made_up"] = [1] * len(baseline["seeds"])
    now["outcomes"]["days_to_liberation"] = [None] * len(baseline["seeds"])
    assert drifts(baseline, now) == [
        "displaced: only in the baseline", "made_up: only in the model now",
        "days_to_liberation: happened in 8 of 8 runs, now in 0",
    ]  # fmt: skip


def test_a_digest_that_moved_is_told_with_its_part_and_outcomes() -> None:
    baseline, now = kept("riverton"), kept("riverton")
    now["digests"][2] |= {"run": "another", "events": "another"}
    now["digests"][4] |= {"run": "another", "summary": "another"}
    was = now["outcomes"]["displaced"][4]
    now["outcomes"]["displaced"][4] = was + 1
    assert different_digests(baseline, now) == [
        "seed 3: events differ; no outcome does", f"seed 5: summary differ; displaced {was} -> {was + 1}",
    ]  # fmt: skip
