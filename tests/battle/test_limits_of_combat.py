"""Sensing and fire against results that are known: exponential detection, Lanchester's square law, Poisson counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.agents.codes import ASSAULT
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle import Battle
from sim.battle.ambush import launch
from sim.battle.combat import platoon_fire, team_fire
from sim.battle.contacts import UnitIndex
from sim.battle.events import make_events
from sim.battle.fires import fire_mortars
from sim.battle.ground import Ground
from sim.battle.sensing import find_platoons, find_teams
from sim.kernels.rng import stream_key

PAIRS = 3000
DT = 0.5


class Field:
    """Isolated pairs on a line: a team and a platoon (or several) in every third cell, out of each other's contact."""

    def __init__(self, n: int, team_size: int, platoon_size: int, platoons_each: int = 1) -> None:
        cells = 3 * n
        self.teams, self.platoons = zero_columns(DefenderColumns, n), zero_columns(LiberatorColumns, n * platoons_each)
        self.teams.cell[:] = 3 * np.arange(n)
        self.teams.strength[:] = team_size
        self.platoons.cell[:] = np.repeat(self.teams.cell, platoons_each)
        self.platoons.strength[:] = platoon_size
        self.platoons.order[:] = ASSAULT
        self.teams.seen_until[:] = self.platoons.seen_until[:] = -1
        self.index = UnitIndex(100.0, 100.0, cells, 1, n, n * platoons_each)
        self.index.update(self.teams, self.platoons)
        self.ground = zero_columns(Ground, cells)
        self.events = make_events()


def _found_after(field: Field, hazard_args: dict[str, float], ticks: int) -> np.ndarray:
    """Ticks until each team is found, ``ticks`` where it is not."""
    rows = field.index.team_rows
    at = np.full(len(field.teams.cell), ticks)
    for tick in range(ticks):
        field.events.n[0] = 0
        find_teams(
            stream_key(11, "test", "defenders", tick), rows, field.teams, field.platoons, np.array([hazard_args["quality"]]),
            field.index.near, field.ground, hazard_args["sight"], 0.8, hazard_args["night"], hazard_args["watched"], 30.0,
            DT, tick, 1, field.events,
        )  # fmt: skip
        found = rows[field.teams.seen_until[rows] >= tick]
        assert field.events.n[0] == found.size
        at[found] = tick
        rows = np.setdiff1d(rows, found).astype(np.int32)
    return at


PLAIN = {"quality": 1.0, "sight": 0.35, "night": 1.0, "watched": 0.0}


@pytest.mark.parametrize(
    ("changes", "strength", "platoons_each", "cover", "dug", "rate"),
    [
        ({}, 30, 1, 0.0, 0.0, 0.35),
        ({"quality": 1.5, "night": 0.4}, 30, 1, 0.0, 1.0, 0.35 * 1.5 * 0.4),
        ({}, 15, 1, 0.0, 0.0, 0.35 / 2),
        ({}, 30, 3, 0.5, 0.5, 3 * 0.35 * (1 - 0.8 * 0.5 * 0.5)),
        ({"sight": 0.1, "watched": 0.2}, 30, 1, 1.0, 1.0, 0.3 * 0.2),
        ({"sight": 0.0, "watched": 0.2}, 30, 1, 0.0, 0.0, 0.2),
    ],
)
def test_a_team_is_found_after_an_exponential_time(
    changes: dict[str, float], strength: int, platoons_each: int, cover: float, dug: float, rate: float
) -> None:
    """Under a constant hazard the tick of detection is geometric with P = 1 - exp(-rate dt): chi-square over all pairs."""
    field = Field(PAIRS, 6, strength, platoons_each)
    field.ground.cover[:] = cover
    field.teams.dug[:] = dug
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
    find_platoons(
        stream_key(5, "test", "liberators", 0), field.index.platoon_rows, field.platoons, field.index.near, 1.5, 0.4, DT, 0, 1,
        field.events,
    )  # fmt: skip
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


