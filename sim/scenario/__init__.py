"""What is asked of a run: the schema of every parameter, YAML in, errors out."""

from __future__ import annotations

from sim.scenario.loading import load
from sim.scenario.model import Scenario
from sim.scenario.reference import Parameter, parameters
from sim.scenario.shipped import shipped_names

__all__ = ["Parameter", "Scenario", "load", "parameters", "shipped_names"]
