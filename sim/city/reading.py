"""Reading ``city.yaml``: YAML 1.2 with positions, checked against `Settings`, every mistake at once."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.city.layers import SITE_KINDS
from sim.city.settings import Settings
from sim.errors import Problem, ScenarioError
from sim.scenario.declare import Section
from sim.scenario.reading import Node, read_text
from sim.scenario.words import describe, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Loc = tuple[int | str, ...]

LARGEST_BYTES = 1_000_000
SHARES_OFF = 1e-6  # as much as rounding in a file may take from a sum of shares
WANTED = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "list_type": "must be a list",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a whole number",
    "literal_error": "must be one of {expected}",
    "string_too_short": "must not be empty",
    "too_short": "needs at least {min_length} items",
    "too_long": "takes at most {max_length} items",
}


def read_settings(path: Path, where: str) -> tuple[Settings | None, list[Problem]]:
    """Read ``city.yaml``.

    Args:
        path: The file.
        where: How messages call it.

    Returns:
        The settings, or None with one problem per defect.
    """
    try:
        tree = read_text(_text(path), where)
    except FileNotFoundError:
        return None, [Problem(where, "", "the file is missing")]
    except (OSError, ValueError) as error:
        return None, [Problem(where, "", f"cannot be read: {error}")]
    except ScenarioError as error:
        return None, error.problems
    if not isinstance(tree.value, dict):
        return None, [Problem(where, "", "must be a group of keys")]
    try:
        settings = Settings.model_validate(_plain(tree))
    except ValidationError as error:
        return None, [_problem(detail, tree) for detail in error.errors(include_url=False)]
    problems = _settings_defects(settings, tree)
    return (None if problems else settings), problems


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES // 1000} kB")
    return path.read_text(encoding="utf-8-sig")


def _plain(node: Node) -> Any:  # noqa: ANN401  nested plain values
    if isinstance(node.value, dict):
        return {key: _plain(entry) for key, entry in node.value.items()}
    return [_plain(entry) for entry in node.value] if isinstance(node.value, list) else node.value


def _settings_defects(settings: Settings, tree: Node) -> list[Problem]:
    """What no single key shows: banks and communities that do not match, unknown kinds of site, repeated start lines."""
    problems: list[Problem] = []

    def wrong(loc: Loc, message: str) -> None:
        problems.append(Problem(_place(tree, loc), _dotted(loc), message))

    banks = settings.banks
    if banks[0] == banks[1]:
        wrong(("banks",), "the two banks have one name")
    sides: list[tuple[Loc, str]] = [
        (("river", "left_bank"), settings.river.left_bank),
        (("river", "right_bank"), settings.river.right_bank),
        *((("start_lines", i, "bank"), line.bank) for i, line in enumerate(settings.start_lines)),
    ]
    for loc, bank in sides:
        if bank not in banks:
            wrong(loc, f'unknown bank "{bank}"{did_you_mean(bank, banks)}')
    if settings.river.left_bank == settings.river.right_bank:
        wrong(("river", "right_bank"), "is the same bank as left_bank")
    kinds: list[tuple[Loc, str]] = [
        *((("population", "sites", kind), kind) for kind in settings.population.sites),
        *((("buildings", "tall_sites", kind), kind) for kind in settings.buildings.tall_sites),
    ]
    for loc, kind in kinds:
        if kind not in SITE_KINDS:
            wrong(loc, f'unknown kind of site "{kind}"{did_you_mean(kind, SITE_KINDS)}')
    names = [line.name for line in settings.start_lines]
    for i, name in enumerate(names):
        if name in names[:i]:
            wrong(("start_lines", i, "name"), f'a second start line is called "{name}"')
    for loc, message in _community_defects(settings):
        wrong(loc, message)
    return problems


def _community_defects(settings: Settings) -> Iterator[tuple[Loc, str]]:
    """Banks without shares, unknown banks, and shares that are no whole."""
    shares = settings.communities.shares if settings.communities else {}
    for bank in settings.banks if settings.communities else ():
        if bank not in shares:
            yield ("communities", "shares"), f"says nothing of the bank {bank}"
    for bank, mix in shares.items():
        total = sum(mix.values())
        if bank not in settings.banks:
            yield ("communities", "shares", bank), f'unknown bank "{bank}"{did_you_mean(bank, settings.banks)}'
        elif abs(total - 1.0) > SHARES_OFF:
            yield ("communities", "shares", bank), f"shares must add up to 1, not to {total:g}"


def _problem(detail: ErrorDetails, tree: Node) -> Problem:
    loc: Loc = tuple(detail["loc"])
    kind = detail["type"]
    if kind == "extra_forbidden":
        message = f"unknown key{did_you_mean(str(loc[-1]), _known_keys(loc[:-1]))}"
    elif kind == "missing":
        return Problem(_place(tree, loc[:-1]), _dotted(loc), "is missing")
    else:
        wanted = WANTED.get(kind)
        message = wanted.format(**(detail.get("ctx") or {})) if wanted else str(detail["msg"])
        if kind not in ("too_short", "too_long"):
            message += f", not {describe(detail['input'])}"
    return Problem(_place(tree, loc), _dotted(loc), message)


def _dotted(loc: Loc) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)


def _place(tree: Node, loc: Loc) -> str:
    """``file:line:column`` of the deepest part of a path that the file has."""
    node = tree
    for part in loc:
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[str(part)]
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            break
    return str(node.place)


def _known_keys(loc: Loc) -> list[str]:
    """Keys that the section at a path knows."""
    section: Any = Settings
    for part in loc:
        if isinstance(section, type) and issubclass(section, Section):
            names = {info.alias or name: info for name, info in section.model_fields.items()}
            section = names[part].annotation if part in names else None
        else:
            section = next(iter(typing.get_args(section)[-1:]), None)
    if isinstance(section, type) and issubclass(section, Section):
        return [info.alias or name for name, info in section.model_fields.items()]
    return []
