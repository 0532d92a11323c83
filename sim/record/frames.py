"""Daily map layers in one compressed file.

Each layer keeps its shape (days, ny, nx), but time runs fastest in the file (Fortran order): a cell changes
seldom, so its history is a run of equal numbers. That packs as small as differences between days do, and
``numpy.load`` reads it as it is.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

# Level 3 takes a third of the time of zlib's default and makes files half as large again (1 MB for 270 days).
_LEVEL = 3


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays as an ``npz`` file, first axis fastest.

    Args:
        path: File to write.
        arrays: Plain arrays by name; names may contain a slash.

    Raises:
        ValueError: An array holds Python objects.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array, order="F"), allow_pickle=False)


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read every array of an ``npz`` file; pickled objects are refused.

    Raises:
        OSError, ValueError, zipfile.BadZipFile, EOFError: The file is no such archive, or is cut off.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("not an npz archive")  # noqa: TRY004
        return {name: archive[name] for name in archive.files}
