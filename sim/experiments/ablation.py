"""Ablation: every mechanism of the model off in turn, paired with the scenario as it stands.

What a mechanism does is the mean of *with it* minus *without it* over the same seeds. A mechanism that the scenario has off is
switched on instead where its declaration says how, and the difference is again with it minus without it.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.experiments.comparing import batch_runs
from sim.experiments.comparison import IDENTICAL, NONE, REAL, TOO_FEW, WEAK, Comparison, ComparisonError, compare_runs
from sim.experiments.jobs import Start
from sim.experiments.phrases import many
from sim.experiments.phrases import names as listed
from sim.experiments.sweep import FOLDERS, run_batch
from sim.experiments.variants import VARIANT, Variant, variants_batch
from sim.experiments.wording import (
    has_holes,
    holes_words,
    interval,
    label,
    number,
    percent,
    picture_table,
    plain,
    spread_words,
    worth_words,
)
from sim.record.outcomes import find_outcome
from sim.record.reading import label_text
from sim.scenario import Scenario, load
from sim.scenario.mechanisms import MECHANISMS, Mechanism
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.batch import Batch
    from sim.experiments.engine import Engine

KIND = "ablate"
AS_IT_STANDS = "as it stands"
KEY_OUTCOMES = (
    "liberated", "days_to_liberation", "civilians_killed", "displaced", "trapped_peak", "liberators_killed",
    "defenders_killed", "buildings_damaged_share", "person_days_without_water",
)  # fmt: skip
_COLUMN, _HEAD_LINES = 11, 3
_STILL = {NONE, IDENTICAL, TOO_FEW}
_HOLES = "~"
_FLIPPED = {"relative": "relative", "difference": "difference", "low": "high", "high": "low",
            "relative_low": "relative_high", "relative_high": "relative_low"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What an ablation runs.

    Attributes:
        scenario: The scenario.
        variants: It as it stands, then a variant for each mechanism.
        turned: By mechanism, whether it is ``off`` in its variant, or ``on``.
        absent: Mechanisms that the scenario has off, and of which nobody says how they would be on.
    """

    scenario: Scenario
    variants: tuple[Variant, ...]
    turned: dict[str, str]
    absent: tuple[str, ...]

    def batch(self, seeds: Sequence[int]) -> Batch:
        """The runs, all outcomes reported."""
        return variants_batch(KIND, f"{KIND}-{self.scenario.name}", self.variants, seeds)


@dataclass(frozen=True)
class Ablation:
    """What each mechanism does.

    Attributes:
        comparison: Every variant against the scenario as it stands.
        table: One row a mechanism and outcome: ``with_mean``, ``without_mean``, ``difference`` (with minus without) and the
            columns of :attr:`Comparison.table`.
        plan: What was run.
    """

    comparison: Comparison = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    plan: Plan = field(repr=False)

    @property
    def runs(self) -> pd.DataFrame:
        """The runs."""
        return self.comparison.runs

    @property
    def folder(self) -> Path | None:
        """Where the runs are kept."""
        return self.comparison.folder

    @property
    def key_outcomes(self) -> list[str]:
        """Outcomes to look at first, of those that were compared."""
        names = list(dict.fromkeys(self.table["outcome"]))
        return [name for name in KEY_OUTCOMES if name in names] or names[: len(KEY_OUTCOMES)]

    @property
    def moved_nothing(self) -> list[str]:
        """Mechanisms for which every 90% interval that is known holds 0, or no outcome differs at all."""
        return [name for name, seen in self._verdicts().items() if seen == {IDENTICAL} or NONE in seen <= _STILL]

    @property
    def too_few(self) -> list[str]:
        """Mechanisms of which too few runs are there to say anything."""
        return [name for name, seen in self._verdicts().items() if TOO_FEW in seen <= {TOO_FEW, IDENTICAL}]

    def _verdicts(self) -> dict[str, set[str]]:
        return {str(name): {*rows["verdict"]} for name, rows in self.table.groupby("mechanism", sort=False)}

    @property
    def words(self) -> str:
        """One paragraph: which mechanisms move what, and which move nothing."""
        return _words(self)

    def strongest(self, mechanism: str) -> pd.Series[Any] | None:
        """The row of the outcome that moves most surely; None where none is real."""
        rows = self.table[(self.table["mechanism"] == mechanism) & (self.table["verdict"] == REAL)]
        return None if rows.empty else rows.sort_values("p", kind="stable").iloc[0]

    def plot(self) -> Any:  # noqa: ANN401  a figure
        """A panel for each key outcome, a row for each mechanism."""
        rows = self.table[self.table["outcome"].isin(self.key_outcomes)]
        order = {name: place for place, name in enumerate(self.key_outcomes)}
        rows = rows.sort_values("outcome", key=lambda names: names.map(order), kind="stable")
        from sim.views import draw

        return draw("ablation", rows, self.plan.scenario.name)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div>{summary_frame(self).to_html(index=False, border=0)}<p>{escape(self.words)}</p></div>"


