"""Differences of samples with known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.experiments.paired import paired, unpaired

NAN = math.nan


def draws(n: int, shift: float, noise: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that share a part of variance 1 and have one of ``noise`` squared each of their own."""
    rng = np.random.default_rng(seed)
    common = rng.normal(100.0, 1.0, n)
    return common + rng.normal(0, noise, n), common + shift + rng.normal(0, noise, n)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_numbers_in_pairs_have_the_interval_of_students_t(n: int) -> None:
    a, b = draws(n, 0.7, 0.4)
    found = paired(a, b)
    oracle = stats.ttest_rel(b, a)
    ends = oracle.confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert found.p == pytest.approx(oracle.pvalue)
    assert found.difference == pytest.approx(np.mean(b - a))
    assert (found.used, found.method, found.identical) == (n, "paired t", False)


@pytest.mark.parametrize("sizes", [(2, 2), (5, 9), (30, 12)])
def test_numbers_without_pairs_have_the_interval_of_welch(sizes: tuple[int, int]) -> None:
    a, _ = draws(sizes[0], 0.0, 0.4)
    _, b = draws(sizes[1], 0.7, 2.0, seed=6)
    found = unpaired(a, b)
    oracle = stats.ttest_ind(b, a, equal_var=False)
    ends = oracle.confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert found.p == pytest.approx(oracle.pvalue)
    assert found.method == "Welch"
    assert math.isnan(found.saved)


def test_ninety_of_a_hundred_intervals_hold_the_true_difference() -> None:
    held = 0
    for seed in range(600):
        found = paired(*draws(10, 0.5, 0.3, seed))
        held += found.low <= 0.5 <= found.high
    assert stats.binomtest(held, 600, 0.9).pvalue > 0.001


@pytest.mark.parametrize("noise", [0.1, 0.5, 2.0])
def test_pairing_saves_the_variance_that_pairs_share(noise: float) -> None:
    """Each side has variance 1 + noise^2, of which 1 is shared: 1 / (1 + noise^2) of it is saved."""
    found = paired(*draws(20_000, 0.3, noise))
    assert found.saved == pytest.approx(1 / (1 + noise**2), abs=0.02)
    assert found.worth == pytest.approx((1 + noise**2) / noise**2, rel=0.05)


def test_the_same_in_every_pair_is_identical_and_certain() -> None:
    values = np.array([3.0, 4.0, 5.0])
    found = paired(values, values.copy())
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert found.identical
    assert found.saved == 1
    assert math.isnan(found.worth)
    assert paired(np.full(3, NAN), np.full(3, NAN)).identical


@pytest.mark.parametrize(("n", "visible"), [(2, False), (4, False), (5, True), (10, True)])
def test_a_difference_without_scatter_is_judged_by_signs(n: int, visible: bool) -> None:
    a = np.arange(n) * 0.1
    found = paired(a, a + 0.3)
    assert found.low == found.high == pytest.approx(0.3)
    assert found.p == pytest.approx(2.0 ** (1 - n))
    assert found.visible is visible
    assert found.method == "sign test"


def test_samples_without_scatter_are_judged_by_permutation() -> None:
    found = unpaired(np.full(4, 1.0), np.full(4, 2.0))
    assert found.p == pytest.approx(2 / 70)
    assert found.visible
    assert unpaired(np.full(4, 1.0), np.full(4, 1.0)).p == 1


@pytest.mark.parametrize(("more", "fewer", "n"), [(5, 0, 10), (8, 1, 20), (2, 2, 6), (4, 0, 4)])
def test_yes_or_no_in_pairs_follows_mcnemar(more: int, fewer: int, n: int) -> None:
    rest = n - more - fewer
    a = np.array([0.0] * more + [1.0] * fewer + [1.0] * rest)
    b = np.array([1.0] * more + [0.0] * fewer + [1.0] * rest)
    found = paired(a, b, binary=True)
    tail = min(1.0, 2 * sum(math.comb(more + fewer, k) for k in range(min(more, fewer) + 1)) / 2 ** (more + fewer))
    assert found.p == pytest.approx(tail)
    assert found.difference == pytest.approx((more - fewer) / n)
    up, down = (more + 1) / (n + 2), (fewer + 1) / (n + 2)
    half = 1.6448536 * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    assert found.low == pytest.approx(max(up - down - half, -1))
    assert found.high == pytest.approx(min(up - down + half, 1))


def test_yes_or_no_without_pairs_follows_fisher() -> None:
    a, b = np.array([1.0] * 9 + [0.0]), np.array([1.0] * 2 + [0.0] * 8)
    found = unpaired(a, b, binary=True)
    assert found.p == pytest.approx(stats.fisher_exact(np.array([[9, 1], [2, 8]])).pvalue)
    mine, its = 10 / 12, 3 / 12
    half = 1.6448536 * math.sqrt((mine * (1 - mine) + its * (1 - its)) / 12)
    assert (found.low, found.high) == pytest.approx((its - mine - half, its - mine + half))


def test_pairs_in_which_something_did_not_happen_are_counted() -> None:
    a = np.array([10.0, NAN, 12.0, NAN, 14.0, 15.0])
    b = np.array([11.0, 12.0, NAN, NAN, 16.0, 18.0])
    found = paired(a, b)
    assert (found.used, found.empty_base, found.empty_variant, found.empty_both) == (3, 1, 1, 1)
    assert found.difference == pytest.approx(2.0)
    apart = unpaired(a, b)
    assert (apart.empty_base, apart.empty_variant, apart.used) == (2, 2, 4)


def test_equal_where_both_happened_but_not_in_all_is_not_identical() -> None:
    found = paired(np.array([1.0, 2.0, NAN]), np.array([1.0, 2.0, 3.0]))
    assert not found.identical
    assert found.empty_base == 1


@pytest.mark.parametrize("base", [[], [1.0], [NAN, 2.0]])
def test_too_few_pairs_say_nothing(base: list[float]) -> None:
    found = paired(np.array(base, dtype=float), np.array(base, dtype=float) + 1)
    assert math.isnan(found.p)
    assert not found.visible
