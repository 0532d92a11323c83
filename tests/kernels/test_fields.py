"""Distance fields against SciPy's Dijkstra, and ways down them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sim.kernels.fields import DX, DY, UNREACHED, directions, distance_field, neighbour, step_cost

NO_LIMIT = int(UNREACHED) - 1
MOVES = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)]


def moves(slow: np.ndarray, nx: int, ny: int) -> dict[tuple[int, int], int]:
    """Cost of every move between free cells, by the rule as it is written down, not as it is coded."""
    grid = slow.reshape(ny, nx)
    found = {}
    for y in range(ny):
        for x in range(nx):
            for dx, dy in MOVES:
                tx, ty = x + dx, y + dy
                if not (0 <= tx < nx and 0 <= ty < ny) or grid[y, x] <= 0 or grid[ty, tx] <= 0:
                    continue
                if dx and dy and (grid[y, tx] <= 0 or grid[ty, x] <= 0):
                    continue
                found[y * nx + x, ty * nx + tx] = (7 if dx and dy else 5) * int(grid[y, x] + grid[ty, tx])
    return found


def reference(slow: np.ndarray, sources: list[int], nx: int, ny: int) -> np.ndarray:
    edges = moves(slow, nx, ny)
    graph = csr_array((list(edges.values()), tuple(zip(*edges, strict=True))), shape=(nx * ny, nx * ny), dtype=float)
    cost = dijkstra(graph, indices=sources, min_only=True)
    return np.where(np.isfinite(cost), cost, UNREACHED).astype(np.int64)


def random_ground(seed: int, nx: int, ny: int, blocked: float, top: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    slow = rng.integers(1, top + 1, nx * ny).astype(np.int32)
    slow[rng.random(nx * ny) < blocked] = 0
    return slow


def free_cells(slow: np.ndarray, seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed + 1000).choice(np.flatnonzero(slow > 0), n, replace=False).astype(np.int32)


def walk(dist: np.ndarray, slow: np.ndarray, cell: int, nx: int, ny: int) -> tuple[int, list[int]]:
    """Cost and cells of the way down a field; costs are those of the reference."""
    ways, edges = directions(dist, slow, nx, ny), moves(slow, nx, ny)
    cost, path = 0, [cell]
    while ways[cell] >= 0:
        to = neighbour(cell, ways[cell], nx, ny)
        cost += edges[cell, to]
        cell = to
        path.append(cell)
        assert len(path) <= dist.size, "the way goes round in circles"
    return cost, path


CASES = [
    (1, 17, 11, 0.0, 1), (2, 17, 11, 0.25, 1), (3, 23, 19, 0.35, 3), (4, 40, 31, 0.3, 7), (5, 1, 40, 0.05, 2),
    (6, 40, 1, 0.05, 2), (7, 2, 2, 0.0, 1), (8, 30, 30, 0.45, 4),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "nx", "ny", "blocked", "n"), CASES)
def test_a_field_is_the_least_cost_that_dijkstra_finds(seed: int, nx: int, ny: int, blocked: float, n: int) -> None:
    slow = random_ground(seed, nx, ny, blocked)
    sources = free_cells(slow, seed, n)
    field = distance_field(slow, sources, nx, ny, NO_LIMIT)
    assert field.dtype == np.int32
    assert np.array_equal(field, reference(slow, sources.tolist(), nx, ny))


@pytest.mark.parametrize("top", [1, 10, 5000])
def test_any_range_of_slowness_fits_the_ring_of_buckets(top: int) -> None:
    slow = random_ground(9, 25, 20, 0.2, top)
    sources = free_cells(slow, 9, 2)
    assert np.array_equal(distance_field(slow, sources, 25, 20, NO_LIMIT), reference(slow, sources.tolist(), 25, 20))


def test_a_straight_open_hectare_costs_100_and_a_diagonal_one_140() -> None:
    field = distance_field(np.full(49, 10, np.int32), np.array([24], np.int32), 7, 7, NO_LIMIT).reshape(7, 7)
    assert field[3, 3] == 0
    assert field[3, 4] == field[2, 3] == 100
    assert field[4, 4] == field[2, 4] == 140
    assert field[0, 3] == 300
    assert field[0, 0] == 420
    assert field[3, 6] == 300
    assert field[1, 6] == 380


def test_no_way_cuts_a_corner() -> None:
    slow = np.array([10, 0, 0, 10], np.int32)
    assert distance_field(slow, np.array([0], np.int32), 2, 2, NO_LIMIT).tolist() == [0, UNREACHED, UNREACHED, UNREACHED]
    slow = np.array([10, 0, 10, 10], np.int32)
    assert distance_field(slow, np.array([0], np.int32), 2, 2, NO_LIMIT).tolist() == [0, UNREACHED, 100, 200]


def test_the_edges_of_the_grid_are_not_joined() -> None:
    slow = np.full(12, 10, np.int32)
    slow[[1, 5, 9]] = 0
    field = distance_field(slow, np.array([0], np.int32), 4, 3, NO_LIMIT)
    assert field.tolist() == [0, *[UNREACHED] * 3, 100, *[UNREACHED] * 3, 200, *[UNREACHED] * 3]


@pytest.mark.parametrize("limit", [-1, 0, 49, 300, 1234, 10**6])
def test_cells_beyond_the_limit_are_left_unreached(limit: int) -> None:
    slow = random_ground(11, 30, 20, 0.2)
    sources = free_cells(slow, 11, 2)
    whole = reference(slow, sources.tolist(), 30, 20)
    expected = np.where(whole <= max(limit, 0), whole, UNREACHED)
    assert np.array_equal(distance_field(slow, sources, 30, 20, limit), expected)


def test_a_cell_at_the_limit_itself_is_reached() -> None:
    slow = np.full(5, 10, np.int32)
    assert distance_field(slow, np.array([0], np.int32), 5, 1, 200).tolist() == [0, 100, 200, UNREACHED, UNREACHED]
    assert distance_field(slow, np.array([0], np.int32), 5, 1, 199).tolist() == [0, 100, *[UNREACHED] * 3]


def test_without_sources_nothing_is_reached() -> None:
    assert (distance_field(np.full(9, 10, np.int32), np.zeros(0, np.int32), 3, 3, NO_LIMIT) == UNREACHED).all()


def test_a_source_named_twice_counts_once() -> None:
    slow = random_ground(12, 12, 12, 0.2)
    once = free_cells(slow, 12, 3)
    twice = np.concatenate([once, once[::-1]])
    assert np.array_equal(distance_field(slow, twice, 12, 12, NO_LIMIT), distance_field(slow, once, 12, 12, NO_LIMIT))


@pytest.mark.parametrize("blocked", [0, -1, -1000])
def test_ways_start_at_a_blocked_source_but_never_end_in_it(blocked: int) -> None:
    slow = np.array([10, 10, blocked, 10, 10], np.int32)
    field = distance_field(slow, np.array([2], np.int32), 5, 1, NO_LIMIT)
    assert field.tolist() == [150, 50, 0, 50, 150]
    assert directions(field, slow, 5, 1).tolist() == [0, -1, -1, -1, 1]


def test_the_ground_is_left_as_it_was() -> None:
    slow = random_ground(13, 20, 20, 0.3)
    before = slow.copy()
    directions(distance_field(slow, free_cells(slow, 13, 1), 20, 20, NO_LIMIT), slow, 20, 20)
    assert np.array_equal(slow, before)


@pytest.mark.parametrize(("seed", "nx", "ny", "blocked", "n"), CASES)
def test_ways_down_a_field_cost_exactly_what_it_says(seed: int, nx: int, ny: int, blocked: float, n: int) -> None:
    slow = random_ground(seed, nx, ny, blocked)
    sources = free_cells(slow, seed, n)
    field = distance_field(slow, sources, nx, ny, NO_LIMIT)
    reached = np.flatnonzero((field < UNREACHED) & (field > 0))
    for cell in reached[:: max(1, reached.size // 40)]:
        cost, path = walk(field, slow, int(cell), nx, ny)
        assert cost == field[cell]
        assert path[-1] in sources
        assert (slow[path] > 0).all()


def test_no_way_leads_on_from_a_source_or_from_where_none_is() -> None:
    slow = random_ground(14, 25, 25, 0.4)
    field = distance_field(slow, free_cells(slow, 14, 2), 25, 25, NO_LIMIT)
    ways = directions(field, slow, 25, 25)
    assert ways.dtype == np.int8
    nowhere = (field == 0) | (field == UNREACHED)
    assert nowhere.sum() > 2
    assert np.array_equal(ways < 0, nowhere)


def test_ground_that_has_changed_since_still_leads_downhill() -> None:
    slow = np.full(100, 10, np.int32)
    field = distance_field(slow, np.array([0], np.int32), 10, 10, NO_LIMIT)
    slow[33] = 30
    ways = directions(field, slow, 10, 10)
    for cell in range(1, 100):
        assert ways[cell] >= 0
        assert field[neighbour(cell, ways[cell], 10, 10)] < field[cell]


def test_moves_and_their_costs_are_those_of_the_rule() -> None:
    nx, ny = 9, 7
    slow = random_ground(15, nx, ny, 0.3)
    edges = moves(slow, nx, ny)
    for cell in np.flatnonzero(slow > 0):
        for k in range(8):
            x, y = cell % nx + DX[k], cell // nx + DY[k]
            inside = 0 <= x < nx and 0 <= y < ny
            assert neighbour(cell, k, nx, ny) == (y * nx + x if inside else -1)
            assert step_cost(slow, cell, k, nx, ny) == (edges.get((cell, y * nx + x), -1) if inside else -1)


@st.composite
def grounds(draw: st.DrawFn) -> tuple[np.ndarray, int, int, int]:
    """A small grid with obstacles, and a free cell in it."""
    nx, ny = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    slow = draw(st.lists(st.sampled_from([0, 0, 1, 3, 10, 27]), min_size=nx * ny, max_size=nx * ny))
    source = draw(st.integers(0, nx * ny - 1))
    slow[source] = max(slow[source], 1)
    return np.array(slow, np.int32), source, nx, ny


@given(grounds())
def test_no_step_ever_gains_more_than_it_costs(ground: tuple[np.ndarray, int, int, int]) -> None:
    slow, source, nx, ny = ground
    field = distance_field(slow, np.array([source], np.int32), nx, ny, NO_LIMIT).astype(np.int64)
    assert field[source] == 0
    assert (field[slow <= 0] == UNREACHED).all()
    for (here, there), cost in moves(slow, nx, ny).items():
        assert (field[here] == UNREACHED) == (field[there] == UNREACHED)
        assert abs(field[here] - field[there]) <= cost


@given(grounds(), st.integers(0, 48))
def test_a_way_there_costs_as_much_as_the_way_back(ground: tuple[np.ndarray, int, int, int], other: int) -> None:
    slow, source, nx, ny = ground
    other %= nx * ny
    slow[other] = max(slow[other], 1)
    there = distance_field(slow, np.array([source], np.int32), nx, ny, NO_LIMIT)
    back = distance_field(slow, np.array([other], np.int32), nx, ny, NO_LIMIT)
    assert there[other] == back[source]


@given(grounds(), st.integers(0, 48))
def test_two_sources_make_the_lesser_of_their_fields(ground: tuple[np.ndarray, int, int, int], other: int) -> None:
    slow, source, nx, ny = ground
    other %= nx * ny
    slow[other] = max(slow[other], 1)
    fields = [distance_field(slow, np.array(cells, np.int32), nx, ny, NO_LIMIT) for cells in ([source], [other], [source, other])]
    assert np.array_equal(np.minimum(fields[0], fields[1]), fields[2])


@given(grounds())
def test_every_way_ends_at_the_source_for_the_cost_of_the_field(ground: tuple[np.ndarray, int, int, int]) -> None:
    slow, source, nx, ny = ground
    field = distance_field(slow, np.array([source], np.int32), nx, ny, NO_LIMIT)
    for cell in np.flatnonzero(field < UNREACHED):
        cost, path = walk(field, slow, int(cell), nx, ny)
        assert cost == field[cell]
        assert path[-1] == source
