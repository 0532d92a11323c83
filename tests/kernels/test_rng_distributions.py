"""Poisson, binomial, exponential and normal draws against the laws of SciPy, and at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from draws import SMALLEST_P, binomials, exponentials, key, law_p, normals, poissons, unmix
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.kernels.rng import binomial, exponential, poisson, uniform

N = 50_000
KEYS = st.integers(0, 2**64 - 1).map(np.uint64)
ROWS = st.integers(0, 2**31 - 1)
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize("mean", [0.003, 0.3, 1.0, 4.5, 17.0, 31.9, 32.0, 32.1, 64.0, 95.5, 400.0])
def test_poisson_draws_follow_the_law(mean: float) -> None:
    draws = poissons(key(), N, mean)
    assert law_p(draws, stats.poisson(mean)) > SMALLEST_P
    assert abs(draws.mean() - mean) < 5 * math.sqrt(mean / N)
    assert draws.var() == pytest.approx(mean, rel=0.08 if mean > 0.1 else 0.5)


@pytest.mark.parametrize(
    ("trials", "p"),
    [(1, 0.5), (6, 0.35), (10, 0.01), (30, 0.95), (63, 0.2), (64, 0.5), (64, 0.51), (65, 0.5), (64, 0.001), (64, 0.999),
     (128, 0.3), (200, 0.02), (200, 0.98), (1000, 0.7)],
)  # fmt: skip
def test_binomial_draws_follow_the_law(trials: int, p: float) -> None:
    draws = binomials(key(), N, trials, p)
    assert draws.max() <= trials
    assert law_p(draws, stats.binom(trials, p)) > SMALLEST_P
    assert abs(draws.mean() - trials * p) < 5 * math.sqrt(trials * p * (1 - p) / N)


@pytest.mark.parametrize("rare", [1e-5, 1e-6])
@pytest.mark.parametrize("trials", [1, 64, 100])
def test_the_rare_outcome_keeps_its_frequency_at_both_ends(rare: float, trials: int) -> None:
    n = 3_000_000
    expected = n * trials * rare
    for seen in (binomials(key(1), n, trials, rare).sum(), (trials - binomials(key(2), n, trials, 1.0 - rare)).sum()):
        assert stats.poisson(expected).cdf(seen) > SMALLEST_P
        assert stats.poisson(expected).sf(seen - 1) > SMALLEST_P


def test_exponential_draws_follow_the_law() -> None:
    draws = exponentials(key(), N)
    assert draws.min() >= 0.0
    assert stats.kstest(draws, "expon").pvalue > SMALLEST_P


def test_normal_draws_follow_the_law() -> None:
    assert stats.kstest(normals(key(), N, 0), "norm").pvalue > SMALLEST_P


def test_successive_normal_draws_are_independent() -> None:
    first, second = normals(key(), N, 0), normals(key(), N, 2)
    assert stats.pearsonr(first, second).pvalue > SMALLEST_P
    assert stats.pearsonr(first**2, second**2).pvalue > SMALLEST_P
    assert stats.kstest((first - second) / math.sqrt(2), "norm").pvalue > SMALLEST_P


@pytest.mark.parametrize("mean", [0.0, -0.0, -3.0])
def test_no_events_are_drawn_without_a_positive_mean(mean: float) -> None:
    assert not poissons(key(), 1000, mean).any()


@pytest.mark.parametrize(
    ("trials", "p", "always"), [(0, 0.5, 0), (-4, 0.5, 0), (9, 0.0, 0), (9, -0.1, 0), (9, 1.0, 9), (99, 1.5, 99)]
)
def test_binomial_draws_at_the_ends_of_their_ranges_are_certain(trials: int, p: float, always: int) -> None:
    assert (binomials(key(), 1000, trials, p) == always).all()


def key_of(word: int, *, chunked: bool) -> np.uint64:
    """The key under which draw 0 of row 0 takes this 64-bit word."""
    found = unmix(unmix(word))
    return np.uint64(unmix(found) if chunked else found)


LARGEST, SMALLEST = 2**64 - 1, 0


def test_the_largest_and_the_smallest_draw_stay_inside_their_ranges() -> None:
    top, bottom = key_of(LARGEST, chunked=False), key_of(SMALLEST, chunked=False)
    assert uniform(top, 0, 0) == math.nextafter(1.0, 0.0)
    assert uniform(bottom, 0, 0) == 0.0
    assert exponential(top, 0, 0) == pytest.approx(53 * math.log(2))
    assert exponential(bottom, 0, 0) == 0.0


@given(mean=st.floats(1e-6, 32))
def test_the_largest_uniform_gives_no_absurd_number_of_events(mean: float) -> None:
    top, bottom = key_of(LARGEST, chunked=True), key_of(SMALLEST, chunked=True)
    assert poisson(bottom, 0, 0, mean) == 0
    assert stats.poisson(mean).sf(poisson(top, 0, 0, mean) - 3) > 1e-17


@given(trials=st.integers(1, 64), p=st.floats(1e-6, 0.5))
def test_the_largest_uniform_gives_no_absurd_number_of_successes(trials: int, p: float) -> None:
    top = key_of(LARGEST, chunked=True)
    assert stats.binom(trials, p).sf(binomial(top, 0, 0, trials, p) - 3) > 1e-17


@given(KEYS, ROWS, st.integers(-5, 500), CHANCES)
def test_binomial_draws_never_leave_their_bounds(key: np.uint64, row: int, trials: int, p: float) -> None:
    assert 0 <= binomial(key, row, 0, trials, p) <= max(trials, 0)


@given(KEYS, ROWS, st.integers(0, 300), CHANCES, CHANCES)
def test_a_higher_chance_under_one_key_never_gives_fewer_successes(
    key: np.uint64, row: int, trials: int, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    assert binomial(key, row, 0, trials, low) <= binomial(key, row, 0, trials, high)


@given(KEYS, ROWS, st.floats(0, 300), st.floats(0, 300))
def test_a_higher_mean_under_one_key_never_gives_fewer_events(key: np.uint64, row: int, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert 0 <= poisson(key, row, 0, low) <= poisson(key, row, 0, high)
