"""Part ``paired``: what common random numbers save. The variance of a difference between two scenarios, on the same seeds
against different seeds.
"""

from __future__ import annotations

import random
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = 24
BASE = "base"
VARIANTS = {
    "more fighters": "defenders.fighters=3000",
    "no ISR": "isr.orbits=0",
    "no mortars": "mortars.enabled=false",
    "told to leave": "flight.message=leave",
    "no one stopped": "coercion.enabled=false",
}
OUTCOMES = (
    "days_simulated", "civilians_killed", "displaced", "trapped_peak", "liberators_killed", "defenders_killed",
    "air_strikes", "buildings_damaged_share", "person_days_without_power",
)  # fmt: skip
RESAMPLES = 1000


def ratio(base: Sequence[float], other: Sequence[float]) -> float | None:
    """Variance of the paired difference against the sum of both variances; None where neither varies."""
    apart = statistics.variance(base) + statistics.variance(other)
    if apart == 0.0:
        return None
    return statistics.variance([b - a for a, b in zip(base, other, strict=True)]) / apart


def interval(base: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """90% interval of the ratio: percentiles of a bootstrap over seeds, the same at every call."""
    n = len(base)
    chance = random.Random(n)
    found = []
    for _ in range(RESAMPLES):
        rows = chance.choices(range(n), k=n)
        value = ratio([base[i] for i in rows], [other[i] for i in rows])
        if value is not None:
            found.append(value)
    found.sort()
    return found[len(found) // 20], found[-1 - len(found) // 20]


def cell(base: Sequence[float | None], other: Sequence[float | None]) -> tuple[str, str]:
    """What the table says of one outcome under one variant, and whether pairs gain: "gain", "loss" or nothing."""
    whole = [(a, b) for a, b in zip(base, other, strict=True) if a is not None and b is not None]
    if len(whole) < 3:
        return "-", ""
    ours, theirs = [a for a, _ in whole], [b for _, b in whole]
    value = ratio(ours, theirs)
    if value is None:
        return "never varies", ""
    low, high = interval(ours, theirs)
    return f"{value:.2f} ({low:.2f} to {high:.2f})", "gain" if high < 1.0 else "loss" if low > 1.0 else ""


def table(found: dict[str, Any], variants: Sequence[str]) -> tuple[list[tables.Row], dict[str, list[str]]]:
    """One row for each outcome, one column for each variant; and outcomes by what pairs do for them, for each variant."""
    outcomes = found["outcomes"]
    rows: list[tables.Row] = [("outcome", *variants)]
    verdicts: dict[str, list[str]] = {"gain": [], "loss": [], "": []}
    for name in OUTCOMES:
        cells = []
        for variant in variants:
            text, verdict = cell(*([run.get(name) for run in outcomes[key]] for key in (BASE, variant)))
            cells.append(text)
            verdicts[verdict].append(f"{name} ({variant})")
        rows.append((name, *cells))
    middle = (statistics.median(found["alike"][variant]) for variant in variants)
    rows.append(("days alike, median of the pairs", *(f"{days:.0f}" for days in middle)))
    return rows, verdicts


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:  # noqa: ARG001  parts are called alike
    """Pairs of the first of the scenarios with each variant, coarse."""
    variants = dict(list(VARIANTS.items())[:1]) if quick else VARIANTS
    seeds = 3 if quick else SEEDS
    words = ["--set", "preset=quick", "--seeds", str(seeds)]
    words += ["--set", "time.max_days=20", "--jobs", "1"] if quick else []
    for name, change in variants.items():
        words += ["--variant", f"{name}: {change}"]
    found = processes.figures("one_pairs.py", scenarios[0], *words)
    rows, verdicts = table(found, list(variants))
    told = len(verdicts["gain"]) + len(verdicts["loss"]) + len(verdicts[""])
    intro = (
        f"{Path(scenarios[0]).stem}, preset quick, seeds 1 to {seeds}: the variance of the difference between variant and base "
        "on the same seeds, divided by that on different seeds; 90% interval in brackets. At 0.5, twenty paired seeds tell as "
        "much as forty unpaired ones; at 1, pairing gains nothing."
    )
    gain, loss = (f"{len(verdicts[v])} of {told} cells" for v in ("gain", "loss"))
    notes = [
        "Variants: " + "; ".join(f"*{name}* `{change}`" for name, change in variants.items()) + ".",
        f"Pairs gain, with an interval wholly below 1, in {gain}.",
        f"They lose, with an interval wholly above 1, in {loss}. In the others these seeds do not tell.",
        (
            "*Days alike* counts the days from the start on which both battles of a pair are equal in every daily series, to "
            "the last bit. After that a battle is chaotic: whoever is hit first changes who fights next, so that pairs share "
            "what the ground, the people and the weather of a seed bring, not each exchange of fire."
        ),
    ]
    goals = [("paired seeds: outcomes and variants that gain", f"{len(verdicts['gain'])} of {told}", "")]
    return tables.Section("Paired seeds", intro, rows, notes, goals)
