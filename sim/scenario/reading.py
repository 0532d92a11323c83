"""YAML 1.2 in, plain values out, each with its place in the file; whatever is unsafe or unclear is refused.

The reader works on the parser's events, so a nested or self-multiplying file is stopped before it costs
anything, no tag is ever followed, and every key and value knows its line and column.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sim.errors import Problem, ScenarioError
from sim.scenario.scalars import scalar
from sim.scenario.words import describe, short

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 256_000
MAX_DEPTH = 20
MAX_KEY = 100
MAX_VALUES = 20_000
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"


# Stands for a value whose mistake has been told already.
UNREADABLE: Final = object()


class Mark(NamedTuple):
    """A place: a file (or ``--set``) and, from 1, line and column; line 0 where there is none."""

    label: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.label}:{self.line}:{self.column}" if self.line else self.label


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place.

    Attributes:
        value: A scalar (None, bool, int, float, str, date), a ``dict[str, Node]`` or a ``list[Node]``.
        mark: Where the value stands.
        key_mark: Where its key stands, for an entry of a mapping.
    """

    value: Any
    mark: Mark
    key_mark: Mark | None = None

    @property
    def place(self) -> Mark:
        """Where an editor should jump to: the key if there is one."""
        return self.key_mark or self.mark


def node_of(value: object, mark: Mark, key_mark: Mark | None = None) -> Node:
    """Wrap a plain Python value (NumPy scalars included) so that it can be merged like one that was read."""
    if isinstance(value, dict):
        entries = {str(key): node_of(item, mark, mark) for key, item in value.items()}
        return Node(entries, mark, key_mark)
    if isinstance(value, list | tuple):
        return Node([node_of(item, mark) for item in value], mark, key_mark)
    item = getattr(value, "item", None)
    return Node(item() if callable(item) else value, mark, key_mark)


