"""The index of units: the flag of cells near a team is what a search of all teams finds."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import free_cells, metres_between

import sim.battle.model as battle_model
from sim.battle import Battle


@pytest.mark.parametrize("contact_m", [50, 150, 300])
def test_the_flag_of_cells_near_a_team(riverton, monkeypatch: pytest.MonkeyPatch, contact_m: float) -> None:
    seen = []

    def compare(battle: Battle) -> None:
        cells = free_cells(battle)
        reach = max(battle.scenario.sensing.contact_m, battle.grid.cell_m) + 1e-6
        at = battle.defenders.columns.cell[battle.units.team_rows]
        found = (metres_between(battle, cells, at) <= reach).any(axis=1)
        assert np.array_equal(battle.units.near.team_near[cells], found)
        seen.append(int(found.sum()))

    phases = []
    for name, phase in battle_model.PHASES:
        phases.append((name, phase))
        if name in {"index", "movement"}:
            phases.append(("compare", compare))
    monkeypatch.setattr(battle_model, "PHASES", tuple(phases))
    battle = Battle(riverton, seed=4, **{"sensing.contact_m": contact_m})
    for _ in range(24 * 8):
        battle.step()
    assert len(set(seen)) > 3
