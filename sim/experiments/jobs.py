"""The jobs of a sweep: which runs it consists of, at which address each result lies, and how one of them is run.

An address is a hash of everything that decides a run's result: each value of the resolved scenario, the seed, the
city's data, the source of a user's own behaviours, and the package's sources. It is computed without building a
battle, so that a sweep knows at once what has been done, and never takes a result of another model version for one
of its own.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import json
import secrets
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.city import load_city
from sim.errors import ScenarioError, SimError, one_line
from sim.record.manifest import source_hash
from sim.record.outcomes import OUTCOMES, find_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from sim.experiments.spec import SweepSpec
    from sim.record.run import Run
    from sim.scenario import Scenario

Keep = Literal["summary", "daily", "everything"]

RUN_FOLDERS = "run_folders"
LONGEST_ERROR = 500
_ADDRESS_BYTES = 16
_TOKEN_BYTES = 6
# Keys that name or explain a scenario; the seed and the city's data enter an address by themselves.
_NOT_READ = frozenset({"name", "title", "description", "preset", "seed", "behaviours"})
_BANK = "<bank>"


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Attributes:
        address: Hash of everything that decides its result, 32 hexadecimal digits.
        point: Row of the design.
        replicate: Number of the replicate, from 0.
        seed: Seed of the run.
        changes: Dotted keys and values, on top of the sweep's scenario.
    """

    address: str
    point: int
    replicate: int
    seed: int
    changes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Result:
    """What one job came to.

    Attributes:
        job: The job.
        status: ``done``, or ``failed`` where the run could not be finished.
        error: Why it failed, on one line; empty where it is done.
        seconds: Time that it took (s).
        digest: Digest of the run's results; empty where it failed.
        finished: When it ended (UTC).
        outcomes: Outcomes by name.
        daily: The daily series, where they are kept.
    """

    job: Job
    status: Literal["done", "failed"]
    error: str = ""
    seconds: float = 0.0
    digest: str = ""
    finished: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcomes: Mapping[str, float] = field(default_factory=dict)
    daily: pd.DataFrame | None = None


def make_jobs(spec: SweepSpec, points: pd.DataFrame) -> list[Job]:
    """Every run of a sweep, in the order in which they should be run.

    All points come once before any comes a second time, each time in another order, so that a sweep that is stopped
    half-way has seen the whole design.

    Args:
        spec: The sweep.
        points: The design, a row for each point and a column for each factor.

    Returns:
        One job for each point and replicate. Points of the same values under the same seed share an address.
    """
    addresses = Addresses(spec.scenario)
    keys = [str(key) for key in points.columns]
    columns = [[_plain(value) for value in points[key].tolist()] for key in keys]
    rows = {int(point): tuple(zip(keys, values, strict=True))
            for point, values in zip(points.index, zip(*columns, strict=True), strict=True)}  # fmt: skip
    asked = {point: addresses.of_values(changes) for point, changes in rows.items()}
    jobs = []
    for replicate in range(spec.replicates):
        for point in sorted(rows, key=lambda point: _order(point, replicate)):
            seed = seed_of(spec, point, replicate)
            jobs.append(Job(address_of(asked[point], seed), point, replicate, seed, rows[point]))
    return jobs


def seed_of(spec: SweepSpec, point: int, replicate: int) -> int:
    """Seed of one run: the same for each point where seeds are common, else one of its own."""
    if spec.seeds == "common":
        return spec.first_seed + replicate
    from sim.kernels.rng import stream_key

    # Seeds of scenarios have 63 bits.
    return int(stream_key(spec.first_seed, "sweep", str(point), replicate)) >> 1


def _order(point: int, replicate: int) -> bytes:
    return hashlib.blake2b(f"{replicate} {point}".encode(), digest_size=8).digest()


def _plain(value: Any) -> Any:  # noqa: ANN401  any parameter's value
    """A value of a table as the scenario takes it."""
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime().date()
    return value.item() if hasattr(value, "item") else value


