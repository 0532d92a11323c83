"""The manifest: what made a run, so that another person can make it again or see why theirs differs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SCHEMA_VERSION = 2
_DISTRIBUTIONS = ("mosul-abm", "mesa", "numpy", "numba", "scipy", "pandas", "pyarrow", "shapely", "pydantic")
_GIT_TIMEOUT_S = 10
_PACKAGE = Path(__file__).resolve().parent.parent


def build_manifest(
    *,
    scenario: str,
    scenario_hash: str,
    seed: int,
    started: datetime,
    finished: datetime,
    wall_seconds: float,
    argv: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Collect what made a run; the digest and the list of files are added when it is saved.

    Args:
        scenario: Name of the scenario.
        scenario_hash: Short hash of the resolved scenario.
        seed: Seed of the run.
        started: When the run began (wall clock, with its zone).
        finished: When it ended.
        wall_seconds: Time that the simulation itself took (s).
        argv: Command line; this process's own where None.

    Returns:
        Plain values, ready for JSON.
    """
    commit, dirty = git_state()
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": scenario,
        "scenario_hash": scenario_hash,
        "seed": int(seed),
        "argv": list(sys.argv if argv is None else argv),
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "wall_seconds": round(float(wall_seconds), 3),
        "versions": versions(),
        "source_hash": source_hash(),
        "git_commit": commit,
        "git_dirty": dirty,
        "platform": platform.platform(),
        "cpu": cpu_type(),
    }


def versions() -> dict[str, str | None]:
    """Version of Python and of each distribution that takes part; None where it is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


@cache
def source_hash() -> str:
    """Hash of every Python file of the package, names included, as 32 hexadecimal digits."""
    from sim.kernels.cache import python_files

    digest = hashlib.blake2b(digest_size=16)
    for path in python_files(_PACKAGE):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def git_state() -> tuple[str | None, bool | None]:
    """Commit of the checkout that holds the package, and whether files differ; None outside one."""
    if _git("ls-files", "--error-unmatch", "errors.py") is None:
        return None, None
    commit, changes = (
        _git("rev-parse", "--verify", "HEAD"),
        _git("status", "--porcelain", "--untracked-files=no"),
    )
    if commit is None or changes is None:
        return None, None
    return commit, bool(changes)


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_PACKAGE), *words],
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@cache
def cpu_type() -> str:
    """Name of the processor, as far as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def branched_words(branched: Any) -> str:  # noqa: ANN401  whatever a manifest holds
    """Why a run that branched off another one cannot be made again from its own scenario."""
    told = branched if isinstance(branched, dict) else {}
    parent, day = told.get("run") or "another run", told.get("day", "?")
    return (
        f"branched off {parent} after day {day}, so that its scenario holds from there on only: "
        "to make it again, branch that run again with the same --at, --set and --seeds"
    )
