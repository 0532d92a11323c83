"""From merged layers to a checked model: every mistake at once, in words, each with its place and key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario import memory
from sim.scenario.messages import BOUNDS, message, not_a_choice, unknown_key
from sim.scenario.reading import Mark, Node
from sim.scenario.shape import Shape, shape_of
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from sim.scenario.declare import Section

Model = TypeVar("Model", bound="Section")


def check(tree: Node, model: type[Model], labels: Sequence[str] = (), problems: Sequence[Problem] = ()) -> Model:
    """Validate merged layers.

    Args:
        tree: The merged mapping.
        model: The class to make.
        labels: Files in the order in which their problems are to be told.
        problems: Mistakes found before.

    Returns:
        The frozen model.

    Raises:
        ScenarioError: With every mistake, in the order of the files.
    """
    shape = shape_of(model)
    found: list[Problem] = []
    plain = _plain(tree, shape, "", found)
    try:
        result = model.model_validate(plain)
    except ValidationError as error:
        found += [_problem(detail, tree, shape, plain) for detail in error.errors()]
    else:
        if not found and not problems:
            return result
    raise ScenarioError(_ordered([*problems, *found], labels))


def _plain(node: Node, shape: Shape | None, key: str, problems: list[Problem]) -> Any:  # noqa: ANN401  a plain value
    """Values without their places; what pydantic would let pass or not see is told here."""
    value = node.value
    if isinstance(value, dict):
        below = f"{key}." if key else ""
        return {
            name: _plain(item, shape.child(name) if shape else None, below + name, problems)
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [_plain(item, shape.child(i) if shape else None, key, problems) for i, item in enumerate(value)]
        return tuple(items) if shape and get_origin(shape.annotation) is tuple else items
    if shape and shape.choices and value in shape.choices and type(value) not in map(type, shape.choices):
        # Python holds 2.0 == 2 and True == 1; a scenario does not.
        problems.append(Problem(str(node.mark), key, not_a_choice(value, shape)))
    return value


def _problem(detail: ErrorDetails, tree: Node, top: Shape, plain: dict[str, Any]) -> Problem:
    """One of pydantic's errors in our words."""
    node, shape, parent, names = _walk(detail["loc"], tree, top)
    key = ".".join(names).replace(".[", "[")
    kind = detail["type"]
    if kind == "extra_forbidden":
        return Problem(str(node.place), key, unknown_key(names[-1], parent, top))
    if "[key]" in detail["loc"]:
        hint = did_you_mean(names[-1], parent.keys()) or f"; known here: {', '.join(parent.keys())}"
        return Problem(str(node.place), key, f"unknown key{hint}")
    on_key = kind == "missing" or node.value is None or (isinstance(node.value, dict) and kind == "value_error")
    mark = node.place if on_key else node.mark
    needs = memory.note(tuple(names), node.value, plain) if kind in BOUNDS else ""
    return Problem(str(mark), key, message(detail, shape) + needs)


def _walk(loc: tuple[int | str, ...], tree: Node, top: Shape) -> tuple[Node, Shape | None, Shape, list[str]]:
    """Follow one of pydantic's paths: the innermost value, its shape, its parent's shape, the key's parts."""
    node, parent, names = tree, top, list[str]()
    shape: Shape | None = top
    for step in loc:
        entries = node.value
        if step == "[key]" or not isinstance(entries, dict | list):
            break  # what follows names a branch of a union, not a key
        parent = shape or parent
        shape = shape.child(step) if shape else None
        names.append(f"[{step + 1}]" if isinstance(step, int) else step)
        if isinstance(entries, dict) and step in entries:
            node = entries[str(step)]
        elif isinstance(entries, list) and isinstance(step, int) and step < len(entries):
            node = entries[step]
        else:
            break  # a missing key: the place is where it should have been
    return node, shape, parent, names


def _ordered(problems: list[Problem], labels: Sequence[str]) -> list[Problem]:
    """In the order of the files, then of lines; what has no line comes last; one for each place and key."""
    ranks = {label: i for i, label in enumerate(labels)}

    def rank(problem: Problem) -> tuple[int, int, int]:
        found = re.fullmatch(r"(.*):(\d+):(\d+)", problem.where)
        mark = Mark(found[1], int(found[2]), int(found[3])) if found else Mark(problem.where)
        return ranks.get(mark.label, len(ranks)), mark.line, mark.column

    first: dict[tuple[tuple[int, int], str], Problem] = {}
    for problem in problems:
        first.setdefault((rank(problem)[:2], problem.key), problem)
    return sorted(first.values(), key=rank)
