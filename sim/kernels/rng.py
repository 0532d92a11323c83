"""Keyed random numbers: every draw is a pure function of what it is for.

A draw is addressed by (run seed, stream name, agent-set name, tick) and, inside a kernel, by (row, draw number). The
first four are folded into one 64-bit key by :func:`stream_key`; kernels then mix in row and draw number with two rounds
of the SplitMix64 finaliser (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"), which passes
through all 64 bits. No state is kept, so draws do not depend on order, on other mechanisms or on the number of
processes, and one seed gives paired scenarios common random numbers.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache, lru_cache

import numpy as np

from sim.kernels.jit import compiled, compiled_for, inlined

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_ROW = 0x9E37_79B9_7F4A_7C15
_DRAW = 0xD1B5_4A32_D192_ED03
_U30, _U27, _U31, _U11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_M1, _M2 = np.uint64(0xBF58_476D_1CE4_E5B9), np.uint64(0x94D0_49BB_1331_11EB)
_ROW64, _DRAW64 = np.uint64(_ROW), np.uint64(_DRAW)
_CHUNK = 32.0


def _mix_int(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return z ^ (z >> 31)


@cache
def _name_key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def _stream(seed: int, stream: str, agent_set: str) -> int:
    key = _mix_int((seed * _ROW + 1) & _MASK)
    key = _mix_int(key ^ _name_key(stream))
    return _mix_int(key ^ _name_key(agent_set))


def stream_key(seed: int, stream: str, agent_set: str, tick: int) -> np.uint64:
    """Fold run seed, stream name, agent-set name and tick into the 64-bit key that kernels take."""
    return np.uint64(_mix_int((_stream(seed, stream, agent_set) + (tick + 1) * _DRAW) & _MASK))


@inlined
def mix64(z: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: a bijection of 64-bit words in which every input bit reaches every output bit."""
    z = (z ^ (z >> _U30)) * _M1
    z = (z ^ (z >> _U27)) * _M2
    return z ^ (z >> _U31)


def subkey(key: np.uint64, number: int) -> np.uint64:
    """The key of one of several acts of the same kind in a tick, such as the ``number``-th shot."""
    return np.uint64(_mix_int((int(key) + (number + 1) * _DRAW) & _MASK))


@inlined
def uniform(key: np.uint64, row: int, draw: int) -> float:
    """Draw from [0, 1), 53 bits, addressed by row and draw number."""
    z = mix64(mix64(key + np.uint64(row) * _ROW64) + np.uint64(draw) * _DRAW64)
    return float(z >> _U11) * (1.0 / 9007199254740992.0)


@inlined
def exponential(key: np.uint64, row: int, draw: int) -> float:
    """Draw from the exponential distribution with mean 1."""
    return -math.log(1.0 - uniform(key, row, draw))


@compiled_for(np.uint64(0), 0, 0)
def normal(key: np.uint64, row: int, draw: int) -> float:
    """Standard normal draw by Box and Muller; uses draw numbers ``draw`` and ``draw + 1``."""
    radius = math.sqrt(2.0 * exponential(key, row, draw))
    return radius * math.cos(2.0 * math.pi * uniform(key, row, draw + 1))


@compiled_for(np.uint64(0), 0, 0, 0.0)
def poisson(key: np.uint64, row: int, draw: int, mean: float) -> int:
    """Poisson draw by inversion, in chunks of mean 32 so that no term underflows."""
    total = 0
    chunk = 0
    while mean > 0.0:
        part = min(mean, _CHUNK)
        u = uniform(mix64(key + np.uint64(chunk)), row, draw)
        term = math.exp(-part)
        cumulative = term
        k = 0
        # Rounding can leave the sum below the largest u: past the mean, a term that adds nothing ends the search.
        while u > cumulative and (k <= part or cumulative + term > cumulative):
            k += 1
            term *= part / k
            cumulative += term
        total += k
        mean -= part
        chunk += 1
    return total


@compiled_for(np.uint64(0), 0, 0, 0, 0.0)
def binomial(key: np.uint64, row: int, draw: int, n: int, p: float) -> int:
    """Binomial draw by inversion, in chunks of 64 trials; of failures where p is above one half, so that none underflow."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    failures = p > 0.5
    rare = 1.0 - p if failures else p
    odds = rare / (1.0 - rare)
    total = 0
    chunk = 0
    left = n
    while left > 0:
        part = min(left, 64)
        u = uniform(mix64(key + np.uint64(chunk)), row, draw)
        if failures:
            u = 1.0 - u
        term = (1.0 - rare) ** part
        cumulative = term
        k = 0
        while u > cumulative and k < part and (k <= rare * part or cumulative + term > cumulative):
            term *= odds * (part - k) / (k + 1)
            k += 1
            cumulative += term
        total += k
        left -= part
        chunk += 1
    return n - total if failures else total


@compiled
def poissons(key: np.uint64, rows: np.ndarray, draw: int, mean: np.ndarray) -> np.ndarray:
    """Poisson draws of many rows: int64, one for each of ``rows`` with its own mean."""
    out = np.empty(rows.size, np.int64)
    for i in range(rows.size):
        out[i] = poisson(key, rows[i], draw, mean[i])
    return out


@compiled
def uniforms(key: np.uint64, rows: np.ndarray, draw: int) -> np.ndarray:
    """Draws from [0, 1) of many rows: float64, one for each of ``rows``."""
    out = np.empty(rows.size)
    for i in range(rows.size):
        out[i] = uniform(key, rows[i], draw)
    return out
