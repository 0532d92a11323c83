"""Comparisons of run tables that are written down here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

import sim
from sim.experiments.ablation import (
    AS_IT_STANDS,
    Ablation,
    Plan,
    ablation_markdown,
    effects,
    plan_ablation,
    summary_frame,
    summary_lines,
)
from sim.experiments.comparing import MOST_VARIANTS
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
    assert notes[1] == "1 run of a variant and seed that is there already: left out."
    assert "B: 1 run without a partner under the same seed: left out." in notes
    assert "11 paired seeds" in compare_runs(runs).words


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (range(10), range(8, 30), (False, 10, 20)),  # 2 of 10 in common: no pairs, and the larger sample gives them up
        (range(22), range(20, 30), (False, 20, 10)),
        (range(10), range(6, 30), (False, 10, 20)),  # 4 of 10
        (range(10), range(5, 30), (True, 5, 5)),  # half of the smaller side
        (range(4), range(2, 9), (True, 2, 2)),
        (range(2), range(10), (True, 2, 2)),
        (range(2), range(1, 10), (False, 2, 8)),  # one pair would say nothing
        (range(1), range(10), (True, 1, 1)),
    ],
)
def test_pairs_are_taken_where_half_of_the_smaller_side_has_a_partner(
    own: range, other: range, expected: tuple[bool, int, int]
) -> None:
    seeds = [*own, *other]
    values = np.random.default_rng(4).normal(100, 5, len(seeds))
    runs = pd.DataFrame({"variant": ["a"] * len(own) + ["b"] * len(other), "seed": seeds, "displaced": values})
    found = compare_runs(runs)
    row = found.of("displaced")
    assert (row["paired"], row["runs_base"], row["runs"]) == expected
    if not expected[0]:
        assert f"it shares only {len({*own} & {*other})} seed" in found.words
        kept = [seed for seed in other if seed not in own or len(other) < len(own)]
        assert row["mean"] == pytest.approx(runs[(runs["variant"] == "b") & runs["seed"].isin(kept)]["displaced"].mean())


def test_what_never_happened_on_one_side_is_not_put_down_to_few_runs() -> None:
    runs = made_up()
    runs.loc[runs["variant"] == "B", "days_to_liberation"] = math.nan
    words = compare_runs(runs).words
    assert "Days to liberation is empty in some of 12 pairs (12 in B alone): so it cannot be compared." in words
    assert "Too few runs" not in words
    few = compare_runs(made_up()[lambda runs: runs["seed"] == 1]).words
    assert "B against A, 1 paired seed, 90% intervals." in few
    assert "Too few runs to say anything about" in few


def test_no_outcome_in_common_is_no_comparison() -> None:
    with pytest.raises(ComparisonError, match="there is no outcome to compare"):
        compare_runs(made_up()[["variant", "seed"]])


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


def test_as_many_variants_as_are_allowed_look_unlike() -> None:
    one = made_up()[lambda runs: runs["variant"] == "B"]
    rng = np.random.default_rng(2)
    moved = [one["displaced"] + rng.normal(0, 9000, len(one)) for _ in range(MOST_VARIANTS)]
    frames = [one.assign(variant=f"v{i}", displaced=values) for i, values in enumerate(moved)]
    picture = compare_runs(pd.concat(frames), outcomes=["displaced"]).plot()
    looks = [
        (str(line.get_marker()), str(line.get_color()))
        for line in picture.axes[0].lines
        if line.get_linestyle() == "None" and line.get_marker() not in {"<", ">"}
    ]
    assert len(looks) == len({*looks}) == MOST_VARIANTS - 1
    key = [(str(line.get_marker()), str(line.get_color())) for line in picture.findobj(Line2D) if line.axes is None]
    assert {*looks} <= {*key}


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
    killed = table[table["outcome"] == "civilians_killed"]
    assert (killed["relative_low"] <= killed["relative"]).all()
    assert (killed["relative"] <= killed["relative_high"]).all()
    turned_on = effects(compare_runs(runs).table, {"ieds": "on", "air": "on"})
    assert turned_on["difference"].sum() == pytest.approx(-table["difference"].sum())


def ablation_of(scenario: Scenario, runs: pd.DataFrame) -> Ablation:
    """An ablation of runs whose variant A is the scenario, B is without IEDs, C without aircraft."""
    turned = {"ieds": "off", "air": "off"}
    found = compare_runs(runs.replace({"variant": {"A": AS_IT_STANDS, "B": "ieds", "C": "air"}}), base=AS_IT_STANDS)
    return Ablation(found, effects(found.table, turned), Plan(scenario, (), turned, ()))


def test_mechanisms_of_too_few_runs_are_not_said_to_move_nothing(riverton: Scenario) -> None:
    runs = made_up().assign(status="done")
    runs.loc[runs["variant"] == "C", "status"] = "failed"
    found = ablation_of(riverton, runs)
    assert (found.moved_nothing, found.too_few) == ([], ["air"])
    assert "2 mechanisms switched in turn, 0 to 12 paired seeds, 90% intervals." in found.words
    assert "Too few runs to say anything: air." in found.words
    assert "Moved nothing" not in found.words
    assert "minus without it, 0 to 12 paired seeds." in summary_lines(found)[1]


def test_one_seed_says_only_what_is_identical(riverton: Scenario) -> None:
    found = ablation_of(riverton, made_up()[lambda runs: runs["seed"] == 1])
    assert (found.moved_nothing, found.too_few) == (["air"], ["ieds"])
    assert "1 paired seed, 90% intervals." in found.words
    assert "every run is identical without it: air. Too few runs to say anything: ieds." in found.words


def test_a_mechanism_that_moves_nothing_is_told(riverton: Scenario) -> None:
    runs = made_up()[["variant", "seed", "displaced"]]
    found = ablation_of(riverton, runs)
    assert (found.moved_nothing, found.too_few) == (["ieds", "air"], [])
    assert "Moved nothing (each outcome's interval holds 0): ieds." in found.words


def test_an_ablation_tells_what_did_not_happen(riverton: Scenario) -> None:
    runs = made_up()
    found = ablation_of(riverton, runs)
    assert found.key_outcomes[:2] == ["liberated", "days_to_liberation"]
    told = "Days to liberation has no value in some runs (0 of 12 as it stands and 10 of 12 with ieds off)"
    assert f"{told}: differences rest on the pairs in which it is there." in found.words
    cells = summary_frame(found).set_index("mechanism")
    assert cells.loc["ieds", "days_to_liberation"].endswith("%~")
    assert cells.loc["ieds", "civilians_killed"] == "-10%*"
    assert cells.loc["air", "days_to_liberation"] == "="
    runs.loc[runs["variant"] == "B", "days_to_liberation"] = math.nan
    never = summary_frame(ablation_of(riverton, runs)).set_index("mechanism")
    assert never.loc["ieds", "days_to_liberation"] == "-~"
    runs["days_to_liberation"] = math.nan
    nowhere = "Days to liberation has no value in some runs (12 of 12 as it stands): it cannot be compared."
    assert nowhere in ablation_of(riverton, runs).words
    assert never.loc["ieds", "liberated"].endswith("*")
    assert max(map(len, summary_lines(found))) <= 110


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
