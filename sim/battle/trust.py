"""Residents' trust in the liberators and their fear of reprisal, quarter by quarter (claims A8, B7).

Every six hours, for casualties ``c`` by coalition fires and ``d`` by the defenders among 1,000 residents since the last round,
the share ``s`` of neighbouring quarters that are freed, ``n`` killings of people who flee, of residents on purpose and of
resistance cells, and ``k`` teams to the km2:

- trust: ``t <- t * exp(-trust_loss * c)``, then ``1 - t <- (1 - t) * exp(-trust_resentment * d - trust_example * s * days)``
- fear: ``df/dt = fear_per_day * k * (1 - f) - f / fear_fade_days``, solved exactly over the round, then
  ``1 - f <- (1 - f) * exp(-fear_execution * n)``

Both lie between 0 and 1. What the rules make of them is in :mod:`sim.battle.reports`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.kernels.jit import compiled
from sim.record.codes import (
    ACTOR,
    CAUSE,
    CELL,
    CIVILIANS,
    COALITION,
    COUNT,
    DEATH,
    DEFENDERS,
    EXECUTION,
    KIND,
    PEOPLE,
    RESISTANCE,
    SHOT_FLEEING,
    WOUND,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# Households decide in the same rhythm.
ROUND_H = 6.0
# Quarters whose middles are the nearest to a quarter's count as its neighbours.
_NEIGHBOURS = 6


def neighbours_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest quarters of each quarter, one row each."""
    gaps = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    gaps[np.arange(x.size), np.arange(x.size)] = np.inf
    return np.argsort(gaps, axis=1, kind="stable")[:, : min(_NEIGHBOURS, x.size - 1)]


@compiled
def _change(
    trust: np.ndarray, fear: np.ndarray, loss: np.ndarray, gain: np.ndarray, rise: np.ndarray, fade: float, fright: np.ndarray,
    hours: float,
) -> None:  # fmt: skip
    """The module's formulas by quarter; ``rise`` and ``fade`` per hour, ``loss``, ``gain`` and ``fright`` over the round."""
    for row in range(trust.size):
        trust[row] = 1.0 - (1.0 - trust[row] * math.exp(-loss[row])) * math.exp(-gain[row])
        rate = rise[row] + fade
        level = rise[row] / rate
        mind = level + (fear[row] - level) * math.exp(-rate * hours)
        fear[row] = 1.0 - (1.0 - mind) * math.exp(-fright[row])


def change_minds(battle: Battle, teams_per_km2: NDArray[np.float64]) -> None:
    """One round for all quarters; ``teams_per_km2`` as residents see them."""
    p, q = battle.scenario.reports, battle.quarters
    hours = float(battle.ticks(ROUND_H)) * battle.dt_h
    by_coalition, by_defenders, killings = _since_last_round(battle)
    thousands = np.maximum(q.residents / 1000.0, 1e-3)
    freed = q.liberated[battle.neighbours]
    share = freed.mean(axis=1) if freed.shape[1] else np.zeros(q.area.size)
    _change(
        q.trust, q.fear, p.trust_loss * by_coalition / thousands,
        p.trust_resentment * by_defenders / thousands + p.trust_example * hours / 24.0 * share,
        p.fear_per_day / 24.0 * teams_per_km2, 1.0 / (24.0 * p.fear_fade_days), p.fear_execution * killings, hours,
    )  # fmt: skip


def _since_last_round(battle: Battle) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By quarter: casualties by the coalition, casualties by the defenders, and killings that are meant to frighten."""
    n = battle.quarters.area.size
    ledger = battle.ledger
    # As int32, so that the column is not copied to another type for the search.
    first, last = np.searchsorted(ledger.ticks, np.array([battle.tick - battle.ticks(ROUND_H), battle.tick], np.int32))
    rows = ledger.ints[first:last]
    hurt = rows[((rows[:, KIND] == DEATH) | (rows[:, KIND] == WOUND)) & (rows[:, CELL] >= 0)]
    quarter = battle.ground.quarter[hurt[:, CELL]]
    hurt, quarter = hurt[quarter >= 0], quarter[quarter >= 0]
    civilians = hurt[:, PEOPLE] == CIVILIANS

    def count(keep: NDArray[np.bool_], weight: NDArray[np.integer]) -> NDArray[np.float64]:
        return np.bincount(quarter[keep], weight[keep], n).astype(np.float64)

    meant = (civilians & np.isin(hurt[:, CAUSE], (SHOT_FLEEING, EXECUTION))) | (hurt[:, PEOPLE] == RESISTANCE)
    meant &= hurt[:, KIND] == DEATH
    return (
        count(civilians & (hurt[:, ACTOR] == COALITION), hurt[:, COUNT]),
        count(civilians & (hurt[:, ACTOR] == DEFENDERS), hurt[:, COUNT]),
        count(meant, np.ones(hurt.shape[0], np.int64)),
    )
