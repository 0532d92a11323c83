"""Every parameter with all that is known of it, for people, editors, sweeps; and a scenario's values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic_core import PydanticUndefined

from sim.scenario.model import Scenario
from sim.scenario.shape import Shape, leaves, shape_of
from sim.scenario.words import number
from sim.scenario.writing import yaml_scalar


@dataclass(frozen=True, slots=True)
class Parameter:
    """One tunable value.

    Attributes:
        key: Dotted key; ``<name>`` stands for a name of the user's own.
        type: Its type in words, or the choices.
        default: Value where a scenario says nothing; None too where there is none (see ``required``).
        unit: Unit; ``-`` for a pure number or a choice.
        low: Plausible lowest value, for sweeps and calibration.
        high: Plausible highest value.
        meaning: One line on what it is.
        source: Where default and range come from.
        grade: How well it is known: measured, estimated, assumed.
        role: fixed, free (to calibrate) or policy.
        when: Whether a branch may change it on any day, or only at the start.
        bounds: Hard bounds, lowest and highest; None where there is none.
        choices: The values to choose from.
        required: Whether it has no default.
    """

    key: str
    type: str
    default: Any
    unit: str
    low: float | None
    high: float | None
    meaning: str
    source: str
    grade: str
    role: str
    when: str
    bounds: tuple[float | None, float | None]
    choices: tuple[Any, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a scenario, for a listing.

    Attributes:
        section: Key of the section at the top.
        key: Dotted key inside it.
        value: The value, numbers as people write them.
        unit: Unit, or nothing.
        meaning: One line on what it is.
        default: The default in the same form where the value differs from it; None where it does not.
    """

    section: str
    key: str
    value: str
    unit: str
    meaning: str
    default: str | None


def parameters() -> list[Parameter]:
    """Every declared parameter, in the order of declaration."""
    return [_parameter(".".join(path), shape) for path, shape in leaves(shape_of(Scenario))]


def sections() -> dict[str, str]:
    """The sections of a scenario, each with one line on what it holds."""
    top = shape_of(Scenario)
    shapes = {key: child for key in top.keys() if (child := top.child(key))}  # noqa: SIM118  not a dict
    return {
        key: (shape.model.__doc__ or "").strip().split("\n")[0]
        for key, shape in shapes.items()
        if shape.kind == "section"
    }


def rows(scenario: Scenario) -> list[Row]:
    """Every value of a scenario that a parameter declares, defaults marked off."""
    found: list[Row] = []
    for section in sections():
        shape = shape_of(Scenario).child(section)
        if shape:
            _collect(shape, scenario.to_dict()[section], Scenario().to_dict()[section], section, (), found)
    return found


def markdown() -> str:
    """The text of ``docs/parameters.md``."""
    lines = [
        "# Parameters",
        "",
        "Generated from the declarations in `sim/scenario/sections/` by `python run.py schema --write`:",
        "do not edit.",
        "",
        "`range` is what is plausible, for sweeps and calibration; `bounds` is what is accepted.",
        "Role: `fixed` constant, `free` to calibrate, `policy` choice of an actor.",
        "Grade: `measured`, `estimated` from data, or `assumed`.",
        "When: whether a branch may change the value on `any_day`, or only at the `start`.",
        "`<name>` is a name of your own.",
        "",
        "## Top of the file",
        "",
        "| key | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for key, field in Scenario.model_fields.items():
        shape = shape_of(field.annotation, field)
        if shape.kind != "section":
            default = yaml_scalar(field.get_default(call_default_factory=True))
            lines.append(f"| `{key}` | {type_words(shape)} | `{default}` | {_cell(field.description or '')} |")
    declared = parameters()
    for section, meaning in sections().items():
        lines += ["", f"## {section}", "", meaning, ""]
        lines.append("| key | type | default | unit | range | bounds | meaning | role | when | grade | source |")
        lines.append("| --- " * 11 + "|")
        lines += [_markdown_row(item) for item in declared if item.key.partition(".")[0] == section]
    return "\n".join(lines) + "\n"


def json_schema() -> str:
    """The text of ``docs/scenario.schema.json``, by which an editor completes and checks a scenario file."""
    schema = Scenario.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        # A file may leave anything to the scenario that it extends.
        part.pop("required", None)
        for field in part.get("properties", {}).values():
            _for_editors(field)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Scenario of a battle",
        "x-sections": sections(),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False, default=str) + "\n"


