"""Queues in continuous time: targets wait for a desk, a flight, a battery or a raid team, whatever the length of a tick.

Servers take one job at a time and do not break it off. When a server is free, the waiting job of the highest priority is next,
and among equals the one that came first. With Poisson arrivals and exponential service this is M/M/c: the mean wait is
Erlang's ``C(c, a) / (c mu - lambda)`` (Erlang 1917), split among priorities by Cobham (1954). A call looks at the jobs that are
known so far and starts those whose turn comes before ``until``, so that many short ticks give the same as few long ones.

A server may be there only at times, in stays of ``stay`` hours once in each ``cycle``, and then carry loads of several kinds; a
job takes the largest kind up to the one that it asks for. Desks and guns are always there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels.jit import compiled, inlined

# Loads of a server that never runs out.
ENDLESS = 1 << 30
# Rounding of a stay's beginning, in cycles.
_SLACK = 1e-9


class Servers(NamedTuple):
    """Servers of one kind; what changes is written into the arrays.

    Attributes:
        free: float64 (n,), time from which each can begin, hours since the start.
        offset: float64 (n,), shift of its cycle, hours.
        visit: int64 (n,), number of the stay in which its loads were counted last.
        loads: int32 (n, k), loads left in that stay, smallest kind first.
        full: int32 (k,), loads at the beginning of a stay.
        stay: Length of a stay, hours.
        cycle: Time from one stay's beginning to the next one's.
    """

    free: NDArray[np.float64]
    offset: NDArray[np.float64]
    visit: NDArray[np.int64]
    loads: NDArray[np.int32]
    full: NDArray[np.int32]
    stay: float
    cycle: float


def always_there(free: NDArray[np.float64]) -> Servers:
    """Servers without stays and loads; ``free`` is changed as they work."""
    n = free.size
    loads = np.full((n, 1), ENDLESS, np.int32)
    return Servers(free, np.zeros(n), np.zeros(n, np.int64), loads, loads[0].copy() if n else np.zeros(1, np.int32), 1e12, 1e12)


@inlined
def _load(servers: Servers, s: int, visit: int, choice: int) -> int:
    """The largest kind of load up to ``choice`` that a server has left in a stay; -1 for none."""
    fresh = visit > servers.visit[s]
    for k in range(choice, -1, -1):
        if (servers.full[k] if fresh else servers.loads[s, k]) > 0:
            return k
    return -1


@inlined
def _chance(servers: Servers, s: int, ready: float, choice: int) -> tuple[float, int, int]:
    """When a server can first begin a job, with which load, and in which stay; infinity where it never can."""
    at = max(servers.free[s], ready)
    visit = math.floor((at + servers.offset[s]) / servers.cycle + _SLACK)
    if at + servers.offset[s] - visit * servers.cycle >= servers.stay:
        visit += 1
        at = visit * servers.cycle - servers.offset[s]
    kind = _load(servers, s, visit, choice)
    if kind < 0 and visit <= servers.visit[s]:
        visit = servers.visit[s] + 1
        at = visit * servers.cycle - servers.offset[s]
        kind = _load(servers, s, visit, choice)
    return (at if kind >= 0 else math.inf), kind, visit


@compiled
def serve(
    since: np.ndarray, rank: np.ndarray, hours: np.ndarray, choice: np.ndarray, able: np.ndarray, servers: Servers,
    now: float, until: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Begin the jobs whose turn comes before ``until``.

    Args:
        since: float64 (j,), time since which each job waits, hours since the start.
        rank: Priority of each, 0 the highest.
        hours: float64 (j,), how long each occupies its server.
        choice: Largest kind of load that each may take.
        able: bool (j, n), which servers can take it at all.
        servers: The servers; changed.
        now: Nothing begins before this time.
        until: Nor at or after this one.

    Returns:
        The server of each job, -1 where it still waits; the time at which it begins; the kind of load taken.
    """
    n, m = since.size, servers.free.size
    server, start, taken = np.full(n, -1, np.int64), np.zeros(n), np.full(n, -1, np.int64)
    while True:
        best, job, by, kind, stay = until, -1, -1, -1, 0
        for j in range(n):
            if server[j] >= 0:
                continue
            for s in range(m):
                if not able[j, s]:
                    continue
                at, load, visit = _chance(servers, s, max(since[j], now), choice[j])
                sooner = at < best
                if not sooner and job >= 0 and at == best:
                    sooner = rank[j] < rank[job] or (rank[j] == rank[job] and since[j] < since[job])
                if sooner:
                    best, job, by, kind, stay = at, j, s, load, visit
        if job < 0:
            return server, start, taken
        server[job], start[job], taken[job] = by, best, kind
        if stay > servers.visit[by]:
            servers.visit[by] = stay
            servers.loads[by] = servers.full
        servers.loads[by, kind] -= 1
        servers.free[by] = best + hours[job]
