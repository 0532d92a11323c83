"""Islamic State teams: the defenders' agent set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import DRIVERS, DRONES, INFANTRY, LEADERS, MINERS, MORTARS, SNIPERS, TEAM_KINDS, TEAM_MOVE, TEAM_ORDERS
from sim.agents.handles import AgentColumns, Column, Handle, zero_columns

if TYPE_CHECKING:
    from sim.scenario.model import Scenario
    from sim.scenario.sections.defenders import Specialists


class DefenderColumns(NamedTuple):
    """State of all teams, one row each.

    Attributes:
        cell: int32, grid cell.
        kind: uint8, see :data:`sim.agents.codes.TEAM_KINDS`.
        size: int32 persons when it was formed.
        strength: int32 persons able to fight.
        wounded: int32 persons out of action.
        killed: int32 persons.
        order: uint8, see :data:`sim.agents.codes.TEAM_ORDERS`.
        quarter: int32, neighbourhood that the team is to hold or goes to, -1 for none.
        post: int32, neighbourhood to which it returns from a counter-attack, -1 for none.
        escaped: int32 persons who left the city.
        target: int32, cell that the team goes to or holds.
        dug: float64, how far it is dug in, 0 to 1.
        suppression: float64, 0 to 1.
        pinned: float64, mean suppression under which it works and fires in this tick, 0 to 1.
        seen_until: int32, tick up to which the liberators act on a sighting of it; -1 for never seen.
        fired: bool, whether it fired in this tick.
        exposed: float64, share of this tick for which the enemy in view knows where it is.
        stays: float64, share of this tick after which it gives its position up, 1 where it does not.
        hours: float64, time saved up towards the next move, hours.
        stock: float64, what its kind uses up: vehicle bombs of drivers, devices of miners, missions of mortars.
    """

    cell: NDArray[np.int32]
    kind: NDArray[np.uint8]
    size: NDArray[np.int32]
    strength: NDArray[np.int32]
    wounded: NDArray[np.int32]
    killed: NDArray[np.int32]
    order: NDArray[np.uint8]
    quarter: NDArray[np.int32]
    post: NDArray[np.int32]
    escaped: NDArray[np.int32]
    target: NDArray[np.int32]
    dug: NDArray[np.float64]
    suppression: NDArray[np.float64]
    pinned: NDArray[np.float64]
    seen_until: NDArray[np.int32]
    fired: NDArray[np.bool_]
    exposed: NDArray[np.float64]
    stays: NDArray[np.float64]
    hours: NDArray[np.float64]
    stock: NDArray[np.float64]


class DefenderTeam(Handle):
    """One team of fighters."""

    cell = Column(writable=True)
    kind = Column(TEAM_KINDS)
    size = Column()
    strength = Column(writable=True)
    wounded = Column()
    killed = Column()
    order = Column(TEAM_ORDERS, writable=True)
    quarter = Column(writable=True)
    post = Column()
    escaped = Column()
    target = Column(writable=True)
    dug = Column(writable=True)
    suppression = Column(writable=True)
    pinned = Column()
    seen_until = Column()
    fired = Column()
    exposed = Column()
    stays = Column()
    hours = Column()
    stock = Column(writable=True)


class Defenders(AgentColumns[DefenderColumns]):
    """All defending teams."""

    name = "defenders"
    handle_class = DefenderTeam

    def check_write(self, name: str, row: int, value: float) -> None:
        """See :meth:`AgentColumns.check_write`; a new place is a new position, not yet dug in."""
        super().check_write(name, row, value)
        if name == "order" and value == TEAM_MOVE and self.columns.cell[row] < 0:
            msg = "a team that has no place yet cannot move: set its cell"
            raise ValueError(msg)
        if name == "cell":
            self.columns.dug[row] = 0.0
            self.columns.hours[row] = 0.0
            self.columns.target[row] = int(value)


def parts(fighters: int, team_size: int, specialists: Specialists) -> list[tuple[int, int, int]]:
    """Kinds of team with their fighters in all and in a team; infantry, what the others leave, comes first.

    Shares are of all fighters, rounded. Where they add up to more than there are, kinds get what is left, leaders first.
    """
    p = specialists
    asked = {
        LEADERS: (round(fighters * p.leader_share), p.leader_team),
        SNIPERS: (round(fighters * p.sniper_share), p.sniper_team),
        MORTARS: (round(fighters * p.mortar_share), p.mortar_team),
        DRIVERS: (round(fighters * p.driver_share), p.driver_team),
        MINERS: (round(fighters * p.miner_share), p.miner_team),
        DRONES: (round(fighters * p.drone_share), p.drone_team),
    }
    left, out = fighters, []
    for kind, (persons, size) in asked.items():
        taken = min(persons, left)
        left -= taken
        out.append((kind, taken, size))
    return [(INFANTRY, left, team_size), *sorted(out)]


def make_defenders(
    model: Any, scenario: Scenario, nx: int, passable: NDArray[np.bool_], *, spare: int, first_id: int
) -> Defenders:
    """Teams of each kind, kind by kind, the last one of a kind smaller where it does not divide; equipped, not yet placed.

    Args:
        model: The battle.
        scenario: How many fighters there are, which of them are what, and what they have.
        nx: Cells in a row of the grid.
        passable: bool (cells,), cells that can be stood on.
        spare: Empty rows kept for fighters who fall back into the city from outside.
        first_id: ``unique_id`` of row 0.
    """
    formed = parts(scenario.defenders.fighters, scenario.defenders.team_size, scenario.specialists)
    counts = [-(-persons // size) for _, persons, size in formed]
    columns = zero_columns(DefenderColumns, sum(counts) + spare)
    columns.cell[:] = columns.target[:] = columns.quarter[:] = columns.post[:] = columns.seen_until[:] = -1
    columns.stays[:] = 1.0
    row = 0
    for (kind, persons, size), count in zip(formed, counts, strict=True):
        rows = slice(row, row + count)
        columns.kind[rows], columns.strength[rows] = kind, size
        row += count
        if count:
            columns.strength[row - 1] = persons - size * (count - 1)
    columns.size[:] = columns.strength
    _equip(columns, scenario)
    return Defenders(model, columns, nx, passable, first_id)


def _equip(columns: DefenderColumns, scenario: Scenario) -> None:
    """What teams have at the start: shells, devices, and the vehicle bombs that are ready, shared evenly."""
    mortars, drivers = columns.kind == MORTARS, columns.kind == DRIVERS
    columns.stock[mortars] = scenario.mortars.stock
    columns.stock[columns.kind == MINERS] = scenario.ieds.stock * columns.strength[columns.kind == MINERS]
    columns.stock[drivers] = scenario.svbieds.stock / max(int(drivers.sum()), 1)
