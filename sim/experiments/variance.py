"""Sobol indices: how the variance of an outcome splits among factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiments import blocks as design_blocks
from sim.experiments import phrases, samples, separation
from sim.experiments.designs import unit_problem
from sim.experiments.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiments.samples import Loaded, Responses

WIDEST = 0.1
"""Widest interval of a total-order index that still counts as precise."""
NEGLIGIBLE = 0.05
"""A factor whose total-order index surely lies below this may be left fixed (after Sarrazin et al. 2016)."""

_NEAR_ONE = 0.1


def sobol(sweep: Loaded, outcome: str) -> Finding:
    """Split the variance of an outcome among factors (estimators of Saltelli et al. 2010, by SALib).

    ``S1`` is the share of variance that would go if the factor were known, ``ST`` the share that would stay if all factors but it
    were known: its own, and all that it does together with others; ``S2`` is what a pair does beyond both. Intervals are
    bootstrapped over base samples, and symmetric.

    Args:
        sweep: A sweep of a design of kind ``sobol``.
        outcome: Name of an outcome that it kept.

    Returns:
        Table ``indices``, by falling ``ST``: factor, S1 and ST, each with low and high; where the design carries it, table
        ``pairs``, by falling ``S2``: factor, other, S2 with low and high. No table where nothing can be told.

    Raises:
        SimError: The outcome was not kept, the design is another, or SALib is not installed.
    """
    samples.check(sweep, outcome, "sobol")
    title = f"Sobol indices of {outcome}"
    if why := samples.why_not(sweep, outcome):
        return samples.untold("sobol", title, outcome, why)
    second, n = sweep.spec.design.second_order, len(sweep.spec.factors)
    found = samples.responses(sweep, outcome)
    blocks = design_blocks.whole_blocks(found, 2 * n + 2 if second else n + 2, "base samples")
    if blocks.count < 2:
        why = f"Too few runs are done: {blocks.count} of {blocks.planned:,} base samples complete, and two are the least."
        return samples.untold("sobol", title, outcome, why)
    spread = blocks.outcomes[:, [0, -1]]  # the two independent matrices: all else repeats their values
    if samples.is_constant(spread):
        why = f"{outcome} is the same at all independent points of the {blocks.count:,} base samples that are complete."
        return samples.untold("sobol", title, outcome, why)
    tables = _tables(sweep, blocks)
    about = {
        "outcome": outcome, "unit": phrases.unit(outcome), "level": samples.LEVEL, "base_samples": blocks.count,
        "points": int(blocks.outcomes.size), "mean": float(spread.mean()), "sd": float(spread.std()),
        "sum_S1": float(tables["indices"]["S1"].sum()), "noise_share": found.noise_share,
    }  # fmt: skip
    told = [*blocks.warnings, *_too_small(tables["indices"], blocks.count)]
    if blocks.count < blocks.planned:
        told.append("the base samples that are left are no whole Sobol sequence any more: its balance is lost, intervals hold")
    return Finding("sobol", title, tables, _words(sweep, found, tables, about), tuple(told), about)


def _tables(sweep: Loaded, blocks: design_blocks.Blocks) -> dict[str, pd.DataFrame]:
    keys, second = [factor.key for factor in sweep.spec.factors], sweep.spec.design.second_order
    result = design_blocks.salib("sobol")(
        unit_problem(keys), blocks.outcomes.ravel(), calc_second_order=second, num_resamples=samples.RESAMPLES,
        conf_level=samples.LEVEL, seed=samples.BOOTSTRAP_SEED,
    )  # fmt: skip
    table = pd.DataFrame({"factor": keys, **_interval(result, "S1"), **_interval(result, "ST")})
    tables = {"indices": table.sort_values(["ST", "factor"], ascending=[False, True], ignore_index=True)}
    if second:
        upper = np.triu_indices(len(keys), 1)
        pairs = {"factor": [keys[i] for i in upper[0]], "other": [keys[i] for i in upper[1]], **_interval(result, "S2", upper)}
        order = ["S2", "factor", "other"]
        tables["pairs"] = pd.DataFrame(pairs).sort_values(order, ascending=[False, True, True], ignore_index=True)
    return tables


def _interval(result: Mapping[str, Any], name: str, place: Any = slice(None)) -> dict[str, Any]:  # noqa: ANN401  an index
    value, half = (np.asarray(result[key], np.float64)[place] for key in (name, f"{name}_conf"))
    return {name: value, f"{name}_low": value - half, f"{name}_high": value + half}


def _too_small(table: pd.DataFrame, count: int) -> list[str]:
    """Imprecise indices, indices that cannot be, and an order that is not settled, each with what would mend it."""
    told = []
    width = _width(table)
    if width > WIDEST:
        need = separation.power_of_two(count * (width / WIDEST) ** 2)
        told.append(
            f"the sample is too small for precise values: intervals of ST are up to {width:.2f} wide; to get them to {WIDEST} "
            f"takes about {need:,} base samples, not {count:,}"
        )
    # Twice the interval: of many factors some lie outside of theirs by chance.
    if wrong := table["factor"][2 * table["S1_high"] < table["S1"]].tolist():
        told.append(f"S1 of {phrases.names(wrong)} lies far below zero, which cannot be: take more base samples")
    strong = table[table["ST_high"] >= NEGLIGIBLE]
    total, high = strong["ST"].to_numpy(), strong["ST_high"].to_numpy()
    keys, round_up = strong["factor"].tolist(), separation.power_of_two
    return [*told, *separation.order_warning(keys, total, high - total, count, "base samples", round_up)]


def _words(sweep: Loaded, found: Responses, tables: Mapping[str, pd.DataFrame], about: dict[str, Any]) -> str:
    table = tables["indices"]
    first = table.iloc[0]
    size, sd = phrases.many(len(table), "factor"), phrases.with_unit(about["sd"], about["unit"])
    spread = f"mean {phrases.with_unit(about['mean'], about['unit'])}, standard deviation {sd}"
    head = (
        f"Of the variance of {about['outcome']} over {size} ({spread}), "
        f"{first['factor']} explains most: {_told(first, 'ST')} with its interactions, {_told(first, 'S1')} by itself "
        f"({samples.LEVEL:.0%} intervals, {about['base_samples']:,} base samples, {about['points']:,} points)."
    )
    words = [head, _sum_words(table, about["sum_S1"])]
    if "pairs" in tables and len(tables["pairs"]):
        pair = tables["pairs"].iloc[0]
        clear = "" if pair["S2_low"] > 0 else ", not told from zero"
        words.append(f"The strongest pair is {pair['factor']} with {pair['other']}: {_told(pair, 'S2')}{clear}.")
    if weak := table["factor"][table["ST_high"] < NEGLIGIBLE].tolist():
        words.append(f"ST surely under {NEGLIGIBLE}, so that they may be left fixed: {phrases.names(weak)}.")
    if (table["S1"] < 0).any():
        words.append("First-order estimates below zero stand for zero, within their noise.")
    words.append(samples.noise_words(sweep, found))
    if found.noise_share and sweep.spec.seeds == "independent":
        words.append(f"By that noise a factor without any effect would show an ST of about {found.noise_share:.2f}, and S1 of 0.")
    return " ".join(words)


def _sum_words(table: pd.DataFrame, alone: float) -> str:
    """What the sum of first-order indices says, as far as the sample carries it."""
    told = f"First-order indices add up to {alone:.2f}"
    if _width(table) > WIDEST or alone > 1 + _NEAR_ONE:
        return f"{told}: whether factors act one by one the sample is too small to say."
    if alone >= 1 - _NEAR_ONE:
        return f"{told}: factors act mostly one by one."
    return f"{told}: the rest is done by factors together or is noise."


def _width(table: pd.DataFrame) -> float:
    """The widest interval of a total-order index."""
    return float((table["ST_high"] - table["ST_low"]).max())


def _told(row: pd.Series[Any], name: str) -> str:
    return f"{name} {row[name]:.2f} ({row[name + '_low']:.2f} to {row[name + '_high']:.2f})"
