"""Mesa agents as light handles on the rows of an agent set.

The state of every agent lies in columns (NumPy arrays); compiled loops work on those. A handle is a real
:class:`mesa.Agent` that stands for one row: reading an attribute reads the column, writing one writes it, and the next
step acts on what was written. Columns that the model derives or indexes by are read-only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

import mesa
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ColumnsT = TypeVar("ColumnsT", bound="tuple[NDArray[Any], ...]")


class Column:
    """An attribute of a handle that lives in a column of its agent set.

    Args:
        words: Names of the codes, where the column holds codes: the attribute then reads and writes words.
        writable: Whether users may set it.
    """

    def __init__(self, words: tuple[str, ...] | None = None, *, writable: bool = False) -> None:
        self.words = words
        self.writable = writable
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, handle: Handle | None, owner: type) -> Any:
        if handle is None:
            return self
        value = getattr(handle.agent_set.columns, self.name)[handle.row].item()
        return value if self.words is None else self.words[value]

    def __set__(self, handle: Handle, value: object) -> None:
        if not self.writable:
            raise read_only(handle, self.name)
        if self.words is not None:
            if value not in self.words:
                msg = f"{type(handle).__name__}.{self.name} takes one of {', '.join(self.words)}, not {value!r}"
                raise ValueError(msg)
            value = self.words.index(str(value))
        handle.agent_set.write(self.name, handle.row, value)


# What a handle itself holds; anything else on it is a user's.
HANDLE_NAMES = frozenset({"model", "agent_set", "_row", "unique_id"})


class Handle(mesa.Agent):
    """A Mesa agent that reads and writes one row of an agent set.

    Attributes:
        agent_set: The set that holds the columns.
        row: Row of this agent, fixed for the life of the model.
        cell: Its cell, a column of every agent set.
    """

    cell: Any

    def __init__(self, agent_set: AgentColumns[Any], row: int) -> None:
        # mesa.Agent.__init__ is left out on purpose: it keeps every model alive in a class-level table of counters.
        self.model = agent_set.model
        self.agent_set = agent_set
        self._row = row
        self.unique_id = agent_set.first_id + row
        agent_set.model.register_agent(self)
        self.unique_id = agent_set.first_id + row

    @property
    def row(self) -> int:
        """Row of this agent in the columns."""
        return self._row

    @row.setter
    def row(self, value: object) -> None:  # noqa: ARG002
        raise read_only(self, "row")

    @property
    def pos(self) -> tuple[int, int] | None:
        """Column and row of the grid cell, or None off the grid."""
        cell = int(self.agent_set.columns.cell[self._row])
        return None if cell < 0 else (cell % self.agent_set.nx, cell // self.agent_set.nx)

    @pos.setter
    def pos(self, value: tuple[int, int]) -> None:
        nx = self.agent_set.nx
        if value is None or len(value) != 2 or not 0 <= value[0] < nx:
            msg = f"{type(self).__name__}.pos takes (column, row) of a cell of the grid, not {value!r}"
            raise ValueError(msg)
        self.cell = value[1] * nx + value[0]

    def remove(self) -> None:
        """Refuse: agents leave the model by what happens to them, so that no one is lost from the counts."""
        msg = f"{type(self).__name__} cannot be removed: set its strength or state instead"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        return _row_of, (self.agent_set, self._row)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._row}>"


class AgentColumns(Generic[ColumnsT]):
    """An agent set: columns of one kind of agent, with a Mesa handle for each row.

    Attributes:
        columns: Named arrays of equal length, one row for each agent.
        first_id: ``unique_id`` of row 0.
        added: Persons that users added (or took away, if negative) through handles, for the conservation check.
    """

    name: ClassVar[str]
    handle_class: ClassVar[type[Handle]]

    def __init__(self, model: Any, columns: ColumnsT, nx: int, passable: NDArray[np.bool_],
        first_id: int) -> None:
        self.model = model
        self.columns = columns
        self.nx = nx
        self.passable = passable
        self.first_id = first_id
        self.added = 0
        self._handles: list[Handle] | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[Handle]:
        return iter(self.handles())

    def handles(self) -> list[Handle]:
        """Handles in row order; made on the first call."""
        if self._handles is None:
            self._handles = [self.handle_class(self, row) for row in range(len(self))]
        return self._handles

    def __getitem__(self, row: int) -> Handle:
        return self.handles()[row]

    def __reduce__(self) -> tuple[Any, ...]:
        return _set_of, (self.model, self.name)

    def write(self, name: str, row: int, value: Any) -> None:
        """Set one value through a handle, with checks.

        Raises:
            ValueError: If the value does not fit the column.
        """
        column = getattr(self.columns, name)
        kind = column.dtype.kind
        if isinstance(value, bool) != (kind == "b") or not isinstance(value, bool | int | float | np.number):
            msg = f"{type(self).__name__}.{name} takes {'true or false' if kind == 'b' else 'a number'}, not {value!r}"
            raise ValueError(msg)
        if not math.isfinite(value):
            msg = f"{type(self).__name__}.{name} takes a finite number, not {value!r}"
            raise ValueError(msg)
        if kind in "iu" and (int(value) != value or not np.iinfo(column.dtype).min <= value <= np.iinfo(column.dtype).max):
            msg = f"{type(self).__name__}.{name} takes a whole number of {column.dtype.itemsize * 8} bits, not {value!r}"
            raise ValueError(msg)
        self.check_write(name, row, float(value))
        column[row] = value

    def check_write(self, name: str, row: int, value: float) -> None:
        """Refuse what would break the set; subclasses add their own rules and keep their indices here."""
        if name == "cell" and not (0 <= value < self.passable.size and self.passable[int(value)]):
            msg = f"cell {int(value)} is off the grid or under water"
            raise ValueError(msg)
        if name == "strength":
            if value < 0:
                msg = "strength cannot be negative"
                raise ValueError(msg)
            self.added += int(value) - int(self.columns.strength[row])  # type: ignore[attr-defined]
        if name in {"target", "quarter", "objective"}:
            end = self.passable.size if name == "target" else len(self.model.grid.neighbourhood_names)
            if not -1 <= value < end:
                msg = f"{name} lies between 0 and {end - 1}, or is -1 for none, not {int(value)}"
                raise ValueError(msg)
        if name in {"light", "medium", "heavy", "stock"} and value < 0:
            msg = f"{name} cannot be negative" if name == "stock" else f"{name} weapons cannot be negative"
            raise ValueError(msg)
        if name in {"readiness", "suppression", "dug", "ammo"} and not 0 <= value <= 1:
            msg = f"{name} lies between 0 and 1, not {value}"
            raise ValueError(msg)


def _row_of(agents: AgentColumns[Any], row: int) -> Handle:
    return agents[row]


def _set_of(model: Any, name: str) -> AgentColumns[Any]:
    agents: AgentColumns[Any] = model.agent_sets[name]
    return agents


def read_only(handle: Handle, name: str) -> AttributeError:
    """The error of a user who sets what the model keeps its books by."""
    return AttributeError(f"{type(handle).__name__}.{name} is read-only: the model keeps its indices and counts by it")


def zero_columns(kind: type[ColumnsT], n: int) -> ColumnsT:
    """Columns of ``n`` zeros, each of the type that the NamedTuple ``kind`` declares for it."""
    return kind(*(np.zeros(n, _scalar_type(hint)) for hint in get_type_hints(kind).values()))


def _scalar_type(hint: object) -> type[np.generic]:
    """The NumPy scalar in ``NDArray[scalar]``, however this NumPy spells that alias."""
    todo = [hint]
    while todo:
        part = todo.pop()
        if isinstance(part, type) and issubclass(part, np.generic):
            return part
        todo += get_args(part)
    msg = f"no NumPy scalar in {hint}"
    raise TypeError(msg)
