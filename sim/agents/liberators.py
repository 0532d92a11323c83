"""Platoons of the liberating forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSAULT_ROLE, HOLD_ROLE, MARCH, PLATOON_ORDERS, PLATOON_ROLES, RESERVE
from sim.agents.handles import AgentColumns, Column, Handle, read_only, zero_columns

if TYPE_CHECKING:
    from sim.scenario.sections.liberators import Liberators as LiberatorsSection


# Tick of what has not happened yet.
NEVER = -1_000_000


class LiberatorColumns(NamedTuple):
    """State of all platoons, one row each.

    Attributes:
        cell: int32, grid cell, -1 off the grid.
        strength: int32 persons able to fight.
        wounded: int32 persons out of action.
        killed: int32 persons.
        order: uint8, see :data:`sim.agents.codes.PLATOON_ORDERS`.
        role: uint8, assault or hold.
        force: uint8, row of the force in :class:`Forces`.
        axis: uint8, row of the axis.
        objective: int32, neighbourhood to take or hold, -1 for none.
        target: int32, cell that it works on or goes to, -1 for none.
        readiness: float64, 0 to 1: falls with contact, rises with rest.
        suppression: float64, 0 to 1.
        pinned: float64, mean suppression under which it works and fires in this tick, 0 to 1.
        seen_until: int32, tick up to which the defenders act on a sighting of it.
        exposed: float64, share of this tick for which the enemy in view knows where it is.
        contact: float64, share of this tick in which it fights, is fired at, or takes cover.
        last_contact: int32, last tick in which it did; a large negative number for never.
        arrive: int32, tick at which it reaches the grid, for a march already under way; -1 otherwise.
        arrive_cell: int32, cell where it will enter.
        hours: float64, time saved up towards the next move, hours.
        ammo: float64, ammunition, share of a load.
        moved: int32, tick in which it came to its cell.
    """

    cell: NDArray[np.int32]
    strength: NDArray[np.int32]
    wounded: NDArray[np.int32]
    killed: NDArray[np.int32]
    order: NDArray[np.uint8]
    role: NDArray[np.uint8]
    force: NDArray[np.uint8]
    axis: NDArray[np.uint8]
    objective: NDArray[np.int32]
    target: NDArray[np.int32]
    readiness: NDArray[np.float64]
    suppression: NDArray[np.float64]
    pinned: NDArray[np.float64]
    seen_until: NDArray[np.int32]
    exposed: NDArray[np.float64]
    contact: NDArray[np.float64]
    last_contact: NDArray[np.int32]
    arrive: NDArray[np.int32]
    arrive_cell: NDArray[np.int32]
    hours: NDArray[np.float64]
    ammo: NDArray[np.float64]
    moved: NDArray[np.int32]


class LiberatorPlatoon(Handle):
    """One platoon of a liberating force."""

    cell = Column(writable=True)
    strength = Column(writable=True)
    wounded = Column()
    killed = Column()
    order = Column(PLATOON_ORDERS, writable=True)
    role = Column(PLATOON_ROLES)
    axis = Column()
    objective = Column(writable=True)
    target = Column(writable=True)
    readiness = Column(writable=True)
    suppression = Column(writable=True)
    pinned = Column()
    seen_until = Column()
    exposed = Column()
    contact = Column()
    last_contact = Column()
    arrive = Column()
    arrive_cell = Column()
    hours = Column()
    ammo = Column(writable=True)
    moved = Column()

    @property
    def force(self) -> str:
        """Name of the force."""
        liberators = cast("Liberators", self.agent_set)
        return liberators.forces.names[int(self.agent_set.columns.force[self.row])]

    @force.setter
    def force(self, value: object) -> None:  # noqa: ARG002
        raise read_only(self, "force")


@dataclass(frozen=True)
class Forces:
    """What all platoons of one force share, one entry for each force.

    Attributes:
        names: Names, in order of the scenario.
        quality: float64, effect of fire and search.
        protection: float64, casualties under the same fire.
        morale: float64, divides the readiness that contact costs.
        may_enter: bool, whether the force may fight in the city.
        loss_tolerance: float64, share of strength lost at which it stops attacking.
        strength: int64 persons at the start.
        pool: float64 persons that can still be called up.
    """

    names: tuple[str, ...]
    quality: NDArray[np.float64]
    protection: NDArray[np.float64]
    morale: NDArray[np.float64]
    may_enter: NDArray[np.bool_]
    loss_tolerance: NDArray[np.float64]
    strength: NDArray[np.int64]
    pool: NDArray[np.float64]


class Liberators(AgentColumns[LiberatorColumns]):
    """All platoons of the liberating forces."""

    name = "liberators"
    handle_class = LiberatorPlatoon
    forces: Forces

    def check_write(self, name: str, row: int, value: float) -> None:
        """See :meth:`AgentColumns.check_write`; who is put on the grid stands in reserve there, who is off it marches."""
        super().check_write(name, row, value)
        on_grid = self.columns.cell[row] >= 0
        if name == "order" and on_grid == (value == MARCH):
            msg = "a platoon marches while it is off the grid, and only then"
            raise ValueError(msg)
        if name == "cell":
            self.columns.hours[row] = 0.0
            self.columns.target[row] = -1
            self.columns.moved[row] = self.model.tick
            if not on_grid:
                self.columns.order[row] = RESERVE


def make_forces(section: LiberatorsSection) -> Forces:
    """The forces of a scenario as columns."""
    values = list(section.forces.values())
    strength = np.array([force.strength for force in values], np.int64)
    return Forces(
        names=tuple(section.forces),
        quality=np.array([force.quality for force in values], np.float64),
        protection=np.array([force.protection for force in values], np.float64),
        morale=np.array([force.morale for force in values], np.float64),
        may_enter=np.array([force.may_enter for force in values], np.bool_),
        loss_tolerance=np.array([force.loss_tolerance for force in values], np.float64),
        strength=strength,
        pool=strength.astype(np.float64) * section.replacement_pool,
    )


def make_liberators(
    model: Any, section: LiberatorsSection, nx: int, passable: NDArray[np.bool_], first_id: int
) -> Liberators:
    """Platoons of every force on its axes, off the grid, assault platoons spread evenly over the rows of an axis.

    A force is split over its axes in proportion to their shares; every soldier is in exactly one platoon.
    """
    parts: list[tuple[int, int, int, int]] = []
    axis_names = list(section.axes)
    for f, (name, force) in enumerate(section.forces.items()):
        shares = [(a, section.axes[axis].forces.get(name, 0.0)) for a, axis in enumerate(axis_names)]
        shares = [(a, share) for a, share in shares if share > 0.0]
        left = force.strength
        total = sum(share for _, share in shares)
        for k, (a, share) in enumerate(shares):
            persons = left if k == len(shares) - 1 else min(left, round(force.strength * share / total))
            left -= persons
            parts.append((f, a, persons, round(force.assault_share * 1000)))
    return _platoons(model, section, parts, nx, passable, first_id)


def _platoons(
    model: Any, section: LiberatorsSection, parts: list[tuple[int, int, int, int]], nx: int,
    passable: NDArray[np.bool_], first_id: int,
) -> Liberators:  # fmt: skip
    size = section.platoon_size
    counts = [-(-persons // size) for _, _, persons, _ in parts]
    columns = zero_columns(LiberatorColumns, sum(counts))
    row = 0
    for (force, axis, persons, assault_permille), count in zip(parts, counts, strict=True):
        rows = slice(row, row + count)
        k = np.arange(count)
        columns.force[rows], columns.axis[rows], columns.strength[rows] = force, axis, size
        if count:
            columns.strength[row + count - 1] = persons - size * (count - 1)
        assault = (k + 1) * assault_permille // 1000 > k * assault_permille // 1000
        columns.role[rows] = np.where(assault, ASSAULT_ROLE, HOLD_ROLE)
        row += count
    for column in (columns.cell, columns.objective, columns.target, columns.seen_until, columns.arrive,
        columns.arrive_cell):
        column[:] = -1
    columns.last_contact[:] = NEVER
    columns.order[:] = MARCH
    columns.readiness[:] = columns.ammo[:] = 1.0
    liberators = Liberators(model, columns, nx, passable, first_id)
    liberators.forces = make_forces(section)
    return liberators
