"""Why a household leaves, stays or goes to kin: the terms of the rule, as compiled code takes them.

A household weighs the threat where it is against what there is to do about it, as in protection motivation (Rogers 1975) and in
models of evacuation (Lindell & Perry 2012). What speaks for going, in logits:

``x = base + own + danger * h(d) + p + hunger * H + loss * L + example * gone +- message * trust - frail * f``

with ``h(d) = d^n / (d^n + half^n)``, non-linear in perceived danger d (Bohra-Mishra & Massey 2011); p what presses in the
quarter: want of power and water, cold and lack of care (:mod:`sim.battle.wants`); H the hunger of the household; L 1 where one of
it was killed or wounded (Engel & Ibanez 2007); gone the share of the quarter's residents who are away (social contagion); the
message counted as far as residents trust the coalition, which tells it, on held ground, where it is meant; and f the share of
frail members. Against the way out of the city speaks

``deterrent = way * h(d_ahead) + risk * r / (r + risk_half)``

with d_ahead the mean danger of the cells ahead as far as they can be seen and heard, and r the share of those who left the
quarter lately that were hurt on the way, as word of it comes back. Hazards per hour are ``rate * logistic(x - deterrent)`` of
wanting to leave the city and ``rate * logistic(x + kin)`` of going to kin. Who wants to leave and cannot is trapped: it gives up
with the hazard ``resign_per_h * (1 - logistic(x - deterrent))`` and tries again with the hazard ``retry_per_h``. By night all
hazards of setting out are ``night`` times as large.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.battle.ground import Quarters
from sim.kernels.fields import OPEN_STEP, neighbour
from sim.kernels.jit import inlined
from sim.kernels.rng import mix64

if TYPE_CHECKING:
    from sim.battle.returning import ReturnRule
    from sim.scenario.model import Scenario

# Hours from one decision of a household to its next.
DECISION_H = 6


class Rule(NamedTuple):
    """Numbers of the rule of leaving; names as in the scenario.

    Attributes:
        message: Signed weight of the message: negative for stay, positive for leave.
        ahead: Cells of the way out that can be seen and heard.
        kin_odds: exp(-kin), so that ``logistic(x + kin) = exp(x) / (exp(x) + kin_odds)``.
        reach: Cost to the line that a household dares, units of distance fields.
        coerced: Whether defenders bar the way.
    """

    rate: float
    base: float
    danger: float
    half: float
    power: float
    want: float
    cold: float
    care: float
    hunger: float
    loss: float
    example: float
    message: float
    frail: float
    way: float
    ahead: int
    risk: float
    kin_odds: float
    kin_safer: float
    retry: float
    resign: float
    notice_danger: float
    notice_want: float
    shelter_danger: float
    shelter_spread: float
    shelter_leave: float
    coerced: bool
    stopped: float
    reach: float


def make_rule(scenario: Scenario, cell_m: float) -> Rule:
    """The rule of a scenario, for cells of a size."""
    p, c = scenario.flight, scenario.coercion
    sign = {"stay": -1.0, "none": 0.0, "leave": 1.0}[p.message]
    return Rule(
        rate=p.rate_per_h, base=p.base, danger=p.danger, half=p.danger_half, power=p.danger_power, want=p.want, cold=p.cold,
        care=p.care, hunger=p.hunger, loss=p.loss, example=p.example, message=sign * p.message_weight, frail=p.frail,
        way=p.way, ahead=max(1, round(p.hearing_m / cell_m)), risk=p.risk,
        kin_odds=math.exp(-p.kin), kin_safer=p.kin_safer, retry=p.retry_per_h, resign=p.resign_per_h,
        notice_danger=p.notice_danger, notice_want=p.notice_want, shelter_danger=p.shelter_danger,
        shelter_spread=p.shelter_spread, shelter_leave=p.shelter_leave,
        coerced=c.enabled, stopped=c.stopped, reach=c.reach_m / cell_m * OPEN_STEP,
    )  # fmt: skip


@inlined
def its_turn(cell: int, tick: int, rounds: int) -> bool:
    """Whether the households of a cell decide in this tick: each cell has its own hour out of the ``rounds`` ticks of a round."""
    return (tick + int(mix64(np.uint64(cell)) >> np.uint64(33))) % rounds == 0


def gone_from(quarters: Quarters) -> NDArray[np.float64]:
    """Share of each quarter's residents who are away from home."""
    return np.asarray(quarters.left / np.maximum(quarters.residents, 1))


def word_of_harm(quarters: Quarters, risk_half: float) -> NDArray[np.float64]:
    """``r / (r + risk_half)`` of the module's formula by quarter, 0 to 1, from those who left it lately."""
    hurt = quarters.way_hurt
    r = hurt / np.maximum(np.maximum(quarters.way_tried, hurt), 1e-12)
    return np.asarray(r / (r + risk_half))


@inlined
def felt(danger: float, rule: Rule | ReturnRule) -> float:
    """The module's h(d), 0 to 1."""
    if danger <= 0.0:
        return 0.0
    d = danger**rule.power
    return float(d / (d + rule.half**rule.power))


@inlined
def told(trust_teller: np.ndarray, here: int, held: bool, rule: Rule) -> float:
    """What the message adds in a quarter, logits: it is meant for held ground, and believed as far as the teller is trusted."""
    return rule.message * trust_teller[here] if held else 0.0


@inlined
def shared_reasons(danger: float, pressing: float, gone: float, message: float, rule: Rule) -> float:
    """The part of x that all households of a cell share, logits; ``pressing`` and ``message`` are in logits already."""
    return rule.base + rule.danger * felt(danger, rule) + pressing + rule.example * gone + message


@inlined
def own_reasons(inclination: float, hunger: float, hurt: int, frail: int, members: int, rule: Rule) -> float:
    """The part of x that is a household's own, logits; ``hurt`` counts its dead and wounded."""
    lost = 1.0 if hurt > 0 else 0.0
    return float(inclination + rule.hunger * hunger + rule.loss * lost - rule.frail * (frail / max(members, 1)))


@inlined
def danger_ahead(danger: np.ndarray, onward: np.ndarray, cell: int, rule: Rule, nx: int, ny: int) -> float:
    """Mean danger of the cells ahead on the way out of the city; 0 where no way leads out."""
    total, n = 0.0, 0
    for _ in range(rule.ahead):
        k = onward[cell]
        if k < 0:
            break
        cell = neighbour(cell, k, nx, ny)
        total += danger[cell]
        n += 1
    return total / n if n else 0.0


@inlined
def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


@inlined
def hours_weighed(danger: float, lacking: float, hours: float, daily: bool, touched: bool, rule: Rule) -> float:
    """Hours for which a decision stands in a cell: those of a round where there is danger, else a day, or 0: nothing touches it.

    ``lacking`` is the largest of what its quarter does without. ``touched`` says that somebody in it is hungry or trapped, or
    that it is told to leave; so is open ground.
    """
    if danger > rule.notice_danger:
        return hours
    return 24.0 if daily and (touched or lacking > rule.notice_want) else 0.0
