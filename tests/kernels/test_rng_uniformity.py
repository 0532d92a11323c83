"""Uniform draws: even, and independent whichever part of the address changes."""

from __future__ import annotations

import numpy as np
import pytest
from draws import SMALLEST_P, chi_square_p, key, mixes, uniform_of, uniforms, unmix
from scipy import stats

from sim.kernels.rng import mix64, stream_key, uniform

N = 100_000
DIRECTIONS = ("rows", "draws", "ticks", "seeds", "streams", "sets")


def along(direction: str, n: int = N) -> np.ndarray:
    """Draws at neighbouring addresses that differ in one part alone."""
    zeros, steps = np.zeros(n, np.int64), np.arange(n)
    rows = steps if direction == "rows" else zeros
    draws = steps if direction == "draws" else zeros
    makers = {
        "ticks": key,
        "seeds": lambda i: key(seed=i),
        "streams": lambda i: key(stream=f"stream{i}"),
        "sets": lambda i: key(agent_set=f"set{i}"),
    }
    make = makers.get(direction, lambda _: key())
    keys = np.fromiter((make(i) for i in range(n)), np.uint64, n)
    return uniform_of(keys, rows, draws)


@pytest.fixture(scope="module", params=DIRECTIONS)
def line(request: pytest.FixtureRequest) -> np.ndarray:
    return along(request.param)


def test_draws_lie_in_the_unit_interval_and_never_repeat(line: np.ndarray) -> None:
    assert line.min() >= 0.0
    assert line.max() < 1.0
    assert np.unique(line).size == line.size


def test_draws_are_even_over_a_thousand_bins(line: np.ndarray) -> None:
    counts = np.bincount((line * 1000).astype(np.int64), minlength=1000)
    assert chi_square_p(counts, np.full(1000, N / 1000)) > SMALLEST_P


def test_draws_pass_kolmogorov_and_smirnov(line: np.ndarray) -> None:
    assert stats.kstest(line, "uniform").pvalue > SMALLEST_P


def test_each_of_the_53_bits_is_set_half_the_time(line: np.ndarray) -> None:
    words = (line * 2.0**53).astype(np.uint64)
    assert np.array_equal(words / 2.0**53, line)
    for bit in range(53):
        ones = int((words >> np.uint64(bit) & np.uint64(1)).sum())
        assert abs(ones - N / 2) < 5 * np.sqrt(N) / 2, f"bit {bit}"


@pytest.mark.parametrize("lag", [1, 2, 7, 64, 333])
def test_neighbouring_draws_do_not_correlate(line: np.ndarray, lag: int) -> None:
    assert stats.pearsonr(line[:-lag], line[lag:]).pvalue > SMALLEST_P


def test_pairs_of_neighbours_fill_the_square(line: np.ndarray) -> None:
    bins = (line * 32).astype(np.int64)
    counts = np.bincount(bins[0::2] * 32 + bins[1::2], minlength=1024)
    assert chi_square_p(counts, np.full(1024, N / 2 / 1024)) > SMALLEST_P


