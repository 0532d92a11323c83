"""A user's own behaviours: Python callables named in the scenario, called once a day.

A callable takes the agent set and a keyed stream of random numbers (:class:`sim.battle.streams.KeyedStream`):
``hold_the_river(agents, rng)``. It may read and write columns or handles. Running a scenario with behaviours runs their
code.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.battle.streams import KeyedStream
from sim.errors import Problem, ScenarioError, SimError

if TYPE_CHECKING:
    from sim.battle.model import Battle

Behaviour = Callable[[Any, KeyedStream], object]


def load_behaviours(named: Mapping[str, str]) -> dict[str, Behaviour]:
    """Import the callables that a scenario names.

    Args:
        named: Dotted name of a callable for each agent set.

    Raises:
        ScenarioError: If one cannot be imported or is no callable.
    """
    found: dict[str, Behaviour] = {}
    problems = []
    for agent_set, dotted in named.items():
        module, _, name = dotted.rpartition(".")
        try:
            behaviour = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            problems.append(Problem("", f"behaviours.{agent_set}", f"cannot import {dotted}: {error}"))
            continue
        if not callable(behaviour):
            problems.append(Problem("", f"behaviours.{agent_set}", f"{dotted} is not a function"))
            continue
        found[agent_set] = behaviour
    if problems:
        raise ScenarioError(problems)
    return found


def behave(battle: Battle) -> None:
    """Call every behaviour, once a day.

    Raises:
        SimError: If one fails; the message names it.
    """
    if battle.tick % battle.ticks_per_day:
        return
    for agent_set, behaviour in battle.behaviours.items():
        stream = KeyedStream(battle.key(f"behaviours.{agent_set}", agent_set))
        try:
            behaviour(battle.agent_sets[agent_set], stream)
        except Exception as error:
            name = battle.scenario.behaviours[agent_set]  # type: ignore[index]
            msg = f"behaviour {name} for {agent_set} failed on day {battle.day}: {type(error).__name__}: {error}"
            raise SimError(msg) from error
