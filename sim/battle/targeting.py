"""Targets wait for a desk, and are approved or refused by the harm that is expected.

What an orbit or a platoon with a controller (JTAC) sees is nominated at once; what other troops see comes over their own chain
of command in an exponential time of mean ``relay_h``; what was only reported waits for somebody to see it, with
``confirmation``. A target goes to one of the brigades' desks if its expected harm lies within ``delegated_harm``, else to
headquarters; desks are servers with queues (:mod:`sim.battle.queues`) and take exponential times with means
``brigade_minutes`` and ``headquarters_minutes``, divided by ``jtac_gain`` where a platoon with a controller is in contact with
the target.

Priorities, the harm that is expected, and its limits are in :mod:`sim.battle.engagement`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import (
    APPROVED,
    AT_DESK,
    BY_REPORT,
    BY_SIGHT,
    DESTROYED,
    DETECTED,
    NO_TARGET,
    NOMINATED,
    REFUSED,
    STRUCK,
)
from sim.battle.engagement import IN_CONTACT, Law, Scene, rank_target, weigh
from sim.battle.queues import Servers, always_there, serve
from sim.battle.targets import Targets, open_target
from sim.kernels.jit import compiled
from sim.kernels.rng import exponential, stream_key, uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle

# Draw numbers of one pass of a target; every pass has its own.
(DRAW_DESK, DRAW_FLIGHT, DRAW_HIT, DRAW_JUDGED, DRAW_GUN, DRAW_RAID, DRAW_RELAY) = range(7)
DRAWS = 16

# What :func:`advance` counts.
TOLD = ("targets_nominated", "targets_approved", "strikes_refused", "targets_lapsed")


@compiled
def _judge_strike(key: np.uint64, row: int, targets: Targets, scene: Scene, law: Law, fresh: int) -> None:
    """Some time after a strike it is judged whether the target is destroyed.

    One that is not is nominated again at once where somebody sees it (``fresh``: ``seen_until`` of what is seen in this tick),
    else when it is seen again. One that is destroyed and thought not to be is nominated where it was.
    """
    wrong = uniform(key, row, targets.passes[row] * DRAWS + DRAW_JUDGED) < law.assess_error
    alive = scene.strength[row] > 0
    if alive == wrong:
        targets.stage[row] = DESTROYED
    elif alive and scene.seen_until[row] < fresh:
        targets.stage[row] = NO_TARGET
    else:
        wait = law.relay_h * exponential(key, row, targets.passes[row] * DRAWS + DRAW_RELAY)
        if targets.source[row] != BY_SIGHT:
            wait = 0.0
        open_target(targets, row, targets.source[row], targets.due_h[row], targets.due_h[row] + wait)
        targets.seen_h[row] = max(targets.seen_h[row], targets.due_h[row])


@compiled
def _stages(
    key: np.uint64, jtac: np.uint64, rows: np.ndarray, targets: Targets, scene: Scene, law: Law,
    fresh: int, now: float, until: float, told: np.ndarray,
) -> None:  # fmt: skip
    """What time alone does to targets: they lapse, are nominated, are judged after a strike."""
    for row in rows:
        if targets.stage[row] == STRUCK and targets.due_h[row] < until:
            _judge_strike(key, row, targets, scene, law, fresh)
        stage = targets.stage[row]
        if stage in (DETECTED, NOMINATED, APPROVED):
            rank_target(jtac, row, scene.kind[row], targets, scene, law)
            # Troops in contact know when they have destroyed a target; others wait for what they last saw.
            over = targets.rank[row] == IN_CONTACT and scene.strength[row] == 0
            if over or now - targets.seen_h[row] > (law.valid_h if targets.source[row] == BY_REPORT else law.stale_h):
                targets.stage[row] = NO_TARGET
                told[3] += 1
                continue
            if targets.source[row] == BY_SIGHT and (targets.guided[row] or targets.held[row]):
                targets.asked_h[row] = min(targets.asked_h[row], max(targets.found_h[row], now))
            if stage == DETECTED and targets.asked_h[row] < until:
                targets.stage[row] = NOMINATED
                told[0] += 1


@compiled
def _desk(
    key: np.uint64, asking: np.ndarray, targets: Targets, law: Law, desks: Servers, mean_h: float, now: float, until: float,
    waits: np.ndarray,
) -> None:  # fmt: skip
    """Targets ``asking`` wait for a desk of one level."""
    n = asking.size
    if n == 0 or desks.free.size == 0:
        return
    hours = np.empty(n)
    for i in range(n):
        draw = targets.passes[asking[i]] * DRAWS + DRAW_DESK
        hours[i] = mean_h * exponential(key, asking[i], draw) / (law.jtac_gain if targets.guided[asking[i]] else 1.0)
    able = np.ones((n, desks.free.size), np.bool_)
    server, start, _ = serve(
        targets.asked_h[asking], targets.rank[asking], hours, np.zeros(n, np.int8), able, desks, now, until
    )
    for i in range(n):
        if server[i] >= 0:
            row = asking[i]
            targets.stage[row] = AT_DESK
            targets.decided_h[row] = start[i] + hours[i]
            waits[0] += start[i] - targets.asked_h[row]


@compiled
def _desks(
    key: np.uint64, rows: np.ndarray, targets: Targets, scene: Scene, law: Law, brigade: Servers,
    headquarters: Servers, means: tuple[float, float], now: float, until: float, waits: np.ndarray,
) -> None:  # fmt: skip
    """Nominated targets go to the desks that may approve them; what was only reported waits to be seen."""
    low, high = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    n, m = 0, 0
    for row in rows:
        if targets.stage[row] != NOMINATED or (law.confirmation and targets.source[row] == BY_REPORT):
            continue
        allowed = weigh(row, scene.kind[row], targets, scene, law)
        if allowed and targets.expected[row] <= law.delegated and brigade.free.size > 0:
            low[n] = row
            n += 1
        else:
            high[m] = row
            m += 1
    _desk(key, low[:n], targets, law, brigade, means[0], now, until, waits)
    _desk(key, high[:m], targets, law, headquarters, means[1], now, until, waits)


@compiled
def advance(
    key: np.uint64, jtac: np.uint64, rows: np.ndarray, targets: Targets, scene: Scene, law: Law,
    brigade: Servers, headquarters: Servers, means: tuple[float, float], fresh: int, now: float, until: float,
    told: np.ndarray, waits: np.ndarray,
) -> None:  # fmt: skip
    """Bring targets forward in ``[now, until)`` as far as a decision; ``told`` counts by :data:`TOLD`, ``waits`` hours."""
    _stages(key, jtac, rows, targets, scene, law, fresh, now, until, told)
    _desks(key, rows, targets, scene, law, brigade, headquarters, means, now, until, waits)
    for row in rows:
        if targets.stage[row] != AT_DESK or targets.decided_h[row] >= until:
            continue
        if weigh(row, scene.kind[row], targets, scene, law):
            targets.stage[row] = APPROVED
            told[1] += 1
        else:
            targets.stage[row] = REFUSED
            told[2] += 1


def decide(battle: Battle, law: Law, scene: Scene, rows: NDArray[np.int64], now: float, until: float) -> None:
    """Desks work on the targets ``rows`` from ``now`` to ``until``, hours since the start."""
    p = battle.scenario.air
    told, waits = np.zeros(len(TOLD), np.int64), np.zeros(1)
    advance(
        pass_key(battle), stream_key(battle.seed, "targeting.controllers", "liberators", 0), rows,
        battle.targets, scene, law, always_there(battle.brigade_free), always_there(battle.headquarters_free),
        (p.brigade_minutes / 60.0, p.headquarters_minutes / 60.0),
        battle.tick + battle.memory, now, until, told, waits,
    )  # fmt: skip
    for name, number in zip(TOLD, told.tolist(), strict=True):
        battle.counts[name] += number
    battle.counts["desk_wait_h"] += float(waits[0])


@cache
def _pass_key(seed: int) -> np.uint64:
    return stream_key(seed, "targeting.passes", "defenders", 0)


def pass_key(battle: Battle) -> np.uint64:
    """Key of what befalls a target: of its row and pass, whatever the tick, so that a delay moves no other draw."""
    return _pass_key(battle.seed)
