"""Codes of the grid's layers, shared by the map and by compiled loops."""

from __future__ import annotations

# Terrain of a cell.
(OPEN, BUILT, WATER) = range(3)

# Roads of a cell.
(NO_ROAD, STREETS, MAIN_ROAD) = range(3)

# Bank of a cell: 0 is water, 1 is the first bank that city.yaml names, and so on.
NO_BANK = 0
