"""A Mesa data collector for a model that has a row a day and a step an hour."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Any

import mesa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.battle.model import Battle


class DayCollector(mesa.DataCollector):
    """:class:`mesa.DataCollector`, collected at the end of each day.

    Before Mesa 3.5, ``mesa.batch_run`` takes for granted that there is a row for each step, and looks rows up by the number
    of the step. There, values answer to that number with the last day that had ended; later versions ask for the
    steps that were collected. Frames have one row a day in either case.

    Args:
        **reporters: As for :class:`mesa.DataCollector`.
    """

    def __init__(self, **reporters: Any) -> None:  # noqa: ANN401  whatever Mesa takes
        super().__init__(**reporters)
        self._ended: list[int] = []
        self._own = frozenset(self.model_reporters)
        if not hasattr(self, "_collection_steps"):
            self.model_vars: dict[str, list[Any]] = {name: _ByStep(self._ended) for name in self.model_vars}

    def collect(self, model: Battle) -> None:
        """Collect one day."""
        self._ended.append(int(model.steps))
        super().collect(model)

    def changed(self, days: int) -> bool:
        """Whether somebody has added reporters since it was made, or collected more than these days."""
        added = self.model_reporters.keys() != self._own or self.agent_reporters or self.tables
        return bool(added) or len(self._ended) != days

    def restore(self, values: Mapping[str, list[Any]], steps_per_day: int) -> None:
        """Fill a collector that has collected nothing yet with the days so far.

        Args:
            values: One list for each model reporter, a value a day.
            steps_per_day: Steps in a day.
        """
        for name, kept in self.model_vars.items():
            kept[:] = values[name]
        days = max((len(kept) for kept in self.model_vars.values()), default=0)
        self._ended[:] = [steps_per_day * (day + 1) for day in range(days)]
        if hasattr(self, "_collection_steps"):
            self._collection_steps[:] = [float(step) for step in self._ended]


class _ByStep(list[Any]):
    """Values of the days, in order; an index is the number of a step, from 0 on."""

    def __init__(self, ended: list[int]) -> None:
        super().__init__()
        self._ended = ended

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401  a number or a slice
        if isinstance(key, int) and key >= 0:
            key = max(0, bisect.bisect_right(self._ended, key + 1) - 1)
        return super().__getitem__(key)
