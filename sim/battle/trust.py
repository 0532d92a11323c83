"""Residents' trust in each force and in the coalition, and their fear of reprisal, by quarter (claims A7, A8, B7, C5).

**At the start** a quarter trusts a force by the communities among its residents, ``t0 = sum(share * trust)``, with ``trust``
what the scenario says of force and community, else ``reports.trust``, as for the coalition. Communities enter nowhere else.

**Every six hours**, for casualties ``c`` by coalition fires and ``d`` by the defenders among 1,000 residents since the last
round, the share ``s`` of neighbouring quarters that are freed, ``s_f`` of them in the hands of force ``f`` (0 for the
coalition), ``n`` killings of people who flee, of residents on purpose and of resistance cells, ``k`` teams to the km2, and
``days`` of the round:

- trust: ``t <- t * exp(-trust_loss * b * c)``, with ``b`` 1 for the coalition and ``z`` for a force, then
  ``1 - t <- (1 - t) * exp(-trust_resentment * d - trust_example * days * (s_f + z * (s - s_f)))``; ``z`` is what parties share of
  what others do, ``trust_shared``, and 0 for forces that are kept out of the city: nobody acts on their behalf
- trust in a force that has soldiers in the quarter, after that: ``t <- r + (t - r) * exp(-trust_contact * days)``, where its
  conduct leads to ``r = 1 - (1 - t0) * (1 - conduct)``, or to ``r = t0 * (1 + conduct)`` where conduct is below 0
- fear: ``df/dt = fear_per_day * k * (1 - f) - f / fear_fade_days``, solved exactly over the round, then
  ``1 - f <- (1 - f) * exp(-fear_execution * n)``

All lie between 0 and 1. A force that is kept out is not faced, so that what people think of it moves nothing that they do.

**Whom a quarter faces**: the forces with soldiers in it; in a freed one without any, those who were there last; else those in the
city on its bank; else all that may enter. ``Quarters.trust`` is the mean over them, weighted by soldiers: who reports a team or
comes home cannot choose which of them is at the door. It is what :mod:`sim.battle.reports` and :mod:`sim.battle.returning` read.
``Quarters.trust_teller`` is trust in the coalition, whose message :mod:`sim.battle.motives` weighs.

Source: that trust follows who enters is the op-ed's (A7, A8); form and numbers are assumed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import CORDON
from sim.battle.ground import Quarters
from sim.city.communities import community_mix
from sim.kernels.jit import compiled, inlined
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
    from sim.battle.model import Battle

# Households decide in the same rhythm.
ROUND_H = 6.0
# Quarters whose middles are the nearest to a quarter's count as its neighbours.
_NEIGHBOURS = 6


class Minds(NamedTuple):
    """What residents think of each party: the forces in the order of the scenario, then the coalition.

    Attributes:
        trust: float64 (quarters, parties), 0 to 1.
        first: float64 (quarters, parties), trust at the start (fixed).
        faced: float64 (quarters, parties), share of each party among those whom the quarter faces; sum 1.
    """

    trust: NDArray[np.float64]
    first: NDArray[np.float64]
    faced: NDArray[np.float64]


class Happened(NamedTuple):
    """What has happened in a round, or acts over it, as compiled code takes it.

    Attributes:
        soldiers: float64 (quarters, forces), persons.
        loss: float64 (quarters,), exponent of the trust that the coalition loses.
        gain: float64 (quarters,), exponent of the trust that all parties gain by what the defenders do.
        example: Exponent of the trust gained where all neighbours are freed.
        shared: float64 (parties,), the module's z.
        conduct: float64 (forces,).
        contact: Exponent of the approach to what conduct earns.
    """

    soldiers: NDArray[np.float64]
    loss: NDArray[np.float64]
    gain: NDArray[np.float64]
    example: float
    shared: NDArray[np.float64]
    conduct: NDArray[np.float64]
    contact: float


def neighbours_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest quarters of each quarter, one row each."""
    gaps = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    gaps[np.arange(x.size), np.arange(x.size)] = np.inf
    return np.argsort(gaps, axis=1, kind="stable")[:, : min(_NEIGHBOURS, x.size - 1)]


def make_minds(battle: Battle) -> Minds:
    """Minds at the start; the quarters' own columns are set too."""
    first = _first_trust(battle)
    minds = Minds(first.copy(), first, np.zeros_like(first))
    _face(minds.faced, soldiers_in(battle), _expected(battle), battle.quarters)
    _read_out(minds, battle.quarters)
    return minds


def _first_trust(battle: Battle) -> NDArray[np.float64]:
    """The module's t0, float64 (quarters, parties)."""
    s, mix = battle.scenario, community_mix(battle.grid)
    first = np.full((battle.quarters.area.size, len(s.liberators.forces) + 1), s.reports.trust)
    if s.reports.communities:
        for f, force in enumerate(s.liberators.forces.values()):
            for c, name in enumerate(mix.names):
                first[:, f] += mix.share[:, c] * (force.trust.get(name, s.reports.trust) - s.reports.trust)
    return np.asarray(np.clip(first, 0.0, 1.0))


