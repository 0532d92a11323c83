"""What may stand at a dotted key of a scenario: asked by merging, by checking and by the reference."""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from sim.scenario.declare import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

Kind: TypeAlias = Literal["section", "mapping", "list", "leaf"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a key.

    Attributes:
        kind: A section (fixed keys), a mapping (names of the user's own), a list, or a leaf (one value).
        annotation: The type, without ``| None``.
        nullable: Whether ``null`` is a value of it.
        field: The field that declares it, for a section's keys and what lies inside their values.
        limits: What constrains the value itself: objects with ``ge``, ``gt``, ``le``, ``lt``, ...
    """

    kind: Kind
    annotation: Any
    nullable: bool = False
    field: FieldInfo | None = None
    limits: tuple[Any, ...] = ()

    @property
    def model(self) -> type[Section]:
        """The section's class; for sections only."""
        model: type[Section] = self.annotation
        return model

    @property
    def card(self) -> dict[str, Any]:
        """What ``param`` declared: unit, source, grade, ...; empty where nothing was."""
        extra = self.field.json_schema_extra if self.field else None
        card = extra.get("x-param", {}) if isinstance(extra, dict) else {}
        return card if isinstance(card, dict) else {}

    @property
    def bounds(self) -> dict[str, Any]:
        """The bounds of the value, by their sign: ``ge``, ``gt``, ``le``, ``lt``."""
        signs = ("ge", "gt", "le", "lt")
        found = {sign: getattr(limit, sign, None) for limit in self.limits for sign in signs if hasattr(limit, sign)}
        return {sign: bound for sign, bound in found.items() if bound is not None}

    @property
    def unit(self) -> str:
        """The unit, or nothing for a pure number, a choice, a date."""
        unit = str(self.card.get("unit", "-"))
        return "" if unit in {"-", "date"} else unit

    @property
    def choices(self) -> tuple[Any, ...]:
        """The words (or numbers) to choose from; empty for everything else."""
        return get_args(self.annotation) if get_origin(self.annotation) is Literal else ()

    def keys(self) -> list[str]:
        """The keys that are known here; empty where any name may stand."""
        if self.kind == "section":
            return list(self.model.model_fields)
        if self.kind == "mapping":
            return [str(word) for word in get_args(get_args(self.annotation)[0])]
        return []

    def child(self, key: str | int) -> Shape | None:
        """What may stand one step further in; None for an unknown key."""
        if self.kind == "section":
            return _children(self.model).get(str(key))
        if self.kind == "mapping":
            return shape_of(get_args(self.annotation)[1], self.field)
        if self.kind == "list":
            inner = get_args(self.annotation)
            index = key if isinstance(key, int) and get_origin(self.annotation) is tuple and key < len(inner) else 0
            return shape_of(inner[index], self.field) if inner else None
        return None


@cache
def _children(model: type[Section]) -> dict[str, Shape]:
    return {key: shape_of(field.annotation, field, tuple(field.metadata)) for key, field in model.model_fields.items()}


def shape_of(
    annotation: Any,  # noqa: ANN401  any type annotation
    field: FieldInfo | None = None,
    limits: tuple[Any, ...] = (),
) -> Shape:
    """The shape that a type annotation stands for, with the field and the limits that go with it."""
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
        limits = tuple(limit for extra in extras for limit in getattr(extra, "metadata", [extra]))
    nullable = False
    if get_origin(annotation) in {Union, types.UnionType}:
        rest = [part for part in get_args(annotation) if part is not type(None)]
        nullable = len(rest) < len(get_args(annotation))
        if len(rest) > 1:
            return Shape("leaf", annotation, nullable, field, limits)
        annotation = rest[0]
    kind: Kind = "leaf"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        kind = "section"
    elif get_origin(annotation) is dict:
        kind = "mapping"
    elif get_origin(annotation) in {list, tuple}:
        kind = "list"
    return Shape(kind, annotation, nullable, field, limits)


def leaves(shape: Shape, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Every declared parameter below a shape, with its path; a user's own name stands as ``<name>``."""
    if shape.kind == "section":
        for key in shape.keys():  # noqa: SIM118  not a dict
            child = shape.child(key)
            if child is not None:
                yield from leaves(child, (*prefix, key))
    elif shape.kind == "mapping" and (inner := shape.child("")) is not None and inner.kind == "section":
        yield from leaves(inner, (*prefix, "<name>"))
    elif shape.card:
        yield prefix, shape
