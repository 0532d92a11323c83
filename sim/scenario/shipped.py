"""The scenarios that come with the package: in ``scenarios/`` of a clone, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path


def shipped_folder() -> Path:
    """The folder that holds them; a wheel carries them inside the package."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "scenario" / "shipped"
    return inside if inside.is_dir() else package.parent / "scenarios"


def shipped_names() -> list[str]:
    """Names of the shipped scenarios, in alphabetical order."""
    return sorted(path.stem for path in shipped_folder().glob("*.yaml"))


def shipped_path(name: str) -> Path | None:
    """The file of a shipped scenario, or None if none has this name."""
    return shipped_folder() / f"{name}.yaml" if name in shipped_names() else None
