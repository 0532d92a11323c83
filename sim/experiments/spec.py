"""What a sweep asks: a base scenario, factors, a design, replicates, and what to keep of each run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sim.scenario.writing import yaml_text

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario import Scenario

Kind: TypeAlias = Literal["grid", "list", "latin_hypercube", "sobol", "morris"]
Seeds: TypeAlias = Literal["common", "independent"]
Keep: TypeAlias = Literal["summary", "daily", "everything"]

SWEEP = "sweep"
DEFAULT_LEVELS = 4


@dataclass(frozen=True)
class Factor:
    """A parameter that varies, by listed values or over a range.

    Attributes:
        key: Dotted key of the parameter.
        values: Its values, of the parameter's own type; None for a range. In a design of kind ``list``, one a point.
        low: Lower end of the range, in the parameter's unit; None where values are listed.
        high: Upper end of the range, included.
        whole: Whether the parameter takes whole numbers only.
    """

    key: str
    values: tuple[Any, ...] | None = None
    low: float | None = None
    high: float | None = None
    whole: bool = False

    @property
    def listed(self) -> tuple[Any, ...]:
        """Its values; none for a range."""
        return self.values or ()


@dataclass(frozen=True)
class Design:
    """How points are chosen from what the factors span.

    Attributes:
        kind: Every combination (``grid``), rows as they stand (``list``), or a sampling plan.
        samples: Points (``latin_hypercube``), base samples (``sobol``), trajectories (``morris``); None for grid and list.
        seed: Seed of the sampling plan; has nothing to do with the runs' seeds.
        second_order: ``sobol``: whether the plan also carries second-order indices.
        levels: ``morris``: number of grid levels, even.
    """

    kind: Kind
    samples: int | None = None
    seed: int = 1
    second_order: bool = False
    levels: int = DEFAULT_LEVELS


@dataclass(frozen=True)
class SweepSpec:
    """A sweep, resolved and checked.

    Attributes:
        name: Names the sweep folder.
        title: One line on what it asks.
        scenario: The base scenario, ``set`` applied.
        factors: What varies, in the order of the file.
        design: How points are chosen.
        replicates: Runs of each point, with different seeds.
        seeds: ``common``: every point sees the same seeds; ``independent``: no two runs share one.
        first_seed: Where seeds start from.
        outcomes: Names of the outcomes to keep, in order.
        keep: How much of each run to keep.
    """

    name: str
    title: str
    scenario: Scenario
    factors: tuple[Factor, ...]
    design: Design
    replicates: int = 1
    seeds: Seeds = "common"
    first_seed: int = 1
    outcomes: tuple[str, ...] = ()
    keep: Keep = "summary"

    def to_dict(self) -> dict[str, Any]:
        """Plain values in the form of a sweep file, the whole base scenario in it."""
        return {
            "name": self.name,
            "title": self.title,
            "factors": {factor.key: _span(factor) for factor in self.factors},
            "design": _asked(self.design),
            "replicates": self.replicates,
            "seeds": self.seeds,
            "first_seed": self.first_seed,
            "outcomes": list(self.outcomes),
            "keep": self.keep,
            "scenario": self.scenario.to_dict(),
        }

    def to_yaml(self) -> str:
        """The resolved sweep as a file that needs no other (but a city of the user's own) and loads as the same sweep."""
        return yaml_text(self.to_dict())

    @cached_property
    def short_hash(self) -> str:
        """Eight hex digits of what the sweep asks; names, titles and descriptions do not count."""
        asked = self.to_dict()
        told = ("name", "title", "description")
        asked["scenario"] = {key: value for key, value in asked["scenario"].items() if key not in told}
        text = json.dumps({key: value for key, value in asked.items() if key not in told}, default=str)
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def load_spec(name: str | Path) -> SweepSpec:
    """Load a sweep.

    Args:
        name: A shipped sweep's name, or the path of a YAML file.

    Returns:
        The resolved sweep.

    Raises:
        ScenarioError: With every mistake in the file, each with its place.
    """
    from sim.experiments.reading import read_spec

    return read_spec(name)


def _span(factor: Factor) -> Any:  # noqa: ANN401  a list or a mapping
    return {"low": factor.low, "high": factor.high} if factor.values is None else list(factor.values)


def _asked(design: Design) -> dict[str, Any]:
    asked: dict[str, Any] = {"kind": design.kind}
    if design.samples is not None:
        asked |= {"samples": design.samples, "seed": design.seed}
    if design.kind == "sobol":
        asked["second_order"] = design.second_order
    if design.kind == "morris":
        asked["levels"] = design.levels
    return asked
