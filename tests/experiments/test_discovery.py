"""Discovery of conditions that were planted."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from known import Known, noise, sweep_of, unit_factors

from sim.errors import SimError
from sim.experiments import cases as case_tools
from sim.experiments import prim
from sim.experiments.cases import Cases, Limit, make_cases, rule_words, score
from sim.experiments.discovery import box, tree
from sim.experiments.spec import Design, Factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.findings import Finding

if importlib.util.find_spec("ema_workbench") is None or importlib.util.find_spec("sklearn") is None:
    pytest.skip("the extra `discovery` is not installed", allow_module_level=True)

MIXED = (
    *unit_factors(2),
    Factor("s.when", ("none", "threatened", "start")),
    Factor("s.on", (True, False)),
    Factor("s.n", (2000, 3000, 5000), whole=True),
    Factor("s.k", None, 1, 20, whole=True),
)


def planted(runs: pd.DataFrame) -> pd.Series[bool]:
    return (runs["s.x2"] > 0.6) & (runs["s.x4"] < 0.4)


def mixed(runs: pd.DataFrame) -> pd.Series[bool]:
    return (runs["s.when"] != "none") & runs["s.on"] & (runs["s.n"] >= 3000)


@pytest.fixture(autouse=True, scope="module")
def two_halves() -> Iterator[None]:
    """One split in place of several: each half costs a run of PRIM."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_tools, "SPLITS", 1)
        yield


@pytest.fixture(scope="module")
def five() -> Known:
    return sweep_of(Design("latin_hypercube", 400, 2), unit_factors(5), planted)


@pytest.fixture(scope="module")
def five_box(five: Known) -> Finding:
    return box(five, "y", 0.5)


@pytest.fixture(scope="module")
def of_kinds() -> Known:
    return sweep_of(Design("latin_hypercube", 300), MIXED, mixed)


def limits_of(found: Finding) -> dict[str, pd.Series]:
    return {row["factor"]: row for _, row in found.tables["limits"].iterrows()}


def test_prim_finds_a_planted_box(five: Known, five_box: Finding) -> None:
    limits = limits_of(five_box)
    assert set(limits) == {"s.x2", "s.x4"}
    assert limits["s.x2"]["low"] == pytest.approx(0.6, abs=0.02)
    assert limits["s.x4"]["high"] == pytest.approx(0.4, abs=0.02)
    assert np.isnan(limits["s.x2"]["high"])
    assert np.isnan(limits["s.x4"]["low"])
    row = five_box.tables["box"].iloc[0]
    assert row["coverage"] > 0.95
    assert row["density"] > 0.95
    assert row["tried_coverage"] > 0.9
    assert row["tried_density"] > 0.85
    # What it says of itself is what counting gives.
    inside = (five.runs["s.x2"] >= limits["s.x2"]["low"]) & (five.runs["s.x4"] <= limits["s.x4"]["high"])
    wanted = planted(five.runs)
    assert row["coverage"] == pytest.approx((inside & wanted).sum() / wanted.sum())
    assert row["density"] == pytest.approx((inside & wanted).sum() / inside.sum())
    assert row["mass"] == pytest.approx(inside.mean())
    assert five_box.warnings == ()
    assert five_box.tables["factors"]["found_again"].tolist() == [1, 1, 0, 0, 0]
    assert "The box by PRIM: s.x2 at least 0.6" in five_box.words or "The box by PRIM: s.x2 at least 0.59" in five_box.words


def test_the_table_of_the_way_in_is_the_librarys(five: Known, five_box: Finding) -> None:
    cases = make_cases(five, "y", 0.5, "above")
    rules = prim._peel(prim.load_prim(), cases)
    way = five_box.tables["peeling"]
    assert len(rules) == len(way)
    assert (way["coverage"].iloc[0], way["density"].iloc[0]) == (1, pytest.approx(planted(five.runs).mean()))
    assert way["taken"].sum() == 1
    assert (way["restricted"].diff().iloc[1:] >= 0).all()


