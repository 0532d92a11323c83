"""Tables of ``first_outcomes.py`` as Markdown: outcomes, record, claims, deaths by cause."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
from record_compare import Figure, read_run, verdict

from sim.record.outcomes import find_outcome
from sim.record.reading import date_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from first_outcomes_runs import Kept

CAUSES = (
    ("deprivation", "want of food and water"), ("execution", "executed by the defenders"),
    ("collapse", "buildings that came down"), ("air", "blast and fragments of air strikes"),
    ("artillery", "the same of artillery"), ("small_arms", "crossfire"), ("mortar", "mortars"), ("svbied", "vehicle bombs"),
    ("shot_fleeing", "shot by defenders while fleeing"), ("lack_of_care", "wounds that nobody could treat"),
)  # fmt: skip


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first to the right."""
    lines = [head, ("---", *("---:" for _ in head[1:])), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float, unit: str = "") -> str:
    """A number as people read it: shares in percent, large ones whole."""
    if math.isnan(value):
        return "none"
    if unit == "share":
        return f"{100 * value:.1f}%"
    return f"{value:,.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.1f}"


def spread(values: Iterable[float], unit: str = "") -> tuple[str, str]:
    """Median and 5% to 95% range, of those that are numbers."""
    found = [v for v in values if not math.isnan(v)]
    if not found:
        return "none", ""
    low, mid, high = np.quantile(found, (0.05, 0.5, 0.95))
    return number(mid, unit), f"{number(low, unit)} to {number(high, unit)}"


def outcome(runs: list[Kept], name: str) -> list[float]:
    """One outcome of every run."""
    return [math.nan if r["summary"][name] is None else float(r["summary"][name]) for r in runs]


def glance(sets: dict[str, list[Kept]]) -> str:
    """How each set ended, and when."""
    rows = []
    for name, runs in sets.items():
        ends = [len(r["series"]["date"]) for r in runs]
        liberated, failed = (int(sum(outcome(runs, key))) for key in ("liberated", "attack_failed"))
        low, mid, high = (_date(runs, int(d) - 1) for d in np.quantile(ends, (0.05, 0.5, 0.95)))
        counts = (len(runs), liberated, failed, len(runs) - liberated - failed)
        rows.append((name, *map(str, counts), mid, f"{low} to {high}"))
    head = ("runs", "seeds", "liberated", "failed", "undecided", "last day, median", "last day, 5-95%")
    return table(head, rows)


def _date(runs: list[Kept], day: int) -> str:
    start = dt.date.fromisoformat(runs[0]["series"]["date"][0])
    return date_text(start + dt.timedelta(days=day))


def outcomes(runs: list[Kept]) -> str:
    """Every outcome of a set of runs."""
    rows = []
    for name in runs[0]["summary"]:
        declared = find_outcome(name)
        unit = declared.unit if declared else ""
        mid, around = spread(outcome(runs, name), unit)
        if unit == "yes/no":
            mid, around, unit = f"{int(sum(outcome(runs, name)))} of {len(runs)}", "", "runs"
        rows.append((name, unit, mid, around))
    return table(("outcome", "unit", "median", "5-95%"), rows)


def record(figures: list[Figure], runs: list[Kept]) -> tuple[str, dict[str, int]]:
    """The record beside the runs; and counts of figures: free or used by a parameter, floors and ceilings or exact."""
    rows, counts = [], dict.fromkeys(("exact", "exact_agree", "bound", "bound_agree", "used"), 0)
    for figure in figures:
        values = [read_run(figure, kept) for kept in runs]
        found = [v for v in values if not math.isnan(v)]
        low, mid, high = np.quantile(found, (0.05, 0.5, 0.95)) if found else (math.nan,) * 3
        said = verdict(figure, low, high)
        kind = "used" if figure.used_by else "exact" if figure.bound == "exact" else "bound"
        counts[kind] += 1
        if kind != "used" and said.startswith("yes"):
            counts[f"{kind}_agree"] += 1
        show = _shower(figure, runs)
        bounds = f" ({show(figure.low)} to {show(figure.high)})" if figure.low != figure.high else ""
        sign = {"floor": "at least ", "ceiling": "at most "}.get(figure.bound, "")
        model = f"{show(mid)} ({show(low)} to {show(high)})" if found else "never"
        when = figure.last if figure.how == "level" else f"{figure.first} to {figure.last}" if figure.last else ""
        note = f"; sets `{figure.used_by}`" if figure.used_by else ""
        rows.append((figure.measure, when, f"{sign}{show(figure.value)}{bounds}", model, said + note))
    head = ("measure", "when", "record", "model: median (5-95%)", "record within the model's range?")
    return table(head, rows), counts


