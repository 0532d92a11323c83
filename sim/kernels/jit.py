"""The one way in which functions are compiled: Numba, no Python objects, cached, strict floating point.

Numba's decorators carry no types; these keep the function's own for the type checker. No ``fastmath`` and no parallel
loops: results must not depend on the machine's load or on how sums are grouped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit, typeof

from sim.kernels.kept import use_kept_files

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

use_kept_files()


def compiled(function: FunctionT) -> FunctionT:
    """Compile an entry point or a shared routine; kept in the cache folder of this version."""
    return cast("FunctionT", njit(cache=True)(function))


def compiled_for(*examples: object) -> Callable[[FunctionT], FunctionT]:
    """Compile a shared routine once, for arguments of the types of ``examples``; others are converted.

    Without it Numba compiles such a routine again for every mixture of integer types that a caller happens to pass.
    """
    signature = tuple(typeof(example) for example in examples)

    def decorate(function: FunctionT) -> FunctionT:
        return cast("FunctionT", njit(signature, cache=True)(function))

    return decorate


def inlined(function: FunctionT) -> FunctionT:
    """Compile a short routine into its callers."""
    return cast("FunctionT", njit(cache=True, inline="always")(function))
