"""Where the battle happens: a city folder, read and checked, and its grid of cells.

A city is a folder of GeoJSON layers and ``city.yaml``; Mosul ships with the package, any other is a path::

    from sim.city import build_grid, load_city

    grid = build_grid(load_city("mosul"), cell_m=100.0)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.city.folder import City, load_city, shipped_cities
    from sim.city.grid import Bridge, CityGrid, Site, build_grid
    from sim.city.roads import OffGrid

__all__ = ["Bridge", "City", "CityGrid", "OffGrid", "Site", "build_grid", "load_city", "shipped_cities"]

_HOMES = {
    "Bridge": "grid",
    "City": "folder",
    "CityGrid": "grid",
    "OffGrid": "roads",
    "Site": "grid",
    "build_grid": "grid",
    "load_city": "folder",
    "shipped_cities": "folder",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import a public name on first use: the package itself stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, for completion."""
    return sorted(__all__)
