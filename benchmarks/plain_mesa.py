"""The yardstick: the rule of leaving and the movement of units in plain per-agent Mesa.

One :class:`mesa.Agent` for each household, platoon and team, its state in attributes, Python's own mathematics,
``AgentSet.do`` to let them act: the way in which Mesa models are written. The rules are those of :mod:`sim.battle.flight`,
:mod:`sim.battle.movement` and :mod:`sim.battle.team_movement`, term by term, with the same keyed random numbers, so that both
give the same result to the bit (``tests/benchmarks``). :mod:`plain_states` hands it the state of a real battle: danger,
services, fields, who is seen.

Which part: of the households, the whole decision (touched or not, danger, want, example, message, guarded, trapped, shelter, run
the line); not the walk to the way out. Of the units, the whole movement phase (choice of the next cell to search, steps down
the field with hours saved up, room on bridges, halt at contact, ambush, step back to rest, teams that move, dig in or leave the
city), on the battle's own distance fields, which the plain side's time does not include.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa
from plain_draws import binomial, uniform
from plain_units import Platoon, Team, detection

from sim.agents.codes import AT_HOME, GONE, HELD, ON_FOOT, SHELTERING, TRAPPED
from sim.kernels.fields import UNREACHED
from sim.kernels.rng import stream_key
from sim.record.codes import (
    CIVILIANS,
    DEATH,
    DEFENDERS,
    HOUSEHOLD_SET,
    HOUSEHOLDS,
    SHOT_FLEEING,
    WOUND,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesa.agent import AgentSet
    from plain_city import Crossings, PlainCity

    from sim.battle.flight import Rule

DECISION_H = 6
_FAR = int(UNREACHED)
# Target and munition of a row that is no strike of the coalition.
NO_STRIKE = (0, 0)


class Household(mesa.Agent):
    """A household at home: stays, shelters, leaves or is trapped."""

    FIELDS = ("cell", "quarter", "members", "dead", "wounded", "state", "inclination", "hours", "away")
    model: PlainBattle

    def __init__(self, model: PlainBattle, row: int, **state: Any) -> None:
        super().__init__(model)
        self.row = row
        self.__dict__.update(state)

    def decide(self) -> None:
        """Weigh whether to leave, where danger, want or a message to leave touches it."""
        if self.cell < 0 or self.state > TRAPPED:
            return
        model, rule, cell = self.model, self.model.rule, self.cell
        danger, quarter = model.danger[cell], model.city.quarter_of[cell]
        want = 0.5 * (model.power_cut[quarter] + model.water_cut[quarter]) if quarter >= 0 else 0.0
        quiet = danger <= rule.notice_danger
        if quiet and (not model.daily or (want <= rule.notice_want and rule.message <= 0.0)):
            return
        model.decisions += 1
        felt = 0.0
        if danger > 0.0:
            strength = danger**rule.power
            felt = strength / (strength + model.half_power)
        x = rule.base + rule.danger * felt + rule.want * want + rule.message
        x = x + self.inclination + rule.example * model.gone[self.quarter]
        guarded = quarter >= 0 and model.control[cell] == HELD and model.guards[quarter] > 0
        under_guard = guarded and model.line[cell] > rule.reach
        if self.wants_to_leave(x, danger, 24.0 if quiet else model.hours_between, under_guard=under_guard):
            self.set_out(guarded=guarded, under_guard=under_guard)

    def wants_to_leave(self, x: float, danger: float, hours: float, *, under_guard: bool) -> bool:
        """Those trapped before go as soon as they can; the others draw, and where they stay, shelter or not."""
        model, rule = self.model, self.model.rule
        expected = rule.rate * (1.0 / (1.0 + math.exp(-x))) * hours
        if self.state == TRAPPED and not under_guard:
            return True
        u = model.uniform(model.decide_key, self.row, 0)
        if u < expected and u < 1.0 - math.exp(-expected):
            return True
        if self.state != TRAPPED or danger <= rule.notice_danger:
            self.state = SHELTERING if danger >= rule.shelter_danger else AT_HOME
        return False

    def set_out(self, *, guarded: bool, under_guard: bool) -> None:
        """Go on foot, or be trapped: no way out, or stopped on held ground."""
        model, rule = self.model, self.model.rule
        barred = rule.coerced and under_guard and model.uniform(model.decide_key, self.row, 1) < rule.stopped
        if barred or model.exits[self.cell] == _FAR:
            self.state = TRAPPED
            return
        if rule.coerced and guarded:
            self.run_the_line()
        if self.members > 0:
            self.state = ON_FOOT
            self.hours = 0.0
            if not self.away:
                self.away = True
                model.left[self.quarter] += self.members
                model.leaving[self.quarter] += self.members

    def run_the_line(self) -> None:
        """Members may be shot while the household crosses held ground."""
        model, rule, cell = self.model, self.model.rule, self.cell
        hit = binomial(model.decide_key, self.row, 2, self.members, rule.shot)
        if hit == 0:
            return
        dead = binomial(model.decide_key, self.row, 3, hit, rule.death_share)
        self.members -= dead
        self.dead += dead
        model.persons[cell] -= dead
        if self.members == 0:
            self.state = GONE
            self.cell = -1
        self.wounded += hit - dead
        shot = (CIVILIANS, DEFENDERS, SHOT_FLEEING, HOUSEHOLDS, HOUSEHOLD_SET, self.row, -1)
        if dead > 0:
            model.killed[model.city.quarter_of[cell]] += dead
            model.events.append((DEATH, cell, *shot, dead, *NO_STRIKE))
        if hit > dead:
            model.events.append((WOUND, cell, *shot, hit - dead, *NO_STRIKE))


class PlainBattle(mesa.Model):
    """Households, platoons and teams of one battle, and what they look at: plain lists by cell and by quarter.

    Attributes:
        rule: Numbers of the rule of leaving.
        city: The ground.
        uniform: Where random numbers come from: key, row and draw number in, a number of [0, 1) out.
        events: Ledger rows of the last round, coded as the ledger's, without tick and value.
        decisions: Full evaluations of the rule of leaving in the last round.
    """

    # Handed over by plain_states: the agents once, all else before every round.
    people: AgentSet
    platoons: AgentSet
    teams: AgentSet
    rule: Rule
    city: PlainCity
    tick: int
    dt: float
    memory: int
    hours_between: float
    daily: bool
    danger: list[float]
    control: list[int]
    exits: list[int]
    line: list[int]
    persons: list[int]
    power_cut: list[float]
    water_cut: list[float]
    residents: list[int]
    left: list[int]
    killed: list[int]
    halted: list[bool]
    least_ammo: float
    crossings: Crossings
    boat_hours: float
    ways_out: list[int]
    outlets: set[int]
    platoon_m_per_h: float
    team_m_per_h: float
    dig_in_h: float
    team_sight_per_h: float
    teams_in: dict[int, list[Team]]
    platoons_in: dict[int, list[Platoon]]

    def __init__(self, seed: int, draws: Callable[[int, int, int], float] = uniform) -> None:
        super().__init__(rng=int(seed))
        self.battle_seed = seed
        self.uniform = draws
        self.events: list[tuple[int, ...]] = []
        self.claims: dict[int, int] = {}
        self.decisions = 0

    def step(self) -> None:
        """One tick of these rules alone: units move, and every six hours households decide."""
        self.move_round()
        if self.tick % max(1, round(DECISION_H / self.dt)) == 0:
            self.decide_round()
        self.tick += 1

    def decide_round(self) -> None:
        """Every household decides, in no order that matters: none of them sees what another does in this round."""
        self.events.clear()
        self.decisions = 0
        self.decide_key = self.key("flight.decide", "households")
        self.half_power = self.rule.half**self.rule.power
        self.gone = [left / max(residents, 1) for left, residents in zip(self.left, self.residents, strict=True)]
        self.leaving = [0] * len(self.left)
        self.guards = [0] * len(self.left)
        for team in self.teams:
            if team.present and self.city.quarter_of[team.cell] >= 0:
                self.guards[self.city.quarter_of[team.cell]] += 1
        self.people.do("decide")

    def move_round(self) -> None:
        """Platoons move in order, as each sees what those before it have claimed and found; then teams."""
        self.events.clear()
        self.claims = {}
        self.ambush_key = self.key("movement.ambush", "liberators")
        self.meeting_key = self.key("movement.meeting", "defenders")
        self.crossings.give_room(self.dt, self.boat_hours)
        self.platoons.do("move")
        self.platoons.do("step_back")
        self.teams.do("move")
        self.teams.do("leave")

    def key(self, stream: str, agent_set: str) -> int:
        """Key of a stream of random numbers in this tick."""
        return int(stream_key(self.battle_seed, stream, agent_set, self.tick))

    def teams_near(self, cell: int) -> tuple[bool, list[Team]]:
        """Whether a known team is within contact distance of a cell, and if not, the hidden ones, nearest first."""
        hidden: list[Team] = []
        teams_in = self.teams_in
        for near in self.city.around(cell):
            for team in teams_in.get(near, ()):
                if team.strength <= 0:
                    continue
                if team.seen_until >= self.tick:
                    return True, []
                hidden.append(team)
        return False, hidden

    def detected(self, *row: int) -> None:
        """Note that a unit was found."""
        self.note(detection(*row))

    def note(self, row: tuple[int, ...]) -> None:
        """Keep a ledger row."""
        self.events.append((*row, *NO_STRIKE))
