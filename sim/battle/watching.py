"""Watching single households: a kept run is made again, to the same digest, while somebody looks on.

A watcher is called before each phase with the battle and the phase's name. It only reads, so that a battle that is watched
is the battle that is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import AT_HOME, DRIVEN, HOSTED, IN_CAMP, INFORMAL_SITE, NOBODYS, ON_ROAD, SHELTERING, TRAPPED
from sim.battle.arrival import prefers_hosts, wish_key
from sim.battle.model import Battle
from sim.battle.reasons import Reasons, reasons_of, turns
from sim.errors import RunError
from sim.record.codes import AGENT_SET, CAUSE, CIVILIANS, HOUSEHOLD_SET, PEOPLE, ROW, SHOT_FLEEING
from sim.record.manifest import branched_words
from sim.scenario.loading import load_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.battle.outcome import Status
    from sim.record.run import Run

# Columns of households that are watched, and what surrounds a household; one number a tick.
OWN = ("state", "cell", "members", "dead", "wounded", "node", "goal", "house", "entry", "until", "hunger")
AROUND = ("danger", "power_cut", "water_cut", "thirst", "control")

# Kinds of households that can be asked for, and what they are.
KINDS = {
    "random": "any household",
    "untouched": "at home through every hour of the run",
    "stayed": "never left home, and somebody lives",
    "sheltered": "took shelter at some time",
    "trapped": "wanted to leave and could not, at some time; those driven along left out",
    "driven": "driven along by the defenders at some time",
    "displaced": "left home at some time",
    "camp": "in a camp at the end",
    "hosted": "with hosts at the end",
    "shot": "hit by fire on the way over held ground",
    "wounded": "somebody was wounded",
    "killed": "somebody was killed",
}


class ReplayError(RunError):
    """A kept run that comes to another result when it is made again."""


def same_battle(run: Run) -> Battle:
    """The battle of a kept run, at its start.

    Raises:
        RunError: The run branched off another one, or its manifest names no seed.
    """
    place = run.path or "the run"
    if branched := run.manifest.get("branched"):
        raise RunError(f"{place}: {branched_words(branched)}")
    seed = run.manifest.get("seed")
    if not isinstance(seed, int):
        raise RunError(f"{place}: its manifest names no seed")
    scenario = load_text(run.scenario_yaml, str(place)).replace({"seed": seed})
    return Battle(scenario=scenario, seed=seed)


def make_again(
    run: Run, battle: Battle, watcher: Callable[[Battle, str], None], progress: Callable[[Status], None] | None = None
) -> None:
    """Run a battle of :func:`same_battle` to its end under somebody's eyes.

    Raises:
        ReplayError: It came to another result than the run that was kept, so that what was seen is not what happened there.
    """
    battle.watchers.append(watcher)
    again = battle.run(progress)
    if again.digest != run.digest:
        changed = again.manifest.get("source_hash") != run.manifest.get("source_hash")
        why = "the model's source changed since" if changed else "another machine or other versions of libraries"
        raise ReplayError(
            f"{run.path or 'the run'}: it cannot be made again (digest {again.digest[:12]}, kept {run.digest[:12]}: {why}), "
            "so that nothing can be told of its households; run the scenario anew and trace that run"
        )


@dataclass
class Watch:
    """What befalls some households, tick by tick.

    Attributes:
        rows: Households that are watched.
        ticks: Every tick seen.
        seen: One array a name of ``OWN`` and ``AROUND`` and tick, one number a household, at the end of the tick.
        weighed: For each household, what it weighed in each round of decisions.
        turned_away: Households that would have gone to a camp and found every open one full.
        battle: The battle; at its end it holds ledger and names.
    """

    rows: NDArray[np.int64]
    ticks: list[int] = field(default_factory=list)
    seen: dict[str, list[NDArray[np.generic]]] = field(default_factory=lambda: {name: [] for name in (*OWN, *AROUND)})
    weighed: dict[int, list[Reasons]] = field(default_factory=dict)
    turned_away: set[int] = field(default_factory=set)
    battle: Battle | None = None

    def __call__(self, battle: Battle, phase: str) -> None:
        """Look on before a phase."""
        if phase == "decisions":
            self._note_reasons(battle)
        elif phase == "recording":
            self.battle = battle
            self._note(battle)
            self._note_arrivals(battle)

    def _note(self, battle: Battle) -> None:
        people, ground, q = battle.households.columns, battle.ground, battle.quarters
        self.ticks.append(battle.tick)
        for name in OWN:
            self.seen[name].append(getattr(people, name)[self.rows].copy())
        cell = people.cell[self.rows]
        here = np.where(cell >= 0, ground.quarter[cell], -1)
        self.seen["danger"].append(np.where(cell >= 0, ground.danger[cell], 0.0))
        self.seen["control"].append(np.where(cell >= 0, ground.control[cell], NOBODYS))
        around = {"power_cut": q.power_cut, "water_cut": q.water_cut, "thirst": q.water_cut * q.parched}
        for name, values in around.items():
            self.seen[name].append(np.where(here >= 0, values[here], 0.0))

    def _note_arrivals(self, battle: Battle) -> None:
        """Who has just been screened (:func:`sim.battle.arrival.screen`), and finds no camp without wishing for hosts."""
        people, share = battle.households.columns, battle.scenario.displacement.host_share
        past = np.zeros(self.rows.size, np.bool_)
        if len(self.ticks) > 1:
            past = (self.seen["state"][-2] == ON_ROAD) & (self.seen["until"][-2].astype(np.int64) >= 0)
        out = (people.state[self.rows] == ON_ROAD) & (people.until[self.rows] >= 0) & (people.house[self.rows] < 0)
        for row in self.rows[out & ~past & (people.node[self.rows] < 0)].tolist():
            if people.node[row] == INFORMAL_SITE or not prefers_hosts(wish_key(battle), row, share):
                self.turned_away.add(row)

    def _note_reasons(self, battle: Battle) -> None:
        people = battle.households.columns
        rows = self.rows[(people.state[self.rows] <= TRAPPED) & (people.cell[self.rows] >= 0)]
        rows = rows[turns(battle, people.cell[rows])]
        for row, reasons in zip(rows.tolist(), reasons_of(battle, rows), strict=True):
            self.weighed.setdefault(row, []).append(reasons)

    def column(self, name: str, row: int) -> NDArray[np.generic]:
        """One number a tick of a household."""
        at = int(np.flatnonzero(self.rows == row)[0])
        return np.array([values[at] for values in self.seen[name]])


class Survey:
    """Which states each household has been in at any time, for finding households of a kind."""

    def __init__(self) -> None:
        self.been = np.zeros(0, np.uint16)
        self.battle: Battle | None = None

    def __call__(self, battle: Battle, phase: str) -> None:
        """Look on before a phase."""
        if phase != "recording":
            return
        self.battle = battle
        state = battle.households.columns.state
        if not self.been.size:
            self.been = np.zeros(state.size, np.uint16)
        self.been |= np.left_shift(np.uint16(1), state.astype(np.uint16))

    def was(self, state: int) -> NDArray[np.bool_]:
        """Which households were in a state at the end of any tick."""
        return (self.been >> np.uint16(state)) & 1 > 0

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """Households of one of :data:`KINDS`, in order of their numbers; none before a battle has been seen.

        Raises:
            KeyError: There is no such kind.
        """
        if self.battle is None:
            return np.zeros(0, np.int64)
        people = self.battle.households.columns
        kinds = {
            "random": np.ones(people.state.size, np.bool_),
            "untouched": self.been == np.uint16(1 << AT_HOME),
            "stayed": ~people.away & (people.members > 0),
            "sheltered": self.was(SHELTERING),
            "trapped": self.was(TRAPPED) & ~self.was(DRIVEN),
            "driven": self.was(DRIVEN),
            "displaced": people.away,
            "camp": people.state == IN_CAMP,
            "hosted": people.state == HOSTED,
            "shot": self._shot_at(self.battle),
            "wounded": people.wounded > 0,
            "killed": people.dead > 0,
        }
        return np.flatnonzero(kinds[kind])

    @staticmethod
    def _shot_at(battle: Battle) -> NDArray[np.bool_]:
        rows = battle.ledger.ints
        hit = (rows[:, PEOPLE] == CIVILIANS) & (rows[:, CAUSE] == SHOT_FLEEING) & (rows[:, AGENT_SET] == HOUSEHOLD_SET)
        found = np.zeros(len(battle.households), np.bool_)
        found[rows[hit, ROW]] = True
        return found
