"""How a scenario comes together: defaults < preset < the chain of ``extends`` < the file < ``--set``.

A preset asked for by ``--set`` lies over the files instead. Sections and mappings are merged key by key, everything
else is replaced. ``null`` takes an entry out of a mapping by name (``forces: {pmu: null}``); an empty section says
nothing. Name, title and description are never inherited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sim.errors import Problem, ScenarioError
from sim.scenario.presets import PRESETS
from sim.scenario.reading import MAX_KEY, Mark, Node, label_of, node_of, read_file, read_text, real_path
from sim.scenario.shipped import shipped_names, shipped_path
from sim.scenario.words import describe, did_you_mean, nearest, short

if TYPE_CHECKING:
    from sim.scenario.shape import Shape

Sets: TypeAlias = Sequence[str] | Mapping[str, Any]

OWN_KEYS = ("name", "title", "description", "extends")
MAX_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Layers:
    """What is to be merged, lowest first, and what was found wrong so far.

    Attributes:
        nodes: One mapping for each file and each ``--set``.
        labels: Names of the files, the asked one first: the order in which problems are told.
        problems: Mistakes that need not stop the reading of the rest.
    """

    nodes: list[Node]
    labels: list[str]
    problems: list[Problem]


def find(name: str | Path, beside: Path | None = None) -> Path:
    """The file behind a shipped name or a path.

    Args:
        name: A shipped scenario's name, or a path.
        beside: Folder that a relative path starts from; the working folder if None.

    Raises:
        ScenarioError: If there is neither, with the nearest shipped name.
    """
    text = str(name)
    if isinstance(name, str) and (path := shipped_path(text)):
        return path
    if not text.strip():
        raise ScenarioError(Problem("", "", "a scenario's name or file is wanted"))
    path = (beside or Path()) / Path(text)
    try:
        if path.exists() or path.is_symlink():  # a link in a circle does not exist: reading it says so
            return path
    except (OSError, ValueError):
        raise ScenarioError(Problem("", short(text), "this is neither a path nor a name")) from None
    looks_like_path = path.suffix in {".yaml", ".yml"} or len(Path(text).parts) > 1
    if looks_like_path:
        hint = _neighbour(path) or did_you_mean(path.stem, shipped_names(), "the shipped scenario ")
        raise ScenarioError(Problem(label_of(path), "", f"no such file{hint}"))
    hint = did_you_mean(text, shipped_names()) or f"; shipped are: {', '.join(shipped_names())}"
    raise ScenarioError(Problem("", short(text), f"no shipped scenario and no file of this name{hint}"))


def file_layers(name: str | Path) -> Layers:
    """Read a file and all that it extends."""
    nodes: list[Node] = []
    labels: list[str] = []
    problems: list[Problem] = []
    seen: list[Path] = []
    path: Path | None = find(name)
    while path is not None:
        seen.append(real_path(path))
        labels.append(label_of(path))
        try:
            node = read_file(path, problems)
        except ScenarioError as error:
            raise ScenarioError([*problems, *error.problems]) from None
        entries = _with_city_path(dict(node.value), path.parent)
        if nodes:
            entries = {key: entry for key, entry in entries.items() if key not in OWN_KEYS}
        elif entries.get("name") is None or entries["name"].value is None:
            entries["name"] = Node(_name_of(path), node.mark)
        nodes.insert(0, replace(node, value=entries))
        path = _next(node.value.get("extends"), path, seen, problems)
    return Layers(nodes, labels, problems)


def set_layers(sets: Sets) -> tuple[list[Node], list[Problem]]:
    """Turn ``key=value`` texts, or a mapping of dotted keys to Python values, into layers."""
    nodes: list[Node] = []
    problems: list[Problem] = []
    pairs = [_pair(text, problems) for text in sets] if not isinstance(sets, Mapping) else [
        (key, node_of(_plain(value), Mark("override"))) for key, value in sets.items()
    ]  # fmt: skip
    for key, value in pairs:
        if value is None:
            continue
        parts = key.split(".")
        key = short(key)  # noqa: PLW2901  as it is told
        if key in {"name", "extends"} or not all(
            part.strip() and part.isprintable() and len(part) <= MAX_KEY for part in parts
        ):
            reason = "cannot be set: it belongs to the file" if key in {"name", "extends"} else "this is no key"
            problems.append(Problem(value.mark.label, key, reason))
            continue
        for part in reversed(parts):
            value = Node({part: replace(value, key_mark=value.mark)}, value.mark)  # noqa: PLW2901  wrapped from inside
        nodes.append(value)
    return nodes, problems


def preset_layer(nodes: Sequence[Node], sets: Sequence[Node]) -> tuple[Node | None, bool]:
    """The patch that the highest layer naming a preset asks for, and whether it lies over the files.

    One that a file names lies under the files' own values; one asked for by ``--set`` lies over them, so that it makes
    any scenario coarse.
    """
    named = [node.value["preset"] for node in (*nodes, *sets) if node.value.get("preset") is not None]
    if not named or not isinstance(named[-1].value, str) or not PRESETS.get(named[-1].value):
        return None, False
    preset, mark = named[-1].value, Mark(f"preset {named[-1].value}")
    patch = PRESETS[preset]
    layers, _ = set_layers(patch)
    layer = Node({}, mark)
    for node in layers:
        layer = _join(layer, node)
    return layer, named[-1].mark.line == 0


def merge(low: Node | None, high: Node, shape: Shape | None, key: str, problems: list[Problem]) -> Node:
    """Lay one layer over another.

    Args:
        low: What stands so far, if anything.
        high: What is laid over it.
        shape: What may stand here; None below an unknown key.
        key: Dotted key, for messages.
        problems: Where mistakes are added.
    """
    if shape is None or shape.kind not in {"section", "mapping"}:
        return high
    if high.value is None:
        return high if shape.nullable or low is None else low
    if not isinstance(high.value, dict):
        example = f" (such as {shape.keys()[0]})" if shape.keys() else ""
        message = f"holds keys of its own{example}, so it cannot be {describe(high.value)}"
        if isinstance(high.value, str) and re.match(r"\w+:\S", high.value):
            message += ": put a space after the colon"
        problems.append(Problem(str(high.mark), key, message))
        return low or high
    merged: dict[str, Node] = dict(low.value) if low and isinstance(low.value, dict) else {}
    for name, node in high.value.items():
        child = shape.child(name)
        below = f"{key}.{name}" if key else name
        if shape.kind == "mapping" and node.value is None and not (child and child.nullable):
            if merged.pop(name, None) is None:
                hint = did_you_mean(name, merged)
                problems.append(Problem(str(node.place), below, f"there is none of this name to remove{hint}"))
            continue
        merged[name] = merge(merged.get(name), node, child, below, problems)
    return Node(merged, high.mark, high.key_mark)


def _next(extends: Node | None, path: Path, seen: list[Path], problems: list[Problem]) -> Path | None:
    if extends is None or extends.value is None:
        return None
    if not isinstance(extends.value, str):
        message = f"must name one scenario or file, not {describe(extends.value)}"
        problems.append(Problem(str(extends.mark), "extends", message))
        return None
    try:
        found = find(extends.value, path.parent)
    except ScenarioError as error:
        told = error.problems[0]
        message = f'"{short(extends.value)}": {told.message}'
        raise ScenarioError([*problems, Problem(str(extends.mark), "extends", message)]) from None
    real = real_path(found)
    if real in seen:
        loop = " -> ".join(file.name for file in [*seen[seen.index(real) :], found])
        raise ScenarioError([*problems, Problem(str(extends.mark), "extends", f"runs in a circle: {loop}")])
    if len(seen) >= MAX_CHAIN:
        raise ScenarioError([*problems, Problem(str(extends.mark), "extends", f"more than {MAX_CHAIN} files deep")])
    return found


def _name_of(path: Path) -> str:
    """A name that is safe in a folder's name, from that of a file."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem)[:64].strip("-._") or "scenario"


