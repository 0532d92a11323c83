"""Part ``scaling``: does cost follow activity? The same days of fighting with more people, cells or units."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import processes
import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS = 30
PEOPLE = 1_200_000
BASE = "as it is"
QUIET = "quiet people doubled"
# Half-size units with the densities that command plans by doubled, so that as many soldiers go to the same ground.
HALF_UNITS = (
    "defenders.team_size=3", "defenders.teams_per_km2=16", "liberators.platoon_size=15", "liberators.platoons_per_km2=24",
    "liberators.hold_platoons_per_km2=8",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One row: its name, what is changed, and by which factor the number in question grows."""

    name: str
    sets: tuple[str, ...] = ()
    factor: float = 1.0


def variants(people: int, cell_m: float, *, quick: bool) -> list[Variant]:
    shares = (0.25, 1.0) if quick else (0.25, 0.5, 1.0, 2.0)
    rows = [
        Variant(BASE if s == 1.0 else f"{s:g}x people", (f"population.persons={round(people * s)}",), s) for s in shares
    ]
    rows.append(Variant(QUIET, (), 2.0))
    if not quick:
        rows.append(Variant(f"cells halved ({cell_m / 2:g} m)", (f"city.cell_m={cell_m / 2:g}",), 4.0))
        rows.append(Variant("units doubled", HALF_UNITS, 2.0))
    return rows


def least(tries: list[dict[str, Any]]) -> dict[str, Any]:
    return min(tries, key=lambda figures: figures["core_s"])


def exponent(points: list[tuple[float, float]]) -> float:
    """Slope of log cost over log size, by least squares."""
    logs = [(math.log(size), math.log(max(cost, 1e-9))) for size, cost in points]
    x0, y0 = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    return sum((x - x0) * (y - y0) for x, y in logs) / sum((x - x0) ** 2 for x, _ in logs)


def collect(scenario: str, repeats: int, *, quick: bool) -> tuple[list[Variant], dict[str, dict[str, Any]], float]:
    """Figures by variant, and the share of people who live where least happens."""
    days = ["--days", "4" if quick else str(DAYS)]
    coarse = ["--set", "preset=quick"] if quick else []
    tries: dict[str, list[dict[str, Any]]] = {}
    rows = variants(PEOPLE, 100.0, quick=quick)
    with tempfile.TemporaryDirectory() as scratch:
        quiet = str(Path(scratch) / "quiet.npy")
        share = processes.figures("one_window.py", scenario, *days, *coarse, "--find-quiet", quiet)["quiet_share"]
        # All variants, then all again: a machine that slows down for a while slows all of them.
        for number in range(repeats):
            for variant in rows:
                processes.progress(f"  {variant.name}, {number + 1} of {repeats}")
                words = [scenario, *days, *coarse, *(word for item in variant.sets for word in ("--set", item))]
                words += ["--double-quiet", quiet] if variant.name == QUIET else []
                tries.setdefault(variant.name, []).append(processes.figures("one_window.py", *words))
    found = {name: least(several) for name, several in tries.items()}
    return rows, found, share


def _ms(figures: dict[str, Any], phase: str | None = None) -> float:
    return 1e3 * (figures["core_s"] if phase is None else figures["phases"][phase]) / max(figures["days"], 1.0)


def table(rows: list[Variant], found: dict[str, dict[str, Any]]) -> list[tables.Row]:
    """One row for each variant: its size, its cost and its activity, each against the scenario as it is."""
    base = found[BASE]
    head = (
        "", "people", "cells", "units", "ms a day", "against base", "households, ms a day", "against base",
        "decisions a day", "against base", "unit-hours a day", "platoons in contact", "peak memory",
    )  # fmt: skip
    out: list[tables.Row] = [head]
    for variant in rows:
        f = found[variant.name]
        days = max(f["days"], 1.0)
        out.append((
            variant.name, f"{f['persons']:,}", f"{f['cells']:,}", f"{f['units']:,}",
            f"{_ms(f):.0f}", f"{_ms(f) / _ms(base):.2f}",
            f"{_ms(f, 'households'):.1f}", f"{_ms(f, 'households') / _ms(base, 'households'):.2f}",
            f"{f['decisions'] / days:,.0f}", f"{f['decisions'] / max(base['decisions'], 1):.2f}",
            f"{f['unit_hours'] / days:,.0f}", f"{f['fights'] / days / 24:.0f}", f"{f['peak_mb']:,.0f} MB",
        ))  # fmt: skip
    return out


def measure(scenarios: Sequence[str], repeats: int, quick: bool) -> tables.Section:
    """The first of the scenarios under every variant."""
    scenario = scenarios[0]
    rows, found, share = collect(scenario, repeats, quick=quick)
    people = [v for v in rows if v.sets and v.sets[0].startswith("population.persons")]
    all_phases = exponent([(v.factor, found[v.name]["core_s"]) for v in people])
    households = exponent([(v.factor, found[v.name]["phases"]["households"]) for v in people])
    days = found[BASE]["days"]
    intro = (
        f"{Path(scenario).stem}, seed 1: core-seconds of the {days:.0f} days that follow first contact, so that neither the "
        "march nor the battle's length plays a part; peak memory of the whole process."
    )
    quiet, base = found[QUIET], found[BASE]
    notes = [
        (
            f"Cost grows with the people to the power of {all_phases:.2f}, that of the phase *households* to the power of "
            f"{households:.2f} (1 would be in proportion)."
        ),
        (
            "*Quiet people doubled*: twice the people, the second half spread over the homes where, in the scenario as it is, "
            f"households decide least often up to the window's end ({share:.0%} of its residents live there). Twice the people "
            f"and {quiet['decisions'] / max(base['decisions'], 1):.2f} times the decisions at "
            f"{quiet['core_s'] / base['core_s']:.2f} times the cost."
        ),
        (
            "*Cells halved*: four times the cells. *Units doubled*: platoons and teams of half the size, the densities by "
            "which command plans doubled, so that as many soldiers go to the same ground. Both change the course of the "
            "battle: compare the columns of activity (decisions, unit-hours, platoons in contact at a time)."
        ),
    ]
    goals = [
        ("twice the people, added where least happens: cost against base", f"{quiet['core_s'] / base['core_s']:.2f}", "near 1"),
        ("cost grows with people to the power of", f"{all_phases:.2f}", "below 1"),
    ]
    return tables.Section("Scaling", intro, table(rows, found), notes, goals)


