"""From a battle into the plain model, and what differs between the two after both have acted.

The only place that knows both sides: :func:`plain_of` makes the agents, :func:`read` copies the battle's state into them,
:func:`household_differences` and :func:`unit_differences` compare value by value, exactly. As households see what those did
who decided before them, a plain model of some of them is held against what the compiled rule makes of the same ones alone
(:func:`decided_alone`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plain_city import Crossings, PlainCity
from plain_draws import mix, uniform
from plain_households import Household
from plain_mesa import PlainBattle
from plain_units import Platoon, Team

from sim.agents.codes import ASSAULT, TEAM_COUNTER, TEAM_MOVE, TEAM_RIG
from sim.agents.households import CellLists, HouseholdColumns
from sim.battle.crossing import berths
from sim.battle.decisions import SET_OUT, Tally, decide
from sim.battle.flight import make_round
from sim.battle.ground import Quarters, place_m2
from sim.battle.motives import make_rule
from sim.battle.team_movement import ways_of_escape
from sim.kernels.fields import NO_LIMIT, distance_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sim.battle import Battle

# What decisions change of quarters, and what they only look at; the same of cells.
TALLIES = ("left", "left_ever", "way_tried", "stopped")
QUARTERS = ("power_cut", "water_cut", "cold", "uncared", "trust_teller", "residents", "way_hurt", *TALLIES)
FIELDS = ("exits", "line", "onward", "overland")
# What a round's decisions come to, in the order of :mod:`sim.battle.decisions`'s counts; ``going`` is the list of who set out.
COUNTS = ("decisions", "going", "displaced", "displaced_again", "moved_to_kin")
GOING = (TEAM_MOVE, TEAM_COUNTER, TEAM_RIG)


def plain_of(battle: Battle, rows: Sequence[int], draws: Callable[[int, int, int], float] = uniform) -> PlainBattle:
    """A plain model of all units and of the households ``rows`` of a battle, not yet in any state.

    Kin of those households are agents too, to be looked at, but do not decide.
    """
    plain = PlainBattle(battle.seed, draws)
    kin = battle.households.columns.kin[np.asarray(rows, np.int64)].tolist()
    for kind, chosen in (
        (Household, sorted({*rows, *kin} - {-1})), (Platoon, range(len(battle.liberators))), (Team, range(len(battle.defenders))),
    ):  # fmt: skip
        for row in chosen:
            kind(plain, row)
    households, plain.platoons, plain.teams = (plain.agents.select(agent_type=k) for k in (Household, Platoon, Team))
    deciding = set(rows)
    plain.people = households.select(lambda household: household.row in deciding)
    plain.own_hour = [mix(cell) >> 33 for cell in range(battle.grid.n)]
    plain.quarter_cell = battle.grid.neighbourhood_cell.tolist()
    plain.bank = battle.grid.bank.tolist()
    return plain


def read(plain: PlainBattle, battle: Battle, city: PlainCity | None = None) -> None:
    """Copy the state that a phase starts from.

    Args:
        plain: The plain model; whatever it held is overwritten.
        battle: The battle, before its phase.
        city: The ground as it was read before, if units' ways have not changed since; read anew where None.
    """
    s = battle.scenario
    plain.tick, plain.dt = battle.tick, battle.dt_h
    plain.memory = battle.memory
    plain.rule = make_rule(s, battle.grid.cell_m)
    plain.ticks_per_day, plain.night = battle.ticks_per_day, battle.night
    plain.daylight = (s.sensing.dusk_h - s.sensing.dawn_h) / 24.0
    plain.ready_by_night, plain.risk_half = s.displacement.night, s.flight.risk_half
    plain.platoon_m_per_h, plain.team_m_per_h = s.movement.platoon_m_per_h, s.movement.team_m_per_h
    plain.dig_in_h, plain.pace, plain.halt_h = s.movement.dig_in_h, s.movement.contact_m_per_h, s.evacuation.halt_h
    plain.block, plain.block_ha = battle.ground.block.tolist(), place_m2(battle.grid.cell_m) / 1e4
    plain.team_sight_per_h = s.sensing.team_sight_per_h * (s.sensing.night if battle.night else 1.0)
    plain.city = city or read_city(battle)
    plain.danger, plain.control = battle.ground.danger.tolist(), battle.ground.control.tolist()
    plain.halted = np.asarray(battle.axes.halted).tolist()
    plain.least_ammo = s.supply.least
    _read_ways(plain, battle)
    _read_households(plain, battle)
    _read_agents(plain.platoons, battle.liberators.columns, Platoon.FIELDS)
    _read_agents(plain.teams, battle.defenders.columns, Team.FIELDS)
    _read_index(plain, battle)


def read_city(battle: Battle) -> PlainCity:
    """The ground that units move on, as it stands."""
    quarters, near, routes = battle.quarters, battle.units.near, battle.routes
    cells = [
        quarters.cells[start:end].tolist() for start, end in zip(quarters.start[:-1], quarters.start[1:], strict=True)
    ]
    return PlainCity(
        near.nx, near.ny, battle.grid.cell_m, routes.slow.tolist(), battle.bank.tolist(), battle.ground.quarter.tolist(),
        quarters.bank.tolist(), cells,
        list(zip(near.dx[: near.touching].tolist(), near.dy[: near.touching].tolist(), strict=True)),
        lambda name, to: _field(battle, name, to).tolist(),
    )  # fmt: skip


def _field(battle: Battle, name: str, to: int) -> np.ndarray:
    """The battle's own field to a quarter, or one to a cell for who has to go around something."""
    if name == "detour":
        return distance_field(battle.routes.slow, np.full(1, to, np.int32), battle.grid.nx, battle.grid.ny, NO_LIMIT)
    return getattr(battle.routes, name)[to]


