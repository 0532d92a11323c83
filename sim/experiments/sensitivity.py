"""Which factors an outcome depends on, by the design of the sweep: screening, variance-based indices, rank correlations.

Morris and Sobol work on the unit cube in which the design was drawn: a factor counts by its share of the cube, whatever its unit
or type. Whole numbers and listed values get equal shares of it (:mod:`sim.experiments.designs`).
"""

from __future__ import annotations

from sim.experiments.ranks import ranks
from sim.experiments.screening import morris
from sim.experiments.variance import sobol

__all__ = ["morris", "ranks", "sobol"]
