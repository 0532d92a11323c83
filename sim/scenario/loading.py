"""Load a scenario: find, read, merge, check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import Problem, ScenarioError
from sim.scenario.checking import check
from sim.scenario.layering import Sets, file_layers, merge, preset_layer, set_layers
from sim.scenario.model import Scenario
from sim.scenario.reading import Mark, Node, node_of, read_text
from sim.scenario.sense import mistakes
from sim.scenario.shape import shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    return _merged(_stack(layers.nodes, over), layers.labels, problems)


def load_text(text: str, label: str) -> Scenario:
    """Take a resolved scenario, as :meth:`Scenario.to_yaml` wrote it; ``label`` names it in messages.

    Raises:
        ScenarioError: With every mistake, each with its line and column.
    """
    problems: list[Problem] = []
    node = read_text(text, label, problems)
    return _merged([node], [label], problems, fresh=False)


def locate(name: str | Path, sets: Sets, problems: Sequence[Problem]) -> list[Problem]:
    """Give problems that only name a key the place where the scenario's files, or the changes, set that key."""
    over, _ = set_layers(sets)
    tree, _ = _tree(_stack(file_layers(name).nodes, over), [])
    return [
        problem if problem.where else Problem(str(_place(tree, tuple(problem.key.split(".")))), problem.key, problem.message)
        for problem in problems
    ]


def asked(name: str | Path, sets: Sets, key: str) -> object:
    """The plain value of one dotted key as the files and changes ask for it, right or wrong; None where there is none."""
    over, _ = set_layers(sets)
    tree, _ = _tree(_stack(file_layers(name).nodes, over), [])
    for part in key.split("."):
        if not isinstance(tree.value, dict) or part not in tree.value:
            return None
        tree = tree.value[part]
    value: object = tree.value
    return value


def _stack(files: Sequence[Node], over: Sequence[Node]) -> list[Node]:
    """All layers, lowest first."""
    preset, on_top = preset_layer(files, over)
    if preset is None:
        return [*files, *over]
    return [*files, preset, *over] if on_top else [preset, *files, *over]


def changed(scenario: Scenario, changes: Sets) -> Scenario:
    """A copy of a scenario with dotted keys changed."""
    over, problems = set_layers(changes)
    # The scenario's own preset has been laid already; only one that is asked for now lies over it.
    preset, _ = preset_layer((), over)
    layers = [node_of(scenario.to_dict(), Mark(scenario.name)), *([preset] if preset else []), *over]
    return _merged(layers, [], problems, fresh=False)


def _merged(layers: Sequence[Node], labels: Sequence[str], problems: list[Problem], *, fresh: bool = True) -> Scenario:
    tree, problems = _tree(layers, problems, fresh=fresh)
    scenario = check(tree, Scenario, labels, problems)
    if broken := [Problem(str(_place(tree, path)), ".".join(path), message) for path, message in mistakes(scenario)]:
        raise ScenarioError(broken)
    return scenario


def _tree(layers: Sequence[Node], problems: list[Problem], *, fresh: bool = True) -> tuple[Node, list[Problem]]:
    shape = shape_of(Scenario)
    tree = _default_entries() if fresh else Node({}, Mark("default"))
    for layer in layers:
        tree = merge(tree, layer, shape, "", problems)
    return tree, problems


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