def _read_ways(plain: PlainBattle, battle: Battle) -> None:
    """What bridges and boats carry, and the ways out of the city."""
    crossing, teams = battle.crossing, battle.defenders.columns
    plain.crossings = Crossings(*(getattr(crossing, name).tolist() for name in ("of", "room", "platoon_h", "person_h", "passed")))
    plain.boat_hours = battle.dt_h * (battle.scenario.displacement.night if battle.night else 1.0)
    plain.ways_out = ways_of_escape(battle, teams.order[battle.units.team_rows]).tolist()
    plain.outlets = set(battle.grid.offgrid.entry_cell[~battle.way_closed].tolist())


def need_fields(battle: Battle) -> None:
    """Have the battle work out every distance field that units will ask for, so that both sides find them there."""
    teams, platoons, routes = battle.defenders.columns, battle.liberators.columns, battle.routes
    moving = np.flatnonzero((teams.strength > 0) & np.isin(teams.order, GOING))
    routes.need(teams.quarter[moving], teams.cell[moving])
    listed = battle.units.platoon_rows
    routes.need(platoons.objective[listed], platoons.cell[listed])


def touch_fields(plain: PlainBattle) -> None:
    """Turn the fields that units will follow into lists ahead of the round, so that no clock sees it."""
    for platoon in plain.platoons:
        if platoon.present and platoon.objective >= 0:
            plain.city.field(platoon.cell, platoon.objective)
            if platoon.order == ASSAULT:
                plain.city.named_field("local", platoon.objective)
    for team in plain.teams:
        if team.strength > 0 and team.order in GOING and team.quarter >= 0:
            plain.city.field(team.cell, team.quarter)


def _read_households(plain: PlainBattle, battle: Battle) -> None:
    """Households and what they alone look at; in the order in which the battle's decide: by cell, then as its lists have them."""
    columns, lists, quarters = battle.households.columns, battle.households.lists, battle.quarters
    households = list(plain.agents.select(agent_type=Household))
    _read_agents(households, columns, Household.FIELDS)
    of = {household.row: household for household in households}
    for household in households:
        household.kin = of.get(int(columns.kin[household.row]))
    following, place = lists.following.tolist(), {}
    for cell in sorted({household.cell for household in plain.people if household.cell >= 0}):
        row = int(lists.head[cell])
        while row >= 0:
            place[row] = len(place)
            row = following[row]
    plain.people.sort(lambda household: place.get(household.row, len(place)), ascending=True, inplace=True)
    for name in FIELDS:
        setattr(plain, name, getattr(battle, name).tolist())
    for name in QUARTERS:
        setattr(plain, name, getattr(quarters, name).tolist())
    plain.leaving, plain.touched = battle.leaving.tolist(), battle.touched.tolist()
    plain.told_to_leave = battle.scenario.flight.message == "leave"
    plain.berths = float(berths(battle))


def _read_agents(agents: Iterable[Any], columns: Any, names: Sequence[str]) -> None:
    agents = list(agents)
    rows = np.array([agent.row for agent in agents], np.int64)
    for name in names:
        for agent, value in zip(agents, getattr(columns, name)[rows].tolist(), strict=True):
            agent.__dict__[name] = value


