"""Distance fields: travel cost from every cell to the nearest source, and steps down a field.

A move joins two of the eight neighbours of a cell. Its cost is the mean slowness of both cells times the length, in
integer units: ``5 * (slow[a] + slow[b])`` straight, ``7 * (slow[a] + slow[b])`` diagonal (7/5 for the square root of
2), so that a straight move over a cell of slowness 10 costs 100. A diagonal move needs both cells beside it free.
Dijkstra's method with a ring of buckets (Dial 1969, "Algorithm 360") is exact for such costs.
"""

from __future__ import annotations

import math

import numpy as np

from sim.kernels.jit import compiled, inlined

UNREACHED = np.int32(2_147_483_647)
NO_LIMIT = int(UNREACHED) - 1
OPEN_SLOWNESS = 10
# Cost of a straight move between open cells.
OPEN_STEP = 100.0
STRAIGHT, DIAGONAL = 5, 7
DX = np.array([1, -1, 0, 0, 1, 1, -1, -1], dtype=np.int32)
DY = np.array([0, 0, 1, -1, 1, -1, 1, -1], dtype=np.int32)


@inlined
def neighbour(cell: int, k: int, nx: int, ny: int) -> int:
    """Cell index of the ``k``-th neighbour (0-3 straight, 4-7 diagonal), or -1 off the grid."""
    x = cell % nx + DX[k]
    y = cell // nx + DY[k]
    if x < 0 or x >= nx or y < 0 or y >= ny:
        return -1
    return int(y * nx + x)


@inlined
def step_cost(slow: np.ndarray, cell: int, k: int, nx: int, ny: int) -> int:
    """Cost of the move from ``cell`` to its ``k``-th neighbour, or -1 where there is no such move."""
    to = neighbour(cell, k, nx, ny)
    if to < 0 or slow[to] <= 0:
        return -1
    if k < 4:
        return int(STRAIGHT * (slow[cell] + slow[to]))
    if slow[cell + DX[k]] <= 0 or slow[cell + DY[k] * nx] <= 0:
        return -1
    return int(DIAGONAL * (slow[cell] + slow[to]))


# Counters of the buckets: entries used so far, entries waiting.
_USED, _WAITING = range(2)


@inlined
def _offer(
    dist: np.ndarray, item: np.ndarray, following: np.ndarray, head: np.ndarray, counter: np.ndarray, to: int, cost: int,
    limit: int,
) -> None:  # fmt: skip
    """Take note of a way to cell ``to`` where it is cheaper than what is known, and put the cell into its bucket."""
    if cost < dist[to] and cost <= limit:
        dist[to] = cost
        entry = counter[_USED]
        slot = cost & (head.size - 1)
        item[entry], following[entry] = to, head[slot]
        head[slot] = entry
        counter[_USED] = entry + 1
        counter[_WAITING] += 1


@inlined
def _offer_neighbours(
    wide: np.ndarray, w: int, cell: int, cost: int, limit: int, dist: np.ndarray, item: np.ndarray, following: np.ndarray,
    head: np.ndarray, counter: np.ndarray,
) -> None:  # fmt: skip
    """Go on from a settled cell of the framed grid to its eight neighbours."""
    here = wide[cell]
    straight, diagonal = cost + STRAIGHT * here, cost + DIAGONAL * here
    for side in (-1, 1):
        beside, ahead = wide[cell + side], wide[cell + side * w]
        if beside > 0:
            _offer(dist, item, following, head, counter, cell + side, straight + STRAIGHT * beside, limit)
        if ahead > 0:
            _offer(dist, item, following, head, counter, cell + side * w, straight + STRAIGHT * ahead, limit)
        for up in (-w, w):
            there = wide[cell + side + up]
            if there > 0 and beside > 0 and wide[cell + up] > 0:
                _offer(dist, item, following, head, counter, cell + side + up, diagonal + DIAGONAL * there, limit)


