"""The yardstick: the rule of leaving and the movement of units in plain per-agent Mesa.

One :class:`mesa.Agent` for each household, platoon and team, its state in attributes, Python's own mathematics,
``AgentSet.do`` to let them act: the way in which Mesa models are written. The rules are those of :mod:`sim.battle.flight`,
:mod:`sim.battle.movement` and :mod:`sim.battle.team_movement`, term by term, with the same keyed random numbers, so that both
give the same result to the bit (``tests/benchmarks``). :mod:`plain_states` hands it the state of a real battle: danger,
services, fields, who is seen.

Which part: of the households, the whole decision (whose turn it is, touched or not, every reason for and against, kin, trapped,
stopped, room on the crossings, shelter, the tallies); not the walk that follows. Of the units, the whole movement phase (choice
of the next cell to search, steps down the field with hours saved up, room on bridges, halt at contact, ambush, step back to rest,
teams that move, dig in or leave the city), on the battle's own distance fields, which the plain side's time does not include.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
from plain_draws import uniform
from plain_households import Surroundings
from plain_units import Platoon, Team, detection

from sim.agents.codes import HELD, TRAPPED
from sim.kernels.rng import stream_key
from sim.record.codes import CIVILIANS, DISPLACEMENT, HOUSEHOLDS, NO_SET, VIOLENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesa.agent import AgentSet
    from plain_city import Crossings, PlainCity

    from sim.battle.motives import Rule

# Hours from one decision of a household to its next.
DECISION_H = 6
# Target and munition of a row that is no strike of the coalition.
NO_STRIKE = (0, 0)


class PlainBattle(mesa.Model):
    """Households, platoons and teams of one battle, and what they look at: plain lists by cell and by quarter.

    Attributes:
        rule: Numbers of the rule of leaving.
        city: The ground.
        uniform: Where random numbers come from: key, row and draw number in, a number of [0, 1) out.
        events: Ledger rows of the last phase, coded as the ledger's, without tick and value.
        people: Households that decide, in the order in which they do; kin of theirs are agents too, but need not be here.
        own_hour: For each cell a number that sets its own hour of every round of decisions.
        gone: By quarter, the share of its residents who are away as the tick begins.
        word: By quarter, what its residents make of word of harm as the tick begins.
        decisions: Full evaluations of the rule of leaving in the last tick.
        going: Rows of the households that set out in the last tick.
        berths: Persons who may still set out for a bridge or boat.
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
    ticks_per_day: int
    night: bool
    daylight: float
    ready_by_night: float
    risk_half: float
    told_to_leave: bool
    own_hour: list[int]
    danger: list[float]
    control: list[int]
    bank: list[int]
    exits: list[int]
    line: list[int]
    onward: list[int]
    overland: list[bool]
    berths: float
    power_cut: list[float]
    water_cut: list[float]
    cold: list[float]
    uncared: list[float]
    trust_teller: list[float]
    residents: list[int]
    left: list[int]
    left_ever: list[int]
    way_tried: list[float]
    way_hurt: list[float]
    stopped: list[int]
    leaving: list[int]
    touched: list[bool]
    quarter_cell: list[int]
    halted: list[bool]
    least_ammo: float
    crossings: Crossings
    boat_hours: float
    ways_out: list[int]
    outlets: set[int]
    platoon_m_per_h: float
    team_m_per_h: float
    dig_in_h: float
    pace: float
    halt_h: float
    block: list[int]
    block_ha: float
    team_sight_per_h: float
    teams_in: dict[int, list[Team]]
    platoons_in: dict[int, list[Platoon]]

    def __init__(self, seed: int, draws: Callable[[int, int, int], float] = uniform) -> None:
        super().__init__(rng=int(seed))
        self.battle_seed = seed
        self.uniform = draws
        self.events: list[tuple[int, ...]] = []
        self.claims: dict[int, int] = {}
        self.seen_in: dict[int, Surroundings | None] = {}
        self.going: list[int] = []
        self.decisions = self.displaced = self.displaced_again = self.moved_to_kin = 0

    def step(self) -> None:
        """One tick of these rules alone: units move, and households whose turn it is decide."""
        self.move_round()
        self.decide_tick()
        self.tick += 1

    @property
    def rounds(self) -> int:
        """Ticks in a round of decisions."""
        return max(1, round(DECISION_H / self.dt))

    def decide_tick(self) -> None:
        """Households whose turn it is decide, in order: the next ones find less room on the crossings, or kin who have gone."""
        rule, first_tick = self.rule, self.tick % self.ticks_per_day
        self.events.clear()
        self.seen_in.clear()
        self.going.clear()
        self.decisions = self.displaced = self.displaced_again = self.moved_to_kin = 0
        self.decide_key = self.key("flight.decide", "households")
        self.shelter_key = int(stream_key(self.battle_seed, "flight.shelter", "households", 0))
        self.daily = first_tick < self.rounds
        self.readiness = self.ready_by_night if self.night else 1.0
        self.readiness_of_day = self.daylight + self.ready_by_night * (1.0 - self.daylight)
        self.half_power = rule.half**rule.power
        self.all_shelter = rule.shelter_danger * (1.0 + rule.shelter_spread)
        self.none_shelter = rule.shelter_danger * (1.0 - rule.shelter_spread) * rule.shelter_leave
        self.gone = [left / max(residents, 1) for left, residents in zip(self.left, self.residents, strict=True)]
        self.word = [self.word_of_harm(quarter) for quarter in range(len(self.left))]
        if first_tick == 0:
            self.note_touched()
        self.guards = [0] * len(self.left)
        for team in self.teams:
            if team.present and self.city.quarter_of[team.cell] >= 0:
                self.guards[self.city.quarter_of[team.cell]] += 1
        self.people.do("decide")
        if (self.tick + 1) % self.rounds == 0:
            self.write_leaving()

    def note_touched(self) -> None:
        """Once a day: quarters in which somebody is hungry or trapped, or all where people are told to leave."""
        self.touched = [self.told_to_leave] * len(self.left)
        for household in self.people:
            if household.cell >= 0 and (household.state == TRAPPED or household.hunger > 0.0):
                quarter = self.city.quarter_of[household.cell]
                if quarter >= 0:
                    self.touched[quarter] = True

    def write_leaving(self) -> None:
        """At the end of a round: how many left home for the first time, by quarter."""
        for quarter, persons in enumerate(self.leaving):
            if persons > 0:
                row = (DISPLACEMENT, self.quarter_cell[quarter], CIVILIANS, CIVILIANS, VIOLENCE, HOUSEHOLDS, NO_SET, quarter, -1)
                self.note((*row, persons))
        self.leaving = [0] * len(self.leaving)

    def surroundings(self, cell: int) -> Surroundings | None:
        """What the households of a cell weigh in this tick, the same for all of them; None where nothing touches them."""
        if cell not in self.seen_in:
            self.seen_in[cell] = self.look_around(cell)
        return self.seen_in[cell]

    def look_around(self, cell: int) -> Surroundings | None:
        rule, danger, quarter = self.rule, self.danger[cell], self.city.quarter_of[cell]
        built = quarter >= 0
        lacking, pressing = self.lack(quarter) if built else (0.0, 0.0)
        if danger > rule.notice_danger:
            hours = self.rounds * self.dt
        elif self.daily and (not built or self.touched[quarter] or lacking > rule.notice_want):
            hours = 24.0
        else:
            return None
        readiness = self.readiness_of_day if hours > self.rounds * self.dt else self.readiness
        held = built and self.control[cell] == HELD
        gone, word = (self.gone[quarter], self.word[quarter]) if built else (0.0, 0.0)
        message = rule.message * self.trust_teller[quarter] if held else 0.0
        reasons = rule.base + rule.danger * self.felt(danger) + pressing + rule.example * gone + message
        against = math.exp(rule.way * self.felt(self.danger_ahead(cell)) + rule.risk * word)
        guarded = held and self.guards[quarter] > 0
        return Surroundings(hours, readiness, danger, reasons, against, guarded, guarded and self.line[cell] > rule.reach)

    def lack(self, quarter: int) -> tuple[float, float]:
        """The largest of what people do without in a quarter, and what presses there, logits."""
        rule, cold, uncared = self.rule, self.cold[quarter], self.uncared[quarter]
        want = 0.5 * (self.power_cut[quarter] + self.water_cut[quarter])
        return max(want, cold, uncared), rule.want * want + rule.cold * cold + rule.care * uncared

    def felt(self, danger: float) -> float:
        """How much of its weight a danger has, 0 to 1."""
        if danger <= 0.0:
            return 0.0
        strength = danger**self.rule.power
        return strength / (strength + self.half_power)

    def danger_ahead(self, cell: int) -> float:
        """Mean danger of the cells ahead on the way out, as far as they can be seen and heard."""
        total, n = 0.0, 0  # sum() would not do: from Python 3.12 on it makes up for rounding
        while n < self.rule.ahead and self.onward[cell] >= 0:
            cell = self.city.beside(cell, self.onward[cell])
            total += self.danger[cell]
            n += 1
        return total / n if n else 0.0

    def word_of_harm(self, quarter: int) -> float:
        """What residents make of word of who was hurt on the way, 0 to 1."""
        hurt = self.way_hurt[quarter]
        share = hurt / max(self.way_tried[quarter], hurt, 1e-12)
        return share / (share + self.risk_half)

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

    def step_m(self, cell: int, to: int) -> float:
        """Metres from a cell to its neighbour."""
        nx, cell_m = self.city.nx, self.city.cell_m
        return cell_m * math.sqrt(2.0) if cell % nx != to % nx and cell // nx != to // nx else cell_m

    def detected(self, *row: int) -> None:
        """Note that a unit was found."""
        self.note(detection(*row))

    def note(self, row: tuple[int, ...]) -> None:
        """Keep a ledger row."""
        self.events.append((*row, *NO_STRIKE))
