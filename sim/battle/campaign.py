"""The liberators' campaign, once a day: which bank is attacked, with what, and who is sent to whose help.

Command believes in as many fighters as it estimated at the start, in the city and in the zone around it, less those it has put
out of action in either, spread over the ground not yet free by area and cover. It wants ``attack_ratio`` assault soldiers for
each of them. With less than that for all banks it attacks one, the first that an axis reaches, and then the one where the odds
are best; axes elsewhere wait at the edge. A bank is added when the odds there allow it. Where the attack is short of strength,
or has stalled for ``stall_days``, waiting axes give up ``shift_share`` of their assault platoons, which go over a bridge, or
around by road. Axes that regroup for a bank, or will since theirs is free, attack it together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.codes import ASSAULT_ROLE, CORDON, MARCH
from sim.battle.approach import AROUND, IN_CITY, march_around
from sim.record.codes import COMMAND, LIBERATORS, MOVE, ORDER

if TYPE_CHECKING:
    from sim.battle.model import Battle

# A gain of this share of a bank's cells is progress.
_GAIN = 0.01


class Campaign(NamedTuple):
    """State of the campaign, one row for each bank code; row 0 is nobody's.

    Attributes:
        attacked: bool, whether it is being attacked.
        freed: int32, cells freed when progress was last noted.
        gained: int32, tick of that.
        shifted: int32, tick at which platoons were last sent there.
        awaited: int32, tick since which axes there have been ready and wait for others, -1 for not.
    """

    attacked: NDArray[np.bool_]
    freed: NDArray[np.int32]
    gained: NDArray[np.int32]
    shifted: NDArray[np.int32]
    awaited: NDArray[np.int32]


def make_campaign(banks: int) -> Campaign:
    """Nothing is attacked yet."""
    n = banks + 1
    return Campaign(
        np.zeros(n, np.bool_), np.zeros(n, np.int32), np.zeros(n, np.int32), np.full(n, -1_000_000, np.int32),
        np.full(n, -1, np.int32)
    )  # fmt: skip


def believed_fighters(battle: Battle) -> NDArray[np.float64]:
    """Fighters that command believes to be in each quarter, float64 (quarters,)."""
    q, teams = battle.quarters, battle.defenders.columns
    defenders = battle.scenario.defenders
    start = (defenders.fighters + defenders.outer_fighters) * battle.scenario.liberators.estimate_factor
    left = max(0.0, start - float(teams.killed.sum() + teams.wounded.sum()))
    size = q.start[1:] - q.start[:-1]
    weight = q.area * q.value * (1.0 - q.freed / np.maximum(size, 1))
    return np.asarray(weight * (left / max(float(weight.sum()), 1e-9)))


def assault_strength(battle: Battle) -> NDArray[np.float64]:
    """Assault soldiers of the axes on each bank, by bank code."""
    platoons, axes = battle.liberators.columns, battle.axes
    there = (platoons.role == ASSAULT_ROLE) & (platoons.order != CORDON) & (platoons.order != MARCH) & (platoons.strength > 0)
    there &= axes.state[platoons.axis] == IN_CITY
    return np.bincount(axes.bank[platoons.axis[there]], platoons.strength[there], len(battle.bank_codes) + 1).astype(np.float64)


def plan(battle: Battle) -> None:
    """The day's decisions on banks, and the shifts that follow from them."""
    p, q, campaign = battle.scenario.liberators, battle.quarters, battle.campaign
    if p.command != "planned":
        campaign.attacked[:] = True
        return
    left = np.bincount(q.bank, q.area * ~q.liberated, len(battle.bank_codes) + 1)
    needed = p.attack_ratio * np.bincount(q.bank, believed_fighters(battle), left.size)
    strength = assault_strength(battle)
    campaign.attacked[:] &= left > 0.0
    _note_progress(battle)
    odds = np.where((left > 0.0) & (strength > 0.0), strength / np.maximum(needed, 1e-9), -1.0)
    odds[0] = -1.0
    if not campaign.attacked.any() and (odds > 0.0).any():
        _begin(battle, int(np.argmax(odds)), left == 0.0)
    for bank in battle.bank_codes:
        if not campaign.attacked[bank] and odds[bank] >= 1.0 and campaign.attacked.any():
            _begin(battle, bank, left == 0.0)
    for bank in battle.bank_codes:
        if campaign.attacked[bank]:
            _reinforce(battle, bank, short=strength[bank] < needed[bank])