@compiled
def distance_field(slow: np.ndarray, sources: np.ndarray, nx: int, ny: int, limit: int) -> np.ndarray:
    """Least travel cost from each cell to the nearest source.

    Args:
        slow: int32 (cells,), slowness of each cell, 1 or more; 0 or less for impassable.
        sources: int32 (m,), cells at cost 0; impassable ones are sources all the same.
        nx: Cells in a row.
        ny: Rows.
        limit: Cost beyond which cells are left unreached.

    Returns:
        int32 (cells,), cost, :data:`UNREACHED` where no path of at most ``limit`` exists.
    """
    # A frame of impassable cells saves the tests for the edge.
    w = nx + 2
    wide = np.zeros(w * (ny + 2), np.int32)
    top = 1
    for y in range(ny):
        for x in range(nx):
            wide[(y + 1) * w + x + 1] = max(slow[y * nx + x], 0)
            top = max(top, slow[y * nx + x])
    ring = 1
    while ring < 2 * DIAGONAL * top + 1:
        ring *= 2
    dist = np.full(wide.size, UNREACHED, np.int32)
    head = np.full(ring, -1, np.int32)
    item = np.empty(8 * wide.size + sources.size, np.int32)
    following = np.empty(item.size, np.int32)
    counter = np.zeros(2, np.int64)
    for source in sources:
        _offer(dist, item, following, head, counter, (source // nx + 1) * w + source % nx + 1, 0, max(limit, 0))
    cost = 0
    while counter[_WAITING] > 0 and cost <= limit:
        slot = cost & (ring - 1)
        while head[slot] >= 0:
            entry = head[slot]
            head[slot] = following[entry]
            counter[_WAITING] -= 1
            if dist[item[entry]] == cost:  # otherwise a shorter path has overtaken this entry
                _offer_neighbours(wide, w, item[entry], cost, limit, dist, item, following, head, counter)
        cost += 1
    out = np.empty(nx * ny, np.int32)
    for y in range(ny):
        for x in range(nx):
            out[y * nx + x] = dist[(y + 1) * w + x + 1]
    return out


@compiled
def flood(free: np.ndarray, sources: np.ndarray, nx: int, ny: int) -> np.ndarray:
    """Cells that can be reached over free cells.

    Args:
        free: bool (cells,), cells that can be entered.
        sources: int32 (m,), where to begin; reached themselves.
        nx: Cells in a row.
        ny: Rows.

    Returns:
        bool (cells,); moves as in :func:`distance_field`.
    """
    reached = np.zeros(free.size, np.bool_)
    stack = np.empty(free.size + sources.size, np.int32)
    n = 0
    for source in sources:
        if not reached[source]:
            reached[source] = True
            stack[n] = source
            n += 1
    while n > 0:
        n -= 1
        cell = stack[n]
        x, y = cell % nx, cell // nx
        for k in range(8):
            if not (0 <= x + DX[k] < nx and 0 <= y + DY[k] < ny):
                continue
            to = cell + DY[k] * nx + DX[k]
            if reached[to] or not free[to]:
                continue
            if k >= 4 and not (free[cell + DX[k]] and free[cell + DY[k] * nx]):
                continue
            reached[to] = True
            stack[n] = to
            n += 1
    return reached


@compiled
def directions(dist: np.ndarray, slow: np.ndarray, nx: int, ny: int) -> np.ndarray:
    """The next move down a field from every cell: int8 (cells,), neighbour number, -1 at a source or where unreached."""
    out = np.empty(dist.size, np.int8)
    for cell in range(dist.size):
        out[cell] = downhill(dist, slow, cell, nx, ny)
    return out


@inlined
def step_hours(slow: np.ndarray, cell: int, k: int, nx: int, ny: int, cell_m: float, speed: float) -> float:
    """Hours that the move from ``cell`` to its ``k``-th neighbour takes at ``speed`` metres an hour in the open."""
    return step_cost(slow, cell, k, nx, ny) / OPEN_STEP * cell_m / speed


@inlined
def step_m(k: int, cell_m: float) -> float:
    """Length of the move to the ``k``-th neighbour, metres."""
    return cell_m if k < 4 else cell_m * math.sqrt(2.0)


@inlined
def downhill(dist: np.ndarray, slow: np.ndarray, cell: int, nx: int, ny: int) -> int:
    """Neighbour number of the next move on a shortest path down ``dist``, or -1 at a source or where unreached."""
    here = dist[cell]
    if here == 0 or here == UNREACHED:  # noqa: PLR1714  Numba knows no such tuples
        return -1
    best, best_k = here, -1
    for k in range(8):
        step = step_cost(slow, cell, k, nx, ny)
        if step < 0:
            continue
        there = dist[neighbour(cell, k, nx, ny)]
        if there == UNREACHED:
            continue
        if there + step == here:
            return k
        if there < best:
            best, best_k = there, k
    return best_k
