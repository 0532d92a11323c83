"""Whether an order of factors is settled, and how many more samples would settle it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

_MOST_TIMES = 100.0


def settled(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> int:
    """How many factors at the top have a settled place: each one's interval lies above the intervals of all after it.

    Args:
        low: Lower ends of the intervals, factors in order of their estimates.
        high: Upper ends.
    """
    for place in range(len(low) - 1):
        if low[place] <= high[place + 1 :].max():
            return place
    return len(low)


def times_to_settle(value: npt.NDArray[np.float64], half: npt.NDArray[np.float64], place: int) -> float:
    """How many times as large the sample must be until the factor at a place stands apart from the next.

    Intervals fall as one over the square root of the sample.

    Returns:
        The factor, at least 1; infinite where the two are equal.
    """
    if place + 1 >= len(value):
        return 1.0
    gap = float(value[place] - value[place + 1])
    return max(1.0, ((half[place] + half[place + 1]) / gap) ** 2) if gap > 0 else math.inf


def order_warning(
    factors: Sequence[str],
    value: npt.NDArray[np.float64],
    half: npt.NDArray[np.float64],
    count: int,
    what: str,
    round_up: Callable[[float], int],
) -> list[str]:
    """A warning that an order of factors is settled only so far, and what would settle the next place; none where all is.

    Args:
        factors: In falling order of their values.
        value: Estimates.
        half: Half widths of their intervals.
        count: Size of the sample.
        what: What it counts, in the plural.
        round_up: Makes a size that can be asked for.
    """
    place = settled(value - half, value + half)
    if place >= len(factors) - 1:
        return []
    times = times_to_settle(value, half, place)
    places = ("not settled", "settled for the first only")[place] if place < 2 else f"settled for the first {place} only"
    need = f"about {round_up(times * count):,} {what}" if times <= _MOST_TIMES else "more than a hundred times the sample"
    head = f"the order of factors is {places}: the interval of {factors[place]} overlaps others"
    return [f"{head}; to part it from {factors[place + 1]} takes {need}"]


def power_of_two(count: float) -> int:
    """The next power of two."""
    return int(2 ** math.ceil(math.log2(max(2.0, count))))


def rounded_up(count: float) -> int:
    """The next number with two digits and zeros."""
    step = 10 ** max(0, math.floor(math.log10(max(1.0, count))) - 1)
    return int(math.ceil(count / step) * step)
