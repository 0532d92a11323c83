"""What every room's tests may use: the small battle for Riverton, and property tests that are the same each time."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

from sim.scenario import Scenario, load

# No deadline: the first example may compile. The same examples in every run: a test fails for a reason, never by chance.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


# Modules and tests stay to the end: the garbage collector need not look through them, and may look less often.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="session")
def riverton_file() -> str:
    """The small battle's scenario file."""
    return str(Path(__file__).parent / "scenarios" / "riverton.yaml")


@pytest.fixture(scope="session")
def riverton(riverton_file: str) -> Scenario:
    """A battle in a made-up city, frozen: it runs to its end within a second or two."""
    return load(riverton_file)
