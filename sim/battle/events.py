"""How compiled loops tell what happened: a buffer of rows that the ledger takes over after each phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.kernels.jit import compiled_for
from sim.record.codes import MUNITION, N_COLUMNS, TARGET

if TYPE_CHECKING:
    from sim.record.ledger import Ledger

CAPACITY = 1 << 16


class Events(NamedTuple):
    """Rows that wait for the ledger.

    Attributes:
        ints: int32 (capacity, N_COLUMNS), columns as in :mod:`sim.record.codes`.
        values: float64 (capacity,).
        n: int64 (1,), rows in use.
    """

    ints: NDArray[np.int32]
    values: NDArray[np.float64]
    n: NDArray[np.int64]


def make_events(capacity: int = CAPACITY) -> Events:
    """An empty buffer."""
    return Events(np.zeros((capacity, N_COLUMNS), np.int32), np.zeros(capacity), np.zeros(1, np.int64))


@compiled_for(make_events(0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0)
def emit(
    events: Events, kind: int, cell: int, people: int, actor: int, cause: int, rule: int, agent_set: int, row: int,
    other: int, count: int, value: float,
) -> None:  # fmt: skip
    """Write one row; past the capacity only the count goes on, and :func:`flush` refuses it."""
    i = events.n[0]
    events.n[0] = i + 1
    if i >= events.ints.shape[0]:
        return
    out = events.ints[i]
    out[0], out[1], out[2], out[3], out[4] = kind, cell, people, actor, cause
    out[5], out[6], out[7], out[8], out[9] = rule, agent_set, row, other, count
    out[TARGET] = out[MUNITION] = 0
    events.values[i] = value


def name_strike(events: Events, target: int, munition: int) -> None:
    """Say of the row written last what was struck and with what: codes of :mod:`sim.record.codes`."""
    i = int(events.n[0]) - 1
    if i < events.ints.shape[0]:
        events.ints[i, TARGET], events.ints[i, MUNITION] = target, munition


def flush(events: Events, ledger: Ledger, tick: int) -> None:
    """Hand all rows to the ledger.

    Raises:
        SimError: If more happened in one phase than the buffer holds.
    """
    n = int(events.n[0])
    if n == 0:
        return
    if n > CAPACITY:
        msg = f"{n} events in one phase of tick {tick}: more than the {CAPACITY} that can be kept"
        raise SimError(msg)
    ledger.append(tick, events.ints[:n], events.values[:n])
    events.n[0] = 0
