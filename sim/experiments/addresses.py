"""The address of a run: a hash of everything that decides its result.

Each value of the resolved scenario, the seed, the city's data, the source of a user's own behaviours, the state that it goes
on from, and the package's sources. It is computed without building a battle, so that a batch knows at once what has been done,
and never takes a result of another model version for one of its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.city import load_city
from sim.errors import ScenarioError
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.experiments.jobs import Start
    from sim.scenario import Scenario

_ADDRESS_BYTES = 16
_IMPORTED = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)
# Keys that name or explain a scenario; the seed and the city's data enter an address by themselves.
_NOT_READ = frozenset({"name", "title", "description", "preset", "seed", "behaviours"})


class Addresses:
    """Hashes of what scenarios ask, with each city and each behaviour read once."""

    def __init__(self, start: Start) -> None:
        self.base = start.scenario
        self._state = _file_digest(start.state)
        self._cities: dict[str, str] = {}
        self._sources: dict[str, str] = {}

    def of_values(self, changes: Sequence[tuple[str, Any]]) -> str:
        """Hash of all that decides a run but its seed.

        A scenario that cannot be run has one too, of the changes as they are: its run fails, and says why.
        """
        try:
            scenario = self.base.replace(dict(changes)) if changes else self.base
        except ScenarioError:
            return _hash({"refused": [list(change) for change in changes], "on": self._asked(self.base)})
        return _hash(self._asked(scenario))

    def _asked(self, scenario: Scenario) -> dict[str, Any]:
        values = {key: value for key, value in scenario.to_dict().items() if key not in _NOT_READ}
        values["city"] = {key: value for key, value in values["city"].items() if key != "path"}
        behaviours = {str(who): [what, self._source(what)] for who, what in scenario.behaviours.items()}
        return {
            **({"state": self._state} if self._state else {}),
            "values": values,
            "city": self._city(scenario.city.path),
            "behaviours": behaviours,
            "source": source_hash(),
        }

    def _city(self, path: str) -> str:
        if path not in self._cities:
            try:
                self._cities[path] = load_city(path).digest
            except (ScenarioError, OSError):  # its runs will fail, and say why
                self._cities[path] = f"unreadable {path}"
        return self._cities[path]

    def _source(self, dotted: str) -> str:
        if dotted not in self._sources:
            self._sources[dotted] = _source_digest(dotted.rpartition(".")[0])
        return self._sources[dotted]


def _source_digest(module: str) -> str:
    """Hash of a behaviour's module: of every file of its package, or of a plain module and its neighbours that it imports."""
    top = module.partition(".")[0]
    try:
        found = importlib.util.find_spec(top)
    except (ImportError, AttributeError, ValueError):
        found = None
    if found is None:
        return ""
    folders = [Path(folder) for folder in found.submodule_search_locations or ()]
    files = [file for folder in folders for file in folder.rglob("*.py")] if folders else _imported(Path(str(found.origin)))
    return _hash({file.name if not folders else str(file): _file_digest(file) for file in sorted(files)})


def _imported(file: Path) -> set[Path]:
    """A module's file, and those in the same folder that it imports, and they in turn."""
    found: set[Path] = set()
    todo = [file]
    while todo:
        path = todo.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        if path.suffix == ".py":
            names = _IMPORTED.findall(path.read_text(encoding="utf-8", errors="replace"))
            todo += [path.with_name(f"{name}.py") for name in names]
            todo += [inner for name in names for inner in path.with_name(name).glob("**/*.py")]
    return found


def _file_digest(path: Path | None) -> str:
    """Hash of a file; one that cannot be read counts as empty, and its runs will fail and say why."""
    if path is None:
        return ""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return hashlib.blake2b(content, digest_size=_ADDRESS_BYTES).hexdigest()


def address_of(asked: str, seed: int) -> str:
    """Address of a run: what is asked, under one seed."""
    return _hash({"asked": asked, "seed": seed})


def _hash(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_ADDRESS_BYTES).hexdigest()