def _shower(figure: Figure, runs: list[Kept]) -> Callable[[float], str]:
    if figure.unit == "date":
        return lambda days: _date(runs, round(days))
    return lambda value: number(value, figure.unit)


def causes(sets: dict[str, list[Kept]]) -> str:
    """Civilians killed, by cause, share of all and median."""
    rows = []
    for key, label in CAUSES:
        cells = []
        for runs in sets.values():
            counts = [r["series"].get(f"civilians_killed.{key}", [0])[-1] for r in runs]
            total = max(float(np.median(outcome(runs, "civilians_killed"))), 1.0)
            cells.append(f"{number(float(np.median(counts)))} ({100 * float(np.median(counts)) / total:.0f}%)")
        rows.append((label, *cells))
    return table(("cause, median deaths", *sets), rows)


def claims(sets: dict[str, list[Kept]]) -> str:
    """The op-ed's claims A3 to A5, C1 and C2a, and what the runs say to them."""
    op, real = sets["op_ed"], sets["mosul_2016"]
    rows = [
        ("A3", "IS holds a core of 31 km2", *_both(op, real, lambda r: r["defended_km2"], "{} km2 of built ground defended")),
        ("A4", "liberation is close to certain", *(_liberated(runs) for runs in (op, real))),
        ("A5", "most residents never leave", *_both(op, real, _stayed, "{} never displaced", "share")),
        ("A5", "many parts see no fighting", *_both(op, real, _quiet, "{} of neighbourhoods without combat", "share")),
        ("C1", "one million flee", *_both(op, real, lambda r: r["summary"]["displaced"], "{} displaced")),
        ("C1", "camps overflow", *_both(op, real, lambda r: r["summary"]["camp_overflow"], "{} found every camp full")),
        ("C2a", "all bridges blown", *_both(op, real, lambda r: r["summary"]["bridges_open_fewest"], "{} left at the worst")),
        ("C2a", "people trapped", *_both(op, real, lambda r: r["summary"]["trapped_peak"], "{} trapped at the peak")),
    ]  # fmt: skip
    return table(("claim", "what it says", "op_ed", "mosul_2016"), rows)


def _both(one: list[Kept], two: list[Kept], read: Callable[[Kept], float], form: str, unit: str = "") -> list[str]:
    return [form.format("{} ({})".format(*spread((float(read(r)) for r in runs), unit))) for runs in (one, two)]


def _liberated(runs: list[Kept]) -> str:
    days = "{} ({})".format(*spread(outcome(runs, "days_to_liberation")))
    return f"{int(sum(outcome(runs, 'liberated')))} of {len(runs)} runs, after {days} days"


def _stayed(kept: Kept) -> float:
    return 1.0 - kept["summary"]["displaced"] / kept["residents"]


def _quiet(kept: Kept) -> float:
    return 1.0 - kept["summary"]["neighbourhoods_with_combat"] / kept["neighbourhoods"]


PAIRED = ("days_simulated", "displaced", "trapped_peak", "civilians_killed", "liberators_killed", "person_days_without_water")


def paired(runs: list[Kept], without: list[Kept]) -> str:
    """What the bridges' demolition changes, seed by seed."""
    rows = []
    for name in PAIRED:
        gaps = np.subtract(outcome(runs, name), outcome(without, name))
        declared = find_outcome(name)
        more = f"{int((gaps > 0).sum())} of {len(gaps)}"
        rows.append((name, declared.unit if declared else "", *spread(gaps.tolist()), more))
    return table(("outcome", "unit", "difference, median", "5-95%", "more in"), rows)
