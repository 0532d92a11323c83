"""Battles in pickles: their state as plain arrays, and beside it what a user hung on the model.

Handles are made anew on the other side. A user's attributes, own agents and data collectors travel too; where they refer to
the battle or to its handles, they refer to the new ones afterwards.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

from sim.agents.handles import HANDLE_NAMES, Handle
from sim.battle import state as states

if TYPE_CHECKING:
    import mesa

    from sim.battle.model import Battle


class _Out(pickle.Pickler):
    """Writes a battle, its sets, handles, columns and arrays as references."""

    def __init__(self, file: io.BytesIO, battle: Battle) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._model = battle
        self._known = {id(thing): pid for pid, thing in _parts(battle).items()}

    def persistent_id(self, thing: Any) -> Any:  # noqa: ANN401  pickle's own protocol
        if isinstance(thing, Handle) and thing.model is self._model:
            return (thing.agent_set.name, thing.row)
        return self._known.get(id(thing))


class _In(pickle.Unpickler):
    """Reads what :class:`_Out` wrote."""

    def __init__(self, file: io.BytesIO, battle: Battle) -> None:
        super().__init__(file)
        self._sets = battle.agent_sets
        self._known = _parts(battle)

    def persistent_load(self, pid: Any) -> Any:  # noqa: ANN401
        return self._known[pid] if isinstance(pid, str) else self._sets[pid[0]][pid[1]]


def _parts(battle: Battle) -> dict[str, Any]:
    """What a user may hold on to beside handles, by name."""
    parts: dict[str, Any] = {"battle": battle, **dict(states.arrays(battle))}
    for name, agents in battle.agent_sets.items():
        parts |= {f"{name}/": agents, f"{name}/columns": agents.columns}
    return parts | {f"{name}/": getattr(battle, name) for name in states.TABLES}


def pack(battle: Battle) -> dict[str, Any]:
    """Everything that brings the battle back; see :func:`unpack`."""
    return {
        "state": states.take(battle),
        "check": battle.check,
        "checkpoints": battle.checkpoints,
        "random": battle.random.getstate(),
        "rng": battle.rng.bit_generator.state,
        "user": _users_things(battle),
    }


def _users_things(battle: Battle) -> bytes:
    """Pickle of what a user hung on the model, on its handles, and of agents of his own.

    Raises:
        pickle.PicklingError: Something cannot be pickled; the message names it.
    """
    lent = _lent(battle)
    out = io.BytesIO()
    try:
        _Out(out, battle).dump({"attributes": lent, "notes": _notes(battle), "agents": _own_agents(battle)})
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        named = next((name for name, thing in lent.items() if not _pickles(battle, thing)), "an agent's attribute")
        msg = f"the battle cannot be pickled or copied with {named} on it: {error}"
        raise pickle.PicklingError(msg) from error
    return out.getvalue()


def _pickles(battle: Battle, thing: object) -> bool:
    try:
        _Out(io.BytesIO(), battle).dump(thing)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _lent(battle: Battle) -> dict[str, Any]:
    """Attributes that a user set: names that the model itself does not have, other behaviours, another data collector."""
    lent = {name: value for name, value in vars(battle).items() if name not in battle.own_names}
    if battle.behaviours != battle.named_behaviours:
        lent["behaviours"] = battle.behaviours
    if battle.datacollector is not battle.collector:
        lent["datacollector"] = battle.datacollector
    elif battle.collector.changed(battle.recorder.n_days):
        lent["datacollector"] = lent["collector"] = battle.collector
    return lent


def _notes(battle: Battle) -> dict[tuple[str, int], dict[str, Any]]:
    """Attributes of a user's own on handles."""
    notes = {}
    for agent in battle.registered:
        if isinstance(agent, Handle) and len(own := vars(agent).keys() - HANDLE_NAMES):
            notes[agent.agent_set.name, agent.row] = {name: vars(agent)[name] for name in own}
    return notes


def _own_agents(battle: Battle) -> list[mesa.Agent]:
    """Agents that are no handles: a user's observers."""
    return [agent for agent in battle.registered if not isinstance(agent, Handle)]


def unpack(battle: Battle, packed: dict[str, Any]) -> None:
    """Turn a bare object into the battle that was packed."""
    packed_state = packed["state"]
    states.check_version(packed_state, other_sources=False)
    states.build(battle, packed_state, changes={}, check=packed["check"])
    battle.checkpoints = packed["checkpoints"]
    battle.random.setstate(packed["random"])
    battle.rng.bit_generator.state = packed["rng"]
    user = _In(io.BytesIO(packed["user"]), battle).load()
    for name, value in user["attributes"].items():
        setattr(battle, name, value)
    for (name, row), own in user["notes"].items():
        for attribute, value in own.items():
            setattr(battle.agent_sets[name][row], attribute, value)
    for agent in user["agents"]:
        unique_id = agent.unique_id
        battle.register_agent(agent)
        agent.unique_id = unique_id
