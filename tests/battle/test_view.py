"""How clearly cells see each other: weights that do not hang on the size of cells, buildings that block, height that helps."""

from __future__ import annotations

import numpy as np
import pytest

from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import SHARES, UnitIndex, anyone_near, make_near, mean_weights, offsets, view
from sim.battle.ground import Ground
from sim.kernels.jit import compiled

RANGE, BLOCK = 200.0, 40.0
SIDE = 21


@compiled
def _view(ground: Ground, near: object, a: int, b: int, k: int) -> float:
    return view(ground.density, ground.storeys, near.dx, near.dy, near.nx, a, b, k, near.arms)


@compiled
def _anyone(near: object, cell: int) -> bool:
    return anyone_near(near.crowd, near.bin_cells, near.nx, near.ny, cell)


def _open_field(side: int = SIDE, cell_m: float = 100.0):
    ground = zero_columns(Ground, side * side)
    return ground, make_near(side, side, 4, 4, cell_m, 150.0, RANGE, 350.0, BLOCK)


def _offset(near, dx: int, dy: int) -> int:
    return int(np.flatnonzero((near.dx == dx) & (near.dy == dy))[0])


def test_weights_fall_with_distance_and_with_buildings() -> None:
    dx, dy = offsets(100.0, 400.0)
    weights = mean_weights(dx, dy, 100.0, RANGE, BLOCK)
    assert weights.shape == (dx.size, SHARES + 1)
    assert (np.diff(weights, axis=1) < 0).all()
    straight = weights[(dy == 0) & (dx >= 0)]
    assert (np.diff(straight, axis=0) < 0).all()
    assert 0.5 < weights[0, 0] < 1.0


@pytest.mark.parametrize("share", [0, 12, 26])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (1, 0), (1, 1), (2, 0)])
def test_four_small_cells_see_as_one_large_one(share: int, dx: int, dy: int) -> None:
    """The mean view between two cells of 200 m is the mean over the pairs of 100 m cells that they are made of."""
    def weight(cell_m: float, x: int, y: int) -> float:
        return float(mean_weights(np.array([x], np.int32), np.array([y], np.int32), cell_m, RANGE, BLOCK)[0, share])

    parts = [(i, j) for i in (0, 1) for j in (0, 1)]
    small = [weight(100.0, 2 * dx + b[0] - a[0], 2 * dy + b[1] - a[1]) for a in parts for b in parts]
    assert weight(200.0, dx, dy) == pytest.approx(np.mean(small), rel=0.04)


def test_buildings_on_the_line_block_the_view_and_rubble_beside_it_does_not() -> None:
    ground, near = _open_field()
    a = 10 * SIDE + 10
    k = _offset(near, 2, 0)
    clear = _view(ground, near, a, a + 2, k)
    ground.density[a + SIDE + 1] = 1.0
    assert _view(ground, near, a, a + 2, k) == clear
    ground.density[a + 1] = 1.0
    blocked = _view(ground, near, a, a + 2, k)
    assert blocked < 0.5 * clear
    assert _view(ground, near, a + 2, a, _offset(near, -2, 0)) == pytest.approx(blocked)
    # Whoever stands higher than what lies between sees over half of it.
    ground.storeys[a] = 2
    assert blocked < _view(ground, near, a, a + 2, k) < clear


def test_the_bins_never_miss_a_platoon_in_reach() -> None:
    _, near = _open_field(40)
    rng = np.random.default_rng(3)
    for _ in range(50):
        platoons = zero_columns(LiberatorColumns, 2)
        platoons.cell[:] = rng.integers(0, 1600, 2)
        platoons.strength[:] = 30
        index = UnitIndex(near)
        index.update(zero_columns(DefenderColumns, 0), platoons)
        for cell in rng.integers(0, 1600, 60).tolist():
            x, y = near.dx + cell % 40, near.dy + cell // 40
            in_reach = ((x == (platoons.cell % 40)[:, None]) & (y == (platoons.cell // 40)[:, None])).any()
            assert not in_reach or _anyone(index.near, cell)
    assert not all(_anyone(index.near, cell) for cell in range(1600))
