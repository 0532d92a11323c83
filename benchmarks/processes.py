"""Processes of their own, timed from the outside or asked for what they print.

The machine that starts them imports nothing of the model, so that none of its memory or caches is inherited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TIMEOUT_S = 1800


def _run(words: list[str], cache: str | None) -> str:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    if cache is not None:
        environment["MOSUL_ABM_CACHE"] = cache
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, check=False, capture_output=True, text=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stderr)
        done.check_returncode()
    return done.stdout


def seconds(words: list[str], cache: str | None = None) -> float:
    """Wall time of one call of ``python <words>``.

    Args:
        words: What follows the interpreter.
        cache: Folder for compiled kernels; the user's own where None.

    Raises:
        subprocess.CalledProcessError: The command failed; its errors are shown.
    """
    began = time.perf_counter()
    _run(words, cache)
    return time.perf_counter() - began


def figures(script: str, *words: str, cache: str | None = None) -> dict[str, Any]:
    """The JSON object that a script of this folder prints.

    Raises:
        subprocess.CalledProcessError: The script failed; its errors are shown.
    """
    found: dict[str, Any] = json.loads(_run([str(HERE / script), *words], cache))
    return found


def progress(text: str) -> None:
    """Say what is being measured."""
    print(text, file=sys.stderr, flush=True)
