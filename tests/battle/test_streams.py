"""The random numbers that behaviours get: of the right distribution, the same for a row whatever the order and company."""

from __future__ import annotations

import numpy as np
import pytest

from sim.battle.streams import KeyedStream
from sim.kernels.rng import stream_key

ROWS = np.arange(20_000)


@pytest.fixture
def rng() -> KeyedStream:
    return KeyedStream(stream_key(1, "behaviours.defenders", "defenders", 24))


ASK = {
    "uniform": lambda rng, rows, draw: rng.uniform(rows, draw),
    "exponential": lambda rng, rows, draw: rng.exponential(rows, 3.0, draw),
    "normal": lambda rng, rows, draw: rng.normal(rows, 10.0, 2.0, draw),
    "poisson": lambda rng, rows, draw: rng.poisson(rows, 4.0, draw),
    "binomial": lambda rng, rows, draw: rng.binomial(rows, 12, 0.25, draw),
    "choice": lambda rng, rows, draw: rng.choice(rows, range(7), draw=draw),
}
MOMENTS = {
    "uniform": (0.5, 1 / 12), "exponential": (3.0, 9.0), "normal": (10.0, 4.0), "poisson": (4.0, 4.0), "binomial": (3.0, 2.25),
    "choice": (3.0, 4.0),
}  # fmt: skip


@pytest.mark.parametrize("name", ASK)
def test_a_row_has_its_number_in_any_order_and_company(rng: KeyedStream, name: str) -> None:
    ask = ASK[name]
    together = list(ask(rng, ROWS[:300], 0))
    assert [ask(rng, row, 0) for row in range(299, -1, -1)] == together[::-1]
    assert list(ask(rng, [7, 3, 7, 250], 0)) == [together[row] for row in (7, 3, 7, 250)]
    assert list(ask(rng, ROWS[:0], 0)) == []


@pytest.mark.parametrize("name", ASK)
def test_another_draw_day_or_seed_gives_other_numbers(rng: KeyedStream, name: str) -> None:
    ask = ASK[name]
    first = list(ask(rng, ROWS[:200], 0))
    assert list(ask(rng, ROWS[:200], 2)) != first
    for seed, tick in ((2, 24), (1, 48)):
        other = KeyedStream(stream_key(seed, "behaviours.defenders", "defenders", tick))
        assert list(ask(other, ROWS[:200], 0)) != first


@pytest.mark.parametrize("name", ASK)
def test_mean_and_variance_are_those_of_the_distribution(rng: KeyedStream, name: str) -> None:
    drawn = np.asarray(ASK[name](rng, ROWS, 5), float)
    mean, variance = MOMENTS[name]
    assert abs(drawn.mean() - mean) < 5 * (variance / ROWS.size) ** 0.5
    assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_one_row_gives_a_plain_number_and_rows_give_an_array(rng: KeyedStream) -> None:
    assert type(rng.uniform(3)) is type(rng.normal(3)) is type(rng.exponential(np.int64(3))) is float
    assert type(rng.poisson(3, 2.0)) is type(rng.binomial(3, 4, 0.5)) is int
    assert rng.uniform(ROWS[:4]).dtype == np.float64
    assert rng.poisson(ROWS[:4], 2.0).dtype == rng.binomial(ROWS[:4], 4, 0.5).dtype == np.int64
    assert rng.choice(3, ["hold", "move"]) in {"hold", "move"}


def test_parameters_may_differ_from_row_to_row(rng: KeyedStream) -> None:
    rows = ROWS[:3]
    assert rng.poisson(rows, [0.0, 1000.0, 0.0]).tolist()[::2] == [0, 0]
    assert rng.poisson(1, 1000.0) == rng.poisson(rows, [0.0, 1000.0, 0.0])[1] > 800
    assert rng.binomial(rows, [5, 7, 9], [0.0, 1.0, 0.0]).tolist() == [0, 7, 0]
    assert rng.normal(rows, [1, 2, 3], 0.0).tolist() == [1.0, 2.0, 3.0]


def test_choice_follows_the_weights(rng: KeyedStream) -> None:
    picked = rng.choice(ROWS, ["a", "b", "c"], weights=[1, 0, 3])
    assert "b" not in picked
    assert picked.count("c") / len(picked) == pytest.approx(0.75, abs=0.015)


WRONG = [
    (lambda rng: rng.uniform(-1), "rows are whole numbers"), (lambda rng: rng.uniform(0.5), "rows are whole numbers"),
    (lambda rng: rng.uniform([[1]]), "rows are whole numbers"), (lambda rng: rng.uniform("a"), "rows are whole numbers"),
    (lambda rng: rng.uniform([True]), "rows are whole numbers"), (lambda rng: rng.uniform(1, -1), "draw is a whole"),
    (lambda rng: rng.uniform(1, 0.5), "draw is a whole"), (lambda rng: rng.exponential(1, -1), "mean cannot be negative"),
    (lambda rng: rng.normal(1, float("nan")), "mean takes finite"), (lambda rng: rng.normal(1, 0, -1), "sd cannot be negative"),
    (lambda rng: rng.poisson(1, float("inf")), "mean takes finite"), (lambda rng: rng.poisson(1, "x"), "mean takes numbers"),
    (lambda rng: rng.binomial(1, 2.5, 0.5), "n takes whole numbers"), (lambda rng: rng.binomial(1, 2, 1.5), "p lies between"),
    (lambda rng: rng.poisson(1, [1.0, 2.0]), "as long as the rows, 1"),
    (lambda rng: rng.poisson([1, 2, 3], [1.0, 2.0]), "as long as the rows, 3"),
    (lambda rng: rng.choice(1, []), "one option or more"), (lambda rng: rng.choice(1, ["a"], [0]), "one option or more"),
    (lambda rng: rng.choice(1, ["a", "b"], [1]), "one option or more"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "says"), WRONG)
def test_what_makes_no_sense_is_refused(rng: KeyedStream, ask, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ask(rng)
