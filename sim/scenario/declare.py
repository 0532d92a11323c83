"""How a parameter is declared: once, with all that users and tools must know of it.

Validation, the JSON schema, ``docs/parameters.md``, sweeps, sensitivity and calibration all read this one declaration.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

Grade = Literal["measured", "estimated", "assumed"]
Role = Literal["fixed", "free", "policy"]
When = Literal["start", "any_day"]


class Section(BaseModel):
    """A group of parameters in a scenario; frozen, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True, allow_inf_nan=False)


def param(
    default: Any,  # noqa: ANN401  any type that a field may have
    *,
    unit: str,
    meaning: str,
    source: str,
    grade: Grade,
    role: Role = "fixed",
    when: When = "start",
    low: float | None = None,
    high: float | None = None,
    **bounds: Any,  # noqa: ANN401  pydantic's own ge, gt, le, lt, min_length, ...
) -> Any:  # noqa: ANN401  a field of the annotated type
    """Declare one tunable value.

    Args:
        default: Value where a scenario says nothing; ``...`` for none.
        unit: Unit in words or symbols (``persons``, ``1/h``, ``m``); ``-`` for a pure number or a choice.
        meaning: One line on what it is.
        source: Where default and range come from.
        grade: How well it is known: measured, estimated from data, or assumed.
        role: ``fixed`` constant, ``free`` to calibrate, or ``policy`` choice of an actor.
        when: Whether a branch may change it on any day, or only at the start.
        low: Plausible lowest value, for sweeps and calibration.
        high: Plausible highest value.
        **bounds: Hard bounds that validation enforces (``ge``, ``gt``, ``le``, ``lt``, ...).

    Returns:
        A pydantic field that carries the declaration in its JSON schema under ``x-param``.
    """
    card: JsonDict = {"unit": unit, "source": source, "grade": grade, "role": role, "when": when, "low": low, "high": high}
    default = {"default_factory": default} if callable(default) else {"default": default}
    return Field(description=meaning, json_schema_extra={"x-param": card}, **default, **bounds)