def type_words(shape: Shape) -> str:
    """A type in words: ``whole number``, ``real, op_ed_core``, ``date by name``."""
    words: str
    if shape.choices:
        words = " / ".join(str(choice) for choice in shape.choices)
    elif shape.kind == "mapping":
        inner = shape.child("")
        words = f"{type_words(inner)} by name" if inner else "values by name"
    elif shape.kind == "list":
        inner = shape.child(0)
        words = f"list of {type_words(inner)}" if inner else "list"
    else:
        plain = {int: "whole number", float: "number", bool: "true / false", str: "text", date: "date"}
        words = plain.get(shape.annotation, "value")
    return f"{words}, or null" if shape.nullable else words


def _parameter(key: str, shape: Shape) -> Parameter:
    field, card = shape.field, shape.card
    if field is None:
        raise ValueError(f"{key} is not declared")
    default = field.get_default(call_default_factory=True)
    required = default is PydanticUndefined
    limits = shape.bounds
    return Parameter(
        key=key,
        type=type_words(shape),
        default=None if required else default,
        unit=card["unit"],
        low=card["low"],
        high=card["high"],
        meaning=field.description or "",
        source=card["source"],
        grade=card["grade"],
        role=card["role"],
        when=card["when"],
        bounds=(limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))),
        choices=shape.choices,
        required=required,
    )


def _collect(
    shape: Shape,
    value: Any,  # noqa: ANN401  a section's, a mapping's or one value
    default: Any,  # noqa: ANN401  the same of the defaults
    section: str,
    path: tuple[str, ...],
    found: list[Row],
) -> None:
    """Add the rows of everything below a shape."""
    inner = shape.child("") if shape.kind == "mapping" else None
    if shape.kind == "section" or (inner and inner.kind == "section"):
        for key in shape.keys() if shape.kind == "section" else value:
            child = shape.child(key)
            if child and isinstance(value, dict):
                below = default.get(key, {}) if isinstance(default, dict) else {}
                _collect(child, value.get(key), below, section, (*path, key), found)
        return
    if not shape.card or shape.field is None:
        return
    text = _readable(value)
    usual = shape.field.get_default(call_default_factory=True) if default in ({}, None) else default
    differs = None if value == usual else "none" if usual is PydanticUndefined else _readable(usual)
    found.append(
        Row(
            section,
            ".".join(path),
            text,
            shape.unit,
            shape.field.description or "",
            differs,
        )
    )


def _readable(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value) if is_number else yaml_scalar(value)


def _markdown_row(item: Parameter) -> str:
    def span(low: object, high: object) -> str:
        if low is None and high is None:
            return ""
        if high is None:
            return f"from {number(low)}"
        return f"to {number(high)}" if low is None else f"{number(low)} to {number(high)}"

    cells = (
        f"`{item.key}`",
        item.type,
        "required" if item.required else f"`{yaml_scalar(item.default)}`",
        item.unit,
        span(item.low, item.high),
        span(*item.bounds),
        item.meaning,
        item.role,
        item.when,
        item.grade,
        item.source,
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _for_editors(field: dict[str, Any]) -> None:
    unit = field.get("x-param", {}).get("unit", "-")
    if unit not in {"-", "date"}:
        field["description"] = f"{field.get('description', '')} ({unit})"
    entries = field.get("additionalProperties")
    if isinstance(entries, dict):
        # null takes an inherited entry out.
        field["additionalProperties"] = {"anyOf": [entries, {"type": "null"}]}
