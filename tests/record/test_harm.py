"""The harm ledger as a table: nobody is lost between ledger, table and summary, whatever it is counted by."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import sim
from sim.errors import RunError
from sim.record import codes
from sim.record.harm import ALL, COLUMNS, OUTSIDE, PEOPLE, HarmError, harm
from sim.record.run import Run

CHOICES = [(), *combinations(COLUMNS, 1), *combinations(COLUMNS, 2), ("week", "bank", "cause"), tuple(COLUMNS)]


@pytest.mark.parametrize("by", CHOICES, ids=",".join)
def test_sums_are_those_of_the_summary(made, by):
    for people in ("civilians", "defenders", "liberators") if len(by) < 2 else ("civilians",):
        table = harm(made, by, people=people)
        assert list(table.columns) == [*by, "killed", "wounded"]
        assert table["killed"].sum() == made.summary[f"{people}_killed"] > 0
        assert table["wounded"].sum() == made.summary[f"{people}_wounded"] > 0


def test_everybody_is_the_sum_of_each(made):
    whole = harm(made, ["people"], people=ALL).set_index("people")
    assert whole["killed"].sum() == sum(made.summary.get(f"{people}_killed", 0) for people in PEOPLE)
    for people in whole.index:
        assert whole.loc[people, "killed"] == harm(made, [], people=people)["killed"].item()


def test_each_place_lies_on_its_bank(made, place):
    table = harm(made, "place,bank")
    bank_of = dict(zip(place.names, place.name_banks, strict=True))
    assert (table["bank"] == table["neighbourhood"].map(bank_of | {OUTSIDE: OUTSIDE})).all()
    assert set(table["bank"]) == {*place.name_banks, OUTSIDE}
    assert not table["neighbourhood"].duplicated().any()


def test_weeks_are_seven_days_from_the_first_day_of_the_run(made):
    days, weeks = harm(made, "day"), harm(made, "week")
    since = (days["day"] - days["day"].min()).dt.days
    assert days["day"].is_monotonic_increasing
    assert set((weeks["week"] - np.datetime64(made.dates[0])).dt.days % 7) == {0}
    assert days["killed"].groupby(since // 7).sum().tolist() == weeks["killed"].tolist()


def test_the_worst_stand_first_within_each_group(made):
    table = harm(made, ["bank", "cause"])
    banks = table["bank"].unique()
    by_bank = table.groupby("bank")["killed"].sum()
    assert by_bank[banks].is_monotonic_decreasing
    assert len(banks) == (table["bank"] != table["bank"].shift()).sum()
    for bank in banks:
        assert table.loc[table["bank"] == bank, "killed"].is_monotonic_decreasing


def test_a_folder_is_enough(fresh, tmp_path):
    loaded = Run.load(fresh.save(tmp_path))
    assert loaded.harm(by=["cause", "bank"]).equals(harm(fresh, ["cause", "bank"]))
    assert "harm" in dir(sim.Run.load(loaded.path))


def test_harm_off_the_quarters_is_counted_too(made):
    deaths = made.events[(made.events["people"] == "civilians") & (made.events["kind"] == "death")]
    table = harm(made, ["bank"]).set_index("bank")
    assert table.loc[OUTSIDE, "killed"] == deaths.loc[deaths["neighbourhood"].isna(), "count"].sum() > 0


def test_a_ledger_that_lost_somebody_is_refused(fresh):
    civilians = (fresh.events["people"] == "civilians") & (fresh.events["kind"] == "death")
    fresh.events.loc[civilians.idxmax(), "count"] += 1
    with pytest.raises(RunError, match="civilians killed in its ledger"):
        harm(fresh, ["cause"])


def test_mistakes_name_what_was_meant(made):
    with pytest.raises(HarmError, match=r'no column "actr" \(did you mean "actor"\?\), no column "weeks"'):
        harm(made, "actr,weeks,cause")
    with pytest.raises(HarmError, match=r'"civilian" is none of .* \(did you mean "civilians"\?\)'):
        harm(made, people="civilian")


def test_every_word_of_the_ledger_for_people_can_be_asked_for():
    assert set(PEOPLE) == set(codes.WORDS["people"]) - {"nobody"}