def ablate(
    scenario: str | Path | Scenario,
    *,
    seeds: int | Sequence[int] = 20,
    only: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    jobs: int | None = None,
    folder: str | Path | None = None,
    engine: Engine | None = None,
) -> Ablation:
    """Switch every mechanism off in turn and see what changes, paired by seed.

    Args:
        scenario: A shipped scenario's name, a file, or a loaded scenario.
        seeds: How many seeds, from 1; or the seeds.
        only: Names of mechanisms (:mod:`sim.scenario.mechanisms`); all where empty.
        outcomes: Outcomes to compare; all where empty.
        jobs: How many runs at a time; the machine's cores where None.
        folder: Where the runs are kept; ``sweeps/ablate-<name>-<hash>`` where None. Runs that are there are not made again.
        engine: What computes the runs; processes on this machine where None.

    Returns:
        What each mechanism does.

    Raises:
        ScenarioError: The scenario cannot be run.
        ComparisonError: No such mechanism or outcome, or none that the scenario has.
    """
    plan = plan_ablation(scenario if isinstance(scenario, Scenario) else load(scenario), only)
    batch = plan.batch(range(1, seeds + 1) if isinstance(seeds, int) else seeds)
    place = Path(folder) if folder is not None else Path(FOLDERS) / batch.folder_name
    run_batch(batch, place, jobs=jobs, engine=engine)
    return ablated(plan, batch, place, outcomes)


def plan_ablation(scenario: Scenario, only: Sequence[str] = ()) -> Plan:
    """What an ablation of a scenario runs; errors as of :func:`ablate`."""
    names = [one.name for one in MECHANISMS]
    for name in only:
        if name not in names:
            raise ComparisonError(f"there is no mechanism {name}{did_you_mean(name, names) or f'; there are: {_all(names)}'}")
    start = Start(scenario)
    variants, turned, absent = [Variant(AS_IT_STANDS, start)], {}, []
    for one in MECHANISMS:
        if only and one.name not in only:
            continue
        off, on = one.switched_off(scenario), one.switched_on(scenario)
        if not off and not on:
            absent.append(one.name)
            continue
        turned[one.name] = "off" if off else "on"
        variants.append(Variant(one.name, start, tuple((off or on).items())))
    if not turned:
        raise ComparisonError(f"{scenario.name} has {_all(absent)} off already: there is nothing to switch")
    return Plan(scenario, tuple(variants), turned, tuple(absent))


def ablated(plan: Plan, batch: Batch, folder: Path, outcomes: Sequence[str] = ()) -> Ablation:
    """The ablation of runs that have been made."""
    runs = batch_runs(batch, folder)
    comparison = compare_runs(runs, base=AS_IT_STANDS, outcomes=outcomes, folder=folder)
    return Ablation(comparison, effects(comparison.table, plan.turned), plan)


def effects(table: pd.DataFrame, turned: dict[str, str]) -> pd.DataFrame:
    """A comparison's table as what mechanisms do: with each minus without it."""
    rows = picture_table(table).rename(columns={VARIANT: "mechanism", "text": "variant_text"})
    off = rows["mechanism"].map(turned) == "off"
    flipped = rows.copy()
    for name, source in _FLIPPED.items():
        flipped[name] = (-rows[source]).where(off, rows[name])
    flipped[list(_FLIPPED)] += 0.0  # no negative zeros
    flipped.insert(2, "with_mean", rows["base_mean"].where(off, rows["mean"]))
    flipped.insert(3, "without_mean", rows["mean"].where(off, rows["base_mean"]))
    flipped.insert(4, "turned", rows["mechanism"].map(turned))
    phases = {one.name: one.phase for one in MECHANISMS}
    flipped.insert(1, "phase", rows["mechanism"].map(phases))
    return flipped.drop(columns=["base_mean", "mean"])


def _words(found: Ablation) -> str:
    names = list(dict.fromkeys(found.table["mechanism"]))
    head = f"{found.plan.scenario.name}: {many(len(names), 'mechanism')} switched in turn, {spread_words(found.table)}"
    lines = [f"{head}, 90% intervals."]
    moving = [name for name in names if found.strongest(name) is not None]
    told = []
    for name in moving:
        row = found.strongest(name)
        if row is not None:
            told.append(f"{plain(name)} ({label(row['outcome'])} {_change(row)})")
    if told:
        lines.append(f"What each moves most surely: {'; '.join(told)}.")
    nothing, few = found.moved_nothing, found.too_few
    unsure = [name for name in names if name not in {*moving, *nothing, *few}]
    same = {name for name, rows in found.table.groupby("mechanism") if rows["verdict"].isin([IDENTICAL]).all()}
    groups = {
        "Perhaps something, but nothing sure enough among so many outcomes": unsure,
        "Moved nothing (each outcome's interval holds 0)": [name for name in nothing if name not in same],
        "Changed nothing at all, every run is identical without it": [name for name in nothing if name in same],
        "Too few runs to say anything": few,
        "Off in this scenario and switched on for its row": [name for name, how in found.plan.turned.items() if how == "on"],
        "Off in this scenario, without a row": found.plan.absent,
    }
    lines += [f"{words}: {_all([plain(name) for name in group])}." for words, group in groups.items() if group]
    worth = worth_words(found.table)
    return " ".join([*lines, *holes_words(found.table), *([worth] if worth else []), *found.comparison.notes])


