"""Sensitivity against formulas whose exact answers are known."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from known import Known, noise, sweep_of, unit_factors

from sim.errors import SimError
from sim.experiments import separation, variance
from sim.experiments.ranks import _independent
from sim.experiments.samples import responses
from sim.experiments.sensitivity import morris, ranks, sobol
from sim.experiments.spec import Design, Factor

needs_salib = pytest.mark.skipif(importlib.util.find_spec("SALib") is None, reason="the extra `sensitivity` is not installed")

RANGE = (-math.pi, math.pi)
A, B = 7.0, 0.1
ANGLES = tuple(Factor(f"s.x{i}", None, *RANGE) for i in (1, 2, 3))
SLOPES = {"s.x1": 3.0, "s.x2": -2.0, "s.x3": 0.5, "s.x4": 0.0}
# Not from 0 to 1, so that the range counts.
LINE = (
    Factor("s.x1", None, 0.0, 1.0),
    Factor("s.x2", None, 10.0, 14.0),
    Factor("s.x3", None, -6.0, 2.0),
    Factor("s.x4", None, 0.0, 1.0),
)
EFFECTS = {"s.x1": 3.0, "s.x2": -8.0, "s.x3": 4.0, "s.x4": 0.0}  # slope times range


def ishigami(runs: pd.DataFrame) -> pd.Series[float]:
    x1, x2, x3 = (runs[f"s.x{i}"] for i in (1, 2, 3))
    return np.sin(x1) + A * np.sin(x2) ** 2 + B * x3**4 * np.sin(x1)


def ishigami_indices() -> dict[str, dict[str, float]]:
    """Ishigami and Homma 1990: the exact shares of variance."""
    first = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    second = A**2 / 8
    both = B**2 * math.pi**8 * 8 / 225
    whole = first + second + both
    return {
        "S1": {"s.x1": first / whole, "s.x2": second / whole, "s.x3": 0.0},
        "ST": {"s.x1": (first + both) / whole, "s.x2": second / whole, "s.x3": both / whole},
        "S2": {"s.x1 s.x3": both / whole, "s.x1 s.x2": 0.0, "s.x2 s.x3": 0.0},
    }


def line(runs: pd.DataFrame) -> pd.Series[float]:
    return sum(slope * runs[key] for key, slope in SLOPES.items())  # type: ignore[return-value]


def rows(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {row["factor"]: row for _, row in table.iterrows()}


@pytest.fixture(scope="module")
def angles() -> Known:
    return sweep_of(Design("sobol", 1024, second_order=True), ANGLES, ishigami)


@needs_salib
def test_sobol_finds_the_exact_indices_of_the_ishigami_function(angles: Known) -> None:
    found = sobol(angles, "y")
    exact, table = ishigami_indices(), rows(found.tables["indices"])
    for name in ("S1", "ST"):
        for key, value in exact[name].items():
            assert table[key][name] == pytest.approx(value, abs=0.02)
            assert table[key][f"{name}_low"] < value < table[key][f"{name}_high"]
    pairs = {f"{row.factor} {row.other}": row.S2 for row in found.tables["pairs"].itertuples()}
    assert pairs == pytest.approx(exact["S2"], abs=0.04)
    assert found.tables["indices"]["factor"].tolist() == ["s.x1", "s.x2", "s.x3"]
    assert "s.x1 explains most: ST 0.56" in found.words
    assert "The strongest pair is s.x1 with s.x3: S2 0.2" in found.words
    assert found.about["sum_S1"] == pytest.approx(sum(exact["S1"].values()), abs=0.04)


@needs_salib
def test_sobol_splits_a_sum_by_the_squares_of_its_effects() -> None:
    found = sobol(sweep_of(Design("sobol", 1024), LINE, line), "y")
    whole = sum(effect**2 for effect in EFFECTS.values())
    table = rows(found.tables["indices"])
    for key, effect in EFFECTS.items():
        assert table[key]["S1"] == pytest.approx(effect**2 / whole, abs=0.02)
        assert table[key]["ST"] == pytest.approx(effect**2 / whole, abs=0.02)
    assert "pairs" not in found.tables
    assert "may be left fixed: s.x4" in found.words
    assert "factors act mostly one by one" in found.words


@needs_salib
def test_a_small_sobol_sample_says_so_and_a_large_one_does_not(angles: Known) -> None:
    small = sobol(sweep_of(Design("sobol", 32), ANGLES, ishigami), "y")
    assert any("too small for precise values" in line for line in small.warnings)
    assert any("order of factors is not settled" in line for line in small.warnings)
    # Nothing but the width of one interval is left to say of 1,024.
    large = sobol(angles, "y")
    assert not any("order" in line for line in large.warnings)
    need = int(small.warnings[0].split("takes about ")[1].split()[0].replace(",", ""))
    assert need & (need - 1) == 0
    assert need > 512
    assert not sobol(sweep_of(Design("sobol", 4096), unit_factors(2), lambda r: r["s.x1"] + 2 * r["s.x2"]), "y").warnings


@needs_salib
@pytest.mark.parametrize(("kind", "block", "analyse", "name"), [("sobol", 5, sobol, "indices"), ("morris", 4, morris, "effects")])
def test_blocks_with_a_missing_point_are_left_out_whole(kind: str, block: int, analyse, name: str) -> None:
    whole = sweep_of(Design(kind, 16), ANGLES, ishigami)  # type: ignore[arg-type]
    gone = whole.runs["point"].isin([3, block * 7 + 1, block * 7 + 2])
    found = analyse(whole.less(whole.runs[~gone]), "y")
    assert any("3 points of" in line and "2 of 16" in line for line in found.warnings)
    blocks = np.repeat(np.arange(16), block)
    kept = ~np.isin(blocks, [0, 7])
    shorter = replace(
        whole,
        spec=replace(whole.spec, design=replace(whole.spec.design, samples=14)),
        points=whole.points[kept].reset_index(drop=True),
        runs=whole.runs[kept].assign(point=np.arange(14 * block)).reset_index(drop=True),
    )
    pd.testing.assert_frame_equal(found.tables[name], analyse(shorter, "y").tables[name])


@needs_salib
def test_a_sweep_that_has_hardly_begun_has_no_indices() -> None:
    for kind, analyse in (("sobol", sobol), ("morris", morris)):
        whole = sweep_of(Design(kind, 16), ANGLES, ishigami)  # type: ignore[arg-type]
        found = analyse(whole.less(whole.runs[:7]), "y")
        assert not found.tables
        assert "1 of 16" in found.words
        assert analyse(whole.less(whole.runs[:0]), "y").words == "No run is done yet."


@needs_salib
def test_morris_is_exact_for_a_sum() -> None:
    found = morris(sweep_of(Design("morris", 12), LINE, line), "y")
    table = rows(found.tables["effects"])
    for key, effect in EFFECTS.items():
        assert table[key]["mu"] == pytest.approx(effect, abs=1e-9)
        assert table[key]["mu_star"] == pytest.approx(abs(effect), abs=1e-9)
        assert table[key]["sigma"] == pytest.approx(0, abs=1e-9)
    assert found.tables["effects"]["factor"].tolist() == ["s.x2", "s.x3", "s.x1", "s.x4"]
    assert table["s.x2"]["reading"] == "almost linear"
    assert table["s.x4"]["reading"] == "no effect"
    assert found.warnings == ()
    assert "s.x2 moves y most: mu* is 8 over its full range" in found.words
    assert "down on balance" in found.words


@needs_salib
def test_morris_sees_what_acts_together() -> None:
    found = morris(sweep_of(Design("morris", 40), unit_factors(3), lambda r: r["s.x1"] * (r["s.x2"] - 0.5) + r["s.x3"]), "y")
    table = rows(found.tables["effects"])
    # The effect of x1 is x2 - 0.5: -1/2, -1/6, 1/6 or 1/2 on four levels, |.| 1/3 on average.
    assert table["s.x1"]["mu"] == pytest.approx(0, abs=0.1)
    assert table["s.x1"]["mu_star"] == pytest.approx(1 / 3, abs=0.06)
    assert table["s.x1"]["sigma"] > table["s.x1"]["mu_star"]
    assert table["s.x3"]["sigma"] == pytest.approx(0, abs=1e-9)
    assert "turns with its own size or with other factors" in found.words


@needs_salib
def test_few_trajectories_are_too_few() -> None:
    found = morris(sweep_of(Design("morris", 6), ANGLES, ishigami), "y")
    assert "too small: 6 trajectories" in found.warnings[0]
    assert any("order of factors" in line for line in found.warnings)


@needs_salib
def test_morris_takes_whole_numbers_words_and_switches() -> None:
    factors = (
        Factor("s.n", None, 1, 10, whole=True),
        Factor("s.when", ("none", "threatened", "start")),
        Factor("s.on", (False, True)),
    )
    order = {"none": 0, "threatened": 1, "start": 2}
    found = morris(sweep_of(Design("morris", 20), factors, lambda r: r["s.n"] + 5 * r["s.when"].map(order) + 4 * r["s.on"]), "y")
    table = rows(found.tables["effects"])
    assert (table["s.n"]["mu"], table["s.on"]["mu"]) > (0, 0)
    # Three words have no order: how strong they are can be told, which way they push cannot.
    assert math.isnan(table["s.when"]["mu"])
    assert table["s.when"]["mu_star"] > 0
    assert table["s.when"]["reading"] == "no order"
    assert table["s.on"]["mu_star"] == pytest.approx(4 / (2 / 3))  # a step is two thirds of the unit interval
    assert table["s.on"]["sigma"] == pytest.approx(0, abs=1e-9)
    assert table["s.n"]["mu_star"] == pytest.approx(10, rel=0.15)
    assert "With two values only, s.on: mu* is 1.5 times what the switch does" in found.words


@needs_salib
@pytest.mark.parametrize(
    ("values", "sign", "words"),
    [
        ((20, 40, 60, 90), 1, "up on balance, "),
        ((90, 60, 40, 20), -1, "up on balance, "),
        ((False, True), 1, "up on balance, "),
        ((True, False), -1, "up on balance, "),
        ((date(2016, 12, 1), date(2016, 11, 1)), -1, "up on balance, "),
        ((20, 90, 40, 60), None, "), its values in no order."),
        (("none", "threatened", "start"), None, "), its values in no order."),
    ],
)
def test_the_direction_of_an_effect_does_not_hang_on_the_order_of_a_list(values, sign: int | None, words: str) -> None:
    def outcome(runs: pd.DataFrame) -> pd.Series[float]:
        return runs["s.a"].map({value: float(10 * place * (sign or 1)) for place, value in enumerate(values)})

    found = morris(sweep_of(Design("morris", 12), (Factor("s.a", values), *unit_factors(1)), outcome), "y")
    row = rows(found.tables["effects"])["s.a"]
    assert words in found.words
    assert ("on balance" in found.words) == (sign is not None)
    assert math.isnan(row["mu"]) if sign is None else row["mu"] == pytest.approx(row["mu_star"])
    assert row["mu_star"] > 0
    assert "turns with" not in found.words or sign is not None


@needs_salib
def test_sobol_says_one_by_one_only_where_the_sample_carries_it() -> None:
    def told(s1: float, half: float) -> str:
        table = pd.DataFrame({"S1": [s1], "ST": [s1], "ST_low": [s1 - half], "ST_high": [s1 + half]})
        return variance._sum_words(table, s1)

    assert "act mostly one by one" in told(0.95, 0.04)
    assert "act mostly one by one" in told(1.05, 0.04)
    assert "too small to say" in told(1.05, 0.06)
    assert "too small to say" in told(1.2, 0.04)
    assert "by factors together or is noise" in told(0.8, 0.04)
    tiny = sobol(sweep_of(Design("sobol", 2), unit_factors(2), noise), "y")
    assert "one by one the sample is too small to say" in tiny.words


def test_noise_of_common_seeds_by_hand() -> None:
    """Two points, three seeds: values 1 2 6 and 2 5 5, of which both means are taken off."""
    values = np.array([[1.0, 2.0, 6.0], [2.0, 5.0, 5.0]])
    sweep = sweep_of(Design("list"), (Factor("s.a", (1.0, 2.0)),), lambda r: values.ravel(), replicates=3)
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    assert rest.tolist() == [[0, -1, 1], [0, 1, -1]]
    found = responses(sweep, "y")
    assert found.means.tolist() == [3, 4]
    assert found.noise == pytest.approx(4 / 2 / 3)  # squares 4, (2 - 1)(3 - 1) degrees of freedom, means of three
    own = responses(replace(sweep, spec=replace(sweep.spec, seeds="independent")), "y")
    assert own.noise == pytest.approx((14 + 6) / 4 / 3)


def test_the_interval_of_a_partial_rank_correlation_by_its_formula() -> None:
    """k = 5 factors on n = 20 points: standard error 1 / sqrt(n - (k - 1) - 3) = 1 / sqrt(13) on the inverse tangent."""
    sweep = sweep_of(Design("latin_hypercube", 20), unit_factors(5), lambda r: r["s.x1"] + 0.5 * noise(r))
    for _, row in ranks(sweep, "y").tables["ranks"].iterrows():
        for end, sign in (("low", -1), ("high", 1)):
            expected = math.tanh(math.atanh(row["prcc"]) + sign * 1.6448536 / math.sqrt(13))
            assert row[f"prcc_{end}"] == pytest.approx(expected)


@needs_salib
@pytest.mark.parametrize(("kind", "analyse"), [("sobol", sobol), ("morris", morris), ("latin_hypercube", ranks)])
def test_answers_do_not_hang_on_the_order_of_runs_and_repeat(kind: str, analyse) -> None:
    sweep = sweep_of(Design(kind, 32), ANGLES, lambda r: ishigami(r) + noise(r), replicates=2)  # type: ignore[arg-type]
    shuffled = sweep.less(sweep.runs.sample(frac=1, random_state=3))
    one, other = analyse(sweep, "y"), analyse(shuffled, "y")
    assert one.words == other.words
    assert one.warnings == other.warnings
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


@needs_salib
@pytest.mark.parametrize(("kind", "analyse"), [("sobol", sobol), ("morris", morris), ("latin_hypercube", ranks)])
def test_what_cannot_be_told_is_said_in_words(kind: str, analyse) -> None:
    same = sweep_of(Design(kind, 16), ANGLES, lambda r: np.full(len(r), 3.5))  # type: ignore[arg-type]
    found = analyse(same, "y")
    assert not found.tables
    assert f"y is 3.5 in all {len(same.runs)} runs" in found.words
    assert found.warnings == (found.words,)
    runs = same.runs.assign(whole=1.0)
    runs.loc[[2, 5], "y"] = np.nan
    found = analyse(replace(same, runs=runs, outcomes=("y", "whole")), "y")
    assert not found.tables
    assert "empty in 2 of" in found.words
    assert "Every run has whole." in found.words
    with pytest.raises(SimError, match=r"kept no outcome 'z' \(it kept y\)"):
        analyse(same, "z")


def test_a_design_of_another_kind_is_refused() -> None:
    sweep = sweep_of(Design("latin_hypercube", 16), ANGLES, ishigami)
    for analyse, kind in ((sobol, "sobol"), (morris, "morris")):
        with pytest.raises(SimError, match=f"needs a design of kind {kind}, and has a latin_hypercube"):
            analyse(sweep, "y")


@needs_salib
def test_noise_of_independent_seeds_is_measured_and_lifts_total_indices() -> None:
    sd = math.sqrt(sum(effect**2 for effect in EFFECTS.values()) / 12)
    sweep = sweep_of(Design("sobol", 512), LINE, lambda r: line(r) + sd * noise(r), replicates=4, seeds="independent")
    found = sobol(sweep, "y")
    # A quarter of the single run's noise is left in a mean of four: 1/4 of what the factors make, 1/5 of the whole.
    assert found.about["noise_share"] == pytest.approx(0.2, abs=0.02)
    assert rows(found.tables["indices"])["s.x4"]["ST"] == pytest.approx(0.2, abs=0.03)
    assert "without any effect would show an ST of about 0.2" in found.words
    screened = morris(sweep_of(Design("morris", 200), LINE, lambda r: line(r) + noise(r), replicates=2, seeds="independent"), "y")
    assert rows(screened.tables["effects"])["s.x4"]["mu_star"] == pytest.approx(screened.about["noise_floor"], rel=0.15)


@needs_salib
def test_what_a_common_seed_does_to_all_points_is_no_noise() -> None:
    sweep = sweep_of(Design("sobol", 64), LINE, lambda r: line(r) + 100 * noise(r, "seed"), replicates=4)
    found = sobol(sweep, "y")
    assert found.about["noise_share"] == pytest.approx(0, abs=1e-9)
    exact = sobol(sweep_of(Design("sobol", 64), LINE, line), "y")
    table = found.tables["indices"].drop(columns="factor")
    np.testing.assert_allclose(table, exact.tables["indices"].drop(columns="factor"), atol=1e-9)
    assert "with one seed, the same for all" in exact.words


@needs_salib
def test_points_with_missing_replicates_are_told() -> None:
    sweep = sweep_of(Design("morris", 12), LINE, line, replicates=3)
    found = morris(sweep.less(sweep.runs[1:]), "y")
    assert found.warnings == ("some replicates are not done at 1 point: the mean there is over fewer seeds",)


def test_rank_correlations_see_what_rises_and_falls_throughout() -> None:
    sweep = sweep_of(
        Design("latin_hypercube", 400), unit_factors(4), lambda r: np.exp(6 * r["s.x1"]) / (1 + 4 * r["s.x2"]) ** 2
    )
    found = ranks(sweep, "y")
    table = rows(found.tables["ranks"])
    assert table["s.x1"]["prcc"] > 0.95
    assert table["s.x2"]["prcc"] < -0.85
    for key in ("s.x3", "s.x4"):
        assert abs(table[key]["prcc"]) < 0.12
    from scipy.stats import spearmanr

    for key in table:
        alone = spearmanr(sweep.points[key], sweep.runs["y"])[0]
        assert table[key]["spearman"] == pytest.approx(alone)
        assert table[key]["prcc_low"] < table[key]["prcc"] < table[key]["prcc_high"]
    assert "Higher values of s.x1 go with more of it. Higher values of s.x2 go with less of it." in found.words


def test_partial_rank_correlation_is_that_of_the_inverse_matrix() -> None:
    sweep = sweep_of(Design("latin_hypercube", 60), unit_factors(3), lambda r: r["s.x1"] ** 3 - r["s.x2"] + 0.4 * noise(r))
    together = pd.concat([sweep.points, sweep.runs["y"]], axis=1).rank().corr()
    inverse = np.linalg.inv(together.to_numpy())
    exact = -inverse[:3, 3] / np.sqrt(np.diag(inverse)[:3] * inverse[3, 3])
    table = rows(ranks(sweep, "y").tables["ranks"])
    assert [table[key]["prcc"] for key in ("s.x1", "s.x2", "s.x3")] == pytest.approx(exact.tolist())


def test_intervals_of_rank_correlations_hold_the_true_value_as_often_as_they_say() -> None:
    sweep, drawn = sweep_of(Design("latin_hypercube", 30), unit_factors(2), lambda r: r["s.x1"]), np.random.default_rng(11)
    held, tries = 0, 100
    for _ in range(tries):
        table = ranks(sweep.less(sweep.runs.assign(y=drawn.random(30))), "y").tables["ranks"]
        held += int(((table["prcc_low"] < 0) & (table["prcc_high"] > 0)).sum())
    assert 0.83 < held / (2 * tries) < 0.97  # 90%, over three standard errors either way


def test_ranks_work_on_a_grid_and_leave_out_what_has_no_order() -> None:
    factors = (
        Factor("s.n", (1, 2, 3, 4, 5), whole=True),
        Factor("s.when", ("none", "threatened", "start")),
        Factor("s.on", (False, True)),
        Factor("s.how", ("intact", "down")),
    )
    found = ranks(sweep_of(Design("grid"), factors, lambda r: r["s.n"] + 9 * r["s.on"] - 20 * (r["s.how"] == "down")), "y")
    assert set(found.tables["ranks"]["factor"]) == {"s.how", "s.on", "s.n"}
    assert "left out, as their values have no order: s.when" in found.warnings
    assert rows(found.tables["ranks"])["s.how"]["prcc"] < -0.9


def test_factors_that_move_in_step_cannot_be_told_apart() -> None:
    values = tuple(float(i) for i in range(20))
    sweep = sweep_of(Design("list"), (Factor("s.a", values), Factor("s.b", values)), lambda r: r["s.a"] + np.sin(r["s.a"]))
    found = ranks(sweep, "y")
    assert found.tables["ranks"]["prcc"].isna().all()
    assert found.tables["ranks"]["spearman"].notna().all()
    assert any("in step with other factors" in line for line in found.warnings)
    assert "cannot be told apart" in found.words


@needs_salib
def test_ranks_take_only_independent_points_of_a_sobol_design() -> None:
    for second_order in (False, True):
        sweep = sweep_of(Design("sobol", 64, second_order=second_order), ANGLES, ishigami)
        taken = sweep.points.iloc[_independent(sweep)]
        assert len(taken) == ranks(sweep, "y").about["points"] == 128
        assert (taken.nunique() == 128).all()


def test_few_points_have_no_rank_correlations() -> None:
    found = ranks(sweep_of(Design("latin_hypercube", 5), unit_factors(3), lambda r: r["s.x1"]), "y")
    assert not found.tables
    assert "Too few points: 5 points for 3 factors" in found.words


@pytest.mark.parametrize(
    ("low", "high", "settled"),
    [
        ([8, 5, 1], [9, 6, 2], 3),
        ([8, 5, 1], [9, 8.5, 2], 0),
        ([8, 5, 4], [9, 6, 5.5], 1),
        ([1], [2], 1),
        ([3, 1, 1], [4, 2, 3.5], 0),
    ],
)
def test_an_order_is_settled_as_far_as_intervals_lie_apart(low: list[float], high: list[float], settled: int) -> None:
    assert separation.settled(np.array(low, float), np.array(high, float)) == settled


def test_samples_grow_with_the_square_of_the_interval() -> None:
    value, half = np.array([5.0, 4.0]), np.array([1.0, 1.0])
    assert separation.times_to_settle(value, half, 0) == 4
    (line,) = separation.order_warning(["a", "b"], value, half, 10, "points", separation.rounded_up)
    assert line.startswith("the order of factors is not settled: the interval of a overlaps others; ")
    assert line.endswith("to part it from b takes about 40 points")
    assert separation.power_of_two(513) == 1024
    assert separation.rounded_up(1234) == 1300


@pytest.mark.parametrize(("kind", "analyse"), [("sobol", sobol), ("morris", morris)])
def test_without_salib_the_extra_is_named(kind: str, analyse, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("SALib")
    sweep = sweep_of(Design(kind, 4), ANGLES, ishigami)  # type: ignore[arg-type]

    def without(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr("sim.experiments.blocks.import_module", without)
    with pytest.raises(SimError, match=r"needs? SALib, which is not installed: .*mosul-abm\[sensitivity\]"):
        analyse(sweep, "y")
