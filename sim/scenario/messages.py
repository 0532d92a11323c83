"""One of pydantic's errors in words that the person who made the mistake can use."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from sim.scenario.shape import Shape, leaves
from sim.scenario.words import describe, did_you_mean, number

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WANTED = {
    "int_type": "must be a whole number",
    "int_parsing_size": "must be a whole number of ordinary size",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "date_type": "must be a date such as 2016-10-17",
    "list_type": "must be a list: [a, b]",
    "tuple_type": "must be a list: [a, b]",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
}
_NUMBERS = ("int_type", "float_type")
BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_TRUE_WORDS, _FALSE_WORDS = ("yes", "on", "y"), ("no", "off", "n")


def unknown_key(name: str, parent: Shape, top: Shape) -> str:
    """What to say of a key that does not exist: what was meant, or where it belongs, or what there is."""
    known = parent.keys()
    if "." in name:
        first, _, rest = name.partition(".")
        return f'unknown key: write it nested, "{first}:" and below it, indented, "{rest}: ..."'
    if name in top.keys():  # noqa: SIM118  not a dict
        return f'unknown key ("{name}" stands at the top, without indentation)'
    for path, _ in leaves(top):
        if path[-1] == name:
            return f'unknown key (did you mean "{".".join(path)}"?)'
    if hint := did_you_mean(name, known):
        return f"unknown key{hint}"
    return f"unknown key; known here: {', '.join(known)}" if len(known) <= 12 else "unknown key"


def message(detail: ErrorDetails, shape: Shape | None) -> str:
    """What is wrong with a value, and what would be right.

    Args:
        detail: One of pydantic's errors.
        shape: What may stand at the key; None if that is not known.
    """
    kind, value = detail["type"], detail.get("input")
    if kind == "missing":
        text = "is missing: it has no default"
    elif kind == "value_error":
        text = re.sub(r"^Value error, ", "", detail["msg"])
    elif kind == "finite_number":
        text = "must be a finite number, not infinite or `.nan`"
    elif kind == "string_too_short" and not value:
        text = "must not be empty"
    elif value is None:
        wanted = _wanted(detail, shape).replace("must be", "give", 1)
        text = f"has no value: {wanted}, or leave it out to keep the default"
    elif shape and shape.choices:
        text = not_a_choice(value, shape)
    elif shape and kind in BOUNDS:
        text = f"must be {_bounds(shape)}, not {_as_given(value)}"
    else:
        text = f"{_wanted(detail, shape)}, not {describe(value)}{_advice(value, kind, shape)}"
    return text


def _as_given(value: object) -> str:
    text = str(value) if isinstance(value, date) else number(value)
    return text if len(text) <= 80 else describe(value)


def not_a_choice(value: object, shape: Shape) -> str:
    """What to say of a value that is none of the choices."""
    words = [str(choice) for choice in shape.choices]
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    if value in words:
        hint = ": remove the quotes"
    return f"must be one of {', '.join(words)}, not {describe(value)}{hint}"


def _wanted(detail: ErrorDetails, shape: Shape | None) -> str:
    if shape and shape.choices:
        return f"must be one of {', '.join(map(str, shape.choices))}"
    if detail["type"] in _WANTED:
        unit = _unit(shape) if detail["type"] in _NUMBERS else ""
        return _WANTED[detail["type"]].format(**detail.get("ctx") or {}) + unit
    return re.sub(r"^.*?should ", "must ", detail["msg"], count=1)


def _bounds(shape: Shape) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    bounds = shape.bounds
    both = " and ".join(f"{words[sign]} {number(bounds[sign])}" for sign in words if sign in bounds)
    return re.sub(r"^at least (.*) and at most", r"between \1 and", both) + _unit(shape)


def _unit(shape: Shape | None) -> str:
    unit = shape.unit if shape else ""
    return f" ({unit})" if unit else ""


def _advice(value: object, kind: str, shape: Shape | None) -> str:
    """A word on how to write what was probably meant."""
    if isinstance(value, float) and kind == "int_type" and value.is_integer() and abs(value) < 1e15:
        return f": write {int(value)}"
    if kind == "string_type" and not isinstance(value, dict | list | tuple):
        return ': put it in quotes, "..."'
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if kind == "date_type":
        return _date_advice(text)
    if kind == "bool_type" and text.lower() in _TRUE_WORDS + _FALSE_WORDS:
        return f": write {'true' if text.lower() in _TRUE_WORDS else 'false'}"
    return _number_advice(text, kind, shape) if kind in _NUMBERS else ""


def _number_advice(text: str, kind: str, shape: Shape | None) -> str:
    advice = ""
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
        advice = ": remove the quotes"
    elif re.fullmatch(r"\d{1,3}([,' .]\d{3})+", text):
        advice = f": write {re.sub(r'[^0-9]', '', text)}"
    elif re.fullmatch(r"\d+,\d+", text):
        advice = f": write {text.replace(',', '.')}"
    elif kind == "float_type" and (found := re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*%", text)):
        advice = f": write {number(float(found[1]) / 100)}"
    elif re.match(r"[-+]?\d+(\.\d+)?\s*[A-Za-z%]", text):
        advice = ": write the number alone" + (f", in {shape.unit}" if shape and shape.unit else "")
    return advice


def _date_advice(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text):
        return ": remove the quotes"
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}[T ]", text):
        return ": write the day alone"
    if (found := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text)) and int(found[2]) <= 12:
        return f": write {found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return ""
