"""Branching: go on from a saved day of a run under other policies, side by side with going on unchanged.

Every variant goes on from the same state under the same seeds, so that futures are compared pair by pair. The first seed is
the run's own, under which the unchanged variant is the run itself, to the same digest; the k-th further one is the
run's own plus k. Another seed is another future of the same past: chance from the saved day on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError, SimError
from sim.experiments.comparison import compare_runs
from sim.experiments.jobs import Start
from sim.experiments.sweep import run_batch
from sim.experiments.variants import VARIANT, Variant, variants_batch
from sim.record.manifest import source_hash
from sim.record.run import Run
from sim.scenario.any_day import changed_midway, leaf_changes
from sim.scenario.loading import load_text
from sim.scenario.writing import yaml_scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from sim.experiments.batch import Batch
    from sim.experiments.comparison import Comparison
    from sim.experiments.engine import Engine
    from sim.experiments.spec import Keep
    from sim.experiments.sweep import Sweep, Tell
    from sim.scenario import Scenario
    from sim.scenario.layering import Sets

KIND = "branch"
FOLDERS = "branches"
UNCHANGED = "unchanged"
_SEEDS = 2**63


class BranchError(SimError):
    """A run that cannot be branched as it was asked for."""


@dataclass(frozen=True)
class Branches:
    """Branches of a run, and what they came to.

    Attributes:
        sweep: The runs, in a folder as of a sweep.
        run: Name of the run that they branch off from.
        digest: Its digest.
        day: Last day that they have in common; day 0 is the first.
        labels: Names of the variants, ``unchanged`` first.
    """

    sweep: Sweep
    run: str
    digest: str
    day: int
    labels: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.sweep.folder

    def table(self) -> pd.DataFrame:
        """One row a run: ``variant``, ``seed``, ``status``, ``digest``, and a column for each outcome."""
        return self.sweep.table()

    @property
    def own_digest(self) -> str:
        """Digest that going on unchanged under the run's own seed came to; empty where that run failed."""
        table = self.table()
        mine = table[(table[VARIANT] == UNCHANGED) & (table["replicate"] == 0)]
        return str(mine["digest"].iloc[0]) if len(mine) else ""

    def compared(self, outcomes: Sequence[str] = ()) -> Comparison:
        """The changed variants against the unchanged one, seed by seed.

        Args:
            outcomes: Outcomes to compare; all where empty.

        Raises:
            ComparisonError: There is nothing but the unchanged variant.
        """
        return compare_runs(self.table(), base=UNCHANGED, outcomes=outcomes, folder=self.folder)


def branch(
    run: Run | str | Path,
    *,
    at: int,
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: int = 1,
    jobs: int | None = None,
    out: str | Path = FOLDERS,
    outcomes: Sequence[str] = (),
    keep: Keep = "summary",
    retry_failed: bool = False,
    progress: Tell | None = None,
    engine: Engine | None = None,
    **changes: Any,  # noqa: ANN401  any parameter's value
) -> Branches:
    """Go on from a saved day of a run, unchanged and under other policies.

    Args:
        run: A saved run, or its folder; it must have kept the state of the day (``checkpoints``).
        at: The last day that stays as it was; day 0 is the first.
        variants: Changes by dotted key, by the name of the variant. Only parameters that may change on any day.
        seeds: Seeds of each variant: the run's own, and those that follow it.
        jobs: How many runs at a time; the machine's cores where None.
        out: Folder for the folder of the branches; those that are there already are not run again.
        outcomes: Outcomes to keep; all where empty.
        keep: How much of each run is kept.
        retry_failed: Run again what failed.
        progress: Called at the start and whenever a run has ended.
        engine: What computes the runs; processes on this machine where None.
        **changes: One more variant, with ``__`` for the dot: ``air__enabled=False``.

    Returns:
        The branches, the unchanged one first.

    Raises:
        BranchError: The run is not saved, kept no state of this day, was over by then, or is of another version of the model.
        RunError: The folder is missing or damaged.
        ScenarioError: A change is not one that can be made on any day.
        SweepError: The folder cannot be written, or the disk is too small.
    """
    asked: dict[str, Sets] = dict(variants or {})
    if changes:
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        asked[label_of(dotted)] = dotted
    batch = branch_batch(run, at, asked, seeds, outcomes=outcomes, keep=keep)
    folder = Path(out) / batch.folder_name
    sweep = run_batch(batch, folder, jobs=jobs, retry_failed=retry_failed, progress=progress, engine=engine)
    return gathered(sweep, run, at, batch)


