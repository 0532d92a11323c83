"""What discovery works on: runs as cases, of interest or not, and rules that hold for some of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from sim.errors import SimError
from sim.experiments import phrases, samples
from sim.experiments.exceedance import SIGNS
from sim.scenario import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

    from sim.experiments.samples import Loaded
    from sim.experiments.spec import Factor

Direction: TypeAlias = Literal["above", "at least", "below", "at most"]

DIRECTIONS: dict[str, Direction] = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}
"""What an outcome must be of a threshold, by the sign of the condition."""

EXTRA = "python -m pip install 'mosul-abm[discovery]'"

CASES_A_FACTOR = 10
SMALLEST_SHARE = 0.05
"""Cases of interest should be at least so many for each factor, and such a share of all cases."""

NONE_VARIES = "No factor varies among the runs that are done: there are no conditions to tell apart."

SPLITS = 3
"""How often cases are halved to see whether a rule holds on runs that it was not found on."""

_SPLIT_SEED = 20161017
_OFTEN = 0.5
_FEWEST_DIGITS, _MOST_DIGITS = 3, 16


@dataclass(frozen=True)
class Limit:
    """What a rule asks of one factor.

    Attributes:
        low: Least value; None for no limit.
        high: Greatest value; None for no limit.
        codes: Places of the values that are allowed, of a factor without order; None for one with order.
    """

    low: float | None = None
    high: float | None = None
    codes: frozenset[int] | None = None


Rule: TypeAlias = "Mapping[str, Limit]"


@dataclass(frozen=True)
class Cases:
    """Runs by what varied, and whether each is of interest.

    Attributes:
        x: One row a run, one column a factor that varies: numbers, or whole numbers (as objects) that stand for ``labels``.
        y: bool[runs], whether the run is of interest.
        points: int64[runs], its design point.
        labels: Values of each factor without order.
        steps: Factors that take few values or whole numbers: a limit of theirs is a value that was run.
        ranges: Range of each factor with order, as asked for, or of its values.
    """

    x: pd.DataFrame
    y: npt.NDArray[np.bool_]
    points: npt.NDArray[np.int64]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: frozenset[str] = frozenset()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def some(self, rows: npt.NDArray[Any]) -> Cases:
        """Some of the cases."""
        return replace(self, x=self.x.iloc[rows].reset_index(drop=True), y=self.y[rows], points=self.points[rows])

    def inside(self, rule: Rule) -> npt.NDArray[np.bool_]:
        """Which cases a rule holds for."""
        held = np.ones(len(self.y), bool)
        for key, limit in rule.items():
            values = self.x[key].to_numpy()
            if limit.codes is not None:
                held &= np.isin(values.astype(np.int64), sorted(limit.codes))
            held &= limit.low is None or values >= limit.low
            held &= limit.high is None or values <= limit.high
        return held

    def snapped(self, key: str, limit: Limit) -> Limit:
        """The same limit at values that were run, for a factor that goes in steps."""
        if key not in self.steps or limit.codes is not None:
            return limit
        values = self.x[key].to_numpy(np.float64)
        low = None if limit.low is None else float(values[values >= limit.low].min(initial=math.inf))
        high = None if limit.high is None else float(values[values <= limit.high].max(initial=-math.inf))
        return replace(limit, low=low, high=high)

    def halves(self) -> Iterator[tuple[Cases, Cases]]:
        """Random halves of the points, each once to find a rule on and once to try it on; always the same."""
        from sklearn.model_selection import GroupShuffleSplit

        splitter = GroupShuffleSplit(SPLITS, test_size=0.5, random_state=_SPLIT_SEED)
        for one, other in splitter.split(self.x, self.y, self.points):
            yield self.some(one), self.some(other)
            yield self.some(other), self.some(one)


@dataclass(frozen=True)
class Score:
    """How well a rule tells cases of interest.

    Attributes:
        inside: Cases that it holds for.
        hits: Those of interest among them.
        coverage: Share of all cases of interest that it holds for.
        density: Share of the cases it holds for that are of interest.
        mass: Share of all cases that it holds for.
    """

    inside: int
    hits: int
    coverage: float
    density: float
    mass: float

    @property
    def balance(self) -> float:
        """Harmonic mean of coverage and density; 0 where both are."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both else 0.0


