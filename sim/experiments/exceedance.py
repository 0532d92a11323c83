"""How likely an outcome is to pass a threshold, and the whole curve of it.

The interval of a probability is Wilson's (1927), at 90%. What did not happen in a run (NaN) is censored, and counted: a number
of days to an event that never came lies above every day that the run could have seen; of any other outcome it is not known on
which side it would lie, and the interval is widened to hold both.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from sim.errors import SimError
from sim.experiments import phrases
from sim.experiments.ensembles import FEW_RUNS
from sim.experiments.findings import Finding
from sim.experiments.groups import ALL, MOST_GROUPS, groupings, pairing, point_labels
from sim.record.reading import label_text
from sim.scenario.words import number, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.experiments.loaded import LoadedSweep

LEVEL = 0.9
TELL = (0.05, 0.5, 0.95)
_FORM = re.compile(r"\s*([A-Za-z]\w*)\s*(>=|<=|>|<)\s*([-+]?[\d_,]*\.?\d+(?:[eE][-+]?\d+)?)\s*(%?)\s*", re.ASCII)
SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_WORDS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_WAIT = "days_to_"


class AnalysisError(SimError):
    """An analysis that was asked for and cannot be made: an unknown outcome, a threshold that is none, no run yet."""


@dataclass(frozen=True)
class Threshold:
    """A condition on an outcome.

    Attributes:
        outcome: Name of the outcome.
        sign: ``>``, ``>=``, ``<`` or ``<=``.
        value: The threshold, in the outcome's unit.
        percent: Whether it was written with ``%``.
    """

    outcome: str
    sign: str
    value: float
    percent: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read a condition such as ``displaced>1000000``; ``1_000_000``, ``1,000,000``, ``1e6`` and ``5%`` are numbers too.

        Raises:
            AnalysisError: It has another form.
        """
        found = _FORM.fullmatch(text)
        plain = re.sub(r"[_,]", "", found[3]) if found else ""
        value = float(plain) / (100 if found and found[4] else 1) if found else math.nan
        if found is None or not math.isfinite(value):
            raise AnalysisError(f'"{short(text)}" is no condition: write it as "displaced>1000000" (with >, >=, < or <=)')
        return cls(found[1], found[2], value, bool(found[4]))

    @property
    def above(self) -> bool:
        """Whether what lies above the threshold is meant."""
        return self.sign in {">", ">="}

    def holds(self, value: Any) -> Any:  # noqa: ANN401  a number, or an array or series of them
        """Whether a value meets it."""
        return SIGNS[self.sign](value, self.value)

    def __str__(self) -> str:
        return f"{self.outcome} {self.sign} {number(self.value)}"


