"""What the agents of the plain model stand on: the city as lists and dictionaries, as Mesa users keep it.

Cells are numbers, as in the battle. What never changes in a round (the moves from a cell, the cells within contact
distance) is worked out once for each cell and kept, as Mesa's own grids do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.battle.crossing import PLATOONS
from sim.kernels.fields import DIAGONAL, STRAIGHT, UNREACHED

if TYPE_CHECKING:
    from collections.abc import Callable

_STRAIGHT = ((1, 0), (-1, 0), (0, 1), (0, -1))
_DIAGONAL = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_MOVES = (*_STRAIGHT, *_DIAGONAL)
FAR = int(UNREACHED)
# Cost of a straight move in the open, as distance fields count it.
OPEN_STEP = 100.0
# Cells within which a unit goes straight for its target, wherever quarters end.
CLOSE = 5


class Step(NamedTuple):
    """One move that can be made: the cell that it leads to and its cost as distance fields count it."""

    cell: int
    cost: int


class PlainCity:
    """Ground that stays as it is within a round: ways for units, banks, quarters, what is within contact distance."""

    def __init__(
        self, nx: int, ny: int, cell_m: float, slow: list[int], bank: list[int], quarter_of: list[int],
        quarter_bank: list[int], quarter_cells: list[list[int]], reach: list[tuple[int, int]],
        read_field: Callable[[str, int], list[int]],
    ) -> None:  # fmt: skip
        self.nx, self.ny, self.cell_m = nx, ny, cell_m
        self.slow, self.bank, self.quarter_of, self.quarter_bank = slow, bank, quarter_of, quarter_bank
        self.quarter_cells = [[(cell, cell % nx, cell // nx) for cell in cells] for cells in quarter_cells]
        self.reach = reach
        self._read_field = read_field
        self._fields: dict[tuple[str, int], list[int]] = {}
        self._steps: dict[int, list[Step]] = {}
        self._around: dict[int, list[int]] = {}

    def field(self, cell: int, quarter: int) -> list[int]:
        """Cost to a quarter for a unit in a cell: over its own bank, or by the bridges that stand."""
        return self.named_field("local" if self.bank[cell] == self.quarter_bank[quarter] else "across", quarter)

    def named_field(self, name: str, quarter: int) -> list[int]:
        """The field of that name, to a quarter or a cell, read when it is first asked for."""
        if (name, quarter) not in self._fields:
            self._fields[name, quarter] = self._read_field(name, quarter)
        return self._fields[name, quarter]

    @property
    def read(self) -> list[tuple[str, int]]:
        """Fields that have been asked for so far, each by its name and where it leads."""
        return list(self._fields)

    def steps(self, cell: int) -> list[Step]:
        """Moves from a cell, straight ones first; a diagonal one needs both cells beside it free."""
        if cell not in self._steps:
            self._steps[cell] = self._find_steps(cell)
        return self._steps[cell]

    def _find_steps(self, cell: int) -> list[Step]:
        nx, slow = self.nx, self.slow
        x, y = cell % nx, cell // nx
        found = []
        for dx, dy in _MOVES:
            if not (0 <= x + dx < nx and 0 <= y + dy < self.ny):
                continue
            to = cell + dy * nx + dx
            diagonal = dx != 0 and dy != 0
            if slow[to] <= 0 or (diagonal and (slow[cell + dx] <= 0 or slow[cell + dy * nx] <= 0)):
                continue
            found.append(Step(to, (DIAGONAL if diagonal else STRAIGHT) * (slow[cell] + slow[to])))
        return found

    def beside(self, cell: int, k: int) -> int:
        """The ``k``-th of the eight cells around a cell, straight ones first."""
        dx, dy = _MOVES[k]
        return cell + dy * self.nx + dx

    def around(self, cell: int) -> list[int]:
        """Cells within contact distance, nearest first."""
        if cell not in self._around:
            nx, ny = self.nx, self.ny
            x, y = cell % nx, cell // nx
            self._around[cell] = [
                (y + dy) * nx + x + dx for dx, dy in self.reach if 0 <= x + dx < nx and 0 <= y + dy < ny
            ]
        return self._around[cell]

    def downhill(self, cell: int, field: list[int]) -> Step | None:
        """The next move on a shortest path down a field; None where it ends, or where no path leads."""
        here = field[cell]
        if here in {0, FAR}:
            return None
        best, lowest = None, here
        for step in self.steps(cell):
            there = field[step.cell]
            if there == FAR:
                continue
            if there + step.cost == here:
                return step
            if there < lowest:
                lowest, best = there, step
        return best

    def toward(self, cell: int, target: int) -> Step | None:
        """The move that ends nearest to a target cell and nearer than here."""
        nx = self.nx
        tx, ty = target % nx, target // nx
        best, nearest = None, (tx - cell % nx) ** 2 + (ty - cell // nx) ** 2
        for step in self.steps(cell):
            distance = (tx - step.cell % nx) ** 2 + (ty - step.cell // nx) ** 2
            if distance < nearest:
                nearest, best = distance, step
        return best

    def leads(self, cell: int, target: int) -> bool:
        """Whether always taking the move nearest to the target gets there."""
        while cell != target:
            step = self.toward(cell, target)
            if step is None:
                return False
            cell = step.cell
        return True

    def close(self, cell: int, quarter: int, target: int) -> bool:
        """Whether a cell of the quarter is so near, and in plain reach, that a unit goes straight for it."""
        if target < 0 or self.quarter_of[target] != quarter:
            return False
        apart = max(abs(cell % self.nx - target % self.nx), abs(cell // self.nx - target // self.nx))
        return apart <= CLOSE and self.leads(cell, target)

    def next_step(self, cell: int, quarter: int, target: int, *, works: bool = False) -> Step | None:
        """Down the quarter's field outside it, towards the target cell within it, and around what bars the straight way.

        A unit that ``works`` towards the cell, or is close, keeps to the straight way where that leads out of the quarter.
        """
        if self.quarter_of[cell] != quarter and not works and not self.close(cell, quarter, target):
            return self.downhill(cell, self.field(cell, quarter))
        if target in {-1, cell}:
            return None
        if self.leads(cell, target):
            return self.toward(cell, target)
        return self.downhill(cell, self.named_field("detour", target))


class Crossings:
    """Bridges and boats: which cells belong to each, the hours of it that are left, and who has stepped on so far."""

    def __init__(
        self, of: list[int], room: list[float], platoon_h: list[float], person_h: list[float], passed: list[list[int]]
    ) -> None:
        self.of, self.room, self.platoon_h, self.person_h, self.passed = of, room, platoon_h, person_h, passed

    def give_room(self, hours: float, boat_hours: float) -> None:
        """The hours of a tick for each, that of boats last; what nobody used is lost."""
        boats = len(self.room) - 1
        for c, left in enumerate(self.room):
            given = boat_hours if c == boats else hours
            self.room[c] = min(left + given, given)

    def step_on(self, cell: int, to: int, who: int, count: int) -> bool:
        """Go from a cell to the next, onto a crossing while it has room; False where the crosser has to wait."""
        c = self.of[to]
        if c < 0 or c == self.of[cell]:
            return True
        if self.room[c] <= 0.0:
            return False
        self.room[c] -= count * (self.platoon_h[c] if who == PLATOONS else self.person_h[c])
        self.passed[c][who] += count
        return True
