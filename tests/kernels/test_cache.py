"""Compiled kernels are kept between runs, and never used once something that they were made of has changed."""

from __future__ import annotations

import errno
import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from sim.kernels import cache
from sim.kernels.jit import compiled
from sim.kernels.kept import KeptFiles

ROOT = Path(__file__).resolve().parents[2]
TINY = '''"""A constant, and a kernel that is compiled when it is imported."""

from sim.kernels.jit import compiled_for

WEIGHT = 1.0


@compiled_for(0.0)
def part(x: float) -> float:
    return x / 4.0
'''
CALLER = '''"""A caller in another module than the kernel that it calls."""

import sim.kernels
from sim.kernels.jit import compiled
from sim.kernels.tiny import WEIGHT, part


@compiled
def weighted(x: float) -> float:
    return WEIGHT * part(x)
'''
ASK = "from sim.record.caller import weighted; print(weighted(3.0), weighted.stats.cache_hits)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package that a test may edit."""
    skipped = shutil.ignore_patterns("__pycache__", "data", "*.pyc")
    return Path(shutil.copytree(ROOT / "sim", tmp_path / "copy" / "sim", ignore=skipped))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def names(package: Path) -> set[str]:
    return {path.relative_to(package).as_posix() for path in cache.kernel_sources(package)}


def test_sources_hold_the_users_of_numba_and_all_that_they_import() -> None:
    found = names(cache.PACKAGE)
    assert {
        "kernels/jit.py", "kernels/rng.py", "kernels/cells.py", "kernels/fields.py", "battle/combat.py", "battle/harm.py",
        "battle/events.py", "battle/ground.py", "agents/codes.py", "agents/households.py", "record/codes.py", "city/codes.py",
    } <= found  # fmt: skip


def test_sources_leave_out_what_no_kernel_depends_on() -> None:
    found = names(cache.PACKAGE)
    strangers = ("cli/", "views/", "__main__.py", "record/run.py", "record/folder.py", "experiments/", "kernels/cache.py")
    assert not [name for name in found if name.startswith(strangers)]


def test_sources_are_listed_in_a_fixed_order() -> None:
    found = cache.kernel_sources()
    assert found == sorted(found)
    assert len(set(found)) == len(found)


IMPORTS = {
    "from sim.a.b import thing": True,
    "from sim.a import b": True,
    "from sim.a import (\n    other,\n    b,\n)": True,
    "from sim.a import other, b as c": True,
    "import sim.a.b": True,
    "import sim.a.b as c": True,
    "from sim.a import other": False,
    "from sim.ab import thing": False,
    "if x:\n    from sim.a.b import thing": False,
}


