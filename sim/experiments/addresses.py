"""The address of a run: a hash of everything that decides its result.

Each value of the resolved scenario, the seed, the city's data, the source of a user's own behaviours, the state that it goes
on from, and the package's sources. It is computed without building a battle, so that a batch knows at once what has been done,
and never takes a result of another model version for one of its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
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
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, AttributeError, ValueError):
        found = None
    return _file_digest(Path(found.origin) if found and found.origin else None)


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
