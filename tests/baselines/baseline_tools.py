"""Baselines: what a few battles gave, where that was, and how far another machine or version may be from it.

In the environment that a baseline names (Python, NumPy, Numba, Mesa, CPU type, lock file) digests have to be equal. In another,
one bit of one float may turn one draw, and from there a run is another run of the same kind. So means over the seeds
are compared there: they may differ by what other seeds would make them differ (three standard errors of a difference of
means), or by the tolerance of the outcome's kind where that is more, as an estimate from few seeds can be too small.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import re
import statistics
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from sim.battle import Battle
from sim.record.manifest import cpu_type
from sim.record.outcomes import find_outcome
from sim.scenario import load

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
REVISION = FOLDER / "revision.json"
CHANGELOG = ROOT / "CHANGELOG.md"
STANDARD_ERRORS = 3.0


class Case(NamedTuple):
    """Battles of one baseline."""

    scenario: str
    sets: dict[str, Any]
    seeds: tuple[int, ...]


CASES = {
    "riverton": Case("tests/scenarios/riverton.yaml", {}, (1, 2, 3, 4, 5, 6, 7, 8)),
    "op_ed": Case("op_ed", {"preset": "quick"}, (1, 2, 3)),
    "mosul_2016": Case("mosul_2016", {"preset": "quick"}, (1, 2, 3)),
}


class Tolerance(NamedTuple):
    """A mean may differ by ``absolute`` or by ``relative`` times the baseline's, whichever is more."""

    relative: float
    absolute: float


# By unit. Whether and when a city falls follows from many fights and differs little; counts of single strikes and of people
# hurt by them come in clusters and differ most.
TOLERANCES = {
    "yes/no": Tolerance(0.0, 0.5),
    "share": Tolerance(0.1, 0.05),
    "days": Tolerance(0.1, 3.0),
    "bridges": Tolerance(0.0, 1.0),
    "neighbourhoods": Tolerance(0.1, 2.0),
    "persons": Tolerance(0.15, 25.0),
    "person-days": Tolerance(0.2, 500.0),
}
OTHER = Tolerance(0.2, 10.0)


def tolerance(outcome: str) -> Tolerance:
    """The tolerance of an outcome, by its unit."""
    declared = find_outcome(outcome)
    return TOLERANCES.get(declared.unit, OTHER) if declared else OTHER


def environment() -> dict[str, str]:
    """What digests may depend on."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "llvmlite", "mesa")},
        "cpu": cpu_type(),
        "machine": f"{platform.system()} {platform.machine()}",
        "lock": hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()[:16],
    }


@cache
def measure(name: str) -> dict[str, Any]:
    """Run the battles of a baseline: digests by seed and part, outcomes with one value a seed (None for what did not happen)."""
    case = CASES[name]
    place = str(ROOT / case.scenario) if case.scenario.endswith(".yaml") else case.scenario
    runs = [Battle(load(place, case.sets), seed=seed).run() for seed in case.seeds]
    return {
        "scenario": case.scenario,
        "set": case.sets,
        "seeds": list(case.seeds),
        "digests": [{"run": run.digest, **run.part_digests} for run in runs],
        "outcomes": {key: [plain(run.summary[key]) for run in runs] for key in runs[0].summary},
    }


def plain(value: float) -> float | None:
    return None if isinstance(value, float) and math.isnan(value) else value


def kept(name: str) -> dict[str, Any]:
    """A baseline as it is kept."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def revision() -> dict[str, Any]:
    """Number of the baselines' revision, where they were measured, and what values each revision had."""
    return json.loads(REVISION.read_text(encoding="utf-8"))


def values_hash(baselines: dict[str, dict[str, Any]]) -> str:
    """Hash of all outcomes of all baselines."""
    outcomes = {name: baseline["outcomes"] for name, baseline in baselines.items()}
    return hashlib.sha256(json.dumps(outcomes, sort_keys=True).encode()).hexdigest()[:16]


def different_digests(baseline: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """One line for each seed whose digest moved: which part of the results, and which outcomes."""
    lines = []
    for i, seed in enumerate(baseline["seeds"]):
        was, is_now = baseline["digests"][i], now["digests"][i]
        if was["run"] == is_now["run"]:
            continue
        parts = [part for part in was if part != "run" and was[part] != is_now.get(part)]
        moved = [
            f"{key} {values[i]} -> {now['outcomes'][key][i]}"
            for key, values in baseline["outcomes"].items()
            if key in now["outcomes"] and values[i] != now["outcomes"][key][i]
        ]
        lines.append(f"seed {seed}: {', '.join(parts)} differ; {'; '.join(moved) or 'no outcome does'}")
    return lines


def drifts(baseline: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """One line for each outcome that is farther from the baseline than its tolerance."""
    lines = [
        f"{name}: only in {'the baseline' if name in baseline['outcomes'] else 'the model now'}"
        for name in sorted(set(baseline["outcomes"]) ^ set(now["outcomes"]))
    ]
    for name, values in baseline["outcomes"].items():
        if name not in now["outcomes"]:
            continue
        was, is_now = ([x for x in column if x is not None] for column in (values, now["outcomes"][name]))
        if abs(len(was) - len(is_now)) > len(values) / 2:
            lines.append(f"{name}: happened in {len(was)} of {len(values)} runs, now in {len(is_now)}")
        elif was and is_now:
            allowed = largest_allowed(name, was)
            before, after = statistics.fmean(was), statistics.fmean(is_now)
            if abs(after - before) > allowed:
                lines.append(f"{name}: baseline {before:.6g}, now {after:.6g}, {allowed:.3g} allowed")
    return lines


def largest_allowed(name: str, values: list[float]) -> float:
    """How far the mean of an outcome may be from the mean of these values."""
    relative, absolute = tolerance(name)
    spread = statistics.stdev(values) * math.sqrt(2 / len(values)) if len(values) > 1 else 0.0
    return max(absolute, relative * abs(statistics.fmean(values)), STANDARD_ERRORS * spread)


def named_in_changelog(number: int, text: str) -> bool:
    """Whether the changelog names a revision of the baselines: the first anywhere, a later one in a **Regression** entry."""
    entries = text.replace("\n- ", "\0- ").replace("\n\n", "\0").split("\0")
    naming = [entry for entry in entries if re.search(rf"baseline revision {number}\b", " ".join(entry.split()))]
    return any(number == 1 or "**Regression**" in entry for entry in naming)


WHAT_TO_DO = """
If these numbers were not meant to move, find what moved them. If they were: `make baselines`, look at what it prints, and add an
entry to CHANGELOG.md with **Regression**, the outcomes that moved, why, and "baseline revision N" as the command tells it."""