@pytest.mark.parametrize(("statement", "found"), IMPORTS.items())
def test_a_module_is_found_however_a_kernel_imports_it(tmp_path: Path, statement: str, found: bool) -> None:
    package = tmp_path / "sim"
    for name in ("a/__init__.py", "a/b.py", "a/other.py", "kernel.py", "ab.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("", encoding="utf-8")
    (package / "kernel.py").write_text(f"from sim.kernels.jit import compiled\n{statement}\n", encoding="utf-8")
    assert ("a/b.py" in names(package)) == found


def test_what_an_imported_module_imports_counts_too(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("from numba import njit\nfrom sim.first import x\n", encoding="utf-8")
    (tmp_path / "first.py").write_text("from sim.second import y\nfrom sim.kernel import z\n", encoding="utf-8")
    (tmp_path / "second.py").write_text("y = 1\n", encoding="utf-8")
    (tmp_path / "third.py").write_text("import numpy\n", encoding="utf-8")
    assert names(tmp_path) == {"kernel.py", "first.py", "second.py"}


@pytest.mark.parametrize(
    "edited", ["kernels/rng.py", "kernels/jit.py", "battle/combat.py", "agents/codes.py", "record/codes.py"]
)
def test_the_key_changes_with_anything_that_a_kernel_is_made_of(package: Path, edited: str) -> None:
    before = cache.source_key(package)
    (package / edited).write_bytes((package / edited).read_bytes() + b"# edited\n")
    assert cache.source_key(package) != before


@pytest.mark.parametrize("edited", ["cli/__init__.py", "views/maps.py", "record/folder.py", "kernels/cache.py", "new.py"])
def test_the_key_stays_when_nothing_that_matters_is_edited(package: Path, edited: str) -> None:
    before = cache.source_key(package)
    old = (package / edited).read_bytes() if (package / edited).exists() else b""
    (package / edited).write_bytes(old + b"# edited\n")
    assert cache.source_key(package) == before


def test_the_key_does_not_depend_on_where_the_package_lies(package: Path) -> None:
    assert cache.source_key(package) == cache.source_key(cache.PACKAGE)


def test_the_key_changes_with_numba(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.source_key(package)
    monkeypatch.setattr(cache, "version", lambda _: "0.0.1")
    assert cache.source_key(package) != before


def fresh_folder() -> Path:
    """The folder as a new process would choose it."""
    return cache.cache_folder.__wrapped__()


def test_the_folder_is_where_the_user_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSUL_ABM_CACHE", str(tmp_path / "mine"))
    assert fresh_folder() == tmp_path / "mine" / "kernels" / cache.source_key()
    assert list(fresh_folder().iterdir()) == []


def test_an_unwritable_place_falls_back_to_a_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("MOSUL_ABM_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    folder = fresh_folder()
    assert folder.is_dir()
    assert folder.name == cache.source_key()
    assert tmp_path in folder.parents


def test_where_nothing_can_be_kept_each_process_has_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setenv("MOSUL_ABM_CACHE", str(tmp_path / "mine"))
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Path, "touch", refuse)
    first, second = fresh_folder(), fresh_folder()
    assert first.is_dir()
    assert second.is_dir()
    assert first != second


def test_versions_not_used_for_a_month_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSUL_ABM_CACHE", str(tmp_path))
    current = fresh_folder()
    days = {"old": 31, "recent": 29}
    for name, age in days.items():
        (current.parent / name).mkdir()
        os.utime(current.parent / name, (time.time() - age * 86_400,) * 2)
    os.utime(current, (0, 0))
    assert fresh_folder() == current
    assert sorted(path.name for path in current.parent.iterdir()) == sorted([current.name, "recent"])
    assert time.time() - current.stat().st_mtime < 3600


def test_a_version_is_warm_once_all_has_been_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    assert not cache.is_warm()
    cache.mark_warm()
    assert cache.is_warm()


def launch(package: Path) -> subprocess.Popen[str]:
    """A new process that compiles the caller, or takes it from the cache."""
    settings = {"PYTHONPATH": str(package.parent), "MOSUL_ABM_CACHE": str(package.parent / "cache")}
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"} | settings
    return subprocess.Popen(
        [sys.executable, "-c", ASK], env=environment, cwd=package.parent, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ask(package: Path) -> tuple[float, bool]:
    """Value of the compiled caller in a new process, and whether it came from the cache."""
    with launch(package) as process:
        told, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    value, hits = told.split(" ", 1)
    return float(value), "Counter()" not in hits and "{}" not in hits


@pytest.fixture
def with_caller(package: Path) -> Path:
    """The package with a kernel and its caller to compile, its cache empty."""
    (package / "kernels" / "tiny.py").write_text(TINY, encoding="utf-8")
    (package / "record" / "caller.py").write_text(CALLER, encoding="utf-8")
    return package


def test_an_edited_kernel_or_constant_of_another_module_gives_the_new_result(with_caller: Path) -> None:
    tiny = with_caller / "kernels" / "tiny.py"
    assert {"kernels/tiny.py", "record/caller.py"} <= names(with_caller)
    assert ask(with_caller) == (0.75, False)
    assert ask(with_caller) == (0.75, True)
    edit(tiny, "WEIGHT = 1.0", "WEIGHT = 100.0")
    assert ask(with_caller) == (75.0, False)
    edit(tiny, "x / 4.0", "x / 2.0")
    assert ask(with_caller) == (150.0, False)


# Processes that compile at once, are killed, or find damaged files ----------------------------------------------------


def kept_files(package: Path) -> list[Path]:
    return sorted((package.parent / "cache").rglob("caller.*.nbc"))


def test_two_processes_that_compile_at_once_do_no_harm(with_caller: Path) -> None:
    both = [launch(with_caller) for _ in range(2)]
    told = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert {float(out.split(" ", 1)[0]) for out, _ in told} == {0.75}
    assert len(kept_files(with_caller)) == 1
    assert ask(with_caller) == (0.75, True)


def test_a_process_killed_while_it_compiles_leaves_a_usable_cache(with_caller: Path) -> None:
    cache_folder = with_caller.parent / "cache"
    process = launch(with_caller)
    # As soon as anything has been kept, or is being written: the caller itself is compiled last.
    while process.poll() is None and not any(path.suffix == ".nbc" or ".tmp." in path.name for path in cache_folder.rglob("*")):
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert ask(with_caller)[0] == 0.75
    assert ask(with_caller) == (0.75, True)


DAMAGE = {
    "emptied": lambda content: b"",
    "cut off within the checksum": lambda content: content[:7],
    "cut off in the middle": lambda content: content[: len(content) // 2],
    "lacking its last byte": lambda content: content[:-1],
    "one bit turned": lambda content: content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1])
    + content[len(content) // 2 + 1 :],
    "of something else": lambda content: b"not compiled code" * 100,
}  # fmt: skip


def half() -> tuple[float, bool]:
    """Value of a function that is compiled anew, and whether it came from the cache."""
    sys.modules.pop("damaged_kernel", None)
    function = compiled(importlib.import_module("damaged_kernel").half)
    return function(9.0), bool(function.stats.cache_hits)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    (tmp_path / "damaged_kernel.py").write_text("def half(x):\n    return x / 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))  # Numba reads it again now and then
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    assert half() == (4.5, False)
    assert half() == (4.5, True)
    (path,) = (tmp_path / "cache").rglob("*.nbc")
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert half() == (4.5, False)
    assert half() == (4.5, True)


def test_a_process_that_finds_damaged_files_compiles_them_again(with_caller: Path) -> None:
    assert ask(with_caller) == (0.75, False)
    files = list((with_caller.parent / "cache").rglob("*.nbc"))
    assert {path.name.split(".")[0] for path in files} == {"caller", "tiny"}
    for path in files:
        path.write_bytes(DAMAGE["one bit turned"](path.read_bytes()))
    assert ask(with_caller) == (0.75, False)


SIGNATURES = '''
import sim.kernels, sys, numpy as np
from sim.kernels.jit import compiled


@compiled
def double(x):
    return x + x


print(double(1), double(1.5), double(np.int32(2)), sorted(double.stats.cache_hits.values()))
'''


def test_each_signature_of_a_function_has_a_file_of_its_own(with_caller: Path) -> None:
    script = with_caller.parent / "signatures.py"
    script.write_text(SIGNATURES, encoding="utf-8")
    settings = {"PYTHONPATH": str(with_caller.parent), "MOSUL_ABM_CACHE": str(with_caller.parent / "cache")}
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"} | settings
    told = [
        subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert told == ["2 3.0 4 []", "2 3.0 4 [1, 1, 1]"]
    assert len(list((with_caller.parent / "cache").rglob("signatures.double*.nbc"))) == 3
    assert not list((with_caller.parent / "cache").rglob("*.nbi"))


def test_where_nothing_can_be_written_kernels_run_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(KeptFiles, "_open_for_write", full)
    assert compiled(_double)(21) == 42
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "gone")
    cache.mark_warm()


def _double(x: int) -> int:
    return 2 * x


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners of files here")
def test_a_shared_folder_that_others_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("MOSUL_ABM_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    shared = tmp_path / f"mosul-abm-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    assert shared not in fresh_folder().parents
    shared.chmod(0o700)
    assert shared in fresh_folder().parents