def _exchange(field: Field, tick: int, alpha: float, beta: float, area: float = 0.1) -> None:
    field.events.n[0] = 0
    team_fire(
        stream_key(3, "team", "defenders", tick), field.index.team_rows, field.teams, field.platoons, np.ones(1),
        field.index.near, field.ground, alpha, 0.8, 0.5, 0.0, 0.0, 0.14, 1.0, FIRE_DT, tick, 8, field.events,
    )  # fmt: skip
    platoon_fire(
        stream_key(3, "platoon", "liberators", tick), field.index.platoon_rows, field.teams, field.platoons, np.ones(1),
        field.index.near, field.ground, beta, area, float(SIZE), 0.8, 1, 0.0, 0.6, 1.0, FIRE_DT, tick, field.events,
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


def test_fire_at_suspected_places_has_its_share_of_the_effect() -> None:
    field = Field(UNITS, SIZE, SIZE)
    field.platoons.seen_until[:] = 10**6
    _exchange(field, 0, 1e-9, 0.1, area=0.3)
    assert field.teams.fired.all()
    mean = 0.3 * 0.1 * UNITS * SIZE * FIRE_DT
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
        field.platoons.contact[:] = False
        platoon_fire(
            stream_key(3, "platoon", "liberators", 0), field.index.platoon_rows, field.teams, field.platoons, np.ones(1),
            field.index.near, field.ground, 0.1, 0.1, 6.0, 0.8, frontage, 0.0, 0.6, 1.0, 1.0, 0, field.events,
        )  # fmt: skip
        shooting[frontage] = int(field.platoons.contact.sum()) / UNITS
    assert shooting == {1: 1.0, 31: 2.0, 61: 3.0, 1000: 4.0}


# Rates ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def met(riverton) -> Battle:
    """Day 2, with every platoon known to the defenders for good, and weapons that do no harm."""
    battle = Battle(
        riverton, seed=9, svbieds__per_day=24.0, svbieds__stock=50_000, svbieds__stopped=1.0, svbieds__workshop_per_day=0.0,
        mortars__missions_per_day=24.0, mortars__rounds=0, mortars__range_m=20_000.0,
    )  # fmt: skip
    for _ in range(40):
        battle.step()
    battle.liberators.columns.seen_until[:] = 10**6
    battle.counts.clear()
    return battle


def _counts(battle: Battle, act, name: str, ticks: int) -> np.ndarray:
    out = np.empty(ticks)
    for i in range(ticks):
        before = battle.counts[name]
        act(battle)
        out[i] = battle.counts[name] - before
        battle.tick += 1
    return out


@pytest.mark.parametrize(("act", "name"), [(launch, "svbied_attacks"), (fire_mortars, "mortar_missions")])
def test_bombs_and_missions_are_poisson_at_their_rate(met: Battle, act, name: str) -> None:
    ticks = 1500
    share = 1.0
    if name == "mortar_missions":
        share = met.defenders.columns.strength.sum() / met.fighters_start
    counts = _counts(met, act, name, ticks)
    mean = share * 24.0 * met.dt_h / 24.0
    assert abs(counts.sum() - mean * ticks) < 4 * np.sqrt(mean * ticks)
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=4 * np.sqrt(2 / ticks))


def test_no_vehicle_is_launched_at_platoons_that_nobody_knows_of(met: Battle) -> None:
    met.liberators.columns.seen_until[:] = -1
    assert _counts(met, launch, "svbied_attacks", 200).sum() == 0


def test_no_more_vehicles_are_launched_than_there_are(met: Battle) -> None:
    met.vehicles[:] = 0.0
    met.vehicles[1] = 7.0
    assert _counts(met, launch, "svbied_attacks", 300).sum() == 7
    assert met.vehicles.sum() == pytest.approx(0.0)


def test_vehicles_are_stopped_as_often_as_said(riverton) -> None:
    battle = Battle(riverton, seed=9, svbieds__per_day=24.0, svbieds__stock=50_000, svbieds__casualties=0.0)
    for _ in range(40):
        battle.step()
    battle.liberators.columns.seen_until[:] = 10**6
    battle.counts.clear()
    attacks = _counts(battle, launch, "svbied_attacks", 1000).sum()
    stopped = 1.0 - battle.counts["svbied_hits"] / attacks
    p = battle.scenario.svbieds.stopped
    assert stopped == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / attacks))
