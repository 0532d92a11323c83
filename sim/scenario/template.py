"""A scenario file to start from: everything commented out, so that it asks exactly what its base asks."""

from __future__ import annotations

import textwrap
from typing import Any

from sim.scenario.loading import load
from sim.scenario.model import Scenario
from sim.scenario.reference import sections
from sim.scenario.shape import Shape, shape_of
from sim.scenario.writing import yaml_scalar


def template(base: str, file_name: str) -> str:
    """The text of a new scenario file.

    Args:
        base: Shipped scenario that it extends.
        file_name: Name of the file, for the commands in its head.

    Returns:
        YAML that is valid as it is, and stays so when any of its commented lines is taken in.
    """
    scenario = load(base)
    values = scenario.to_dict()
    blocks = []
    for section, meaning in sections().items():
        shape = shape_of(Scenario).child(section)
        lines = _policies(shape, values[section], 1) if shape else []
        if lines:
            blocks.append("\n".join([f"## {meaning}", f"# {section}:", *lines]))
    return f"""\
## A scenario: what is asked of a run. Values that are not given here are those of `{base}`.
##   python run.py validate {file_name}    is it in order?
##   python run.py show {file_name}        every value, with unit and meaning
##   python run.py run {file_name}         run it
## All parameters: docs/parameters.md.

extends: {base}
title: "{base}, but ..."
description: ""
seed: {scenario.seed}
# preset: quick        # coarse values, about a second: for a first look, not for results

## The choices of the actors. To change one, remove the "# " in front of it and of the keys that it belongs to.

{(chr(10) + chr(10)).join(blocks)}
"""


def _policies(shape: Shape, values: Any, depth: int) -> list[str]:  # noqa: ANN401  a section's or mapping's values
    lines: list[str] = []
    for key in shape.keys() if shape.kind == "section" else values:
        child = shape.child(key)
        if child is None:
            continue
        head = f"# {'  ' * depth}{yaml_scalar(key)}:"
        inner = child.child("") if child.kind == "mapping" else None
        if child.kind == "section" or (inner and inner.kind == "section"):
            below = _policies(child, values[key], depth + 1)
            lines += [head, *below] if below else []
        elif child.card.get("role") == "policy":
            lines.append(_line(f"{head} {yaml_scalar(values[key])}", child))
    return lines


def _line(text: str, shape: Shape) -> str:
    note = textwrap.shorten(shape.field.description or "" if shape.field else "", 100, placeholder=" ...")
    if shape.choices:
        note = f"[{' | '.join(map(str, shape.choices))}] {note}"
    elif shape.unit:
        note = f"[{shape.unit}] {note}"
    return f"{text:<44}  # {note}"
