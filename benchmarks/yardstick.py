"""Part ``plain``: the same rules in plain per-agent Mesa, beside the compiled ones, on the same states."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN, OWN, COMPILED = "plain", "plain, own numbers", "compiled"
# What one step is, what is timed, what is counted.
STEPS = (
    ("household, one round of six hours (touched or not)", "households", "households"),
    ("household decision, every term of the rule", "households", "decisions"),
    ("platoon or team, one hour of movement", "units", "units"),
)


def per_step(figures: dict[str, Any], side: str, spent: str, count: str) -> float:
    """Microseconds."""
    return 1e6 * figures["spent"][f"{spent}: {side}"] / max(figures["count"][f"{count}: {side}"], 1)


def table(figures: dict[str, Any]) -> list[tables.Row]:
    """One row for each kind of step: both sides, and how many times faster the compiled one is."""
    rows: list[tables.Row] = [(
        "one step", "plain Mesa", "steps a second", "compiled", "steps a second", "ratio", "ratio, Mesa's own random numbers",
    )]  # fmt: skip
    for label, spent, count in STEPS:
        plain, own, compiled = (per_step(figures, side, spent, count) for side in (PLAIN, OWN, COMPILED))
        rows.append((
            label, f"{plain:.2f} us", f"{1e6 / plain:,.0f}", f"{compiled:.3f} us", f"{1e6 / compiled:,.0f}",
            f"{plain / compiled:,.0f}", f"{own / compiled:,.0f}",
        ))  # fmt: skip
    return rows


def merged(tries: list[dict[str, Any]]) -> dict[str, Any]:
    """The least time of each side and step; the counts are the same in every repeat, as the battle is."""
    spent = {name: min(t["spent"][name] for t in tries) for name in tries[0]["spent"]}
    return tries[0] | {"spent": spent, "different": max(t["different"] for t in tries)}


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """Both sides in one process, in the first of the scenarios."""
    words = ["--set", "preset=quick", "--rounds", "2", "--households", "300"] if quick else []
    tries = [processes.figures("one_yardstick.py", scenarios[0], *words) for _ in range(repeats)]
    figures = merged(tries)
    if figures["different"]:
        msg = f"the plain rules gave {figures['different']} other values than the compiled ones: {figures['first']}"
        raise RuntimeError(msg)
    count, rows = figures["count"], table(figures)
    intro = (
        f"{Path(scenarios[0]).stem}, seed 1, the days after first contact, both sides in one process. Plain: one `mesa.Agent` "
        "for each household, platoon and team, Python's own mathematics, `AgentSet.do` (`benchmarks/plain_mesa.py`)."
    )
    deciding = count[f"decisions: {PLAIN}"] / max(count[f"households: {PLAIN}"], 1)
    notes = [
        (
            f"{figures['plain_households']:,} plain households (those of every k-th cell) in {figures['rounds']} rounds spread "
            "over those days, tick by tick, and all units in the first hour of each; the compiled side in all rounds between. "
            "Both rules are the whole rule, and all came out equal to the bit: no value of any household or unit differed from "
            "what the compiled rules make of the same ones."
        ),
        (
            f"In {deciding:.0%} of their rounds the plain households had a reason to decide; the others only look and go on. "
            "The compiled side passes over quiet cells, and those whose hour it is not, whole."
        ),
        (
            "The plain side's keyed random numbers are Python's whole numbers cut back to 64 bits; the last column has the "
            "ratio with `random.random` in their place."
        ),
        (
            "*Movement* is the whole phase on both sides, but for the distance fields, which both find worked out. Most units "
            "in most hours hold, so that its compiled cost is mostly that of a call."
        ),
    ]
    goals = [(f"against plain Mesa: {label}", f"{rows[i + 1][5]} times as fast", "") for i, (label, _, _) in enumerate(STEPS)]
    return tables.Section("Beside plain per-agent Mesa", intro, rows, notes, goals)
