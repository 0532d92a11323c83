"""Displacement beside the record, by date and by camp, with naive forecasts, written to docs/displacement.md.

    python studies/displacement.py --seeds 40 --jobs 2

Runs are those of ``mosul_2016`` in first_outcomes.py, kept in the same folder, so that a second call writes the page again at
once and either study makes only what is missing. What looks wrong is prose by hand, in displacement_notes.md beside this file.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import displacement_pictures as pictures
import displacement_tables as tables
import first_outcomes_tables
import numpy as np
from first_outcomes_runs import SETS, Kept, run_all
from record_compare import Figure, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40, help="seeds 1 to N (default 40)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "first_outcomes", help="folder of kept runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "displacement.md", help="page; pictures go to img/ beside it")
    parser.add_argument("--record", type=Path, default=HERE / "record_displacement.csv", help="figures to compare with")
    parser.add_argument("--scenario", help="run this one instead, for 20 days (for tests)")
    return parser.parse_args(argv)


def page(figures: list[Figure], runs: list[Kept]) -> str:
    """The whole page."""
    r = tables.read_rounds(figures, runs)
    groups = tables.by_measure(figures)
    camps = [name for name in groups if name.startswith(("in camps", "out of camps"))]
    parts = [
        _opening(figures, runs),
        "## Totals by date\n",
        _totals_note(groups, runs),
        "![Totals by date](img/displacement_totals.png)\n",
        _compared([f for name in groups if name not in camps for f in groups[name]], runs),
        "\n## In camps and out of camps\n",
        _CAMPS_NOTE,
        _compared([f for name in camps for f in groups[name]], runs),
        "\n## Score of each series\n",
        _SERIES_NOTE,
        tables.series_scores(figures, runs),
        "\n## By camp\n",
        _by_camp_note(r),
        "![People in each camp](img/displacement_camps.png)\n",
        tables.camps_beside(r),
        "\n### Against naive forecasts\n",
        _FORECASTS_NOTE,
        tables.camp_scores(r),
        "\nThe same by date, medians over seeds:\n",
        tables.camp_scores_by_date(r),
        "\n## Coverage\n",
        _COVERAGE_NOTE,
        tables.covered(figures, r, runs),
        "",
        (HERE / "displacement_notes.md").read_text(encoding="utf-8").strip(),
    ]
    return "\n".join(parts) + "\n"


def _compared(figures: list[Figure], runs: list[Kept]) -> str:
    return first_outcomes_tables.record(figures, runs)[0]


def _opening(figures: list[Figure], runs: list[Kept]) -> str:
    sources, seeds = sorted({kept["source_hash"][:12] for kept in runs}), len(runs)
    dates = sorted(f.last for f in figures)
    own = [f for f in figures if f.measure != tables.EAST_ALONE]
    used = sum(bool(f.used_by) for f in own)
    return f"""# Displacement beside the record

Written by `python studies/displacement.py --seeds {seeds}`: do not edit. `{runs[0]["set"]}`, seeds 1 to {seeds}.
Model sources: {", ".join(sources)}.

{len(own)} figures of the record from {dates[0]} to {dates[-1]}, in `studies/record_displacement.csv` with their sources
(IOM DTM, UNHCR, OCHA, REACH). All are increments from 1 November 2016: those who fled earlier came from villages, which the
model does not have. {used} of them belong to series that a parameter was set by: `flight.base` (with `flight.rate_per_h`, by
eye, on people displaced up to 24 January 2017), `returning.base` or `displacement.host_share`; agreement there is no test.
`docs/leakage.md` says what the model is told.

A range is the central 90% of {seeds} seeds. It says how far seeds differ, not how unsure the parameters are, which is far more.
"""


def _totals_note(groups: dict[str, list[Figure]], runs: list[Kept]) -> str:
    known = runs[0]["series"].keys()
    asked = {name for group in groups.values() for f in group for name in f.series.split("+")}
    missing = sorted(asked - known)
    absent = f"\nNo run has the series {', '.join(f'`{name}`' for name in missing)}: it stands as 0.\n" if missing else ""
    return f"""\