def _change(row: pd.Series[Any]) -> str:
    return percent(row["relative"]) or number(row["difference"], row["unit"], signed=True)


def _all(words: Sequence[str]) -> str:
    return listed(words, len(words))


def summary_frame(found: Ablation) -> pd.DataFrame:
    """One row a mechanism, a column for each key outcome: relative difference, ``*`` real, ``?`` perhaps, ``~`` holes."""
    keys, table = found.key_outcomes, found.table.assign(holes=has_holes(found.table))
    rows = []
    for name in dict.fromkeys(table["mechanism"]):
        mine = table[table["mechanism"] == name].set_index("outcome")
        row: dict[str, str] = {"mechanism": name}
        row |= {key: _cell(mine.loc[key]) for key in keys}
        strongest = found.strongest(str(name))
        row["moves most surely"] = "" if strongest is None else f"{label_text(strongest['outcome'])} {_change(strongest)}"
        rows.append(row)
    return pd.DataFrame(rows)


def summary_lines(found: Ablation, widest: int = 110) -> list[str]:
    """The same for a terminal; what does not fit is left to the file."""
    frame = summary_frame(found)
    left = max(len(name) for name in frame["mechanism"]) + 2
    keys = found.key_outcomes[: max((widest - left) // _COLUMN, 1)]
    heads = [textwrap.wrap(label_text(key), _COLUMN - 1)[:_HEAD_LINES] for key in keys]
    heads = [[""] * (_HEAD_LINES - len(head)) + head for head in heads]
    lines = [
        "",
        f"{found.plan.scenario.name}: with each mechanism minus without it, {spread_words(found.table)}.",
        f"Share of the mean as it stands; * real, ? perhaps, = identical, - no value to compare, {_HOLES} none in some runs",
        "",
    ]
    lines += [" " * left + "".join(f"{head[line]:>{_COLUMN}}" for head in heads) for line in range(_HEAD_LINES)]
    lines += [f"{row['mechanism']:<{left}}" + "".join(f"{row[key]:>{_COLUMN}}" for key in keys) for _, row in frame.iterrows()]
    return [line[:widest].rstrip() for line in lines]


def _cell(row: pd.Series[Any]) -> str:
    if row["verdict"] == IDENTICAL:
        return "="
    mark = {REAL: "*", WEAK: "?"}.get(row["verdict"], "") + (_HOLES if row["holes"] else "")
    return (_change(row) if row["verdict"] != TOO_FEW else "-") + mark


def ablation_markdown(found: Ablation) -> str:
    """The tables of ``docs/mechanisms.md``: all mechanisms at a glance, then each key outcome with its intervals."""
    glance = summary_frame(found)
    meanings: dict[str, Mechanism] = {one.name: one for one in MECHANISMS}
    glance.insert(1, "what it does", [meanings[name].meaning for name in glance["mechanism"]])
    glance.insert(2, "phase", [meanings[name].phase for name in glance["mechanism"]])
    glance.columns = [label_text(str(name)) if find_outcome(str(name)) else str(name) for name in glance.columns]
    parts = ["## At a glance\n", _markdown(glance)]
    for key in found.key_outcomes:
        rows = found.table[found.table["outcome"] == key]
        unit = str(rows["unit"].iloc[0])
        lines = pd.DataFrame(
            [
                {
                    "mechanism": row["mechanism"],
                    "with it": number(row["with_mean"], unit),
                    "without it": number(row["without_mean"], unit),
                    "difference": number(row["difference"], unit, signed=True),
                    "90% interval": interval(row),
                    "of the mean": percent(row["relative"]),
                    "verdict": row["verdict"],
                    "pairs": f"{row['used']} of {row['runs']}",
                }
                for _, row in rows.iterrows()
            ]
        )
        parts += [f"\n## {label_text(key)} ({'share' if unit in {'share', 'yes/no'} else unit})\n", _markdown(lines)]
    return "\n".join(parts) + "\n"


def _markdown(frame: pd.DataFrame) -> str:
    heads = [str(name) for name in frame.columns]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in frame.itertuples(index=False))])
