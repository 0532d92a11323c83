"""The index of cells against NumPy's sort and against plain sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels.cells import link, link_all, relist, unlink
from sim.kernels.jit import compiled

CELLS = 5


@compiled
def put(at: int, row: int, head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> None:
    link(at, row, head, following, previous)


@compiled
def take(at: int, row: int, head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> None:
    unlink(at, row, head, following, previous)


def lists(rows: int, cells: int = CELLS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.full(cells, -1, np.int32), np.full(rows, -1, np.int32), np.full(rows, -1, np.int32)


def members(head: np.ndarray, following: np.ndarray, previous: np.ndarray) -> list[list[int]]:
    """Rows of each cell from the front; the ways forth and back must agree."""
    found = []
    for first in head.tolist():
        chain, before, row = [], -1, first
        while row >= 0:
            assert previous[row] == before
            assert row not in chain
            chain.append(row)
            before, row = row, int(following[row])
        found.append(chain)
    return found


def chains(head: np.ndarray, following: np.ndarray) -> dict[int, list[int]]:
    """Rows of each cell that has any, from the front."""
    found: dict[int, list[int]] = {}
    for cell in np.flatnonzero(head >= 0).tolist():
        row = int(head[cell])
        while row >= 0:
            found.setdefault(cell, []).append(row)
            assert len(found[cell]) <= following.size, "the list goes round in circles"
            row = int(following[row])
    return found


def by_numpy(rows: np.ndarray, cell: np.ndarray) -> dict[int, list[int]]:
    """The same by NumPy's stable sort."""
    order = rows[np.argsort(cell[rows], kind="stable")]
    cells, starts = np.unique(cell[order], return_index=True)
    return {int(c): part.tolist() for c, part in zip(cells, np.split(order, starts[1:]), strict=True)} if rows.size else {}


@pytest.mark.parametrize(("rows", "cells"), [(0, 4), (1, 1), (50, 7), (400, 1000), (5000, 60)])
def test_units_are_listed_by_cell_in_ascending_order_tick_after_tick(rows: int, cells: int) -> None:
    rng = np.random.default_rng(rows)
    head, following = np.full(cells, -1, np.int32), np.full(rows, -1, np.int32)
    used = np.zeros(0, np.int32)
    for _ in range(5):
        cell = rng.integers(-1, cells, rows).astype(np.int32)
        taken = np.flatnonzero((rng.random(rows) < 0.7) & (cell >= 0)).astype(np.int32)
        used = relist(used, taken, cell, head, following)
        assert chains(head, following) == by_numpy(taken, cell)
        assert set(used.tolist()) == set(np.flatnonzero(head >= 0).tolist())


def test_cells_that_all_units_have_left_are_emptied() -> None:
    head, following = np.full(4, -1, np.int32), np.full(3, -1, np.int32)
    cell = np.array([2, 0, 2], np.int32)
    used = relist(np.zeros(0, np.int32), np.arange(3, dtype=np.int32), cell, head, following)
    assert head.tolist() == [1, -1, 0, -1]
    cell[:] = 3
    used = relist(used, np.array([1], np.int32), cell, head, following)
    assert head.tolist() == [-1, -1, -1, 1]
    assert used.tolist() == [3]
    assert relist(used, np.zeros(0, np.int32), cell, head, following).size == 0
    assert head.tolist() == [-1] * 4


@given(st.lists(st.integers(-1, CELLS - 1), max_size=30))
def test_lists_built_anew_hold_the_rows_of_each_cell_in_ascending_order(cells: list[int]) -> None:
    head, following, previous = lists(len(cells))
    for stale in (head, following, previous):
        stale[:] = 0  # what was there before must not matter
    link_all(np.array(cells, np.int32), head, following, previous)
    assert members(head, following, previous) == [[r for r, c in enumerate(cells) if c == cell] for cell in range(CELLS)]
    off_grid = [row for row, cell in enumerate(cells) if cell < 0]
    assert (following[off_grid] == -1).all()
    assert (previous[off_grid] == -1).all()


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(-1, CELLS - 1)), max_size=80))
def test_any_order_of_moves_keeps_every_row_in_one_list(rows: int, moves: list[tuple[int, int]]) -> None:
    head, following, previous = lists(rows)
    model: dict[int, list[int]] = {cell: [] for cell in range(CELLS)}
    where: dict[int, int] = {}
    for row, to in moves:
        if row >= rows:
            continue
        if row in where:
            take(where[row], row, head, following, previous)
            model[where.pop(row)].remove(row)
            assert following[row] == previous[row] == -1
        if to >= 0:
            put(to, row, head, following, previous)
            model[to].insert(0, row)
            where[row] = to
        assert members(head, following, previous) == list(model.values())
