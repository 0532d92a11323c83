"""What analyses read of a sweep: the outcome at each design point, how noisy it is, and what keeps it from being analysed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.errors import SimError
from sim.experiments import phrases
from sim.experiments.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pandas as pd

    from sim.experiments.spec import SweepSpec

LEVEL = 0.9
"""Share of the intervals of all analyses that hold the true value."""

# Fixed, so that the same sweep always gives the same intervals; not 0, which SALib takes for no seed.
BOOTSTRAP_SEED = 20161017
RESAMPLES = 500

_SAME = 1e-12


class Loaded(Protocol):
    """A sweep folder as read: what all analyses take."""

    @property
    def spec(self) -> SweepSpec:
        """What the sweep asks."""

    @property
    def points(self) -> pd.DataFrame:
        """Design points: index ``point``, one column a factor."""

    @property
    def runs(self) -> pd.DataFrame:
        """Runs that are done: ``point``, ``replicate``, ``seed``, the factors, the outcomes."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes that were kept."""


@dataclass(frozen=True)
class Responses:
    """An outcome, point by point.

    Attributes:
        means: Mean over the replicates that are done: float64[points]; NaN where none is.
        noise: Variance of one point's mean that replicates add (unit of the outcome, squared); None where it cannot be told.
        noise_share: The same as a share of the variance between points; 1 at most.
        uneven: Points with some replicates done and some missing.
    """

    means: npt.NDArray[np.float64]
    noise: float | None
    noise_share: float | None
    uneven: int


def check(sweep: Loaded, outcome: str, *kinds: str) -> None:
    """Refuse an outcome that was not kept, or a design that does not fit.

    Raises:
        SimError: Saying what there is instead.
    """
    if outcome not in sweep.outcomes:
        raise SimError(f"{sweep.spec.name}: kept no outcome {outcome!r} (it kept {phrases.names(sweep.outcomes, 20)})")
    if kinds and sweep.spec.design.kind not in kinds:
        raise SimError(f"{sweep.spec.name}: needs a design of kind {' or '.join(kinds)}, and has a {sweep.spec.design.kind}")


def why_not(sweep: Loaded, outcome: str) -> str | None:
    """Why nothing can be told of what moves an outcome: no runs, runs without a value, no variation; None where it can."""
    if why := why_empty(sweep, outcome):
        return why
    values = _column(sweep, outcome)
    if is_constant(values):
        unit = phrases.unit(outcome)
        value = ("no", "yes")[bool(values[0])] if unit == "yes/no" else phrases.with_unit(values[0], unit)
        return f"{outcome} is {value} in all {phrases.many(values.size, 'run')}: no factor moves it."
    return None


def why_empty(sweep: Loaded, outcome: str) -> str | None:
    """Why an outcome cannot be read: no runs, or runs without a value; None where it can."""
    values = _column(sweep, outcome)
    if not values.size:
        return "No run is done yet."
    missing = int((~np.isfinite(values)).sum())
    if missing:
        whole = [name for name in sweep.outcomes if np.isfinite(_column(sweep, name)).all()]
        instead = f" Every run has {phrases.names(whole)}." if whole else ""
        return (
            f"{outcome} is empty in {missing:,} of {phrases.many(values.size, 'run')}: what it measures did not happen in "
            "them. To leave these runs out would be to judge by the others alone, a number in their place would be made up, so "
            f"nothing is told.{instead}"
        )
    return None


def _column(sweep: Loaded, outcome: str) -> npt.NDArray[np.float64]:
    return sweep.runs[outcome].to_numpy(dtype=np.float64, na_value=np.nan)


def is_constant(values: npt.NDArray[np.float64]) -> bool:
    """Whether values differ by no more than rounding."""
    return bool(np.ptp(values) <= _SAME * np.abs(values).max())


def untold(kind: str, title: str, outcome: str, why: str, about: Mapping[str, Any] | None = None) -> Finding:
    """A finding that nothing can be told, and why."""
    facts = {"outcome": outcome, "unit": phrases.unit(outcome), "untold": why, **(about or {})}
    return Finding(kind, title, {}, why, (why,), facts)


def responses(sweep: Loaded, outcome: str) -> Responses:
    """The outcome at each design point, and the noise that is left in it.

    Seeds are one more cause of variance. With independent seeds the noise of a point's mean is the variance within points over
    the number of replicates. With common seeds, what a seed adds to all points alike is no noise in a comparison of points,
    and is taken out first (two-way analysis of variance without repetition).
    """
    table = sweep.runs.pivot_table(index="point", columns="replicate", values=outcome, aggfunc="mean")
    means = table.mean(axis=1).reindex(sweep.points.index).to_numpy(np.float64)
    whole = table.dropna().to_numpy(np.float64)
    noise = noise_share = None
    points, replicates = whole.shape
    if replicates > 1 and points > 1:
        rest = whole - whole.mean(axis=1, keepdims=True)
        free = points * (replicates - 1)
        if sweep.spec.seeds == "common":
            rest = rest - rest.mean(axis=0, keepdims=True)
            free -= replicates - 1
        noise = float((rest**2).sum() / free / replicates)
        between = float(whole.mean(axis=1).var(ddof=1))
        noise_share = min(1.0, noise / between) if between > 0 else None
    return Responses(means, noise, noise_share, int(table.isna().any(axis=1).sum()))


def noise_words(sweep: Loaded, found: Responses) -> str:
    """What the replicates say of noise, in one sentence."""
    common = sweep.spec.seeds == "common"
    if found.noise_share is None:
        if common:
            return "Each point was run with one seed, the same for all: what is told holds for that seed."
        return "Each point was run once, with its own seed: noise between seeds is in the result and cannot be told apart."
    about = f"{phrases.share(found.noise_share)} of the variance between points is noise left by the seeds"
    if common:
        return f"{about} (what a common seed does to all points alike is not counted)."
    return f"{about}."


def missing_warnings(found: Responses, whole: int, blocks: int, what: str) -> list[str]:
    """Warnings on points without a run and on points with only some of their replicates."""
    told = []
    if whole < blocks:
        lost = int(np.isnan(found.means).sum())
        told.append(
            f"{phrases.many(lost, 'point')} of {found.means.size:,} have no run that is done: {blocks - whole:,} of "
            f"{phrases.many(blocks, what)} are left out whole"
        )
    return [*told, *uneven_warning(found)]


def uneven_warning(found: Responses) -> list[str]:
    """A warning on points with only some of their replicates."""
    if not found.uneven:
        return []
    return [f"some replicates are not done at {phrases.many(found.uneven, 'point')}: the mean there is over fewer seeds"]
