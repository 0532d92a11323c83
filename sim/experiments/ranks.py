"""Rank correlations: which factors move an outcome up or down, on any sample of the space."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiments import phrases, samples, separation
from sim.experiments.findings import Finding

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.experiments.samples import Loaded, Responses
    from sim.experiments.spec import Factor

WIDEST = 0.2
"""Widest interval of a rank correlation that still counts as precise."""

_FEWEST = 4  # points beyond the other factors that an interval needs


def ranks(sweep: Loaded, outcome: str) -> Finding:
    """Correlate ranks of an outcome with ranks of each factor, by itself and with the other factors held (Marino et al. 2008).

    ``spearman`` is Spearman's coefficient. ``prcc`` is the partial one: the correlation of what is left of both ranks after a
    linear fit to the ranks of all other factors. Intervals are Fisher's on the inverse hyperbolic tangent, with the standard
    error of Bonett and Wright (2000) for Spearman's, and ``1 / sqrt(points - others - 3)`` for the partial one. Both see what
    rises or falls throughout, not what turns. A two-valued factor counts as 0 and 1 in the order of its values; words of more
    values have no order and are left out. Of a Sobol design only its independent points are taken.

    Args:
        sweep: A sweep of any design.
        outcome: Name of an outcome that it kept.

    Returns:
        Table ``ranks``, by falling size of ``prcc``: factor, prcc and spearman, each with low and high. No table where nothing
        can be told.

    Raises:
        SimError: The outcome was not kept.
    """
    samples.check(sweep, outcome)
    title = f"Rank correlations of {outcome}"
    if why := samples.why_not(sweep, outcome):
        return samples.untold("ranks", title, outcome, why)
    found = samples.responses(sweep, outcome)
    rows = _independent(sweep)
    rows = rows[np.isfinite(found.means[rows])]
    values = found.means[rows]
    columns, unordered = _columns(sweep, sweep.points.iloc[rows])
    why_none = _why_none(values, columns, unordered)
    if why_none:
        return samples.untold("ranks", title, outcome, why_none)
    table = _correlate(columns, values)
    about = {
        "outcome": outcome, "unit": phrases.unit(outcome), "level": samples.LEVEL, "points": len(values),
        "noise_share": found.noise_share, "left_out": unordered,
    }  # fmt: skip
    told = [*_missing(found), *_limits(sweep, table, unordered), *_too_small(table, len(values))]
    return Finding("ranks", title, {"ranks": table}, _words(sweep, found, table, about), tuple(told), about)


def _independent(sweep: Loaded) -> npt.NDArray[np.int64]:
    """Points that do not repeat each other's values: of a Sobol design the first and the last of each base sample."""
    design, n, rows = sweep.spec.design, len(sweep.spec.factors), np.arange(len(sweep.points))
    if design.kind != "sobol":
        return rows
    size = 2 * n + 2 if design.second_order else n + 2
    chosen: npt.NDArray[np.int64] = rows[(rows % size == 0) | (rows % size == size - 1)]
    return chosen


def _columns(sweep: Loaded, points: pd.DataFrame) -> tuple[dict[str, npt.NDArray[np.float64]], list[str]]:
    """Factors that vary as numbers, and those that have no order."""
    columns, unordered = {}, []
    for factor in sweep.spec.factors:
        values = _numbers(factor, points[factor.key].tolist())
        if values is None:
            unordered.append(factor.key)
        elif np.ptp(values) > 0 if values.size else False:
            columns[factor.key] = values
    return columns, unordered


def _numbers(factor: Factor, values: list[Any]) -> npt.NDArray[np.float64] | None:
    if all(isinstance(value, int | float) for value in values):
        return np.array(values, np.float64)
    known = list(dict.fromkeys(factor.listed))
    return np.array([known.index(value) for value in values], np.float64) if len(known) <= 2 else None


def _why_none(values: npt.NDArray[np.float64], columns: dict[str, Any], unordered: list[str]) -> str | None:
    if not columns:
        return f"No factor has an order ({phrases.names(unordered)}), so that there is nothing to rank."
    if len(values) < len(columns) + _FEWEST:
        return f"Too few points: {phrases.many(len(values), 'point')} for {phrases.many(len(columns), 'factor')}."
    if samples.is_constant(values):
        return "The mean outcome is the same at every point."
    return None


