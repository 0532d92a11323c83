"""How many replicates are enough: the width of 90% intervals against the number of replicates.

For a mean of n replicates with standard deviation s the half-width is t(0.95, n-1) s / sqrt(n). For a median it is 1.645 times
the standard error of Maritz and Jarrett (1978), the exact limit of the bootstrap, with no random numbers; it shrinks as
1/sqrt(n). For a probability it is half the width of Wilson's interval, at the share of runs so far. Widths are told as a share of
the mean or median itself, those of probabilities in percentage points.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from scipy.stats.mstats import mjci

from sim.experiments import phrases
from sim.experiments.exceedance import LEVEL, condition_words, met, wilson
from sim.experiments.exceedance import Threshold as Condition
from sim.experiments.findings import Finding
from sim.experiments.groups import point_labels
from sim.record.reading import label_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sim.experiments.loaded import LoadedSweep

TARGET = 0.05
"""Half-width that is asked for: 5% of the mean or median, 5 percentage points of a probability."""

FEW = 5
MOST_N = 1_000_000
_LEAST_MEDIAN = 3
_LONGEST_CURVE = 200
_SHORTEST_CURVE = 20
_TAIL = (1 + LEVEL) / 2
_Z = float(norm.ppf(_TAIL))


def replicates(sweep: LoadedSweep, outcomes: Sequence[str], thresholds: Sequence[Condition] = ()) -> Finding:
    """How well the replicates so far pin each outcome down, and how many would do.

    Args:
        sweep: The sweep; at least one point has two runs.
        outcomes: Names of outcomes that it kept.
        thresholds: Conditions whose probabilities are looked at too.

    Returns:
        A finding of kind ``replicates``. Table ``needed``, a row a point and outcome: ``outcome``, ``point``, ``group``, ``n``,
        ``mean``, ``sd``, ``half_mean``, ``relative_mean``, ``needed_mean``, ``median``, ``half_median``, ``relative_median``,
        ``needed_median``. Table ``width``, for a typical point: ``outcome``, ``n``, ``relative_mean``, ``relative_median``.
        Table ``probability``, where there are any: ``condition``, ``point``, ``group``, ``n``, ``p``, ``half``, ``needed``.
    """
    yes_no = [name for name in outcomes if phrases.unit(name) == "yes/no"]
    asked = {one.outcome for one in thresholds}
    conditions = [*thresholds, *(Condition(name, ">", 0.5) for name in yes_no if name not in asked)]
    numbers = [name for name in outcomes if name not in yes_no]
    needed, chances = _needed(sweep, numbers), _chances(sweep, conditions)
    tables = {"needed": needed, "width": _width(needed)}
    if len(chances):
        tables["probability"] = chances
    told = [_outcome_words(name, needed[needed["outcome"] == name]) for name in numbers]
    told += [_chance_words(one, chances[chances["condition"] == str(one)]) for one in conditions]
    words = " ".join([_opening(sweep), *(text for text in told if text), _closing(sweep)]).strip()
    about = {
        "target": TARGET, "level": LEVEL, "n": int(sweep.runs.groupby("point").size().max()),
        "labels": {name: label_text(name) for name in numbers}, "points": len(sweep.points),
    }  # fmt: skip
    return Finding("replicates", "How many replicates are enough", tables, words, _warnings(sweep, needed), about)


def half_mean(sd: float, n: float) -> float:
    """Half-width of the 90% interval of a mean of n normal draws."""
    return float(t.ppf(_TAIL, n - 1)) * sd / math.sqrt(n) if n > 1 else math.nan


def needed_mean(sd: float, mean: float, target: float = TARGET) -> float:
    """The least number of replicates, 2 or more, whose half-width is at most this share of the mean.

    Returns:
        A whole number, or infinity above a million; NaN where the mean is 0.
    """
    if not math.isfinite(sd) or mean == 0:
        return math.nan
    wanted = target * abs(mean)
    # Student's t is wider than the normal, so that the search starts from below.
    n = max(2, math.ceil((_Z * sd / wanted) ** 2)) if sd / wanted < MOST_N else MOST_N + 1
    while n <= MOST_N and half_mean(sd, n) > wanted:
        n += 1
    return float(n) if n <= MOST_N else math.inf


def needed_chance(p: float, target: float = TARGET) -> int:
    """The least number of replicates whose Wilson interval about this share is at most this much wide to either side."""
    n = 2
    while (ends := wilson(p * n, n))[1] - ends[0] > 2 * target:
        n += 1
    return n


def half_median(values: npt.NDArray[np.float64]) -> float:
    """Half-width of the 90% interval of a median, by the standard error of Maritz and Jarrett; NaN below three values."""
    if len(values) < _LEAST_MEDIAN:
        return math.nan
    return _Z * float(mjci(values, prob=[0.5])[0])


def _needed(sweep: LoadedSweep, outcomes: Sequence[str]) -> pd.DataFrame:
    labels = point_labels(sweep)
    rows = []
    for name in outcomes:
        for point, values in sweep.runs.groupby("point")[name]:
            known = values.dropna().to_numpy(np.float64)
            if len(known):
                rows.append({"outcome": name, "point": point, "group": labels[point], **_measured(known)})
    columns = ["outcome", "point", "group", "n", "mean", "sd", "half_mean", "relative_mean", "needed_mean", "median",
               "half_median", "relative_median", "needed_median"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _measured(values: npt.NDArray[np.float64]) -> dict[str, Any]:
    n, mean, median = len(values), float(values.mean()), float(np.median(values))
    sd = float(values.std(ddof=1)) if n > 1 else math.nan
    half, wide = half_mean(sd, n), half_median(values)
    share = wide / abs(median) if median else math.nan
    count = n * (share / TARGET) ** 2
    return {
        "n": n, "mean": mean, "sd": sd, "half_mean": half, "relative_mean": half / abs(mean) if mean else math.nan,
        "needed_mean": needed_mean(sd, mean), "median": median, "half_median": wide, "relative_median": share,
        "needed_median": max(2.0, math.ceil(count - 1e-9)) if math.isfinite(count) else math.nan,
    }  # fmt: skip


def _width(needed: pd.DataFrame) -> pd.DataFrame:
    """Relative half-width against n for a typical point: the median over points of the relative spread."""
    wish = needed["needed_mean"].replace(math.inf, np.nan).max()
    so_far = int(needed["n"].max()) if len(needed) else 0
    longest = int(max(_SHORTEST_CURVE, 2 * so_far, 0 if math.isnan(wish) else wish))
    n = np.arange(2, min(longest, max(_LONGEST_CURVE, so_far)) + 1)
    blocks = []
    for name, rows in needed[needed["mean"] != 0].groupby("outcome", sort=False):
        spread = float((rows["sd"] / rows["mean"].abs()).median())
        middle = float((rows["relative_median"] * np.sqrt(rows["n"])).median())
        if not math.isfinite(spread):
            continue
        means = t.ppf(_TAIL, n - 1) * spread / np.sqrt(n)
        blocks.append(pd.DataFrame({"outcome": name, "n": n, "relative_mean": means, "relative_median": middle / np.sqrt(n)}))
    columns = ["outcome", "n", "relative_mean", "relative_median"]
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=columns)


def _chances(sweep: LoadedSweep, conditions: Sequence[Condition]) -> pd.DataFrame:
    labels = point_labels(sweep)
    rows = []
    for one in conditions:
        for point, values in met(sweep, one).groupby(sweep.runs["point"]):
            known = values.dropna()
            if len(known):
                p, n = float(known.mean()), len(known)
                low, high = wilson(p * n, n)
                rows.append({
                    "condition": str(one), "point": point, "group": labels[point], "n": n, "p": p,
                    "half": (high - low) / 2, "needed": needed_chance(p),
                })  # fmt: skip
    return pd.DataFrame(rows, columns=["condition", "point", "group", "n", "p", "half", "needed"])


def _opening(sweep: LoadedSweep) -> str:
    counts = sweep.runs.groupby("point").size()
    most = int(counts.max())
    each = f"{most}" if counts.min() == most else f"{counts.min()} to {most}"
    where = " at each point" if len(sweep.points) > 1 else ""
    return f"What {each} replicates{where} tell, by {LEVEL:.0%} intervals, and how many would tell a mean to within {TARGET:.0%}."


def _outcome_words(name: str, rows: pd.DataFrame) -> str:
    """One outcome: how well it is known, and how many replicates 5% takes."""
    label = label_text(name)
    known = rows.dropna(subset=["relative_mean"])
    if rows.empty:
        return f"{label}: it happened in no run."
    if known.empty:
        return f"{label}: no share of the mean can be told (it is 0, or there are not two values)."
    if (known["sd"] == 0).all():
        return f"{label}: the same in all replicates."
    typical, worst = float(known["relative_mean"].median()), float(known["relative_mean"].max())
    text = f"{label}: mean to within {_share(typical)}"
    several = _share(worst) != _share(typical)
    if several:
        text += f" at a typical point and {_share(worst)} at the worst"
    middle = rows["relative_median"].dropna()
    if len(middle):
        text += f" (median {_share(float(middle.median()))})"
    enough = float(known["needed_mean"].max())
    return f"{text}; {TARGET:.0%} needs {_count(enough)}" + (" at the worst." if several else ".")


def _chance_words(one: Condition, rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    where = " at the worst" if len(rows) > 1 else ""
    return (
        f"P({condition_words(one)}): to within {100 * rows['half'].max():.0f} percentage points{where}; "
        f"{100 * TARGET:.0f} points need {int(rows['needed'].max()):,}{where}."
    )


def _closing(sweep: LoadedSweep) -> str:
    if len(sweep.points) > 1 and sweep.spec.seeds == "common":
        return "Points share their seeds: a difference between points, taken in pairs, is often known better than either."
    return ""


def _share(value: float) -> str:
    return f"{100 * value:.1f}%" if value < 0.095 else f"{100 * value:.0f}%"


def _count(n: float) -> str:
    return f"more than {MOST_N:,}" if math.isinf(n) else f"{int(n):,}"


def _warnings(sweep: LoadedSweep, needed: pd.DataFrame) -> tuple[str, ...]:
    told = []
    if sweep.runs.groupby("point").size().max() < FEW:
        told.append(f"fewer than {FEW} replicates: the spread itself is hardly known, so take the numbers as a first guess")
    gone = [
        str(name)
        for name in dict.fromkeys(needed["outcome"])
        if needed.loc[needed["outcome"] == name, "n"].sum() < len(sweep.runs)
    ]
    if gone:
        told.append(f"runs in which it did not happen are not in the numbers of {phrases.names(gone)}")
    return tuple(told)