def score(cases: Cases, rule: Rule) -> Score:
    """Count what a rule holds for."""
    held = cases.inside(rule)
    inside, hits, wanted = int(held.sum()), int((held & cases.y).sum()), int(cases.y.sum())
    return Score(inside, hits, hits / wanted if wanted else 0.0, hits / inside if inside else 0.0, inside / len(held))


def check_direction(direction: str) -> None:
    """Refuse what is no direction.

    Raises:
        SimError: Naming those that there are.
    """
    if direction not in DIRECTIONS.values():
        raise SimError(f"direction is {', '.join(DIRECTIONS.values())}, not {direction!r}")


def beyond(values: npt.NDArray[np.float64], threshold: float, direction: Direction) -> npt.NDArray[np.bool_]:
    """Which values meet a condition."""
    sign = next(sign for sign, words in DIRECTIONS.items() if words == direction)
    return np.asarray(SIGNS[sign](values, threshold), bool)


def wish(outcome: str, threshold: float, direction: Direction, often: str = "") -> str:
    """A condition in words: ``displaced is above 200,000 persons``; ``liberated is yes``."""
    unit = phrases.unit(outcome)
    no, yes = beyond(np.array([0.0, 1.0]), threshold, direction).tolist()
    what = f"{direction} {phrases.exact(threshold, unit)}"
    if unit == "yes/no" and no != yes:
        what = "yes" if yes else "no"
    return " ".join(part for part in (outcome, "is", often, what) if part)


def make_cases(sweep: Loaded, outcome: str, threshold: float, direction: Direction) -> Cases:
    """Every run that is done as a case; of interest where the outcome meets the condition."""
    runs = sweep.runs.sort_values(["point", "replicate"], ignore_index=True)
    values = runs[outcome].to_numpy(np.float64)
    y = beyond(values, threshold, direction)
    columns, labels, steps, ranges = {}, {}, set(), {}
    for factor in sweep.spec.factors:
        column = runs[factor.key]
        if column.nunique() < 2:
            continue
        if _has_order(factor, column.tolist()):
            whole = pd.api.types.is_integer_dtype(column)
            columns[factor.key] = column.astype("int64" if whole else "float64")
            ends = (column.min(), column.max()) if factor.low is None or factor.high is None else (factor.low, factor.high)
            ranges[factor.key] = (float(ends[0]), float(ends[1]))
            if whole or factor.listed:
                steps.add(factor.key)
        else:
            known = list(dict.fromkeys(factor.listed))
            # Whole numbers as objects: categories whose order does not hang on the hash seed.
            columns[factor.key] = pd.Series([known.index(value) for value in column], dtype=object)
            labels[factor.key] = tuple(label(value) for value in known)
    return Cases(pd.DataFrame(columns, index=runs.index), y, runs["point"].to_numpy(np.int64), labels, frozenset(steps), ranges)


