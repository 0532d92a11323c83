"""Households of the plain model: the whole rule of leaving, one Mesa agent for each household."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
from plain_city import FAR

from sim.agents.codes import AT_HOME, ON_FOOT, SHELTERING, TO_HOUSE, TRAPPED

if TYPE_CHECKING:
    from plain_mesa import PlainBattle


class Surroundings(NamedTuple):
    """What all households of a cell find in it when they weigh whether to leave.

    Attributes:
        hours: Time that the decision stands for.
        readiness: Readiness to set out in that time, 1 by day.
        danger: Perceived danger.
        reasons: What speaks for going, logits.
        against: exp of what speaks against the way out of the city.
        guarded: Whether fighters are around on held ground.
        under_guard: Whether, with that, the line is out of reach.
    """

    hours: float
    readiness: float
    danger: float
    reasons: float
    against: float
    guarded: bool
    under_guard: bool


class Household(mesa.Agent):
    """A household in a house in the city: stays, shelters, goes to kin, leaves or is trapped."""

    FIELDS = (
        "cell", "home", "quarter", "members", "frail", "dead", "wounded", "state", "inclination", "goal", "house", "hours",
        "away", "hunger",
    )  # fmt: skip
    model: PlainBattle
    kin: Household | None

    def __init__(self, model: PlainBattle, row: int, **state: Any) -> None:
        super().__init__(model)
        self.row = row
        self.__dict__.update(state)

    def decide(self) -> None:
        """When it is the turn of its cell and anything touches it: to try for a way out, go to kin, give up, or stay."""
        model, cell = self.model, self.cell
        if cell < 0 or self.state > TRAPPED or (model.tick + model.own_hour[cell]) % model.rounds:
            return
        around = model.surroundings(cell)
        if around is None or (self.state == TRAPPED and self.goal >= 0 and around.guarded):
            return
        model.decisions += 1
        self.goal = -1
        trapped = self.state == TRAPPED
        out, kin, resigned = self.hazards(around, trapped=trapped)
        total = out + kin + resigned
        u = model.uniform(model.decide_key, self.row, 0)
        acts = u < total and u < 1.0 - math.exp(-total)
        if acts and kin > 0.0 and not self.kin_is_safer(around.danger):
            kin, total = 0.0, out + resigned
            acts = u < 1.0 - math.exp(-total)
        if acts:
            share = model.uniform(model.decide_key, self.row, 1) * total
            if share < out:
                self.try_to_leave(under_guard=around.under_guard)
                return
            if share < out + kin:
                self.go_to_kin()
                return
            trapped = False
        if not trapped:
            self.shelter_or_not(around.danger)

    def hazards(self, around: Surroundings, *, trapped: bool) -> tuple[float, float, float]:
        """Expected times that it tries for a way out, goes to kin, or gives up."""
        rule, hours = self.model.rule, around.hours
        lost = 1.0 if self.dead + self.wounded > 0 else 0.0
        own = self.inclination + rule.hunger * self.hunger + rule.loss * lost - rule.frail * (self.frail / max(self.members, 1))
        odds, ready = math.exp(around.reasons + own), around.readiness
        leaning = odds / (odds + around.against)
        out = (rule.retry if trapped else rule.rate * leaning) * ready * hours
        kin = 0.0 if self.kin is None else rule.rate * (odds / (odds + rule.kin_odds)) * ready * hours
        return out, kin, rule.resign * (1.0 - leaning) * hours if trapped else 0.0

    def kin_is_safer(self, danger: float) -> bool:
        """Whether kin are at home elsewhere on the same bank and side of the line, in much less danger."""
        model, kin, cell = self.model, self.kin, self.cell
        at = kin.home
        if kin.cell != at or at == cell or kin.state > SHELTERING or model.city.quarter_of[at] < 0:
            return False
        same_side = model.control[at] == model.control[cell] and model.bank[at] == model.bank[cell]
        return same_side and model.danger[at] < model.rule.kin_safer * danger

    def go_to_kin(self) -> None:
        self.house = self.kin.home
        self.model.moved_to_kin += self.members
        self.leave_house(TO_HOUSE)

    def try_to_leave(self, *, under_guard: bool) -> None:
        """Go on foot, or be trapped: stopped on held ground, no way out, or no room on the crossings."""
        model, rule, cell = self.model, self.model.rule, self.cell
        if rule.coerced and under_guard and model.uniform(model.decide_key, self.row, 2) < rule.stopped:
            model.stopped[model.city.quarter_of[cell]] += self.members
            self.state = TRAPPED
        elif model.exits[cell] == FAR or not (model.overland[cell] or model.berths > 0.0):
            self.state = TRAPPED
        else:
            if not model.overland[cell]:
                model.berths -= self.members
            model.way_tried[self.quarter] += self.members
            self.leave_house(ON_FOOT)

    def leave_house(self, state: int) -> None:
        """Step out of the house that it was in, and be counted among those away."""
        model, members = self.model, self.members
        self.state = state
        self.hours = 0.0
        if self.cell == self.home:
            model.left[self.quarter] += members
        if self.away:
            model.displaced_again += members
        else:
            self.away = True
            model.left_ever[self.quarter] += members
            model.leaving[self.quarter] += members
            model.displaced += members
        model.going.append(self.row)

    def shelter_or_not(self, danger: float) -> None:
        """Take shelter or come out; who has which threshold matters only where not all or none are above theirs."""
        model = self.model
        if danger >= model.all_shelter:
            self.state = SHELTERING
        elif danger < model.none_shelter:
            self.state = AT_HOME
        else:
            self.go_by_own_threshold(danger)

    def go_by_own_threshold(self, danger: float) -> None:
        """Take shelter at its own threshold of danger, and come out again well below it."""
        rule, own = self.model.rule, self.model.uniform(self.model.shelter_key, self.row, 0)
        threshold = rule.shelter_danger * (1.0 + rule.shelter_spread * (2.0 * own - 1.0))
        if self.state == SHELTERING:
            threshold *= rule.shelter_leave
        self.state = SHELTERING if danger >= threshold else AT_HOME
