"""Trust by quarter and force: what it starts from, what events and presence make of it, and who is faced (A7, A8)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.codes import CORDON, RESERVE
from sim.battle import Battle
from sim.battle.reports import hear
from sim.battle.returning import make_return_rule, return_hazard
from sim.battle.trust import ROUND_H, Happened, Minds, change_minds, change_trust, earned, soldiers_in
from sim.city.communities import EVERYBODY, community_mix
from sim.errors import ScenarioError
from sim.record.codes import ACTOR, AIR, CELL, CIVILIANS, COALITION, COUNT, DEATH, DEFENDERS, KIND, MORTAR, PEOPLE, WOUND
from sim.scenario import load

if TYPE_CHECKING:
    from sim.scenario import Scenario

NORTHERN, SOUTHERN, VOICE = range(3)
STILL = {"reports.trust_loss": 0.0, "reports.trust_resentment": 0.0, "reports.trust_example": 0.0, "reports.trust_contact": 0.0}
ONE_MIND = {"reports.trust_shared": 1.0, "reports.trust_contact": 0.0}


def minded(riverton: Scenario, **changes: object) -> Battle:
    """Nobody is on the grid yet."""
    battle = Battle(riverton, seed=1, **{key.replace("__", "."): value for key, value in changes.items()})
    battle.tick = battle.ticks(ROUND_H)
    return battle


def one_round(battle: Battle) -> None:
    change_minds(battle, np.zeros(battle.quarters.area.size))


def send(battle: Battle, force: int, quarter: int, platoons: int = 1, order: int = RESERVE) -> None:
    """Some platoons of a force stand in a quarter."""
    columns = battle.liberators.columns
    rows = np.flatnonzero((columns.force == force) & (columns.cell < 0))[:platoons]
    columns.cell[rows] = battle.quarters.cells[battle.quarters.start[quarter]]
    columns.order[rows] = order


def hurt(battle: Battle, quarter: int, actor: int, cause: int) -> float:
    """Three residents are wounded; casualties among 1,000."""
    cell = int(battle.quarters.cells[battle.quarters.start[quarter]])
    battle.ledger.add(battle.tick - 1, WOUND, cell=cell, people=CIVILIANS, actor=actor, cause=cause, count=3)
    return 3000.0 / float(battle.quarters.residents[quarter])


# The start ----------------------------------------------------------------------------------------------------------


def test_a_city_that_names_no_communities_has_one_and_forces_are_trusted_as_declared(riverton: Scenario) -> None:
    battle = minded(riverton, reports__trust=0.6, liberators__forces__southern__trust={EVERYBODY: 0.2})
    assert community_mix(battle.grid).names == (EVERYBODY,)
    assert (battle.minds.trust[:, [NORTHERN, VOICE]] == 0.6).all()
    assert battle.minds.trust[:, SOUTHERN] == pytest.approx(0.2)
    assert battle.quarters.trust == pytest.approx((1200 * 0.6 + 900 * 0.2) / 2100), "by soldiers who may enter"
    assert (battle.quarters.trust_teller == 0.6).all()


def test_first_trust_is_the_mean_over_communities_by_bank() -> None:
    battle = Battle(load("mosul_2016", {"preset": "quick"}))
    mix, names = community_mix(battle.grid), battle.liberators.forces.names
    assert mix.share.sum(axis=1) == pytest.approx(1.0)
    pmu = battle.scenario.liberators.forces["pmu"].trust["majority"]
    majority = mix.share[:, mix.names.index("majority")]
    assert len(set(majority.tolist())) == 2
    wanted = majority * pmu + (1 - majority) * battle.scenario.reports.trust
    assert battle.minds.trust[:, names.index("pmu")] == pytest.approx(wanted)
    assert (battle.minds.trust[:, names.index("cts")] == battle.scenario.reports.trust).all()
    same = Battle(battle.scenario.replace({"reports.communities": False}))
    assert (same.minds.trust == battle.scenario.reports.trust).all()


def test_an_unknown_community_is_told_of(riverton: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r'liberators.forces.northern.trust.al .*"al" \(did you mean "all"\?\)'):
        Battle(riverton, **{"liberators.forces.northern.trust": {"al": 0.3}})


# Whom a quarter faces -----------------------------------------------------------------------------------------------


def test_a_quarter_faces_who_is_in_it_else_on_its_bank_else_who_may_enter(riverton: Scenario) -> None:
    battle = minded(riverton)
    q, faced = battle.quarters, battle.minds.faced
    assert faced == pytest.approx(np.tile([1200 / 2100, 900 / 2100, 0.0], (q.area.size, 1)))
    here = np.flatnonzero(q.bank == q.bank[0])
    send(battle, NORTHERN, int(here[0]), 3)
    send(battle, SOUTHERN, int(here[0]), 1)
    send(battle, SOUTHERN, int(here[1]), 2)
    send(battle, NORTHERN, int(here[2]), 2, CORDON)
    one_round(battle)
    assert faced[here[0]] == pytest.approx([0.75, 0.25, 0.0])
    assert faced[here[1]] == pytest.approx([0.0, 1.0, 0.0])
    assert faced[here[2]] == pytest.approx([0.5, 0.5, 0.0]), "who keeps a cordon is not in the city"
    across = q.bank != q.bank[0]
    assert faced[across] == pytest.approx(np.tile([1200 / 2100, 900 / 2100, 0.0], (int(across.sum()), 1)))


def test_a_freed_quarter_that_nobody_is_left_in_faces_who_was_there_last(riverton: Scenario) -> None:
    battle = minded(riverton)
    battle.quarters.liberated[0] = True
    send(battle, SOUTHERN, 0)
    one_round(battle)
    assert battle.minds.faced[0].tolist() == [0.0, 1.0, 0.0]
    battle.liberators.columns.cell[:] = -1
    battle.tick += battle.ticks(ROUND_H)
    one_round(battle)
    assert battle.minds.faced[0].tolist() == [0.0, 1.0, 0.0]
    battle.quarters.liberated[0] = False
    one_round(battle)
    assert battle.minds.faced[0, NORTHERN] > 0.0


def test_where_no_force_may_enter_only_the_coalition_is_faced(riverton: Scenario) -> None:
    shut = {f"liberators__forces__{name}__may_enter": False for name in ("northern", "southern")}
    battle = minded(riverton, **shut)
    assert (battle.minds.faced == [0.0, 0.0, 1.0]).all()


# Events -------------------------------------------------------------------------------------------------------------


def test_the_coalitions_fires_cost_it_most_and_a_force_kept_out_nothing(riverton: Scenario) -> None:
    battle = minded(riverton, **STILL | {"reports.trust_loss": 0.3, "liberators.forces.southern.may_enter": False})
    c = hurt(battle, 0, COALITION, AIR)
    one_round(battle)
    cut = math.exp(-0.3 * c)
    assert battle.minds.trust[0] == pytest.approx([0.5 * math.sqrt(cut), 0.5, 0.5 * cut])
    assert battle.quarters.trust[0] == pytest.approx(0.5 * math.sqrt(cut))
    assert battle.quarters.trust_teller[0] == pytest.approx(0.5 * cut)


def test_casualties_by_the_defenders_raise_trust_in_all(riverton: Scenario) -> None:
    battle = minded(riverton, **STILL | {"reports.trust_resentment": 0.2})
    d = hurt(battle, 0, DEFENDERS, MORTAR)
    one_round(battle)
    assert battle.minds.trust[0] == pytest.approx(1 - 0.5 * math.exp(-0.2 * d))
    assert (battle.minds.trust[1:] == 0.5).all()


def test_a_freed_neighbour_raises_trust_in_the_force_that_holds_it_most(riverton: Scenario) -> None:
    battle = minded(riverton, **STILL | {"reports.trust_example": 0.1, "reports.trust_shared": 0.25})
    near = battle.neighbours[0]
    battle.quarters.liberated[near[0]] = True
    send(battle, SOUTHERN, int(near[0]))
    one_round(battle)
    rate = 0.1 * ROUND_H / 24 / near.size
    assert 1 - battle.minds.trust[0] == pytest.approx(0.5 * np.exp([-0.25 * rate, -rate, -0.25 * rate]))


def test_a_force_kept_out_gains_nothing_by_what_others_free(riverton: Scenario) -> None:
    battle = minded(riverton, **STILL | {"reports.trust_example": 0.1, "liberators.forces.northern.may_enter": False})
    battle.quarters.liberated[battle.neighbours[0][0]] = True
    one_round(battle)
    assert battle.minds.trust[0, NORTHERN] == 0.5 < battle.minds.trust[0, SOUTHERN]


@pytest.mark.parametrize(("conduct", "aim"), [(0.4, 0.7), (0.0, 0.5), (-0.5, 0.25), (1.0, 1.0), (-1.0, 0.0)])
def test_trust_in_a_force_follows_its_conduct_where_it_is_alone(riverton: Scenario, conduct: float, aim: float) -> None:
    asked = {"reports.trust_contact": 0.1, "liberators.forces.southern.conduct": conduct}
    battle = minded(riverton, **STILL | asked)
    send(battle, SOUTHERN, 0)
    for _ in range(40):
        one_round(battle)
    assert earned(0.5, conduct) == pytest.approx(aim)
    assert battle.minds.trust[0, SOUTHERN] == pytest.approx(aim + (0.5 - aim) * math.exp(-0.1 * 10))
    assert (battle.minds.trust[1:] == 0.5).all()
    assert (battle.minds.trust[0, [NORTHERN, VOICE]] == 0.5).all()


# Limits with known answers ------------------------------------------------------------------------------------------


def test_forces_that_are_not_told_apart_are_trusted_as_one(riverton: Scenario) -> None:
    """The formula with one number to a quarter, over a whole battle, to rounding."""
    battle = Battle(riverton, seed=3, **ONE_MIND | {"time.max_days": 25})
    one = np.full(battle.quarters.area.size, 0.5)
    p, q = battle.scenario.reports, battle.quarters
    thousands = np.maximum(q.residents / 1000.0, 1e-3)

    def look(model: Battle, phase: str) -> None:
        if phase != "reports" or model.tick % model.ticks(ROUND_H):
            return
        ticks = np.asarray(model.ledger.ticks)
        by = _casualties(model, model.ledger.ints[(ticks >= model.tick - model.ticks(ROUND_H)) & (ticks < model.tick)])
        share = q.liberated[model.neighbours].mean(axis=1)
        gain = p.trust_resentment * by[DEFENDERS] / thousands + p.trust_example * ROUND_H / 24 * share
        one[:] = 1 - (1 - one * np.exp(-p.trust_loss * by[COALITION] / thousands)) * np.exp(-gain)

    battle.watchers.append(look)
    while battle.running:
        battle.step()
        assert np.abs(q.trust - one).max() < 1e-12
        assert np.abs(q.trust_teller - one).max() < 1e-12
    assert np.unique(one).size > 3


def _casualties(battle: Battle, rows: np.ndarray) -> dict[int, np.ndarray]:
    """Residents killed and wounded by quarter, by who did it."""
    rows = rows[np.isin(rows[:, KIND], (DEATH, WOUND)) & (rows[:, PEOPLE] == CIVILIANS) & (rows[:, CELL] >= 0)]
    quarter = battle.ground.quarter[rows[:, CELL]]
    rows, quarter = rows[quarter >= 0], quarter[quarter >= 0]
    return {
        actor: np.bincount(quarter, rows[:, COUNT] * (rows[:, ACTOR] == actor), battle.quarters.area.size)
        for actor in (COALITION, DEFENDERS)
    }


def guarded(riverton: Scenario, *, enters: bool, trust: float) -> Battle:
    """A second force in the south, trusted more or less."""
    battle = Battle(riverton, seed=1, **{
        "liberators.forces.guard": {"strength": 900, "assault_share": 0.5, "may_enter": enters, "conduct": 0.0,
                                    "trust": {EVERYBODY: trust}},
        "liberators.axes.south.forces.guard": 1.0, "time.max_days": 25,
    })  # fmt: skip
    while battle.running:
        battle.step()
    return battle


def test_a_force_that_is_kept_out_moves_nothing_and_one_that_enters_does(riverton: Scenario) -> None:
    out = [guarded(riverton, enters=False, trust=trust) for trust in (0.1, 0.9)]
    assert np.array_equal(out[0].quarters.trust, out[1].quarters.trust)
    assert out[0].counts == out[1].counts
    low, high = (guarded(riverton, enters=True, trust=trust) for trust in (0.1, 0.9))
    assert soldiers_in(low)[:, 2].sum() > 0
    assert low.quarters.trust.mean() < high.quarters.trust.mean() - 0.05
    assert low.quarters.trust.mean() < out[0].quarters.trust.mean()


def test_who_is_trusted_less_hears_less_and_fewer_come_home(riverton: Scenario) -> None:
    told = []
    for trust in (0.2, 0.5):
        battle = minded(riverton, **STILL | {"liberators.forces.southern.trust": {EVERYBODY: trust}})
        send(battle, SOUTHERN, 0, 5)
        hear(battle)
        told.append(battle.quarters.told_by_residents[0])
        assert battle.quarters.trust[0] == pytest.approx(trust)
    assert told[0] == pytest.approx(told[1] * 0.2 / 0.5)
    rule = make_return_rule(battle)
    assert return_hazard(0.0, 0.0, 0.0, 0.2, 0.5, False, rule) < return_hazard(0.0, 0.0, 0.0, 0.5, 0.5, False, rule)


# Bounds -------------------------------------------------------------------------------------------------------------

SHARE = st.floats(0.0, 1.0)
EXPONENT = st.one_of(st.just(0.0), st.floats(0.0, 50.0), st.just(1e6))


@given(
    trust=st.lists(SHARE, min_size=3, max_size=3), first=st.lists(SHARE, min_size=3, max_size=3), loss=EXPONENT, gain=EXPONENT,
    example=EXPONENT, contact=EXPONENT, shared=SHARE, conduct=st.floats(-1.0, 1.0), here=st.booleans(), freed=st.booleans(),
)  # fmt: skip
def test_trust_stays_between_nothing_and_one_whatever_happens(
    finished, trust: list[float], first: list[float], loss: float, gain: float, example: float, contact: float, shared: float,
    conduct: float, here: bool, freed: bool,
) -> None:  # fmt: skip
    battle = finished.battle
    nq = battle.quarters.area.size
    quarters = battle.quarters._replace(liberated=np.full(nq, freed))
    minds = Minds(np.tile(trust, (nq, 1)), np.tile(first, (nq, 1)), np.tile([0.3, 0.7, 0.0], (nq, 1)))
    happened = Happened(
        np.full((nq, 2), float(here)), np.full(nq, loss), np.full(nq, gain), example, np.array([shared, 0.0, shared]),
        np.full(2, conduct), contact,
    )  # fmt: skip
    change_trust(minds, quarters, battle.neighbours, happened)
    assert (minds.trust >= 0.0).all()
    assert (minds.trust <= 1.0).all()
    if not here and loss == 0.0:
        assert (minds.trust >= np.array(trust) - 1e-12).all()


def test_the_daily_series_tell_of_each_force(finished) -> None:
    daily, minds, q = finished.run.daily, finished.battle.minds, finished.battle.quarters
    weight = q.residents / q.residents.sum()
    for f, name in enumerate(("trust_northern", "trust_southern", "coalition_trust")):
        assert daily[name].iloc[-1] == pytest.approx((weight * minds.trust[:, f]).sum(), abs=0.02)
        assert daily[name].between(0.0, 1.0).all()
