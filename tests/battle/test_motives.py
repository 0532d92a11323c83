"""Why a household leaves: each term of the rule against limits that are known, and in the direction that it is meant to have."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.codes import FREED, HELD, NOBODYS
from sim.agents.handles import zero_columns
from sim.battle import Battle, motives
from sim.battle.decisions import hazards, readiness
from sim.battle.flight import make_round
from sim.battle.ground import Ground, Quarters
from sim.battle.motives import Rule, make_rule
from sim.battle.wants import pressing
from sim.kernels.fields import DX, DY
from sim.kernels.jit import compiled

if TYPE_CHECKING:
    from sim.scenario import Scenario

NX, NY = 7, 5
ROUNDS = (1, 2, 3, 6)
RISK_HALF = 0.01
CALM = {
    "danger": 0.5, "ahead": 0.0, "want": 0.2, "hunger": 0.1, "lost": False, "frail": 0, "left": 10, "tried": 0.0, "hurt": 0.0,
    "own": 0.3, "trust": 0.0, "control": HELD, "cold": 0.1, "uncared": 0.1,
}  # fmt: skip


@pytest.fixture(scope="module")
def rule(riverton: Scenario) -> Rule:
    return make_rule(riverton, 100.0)


def told_to(rule: Rule, message: str) -> Rule:
    return rule._replace(message={"stay": -2.0, "none": 0.0, "leave": 2.0}[message])


def push(rule: Rule, **changes: float) -> tuple[float, float]:
    """The module's x and deterrent, as compiled code composes them, of one household of four in a quarter of forty.

    The way out leads east from its cell, the first of a row, and the danger on it is the same all along.
    """
    asked = {**CALM, **changes}
    ground, quarters = zero_columns(Ground, NX * NY), zero_columns(Quarters, 1)
    ground.danger[:] = asked["ahead"]
    ground.danger[0], ground.control[0] = asked["danger"], asked["control"]
    quarters.power_cut[0] = quarters.water_cut[0] = asked["want"]
    quarters.residents[0], quarters.left[0], quarters.trust_teller[0] = 40, asked["left"], asked["trust"]
    quarters.way_tried[0], quarters.way_hurt[0] = asked["tried"], asked["hurt"]
    quarters.cold[0], quarters.uncared[0] = asked["cold"], asked["uncared"]
    gone, message = motives.gone_from(quarters)[0], motives.told(quarters.trust_teller, 0, asked["control"] == HELD, rule)
    x = motives.shared_reasons(ground.danger[0], pressing(quarters, rule)[0], gone, message, rule)
    x += motives.own_reasons(asked["own"], asked["hunger"], int(asked["lost"]), asked["frail"], 4, rule)
    ahead = motives.danger_ahead(ground.danger, np.zeros(NX * NY, np.int8), 0, rule, NX, NY)
    return x, rule.way * motives.felt(ahead, rule) + rule.risk * motives.word_of_harm(quarters, RISK_HALF)[0]


def hazards_of(x: float, deterrent: float, hours: float, trapped: bool, rule: Rule, *, kin: bool = True, ready: float = 1.0):
    """Leaving, going to kin and giving up, from logits."""
    return hazards(math.exp(x), math.exp(deterrent), hours, trapped, kin, ready, rule)


# The formula ---------------------------------------------------------------------------------------------------------


def felt(d: float, rule: Rule) -> float:
    return d**rule.power / (d**rule.power + rule.half**rule.power)


@pytest.mark.parametrize("message", ["stay", "none", "leave"])
def test_the_hazards_are_the_stated_formula(riverton: Scenario, rule: Rule, message: str) -> None:
    rule, kin_weight = told_to(rule, message), riverton.flight.kin
    grid = itertools.product(
        (0.0, 0.7, 4.0), (0.0, 2.0), (0.0, 0.6), (0.0, 1.0), (False, True), (0, 3), (0, 20), (0.0, 1.0), (-1.0, 2.0)
    )
    for danger, ahead, want, hunger, lost, frail, left, hurt, own in grid:
        x, deterrent = push(
            rule, danger=danger, ahead=ahead, want=want, hunger=hunger, lost=lost, frail=frail, left=left, tried=50.0, hurt=hurt,
            own=own, trust=0.4,
        )  # fmt: skip
        wanted = rule.base + own + rule.danger * felt(danger, rule) + rule.want * want + rule.hunger * hunger
        wanted += rule.cold * CALM["cold"] + rule.care * CALM["uncared"]
        wanted += rule.loss * lost + rule.example * left / 40 + rule.message * 0.4 - rule.frail * frail / 4
        assert x == pytest.approx(wanted, rel=1e-12)
        r = hurt / 50.0
        assert deterrent == pytest.approx(rule.way * felt(ahead, rule) + rule.risk * r / (r + RISK_HALF), rel=1e-12)
        leaning = 1.0 / (1.0 + math.exp(deterrent - wanted))
        for trapped, has_kin, night in itertools.product((False, True), (False, True), (1.0, 0.3)):
            out, kin, resigned = hazards_of(x, deterrent, 6.0, trapped, rule, kin=has_kin, ready=night)
            assert out == pytest.approx(6.0 * night * (rule.retry if trapped else rule.rate * leaning))
            assert kin == pytest.approx(6.0 * night * rule.rate / (1.0 + math.exp(-wanted - kin_weight)) * has_kin)
            assert resigned == pytest.approx(6.0 * rule.resign * (1.0 - leaning) * trapped)


def test_hazards_lie_between_nothing_and_their_rates(rule: Rule) -> None:
    for trapped in (False, True):
        never, always = (hazards_of(x, 0.0, 1.0, trapped, rule) for x in (-60.0, 60.0))
        assert never == pytest.approx((rule.retry if trapped else 0.0, 0.0, rule.resign * trapped), abs=1e-15)
        assert always == pytest.approx((rule.retry if trapped else rule.rate, rule.rate, 0.0), abs=1e-15)
    assert motives.logistic(0.0) == 0.5


def test_danger_is_half_felt_where_it_is_stated_and_low_danger_hardly(rule: Rule) -> None:
    assert motives.felt(0.0, rule) == 0.0
    assert motives.felt(rule.half, rule) == 0.5
    assert motives.felt(1e9 * rule.half, rule) == pytest.approx(1.0)
    assert rule.power > 1.0
    assert 0.0 < motives.felt(0.1 * rule.half, rule) < 0.1 * motives.felt(rule.half, rule)


@pytest.mark.parametrize(
    ("term", "lower", "higher", "sign"),
    [
        ("danger", 0.2, 0.8, 1), ("want", 0.1, 0.9, 1), ("hunger", 0.0, 0.6, 1), ("lost", False, True, 1), ("left", 5, 30, 1),
        ("own", -1.0, 1.0, 1), ("frail", 1, 3, -1),
    ],
)  # fmt: skip
def test_reasons_at_home_rise_and_fall_with_each_term(rule: Rule, term: str, lower: float, higher: float, sign: int) -> None:
    (low, against), (high, still) = push(rule, **{term: lower}), push(rule, **{term: higher})
    assert sign * (high - low) > 1e-6
    assert against == still


@pytest.mark.parametrize(
    ("term", "lower", "higher", "sign"),
    [("ahead", 0.0, 0.5, 1), ("ahead", 0.5, 2.0, 1), ("hurt", 0.0, 0.2, 1), ("hurt", 0.2, 5.0, 1), ("tried", 20.0, 200.0, -1)],
)
def test_the_way_out_deters_more_with_danger_and_word_of_harm(
    rule: Rule, term: str, lower: float, higher: float, sign: int
) -> None:
    start = {"tried": 50.0, "hurt": 1.0}
    (x, low), (same, high) = (push(rule, **{**start, term: value}) for value in (lower, higher))
    assert sign * (high - low) > 1e-6
    assert x == same


@pytest.mark.parametrize(
    ("weight", "changes"),
    [
        ("danger", {"danger": 4.0}), ("want", {"want": 1.0}), ("cold", {"cold": 1.0}), ("care", {"uncared": 1.0}),
        ("hunger", {"hunger": 1.0}), ("loss", {"lost": True}), ("example", {"left": 40}), ("frail", {"frail": 4}),
        ("way", {"ahead": 4.0}),
        ("risk", {"tried": 9.0, "hurt": 9.0}),
    ],
)  # fmt: skip
def test_a_term_without_weight_moves_nothing(rule: Rule, weight: str, changes: dict[str, float]) -> None:
    off = rule._replace(**{weight: 0.0})
    assert push(off, **changes) == push(off, **{name: type(value)(0) for name, value in changes.items()})
    assert push(rule, **changes) != push(off, **changes)


# The message ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["stay", "leave"])
def test_a_message_moves_only_those_who_trust_the_teller_on_held_ground(rule: Rule, message: str) -> None:
    silent, told = told_to(rule, "none"), told_to(rule, message)
    assert push(told, trust=0.0) == push(silent, trust=0.0)
    for control in (FREED, NOBODYS):
        assert push(told, trust=1.0, control=control) == push(silent, trust=1.0, control=control)


def test_a_message_that_all_believe_moves_leaving_as_it_says(rule: Rule) -> None:
    believed = [push(told_to(rule, message), trust=1.0) for message in ("stay", "none", "leave")]
    (stay, _), (none, _), (leave, _) = believed
    assert stay == pytest.approx(none - 2.0)
    assert leave == pytest.approx(none + 2.0)
    assert len({against for _, against in believed}) == 1
    half, _ = push(told_to(rule, "leave"), trust=0.5)
    assert half == pytest.approx(none + 1.0)
    leaving = [hazards_of(x, against, 6.0, False, rule) for x, against in believed]
    assert leaving[0][:2] < leaving[1][:2] < leaving[2][:2]


@pytest.mark.parametrize(("message", "sign"), [("stay", -1), ("none", 0), ("leave", 1)])
def test_the_scenario_signs_the_message(riverton: Scenario, message: str, sign: int) -> None:
    asked = riverton.replace({"flight.message": message, "flight.message_weight": 1.7})
    assert make_rule(asked, 100.0).message == sign * 1.7


def test_outside_all_quarters_nobody_is_told_anything(rule: Rule) -> None:
    assert motives.told(np.ones(1), -1, False, rule) == 0.0


# Whose turn it is, and for how long it decides -----------------------------------------------------------------------


@compiled
def turns(cells: int, ticks: int, rounds: int) -> np.ndarray:
    """bool (ticks, cells)."""
    out = np.zeros((ticks, cells), np.bool_)
    for tick in range(ticks):
        for cell in range(cells):
            out[tick, cell] = motives.its_turn(cell, tick, rounds)
    return out


@pytest.mark.parametrize("rounds", ROUNDS)
def test_each_cell_has_one_turn_a_round_always_at_the_same_hour(rounds: int) -> None:
    its = turns(3000, 4 * rounds, rounds).reshape(4, rounds, 3000)
    assert (its.sum(axis=1) == 1).all()
    assert (its == its[0]).all()


@pytest.mark.parametrize("rounds", ROUNDS[1:])
def test_turns_are_spread_evenly_and_not_in_rows(rounds: int) -> None:
    n = 60_000
    hour = turns(n, rounds, rounds).argmax(axis=0)
    expected = n / rounds
    # The 0.1% point of chi squared with five degrees of freedom is 20.5.
    assert ((np.bincount(hour, minlength=rounds) - expected) ** 2 / expected).sum() < 20.5
    beside = np.mean(hour[1:] == hour[:-1])
    assert beside == pytest.approx(1.0 / rounds, abs=4.0 * math.sqrt(1.0 / rounds / n))


def test_a_decision_stands_for_a_round_in_danger_and_else_for_a_day_or_not_at_all(rule: Rule) -> None:
    near, far = 1.01 * rule.notice_danger, rule.notice_danger
    much, little = 1.01 * rule.notice_want, rule.notice_want
    for daily, touched, want in itertools.product((False, True), (False, True), (0.0, much)):
        assert motives.hours_weighed(near, want, 6.0, daily, touched, rule) == 6.0
    for touched, want in itertools.product((False, True), (0.0, much)):
        assert motives.hours_weighed(far, want, 6.0, False, touched, rule) == 0.0
    assert motives.hours_weighed(far, little, 6.0, True, False, rule) == 0.0
    assert motives.hours_weighed(far, much, 6.0, True, False, rule) == 24.0
    assert motives.hours_weighed(far, 0.0, 6.0, True, True, rule) == 24.0


@pytest.mark.parametrize("night", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("dawn", "dusk"), [(6, 18), (4, 21)])
def test_readiness_of_a_whole_day_is_the_mean_of_day_and_night(riverton: Scenario, night: float, dawn: int, dusk: int) -> None:
    asked = {"displacement.night": night, "sensing.dawn_h": dawn, "sensing.dusk_h": dusk, "population.persons": 400}
    battle = Battle(riverton, seed=1, **asked)
    now, hourly = make_round(battle), []
    for tick in range(battle.ticks_per_day):
        battle.tick = tick
        at = make_round(battle)
        hourly.append(readiness(at, at.hours))
        assert readiness(at, 24.0) == at.readiness_of_day == now.readiness_of_day
    assert set(hourly) == {night, 1.0}
    assert now.readiness_of_day == pytest.approx(np.mean(hourly))


def test_nobody_in_a_quiet_cell_is_held_back_by_night_alone(riverton: Scenario, rule: Rule) -> None:
    """Decisions of a day, taken by night, come to what its hours of daylight do even where nobody sets out by night."""
    battle = Battle(riverton, seed=1, **{"displacement.night": 0.0, "population.persons": 400})
    now = make_round(battle)
    assert battle.night
    assert now.daily
    for trapped in (False, True):
        in_danger, in_quiet = (hazards_of(0.0, 0.0, h, trapped, rule, ready=readiness(now, h)) for h in (now.hours, 24.0))
        by_day = hazards_of(0.0, 0.0, riverton.sensing.dusk_h - riverton.sensing.dawn_h, trapped, rule)
        assert in_danger[:2] == (0.0, 0.0)
        assert in_quiet[:2] == pytest.approx(by_day[:2])
        assert min(in_quiet[:2]) > 0.0


# The way out ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(0, NX * NY - 1))
def test_danger_ahead_is_the_mean_of_the_cells_on_the_way(rule: Rule, seed: int, ahead: int, cell: int) -> None:
    chance = np.random.default_rng(seed)
    ground = zero_columns(Ground, NX * NY)
    ground.danger[:] = chance.random(NX * NY)
    onward = np.full(NX * NY, -1, np.int8)
    for at in range(NX * NY):
        k = int(chance.integers(-1, 8))
        if k >= 0 and 0 <= at % NX + DX[k] < NX and 0 <= at // NX + DY[k] < NY:
            onward[at] = k
    met, at = [], cell
    while len(met) < ahead and onward[at] >= 0:
        at += int(DX[onward[at]]) + NX * int(DY[onward[at]])
        met.append(ground.danger[at])
    mean = float(np.mean(met)) if met else 0.0
    assert motives.danger_ahead(ground.danger, onward, cell, rule._replace(ahead=ahead), NX, NY) == pytest.approx(mean)


def test_danger_ahead_of_a_field_made_by_hand(rule: Rule) -> None:
    """East twice, then south-east to the way out; what is beside the way, and where one stands, does not count."""
    ground, onward = zero_columns(Ground, NX * NY), np.full(NX * NY, -1, np.int8)
    ground.danger[:] = 100.0
    ground.danger[[1, 2, 3 + NX]] = 1.0, 2.0, 6.0
    onward[[0, 1, 2]] = 0, 0, 4
    for ahead, mean in ((1, 1.0), (2, 1.5), (3, 3.0), (9, 3.0)):
        assert motives.danger_ahead(ground.danger, onward, 0, rule._replace(ahead=ahead), NX, NY) == mean
    assert motives.danger_ahead(ground.danger, onward, 3 + NX, rule, NX, NY) == 0.0


@pytest.mark.parametrize(("hearing_m", "cell_m", "cells"), [(500.0, 100.0, 5), (500.0, 400.0, 1), (60.0, 100.0, 1)])
def test_the_way_is_looked_at_as_far_as_it_can_be_heard(riverton: Scenario, hearing_m: float, cell_m: float, cells: int) -> None:
    assert make_rule(riverton.replace({"flight.hearing_m": hearing_m}), cell_m).ahead == cells


# Word of harm --------------------------------------------------------------------------------------------------------


def word(tried: float, hurt: float) -> float:
    quarters = zero_columns(Quarters, 1)
    quarters.way_tried[0], quarters.way_hurt[0] = tried, hurt
    return float(motives.word_of_harm(quarters, RISK_HALF)[0])


def test_limits_of_the_word_of_harm() -> None:
    assert word(0.0, 0.0) == word(80.0, 0.0) == 0.0
    assert word(80.0, 80.0) == pytest.approx(1.0 / (1.0 + RISK_HALF))
    assert word(80.0, 80.0 * RISK_HALF) == pytest.approx(0.5)
    # Shields who ran were hurt without having tried: never more than all.
    assert word(0.0, 3.0) == word(2.0, 3.0) == word(3.0, 3.0)


@given(st.floats(1.0, 1e4), st.floats(0.0, 1.0))
def test_word_of_harm_depends_on_the_share_alone(tried: float, share: float) -> None:
    assert word(tried, share * tried) == pytest.approx(word(1.0, share))
    assert 0.0 <= word(tried, share * tried) <= 1.0 / (1.0 + RISK_HALF) + 1e-12


def test_quarters_are_looked_at_each_on_its_own() -> None:
    quarters = zero_columns(Quarters, 3)
    quarters.residents[:], quarters.left[:] = (40, 0, 10), (10, 0, 10)
    quarters.way_tried[:], quarters.way_hurt[:] = (50.0, 0.0, 0.0), (0.5, 0.0, 2.0)
    assert motives.gone_from(quarters).tolist() == [0.25, 0.0, 1.0]
    assert motives.word_of_harm(quarters, RISK_HALF) == pytest.approx([0.5, 0.0, 1.0 / 1.01])
