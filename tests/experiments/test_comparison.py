"""Comparisons of run tables that are written down here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import sim
from sim.experiments.ablation import AS_IT_STANDS, Ablation, Plan, ablation_markdown, effects, plan_ablation, summary_lines
from sim.experiments.comparison import ComparisonError, compare_runs
from sim.experiments.wording import interval, number, percent, table_lines

if TYPE_CHECKING:
    from sim.scenario import Scenario


def made_up(seeds: int = 12) -> pd.DataFrame:
    """Three variants: B kills a tenth more civilians and takes a bridge less; C is A by another name."""
    rng = np.random.default_rng(3)
    city, own = rng.normal(1000, 50, seeds), rng.normal(0, 5, (2, seeds))
    a = {
        "civilians_killed": city, "displaced": rng.normal(200_000, 9000, seeds), "liberated": np.ones(seeds),
        "days_to_liberation": rng.normal(150, 9, seeds), "bridges_open": np.full(seeds, 3.0), "camp_overflow": np.zeros(seeds),
    }  # fmt: skip
    b = {
        **a, "civilians_killed": 1.1 * city + own[0], "displaced": a["displaced"] + rng.normal(0, 4000, seeds),
        "liberated": np.r_[np.zeros(seeds - 2), 1, 1], "bridges_open": a["bridges_open"] - 1,
        "days_to_liberation": np.r_[np.full(seeds - 2, math.nan), 160, 165], "camp_overflow": np.r_[500.0, np.zeros(seeds - 1)],
    }  # fmt: skip
    named = zip("ABC", (a, b, a), strict=True)
    frames = [pd.DataFrame(values).assign(variant=name, seed=range(1, seeds + 1)) for name, values in named]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def found() -> Any:
    return compare_runs(made_up())


def test_what_differs_is_told_from_what_does_not(found: Any) -> None:
    verdicts = {row["outcome"]: row["verdict"] for _, row in found.table[found.table["variant"] == "B"].iterrows()}
    assert verdicts == {
        "civilians_killed": "real", "displaced": "none", "liberated": "real", "days_to_liberation": "none",
        "bridges_open": "real", "camp_overflow": "none",
    }  # fmt: skip
    assert set(found.table.loc[found.table["variant"] == "C", "verdict"]) == {"identical"}
    killed = found.of("civilians_killed", "B")
    assert killed["relative"] == pytest.approx(0.1, abs=0.01)
    assert killed["relative_low"] < killed["relative"] < killed["relative_high"]
    assert killed["variance_saved"] > 0.9
    assert found.of("days_to_liberation")["empty"] == 10


def test_many_comparisons_make_each_less_sure() -> None:
    runs = made_up()
    rng = np.random.default_rng(11)
    noise = pd.DataFrame({f"noise {i}": rng.normal(0, 1, len(runs)) for i in range(80)})
    plain = pd.concat([runs[["variant", "seed"]], noise], axis=1)
    table = compare_runs(plain[plain["variant"] != "C"]).table
    alone = (table["p"] <= 0.1).sum()
    assert alone >= 4
    assert (table["verdict"] == "weak").sum() == alone
    assert (table["p_adjusted"] >= table["p"]).all()


def test_words_say_what_is_real_and_what_is_missing(found: Any) -> None:
    first, second = found.words.split("\n\n")
    assert first.startswith("B against A, 12 paired seeds, 90% intervals. Real: ")
    assert "civilians killed" in first.partition("No difference seen")[0]
    assert "Days to liberation is empty in some of 12 pairs (10 in B alone): compared are the 2 in which it is there." in first
    assert "Pairing took" in first
    assert "Every outcome is identical in every pair." in second
    assert "Real" not in second


def test_a_table_for_a_terminal_fits_it(found: Any) -> None:
    lines = table_lines(found.table, found.base, found.variants)
    assert max(map(len, lines)) <= 110
    assert sum("Civilians killed" in line for line in lines) == 2


def test_other_seeds_are_compared_as_samples_and_it_says_so() -> None:
    runs = made_up()
    runs.loc[runs["variant"] == "B", "seed"] += 100
    found = compare_runs(runs)
    row = found.of("civilians_killed", "B")
    assert (row["method"], row["paired"]) == ("Welch", False)
    assert "B: its seeds are not those of the base, so samples are compared, not pairs." in found.words
    assert "12 and 12 runs, unpaired" in found.words
    assert found.of("civilians_killed", "C")["paired"]


def test_runs_that_are_left_out_are_counted() -> None:
    runs = made_up().assign(status="done")
    runs.loc[0, "status"] = "failed"
    runs = pd.concat([runs, runs.iloc[[5]]])
    notes = compare_runs(runs).notes
    assert notes[0] == "1 of 37 runs failed; their seeds are left out."
    assert notes[1] == "1 runs repeat a variant and seed that is there already, and are left out."
    assert "B: 1 runs have no partner under the same seed, and are left out." in notes


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"outcomes": ["civilian_killed"]}, r'there is no outcome civilian_killed \(did you mean "civilians_killed"\?\)'),
        ({"base": "a"}, "no variant 'a'"),
    ],
)
def test_what_is_not_there_cannot_be_compared(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ComparisonError, match=message):
        compare_runs(made_up(), **asked)


def test_one_variant_is_no_comparison() -> None:
    with pytest.raises(ComparisonError, match="nothing to compare A with"):
        compare_runs(made_up()[lambda runs: runs["variant"] == "A"])


def test_any_numbers_can_be_compared_and_any_variant_be_the_base() -> None:
    runs = pd.DataFrame({"variant": ["x", "x", "x", "y", "y", "y"], "seed": [1, 2, 3] * 2, "score": [1.0, 2, 3, 4, 5, 7]})
    found = compare_runs(runs, base="y")
    assert found.variants == ("x",)
    assert found.of("score")["difference"] == pytest.approx(-10 / 3)


def words_of(picture: Any) -> list[str]:
    return [text.get_text() for text in picture.findobj(Text) if text.get_text()]


def test_the_picture_names_every_outcome_and_variant(found: Any) -> None:
    words = words_of(found.plot())
    assert {"A", "B", "C"} & {*words} == {"B", "C"}
    assert "Civilians killed" in words
    assert "base is 0" in words
    assert found._repr_html_().count("<tr>") == 13


@pytest.mark.parametrize(
    ("value", "unit", "signed", "text"),
    [
        (12_345.6, "persons", False, "12,300"), (0.1234, "share", False, "12.3%"), (0.004, "share", True, "+0.40 pp"),
        (-3.0, "bridges", True, "-3"), (1.234, "days", False, "1.23"), (math.nan, "days", False, "-"), (-0.0, "x", True, "0"),
        (999.96, "x", False, "1,000.0"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_for_people(value: float, unit: str, signed: bool, text: str) -> None:
    assert number(value, unit, signed=signed) == text


def test_intervals_have_digits_in_common() -> None:
    row = pd.Series({"low": 0.0213, "high": 1.6432, "unit": "x"})
    assert interval(row) == "+0.02 to +1.64"
    assert percent(-0.0512) == "-5.1%"
    assert percent(math.inf) == ""


# Ablation -------------------------------------------------------------------------------------------------------------


def test_an_effect_is_with_it_minus_without_it(riverton: Scenario) -> None:
    runs = made_up().replace({"variant": {"A": AS_IT_STANDS, "B": "ieds", "C": "air"}})
    table = effects(compare_runs(runs).table, {"ieds": "off", "air": "on"})
    row = table[(table["mechanism"] == "ieds") & (table["outcome"] == "civilians_killed")].iloc[0]
    assert row["difference"] == pytest.approx(row["with_mean"] - row["without_mean"])
    assert row["difference"] < 0
    assert row["low"] < row["difference"] < row["high"] < 0
    plan = Plan(riverton, (), {"ieds": "off", "air": "on"}, ("outer_defence",))
    found = Ablation(compare_runs(runs), table, plan)
    assert found.moved_nothing == ["air"]
    assert "ieds (civilians killed -10%)" in found.words
    assert "every run is identical without it: air." in found.words
    assert "Off in this scenario, without a row: outer defence." in found.words
    assert max(map(len, summary_lines(found))) <= 110
    assert "| ieds |" in ablation_markdown(found)
    assert "<td>ieds</td>" in found._repr_html_()
    assert "ieds" in words_of(found.plot())
    turned_on = effects(compare_runs(runs).table, {"ieds": "on", "air": "on"})
    assert turned_on["difference"].sum() == pytest.approx(-table["difference"].sum())


def test_an_ablation_runs_each_mechanism_once_and_names_what_it_has_not(riverton: Scenario) -> None:
    plan = plan_ablation(riverton)
    labels = [variant.label for variant in plan.variants]
    assert labels[0] == AS_IT_STANDS
    assert len(plan.turned) == len(labels) - 1
    assert plan.turned["sabotage"] == "on"
    assert "outer_defence" in plan.absent
    batch = plan.batch([1, 2])
    assert len(batch.jobs) == 2 * len(labels)
    assert len({job.address for job in batch.jobs}) == len(batch.jobs)
    with pytest.raises(ComparisonError, match=r'no mechanism ied \(did you mean "ieds"'):
        plan_ablation(riverton, ["ied"])
    with pytest.raises(ComparisonError, match="off already"):
        plan_ablation(riverton, ["outer_defence"])


def test_the_public_face_offers_both() -> None:
    assert {sim.compare.__name__, sim.ablate.__name__} == {"compare", "ablate"}
