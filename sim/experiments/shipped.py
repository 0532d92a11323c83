"""The sweeps that come with the package, in the folder ``sweeps`` beside the shipped scenarios."""

from __future__ import annotations

from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario import shipped
from sim.scenario.reading import label_of
from sim.scenario.words import did_you_mean, short


def sweeps_folder() -> Path:
    """The folder that holds them, in a clone and in an installed wheel."""
    return shipped.shipped_folder() / "sweeps"


def shipped_sweeps() -> list[str]:
    """Names of the shipped sweeps, in alphabetical order."""
    return sorted(path.stem for path in sweeps_folder().glob("*.yaml"))


def is_sweep(name: str | Path) -> bool:
    """Whether a name or a file is a sweep's, told without reading all of it: only sweeps have a top-level ``design``."""
    if str(name) in shipped_sweeps():
        return True
    try:
        with Path(name).open(encoding="utf-8") as file:
            return any(line.startswith("design:") for line in file)
    except (OSError, ValueError):
        return False


def find_sweep(name: str | Path) -> Path:
    """The file behind a shipped sweep's name or a path.

    Raises:
        ScenarioError: If there is neither, with the nearest name.
    """
    names, text = shipped_sweeps(), str(name)
    if isinstance(name, str) and name in names:
        return sweeps_folder() / f"{name}.yaml"
    if not text.strip():
        raise ScenarioError(Problem("", "", "a sweep's name or file is wanted"))
    path = Path(text)
    try:
        if path.exists() or path.is_symlink():  # a link in a circle does not exist: reading it says so
            return path
    except (OSError, ValueError):
        raise ScenarioError(Problem("", short(text), "this is neither a path nor a name")) from None
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        raise ScenarioError(Problem(label_of(path), "", f"no such file{did_you_mean(path.stem, names, 'the shipped sweep ')}"))
    hint = did_you_mean(text, names) or f"; shipped are: {', '.join(names) or 'none'}"
    raise ScenarioError(Problem("", short(text), f"no shipped sweep and no file of this name{hint}"))
