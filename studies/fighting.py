"""How the fighting behaves: directions, commanders and tails, written to docs/fighting.md.

    python studies/fighting.py --seeds 12 --jobs 2

Each part compares variants of one scenario with it, seed by seed. Battles are coarse (``preset=quick``) unless ``--full`` is
given; convergence in step and cell has a study of its own, convergence.py. Runs are kept under runs/fighting, so that a second
call makes only what is missing. Remarks by hand stand in fighting_notes.md beside this file.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.comparison import Comparison

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

COARSE = {"preset": "quick"}
SHOWN = (
    "days_simulated", "liberators_killed", "liberators_wounded", "defenders_killed", "civilians_killed", "displaced",
    "air_strikes", "hours_to_strike",
)  # fmt: skip
_TAILS = (
    "civilians killed in a neighbourhood", "attackers killed in a neighbourhood", "civilians killed by a strike that killed any",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One table: variants of a scenario beside it.

    Attributes:
        name: Names its folder.
        title: Heading.
        base: What differs from the scenario in the base.
        variants: Changes by label.
        outcomes: Columns.
    """

    name: str
    title: str
    base: dict[str, Any]
    variants: dict[str, dict[str, Any]]
    outcomes: tuple[str, ...] = SHOWN


def parts(base: dict[str, Any]) -> tuple[Part, ...]:
    """The parts that are compared; ``base`` holds for directions and commanders."""
    directions = {
        "half as many fighters more": {"defenders.fighters": 6000},
        "half as many attackers assault": {
            f"liberators.forces.{name}.assault_share": share
            for name, share in (("cts", 0.125), ("army_9th", 0.1), ("army_15th", 0.075), ("army_16th", 0.075))
        },
        "denser quarters": {"sensing.block_m": 20.0},
        "a third of the flights": {"air.flights": 1},
        "no flights": {"air.flights": 0},
        "no orbits (ISR)": {"isr.orbits": 0},
        "no tankers": {"air.tanker_gain": 1.0},
        "no artillery": {"artillery.enabled": False},
        "no controllers": {"air.jtac_share": 0.0},
        "no advisers": {"liberators.advisers": 0.0},
        "slow approval": {"air.brigade_minutes": 240.0, "air.headquarters_minutes": 480.0},
        "no airlift": {"supply.airlift_loads_per_day": 0.0},
        "no leaders hunted": {"isr.leaders": 0.0},
        "no vehicle bombs": {"svbieds.enabled": False},
    }
    commanders = {
        "liberators: nearest": {"liberators.command": "nearest"},
        "liberators: random": {"liberators.command": "random"},
        "defenders: nearest": {"defenders.command": "nearest"},
        "defenders: random": {"defenders.command": "random"},
    }
    return (
        Part("directions", "Directions", base, directions),
        Part("commanders", "Commanders against yardsticks", base, commanders),
    )  # fmt: skip


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="mosul_2016", help="scenario to vary (default mosul_2016)")
    parser.add_argument("--seeds", type=int, default=12, help="seeds 1 to N (default 12)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--full", action="store_true", help="directions and commanders at full scale")
    parser.add_argument("--only", action="append", default=[], metavar="PART", help="this part only; may be repeated")
    parser.add_argument("--days", type=int, help="end every battle after so many days (for tests)")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "fighting", help="folder of kept runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "fighting.md", help="page to write")
    return parser.parse_args(argv)


def differences(found: Comparison, part: Part) -> str:
    """Variant minus base with 90% intervals, a row for each variant; bold where it is real."""
    head = ["", *(name.replace("_", " ") for name in part.outcomes)]
    rows = [head, ["---"] * len(head)]
    rows.append(["*base*", *(f"{found.of(name).base_mean:,.4g}" for name in part.outcomes)])
    for variant in found.variants:
        cells = []
        for name in part.outcomes:
            row = found.of(name, variant)
            text = f"{row.difference:+,.3g} ({row.low:+,.3g} to {row.high:+,.3g})"
            cells.append(f"**{text}**" if row.verdict == "real" else text)
        rows.append([variant, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def tails(scenario: str, changes: dict[str, Any], seeds: int) -> str:
    """How losses are spread over neighbourhoods and strikes: share of the worst tenth, and the Hill index of the tail."""
    losses: dict[str, list[float]] = {title: [] for title in _TAILS}
    for seed in range(1, seeds + 1):
        events = sim.Battle(scenario, seed=seed, **changes).run().events
        deaths = events[events["kind"] == "death"]
        for title, people in zip(_TAILS, ("civilians", "liberators"), strict=False):
            place = deaths[deaths["people"] == people].groupby("neighbourhood", observed=True)["count"].sum()
            losses[title] += place[place > 0].astype(float).tolist()
        strikes = events.loc[(events["kind"] == "strike") & (events["count"] > 0), "count"]
        losses[_TAILS[2]] += strikes.astype(float).tolist()
    rows = ["losses | units | mean | largest | share of the worst tenth | Hill index of the worst tenth", " | ".join(["---"] * 6)]
    rows += [f"{title} | {_tail(np.asarray(values))}" for title, values in losses.items()]
    return "\n".join(f"| {row} |" for row in rows)


def _tail(values: np.ndarray) -> str:
    if values.size < 20:
        return f"{values.size} | | | |"
    ordered = np.sort(values)[::-1]
    worst = ordered[: max(2, values.size // 10)]
    hill = 1.0 / float(np.mean(np.log(worst / worst[-1]))) if worst[0] > worst[-1] else float("inf")
    return f"{values.size:,} | {values.mean():.1f} | {values.max():,.0f} | {worst.sum() / values.sum():.0%} | {hill:.1f}"


def page(asked: argparse.Namespace) -> str:
    """The whole page."""
    changes = {} if asked.full else COARSE
    short = {} if asked.days is None else {"time.max_days": asked.days}
    words = ["python studies/fighting.py", f"--scenario {Path(asked.scenario).stem}", f"--seeds {asked.seeds}"]
    words += ["--full"] * asked.full
    text = [
        f"""# How the fighting behaves

Written by `{" ".join(words)}`: do not edit. Seeds 1 to {asked.seeds}, paired. Model sources: {source_hash()[:12]}.

A difference is *variant minus base* with its 90% interval; bold is what `docs/compare.md` calls real.
{"" if asked.full else "Directions, commanders and tails are from coarse battles (`preset: quick`): signs count, sizes less."}
"""
    ]
    wanted = [part for part in parts(changes) if not asked.only or part.name in asked.only]
    for part in wanted:
        base = part.base | short
        changed = {"base": base} | {label: {**base, **to} for label, to in part.variants.items()}
        items = {label: (asked.scenario, values) for label, values in changed.items()}
        folder = asked.keep / f"{part.name}-{source_hash()[:12]}"
        found = sim.compare(items, seeds=asked.seeds, outcomes=part.outcomes, jobs=asked.jobs, folder=folder)
        text.append(f"## {part.title}\n")
        text.append(differences(found, part) + "\n")
    if not asked.only or "tails" in asked.only:
        text.append("## Tails\n\nA Hill index below 2 is a tail without a variance, below 3 one without a skewness.\n")
        text.append(tails(asked.scenario, changes | short, min(asked.seeds, 4)) + "\n")
    notes = HERE / "fighting_notes.md"
    text.append(notes.read_text(encoding="utf-8").strip() if notes.exists() else "")
    return "\n".join(text).rstrip() + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, write the page."""
    asked = parse(argv)
    asked.out.write_text(page(asked), encoding="utf-8")


if __name__ == "__main__":
    main()
