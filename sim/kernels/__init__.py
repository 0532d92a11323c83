"""Compiled inner loops that several rooms share: keyed random numbers, distance fields, the index of cells."""

from sim.kernels.cache import use_cache

use_cache()
