"""PRIM, the patient rule induction method, by the EMA Workbench: boxes on the way in, the one to take, limits against chance."""

from __future__ import annotations

import inspect
import logging
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import SimError
from sim.experiments.cases import EXTRA, Cases, Limit, Rule, Score, limit_words, score

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_P = 0.05
"""A limit stays in a box where chance alone would seldom do as well: the greatest quasi-p-value (Bryant and Lempert 2010)."""

_PEEL = 0.05
_LEAST_MASS = 0.05
_LEAST_CASES = 10
# More than 0 and less than 1: what 2.x takes for the least y of a case of interest, and for a box worth returning. 3.x has none.
_OF_INTEREST = 1e-9


@dataclass(frozen=True)
class Found:
    """A box and the way to it.

    Attributes:
        rule: The box.
        peeling: Table of the boxes on the way, from all cases inwards.
        dropped: Limits that were taken back, in words.
        p: Quasi-p-value of each limit that stays: (factor, end) to value.
    """

    rule: Rule
    peeling: pd.DataFrame
    dropped: tuple[str, ...]
    p: Mapping[tuple[str, str], float]


def load_prim() -> Any:  # noqa: ANN401  a module
    """The library's module; takes seconds.

    Raises:
        SimError: It is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # plotting libraries that it looks for, and what those import
            from ema_workbench.analysis import prim
    except ImportError:
        raise SimError(f"PRIM needs the EMA Workbench, which is not installed: {EXTRA}") from None
    return prim


def find_box(prim: Any, cases: Cases, coverage: float | None) -> Found:  # noqa: ANN401  a module
    """The box of cases: on the way in the best balanced or the densest of a coverage, without limits that chance might set.

    Args:
        prim: What :func:`load_prim` gives.
        cases: The cases.
        coverage: Least coverage; None to balance coverage and density.
    """
    rules = _peel(prim, cases)
    scores = [score(cases, rule) for rule in rules]
    taken = _taken(rules, scores, coverage)
    table = pd.DataFrame(
        [
            {"step": step, "coverage": s.coverage, "density": s.density, "mass": s.mass, "runs": s.inside, "of_interest": s.hits,
             "restricted": len(rule), "taken": step == taken}
            for step, (rule, s) in enumerate(zip(rules, scores, strict=True))
        ]
    )  # fmt: skip
    rule, dropped, p = _without_chance(cases, rules[taken])
    return Found(rule, table, dropped, p)


def _taken(rules: list[Rule], scores: list[Score], coverage: float | None) -> int:
    """Place of the box to take; of two as good, the larger."""
    if coverage is not None:
        wide = [place for place, found in enumerate(scores) if found.coverage >= coverage]
        return max(wide, key=lambda place: (scores[place].density, scores[place].coverage, -place))
    narrowed = [place for place, rule in enumerate(rules) if rule] or [0]
    return max(narrowed, key=lambda place: (scores[place].balance, scores[place].coverage, -place))


def _peel(prim: Any, cases: Cases) -> list[Rule]:  # noqa: ANN401
    """The boxes of PRIM's trajectory, the first one without limits."""
    options = {"threshold": _OF_INTEREST} if "threshold" in inspect.signature(prim.Prim).parameters else {}
    least = min(0.5, max(_LEAST_MASS, _LEAST_CASES / len(cases.y)))
    loud = logging.getLogger("EMA").level
    logging.getLogger("EMA").setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # The library's own use of pandas; nothing of it concerns the data.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            found = prim.Prim(cases.x, cases.y.astype(float), peel_alpha=_PEEL, mass_min=least, **options).find_box()
    finally:
        logging.getLogger("EMA").setLevel(loud)
    first = found.box_lims[0]
    rules: list[Rule] = []
    for limits in found.box_lims:
        rule = {}
        for key in map(str, first.columns):
            if (limit := _limit(cases, key, first[key].tolist(), limits[key].tolist())) is not None:
                rule[key] = cases.snapped(key, limit)
        if rule not in rules:
            rules.append(rule)
    return rules


def _limit(cases: Cases, key: str, wide: list[Any], now: list[Any]) -> Limit | None:
    if key in cases.labels:
        return None if now[0] == wide[0] else Limit(codes=frozenset(map(int, now[0])))
    low, high = (None if end == start else float(end) for start, end in zip(wide, now, strict=True))
    return None if low is None and high is None else Limit(low, high)


def _without_chance(cases: Cases, rule: Rule) -> tuple[Rule, tuple[str, ...], dict[tuple[str, str], float]]:
    """The rule without limits that chance might have set, those limits in words, and the p-values of the others."""
    dropped: list[str] = []
    while rule:
        p = {(key, end): _quasi_p(cases, rule, key, end) for key, limit in rule.items() for end in _ends(limit)}
        (key, end), worst = max(p.items(), key=lambda item: (item[1], item[0]))
        if worst <= LARGEST_P:
            return rule, tuple(dropped), p
        dropped.append(limit_words(cases, key, _only(rule[key], end)))
        rule = _lifted(rule, key, end)
    return rule, tuple(dropped), {}


def _ends(limit: Limit) -> list[str]:
    return [end for end in ("low", "high", "codes") if getattr(limit, end) is not None]


def _only(limit: Limit, end: str) -> Limit:
    return Limit(**{end: getattr(limit, end)})


def _lifted(rule: Rule, key: str, end: str) -> Rule:
    """A rule without one end of one limit."""
    rest = replace(rule[key], **{end: None})
    return {name: rest if name == key else limit for name, limit in rule.items() if name != key or _ends(rest)}


def _quasi_p(cases: Cases, rule: Rule, key: str, end: str) -> float:
    """One-sided binomial test of a limit: hits in the box against the density of the box without that limit."""
    from scipy.stats import binom

    inside, hits = _in_points(cases, rule)
    around, wanted = _in_points(cases, _lifted(rule, key, end))
    return float(binom.sf(np.ceil(hits) - 1, round(inside), wanted / around))


def _in_points(cases: Cases, rule: Rule) -> tuple[float, float]:
    """Points that a rule holds for, and their part that is of interest: replicates of a point share one vote."""
    held = cases.inside(rule)
    points = float(np.unique(cases.points[held]).size)
    return points, points * float(cases.y[held].mean())
