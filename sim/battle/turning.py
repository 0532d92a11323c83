"""A battle that is asked something else from now on: what a change of policy does to those who are in the field.

Most rules read the scenario as they act, and need nothing here. Two parameters have been written into agents when the battle
was built: which forces may enter the city, and how many orbits there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.codes import ASSAULT_ROLE, CORDON, MARCH, ORBIT, RESERVE
from sim.agents.liberators import make_forces
from sim.battle.approach import IN_CITY, SPENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle
    from sim.scenario import Scenario


def turn(battle: Battle, asked: Scenario) -> None:
    """Ask a battle something else from its next tick on.

    Args:
        battle: Between two steps.
        asked: The new scenario, which differs in what may change on any day only.
    """
    battle._asked = asked
    _allow(battle)
    before = len(battle.coalition)
    battle.coalition.keep_orbits(asked.isr.orbits)
    battle.households.first_id += len(battle.coalition) - before


def make_room(battle: Battle, kinds: NDArray[np.generic]) -> None:
    """Room for the orbits that a branch added to its coalition, whose rows are of these kinds; other gaps stay as they are."""
    assets = battle.coalition
    more = kinds.size - len(assets)
    if more > 0 and np.array_equal(np.sort(kinds[kinds != ORBIT]), np.sort(assets.columns.kind[assets.columns.kind != ORBIT])):
        assets.add_rows(more)
        battle.households.first_id += more


def _allow(battle: Battle) -> None:
    """Forces that may not fight in the city any more hold where they stand; those that now may wait for orders there.

    A force that is spent is stopped again by the next round of command, before it has moved.
    """
    forces = battle.liberators.forces
    wanted = make_forces(battle.scenario.liberators).may_enter
    allowed, forbidden = wanted & ~forces.may_enter, forces.may_enter & ~wanted
    forces.may_enter[:] = wanted
    platoons = battle.liberators.columns
    there = platoons.order != MARCH
    stopped = there & forbidden[platoons.force]
    platoons.order[stopped] = CORDON
    platoons.objective[stopped] = platoons.target[stopped] = -1
    freed = there & allowed[platoons.force] & (platoons.order == CORDON)
    platoons.order[freed] = RESERVE
    fit = freed & (platoons.role == ASSAULT_ROLE) & (platoons.strength > 0)
    axes = battle.axes
    again = np.isin(np.arange(axes.state.size), platoons.axis[fit]) & (axes.state == SPENT)
    axes.state[again] = IN_CITY
