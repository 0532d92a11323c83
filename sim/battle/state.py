"""The whole state of a battle between two steps, as plain arrays.

One state serves checkpoints, branches and pickles alike. It holds what changes; what follows from the scenario and the
city is built anew, and what is derived in each step (the index of units, fields of routes) is derived again. Handles never
enter it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.battle.bridges import open_bridges
from sim.battle.turning import make_room, turn
from sim.errors import SimError, StateError
from sim.record.ledger import Ledger
from sim.record.manifest import source_hash
from sim.record.recorder import Recorder
from sim.scenario.any_day import changed_midway, leaf_changes
from sim.scenario.loading import load_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sim.battle.model import Battle

    State = dict[str, NDArray[np.generic]]

_KeptT = TypeVar("_KeptT", Ledger, Recorder)

STATE_VERSION = 1
# Read when the model is, so that a state names the sources that ran and not what was edited since.
SOURCES = source_hash()

# Attributes of the battle that change, and are restored by writing into them.
ARRAYS = (
    "entry_open", "way_closed", "exits", "line", "onward", "overland", "civil_slow", "fought_today",
    "given_up", "cohesion", "line_at_start", "leaders_before", "brigade_free", "headquarters_free", "homes", "leaving", "touched",
    "room_for_food",
)  # fmt: skip
TABLES = ("ground", "quarters", "axes", "campaign", "camps", "reception", "bridges", "crossing", "targets", "networks", "minds")
SCALARS = (
    "tick", "steps", "ways_changed", "outer_killed", "driving", "replaced", "contact_platoons", "persons_start", "fighters_start",
    "soldiers_start", "resistance_start", "best_share", "best_tick", "ending", "running", "wall_seconds",
)  # fmt: skip


def take(battle: Battle) -> State:
    """Copy the state of a battle.

    Raises:
        SimError: In the middle of a step, when phases have seen only part of what happens in it.
    """
    if battle.in_step:
        msg = "the state of a battle can be taken between steps only"
        raise SimError(msg)
    state: State = {
        "state_version": np.asarray(STATE_VERSION),
        "source_hash": np.asarray(SOURCES),
        "city": np.asarray(battle.grid.digest),
        "scenario": np.asarray(battle.scenario.to_yaml()),
        "seed": np.asarray(battle.seed),
        "branched": np.asarray(json.dumps(battle.branched) if battle.branched else ""),
    }
    state |= {name: np.asarray(getattr(battle, name)) for name in SCALARS}
    state |= {f"{name}/added": np.asarray(agents.added) for name, agents in battle.agent_sets.items()}
    state |= {name: array.copy() for name, array in arrays(battle)}
    state["travellers"] = battle.travellers.copy()
    state |= _numbers("counts", battle.counts) | _numbers("series", battle.series)
    state |= {f"ledger/{name}": array for name, array in battle.ledger.state().items()}
    return state | {f"recorder/{name}": array for name, array in battle.recorder.state().items()}


def arrays(battle: Battle) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Every array that changes, by its name in the state."""
    for name in ARRAYS:
        yield name, getattr(battle, name)
    tables = [(name, getattr(battle, name)) for name in TABLES]
    tables += [(name, agents.columns) for name, agents in battle.agent_sets.items()]
    tables.append(("households.lists", battle.households.lists))
    for name, table in tables:
        for column, array in table._asdict().items():
            yield f"{name}/{column}", array
    yield "forces/pool", battle.liberators.forces.pool


def _numbers(prefix: str, values: Mapping[str, float]) -> State:
    whole = [isinstance(value, int) for value in values.values()]
    return {
        f"{prefix}/names": np.asarray(list(values), np.str_),
        f"{prefix}/values": np.asarray(list(values.values()), np.float64),
        f"{prefix}/whole": np.asarray(whole, np.bool_),
    }


def _dict(state: Mapping[str, Any], prefix: str) -> dict[str, float]:
    names, values, whole = (state[f"{prefix}/{part}"].tolist() for part in ("names", "values", "whole"))
    return {n: int(v) if w else v for n, v, w in zip(names, values, whole, strict=True)}


def check_version(state: Mapping[str, Any], *, other_sources: bool) -> None:
    """Refuse what this version of the model cannot go on from.

    Raises:
        StateError: It is no state, or one of another version.
    """
    missing = [name for name in ("state_version", "source_hash", "city", "scenario", "seed") if name not in state]
    if missing:
        msg = f"not the state of a battle: it lacks {', '.join(missing)}"
        raise StateError(msg)
    version = state["state_version"]
    if version.shape != () or version.dtype.kind != "i" or int(version) != STATE_VERSION:
        msg = f"a state of version {version}; this program goes on from version {STATE_VERSION}"
        raise StateError(msg)
    saved = str(state["source_hash"])
    if saved != SOURCES and not other_sources:
        msg = (
            f"a state of another version of the model (sources {saved[:12]}, now {SOURCES[:12]}): going on would mix "
            "the two; run it from its start, or pass other_sources=True where that is meant"
        )
        raise StateError(msg)


