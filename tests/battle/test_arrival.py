"""Screening as a queue with known answers, and where families go that find no place."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import quiet

from sim.agents.codes import HOSTED, IN_CAMP, INFORMAL_SITE, JUST_OUT, ON_ROAD, QUEUED, WITH_HOSTS
from sim.agents.households import move
from sim.battle import Battle
from sim.battle.arrival import Desk, arrive, finish_of, hour_of, make_desk, queue_of, waits, worked

DAWN, DUSK = 6.0, 18.0


def desk(rate: float = 100.0, night: float = 0.0) -> Desk:
    return Desk(rate, night, DAWN, DUSK, 3.0, 0.2, 1000.0, 30.0, 15.0)


# The queue -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("night", [0.0, 0.25, 1.0])
def test_hours_of_work_and_the_hour_at_which_they_are_done_are_inverse(night: float) -> None:
    for hour in (6.5, 12.0, 17.9, 31.0, 41.25, 24 * 100 + 10.0, *((0.5, 20.0, 47.0) if night else ())):
        assert hour_of(worked(hour, desk(night=night)), desk(night=night)) == pytest.approx(hour)
    assert worked(24.0 * 10, desk(night=night)) == pytest.approx(10 * (12 + 12 * night))
    assert hour_of(np.inf, desk()) == np.inf
    shut = desk()._replace(dusk_h=DAWN)
    assert hour_of(1.0, shut) == np.inf


def test_a_family_is_done_after_its_own_time_and_that_of_those_before() -> None:
    assert finish_of(8.0, 0.0, 50, desk()) == pytest.approx(8.5)
    assert finish_of(8.0, 9.0, 50, desk()) == pytest.approx(9.5)
    assert finish_of(20.0, 0.0, 50, desk()) == pytest.approx(24 + 6.5)
    assert finish_of(17.75, 0.0, 50, desk()) == pytest.approx(24 + 6.25)
    assert finish_of(20.0, 0.0, 50, desk(night=0.5)) == pytest.approx(21.0)


def test_without_capacity_everybody_waits_and_with_any_capacity_nobody_does() -> None:
    assert finish_of(8.0, 0.0, 1, desk(rate=0.0)) == np.inf
    assert finish_of(8.0, 0.0, 10_000, desk(rate=1e12)) == pytest.approx(8.0)
    assert finish_of(20.0, 0.0, 10_000, desk(rate=1e12, night=1.0)) == pytest.approx(20.0)


# Families ------------------------------------------------------------------------------------------------------------


def out_now(battle: Battle, n: int, entry: int = 0, spare_h: float = 0.0) -> np.ndarray:
    """The first households stand outside a way out, as the walk leaves them, with part of the tick left."""
    people, rows = battle.households.columns, np.arange(n, dtype=np.int32)
    for row in rows:
        move(people, battle.households.lists, row, -1)
    people.state[rows], people.until[rows], people.entry[rows], people.hours[rows] = ON_ROAD, JUST_OUT, entry, spare_h
    battle.travellers = rows
    return rows


def settle(battle: Battle, hours: float) -> None:
    """Arrivals alone, for so long."""
    for _ in range(round(hours / battle.dt_h)):
        arrive(battle)
        battle.tick += 1


def made(riverton, **changes: object) -> Battle:
    return quiet(riverton, **{f"displacement__{name}": value for name, value in changes.items()})


def test_without_screening_all_who_come_out_wait_to_the_end(riverton) -> None:
    battle = Battle(
        riverton, seed=1, check=True,
        **{
            "displacement.screening_persons_per_h": 0.0, "flight.base": 30.0, "flight.rate_per_h": 10.0,
            "flight.message": "leave", "coercion.enabled": False, "time.max_days": 4,
        },
    )  # fmt: skip
    run = battle.run()
    last = run.daily.iloc[-1]
    assert last["left_city"] == last["waiting_screening"] == last["beds_short"] > 1000
    assert last["in_camps"] == last["hosted"] == last["informal"] == 0


def test_a_site_that_takes_everybody_has_nobody_waiting(riverton) -> None:
    battle = made(riverton, screening_persons_per_h=1e7, screening_night=1.0)
    rows = out_now(battle, 300, spare_h=0.1)
    arrive(battle)
    assert not waits(battle.households.columns).any()
    assert (battle.households.columns.until[rows] > 0).all()


def test_families_are_taken_in_the_order_in_which_they_came(riverton) -> None:
    battle = made(riverton, screening_persons_per_h=40.0)
    people = battle.households.columns
    battle.tick = 12
    out_now(battle, 60)
    people.hours[:60] = np.linspace(0.0, 1.0, 60)
    arrive(battle)
    assert people.until[59] >= 0
    waiting = queue_of(people, battle.travellers).tolist()
    assert waiting == list(range(waiting[0], -1, -1))
    done: list[int] = [row for row in range(59, -1, -1) if people.until[row] != QUEUED]
    while (people.until[:60] == QUEUED).any():
        battle.tick += 1
        arrive(battle)
        done += [row for row in range(59, -1, -1) if people.until[row] != QUEUED and row not in done]
    assert done == list(range(59, -1, -1))


@pytest.mark.parametrize("step", [2, 3, 6])
def test_the_queue_does_not_know_how_long_a_tick_is(riverton, step: int) -> None:
    finished = []
    for hours in (1, step):
        battle = quiet(riverton, **{"time.step_hours": hours, "displacement.screening_persons_per_h": 25.0})
        battle.tick = 6 // hours
        # They come out together at 6 o'clock: all of the tick is left.
        out_now(battle, 200, spare_h=float(hours))
        settle(battle, 144.0)
        assert not waits(battle.households.columns).any()
        finished.append(battle.reception.free[0])
    assert finished[0] == pytest.approx(finished[1], abs=1e-9)
    persons = int(battle.households.columns.members[:200].sum())
    work = persons / 25.0
    s = battle.scenario.sensing
    assert finished[0] == pytest.approx(hour_of(worked(6.0, make_desk(battle)) + work, make_desk(battle)))
    assert finished[0] > 24.0 > s.dusk_h


def test_each_way_out_has_a_queue_of_its_own(riverton) -> None:
    battle = made(riverton, screening_persons_per_h=20.0)
    people = battle.households.columns
    out_now(battle, 100)
    people.entry[50:100] = 1
    battle.tick = 7
    settle(battle, 3.0)
    assert battle.reception.arrived.tolist() == [people.members[:50].sum(), people.members[50:100].sum()]
    through = [int((people.until[part] > 0).sum()) for part in (slice(0, 50), slice(50, 100))]
    assert min(through) > 3
    assert abs(np.diff(through)[0]) < 8


# Where they go -------------------------------------------------------------------------------------------------------

FULL = {"camp_ready": 0, "camp_planned": 0, "screening_persons_per_h": 1e7, "screening_night": 1.0}


def settled(riverton, n: int = 400, **changes: object) -> tuple[Battle, np.ndarray]:
    battle = made(riverton, **(FULL | changes))
    battle.camps.places[:] = battle.camps.built[:] = changes.get("camp_ready", 0)
    out_now(battle, n)
    settle(battle, 48.0)
    people = battle.households.columns
    where = np.where(people.state[:n] == IN_CAMP, 1, people.node[:n])
    assert np.isin(people.state[:n], [IN_CAMP, HOSTED]).all()
    return battle, where


def test_who_finds_every_camp_full_goes_to_hosts(riverton) -> None:
    battle, where = settled(riverton, host_capacity=1.0, host_share=0.3)
    assert (where == WITH_HOSTS).all()
    members = battle.households.columns.members[:400].sum()
    assert 0.5 * members < battle.counts["camp_overflow"] < 0.9 * members


def test_where_hosts_are_full_too_they_camp_in_the_open(riverton) -> None:
    battle, where = settled(riverton, host_capacity=0.1, host_share=0.3)
    people = battle.households.columns
    hosts, informal = (int(people.members[:400][where == node].sum()) for node in (WITH_HOSTS, INFORMAL_SITE))
    most = 0.1 * battle.persons_start
    assert most - 12 < hosts <= most
    assert informal == people.members[:400].sum() - hosts > 0
    assert battle.reception.taken.tolist() == battle.reception.moved_in.tolist() == [hosts, informal]


def test_who_would_rather_go_to_hosts_takes_a_camp_before_the_open(riverton) -> None:
    battle, where = settled(riverton, host_capacity=0.0, host_share=1.0, camp_ready=5000, camp_planned=5000)
    assert (where == 1).all()
    assert battle.counts["camp_overflow"] == 0


def test_a_share_goes_to_hosts_by_choice(riverton) -> None:
    _, where = settled(riverton, 600, host_capacity=1.0, host_share=0.3, camp_ready=5000, camp_planned=5000)
    assert (where == WITH_HOSTS).mean() == pytest.approx(0.3, abs=0.05)
