"""The liberators' campaign: one bank or both, shifts, joint attacks, garrisons, the ring, and command by yardsticks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from battle_tools import NO_ENEMY, quiet, step_until

from sim.agents.codes import ASSAULT, ASSAULT_ROLE, CORDON, FREED, GARRISON, HOLD_ROLE, MARCH, REFIT, RESERVE
from sim.battle import Battle
from sim.battle.approach import AROUND, IN_CITY, SPENT
from sim.battle.campaign import assault_strength, believed_fighters, plan
from sim.battle.command import command
from sim.battle.garrisons import garrison
from sim.battle.objectives import platoons_needed
from sim.battle.pauses import refit, set_pauses
from sim.battle.ring import close_ways


def _arrived(riverton, **changes: object) -> Battle:
    """Both axes in the city at the start of a day, nobody there to fight."""
    battle = quiet(riverton, **changes)
    return step_until(battle, lambda b: (b.axes.state == IN_CITY).all() and b.tick % b.ticks_per_day == 0)


def _believe(battle: Battle, fighters: int) -> None:
    """Let command believe in so many fighters, who are not there."""
    changed = {"liberators.estimate_factor": 1.0, "defenders.fighters": fighters}
    object.__setattr__(battle, "_asked", battle.scenario.replace(changed))


def test_fighters_are_believed_where_ground_is_held_and_fewer_once_some_are_killed(riverton) -> None:
    battle = _arrived(riverton)
    _believe(battle, 300)
    believed = believed_fighters(battle)
    assert believed.sum() == pytest.approx(300)
    q = battle.quarters
    battle.ground.control[q.cells[q.start[0] : q.start[1]]] = FREED
    q.freed[0] = q.start[1] - q.start[0]
    assert believed_fighters(battle)[0] == 0.0
    fought = Battle(riverton, seed=1)
    fought.defenders.columns.killed[:3] += 4
    assert believed_fighters(fought).sum() == pytest.approx(riverton.defenders.fighters - 12)


def test_losses_of_fighters_outside_the_city_leave_as_many_believed_inside(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"defenders.outer_fighters": 120})
    teams, inside = battle.defenders.columns, riverton.defenders.fighters
    assert believed_fighters(battle).sum() == pytest.approx(inside + 120)
    outside = np.flatnonzero(teams.cell < 0)
    teams.killed[outside[:10]] += 12
    assert believed_fighters(battle).sum() == pytest.approx(inside)


def test_with_odds_for_one_bank_only_one_is_attacked_and_with_odds_for_both_both_are(riverton) -> None:
    for fighters, banks in ((20, 2), (400, 1)):
        battle = _arrived(riverton)
        battle.campaign.attacked[:] = False
        _believe(battle, fighters)
        plan(battle)
        assert battle.campaign.attacked[1:].sum() == banks, fighters


def test_axes_on_a_bank_that_is_not_attacked_wait_at_the_edge(riverton) -> None:
    battle = _arrived(riverton)
    battle.campaign.attacked[:] = False
    _believe(battle, 400)
    command(battle)
    attacked = battle.campaign.attacked[battle.axes.bank]
    assert attacked.sum() == 1
    platoons = battle.liberators.columns
    busy = (platoons.order == ASSAULT) & (platoons.objective >= 0)
    assert busy[platoons.axis == np.flatnonzero(attacked)[0]].any()
    assert not busy[platoons.axis == np.flatnonzero(~attacked)[0]].any()


def _stalled(riverton, **changes: object) -> tuple[Battle, int, int]:
    """One bank attacked without a gain for long; the axis that attacks, and the one that waits."""
    battle = _arrived(riverton, **changes)
    battle.campaign.attacked[:] = False
    battle.campaign.shifted[:] = battle.tick
    _believe(battle, 400)
    plan(battle)
    a, w = (0, 1) if battle.campaign.attacked[battle.axes.bank[0]] else (1, 0)
    return battle, a, w


def test_a_bank_that_is_short_of_strength_gets_platoons_of_those_who_wait(riverton) -> None:
    battle, a, w = _stalled(riverton)
    platoons = battle.liberators.columns
    mine = (platoons.axis == w) & (platoons.role == ASSAULT_ROLE)
    before = int(mine.sum())
    plan(battle)
    assert (((platoons.axis == w) & (platoons.role == ASSAULT_ROLE)).sum()) == before, "one shipment at a time"
    battle.campaign.shifted[:] = -10_000
    plan(battle)
    moved = before - int(((platoons.axis == w) & (platoons.role == ASSAULT_ROLE)).sum())
    assert moved == int(before * riverton.liberators.shift_share)
    on_the_road = (platoons.axis == a) & (platoons.order == MARCH)
    assert on_the_road.sum() == moved
    strength = int(platoons.strength.sum())
    p = riverton.liberators
    hours = (int(platoons.arrive[on_the_road].max()) - battle.tick) * battle.dt_h
    assert hours >= p.shift_days * 24
    step_until(battle, lambda b: not (b.liberators.columns.order == MARCH).any())
    bank = battle.grid.bank[platoons.cell[on_the_road]]
    assert (bank == battle.axes.bank[a]).all()
    assert platoons.strength.sum() == strength
    assert (platoons.arrive == -1).all()


def test_nobody_is_shifted_where_the_share_is_nothing(riverton) -> None:
    battle, _, _ = _stalled(riverton, **{"liberators.shift_share": 0.0})
    battle.campaign.shifted[:] = -10_000
    plan(battle)
    assert not (battle.liberators.columns.order == MARCH).any()


@pytest.mark.parametrize(("days", "waits"), [(1, True), (40, True), (500, False)])
def test_a_bank_is_attacked_once_those_who_march_around_to_it_have_arrived(riverton, days: int, *, waits: bool) -> None:
    battle = _arrived(riverton)
    battle.campaign.attacked[:] = False
    _believe(battle, 400)
    bank = int(np.argmax(assault_strength(battle)))
    a = int(np.flatnonzero(battle.axes.bank == bank)[0])
    other = 1 - a
    battle.axes.bank[other], battle.axes.state[other] = bank, AROUND
    battle.axes.arrive[other] = battle.tick + days * battle.ticks_per_day
    for day in range(min(days, 60)):
        plan(battle)
        assert battle.campaign.attacked[bank] == (not waits), day
        battle.tick += battle.ticks_per_day
    battle.axes.state[other] = IN_CITY
    plan(battle)
    assert battle.campaign.attacked[bank]


def test_a_worn_axis_is_waited_for_so_long_and_no_longer(riverton) -> None:
    battle = _arrived(riverton)
    battle.campaign.attacked[:] = False
    _believe(battle, 400)
    bank = int(np.argmax(assault_strength(battle)))
    battle.axes.halted[battle.axes.bank == bank] = True
    days = int(riverton.liberators.join_days)
    for day in range(days + 2):
        plan(battle)
        assert battle.campaign.attacked[bank] == (day >= days), day
        battle.tick += battle.ticks_per_day


def test_no_axis_attacks_the_next_bank_alone_while_those_whose_bank_is_free_have_yet_to_come(riverton) -> None:
    battle = _arrived(riverton)
    _believe(battle, 400)
    q = battle.quarters
    a, other = 0, 1
    assert battle.axes.bank[a] != battle.axes.bank[other]
    free = q.bank == battle.axes.bank[other]
    for quarter in np.flatnonzero(free).tolist():
        battle.ground.control[q.cells[q.start[quarter] : q.start[quarter + 1]]] = FREED
    q.freed[free] = (q.start[1:] - q.start[:-1])[free]
    q.liberated[free] = True
    battle.campaign.attacked[:] = False
    plan(battle)
    assert not battle.campaign.attacked.any(), "the other axis is about to come"
    battle.axes.state[other] = SPENT
    plan(battle)
    assert battle.campaign.attacked[battle.axes.bank[a]]


@pytest.mark.parametrize(("advisers", "together"), [(1.0, True), (0.0, False)])
def test_axes_that_have_rested_wait_for_each_other_where_advisers_see_to_it(riverton, advisers: float, *, together: bool) -> None:
    battle = _arrived(riverton, **{"liberators.advisers": advisers})
    platoons, axes = battle.liberators.columns, battle.axes
    axes.bank[:] = 1
    axes.halted[:] = True
    platoons.readiness[platoons.axis == 0] = 1.0
    platoons.readiness[platoons.axis == 1] = 0.2
    set_pauses(battle)
    assert axes.halted.tolist() == [together, True]
    platoons.readiness[:] = 1.0
    battle.tick += battle.ticks_per_day
    set_pauses(battle)
    assert axes.halted.tolist() == [False, False]


def test_the_wait_for_others_has_an_end(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.advisers": 1.0})
    platoons, axes = battle.liberators.columns, battle.axes
    axes.bank[:], axes.halted[:] = 1, True
    platoons.readiness[platoons.axis == 1] = 0.2
    for day in range(int(riverton.liberators.join_days) + 1):
        assert axes.halted[0], day
        set_pauses(battle)
        battle.tick += battle.ticks_per_day
    assert not axes.halted[0]


def test_objectives_get_platoons_by_area_odds_and_trouble(riverton) -> None:
    battle = _arrived(riverton, **{"liberators.platoons_per_km2": 8.0})
    _believe(battle, 0)
    q, p = battle.quarters, battle.scenario.liberators
    assert p.platoons_per_km2 * q.area[0] < p.objective_max
    by_area = np.clip(np.ceil(p.platoons_per_km2 * q.area), p.objective_min, p.objective_max)
    assert (platoons_needed(battle) == by_area).all()
    _believe(battle, 2000)
    assert platoons_needed(battle).sum() > by_area.sum()
    _believe(battle, 0)
    q.fighting[0], q.freed_before[0] = 5.0, q.freed[0]
    assert platoons_needed(battle)[0] > by_area[0]


def test_worn_platoons_go_to_the_rear_and_come_back_when_made_up(riverton) -> None:
    battle = step_until(quiet(riverton), lambda b: b.quarters.liberated[b.quarters.area > 0].any())
    platoons, p = battle.liberators.columns, riverton.liberators
    row = int(np.flatnonzero((platoons.order == ASSAULT) & (platoons.cell >= 0))[0])
    platoons.strength[row] = int(p.refit_strength * p.platoon_size) - 1
    refit(battle)
    assert platoons.order[row] == REFIT
    quarter = int(platoons.objective[row])
    assert quarter < 0 or battle.quarters.liberated[quarter]
    platoons.strength[row] = p.platoon_size
    refit(battle)
    assert platoons.order[row] == RESERVE


def test_assault_platoons_hold_what_nobody_else_can_and_are_relieved(riverton) -> None:
    battle = step_until(quiet(riverton), lambda b: b.quarters.liberated[b.quarters.area > 0].any())
    platoons, q = battle.liberators.columns, battle.quarters
    quarter = int(np.flatnonzero(q.liberated & (q.area > 0))[0])
    holders = platoons.role == HOLD_ROLE
    cells = platoons.cell[holders].copy()
    platoons.cell[holders] = -1
    platoons.order[platoons.order == GARRISON] = RESERVE
    platoons.order[(platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0)] = RESERVE
    garrison(battle)
    stand_in = np.flatnonzero((platoons.order == GARRISON) & (platoons.objective == quarter))
    assert stand_in.size == 1
    assert platoons.role[stand_in[0]] == ASSAULT_ROLE
    platoons.cell[holders] = cells
    platoons.order[holders & (platoons.cell >= 0)] = RESERVE
    garrison(battle)
    assert platoons.order[stand_in[0]] == RESERVE
    assert ((platoons.order == GARRISON) & (platoons.objective == quarter) & holders).any()


RING = {
    "liberators.forces.watch": {"strength": 2400, "may_enter": False}, "liberators.axes.north.forces.watch": 1.0,
    "liberators.ring_platoons": 10,
}  # fmt: skip


@pytest.mark.parametrize("ring", ["corridor", "encirclement"])
def test_a_ring_closes_the_ways_that_no_axis_uses(riverton, ring: str) -> None:
    late = {"liberators.ring": ring, "liberators.axes.south.date": dt.date(2016, 12, 1), "time.max_days": 60}
    battle = Battle(riverton, seed=1, **NO_ENEMY, **RING, **late)
    step_until(battle, lambda b: b.axes.state[0] == IN_CITY and b.tick % b.ticks_per_day == 0)
    command(battle)
    assert battle.way_closed.sum() == 1
    for _ in range(24 * 8):
        battle.step()
    assert battle.axes.state[1] != IN_CITY
    assert battle.way_closed.sum() == (1 if ring == "corridor" else 2)
    platoons = battle.liberators.columns
    watch = (platoons.force == 2) & (platoons.cell >= 0)
    assert (platoons.order[watch] == CORDON).all()
    assert np.unique(battle.grid.bank[platoons.cell[watch]]).size == battle.way_closed.sum()


def test_platoons_near_a_way_close_it(riverton) -> None:
    battle = _arrived(riverton)
    battle.way_closed[:] = False
    close_ways(battle)
    assert battle.way_closed[battle.axes.entry].all()


@pytest.mark.parametrize("who", ["nearest", "random"])
def test_yardsticks_command_each_platoon_by_itself(riverton, who: str) -> None:
    battle = _arrived(riverton, **{"liberators.command": who})
    command(battle)
    platoons, q = battle.liberators.columns, battle.quarters
    rows = np.flatnonzero((platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0))
    assert (platoons.order[rows] == ASSAULT).all()
    assert not q.liberated[platoons.objective[rows]].any()
    x, y = battle.position(platoons.cell[rows])
    gap = np.hypot(x[:, None] - q.x, y[:, None] - q.y)
    gap[:, q.liberated] = np.inf
    gap[q.bank[None, :] != battle.grid.bank[platoons.cell[rows]][:, None]] = np.inf
    nearest = platoons.objective[rows] == np.argmin(gap, axis=1)
    assert nearest.all() if who == "nearest" else not nearest.all()
