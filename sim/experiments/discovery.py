"""Under which conditions an outcome passes a threshold: a box by PRIM, or the leaves of a shallow tree."""

from __future__ import annotations

from sim.experiments.boxes import box
from sim.experiments.trees import tree

__all__ = ["box", "tree"]
