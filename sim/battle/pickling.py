"""Battles in pickles: their state as plain arrays, and beside it what a user hung on the model.

Handles are made anew on the other side. A user's attributes, own agents and data collectors travel too; where they refer to
the battle or to its handles, they refer to the new ones afterwards.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

from sim.agents.handles import Handle
from sim.battle import state as states

if TYPE_CHECKING:
    import mesa

    from sim.battle.model import Battle


class _Out(pickle.Pickler):
    """Writes a battle and its handles as references."""

    def __init__(self, file: io.BytesIO, battle: Battle) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._battle = battle

    def persistent_id(self, thing: Any) -> Any:  # noqa: ANN401  pickle's own protocol
        if thing is self._battle:
            return ("battle",)
        if isinstance(thing, Handle) and thing.model is self._battle:
            return (thing.agent_set.name, thing.row)
        for name, agents in self._battle.agent_sets.items():
            if thing is agents:
                return (name,)
        return None


class _In(pickle.Unpickler):
    """Reads what :class:`_Out` wrote."""

    def __init__(self, file: io.BytesIO, battle: Battle) -> None:
        super().__init__(file)
        self._battle = battle

    def persistent_load(self, pid: Any) -> Any:  # noqa: ANN401
        if pid == ("battle",):
            return self._battle
        agents = self._battle.agent_sets[pid[0]]
        return agents if len(pid) == 1 else agents[pid[1]]


def pack(battle: Battle) -> dict[str, Any]:
    """Everything that brings the battle back; see :func:`unpack`."""
    out = io.BytesIO()
    _Out(out, battle).dump({"attributes": _lent(battle), "agents": _own_agents(battle)})
    return {
        "state": states.take(battle),
        "check": battle.check,
        "checkpoints": battle.checkpoints,
        "random": battle.random.getstate(),
        "rng": battle.rng.bit_generator.state,
        "user": out.getvalue(),
    }


def _lent(battle: Battle) -> dict[str, Any]:
    """Attributes that a user set: names that the model itself does not have, and another data collector."""
    lent = {name: value for name, value in vars(battle).items() if name not in battle.own_names}
    if battle.datacollector is not battle.collector:
        lent["datacollector"] = battle.datacollector
    return lent


def _own_agents(battle: Battle) -> list[mesa.Agent]:
    """Agents that are no handles: a user's observers."""
    return [agent for agent in battle.registered if not isinstance(agent, Handle)]


def unpack(battle: Battle, packed: dict[str, Any]) -> None:
    """Turn a bare object into the battle that was packed."""
    packed_state = packed["state"]
    states.check_version(packed_state, other_sources=False)
    states.build(battle, packed_state, check=packed["check"])
    battle.checkpoints = packed["checkpoints"]
    battle.random.setstate(packed["random"])
    battle.rng.bit_generator.state = packed["rng"]
    user = _In(io.BytesIO(packed["user"]), battle).load()
    for name, value in user["attributes"].items():
        setattr(battle, name, value)
    for agent in user["agents"]:
        unique_id = agent.unique_id
        battle.register_agent(agent)
        agent.unique_id = unique_id
