"""Load a scenario: find, read, merge, check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError
from sim.scenario.checking import check
from sim.scenario.layering import Sets, file_layers, merge, preset_layer, set_layers
from sim.scenario.model import Scenario
from sim.scenario.reading import Mark, Node, node_of
from sim.scenario.sense import mistakes
from sim.scenario.shape import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def load(name: str | Path, sets: Sets = ()) -> Scenario:
    """Load a scenario.

    Args:
        name: A shipped scenario's name, or the path of a YAML file.
        sets: Changes on top: ``["defenders.fighters=3000"]`` or ``{"defenders.fighters": 3000}``.

    Returns:
        The resolved scenario.

    Raises:
        ScenarioError: With every mistake in the files and the changes, each with its place.
    """
    over, problems = set_layers(sets)
    try:
        layers = file_layers(name)
    except ScenarioError as error:
        raise ScenarioError([*error.problems, *problems]) from None
    problems = [*layers.problems, *problems]
    preset = preset_layer(layers.nodes, over, problems)
    return _merged([*([preset] if preset else []), *layers.nodes, *over], layers.labels, problems)


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A copy of a scenario with dotted keys changed."""
    over, problems = set_layers(changes)
    return _merged([node_of(scenario.to_dict(), Mark(scenario.name)), *over], [], problems, fresh=False)


def _merged(layers: Sequence[Node], labels: Sequence[str], problems: list[Problem], *, fresh: bool = True) -> Scenario:
    shape = shape_of(Scenario)
    tree = _default_entries() if fresh else Node({}, Mark("default"))
    for layer in layers:
        tree = merge(tree, layer, shape, "", problems)
    scenario = check(tree, Scenario, labels, problems)
    if broken := [Problem(str(_place(tree, path)), ".".join(path), message) for path, message in mistakes(scenario)]:
        raise ScenarioError(broken)
    return scenario


def _place(tree: Node, path: tuple[str, ...]) -> Mark:
    """Where a value was last given; of a default, where the innermost part around it was."""
    for key in path:
        if not isinstance(tree.value, dict) or key not in tree.value or tree.value[key].mark.label == "default":
            break
        tree = tree.value[key]
    return tree.place if isinstance(tree.value, dict) else tree.mark


def _default_entries() -> Node:
    """The defaults as the lowest layer, so that an entry of a mapping by name is merged into its default."""
    defaults = Scenario().to_dict()
    return node_of({key: value for key, value in defaults.items() if isinstance(value, dict)}, Mark("default"))
