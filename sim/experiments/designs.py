"""Which points of the space that the factors span are run: grids, lists, and sampling plans.

A sampling plan is drawn in the unit cube and laid over the factors: a range of real numbers is stretched to its ends; every
whole number of a range, and every listed value, gets an equal share of the unit interval.
"""

from __future__ import annotations

import itertools
import math
import warnings
from typing import TYPE_CHECKING, Any

from sim.errors import SimError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from sim.experiments.spec import Design, Factor, SweepSpec

INDEX = "point"
_EXTRA = "python -m pip install 'mosul-abm[sensitivity]'"


def size(spec: SweepSpec) -> int:
    """Number of design points, without making them."""
    design, n = spec.design, len(spec.factors)
    samples = design.samples or 0
    if design.kind == "grid":
        return math.prod(len(factor.listed) for factor in spec.factors)
    if design.kind == "list":
        return len(spec.factors[0].listed)
    if design.kind == "sobol":
        return samples * (2 * n + 2 if design.second_order else n + 2)
    return samples * (n + 1) if design.kind == "morris" else samples


def points(spec: SweepSpec) -> pd.DataFrame:
    """The design points.

    Args:
        spec: The sweep.

    Returns:
        One row a point, index ``point`` from 0; a column for each factor, named by its key, with values of the parameter's
        own type. The same spec always gives the same points.

    Raises:
        SimError: The design needs SALib, which is not installed.
    """
    import pandas as pd

    factors, kind = spec.factors, spec.design.kind
    if kind == "grid":
        rows = list(itertools.product(*(_listed(factor) for factor in factors)))
        columns = [[row[i] for row in rows] for i in range(len(factors))]
    elif kind == "list":
        columns = [list(_listed(factor)) for factor in factors]
    else:
        cube = unit_points(spec.design, [factor.key for factor in factors])
        columns = [_laid_over(factor, cube[:, i]) for i, factor in enumerate(factors)]
    data = {factor.key: _column(factor, values) for factor, values in zip(factors, columns, strict=True)}
    return pd.DataFrame(data, index=pd.RangeIndex(len(columns[0]), name=INDEX))


def unit_points(design: Design, keys: list[str]) -> npt.NDArray[np.float64]:
    """A sampling plan in the unit cube: float64[points, factors], each number from 0 to 1.

    Raises:
        SimError: The design needs SALib, which is not installed.
    """
    import numpy as np

    samples = design.samples or 0
    if design.kind == "latin_hypercube":
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(len(keys), seed=design.seed).random(samples), np.float64)
    problem = unit_problem(keys)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what SALib itself imports
            from SALib.sample import morris, sobol
    except ImportError:
        raise SimError(f"a {design.kind} design needs SALib, which is not installed: {_EXTRA}") from None
    if design.kind == "sobol":
        drawn = sobol.sample(problem, samples, calc_second_order=design.second_order, seed=design.seed)
    else:
        drawn = morris.sample(problem, samples, num_levels=design.levels, seed=design.seed)
    return np.asarray(drawn, np.float64)


def unit_problem(keys: list[str]) -> dict[str, Any]:
    """The factors as SALib's ``problem``, each from 0 to 1."""
    return {"num_vars": len(keys), "names": list(keys), "bounds": [[0.0, 1.0]] * len(keys)}


def _listed(factor: Factor) -> tuple[Any, ...]:
    if not factor.listed:
        raise SimError(f"{factor.key} has no values: a grid or a list takes no range")
    return factor.listed


def _laid_over(factor: Factor, unit: npt.NDArray[np.float64]) -> list[Any]:
    """A column of the unit cube as values of a factor."""
    if factor.listed:
        last = len(factor.listed) - 1
        return [factor.listed[min(last, math.floor(u * (last + 1)))] for u in unit.tolist()]
    if factor.low is None or factor.high is None:
        raise SimError(f"{factor.key} has neither values nor both ends of a range")
    low, high = factor.low, factor.high
    if factor.whole:
        return [min(int(high), math.floor(low + u * (high - low + 1))) for u in unit.tolist()]
    return [min(high, max(low, low + u * (high - low))) for u in unit.tolist()]


def _column(factor: Factor, values: list[Any]) -> pd.Series[Any]:
    """Whole numbers as int64, real ones as float64, truth as bool, everything else as it is."""
    import pandas as pd

    kinds = {type(value) for value in values}
    if kinds == {int}:
        return pd.Series(values, dtype="int64", name=factor.key)
    if kinds == {float}:
        return pd.Series(values, dtype="float64", name=factor.key)
    return pd.Series(values, dtype="bool" if kinds == {bool} else "object", name=factor.key)
