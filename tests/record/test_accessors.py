from __future__ import annotations

import subprocess
import sys

import pytest

from sim.record import accessors


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    monkeypatch.setattr(accessors, "_TARGETS", {})


def test_a_registered_function_becomes_a_method(made):
    accessors.register("seed_of", "test_accessors:seed_of")
    assert made.seed_of(add=1) == made.manifest["seed"] + 1
    assert "seed_of" in dir(made)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = made.nothing


def seed_of(run, add):
    return run.manifest["seed"] + add


def test_registration_is_strict_and_repeatable():
    accessors.register("plot", "a.b:c")
    accessors.register("plot", "a.b:c")
    with pytest.raises(ValueError, match="registered already"):
        accessors.register("plot", "a.b:d")
    for name, target in (("_x", "a:b"), ("x y", "a:b"), ("x", "a.b"), ("x", ":b"), ("x", "a:")):
        with pytest.raises(ValueError, match="cannot register"):
            accessors.register(name, target)


def test_the_room_is_light():
    code = (
        "import sys, sim.record, sim.record.run, sim.record.ledger, sim.record.recorder, sim.record.outcomes;"
        "print([m for m in ('pandas', 'pyarrow', 'matplotlib', 'mesa', 'numba', 'sim.views') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_of_the_room():
    import sim.record

    for name in sim.record._HOMES:
        assert getattr(sim.record, name) is not None
        assert name in dir(sim.record)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sim.record.nonsense
