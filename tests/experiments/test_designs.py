"""Design points: how many, where, of which type, and always the same."""

from __future__ import annotations

import builtins
import importlib.util
import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import SimError
from sim.experiments.designs import points, size, unit_points
from sim.experiments.spec import Design, Factor, SweepSpec
from sim.scenario import Scenario

needs_salib = pytest.mark.skipif(importlib.util.find_spec("SALib") is None, reason="the extra `sensitivity` is not installed")
SALIB = ("sobol", "morris")
KINDS = ["latin_hypercube", *(pytest.param(kind, marks=needs_salib) for kind in SALIB)]

reals = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)).map(lambda pair: (pair[0], pair[0] + pair[1]))
wholes = st.tuples(st.integers(-1000, 1000), st.integers(1, 5000)).map(lambda pair: (pair[0], pair[0] + pair[1]))
words = st.lists(st.sampled_from(["none", "threatened", "start"]), min_size=1, max_size=3, unique=True)
factor_kinds = st.one_of(
    reals.map(lambda ends: Factor("", None, *ends)),
    wholes.map(lambda ends: Factor("", None, *ends, whole=True)),
    words.map(lambda values: Factor("", tuple(values))),
)


def spec_of(design: Design, *factors: Factor) -> SweepSpec:
    named = (Factor(f"section.p{i}", f.values, f.low, f.high, f.whole) for i, f in enumerate(factors))
    return SweepSpec("test", "", Scenario(), tuple(named), design)


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True), min_size=1, max_size=4))
def test_a_grid_is_every_combination_once(lists: list[list[int]]) -> None:
    spec = spec_of(Design("grid"), *(Factor("", tuple(values), whole=True) for values in lists))
    table = points(spec)
    assert list(table.itertuples(index=False, name=None)) == list(itertools.product(*lists))
    assert len(table) == size(spec)


def test_a_list_is_its_rows() -> None:
    table = points(spec_of(Design("list"), Factor("", (1, 1, 2), whole=True), Factor("", (0.5, 0.25, 0.5))))
    wanted = pd.DataFrame({"section.p0": [1, 1, 2], "section.p1": [0.5, 0.25, 0.5]}, index=pd.RangeIndex(3, name="point"))
    pd.testing.assert_frame_equal(table, wanted, check_dtype=True)


def test_columns_are_of_the_parameters_own_types() -> None:
    table = points(
        spec_of(Design("grid"), Factor("", (2,), whole=True), Factor("", (2.0,)), Factor("", (True,)), Factor("", ("none",)))
    )
    assert [str(kind) for kind in table.dtypes] == ["int64", "float64", "bool", "object"]
    assert table.index.name == "point"
    assert [type(value) for value in table.astype(object).iloc[0]] == [int, float, bool, str]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(
    factors=st.lists(factor_kinds, min_size=1, max_size=5),
    power=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    second_order=st.booleans(),
)
def test_a_sampling_plan_has_its_size_stays_in_range_and_repeats(
    kind: str, factors: list[Factor], power: int, seed: int, second_order: bool
) -> None:
    spec = spec_of(Design(kind, 2**power, seed, second_order), *factors)  # type: ignore[arg-type]
    table = points(spec)
    assert len(table) == size(spec)
    assert list(table.columns) == [factor.key for factor in spec.factors]
    pd.testing.assert_frame_equal(points(spec), table)
    for factor in spec.factors:
        column = table[factor.key]
        if factor.listed:
            assert set(column) <= set(factor.listed)
        else:
            assert column.between(factor.low, factor.high).all()
            assert column.dtype == ("int64" if factor.whole else "float64")


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_is_another_plan(kind: str) -> None:
    tables = [points(spec_of(Design(kind, 16, seed), *[Factor("", None, 0.0, 1.0)] * 4)) for seed in (1, 2)]  # type: ignore[arg-type]
    assert not tables[0].equals(tables[1])


@given(samples=st.integers(1, 60), seed=st.integers(0, 2**32 - 1))
def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_factor(samples: int, seed: int) -> None:
    cube = unit_points(Design("latin_hypercube", samples, seed), ["a", "b", "c"])
    for column in (cube * samples).astype(int).T:
        assert sorted(column) == list(range(samples))


def test_whole_numbers_and_words_get_equal_shares() -> None:
    table = points(
        spec_of(Design("latin_hypercube", 600), Factor("", None, 0, 5, whole=True), Factor("", ("none", "threatened", "start")))
    )
    assert table["section.p0"].value_counts().tolist() == [100] * 6
    assert table["section.p1"].value_counts().tolist() == [200] * 3


@needs_salib
def test_morris_moves_one_factor_at_a_time() -> None:
    n = 5
    table = points(spec_of(Design("morris", 6), *[Factor("", None, 10.0, 20.0)] * n))
    for first in range(0, len(table), n + 1):
        trajectory = table.iloc[first : first + n + 1]
        moved = trajectory.diff().iloc[1:].abs() > 1e-9
        assert (moved.sum(axis=1) == 1).all()
        assert (moved.sum(axis=0) == 1).all()


@needs_salib
def test_morris_reaches_both_ends_of_its_levels() -> None:
    table = points(spec_of(Design("morris", 20, levels=4), Factor("", None, 10.0, 40.0), Factor("", None, 1, 4, whole=True)))
    assert sorted({round(value, 9) for value in table["section.p0"]}) == [10, 20, 30, 40]
    assert sorted(set(table["section.p1"])) == [1, 2, 3, 4]


@needs_salib
def test_sobol_carries_saltellis_matrices() -> None:
    n, factors = 8, [Factor("", None, 0.0, 1.0)] * 3
    table = points(spec_of(Design("sobol", n), *factors)).to_numpy().reshape(n, 5, 3)
    for a, *mixed, b in table:
        for i, row in enumerate(mixed):
            assert row[i] == b[i]
            assert (row != a).sum() == 1


@pytest.mark.parametrize("kind", SALIB)
def test_a_plan_that_needs_salib_names_the_extra(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("SALib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SimError, match=r"needs SALib, which is not installed: .*mosul-abm\[sensitivity\]"):
        points(spec_of(Design(kind, 4), Factor("", None, 0.0, 1.0)))  # type: ignore[arg-type]


def test_a_range_makes_no_grid() -> None:
    with pytest.raises(SimError, match=r"section\.p0 has no values"):
        points(spec_of(Design("grid"), Factor("", None, 0.0, 1.0)))
