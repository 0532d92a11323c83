"""Hospitals: the day's wounded against room on their side of the line, and who of the others dies."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import quiet, rows_of

from sim.agents.codes import FREED, GONE, HELD
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.battle.hospitals import care, persons_without_care, pools
from sim.city.utilities import HOSPITAL, SUBSTATION
from sim.record.codes import (
    AREA_FIRE,
    CELL,
    CIVILIANS,
    COMBAT,
    COUNT,
    DEATH,
    DEFENDERS,
    HOUSEHOLD_SET,
    LACK_OF_CARE,
    ROW,
    WOUND,
)

ROOMY = {"care.trauma_per_day": 5.0, "care.referred_per_day": 0.0, "care.untreated_death": 1.0}
NORTH, SOUTH = 1, 2  # bank codes of Riverton; its one hospital is in the north


def evening(riverton, **changes: object) -> Battle:
    """The last hour of a first day on which nothing has happened."""
    battle = quiet(riverton, **{**ROOMY, **changes})
    battle.tick = battle.ticks_per_day - 1
    return battle


def wound(battle: Battle, household: int, count: int = 1, tick: int = 5) -> None:
    """Some of a household are wounded where it is."""
    people = battle.households.columns
    people.wounded[household] += count
    battle.ledger.add(
        tick, WOUND, cell=int(people.cell[household]), people=CIVILIANS, actor=DEFENDERS, cause=AREA_FIRE, rule=COMBAT,
        agent_set=HOUSEHOLD_SET, row=household, count=count,
    )  # fmt: skip


def homes(battle: Battle, bank: int) -> np.ndarray:
    """Households of a bank."""
    return np.flatnonzero(battle.quarters.bank[battle.households.columns.quarter] == bank)


def counted(battle: Battle) -> tuple[float, ...]:
    return tuple(battle.counts[name] for name in ("trauma_cases", "trauma_without_care", "deaths_without_care"))


def test_who_comes_first_is_taken_on_and_the_others_are_not(riverton) -> None:
    battle = evening(riverton)
    rows = homes(battle, NORTH)[:8]
    for row in rows:
        wound(battle, int(row))
    care(battle)
    assert counted(battle) == (8, 3, 3)
    dead = rows_of(battle.ledger, kind=DEATH, cause=LACK_OF_CARE)
    assert dead[:, ROW].tolist() == rows[5:].tolist()
    assert np.array_equal(dead[:, CELL], battle.households.columns.home[rows[5:]])
    check_conservation(battle)


def test_a_row_of_several_wounded_is_several_cases(riverton) -> None:
    battle = evening(riverton, **{"care.untreated_death": 0.0})
    people = battle.households.columns
    row = int(homes(battle, NORTH)[np.argmax(people.members[homes(battle, NORTH)])])
    wound(battle, row, 4)
    wound(battle, row, 3)
    care(battle)
    assert counted(battle) == (7, 2, 0)
    assert (people.dead == 0).all()


def test_only_the_days_own_wounded_are_cases_and_only_at_its_end(riverton) -> None:
    battle = evening(riverton)
    battle.tick += battle.ticks_per_day
    row = int(homes(battle, NORTH)[0])
    wound(battle, row, tick=battle.ticks_per_day - 1)
    wound(battle, row, tick=battle.ticks_per_day)
    battle.tick -= 1
    care(battle)
    assert counted(battle) == (0, 0, 0)
    battle.tick += 1
    care(battle)
    assert counted(battle) == (1, 0, 0)


@pytest.mark.parametrize("whose", [HELD, FREED])
def test_the_other_side_of_the_line_is_out_of_reach(riverton, whose: int) -> None:
    battle = evening(riverton)
    battle.ground.control[battle.quarters.cells] = FREED if whose == HELD else HELD
    hospital = battle.networks.cell[battle.networks.kind == HOSPITAL]
    battle.ground.control[battle.near_built[hospital]] = whose
    wound(battle, int(homes(battle, NORTH)[0]))
    care(battle)
    assert counted(battle)[:2] == (1, 1)


@pytest.mark.parametrize("bridged", [True, False])
def test_the_other_bank_is_in_reach_over_an_open_bridge(riverton, bridged: bool) -> None:
    battle = evening(riverton)
    if not bridged:
        battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    for row in homes(battle, SOUTH)[:7]:
        wound(battle, int(row))
    care(battle)
    assert counted(battle) == ((7, 2, 2) if bridged else (7, 7, 7))


def test_a_bridge_with_one_end_on_each_side_is_no_way(riverton) -> None:
    battle = evening(riverton)
    battle.ground.control[battle.bridges.end[:, 0]] = FREED
    wound(battle, int(homes(battle, SOUTH)[0]))
    care(battle)
    assert counted(battle)[1] == 1


def test_care_outside_is_for_freed_ground_with_a_way_out(riverton) -> None:
    battle = evening(riverton, **{"care.referred_per_day": 3.0})
    battle.routes.set_bridges(np.zeros(len(battle.grid.bridges), np.bool_))
    assert pools(battle).capacity.sum() == pytest.approx(5.0)
    battle.entry_open[battle.grid.offgrid.entry_bank == SOUTH] = True
    found = pools(battle)
    assert found.capacity[found.of[0, SOUTH]] == pytest.approx(3.0)
    assert found.capacity[found.of[1, NORTH]] == pytest.approx(5.0)
    battle.entry_open[:] = True
    found = pools(battle)
    assert found.capacity[found.of[0, SOUTH]] == found.capacity[found.of[0, NORTH]] == pytest.approx(1.5)


def test_a_hospital_without_power_or_half_wrecked_takes_on_fewer(riverton) -> None:
    battle = evening(riverton, **{"care.power_dependence": 0.6})
    networks = battle.networks
    networks.working[networks.kind == SUBSTATION] = 0.0
    assert pools(battle).capacity.sum() == pytest.approx(5.0 * 0.4)
    networks.working[networks.kind == HOSPITAL] = 0.25
    assert pools(battle).capacity.sum() == pytest.approx(5.0 * 0.25)


def test_nobody_is_without_care_while_the_hospitals_stand_and_all_are_when_they_do_not(riverton) -> None:
    battle = evening(riverton)
    assert persons_without_care(battle) == 0.0
    battle.networks.working[battle.networks.kind == HOSPITAL] = 0.75
    assert persons_without_care(battle) == pytest.approx(0.25 * riverton.population.persons)
    battle.networks.working[battle.networks.kind == HOSPITAL] = 0.0
    assert persons_without_care(battle) == pytest.approx(riverton.population.persons)


def test_a_household_whose_last_member_dies_is_gone_and_nobody_dies_twice(riverton) -> None:
    battle = evening(riverton, **{"care.trauma_per_day": 0.0})
    people = battle.households.columns
    row = int(homes(battle, NORTH)[0])
    members = int(people.members[row])
    wound(battle, row, members)
    wound(battle, row, 2)
    care(battle)
    assert counted(battle) == (members + 2, members + 2, members)
    assert people.state[row] == GONE
    check_conservation(battle)


def test_each_case_without_care_dies_with_the_chance_that_is_asked(riverton) -> None:
    battle = evening(riverton, **{"care.trauma_per_day": 0.0, "care.untreated_death": 0.2})
    for row in range(len(battle.households)):
        wound(battle, row)
    care(battle)
    cases, without, died = counted(battle)
    assert cases == without == len(battle.households)
    assert died == pytest.approx(0.2 * cases, abs=4 * np.sqrt(0.16 * cases))


def test_a_battle_tells_its_cases_and_dead_alike_in_ledger_and_summary(finished) -> None:
    summary, ledger = finished.run.summary, finished.battle.ledger
    assert summary["trauma_cases"] == summary["civilians_wounded"]
    assert summary["trauma_without_care"] <= summary["trauma_cases"]
    assert rows_of(ledger, kind=DEATH, cause=LACK_OF_CARE)[:, COUNT].sum() == summary["deaths_without_care"]


def test_without_room_anywhere_more_die(riverton) -> None:
    """On one seed, a battle whose wounded all lack care and one in which none of them dies of it."""
    harsh = {"care.trauma_per_day": 0.0, "care.referred_per_day": 0.0, "time.max_days": 20}
    runs = [Battle(riverton, seed=1, check=True, **harsh, **{"care.untreated_death": p}).run() for p in (0.0, 0.5)]
    assert runs[0].summary["deaths_without_care"] == 0
    assert runs[1].summary["deaths_without_care"] > 0
    for run in runs:
        assert run.summary["trauma_without_care"] == run.summary["trauma_cases"] > 0
