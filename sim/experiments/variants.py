"""Batches of variants: a few named ways to run, each under the same seeds, so that differences can be taken seed by seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import SimError
from sim.experiments.addresses import Addresses, address_of
from sim.experiments.batch import Batch, balanced, outcome_columns
from sim.experiments.jobs import Job
from sim.record.folder import reading
from sim.scenario.writing import yaml_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.experiments.jobs import Start
    from sim.experiments.spec import Keep
    from sim.scenario import Scenario

VARIANT = "variant"
# Keys that say how a scenario is told or put together; its seed is one of the batch's.
_TOLD = frozenset({"name", "title", "description", "preset", "seed"})
_HASH_BYTES = 4


@dataclass(frozen=True)
class Variant:
    """One way to run.

    Attributes:
        label: What it is called.
        start: What its runs go out from.
        changes: Dotted keys and values on top.
    """

    label: str
    start: Start
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The scenario that its runs are asked.

        Raises:
            ScenarioError: The changes are refused.
        """
        return self.start.scenario.replace(dict(self.changes)) if self.changes else self.start.scenario


def variants_batch(
    kind: str,
    name: str,
    variants: Sequence[Variant],
    seeds: Sequence[int],
    outcomes: Sequence[str] = (),
    keep: Keep = "summary",
) -> Batch:
    """The runs of variants, every variant under every seed.

    All variants come once, under the first seed, before any comes a second time. What is asked does not depend on the seeds,
    so that more of them later go on in the same folder.

    Args:
        kind: What asks for them, such as ``compare``.
        name: Names the folder.
        variants: The variants, the one that others are compared with first.
        seeds: Seeds of the runs, the same for each variant.
        outcomes: Outcomes that runs report, as declared or of one bank; all where empty.
        keep: How much of each run is kept.

    Returns:
        The batch; a point is a variant, and the design's one column ``variant`` holds the labels.

    Raises:
        ScenarioError: The changes of a variant are refused.
        RunError: A state to go on from cannot be read.
        SimError: Labels or seeds that are not unlike, or none at all.
    """
    labels = [variant.label for variant in variants]
    if not labels or len({*labels}) < len(labels):
        raise SimError("variants want names that differ: " + (", ".join(labels) or "there are none"))
    if not seeds or len({*seeds}) < len(seeds):
        raise SimError("seeds must differ, and there must be one")
    scenarios = [variant.scenario for variant in variants]
    starts: list[Start] = []
    for variant in variants:
        if variant.start not in starts:
            starts.append(variant.start)
    return Batch(
        kind=kind,
        name=name,
        asked=_asked(kind, name, variants, scenarios),
        asked_hash=_hash(variants, scenarios, outcomes, keep),
        points=pd.DataFrame({VARIANT: labels}, index=pd.RangeIndex(len(labels), name="point")),
        starts=tuple(starts),
        jobs=tuple(_jobs(variants, starts, seeds)),
        replicates=len(seeds),
        outcomes=outcome_columns([scenario.city.path for scenario in scenarios], outcomes),
        keep=keep,
    )


def _jobs(variants: Sequence[Variant], starts: Sequence[Start], seeds: Sequence[int]) -> list[Job]:
    addresses = [Addresses(start) for start in starts]
    origin = [starts.index(variant.start) for variant in variants]
    asked = [addresses[at].of_values(variant.changes) for at, variant in zip(origin, variants, strict=True)]
    return [
        Job(address_of(asked[point], int(seed)), point, replicate, int(seed), tuple(variants[point].changes), origin[point])
        for replicate, seed in enumerate(seeds)
        for point in balanced(range(len(variants)), replicate)
    ]


def _asked(kind: str, name: str, variants: Sequence[Variant], scenarios: Sequence[Scenario]) -> str:
    entries = {
        variant.label: {
            **({"state": str(variant.start.state)} if variant.start.state else {}),
            **{key: value for key, value in scenario.to_dict().items() if key != "seed"},
        }
        for variant, scenario in zip(variants, scenarios, strict=True)
    }
    return yaml_text({"kind": kind, "name": name, "variants": entries})


def _hash(variants: Sequence[Variant], scenarios: Sequence[Scenario], outcomes: Sequence[str], keep: Keep) -> str:
    asked = [
        [_digest(variant.start.state), {key: value for key, value in scenario.to_dict().items() if key not in _TOLD}]
        for variant, scenario in zip(variants, scenarios, strict=True)
    ]
    text = json.dumps([asked, list(outcomes), keep], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).hexdigest()


def _digest(state: Path | None) -> str:
    if state is None:
        return ""
    with reading(state):
        return hashlib.blake2b(state.read_bytes()).hexdigest()
