"""Commands timed from the outside, in processes of their own: cold start, warm start, ``--help``, ``validate``.

A cold start has an empty kernel cache, so that it compiles; Python's own byte code and the file system's cache are as
they are. The machine that starts these processes imports nothing of the model, so that none of its memory is inherited.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 1800


def seconds(words: list[str], cache: str | None = None) -> float:
    """Wall time of one call of ``python <words>``.

    Args:
        words: What follows the interpreter.
        cache: Folder for compiled kernels; the user's own where None.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    if cache is not None:
        environment["MOSUL_ABM_CACHE"] = cache
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True, timeout=TIMEOUT_S)
    return time.perf_counter() - began


def output(words: list[str]) -> str:
    """What one call of ``python <words>`` prints.

    Raises:
        subprocess.CalledProcessError: The command failed; its errors are shown.
    """
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    return done.stdout


def measure(scenario: str, repeats: int, *, cold: bool = True) -> dict[str, float]:
    """Seconds of each kind of start; the least of the repeats, but for the cold one, which is measured once."""
    with tempfile.TemporaryDirectory() as scratch:
        runs = ["--out", str(Path(scratch) / "runs")]
        two_days = ["run.py", "run", scenario, "--set", "time.max_days=2", *runs]
        quick = ["run.py", "run", scenario, "--set", "preset=quick", *runs]
        cache = str(Path(scratch) / "cache") if cold else None
        figures = {"cold_s": seconds(two_days, cache)} if cold else {}
        figures["warm_s"] = min(seconds(two_days, cache) for _ in range(repeats))
        if cold:
            figures["late_s"] = seconds(quick, cache)
        figures["quick_command_s"] = min(seconds(quick) for _ in range(repeats))
    for name in ("help", "validate"):
        words = ["run.py", "--help"] if name == "help" else ["run.py", "validate", scenario]
        figures[f"{name}_s"] = min(seconds(words) for _ in range(max(repeats, 2) + 1))
    return figures
