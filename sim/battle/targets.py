"""What the coalition knows of each team: a target that moves through stages, each with its time.

``detected -> nominated -> at a desk -> approved or refused -> assigned -> struck -> believed destroyed, or nominated again``.
There is one row for each team, as sightings name teams, and the row is used again each time that the team is found anew. A
target is where its team was last seen: one that has moved is struck, or raided, where it is no more. A target without a new
sighting for ``air.stale_h`` lapses, one that was only reported after ``reports.valid_h``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import BY_REPORT, BY_SIGHT, DESTROYED, DETECTED, NO_TARGET, REFUSED
from sim.agents.handles import zero_columns
from sim.kernels.jit import compiled, inlined
from sim.kernels.rng import exponential, uniform

if TYPE_CHECKING:
    from sim.battle.model import Battle


class Targets(NamedTuple):
    """One row for each team.

    Attributes:
        stage: uint8, how far it has come, see :mod:`sim.agents.codes`.
        source: uint8, who found it.
        rank: uint8, priority: 0 troops in contact, 1 vehicle bombs, 2 leaders, 3 mortars, 4 demolition parties, 5 others.
        choice: int8, largest class of air weapon approved, 0 light to 2 heavy; -1 for none.
        slot: int8, class of the weapon that is on its way; -1 for guns and raids.
        guided: bool, whether a platoon with a controller is in contact with it.
        held: bool, whether an orbit has it in view in this tick.
        cell: int32, where it was last seen.
        asset: int32, row of the coalition's asset that has been assigned.
        noted: int32, ``seen_until`` of the team when a sighting was last taken note of.
        passes: int32, how often it has been detected anew or nominated again.
        off_m: float64, how far the reported place is from the true one, metres; 0 for what was seen.
        seen_h: float64, time of the last sighting, hours since the start.
        found_h: float64, time of detection.
        asked_h: float64, time of nomination.
        decided_h: float64, time of the decision.
        due_h: float64, time at which it is struck; after that, at which the strike is assessed.
        expected: float64, expected civilian dead of what was approved.
    """

    stage: NDArray[np.uint8]
    source: NDArray[np.uint8]
    rank: NDArray[np.uint8]
    choice: NDArray[np.int8]
    slot: NDArray[np.int8]
    guided: NDArray[np.bool_]
    held: NDArray[np.bool_]
    cell: NDArray[np.int32]
    asset: NDArray[np.int32]
    noted: NDArray[np.int32]
    passes: NDArray[np.int32]
    off_m: NDArray[np.float64]
    seen_h: NDArray[np.float64]
    found_h: NDArray[np.float64]
    asked_h: NDArray[np.float64]
    decided_h: NDArray[np.float64]
    due_h: NDArray[np.float64]
    expected: NDArray[np.float64]


def make_targets(n: int) -> Targets:
    """No target yet, for ``n`` teams."""
    targets = zero_columns(Targets, n)
    targets.cell[:] = targets.asset[:] = targets.noted[:] = -1
    targets.choice[:] = targets.slot[:] = -1
    return targets


@inlined
def open_target(targets: Targets, row: int, source: int, found: float, asked: float) -> None:
    """A target is found, or nominated again, at one time and reaches the desks at another."""
    targets.stage[row] = DETECTED
    targets.source[row] = source
    targets.passes[row] += 1
    targets.found_h[row] = found
    targets.asked_h[row] = asked


@compiled
def take_note(
    key: np.uint64, seen_until: np.ndarray, cells: np.ndarray, targets: Targets, source: int, start: float, span: float,
    reconsider: float, relay: float,
) -> None:  # fmt: skip
    """Take note of the sightings since the last call: place and time, uniform in ``[start, start + span)``.

    A sighting opens a target where there is none; where one was refused, only if the team has moved or ``reconsider`` hours have
    passed; where one is believed destroyed, if it was seen after that was judged. What troops see reaches a desk after an
    exponential time of mean ``relay``, unless a controller or an orbit comes to see it too.
    """
    for row in range(cells.size):
        if seen_until[row] <= targets.noted[row]:
            continue
        targets.noted[row] = seen_until[row]
        when = start + span * uniform(key, row, source) if span > 0.0 else start
        stage = targets.stage[row]
        again = stage == REFUSED and (targets.cell[row] != cells[row] or when - targets.decided_h[row] >= reconsider)
        if stage == NO_TARGET or again or (stage == DESTROYED and when > targets.due_h[row]):
            open_target(targets, row, source, when, when + (relay * exponential(key, row, 4) if source == BY_SIGHT else 0.0))
        elif targets.source[row] == BY_REPORT:
            targets.source[row] = source
            targets.asked_h[row] = min(targets.asked_h[row], when)
        targets.cell[row] = cells[row]
        targets.off_m[row] = 0.0
        targets.seen_h[row] = when


def note(battle: Battle, source: int) -> None:
    """Take note of what was seen in this tick by one kind of observer."""
    _note(battle, source, battle.hour, battle.dt_h)


def note_fighting(battle: Battle) -> None:
    """Take note of what those who fought have seen: known when the next tick begins."""
    _note(battle, BY_SIGHT, battle.hour + battle.dt_h, 0.0)


def note_last(battle: Battle) -> None:
    """Take note of what was seen in the last tick after the fighting, on the move and in searches."""
    _note(battle, BY_SIGHT, battle.hour, 0.0)


def _note(battle: Battle, source: int, start: float, span: float) -> None:
    teams = battle.defenders.columns
    if not (teams.seen_until > battle.targets.noted).any():
        return
    take_note(
        battle.key("targets.seen", "defenders"), teams.seen_until, teams.cell, battle.targets, source, start, span,
        battle.scenario.air.reconsider_h, battle.scenario.air.relay_h,
    )  # fmt: skip
