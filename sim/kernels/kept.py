"""Files of the kernel cache that are whole or are not used: one for each function and signature, with a checksum.

Numba keeps an index beside its files. A file that was cut off (a full disk, a power cut) ends a run with a traceback there,
and two processes that compile two signatures of one function at once can leave an index that names the other's file.
Here a file's name follows from what it holds, so there is no index, and what does not fit its checksum is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from pathlib import Path
from typing import Any

from numba.core import caching
from numba.core.serialize import dumps

_CHECKSUM_BYTES = 16


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


class KeptFiles(caching.IndexDataCacheFile):
    """The cache files of one function."""

    def _path(self, key: object) -> Path:
        return Path(self._data_path(self._data_name(int.from_bytes(_checksum(repr(key).encode())[:8], "little"))))

    def save(self, key: object, data: object) -> None:
        """Keep the compiled code of a signature; a reader sees all of it or nothing."""
        content = dumps((self._version, self._source_stamp, key, data))
        # A full disk costs the next process the time to compile, and this one nothing.
        with contextlib.suppress(OSError), self._open_for_write(str(self._path(key))) as file:
            file.write(_checksum(content))
            file.write(content)

    def load(self, key: object) -> Any:  # noqa: ANN401  what Numba kept
        """The compiled code of a signature, or None where there is none that is whole and of these sources."""
        try:
            stored = self._path(key).read_bytes()
        except OSError:
            return None
        content = stored[_CHECKSUM_BYTES:]
        if stored[:_CHECKSUM_BYTES] != _checksum(content):
            return None
        version, stamp, kept_key, data = pickle.loads(content)
        return data if (version, stamp, kept_key) == (self._version, self._source_stamp, key) else None

    def flush(self) -> None:
        """Forget what was kept of this function."""
        for path in Path(self._cache_path).glob(self._index_name.replace(".nbi", ".*.nbc")):
            with contextlib.suppress(OSError):
                path.unlink()


def use_kept_files() -> None:
    """Have Numba keep what it compiles from now on in such files."""
    caching.IndexDataCacheFile = KeptFiles
