"""What Morris and Sobol share: a design's blocks, of which only whole ones count, and SALib."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.experiments import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from sim.experiments.samples import Responses

_EXTRA = "python -m pip install 'mosul-abm[sensitivity]'"


@dataclass(frozen=True)
class Blocks:
    """Outcomes of the blocks of a design of which every point has a run.

    Attributes:
        outcomes: float64[blocks, points of a block], each block in the order of the design.
        rows: int64, the points of the same blocks, one after the other.
        planned: Blocks that the design has.
        warnings: What was left out.
    """

    outcomes: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]
    planned: int
    warnings: tuple[str, ...]

    @property
    def count(self) -> int:
        """Blocks that are whole."""
        return len(self.outcomes)


def whole_blocks(found: Responses, size: int, what: str) -> Blocks:
    """The blocks of so many points each that are whole; ``what`` names them in the plural."""
    table = found.means.reshape(-1, size)
    whole = np.isfinite(table).all(axis=1)
    rows = np.arange(found.means.size).reshape(-1, size)[whole].ravel()
    told = samples.missing_warnings(found, int(whole.sum()), len(table), what)
    return Blocks(table[whole], rows, len(table), tuple(told))


def salib(method: str) -> Callable[..., Any]:
    """The ``analyze`` of one of SALib's methods.

    Raises:
        SimError: SALib is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what SALib itself imports
            analyze: Callable[..., Any] = import_module(f"SALib.analyze.{method}").analyze
    except ImportError:
        raise SimError(f"{method} indices need SALib, which is not installed: {_EXTRA}") from None
    return analyze