def real_path(path: Path) -> Path:
    """The path with links followed, as far as they can be."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return path.absolute()


def label_of(path: Path) -> str:
    """The path as a user would type it from here."""
    with contextlib.suppress(ValueError, OSError):
        return str(real_path(path).relative_to(Path.cwd()))
    return str(path)


def read_file(path: Path, problems: list[Problem] | None = None) -> Node:
    """Read one YAML file.

    Args:
        path: The file.
        problems: Where mistakes go that need not stop the reading of the rest; raised with the others if None.

    Returns:
        The top mapping; an empty file is refused, as it asks for nothing.

    Raises:
        ScenarioError: With every mistake that can be told at this stage, each with its place.
    """
    label = label_of(path)
    node = read_text(_text_of(path, label), label, problems)
    if node.value is None:
        raise ScenarioError(Problem(label, "", "the file is empty; write at least `extends: op_ed`"))
    if not isinstance(node.value, dict):
        message = f"a scenario is made of `key: value` lines, but this file holds {describe(node.value)}"
        raise ScenarioError(Problem(str(node.mark), "", message))
    return node


def read_text(text: str, label: str, problems: list[Problem] | None = None) -> Node:
    """Read YAML text; ``label`` names it in messages, ``problems`` is as for a file."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reader = _Reader(label)
    try:
        node = reader.document(_events(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(label, mark.line + 1, mark.column + 1) if mark else Mark(label)
        raise ScenarioError([*reader.problems, Problem(str(place), "", _in_words(error))]) from None
    except (YAMLError, ValueError, RecursionError, AttributeError, IndexError, AssertionError) as error:
        # The parser has bugs of its own on malformed input: whatever it stumbles over is not YAML.
        reason = str(getattr(error, "reason", "") or "it cannot be parsed")
        at = getattr(error, "position", None)
        place = Mark(label) if at is None else _mark_at(label, text, at)
        raise ScenarioError([*reader.problems, Problem(str(place), "", f"this is not YAML: {reason}")]) from None
    if reader.problems and problems is None:
        raise ScenarioError(reader.problems)
    if problems is not None:
        problems += reader.problems
    return node


@dataclass(slots=True)
class _Reader:
    """Builds nodes from parser events and collects the mistakes on the way."""

    label: str
    problems: list[Problem] = field(default_factory=list)
    _anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    _values: int = 0
    _path: list[str] = field(default_factory=list)

    def document(self, events: Iterator[Any]) -> Node:
        """The one document of the stream."""
        node = Node(None, Mark(self.label))
        documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    problem = self._problem(self._mark(event), "one file holds one scenario: remove the second `---`")
                    raise ScenarioError([*self.problems, problem])
                node = self._node(next(events), events, 0)
        return node

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:  # noqa: ANN401  the parser is untyped
        kind, mark, before = type(event).__name__, self._mark(event), self._values
        self._count(1, mark)
        if depth > MAX_DEPTH:
            raise ScenarioError([*self.problems, self._problem(mark, _TOO_DEEP)])
        if kind == "AliasEvent":
            return self._alias(event.anchor, mark)
        if event.tag:
            tag = short(str(event.tag).replace("tag:yaml.org,2002:", "!!"))
            self.problems.append(self._problem(mark, f"tags such as {tag} are not read: write the plain value"))
        if kind == "MappingStartEvent":
            node = Node(self._mapping(events, depth), mark)
        elif kind == "SequenceStartEvent":
            node = Node([self._node(item, events, depth + 1) for item in _until(events, "SequenceEndEvent")], mark)
        else:
            node = Node(self._scalar(event, mark), mark)
        if event.anchor:
            self._anchors[event.anchor] = (node, self._values - before)
        return node

    def _mapping(self, events: Iterator[Any], depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for event in _until(events, "MappingEndEvent"):
            mark = self._mark(event)
            key = event.value if type(event).__name__ == "ScalarEvent" else None
            if key is None:
                self._node(event, events, depth + 1)
            self._path.append(short(key or ""))
            value = self._node(next(events), events, depth + 1)
            self._path.pop()
            if not key or not key.strip() or not key.isprintable() or len(key) > MAX_KEY:
                self.problems.append(self._problem(mark, "this is no key: a key is a word before a colon"))
            elif key == "<<":
                self.problems.append(self._problem(mark, "`<<` is not YAML 1.2: build on a file with `extends:`"))
            elif key in entries:
                first = entries[key].place.line
                self.problems.append(self._problem(mark, f"given twice (first on line {first})", key))
            else:
                entries[key] = replace(value, key_mark=mark)
        return entries

    def _scalar(self, event: Any, mark: Mark) -> Any:  # noqa: ANN401  the parser is untyped
        if not event.implicit[0]:
            return event.value
        try:
            return scalar(event.value)
        except ValueError as error:
            self.problems.append(self._problem(mark, str(error)))
            return UNREADABLE

    def _alias(self, name: str, mark: Mark) -> Node:
        if name not in self._anchors:
            self.problems.append(self._problem(mark, f"*{short(name)} refers to nothing that stands before it"))
            return Node(UNREADABLE, mark)
        node, size = self._anchors[name]
        self._count(size, mark)
        return replace(node, mark=mark, key_mark=None)

    def _problem(self, mark: Mark, message: str, key: str = "") -> Problem:
        return Problem(str(mark), ".".join([*self._path, key] if key else self._path), message)

    def _count(self, n: int, mark: Mark) -> None:
        self._values += n
        if self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES:,} values, aliases written out: this is no scenario"
            raise ScenarioError([*self.problems, self._problem(mark, message)])

    def _mark(self, event: Any) -> Mark:  # noqa: ANN401  the parser is untyped
        return Mark(self.label, event.start_mark.line + 1, event.start_mark.column + 1)


def _events(text: str) -> Iterator[Any]:
    """The parser's events; brackets are counted as they are read, as the time that nested ones take grows with their square."""
    from ruamel.yaml import YAML
    from ruamel.yaml.scanner import Scanner, ScannerError

    class Shallow(Scanner):
        def fetch_flow_collection_start(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as its parent takes them
            if len(self.flow_context) > MAX_DEPTH:
                raise ScannerError(None, None, _TOO_DEEP, self.reader.get_mark())
            super().fetch_flow_collection_start(*args, **kwargs)

    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = Shallow
    events: Iterator[Any] = yaml.parse(text)
    return events


def _until(events: Iterator[Any], end: str) -> Iterator[Any]:
    for event in events:
        if type(event).__name__ == end:
            return
        yield event


def _text_of(path: Path, label: str) -> str:
    try:
        fault, data = _unreadable(path), b""
        if not fault:
            data = path.read_bytes()
            fault = "this is a binary file, not YAML text" if b"\0" in data else ""
        if not fault:
            return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        fault = f"not UTF-8 text (first at line {line}); save the file as UTF-8"
    except FileNotFoundError:
        fault = "no such file"
    except (OSError, ValueError) as error:
        fault = f"cannot be read: {_reason(error)}"
    raise ScenarioError(Problem(label, "", fault))


def _unreadable(path: Path) -> str:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        return "this is a folder, not a scenario file"
    if not stat.S_ISREG(status.st_mode):
        return "this is not a regular file"
    if status.st_size > MAX_BYTES:
        return f"too large for a scenario ({status.st_size:,} bytes; at most {MAX_BYTES:,})"
    return ""


def _mark_at(label: str, text: str, at: int) -> Mark:
    return Mark(label, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _reason(error: Exception) -> str:
    return os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)


_SYNTAX = (
    ("'\\t'", "a tab: indent with spaces"),
    (
        "mapping values are not",
        "a `:` where none may stand: check the indentation; quote text that holds `: `",
    ),
    ("could not find expected ':'", "a key without its colon"),
    ("<stream end>", "a bracket, brace or quote is never closed"),
    ("unexpected end of stream", "a bracket, brace or quote is never closed"),
    ("unknown escape", 'an unknown escape: inside "..." write \\\\ for a backslash'),
    ("cannot start any token", "text may not start with this character: put it in quotes"),
    ("but found '?'", "the indentation does not match the lines above"),
    ("but found '-'", "the indentation does not match the lines above"),
    ("expected <block end>", "the indentation or a bracket does not match the lines above"),
    ("expected ',' or", "a comma or the closing bracket is missing before this"),
    ("expected the node content", "a value may not start with this character: put it in quotes"),
    ("<document start>", "something is left over after the end"),
)


def _in_words(error: Any) -> str:  # noqa: ANN401  the parser is untyped
    problem, context = str(error.problem or ""), str(error.context or "")
    if problem == _TOO_DEEP:
        return problem
    for sign, words in _SYNTAX:
        if sign in problem:
            return words
    return "not YAML: " + " ".join(part for part in (context, problem) if part)
