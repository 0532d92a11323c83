"""Many draws at once, and the chi-square test, for the tests of random numbers."""

from __future__ import annotations

import numpy as np
from scipy import stats

from sim.kernels import rng
from sim.kernels.jit import compiled

# The draws are keyed, so a test gives the same p-value for ever; a right generator fails it by a new key alone, rarely.
SMALLEST_P = 1e-4
_MASK = 2**64 - 1
_INVERSE_1, _INVERSE_2 = pow(0xBF58_476D_1CE4_E5B9, -1, 2**64), pow(0x94D0_49BB_1331_11EB, -1, 2**64)


@compiled
def uniform_of(keys: np.ndarray, rows: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """One uniform draw for each address."""
    out = np.empty(keys.size)
    for i in range(keys.size):
        out[i] = rng.uniform(keys[i], rows[i], draws[i])
    return out


@compiled
def uniforms(key: np.uint64, n: int, draw: int) -> np.ndarray:
    out = np.empty(n)
    for row in range(n):
        out[row] = rng.uniform(key, row, draw)
    return out


@compiled
def exponentials(key: np.uint64, n: int) -> np.ndarray:
    out = np.empty(n)
    for row in range(n):
        out[row] = rng.exponential(key, row, 0)
    return out


@compiled
def normals(key: np.uint64, n: int, draw: int) -> np.ndarray:
    out = np.empty(n)
    for row in range(n):
        out[row] = rng.normal(key, row, draw)
    return out


@compiled
def poissons(key: np.uint64, n: int, mean: float) -> np.ndarray:
    out = np.empty(n, np.int64)
    for row in range(n):
        out[row] = rng.poisson(key, row, 0, mean)
    return out


@compiled
def binomials(key: np.uint64, n: int, trials: int, p: float) -> np.ndarray:
    out = np.empty(n, np.int64)
    for row in range(n):
        out[row] = rng.binomial(key, row, 0, trials, p)
    return out


@compiled
def mixes(words: np.ndarray) -> np.ndarray:
    out = np.empty_like(words)
    for i in range(words.size):
        out[i] = rng.mix64(words[i])
    return out


def key(tick: int = 0, *, seed: int = 7, stream: str = "test", agent_set: str = "rows") -> np.uint64:
    return rng.stream_key(seed, stream, agent_set, tick)


def unmix(word: int) -> int:
    """The word that ``mix64`` turns into this one."""
    word = _unshift(word, 31) * _INVERSE_2 & _MASK
    word = _unshift(word, 27) * _INVERSE_1 & _MASK
    return _unshift(word, 30)


def _unshift(word: int, bits: int) -> int:
    found = word
    for _ in range(64 // bits + 1):
        found = word ^ (found >> bits)
    return found


def chi_square_p(counts: np.ndarray, expected: np.ndarray) -> float:
    """P-value of counts against what is expected of each bin; neighbours are joined until each expects at least 10."""
    starts = [0]
    total = 0.0
    for i, value in enumerate(expected):
        total += value
        if total >= 10 and expected[i + 1 :].sum() >= 10:
            starts.append(i + 1)
            total = 0.0
    joined, wanted = np.add.reduceat(counts, starts), np.add.reduceat(expected, starts)
    return float(stats.chisquare(joined, wanted * joined.sum() / wanted.sum()).pvalue)


def law_p(draws: np.ndarray, law) -> float:
    """P-value of whole-number draws against a law of ``scipy.stats``, both tails included."""
    top = max(int(draws.max()), int(law.ppf(1 - 1e-12))) + 1
    assert draws.min() >= 0
    values = np.arange(top)
    expected = np.append(law.pmf(values), law.sf(top - 1)) * draws.size
    return chi_square_p(np.bincount(draws, minlength=top + 1), expected)
