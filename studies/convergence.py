"""Whether results hold when the step or the cell is changed, at full scale, written to docs/convergence.md.

    python studies/convergence.py --seeds 40 --fine-seeds 12 --jobs 2

Every variant is ``mosul_2016`` as it ships but for its step or its cell, run to one day of the battle and paired seed by seed
with the runs of first_outcomes.py, which are kept in the same folder. Remarks by hand stand in convergence_notes.md beside this
file.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from first_outcomes_runs import Kept, RunSet, run_all

from sim.experiments.paired import paired
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

WITHIN = 0.05  # of the mean: the criterion
# Cumulative series and states that are compared on the day, where the city has them, and what they are called.
SHOWN = {
    "liberated_share_east": "east bank freed",
    "liberators_killed": "liberators killed",
    "liberators_wounded": "liberators wounded",
    "defenders_killed": "defenders killed",
    "civilians_killed": "civilians killed",
    "civilians_wounded": "civilians wounded",
    "displaced": "displaced",
    "left_city": "left the city",
    "in_camps": "in camps",
    "air_strikes": "air strikes",
    "ied_blasts": "IED blasts",
    "buildings_damaged_share": "buildings damaged",
}


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40, help="seeds 1 to N for steps (default 40)")
    parser.add_argument("--fine-seeds", type=int, default=12, help="seeds 1 to N for the fine cell (default 12)")
    parser.add_argument("--days", type=int, default=60, help="days of the battle that are compared (default 60)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "first_outcomes", help="folder of kept runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "convergence.md", help="page to write")
    parser.add_argument("--scenario", default="mosul_2016", help="scenario (default mosul_2016)")
    parser.add_argument("--steps", default="2,3", help="steps beside the scenario's own, hours (default 2,3)")
    parser.add_argument("--cells", default="50", help="cells beside the scenario's own, metres (default 50)")
    return parser.parse_args(argv)


def on_day(runs: Sequence[Kept], name: str, days: int) -> NDArray[np.float64]:
    """A series' value at the end of day number ``days`` of each run; the last one of a battle that ended before."""
    return np.array([run["series"][name][min(days, len(run["series"][name])) - 1] for run in runs], np.float64)


def rows_of(label: str, base: Sequence[Kept], variant: Sequence[Kept], days: int) -> list[list[str]]:
    """A row for each outcome: means, relative difference with the interval of the paired mean, and whether it holds."""
    rows = []
    for name in (name for name in SHOWN if name in base[0]["series"]):
        before, after = on_day(base, name, days), on_day(variant, name, days)
        mean = float(before.mean())
        low, high = np.quantile(before, [0.05, 0.95])
        relative = float(after.mean()) / mean - 1.0 if mean else float("nan")
        held = abs(relative) <= WITHIN or low <= after.mean() <= high
        found = paired(before, after)
        shown = f"{relative:+.1%} ({found.low / mean:+.1%} to {found.high / mean:+.1%})" if mean else "-"
        spread, verdict = f"{low:,.4g} to {high:,.4g}", "yes" if held else "**no**"
        rows.append([label, SHOWN[name], f"{mean:,.4g}", spread, f"{after.mean():,.4g}", shown, verdict])
    return rows


def table(rows: list[list[str]]) -> str:
    """The rows as Markdown."""
    head = [
        "variant", "outcome", "base: mean", "base: 5-95% of seeds", "variant: mean", "relative difference (90% interval)", "holds"
    ]  # fmt: skip
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, write the page."""
    asked = parse(argv)
    name = Path(asked.scenario).stem
    base = RunSet(name, asked.scenario, name)
    end = {"time.max_days": asked.days}
    steps = [
        RunSet(f"{name}_step_{h}h_{asked.days}d", asked.scenario, f"step {h} h", {"time.step_hours": int(h), **end})
        for h in filter(None, asked.steps.split(","))
    ]
    cells = [
        RunSet(f"{name}_cell_{m}m_{asked.days}d", asked.scenario, f"cell {m} m", {"city.cell_m": float(m), **end})
        for m in filter(None, asked.cells.split(","))
    ]
    rows = []
    for variants, seeds in ((steps, asked.seeds), (cells, asked.fine_seeds)):
        if variants:
            runs = run_all((base, *variants), seeds, asked.jobs, asked.keep)
            for one in variants:
                rows += rows_of(f"{one.title}, {seeds} seeds", runs[name], runs[one.name], asked.days)
    options = f"--seeds {asked.seeds} --fine-seeds {asked.fine_seeds} --days {asked.days}"
    text = f"""# Convergence in step and cell

Written by `python studies/convergence.py {options}`: do not edit. `{name}` at 1:1. Model sources: {source_hash()[:12]}.

The criterion: the mean of a variant on day {asked.days} lies within {WITHIN:.0%} of the base's, or inside the base's 90% range
over seeds. The base is the scenario as it ships. Seeds are paired; the interval is that of the mean of paired differences.

{table(rows)}
"""
    notes = HERE / "convergence_notes.md"
    text += f"\n{notes.read_text(encoding='utf-8').strip()}\n" if notes.exists() else ""
    asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
