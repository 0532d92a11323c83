from __future__ import annotations

import pytest
from synthetic import made_up_place, synthetic_run


@pytest.fixture(scope="session")
def place():
    return made_up_place(nx=60, ny=64)


@pytest.fixture(scope="session")
def made(place):
    """A small made-up run; tests must not change it."""
    return synthetic_run(place, days=40, people=60_000)


@pytest.fixture
def fresh(place):
    return synthetic_run(place, days=12, people=20_000)
