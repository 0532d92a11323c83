"""Surveillance orbits: exponential detection, keeping a team in view, and where orbits are sent."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import rows_of
from scipy import stats

from sim.agents.codes import (
    AFTER_LEADERS,
    ASSAULT,
    BY_REPORT,
    DETECTED,
    FREED,
    HELD,
    INFANTRY,
    LEADERS,
    MINERS,
    ORBIT,
    OVER_FRONT,
    OVER_INFRASTRUCTURE,
    OVER_REAR,
    TEAM_COUNTER,
    TEAM_ESCAPE,
    TEAM_HIDE,
    TEAM_HOLD,
    TEAM_MOVE,
)
from sim.agents.defenders import DefenderColumns
from sim.agents.handles import zero_columns
from sim.battle import Battle
from sim.battle.bridges import CUT
from sim.battle.defence import defend
from sim.battle.events import make_events
from sim.battle.ground import Ground
from sim.battle.orbits import PLANTS, send_orbits, tasks
from sim.battle.surveillance import Eyes, look, orbit_cells, reach_cells, survey, watched_share
from sim.kernels.rng import stream_key
from sim.record.codes import COALITION, DETECTION, ISR

TEAMS = 3000
DT = 0.5
EYES = Eyes(
    detect=0.4, still=0.25, firing=0.6, mining=0.5, leader=0.5, hidden=0.2, screening=1.5, concealment=0.8, lose=0.3, reach=1.5,
    nx=10**6,
)


class Sky:
    """Teams in one cell, with orbits over it."""

    def __init__(self, n: int = TEAMS, *, orbits: int = 1) -> None:
        self.teams = zero_columns(DefenderColumns, n)
        self.teams.strength[:] = 6
        self.teams.cell[:] = 5
        self.teams.seen_until[:] = -1
        self.teams.order[:] = TEAM_MOVE
        self.held = np.zeros(n, np.bool_)
        self.ground = zero_columns(Ground, 20)
        self.orbits = np.full(orbits, 5, np.int64)
        self.events = make_events()

    def look(self, rows: np.ndarray, eyes: Eyes, tick: int) -> np.ndarray:
        self.events.n[0] = 0
        key = stream_key(11, "test", "defenders", tick)
        look(key, rows, self.teams, self.held, self.orbits, self.ground, eyes, DT, tick, 1, self.events)
        return rows[self.teams.seen_until[rows] > tick]

    def found_after(self, eyes: Eyes, ticks: int) -> np.ndarray:
        """Ticks until each team is found; ``ticks`` where it is not."""
        rows, at = np.arange(len(self.held)), np.full(len(self.held), ticks)
        for tick in range(ticks):
            found = self.look(rows, eyes, tick)
            assert self.events.n[0] == found.size, "each is a row of the ledger"
            at[found] = tick
            rows = np.setdiff1d(rows, found)
        return at


def fits(at: np.ndarray, rate: float, ticks: int) -> float:
    """p-value of geometric times with ``1 - exp(-rate dt)``."""
    p = 1.0 - np.exp(-rate * DT)
    wanted = at.size * np.append(p * (1 - p) ** np.arange(ticks), (1 - p) ** ticks)
    enough = wanted >= 5
    observed = np.bincount(at, minlength=ticks + 1).astype(float)
    observed = np.append(observed[enough], observed[~enough].sum())
    wanted = np.append(wanted[enough], wanted[~enough].sum())
    keep = wanted > 0
    return float(stats.chisquare(observed[keep], wanted[keep] * observed[keep].sum() / wanted[keep].sum()).pvalue)


@pytest.mark.parametrize(
    ("changes", "orbits", "ground", "factor"),
    [
        ({}, 1, {}, 1.0),
        ({"order": TEAM_HOLD}, 1, {}, EYES.still),
        ({"order": TEAM_HOLD, "fired": True}, 1, {}, EYES.firing),
        ({"fired": True}, 1, {}, 1.0),
        ({"order": TEAM_COUNTER}, 1, {}, 1.0),
        ({"order": TEAM_ESCAPE}, 1, {}, 1.0),
        ({"order": TEAM_HIDE}, 1, {}, EYES.still * EYES.hidden),
        ({"kind": MINERS, "order": TEAM_HOLD}, 1, {}, EYES.mining),
        ({"kind": LEADERS}, 1, {}, EYES.leader),
        ({}, 2, {}, 2.0),
        ({"dug": 0.5}, 1, {"cover": 0.5}, 1 - 0.8 * 0.25),
        ({"dug": 0.0}, 1, {"cover": 0.5}, 1.0),
        ({}, 1, {"density": 0.4}, np.exp(-1.5 * 0.4)),
    ],
)  # fmt: skip
def test_a_team_under_orbits_is_found_after_an_exponential_time(
    changes: dict[str, object], orbits: int, ground: dict[str, float], factor: float
) -> None:
    sky = Sky(orbits=orbits)
    for name, value in changes.items():
        getattr(sky.teams, name)[:] = value
    for name, value in ground.items():
        getattr(sky.ground, name)[:] = value
    rate = EYES.detect * factor
    ticks = int(4 / rate / DT)
    at = sky.found_after(EYES._replace(lose=1e9), ticks)
    assert fits(at, rate, ticks) > 1e-3
    assert fits(at, 1.2 * rate, ticks) < 1e-3, "a rate a fifth higher would show"


def test_who_is_not_under_an_orbit_is_never_found_by_one() -> None:
    sky = Sky(400)
    sky.teams.cell[::2] = 7
    at = sky.found_after(EYES._replace(detect=50.0), 3)
    assert (at[::2] == 3).all()
    assert (at[1::2] == 0).all()


def test_a_team_in_view_is_lost_after_an_exponential_time() -> None:
    sky = Sky()
    sky.held[:] = True
    rows, ticks = np.arange(TEAMS), 12
    at = np.full(TEAMS, ticks)
    for tick in range(ticks):
        kept = sky.look(rows, EYES._replace(detect=0.0), tick)
        at[np.setdiff1d(rows, kept)] = tick
        assert np.array_equal(np.flatnonzero(sky.held), kept)
        rows = kept
    assert fits(at, EYES.lose, ticks) > 1e-3
    assert fits(at, 1.2 * EYES.lose, ticks) < 1e-3


def test_a_team_that_an_orbit_leaves_is_lost() -> None:
    sky = Sky(50)
    sky.held[:] = True
    sky.orbits = np.array([9], np.int64)
    assert sky.look(np.arange(50), EYES._replace(lose=0.0), 0).size == 0
    assert not sky.held.any()


# In a battle --------------------------------------------------------------------------------------------------------


@pytest.fixture
def battle(riverton) -> Battle:
    """Teams at their posts, all weather good, four orbits."""
    made = Battle(riverton, seed=1, **{"isr.bad_weather": 0.0, "isr.orbits": 4})
    defend(made)
    return made


def test_tasks_follow_the_shares_and_one_orbit_more_leaves_those_of_the_others(battle: Battle) -> None:
    shares = {OVER_FRONT: 0.4, OVER_REAR: 0.3, OVER_INFRASTRUCTURE: 0.15, AFTER_LEADERS: 0.15}
    given = tasks(battle, 40)
    for task, share in shares.items():
        assert abs(given.count(task) / 40 - share) <= 1 / 40, task
    assert all(tasks(battle, n) == given[:n] for n in range(40))


def test_without_protection_no_orbit_is_over_infrastructure(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"air.protect": False})
    assert OVER_INFRASTRUCTURE not in tasks(battle, 20)


def orbits_of(battle: Battle, task: int) -> np.ndarray:
    assets = battle.coalition.columns
    return assets.cell[(assets.kind == ORBIT) & (assets.task == task)]


def test_the_front_orbit_is_over_the_quarter_that_most_attack(battle: Battle) -> None:
    platoons = battle.liberators.columns
    platoons.order[:7] = ASSAULT
    platoons.objective[:2], platoons.objective[2:7] = 1, 5
    send_orbits(battle)
    assert orbits_of(battle, OVER_FRONT)[0] == battle.grid.neighbourhood_cell[5]
    q = battle.quarters
    battle.ground.control[q.cells[q.start[5] : q.start[6]]] = FREED
    q.freed[5] = q.start[6] - q.start[5]
    send_orbits(battle)
    assert orbits_of(battle, OVER_FRONT)[0] == battle.grid.neighbourhood_cell[1], "what is freed is not attacked any more"


def test_orbits_watch_bridges_that_stand_and_plants_while_the_defenders_hold_them(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"isr.infrastructure": 100.0, "isr.orbits": 20, "isr.orbit_km2": 0.01})
    plants = {site.cell for site in battle.grid.sites if site.kind in PLANTS}
    ends = {*battle.bridges.end.ravel().tolist()}
    held = {cell for cell in plants | ends if battle.ground.control[cell] == HELD}
    assert ends <= held
    assert held & plants

    def watched() -> set[int]:
        send_orbits(battle)
        return {*orbits_of(battle, OVER_INFRASTRUCTURE).tolist()} & (plants | ends)

    assert watched() == held
    battle.bridges.state[0] = CUT
    held -= {*battle.bridges.end[0].tolist()}
    assert watched() == held
    lost = min(held)
    battle.ground.control[lost] = FREED
    assert watched() == held - {lost}


@pytest.mark.parametrize(("kind", "task"), [(INFANTRY, OVER_REAR), (LEADERS, AFTER_LEADERS)])
def test_a_report_draws_an_orbit_of_its_task(riverton, kind: int, task: int) -> None:
    battle = Battle(riverton, seed=1, **{"isr.rear" if task == OVER_REAR else "isr.leaders": 100.0})
    row = 3
    battle.defenders.columns.kind[row] = kind
    targets = battle.targets
    targets.stage[row], targets.source[row] = DETECTED, BY_REPORT
    targets.cell[row] = place = int(battle.quarters.cells[0])
    send_orbits(battle)
    assert orbits_of(battle, task).tolist() == [place]


def test_an_orbit_with_a_target_in_view_stays(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"isr.rear": 100.0, "isr.orbit_km2": 0.1})
    places = []
    for held in (False, True):
        send_orbits(battle)
        at = int(orbits_of(battle, OVER_REAR)[0])
        battle.targets.cell[0], battle.targets.stage[0], battle.targets.held[0] = at, DETECTED, held
        seen = {at}
        for _ in range(8):
            battle.tick += 4
            send_orbits(battle)
            seen.add(int(orbits_of(battle, OVER_REAR)[0]))
        places.append(len(seen))
    assert places[0] > 1 == places[1]


def test_orbits_find_teams_in_flying_weather_only(riverton) -> None:
    found = []
    for bad in (0.0, 1.0):
        battle = Battle(riverton, seed=1, **{"isr.bad_weather": bad, "isr.detect_per_h": 50.0, "isr.orbit_km2": 100.0})
        defend(battle)
        survey(battle)
        rows = rows_of(battle.ledger, kind=DETECTION, actor=COALITION, cause=ISR)
        assert battle.counts["isr_detections"] == rows.shape[0]
        assert bool(orbit_cells(battle).size) == (bad == 0.0)
        found.append(rows.shape[0])
    assert found[0] > 0 == found[1]


def test_the_watched_share_of_a_drive_is_what_lies_under_orbits(riverton) -> None:
    battle = Battle(riverton, seed=1, **{"isr.bad_weather": 0.0, "isr.orbits": 3, "isr.orbit_km2": 0.8})
    assets, nx = battle.coalition.columns, battle.grid.nx
    orbits = np.flatnonzero(assets.kind == ORBIT)
    assets.available[orbits[1:]] = False
    assets.cell[orbits[0]] = 20 * nx + 20
    reach = reach_cells(battle)
    inside, far = 20 * nx + 20, 20 * nx + 20 + int(3 * reach) + 1
    assert watched_share(battle, inside, inside + 1) == 1.0
    assert watched_share(battle, far, far + 2) == 0.0
    assert watched_share(battle, inside, far) == pytest.approx(1 / 3, abs=0.12)
    assets.available[orbits[0]] = False
    assert watched_share(battle, inside, inside + 1) == 0.0
