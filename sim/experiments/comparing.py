"""What is compared with what: scenarios that are run, and folders of runs that are there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from sim.experiments.comparison import Comparison, ComparisonError, asked_columns, compare_runs
from sim.experiments.jobs import Start
from sim.experiments.phrases import many, names
from sim.experiments.store import MANIFEST, Store
from sim.experiments.sweep import FOLDERS, run_batch
from sim.experiments.variants import VARIANT, Variant, variants_batch
from sim.experiments.wording import label as worded
from sim.record.manifest import source_hash
from sim.record.outcomes import find_outcome
from sim.record.run import Run
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from sim.experiments.batch import Batch
    from sim.experiments.engine import Engine

KIND = "compare"
MOST_VARIANTS = 20
_HASH_LETTERS = 8
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
# A scenario or folder, a run or a variant; or a scenario and changes to it.
Item: TypeAlias = "str | Path | Scenario | Run | Variant | tuple[str | Path | Scenario, Mapping[str, Any]]"


@dataclass
class Gathered:
    """What is to be compared.

    Attributes:
        labels: Labels of all variants in the order in which they were named.
        variants: Those that have to be run.
        runs: Runs that are there already, with a column ``variant``.
        home: The batch folder that all runs are from, where there is one.
        sources: By label, hash of the model's sources that made the runs; only where it is known.
        notes: What is missing in the runs that are there, one sentence each.
    """

    labels: list[str] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    runs: list[pd.DataFrame] = field(default_factory=list)
    home: Path | None = None
    sources: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def batch(self, seeds: Sequence[int]) -> Batch | None:
        """The runs to be made, all outcomes reported; None where all are there."""
        if not self.variants:
            return None
        name = _NO_NAME.sub("-", self.variants[0].start.scenario.name)[:64]
        return variants_batch(KIND, f"{KIND}-{name}", self.variants, seeds)

    def compared(self, batch: Batch | None, folder: Path | None, outcomes: Sequence[str] = ()) -> Comparison:
        """Compare, once the batch has been run in a folder.

        Raises:
            ComparisonError: There is nothing to compare, or no such outcome, or one that was not kept of each.
        """
        tables = [*self.runs, *([batch_runs(batch, folder)] if batch and folder else [])]
        if not tables:
            raise ComparisonError("there is nothing to compare")
        notes = [*self.notes, *_common(tables, outcomes), *self._versions()]
        shared = [name for name in tables[0].columns if all(name in table for table in tables)]
        runs = pd.concat([table[shared] for table in tables], ignore_index=True)
        order = {label: place for place, label in enumerate(self.labels)}
        runs = runs.sort_values(VARIANT, key=lambda labels: labels.map(order), kind="stable", ignore_index=True)
        done = {*(runs.loc[runs["status"] == "done", VARIANT] if "status" in runs else runs[VARIANT])}
        if missing := [label for label in self.labels if label not in done]:
            raise ComparisonError(f"there is no run of {', '.join(missing)} that could be compared")
        return compare_runs(runs, base=self.labels[0], outcomes=outcomes, notes=notes, folder=folder)

    def _versions(self) -> list[str]:
        """A note where the runs were made by different versions of the model."""
        made = {variant.label: source_hash() for variant in self.variants} | self.sources
        by_source: dict[str, list[str]] = {}
        for label in self.labels:
            if label in made:
                by_source.setdefault(made[label], []).append(label)
        if len(by_source) < 2:
            return []
        told = "; ".join(f"{source[:_HASH_LETTERS]} made {names(labels)}" for source, labels in by_source.items())
        return [f"The runs are of {len(by_source)} versions of the model, so differences hold changes of the model too: {told}."]


def compare(
    items: Sequence[Item] | Mapping[str, Item],
    *,
    seeds: int | Sequence[int] = 20,
    outcomes: Sequence[str] = (),
    jobs: int | None = None,
    folder: str | Path | None = None,
    engine: Engine | None = None,
) -> Comparison:
    """Compare scenarios, or runs that are there, with the first of them; paired by seed.

    Args:
        items: What to compare, or what by label: scenarios (name, file, loaded, or with a mapping of changes), run folders, batch
            and sweep folders, folders that hold run folders, runs.
        seeds: How many seeds scenarios are run with, from 1; or the seeds.
        outcomes: Outcomes to compare; all where empty.
        jobs: How many runs at a time; the machine's cores where None.
        folder: Where the runs are kept; ``sweeps/compare-<name>-<hash>`` where None. Runs that are there are not made again.
        engine: What computes the runs; processes on this machine where None.

    Returns:
        The comparison.

    Raises:
        ScenarioError: A scenario cannot be run.
        ComparisonError: Fewer than two variants, or no such outcome.
        SimError: A folder that is no run, or that belongs to something else.
    """
    gathered = gather(items.items() if isinstance(items, Mapping) else ((None, item) for item in items))
    if len(gathered.labels) < 2:
        raise ComparisonError("a comparison wants two variants or more")
    batch = gathered.batch(range(1, seeds + 1) if isinstance(seeds, int) else seeds)
    if batch is None:
        return gathered.compared(None, gathered.home, outcomes)
    place = Path(folder) if folder is not None else Path(FOLDERS) / batch.folder_name
    run_batch(batch, place, jobs=jobs, engine=engine)
    return gathered.compared(batch, place, outcomes)


def batch_runs(batch: Batch, folder: Path) -> pd.DataFrame:
    """The runs of a batch of variants that have ended; labels are those of the batch."""
    table = Store.open(folder).table()
    labels = table["point"].map(batch.points[VARIANT].to_dict())
    return table.assign(**{VARIANT: labels})


def _common(tables: Sequence[pd.DataFrame], asked: Sequence[str]) -> list[str]:
    """Notes of outcomes that some tables have and others do not, which then are not compared.

    Raises:
        ComparisonError: One that is asked for was not kept of each.
    """
    kept = [[str(name) for name in table.columns if find_outcome(str(name))] for table in tables]
    every = list(dict.fromkeys(name for columns in kept for name in columns))
    wanted = {column for name in asked for column in asked_columns(every, name)} if asked else {*every}
    lacking: dict[tuple[str, ...], list[str]] = {}
    for table, columns in zip(tables, kept, strict=True):
        lacks = tuple(name for name in every if name in wanted and name not in columns)
        lacking.setdefault(lacks, []).extend(str(label) for label in dict.fromkeys(table[VARIANT]))
    for name in asked:
        mine = {*asked_columns(every, name)}
        if without := [label for lacks, labels in lacking.items() if mine and mine <= {*lacks} for label in labels]:
            raise ComparisonError(f"{name} was not kept of {names(without)}")
    return [
        f"Not compared, as not kept of {names(labels)}: {names([worded(name) for name in lacks])}."
        for lacks, labels in lacking.items()
        if lacks
    ]


def gather(items: Any) -> Gathered:  # noqa: ANN401  pairs of label or None, and item
    """Sort out what is to be run and what is there.

    Raises:
        ComparisonError: A folder without runs, or more variants than can be told apart.
        ScenarioError: A scenario that cannot be run.
    """
    found = Gathered()
    loose: list[tuple[str | None, Run]] = []
    pairs = list(items)
    for label, item in pairs:
        if isinstance(item, Run):
            loose.append((label, item))
        elif isinstance(item, str | Path) and Path(item).is_dir():
            _take_folder(found, label, Path(item), loose, alone=len(pairs) == 1)
        else:
            variant = _variant(label, item)
            name = _unused(variant.label, variant.scenario.short_hash, found.labels)
            found.labels.append(name)
            found.variants.append(Variant(name, variant.start, variant.changes))
        _take_runs(found, loose)
    if len(found.labels) > MOST_VARIANTS:
        raise ComparisonError(f"{len(found.labels)} variants are too many for a comparison: at most {MOST_VARIANTS}")
    return found


def _variant(label: str | None, item: Any) -> Variant:  # noqa: ANN401  an item that is no folder
    if isinstance(item, Variant):
        return item
    what, changes = item if isinstance(item, tuple) else (item, {})
    scenario = what if isinstance(what, Scenario) else load(what)
    told = ", ".join(f"{key}={value}" for key, value in changes.items())
    return Variant(label or told or scenario.name, Start(scenario), tuple(changes.items()))


def _take_folder(found: Gathered, label: str | None, folder: Path, loose: list[tuple[str | None, Run]], *, alone: bool) -> None:
    """A run folder, a batch's folder, or a folder that holds run folders."""
    if not (folder / MANIFEST).is_file():
        inside = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
        if not inside:
            raise ComparisonError(f"{folder}: neither a run folder, nor a sweep folder, nor a folder that holds run folders")
        loose += [(label, Run.load(path)) for path in inside]
        return
    if not (folder / "points.parquet").is_file():
        loose.append((label, Run.load(folder)))
        return
    store = Store.open(folder)
    table = store.table()
    labels = _point_labels(store.points)
    if len(labels) > MOST_VARIANTS:
        raise ComparisonError(f"{folder}: its {len(labels):,} points are too many for a comparison: at most {MOST_VARIANTS}")
    found.notes += _gap(store, len(table))
    # A table holds only what the last session asked for, and runs of earlier versions are not asked for again.
    source = (store.manifest.get("sessions") or [{}])[-1].get("source_hash")
    for point, name in labels.items():
        told = name if alone else f"{label or folder.name}: {name}" if len(labels) > 1 else label or folder.name
        told = _unused(told, folder.name, found.labels)
        found.labels.append(told)
        if source:
            found.sources[told] = str(source)
        rows = table.loc[table["point"] == point, ["seed", "status", *store.manifest["outcomes"]]]
        found.runs.append(rows.assign(**{VARIANT: told}))
    if alone:
        found.home = folder


