"""Nobody is lost or made, and every count that can be made in two ways agrees, in battles of many kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.agents.codes import FREED
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.errors import ConservationError
from sim.record.codes import CIVILIANS, DEATH, DEFENDERS, LIBERATORS, WOUND
from sim.record.outcomes import OUTCOMES, ledger_mismatches

if TYPE_CHECKING:
    from collections.abc import Callable

VARIANTS: dict[str, dict[str, object]] = {
    "plain, seed 2": {},
    "2 h": {"time.step_hours": 2},
    "3 h": {"time.step_hours": 3},
    "6 h": {"time.step_hours": 6},
    "50 m": {"city.cell_m": 50, "time.max_days": 12},
    "250 m": {"city.cell_m": 250},
    "no air": {"air.enabled": False, "isr.orbits": 0, "time.max_days": 25},
    "many fighters": {"defenders.fighters": 400, "time.max_days": 20},
    "outer zone": {"defenders.outer_fighters": 40, "time.max_days": 20},
    "sabotage": {"services.sabotage": "withdrawal", "bridges.pontoons": 0},
    "leave": {"flight.message": "leave", "flight.rate_per_h": 0.2, "coercion.stopped": 0.3},
    "bridges cut at start": {"bridges.demolition": "start", "bridges.success": 1.0, "liberators.redeploy_days": 1},
    "bloody": {"harm.indoors_death": 0.8, "harm.indirect_indoors": 0.8, "combat.crossfire": 0.001, "air.harm_limit": 1e6},
}


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest, riverton) -> tuple[Battle, object]:
    battle = Battle(riverton, seed=2, check=True, **VARIANTS[request.param])
    return battle, battle.run()


def test_a_battle_of_any_kind_conserves_people_to_its_end(variant) -> None:
    battle, run = variant
    assert battle.ending in {"liberated", "attack_spent", "attack_stalled", "undecided"}
    assert battle.tick == battle.day * battle.ticks_per_day == len(run.daily) * battle.ticks_per_day
    assert ledger_mismatches(run.events, run.summary) == []
    assert run.summary["liberators_killed"] + run.summary["liberators_wounded"] > 0


def test_the_last_day_is_the_summary(variant) -> None:
    _, run = variant
    last = run.daily.iloc[-1]
    names = [o.name for o in OUTCOMES if o.how == "last" and "<" not in o.name and not o.series]
    assert len(names) > 15
    assert {name: run.summary[name] for name in names} == {name: last[name] for name in names}


def test_everyone_is_somewhere_every_day(variant) -> None:
    battle, run = variant
    states = ["at_home", "with_kin", "sheltering", "trapped", "on_the_way", "in_camps", "hosted", "informal", "civilians_killed"]
    assert (run.daily[states].sum(axis=1) == battle.scenario.population.persons).all()
    fighters = run.daily[["defenders_strength", "defenders_killed", "defenders_wounded"]].sum(axis=1)
    assert fighters.iloc[-1] == battle.fighters_start - battle.axes.outer.sum()
    out = run.daily["in_camps"] + run.daily["hosted"] + run.daily["informal"] + run.daily["waiting_screening"]
    assert (run.daily["left_city"] >= out).all()


def test_sites_add_up_to_the_daily_series(variant) -> None:
    battle, run = variant
    sums = run.sites.groupby(["day", "kind"], observed=True)[["persons", "arrived", "waiting", "places", "free", "short"]].sum()
    of = {kind: sums.xs(kind, level="kind").reset_index(drop=True) for kind in ("screening", "camp", "hosts", "informal")}
    for kind, name in {"screening": "waiting_screening", "camp": "in_camps", "informal": "informal"}.items():
        assert (of[kind]["persons"] == run.daily[name]).all(), kind
    assert (of["hosts"]["persons"] <= run.daily["hosted"]).all()  # some have hosts in the city
    assert (of["screening"]["arrived"] == run.daily["left_city"]).all()
    assert (of["camp"]["places"] == run.daily["camp_places"]).all()
    assert (sum(table["short"] for table in of.values()) == run.daily["beds_short"]).all()
    assert (of["camp"]["persons"] + of["camp"]["free"] <= of["camp"]["places"]).all()
    assert (run.sites[["persons", "arrived", "waiting", "places", "free", "short"]] >= 0).all().all()
    assert (battle.camps.taken <= battle.camps.places).all()


def test_nothing_that_is_counted_from_the_start_falls(variant) -> None:
    _, run = variant
    for name in ("civilians_killed", "displaced", "left_city", "liberators_killed", "defenders_killed", "ied_blasts"):
        assert (np.diff(run.daily[name].to_numpy()) >= 0).all(), name


def test_the_neighbourhoods_add_up_to_the_city(variant) -> None:
    battle, run = variant
    last = run.neighbourhoods[run.neighbourhoods["day"] == run.daily["day"].iloc[-1]]
    assert last["displaced"].sum() == run.summary["displaced"]
    inside = last["persons"].sum()
    on_grid = battle.households.columns.cell >= 0
    assert inside <= battle.households.columns.members[on_grid].sum()
    assert last["civilians_killed"].sum() == run.summary["civilians_killed"]


@pytest.fixture
def battle(riverton) -> Battle:
    """A week into Riverton."""
    made = Battle(riverton, seed=1)
    for _ in range(7 * 24):
        made.step()
    check_conservation(made)
    return made


def _lose_a_person(battle: Battle) -> None:
    battle.households.columns.members[0] -= 1


def _lose_a_fighter(battle: Battle) -> None:
    battle.defenders.columns.strength[0] += 1


def _lose_a_soldier(battle: Battle) -> None:
    battle.liberators.columns.strength[3] -= 1


def _forget_a_replacement(battle: Battle) -> None:
    battle.replaced += 1


def _forget_an_outer_fighter(battle: Battle) -> None:
    battle.outer_killed += 1


def _add_to_the_ledger(kind: int, people: int) -> Callable[[Battle], None]:
    return lambda battle: battle.ledger.add(battle.tick, kind, people=people, count=1)


def _swap_cells(battle: Battle) -> None:
    people = battle.households.columns
    other = int(np.flatnonzero((people.cell >= 0) & (people.cell != people.cell[0]))[0])
    people.cell[0] = people.cell[other]


def _miscount_a_cell(battle: Battle) -> None:
    battle.households.lists.persons[int(battle.households.columns.cell[0])] += 1


def _free_a_cell_without_telling_its_quarter(battle: Battle) -> None:
    held = battle.quarters.cells[battle.ground.control[battle.quarters.cells] != FREED]
    battle.ground.control[held[0]] = FREED


def _miscount_a_quarter(battle: Battle) -> None:
    battle.quarters.freed[0] += 1


TAMPER: dict[str, tuple[Callable[[Battle], None], str]] = {
    "person": (_lose_a_person, "people"),
    "fighter": (_lose_a_fighter, "fighters"),
    "soldier": (_lose_a_soldier, "soldiers"),
    "replacement": (_forget_a_replacement, "soldiers"),
    "outer fighter": (_forget_an_outer_fighter, "fighters"),
    "civilian death": (_add_to_the_ledger(DEATH, CIVILIANS), "civilian deaths in ledger"),
    "civilian wound": (_add_to_the_ledger(WOUND, CIVILIANS), "civilian wounds in ledger"),
    "fighter's death": (_add_to_the_ledger(DEATH, DEFENDERS), "fighters' deaths in ledger"),
    "fighter's wound": (_add_to_the_ledger(WOUND, DEFENDERS), "fighters' wounds in ledger"),
    "soldier's death": (_add_to_the_ledger(DEATH, LIBERATORS), "soldiers' deaths in ledger"),
    "soldier's wound": (_add_to_the_ledger(WOUND, LIBERATORS), "soldiers' wounds in ledger"),
    "cell of a household": (_swap_cells, "cells whose persons present are wrong"),
    "count of a cell": (_miscount_a_cell, "cells whose persons present are wrong"),
    "control of a cell": (_free_a_cell_without_telling_its_quarter, "quarters whose freed cells are wrong"),
    "tally of a quarter": (_miscount_a_quarter, "quarters whose freed cells are wrong"),
}


@pytest.mark.parametrize("what", TAMPER)
def test_the_check_finds_what_was_tampered_with(battle: Battle, what: str) -> None:
    tamper, says = TAMPER[what]
    tamper(battle)
    with pytest.raises(ConservationError, match=says):
        check_conservation(battle)


def test_the_check_finds_a_strength_below_zero_that_a_sum_hides(battle: Battle) -> None:
    strength = battle.defenders.columns.strength
    strength[1] += strength[0] + 1
    strength[0] = -1
    with pytest.raises(ConservationError, match="negative"):
        check_conservation(battle)


def test_a_checked_battle_stops_at_the_tick_that_goes_wrong(riverton) -> None:
    battle = Battle(riverton, seed=1, check=True)
    battle.step()
    battle.liberators.columns.wounded[0] += 1
    with pytest.raises(ConservationError, match="tick 1: soldiers"):
        battle.step()


def test_a_ledger_that_does_not_add_up_is_named(finished) -> None:
    summary = dict(finished.run.summary)
    assert ledger_mismatches(finished.run.events, summary) == []
    summary["civilians_killed"] += 1
    assert "civilians_killed" in ledger_mismatches(finished.run.events, summary)[0]
