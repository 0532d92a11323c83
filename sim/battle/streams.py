"""Keyed random numbers for a user's own behaviours: one number or an array of them, whatever the order of asking."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.kernels.jit import compiled
from sim.kernels.rng import binomial, exponential, normal, poisson, uniform

# Which distribution a compiled loop draws from.
(_UNIFORM, _EXPONENTIAL, _NORMAL, _POISSON, _BINOMIAL) = range(5)


@compiled
def _draws(kind: int, key: np.uint64, rows: np.ndarray, draw: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """One number for each of ``rows``, float64; ``a`` and ``b`` are the parameters of the distribution, row by row."""
    out = np.empty(rows.size)
    for i in range(rows.size):
        row = rows[i]
        if kind == _UNIFORM:
            out[i] = uniform(key, row, draw)
        elif kind == _EXPONENTIAL:
            out[i] = a[i] * exponential(key, row, draw)
        elif kind == _NORMAL:
            out[i] = a[i] + b[i] * normal(key, row, draw)
        elif kind == _POISSON:
            out[i] = poisson(key, row, draw, a[i])
        else:
            out[i] = binomial(key, row, draw, int(a[i]), b[i])
    return out


class KeyedStream:
    """Random numbers of one behaviour on one day: pure functions of the row and of a draw number.

    Every method takes the row of an agent or an array of rows, and gives one number or an array of them. The same row and
    draw number give the same number, in whatever order and company they are asked for; so give each use its own ``draw``.
    Parameters of a distribution may be arrays as long as the rows.

    Raises:
        ValueError: From every method: rows or draw are not whole numbers from 0 on, or a parameter is out of its range.
    """

    def __init__(self, key: np.uint64) -> None:
        self._key = key

    def uniform(self, rows: ArrayLike, draw: int = 0) -> Any:  # noqa: ANN401  float or array
        """Numbers from [0, 1): float64."""
        return self._ask(_UNIFORM, rows, draw)

    def exponential(self, rows: ArrayLike, mean: ArrayLike = 1.0, draw: int = 0) -> Any:  # noqa: ANN401
        """Exponential with a mean: float64."""
        return self._ask(_EXPONENTIAL, rows, draw, _from_zero("mean", mean))

    def normal(self, rows: ArrayLike, mean: ArrayLike = 0.0, sd: ArrayLike = 1.0, draw: int = 0) -> Any:  # noqa: ANN401
        """Normal with a mean and a standard deviation: float64. Uses ``draw`` and ``draw + 1``."""
        return self._ask(_NORMAL, rows, draw, _finite("mean", mean), _from_zero("sd", sd))

    def poisson(self, rows: ArrayLike, mean: ArrayLike, draw: int = 0) -> Any:  # noqa: ANN401
        """Poisson with a mean: whole numbers, int64."""
        return self._ask(_POISSON, rows, draw, _from_zero("mean", mean), whole=True)

    def binomial(self, rows: ArrayLike, n: ArrayLike, p: ArrayLike, draw: int = 0) -> Any:  # noqa: ANN401
        """How many of ``n`` trials succeed, each with chance ``p``: whole numbers, int64."""
        trials, chance = _from_zero("n", n), _from_zero("p", p)
        if (trials != np.floor(trials)).any():
            raise ValueError(f"n takes whole numbers, not {n!r}")
        if (chance > 1.0).any():
            raise ValueError(f"p lies between 0 and 1, not {p!r}")
        return self._ask(_BINOMIAL, rows, draw, trials, chance, whole=True)

    def choice(self, rows: ArrayLike, options: Sequence[Any], weights: ArrayLike | None = None, draw: int = 0) -> Any:  # noqa: ANN401
        """One of the options for each row, with equal chances or in proportion to ``weights``.

        Returns:
            An option for one row; a list of them for an array of rows.
        """
        shares = np.ones(len(options)) if weights is None else np.atleast_1d(_from_zero("weights", weights))
        if shares.shape != (len(options),) or not shares.any():
            raise ValueError(f"choice takes one option or more, each with a weight, and one above 0; not {weights!r} "
                             f"for {len(options)} options")
        sums = np.array(list(itertools.accumulate(shares.tolist())))
        drawn = np.atleast_1d(self.uniform(rows, draw)) * sums[-1]
        # Rounding can lift the draw to the sum of all: then the last option that has a weight is meant.
        last = int(np.flatnonzero(shares)[-1])
        picked = [options[min(int(k), last)] for k in np.searchsorted(sums, drawn, side="right")]
        return picked if np.ndim(rows) else picked[0]

    def _ask(
        self, kind: int, rows: ArrayLike, draw: int, a: NDArray[np.float64] | float = 0.0,
        b: NDArray[np.float64] | float = 0.0, *, whole: bool = False,
    ) -> Any:  # noqa: ANN401  # fmt: skip
        given = np.asarray(rows)
        numbers = given.dtype.kind in "iu" or given.size == 0
        if given.ndim > 1 or not numbers or (given.size and int(given.min()) < 0):
            raise ValueError(f"rows are whole numbers from 0 on, or an array of them, not {rows!r}")
        if isinstance(draw, bool) or not isinstance(draw, int | np.integer) or draw < 0:
            raise ValueError(f"draw is a whole number from 0 on, not {draw!r}")
        flat = np.atleast_1d(given).astype(np.int64)
        if any(np.ndim(x) > given.ndim or np.size(x) not in {1, flat.size} for x in (a, b)):
            raise ValueError(f"parameters are single numbers or arrays as long as the rows, {flat.size}")
        out = _draws(kind, self._key, flat, int(draw), *(np.array(np.broadcast_to(x, flat.shape), np.float64) for x in (a, b)))
        if whole:
            out = out.astype(np.int64)
        return out if given.ndim else out[0].item()


def _finite(name: str, value: ArrayLike) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} takes numbers, not {value!r}") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} takes finite numbers, not {value!r}")
    return numbers


def _from_zero(name: str, value: ArrayLike) -> NDArray[np.float64]:
    numbers = _finite(name, value)
    if (numbers < 0.0).any():
        raise ValueError(f"{name} cannot be negative, not {value!r}")
    return numbers