def _note_progress(battle: Battle) -> None:
    q, campaign = battle.quarters, battle.campaign
    size = np.bincount(q.bank, q.start[1:] - q.start[:-1], campaign.freed.size)
    freed = np.bincount(q.bank, q.freed, campaign.freed.size).astype(np.int32)
    gain = (freed - campaign.freed >= _GAIN * size) | ~campaign.attacked
    campaign.gained[gain] = battle.tick
    campaign.freed[gain] = freed[gain]


def _begin(battle: Battle, bank: int, free: NDArray[np.bool_]) -> None:
    """Attack a bank once those who march around to it have arrived, and others are ready or have been waited for long enough.

    Args:
        battle: The battle.
        bank: Its code.
        free: bool (banks + 1,), banks with nothing left to free; axes there will come.
    """
    p, axes, campaign = battle.scenario.liberators, battle.axes, battle.campaign
    here = axes.bank == bank
    # Who needs longer than an attack may stand still is not worth the wait.
    on_the_way = here & (axes.state == AROUND) & (axes.arrive - battle.tick <= p.failure_days * battle.ticks_per_day)
    coming = (axes.state == IN_CITY) & free[axes.bank]
    worn = here & (axes.state == IN_CITY) & axes.halted
    if campaign.awaited[bank] < 0:
        campaign.awaited[bank] = battle.tick
    early = battle.tick - campaign.awaited[bank] < p.join_days * battle.ticks_per_day
    if on_the_way.any() or ((coming | worn).any() and early):
        return
    campaign.attacked[bank] = True
    campaign.awaited[bank] = -1
    campaign.gained[bank] = battle.tick
    battle.ledger.add(battle.tick, ORDER, actor=LIBERATORS, rule=COMMAND, row=-1, other_row=-1, count=bank, value=1.0)


def _reinforce(battle: Battle, bank: int, *, short: bool) -> None:
    """Send platoons of waiting axes to a bank that is short of strength or stalls, one shipment at a time."""
    p, axes, campaign, day = battle.scenario.liberators, battle.axes, battle.campaign, battle.ticks_per_day
    stalled = battle.tick - campaign.gained[bank] >= p.stall_days * day
    lately = battle.tick - campaign.shifted[bank] < p.join_days * day
    to = np.flatnonzero((axes.bank == bank) & (axes.state == IN_CITY))
    if lately or to.size == 0 or not (stalled or short):
        return
    waiting = np.flatnonzero((axes.state == IN_CITY) & ~campaign.attacked[axes.bank])
    moved = sum(_shift(battle, int(a), int(to[i % to.size])) for i, a in enumerate(waiting))
    if moved:
        campaign.shifted[bank] = battle.tick


def _shift(battle: Battle, a: int, to: int) -> int:
    """Send a share of an axis's assault platoons to another; over a bridge, or around by road. Returns how many."""
    p, platoons, axes = battle.scenario.liberators, battle.liberators.columns, battle.axes
    able = (platoons.axis == a) & (platoons.role == ASSAULT_ROLE) & (platoons.cell >= 0) & (platoons.order != CORDON)
    rows = np.flatnonzero(able & (platoons.strength >= p.refit_strength * p.platoon_size))
    rows = rows[: int(rows.size * p.shift_share)]
    if rows.size == 0:
        return 0
    if not battle.joined[axes.bank[a], axes.bank[to]] and not march_around(battle, rows, a, to):
        return 0
    platoons.axis[rows] = to
    battle.ledger.add(
        battle.tick, MOVE, people=LIBERATORS, actor=LIBERATORS, rule=COMMAND, row=a, other_row=to,
        count=int(platoons.strength[rows].sum())
    )  # fmt: skip
    return int(rows.size)
