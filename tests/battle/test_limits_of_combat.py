"""Sensing and fire against results that are known: exponential detection, the laws of Lanchester and Deitchman."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.agents.codes import ASSAULT, INFANTRY, SNIPERS, TEAM_HIDE, TEAM_HOLD
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle.combat import Guns, calm, platoon_fire, team_fire
from sim.battle.contacts import UnitIndex, make_near
from sim.battle.evacuation import Care
from sim.battle.events import make_events
from sim.battle.ground import Ground
from sim.battle.sensing import Optics, find_platoons, find_teams, look_out
from sim.kernels.rng import stream_key

PAIRS = 3000
DT = 0.5


class Field:
    """Isolated pairs on a line: a team and a platoon (or several) in every third cell, in full view of each other only."""

    def __init__(self, n: int, team_size: int, platoon_size: int, platoons_each: int = 1, teams_each: int = 1) -> None:
        cells = 3 * n
        self.teams = zero_columns(DefenderColumns, n * teams_each)
        self.platoons = zero_columns(LiberatorColumns, n * platoons_each)
        self.teams.cell[:] = np.repeat(3 * np.arange(n), teams_each)
        self.teams.strength[:] = self.teams.size[:] = team_size
        self.platoons.cell[:] = np.repeat(3 * np.arange(n), platoons_each)
        self.platoons.strength[:] = platoon_size
        self.platoons.order[:] = ASSAULT
        self.platoons.ammo[:] = 1.0
        self.teams.seen_until[:] = self.platoons.seen_until[:] = -1
        self.teams.stays[:] = self.platoons.exposed[:] = 1.0
        near = make_near(cells, 1, n * teams_each, n * platoons_each, 100.0, 100.0, 60.0, 60.0, 40.0)
        self.index = UnitIndex(near._replace(arms=np.ones_like(near.arms), far=np.ones_like(near.far)))
        self.index.update(self.teams, self.platoons)
        self.ground = zero_columns(Ground, cells)
        self.events = make_events()


OPTICS = Optics(concealment=0.8, hard=0.3, hidden=0.1)


def _found_after(field: Field, hazard_args: dict[str, float], ticks: int) -> np.ndarray:
    """Ticks until each team is found, ``ticks`` where it is not."""
    rows = field.index.team_rows
    at = np.full(len(field.teams.cell), ticks)
    for tick in range(ticks):
        field.events.n[0] = 0
        find_teams(
            stream_key(11, "test", "defenders", tick), rows, field.teams, field.platoons, np.array([hazard_args["quality"]]),
            field.index.near, field.ground, OPTICS, hazard_args["sight"] * hazard_args["night"], 30.0,
            DT, tick, 1, field.events,
        )  # fmt: skip
        found = rows[field.teams.seen_until[rows] >= tick]
        assert field.events.n[0] == found.size
        at[found] = tick
        rows = np.setdiff1d(rows, found).astype(np.int32)
    return at


PLAIN = {"quality": 1.0, "sight": 0.35, "night": 1.0}


@pytest.mark.parametrize(
    ("changes", "strength", "platoons_each", "cover", "dug", "rate"),
    [
        ({}, 30, 1, 0.0, 0.0, 0.35),
        ({"quality": 1.5, "night": 0.4}, 30, 1, 0.0, 1.0, 0.35 * 1.5 * 0.4),
        ({}, 15, 1, 0.0, 0.0, 0.35 / 2),
        ({}, 30, 3, 0.5, 0.5, 3 * 0.35 * (1 - 0.8 * 0.5 * 0.5)),
        ({"sight": 1.5}, 30, 1, 1.0, 1.0, 1.5 * (1 - 0.8)),
        ({"sniper": 1.0}, 30, 1, 0.0, 0.0, 0.35 * 0.3),
        ({"hidden": 1.0, "sight": 3.5}, 30, 1, 0.0, 0.0, 3.5 * 0.1),
    ],
)
def test_a_team_is_found_after_an_exponential_time(
    changes: dict[str, float], strength: int, platoons_each: int, cover: float, dug: float, rate: float
) -> None:
    """Under a constant hazard the tick of detection is geometric with P = 1 - exp(-rate dt): chi-square over all pairs."""
    field = Field(PAIRS, 6, strength, platoons_each)
    field.ground.cover[:] = cover
    field.teams.dug[:] = dug
    field.teams.kind[:] = SNIPERS if changes.get("sniper") else INFANTRY
    field.teams.order[:] = TEAM_HIDE if changes.get("hidden") else TEAM_HOLD
    ticks = 12
    at = _found_after(field, PLAIN | changes, ticks)
    p = 1.0 - np.exp(-rate * DT)
    expected = PAIRS * np.append(p * (1 - p) ** np.arange(ticks), (1 - p) ** ticks)
    enough = expected >= 5
    observed = np.append(np.bincount(at, minlength=ticks + 1)[enough], (~enough[at]).sum())
    wanted = np.append(expected[enough], expected[~enough].sum())
    keep = wanted > 0
    chance = stats.chisquare(observed[keep], wanted[keep]).pvalue
    assert chance > 1e-3
    # The test must tell a rate that is a fifth too high from the right one.
    q = 1.0 - np.exp(-1.2 * rate * DT)
    wrong = PAIRS * np.append(q * (1 - q) ** np.arange(ticks), (1 - q) ** ticks)
    wrong = np.append(wrong[enough], wrong[~enough].sum())[keep]
    assert stats.chisquare(observed[keep], wrong * observed[keep].sum() / wrong.sum()).pvalue < 1e-3


def test_platoons_are_found_at_the_sum_of_the_hazards_of_all_teams_near() -> None:
    field = Field(PAIRS, 6, 30)
    field.teams.cell[1::2] = field.teams.cell[::2]
    field.index.update(field.teams, field.platoons)
    cells = field.ground.cover.size
    looked_at, looked_from = np.zeros(cells), np.full(cells, -1, np.int32)
    look_out(field.index.team_rows, field.teams, field.index.near, field.ground, looked_at, looked_from)
    from_above = np.zeros(field.index.platoon_rows.size)
    find_platoons(
        stream_key(5, "test", "liberators", 0), field.index.platoon_rows, field.platoons, looked_at, looked_from, from_above,
        1.5 * 0.4, DT, 0, 1, field.events,
    )  # fmt: skip
    assert not looked_at.any()
    assert (looked_from == -1).all()
    found = field.platoons.seen_until >= 0
    assert not found[1::2].any()
    expected = 1.0 - np.exp(-2 * 1.5 * 0.4 * DT)
    n = PAIRS // 2
    assert abs(found[::2].mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_nobody_is_found_who_is_out_of_contact() -> None:
    field = Field(50, 6, 30)
    # Every second pair keeps its team only, the others their platoon only: the nearest are three cells apart.
    field.teams.strength[::2] = 0
    field.platoons.strength[1::2] = 0
    field.index.update(field.teams, field.platoons)
    assert field.index.team_rows.size == field.index.platoon_rows.size == 25
    at = _found_after(field, PLAIN | {"sight": 1e6}, 3)
    assert (at == 3).all()


# Fire --------------------------------------------------------------------------------------------------------------

# Frontage 1 gives each platoon a team of its own, suppression and cover are switched off, everyone knows everyone: what
# is left is aimed fire at all of the other side. Units are so large that none is used up.
UNITS, SIZE, FIRE_DT = 20, 20_000, 0.05


def _guns(fire: float, located: float = 0.0, frontage: int = 10_000, leave: float = 0.0) -> Guns:
    return Guns(
        fire=fire, sniper_fire=0.0, pin=0.0, cover_effect=0.8, attacker_cover=0.5, located=located, gain=0.0, leave=leave,
        least=0.1, frontage=frontage,
    )  # fmt: skip


CARE = Care(outright=0.14, severe=0.0, severe_h=1.0, contact_h=0.0, march_h=0.0, hours=np.zeros(3 * UNITS), halt=1.0)


def _exchange(field: Field, tick: int, alpha: float, beta: float, area: float = 0.1, located: float = 0.0) -> None:
    field.events.n[0] = 0
    field.teams.fired[:] = False
    team_fire(
        stream_key(3, "team", "defenders", tick), field.index.team_rows, field.teams, field.platoons, np.ones(1),
        field.index.near, field.ground, OPTICS, _guns(alpha, located), CARE, 1.0, 1.0, FIRE_DT, tick, 8, field.events,
    )  # fmt: skip
    _reply(field, tick, beta, area)


def _reply(
    field: Field, tick: int, beta: float, area: float, frontage: int = 1, dt: float = FIRE_DT, worn: float = 1.0
) -> None:
    platoon_fire(
        stream_key(3, "platoon", "liberators", tick), stream_key(3, "area", "liberators", tick), field.index.platoon_rows,
        field.teams, field.platoons, np.ones(1), field.index.near, field.ground, beta, area, 0.8, frontage, 0.1, 0.0, 0.1, worn,
        0.0, 0.6, 1.0, dt, tick, field.events,
    )  # fmt: skip


@pytest.mark.parametrize(("alpha", "beta"), [(0.1, 0.1), (0.12, 0.06)])
def test_aimed_fire_conserves_lanchesters_square_law(alpha: float, beta: float) -> None:
    """alpha A^2 - beta B^2 stays within four standard deviations of the Poisson losses (A fighters, B soldiers)."""
    field = Field(UNITS, SIZE, SIZE)
    field.teams.seen_until[:] = field.platoons.seen_until[:] = 10**6
    fighters, soldiers = float(UNITS * SIZE), float(UNITS * SIZE)
    start = alpha * fighters**2 - beta * soldiers**2
    spread = 0.0
    for tick in range(60):
        _exchange(field, tick, alpha, beta)
        a, b = float(field.teams.strength.sum()), float(field.platoons.strength.sum())
        spread += (2 * alpha * fighters) ** 2 * (fighters - a) + (2 * beta * soldiers) ** 2 * (soldiers - b)
        fighters, soldiers = a, b
    assert fighters < 0.9 * UNITS * SIZE
    assert soldiers < 0.9 * UNITS * SIZE
    # Fire in turn instead of at once moves the invariant by alpha beta dt (A B at the end - A B at the start).
    in_turn = alpha * beta * FIRE_DT * (UNITS * SIZE) ** 2
    assert abs(alpha * fighters**2 - beta * soldiers**2 - start) < 4 * np.sqrt(spread) + in_turn
    # The linear law would keep alpha A - beta B instead; it is broken by at least twice that bound.
    if alpha != beta:
        linear = (alpha * fighters - beta * soldiers) - (alpha - beta) * UNITS * SIZE
        assert abs(linear) * UNITS * SIZE > 2 * (4 * np.sqrt(spread) + in_turn)


def test_aimed_losses_follow_the_shooters_and_not_the_targets() -> None:
    """Losses of a tick are Poisson around rate * shooters * dt, whether they fall on few or on many."""
    for team_size in (SIZE // 4, SIZE):
        field = Field(UNITS, team_size, SIZE)
        field.teams.seen_until[:] = field.platoons.seen_until[:] = 10**6
        _exchange(field, 0, 0.0, 0.1)
        lost = UNITS * team_size - int(field.teams.strength.sum())
        mean = 0.1 * UNITS * SIZE * FIRE_DT
        assert abs(lost - mean) < 4 * np.sqrt(mean)


def test_area_fire_keeps_lanchesters_linear_law() -> None:
    """Both sides shoot where they think the other is: losses follow shooters times targets, alpha A - beta B is kept."""
    alpha, beta = 0.2, 0.1
    field = Field(UNITS, SIZE, SIZE)
    field.platoons.seen_until[:] = 10**6
    fighters, soldiers = float(UNITS * SIZE), float(UNITS * SIZE)
    for tick in range(60):
        # What the fighters' fire would be if it too were thinned with its targets.
        thinned = alpha * field.platoons.strength.mean() / SIZE
        _exchange(field, tick, thinned, beta, area=1.0)
    lost_fighters, lost_soldiers = fighters - field.teams.strength.sum(), soldiers - field.platoons.strength.sum()
    assert lost_fighters > 0.1 * fighters
    spread = np.sqrt(beta**2 * lost_soldiers + alpha**2 * lost_fighters)
    # Fire in turn instead of at once moves the sum by a step's share.
    in_turn = alpha * beta * FIRE_DT * UNITS * SIZE
    assert abs(beta * lost_soldiers - alpha * lost_fighters) < 4 * spread + in_turn
    # The square law would keep alpha A^2 - beta B^2, and is broken by far.
    left_fighters, left_soldiers = float(field.teams.strength.sum()), float(field.platoons.strength.sum())
    square = alpha * (fighters**2 - left_fighters**2) - beta * (soldiers**2 - left_soldiers**2)
    assert abs(square) / (2 * UNITS * SIZE) > 2 * (4 * spread + in_turn)


@pytest.mark.parametrize("area", [0.3, 1.0])
def test_an_ambush_that_is_not_found_out_is_fought_by_deitchmans_law(area: float) -> None:
    """Aimed from the one side, at suspected places from the other: (beta area / 2 A0) B^2 - alpha A is kept (Deitchman 1962)."""
    alpha, beta = 0.05, 0.2
    field = Field(UNITS, SIZE, SIZE)
    field.platoons.seen_until[:] = 10**6
    a0 = b0 = float(UNITS * SIZE)
    rate = beta * area / (UNITS * SIZE)
    spread = 0.0
    fighters, soldiers = a0, b0
    for tick in range(80):
        _exchange(field, tick, alpha, beta, area=area)
        a, b = float(field.teams.strength.sum()), float(field.platoons.strength.sum())
        spread += alpha**2 * (fighters - a) + (rate * soldiers) ** 2 * (soldiers - b)
        fighters, soldiers = a, b
    assert field.teams.exposed.max() == 0.0
    assert fighters < 0.9 * a0
    assert soldiers < 0.95 * b0
    kept = 0.5 * rate * (soldiers**2 - b0**2) - alpha * (fighters - a0)
    in_turn = rate * alpha * FIRE_DT * a0 * b0
    assert abs(kept) < 4 * np.sqrt(spread) + in_turn
    # Aimed fire from both sides keeps another sum, which is broken.
    square = 0.5 * beta * (soldiers**2 - b0**2) - 0.5 * alpha * (fighters**2 - a0**2)
    assert abs(square) > 4 * (4 * np.sqrt(spread) + in_turn) * a0 * 0.25


def test_a_shooter_is_located_after_an_exponential_time_and_aimed_at_from_then_on() -> None:
    """The mean share of an hour for which a shooter is known is 1 - (1 - exp(-h)) / h."""
    located, dt = 1.4, 1.0
    field = Field(PAIRS, 6, 30)
    field.platoons.seen_until[:] = 10**6
    care = CARE._replace(hours=np.zeros(3 * PAIRS))
    team_fire(
        stream_key(3, "team", "defenders", 0), field.index.team_rows, field.teams, field.platoons, np.ones(1), field.index.near,
        field.ground, OPTICS, _guns(0.0, located), care, 1.0, 1.0, dt, 0, 8, field.events,
    )  # fmt: skip
    share = field.teams.exposed
    mean = 1.0 - (1.0 - np.exp(-located)) / located
    assert abs(share.mean() - mean) < 4 * share.std() / np.sqrt(PAIRS)
    assert abs((share > 0).mean() - (1.0 - np.exp(-located))) < 4 * np.sqrt(0.25 / PAIRS)
    assert ((field.teams.seen_until >= 0) == (share > 0)).all()


@pytest.mark.parametrize("dt", [0.5, 1.0, 3.0])
def test_a_located_team_fires_for_an_exponential_time_whatever_the_step(dt: float) -> None:
    """Fire of a tick lasts (1 - exp(-r dt)) / r in the mean, so that ticks of any length add up to 1 / r."""
    leave = 0.5
    field = Field(PAIRS, 6, 30)
    field.teams.seen_until[:] = field.platoons.seen_until[:] = 10**6
    field.teams.order[:] = TEAM_HOLD
    care = CARE._replace(hours=np.zeros(3 * PAIRS))
    team_fire(
        stream_key(3, "team", "defenders", 0), field.index.team_rows, field.teams, field.platoons, np.ones(1), field.index.near,
        field.ground, OPTICS, _guns(0.0, leave=leave), care, 1.0, 1.0, dt, 0, 8, field.events,
    )  # fmt: skip
    stays = field.teams.stays
    mean = (1.0 - np.exp(-leave * dt)) / (leave * dt)
    assert abs(stays.mean() - mean) < 4 * stays.std() / np.sqrt(PAIRS)
    assert field.platoons.contact == pytest.approx(stays)


def test_a_team_leaves_only_when_it_has_been_located_and_from_then_on() -> None:
    located, leave = 0.7, 1e9
    field = Field(PAIRS, 6, 30)
    field.platoons.seen_until[:] = 10**6
    field.teams.order[:] = TEAM_HOLD
    care = CARE._replace(hours=np.zeros(3 * PAIRS))
    team_fire(
        stream_key(3, "team", "defenders", 0), field.index.team_rows, field.teams, field.platoons, np.ones(1), field.index.near,
        field.ground, OPTICS, _guns(0.0, located, leave=leave), care, 1.0, 1.0, 1.0, 0, 8, field.events,
    )  # fmt: skip
    found = 1.0 - field.teams.exposed
    assert field.teams.stays == pytest.approx(found, abs=1e-6)
    assert 0.3 < (found < 1.0).mean() < 0.7


def test_a_platoon_that_is_found_in_the_middle_of_a_tick_is_under_fire_for_what_is_left_of_it() -> None:
    field = Field(PAIRS, 6, 30)
    field.platoons.seen_until[:] = 10**6
    field.platoons.exposed[:] = 0.3
    care = CARE._replace(hours=np.zeros(3 * PAIRS), halt=0.0)
    team_fire(
        stream_key(3, "team", "defenders", 0), field.index.team_rows, field.teams, field.platoons, np.ones(1), field.index.near,
        field.ground, OPTICS, _guns(0.1), care, 1.0, 1.0, 1.0, 0, 8, field.events,
    )  # fmt: skip
    assert field.platoons.contact == pytest.approx(np.full(PAIRS, 0.3))
    mean = 0.3 * 0.1 * 6 * PAIRS
    hurt = int((field.platoons.killed + field.platoons.wounded).sum())
    assert abs(hurt - mean) < 4 * np.sqrt(mean)


@pytest.mark.parametrize("ticks", [1, 2, 6])
def test_suppression_acts_for_its_time_whatever_the_step(ticks: int) -> None:
    """What a casualty adds acts, summed over all later time, as ``gain * suppression_h``."""
    dt, lasts = 1.0 / ticks, 2.0
    teams, platoons = zero_columns(DefenderColumns, 1), zero_columns(LiberatorColumns, 1)
    teams.suppression[0] = platoons.suppression[0] = 0.15
    x, acted = dt / lasts, np.zeros(2)
    for _ in range(40 * ticks):
        calm(teams, platoons, np.exp(-x), -np.expm1(-x) / x)
        acted += dt * np.array([teams.pinned[0], platoons.pinned[0]])
    assert acted == pytest.approx(np.full(2, 0.15 * lasts), rel=1e-6)


def test_fire_at_suspected_places_has_its_share_of_the_effect() -> None:
    field = Field(UNITS, SIZE, SIZE)
    field.platoons.seen_until[:] = 10**6
    _exchange(field, 0, 1e-9, 0.1, area=0.3)
    assert field.teams.fired.all()
    mean = 0.3 * 0.1 * UNITS * SIZE * FIRE_DT
    assert abs(UNITS * SIZE - int(field.teams.strength.sum()) - mean) < 4 * np.sqrt(mean)


@pytest.mark.parametrize(("readiness", "share"), [(0.0, 0.4), (0.5, 0.7), (1.0, 1.0)])
def test_worn_platoons_fire_with_less_effect(readiness: float, share: float) -> None:
    field = Field(UNITS, SIZE, SIZE)
    field.teams.seen_until[:] = 10**6
    field.teams.exposed[:] = 1.0
    field.platoons.readiness[:] = readiness
    _reply(field, 0, 0.1, 0.1, worn=0.4)
    mean = share * 0.1 * UNITS * SIZE * FIRE_DT
    assert abs(UNITS * SIZE - int(field.teams.strength.sum()) - mean) < 4 * np.sqrt(mean)


def test_platoons_save_fire_in_proportion_below_the_least_load() -> None:
    field = Field(UNITS, SIZE, SIZE)
    field.teams.seen_until[:] = 10**6
    field.teams.exposed[:] = 1.0
    field.platoons.ammo[:] = 0.025
    _reply(field, 0, 0.1, 0.1)
    mean = 0.25 * 0.1 * UNITS * SIZE * FIRE_DT
    assert abs(UNITS * SIZE - int(field.teams.strength.sum()) - mean) < 4 * np.sqrt(mean)


def test_nobody_shoots_at_platoons_that_they_do_not_know_or_at_silent_teams() -> None:
    field = Field(UNITS, 6, 30)
    _exchange(field, 0, 1e3, 1e3, area=1.0)
    assert field.events.n[0] == 0
    assert (field.teams.strength == 6).all()
    assert (field.platoons.strength == 30).all()


def test_no_more_platoons_bear_on_a_team_than_its_frontage_lets() -> None:
    field = Field(UNITS, SIZE, 30, platoons_each=4)
    field.teams.seen_until[:] = 10**6
    shooting = {}
    for frontage in (1, 31, 61, 1000):
        field.platoons.contact[:] = 0.0
        field.teams.exposed[:] = 1.0
        _reply(field, 0, 0.1, 0.1, frontage, dt=1.0)
        shooting[frontage] = int(field.platoons.contact.sum()) / UNITS
    assert shooting == {1: 1.0, 31: 2.0, 61: 3.0, 1000: 4.0}


def test_no_more_teams_bear_on_a_platoon_than_its_frontage_lets() -> None:
    field = Field(UNITS, 6, 30, teams_each=4)
    shooting = {}
    for frontage in (1, 7, 13, 10_000):
        field.teams.fired[:] = False
        field.platoons.seen_until[:] = 10**6
        team_fire(
            stream_key(3, "team", "defenders", frontage), field.index.team_rows, field.teams, field.platoons, np.ones(1),
            field.index.near, field.ground, OPTICS, _guns(1e-9, frontage=frontage), CARE, 1.0, 1.0, 1.0, 0, 8, field.events,
        )  # fmt: skip
        shooting[frontage] = int(field.teams.fired.sum()) / UNITS
    assert shooting == {1: 1.0, 7: 2.0, 13: 3.0, 10_000: 4.0}
