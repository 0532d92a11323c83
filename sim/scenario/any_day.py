"""Changes in the midst of a battle: which parameters a branch may change, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError
from sim.scenario.layering import Sets, set_layers
from sim.scenario.loading import changed
from sim.scenario.model import Scenario
from sim.scenario.shape import leaves, shape_of
from sim.scenario.words import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.reading import Node
    from sim.scenario.shape import Shape

ANY_DAY = "any_day"
_MOST_NAMED = 4
# Keys that no rule of the battle reads.
_NO_CHANGES = {
    "seed": "is no change of a policy: ask for more seeds instead",
    **dict.fromkeys(("name", "title", "description", "extends"), "says nothing that a battle reads: it is no change"),
}


def leaf_changes(changes: Sets) -> dict[str, Any]:
    """Changes by the dotted key of each single value, whole sections and entries taken apart.

    Args:
        changes: ``["air.enabled=false"]``, ``{"air.enabled": False}`` or ``{"air": {"enabled": False}}``; the last one
            of a key counts.

    Returns:
        Plain values by dotted key.

    Raises:
        ScenarioError: With every text that is no ``key=value``, and every key that is none.
    """
    found, problems = _found(changes)
    if problems:
        raise ScenarioError(problems)
    return {key: _plain(node) for key, node, _ in found}


def changed_midway(scenario: Scenario, changes: Sets) -> Scenario:
    """A copy of a scenario with parameters changed that may change on any day, and no others.

    Args:
        scenario: What the battle was asked so far.
        changes: As of :func:`leaf_changes`.

    Raises:
        ScenarioError: With one problem for each change that cannot be made.
    """
    found, problems = _found(changes)
    values = scenario.to_dict()
    for key, node, shape in found:
        if reason := _refusal(key, shape, values, removed=node.value is None):
            problems.append(Problem(str(node.mark), short(key), reason))
    told = {problem.key for problem in problems}
    asked = {key for key, _, _ in found}
    try:
        result = changed(scenario, changes)
    except ScenarioError as error:
        # What is wrong with an entry that a refused change would have made is nothing to mend.
        problems += [p for p in error.problems if not told or (p.key in asked and p.key not in told)]
    if problems:
        raise ScenarioError(problems)
    return result


def any_day_keys() -> list[str]:
    """Dotted keys of the parameters that a branch may change; ``<name>`` stands for a name of the user's own."""
    return [".".join(path) for path, shape in leaves(shape_of(Scenario)) if shape.card["when"] == ANY_DAY]


def _found(changes: Sets) -> tuple[list[tuple[str, Node, Shape | None]], list[Problem]]:
    """Each single value that is given, with its key and what is declared there; None for an unknown key."""
    layers, problems = set_layers(changes)
    problems = [Problem(p.where, p.key, _NO_CHANGES.get(p.key, p.message)) for p in problems]
    last = {key: (node, shape) for layer in layers for key, node, shape in _single(layer, shape_of(Scenario), "")}
    return [(key, node, shape) for key, (node, shape) in last.items()], problems


def _single(node: Node, shape: Shape | None, key: str) -> Iterator[tuple[str, Node, Shape | None]]:
    inner = shape.child("") if shape is not None and shape.kind == "mapping" else None
    branches = shape is not None and (shape.kind == "section" or (inner is not None and inner.kind == "section"))
    if branches and shape is not None and isinstance(node.value, dict):
        for name, below in node.value.items():
            yield from _single(below, shape.child(name), f"{key}.{name}" if key else name)
    else:
        yield key, node, shape


def _refusal(key: str, shape: Shape | None, values: Mapping[str, Any], *, removed: bool) -> str:
    """Why a branch may not change this key; empty where it may, and where the key or value is told of as in any scenario."""
    if shape is None:
        return ""
    if key in _NO_CHANGES:
        return _NO_CHANGES[key]
    if reason := _no_entry(key, values):
        return reason
    if shape.kind == "section":
        return "is part of what the battle began with: a branch takes nothing out" if removed else ""
    if shape.card.get("when") == ANY_DAY:
        return ""
    return f"is set at the start: a branch may change only {_instead(key)}"


def _no_entry(key: str, values: Mapping[str, Any]) -> str:
    """Why a key below a name of the user's own cannot be changed: nothing of this name took part so far."""
    below: Any = values
    for part in key.split("."):
        if not isinstance(below, dict):
            return ""
        if part not in below:
            hint = did_you_mean(part, below) or (f" (there are: {', '.join(below)})" if below else "")
            return f'nothing of the name "{short(part)}" is in the battle, and a branch adds nothing to it{hint}'
        below = below[part]
    return ""


def _instead(key: str) -> str:
    section = key.partition(".")[0]
    near = [known for known in any_day_keys() if known.partition(".")[0] == section]
    more = ", ..." if len(near) > _MOST_NAMED else ""
    named = f" (of {section}: {', '.join(known.partition('.')[2] for known in near[:_MOST_NAMED])}{more})" if near else ""
    return f"what may change on any day{named}; run it from its first day with --set"


def _plain(node: Node) -> Any:  # noqa: ANN401  any parameter's value
    if isinstance(node.value, dict):
        return {key: _plain(item) for key, item in node.value.items()}
    return [_plain(item) for item in node.value] if isinstance(node.value, list) else node.value