class Addresses:
    """Hashes of what scenarios ask, with each city and each behaviour read once."""

    def __init__(self, base: Scenario) -> None:
        self.base = base
        self._cities: dict[str, str] = {}
        self._sources: dict[str, str] = {}

    def of_values(self, changes: Sequence[tuple[str, Any]]) -> str:
        """Hash of all that decides a run but its seed.

        A scenario that cannot be run has one too, of the changes as they are: its run fails, and says why.
        """
        try:
            scenario = self.base.replace(dict(changes)) if changes else self.base
        except ScenarioError:
            return _hash({"refused": [list(change) for change in changes], "on": self._asked(self.base)})
        return _hash(self._asked(scenario))

    def _asked(self, scenario: Scenario) -> dict[str, Any]:
        values = {key: value for key, value in scenario.to_dict().items() if key not in _NOT_READ}
        values["city"] = {key: value for key, value in values["city"].items() if key != "path"}
        behaviours = {str(who): [what, self._source(what)] for who, what in scenario.behaviours.items()}
        return {
            "values": values,
            "city": self._city(scenario.city.path),
            "behaviours": behaviours,
            "source": source_hash(),
        }

    def _city(self, path: str) -> str:
        if path not in self._cities:
            try:
                self._cities[path] = load_city(path).digest
            except (ScenarioError, OSError):  # its runs will fail, and say why
                self._cities[path] = f"unreadable {path}"
        return self._cities[path]

    def _source(self, dotted: str) -> str:
        if dotted not in self._sources:
            self._sources[dotted] = _source_digest(dotted.rpartition(".")[0])
        return self._sources[dotted]


def _source_digest(module: str) -> str:
    try:
        found = importlib.util.find_spec(module)
        content = Path(found.origin).read_bytes() if found and found.origin else b""
    except (ImportError, AttributeError, ValueError, OSError):
        content = b""
    return hashlib.blake2b(content, digest_size=_ADDRESS_BYTES).hexdigest()


def address_of(asked: str, seed: int) -> str:
    """Address of a run: what is asked, under one seed."""
    return _hash({"asked": asked, "seed": seed})


def _hash(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_ADDRESS_BYTES).hexdigest()


def outcome_columns(spec: SweepSpec, points: pd.DataFrame) -> tuple[str, ...]:
    """Names of the outcomes that the runs of a sweep report, in the order of their declaration."""
    key = "city.path"
    paths = points[key].unique().tolist() if key in points else [spec.scenario.city.path]
    banks = list(dict.fromkeys(bank for path in paths for bank in load_city(path).banks))
    names = [name.name.replace(_BANK, bank) for name in OUTCOMES for bank in (banks if _BANK in name.name else ("",))]
    return tuple(name for name in names if _wanted(name, spec.outcomes))


def _wanted(name: str, outcomes: Sequence[str]) -> bool:
    declared = find_outcome(name)
    return not outcomes or name in outcomes or (declared is not None and declared.name in outcomes)


def run_job(scenario: Scenario, job: Job, keep: Keep, outcomes: Sequence[str], folder: Path) -> Result:
    """Run one job; whatever goes wrong becomes a failed result.

    Args:
        scenario: The sweep's scenario.
        job: The job.
        keep: How much of the run is kept.
        outcomes: Names of the outcomes to report; all where empty.
        folder: The sweep's folder, where whole runs are kept.

    Returns:
        The result. Running the same job again gives the same one, and leaves one run folder.
    """
    began = time.perf_counter()
    try:
        result = _simulated(scenario, job, keep, outcomes, folder)
    except Exception as error:  # noqa: BLE001  one run's failure is a row of the table, whatever it is
        result = failed(job, in_words(error), time.perf_counter() - began)
    # Agents and their model refer to each other: without this, a worker holds several battles at a time.
    gc.collect()
    return result


def _simulated(scenario: Scenario, job: Job, keep: Keep, outcomes: Sequence[str], folder: Path) -> Result:
    from sim.battle import Battle

    began = time.perf_counter()
    asked = scenario.replace({**dict(job.changes), "seed": job.seed})
    run = Battle(scenario=asked, seed=job.seed).run()
    digest = run.digest
    if keep == "everything":
        _keep_folder(run, folder / RUN_FOLDERS, job.address)
    return Result(
        job,
        "done",
        seconds=time.perf_counter() - began,
        digest=digest,
        outcomes={name: float(value) for name, value in run.summary.items() if _wanted(name, outcomes)},
        daily=None if keep == "summary" else run.daily,
    )


def _keep_folder(run: Run, parent: Path, address: str) -> None:
    """Save a run under its address; one that is there already is the same run, and stays."""
    target = parent / address
    if target.exists():
        return
    workplace = parent / f".unfinished-{secrets.token_hex(_TOKEN_BYTES)}"
    try:
        saved = run.save(workplace)
        try:
            saved.rename(target)
        except OSError:
            if not target.exists():  # else another worker was first
                raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def failed(job: Job, error: str, seconds: float = 0.0) -> Result:
    """The result of a job that could not be finished."""
    return Result(job, "failed", error=error, seconds=seconds)


def in_words(error: BaseException) -> str:
    """An error on one line: its kind, unless it is one of the package's own, and what it says."""
    says = " ".join(str(error).split())
    if isinstance(error, ScenarioError):
        says = "; ".join(" ".join(str(problem).split()) for problem in error.problems)
    kind = type(error).__name__
    return one_line(f"{kind}: {says}" if says or not isinstance(error, SimError) else kind, LONGEST_ERROR)
