"""Run the tests under every Python that the project supports and this machine has: ``make test-all``.

Each version has an environment of its own (``.venv-3.12`` and so on) with the pins of ``requirements-dev.lock``. The last
lines say what passed where, and whether the digest of one battle is the same everywhere. Words after ``--`` go to pytest.
With ``--viz``, one environment with the extra ``viz`` (``.venv-viz``) runs the tests of the browser page: ``make test-viz``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13")
LOCK = "requirements-dev.lock"
VIZ_PINS = ("mesa[viz,network]>=3.3.1,<3.5", "solara[assets]==1.58.2", "ipyvuetify<2")
ASK_VERSION = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3])"
ASK_DIGEST = """
import importlib.metadata as m, platform
from sim.battle import Battle
from sim.scenario import load
run = Battle(load("tests/scenarios/riverton.yaml"), seed=1).run()
print(platform.python_version(), *(m.version(name) for name in ("mesa", "numpy", "numba")), run.digest)
"""


def answer(python: str | Path, code: str) -> list[str] | None:
    """Words that a Python prints, or None where it does not run."""
    try:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run([python, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.split() if done.returncode == 0 else None


def interpreter(version: str) -> Path | None:
    """A Python of this version: on the path, or among those that pyenv keeps, the newest first."""
    found = [Path(name) for name in (shutil.which(f"python{version}"),) if name]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    kept = [path for path in pyenv.glob(f"{version}.*") if path.name.replace(".", "").isdigit()]
    found += [path / "bin" / "python" for path in sorted(kept, key=lambda p: int(p.name.split(".")[-1]), reverse=True)]
    for python in found:
        words = answer(python, ASK_VERSION)
        if words and words[0].startswith(f"{version}."):
            return python
    return None


def environment(name: str, python: Path, extra: tuple[str, ...] = ()) -> Path | None:
    """The Python of an environment with the locked packages, made or renewed where needed; None where that fails."""
    folder = ROOT / name
    inside, stamp = folder / "bin" / "python", folder / ".stamp"
    texts = [(ROOT / file).read_text(encoding="utf-8") for file in (LOCK, "pyproject.toml")]
    wanted = hashlib.sha256("\n".join([*texts, *extra, *(answer(python, ASK_VERSION) or [])]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and answer(inside, ASK_VERSION):
        return inside
    print(f"making {name}, about a minute", flush=True)
    pip = [str(inside), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    steps = [[str(python), "-m", "venv", "--clear", str(folder)], [*pip, "-r", LOCK]]
    steps += [[*pip, "-c", LOCK, *extra]] if extra else []
    steps.append([*pip, "--no-deps", "-e", "."])
    for step in steps:
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            print(f"{name}: could not be made")
            return None
    stamp.write_text(wanted, encoding="utf-8")
    return inside


def tests(python: Path, words: list[str]) -> tuple[bool, str]:
    """Run pytest; whether all passed, and its last line."""
    command = [str(python), "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *words]
    settings = os.environ | {"PYTHONWARNINGS": "error::UserWarning", "PYTHONPATH": str(ROOT)}
    last = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return run.returncode == 0, re.sub(r"\x1b\[[0-9;]*m", "", last).strip("= ")


def every_version(words: list[str]) -> int:
    lines, digests, good = [], {}, True
    for version in VERSIONS:
        python = interpreter(version)
        if python is None:
            lines.append(f"{version:7} no such Python here: skipped")
            continue
        print(f"Python {version}", flush=True)
        inside = environment(f".venv-{version}", python)
        passed, told = tests(inside, words or ["tests"]) if inside else (False, "no environment")
        found = answer(inside, ASK_DIGEST) if inside else None
        if found:
            digests[version] = found[-1]
            versions = "Python {}, Mesa {}, NumPy {}, Numba {}, riverton {}".format(*found)
        else:
            versions = "riverton could not be run"
        good = good and passed and found is not None
        lines.append(f"{version:7} {'passed' if passed else 'FAILED'}: {told}\n        {versions}")
    print("", *lines, sep="\n")
    if len(digests) > 1:
        same = len(set(digests.values())) == 1
        print("the digests agree" if same else "the digests differ: baselines compare with tolerances (docs/identity.md)")
    if not digests:
        print(f"none of Python {', '.join(VERSIONS)} was found" if good else "nothing ran")
    return 0 if good and digests else 1


def viz(words: list[str]) -> int:
    # The lock gives Python 3.11 the last Mesa whose page takes a model with a scenario of its own class (docs/mesa.md).
    python = interpreter("3.11")
    if python is None:
        print("the browser page is tested on Python 3.11, which is not here")
        return 1
    inside = environment(".venv-viz", python, VIZ_PINS)
    if inside is None:
        return 1
    os.environ |= {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "SOLARA_CHECK_HOOKS": "off"}
    passed, _ = tests(inside, words or ["tests/viz"])
    return 0 if passed else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viz", action="store_true", help="the tests of the browser page, with the extra viz")
    parser.add_argument("words", nargs="*", help="words for pytest")
    asked = parser.parse_args()
    sys.exit(viz(asked.words) if asked.viz else every_version(asked.words))