def test_triples_of_neighbours_fill_the_cube(line: np.ndarray) -> None:
    bins = (line[: N // 3 * 3] * 8).astype(np.int64).reshape(-1, 3)
    counts = np.bincount(bins @ [64, 8, 1], minlength=512)
    assert chi_square_p(counts, np.full(512, bins.shape[0] / 512)) > SMALLEST_P


def test_runs_up_and_down_are_as_long_as_chance_makes_them(line: np.ndarray) -> None:
    above = line > 0.5
    runs = 1 + np.count_nonzero(above[1:] != above[:-1])
    assert abs(runs - (N + 1) / 2) < 5 * np.sqrt(N) / 2


@pytest.mark.parametrize("other", ["ticks", "seeds", "streams", "sets", "draws"])
def test_rows_under_one_address_say_nothing_of_rows_under_the_next(other: str) -> None:
    keys = {"ticks": key(1), "seeds": key(seed=8), "streams": key(stream="tesu"), "sets": key(agent_set="rowt")}
    here, there = uniforms(key(), N, 0), uniforms(keys.get(other, key()), N, int(other == "draws"))
    assert stats.pearsonr(here, there).pvalue > SMALLEST_P
    assert chi_square_p(np.bincount(((here - there) % 1.0 * 100).astype(np.int64)), np.full(100, N / 100)) > SMALLEST_P


def test_one_flipped_bit_of_a_word_flips_half_of_the_mixed_ones() -> None:
    words = np.arange(2_000, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    for bit in range(64):
        changed = mixes(words) ^ mixes(words ^ np.uint64(1 << bit))
        flips = np.unpackbits(changed.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0)
        assert abs(flips.mean() - 0.5) < 0.01, f"bit {bit}"
        assert np.all(abs(flips - 0.5) < 0.12), f"bit {bit}"


@pytest.mark.parametrize("part", ["key", "row", "draw"])
def test_one_flipped_bit_of_an_address_flips_half_of_the_draw(part: str) -> None:
    n = 2_000
    keys, rows, draws = np.full(n, key()) + np.arange(n, dtype=np.uint64), np.arange(n), np.arange(n) % 10
    before = (uniform_of(keys, rows, draws) * 2.0**53).astype(np.uint64)
    for bit in range(64 if part == "key" else 31):
        flip = np.uint64(1 << bit) if part == "key" else np.int64(1 << bit)
        moved = {"key": keys, "row": rows, "draw": draws}
        moved[part] = moved[part] ^ flip
        after = (uniform_of(moved["key"], moved["row"], moved["draw"]) * 2.0**53).astype(np.uint64)
        share = np.bitwise_count(before ^ after).sum() / (53 * n)
        assert abs(share - 0.5) < 0.01, f"bit {bit}"


def test_one_flipped_bit_of_the_seed_flips_half_of_the_key() -> None:
    seeds = [12345 + 7919 * i for i in range(100)]
    for bit in range(63):
        flips = [(int(key(seed=s)) ^ int(key(seed=s ^ 1 << bit))).bit_count() for s in seeds]
        assert abs(np.mean(flips) - 32) < 2.5, f"bit {bit}"


def test_mixing_is_the_published_splitmix64() -> None:
    state, expected = 1234567, (6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431)
    for i, word in enumerate(expected, 1):
        assert int(mix64(np.uint64((state + i * 0x9E37_79B9_7F4A_7C15) % 2**64))) == word


def test_mixing_loses_nothing() -> None:
    words = np.random.default_rng(1).integers(0, 2**64, 2_000, np.uint64, endpoint=False)
    assert [unmix(int(mixed)) for mixed in mixes(words)] == words.tolist()


def test_no_two_keys_collide() -> None:
    names = [f"{phase}.{what}" for phase in ("combat", "fires", "flight", "sensing") for what in ("a", "b", "hurt")]
    seeds = (0, 1, 2, 3, 41, 42, 2**31, 2**32, 2**62, 2**63 - 1)
    keys = {
        int(stream_key(seed, stream, agent_set, tick))
        for seed in seeds for stream in names for agent_set in ("cells", "households", "defenders") for tick in range(-1, 400)
    }  # fmt: skip
    assert len(keys) == len(seeds) * len(names) * 3 * 401


def test_swapped_or_shifted_names_give_other_keys() -> None:
    keys = {int(key(stream=a, agent_set=b)) for a, b in [("ab", "c"), ("a", "bc"), ("c", "ab"), ("bc", "a"), ("abc", "")]}
    assert len(keys) == 5


def test_no_two_addresses_of_one_key_share_a_draw() -> None:
    rows, draws = np.repeat(np.arange(2_000), 300), np.tile(np.arange(300), 2_000)
    assert np.unique(uniform_of(np.full(rows.size, key()), rows, draws)).size == rows.size


def test_a_draw_depends_neither_on_order_nor_on_other_rows() -> None:
    whole = uniforms(key(), 500, 3)
    assert np.array_equal(uniforms(key(), 40, 3), whole[:40])
    backwards = [uniform(key(), row, 3) for row in range(499, -1, -1)]
    assert backwards[::-1] == whole.tolist()
