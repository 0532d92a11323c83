"""The index of cells: who stands in which cell.

Units are few and move often: :func:`sort_by_cell` builds a fresh compressed index each tick. Households are many and
seldom move: :func:`link_all`, :func:`link` and :func:`unlink` keep a doubly linked list for each cell, so that one move
costs the same however many people the city has.
"""

from __future__ import annotations

import numpy as np

from sim.kernels.jit import compiled, inlined


@compiled
def sort_by_cell(cell: np.ndarray, active: np.ndarray, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows sorted by cell, by counting.

    Args:
        cell: int32 (rows,), cell of each row, or -1 for none.
        active: bool (rows,), rows to take.
        n_cells: Number of cells.

    Returns:
        ``start`` int32 (n_cells + 1,) and ``rows`` int32 (m,): the rows in cell c are ``rows[start[c]:start[c + 1]]``.
    """
    start = np.zeros(n_cells + 1, np.int32)
    for row in range(cell.size):
        if active[row] and cell[row] >= 0:
            start[cell[row] + 1] += 1
    for c in range(n_cells):
        start[c + 1] += start[c]
    rows = np.empty(start[n_cells], np.int32)
    fill = start[:-1].copy()
    for row in range(cell.size):
        if active[row] and cell[row] >= 0:
            rows[fill[cell[row]]] = row
            fill[cell[row]] += 1
    return start, rows


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
