"""The battle: a Mesa model of the fighting and of what it does to people."""

import sim.kernels  # noqa: F401  points Numba's cache before Numba is imported
from sim.battle.model import Battle

__all__ = ["Battle"]