def soldiers_in(battle: Battle) -> NDArray[np.float64]:
    """Persons of each force in each quarter, float64 (quarters, forces); who keeps a cordon stays outside the city."""
    platoons, nq, forces = battle.liberators.columns, battle.quarters.area.size, len(battle.liberators.forces.names)
    rows = np.flatnonzero((platoons.cell >= 0) & (platoons.strength > 0) & (platoons.order != CORDON))
    quarter = battle.ground.quarter[platoons.cell[rows]].astype(np.int64)
    rows, quarter = rows[quarter >= 0], quarter[quarter >= 0]
    count = np.bincount(quarter * forces + platoons.force[rows], platoons.strength[rows], nq * forces)
    return count.astype(np.float64).reshape(nq, forces)


def _expected(battle: Battle) -> NDArray[np.float64]:
    """Persons of each force that may enter the city, float64 (forces,)."""
    forces = battle.liberators.forces
    return np.where(forces.may_enter, forces.strength, 0).astype(np.float64)


@compiled
def _face(faced: np.ndarray, soldiers: np.ndarray, expected: np.ndarray, quarters: Quarters) -> None:
    """The module's order of whom a quarter faces; the coalition, where no force may enter."""
    forces = expected.size
    on_bank = np.zeros((256, forces))
    for row in range(soldiers.shape[0]):
        on_bank[quarters.bank[row]] += soldiers[row]
    for row in range(soldiers.shape[0]):
        who = soldiers[row]
        if who.sum() == 0.0:
            if quarters.liberated[row] and faced[row].sum() > 0.0:
                continue
            who = on_bank[quarters.bank[row]]
        if who.sum() == 0.0:
            who = expected
        total = who.sum()
        for f in range(forces):
            faced[row, f] = who[f] / total if total > 0.0 else 0.0
        faced[row, forces] = 0.0 if total > 0.0 else 1.0


@inlined
def earned(first: float, conduct: float) -> float:
    """The module's r: trust to which a force's conduct leads."""
    return 1.0 - (1.0 - first) * (1.0 - conduct) if conduct >= 0.0 else first * (1.0 + conduct)


@compiled
def change_trust(minds: Minds, quarters: Quarters, near: np.ndarray, happened: Happened) -> None:
    """One round of trust, as the module says."""
    parties = minds.trust.shape[1]
    own = np.zeros(parties)
    for row in range(minds.trust.shape[0]):
        own[:] = 0.0
        freed = 0.0
        for other in near[row]:
            if quarters.liberated[other]:
                freed += 1.0
                own[:-1] += minds.faced[other, :-1]
        for party in range(parties):
            blame = happened.shared[party] if party < parties - 1 else 1.0
            seen = (own[party] + happened.shared[party] * (freed - own[party])) / max(near.shape[1], 1)
            t = minds.trust[row, party] * math.exp(-blame * happened.loss[row])
            t = 1.0 - (1.0 - t) * math.exp(-happened.gain[row] - happened.example * seen)
            if party < parties - 1 and happened.soldiers[row, party] > 0.0:
                aim = earned(minds.first[row, party], happened.conduct[party])
                t = aim + (t - aim) * math.exp(-happened.contact)
            minds.trust[row, party] = t


@compiled
def _read_out(minds: Minds, quarters: Quarters) -> None:
    """What other rules read of trust."""
    parties = minds.trust.shape[1]
    for row in range(minds.trust.shape[0]):
        mean = 0.0
        for party in range(parties):
            mean += minds.faced[row, party] * minds.trust[row, party]
        quarters.trust[row] = min(mean, 1.0)
        quarters.trust_teller[row] = minds.trust[row, parties - 1]


@compiled
def _change_fear(fear: np.ndarray, rise: np.ndarray, fade: float, fright: np.ndarray, hours: float) -> None:
    """The module's formula of fear by quarter; ``rise`` and ``fade`` per hour, ``fright`` over the round."""
    for row in range(fear.size):
        rate = rise[row] + fade
        level = rise[row] / rate
        mind = level + (fear[row] - level) * math.exp(-rate * hours)
        fear[row] = 1.0 - (1.0 - mind) * math.exp(-fright[row])


def change_minds(battle: Battle, teams_per_km2: NDArray[np.float64]) -> None:
    """One round for all quarters; ``teams_per_km2`` as residents see them."""
    p, q, minds = battle.scenario.reports, battle.quarters, battle.minds
    hours = float(battle.ticks(ROUND_H)) * battle.dt_h
    by_coalition, by_defenders, killings = _since_last_round(battle)
    thousands = np.maximum(q.residents / 1000.0, 1e-3)
    soldiers = soldiers_in(battle)
    happened = Happened(
        soldiers=soldiers, loss=p.trust_loss * by_coalition / thousands,
        gain=p.trust_resentment * by_defenders / thousands, example=p.trust_example * hours / 24.0,
        shared=np.append(np.where(battle.liberators.forces.may_enter, p.trust_shared, 0.0), p.trust_shared),
        conduct=np.array([force.conduct for force in battle.scenario.liberators.forces.values()], np.float64),
        contact=p.trust_contact * hours / 24.0,
    )  # fmt: skip
    _face(minds.faced, soldiers, _expected(battle), q)
    change_trust(minds, q, battle.neighbours, happened)
    _read_out(minds, q)
    fade = 1.0 / (24.0 * p.fear_fade_days)
    _change_fear(q.fear, p.fear_per_day / 24.0 * teams_per_km2, fade, p.fear_execution * killings, hours)


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
