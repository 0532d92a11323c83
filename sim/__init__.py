"""Agent-based simulation of the liberation of Mosul (2016-17): what if, for the people in the city.

``sim.run("op_ed", seed=1)`` runs a scenario and returns a :class:`Run`; ``sim.load`` returns the
:class:`Scenario`; ``sim.Battle`` is the Mesa model. Importing the package loads none of this: each name is
fetched on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.record.accessors import register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sim.battle import Battle as Battle
    from sim.errors import ConservationError as ConservationError
    from sim.errors import RunError as RunError
    from sim.errors import ScenarioError as ScenarioError
    from sim.errors import SimError as SimError
    from sim.errors import StateError as StateError
    from sim.experiments.ablation import ablate as ablate
    from sim.experiments.analysis import Analysis as Analysis
    from sim.experiments.analysis import analyse as analyse
    from sim.experiments.branching import branch as branch
    from sim.experiments.comparing import compare as compare
    from sim.experiments.sweep import run_sweep as sweep
    from sim.record import Run as Run
    from sim.scenario import Scenario as Scenario
    from sim.scenario import load as load
    from sim.scenario import parameters as parameters
    from sim.scenario import shipped_names as shipped_names
    from sim.views.trace import Trace as Trace
    from sim.views.trace import trace as trace
    from sim.views.trace import traces as traces

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Battle",
    "ConservationError",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimError",
    "StateError",
    "Trace",
    "__version__",
    "ablate",
    "analyse",
    "branch",
    "compare",
    "load",
    "parameters",
    "run",
    "shipped_names",
    "sweep",
    "trace",
    "traces",
]

_HOMES = {
    "Analysis": "sim.experiments.analysis",
    "Battle": "sim.battle",
    "ConservationError": "sim.errors",
    "Run": "sim.record",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "StateError": "sim.errors",
    "analyse": "sim.experiments.analysis",
    "ablate": "sim.experiments.ablation",
    "branch": "sim.experiments.branching",
    "compare": "sim.experiments.comparing",
    "load": "sim.scenario",
    "parameters": "sim.scenario",
    "shipped_names": "sim.scenario",
    "sweep": "sim.experiments.sweep:run_sweep",
    "Trace": "sim.views.trace",
    "trace": "sim.views.trace",
    "traces": "sim.views.trace",
}

# Methods that are lent to every run, imported when they are first called.
register("plot", "sim.views.overview:plot")
register("map", "sim.views.overview:map_at")
register("harm", "sim.record.harm:harm")
register("trace", "sim.views.trace:trace")
register("traces", "sim.views.trace:traces")


def run(
    scenario: str | Path | Scenario,
    *,
    seed: int | None = None,
    check: bool = False,
    progress: Callable[[Any], None] | None = None,
    checkpoints: Iterable[int] = (),
    **overrides: Any,  # noqa: ANN401  any parameter's value
) -> Run:
    """Simulate one battle.

    Args:
        scenario: A shipped scenario's name, the path of a YAML file, or a loaded scenario.
        seed: Seed of the run; the scenario's own where None.
        check: Verify at every tick that no people are lost or made.
        progress: Called at the end of each simulated day with its status.
        checkpoints: Days at whose end the whole state is kept (day 0 is the first).
        **overrides: Values on top, dotted keys with ``__`` for the dot: ``defenders__fighters=3000``.

    Returns:
        The finished run, not yet saved.

    Raises:
        ScenarioError: The scenario or an override cannot be run.
    """
    from sim.battle import Battle
    from sim.scenario import Scenario, load

    sets = {key.replace("__", "."): value for key, value in overrides.items()}
    asked = scenario.replace(sets) if isinstance(scenario, Scenario) else load(scenario, sets)
    return Battle(scenario=asked, seed=asked.seed if seed is None else seed, check=check).run(progress, checkpoints)


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the package offers under that name
    """Fetch a public name from its room on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, own_name = _HOMES[name].partition(":")
    return getattr(import_module(home), own_name or name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