*Ever displaced* counts who left the city, back home or not, as the record misses moves within it; *away from home* is the stock
of a day: in camps, hosted, in informal sites and on the way. The record also counts people of villages around the city and of
Tal Afar. Up to 18 February 2017 the record has no attack on the west bank, so that the east's residents are shown alone too;
in the model these include those who went to kin in the city and no farther.
{absent}"""


_CAMPS_NOTE = """\
In camps has two sources: emergency tracking of the IOM, and its two-weekly master lists, summed over the camps that the
city data has. Out of camps is what each counts elsewhere, against the model's hosted and those in informal
sites. How many of those who fled before 1 November are in a figure is not known: its range goes from all of them (22,224) to
none.
"""

_SERIES_NOTE = f"""\
ARD is the averaged relative difference: the mean over dates of |model - record| / record, each series as if it were one
camp; median and 90% range over seeds. Only dates with a figure count, none is interpolated. Bias is the mean of the
median's signed difference. The model is told nothing after the start; a forecast of no displacement scores 1.00.
*Persistence* repeats the record's last figure that is at least {tables.LAG_DAYS} days old, 0 where there is none, so it is
told more; with the model's change since then added to that figure, the model is told as much.
"""


def _by_camp_note(r: tables.Rounds) -> str:
    data = tables.scored(r)
    listed, counted = int((~np.isnan(r.data)).sum()), int((~np.isnan(data)).sum())
    unlisted = int((np.isnan(r.data) & (r.places > 0)).sum())
    return f"""\
The record has {listed} figures for {len(r.camps)} camps on {len(r.dates)} dates. A camp's figure before its opening day in
the city data is not scored, as that day is an input: **{counted} camp-dates are scored**. In {unlisted} of them the list
does not have the camp, which is read as empty: a list is meant to be complete. Places are those of the plans of October 2016,
beyond which a camp is extended only when it is full; opening days and plans are what the model is told; brackets are not scored.
"""


_AREAS = "; ".join(f"{area} ({', '.join(camps)})" for area, camps in tables.AREAS.items())
_FORECASTS_NOTE = f"""\
ARD is the mean over dates of the sum over camps of |forecast - record|, divided by the record's sum over camps
(Suleimenova, Bell & Groen 2017). Splits share a total out over the camps that are open on the day. With the record's total
a split knows how many came, so it stands beside the model's shares with the same total; with the model's own total it
stands beside the model. Places are those planned, of the city data where it knows them, else the default. Persistence is told
every camp's figure of {tables.LAG_DAYS} or 15 days before; with the model's change since then added to it, the model is told
as much. *Model better in* counts the seeds in which the
model's forecast (bold) that is told as much scores lower. *By area* takes camps together that lie as near to each other as
their places are known: {_AREAS}; a split by area gives each area one share, or its places.
"""

_COVERAGE_NOTE = """\
Share of the record's figures inside the central 90% of the seeds; 90% would be right if seeds were all that is unsure.
*Range touched*: the figure's own low to high and the model's range overlap, a low bar where that range is wide. *All*
counts no figure twice.
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is missing, write the page and its pictures."""
    asked = parse(argv)
    chosen = next(s for s in SETS if s.name == "mosul_2016")
    if asked.scenario:
        chosen = dataclasses.replace(chosen, scenario=asked.scenario, sets=chosen.sets | {"time.max_days": 20})
    runs = run_all((chosen,), asked.seeds, asked.jobs, asked.keep)[chosen.name]
    figures = read_record(asked.record)
    text = page(figures, runs)
    images = asked.out.parent / "img"
    images.mkdir(exist_ok=True)
    pictures.write(pictures.draw_totals(figures, runs), images / "displacement_totals.png")
    camps = pictures.draw_camps(figures, tables.read_rounds(figures, runs), runs)
    pictures.write(camps, images / "displacement_camps.png")
    asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