def build(
    battle: Battle, state: Mapping[str, Any], *, changes: Mapping[str, Any], seed: int | None = None, check: bool,
    parent: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Construct a bare battle from the scenario in a state, bring it to that state, and change what is different from now on.

    Raises:
        StateError: The state does not fit its scenario or the city's data.
        ScenarioError: Its scenario can no longer be run, or a change cannot be made on any day.
    """
    from sim.battle.model import Battle

    before, own = load_text(str(state["scenario"]), "the state's scenario"), int(state["seed"])
    after = changed_midway(before, changes) if changes else before
    if seed is not None and seed != own:
        after = after.replace({"seed": seed})
    Battle.__init__(battle, before, own if seed is None else seed, check=check)
    put(battle, state)
    battle.branched = _branched(state)
    if after == before and battle.seed == own:
        return
    turn(battle, after)
    days, ticks = divmod(battle.tick, battle.ticks_per_day)
    battle.branched = {
        "run": None, "digest": None, **(parent or {}), "scenario_hash": before.short_hash, "seed": own, "day": days - 1,
        "ticks_since": ticks, "changes": leaf_changes(changes), "branched": battle.branched,
    }  # fmt: skip


def _branched(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the battle of a state branched off from; None where it runs from its first day as it was asked."""
    text = str(state.get("branched", ""))
    try:
        found = json.loads(text) if text else None
    except ValueError:
        raise StateError("the state is damaged: what it branched off from cannot be read") from None
    return found if isinstance(found, dict) else None


def put(battle: Battle, state: Mapping[str, Any]) -> None:
    """Bring a freshly built battle to a state.

    Raises:
        StateError: The state does not fit: another city, or other agents and layers than the scenario gives.
    """
    if str(state["city"]) != battle.grid.digest:
        msg = (
            f"a state of another city: the data of {battle.scenario.city.path} have changed since (then "
            f"{str(state['city'])[:12]}, now {battle.grid.digest[:12]})"
        )
        raise StateError(msg)
    if "coalition/kind" in state:
        make_room(battle, state["coalition/kind"])
    wanted = dict(arrays(battle))
    _check_layout(state, wanted, {*SCALARS, *(f"{name}/added" for name in battle.agent_sets)})
    for name, array in wanted.items():
        array[...] = state[name]
    _wind(battle, int(state["steps"]))
    for name in SCALARS:
        setattr(battle, name, state[name].item())
    battle.travellers = np.array(state["travellers"], np.int32)
    for name, agents in battle.agent_sets.items():
        agents.added = int(state[f"{name}/added"])
    battle.counts.update(_dict(state, "counts"))
    battle.series = _dict(state, "series")
    battle.ledger = _kept(Ledger, state)
    battle.recorder = _kept(Recorder, state)
    _derive(battle)


def _check_layout(state: Mapping[str, Any], wanted: Mapping[str, NDArray[np.generic]], singles: set[str]) -> None:
    tables = {f"{part}/{what}" for part in ("counts", "series") for what in ("names", "values", "whole")}
    missing = sorted(({*wanted, "travellers"} | singles | tables) - {*state})
    if missing:
        msg = f"not a whole state: it lacks {', '.join(missing[:3])}" + (" and more" if len(missing) > 3 else "")
        raise StateError(msg)
    for name in sorted(singles):
        if state[name].shape != ():
            msg = f"the state does not fit its scenario: {name} is no single value"
            raise StateError(msg)
    for name, array in wanted.items():
        given = state[name]
        if given.shape != array.shape or given.dtype != array.dtype:
            msg = (
                f"the state does not fit its scenario: {name} is {given.dtype}{list(given.shape)}, but should be "
                f"{array.dtype}{list(array.shape)}"
            )
            raise StateError(msg)


def _kept(kind: type[_KeptT], state: Mapping[str, Any]) -> _KeptT:
    """The ledger or the recorder so far."""
    prefix = f"{kind.__name__.lower()}/"
    part = {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
    try:
        return kind.from_state(part)
    except (KeyError, ValueError, TypeError) as error:
        msg = f"the state's {kind.__name__.lower()} is damaged: {error}"
        raise StateError(msg) from None


def _wind(battle: Battle, steps: int) -> None:
    """Bring the clock of events that Mesa keeps from 3.5 on to a number of steps, by steps in which nobody acts."""
    if not hasattr(battle, "time"):
        return
    acts = battle._user_step
    battle._user_step = _nothing
    for _ in range(steps):
        battle.step()
    battle._user_step = acts


def _nothing() -> None:
    """A step in which nobody acts."""


def _derive(battle: Battle) -> None:
    """What is not kept, because it follows: routes under the bridges as they stand, who is near whom, Mesa's daily table."""
    battle.routes.set_bridges(open_bridges(battle))
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    if battle.recorder.n_days:
        daily = battle.recorder.daily()
        battle.collector.restore({name: daily[name].tolist() for name in battle.collector.model_vars}, battle.ticks_per_day)
