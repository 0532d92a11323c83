"""One process at a time: a lock on a folder that the system lifts when its holder ends, however it ends."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sim.errors import SimError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

LOCK = ".lock"
_MAX_BYTES = 1000
# Windows locks ranges of bytes against reading too: one far behind the text that says who holds the lock.
_FAR = 1 << 20


class LockedError(SimError):
    """Another process works in the folder."""


class FolderLock:
    """The right to write into a folder.

    The file stays when the lock is given up: only the system's lock on it counts, and that ends with the process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / LOCK
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            LockedError: Another process holds it; the message says which.
            OSError: The folder cannot be written to.
        """
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):
            os.close(handle)
            raise LockedError(f"{self.folder}: another process works on this sweep{self._holder()}") from None
        except OSError:  # a file system without locks
            os.close(handle)
            raise
        self._handle = handle
        who = {"pid": os.getpid(), "host": platform.node(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(who).encode())

    def release(self) -> None:
        """Give the lock up."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    def _holder(self) -> str:
        try:
            with self.path.open("rb") as file:
                who = json.loads(file.read(_MAX_BYTES))
            return f" (process {who['pid']} on {who['host']}, since {who['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
