from __future__ import annotations

from datetime import date

import pytest

from sim.record.outcomes import OUTCOMES, expand, find_outcome, ledger_mismatches, outcome_names, summarise
from sim.record.reading import label_text, number_text, outcomes_markdown, readable_summary
from sim.record.series import SERIES


def test_summary_has_the_declared_names(made):
    assert list(made.summary) == outcome_names(["east", "west"])
    assert set(expand((series.name for series in SERIES), ["east", "west"])) | {"date", "day"} == set(
        made.daily.columns
    )


def test_names_are_declared_once_and_in_full():
    names = [outcome.name for outcome in OUTCOMES]
    assert len(names) == len(set(names))
    assert all(outcome.unit and outcome.meaning for outcome in OUTCOMES)
    assert find_outcome("liberated_share").name == "liberated_share"
    assert find_outcome("liberated_share_east").name == "liberated_share_<bank>"
    assert find_outcome("liberated_share_") is None
    assert find_outcome("nonsense") is None


def test_rules_of_outcomes(made):
    daily, summary = made.daily, made.summary
    assert summary["civilians_killed"] == daily["civilians_killed"].iloc[-1]
    assert summary["in_camps_peak"] == daily["in_camps"].max()
    assert summary["bridges_open_fewest"] == daily["bridges_open"].min()
    assert summary["person_days_without_power"] == daily["persons_without_power"].sum()


def test_ledger_adds_up_to_the_summary(made):
    assert ledger_mismatches(made.events, made.summary) == []
    wrong = {**made.summary, "civilians_killed": made.summary["civilians_killed"] + 1}
    assert [line.partition(":")[0] for line in ledger_mismatches(made.events, wrong)] == ["civilians_killed"]


def test_missing_numbers_are_named(made):
    given = {outcome.name: 1.0 for outcome in OUTCOMES if outcome.how == "given"}
    with pytest.raises(ValueError, match="days_simulated"):
        summarise(made.daily, {name: 1.0 for name in given if name != "days_simulated"}, ["east", "west"])
    with pytest.raises(ValueError, match="daily series displaced"):
        summarise(made.daily.drop(columns="displaced"), given, ["east", "west"])


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12345, "persons", "12,345 persons"),
        (0.344, "share", "34%"),
        (0.0344, "share", "3.4%"),
        (0.9999, "share", "100.0%"),
        (1.0, "share", "100%"),
        (1.0, "yes/no", "yes"),
        (float("nan"), "days", "none"),
        (2.5, "days", "2.50 days"),
        (1234.5, "person-days", "1,234 person-days"),
    ],
)
def test_numbers_as_people_write_them(value, unit, text):
    assert number_text(value, unit) == text


def test_readable_summary_is_grouped_and_dated(made):
    rows = readable_summary(made.summary, date(2016, 10, 17))
    assert [group for group, *_ in rows] == sorted((group for group, *_ in rows), key=[r[0] for r in rows].index)
    assert next(text for _, label, text in rows if label == "Days to liberation").endswith("2016)")
    assert label_text("civilians_killed") == "Civilians killed"


def test_documentation_names_everything():
    text = outcomes_markdown()
    for entry in (*OUTCOMES, *SERIES):
        assert f"| `{entry.name}` | {entry.unit} | {entry.meaning} |" in text
    assert text.endswith("\n")
    assert "\n\n\n" not in text
