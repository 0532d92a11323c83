"""Exact draws, written down once: a change here changes every result that was ever published with a seed."""

from __future__ import annotations

import pytest

from sim.kernels.rng import binomial, exponential, normal, poisson, stream_key, uniform

KEYS = [
    ((0, 'weather', 'days', 0), 0x5701bfbdea21a353),
    ((1, 'households.size', 'households', 0), 0xca2d0e8dc496c5ad),
    ((1, 'combat.fire', 'defenders', 1), 0xd10eaafc819585ad),
    ((42, 'combat.fire', 'defenders', 1), 0x4a4075a5ad683767),
    ((42, 'combat.fire', 'liberators', 5000), 0x029f09f90aad08a1),
    ((9223372036854775807, 'flight', 'households', -1), 0xf7ed7a6540fee340),
]
UNIFORMS = [
    (0, 0, 0, "0x1.9441675ee0513p-1"),
    (0, 1, 0, "0x1.223dd89e2d371p-1"),
    (0, 0, 1, "0x1.45f43f0449468p-3"),
    (0, 199999, 7, "0x1.7a7329ead39bdp-1"),
    (1, 0, 0, "0x1.ac628d61413dfp-1"),
    (1, 1, 0, "0x1.91f83c010cc68p-2"),
    (1, 0, 1, "0x1.ecaf2ec127838p-2"),
    (1, 199999, 7, "0x1.d61bb8bf736b9p-1"),
    (2, 0, 0, "0x1.589272885240ep-1"),
    (2, 1, 0, "0x1.75e46c74727b8p-1"),
    (2, 0, 1, "0x1.3b6219a51e41ap-1"),
    (2, 199999, 7, "0x1.284c6102a3c2cp-2"),
    (3, 0, 0, "0x1.cc4f99cf1d0f4p-3"),
    (3, 1, 0, "0x1.b9d11576fd5a4p-1"),
    (3, 0, 1, "0x1.e1cc256ce1a16p-2"),
    (3, 199999, 7, "0x1.894e04c79d710p-4"),
    (4, 0, 0, "0x1.171cb39a1de08p-1"),
    (4, 1, 0, "0x1.e7fc8241f759ep-2"),
    (4, 0, 1, "0x1.55d9ead3fc8f6p-2"),
    (4, 199999, 7, "0x1.a42fcdae85efcp-1"),
    (5, 0, 0, "0x1.1c90a627b75d1p-1"),
    (5, 1, 0, "0x1.649bc11883e67p-1"),
    (5, 0, 1, "0x1.e82aba2d08766p-2"),
    (5, 199999, 7, "0x1.400446facdec2p-2"),
]
COUNTS = [
    (0, 0.4, 0, 6, 0.3, 1),
    (1, 2.5, 1, 30, 0.9, 26),
    (2, 31.0, 24, 64, 0.5, 27),
    (3, 100.0, 74, 65, 0.02, 0),
    (4, 0.01, 0, 500, 0.5, 238),
    (5, 33.0, 37, 1000, 0.999, 1000),
]
REALS = [
    (0, "0x1.1e26472b8fb58p+0", "-0x1.1d8c15722b529p+0"),
    (1, "0x1.4f6f357d93089p+0", "-0x1.71f615586cc3ep+0"),
    (2, "0x1.2f9b7fb906b28p+1", "0x1.12d85e95ccbf2p+1"),
    (3, "0x1.2fe389cc509aep-4", "-0x1.fc8c96aaf2381p-3"),
]


@pytest.mark.parametrize(("address", "word"), KEYS)
def test_a_key_is_what_it_always_was(address: tuple[int, str, str, int], word: int) -> None:
    assert int(stream_key(*address)) == word


@pytest.mark.parametrize(("address", "row", "draw", "value"), UNIFORMS)
def test_a_uniform_draw_is_what_it_always_was(address: int, row: int, draw: int, value: str) -> None:
    assert uniform(stream_key(*KEYS[address][0]), row, draw) == float.fromhex(value)


@pytest.mark.parametrize(("row", "mean", "events", "trials", "p", "successes"), COUNTS)
def test_counts_are_what_they_always_were(row: int, mean: float, events: int, trials: int, p: float, successes: int) -> None:
    key = stream_key(*KEYS[2][0])
    assert poisson(key, row, 0, mean) == events
    assert binomial(key, row, 0, trials, p) == successes


@pytest.mark.parametrize(("row", "waiting", "deviate"), REALS)
def test_real_draws_are_what_they_always_were(row: int, waiting: str, deviate: str) -> None:
    """To the last few bits: logarithm and cosine come from the platform's library."""
    key = stream_key(*KEYS[2][0])
    assert exponential(key, row, 0) == pytest.approx(float.fromhex(waiting), rel=1e-14)
    assert normal(key, row, 0) == pytest.approx(float.fromhex(deviate), rel=1e-12)