def test_quasi_p_values_are_the_librarys(five: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    library = prim.load_prim()
    kept = []
    real = library.Prim.find_box
    monkeypatch.setattr(library.Prim, "find_box", lambda self: kept.append(real(self)) or kept[-1])
    cases = make_cases(five.less(five.runs.assign(y=five.runs["y"] + 0.3 * noise(five.runs))), "y", 0.7, "above")
    rules = prim._peel(library, cases)
    found = kept[0]
    values = getattr(found, "p_values", None) or found.qp
    place = len(rules) // 2
    assert len(rules) == len(values)
    for key, (low, high) in values[place].items():
        limit = rules[place][key]
        for end, p in (("low", low), ("high", high)):
            if getattr(limit, end) is not None:
                assert prim._quasi_p(cases, rules[place], key, end) == pytest.approx(p, rel=1e-6)


def test_more_coverage_can_be_asked_for(five: Known) -> None:
    noisy = five.less(five.runs.assign(y=five.runs["y"] + 0.45 * noise(five.runs)))
    cases = make_cases(noisy, "y", 0.7, "above")
    narrow, wide = (prim.find_box(prim.load_prim(), cases, coverage).peeling.query("taken").iloc[0] for coverage in (0.4, 0.9))
    assert narrow["coverage"] >= 0.4
    assert wide["coverage"] >= 0.9
    assert narrow["density"] > wide["density"]


def test_limits_that_chance_might_set_are_taken_back() -> None:
    sweep = sweep_of(Design("latin_hypercube", 200, 3), unit_factors(4), lambda r: 3.0 * (r["s.x1"] > 0.5) + noise(r))
    found = prim.find_box(prim.load_prim(), make_cases(sweep, "y", 3.0, "above"), None)
    assert set(found.rule) == {"s.x1"}
    assert found.peeling.query("taken").iloc[0]["restricted"] > 1
    assert found.dropped
    assert not any(words.startswith("s.x1 at least") for words in found.dropped)
    assert found.p["s.x1", "low"] < prim.LARGEST_P


def test_pure_noise_has_no_box_or_one_that_is_doubted() -> None:
    sweep = sweep_of(Design("latin_hypercube", 80, 4), unit_factors(3), noise)
    found = box(sweep, "y", 0.8)
    assert any("no limit holds" in line or "less sure" in line or "doubtful" in line for line in found.warnings)
    grown = tree(sweep, "y", 0.8)
    assert any("less sure" in line or "no branch" in line for line in grown.warnings)


def test_a_box_of_words_switches_and_whole_numbers(of_kinds: Known) -> None:
    found = box(of_kinds, "y", 0.5, coverage=0.9)
    limits = limits_of(found)
    assert set(limits) == {"s.when", "s.on", "s.n"}
    assert limits["s.when"]["values"] == "threatened, start"
    assert limits["s.when"]["all_values"] == "none, threatened, start"
    assert limits["s.on"]["limit"] == "s.on is yes"
    assert limits["s.n"]["low"] == 3000
    assert found.about["coverage"] == found.about["density"] == 1
    assert "s.when is not none and s.on is yes and s.n at least 3,000" in found.words
    assert "the highest density with a coverage of at least 90%" in found.words


def test_a_tree_finds_the_same(of_kinds: Known, five: Known) -> None:
    found = tree(of_kinds, "y", 0.5)
    best = found.tables["leaves"].query("best").iloc[0]
    assert set(best["questions"].split("\n")) == {"s.when is not none", "s.on is yes", "s.n at least 3,000"}
    assert (best["coverage"], best["density"]) == (1, 1)
    assert found.tables["leaves"]["mass"].sum() == pytest.approx(1)
    assert found.tables["leaves"]["coverage"].sum() == pytest.approx(1)
    assert found.tables["factors"]["gain"].sum() == pytest.approx(1)
    assert found.tables["factors"].query("gain > 0")["factor"].sort_values().tolist() == ["s.n", "s.on", "s.when"]
    grown = tree(five, "y", 0.5, depth=2)
    best = grown.tables["leaves"].query("best").iloc[0]
    assert best["coverage"] > 0.97
    assert best["density"] > 0.97
    ends = {words.split()[0]: float(words.split()[-1]) for words in best["questions"].split("\n")}
    assert ends == pytest.approx({"s.x2": 0.6, "s.x4": 0.4}, abs=0.02)


def test_leaves_hold_every_run_once(of_kinds: Known) -> None:
    from sim.experiments.trees import _grow

    cases = make_cases(of_kinds.less(of_kinds.runs.assign(y=of_kinds.runs["s.x1"] * of_kinds.runs["s.k"])), "y", 5, "above")
    rules, _ = _grow(cases, 4)
    assert len(rules) > 6
    assert (np.sum([cases.inside(rule) for rule in rules], axis=0) == 1).all()


@pytest.mark.parametrize("find", [box, tree])
def test_thresholds_that_all_or_no_runs_pass_are_said_in_words(find, of_kinds: Known) -> None:
    for threshold, direction, often, share in ((9, "above", "never", 0), (-1, "above", "always", 1), (0, "below", "never", 0)):
        found = find(of_kinds, "y", threshold, direction)
        assert not found.tables
        assert f"y is {often} {direction} {threshold} in 300 runs (it runs from 0 to 1)" in found.words
        assert found.about["share"] == share
    empty = find(of_kinds.less(of_kinds.runs.assign(y=of_kinds.runs["y"].where(of_kinds.runs.index != 4))), "y", 0.5)
    assert "empty in 1 of 300 runs" in empty.words
    assert find(of_kinds.less(of_kinds.runs[:0]), "y", 0.5).words == "No run is done yet."
    for wrong in ("sideways", ""):
        with pytest.raises(SimError, match="direction is above, at least, below, at most, not"):
            find(of_kinds, "y", 0.5, wrong)
    with pytest.raises(SimError, match="kept no outcome 'z'"):
        find(of_kinds, "z", 0.5)


@pytest.mark.parametrize("find", [box, tree])
def test_at_least_and_at_most_take_the_threshold_itself(find) -> None:
    sweep = sweep_of(Design("latin_hypercube", 200), unit_factors(2), lambda r: np.floor(4 * r["s.x1"]))
    for threshold, direction, wanted in ((3, "at least", 50), (0, "at most", 50), (2, "above", 50), (1, "below", 50)):
        found = find(sweep, "y", threshold, direction)
        assert found.about["of_interest"] == wanted
        assert found.title.startswith(f"Where y is {direction} {threshold}: ")
        assert f"In 50 of 200 runs (25%) y is {direction} {threshold}." in found.words
    never = find(sweep, "y", 3.5, "at least")
    assert "y is never at least 3.5 in 200 runs (it runs from 0 to 3)" in never.words


@pytest.mark.parametrize(
    ("threshold", "direction", "words"),
    [(0.5, "above", "liberated is yes"), (1, "at least", "liberated is yes"), (0, "at most", "liberated is no")],
)
def test_a_yes_or_no_is_wished_for_in_words(threshold: float, direction: case_tools.Direction, words: str) -> None:
    assert case_tools.wish("liberated", threshold, direction) == words
    assert case_tools.wish("displaced", 123456, "at least", "never") == "displaced is never at least 123,456 persons"


@pytest.mark.parametrize("find", [box, tree])
def test_below_is_the_mirror_of_above(find, of_kinds: Known) -> None:
    mirrored = of_kinds.less(of_kinds.runs.assign(y=-of_kinds.runs["y"]))
    one, other = find(of_kinds, "y", 0.5, "above"), find(mirrored, "y", -0.5, "below")
    assert one.about["rule"] == other.about["rule"]


def test_wrong_wishes_are_refused(of_kinds: Known) -> None:
    with pytest.raises(SimError, match="coverage is a share over 0 and up to 1, not 50"):
        box(of_kinds, "y", 0.5, coverage=50)
    with pytest.raises(SimError, match="depth of at least 1, not 0"):
        tree(of_kinds, "y", 0.5, depth=0)


@pytest.mark.parametrize("find", [box, tree])
def test_the_order_of_runs_does_not_matter_and_answers_repeat(find) -> None:
    sweep = sweep_of(Design("latin_hypercube", 60), MIXED, lambda r: mixed(r) + 0.6 * noise(r), replicates=2)
    shuffled = sweep.less(sweep.runs.sample(frac=1, random_state=3))
    one, other = find(sweep, "y", 0.8), find(shuffled, "y", 0.8)
    assert (one.words, one.warnings) == (other.words, other.warnings)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


def test_runs_that_were_read_from_a_file_tell_the_same(of_kinds: Known, tmp_path) -> None:
    of_kinds.runs.to_parquet(tmp_path / "runs.parquet")
    assert tree(of_kinds.less(pd.read_parquet(tmp_path / "runs.parquet")), "y", 0.5).words == tree(of_kinds, "y", 0.5).words


@pytest.mark.parametrize("find", [box, tree])
def test_a_handful_of_runs_is_too_few_and_no_crash(find, of_kinds: Known) -> None:
    for count in (2, 4, 12):
        runs = of_kinds.runs[:count].assign(y=np.arange(count) % 2)
        found = find(of_kinds.less(runs), "y", 0.5)
        assert any("too small" in line for line in found.warnings)
        assert any("have no run that is done" in line for line in found.warnings)


@pytest.mark.parametrize("find", [box, tree])
def test_factors_that_do_not_vary_tell_nothing(find) -> None:
    values = (1.0,) * 20
    sweep = sweep_of(Design("list"), (Factor("s.a", values),), lambda r: np.arange(20.0))
    found = find(sweep, "y", 10)
    assert not found.tables
    assert "No factor varies" in found.words


def test_what_makes_any_rule_doubtful_is_told(of_kinds: Known) -> None:
    often = tree(of_kinds.less(of_kinds.runs.assign(y=1 - of_kinds.runs["y"])), "y", 0.5)
    assert any("the rule rather than the exception" in line for line in often.warnings)
    repeated = tree(sweep_of(Design("grid"), MIXED[2:5], mixed, replicates=9), "y", 0.5)
    assert "Each of the 9 replicates of a point is a case" in repeated.words


def test_replicates_of_a_point_share_one_vote() -> None:
    x = pd.DataFrame({"a": np.repeat([0.0, 1.0], 50)})
    y = np.tile([False, True], 50) | (x["a"] > 0.5).to_numpy()
    alone = Cases(x, y, np.arange(100))
    shared = Cases(x, y, np.arange(100) // 10)
    rule = {"a": Limit(low=0.5)}
    assert prim._quasi_p(alone, rule, "a", "low") < 1e-5
    assert prim._quasi_p(shared, rule, "a", "low") == pytest.approx(0.75**5)


def test_halves_share_no_point() -> None:
    sweep = sweep_of(Design("latin_hypercube", 20), unit_factors(2), lambda r: r["s.x1"], replicates=3)
    cases = make_cases(sweep, "y", 0.5, "above")
    pairs = list(cases.halves())
    assert len(pairs) == 2 * case_tools.SPLITS
    for here, there in pairs:
        assert not set(here.points) & set(there.points)
        assert len(here.y) + len(there.y) == len(cases.y)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(low=0.25), "s.x1 at least 0.25"),
        (Limit(high=0.5), "s.x1 at most 0.5"),
        (Limit(low=0.25, high=0.5), "s.x1 from 0.25 to 0.5"),
        (Limit(low=3, high=3), "s.x1 is 3"),
    ],
)
def test_rules_in_words(limit: Limit, words: str) -> None:
    cases = Cases(pd.DataFrame({"s.x1": [0.0, 0.3, 1.0]}), np.array([True, False, True]), np.arange(3))
    assert rule_words(cases, {"s.x1": limit}) == words
    assert rule_words(cases, {}) == "any conditions"
    assert score(cases, {}).density == pytest.approx(2 / 3)