def wilson(above: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of a probability (Wilson 1927), for parts of trials too.

    With p = above / n and z the normal quantile: (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    Args:
        above: Successes, 0 to n.
        n: Trials.
        level: Share of such intervals that hold the true value.

    Returns:
        Lower and upper end; NaN where there are no trials.
    """
    if n <= 0:
        return math.nan, math.nan
    z, p = float(norm.ppf((1 + level) / 2)), above / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and 1 the ends are exact; rounding would put them just beside.
    low, high = max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
    return (0.0 if above <= 0 else low), (1.0 if above >= n else high)


def exceedance(sweep: LoadedSweep, outcome: str, thresholds: Sequence[Threshold] = ()) -> Finding:
    """Probabilities to pass thresholds, at each point and over all, and the exceedance curve.

    Args:
        sweep: The sweep; it must have kept the outcome.
        outcome: Name of the outcome.
        thresholds: Conditions on it. For a yes or no, the probability of yes is told without.

    Returns:
        A finding of kind ``exceedance``. Table ``probability``, where there is a condition: ``condition``, ``group`` and
        ``point`` (empty for all points), ``met``, ``n`` (runs of which it is known), ``censored`` (runs in which it did not
        happen), ``unknown`` (those of them that lie on neither side), ``p``, ``low``, ``high`` (90%), ``n_independent`` (what
        the interval counts). Table ``curve``: ``group``, ``value``, ``share_above``, ``n``, ``censored``.
    """
    unit = phrases.unit(outcome)
    thresholds = tuple(dict.fromkeys(thresholds))
    if unit == "yes/no" and not thresholds:
        thresholds = (Threshold(outcome, ">", 0.5),)
    curve = curves(sweep, outcome)
    tables = {"curve": curve}
    if thresholds:
        tables["probability"] = pd.concat([probability(sweep, one) for one in thresholds], ignore_index=True)
    about = {
        "outcome": outcome, "unit": unit, "label": label_text(outcome), "level": LEVEL,
        "thresholds": [one.value for one in thresholds] if unit != "yes/no" else [],
        "conditions": [condition_words(one) for one in thresholds], "yes_no": unit == "yes/no",
    }  # fmt: skip
    words = " ".join(part for part in _words(sweep, outcome, tables.get("probability"), thresholds) if part)
    title = f"{label_text(outcome)}: how likely" if unit == "yes/no" else f"{label_text(outcome)}: how likely is more than ..."
    return Finding("exceedance", title, tables, words, _warnings(sweep, tables.get("probability")), about)


def condition_words(one: Threshold) -> str:
    """A condition as people say it: ``displaced more than 1,000,000 persons``."""
    unit = phrases.unit(one.outcome)
    if unit == "yes/no":
        return label_text(one.outcome).lower() if one.above else f"not {label_text(one.outcome).lower()}"
    return f"{label_text(one.outcome).lower()} {_WORDS[one.sign]} {phrases.exact(one.value, unit)}"


def met(sweep: LoadedSweep, one: Threshold) -> pd.Series[float]:
    """Whether each run meets a condition: 1, 0, or NaN where it cannot be known."""
    values = sweep.runs[one.outcome].astype("float64")
    answer = pd.Series(np.asarray(one.holds(values), np.float64), index=values.index)
    return answer.mask(values.isna(), 1.0 if one.above else 0.0).mask(values.isna() & ~_late(sweep, one))


def _late(sweep: LoadedSweep, one: Threshold) -> pd.Series[bool]:
    """Runs without a value of which it is known that it would lie above: the threshold is a day that they could have seen."""
    return (_longest(sweep) >= one.value) & one.outcome.startswith(_WAIT)


def _longest(sweep: LoadedSweep) -> pd.Series[float]:
    """How many days each run could have lasted."""
    runs, key = sweep.runs, "time.max_days"
    longest = runs[key] if key in runs else pd.Series(sweep.spec.scenario.time.max_days, index=runs.index)
    return longest.astype("float64")


def probability(sweep: LoadedSweep, one: Threshold) -> pd.DataFrame:
    """How often a condition is met, over all runs and at each point."""
    answer = met(sweep, one)
    nothing = sweep.runs[one.outcome].isna()
    labels = point_labels(sweep).to_dict()
    rows = [_row(one, ALL, None, answer, nothing, independent(sweep, answer))]
    if len(sweep.points) > 1:
        for point in sweep.runs["point"].unique().tolist():
            mine = answer[sweep.runs["point"] == point]
            rows.append(_row(one, labels[point], point, mine, nothing.loc[mine.index], len(mine)))
    table = pd.DataFrame(rows)
    table["point"] = table["point"].astype("Int64")
    return table


def _row(
    one: Threshold, group: str, point: int | None, answer: pd.Series[float], nothing: pd.Series[bool], n: float
) -> dict[str, Any]:
    unknown = int(answer.isna().sum())
    known = len(answer) - unknown
    count = float(answer.sum())
    # The widest that the unknown runs could make it; each run counts for as much of the interval's trials.
    scale = n / len(answer)
    low, high = wilson(count * scale, n)[0], wilson((count + unknown) * scale, n)[1]
    return {
        "condition": str(one), "group": group, "point": point, "met": int(count), "n": known,
        "censored": int(nothing.sum()), "unknown": unknown, "p": count / known if known else math.nan,
        "low": low, "high": high, "n_independent": n,
    }  # fmt: skip


def independent(sweep: LoadedSweep, answer: pd.Series[float]) -> float:
    """How many independent trials an interval over all points may count.

    One point: its runs. Points that were chosen (grid, list): under common seeds the seeds, since a seed acts on all points;
    else the runs. A trial may then be a share between 0 and 1, whose variance is at most that of a yes or no, so that the
    interval is too wide rather than too narrow. Points that a plan has sampled: under independent seeds, or where there is one
    seed, the points; under common seeds as many as points and seeds together are worth.
    """
    runs = sweep.runs.loc[answer.index]
    points, seeds = int(runs["point"].nunique()), int(runs["seed"].nunique())
    if len(sweep.points) == 1:
        return len(runs)
    if sweep.spec.design.kind in {"grid", "list"}:
        return seeds if sweep.spec.seeds == "common" else len(runs)
    return _worth(runs, answer) if sweep.spec.seeds == "common" and seeds > 1 else points


def _worth(runs: pd.DataFrame, answer: pd.Series[float]) -> float:
    """What sampled points under common seeds are worth in independent trials: 1 to the number of points.

    Points and seeds are both drawn, so that p varies by s2(point means) / points + s2(seed means) / seeds, and p (1 - p) over
    that are the trials (Kish 1965). A variance from few seeds is itself hardly known: they are lessened by the squared ratio of
    the normal quantile to Student's (Korn and Graubard 1998), with Satterthwaite's (1946) degrees of freedom. Where all runs
    say the same nothing tells how much a seed does, and the seeds are counted.
    """
    known = answer.dropna()
    means = [known.groupby(runs.loc[known.index, name]).mean() for name in ("point", "seed")]
    points, seeds = map(len, means)
    if min(points, seeds) < 2 or known.min() == known.max():
        return max(1, min(points, seeds))
    parts = [float(each.var(ddof=1)) / len(each) for each in means]
    freedom = sum(parts) ** 2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, means, strict=True))
    p, tail = float(known.mean()), (1 + LEVEL) / 2
    worth = p * (1 - p) / sum(parts) * float(norm.ppf(tail) / t.ppf(tail, freedom)) ** 2
    return min(float(points), max(1.0, worth))


def curves(sweep: LoadedSweep, outcome: str) -> pd.DataFrame:
    """The share of runs above each value that occurs: one less the empirical distribution; over all, and by group."""
    values = sweep.runs[outcome].astype("float64")
    longest = _longest(sweep)
    blocks = [_curve(ALL, values, outcome, longest)]
    for grouping in groupings(sweep)[:1]:
        if 1 < len(grouping.labels) <= MOST_GROUPS:
            labels = sweep.runs["point"].map(grouping.label_of)
            blocks += [_curve(group, values[labels == group], outcome, longest) for group in grouping.labels]
    return pd.concat(blocks, ignore_index=True)


def _curve(group: str, values: pd.Series[float], outcome: str, longest: pd.Series[float]) -> pd.DataFrame:
    """The curve of one group; what never came within a run is later than any day, and keeps the curve up to the last one."""
    known = np.sort(values.dropna().to_numpy(np.float64))
    censored = len(values) - len(known)
    late = censored if outcome.startswith(_WAIT) else 0
    n = len(known) + late
    distinct, counts = np.unique(known, return_counts=True)
    above = (n - np.cumsum(counts)) / max(n, 1)
    last = float(longest.loc[values.index].max()) if late else -math.inf
    if late and (not len(distinct) or last > distinct[-1]):
        distinct, above = np.append(distinct, last), np.append(above, late / n)
    return pd.DataFrame({"group": group, "value": distinct, "share_above": above, "n": n, "censored": censored})


def _words(sweep: LoadedSweep, outcome: str, table: pd.DataFrame | None, thresholds: Sequence[Threshold]) -> list[str]:
    unit = phrases.unit(outcome)
    values = sweep.runs[outcome].astype("float64")
    known = values.dropna()
    censored = len(values) - len(known)
    parts = []
    if censored:
        what = "counted as later than any day that was simulated" if outcome.startswith(_WAIT) else "censored"
        parts.append(f"In {censored:,} of {phrases.many(len(values), 'run')} there is no {outcome}: they are {what}.")
    if len(known) and unit != "yes/no":
        parts.append(_spread(label_text(outcome), known, unit, censored))
    if table is not None:
        parts += [_told(one, table[table["condition"] == str(one)]) for one in thresholds]
        parts.append(pairing(sweep))
    return parts


def _spread(label: str, known: pd.Series[float], unit: str, censored: int) -> str:
    """Where the runs lie: the range of a few, quantiles of many."""
    of = f"the {len(known):,} that have it" if censored else phrases.many(len(known), "run")
    low, middle, high = np.quantile(known, TELL)
    mid = phrases.with_unit(middle, unit)
    if known.min() == known.max():
        return f"{label} is {mid} in all of {of}."
    if len(known) < FEW_RUNS:
        return f"{label}: {of} lie between {phrases.span(known.min(), known.max(), unit, 'and')}, half of them above {mid}."
    return f"{label}: half of {of} lie above {mid}, nine in ten between {phrases.span(low, high, unit, 'and')}."


def _told(one: Threshold, table: pd.DataFrame) -> str:
    whole = table.iloc[0]
    text = f"P({condition_words(one)}) is {_chance(whole)}"
    points = table.iloc[1:]
    if len(points):
        text += f" over all points ({whole['met']:,} of {phrases.many(int(whole['n']), 'run')})"
        told = points.sort_values("p", kind="stable").dropna(subset="p")
        if len(told) and told["p"].iloc[0] < told["p"].iloc[-1]:
            least, most = told.iloc[0], told.iloc[-1]
            text += f"; by point from {_chance(least)} at {least['group']} to {_chance(most)} at {most['group']}"
        return text + "."
    return text + f" ({whole['met']:,} of {phrases.many(int(whole['n']), 'run')})."


def _chance(row: pd.Series[Any]) -> str:
    if not math.isfinite(row["p"]):
        return "not known"
    return f"{phrases.share(row['p'])} ({LEVEL:.0%} interval {phrases.share(row['low'])} to {phrases.share(row['high'])})"


def _warnings(sweep: LoadedSweep, table: pd.DataFrame | None) -> tuple[str, ...]:
    told = []
    if table is not None:
        if unknown := int(table.loc[table["group"] == ALL, "unknown"].max()):
            told.append(f"of {phrases.many(unknown, 'run')} it is not known on which side they lie: the intervals hold both")
        if len(sweep.points) > 1 and sweep.spec.seeds == "common" and len(set(sweep.runs["seed"])) == 1:
            told.append("all runs share one seed: what chance does is not in these numbers")
    return tuple(told)
