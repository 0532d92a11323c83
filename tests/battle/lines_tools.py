"""Made-up situations for the tests of command: ground lost, posts filled, platoons seen here and there."""

from __future__ import annotations

import numpy as np

from sim.agents.codes import DRIVERS, FREED, HELD, INFANTRY, LEADERS, MINERS, MORTARS, SNIPERS
from sim.battle import Battle
from sim.battle.contacts import nearby
from sim.battle.defence import defend

# Riverton's quarters, by row: four to each bank of the river, joined by bridges.
(MILL_SIDE, NORTH_GATE, STATION, ORCHARDS, OLD_TOWN, TANNERS, SOUTH_FIELD, HARBOUR) = range(8)
NORTH = (MILL_SIDE, NORTH_GATE, STATION, ORCHARDS)
SOUTH = (OLD_TOWN, TANNERS, SOUTH_FIELD, HARBOUR)

LINE = (INFANTRY, SNIPERS)
SUPPORT = (MORTARS, DRIVERS, MINERS, LEADERS)


def posted(riverton, **changes: object) -> Battle:
    """Forty teams or so at their posts before the attack; nobody of the liberators is near."""
    battle = Battle(riverton, seed=1, **{"defenders.fighters": 240, "population.persons": 400, **changes})
    defend(battle)
    index(battle)
    return battle


def index(battle: Battle) -> None:
    """Bring the index of units up to date with what a test has changed."""
    battle.units.update(battle.defenders.columns, battle.liberators.columns)


def cells_of(battle: Battle, quarter: int) -> np.ndarray:
    """Built cells of a quarter."""
    q = battle.quarters
    return q.cells[q.start[quarter] : q.start[quarter + 1]]


def lose(battle: Battle, quarter: int, share: float = 1.0, *, northern: bool = False) -> np.ndarray:
    """Put a share of a quarter, its south or its north, into the liberators' hands, the rest into the defenders'. Returns it."""
    q, cells = battle.quarters, cells_of(battle, quarter)
    cells = cells[::-1] if northern else cells
    n = round(share * cells.size)
    battle.ground.control[cells] = HELD
    battle.ground.control[cells[:n]] = FREED
    q.freed[quarter] = n
    q.liberated[quarter] = n == cells.size
    return cells[:n]


def station(battle: Battle, teams: np.ndarray, quarter: int) -> None:
    """Have these teams hold a quarter, dug in on held cells of it."""
    columns = battle.defenders.columns
    cells = cells_of(battle, quarter)
    cells = cells[battle.ground.control[cells] == HELD]
    columns.quarter[teams] = quarter
    columns.cell[teams] = columns.target[teams] = cells[np.arange(len(teams)) % cells.size]
    columns.order[teams] = 0
    columns.dug[teams] = 1.0


def show_platoons(battle: Battle, cells: np.ndarray, strength: int = 30, *, known: bool = True) -> np.ndarray:
    """Put the first platoons into these cells, known to the defenders or not. Returns their rows."""
    platoons = battle.liberators.columns
    rows = np.arange(len(cells))
    platoons.cell[rows], platoons.strength[rows] = cells, strength
    platoons.seen_until[rows] = battle.tick + (1000 if known else -1)
    index(battle)
    return rows


def touching(battle: Battle, cell: int) -> np.ndarray:
    """The cells within contact distance of a cell, itself included."""
    near = battle.units.near
    around = np.array([nearby(near.dx, near.dy, near.nx, near.ny, int(cell), k) for k in range(near.touching)])
    return around[around >= 0]
