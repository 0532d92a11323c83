"""Danger and the rule of leaving against limits that are known, and flight with its causes taken away."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from battle_tools import NO_ENEMY, quiet, rows_of

from sim.agents.codes import TRAPPED
from sim.agents.handles import zero_columns
from sim.battle import Battle
from sim.battle.danger import hearing_kernel, remember
from sim.battle.ground import Ground
from sim.battle.motives import Rule, logistic, make_rule, shared_reasons
from sim.record.codes import CAUSE, SHOT_FLEEING

SIDE, CELL_M, HEARING_M, MEMORY_H = 61, 100.0, 500.0, 24.0
MIDDLE = (SIDE // 2) * SIDE + SIDE // 2


def _remembered(events_per_h: float, dt: float, hours: float) -> Ground:
    ground = zero_columns(Ground, SIDE * SIDE)
    weights = hearing_kernel(CELL_M, HEARING_M)
    for _ in range(round(hours / dt)):
        ground.noise[MIDDLE] += events_per_h * dt
        remember(ground, weights, MEMORY_H, dt, SIDE, SIDE)
    return ground


@pytest.mark.parametrize("dt", [1.0, 2.0, 6.0])
def test_one_lasting_event_an_hour_next_door_is_a_danger_of_one(dt: float) -> None:
    danger = _remembered(1.0, dt, 12 * MEMORY_H).danger
    assert danger[MIDDLE] == pytest.approx(1.0, rel=1e-4)
    for east in range(1, 15):
        assert danger[MIDDLE + east] == pytest.approx(np.exp(-east * CELL_M / HEARING_M), rel=1e-3)
    assert danger[MIDDLE + 16] == 0.0


def test_danger_rises_and_fades_with_the_memory() -> None:
    ground = _remembered(2.0, 1.0, MEMORY_H)
    peak = 2.0 * (1.0 - np.exp(-1.0))
    assert ground.danger[MIDDLE] == pytest.approx(peak, rel=1e-6)
    assert ground.noise.sum() == 0.0
    for _ in range(round(MEMORY_H)):
        remember(ground, hearing_kernel(CELL_M, HEARING_M), MEMORY_H, 1.0, SIDE, SIDE)
    assert ground.danger[MIDDLE] == pytest.approx(peak * np.exp(-1.0), rel=1e-6)


def test_violence_at_the_edge_of_the_grid_is_heard_on_the_grid_alone() -> None:
    ground = zero_columns(Ground, SIDE * SIDE)
    ground.noise[[0, SIDE * SIDE - 1]] = 1.0
    remember(ground, hearing_kernel(CELL_M, HEARING_M), MEMORY_H, 1.0, SIDE, SIDE)
    field = ground.danger.reshape(SIDE, SIDE)
    assert np.allclose(field, field[::-1, ::-1])
    assert field[0, 0] > field[0, 1] > field[0, SIDE // 2] == 0.0


# The rule of leaving ------------------------------------------------------------------------------------------------


def hazard(own: float, danger: float, want: float, gone: float, rule: Rule) -> float:
    """Hazard of leaving of one household, as the decision composes it, with the message fully believed."""
    return rule.rate * logistic(shared_reasons(danger, rule.want * want, gone, rule.message, rule) + own)


def test_the_hazard_of_leaving_lies_between_nothing_and_its_rate(riverton) -> None:
    rule = make_rule(riverton, 100.0)
    assert hazard(-60.0, 0.0, 0.0, 0.0, rule) == pytest.approx(0.0, abs=1e-15)
    assert hazard(60.0, 0.0, 0.0, 0.0, rule) == pytest.approx(rule.rate)


def test_the_hazard_of_leaving_is_the_stated_formula(riverton) -> None:
    rule = make_rule(riverton.replace({"flight.message": "none"}), 100.0)
    p = riverton.flight
    for danger, want, gone, own in itertools.product((0.0, 0.5, 1.0, 4.0), (0.0, 0.7), (0.0, 0.4), (-1.0, 2.0)):
        felt = danger**p.danger_power / (danger**p.danger_power + p.danger_half**p.danger_power)
        x = p.base + own + p.danger * felt + p.want * want + p.example * gone
        assert hazard(own, danger, want, gone, rule) == pytest.approx(p.rate_per_h / (1 + np.exp(-x)))
    half = hazard(-p.base - p.danger / 2, p.danger_half, 0.0, 0.0, rule)
    assert half == pytest.approx(p.rate_per_h / 2)


@pytest.mark.parametrize("argument", range(4))
def test_the_hazard_of_leaving_rises_with_every_reason(riverton, argument: int) -> None:
    rule = make_rule(riverton, 100.0)
    for start in ((0.0, 0.0, 0.0, 0.0), (1.0, 0.5, 0.3, 0.2), (-2.0, 2.0, 0.9, 0.8)):
        values = []
        for more in (0.0, 0.05, 0.1):
            asked = list(start)
            asked[argument] += more
            values.append(hazard(*asked, rule))
        assert values[0] < values[1] < values[2]


def test_the_message_counts_for_and_against_leaving(riverton) -> None:
    rules = [make_rule(riverton.replace({"flight.message": m}), 100.0) for m in ("stay", "none", "leave")]
    stay, none, leave = (hazard(0.0, 0.5, 0.1, 0.1, rule) for rule in rules)
    assert stay < none < leave


def test_low_violence_moves_fewer_than_its_share(riverton) -> None:
    """Non-linear in violence: a tenth of the danger at half effect moves far less than a tenth as many."""
    rule = make_rule(riverton, 100.0)
    calm = hazard(0.0, 0.0, 0.0, 0.0, rule)
    low, high = (hazard(0.0, d * riverton.flight.danger_half, 0.0, 0.0, rule) - calm for d in (0.1, 1.0))
    assert 0.0 < low < 0.1 * high / 2


# Causes taken away ---------------------------------------------------------------------------------------------------


def test_without_violence_and_with_services_up_nobody_leaves(riverton) -> None:
    run = quiet(riverton).run()
    assert run.summary["liberated"] == 1
    assert run.summary["civilians_killed"] == run.summary["trapped_peak"] == 0
    # A trickle: where somebody in the quarter goes hungry, before markets open again, all in it weigh it once a day.
    assert run.summary["displaced"] < 0.005 * riverton.population.persons
    assert (run.daily["at_home"] > 0.995 * riverton.population.persons).all()
    told = Battle(riverton, seed=1, **NO_ENEMY, **{"flight.message": "leave", "flight.message_weight": 6.0}).run()
    assert told.summary["displaced"] > 0


EAGER = {
    "flight.base": 30.0, "flight.rate_per_h": 10.0, "flight.retry_per_h": 10.0, "flight.message": "leave",
    "population.kin_share": 0.0,
}  # fmt: skip


def test_without_a_way_out_all_who_want_to_leave_are_trapped(riverton) -> None:
    from datetime import date

    late = {f"liberators.axes.{axis}.date": date(2016, 12, 1) for axis in ("north", "south")}
    battle = Battle(riverton, seed=1, check=True, **EAGER, **late, **{"time.max_days": 3, "reprisals.enabled": False})
    run = battle.run()
    assert run.summary["displaced"] == run.summary["left_city"] == 0
    assert run.daily["trapped"].iloc[-1] == riverton.population.persons
    assert (battle.households.columns.state == TRAPPED).all()


def test_with_a_way_out_and_nobody_in_it_all_who_want_to_leave_do(riverton) -> None:
    run = Battle(riverton, seed=1, **EAGER, **{"coercion.enabled": False, "coercion.stopped": 0.0, "time.max_days": 6}).run()
    assert run.summary["left_city"] > 0.95 * riverton.population.persons


@pytest.mark.parametrize("coerced", [False, True])
def test_only_coercion_has_people_shot_fleeing(riverton, coerced: bool) -> None:
    battle = Battle(
        riverton, seed=1, check=True, **EAGER,
        **{"coercion.enabled": coerced, "coercion.shot_per_km": 2.0, "coercion.stopped": 0.5, "time.max_days": 4},
    )  # fmt: skip
    battle.run()
    assert bool((battle.ledger.ints[:, CAUSE] == SHOT_FLEEING).any()) == coerced
    assert rows_of(battle.ledger, cause=SHOT_FLEEING).shape[0] == (rows_of(battle.ledger)[:, CAUSE] == SHOT_FLEEING).sum()


def test_camps_take_no_more_than_they_hold_and_not_before_they_open(riverton) -> None:
    tight = {
        "displacement.camp_ready": 100, "displacement.camp_build_places_per_day": 0.0, "displacement.host_share": 0.0,
        "coercion.enabled": False, "time.max_days": 8,
    }  # fmt: skip
    battle = Battle(riverton, seed=1, check=True, **EAGER, **tight)
    opens = battle.camps.opens
    run = battle.run()
    assert (battle.camps.taken <= battle.camps.places).all()
    assert (battle.camps.taken[opens > battle.tick] == 0).all()
    assert run.summary["in_camps_peak"] <= battle.camps.places.sum()
    unknown = ~np.isfinite(battle.grid.offgrid.capacity[battle.camps.node])
    assert (battle.camps.places[unknown] == 100).all()
