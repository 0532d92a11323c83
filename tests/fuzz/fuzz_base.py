"""What cases share: their material, and a command line whose refusals must be in words."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from sim.cli import failing, main
from sim.errors import SimError
from sim.scenario import load

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sim.record.run import Run


ACCEPTED, REFUSED = "accepted", "refused"
TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
LONGEST_LINE = 2_000
TICKS = 12

# A battle for Riverton so small that a case costs little; every section that a user may write stands in it.
SMALL = "extends: riverton.yaml\ntime: {max_days: 3, step_hours: 6}\npopulation: {persons: 300}\ndefenders: {fighters: 12}\n"


@dataclass
class Case:
    """One case: its kind, its own stream of random numbers, a folder of its own, and the material to spoil."""

    kind: str
    rng: random.Random
    folder: Path
    material: Material


@dataclass(frozen=True)
class Material:
    """What cases start from: scenarios as text by name, a city folder, a finished run and its folder."""

    scenarios: dict[str, str]
    city: Path
    run_folder: Path
    run: Run


def make_material(folder: Path, run: Run) -> Material:
    """Gather it once; ``run`` is a finished run of a small battle."""
    city = shutil.copytree(TESTS / "cities" / "riverton", folder / "riverton")
    names = [*(ROOT / "scenarios").glob("*.yaml"), TESTS / "scenarios" / "riverton.yaml"]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(names)}
    texts["riverton"] = texts["riverton"].replace("../cities/riverton", city.as_posix())
    texts["small"] = SMALL
    texts["whole"] = load(TESTS / "scenarios" / "riverton.yaml", {"city.path": city.as_posix()}).to_yaml()
    return Material(texts, city, run.save(folder / "runs"), run)


def telling(error: BaseException, tell: Callable[[BaseException], int] = failing._tell) -> int:
    """Let through what the command line would call a failure of the model: the trace shows where."""
    code = tell(error)
    if code == failing.FAILED and not isinstance(error, SimError):
        raise AssertionError(f"exit 1: {error!r}") from error
    return code


@dataclass(frozen=True)
class Answer:
    """What the command line said."""

    code: int
    out: str
    err: str


def call(*words: str) -> Answer:
    """Run one command in this process; a refusal must be in words."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sim.cli.failing._tell", telling):
        code = main(list(words))
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert code in {0, 1, 2}, answer
    assert "the model failed" not in answer.err, answer
    traced = "--debug" in words  # asks for traces
    assert traced or "Traceback" not in answer.err, answer
    if code and not traced:
        lines = answer.err.strip().splitlines() or answer.out.strip().splitlines()
        assert lines, answer
        assert max(map(len, lines)) < LONGEST_LINE + sum(map(len, words)), answer  # with typed words
        typed = "".join(words)  # the parser repeats words as they were typed
        assert all(letter.isprintable() or letter in typed for line in lines for letter in line), answer
    return answer


def tree(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder, by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@contextlib.contextmanager
def unchanged(folder: Path) -> Any:
    """No file below a folder is changed, made or removed meanwhile."""
    before = tree(folder)
    yield
    assert tree(folder) == before, "a file of the input was changed"
