"""Friction between forces: friendly fire where platoons of different forces fight side by side (claim B8).

The hazard, while it lasts, for a platoon in contact that shares its cell with another force is
``rate * (1 - advisers * adviser_effect) * (friction_night by night)``; an incident costs one casualty.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.liberators import LiberatorColumns
from sim.battle.contacts import Near
from sim.battle.evacuation import Care, care_of
from sim.battle.events import Events, emit, flush
from sim.battle.harm import hurt_platoon
from sim.kernels.jit import compiled
from sim.kernels.rng import uniform
from sim.record.codes import CLASH, FRICTION, LIBERATOR_SET, LIBERATORS, SMALL_ARMS

if TYPE_CHECKING:
    from sim.battle.model import Battle


@compiled
def friendly_fire(
    key: np.uint64, rows: np.ndarray, platoons: LiberatorColumns, near: Near, hazard: float, care: Care,
    gain: float, dt: float, events: Events,
) -> int:  # fmt: skip
    """Draw for the platoons ``rows``; returns the number of incidents."""
    incidents = 0
    for row in rows:
        if platoons.contact[row] <= 0.0 or platoons.strength[row] <= 0:
            continue
        cell = platoons.cell[row]
        other = -1
        beside = near.platoon_head[cell]
        while beside >= 0:
            if platoons.force[beside] != platoons.force[row] and platoons.contact[beside] > 0.0:
                other = beside
            beside = near.platoon_next[beside]
        if other >= 0 and uniform(key, row, 0) < 1.0 - math.exp(-hazard * platoons.contact[row] * dt):
            incidents += 1
            emit(events, CLASH, cell, LIBERATORS, LIBERATORS, SMALL_ARMS, FRICTION, LIBERATOR_SET, row, other, 1, 0.0)
            hurt_platoon(key, platoons, row, 1, care, gain, LIBERATORS, SMALL_ARMS, FRICTION, other, other, events)
    return incidents


def rub(battle: Battle) -> None:
    """One tick of friction."""
    p = battle.scenario.liberators
    hazard = p.friendly_fire_per_h * (1.0 - p.advisers * p.adviser_effect) * (p.friction_night if battle.night else 1.0)
    platoons = battle.liberators.columns
    rows = battle.units.platoon_rows
    rows = rows[platoons.contact[rows] > 0.0]
    battle.counts["friendly_fire"] += friendly_fire(
        battle.key("friction", "liberators"), rows, platoons, battle.units.near, hazard,
        care_of(battle), battle.scenario.combat.suppression_gain, battle.dt_h, battle.events,
    )  # fmt: skip
    flush(battle.events, battle.ledger, battle.tick)
