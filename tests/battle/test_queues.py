"""Queues against results that are known: Erlang C, Cobham's priorities, and the same whatever the length of a tick."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.battle.queues import Servers, always_there, serve
from sim.kernels.rng import exponential, stream_key, uniform

JOBS = 60_000
SEED = 4


def erlang_c(servers: int, load: float) -> float:
    """Chance that an arrival has to wait, for ``load`` = arrivals times mean service."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


def mean_wait(servers: int, rate: float, mean_h: float) -> float:
    return erlang_c(servers, rate * mean_h) / (servers / mean_h - rate)


def demand(rate: float, mean_h: float, n: int = JOBS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poisson arrivals, exponential service, and one uniform number for each job."""
    key = stream_key(SEED, "test", "jobs", 0)
    gaps = np.array([exponential(key, i, 0) for i in range(n)]) / rate
    hours = np.array([exponential(key, i, 1) for i in range(n)]) * mean_h
    return np.cumsum(gaps), hours, np.array([uniform(key, i, 2) for i in range(n)])


def worked_off(since: np.ndarray, rank: np.ndarray, hours: np.ndarray, servers: Servers, tick_h: float) -> np.ndarray:
    """When each job begins, tick by tick: a tick knows what has come up to its end."""
    begun = np.full(since.size, np.nan)
    waiting = np.zeros(0, np.int64)
    now, came = 0.0, 0
    while came < since.size or waiting.size:
        upto = int(np.searchsorted(since, now + tick_h))
        waiting = np.concatenate([waiting, np.arange(came, upto)])
        came = upto
        able = np.ones((waiting.size, servers.free.size), np.bool_)
        choice = np.zeros(waiting.size, np.int8)
        server, start, _ = serve(since[waiting], rank[waiting], hours[waiting], choice, able, servers, now, now + tick_h)
        begun[waiting[server >= 0]] = start[server >= 0]
        waiting = waiting[server < 0]
        now += tick_h
    return begun


def by_batches(waits: np.ndarray, parts: int = 30) -> tuple[float, float]:
    """Mean and its standard error from the means of batches, since waits in a queue go together."""
    means = np.array([part.mean() for part in np.array_split(waits, parts)])
    return float(means.mean()), float(means.std(ddof=1) / math.sqrt(parts))


@pytest.mark.parametrize("tick_h", [1.0, 2.0, 3.0, 6.0])
@pytest.mark.parametrize(("servers", "rate", "mean_h"), [(1, 0.7, 1.0), (2, 2.4, 0.5), (3, 2.4, 1.0)])
def test_waiting_times_under_poisson_demand_are_erlangs_whatever_the_tick(
    servers: int, rate: float, mean_h: float, tick_h: float
) -> None:
    since, hours, _ = demand(rate, mean_h)
    begun = worked_off(since, np.zeros(since.size, np.uint8), hours, always_there(np.zeros(servers)), tick_h)
    mean, error = by_batches(begun - since)
    assert abs(mean - mean_wait(servers, rate, mean_h)) < 4 * error
    assert abs((begun > since).mean() - erlang_c(servers, rate * mean_h)) < 0.03
    # One desk more would show, and one less, where the queue is still stable.
    assert abs(mean - mean_wait(servers + 1, rate, mean_h)) > 10 * error
    if rate * mean_h < servers - 1:
        assert abs(mean - mean_wait(servers - 1, rate, mean_h)) > 10 * error


@pytest.mark.parametrize("servers", [1, 3])
def test_short_ticks_and_long_ones_begin_every_job_at_the_same_time(servers: int) -> None:
    since, hours, u = demand(0.8 * servers, 1.0, 3000)
    rank = (u * 6).astype(np.uint8)
    times = [worked_off(since, rank, hours, always_there(np.zeros(servers)), tick) for tick in (0.5, 1.0, 6.0)]
    assert np.array_equal(times[0], times[1])
    assert np.array_equal(times[0], times[2])


def test_priorities_split_the_wait_as_cobham_says() -> None:
    """Non-preemptive M/M/1 with classes: ``W_k = W_0 / ((1 - s_(k-1)) (1 - s_k))``, ``W_0 = rho * mean service``."""
    rate, mean_h, share = 0.8, 1.0, 0.3
    since, hours, u = demand(rate, mean_h)
    rank = (u >= share).astype(np.uint8)
    waits = worked_off(since, rank, hours, always_there(np.zeros(1)), 1.0) - since
    rho = rate * mean_h
    for k, wanted in ((0, rho / (1 - share * rho)), (1, rho / ((1 - share * rho) * (1 - rho)))):
        mean, error = by_batches(waits[rank == k])
        assert abs(mean - wanted * mean_h) < 4 * error, k
    mean, error = by_batches(waits)
    assert abs(mean - mean_wait(1, rate, mean_h)) < 4 * error, "priorities only share out the wait of all"


def test_equals_are_served_in_the_order_in_which_they_came() -> None:
    since, hours, _ = demand(2.0, 1.0, 2000)
    begun = worked_off(since, np.zeros(since.size, np.uint8), hours, always_there(np.zeros(2)), 1.0)
    assert (np.diff(begun) >= 0.0).all()


def test_nothing_begins_before_it_came_nor_on_a_server_that_is_busy() -> None:
    since, hours, u = demand(1.8, 1.0, 2000)
    begun = worked_off(since, (u * 3).astype(np.uint8), hours, always_there(np.zeros(2)), 3.0)
    assert (begun >= since).all()
    times, change = np.concatenate([begun, begun + hours]), np.repeat([1, -1], begun.size)
    assert np.cumsum(change[np.lexsort((change, times))]).max() == 2


def stays(n: int, loads: tuple[int, ...], stay: float = 4.0, cycle: float = 12.0) -> Servers:
    full = np.array(loads, np.int32)
    return Servers(np.zeros(n), np.arange(n) * cycle / n, np.full(n, -1, np.int64), np.tile(full, (n, 1)), full, stay, cycle)


@pytest.mark.parametrize("tick_h", [1.0, 6.0])
def test_flights_begin_in_their_stays_only_and_use_up_what_they_carry(tick_h: float) -> None:
    since, hours, _ = demand(3.0, 0.2, 600)
    servers = stays(1, (2,))
    begun = worked_off(since, np.zeros(since.size, np.uint8), hours, servers, tick_h)
    assert (begun % 12.0 < 4.0).all()
    per_stay = np.bincount((begun // 12.0).astype(int))
    assert per_stay.max() == 2
    assert (per_stay[:-1] == 2).all(), "demand was large enough for all weapons"


def test_a_job_takes_the_largest_kind_that_it_may_have_and_the_server_has_left() -> None:
    servers = stays(1, (1, 2, 1))
    since = np.arange(5) * 0.01
    choice = np.array([2, 2, 1, 1, 1], np.int8)
    able = np.ones((5, 1), np.bool_)
    server, start, taken = serve(since, np.zeros(5, np.uint8), np.full(5, 0.1), choice, able, servers, 0.0, 4.0)
    assert taken.tolist() == [2, 1, 1, 0, -1]
    assert server.tolist() == [0, 0, 0, 0, -1]
    later, start, taken = serve(since[4:], np.zeros(1, np.uint8), np.full(1, 0.1), choice[4:], able[4:], servers, 4.0, 13.0)
    assert (later[0], start[0], taken[0]) == (0, 12.0, 1), "the next stay begins with full loads"


def test_a_job_goes_to_a_server_that_is_able_only() -> None:
    able = np.array([[False, True], [False, False]])
    server, _, _ = serve(
        np.zeros(2), np.zeros(2, np.uint8), np.ones(2), np.zeros(2, np.int8), able, always_there(np.zeros(2)), 0.0, 10.0
    )
    assert server.tolist() == [1, -1]


def test_without_servers_everything_waits() -> None:
    nothing = np.ones((1, 0), np.bool_)
    server, _, _ = serve(np.zeros(1), np.zeros(1, np.uint8), np.ones(1), np.zeros(1, np.int8), nothing, always_there(np.zeros(0)),
                         0.0, 10.0)  # fmt: skip
    assert server.tolist() == [-1]
