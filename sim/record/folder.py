"""The run folder on disk: written whole or not at all, and distrusted when read.

A folder is filled under a hidden temporary name beside its place, flushed to disk, and renamed. The manifest,
which lists every other file with its size and hash, is written last: without it, or with a file of another size, a
folder is not finished. :func:`check_content` compares the hashes too.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import shutil
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, reason
from sim.record.manifest import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MANIFEST = "manifest.json"
SCENARIO = "scenario.yaml"
SUMMARY = "summary.json"
DAILY = "daily.parquet"
NEIGHBOURHOODS = "neighbourhoods.parquet"
SITES = "sites.parquet"
EVENTS = "events.parquet"
FRAMES = "frames.npz"
CITY = "city"
GRID = f"{CITY}/grid.json"
REQUIRED = (SCENARIO, SUMMARY, DAILY, NEIGHBOURHOODS, SITES, EVENTS, FRAMES, GRID)

UNFINISHED_PREFIX = ".unfinished-"
_MAX_NUMBER = 10_000
_MAX_MANIFEST_BYTES = 10_000_000
_HASH_BYTES = 16
_TOKEN_BYTES = 6
_BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    MemoryError,
    OverflowError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def write_folder(
    parent: Path, name: str, writers: Mapping[str, Callable[[Path], None]], manifest: dict[str, Any]
) -> Path:
    """Write a run folder so that it appears at once and complete.

    Args:
        parent: Folder that holds run folders; made where missing.
        name: Name wanted; ``-2``, ``-3`` ... is added where it is taken.
        writers: For each file, by its path in the folder, the function that writes it.
        manifest: Content of the manifest; the list of files is added.

    Returns:
        The finished folder.

    Raises:
        RunError: It cannot be written; nothing is left behind.
    """
    # The name is known before the folder is: an interrupt at any moment finds it, and takes it away.
    workplace = parent / f"{UNFINISHED_PREFIX}{secrets.token_hex(_TOKEN_BYTES)}"
    try:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            workplace.mkdir()
        except OSError as error:
            raise RunError(f"{parent}: cannot hold run folders ({reason(error)})") from error
        _fill(workplace, writers, manifest)
        return _publish(workplace, parent, name)
    except OSError as error:
        raise RunError(f"{parent / name}: cannot be written ({reason(error)})") from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _fill(workplace: Path, writers: Mapping[str, Callable[[Path], None]], manifest: dict[str, Any]) -> None:
    sizes, hashes = {}, {}
    for relative, write in writers.items():
        path = workplace / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        _flush(path)
        sizes[relative], hashes[relative] = path.stat().st_size, _hash_of(path)
    path = workplace / MANIFEST
    path.write_text(json_text(manifest | {"files": sizes, "hashes": hashes}), encoding="utf-8")
    _flush(path)
    _flush(workplace)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_HASH_BYTES)).hexdigest()


def _publish(workplace: Path, parent: Path, name: str) -> Path:
    for number in range(1, _MAX_NUMBER):
        target = parent / (name if number == 1 else f"{name}-{number}")
        if os.path.lexists(target):
            continue
        try:
            workplace.rename(target)
        except OSError:
            if not os.path.lexists(target):
                raise
            continue  # another process took the name first
        _flush(parent)
        return target
    raise RunError(f"{parent / name}: {_MAX_NUMBER} runs of this name exist already")


def _flush(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def json_text(content: Any) -> str:  # noqa: ANN401  any plain value
    """JSON that every reader takes: NaN becomes null, infinity is refused."""
    return json.dumps(_without_nan(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _without_nan(content: Any) -> Any:  # noqa: ANN401
    if isinstance(content, float) and math.isnan(content):
        return None
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return content


def open_folder(path: Path) -> dict[str, Any]:
    """Read the manifest of a run folder and check that the folder is finished.

    Raises:
        RunError: It is no run folder, is unfinished or cut off, or is of another version of the format.
    """
    if not path.is_dir():
        what = "is a file, not a run folder" if path.exists() else "there is no such run folder"
        raise RunError(f"{path}: {what}")
    place = path / MANIFEST
    if not place.is_file():
        others = any((path / name).exists() for name in REQUIRED)
        what = "an unfinished run" if others else "not a run folder"
        raise RunError(f"{path}: {what} (it has no {MANIFEST})")
    with reading(place):
        if place.stat().st_size > _MAX_MANIFEST_BYTES:
            raise ValueError("too large")
        manifest = read_json(place)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise RunError(f"{place}: not the manifest of a run")
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise RunError(f"{path}: format version {repr(version)[:40]}; this program reads version {SCHEMA_VERSION}")
    if not isinstance(manifest.get("digest"), str):
        raise RunError(f"{place}: the digest is missing")
    _check_sizes(path, manifest["files"])
    return manifest


def _check_sizes(path: Path, files: dict[str, Any]) -> None:
    for relative in dict.fromkeys((*REQUIRED, *files)):
        place = path / relative
        if ".." in Path(relative).parts or Path(relative).is_absolute():
            raise RunError(f"{path / MANIFEST}: names a file outside the run folder")
        with reading(place):
            size = place.stat().st_size if place.is_file() else None
        if size is None:
            raise RunError(f"{place}: missing, the run is unfinished or was cut off")
        if relative in files and size != files[relative]:
            wanted = files[relative] if isinstance(files[relative], int) else "what its manifest says"
            raise RunError(f"{place}: cut off or changed ({size} bytes, not {wanted})")


def check_content(path: Path, manifest: Mapping[str, Any]) -> None:
    """Check that every file of a run folder still holds the bytes that were written.

    Args:
        path: The run folder.
        manifest: What :func:`open_folder` read.

    Raises:
        RunError: A file was changed or damaged, or the manifest does not say what it should hold.
    """
    hashes = manifest.get("hashes")
    for relative in dict.fromkeys((*REQUIRED, *manifest["files"])):
        place = path / relative
        wanted = hashes.get(relative) if isinstance(hashes, dict) else None
        if not isinstance(wanted, str):
            raise RunError(f"{path / MANIFEST}: names no hash of {relative}")
        with reading(place):
            found = _hash_of(place)
        if found != wanted:
            raise RunError(f"{place}: changed or damaged since it was written")


def read_json(path: Path) -> Any:  # noqa: ANN401  whatever the file holds
    """Content of a JSON file.

    Raises:
        OSError, ValueError: It cannot be read, or is no JSON.
    """
    return json.loads(path.read_text(encoding="utf-8"))


def checked_summary(plain: object) -> dict[str, float]:
    """Outcomes from JSON, null read as NaN.

    Raises:
        ValueError: It is not a flat table of numbers.
    """
    if not isinstance(plain, dict):
        raise ValueError("not a table of outcomes")  # noqa: TRY004
    summary: dict[str, float] = {}
    for name, value in plain.items():
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise ValueError(f"{name} is not a number")  # noqa: TRY004
        summary[name] = math.nan if value is None else value
    return summary


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file sets off into one RunError that names the file."""
    try:
        yield
    except RunError:
        raise
    except _BROKEN as error:
        detail = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            detail = reason(error)
        raise RunError(f"{path}: cannot be read, damaged or not a run's ({detail})") from error
