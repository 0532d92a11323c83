"""The index of cells: who stands in which cell.

Units are few and move often: :func:`relist` builds their lists anew each tick. Households are many and seldom move:
:func:`link_all`, :func:`link` and :func:`unlink` keep a doubly linked list for each cell, so that one move costs the same
however many people the city has.
"""

from __future__ import annotations

import numpy as np

from sim.kernels.jit import compiled, inlined


@compiled
def relist(old_cells: np.ndarray, rows: np.ndarray, cell: np.ndarray, head: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Build singly linked lists of few rows anew; the cost follows their number, not the number of cells.

    Args:
        old_cells: int32 (k,), cells that the last call returned: their lists are emptied.
        rows: int32 (m,), rows to list, ascending.
        cell: int32 (rows,), cell of each row, 0 or more for all of ``rows``.
        head: int32 (cells,), first row of each cell, -1 for none; changed.
        following: int32 (rows,), next row in the same cell, ascending; changed.

    Returns:
        int32 (m,), cells in use, for the next call.
    """
    for i in range(old_cells.size):
        head[old_cells[i]] = -1
    used = np.empty(rows.size, np.int32)
    for i in range(rows.size - 1, -1, -1):
        row = rows[i]
        at = cell[row]
        following[row] = head[at]
        head[at] = row
        used[i] = at
    return used


@compiled
def link_all(cell: np.ndarray, head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> None:
    """Build the lists of all cells anew, rows in ascending order."""
    head[:] = -1
    following[:] = -1
    previous[:] = -1
    for row in range(cell.size - 1, -1, -1):
        if cell[row] >= 0:
            link(cell[row], row, head, following, previous)


@inlined
def link(at: int, row: int, head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> None:
    """Put a row in front of the list of cell ``at``."""
    first = head[at]
    following[row] = first
    previous[row] = -1
    if first >= 0:
        previous[first] = row
    head[at] = row


@inlined
def unlink(at: int, row: int, head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> None:
    """Take a row out of the list of cell ``at``."""
    if previous[row] >= 0:
        following[previous[row]] = following[row]
    else:
        head[at] = following[row]
    if following[row] >= 0:
        previous[following[row]] = previous[row]
    following[row] = -1
    previous[row] = -1
