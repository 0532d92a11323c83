"""Where compiled kernels are kept between runs, and why a stale one is never used.

Numba looks only at the file of the function that it loads: an edit in a callee that lives elsewhere goes unnoticed. So
the cache folder's name holds a hash of every file that uses Numba and of all that those files import from this package.
This module must be imported before Numba is; :mod:`sim.kernels` sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(r"^from sim((?:\.\w+)*) import (\([^)]*\)|[^\n]*)|^import sim\.([\w.]+)", re.MULTILINE)
_COMPILED = re.compile(r"^(from|import) numba|^from sim\.kernels\.jit", re.MULTILINE)
_STALE_SECONDS = 30 * 86_400


def python_files(package: Path = PACKAGE) -> list[Path]:
    """Modules of a package, in an order that no system changes; what editors leave beside them does not count."""
    files = [path for path in package.rglob("*.py") if path.is_file() and not path.name.startswith(".")]
    return sorted(files, key=lambda path: path.relative_to(package).as_posix())


def kernel_sources(package: Path = PACKAGE) -> list[Path]:
    """Files whose text the compiled code depends on: users of Numba and what they import, in a fixed order."""
    texts = {path: path.read_text(encoding="utf-8") for path in python_files(package)}
    todo = [path for path, text in texts.items() if _COMPILED.search(text)]
    found: set[Path] = set()
    while todo:
        path = todo.pop()
        if path in found or path not in texts:
            continue
        found.add(path)
        for match in _IMPORT.finditer(texts[path]):
            target = package.joinpath(*(match[1] or match[3] or "").strip(".").split("."))
            # An imported name may be a module of its own: ``from sim.record import codes``.
            names = [target / name for name in re.findall(r"\w+", match[2] or "")]
            todo += [file for module in (target, *names) for file in (module.with_suffix(".py"), module / "__init__.py")]
    return sorted(found)


def source_key(package: Path = PACKAGE) -> str:
    """Hash of the kernels' sources, of Numba's and Python's versions and of the machine type."""
    digest = hashlib.blake2b(digest_size=8)
    for path in kernel_sources(package):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    try:
        numba_version = version("numba")
    except PackageNotFoundError:
        numba_version = "none"
    digest.update(f"{numba_version} {sys.version_info[:3]} {platform.machine()}".encode())
    return digest.hexdigest()


def _user_cache() -> Path:
    if chosen := os.environ.get("MOSUL_ABM_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "mosul-abm"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/mosul-abm"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mosul-abm"


@cache
def cache_folder() -> Path:
    """Folder of this version's compiled kernels, made if missing; a temporary one where the home is read-only."""
    key = source_key()
    for base in (_user_cache(),
        Path(tempfile.gettempdir()) / f"mosul-abm-{os.getuid() if hasattr(os, 'getuid') else 0}"):
        folder = base / "kernels" / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not _is_ours(base):
                continue
            os.utime(folder)
            probe = folder / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError:
            continue
        _forget_old(folder)
        return folder
    return Path(tempfile.mkdtemp(prefix="mosul-abm-"))


def _is_ours(base: Path) -> bool:
    """Whether nobody else can put compiled code into a folder that is shared by name, such as one in ``/tmp``."""
    if not hasattr(os, "getuid"):
        return True
    about = base.stat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o022


def _forget_old(current: Path) -> None:
    for folder in current.parent.iterdir():
        try:
            if folder != current and time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def use_cache() -> None:
    """Point Numba at the keyed folder, whether it has been imported yet or not."""
    folder = str(cache_folder())
    os.environ["NUMBA_CACHE_DIR"] = folder
    if numba := sys.modules.get("numba"):
        numba.config.CACHE_DIR = folder


def _mark() -> Path:
    """A file that says so; Numba keeps kernels by the path of their source, so a second checkout has one of its own."""
    return cache_folder() / f"warm-{hashlib.blake2b(str(PACKAGE).encode(), digest_size=4).hexdigest()}"


def is_warm() -> bool:
    """Whether the kernels of this version have been compiled before on this machine."""
    return _mark().exists()


def mark_warm() -> None:
    """Remember that every kernel has been compiled; where that cannot be kept, the next run says that it compiles."""
    with contextlib.suppress(OSError):
        _mark().touch()
