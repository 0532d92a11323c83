"""Boxes by PRIM, the patient rule induction method: simple conditions under which an outcome passes a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import SimError
from sim.experiments import phrases, samples
from sim.experiments.cases import (
    NONE_VARIES,
    Cases,
    Direction,
    Score,
    Trial,
    case_warnings,
    check_direction,
    limit_words,
    make_cases,
    noise_words,
    rule_words,
    score,
    try_on_halves,
    why_no_rule,
    wish,
)
from sim.experiments.findings import Finding
from sim.experiments.prim import Found, find_box, load_prim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiments.samples import Loaded

_TOO_OPTIMISTIC = 0.15
_OFTEN_AGAIN = 0.5


def box(
    sweep: Loaded, outcome: str, threshold: float, direction: Direction = "above", *, coverage: float | None = None
) -> Finding:
    """Find a box of conditions in which runs pass a threshold (Friedman and Fisher 1999; Bryant and Lempert 2010).

    Runs are cases, factors say what they had in common. PRIM (of the EMA Workbench) peels a twentieth of the cases off the box
    again and again, so that the share of interest rises. Of the boxes on the way the one with the highest harmonic mean of
    coverage and density is taken, or the densest that keeps the coverage asked for; then limits that chance might have set
    (quasi-p-value over 0.05) are taken back, the weakest first. The quasi-p-value is the chance that as many points of the box
    without the limit would be of interest by drawing alone; replicates of a point count as one. The same rule is found again on
    random halves of the points and tried on the other half.

    Args:
        sweep: A sweep of any design.
        outcome: Name of an outcome that it kept.
        threshold: Value that the outcome must pass, in its unit.
        direction: What is of interest: ``above``, ``at least``, ``below`` or ``at most`` the threshold.
        coverage: Least coverage of the box (0 to 1); None to balance coverage and density.

    Returns:
        Tables ``box`` (coverage, density, mass, counts), ``limits`` (a row a restricted factor), ``peeling`` (the boxes on the
        way) and ``factors`` (how often halves of the points lead to a limit on each). No table where nothing can be told.

    Raises:
        SimError: The outcome was not kept, the direction or coverage makes no sense, or the EMA Workbench is not installed.
    """
    samples.check(sweep, outcome)
    check_direction(direction)
    if coverage is not None and not 0 < coverage <= 1:
        raise SimError(f"coverage is a share over 0 and up to 1, not {coverage:g}")
    asked = {"threshold": float(threshold), "direction": direction, "coverage_asked": coverage}
    title = f"Where {wish(outcome, threshold, direction)}: box by PRIM"
    if none := why_no_rule(sweep, outcome, threshold, direction):
        return samples.untold("box", title, outcome, none[0], {**asked, "share": none[1]})
    cases = make_cases(sweep, outcome, threshold, direction)
    if cases.x.empty:
        return samples.untold("box", title, outcome, NONE_VARIES, {**asked, "share": float(cases.y.mean())})
    prim = load_prim()
    found = find_box(prim, cases, coverage)
    result = score(cases, found.rule)
    trial = try_on_halves(cases, lambda half: find_box(prim, half, coverage).rule)
    about = _about(cases, outcome, found, result, trial) | asked
    tables = {
        "box": pd.DataFrame([_summary(about)]),
        "limits": _limits(cases, found, trial),
        "peeling": found.peeling,
        "factors": _factors(cases, found, trial),
    }
    told = (*case_warnings(sweep, cases), *_box_warnings(found, result, trial))
    return Finding("box", title, tables, _words(sweep, found, about), told, about)


def _about(cases: Cases, outcome: str, found: Found, result: Score, trial: Trial | None) -> dict[str, Any]:
    return {
        "outcome": outcome, "unit": phrases.unit(outcome), "runs": len(cases.y), "points": int(np.unique(cases.points).size),
        "of_interest": int(cases.y.sum()), "share": float(cases.y.mean()), "rule": rule_words(cases, found.rule),
        "coverage": result.coverage, "density": result.density, "mass": result.mass, "inside": result.inside, "hits": result.hits,
        "tried_coverage": trial.coverage if trial else None, "tried_density": trial.density if trial else None,
    }  # fmt: skip


def _summary(about: Mapping[str, Any]) -> dict[str, Any]:
    names = ("rule", "coverage", "density", "mass", "inside", "hits", "runs", "of_interest", "tried_coverage", "tried_density")
    return {name: about[name] for name in names}


def _limits(cases: Cases, found: Found, trial: Trial | None) -> pd.DataFrame:
    """A row a restricted factor: its limits, what was run, and the p-values."""
    columns = ("factor", "limit", "low", "high", "range_low", "range_high", "values", "all_values")
    rows = []
    for key, limit in found.rule.items():
        known = cases.labels.get(key, ())
        least, most = cases.ranges.get(key, (None, None))
        codes = [known[code] for code in sorted(limit.codes)] if limit.codes is not None else []
        told = (key, limit_words(cases, key, limit), limit.low, limit.high, least, most, ", ".join(codes), ", ".join(known))
        ends = {"quasi_p_low": (key, "low"), "quasi_p_high": (key, "high"), "quasi_p_values": (key, "codes")}
        rows.append(dict(zip(columns, told, strict=True)) | {name: found.p.get(end) for name, end in ends.items()})
    p = ("quasi_p_low", "quasi_p_high", "quasi_p_values")
    table = pd.DataFrame(rows, columns=[*columns, *p])
    numbers = ["low", "high", "range_low", "range_high", *p]
    table[numbers] = table[numbers].astype("float64")
    return table.assign(found_again=[trial.used[key] if trial else np.nan for key in found.rule])


def _factors(cases: Cases, found: Found, trial: Trial | None) -> pd.DataFrame:
    """Every factor: whether it is in the box, and how often halves of the points put it there."""
    keys = list(map(str, cases.x.columns))
    table = pd.DataFrame({
        "factor": keys,
        "restricted": [key in found.rule for key in keys],
        "found_again": [trial.used[key] if trial else np.nan for key in keys],
    })  # fmt: skip
    return table.sort_values(["restricted", "found_again"], ascending=False, kind="stable", ignore_index=True)


def _box_warnings(found: Found, result: Score, trial: Trial | None) -> list[str]:
    told = []
    if not found.rule:
        told.append("no limit holds against chance: the factors that were varied do not tell these runs from the others")
    if trial is None:
        told.append("too few points of both kinds to try the box on runs that it was not found on")
    elif found.rule and result.density - trial.density > _TOO_OPTIMISTIC:
        told.append(
            "the box is less sure than it looks: found on half of the points and tried on the others, density is "
            f"{trial.density:.2f}, not {result.density:.2f}"
        )
    if trial and (doubtful := [key for key in found.rule if trial.used[key] < _OFTEN_AGAIN]):
        told.append(f"doubtful limits: fewer than half of the halves of the points lead to one on {phrases.names(doubtful)}")
    return told


def _words(sweep: Loaded, found: Found, about: Mapping[str, Any]) -> str:
    wanted = wish(about["outcome"], about["threshold"], about["direction"])
    head = f"In {about['of_interest']:,} of {phrases.many(about['runs'], 'run')} ({phrases.share(about['share'])}) {wanted}."
    if not found.rule:
        return f"{head} No box of conditions holds against chance. {noise_words(sweep)}"
    chosen = "the highest harmonic mean of coverage and density"
    if about["coverage_asked"] is not None:
        chosen = f"the highest density with a coverage of at least {phrases.share(about['coverage_asked'])}"
    coverage, density, mass = (phrases.share(about[name]) for name in ("coverage", "density", "mass"))
    head += (
        f" The box by PRIM: {about['rule']}. It holds {coverage} of these runs (coverage); of all runs in it {density} are such"
        f" (density: {about['hits']:,} of {about['inside']:,}); it takes {mass} of all runs (mass)."
    )
    words = [head, f"Of {len(found.peeling):,} boxes on the way in, the one with {chosen} was taken."]
    if found.dropped:
        words.append(f"Taken back, as chance might have set them: {'; '.join(found.dropped)}.")
    if about["tried_density"] is not None:
        coverage, density = (phrases.share(about[name]) for name in ("tried_coverage", "tried_density"))
        words.append(f"Found on half of the points and tried on the other half: coverage {coverage}, density {density}.")
    return " ".join([*words, noise_words(sweep)])
