"""Behaviours that a user might name in a scenario, for the tests."""

from __future__ import annotations

CALLS: list[tuple[int, float]] = []


def pull_back_to_the_first_quarter(agents, rng) -> None:
    CALLS.append((agents.model.tick, rng.uniform(0)))
    for team in agents:
        team.quarter = 0


def stumble(agents, rng) -> None:
    raise RuntimeError("out of ideas")


def draw_and_do_nothing(agents, rng) -> None:
    CALLS.append((agents.model.tick, float(rng.uniform(range(len(agents))).sum() + sum(rng.poisson(range(5), 2.0)))))


def leave_on_day_five(agents, rng) -> None:
    if agents.model.day == 5:
        for team in agents:
            team.quarter = 0
