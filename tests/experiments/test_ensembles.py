"""Ribbons, probabilities and widths of intervals against answers that are known."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from made_sweep import BRIDGES, FIGHTERS, RANGE, in_memory, made_spec, made_sweep
from scipy.stats import binomtest, norm, t

from sim.experiments.ensembles import carried, drawn_series, ensembles, ribbons, unit_of
from sim.experiments.exceedance import AnalysisError, Threshold, curves, exceedance, independent, probability, wilson
from sim.experiments.groups import by_factor, by_point, groupings, point_labels
from sim.experiments.loaded import load_sweep
from sim.experiments.phrases import exact, span, with_unit
from sim.experiments.replicates import half_median, needed_chance, needed_mean, replicates
from sim.experiments.spec import Design, Factor
from sim.experiments.store import SweepError
from sim.views import draw

if TYPE_CHECKING:
    from pathlib import Path

    from sim.experiments.loaded import LoadedSweep
    from sim.scenario import Scenario

LHS = Design("latin_hypercube", samples=8)


def loaded(folder: Path, scenario: Scenario, outcomes: Any, *factors: Factor, series: Any = None, **more: Any) -> LoadedSweep:
    """A sweep of one outcome, ``displaced`` unless another is named."""
    name = more.pop("name", "displaced")
    gone = {key: more.pop(key) for key in ("fails", "waits") if key in more}
    spec = made_spec(scenario, *factors, outcomes=(name,), **more)
    if series is None and not gone:
        return in_memory(folder, spec, lambda *run: {name: outcomes(*run)})
    made = made_sweep(folder / "s", spec, lambda *run: {name: outcomes(*run)}, series, **gone)
    return load_sweep(made)


def test_ribbons_of_known_series_are_exact_and_dated(tmp_path: Path, riverton: Scenario) -> None:
    """Five runs that rise by 0, 10 ... 40 a day: quantiles lie on the straight line between them."""
    sweep = loaded(
        tmp_path, riverton, lambda point, rep: 0.0, replicates=5, keep="daily",
        series=lambda point, rep: {"displaced": [10.0 * rep * day + 1000 * point for day in range(3)]},
    )  # fmt: skip
    table = ribbons(sweep.daily(), by_point(sweep))
    last = table[table["date"] == "2016-10-19"].set_index("point")
    assert table["date"].drop_duplicates().astype(str).tolist() == ["2016-10-17", "2016-10-18", "2016-10-19"]
    assert last.loc[0, ["q05", "q25", "median", "q75", "q95"]].tolist() == [4, 20, 40, 60, 76]
    assert last.loc[1, "median"] == 1040
    assert last["group"].tolist() == ["fighters 40", "fighters 90"]
    assert last["n"].tolist() == last["n_running"].tolist() == [5, 5]


def test_a_run_that_ended_keeps_its_last_value_and_is_not_running(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(
        tmp_path, riverton, lambda *_: 0.0, replicates=2, keep="daily",
        series=lambda point, rep: {"displaced": [1.0, 5.0] if rep else [1.0, 2.0, 3.0, 9.0]},
    )  # fmt: skip
    table = ribbons(sweep.daily(), by_point(sweep)).query("point == 0")
    assert table["median"].tolist() == [1, 3.5, 4, 7]
    assert table["n"].tolist() == [2, 2, 2, 2]
    assert table["n_running"].tolist() == [2, 2, 1, 1]
    (finding,) = ensembles(sweep)
    assert "2 runs had ended before then and are carried on with their last value" in finding.words
    assert "20 Oct 2016" in finding.words


def test_gaps_are_carried_and_what_lies_before_the_first_value_is_not() -> None:
    rows = carried(np.array([[np.nan, 1, np.nan, 3, np.nan], [2, np.nan, np.nan, np.nan, 4]]))
    assert np.array_equal(rows, [[np.nan, 1, 1, 3, 3], [2, 2, 2, 2, 4]], equal_nan=True)


def test_points_are_told_apart_up_to_six_then_values_of_factors_then_nothing(tmp_path: Path, riverton: Scenario) -> None:
    many = Factor("defenders.fighters", (30, 60, 90, 120), whole=True)
    small = loaded(tmp_path / "a", riverton, lambda *_: 1.0, FIGHTERS, BRIDGES)
    large = loaded(tmp_path / "b", riverton, lambda *_: 1.0, many, BRIDGES)
    drawn = loaded(tmp_path / "c", riverton, lambda *_: 1.0, RANGE, design=LHS)
    assert [grouping.by for grouping in groupings(small)] == ["point"]
    assert groupings(small)[0].labels[1] == "fighters 40, demolition start"
    assert [grouping.by for grouping in groupings(large)] == ["defenders.fighters", "bridges.demolition"]
    assert groupings(large)[1].labels == ("demolition none", "demolition start")
    assert [grouping.labels for grouping in groupings(drawn)] == [("all points",)]


def test_labels_tell_factors_and_values_apart(tmp_path: Path, riverton: Scenario) -> None:
    switches = (Factor("air.enabled", (True, False)), Factor("artillery.enabled", (True, False)))
    sweep = loaded(tmp_path, riverton, lambda *_: 1.0, *switches)
    assert point_labels(sweep)[1] == "air enabled yes, artillery enabled no"
    assert point_labels(sweep).nunique() == 4
    sweep = loaded(tmp_path, riverton, lambda *_: 1.0, *switches, FIGHTERS)
    assert by_factor(sweep, "artillery.enabled").labels == ("artillery enabled yes", "artillery enabled no")
    assert by_factor(sweep, "defenders.fighters").labels == ("fighters 40", "fighters 90")


def test_values_whose_labels_are_cut_alike_are_groups_of_their_own(tmp_path: Path, riverton: Scenario) -> None:
    path = "cities/mosul_with_old_bridges_"
    spec = made_spec(riverton, FIGHTERS, Factor("defenders.seed", (1, 2)), replicates=2)
    sweep = in_memory(tmp_path, spec, lambda *_: {"displaced": 1.0})
    sweep.points["city.path"] = [f"{path}{end}" for end in "aabb"]
    grouping = by_factor(sweep, "city.path")
    assert grouping.labels == ("path 1", "path 2")
    assert grouping.label_of.tolist() == ["path 1", "path 1", "path 2", "path 2"]


def test_runs_that_start_on_different_dates_are_warned_of(tmp_path: Path, riverton: Scenario) -> None:
    starts = Factor("time.start", (date(2016, 10, 17), date(2016, 10, 19)))
    sweep = loaded(
        tmp_path, riverton, lambda *_: 0.0, Factor("defenders.fighters", (1, 2, 3, 4), whole=True), starts, replicates=2,
        keep="daily", series=lambda point, rep: {"displaced": [0.0, 5.0]},
    )  # fmt: skip
    daily = sweep.daily()
    late = (daily["point"] % 2 == 1).to_numpy()
    sweep.daily = lambda: daily.assign(date=daily["date"] + pd.to_timedelta(2 * late, unit="D"))  # type: ignore[method-assign]
    pooled, by_start = ensembles(sweep)
    assert any(warning.startswith("runs start on different dates") for warning in pooled.warnings)
    assert by_start.about["by"] == "time.start"
    assert not any("different dates" in warning for warning in by_start.warnings)


def test_a_larger_grid_has_ribbons_by_factor_and_by_point(tmp_path: Path, riverton: Scenario) -> None:
    many = Factor("defenders.fighters", (30, 60, 90, 120), whole=True)
    sweep = loaded(
        tmp_path, riverton, lambda *_: 0.0, many, BRIDGES, replicates=2, keep="daily",
        series=lambda point, rep: {"displaced": [float(point), point + rep]},
    )  # fmt: skip
    first, second = ensembles(sweep)
    pooled = first.tables["ribbons"].set_index(["group", "date"])
    # Fighters 60 are points 2 and 3, each with two replicates: 2, 3, 3, 4 on the second day.
    assert pooled.loc[("fighters 60", "2016-10-18"), "median"] == 3
    assert pooled["n"].unique().tolist() == [4]
    assert first.tables["ribbons_by_point"]["point"].nunique() == 8
    assert "ribbons_by_point" not in second.tables
    assert "pools all values of the other factors" in first.words
    assert "All points share their seeds" in first.words
    assert first.tables["groups"]["runs"].tolist() == [4, 4, 4, 4]


def test_no_daily_series_no_ribbons(tmp_path: Path, riverton: Scenario) -> None:
    assert ensembles(loaded(tmp_path, riverton, lambda *_: 1.0)) == []


def test_series_that_are_drawn_are_those_behind_the_outcomes() -> None:
    daily = pd.DataFrame({"point": [0], "date": [0], "trapped": [1], "liberated_share": [0.5], "liberated_share_east": [0.5]})
    assert drawn_series(daily, ["trapped_peak", "days_to_liberation", "liberated"]) == ["trapped", "liberated_share"]
    assert drawn_series(daily, ["nothing"]) == ["trapped", "liberated_share", "liberated_share_east"]
    assert unit_of("liberated_share_east") == "share"


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (117, 200), (1, 1)])
def test_intervals_of_probabilities_are_wilsons(k: int, n: int) -> None:
    known = binomtest(k, n).proportion_ci(confidence_level=0.9, method="wilson")
    assert wilson(k, n) == pytest.approx((known.low, known.high), abs=1e-12)


def test_probabilities_by_point_and_over_all(tmp_path: Path, riverton: Scenario) -> None:
    """Point 0 passes in 2 of 8, point 1 in 6 of 8; over all, the eight common seeds count."""
    sweep = loaded(tmp_path, riverton, lambda point, rep: 100.0 * (rep < (6 if point else 2)), replicates=8)
    table = probability(sweep, Threshold("displaced", ">", 50)).set_index("group")
    assert table["met"].to_dict() == {"all points": 8, "fighters 40": 2, "fighters 90": 6}
    assert table["p"].tolist() == [0.5, 0.25, 0.75]
    ends = [binomtest(k, 8).proportion_ci(0.9, "wilson") for k in (4, 2, 6)]
    assert table["low"].tolist() == pytest.approx([end.low for end in ends])
    assert table["high"].tolist() == pytest.approx([end.high for end in ends])
    assert table["point"].isna().tolist() == [True, False, False]
    words = exceedance(sweep, "displaced", [Threshold("displaced", ">", 50)]).words
    assert "P(displaced more than 50 persons) is 50% (90% interval 25% to 75%) over all points (8 of 16 runs)" in words
    assert "by point from 25% (90% interval 9% to 54%) at fighters 40 to 75%" in words
    assert "compared in pairs" in words


@pytest.mark.parametrize(
    ("more", "trials"),
    [
        ({"replicates": 4}, 4),
        ({"replicates": 4, "seeds": "independent"}, 8),
        ({"factors": (RANGE,), "design": LHS, "replicates": 4, "seeds": "independent"}, 8),
        ({"factors": (RANGE,), "design": LHS}, 8),
        ({"factors": (Factor("defenders.fighters", (40,), whole=True),), "replicates": 4}, 4),
    ],
)
def test_an_interval_over_all_points_counts_what_is_independent(
    more: dict[str, Any], trials: int, tmp_path: Path, riverton: Scenario
) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: float(rep), *more.pop("factors", ()), **more)
    assert probability(sweep, Threshold("displaced", ">", 1)).loc[0, "n_independent"] == trials


def test_sampled_points_under_common_seeds_count_by_hand(tmp_path: Path, riverton: Scenario) -> None:
    """The seed alone decides: seed means 0, 0, 1, 1 vary by 1/3, so 1/4 over 1/12 is 3 trials, lessened by (1.645 / 2.353)^2."""
    more: dict[str, Any] = {"design": LHS, "replicates": 4}
    sweep = loaded(tmp_path, riverton, lambda point, rep: float(rep), RANGE, **more)
    row = probability(sweep, Threshold("displaced", ">", 1)).iloc[0]
    assert row["n_independent"] == pytest.approx(3 * (norm.ppf(0.95) / t.ppf(0.95, 3)) ** 2)
    # All runs alike tell nothing of what a seed does: the seeds count.
    assert probability(sweep, Threshold("displaced", ">", 9)).loc[0, "n_independent"] == 4
    # The point alone decides: no more trials than there are points.
    sweep = loaded(tmp_path, riverton, lambda point, rep: float(point % 2), RANGE, **more)
    row = probability(sweep, Threshold("displaced", ">", 0)).iloc[0]
    assert row["n_independent"] == pytest.approx(7 * (norm.ppf(0.95) / t.ppf(0.95, 7)) ** 2)


@pytest.mark.parametrize(("points", "seeds", "strong"), [(40, 5, 2.0), (40, 3, 0.5), (200, 3, 2.0), (40, 5, 50.0)])
def test_intervals_over_sampled_points_under_common_seeds_hold_the_truth(
    points: int, seeds: int, strong: float, tmp_path: Path, riverton: Scenario
) -> None:
    """Runs pass where x + strong * z(seed) > 1, x spread evenly over 0 to 3 and z normal: 90% of intervals are to hold it."""
    spec = made_spec(riverton, RANGE, design=Design("latin_hypercube", points), replicates=seeds)
    sweep = in_memory(tmp_path, spec, lambda *_: {"displaced": 0.0})
    drawn, tries, held = np.random.default_rng(1), 150, 0
    truth = float(norm.sf((1 - np.linspace(0, 3, 1001)) / strong).mean())
    for _ in range(tries):
        x = 3 * (np.arange(points) + drawn.random(points)) / points
        passed = x[:, None] + strong * drawn.standard_normal(seeds) > 1
        answer = pd.Series(passed.ravel().astype(float), index=sweep.runs.index)
        n = independent(sweep, answer)
        low, high = wilson(float(answer.mean()) * n, n)
        held += low <= truth <= high
    assert held / tries > 0.85  # two standard errors under 90%


def test_what_did_not_happen_is_later_than_any_day_of_the_run(tmp_path: Path, riverton: Scenario) -> None:
    """Runs may last 60 days; three of four are liberated, on days 10, 20 and 30."""
    sweep = loaded(
        tmp_path, riverton, lambda point, rep: [10.0, 20.0, 30.0, math.nan][rep], replicates=4, name="days_to_liberation"
    )
    within = probability(sweep, Threshold("days_to_liberation", ">", 25)).iloc[1]
    assert within[["met", "n", "censored", "unknown", "p"]].tolist() == [2, 4, 1, 0, 0.5]
    before = probability(sweep, Threshold("days_to_liberation", "<=", 25)).iloc[1]
    assert before[["met", "n", "p"]].tolist() == [2, 4, 0.5]
    beyond = probability(sweep, Threshold("days_to_liberation", ">", 70)).iloc[1]
    assert beyond[["met", "n", "censored", "unknown", "p"]].tolist() == [0, 3, 1, 1, 0]
    assert (beyond["low"], beyond["high"]) == (0, pytest.approx(binomtest(1, 4).proportion_ci(0.9, "wilson").high))
    curve = curves(sweep, "days_to_liberation").query("group == 'fighters 40'")
    assert curve["value"].tolist() == [10, 20, 30, 60]
    assert curve["share_above"].tolist() == [0.75, 0.5, 0.25, 0.25]
    finding = exceedance(sweep, "days_to_liberation", [Threshold("days_to_liberation", ">", 70)])
    assert finding.words.startswith("In 2 of 8 runs there is no days_to_liberation")
    assert any("2 runs it is not known" in warning for warning in finding.warnings)


def test_any_other_outcome_that_is_missing_is_known_on_neither_side(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: [5.0, 15.0, math.nan][rep], replicates=3)
    row = probability(sweep, Threshold("displaced", ">", 10)).iloc[1]
    assert row[["met", "n", "censored", "unknown", "p"]].tolist() == [1, 2, 1, 1, 0.5]
    assert row["low"] == pytest.approx(binomtest(1, 3).proportion_ci(0.9, "wilson").low)
    assert row["high"] == pytest.approx(binomtest(2, 3).proportion_ci(0.9, "wilson").high)


def test_the_curve_is_one_less_the_distribution(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: [1.0, 1.0, 2.0, 8.0][rep], replicates=4)
    curve = curves(sweep, "displaced")
    whole = curve[curve["group"] == "all points"]
    assert whole["value"].tolist() == [1, 2, 8]
    assert whole["share_above"].tolist() == [0.5, 0.25, 0]
    assert curve["group"].drop_duplicates().tolist() == ["all points", "fighters 40", "fighters 90"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (2, "Displaced: 2 runs lie between 100 and 101 persons, half of them above 100 persons."),
        (40, "Displaced: half of 40 runs lie above 120 persons, nine in ten between 102 and 137 persons."),
    ],
)
def test_of_few_runs_the_lowest_and_highest_are_told(count: int, words: str, tmp_path: Path, riverton: Scenario) -> None:
    one = Factor("defenders.fighters", (40,), whole=True)
    sweep = loaded(tmp_path, riverton, lambda point, rep: 100.0 + rep, one, replicates=count)
    assert words in exceedance(sweep, "displaced").words


def test_a_condition_in_two_spellings_is_told_once(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: 100.0 + rep, replicates=3)
    finding = exceedance(sweep, "displaced", [Threshold.parse("displaced>100"), Threshold.parse("displaced>1e2")])
    assert finding.words.count("P(displaced more than 100 persons)") == 1
    assert len(finding.tables["probability"]) == 3


def test_yes_or_no_has_a_probability_without_being_asked(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: float(rep > 0), replicates=4, name="liberated")
    finding = exceedance(sweep, "liberated")
    assert finding.tables["probability"].loc[0, "p"] == 0.75
    assert "P(liberated) is 75%" in finding.words


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("displaced>1000000", ("displaced", ">", 1e6)),
        (" displaced >= 1_000_000 ", ("displaced", ">=", 1e6)),
        ("displaced<1,000.5", ("displaced", "<", 1000.5)),
        ("buildings_damaged_share<=5%", ("buildings_damaged_share", "<=", 0.05)),
        ("displaced>1e6", ("displaced", ">", 1e6)),
        ("displaced>.5", ("displaced", ">", 0.5)),
    ],
)
def test_conditions_are_read(text: str, known: tuple[str, str, float]) -> None:
    one = Threshold.parse(text)
    assert (one.outcome, one.sign, one.value) == known


@pytest.mark.parametrize(
    "text", ["", "displaced", "displaced>", "displaced=3", ">3", "displaced>many", "displaced>1e999", "displaced>3>2"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(AnalysisError, match='is no condition: write it as "displaced>1000000"'):
        Threshold.parse(text)


def test_replicates_that_a_mean_needs() -> None:
    """Standard deviation 10, mean 100: t(0.95, 12) 10 / sqrt(13) = 4.94, while 12 replicates give 5.18."""
    assert needed_mean(10, 100) == 13
    assert needed_mean(0, 100) == 2
    assert needed_mean(100, 100) == pytest.approx((1.6449 / 0.05) ** 2, rel=3e-3)
    assert math.isinf(needed_mean(1e9, 1))
    assert math.isnan(needed_mean(1, 0))


def test_the_width_of_a_median_is_that_of_normal_theory() -> None:
    values = norm.ppf((np.arange(401) + 0.5) / 401)
    assert half_median(values) == pytest.approx(1.6449 * 1.2533 / math.sqrt(401), rel=0.05)
    assert math.isnan(half_median(np.array([1.0, 2.0])))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5])
def test_replicates_that_a_probability_needs(p: float) -> None:
    n = needed_chance(p)
    wide = [wilson(p * count, count)[1] - wilson(p * count, count)[0] for count in (n - 1, n)]
    assert wide[1] <= 0.1 < wide[0]
    assert n == pytest.approx({0.0: 25, 0.2: 173, 0.5: 268}[p], abs=2)


def test_how_many_replicates_are_enough_in_words(tmp_path: Path, riverton: Scenario) -> None:
    """Normal scores of standard deviation 10 about 100 at each of two points."""
    scores = norm.ppf((np.arange(20) + 0.5) / 20)
    scores = 100 + 10 * scores / scores.std(ddof=1)
    sweep = loaded(tmp_path, riverton, lambda point, rep: scores[rep] * (1 + point), replicates=20)
    finding = replicates(sweep, ["displaced"], [Threshold("displaced", ">", 150)])
    needed = finding.tables["needed"]
    assert needed["needed_mean"].tolist() == [13, 13]
    assert needed["half_mean"].tolist() == pytest.approx([1.7291 * 10 / math.sqrt(20), 1.7291 * 20 / math.sqrt(20)], rel=1e-4)
    width = finding.tables["width"].set_index("n")["relative_mean"]
    assert width[20] == pytest.approx(needed["relative_mean"][0])
    assert width[13] <= 0.05 < width[12]
    assert finding.tables["probability"]["p"].tolist() == [0, 1]
    assert "Displaced: mean to within 3.9% (median " in finding.words
    assert "5% needs 13." in finding.words
    assert "P(displaced more than 150 persons): to within 6 percentage points at the worst; 5 points need 25" in finding.words


def test_few_replicates_and_runs_without_a_value_are_warned_of(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: 3.0 if rep else math.nan, replicates=3, name="days_to_liberation")
    finding = replicates(sweep, ["days_to_liberation"])
    assert any("fewer than 5 replicates" in warning for warning in finding.warnings)
    assert any("not in the numbers of days_to_liberation" in warning for warning in finding.warnings)
    assert "the same in all replicates" in finding.words


def test_an_incomplete_sweep_says_how_much_is_missing(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda *_: 1.0, replicates=5, fails={(0, 1)}, waits={(1, 3), (1, 4)})
    assert (len(sweep.runs), sweep.failed, sweep.missing, sweep.planned) == (7, 1, 2, 10)
    assert sweep.gap.startswith("The sweep is incomplete: of 10 runs, 2 runs not done yet and 1 run failed (30%).")
    assert sweep.runs.columns.tolist() == ["point", "replicate", "seed", "defenders.fighters", "displaced"]
    with pytest.raises(SweepError, match="not a sweep folder"):
        load_sweep(tmp_path)


def test_numbers_carry_their_units() -> None:
    assert with_unit(1.0, "persons") == "1 person"
    assert with_unit(12345.6, "persons") == "12,300 persons"
    assert with_unit(0.341, "share") == with_unit(0.341, "yes/no") == "34%"
    assert span(1234, 5678, "persons", "and") == "1,234 and 5,678 persons"
    assert span(0.1, 0.2, "share") == "10% to 20%"
    assert exact(123456, "persons") == "123,456 persons"
    assert exact(1, "persons") == "1 person"
    assert exact(0.07, "share") == "7%"


def texts(figure: Any) -> list[str]:
    found = [text for axes in figure.axes for text in (axes._left_title, axes._right_title, *axes.texts)]
    return [text.get_text() for text in (*found, *figure.texts)]


def test_pictures_show_bands_groups_and_dates(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(
        tmp_path, riverton, lambda point, rep: float(rep), replicates=4, keep="daily",
        series=lambda point, rep: {"displaced": [0.0, 1.0 * rep, 2.0 * rep * (1 + point)], "trapped": [5.0, 1.0, 0.0]},
    )  # fmt: skip
    (finding,) = ensembles(sweep, ["displaced", "trapped_peak"])
    figure = draw("ensemble", finding.tables, finding.title, finding.about)
    assert len(figure.axes) == 4
    assert {"fighters 40: 4 runs", "fighters 90: 4 runs", "Displaced, persons", "Trapped, persons"} <= set(texts(figure))
    assert next(label.get_text() for label in figure.axes[-1].get_xticklabels()) == "17 Oct\n2016"
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert len(figure.axes[0].collections) == 2


def test_pictures_of_probabilities_show_every_row_and_the_threshold(tmp_path: Path, riverton: Scenario) -> None:
    sweep = loaded(tmp_path, riverton, lambda point, rep: 10.0 * rep + point, replicates=5)
    finding = exceedance(sweep, "displaced", [Threshold("displaced", ">", 20)])
    figure = finding.plot()
    assert figure is not None
    curve, chances = figure.axes
    assert [label.get_text() for label in chances.get_yticklabels()] == ["all points", "fighters 40", "fighters 90"]
    assert "20" in texts(figure)
    assert len(curve.get_legend().get_texts()) == 3


def test_pictures_hold_for_what_never_happens_and_never_varies(tmp_path: Path, riverton: Scenario) -> None:
    none = loaded(tmp_path / "a", riverton, lambda *_: math.nan, replicates=2)
    assert "it happened in no run" in texts(exceedance(none, "displaced").plot())
    same = loaded(tmp_path / "b", riverton, lambda *_: 0.0, replicates=2)
    assert exceedance(same, "displaced").plot() is not None
    assert "no outcome varies between replicates" in texts(replicates(same, ["displaced"]).plot())
    sure = loaded(tmp_path / "c", riverton, lambda point, rep: float(rep), replicates=2, name="liberated")
    assert any("percentage points" in text for text in texts(replicates(sure, ["liberated"]).plot()))
