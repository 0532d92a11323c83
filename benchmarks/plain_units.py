"""Platoons and teams of the plain model: the whole of the movement phase, one Mesa agent for each unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa
from plain_city import FAR, OPEN_STEP

from sim.agents.codes import (
    ASSAULT,
    GARRISON,
    HELD,
    REFIT,
    RESERVE,
    TEAM_COUNTER,
    TEAM_ESCAPE,
    TEAM_HOLD,
    TEAM_MOVE,
    TEAM_RIG,
)
from sim.battle.crossing import FIGHTERS, PLATOONS
from sim.record.codes import (
    DEFENDER_SET,
    DEFENDERS,
    DETECTION,
    FIRE_SEEN,
    LIBERATOR_SET,
    LIBERATORS,
    MOVE,
    MOVEMENT,
    SIGHT,
    WITHDRAWAL,
)

if TYPE_CHECKING:
    from plain_city import Step
    from plain_mesa import PlainBattle


class Unit(mesa.Agent):
    """What platoons and teams share: a row in the battle's columns, and its values."""

    model: PlainBattle

    def __init__(self, model: PlainBattle, row: int, **state: Any) -> None:
        super().__init__(model)
        self.row = row
        self.present = False
        self.__dict__.update(state)


class Platoon(Unit):
    """A platoon: goes to its quarter, searches it cell by cell, halts at contact, steps back when it has to rest."""

    FIELDS = ("cell", "strength", "order", "axis", "objective", "target", "seen_until", "contact", "hours", "ammo", "moved")

    @property
    def rests(self) -> bool:
        """Whether its axis pauses, or it is out of ammunition."""
        return bool(self.model.halted[self.axis] or self.ammo < self.model.least_ammo)

    def move(self) -> None:
        """Spend the hours of this tick, and those saved up, on moving."""
        if not self.present:
            return
        model = self.model
        attacks = self.order == ASSAULT and not self.rests
        goes = self.order in (GARRISON, RESERVE, REFIT) and self.target >= 0 and self.target != self.cell
        free = (1.0 - self.contact) * model.dt
        if not (attacks or goes) or self.objective < 0:
            pauses = self.order == ASSAULT and self.rests and self.contact > 0.0 and self.objective >= 0
            self.hours = model.dt if pauses else free
            return
        self.hours += free
        if free > 0.0 and not self.stays():
            self.march()

    def stays(self) -> bool:
        """Whether it stays where it is; one that works in its quarter takes its next cell."""
        model, cell, quarter = self.model, self.cell, self.objective
        at_home = model.city.quarter_of[cell] == quarter
        if self.order != ASSAULT:
            return at_home and self.target < 0
        if not at_home:
            return False
        control = model.control
        if control[cell] == HELD:
            self.target = cell
        elif self.target < 0 or control[self.target] != HELD:
            self.target = self.choose_target()
        if self.target >= 0:
            block = model.block[self.target]
            model.claims[block] = model.claims.get(block, 0) + 1
        return self.target == cell

    def choose_target(self) -> int:
        """The cell of the objective still to be searched that is near and not yet claimed by many."""
        model = self.model
        control, claims, nx, block, unit = model.control, model.claims, model.city.nx, model.block, model.city.cell_m**2 / 1e4
        x, y = self.cell % nx, self.cell // nx
        best, nearest = -1, math.inf
        for cell, cx, cy in model.city.quarter_cells[self.objective]:
            if control[cell] != HELD:
                continue
            distance = ((cx - x) ** 2 + (cy - y) ** 2) * unit + 6.0 * (claims.get(block[cell], 0) / model.block_ha) ** 2
            if distance < nearest:
                nearest, best = distance, cell
        return best

    def march(self) -> None:
        model, city = self.model, self.model.city
        while True:
            works = self.order == ASSAULT and self.target >= 0
            step = city.next_step(self.cell, self.objective, self.target, works=works)
            if step is None:
                self.target = -1
                self.hours = 0.0
                return
            need = step.cost / OPEN_STEP * city.cell_m / model.platoon_m_per_h
            if need > self.hours:
                return
            if not model.crossings.step_on(self.cell, step.cell, PLATOONS, 1):
                self.hours = need
                return
            last = self.cell
            known, hidden = model.teams_near(step.cell)
            self.go(step.cell, need)
            if known or hidden:
                halt = model.step_m(last, self.cell) / model.pace if known else self.halt(hidden, need)
                self.contact = min(1.0, self.contact + min(halt, self.hours) / model.dt)
                self.hours -= halt
            if self.order == ASSAULT and model.control[self.cell] == HELD:
                return

    def go(self, cell: int, hours: float) -> None:
        """Come to a cell, and shed a pursuer's view."""
        self.hours -= hours
        self.cell = cell
        self.moved = self.model.tick
        self.seen_until = min(self.seen_until, self.model.tick)

    def halt(self, hidden: list[Team], hours: float) -> float:
        """Hours for which it halts in the cell that it came into: where one of the teams that it does not know fires at it."""
        model = self.model
        if model.uniform(model.ambush_key, self.row, self.cell) >= 1.0 - math.exp(
            -model.team_sight_per_h * len(hidden) * hours
        ):
            return 0.0
        team, tick = hidden[0], model.tick
        model.detected(team.cell, DEFENDERS, LIBERATORS, FIRE_SEEN, DEFENDER_SET, team.row, self.row)
        if self.seen_until < tick:
            model.detected(self.cell, LIBERATORS, DEFENDERS, SIGHT, LIBERATOR_SET, self.row, team.row)
        team.seen_until = self.seen_until = tick + model.memory
        return model.halt_h

    def step_back(self) -> None:
        """While it has to rest: one step out of the fire, and more while known teams are near, over ground that is not held."""
        model, city = self.model, self.model.city
        if not (self.present and self.order == ASSAULT and self.rests and self.contact > 0.0 and self.objective >= 0):
            return
        field = city.named_field("local", self.objective)
        first = True
        while first or model.teams_near(self.cell)[0]:
            first = False
            best, farthest = None, field[self.cell]
            for step in city.steps(self.cell):
                if model.control[step.cell] != HELD and farthest < field[step.cell] < FAR:
                    farthest, best = field[step.cell], step
            if best is None:
                return
            need = best.cost / OPEN_STEP * city.cell_m / model.platoon_m_per_h
            if need > self.hours:
                return
            self.go(best.cell, need)