def _has_order(factor: Factor, values: list[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in (*factor.listed, *values))


def label(value: Any) -> str:  # noqa: ANN401  whatever a parameter takes
    """A value without order as people write it."""
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def limit_words(cases: Cases, key: str, limit: Limit) -> str:
    """What a rule asks of one factor, in words."""
    if limit.codes is not None:
        known, allowed = cases.labels[key], sorted(limit.codes)
        if len(allowed) > 1 and len(known) - len(allowed) == 1:
            return f"{key} is not {next(text for code, text in enumerate(known) if code not in limit.codes)}"
        return f"{key} is {' or '.join(known[code] for code in allowed)}"
    low = None if limit.low is None else _end_words(cases, key, limit.low, ">=")
    high = None if limit.high is None else _end_words(cases, key, limit.high, "<=")
    if low is not None and high is not None:
        return f"{key} is {low}" if low == high else f"{key} from {low} to {high}"
    return f"{key} at least {low}" if low is not None else f"{key} at most {high}"


def _end_words(cases: Cases, key: str, end: float, sign: str) -> str:
    """A limit: a value that was run as it is, another one rounded so far that it holds the same cases."""
    if key in cases.steps:
        return words.number(end)
    values = cases.x[key].to_numpy(np.float64)
    held = SIGNS[sign](values, end)
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        short = float(f"{end:.{digits}g}")
        if np.array_equal(SIGNS[sign](values, short), held):
            return phrases.number(short, digits)
    return repr(end)


def rule_words(cases: Cases, rule: Rule) -> str:
    """A rule in words."""
    return " and ".join(limit_words(cases, key, limit) for key, limit in rule.items()) or "any conditions"


@dataclass(frozen=True)
class Trial:
    """How rules do that are found on one half of the points and tried on the other, on average.

    Attributes:
        coverage: Coverage on the half where it was tried.
        density: Density there; of the cases in all rules together.
        used: How often each factor was part of the rule, as a share.
        tries: Number of halves.
    """

    coverage: float
    density: float
    used: Mapping[str, float]
    tries: int


def try_on_halves(cases: Cases, find: Callable[[Cases], Rule]) -> Trial | None:
    """Find a rule on half of the points and try it on the other half, several times; None where there are too few cases."""
    used = dict.fromkeys(map(str, cases.x.columns), 0)
    tries = hits = wanted = inside = 0
    if len(np.unique(cases.points)) < 4:
        return None
    for here, there in cases.halves():
        if not here.y.any() or here.y.all() or not there.y.any():
            continue
        rule = find(here)
        found = score(there, rule)
        tries, hits, inside, wanted = tries + 1, hits + found.hits, inside + found.inside, wanted + int(there.y.sum())
        for key in rule:
            used[key] += 1
    if not tries:
        return None
    return Trial(hits / wanted, hits / inside if inside else 0.0, {key: times / tries for key, times in used.items()}, tries)


def why_no_rule(sweep: Loaded, outcome: str, threshold: float, direction: Direction) -> tuple[str, float] | None:
    """Why no rule can be looked for, and the share of runs of interest; None where one can."""
    if why := samples.why_empty(sweep, outcome):
        return why, math.nan
    values = sweep.runs[outcome].to_numpy(np.float64)
    wanted = beyond(values, threshold, direction)
    if wanted.any() and not wanted.all():
        return None
    unit = phrases.unit(outcome)
    ends = "" if unit == "yes/no" else f" (it runs from {phrases.span(values.min(), values.max(), unit)})"
    what = wish(outcome, threshold, direction, "always" if wanted.any() else "never")
    return f"{what} in {phrases.many(len(values), 'run')}{ends}: no conditions to tell apart.", float(wanted.mean())


def case_warnings(sweep: Loaded, cases: Cases) -> list[str]:
    """What makes any rule on these cases doubtful."""
    told = []
    wanted, rest, factors = int(cases.y.sum()), int((~cases.y).sum()), cases.x.shape[1]
    rarer, what = (wanted, "of interest") if wanted <= rest else (rest, "not of interest")
    least = max(CASES_A_FACTOR * factors, SMALLEST_SHARE * len(cases.y))
    if rarer < least:
        need = f"at least {least:,.0f} ({CASES_A_FACTOR} a factor, and {SMALLEST_SHARE:.0%} of all)"
        told.append(f"the sample is too small: {phrases.many(rarer, 'run')} {what}, and a rule that holds needs {need}")
    if wanted / len(cases.y) > _OFTEN:
        told.append(
            f"{phrases.share(wanted / len(cases.y))} of the runs are of interest, the rule rather than the exception: to ask for "
            "the opposite would say more"
        )
    lost = len(sweep.points) - int(np.unique(cases.points).size)
    if lost:
        told.append(f"{phrases.many(lost, 'point')} of {len(sweep.points):,} have no run that is done and are left out")
    if sweep.spec.design.kind in {"sobol", "morris"}:
        told.append("points of the design repeat each other's values: chance is judged too mildly, a latin hypercube fits better")
    return told


def noise_words(sweep: Loaded) -> str:
    """What replicates mean for cases."""
    replicates = sweep.spec.replicates
    if replicates == 1:
        return "Each point is one run: the seed has a part in the side of the threshold that it falls on."
    return f"Each of the {replicates} replicates of a point is a case: the seed has a part in the side that it falls on."