def _with_city_path(entries: dict[str, Node], folder: Path) -> dict[str, Node]:
    """A city folder is relative to the file that names it, as ``extends`` is."""
    city = entries.get("city")
    path = city.value.get("path") if city and isinstance(city.value, dict) else None
    if city and path and isinstance(path.value, str) and len(Path(path.value).parts) + path.value.startswith(".") > 1:
        whole = replace(path, value=str((folder / path.value).absolute()))
        entries["city"] = replace(city, value={**city.value, "path": whole})
    return entries


def _pair(text: str, problems: list[Problem]) -> tuple[str, Node | None]:
    key, sign, value = text.partition("=")
    key = key.strip()
    if not sign:
        problems.append(Problem("--set", short(text), "write it as key=value, such as --set time.max_days=30"))
        return key, None
    try:
        return key, _at_set(read_text(value.strip(), "--set"))
    except ScenarioError as error:
        problems.extend(Problem("--set", short(key), problem.message) for problem in error.problems)
        return key, None


def _at_set(node: Node) -> Node:
    """The same value, placed at ``--set`` as a whole: a line and column would mean nothing there."""
    mark = Mark("--set")
    if isinstance(node.value, dict):
        return Node({key: replace(_at_set(item), key_mark=mark) for key, item in node.value.items()}, mark)
    if isinstance(node.value, list):
        return Node([_at_set(item) for item in node.value], mark)
    return Node(node.value, mark)


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else value


def _join(low: Node, high: Node) -> Node:
    both = {**low.value}
    for key, node in high.value.items():
        nested = key in both and isinstance(node.value, dict) and isinstance(both[key].value, dict)
        both[key] = _join(both[key], node) if nested else node
    return Node(both, low.mark, high.key_mark)


def _has(node: Node, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(node.value, dict) or part not in node.value:
            return False
        node = node.value[part]
    return True


def _neighbour(path: Path) -> str:
    try:
        names = {file.stem: file.name for file in path.parent.iterdir() if file.suffix in {".yaml", ".yml"}}
    except OSError:
        return ""
    found = nearest(path.stem, names)
    return f' (did you mean "{names[found]}"?)' if found else ""
