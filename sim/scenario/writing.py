"""Plain values out as YAML that this package's reader takes back unchanged."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from sim.scenario.scalars import scalar

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_.]|[A-Za-z_]")
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def yaml_text(values: dict[str, Any]) -> str:
    """Nested mappings, lists and scalars as block YAML, keys in their order."""
    lines: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict) and value and lines:
            lines.append("")
        lines += _entry(yaml_scalar(key), value, "")
    return "\n".join(lines) + "\n"


def yaml_scalar(value: object) -> str:
    """One value on one line."""
    if value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, float):
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    elif isinstance(value, int | date):
        text = str(value)
    elif isinstance(value, dict):
        pairs = (f"{yaml_scalar(key)}: {yaml_scalar(item)}" for key, item in value.items())
        text = "{" + ", ".join(pairs) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(map(yaml_scalar, value)) + "]"
    else:
        text = str(value)
        if not (_WORD.fullmatch(text) and scalar(text) == text):
            quoted = json.dumps(text, ensure_ascii=False)
            text = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    return text


def _entry(head: str, value: object, indent: str) -> list[str]:
    if isinstance(value, dict) and value:
        lines = [f"{indent}{head}:"]
        for key, item in value.items():
            lines += _entry(yaml_scalar(key), item, indent + "  ")
        return lines
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        return [f"{indent}{head}:", *(f"{indent}  - {yaml_scalar(item)}" for item in value)]
    return [f"{indent}{head}: {yaml_scalar(value)}"]