def test_limits_in_words_hold_the_cases_that_they_hold() -> None:
    """12,360 to three digits is 12,400, beyond every value."""
    x = pd.DataFrame({"n": [12_340, 12_350, 12_360, 12_370], "x": [0.12341, 0.12342, 0.12348, 7e6]})
    cases = Cases(x, np.array([False, False, True, True]), np.arange(4), steps=frozenset({"n"}))
    assert rule_words(cases, {"n": Limit(low=12_360.0)}) == "n at least 12,360"
    assert rule_words(cases, {"n": Limit(12_350.0, 12_360.0)}) == "n from 12,350 to 12,360"
    assert rule_words(cases, {"x": Limit(low=0.1234567)}) == "x at least 0.12346"
    assert rule_words(cases, {"x": Limit(high=0.1234151)}) == "x at most 0.123415"
    assert rule_words(cases, {"x": Limit(low=6_123_456.0)}) == "x at least 6.12 million"
    assert rule_words(cases, {"x": Limit(low=0.5)}) == "x at least 0.5"


def test_rules_of_values_in_words() -> None:
    labels = {"s.when": ("none", "threatened", "start", "late")}
    cases = Cases(pd.DataFrame({"s.when": pd.Series([0, 1, 2, 3], dtype=object)}), np.ones(4, bool), np.arange(4), labels)
    told = {codes: rule_words(cases, {"s.when": Limit(codes=frozenset(codes))}) for codes in ((0,), (0, 2), (0, 2, 3))}
    assert told == {(0,): "s.when is none", (0, 2): "s.when is none or start", (0, 2, 3): "s.when is not threatened"}
    assert cases.inside({"s.when": Limit(codes=frozenset((0, 2)))}).tolist() == [True, False, True, False]


