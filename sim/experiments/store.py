"""The sweep folder: what was asked, and a table of runs that grows in batches.

Every file appears whole or not at all: it is written under a hidden name, flushed to disk, and renamed. Readers such as
pandas, polars and DuckDB skip hidden names, so ``pd.read_parquet(folder / "runs")`` works at any moment. All batches have
one schema, told when the sweep begins.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import RunError, ScenarioError, SimError, reason
from sim.experiments.jobs import RUN_FOLDERS, UNFINISHED
from sim.experiments.lock import LOCK, FolderLock
from sim.experiments.spec import SWEEP, load_spec
from sim.record.folder import json_text, read_json, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from sim.experiments.batch import Batch
    from sim.experiments.jobs import Job, Result

MANIFEST, POINTS, JOBS = "manifest.json", "points.parquet", "jobs.parquet"
RUNS, DAILY = "runs", "daily"
SCHEMA_VERSION = 2
MOST_PENDING = 200
LONGEST_WAIT_S = 60.0
_KEY = ["address", "point", "replicate"]
_ABOUT = pa.schema([
    ("address", pa.string()), ("point", pa.int64()), ("replicate", pa.int64()), ("seed", pa.int64()),
    ("status", pa.string()), ("error", pa.string()), ("seconds", pa.float64()), ("digest", pa.string()),
    ("finished", pa.timestamp("ms", tz="UTC")),
])  # fmt: skip
_JOB = pa.schema([_ABOUT.field(name) for name in ("address", "point", "replicate", "seed")])


class SweepError(SimError):
    """A sweep folder that is none, that belongs to another sweep, or that cannot be written."""


@dataclass
class Store:
    """A sweep folder.

    Attributes:
        folder: The folder.
        manifest: What made it.
        points: The design, indexed by point.
    """

    folder: Path
    manifest: dict[str, Any]
    points: pd.DataFrame
    _lock: FolderLock | None = None
    _pending: list[Result] = field(default_factory=list)
    _flushed: float = field(default_factory=time.monotonic)

    @classmethod
    def create(cls, folder: Path, batch: Batch, *, about: Mapping[str, Any]) -> Store:
        """Make a batch's folder, or go on with one of the same batch; it stays locked until :meth:`close`.

        Args:
            folder: The folder.
            batch: What is kept in it.
            about: What makes it: plain values for the manifest, where each session has an entry.

        Raises:
            SweepError: The folder is another batch's, or cannot be written.
            LockedError: Another process works on it.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
            lock.acquire()
        except OSError as error:
            raise SweepError(f"{folder}: cannot hold a sweep ({reason(error)})") from error
        try:
            if (folder / MANIFEST).exists():
                store = cls.open(folder)
                store._same(batch)
            else:
                store = cls._begin(folder, batch)
            store._lock = lock
            store._clean()
            store._name_points(batch)
            store.manifest["sessions"] = [*store.manifest.get("sessions", []), dict(about)]
            _put(folder / MANIFEST, json_text(store.manifest).encode("utf-8", "backslashreplace"))
            store._plan(batch.jobs)
        except OSError as error:
            lock.release()
            raise SweepError(f"{folder}: cannot be written ({reason(error)})") from error
        except BaseException:
            lock.release()
            raise
        return store

    @classmethod
    def _begin(cls, folder: Path, batch: Batch) -> Store:
        asked = f"{batch.kind}.yaml"
        if others := sorted(path.name for path in folder.iterdir() if path.name not in {LOCK, asked, POINTS}
                            and not path.name.startswith(".")):  # fmt: skip
            raise SweepError(f"{folder}: not a sweep folder, and not empty (it holds {others[0]})")
        table = as_columns(batch.points)
        _put(folder / asked, batch.asked.encode())
        _put_table(folder / POINTS, pa.Table.from_pandas(table))
        # The manifest comes last: without it the folder is not a sweep's yet.
        manifest = {
            "schema_version": SCHEMA_VERSION, "kind": batch.kind, "spec_hash": batch.asked_hash,
            "outcomes": list(batch.outcomes), "keep": batch.keep,
        }  # fmt: skip
        return cls(folder, manifest, table)

    def _same(self, batch: Batch) -> None:
        mine = self.manifest.get("spec_hash")
        if self.kind == batch.kind == SWEEP and mine != batch.asked_hash:
            # A parameter that is new in the model changes the hash of what was asked, and not what was asked.
            with suppress(ScenarioError):  # one that this version cannot read asked something else
                mine = self.manifest["spec_hash"] = load_spec(self.folder / f"{SWEEP}.yaml").short_hash
        if (self.kind, mine) != (batch.kind, batch.asked_hash):
            raise SweepError(
                f"{self.folder}: holds another {self.kind} (its {self.kind}.yaml asks something else); take another folder"
            )

    def _name_points(self, batch: Batch) -> None:
        """Variants may be called otherwise than before: what they are called now counts."""
        if batch.kind != SWEEP:
            self.points = as_columns(batch.points)
            _put_table(self.folder / POINTS, pa.Table.from_pandas(self.points))

    @property
    def kind(self) -> str:
        """What asked for the runs, such as ``sweep``."""
        return str(self.manifest["kind"])

    @classmethod
    def open(cls, folder: str | Path) -> Store:
        """Open a sweep folder for reading, while it grows or afterwards.

        Raises:
            SweepError: It is no sweep folder, or one of another version.
            RunError: A file of it is damaged.
        """
        place = Path(folder)
        if not (place / MANIFEST).is_file():
            raise SweepError(f"{place}: not a sweep folder (it has no {MANIFEST})")
        with reading(place / MANIFEST):
            manifest = read_json(place / MANIFEST)
        known = isinstance(manifest, dict) and manifest.get("schema_version") == SCHEMA_VERSION
        if not known or not {"kind", "outcomes"} <= {*manifest}:
            raise SweepError(f"{place}: not a sweep folder that this version reads")
        with reading(place / POINTS):
            points = pd.read_parquet(place / POINTS)
        return cls(place, manifest, points)

    def _plan(self, jobs: Iterable[Job]) -> None:
        """Write down which runs the batch consists of now: :meth:`table` tells of no others."""
        rows = [{name: getattr(job, name) for name in _JOB.names} for job in jobs]
        _put_table(self.folder / JOBS, pa.Table.from_pylist(rows, schema=_JOB))

    def asked(self) -> pd.DataFrame | None:
        """Key columns of the runs that the batch consists of now; None before it was first told."""
        return _read(self.folder / JOBS).to_pandas()[_KEY] if (self.folder / JOBS).exists() else None

    def table(self, *, every: bool = False) -> pd.DataFrame:
        """The newest row of each run that has ended, by point and replicate.

        Args:
            every: Also runs that are not asked for any more, such as those of an earlier version of the model.
        """
        parts = [_read(path) for path in self._parts(RUNS)]
        rows: pd.DataFrame = pa.concat_tables([self._schema().empty_table(), *parts]).to_pandas()
        rows = rows.drop_duplicates(_KEY, keep="last")
        if not every and (asked := self.asked()) is not None:
            rows = rows.merge(asked, on=_KEY)
        if self.kind != SWEEP:
            rows = rows.assign(**{str(name): rows["point"].map(self.points[name]) for name in self.points})
        return rows.sort_values(["point", "replicate"], kind="stable", ignore_index=True)

    def daily(self) -> pd.DataFrame:
        """Daily series of the runs that are done, with the address of each; :meth:`table` says which run that is."""
        parts = [_read(path) for path in self._parts(DAILY)]
        if not parts:
            return pd.DataFrame({"address": pd.Series(dtype=str)})
        rows: pd.DataFrame = pa.concat_tables(parts, promote_options="permissive").to_pandas()
        table = self.table()
        done = table.loc[table["status"] == "done", "address"].drop_duplicates()
        rows = rows.drop_duplicates(["address", "day"], keep="last")
        return done.to_frame().merge(rows, on="address").reset_index(drop=True)

    def add(self, results: Iterable[Result]) -> None:
        """Take results in; they are on disk after the next :meth:`flush`, which comes by itself.

        Results that are added together become durable together.
        """
        if self._lock is None:
            raise SweepError(f"{self.folder}: opened for reading only")
        self._pending += results
        if len(self._pending) >= MOST_PENDING or time.monotonic() - self._flushed >= LONGEST_WAIT_S:
            self.flush()

    def flush(self) -> None:
        """Put all results that are pending on disk.

        Raises:
            SweepError: They cannot be written; they stay pending.
        """
        if self._pending:
            number = 1 + max((_number(path) for kind in (RUNS, DAILY) for path in self._parts(kind)), default=0)
            name = f"part-{number:06d}.parquet"
            try:
                self._write_daily(name)
                # The run table comes last: a run that it calls done has all its rows.
                rows = [self._row(result) for result in self._pending]
                _put_table(self.folder / RUNS / name, pa.Table.from_pylist(rows, schema=self._schema()))
            except OSError as error:
                raise SweepError(f"{self.folder}: cannot be written ({reason(error)})") from error
            self._pending.clear()
        self._flushed = time.monotonic()

    def _write_daily(self, name: str) -> None:
        series = {result.job.address: result.daily for result in self._pending if result.daily is not None}
        if series:
            frames = [frame.assign(address=address) for address, frame in series.items()]
            _put_table(self.folder / DAILY / name, pa.Table.from_pandas(pd.concat(frames), preserve_index=False))

    def _row(self, result: Result) -> dict[str, Any]:
        job = {name: getattr(result.job, name) for name in _JOB.names}
        ended = {name: getattr(result, name) for name in ("status", "error", "seconds", "digest", "finished")}
        factors = {key: self.points[key][result.job.point] for key in self.points.columns}
        return {**job, **ended, **factors, **result.outcomes}

    def _schema(self) -> pa.Schema:
        found = pa.Schema.from_pandas(self.points, preserve_index=False)
        # Text comes back from a file as another type of text: all batches must have one.
        factors = [pa.field(field.name, pa.string() if pa.types.is_large_string(field.type) else field.type) for field in found]
        outcomes = [pa.field(name, pa.float64()) for name in self.manifest["outcomes"]]
        return pa.schema([*_ABOUT, *factors, *outcomes])

    def size_of(self, result: Result) -> int:
        """Bytes that a run takes on disk, at most: tables are counted before they are compressed."""
        rows = pa.Table.from_pylist([self._row(result)], schema=self._schema()).nbytes
        series = 0 if result.daily is None else pa.Table.from_pandas(result.daily, preserve_index=False).nbytes
        kept = self.folder / RUN_FOLDERS / result.job.address
        return int(rows + series + sum(path.stat().st_size for path in kept.rglob("*")))

    def _parts(self, kind: str) -> list[Path]:
        return sorted((self.folder / kind).glob("part-*.parquet"), key=_number)

    def _clean(self) -> None:
        """Take away what a killed process had not finished."""
        for path in [*self.folder.glob(".*.unfinished"), *self.folder.glob("*/.*.unfinished")]:
            path.unlink(missing_ok=True)
        for path in (self.folder / RUN_FOLDERS).glob(f"{UNFINISHED}*"):
            shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Flush, and give the folder up."""
        try:
            if self._lock is not None:
                self.flush()
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def as_columns(points: pd.DataFrame) -> pd.DataFrame:
    """A design that a Parquet file can hold: columns of mixed or nested values become text."""
    table = points.copy()
    table.columns = [str(name) for name in table.columns]
    for name in table.columns:
        try:
            kind = pa.Array.from_pandas(table[name]).type
            plain = not pa.types.is_nested(kind) and not pa.types.is_null(kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            plain = False
        if not plain:
            table[name] = table[name].map(str)
    return table


def _read(path: Path) -> pa.Table:
    with reading(path):
        return pq.ParquetFile(path).read()


def _number(path: Path) -> int:
    try:
        return int(path.stem.removeprefix("part-"))
    except ValueError:
        raise RunError(f"{path}: not a file of a sweep") from None


def _put_table(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(exist_ok=True)
    with _Draft(path) as draft:
        pq.write_table(table, draft, compression="zstd")


def _put(path: Path, content: bytes) -> None:
    with _Draft(path) as draft:
        draft.write_bytes(content)


class _Draft:
    """A hidden file that takes its place, whole and on disk, once the block is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.draft = path.with_name(f".{path.name}.unfinished")

    def __enter__(self) -> Path:
        return self.draft

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self.draft.unlink(missing_ok=True)
            return
        _flush(self.draft)
        self.draft.replace(self.path)
        _flush(self.path.parent)


def _flush(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
