"""A batch: runs that are made together and kept in one folder, whatever asked for them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.city import load_city
from sim.experiments.addresses import Addresses, address_of
from sim.experiments.designs import points as design_points
from sim.experiments.jobs import Job, Start
from sim.experiments.spec import SWEEP
from sim.record.outcomes import OUTCOMES, find_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from sim.experiments.spec import Keep, SweepSpec

_BANK = "<bank>"


@dataclass(frozen=True)
class Batch:
    """Runs that are made together.

    Attributes:
        kind: What asked for them, such as ``sweep``.
        name: Names the folder.
        asked: What was asked, as YAML; kept in the folder as ``<kind>.yaml``.
        asked_hash: Hash of it: a folder takes only runs that were asked for in the same way.
        points: What varies between runs, a row for each point; index ``point``.
        starts: What runs go out from.
        jobs: Every run, in the order in which they should be made.
        replicates: Runs of each point.
        outcomes: Names of the outcomes that runs report.
        keep: How much of each run is kept.
    """

    kind: str
    name: str
    asked: str
    asked_hash: str
    points: pd.DataFrame
    starts: tuple[Start, ...]
    jobs: tuple[Job, ...]
    replicates: int
    outcomes: tuple[str, ...]
    keep: Keep = "summary"

    @property
    def folder_name(self) -> str:
        """Name of its folder."""
        return f"{self.name}-{self.asked_hash}"


def sweep_batch(spec: SweepSpec) -> Batch:
    """The runs of a sweep.

    Raises:
        SimError: Its design needs a library that is not installed.
    """
    points = design_points(spec)
    key = "city.path"
    cities = points[key].unique().tolist() if key in points else [spec.scenario.city.path]
    return Batch(
        kind=SWEEP,
        name=spec.name,
        asked=spec.to_yaml(),
        asked_hash=spec.short_hash,
        points=points,
        starts=(Start(spec.scenario),),
        jobs=tuple(make_jobs(spec, points)),
        replicates=spec.replicates,
        outcomes=outcome_columns(cities, spec.outcomes),
        keep=spec.keep,
    )


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
    addresses = Addresses(Start(spec.scenario))
    keys = [str(key) for key in points.columns]
    columns = [[_plain(value) for value in points[key].tolist()] for key in keys]
    rows = {int(point): tuple(zip(keys, values, strict=True))
            for point, values in zip(points.index, zip(*columns, strict=True), strict=True)}  # fmt: skip
    asked = {point: addresses.of_values(changes) for point, changes in rows.items()}
    jobs = []
    for replicate in range(spec.replicates):
        for point in balanced(rows, replicate):
            seed = seed_of(spec, point, replicate)
            jobs.append(Job(address_of(asked[point], seed), point, replicate, seed, rows[point]))
    return jobs


def balanced(points: Iterable[int], replicate: int) -> list[int]:
    """Points in the order in which one replicate of them is run."""
    return sorted(points, key=lambda point: _order(point, replicate))


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


def outcome_columns(cities: Iterable[str], outcomes: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of the outcomes that runs report, in the order of their declaration.

    Args:
        cities: Paths of their cities.
        outcomes: Those that are wanted, as declared or of one bank; all where empty.
    """
    banks = list(dict.fromkeys(bank for path in dict.fromkeys(cities) for bank in load_city(path).banks))
    names = [name.name.replace(_BANK, bank) for name in OUTCOMES for bank in (banks if _BANK in name.name else ("",))]
    return tuple(name for name in names if _wanted(name, outcomes))


def _wanted(name: str, outcomes: Sequence[str]) -> bool:
    declared = find_outcome(name)
    return not outcomes or name in outcomes or (declared is not None and declared.name in outcomes)
