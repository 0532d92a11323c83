"""A sweep folder as read: what was asked, and the runs that are done, while it grows or afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.experiments import phrases
from sim.experiments.spec import load_spec
from sim.experiments.store import DAILY, Store, SweepError

if TYPE_CHECKING:
    from sim.experiments.spec import SweepSpec

ASKED = "sweep.yaml"
_RUN = ["point", "replicate", "seed"]


@dataclass
class LoadedSweep:
    """A sweep folder as read.

    Attributes:
        folder: The sweep folder.
        spec: What the sweep asks.
        points: The design: index ``point``, a column for each factor.
        runs: Runs that are done, in order of point and replicate: columns ``point``, ``replicate``, ``seed``, the factors,
            the outcomes (NaN for what did not happen in a run).
        failed: How many runs failed.
        missing: How many runs have not ended yet.
        outcomes: Names of the outcomes that were kept.
        addresses: The address of each row of ``runs``; None where there are no daily series to find by it.
    """

    folder: Path
    spec: SweepSpec
    points: pd.DataFrame
    runs: pd.DataFrame
    failed: int
    missing: int
    outcomes: tuple[str, ...]
    addresses: pd.Series[str] | None = None

    @property
    def planned(self) -> int:
        """Runs of the whole sweep."""
        return len(self.runs) + self.failed + self.missing

    @property
    def gap(self) -> str:
        """How much is missing, in one sentence; empty for a sweep of which every run is done."""
        if not self.failed and not self.missing:
            return ""
        parts = [f"{phrases.many(self.missing, 'run')} not done yet"] if self.missing else []
        parts += [f"{phrases.many(self.failed, 'run')} failed"] if self.failed else []
        lost = 1 - len(self.runs) / self.planned
        return (
            f"The sweep is incomplete: of {self.planned:,} runs, {' and '.join(parts)} ({phrases.share(lost)}). "
            "All that is told rests on the others; where runs fail for a reason, that tilts it."
        )

    def daily(self) -> pd.DataFrame:
        """Daily series of the runs that are done.

        Returns:
            One row a run and day: ``point``, ``replicate``, ``seed``, ``date``, ``day`` (0 is the start), then the series. No
            row where the sweep keeps no daily series.

        Raises:
            RunError: A file of the folder is damaged.
        """
        head = self.runs[_RUN]
        if self.addresses is None:
            return head.iloc[:0].assign(date=pd.Series(dtype="datetime64[ms]"), day=pd.Series(dtype="int64"))
        rows = head.assign(address=self.addresses).merge(Store.open(self.folder).daily(), on="address")
        if "date" not in rows:
            rows.insert(4, "date", pd.Timestamp(self.spec.scenario.time.start) + pd.to_timedelta(rows["day"], unit="D"))
        return rows.drop(columns="address")


def load_sweep(folder: str | Path) -> LoadedSweep:
    """Read a sweep folder; another process may be writing to it.

    Args:
        folder: The sweep folder.

    Returns:
        What is there now; :attr:`LoadedSweep.gap` says how much is not.

    Raises:
        SweepError: It is no sweep folder, or one of another version.
        ScenarioError: Its sweep cannot be read by this version of the model.
        RunError: A file of it is damaged.
    """
    place = Path(folder)
    store = Store.open(place)
    if not (place / ASKED).is_file():
        raise SweepError(f"{place}: not a sweep folder (it has no {ASKED})")
    spec = load_spec(place / ASKED)
    table = store.table()
    done = table[table["status"] == "done"].reset_index(drop=True)
    outcomes = tuple(str(name) for name in store.manifest["outcomes"])
    failed = int((table["status"] == "failed").sum())
    return LoadedSweep(
        folder=place,
        spec=spec,
        points=store.points,
        runs=done[[*_RUN, *store.points.columns, *outcomes]],
        failed=failed,
        missing=max(len(store.points) * spec.replicates - len(done) - failed, 0),
        outcomes=outcomes,
        addresses=done["address"] if (place / DAILY).is_dir() else None,
    )
