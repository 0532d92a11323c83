"""Communities: an estimate, by area, of how residents are shared out among them (claims A7, A8, C5).

The estimate stands in ``city.yaml`` for each bank, under names that the city chooses; a city that says nothing has one community,
:data:`EVERYBODY`. It belongs to areas: no household has a community, and no map draws it. The only reader is the residents' first
trust in each force (:mod:`sim.battle.trust`); no rate of behaviour may read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.city.grid import CityGrid
    from sim.city.settings import Settings

EVERYBODY = "all"


class Mix(NamedTuple):
    """Communities by neighbourhood.

    Attributes:
        names: Their names.
        share: float64 (neighbourhoods, communities), share of the residents; sum 1 in each neighbourhood.
    """

    names: tuple[str, ...]
    share: NDArray[np.float64]


def community_names(settings: Settings) -> tuple[str, ...]:
    """Names of a city's communities, in the order in which ``city.yaml`` names them."""
    if settings.communities is None:
        return (EVERYBODY,)
    return tuple(dict.fromkeys(name for bank in settings.communities.shares.values() for name in bank))


def community_mix(grid: CityGrid) -> Mix:
    """The communities of a city; a neighbourhood has the shares of its bank."""
    settings = grid.city.settings
    names = community_names(settings)
    if settings.communities is None:
        return Mix(names, np.ones((len(grid.neighbourhood_names), 1)))
    shares = [settings.communities.shares[bank] for bank in grid.bank_names]
    by_bank = np.array([[bank.get(name, 0.0) for name in names] for bank in shares])
    by_bank /= by_bank.sum(axis=1, keepdims=True)
    return Mix(names, by_bank[grid.neighbourhood_bank.astype(np.int64) - 1])


def find_community(grid: CityGrid, name: str) -> int:
    """Place of a community among a city's.

    Raises:
        ScenarioError: The city has none of this name.
    """
    names = community_names(grid.city.settings)
    if name not in names:
        hint = did_you_mean(name, names) or f"; there are: {', '.join(names)}"
        raise ScenarioError(Problem(grid.city.label, name, f'no community of the city is called "{name}"{hint}'))
    return names.index(name)
