"""Sites off the grid as planners look at them, once a day: who came, who waits, how many places are built and free."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.agents.codes import HOSTED, IN_CAMP, INFORMAL_SITE, WITH_HOSTS
from sim.battle.arrival import host_places, waits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.battle.model import Battle


class SiteNames(NamedTuple):
    """Sites in the order of their rows: screening sites by way out, camps, hosts, informal sites."""

    names: list[str]
    kinds: list[str]


def site_names(battle: Battle) -> SiteNames:
    """Names and kinds of all sites; a screening site is called after the neighbourhood next to it."""
    offgrid, quarters = battle.grid.offgrid, battle.grid.neighbourhood_names
    near = battle.quarter_near(offgrid.entry_cell)
    names = [f"Screening at {quarters[q]}" if q >= 0 else "Screening" for q in near.tolist()]
    camps = [offgrid.names[node] for node in battle.camps.node]
    kinds = ["screening"] * len(names) + ["camp"] * len(camps) + ["hosts", "informal"]
    return SiteNames([*names, *camps, "Hosts", "Informal sites"], kinds)


def daily_sites(battle: Battle) -> dict[str, NDArray[np.generic]]:
    """Values of each site at the end of the day, int64, by the names of :data:`sim.record.series.SITE_SERIES`."""
    people, camps, reception = battle.households.columns, battle.camps, battle.reception
    queue = waits(people)
    waiting = np.bincount(people.entry[queue], people.members[queue], reception.free.size).astype(np.int64)
    in_camp = people.state == IN_CAMP
    inside = np.bincount(people.node[in_camp], people.members[in_camp], len(battle.grid.offgrid.names)).astype(np.int64)
    out = (people.state == HOSTED) & (people.cell < 0)
    elsewhere = [int(people.members[out & (people.node == node)].sum()) for node in (WITH_HOSTS, INFORMAL_SITE)]
    none, is_open = np.zeros(waiting.size, np.int64), camps.opens <= battle.tick
    built = np.where(is_open, camps.places, 0).astype(np.int64)
    hosts = host_places(battle)
    return {
        "persons": np.r_[waiting, inside[camps.node], elsewhere],
        "arrived": np.r_[reception.arrived, camps.arrived, reception.moved_in],
        "waiting": np.r_[waiting, np.zeros(camps.node.size + 2, np.int64)],
        "places": np.r_[none, built, hosts, 0],
        "free": np.r_[none, np.maximum(built - camps.taken, 0), max(0, hosts - int(reception.taken[0])), 0],
        "short": np.r_[waiting, np.zeros(camps.node.size + 1, np.int64), elsewhere[1]],
    }