def _read_index(plain: PlainBattle, battle: Battle) -> None:
    """Units by cell as the battle's index has them: as before the move."""
    near = battle.units.near
    platoons, teams = list(plain.platoons), list(plain.teams)
    plain.platoons_in = _by_cell(near.platoon_head, near.platoon_next, platoons)
    plain.teams_in = _by_cell(near.team_head, near.team_next, teams)
    for units, rows in ((platoons, battle.units.platoon_rows), (teams, battle.units.team_rows)):
        present = set(rows.tolist())
        for unit in units:
            unit.present = unit.row in present


def _by_cell(head: np.ndarray, following: np.ndarray, units: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for cell in np.flatnonzero(head >= 0).tolist():
        row = int(head[cell])
        found[cell] = []
        while row >= 0:
            found[cell].append(units[row])
            row = int(following[row])
    return found


def decided_alone(plain: PlainBattle, battle: Battle) -> tuple[HouseholdColumns, Quarters, Tally]:
    """What the compiled rule makes of the plain model's households, with nobody else deciding; the battle stays as it is.

    Args:
        plain: After it was read and has decided.
        battle: Before its decisions of the same tick.
    """
    people = HouseholdColumns(*(column.copy() for column in battle.households.columns))
    quarters = Quarters(*(column.copy() for column in battle.quarters))
    head, following = np.full(battle.grid.n, -1, np.int32), np.full(people.cell.size, -1, np.int32)
    for household in reversed(list(plain.people)):
        if household.cell >= 0:
            following[household.row], head[household.cell] = head[household.cell], household.row
    lists = CellLists(head, following, np.full_like(following, -1), battle.households.lists.persons)
    tally = Tally(np.zeros_like(battle.going), battle.leaving.copy(), np.zeros(5, np.int64), np.array([berths(battle)]))
    now = make_round(battle)._replace(touched=np.array(plain.touched))
    decide(now, people, lists, battle.ground, quarters, make_rule(battle.scenario, battle.grid.cell_m), tally)
    return people, quarters, tally


def household_differences(plain: PlainBattle, people: HouseholdColumns, quarters: Quarters, tally: Tally) -> list[str]:
    """What differs after both have decided; empty where all is equal to the bit.

    Args:
        plain: After its decisions.
        people: Households after the compiled decisions, before anyone walks.
        quarters: Quarters after them.
        tally: What they came to.
    """
    found = _agent_differences(plain.people, people, Household.FIELDS)
    for name in TALLIES:
        found += _list_differences(name, getattr(plain, name), getattr(quarters, name))
    ours = {name: getattr(plain, name) for name in COUNTS} | {"going": len(plain.going)}
    found += [
        f"{name}: {ours[name]}, compiled {theirs}" for name, theirs in zip(COUNTS, tally.counts.tolist(), strict=True)
        if ours[name] != theirs
    ]  # fmt: skip
    if plain.going != tally.going[: tally.counts[SET_OUT]].tolist():
        found.append("the households that set out, or their order")
    return found + _list_differences("berths", [plain.berths], tally.berths)


def unit_differences(plain: PlainBattle, battle: Battle) -> list[str]:
    """What differs between platoons, teams and crossings after both have moved; empty where all is equal to the bit."""
    found = _agent_differences(plain.platoons, battle.liberators.columns, Platoon.FIELDS)
    found += _list_differences("room", plain.crossings.room, battle.crossing.room)
    found += _list_differences("passed", plain.crossings.passed, battle.crossing.passed)
    return found + _agent_differences(plain.teams, battle.defenders.columns, Team.FIELDS)


def _agent_differences(agents: Iterable[Any], columns: Any, names: Sequence[str]) -> list[str]:
    agents = list(agents)
    rows = np.array([agent.row for agent in agents], np.int64)
    return [
        f"{type(agent).__name__} {agent.row}: {name} {getattr(agent, name)!r}, compiled {value!r}"
        for name in names
        for agent, value in zip(agents, getattr(columns, name)[rows].tolist(), strict=True)
        if getattr(agent, name) != value
    ]


def _list_differences(name: str, ours: list[Any], theirs: np.ndarray) -> list[str]:
    return [f"{name}[{i}]: {a!r}, compiled {b!r}" for i, (a, b) in enumerate(zip(ours, theirs.tolist(), strict=True)) if a != b]
