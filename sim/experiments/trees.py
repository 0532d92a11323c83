"""A shallow decision tree: conditions under which an outcome passes a threshold, as a handful of rules, one to a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import SimError
from sim.experiments import phrases, samples
from sim.experiments.cases import (
    EXTRA,
    NONE_VARIES,
    Cases,
    Direction,
    Limit,
    Rule,
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from sim.experiments.samples import Loaded

DEPTH = 3

_LEAST_LEAF = 0.05
_LEAST_CASES = 10
_SEED = 1  # of the order in which the library tries factors that split equally well
_TOO_OPTIMISTIC = 0.15
_MOSTLY = 0.5


@dataclass(frozen=True)
class _Column:
    """A column that the tree sees: a factor with order, or whether a factor without order takes one value."""

    key: str
    code: int | None = None


def tree(sweep: Loaded, outcome: str, threshold: float, direction: Direction = "above", *, depth: int = DEPTH) -> Finding:
    """Grow a shallow classification tree (Breiman et al. 1984) of the runs that pass a threshold, by scikit-learn.

    Runs are cases. Each leaf is a rule; together they hold every run once. A leaf keeps at least a twentieth of the runs. The
    best leaf is the one with the highest harmonic mean of coverage and density; it is grown again on random halves of the points
    and tried on the other half.

    Args:
        sweep: A sweep of any design.
        outcome: Name of an outcome that it kept.
        threshold: Value that the outcome must pass, in its unit.
        direction: What is of interest: ``above``, ``at least``, ``below`` or ``at most`` the threshold.
        depth: Most questions to a leaf.

    Returns:
        Tables ``leaves``, by falling density (rule, coverage, density, mass, counts, best), and ``factors`` (share of what the
        tree gains by each, and how often halves of the points put it in the best leaf). No table where nothing can be told.

    Raises:
        SimError: The outcome was not kept, the direction or depth makes no sense, or scikit-learn is not installed.
    """
    samples.check(sweep, outcome)
    check_direction(direction)
    if depth < 1:
        raise SimError(f"a tree needs a depth of at least 1, not {depth}")
    asked = {"threshold": float(threshold), "direction": direction, "depth": depth}
    title = f"Where {wish(outcome, threshold, direction)}: tree"
    if none := why_no_rule(sweep, outcome, threshold, direction):
        return samples.untold("tree", title, outcome, none[0], {**asked, "share": none[1]})
    cases = make_cases(sweep, outcome, threshold, direction)
    if cases.x.empty:
        return samples.untold("tree", title, outcome, NONE_VARIES, {**asked, "share": float(cases.y.mean())})
    rules, gains = _grow(cases, depth)
    leaves = _leaves(cases, rules)
    trial = try_on_halves(cases, lambda half: _best(half, _grow(half, depth)[0]))
    told = list(case_warnings(sweep, cases))
    best = leaves[leaves["best"]].iloc[0]
    if len(rules) == 1:
        told.append("no question parts these runs from the others: the tree has no branch")
    elif trial and best["density"] - trial.density > _TOO_OPTIMISTIC:
        told.append(
            f"the best leaf is less sure than it looks: grown on half of the points and tried on the others, density is "
            f"{trial.density:.2f}, not {best['density']:.2f}"
        )
    about = {
        "outcome": outcome, "unit": phrases.unit(outcome), "runs": len(cases.y), "points": int(np.unique(cases.points).size),
        "of_interest": int(cases.y.sum()), "share": float(cases.y.mean()), "rule": best["rule"],
        "coverage": float(best["coverage"]), "density": float(best["density"]), "mass": float(best["mass"]),
        "tried_coverage": trial.coverage if trial else None, "tried_density": trial.density if trial else None,
    } | asked  # fmt: skip
    tables = {"leaves": leaves, "factors": _factors(cases, gains, trial)}
    return Finding("tree", title, tables, _words(sweep, leaves, about), tuple(told), about)


def _grow(cases: Cases, depth: int) -> tuple[list[Rule], dict[str, float]]:
    """The rule of each leaf, and each factor's share of what the tree gains."""
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise SimError(f"a tree needs scikit-learn, which is not installed: {EXTRA}") from None
    columns, x = _columns(cases)
    least = max(_LEAST_CASES, round(_LEAST_LEAF * len(cases.y)))
    grown = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=_SEED).fit(x, cases.y)
    gains = dict.fromkeys(map(str, cases.x.columns), 0.0)
    for column, gain in zip(columns, grown.feature_importances_.tolist(), strict=True):
        gains[column.key] += gain
    return _below(cases, grown.tree_, columns, 0, {}), gains


