"""The one way in which functions are compiled: Numba, no Python objects, cached, strict floating point.

Numba's decorators carry no types; these keep the function's own for the type checker. No ``fastmath`` and no parallel
loops: results must not depend on the machine's load or on how sums are grouped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])


def compiled(function: FunctionT) -> FunctionT:
    """Compile an entry point or a shared routine; kept in the cache folder of this version."""
    return cast("FunctionT", njit(cache=True)(function))


def inlined(function: FunctionT) -> FunctionT:
    """Compile a short routine into its callers."""
    return cast("FunctionT", njit(cache=True, inline="always")(function))