def test_the_library_of_either_version_is_called_right(five: Known) -> None:
    """2.x asks for a threshold, 3.x takes none."""
    library, asked = prim.load_prim(), []

    class OfVersion3(library.Prim):
        def __init__(self, x, y, *, peel_alpha=0.05, mass_min=0.05):
            asked.append((peel_alpha, mass_min))
            extra = {"threshold": 1e-9} if "threshold" in library.Prim.__init__.__code__.co_varnames else {}
            super().__init__(x, y, peel_alpha=peel_alpha, mass_min=mass_min, **extra)

    cases = make_cases(five, "y", 0.5, "above")
    module = type(sys)("prim3")
    module.Prim = OfVersion3
    assert prim._peel(module, cases) == prim._peel(library, cases)
    assert asked == [(0.05, 0.05)]


@pytest.mark.parametrize(("find", "missing"), [(box, "ema_workbench"), (tree, "sklearn")])
def test_without_the_libraries_the_extra_is_named(find, missing: str, of_kinds: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == missing:
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SimError, match=r"is not installed: .*mosul-abm\[discovery\]"):
        find(of_kinds, "y", 0.5)


def test_snapping_takes_values_that_were_run() -> None:
    cases = Cases(pd.DataFrame({"n": [1, 4, 9]}), np.ones(3, bool), np.arange(3), steps=frozenset({"n"}))
    for low, high in itertools.product((1.5, 4.0), (4.2, 8.9)):
        assert cases.snapped("n", Limit(low, high)) == Limit(4.0, 4.0)
    assert replace(cases, steps=frozenset()).snapped("n", Limit(1.5)) == Limit(1.5)
