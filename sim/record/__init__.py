"""What is kept of a run: ledger, recorder, digest, manifest and run folder.

Importing this room loads neither pandas nor pyarrow; the names below are fetched on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.record.accessors import register as register
    from sim.record.ground import GridInfo as GridInfo
    from sim.record.ledger import Ledger as Ledger
    from sim.record.manifest import build_manifest as build_manifest
    from sim.record.outcomes import OUTCOMES as OUTCOMES
    from sim.record.outcomes import summarise as summarise
    from sim.record.recorder import Recorder as Recorder
    from sim.record.run import Run as Run

_HOMES = {
    "GridInfo": "sim.record.ground",
    "Ledger": "sim.record.ledger",
    "OUTCOMES": "sim.record.outcomes",
    "Recorder": "sim.record.recorder",
    "Run": "sim.record.run",
    "build_manifest": "sim.record.manifest",
    "register": "sim.record.accessors",
    "summarise": "sim.record.outcomes",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the room offers under that name
    """Fetch a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
