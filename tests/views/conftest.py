from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))

from synthetic import made_up_place, synthetic_run


@pytest.fixture(scope="session")
def made():
    """A small made-up run; tests must not change it."""
    return synthetic_run(made_up_place(nx=60, ny=64), days=80, people=60_000)


@pytest.fixture(scope="session")
def failed():
    """A run whose city is not liberated in the end."""
    return synthetic_run(made_up_place(nx=60, ny=64), days=40, people=60_000, liberated=False)
