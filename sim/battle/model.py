"""The battle: a Mesa model whose step is one hour (or two, three, six)."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.coalition import make_coalition
from sim.agents.defenders import make_defenders
from sim.agents.handles import AgentColumns
from sim.agents.households import make_households
from sim.agents.liberators import make_liberators
from sim.agents.resistance import make_resistance
from sim.battle import approach, contacts, events, ground, pickling, recording
from sim.battle import state as states
from sim.battle.arrival import make_reception
from sim.battle.behaviours import load_behaviours
from sim.battle.bridges import make_bridges
from sim.battle.campaign import make_campaign
from sim.battle.camps import make_camps
from sim.battle.checks import check_conservation
from sim.battle.collecting import DayCollector
from sim.battle.crossing import make_crossing, note_crossings
from sim.battle.danger import hearing_kernel
from sim.battle.engagement import near_vital
from sim.battle.floods import flood_days
from sim.battle.food import fill_stores
from sim.battle.networks import make_networks
from sim.battle.outcome import Status, check_end, summarise
from sim.battle.phases import PHASES
from sim.battle.place import Place
from sim.battle.routes import Routes
from sim.battle.shelters import buildings_in
from sim.battle.targets import make_targets
from sim.battle.trust import make_minds, neighbours_of
from sim.city import build_grid, load_city
from sim.city.asked import check_asked
from sim.errors import SimError
from sim.kernels.cache import mark_warm
from sim.kernels.fields import UNREACHED
from sim.record.ledger import Ledger
from sim.record.recorder import Recorder
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from sim.record.run import Run


class Battle(Place):
    """The liberation of a city, hour by hour.

    Args:
        scenario: A :class:`sim.Scenario`, the name of a shipped one, or a path.
        seed: Run seed; the scenario's own where not given. None draws fresh entropy and records it.
        check: Test conservation after every tick.
        **kwargs: Parameters to change, by dotted key (``**{"defenders.fighters": 3000}``) or with two underscores for
            the dot (``defenders__fighters=3000``).

    Raises:
        ScenarioError: If the scenario or an override cannot be run.
    """

    def __init__(
        self,
        scenario: Scenario | str = "op_ed",
        seed: int | str | None = "scenario",
        *,
        check: bool = False,
        rng: int | None = None,
        **kwargs: Any,  # noqa: ANN401  values of any parameter
    ) -> None:
        before = frozenset(vars(self))
        changes = {key.replace("__", "."): value for key, value in kwargs.items()}
        self._asked = scenario.replace(changes) if isinstance(scenario, Scenario) else load(scenario, changes)
        if rng is not None:
            seed = rng
        self.seed = secrets.randbits(31) if seed is None else self.scenario.seed if seed == "scenario" else int(seed)
        super().__init__(rng=self.seed % 2**32)
        self.check = check
        self.in_step = False
        # Who looks on, before each phase and with its name; they only read (:mod:`sim.battle.watching`).
        self.watchers: list[Callable[[Battle, str], None]] = []
        self.checkpoints: dict[int, dict[str, NDArray[np.generic]]] = {}
        self.started = dt.datetime.now(dt.UTC)
        self.wall_seconds = 0.0
        self.branched: dict[str, Any] | None = None
        self.tick = 0
        self.dt_h = float(self.scenario.time.step_hours)
        self.ticks_per_day = 24 // self.scenario.time.step_hours
        self._build_ground()
        self._build_agents()
        self._build_counts()
        self.behaviours = load_behaviours({str(k): v for k, v in self.scenario.behaviours.items()})
        self.datacollector = DayCollector(
            model_reporters={name: partial(_series, name=name) for name in recording.daily_series(self)}
        )
        self.collector = self.datacollector
        self.named_behaviours = dict(self.behaviours)
        self.own_names = frozenset({*vars(self), "own_names"}) - before

    def _build_ground(self) -> None:
        s = self.scenario
        self.grid = build_grid(load_city(s.city.path), s.city.cell_m, s.city.margin_m)
        check_asked(s, self.grid)
        self.bank_codes = range(1, len(self.grid.bank_names) + 1)
        self.ground, self.quarters = ground.make_ground(s, self.seed, self.grid)
        self.routes = Routes(self.grid, self.quarters, s.movement.urban_factor)
        n = self.grid.nx * self.grid.ny
        self.near_built = ground.nearest_built(self.grid, self.ground.quarter)
        self.buildings = buildings_in(self)
        self.flood_days = flood_days(s, self.seed)
        self.bridges = make_bridges(self)
        self.crossing = make_crossing(self)
        note_crossings(self)
        self.way_closed = np.zeros(self.grid.offgrid.entry_cell.size, np.bool_)
        self.entry_open = np.zeros(self.grid.offgrid.entry_cell.size, np.bool_)
        self.bank = self.grid.bank.copy()
        self.entry_of = np.full(n, -1, np.int32)
        self.entry_of[self.grid.offgrid.entry_cell] = np.arange(self.entry_open.size)
        self.exits = np.full(n, UNREACHED, np.int32)
        self.line = np.full(n, UNREACHED, np.int32)
        self.onward = np.full(n, -1, np.int8)
        self.overland = np.zeros(n, np.bool_)
        self.ways_changed = True
        self.civil_slow = np.zeros(n, np.int32)
        self.fought_today = np.zeros(n, np.bool_)
        self.given_up = np.zeros(self.quarters.area.size, np.bool_)
        self.line_at_start = np.zeros(len(self.bank_codes) + 1, np.int64)
        self.cohesion = np.ones(len(self.bank_codes) + 1)
        self.leaders_before = np.full(len(self.bank_codes) + 1, -1, np.int32)
        self.hearing = hearing_kernel(self.grid.cell_m, s.flight.hearing_m)
        self.borders = ground.borders(self.grid, self.ground.quarter)
        self.neighbours = neighbours_of(self.quarters.x, self.quarters.y)
        self.vital = near_vital(self)
        self.built_km2 = self.quarters.cells.size * self.grid.cell_m**2 / 1e6
        self.looked_at, self.looked_from = np.zeros(n), np.full(n, -1, np.int32)

    def _build_agents(self) -> None:
        s, grid = self.scenario, self.grid
        land = grid.passable(np.ones(len(grid.bridges), np.bool_))
        size = s.defenders.team_size
        outer = s.defenders.outer_fighters
        spare = -(-outer // size) + len(s.liberators.axes) if outer else 0
        self.defenders = make_defenders(self, s, grid.nx, land, spare=spare, first_id=1)
        first = 1 + len(self.defenders)
        self.liberators = make_liberators(self, s.liberators, grid.nx, land, first)
        first += len(self.liberators)
        self.resistance = make_resistance(self, s.resistance, self.seed, grid, self.ground.quarter, land, first)
        first += len(self.resistance)
        self.coalition = make_coalition(self, s, grid, land, first)
        first += len(self.coalition)
        self.households = make_households(self, s.population, s.flight.spread, self.seed, grid, land, first)
        people = self.households.columns
        self.homes = np.bincount(people.home, people.members, grid.n).astype(np.float64)
        self.quarters.residents[:] = np.bincount(people.quarter, people.members,
            self.quarters.area.size).astype(np.int32)
        self.minds = make_minds(self)
        self.networks = make_networks(self)
        self.room_for_food = fill_stores(self)
        self.travellers = np.zeros(0, np.int32)
        self.going = np.zeros(len(self.households), np.int32)
        self.leaving = np.zeros(self.quarters.area.size, np.int32)
        self.touched = np.zeros(self.quarters.area.size, np.bool_)
        self.targets = make_targets(len(self.defenders))
        self.brigade_free, self.headquarters_free = np.zeros(s.air.brigade_desks), np.zeros(s.air.headquarters_desks)
        self.camps, self.reception = make_camps(self), make_reception(self)
        self.axes = approach.make_axes(self)
        self.campaign = make_campaign(len(self.bank_codes))
        self.units = contacts.UnitIndex(contacts.make_near(
            grid.nx, grid.ny, len(self.defenders), len(self.liberators), grid.cell_m, s.sensing.contact_m, s.sensing.range_m,
            s.snipers.range_m, s.sensing.block_m,
        ))  # fmt: skip
        self.units.update(self.defenders.columns, self.liberators.columns)
        for agent_set in (self.defenders, self.liberators, self.resistance, self.coalition):
            agent_set.handles()

    def _build_counts(self) -> None:
        self.events = events.make_events()
        self.ledger = Ledger()
        self.recorder = Recorder()
        self.counts: defaultdict[str, float] = defaultdict(float)
        self.series: dict[str, float] = {}
        self.outer_killed = 0
        self.driving = 0
        self.replaced = 0
        self.contact_platoons = 0
        self.persons_start = int(self.households.columns.members.sum())
        self.fighters_start = int(self.defenders.columns.strength.sum() + self.axes.outer.sum())
        self.resistance_start = int(self.resistance.columns.strength.sum())
        self.soldiers_start = int(self.liberators.columns.strength.sum())
        self.best_share, self.best_tick = 0.0, 0
        self.ending = ""

    # Mesa ---------------------------------------------------------------------------------------------------------

    @property
    def agents(self) -> Any:  # noqa: ANN401  Mesa's AgentSet
        """All agents, households included; their handles are made on first use."""
        self.households.handles()
        return super().agents

    @agents.setter
    def agents(self, value: object) -> None:  # noqa: ARG002
        msg = "agents cannot be replaced"
        raise AttributeError(msg)

    @property
    def agents_by_type(self) -> Any:  # noqa: ANN401
        """Agents by handle class, households included."""
        self.households.handles()
        return super().agents_by_type

    @property
    def registered(self) -> list[mesa.Agent]:
        """Agents that have been registered so far: handles that were made, and a user's own."""
        return list(super().agents)

    @property
    def agent_types(self) -> list[type]:
        """Handle classes."""
        self.households.handles()
        types: list[type] = super().agent_types
        return types

    # Running ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One tick: the phases in order, each on the state that the one before left."""
        if self.in_step:
            msg = f"tick {self.tick} was broken off in its middle: make the battle anew, or go on from a state"
            raise SimError(msg)
        self.in_step = True
        for name, phase in PHASES:
            for look in self.watchers:
                look(self, name)
            phase(self)
        if self.check:
            check_conservation(self)
        check_end(self)
        self.tick += 1
        self.in_step = False

    def run(self, progress: Callable[[Status], None] | None = None, checkpoints: Iterable[int] = ()) -> Run:
        """Run to the end.

        Args:
            progress: Called at the end of each day.
            checkpoints: Days at whose end the state is kept (day 0 is the first); ``run.checkpoint(day)`` returns it.

        Returns:
            The run, in memory; ``run.save()`` writes its folder.
        """
        wanted = frozenset(checkpoints)
        began = time.perf_counter()
        while self.running:
            self.step()
            if self.tick % self.ticks_per_day == 0:
                if self.day - 1 in wanted:
                    self.checkpoints[self.day - 1] = self.state()
                if progress is not None:
                    progress(self.status())
        self.wall_seconds += time.perf_counter() - began
        mark_warm()
        return summarise(self)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The whole state between two steps as plain arrays by name, the ledger so far included.

        Raises:
            SimError: In the middle of a step.
        """
        return states.take(self)

    @classmethod
    def from_state(
        cls,
        state: Mapping[str, NDArray[np.generic]],
        *,
        changes: Mapping[str, Any] | None = None,
        seed: int | None = None,
        check: bool = False,
        other_sources: bool = False,
        parent: Mapping[str, str] | None = None,
    ) -> Self:
        """A battle that goes on where :meth:`state` was taken, to the same digest unless something is changed.

        Changes and another seed act from the first tick after the state; what has been stays as it was. A scenario with
        ``behaviours`` imports and runs their code, as running it from the start does; what they keep outside the agents'
        columns is not in the state.

        Args:
            state: What :meth:`state` or :meth:`sim.Run.checkpoint` returned.
            changes: Parameters that are different from now on, by dotted key; those that may change on any day.
            seed: Seed of what comes; that of what has been where None.
            check: Test conservation after every tick.
            other_sources: Go on even if the model's sources have changed since; the result is of neither version.
            parent: ``run`` and ``digest`` of the run that the state is from, for the manifest of a run that branches off.

        Raises:
            StateError: It is no state, or one of another version or city.
            ScenarioError: A change is not one that can be made on any day.
        """
        states.check_version(state, other_sources=other_sources)
        battle = cls.__new__(cls)
        states.build(battle, state, changes=changes or {}, seed=seed, check=check, parent=parent)
        return battle

    def __getstate__(self) -> dict[str, Any]:
        return pickling.pack(self)

    def __setstate__(self, packed: dict[str, Any]) -> None:
        pickling.unpack(self, packed)

    def status(self) -> Status:
        """Where the battle stands."""
        killed = sum(self.series.get(f"{who}_killed", 0) for who in ("civilians", "defenders", "liberators"))
        last = self.scenario.time.start + dt.timedelta(days=max(self.day - 1, 0))
        return Status(
            day=self.day, date=last, max_days=self.scenario.time.max_days, liberated_share=self.liberated_share,
            displaced=int(self.counts["displaced"]), killed=int(killed),
        )  # fmt: skip

    @property
    def agent_sets(self) -> dict[str, AgentColumns[Any]]:
        """Agent sets by name."""
        return {s.name: s for s in (self.defenders, self.liberators, self.resistance, self.coalition, self.households)}


def _series(model: Battle, name: str) -> float:
    return (model.series or recording.daily_series(model))[name]
