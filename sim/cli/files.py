"""Files that commands write: whole or not at all, and over another one only where the command says so."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.errors import SimError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TOKEN_BYTES = 6


class WritingError(SimError):
    """A file that cannot be written."""


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        FileExistsError: Something of this name is there; it is left as it is.
        OSError: It cannot be written; nothing is left behind.
    """
    with _beside(path) as draft:
        draft.write_text(text, encoding="utf-8")
        try:
            os.link(draft, path)  # unlike a rename, never over a file
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            with path.open("xb"):
                pass
            draft.replace(path)


def write_over(path: Path, text: str) -> None:
    """Write a file, in place of one of the same name.

    Raises:
        WritingError: It cannot be written; what was there before is still there.
    """
    try:
        with _beside(path) as draft:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
    except OSError as error:
        raise WritingError(f"{path}: cannot be written ({reason(error)})") from error


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A workplace whose files are moved into a folder, over those of the same name, once the block is done.

    Raises:
        WritingError: They cannot be written; the folder is as it was.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _beside(folder / "pictures") as workplace:
            workplace.mkdir()
            yield workplace
            for path in sorted(workplace.iterdir()):
                path.replace(folder / path.name)
    except OSError as error:
        raise WritingError(f"{folder}: cannot be written ({reason(error)})") from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A hidden name in the same folder, taken away in the end."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(_TOKEN_BYTES)}")
    try:
        yield draft
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