def _columns(cases: Cases) -> tuple[list[_Column], npt.NDArray[np.float64]]:
    columns, values = [], []
    for key in map(str, cases.x.columns):
        column = cases.x[key].to_numpy()
        codes: list[int | None] = list(range(len(cases.labels[key]))) if key in cases.labels else [None]
        # Of two values one column says all.
        for code in codes[1:] if len(codes) == 2 else codes:
            columns.append(_Column(key, code))
            values.append(column.astype(np.float64) if code is None else (column == code).astype(np.float64))
    return columns, np.column_stack(values)


def _below(cases: Cases, grown: Any, columns: list[_Column], node: int, rule: Rule) -> list[Rule]:  # noqa: ANN401  sklearn's tree
    """Rules of the leaves below a node."""
    left, right = int(grown.children_left[node]), int(grown.children_right[node])
    if left == right:
        return [{key: cases.snapped(key, limit) for key, limit in rule.items()}]
    column, cut = columns[int(grown.feature[node])], float(grown.threshold[node])
    limit = rule.get(column.key, Limit())
    if column.code is None:
        no, yes = replace(limit, high=cut), replace(limit, low=float(np.nextafter(cut, np.inf)))
    else:
        allowed = limit.codes if limit.codes is not None else frozenset(range(len(cases.labels[column.key])))
        no, yes = replace(limit, codes=allowed - {column.code}), replace(limit, codes=allowed & {column.code})
    return [
        *_below(cases, grown, columns, left, {**rule, column.key: no}),
        *_below(cases, grown, columns, right, {**rule, column.key: yes}),
    ]


def _best(cases: Cases, rules: list[Rule]) -> Rule:
    return max(rules, key=lambda rule: score(cases, rule).balance)


def _leaves(cases: Cases, rules: list[Rule]) -> pd.DataFrame:
    best = _best(cases, rules)
    rows = []
    for rule in rules:
        found = score(cases, rule)
        rows.append({
            "rule": rule_words(cases, rule), "coverage": found.coverage, "density": found.density, "mass": found.mass,
            "inside": found.inside, "hits": found.hits, "best": rule is best,
            "questions": "\n".join(limit_words(cases, key, limit) for key, limit in rule.items()),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values(["density", "coverage"], ascending=False, kind="stable", ignore_index=True)


def _factors(cases: Cases, gains: Mapping[str, float], trial: Trial | None) -> pd.DataFrame:
    keys = list(map(str, cases.x.columns))
    again = [trial.used[key] if trial else np.nan for key in keys]
    table = pd.DataFrame({"factor": keys, "gain": [gains[key] for key in keys], "found_again": again})
    return table.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def _words(sweep: Loaded, leaves: pd.DataFrame, about: Mapping[str, Any]) -> str:
    wanted = wish(about["outcome"], about["threshold"], about["direction"])
    head = f"In {about['of_interest']:,} of {phrases.many(about['runs'], 'run')} ({phrases.share(about['share'])}) {wanted}."
    if len(leaves) == 1:
        return f"{head} A tree finds no question that parts them from the others. {noise_words(sweep)}"
    coverage, density, mass = (phrases.share(about[name]) for name in ("coverage", "density", "mass"))
    head += (
        f" A tree of at most {about['depth']} questions to a leaf has {len(leaves)} leaves. The best, by the harmonic mean"
        f" of coverage and density: {about['rule']}. It holds {coverage} of these runs (coverage); of all runs in it {density}"
        f" are such (density); it takes {mass} of all runs (mass)."
    )
    words = [head]
    most = leaves[leaves["density"] > _MOSTLY]
    if len(most) > 1:
        coverage = phrases.share(float(most["coverage"].sum()))
        density = phrases.share(float(most["hits"].sum() / most["inside"].sum()))
        words.append(f"The {len(most)} leaves of mostly such runs hold {coverage} of them together, at a density of {density}.")
    if about["tried_density"] is not None:
        coverage, density = (phrases.share(about[name]) for name in ("tried_coverage", "tried_density"))
        words.append(f"Grown on half of the points and tried on the other half: coverage {coverage}, density {density}.")
    return " ".join([*words, noise_words(sweep)])
