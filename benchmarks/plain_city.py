"""What the agents of the plain model stand on: the city as lists and dictionaries, as Mesa users keep it.

Cells are numbers, as in the battle. What never changes in a round (the moves from a cell, the cells within contact
distance) is worked out once for each cell and kept, as Mesa's own grids do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.kernels.fields import DIAGONAL, STRAIGHT, UNREACHED

if TYPE_CHECKING:
    from collections.abc import Callable

_STRAIGHT = ((1, 0), (-1, 0), (0, 1), (0, -1))
_DIAGONAL = ((1, 1), (1, -1), (-1, 1), (-1, -1))
FAR = int(UNREACHED)
# Cost of a straight move in the open, as distance fields count it.
OPEN_STEP = 100.0


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
        """The field of that name, read when it is first asked for."""
        if (name, quarter) not in self._fields:
            self._fields[name, quarter] = self._read_field(name, quarter)
        return self._fields[name, quarter]

    def steps(self, cell: int) -> list[Step]:
        """Moves from a cell, straight ones first; a diagonal one needs both cells beside it free."""
        if cell not in self._steps:
            self._steps[cell] = self._find_steps(cell)
        return self._steps[cell]

    def _find_steps(self, cell: int) -> list[Step]:
        nx, slow = self.nx, self.slow
        x, y = cell % nx, cell // nx
        found = []
        for dx, dy in (*_STRAIGHT, *_DIAGONAL):
            if not (0 <= x + dx < nx and 0 <= y + dy < self.ny):
                continue
            to = cell + dy * nx + dx
            diagonal = dx != 0 and dy != 0
            if slow[to] <= 0 or (diagonal and (slow[cell + dx] <= 0 or slow[cell + dy * nx] <= 0)):
                continue
            found.append(Step(to, (DIAGONAL if diagonal else STRAIGHT) * (slow[cell] + slow[to])))
        return found

    def around(self, cell: int) -> list[int]:
        """Cells within contact distance, nearest first."""
        if cell not in self._around:
            nx, ny = self.nx, self.ny
            x, y = cell % nx, cell // nx
            self._around[cell] = [
                (y + dy) * nx + x + dx for dx, dy in self.reach if 0 <= x + dx < nx and 0 <= y + dy < ny
            ]
        return self._around[cell]

    def downhill(self, cell: int, quarter: int) -> Step | None:
        """The next move on a shortest path to a quarter; None in it, or where no path leads."""
        field = self.field(cell, quarter)
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

    def next_step(self, cell: int, quarter: int, target: int) -> Step | None:
        """Down the quarter's field outside it, towards the target cell within it."""
        if self.quarter_of[cell] != quarter:
            return self.downhill(cell, quarter)
        if target in {-1, cell}:
            return None
        return self.toward(cell, target)
