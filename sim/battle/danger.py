"""Perceived danger: what can be seen and heard of violence, remembered for a while.

Violent events of a tick are spread around their cells with weight ``exp(-distance / hearing)`` up to three times the
hearing distance, and smoothed in time: ``d <- d * exp(-dt / memory) + (1 - exp(-dt / memory)) * events / dt``. A danger of 1 is
one event an hour next door, lasting.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.battle.ground import Ground
from sim.kernels.jit import compiled

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Danger below this is forgotten, so that quiet places cost nothing.
FLOOR = 1e-3


def hearing_kernel(cell_m: float, hearing_m: float) -> NDArray[np.float64]:
    """Square matrix of weights around a cell, 1 in the middle."""
    k = math.ceil(3.0 * hearing_m / cell_m)
    weights = np.empty((2 * k + 1, 2 * k + 1))
    for dy in range(-k, k + 1):
        for dx in range(-k, k + 1):
            distance = math.hypot(dx, dy) * cell_m
            weights[dy + k, dx + k] = math.exp(-distance / hearing_m) if distance <= 3.0 * hearing_m else 0.0
    return weights


@compiled
def remember(ground: Ground, weights: np.ndarray, memory_h: float, dt: float, nx: int, ny: int) -> None:
    """Fade what was remembered, add what happened in this tick, and wipe the tick's noise."""
    keep = math.exp(-dt / memory_h)
    k = weights.shape[0] // 2
    for cell in range(ground.danger.size):
        faded = ground.danger[cell] * keep
        ground.danger[cell] = faded if faded > FLOOR else 0.0
    gain = (1.0 - keep) / dt
    for cell in range(ground.noise.size):
        noise = ground.noise[cell]
        if noise <= 0.0:
            continue
        ground.noise[cell] = 0.0
        x, y = cell % nx, cell // nx
        for dy in range(max(-k, -y), min(k, ny - 1 - y) + 1):
            for dx in range(max(-k, -x), min(k, nx - 1 - x) + 1):
                ground.danger[cell + dy * nx + dx] += gain * noise * weights[dy + k, dx + k]


def remember_violence(battle: Battle) -> None:
    """One tick of perceived danger."""
    remember(
        battle.ground, battle.hearing, battle.scenario.flight.memory_h, battle.dt_h, battle.grid.nx, battle.grid.ny
    )