def _correlate(columns: dict[str, npt.NDArray[np.float64]], values: npt.NDArray[np.float64]) -> pd.DataFrame:
    from scipy.stats import rankdata

    x = np.column_stack([rankdata(column) for column in columns.values()])
    y, n = rankdata(values), len(values)
    rows = []
    for i, key in enumerate(columns):
        others = np.column_stack([np.ones(n), np.delete(x, i, axis=1)])
        alone = _correlation(x[:, i] - x[:, i].mean(), y - y.mean())
        partial = _correlation(*(side - others @ np.linalg.lstsq(others, side)[0] for side in (x[:, i], y)))
        error = math.sqrt((1 + alone**2 / 2) / (n - 3))
        rows.append({
            "factor": key, "prcc": partial, **_interval("prcc", partial, 1 / math.sqrt(n - x.shape[1] - 2)),
            "spearman": alone, **_interval("spearman", alone, error),
        })  # fmt: skip
    table = pd.DataFrame(rows)
    table["size"] = table["prcc"].abs()
    return table.sort_values(["size", "factor"], ascending=[False, True], ignore_index=True).drop(columns="size")


def _correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Pearson's coefficient of two centred series; NaN where one is nothing but rounding, as where a factor repeats another."""
    lengths, least = math.sqrt(float(a @ a) * float(b @ b)), 1e-9 * len(a)
    return min(1.0, max(-1.0, float(a @ b) / lengths)) if min(np.abs(a).max(), np.abs(b).max()) > least else math.nan


def _interval(name: str, value: float, error: float) -> dict[str, float]:
    from scipy.stats import norm

    reach = float(norm.ppf(0.5 + samples.LEVEL / 2)) * error
    middle = math.atanh(value) if abs(value) < 1 else math.copysign(math.inf, value)
    return {f"{name}_low": math.tanh(middle - reach), f"{name}_high": math.tanh(middle + reach)}


def _missing(found: Responses) -> list[str]:
    lost = int(np.isnan(found.means).sum())
    told = [f"{phrases.many(lost, 'point')} of {found.means.size:,} have no run that is done and are left out"] if lost else []
    return [*told, *samples.uneven_warning(found)]


def _limits(sweep: Loaded, table: pd.DataFrame, unordered: list[str]) -> list[str]:
    told = []
    if unordered:
        told.append(f"left out, as their values have no order: {phrases.names(unordered)}")
    if twins := table["factor"][table["prcc"].isna()].tolist():
        told.append(f"the design moves {phrases.names(twins)} in step with other factors: no partial correlation can be told")
    if sweep.spec.design.kind == "morris":
        told.append("the points of a Morris trajectory repeat each other's values: the intervals here are too narrow")
    return told


def _too_small(table: pd.DataFrame, count: int) -> list[str]:
    known = table.dropna(ignore_index=True)
    if known.empty:
        return []
    told = []
    width = float((known["prcc_high"] - known["prcc_low"]).max())
    if width > WIDEST:
        need = separation.rounded_up(count * (width / WIDEST) ** 2)
        told.append(
            f"the sample is too small for precise values: intervals are up to {width:.2f} wide; to get them to "
            f"{WIDEST} takes about {need:,} points, not {count:,}"
        )
    clear = known[(known["prcc_low"] > 0) | (known["prcc_high"] < 0)]
    size, half = clear["prcc"].abs().to_numpy(), ((clear["prcc_high"] - clear["prcc_low"]) / 2).to_numpy()
    return [*told, *separation.order_warning(clear["factor"].tolist(), size, half, count, "points", separation.rounded_up)]


def _words(sweep: Loaded, found: Responses, table: pd.DataFrame, about: dict[str, Any]) -> str:
    first, outcome = table.iloc[0], about["outcome"]
    if math.isnan(first["prcc"]):
        return f"The design moves {phrases.names(table['factor'].tolist())} in step: their effects cannot be told apart."
    clear = (table["prcc_low"] > 0) | (table["prcc_high"] < 0)
    head = (
        f"On {phrases.many(about['points'], 'point')}, with the other factors held, {outcome} goes most with {first['factor']}: "
        f"partial rank correlation {first['prcc']:+.2f} ({samples.LEVEL:.0%} interval {first['prcc_low']:+.2f} to "
        f"{first['prcc_high']:+.2f})."
    )
    words = [head]
    for direction, those in (("up", table["prcc"] > 0), ("down", table["prcc"] < 0)):
        if moved := table["factor"][clear & those].tolist():
            words.append(f"Higher values of {phrases.names(moved)} go with {'more' if direction == 'up' else 'less'} of it.")
    if unclear := table["factor"][~clear].tolist():
        words.append(f"Not told from zero: {phrases.names(unclear)}.")
    chance = (1 - samples.LEVEL) * len(table)
    if chance >= 1:
        words.append(f"Of {len(table)} factors about {chance:.0f} would seem clear by chance alone.")
    words.append(samples.noise_words(sweep, found))
    return " ".join(words)
