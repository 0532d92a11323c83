"""The ledger: one row for every death, wound, strike, demolition, clash, displacement and bridge.

Rows are kept in growing columns of small integers (:mod:`sim.record.codes`), so that a phase hands over what
its kernel wrote in one copy. Words, dates and neighbourhoods appear only when a frame is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.record.codes import (
    ACTOR,
    AGENT_SET,
    CAUSE,
    CELL,
    COUNT,
    KIND,
    MUNITION,
    N_COLUMNS,
    OTHER_ROW,
    PEOPLE,
    ROW,
    RULE,
    TARGET,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pandas as pd
    from numpy.typing import NDArray

# COUNT of a BRIDGE row: what the crossing named by ROW is from then on. Before its first row it is open; a DEMOLITION
# row of the bridge set cuts it too.
(BRIDGE_CUT, BRIDGE_PONTOON, BRIDGE_OPEN, BRIDGE_SPAN) = range(4)

_WORD_COLUMNS = {
    "kind": KIND, "people": PEOPLE, "actor": ACTOR, "cause": CAUSE, "rule": RULE, "agent_set": AGENT_SET, "target": TARGET,
    "munition": MUNITION,
}  # fmt: skip
_TALLY_SHAPE = (len(WORDS["kind"]), len(WORDS["people"]), len(WORDS["cause"]))
_FIRST_ROWS = 4096


class Ledger:
    """Append-only table of events in columns that double when they are full.

    ``total`` reads a running tally, brought up to date when it is asked, so that a check at every tick stays
    cheap.
    """

    def __init__(self) -> None:
        self._n = 0
        self._tallied = 0
        self._ticks = np.empty(_FIRST_ROWS, dtype=np.int32)
        self._ints = np.empty((_FIRST_ROWS, N_COLUMNS), dtype=np.int32)
        self._values = np.empty(_FIRST_ROWS, dtype=np.float64)
        self._tally = np.zeros(_TALLY_SHAPE, dtype=np.int64)

    @property
    def n(self) -> int:
        """Rows so far."""
        return self._n

    @property
    def ticks(self) -> NDArray[np.int32]:
        """Tick of each row, shape (n,); a view."""
        return self._ticks[: self._n]

    @property
    def ints(self) -> NDArray[np.int32]:
        """Coded columns in the order of :mod:`sim.record.codes`, shape (n, N_COLUMNS); a view."""
        return self._ints[: self._n]

    @property
    def values(self) -> NDArray[np.float64]:
        """The free number of each row (its unit belongs to its kind), shape (n,); a view."""
        return self._values[: self._n]

    def append(self, tick: int, ints: NDArray[np.int32], values: NDArray[np.float64]) -> None:
        """Copy a batch of rows of one tick to the end.

        Args:
            tick: Tick at which the events happened.
            ints: Coded columns, shape (m, N_COLUMNS).
            values: Free numbers, shape (m,).
        """
        m = ints.shape[0]
        if m == 0:
            return
        end = self._n + m
        if end > self._ticks.shape[0]:
            self._grow(end)
        self._ticks[self._n : end] = tick
        self._ints[self._n : end] = ints
        self._values[self._n : end] = values
        self._n = end

    def add(
        self,
        tick: int,
        kind: int,
        *,
        cell: int = -1,
        people: int = 0,
        actor: int = 0,
        cause: int = 0,
        rule: int = 0,
        agent_set: int = 0,
        row: int = -1,
        other_row: int = -1,
        count: int = 0,
        value: float = 0.0,
        target: int = 0,
        munition: int = 0,
    ) -> None:
        """Write one row: codes of :mod:`sim.record.codes`; ``count`` in persons or pieces."""
        if self._n == self._ticks.shape[0]:
            self._grow(self._n + 1)
        self._ticks[self._n] = tick
        self._ints[self._n] = (kind, cell, people, actor, cause, rule, agent_set, row, other_row, count, target, munition)
        self._values[self._n] = value
        self._n += 1

    def _grow(self, wanted: int) -> None:
        capacity = self._ticks.shape[0]
        while capacity < wanted:
            capacity *= 2
        for name in ("_ticks", "_ints", "_values"):
            old = getattr(self, name)
            new = np.empty((capacity, *old.shape[1:]), dtype=old.dtype)
            new[: self._n] = old[: self._n]
            setattr(self, name, new)

    def total(self, kind: int, people: int | None = None, cause: int | None = None) -> int:
        """Sum of ``count`` over all rows of a kind.

        Args:
            kind: Code of the kind, such as ``DEATH``.
            people: Only rows that befall these people; all where None.
            cause: Only rows of this cause; all where None.

        Raises:
            ValueError: A row holds a code that the vocabulary does not have.
        """
        self._update_tally()
        whose = slice(None) if people is None else people
        why = slice(None) if cause is None else cause
        return int(self._tally[kind, whose, why].sum())

    def _update_tally(self) -> None:
        fresh = self._ints[self._tallied : self._n]
        if fresh.shape[0] == 0:
            return
        codes = (fresh[:, KIND], fresh[:, PEOPLE], fresh[:, CAUSE])
        flat = np.ravel_multi_index(codes, _TALLY_SHAPE)
        np.add.at(self._tally.reshape(-1), flat, fresh[:, COUNT].astype(np.int64))
        self._tallied = self._n

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copies of the columns, as plain arrays."""
        return {"ticks": self.ticks.copy(), "ints": self.ints.copy(), "values": self.values.copy()}

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[np.generic]]) -> Ledger:
        """A ledger that goes on where :meth:`state` was taken.

        Raises:
            ValueError: The columns do not fit each other.
        """
        ticks, ints, values = (np.asarray(state[name]) for name in ("ticks", "ints", "values"))
        if ints.shape != (ticks.shape[0], N_COLUMNS) or values.shape != ticks.shape:
            raise ValueError("the ledger's columns differ in length")
        ledger = cls()
        ledger._grow(max(ticks.shape[0], 1))
        ledger._n = ticks.shape[0]
        ledger._ticks[: ledger._n] = ticks
        ledger._ints[: ledger._n] = ints
        ledger._values[: ledger._n] = values
        return ledger

    def frame(
        self,
        start: datetime,
        step_hours: int,
        cell_neighbourhood: NDArray[np.int16],
        neighbourhood_names: Sequence[str],
    ) -> pd.DataFrame:
        """The ledger in words, one row for each event.

        Args:
            start: Date and hour of tick 0.
            step_hours: Hours that a tick lasts.
            cell_neighbourhood: Neighbourhood of each cell, -1 for none, shape (n_cells,).
            neighbourhood_names: Name of each neighbourhood.

        Returns:
            Columns tick, date (start of the tick), day (24 hours each, counted from the start), kind, people,
            actor, cause, rule, agent_set, target, munition, row, other_row, cell, neighbourhood, count, value.
        """
        import pandas as pd

        hours = self.ticks.astype(np.int64) * step_hours
        columns: dict[str, object] = {
            "tick": self.ticks.copy(),
            "date": np.datetime64(start.replace(tzinfo=None), "ms") + hours.astype("timedelta64[h]"),
            "day": (hours // 24).astype(np.int32),
        }
        for name, column in _WORD_COLUMNS.items():
            columns[name] = categorical(self.ints[:, column], WORDS[name])
        for name, column in (("row", ROW), ("other_row", OTHER_ROW), ("cell", CELL)):
            columns[name] = self.ints[:, column].copy()
        cell = self.ints[:, CELL]
        place = (
            np.where(cell >= 0, cell_neighbourhood[cell], -1)
            if cell_neighbourhood.size
            else np.full(self.n, -1)
        )
        columns["neighbourhood"] = categorical(place, unique_words(neighbourhood_names))
        columns["count"] = self.ints[:, COUNT].copy()
        columns["value"] = self.values.copy()
        return pd.DataFrame(columns)


def categorical(codes: NDArray[np.integer], words: Sequence[str]) -> pd.Categorical:
    """A column of words from their numbers, -1 for none.

    Raises:
        ValueError: A number has no word.
    """
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words), dtype=object))


def unique_words(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that occurred before."""
    seen: dict[str, int] = {}
    words = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        words.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return words