def gathered(sweep: Sweep, run: Run | str | Path, at: int, batch: Batch) -> Branches:
    """Branches that have been made."""
    parent = _parent(run)
    return Branches(sweep, parent.name, parent.digest, at, tuple(batch.points[VARIANT]))


def branch_batch(
    run: Run | str | Path, at: int, variants: Mapping[str, Sets], seeds: int, *, outcomes: Sequence[str] = (),
    keep: Keep = "summary",
) -> Batch:  # fmt: skip
    """The runs of branches, every variant and the unchanged one under every seed.

    Args:
        run: A saved run, or its folder.
        at: The last day that stays as it was.
        variants: Changes by the name of the variant.
        seeds: How many seeds.
        outcomes: Outcomes to keep; all where empty.
        keep: How much of each run is kept.

    Raises:
        BranchError: As of :func:`branch`; as are the other errors.
    """
    if seeds < 1:
        raise BranchError(f"at least one seed is wanted, not {seeds}")
    if UNCHANGED in variants:
        raise BranchError(f'"{UNCHANGED}" is the name of going on without a change: choose another')
    parent = _parent(run)
    scenario, state = _open(parent, at)
    for changes in variants.values():
        changed_midway(scenario, changes)
    start = Start(scenario, state, (parent.name, parent.digest))
    changed = [Variant(label, start, tuple(leaf_changes(changes).items())) for label, changes in variants.items()]
    own = int(parent.manifest["seed"])
    return variants_batch(
        KIND,
        f"{scenario.name}-{own}-day{at:03d}",
        [Variant(UNCHANGED, start), *changed],
        [(own + k) % _SEEDS for k in range(seeds)],
        outcomes,
        keep,
    )


def label_of(changes: Sets) -> str:
    """What a variant is called that has no other name: its changes, as they are typed."""
    try:
        return ", ".join(f"{key}={yaml_scalar(value)}" for key, value in leaf_changes(changes).items())
    except ScenarioError:  # they will be refused, with every reason at once
        return "changed"


def _parent(run: Run | str | Path) -> Run:
    if isinstance(run, Run):
        if run.path is None:
            raise BranchError("the run is not saved, and branches go out from its folder: run.save() first")
        run = run.path
    return Run.load(run)


def _open(parent: Run, at: int) -> tuple[Scenario, Path]:
    """The scenario of a run and the file of the state to go on from, once nothing is in the way."""
    place = Path(str(parent.path)).absolute()
    parent.verify()
    made, now = str(parent.manifest.get("source_hash", "")), source_hash()
    if made != now:
        raise BranchError(
            f"{parent.path}: made by another version of the model (sources {made[:12]}, now {now[:12]}): going on would mix the "
            "two; run its scenario again with --checkpoint"
        )
    days = len(parent.daily)
    if not 0 <= at < days:
        raise BranchError(f"{parent.path}: there is no day {at}; its days are 0 to {days - 1}")
    if at == days - 1:
        raise BranchError(f"{parent.path}: the battle was over at the end of day {at}, and nothing is left to go on with")
    if at not in parent.checkpoint_days:
        raise BranchError(f"{parent.path}: no state of day {at} was kept {_kept_words(parent, at)}")
    scenario = load_text(parent.scenario_yaml, f"{parent.path}/scenario.yaml")
    _check_city(parent, scenario, at)
    return scenario, place / f"state-day{at:03d}.npz"


def _kept_words(parent: Run, at: int) -> str:
    """Which states a run kept, and how to come by one more."""
    kept = ", ".join(map(str, parent.checkpoint_days)) or "none"
    if "branched" in parent.manifest:
        return f"(kept: {kept}); it branched off itself: branch the run that it is from"
    again = f"{parent.path}/scenario.yaml --seed {parent.manifest['seed']} --checkpoint {at}"
    return f"(kept: {kept}); to keep it: python run.py run {again}"


def _check_city(parent: Run, scenario: Scenario, at: int) -> None:
    """Better told now than by every run."""
    from sim.city import build_grid, load_city

    grid = build_grid(load_city(scenario.city.path), scenario.city.cell_m, scenario.city.margin_m)
    if str(parent.checkpoint(at).get("city")) != grid.digest:
        raise BranchError(f"{parent.path}: the data of its city, {scenario.city.path}, have changed since it was made")
