"""First outcomes: the shipped scenarios over some seeds, beside the record, written to docs/results.md.

    python studies/first_outcomes.py --seeds 10 --jobs 2

Runs are kept under runs/first_outcomes, so that a second call writes the page again at once; they are made anew where
the model's sources or a scenario changed. What looks wrong is prose by hand, in first_outcomes_notes.md beside this file.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import first_outcomes_tables as tables
from first_outcomes_runs import SETS, Kept, RunSet, run_all
from record_compare import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="seeds 1 to N of mosul_2016 (default 10)")
    parser.add_argument("--other-seeds", type=int, help="seeds 1 to N of every other set (default: as many)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "first_outcomes", help="folder of kept runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results.md", help="page to write")
    parser.add_argument("--scenario", help="run every set on this one instead, for 20 days (for tests)")
    return parser.parse_args(argv)


def page(sets: dict[str, list[Kept]], seeds: int, others: int) -> str:
    """The whole page."""
    real = sets["mosul_2016"]
    compared, counts = tables.record(read_record(HERE / "record_east.csv"), real)
    parts = [
        _opening(sets, seeds, others),
        "## How the battles ended\n",
        tables.glance(sets),
        *(f"\n## {s.title}\n\n{tables.outcomes(sets[s.name])}" for s in SETS if s.name in {"op_ed", "mosul_2016"}),
        "\n## The record beside mosul_2016\n",
        _record_note(counts),
        compared,
        "\n## Who kills civilians\n",
        tables.causes(sets),
        "\n## The attack can fail\n",
        _fail_note(sets["overmatched"]),
        tables.outcomes(sets["overmatched"]),
        "\n## The op-ed's claims\n",
        tables.claims(sets),
        "\nWhat blowing the bridges changes in `op_ed` (C2a): the same seeds with `bridges.demolition: none`, difference.\n",
        tables.paired(sets["op_ed"], sets["op_ed_bridges_kept"]),
        "",
        (HERE / "first_outcomes_notes.md").read_text(encoding="utf-8").strip(),
    ]
    return "\n".join(parts) + "\n"


def _opening(sets: dict[str, list[Kept]], seeds: int, others: int) -> str:
    sources = sorted({kept["source_hash"][:12] for runs in sets.values() for kept in runs})
    return f"""# First outcomes

Written by `python studies/first_outcomes.py --seeds {seeds} --other-seeds {others}`: do not edit. 1.2 million people at 1:1;
seeds 1 to {seeds} of `mosul_2016`, 1 to {others} of all else. Model sources: {", ".join(sources)}.

No parameter was calibrated by a procedure; some were set by eye on the east bank's record (`docs/leakage.md` lists them).
This page shows what the first rules and their first numbers do, and names what looks wrong at its end. A range says how
far seeds differ, not how unsure the parameters are, which is far more.
"""


def _record_note(n: dict[str, int]) -> str:
    return f"""Figures of the record up to 18 February 2017, from `studies/record_east.csv` with their sources.

Of figures that set no parameter, **{n["exact_agree"]} of {n["exact"]} exact ones** and {n["bound_agree"]} of {n["bound"]}
floors and ceilings agree with the runs. {n["used"]} more set a default, which the last column names: agreement there is no test.
Floors are a low bar. Seeds differ little, so a near miss counts as a miss here: look at the distance, not only at the word.

The model counts displaced people who leave home, the record mostly those in camps or seen on the way. The model's killed
attackers include Peshmerga and tribal forces. A neighbourhood is entered at 1% of its cells and freed at 95%.
"""


def _fail_note(runs: list[Kept]) -> str:
    lost = sum(kept["ending"] != "liberated" for kept in runs)
    ways = ", ".join(sorted({kept["ending"] for kept in runs}))
    return f"""`mosul_2016` with 12,000 fighters in the city, every attacking force halved, no strike flights and no drones,
at most 300 days: **{lost} of {len(runs)} seeds fail to liberate the city** ({ways}).
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, write the page."""
    asked = parse(argv)
    sets: tuple[RunSet, ...] = SETS
    if asked.scenario:
        sets = tuple(dataclasses.replace(s, scenario=asked.scenario, sets=s.sets | {"time.max_days": 20}) for s in SETS)
    others = asked.seeds if asked.other_seeds is None else asked.other_seeds
    main_set = tuple(s for s in sets if s.name == "mosul_2016")
    done = run_all(main_set, asked.seeds, asked.jobs, asked.keep)
    done |= run_all(tuple(s for s in sets if s not in main_set), others, asked.jobs, asked.keep)
    asked.out.write_text(page({s.name: done[s.name] for s in sets}, asked.seeds, others), encoding="utf-8")


if __name__ == "__main__":
    main()