def _gap(store: Store, ended: int) -> list[str]:
    """A note where runs of a batch have not ended yet."""
    asked = store.asked()
    if asked is None or ended >= len(asked):
        return []
    lost = f"of {many(len(asked), 'run')}, {len(asked) - ended:,} not done yet"
    return [f"{store.folder.name} is incomplete: {lost}; what is told rests on the others."]


def _point_labels(points: pd.DataFrame) -> dict[int, str]:
    if VARIANT in points:
        return {int(str(point)): str(label) for point, label in points[VARIANT].items()}
    return {
        int(str(point)): ", ".join(f"{key}={value}" for key, value in row.items()) or f"point {point}"
        for point, row in points.iterrows()
    }


def _take_runs(found: Gathered, loose: list[tuple[str | None, Run]]) -> None:
    """Runs of one scenario and one version of the model are one variant, whatever folder they lie in."""
    for label, run in loose:
        about = run.manifest
        key = (label, about.get("scenario"), about.get("scenario_hash"), about.get("source_hash"))
        same = next((table for table in found.runs if table.attrs.get("key") == key), None)
        row = pd.DataFrame([{"seed": about.get("seed"), "status": "done", **run.summary}])
        if same is not None:
            place = next(i for i, table in enumerate(found.runs) if table is same)
            joined = pd.concat([same, row.assign(**{VARIANT: same[VARIANT].iloc[0]})], ignore_index=True)
            joined.attrs["key"] = key
            found.runs[place] = joined
            continue
        told = label or str(about.get("scenario") or run.name)
        told = _unused(told, str(about.get("scenario_hash"))[:8], found.labels, f"sources {str(about.get('source_hash'))[:8]}")
        found.labels.append(told)
        if about.get("source_hash"):
            found.sources[told] = str(about["source_hash"])
        row = row.assign(**{VARIANT: told})
        row.attrs["key"] = key
        found.runs.append(row)
    loose.clear()


def _unused(label: str, *parts: Any) -> str:  # noqa: ANN401  the hint, the labels taken, another hint
    hint, taken, *others = parts
    for wanted in (label, f"{label} ({hint})", *(f"{label} ({hint}, {other})" for other in others)):
        if wanted not in taken:
            return wanted
    number = 2
    while f"{label} ({hint}) {number}" in taken:
        number += 1
    return f"{label} ({hint}) {number}"
