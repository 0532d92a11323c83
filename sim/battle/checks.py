"""Conservation: nobody is lost or made, and ledger, state and tallies agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import FREED
from sim.errors import ConservationError
from sim.record.codes import CIVILIANS, COALITION, DEATH, DEFENDERS, LIBERATORS, RESISTANCE, WOUND

if TYPE_CHECKING:
    from sim.battle.model import Battle


def check_conservation(battle: Battle) -> None:
    """Compare every count that can be made in two ways.

    Raises:
        ConservationError: With the first that differs: both numbers, and the tick.
    """
    people, lists = battle.households.columns, battle.households.lists
    teams, platoons = battle.defenders.columns, battle.liberators.columns
    cells, assets, asked = battle.resistance.columns, battle.coalition.columns, battle.scenario
    ledger = battle.ledger
    fighters = int(teams.strength.sum() + teams.wounded.sum() + teams.killed.sum() + teams.escaped.sum())
    fighters += int(battle.axes.outer.sum()) + battle.outer_killed
    soldiers = int(platoons.strength.sum() + platoons.wounded.sum() + platoons.killed.sum()) - battle.replaced
    on_grid = people.cell >= 0
    present = np.bincount(people.cell[on_grid], people.members[on_grid], lists.persons.size).astype(np.int64)
    freed = np.bincount(
        battle.ground.quarter[battle.quarters.cells], battle.ground.control[battle.quarters.cells] == FREED,
        battle.quarters.freed.size,
    ).astype(np.int64)  # fmt: skip
    pairs = {
        "people": (int(people.members.sum() + people.dead.sum()), battle.persons_start),
        "fighters": (fighters, battle.fighters_start + battle.defenders.added),
        "soldiers": (soldiers, battle.soldiers_start + battle.liberators.added),
        "resistance": (int(cells.strength.sum() + cells.killed.sum()), battle.resistance_start + battle.resistance.added),
        "raiders": (int((assets.strength + assets.wounded + assets.killed).sum()), asked.raids.teams * asked.raids.team_size),
        "civilian deaths in ledger": (ledger.total(DEATH, CIVILIANS), int(people.dead.sum())),
        "civilian wounds in ledger": (ledger.total(WOUND, CIVILIANS), int(people.wounded.sum())),
        "fighters' deaths in ledger": (ledger.total(DEATH, DEFENDERS), int(teams.killed.sum()) + battle.outer_killed),
        "fighters' wounds in ledger": (ledger.total(WOUND, DEFENDERS), int(teams.wounded.sum())),
        "soldiers' deaths in ledger": (ledger.total(DEATH, LIBERATORS), int(platoons.killed.sum())),
        "soldiers' wounds in ledger": (ledger.total(WOUND, LIBERATORS), int(platoons.wounded.sum())),
        "deaths of the resistance in ledger": (ledger.total(DEATH, RESISTANCE), int(cells.killed.sum())),
        "raiders' deaths in ledger": (ledger.total(DEATH, COALITION), int(assets.killed.sum())),
        "raiders' wounds in ledger": (ledger.total(WOUND, COALITION), int(assets.wounded.sum())),
        "cells whose persons present are wrong": (int((present != lists.persons).sum()), 0),
        "quarters whose freed cells are wrong": (int((freed != battle.quarters.freed).sum()), 0),
        "households with more frail than members": (int(((people.frail < 0) | (people.frail > people.members)).sum()), 0),
        "quarters with more people away than residents": (int((battle.quarters.left > battle.quarters.residents).sum()), 0),
        "quarters with less than nobody away": (int((battle.quarters.left < 0).sum()), 0),
        "negative strengths": (sum(int((column < 0).sum()) for column in (
            teams.strength, platoons.strength, people.members, cells.strength, assets.strength,
        )), 0),
    }
    for name, (left, right) in pairs.items():
        if left != right:
            msg = f"tick {battle.tick}: {name}: {left} is not {right}"
            raise ConservationError(msg)
