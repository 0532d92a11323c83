"""Comparison of variants: a run table in; differences, how sure they are, and what pairing saved, out.

How each interval is found stands in :mod:`sim.experiments.paired`. With many outcomes some intervals leave zero out by chance
alone: a difference is called *real* where its interval does so and its p, adjusted over all outcomes and variants compared
(Benjamini and Hochberg 1995), is at most 0.1: of what is called real, about one in ten at most is expected to be chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.errors import SimError
from sim.experiments.paired import CONFIDENCE, Difference, paired, unpaired
from sim.experiments.phrases import many
from sim.experiments.variants import VARIANT
from sim.experiments.wording import comparison_html, comparison_words, picture_table
from sim.record.outcomes import OUTCOMES, find_outcome
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REAL, WEAK, NONE, IDENTICAL, TOO_FEW = "real", "weak", "none", "identical", "too few"
FALSE_SHARE = 1.0 - CONFIDENCE
# Columns of a run table that are no outcomes.
_ABOUT = frozenset({VARIANT, "address", "point", "replicate", "seed", "status", "error", "seconds", "digest", "finished"})


class ComparisonError(SimError):
    """What cannot be compared as it was asked for."""


@dataclass(frozen=True)
class Comparison:
    """How variants differ from a base.

    Attributes:
        runs: The runs: columns ``variant``, ``seed``, and one for each outcome.
        table: One row a variant and outcome; columns as in ``docs/compare.md``.
        base: Label of the base.
        variants: Labels of the others.
        notes: What was left out, and why; one sentence each.
        folder: Where the runs are kept; None where they were given.
    """

    runs: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    base: str
    variants: tuple[str, ...]
    notes: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def words(self) -> str:
        """One paragraph for each variant: what is real, what is not, what pairing was worth."""
        return comparison_words(self.table, self.base, self.variants, self.notes)

    def of(self, outcome: str, variant: str | None = None) -> pd.Series[Any]:
        """The row of one outcome; of the first variant where none is named.

        Raises:
            KeyError: There is none.
        """
        wanted = self.variants[0] if variant is None else variant
        rows = self.table[(self.table["outcome"] == outcome) & (self.table[VARIANT] == wanted)]
        if rows.empty:
            raise KeyError(f"{outcome} of {wanted}")
        return rows.iloc[0]

    def plot(self) -> Any:  # noqa: ANN401  a figure
        """Relative differences with their intervals, a row for each outcome and a colour for each variant."""
        from sim.views import draw

        return draw("comparison", picture_table(self.table), self.base)

    def _repr_html_(self) -> str:
        return comparison_html(self.table, self.words)


def compare_runs(
    runs: pd.DataFrame,
    *,
    base: str | None = None,
    outcomes: Sequence[str] = (),
    notes: Sequence[str] = (),
    folder: Path | None = None,
) -> Comparison:
    """Compare the variants of a run table.

    Args:
        runs: One row a run: columns ``variant``, ``seed``, numbers by outcome; rows whose ``status`` is not ``done`` are counted
            and left out.
        base: Label that others are compared with; the first in the table where None.
        outcomes: Outcomes to compare; all where empty.
        notes: What is known already about runs that were left out.
        folder: Where the runs are kept.

    Returns:
        The comparison.

    Raises:
        ComparisonError: Fewer than two variants, or an outcome or base that is not there.
    """
    told = list(notes)
    usable = _usable(runs, told)
    names = _outcome_columns(usable, outcomes)
    if not names:
        raise ComparisonError("there is no outcome to compare")
    labels = [str(label) for label in dict.fromkeys(runs[VARIANT])]
    first = base if base is not None else labels[0] if labels else ""
    if first not in labels:
        raise ComparisonError(f"no variant {first!r}{did_you_mean(first, labels)}")
    if len(labels) < 2:
        raise ComparisonError(f"nothing to compare {first} with")
    tables = {label: usable[usable[VARIANT] == label].set_index("seed") for label in labels}
    others = tuple(label for label in labels if label != first)
    rows = []
    for label in others:
        rows += _rows(tables[first], tables[label], names, label, told)
    table = _judged(pd.DataFrame(rows))
    return Comparison(usable[[VARIANT, "seed", *names]].reset_index(drop=True), table, first, others, tuple(told), folder)


def _usable(runs: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """The runs that count: done, and each variant and seed once."""
    done = runs[runs["status"] == "done"] if "status" in runs else runs
    if lost := len(runs) - len(done):
        told.append(f"{lost} of {len(runs)} runs failed; their seeds are left out.")
    once = done.drop_duplicates([VARIANT, "seed"])
    if more := len(done) - len(once):
        told.append(f"{many(more, 'run')} of a variant and seed that is there already: left out.")
    return once


def _outcome_columns(runs: pd.DataFrame, asked: Sequence[str]) -> list[str]:
    others = [str(name) for name in runs.columns if name not in _ABOUT]
    there = [name for name in others if find_outcome(name) is not None]
    there = there or [name for name in others if pd.api.types.is_numeric_dtype(runs[name])]
    if not asked:
        return there
    found: list[str] = []
    for name in asked:
        mine = asked_columns(there, name)
        if not mine:
            raise ComparisonError(f"there is no outcome {name}{did_you_mean(name, there)}")
        found += [column for column in mine if column not in found]
    return found


def asked_columns(columns: Sequence[str], name: str) -> list[str]:
    """Columns that a name asks for: its own, or those of every bank."""
    declared = next((outcome for outcome in OUTCOMES if outcome.name == name), None)
    return [column for column in columns if column == name or (declared and find_outcome(column) is declared)]


def _sides(base: pd.DataFrame, other: pd.DataFrame, label: str, told: list[str]) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """The runs of both sides that are compared, and whether they are pairs: where half of the smaller side can be paired."""
    shared = base.index.intersection(other.index, sort=False)
    smaller = min(len(base), len(other))
    if 2 * len(shared) >= smaller and (len(shared) > 1 or len(shared) == smaller):
        if smaller and (alone := len(base) + len(other) - 2 * len(shared)):
            told.append(f"{label}: {many(alone, 'run')} without a partner under the same seed: left out.")
        return base.loc[shared], other.loc[shared], True
    if not len(shared):
        told.append(f"{label}: its seeds are not those of the base, so samples are compared, not pairs.")
        return base, other, False
    # Two samples must not share their luck: a shared seed stays on the side that has fewer runs.
    told.append(
        f"{label}: it shares only {many(len(shared), 'seed')} with the base, so samples are compared, not pairs; "
        "of a shared seed the larger sample's run is left out."
    )
    if len(other) >= len(base):
        return base, other.drop(index=shared), False
    return base.drop(index=shared), other, False


def _rows(base: pd.DataFrame, other: pd.DataFrame, names: Sequence[str], label: str, told: list[str]) -> list[dict[str, Any]]:
    """A row for each outcome, before p is adjusted."""
    left, right, in_pairs = _sides(base, other, label, told)
    rows = []
    for name in names:
        declared = find_outcome(name)
        unit = declared.unit if declared else ""
        a, b = (frame[name].to_numpy(dtype=np.float64) for frame in (left, right))
        found = (paired if in_pairs else unpaired)(a, b, binary=_is_binary(unit, a, b))
        rows.append({"outcome": name, "unit": unit, VARIANT: label, **_row(found, len(left), len(right), paired=in_pairs)})
    return rows


def _row(found: Difference, runs_base: int, runs_variant: int, *, paired: bool) -> dict[str, Any]:
    scale = abs(found.base_mean) or math.nan
    return {
        "base_mean": found.base_mean, "mean": found.mean, "difference": found.difference, "low": found.low, "high": found.high,
        "relative": found.difference / scale, "relative_low": found.low / scale, "relative_high": found.high / scale,
        "p": found.p, "visible": found.visible, "identical": found.identical, "method": found.method, "paired": paired,
        "runs_base": runs_base, "runs": runs_variant, "used": found.used, "empty_base": found.empty_base,
        "empty": found.empty_variant, "empty_both": found.empty_both, "variance_saved": found.saved, "worth": found.worth,
    }  # fmt: skip


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with p adjusted over all of its rows, and what to think of each."""
    known = table["p"].notna()
    adjusted = pd.Series(math.nan, table.index)
    if known.any():
        adjusted[known] = stats.false_discovery_control(table.loc[known, "p"].clip(0.0, 1.0), method="bh")
    verdict = np.select(
        [table["identical"], ~known, table["visible"] & (adjusted <= FALSE_SHARE), table["visible"]],
        [IDENTICAL, TOO_FEW, REAL, WEAK],
        NONE,
    )
    names = [name for name in table.columns if name not in {"visible", "identical"}]
    after = names.index("p") + 1
    return table.assign(p_adjusted=adjusted, verdict=verdict)[[*names[:after], "p_adjusted", "verdict", *names[after:]]]


def _is_binary(unit: str, *samples: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    if unit:
        return unit == "yes/no"
    values = np.concatenate(samples)
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
