"""The defenders' mortars: how often, how far, at whom, with what effect, and for how long shells last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import rows_of
from facing_tools import assert_poisson, assert_share, counted, facing, known_platoons_at, teams_of

from sim.agents.codes import FREED, MORTARS
from sim.battle.blast import share_of_place
from sim.battle.mortars import fire_mortars
from sim.record.codes import CELL, COALITION, DETECTION, FIRE_SEEN, MORTAR, OTHER_ROW, ROW, STRIKE

if TYPE_CHECKING:
    from sim.battle import Battle

# Everything in range, shells for years, and no harm to anybody.
FOREVER = {"mortars__range_m": 20_000.0, "mortars__stock": 1e5, "mortars__rounds": 0, "mortars__missions_per_day": 12.0}


def missions(battle: Battle, ticks: int) -> np.ndarray:
    return counted(battle, fire_mortars, "mortar_missions", ticks)


def shot(battle: Battle) -> np.ndarray:
    return rows_of(battle.ledger, kind=STRIKE, cause=MORTAR)


def somewhere(battle: Battle) -> int:
    return int(battle.quarters.cells[0])


@pytest.mark.parametrize(("share", "step_hours"), [(1.0, 1), (0.5, 1), (1.0, 3)])
def test_missions_are_poisson_at_the_rate_of_the_hands_that_are_left(riverton, share: float, step_hours: int) -> None:
    battle = facing(riverton, time__step_hours=step_hours, **FOREVER)
    teams, crews = battle.defenders.columns, teams_of(battle, MORTARS)
    teams.strength[crews] = np.ceil(teams.size[crews] * share)
    known_platoons_at(battle, [somewhere(battle)])
    hands = float((teams.strength[crews] / teams.size[crews]).sum())
    assert_poisson(missions(battle, 1200), 12.0 / 24.0 * step_hours * hands)


def test_a_crew_fires_as_many_missions_as_it_has_shells_for(riverton) -> None:
    battle = facing(riverton, **FOREVER)
    teams, crews = battle.defenders.columns, teams_of(battle, MORTARS)
    teams.stock[crews] = 7.0
    known_platoons_at(battle, [somewhere(battle)])
    assert missions(battle, 300).sum() == 7 * crews.size
    assert (teams.stock[crews] == 0.0).all()
    assert (np.bincount(shot(battle)[:, ROW])[crews] == 7).all()


def test_crews_that_are_dead_or_switched_off_do_not_fire(riverton) -> None:
    dead, off = facing(riverton, **FOREVER), facing(riverton, mortars__enabled=False, **FOREVER)
    dead.defenders.columns.strength[teams_of(dead, MORTARS)] = 0
    for battle in (dead, off):
        known_platoons_at(battle, [somewhere(battle)])
        assert missions(battle, 100).sum() == 0


def test_every_mission_falls_on_a_known_platoon_within_range_of_the_crew(riverton) -> None:
    battle = facing(riverton, **FOREVER | {"mortars__range_m": 700.0})
    cells = battle.quarters.cells[::7]
    rows = known_platoons_at(battle, cells[: len(battle.liberators)])
    unknown = rows[::3]
    battle.liberators.columns.seen_until[unknown] = -1
    assert missions(battle, 300).sum() > 100
    fired = shot(battle)
    x, y = battle.position(fired[:, CELL])
    at_x, at_y = battle.position(battle.defenders.columns.cell[fired[:, ROW]])
    assert np.hypot(x - at_x, y - at_y).max() <= 700.0
    assert not np.isin(fired[:, OTHER_ROW], unknown).any()
    crews = teams_of(battle, MORTARS)
    x, y = battle.position(battle.liberators.columns.cell[rows])
    at_x, at_y = battle.position(battle.defenders.columns.cell[crews])
    far = (np.hypot(x[:, None] - at_x, y[:, None] - at_y) > 700.0).all(axis=1)
    assert 0 < far.sum() < rows.size, "someone must be out of range, and someone within it, for this to mean anything"
    assert not np.isin(fired[:, OTHER_ROW], rows[far]).any()


def test_platoons_in_range_are_hit_alike_and_freed_ground_only_where_there_are_none(riverton) -> None:
    battle = facing(riverton, **FOREVER)
    q = battle.quarters
    freed = q.cells[q.start[3] : q.start[4]]
    assert missions(battle, 50).sum() == 0, "nothing to fire at"
    battle.ground.control[freed] = FREED
    assert missions(battle, 200).sum() > 50
    assert (shot(battle)[:, OTHER_ROW] == -1).all()
    assert np.isin(shot(battle)[:, CELL], freed).all()
    before = shot(battle).shape[0]
    known_platoons_at(battle, freed[:4])
    missions(battle, 400)
    at = np.bincount(shot(battle)[before:, OTHER_ROW], minlength=4)
    assert at.sum() == shot(battle).shape[0] - before
    for n in at:
        assert_share(n, at.sum(), 0.25)


def test_soldiers_fall_by_the_share_of_the_cell_that_rounds_cover_less_what_cover_prevents(riverton) -> None:
    battle = facing(riverton, **FOREVER | {"mortars__rounds": 9, "harm__soldiers_exposed": 0.3, "mortars__located_share": 0.0})
    cell = somewhere(battle)
    [row] = known_platoons_at(battle, [cell])
    platoons, s = battle.liberators.columns, battle.scenario

    def whole(battle: Battle) -> None:
        battle.liberators.columns.strength[row] = 1000

    fired = counted(battle, fire_mortars, "mortar_missions", 800, whole).sum()
    exposed = 1.0 - s.combat.cover_effect * s.combat.attacker_cover * battle.ground.cover[cell]
    chance = 9 * share_of_place(battle, s.mortars.lethal_radius_m) * 0.3 * exposed
    assert 0.0 < chance < 0.5
    # A second mission in the same hour finds a few fewer: between the two bounds, and far from half or twice as many.
    lost = float(platoons.killed[row] + platoons.wounded[row]) / 1000
    spread = 4 * np.sqrt(chance * (1 - chance) / (1000 * fired))
    assert (1 - 4 * chance) * chance - spread < lost / fired < chance + spread


@pytest.mark.parametrize(("guns", "share"), [(True, 0.3), (True, 0.0), (False, 1.0)])
def test_radar_of_the_coalitions_guns_locates_a_share_of_the_missions(riverton, *, guns: bool, share: float) -> None:
    battle = facing(riverton, **FOREVER | {"mortars__located_share": share, "artillery__enabled": guns})
    teams = battle.defenders.columns
    crew = teams_of(battle, MORTARS)[0]
    teams.strength[teams_of(battle, MORTARS)[1:]] = 0
    known_platoons_at(battle, [somewhere(battle)])
    hours = ticks = 0
    for _ in range(1500):
        teams.seen_until[crew] = -1
        [fired] = missions(battle, 1)
        if fired == 1:
            hours += teams.seen_until[crew] >= battle.tick
            ticks += 1
    assert ticks > 200
    assert_share(hours, ticks, share if guns else 0.0)
    told = rows_of(battle.ledger, kind=DETECTION, actor=COALITION, cause=FIRE_SEEN)
    assert bool(told.size) == (guns and share > 0.0)
    assert (told[:, ROW] == crew).all()
