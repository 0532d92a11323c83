"""Morris screening: the few factors that matter, among many, from few runs."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiments import blocks as design_blocks
from sim.experiments import phrases, samples, separation
from sim.experiments.designs import unit_problem
from sim.experiments.findings import Finding

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.experiments.samples import Loaded, Responses
    from sim.experiments.spec import Factor, SweepSpec

FEWEST_TRAJECTORIES = 10

NO_ORDER = "no order"
"""Reading of a factor whose values neither rise nor fall: it has no direction, and how bent its effect is means nothing."""

_WEAK = 0.05
# Most that sigma over mu* may be, after Garcia Sanchez et al. 2014.
_READINGS = ((0.1, "almost linear"), (0.5, "monotonic"), (1.0, "almost monotonic"), (math.inf, "non-monotonic or interacting"))


def morris(sweep: Loaded, outcome: str) -> Finding:
    """Screen factors by elementary effects (Morris 1991; mu* after Campolongo et al. 2007).

    The elementary effect of a factor is the change of the outcome as that factor alone makes one step of the design, over the
    length of the step in the unit cube, ``levels / (2 (levels - 1))``: the change over the factor's full range, if it went on
    like that. ``mu_star`` is the mean of its absolute value, ``mu`` its mean, ``sigma`` its standard deviation: large where the
    effect depends on the other factors or is not linear. Intervals are bootstrapped over trajectories.

    Args:
        sweep: A sweep of a design of kind ``morris``.
        outcome: Name of an outcome that it kept.

    Returns:
        Table ``effects``, by falling ``mu_star``: factor, mu, mu_star with low and high, sigma (all in the outcome's unit),
        reading. Of a factor whose values have no order ``mu`` is NaN. No table where nothing can be told.

    Raises:
        SimError: The outcome was not kept, the design is another, or SALib is not installed.
    """
    samples.check(sweep, outcome, "morris")
    title = f"Morris screening of {outcome}"
    if why := samples.why_not(sweep, outcome):
        return samples.untold("morris", title, outcome, why)
    found = samples.responses(sweep, outcome)
    blocks = design_blocks.whole_blocks(found, len(sweep.spec.factors) + 1, "trajectories")
    if blocks.count < 2:
        why = f"Too few runs are done: {blocks.count} of {blocks.planned:,} trajectories complete, and two are the least."
        return samples.untold("morris", title, outcome, why)
    if samples.is_constant(blocks.outcomes):
        return samples.untold("morris", title, outcome, f"{outcome} is the same at every point of the complete trajectories.")
    table = _effects(sweep, blocks)
    levels = sweep.spec.design.levels
    delta = levels / (2 * (levels - 1))
    about = {
        "outcome": outcome, "unit": phrases.unit(outcome), "level": samples.LEVEL, "trajectories": blocks.count,
        "points": int(blocks.outcomes.size), "delta": delta, "noise_share": found.noise_share,
        "noise_floor": _floor(found, delta) if sweep.spec.seeds == "independent" else None,
    }  # fmt: skip
    told = (*blocks.warnings, *_too_small(table, blocks.count))
    return Finding("morris", title, {"effects": table}, _words(sweep, found, table, about), told, about)


def _floor(found: Responses, delta: float) -> float | None:
    """What mu* noise alone gives a factor: the mean absolute difference of two normal draws, 2 / sqrt(pi) of their sd, a step."""
    return None if found.noise is None else 2 * math.sqrt(found.noise / math.pi) / delta


def _effects(sweep: Loaded, blocks: design_blocks.Blocks) -> pd.DataFrame:
    keys = [factor.key for factor in sweep.spec.factors]
    steps = _steps(sweep.spec, sweep.points.iloc[blocks.rows])
    result = design_blocks.salib("morris")(
        unit_problem(keys), steps, blocks.outcomes.ravel(), num_resamples=samples.RESAMPLES, conf_level=samples.LEVEL,
        num_levels=sweep.spec.design.levels, seed=samples.BOOTSTRAP_SEED,
    )  # fmt: skip
    mu, star, half, sigma = (np.asarray(result[name], np.float64) for name in ("mu", "mu_star", "mu_star_conf", "sigma"))
    ways = np.array([_way(factor) for factor in sweep.spec.factors])
    table = pd.DataFrame(
        {
            "factor": keys,
            "mu": np.where(np.isnan(ways), np.nan, mu * ways),
            "mu_star": star,
            "mu_star_low": np.maximum(0.0, star - half),
            "mu_star_high": star + half,
            "sigma": sigma,
            "reading": [_reading(*row) for row in zip(star.tolist(), sigma.tolist(), ways.tolist(), strict=True)],
        }
    )
    return table.sort_values(["mu_star", "factor"], ascending=[False, True], ignore_index=True)


def _steps(spec: SweepSpec, points: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Factors as numbers that rise with the unit cube: float64[points, factors]. SALib reads only the signs of steps."""
    columns = []
    for factor in spec.factors:
        values = points[factor.key].tolist()
        columns.append([factor.listed.index(value) for value in values] if factor.listed else values)
    cube = np.array(columns, np.float64).T
    span = np.ptp(cube, axis=0)
    # A factor that stands still may yet differ in the last digit.
    unit: npt.NDArray[np.float64] = (cube - cube.min(axis=0)) / np.where(span > 0, span, 1.0)
    return unit.round(9)


def _way(factor: Factor) -> float:
    """Whether the values of a factor rise (1) or fall (-1) with the unit cube; NaN where they have no order that it follows."""
    values = list(dict.fromkeys(factor.listed))
    if all(isinstance(value, int | float) for value in values) or all(isinstance(value, date) for value in values):
        steps = {before < after for before, after in pairwise(values)}
        return math.nan if len(steps) == 2 else -1.0 if False in steps else 1.0
    return 1.0 if len(values) <= 2 else math.nan


def _reading(star: float, sigma: float, way: float) -> str:
    if star == 0:
        return "no effect"
    if math.isnan(way):
        return NO_ORDER
    return next(words for most, words in _READINGS if sigma / star < most or most == math.inf)


def _too_small(table: pd.DataFrame, count: int) -> list[str]:
    told = []
    if count < FEWEST_TRAJECTORIES:
        told.append(
            f"the sample is too small: {count} trajectories are complete; at least {FEWEST_TRAJECTORIES} are needed, better 20"
        )
    strong = table[table["mu_star_high"] >= _WEAK * table["mu_star"].max()]
    star, high = strong["mu_star"].to_numpy(), strong["mu_star_high"].to_numpy()
    order = separation.order_warning(strong["factor"].tolist(), star, high - star, count, "trajectories", separation.rounded_up)
    return [*told, *order]


def _words(sweep: Loaded, found: Responses, table: pd.DataFrame, about: dict[str, Any]) -> str:
    first, star, unit = table.iloc[0], table["mu_star"], about["unit"]
    size, wide = phrases.with_unit(first["mu_star"], unit), phrases.span(first["mu_star_low"], first["mu_star_high"], unit)
    way = ", up on balance" if first["mu"] > 0 else ", down on balance" if first["mu"] < 0 else ""
    reading = "its values in no order" if first["reading"] == NO_ORDER else first["reading"]
    head = (
        f"Of {phrases.many(len(table), 'factor')}, on {about['trajectories']:,} trajectories ({about['points']:,} points), "
        f"{first['factor']} moves {about['outcome']} most: mu* is {size} over its full range ({samples.LEVEL:.0%} interval "
        f"{wide}){way}, {reading}."
    )
    words = [head]
    if strong := table["factor"][1:][star[1:] >= first["mu_star"] / 2].tolist():
        words.append(f"At least half as strong: {phrases.names(strong)}.")
    if weak := table["factor"][table["mu_star_high"] < _WEAK * first["mu_star"]].tolist():
        words.append(f"Under a twentieth of it, and may be left fixed: {phrases.names(weak)}.")
    bent = table["factor"][(star >= first["mu_star"] / 10) & (table["sigma"] >= star) & (table["reading"] != NO_ORDER)].tolist()
    if bent:
        words.append(f"The effect of {phrases.names(bent)} turns with its own size or with other factors (sigma is above mu*).")
    if pairs := [factor.key for factor in sweep.spec.factors if _is_switch(factor)]:
        times = phrases.number(1 / about["delta"])
        words.append(f"With two values only, {phrases.names(pairs)}: mu* is {times} times what the switch does.")
    words.append(samples.noise_words(sweep, found))
    if about["noise_floor"]:
        floor = phrases.with_unit(about["noise_floor"], unit)
        words.append(f"By that noise a factor without any effect would show a mu* of about {floor}.")
    return " ".join(words)


def _is_switch(factor: Any) -> bool:  # noqa: ANN401  a Factor
    if factor.listed:
        return len(set(factor.listed)) == 2
    return bool(factor.whole and factor.high - factor.low == 1)
