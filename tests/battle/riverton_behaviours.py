"""Behaviours that a user might name in a scenario, for the tests."""

from __future__ import annotations

CALLS: list[tuple[int, float]] = []


def pull_back_to_the_first_quarter(agents, rng) -> None:
    CALLS.append((agents.model.tick, rng.uniform(0)))
    for team in agents:
        team.quarter = 0


def stumble(agents, rng) -> None:
    raise RuntimeError("out of ideas")
