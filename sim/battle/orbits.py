"""Where orbits are sent: by their task, and by what the liberators know of the front, the rear and the reports.

Tasks follow the shares of ``isr``: each orbit in turn takes the task that is farthest behind its share, so that one orbit more
leaves the others' tasks as they are.

- front: the quarter that most platoons attack, one orbit to each place; before the assault those nearest to the ways in,
- rear: a place that was reported and not yet confirmed, else a quarter drawn by area within ``rear_m`` of the front,
- infrastructure: bridges and plants in the defenders' hands, those nearest to the front first,
- leaders: a leader who was reported, else a quarter drawn by area among all that are held.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import (
    AFTER_LEADERS,
    ASSAULT,
    ASSIGNED,
    BY_REPORT,
    DETECTED,
    HELD,
    LEADERS,
    ORBIT,
    OVER_FRONT,
    OVER_INFRASTRUCTURE,
    OVER_REAR,
)
from sim.battle.bridges import WHOLE
from sim.battle.ground import nearest_gap2
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle

# Kinds of site that count as plants.
PLANTS = ("power", "water")


def tasks(battle: Battle, n: int) -> list[int]:
    """Tasks of the first ``n`` orbits."""
    p = battle.scenario.isr
    infrastructure = p.infrastructure if battle.scenario.air.protect else 0.0
    shares = {OVER_FRONT: p.front, OVER_REAR: p.rear, OVER_INFRASTRUCTURE: infrastructure, AFTER_LEADERS: p.leaders}
    whole = sum(shares.values())
    if whole <= 0.0:
        return [OVER_FRONT] * n
    given = dict.fromkeys(shares, 0)
    out = []
    for i in range(n):
        task = max(shares, key=lambda one: shares[one] / whole * (i + 1) - given[one])
        given[task] += 1
        out.append(task)
    return out


def send_orbits(battle: Battle) -> None:
    """Send every orbit that is flown, and has no target in view, to a place of its task."""
    assets, targets = battle.coalition.columns, battle.targets
    rows = np.flatnonzero((assets.kind == ORBIT) & assets.available)
    if rows.size == 0:
        return
    reach = math.sqrt(battle.scenario.isr.orbit_km2 * 1e6 / math.pi) / battle.grid.cell_m
    viewed = targets.cell[targets.held & (targets.stage >= DETECTED) & (targets.stage <= ASSIGNED)].tolist()
    places = _Places(battle, reach)
    for number, (row, task) in enumerate(zip(rows.tolist(), tasks(battle, rows.size), strict=True)):
        at = int(assets.cell[row])
        busy = at >= 0 and assets.task[row] == task != OVER_FRONT and places.near(at, viewed)
        if not busy:
            at = places.choose(number, task)
        assets.task[row], assets.cell[row] = task, at
        if at >= 0:
            places.taken.append(at)


class _Places:
    """Places worth watching in one round; ``taken`` are those that an orbit has already, ``reach`` is in cells."""

    def __init__(self, battle: Battle, reach: float) -> None:
        q, platoons = battle.quarters, battle.liberators.columns
        self.battle, self.reach, self.nx = battle, reach, battle.grid.nx
        self.taken: list[int] = []
        self.key = battle.key("orbits.place", "coalition")
        size = (q.start[1:] - q.start[:-1]).astype(np.int64)
        self.held = (size - q.freed).astype(np.float64)
        attacked = platoons.objective[(platoons.order == ASSAULT) & (platoons.objective >= 0) & (platoons.strength > 0)]
        self.effort = np.bincount(attacked, minlength=size.size) * (self.held > 0.0)
        self.middle = battle.grid.neighbourhood_cell
        front = np.flatnonzero((self.effort > 0) | ((q.freed > 0) & (self.held > 0.0)))
        x, y = (q.x[front], q.y[front]) if front.size else battle.position(battle.grid.offgrid.entry_cell)
        self.gap = np.sqrt(nearest_gap2(q.x, q.y, x, y))

    def near(self, cell: int, cells: list[int]) -> bool:
        """Whether one of ``cells`` lies on the disc around a cell."""
        x, y, reach = cell % self.nx, cell // self.nx, self.reach**2
        return any((other % self.nx - x) ** 2 + (other // self.nx - y) ** 2 <= reach for other in cells)

    def choose(self, number: int, task: int) -> int:
        """The place of the orbit ``number`` among all orbits; -1 where nothing is held any more."""
        if not (self.held > 0.0).any():
            return -1
        if task == OVER_FRONT:
            return self._front()
        if task == OVER_INFRASTRUCTURE:
            return self._infrastructure()
        for cell in self._reported(leaders=task == AFTER_LEADERS):
            if not self.near(cell, self.taken):
                return cell
        near = self.held * (self.gap <= self.battle.scenario.isr.rear_m) if task == OVER_REAR else self.held
        return self._drawn(number, near if (near > 0.0).any() else self.held)

    def _front(self) -> int:
        """The quarter with the main effort that no other orbit is over; the nearest to the front where there is no assault."""
        order = np.lexsort((self.gap, -self.effort))
        order = order[(self.held[order] > 0.0) & np.isfinite(self.gap[order])]
        cells = self.middle[order].tolist()
        return next((cell for cell in cells if not self.near(cell, self.taken)), cells[0] if cells else -1)

    def _infrastructure(self) -> int:
        """Of bridges that stand and plants, in the defenders' hands, the one nearest to the front that no other orbit is over."""
        battle = self.battle
        cells = battle.bridges.end[battle.bridges.state == WHOLE].ravel().tolist()
        cells += [site.cell for site in battle.grid.sites if site.kind in PLANTS]
        cells = [cell for cell in cells if battle.ground.control[cell] == HELD and not self.near(cell, self.taken)]
        if not cells:
            return self._front()
        quarter = battle.quarter_near(np.array(cells))
        return int(cells[np.argmin(np.where(quarter >= 0, self.gap[quarter], np.inf))])

    def _reported(self, *, leaders: bool) -> list[int]:
        """Places that were reported and are not confirmed, the latest report first."""
        targets = self.battle.targets
        kinds = self.battle.defenders.columns.kind
        rows = np.flatnonzero(
            (targets.source == BY_REPORT) & (targets.stage >= DETECTED) & (targets.stage < ASSIGNED)
            & ((kinds == LEADERS) == leaders) & (targets.asked_h <= self.battle.hour)
        )  # fmt: skip
        return [int(cell) for cell in targets.cell[rows[np.argsort(-targets.seen_h[rows], kind="stable")]]]

    def _drawn(self, number: int, weight: NDArray[np.float64]) -> int:
        upto = np.cumsum(weight)
        return int(self.middle[int(np.searchsorted(upto, uniform(self.key, number, 0) * upto[-1], side="right"))])
