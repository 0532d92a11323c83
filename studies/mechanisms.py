"""What each mechanism of the model does: every one switched off in turn, written to docs/mechanisms.md.

    python studies/mechanisms.py --seeds 20 --jobs 2

Runs are kept under runs/mechanisms, so that a second call, or one with more seeds, makes only what is missing; they are made
anew where the model's sources, its mechanisms or the scenario changed. Remarks by hand stand in mechanisms_notes.md beside this
file.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiments.ablation import Ablation, ablate, ablation_markdown, plan_ablation
from sim.record.manifest import source_hash
from sim.scenario import load

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="mosul_2016", help="scenario to take mechanisms out of (default mosul_2016)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a value, such as preset=quick")
    parser.add_argument("--seeds", type=int, default=20, help="seeds 1 to N (default 20)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this mechanism only; may be repeated")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "mechanisms", help="folder of kept runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "mechanisms.md", help="page to write")
    return parser.parse_args(argv)


def page(found: Ablation, seeds: int, command: str, options: Sequence[str] = ()) -> str:
    """The whole page; options are those of the command that also hold for ``run.py ablate``."""
    name = found.plan.scenario.name
    notes = HERE / "mechanisms_notes.md"
    remarks = notes.read_text(encoding="utf-8").strip() if notes.exists() else ""
    parts = [
        f"""# What each mechanism does

Written by `{command}`: do not edit. Scenario `{name}`, seeds 1 to {seeds}. Model sources: {source_hash()[:12]}.

Each mechanism is switched off alone, by the values in `sim/scenario/mechanisms.py`, and paired seed by seed with the scenario
as it stands. A difference is *with it* minus *without it*: what the mechanism adds. `*` marks what is real, `?` what may be
chance among so many rows, `=` what is identical in every pair, `-` what has no value to compare, `~` what has none in some
runs; `docs/compare.md` says how each is found. The same on your machine, for any scenario:
`{' '.join(["python run.py ablate", name, *options, f"--seeds {seeds}"])}`.
""",
        found.words,
        "",
        ablation_markdown(found),
        remarks,
    ]
    return "\n".join(parts).rstrip() + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, write the page."""
    asked = parse(argv)
    scenario = load(asked.scenario, asked.set)
    seeds = range(1, asked.seeds + 1)
    folder = asked.keep / plan_ablation(scenario, asked.only).batch(seeds).folder_name
    found = ablate(scenario, seeds=seeds, only=asked.only, jobs=asked.jobs, folder=folder)
    options = [*(f"--set {text}" for text in asked.set), *(f"--only {name}" for name in asked.only)]
    command = " ".join(["python studies/mechanisms.py", f"--scenario {scenario.name}", f"--seeds {asked.seeds}", *options])
    asked.out.write_text(page(found, asked.seeds, command, options), encoding="utf-8")


if __name__ == "__main__":
    main()
