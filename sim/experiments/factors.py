"""What varies in a sweep: parameters by listed values, over ranges of one's own, or over the ranges that they declare."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from sim.errors import Problem, ScenarioError
from sim.experiments.spec import Factor
from sim.scenario import Scenario
from sim.scenario.checking import check
from sim.scenario.messages import unknown_key
from sim.scenario.reading import UNREADABLE, Mark, Node, node_of
from sim.scenario.sense import mistakes
from sim.scenario.shape import Shape, shape_of
from sim.scenario.words import describe, did_you_mean, number, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_STEPS = 1000
_RANGE_KEYS = ("low", "high", "steps")
_NO_FACTOR = {
    "seed": "seeds are given by first_seed, seeds and replicates",
    "preset": "a preset is laid under all runs: put it under `set:`",
    **dict.fromkeys(("name", "title", "description", "extends"), "is no parameter: it only tells of the scenario"),
}
_FORMS: Final = "give a list of values, `{low: ..., high: ...}`, or `declared`"


def plain(node: Node) -> Any:  # noqa: ANN401  any plain value
    """A node's value without the places of its parts."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def flat(node: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Nested keys as dotted ones, each with its value; an empty group says nothing."""
    for key, item in node.value.items():
        if isinstance(item.value, dict):
            yield from flat(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", item


def ranged(base: Scenario | None, section: str | None, role: str | None) -> list[Factor]:
    """Every numeric parameter with a declared range in a section, of a role, or both; names as the scenario has them."""
    values = (base or Scenario()).to_dict()
    shape = shape_of(Scenario)
    keys = [section] if section else list(Scenario.model_fields)
    return [
        _over(".".join(path), leaf, leaf.card["low"], leaf.card["high"])
        for key in keys
        if (child := shape.child(key)) is not None
        for path, leaf in _leaves(child, values.get(key), (key,))
        if _is_number(leaf) and _declared(leaf) and role in {None, leaf.card["role"]}
    ]


@dataclass(slots=True)
class FactorReader:
    """Reads factors on top of a base scenario (None where that cannot be read) and collects their mistakes.

    Attributes:
        places: Where each factor is given.
    """

    base: Scenario | None
    problems: list[Problem]
    places: dict[str, Mark] = field(default_factory=dict)

    def asked(self, node: Node) -> list[tuple[str, Node]]:
        """Every factor that is asked for, nested or dotted, by its dotted key."""
        found: list[tuple[str, Node]] = []
        if node.value:
            self._collect(node, "", found)
        return found

    def factor(self, key: str, node: Node, kind: str) -> Factor | None:
        """One factor, or None where it holds a mistake."""
        if node.value is UNREADABLE:
            return None
        try:
            return self._factor(key, node, kind)
        except ScenarioError as error:
            self.problems += error.problems
            return None

    def _factor(self, key: str, node: Node, kind: str) -> Factor | None:
        shape = self._shape(key, node.place)
        if key in self.places:
            raise _refusal(node.place, key, f"stands here a second time (first on line {self.places[key].line})")
        self.places[key] = node.place
        if isinstance(node.value, list):
            return self._values(key, node.value, node, shape, once=kind != "list")
        if node.value == "declared" or isinstance(node.value, dict):
            return self._range(key, node, shape, kind)
        single = node.value is not None and not isinstance(node.value, str)
        words = f"one value does not vary: put it under `set:`, or {_FORMS}"
        raise _refusal(node.mark, key, words if single else f"{_FORMS}, not {describe(node.value)}")

    def listed(self, columns: dict[str, Node]) -> tuple[Factor, ...]:
        """The factors of a table, one for each column."""
        found = []
        for key, node in columns.items():
            factor = self.factor(key, node, "list")
            if factor is not None:
                found.append(factor)
        return tuple(found)

    def check_together(self, factors: Sequence[Factor]) -> None:
        """Rules between values, where one factor alone can break them: none other is in its section."""
        sections = [factor.key.partition(".")[0] for factor in factors]
        for factor, section in zip(factors, sections, strict=True):
            if self.base is None or sections.count(section) > 1:
                continue
            for value in dict.fromkeys(factor.listed or (factor.low, factor.high)):
                changed = self._changed(factor.key, value)
                for path, message in mistakes(self.base.model_copy(update={section: getattr(changed, section)})):
                    place = self.places.get(factor.key, Mark("groups"))
                    told = f"{factor.key} = {number(value)}: {message}"
                    self.problems.append(Problem(str(place), ".".join(path), told))

    def _collect(self, node: Node, prefix: str, found: list[tuple[str, Node]]) -> None:
        for name, item in node.value.items():
            key = f"{prefix}{name}"
            nested = isinstance(item.value, dict) and not (item.value and set(item.value) <= set(_RANGE_KEYS))
            if nested and not item.value:
                self._tell(item.mark, key, f"is empty: {_FORMS}")
            elif nested:
                try:
                    kind = self._shape(key, item.place, inside=True).kind
                except ScenarioError as error:
                    self.problems += error.problems
                    continue
                if kind in {"section", "mapping"}:
                    self._collect(item, f"{key}.", found)
                else:
                    self._unknown_in_range(key, item)
            else:
                found.append((key, item))

    def _unknown_in_range(self, key: str, node: Node) -> None:
        for name, item in node.value.items():
            if name not in _RANGE_KEYS:
                hint = did_you_mean(name, _RANGE_KEYS) or f"; known here: {', '.join(_RANGE_KEYS)}"
                self._tell(item.place, f"{key}.{name}", f"unknown key{hint}")

    def _shape(self, key: str, place: Mark, *, inside: bool = False) -> Shape:
        """What stands at a key, if it can vary."""
        top = shape = shape_of(Scenario)
        here: Any = self.base.to_dict() if self.base else None
        for part in key.split("."):
            child = shape.child(part)
            if child is None or (shape.keys() and part not in shape.keys()):  # noqa: SIM118  not a dict
                message = unknown_key(part, shape, top) if shape.kind == "section" else f"there is no {short(part)} here"
                raise _refusal(place, key, message)
            names = list(here) if isinstance(here, dict) else None
            if shape.kind == "mapping" and child.kind == "section" and names is not None and part not in names:
                hint = did_you_mean(part, names) or f"; there are: {', '.join(names) or 'none'}"
                raise _refusal(place, key, f"the scenario has none of this name{hint}")
            here = here.get(part) if isinstance(here, dict) else None
            shape = child
        if key in _NO_FACTOR:
            raise _refusal(place, key, _NO_FACTOR[key])
        if shape.kind != "leaf" and not inside:
            example = f", such as {key}.{shape.keys()[0]}" if shape.keys() else ""
            raise _refusal(place, key, f"is no single parameter: name one{example}")
        return shape

    def _values(self, key: str, items: list[Node], node: Node, shape: Shape, *, once: bool) -> Factor | None:
        if not items:
            raise _refusal(node.mark, key, "lists no values")
        before, values = len(self.problems), list[Any]()
        known: dict[tuple[type, Any], Any] = {}
        for item in items:
            if item.value is UNREADABLE:
                return None
            if isinstance(item.value, dict | list):
                self._tell(item.mark, key, f"a factor takes single values, not {describe(plain(item))}")
                continue
            value = self._checked(key, item, shape, known)
            if once and value in values and len(self.problems) == before:
                self._tell(item.mark, key, f"lists {number(value)} twice")
            values.append(value)
        whole = shape.annotation is int and None not in values
        return Factor(key, tuple(values), whole=whole) if len(self.problems) == before else None

    def _checked(self, key: str, item: Node, shape: Shape, known: dict[tuple[type, Any], Any]) -> Any:  # noqa: ANN401
        """A value as the scenario takes it, of the parameter's own type; a refusal is told at its place."""
        given = (type(item.value), item.value)
        if given not in known:
            try:
                self._changed(key, item.value)
            except ScenarioError as error:
                self.problems += [Problem(str(item.mark), key, problem.message) for problem in error.problems[:1]]
                return item.value
            real = shape.annotation is float and item.value is not None
            known[given] = float(item.value) if real else item.value
        return known[given]

    def _changed(self, key: str, value: object) -> Scenario:
        """The base's section with one value changed, the other sections at their defaults: only the fields' own rules."""
        section, *rest = key.split(".")
        base = self.base or Scenario()
        tree = {section: base.to_dict()[section]}
        here = tree
        for part in [section, *rest][:-1]:
            here = here.setdefault(part, {})
        here[[section, *rest][-1]] = value
        return check(node_of(tree, Mark(key)), Scenario)

    def _range(self, key: str, node: Node, shape: Shape, kind: str) -> Factor | None:
        if not _is_number(shape):
            raise _refusal(node.mark, key, "is no number, so it has no range: give a list of values")
        ends = self._ends(key, node, shape)
        if ends is None:
            return None
        steps = node.value.get("steps") if isinstance(node.value, dict) else None
        if steps is not None:
            return self._stepped(key, steps, *ends, whole=shape.annotation is int)
        if kind in {"grid", "list"}:
            message = f"a {kind} takes values, not a range: give a list" + (" or `steps`" if kind == "grid" else "")
            raise _refusal(node.mark, key, message)
        return _over(key, shape, *ends)

    def _ends(self, key: str, node: Node, shape: Shape) -> tuple[float, float] | None:
        """Both ends of a range: as given, or else as the parameter declares them."""
        asked = node.value if isinstance(node.value, dict) else {}
        if any(item.value is UNREADABLE for item in asked.values()):
            return None
        before = len(self.problems)
        declared = {"low": shape.card.get("low"), "high": shape.card.get("high")}
        ends: dict[str, Any] = {}
        for end in ("low", "high"):
            item = asked.get(end)
            if item is None and declared[end] is None:
                words = "declares no range" if node.value == "declared" else f"{end} is missing, and none is declared"
                raise _refusal(node.mark, key, f"{words}: give {{low: ..., high: ...}}")
            ends[end] = declared[end] if item is None else self._end(key, item, shape)
        if len(self.problems) > before:
            return None
        low, high = ends["low"], ends["high"]
        if not low < high:
            raise _refusal(node.mark, key, f"the range is empty: low ({number(low)}) must be below high ({number(high)})")
        return low, high

    def _end(self, key: str, item: Node, shape: Shape) -> Any:  # noqa: ANN401  a number, or whatever was given wrongly
        if item.value is None:
            raise _refusal(item.place, key, "has no value: give a number")
        if isinstance(item.value, dict | list):
            raise _refusal(item.mark, key, f"must be a number, not {describe(item.value)}")
        return self._checked(key, item, shape, {})

    def _stepped(self, key: str, node: Node, low: float, high: float, *, whole: bool) -> Factor | None:
        steps = node.value
        if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= MAX_STEPS:
            raise _refusal(node.mark, f"{key}.steps", f"must be a whole number from 2 to {MAX_STEPS:,}, not {describe(steps)}")
        values = [low + (high - low) * i / (steps - 1) for i in range(steps - 1)] + [high]
        if whole:
            values = [round(value) for value in values]
            if any(a == b for a, b in pairwise(values)):
                raise _refusal(node.mark, f"{key}.steps", "more steps than whole numbers in the range")
        return Factor(key, tuple(values if whole else map(float, values)), whole=whole)

    def _tell(self, place: Mark, key: str, message: str) -> None:
        self.problems.append(Problem(str(place), key, message))


def _refusal(place: Mark, key: str, message: str) -> ScenarioError:
    return ScenarioError(Problem(str(place), key, message))


def _leaves(shape: Shape, value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Single parameters below a shape, by the names that the scenario gives to the entries of its mappings."""
    inner = shape.child("") if shape.kind == "mapping" else None
    if shape.kind == "section" or (inner is not None and inner.kind == "section"):
        for key in value if isinstance(value, dict) else ():
            child = shape.child(key)
            if child is not None:
                yield from _leaves(child, value[key] if isinstance(value, dict) else None, (*path, key))
    elif shape.kind == "leaf":
        yield path, shape


def _over(key: str, shape: Shape, low: float, high: float) -> Factor:
    """A factor over a range, its ends of the parameter's own type."""
    whole = shape.annotation is int
    return Factor(key, None, int(low) if whole else float(low), int(high) if whole else float(high), whole=whole)


def _is_number(shape: Shape) -> bool:
    return shape.kind == "leaf" and shape.annotation in {int, float}


def _declared(shape: Shape) -> bool:
    return shape.card.get("low") is not None and shape.card.get("high") is not None
