"""Who of those hit dies: the limits of the rule, its layer of hours, and the share of deaths that comes of it."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import quiet, step_until

from sim.agents.codes import FREED
from sim.agents.handles import zero_columns
from sim.agents.liberators import LiberatorColumns
from sim.battle.approach import IN_CITY
from sim.battle.evacuation import Care, find_care, lethality
from sim.battle.events import make_events
from sim.battle.harm import hurt_platoon
from sim.kernels.jit import compiled
from sim.kernels.rng import stream_key

CARE = Care(outright=0.1, severe=0.2, severe_h=2.0, contact_h=0.5, march_h=1.5, hours=np.array([0.0, 1.0, 4.0, 1e9]), halt=1.0)


@compiled
def _lethality(care: Care, cell: int, contact: bool) -> float:
    return lethality(care, cell, contact)


def test_the_limits_of_the_rule() -> None:
    assert _lethality(CARE, 0, False) == pytest.approx(0.1)
    assert _lethality(CARE, 3, False) == pytest.approx(0.1 + 0.9 * 0.2)
    assert _lethality(CARE, 1, False) == pytest.approx(0.1 + 0.9 * 0.2 * (1 - np.exp(-0.5)))
    assert _lethality(CARE, -1, False) == pytest.approx(0.1 + 0.9 * 0.2 * (1 - np.exp(-0.75)))
    assert _lethality(CARE, 1, True) > _lethality(CARE, 1, False)
    assert np.all(np.diff([_lethality(CARE, cell, False) for cell in range(4)]) > 0)


@pytest.mark.parametrize("cell", [0, 1, 2])
def test_deaths_are_the_share_that_the_rule_says(cell: int) -> None:
    n = 4000
    platoons = zero_columns(LiberatorColumns, n)
    platoons.strength[:], platoons.cell[:] = 30, cell
    events, key = make_events(), stream_key(1, "test", "liberators", 0)
    for row in range(n):
        events.n[0] = 0
        hurt_platoon(key, platoons, row, 10, CARE, 0.0, 2, 1, 4, -1, -1, events)
    p = _lethality(CARE, cell, False)
    assert abs(platoons.killed.sum() / (10 * n) - p) < 4 * np.sqrt(p * (1 - p) / (10 * n))
    assert (platoons.killed + platoons.wounded == 10).all()


def test_hours_to_surgery_are_collecting_and_the_drive_over_freed_ground(riverton) -> None:
    battle = step_until(quiet(riverton), lambda b: (b.axes.state == IN_CITY).all())
    battle.ground.control[battle.quarters.cells] = FREED
    find_care(battle)
    p, ground = riverton.evacuation, battle.ground
    post = int(battle.grid.offgrid.entry_cell[battle.axes.entry[0]])
    assert ground.care_h[post] == pytest.approx(p.collect_h)
    x, y = battle.position(np.arange(ground.care_h.size))
    posts = battle.grid.offgrid.entry_cell[battle.entry_open]
    px, py = battle.position(posts)
    straight = np.hypot(x[:, None] - px, y[:, None] - py).min(axis=1) / (p.km_per_h * 1000.0)
    dry = battle.routes.slow > 0
    assert (ground.care_h[dry] >= p.collect_h + 0.98 * straight[dry]).all()
    assert (ground.care_h[dry] <= p.collect_h + 2.5 * straight[dry] + 0.2).mean() > 0.9


def test_held_ground_keeps_care_away(riverton) -> None:
    battle = step_until(quiet(riverton), lambda b: (b.axes.state == IN_CITY).all())
    find_care(battle)
    deep = battle.quarters.cells[np.argmax(battle.ground.care_h[battle.quarters.cells])]
    far = float(battle.ground.care_h[deep])
    battle.ground.control[battle.quarters.cells] = FREED
    find_care(battle)
    assert battle.ground.care_h[deep] < far


def test_no_aid_post_leaves_the_time_of_the_march(riverton) -> None:
    battle = quiet(riverton)
    find_care(battle)
    assert (battle.ground.care_h == riverton.evacuation.march_h).all()
