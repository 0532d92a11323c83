"""The front door in a process of its own: what it imports, and how it ends when nobody listens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("mesa", "numba", "pandas", "matplotlib", "pyarrow", "networkx")


def front_door(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_looking_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("time: {max_days: 10}\n")
    looks = [["--help"], ["list"], ["schema"], ["show", "x.yaml"], ["validate", "x.yaml"], ["new", "y"]]
    code = (
        f"import sys; from sim.cli import main\nfor words in {looks!r}:\n    code = main(words)\n"
        f"    print(f'\\n{{words[0]}} {{code}}', [m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = front_door(code, tmp_path)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if line.endswith("]")]
    assert told == [f"{words[0]} 0 []" for words in looks]


def test_help_imports_neither_pydantic_nor_rich(tmp_path: Path) -> None:
    code = (
        "import sys; from sim.cli import main; main(['--help']); "
        "print([m for m in ('pydantic', 'rich.console', 'ruamel.yaml', 'numpy') if m in sys.modules])"
    )
    assert front_door(code, tmp_path).stdout.splitlines()[-1] == "[]"


def test_run_py_hands_over_with_its_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "validate", "nowhere.yaml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("nowhere.yaml")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell's pipes")
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    command = f'"{sys.executable}" "{ROOT / "run.py"}" schema | head -1'
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("{")
    assert not done.stderr


def test_the_package_offers_its_names_without_loading_them(tmp_path: Path) -> None:
    code = (
        "import sys, multiprocessing as mp; import sim; "
        f"print([m for m in {(*HEAVY, 'pydantic', 'numpy')!r} if m in sys.modules], "
        "mp.get_start_method(allow_none=True)); "
        "print(sim.load.__name__, 'Run' in dir(sim), sim.Scenario.__name__)"
    )
    assert front_door(code, tmp_path).stdout.splitlines() == ["[] None", "load True Scenario"]
