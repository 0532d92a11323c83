"""Both sides of the yardstick on the same states of one battle, in a process of its own; prints one JSON object.

    python benchmarks/one_yardstick.py op_ed [--households 5000] [--rounds 6]

The battle runs as always, and from first contact on its phase of movement and its decisions are timed. One round of decisions is
six hours, in which the households of every cell have their turn once. In every seventh round the plain per-agent model does the
same first, tick by tick from the same states: with the households of every k-th cell, and in the first tick with every unit.
Both results are then compared value by value. Each side's units find their distance fields worked out. The compiled side
counts in the rounds between: right after the plain one, the processor's caches are full of other things.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import one_battle
import plain_states
from plain_mesa import DECISION_H

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plain_mesa import PlainBattle

    from sim.battle import Battle
    from sim.scenario import Scenario

HOURS_BETWEEN = 42  # from one round of the plain side to its next: each of the day's rounds of decisions comes up in turn


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", help="a shipped scenario's name, or a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--households", type=int, default=5000, help="plain agents (default 5000)")
    parser.add_argument("--rounds", type=int, default=12, help="rounds of decisions that both sides are timed on (default 12)")
    return parser.parse_args(argv)


def timed(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


class Yardstick:
    """Hooks both sides into a running battle and adds up what each takes.

    Attributes:
        spent: Core-seconds by what was done.
        count: Agents by what was done.
        different: Values that came out otherwise; the two sides are equal to the bit where there is none.
    """

    def __init__(self, battle: Battle, households: int) -> None:
        self.battle = battle
        home = battle.households.columns.home
        homes = np.unique(home)
        rows = np.flatnonzero(np.isin(home, homes[:: max(1, len(battle.households) // households)])).tolist()
        own = random.Random(battle.seed).random
        self.keyed = plain_states.plain_of(battle, rows)
        self.own = plain_states.plain_of(battle, rows, lambda *_: own())
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.count: defaultdict[str, int] = defaultdict(int)
        self.different: list[str] = []
        self.started = self.on = False

    @property
    def first_tick(self) -> bool:
        """Whether a round of decisions begins now."""
        return self.battle.tick % self.battle.ticks(DECISION_H) == 0

    def households(self, weigh: Callable[[Battle], None]) -> Callable[[Battle], None]:
        """The battle's decisions of a tick, with the plain ones before them; a household counts once in a round."""

        def both(battle: Battle) -> None:
            if self.on:
                for name, plain in (("plain", self.keyed), ("plain, own numbers", self.own)):
                    plain_states.read(plain, battle, getattr(self.keyed, "city", None))
                    self.spent[f"households: {name}"] += timed(plain.decide_tick)
                    self.count[f"households: {name}"] += len(plain.people) * self.first_tick
                    self.count[f"decisions: {name}"] += plain.decisions
                self.different += plain_states.household_differences(self.keyed, *plain_states.decided_alone(self.keyed, battle))
                weigh(battle)
            elif self.started:
                before = battle.counts["household_decisions"]
                self.spent["households: compiled"] += timed(lambda: weigh(battle))
                self.count["households: compiled"] += len(battle.households) * self.first_tick
                self.count["decisions: compiled"] += int(battle.counts["household_decisions"] - before)
            else:
                weigh(battle)

        return both

    def units(self, move: Callable[[Battle], None]) -> Callable[[Battle], None]:
        """The battle's movement phase, with the plain one before it."""

        def both(battle: Battle) -> None:
            n = int(battle.units.platoon_rows.size + battle.units.team_rows.size)
            plain_states.need_fields(battle)
            if self.on and self.first_tick:
                city = plain_states.read_city(battle)
                for name, plain in (("plain", self.keyed), ("plain, own numbers", self.own)):
                    self._move_plain(name, plain, city)
                    self.count[f"units: {name}"] += n
                move(battle)
                self.different += plain_states.unit_differences(self.keyed, battle)
            elif self.started and not self.on:
                self.spent["units: compiled"] += timed(lambda: move(battle))
                self.count["units: compiled"] += n
            else:
                move(battle)

        return both

    def _move_plain(self, name: str, plain: PlainBattle, city: Any) -> None:
        """Once off the clock, so that steps and neighbourhoods are kept as after hours of play, and then on it."""
        plain_states.read(plain, self.battle, city)
        plain_states.touch_fields(plain)
        plain.move_round()
        plain_states.read(plain, self.battle, city)
        self.spent[f"units: {name}"] += timed(plain.move_round)


def measure(scenario: Scenario, coarse: Scenario, seed: int, households: int, rounds: int) -> dict[str, Any]:
    """Run both sides through some rounds of one battle; see the module."""
    from sim.battle import Battle, flight, model

    one_battle.warm(coarse, seed, times=1)
    battle = Battle(scenario=scenario, seed=seed)
    began = time.process_time()
    yardstick = Yardstick(battle, households)
    made = time.process_time() - began
    kept, weigh = model.PHASES, flight.weigh
    model.PHASES = tuple((n, yardstick.units(phase) if n == "movement" else phase) for n, phase in kept)
    flight.weigh = yardstick.households(weigh)
    done = 0
    try:
        while battle.running and battle.contact_platoons == 0:
            battle.step()
        while battle.running and not yardstick.first_tick:
            battle.step()
        yardstick.started = True
        while battle.running and done < rounds:
            if yardstick.first_tick:
                yardstick.on = battle.hour % HOURS_BETWEEN == 0
            battle.step()
            done += yardstick.on and yardstick.first_tick
    finally:
        model.PHASES, flight.weigh = kept, weigh
    return {
        "spent": yardstick.spent, "count": yardstick.count, "different": len(yardstick.different),
        "first": yardstick.different[:3], "rounds": done, "made_s": made, "plain_households": len(yardstick.keyed.people),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    asked = parse(argv)
    from sim.scenario import load

    coarse = load(asked.scenario, [*asked.sets, one_battle.COARSE])
    scenario = load(asked.scenario, asked.sets)
    json.dump(measure(scenario, coarse, asked.seed, asked.households, asked.rounds), sys.stdout)


if __name__ == "__main__":
    main()
