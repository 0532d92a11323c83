"""How far two samples of one outcome differ: pair by pair where runs share their seeds, else sample against sample.

==================  ============================================  ================================================
                    90% interval                                  p
==================  ============================================  ================================================
paired numbers      Student's t of the differences                the same
paired yes/no       Bonett & Price (2012), adjusted Wald          McNemar's exact test (binomial)
unpaired numbers    Welch (1947)                                  the same
unpaired yes/no     Agresti & Caffo (2000)                        Fisher's exact test
no scatter at all   the difference itself                         sign test; exact permutation where unpaired
==================  ============================================  ================================================

No bootstrap: with the five to twenty seeds that are usual its intervals come out too narrow (``docs/compare.md``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

CONFIDENCE = 0.9
# Differences that agree to so many parts of the values themselves are one number, but for rounding.
_ROUNDING = 1e-12
_Interval = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """How far an outcome differs between a base and a variant.

    Attributes:
        base_mean: Mean of the base over the runs that are compared; NaN where there are none.
        mean: The same, of the variant.
        difference: Variant minus base.
        low: Lower end of the 90% interval of the difference; NaN where it has none.
        high: Upper end.
        p: Chance of a difference at least as large where there is none; NaN where it cannot be told.
        method: How interval and p were found.
        used: Pairs that were compared; of unpaired samples, runs of the smaller one.
        empty_base: Pairs (or runs) in which the base alone has no value: what it counts did not happen.
        empty_variant: The same, of the variant alone.
        empty_both: Pairs in which neither has a value.
        identical: Whether every pair agrees to the bit.
        saved: Share of the variance that pairing took away, ``1 - var(d) / (var(A) + var(B))``; NaN where unpaired or unknown.
    """

    base_mean: float
    mean: float
    difference: float
    low: float
    high: float
    p: float
    method: str
    used: int
    empty_base: int = 0
    empty_variant: int = 0
    empty_both: int = 0
    identical: bool = False
    saved: float = math.nan

    @property
    def worth(self) -> float:
        """How many times the seeds unpaired runs would need for an interval as narrow; NaN where unknown."""
        return 1.0 / (1.0 - self.saved) if self.saved < 1 else math.nan

    @property
    def visible(self) -> bool:
        """Whether the interval leaves zero out, and p agrees: so few pairs as cannot say anything do not."""
        return (self.low > 0 or self.high < 0) and self.p <= 1.0 - CONFIDENCE


def paired(base: Values, variant: Values, *, binary: bool = False) -> Difference:
    """Compare pair by pair.

    Args:
        base: One value a seed, shape (n,); NaN where what it counts did not happen.
        variant: The same seeds in the same order.
        binary: Whether values are 0 or 1 and nothing else.

    Returns:
        The difference over the pairs in which both have a value; the others are counted.
    """
    none_a, none_b = np.isnan(base), np.isnan(variant)
    whole = ~(none_a | none_b)
    empty = (int((none_a & ~none_b).sum()), int((none_b & ~none_a).sum()), int((none_a & none_b).sum()))
    a, b = base[whole], variant[whole]
    d, n = b - a, len(a)
    means = (float(a.mean()), float(b.mean()), float(d.mean())) if n else (math.nan,) * 3
    same = not empty[0] + empty[1]
    if not d.any() and (n or (same and len(base))):
        return Difference(*means, 0.0, 0.0, 1.0, "identical", n, *empty, identical=same, saved=_saved(a, b, d))
    if n < 2:
        return Difference(*means, math.nan, math.nan, math.nan, "too few pairs", n, *empty)
    if binary:
        (low, high), p, method = *_binary_pairs(d), "McNemar, Bonett-Price"
    elif _constant(d, a, b):
        low, high, p, method = means[2], means[2], float(stats.binomtest(0, n).pvalue), "sign test"
    else:
        (low, high), p, method = *_student(means[2], float(d.std(ddof=1)) / math.sqrt(n), n - 1.0), "paired t"
    return Difference(*means, low, high, p, method, n, *empty, saved=_saved(a, b, d))


def unpaired(base: Values, variant: Values, *, binary: bool = False) -> Difference:
    """Compare two samples whose seeds differ; arguments and result as of :func:`paired`, but for the order."""
    none_a, none_b = np.isnan(base), np.isnan(variant)
    a, b = base[~none_a], variant[~none_b]
    empty = (int(none_a.sum()), int(none_b.sum()))
    n = min(len(a), len(b))
    mean_a, mean_b = (float(values.mean()) if len(values) else math.nan for values in (a, b))
    means = (mean_a, mean_b, mean_b - mean_a)
    if n < 2:
        return Difference(*means, math.nan, math.nan, math.nan, "too few runs", n, *empty)
    if binary:
        (low, high), p, method = *_binary_samples(a, b), "Fisher, Agresti-Caffo"
    elif _constant(a, a, a) and _constant(b, b, b):
        apart = 2.0 / math.comb(len(a) + len(b), len(a))
        low, high, p, method = means[2], means[2], min(apart, 1.0) if means[2] else 1.0, "permutation"
    else:
        parts = [float(values.var(ddof=1)) / len(values) for values in (a, b)]
        freedom = sum(parts) ** 2 / sum(part**2 / (len(v) - 1) for part, v in zip(parts, (a, b), strict=True))
        (low, high), p, method = *_student(means[2], math.sqrt(sum(parts)), freedom), "Welch"
    return Difference(*means, low, high, p, method, n, *empty)


def _student(mean: float, error: float, freedom: float) -> tuple[_Interval, float]:
    """Interval and p of a mean of this standard error."""
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return (mean - half, mean + half), float(2 * stats.t.sf(abs(mean) / error, freedom))


def _binary_pairs(d: Values) -> tuple[_Interval, float]:
    """McNemar's exact test, and the interval of Bonett and Price: a half pair each is added to those that part."""
    n, more, fewer = len(d), int((d > 0).sum()), int((d < 0).sum())
    p = float(stats.binomtest(more, more + fewer).pvalue)
    up, down = (more + 1) / (n + 2), (fewer + 1) / (n + 2)
    half = _normal() * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    return (max(up - down - half, -1.0), min(up - down + half, 1.0)), p


def _binary_samples(a: Values, b: Values) -> tuple[_Interval, float]:
    """Fisher's exact test, and the interval of Agresti and Caffo: one run of each kind is added to each sample."""
    counts = np.array([[values.sum(), len(values) - values.sum()] for values in (a, b)], dtype=np.int64)
    p = float(stats.fisher_exact(counts).pvalue)
    (mine, of_mine), (its, of_its) = (((values.sum() + 1) / (len(values) + 2), len(values) + 2) for values in (a, b))
    half = _normal() * math.sqrt(mine * (1 - mine) / of_mine + its * (1 - its) / of_its)
    return (max(float(its - mine - half), -1.0), min(float(its - mine + half), 1.0)), p


def _normal() -> float:
    return float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def _constant(d: Values, a: Values, b: Values) -> bool:
    return bool(np.ptp(d) <= _ROUNDING * max(np.abs(a).max(), np.abs(b).max()))


def _saved(a: Values, b: Values, d: Values) -> float:
    """Share of the variance of a difference of means that pairing took away."""
    if len(a) < 2 or _constant(a, a, a) or _constant(b, b, b):  # where one does not vary there is nothing to share
        return math.nan
    return float(1.0 - d.var(ddof=1) / (a.var(ddof=1) + b.var(ddof=1)))
