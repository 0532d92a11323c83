"""Time, and random numbers by the tick: what every phase asks the battle for."""

from __future__ import annotations

import datetime as dt

import mesa
import numpy as np

from sim.kernels.rng import stream_key, uniform
from sim.scenario import Scenario


class Clock(mesa.Model):
    """A Mesa model with calendar time and keyed streams.

    Attributes:
        seed: Run seed.
        tick: Ticks done.
        dt_h: Hours that a tick lasts.
        ticks_per_day: Ticks in a day.
    """

    seed: int
    tick: int
    dt_h: float
    ticks_per_day: int
    _asked: Scenario

    @property
    def scenario(self) -> Scenario:
        """What the run was asked."""
        return self._asked

    @scenario.setter
    def scenario(self, value: object) -> None:
        """Keep ours: from 3.5 on, Mesa's constructor sets a scenario of its own."""

    @property
    def hour(self) -> float:
        """Hours since the start."""
        return self.tick * self.dt_h

    @property
    def day(self) -> int:
        """Days since the start, day 0 the first."""
        return self.tick // self.ticks_per_day

    @property
    def date(self) -> dt.date:
        """Calendar date."""
        return self.scenario.time.start + dt.timedelta(days=self.day)

    @property
    def night(self) -> bool:
        """Whether it is dark."""
        p = self.scenario.sensing
        return not p.dawn_h <= self.hour % 24 < p.dusk_h

    @property
    def was_night(self) -> bool:
        """Whether it was dark in the tick before."""
        p = self.scenario.sensing
        return not p.dawn_h <= (self.hour - self.dt_h) % 24 < p.dusk_h

    @property
    def flying_weather(self) -> bool:
        """Whether drones and aircraft can work today."""
        key = stream_key(self.seed, "weather", "days", self.day)
        return bool(uniform(key, 0, 0) >= self.scenario.isr.bad_weather)

    def ticks(self, hours: float) -> int:
        """Ticks in a number of hours, at least one."""
        return max(1, round(hours / self.dt_h))

    @property
    def memory(self) -> int:
        """Ticks after this one in which a sighting of this tick is acted on."""
        return max(1, self.ticks(self.scenario.sensing.memory_h) - 1)

    def tick_of(self, date: dt.date) -> int:
        """Tick at which a day begins; negative before the start."""
        return (date - self.scenario.time.start).days * self.ticks_per_day

    def key(self, stream: str, agent_set: str) -> np.uint64:
        """Key of a stream of random numbers in this tick."""
        return stream_key(self.seed, stream, agent_set, self.tick)