class Team(Unit):
    """A team of defenders: digs in, or goes to its cell or out of the city, slowly where it knows that a platoon is near."""

    FIELDS = ("cell", "strength", "order", "quarter", "target", "dug", "seen_until", "stays", "hours", "escaped")

    def move(self) -> None:
        """Move, or dig in."""
        if self.strength <= 0:
            return
        model = self.model
        if self.order != TEAM_ESCAPE and (self.order not in (TEAM_MOVE, TEAM_COUNTER, TEAM_RIG) or self.quarter < 0):
            self.dug = min(1.0, self.dug + model.dt / model.dig_in_h)
            return
        hours = self.hours + (model.dt if self.stays >= 1.0 else (1.0 - self.stays) * model.dt)
        self.hours = 0.0
        while True:
            step = self.next_step()
            if step is None:
                if self.order == TEAM_MOVE:
                    self.order = TEAM_HOLD
                    self.dug = min(1.0, self.dug + max(hours, 0.0) / model.dig_in_h)
                return
            need = step.cost / OPEN_STEP * model.city.cell_m / model.team_m_per_h
            if need > hours:
                self.hours = hours
                return
            if not model.crossings.step_on(self.cell, step.cell, FIGHTERS, self.strength):
                self.hours = need
                return
            known, hidden = self.platoons_near(step.cell)
            hours -= need + (model.step_m(self.cell, step.cell) / model.pace if known else 0.0)
            self.cell = step.cell
            self.dug = 0.0
            self.seen_until = min(self.seen_until, model.tick)
            if hidden:
                self.finds(hidden, need)

    def next_step(self) -> Step | None:
        """To its cell, or down the ways out of the city."""
        if self.order == TEAM_ESCAPE:
            return self.model.city.downhill(self.cell, self.model.ways_out)
        return self.model.city.next_step(self.cell, self.quarter, self.target)

    def leave(self) -> None:
        """Be gone from the battle where it has come to a way out of the city."""
        if self.order != TEAM_ESCAPE or self.strength <= 0 or self.cell not in self.model.outlets:
            return
        row = (MOVE, self.cell, DEFENDERS, DEFENDERS, 0, WITHDRAWAL, DEFENDER_SET, self.row, -1, self.strength)
        self.model.note(row)
        self.escaped += self.strength
        self.strength = 0
        self.cell = self.quarter = -1

    def platoons_near(self, cell: int) -> tuple[bool, list[Platoon]]:
        """Whether a known platoon is within contact distance of a cell, and if not, the others, nearest first."""
        hidden: list[Platoon] = []
        for near in self.model.city.around(cell):
            for platoon in self.model.platoons_in.get(near, ()):
                if platoon.seen_until >= self.model.tick:
                    return True, []
                hidden.append(platoon)
        return False, hidden

    def finds(self, hidden: list[Platoon], hours: float) -> None:
        """Maybe find the nearest of the platoons near the cell that it came into."""
        model, first = self.model, hidden[0]
        hazard = model.team_sight_per_h * len(hidden) * hours
        if model.uniform(model.meeting_key, self.row, self.cell) < 1.0 - math.exp(-hazard):
            model.detected(first.cell, LIBERATORS, DEFENDERS, SIGHT, LIBERATOR_SET, first.row, self.row)
            first.seen_until = model.tick + model.memory


def detection(cell: int, people: int, actor: int, cause: int, agent_set: int, row: int, other: int) -> tuple[int, ...]:
    """A row of the ledger for a unit that is found in the movement phase."""
    return (DETECTION, cell, people, actor, cause, MOVEMENT, agent_set, row, other, 1)
