"""The frame of the map that a run needs for drawing: size of the grid and its place on Earth."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8  # mean radius of WGS84 (IUGG)
_MAX_CELLS = 100_000_000


@dataclass(frozen=True, slots=True)
class GridInfo:
    """A regular grid of square cells in local equirectangular metres.

    Attributes:
        nx: Cells from west to east.
        ny: Cells from south to north; row 0 lies in the south.
        cell_m: Side of a cell (m).
        x0: Metres east of the centre at the south-west corner.
        y0: Metres north of the centre at the south-west corner.
        lat0: Latitude of the centre (degrees).
        lon0: Longitude of the centre (degrees).
    """

    nx: int
    ny: int
    cell_m: float
    x0: float
    y0: float
    lat0: float
    lon0: float

    def __post_init__(self) -> None:
        numbers = [float(getattr(self, field.name)) for field in fields(self)]
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("a grid needs finite numbers")
        if self.nx < 1 or self.ny < 1 or self.cell_m <= 0 or self.nx * self.ny > _MAX_CELLS:
            raise ValueError(f"not a grid: {self.nx} x {self.ny} cells of {self.cell_m} m")

    @property
    def extent_km(self) -> tuple[float, float, float, float]:
        """West, east, south, north edge (km from the centre), as matplotlib's ``imshow`` takes them."""
        west, south = self.x0 / 1000, self.y0 / 1000
        side = self.cell_m / 1000
        return west, west + self.nx * side, south, south + self.ny * side

    @property
    def cell_km2(self) -> float:
        """Area of a cell (km2)."""
        return (self.cell_m / 1000) ** 2

    def to_km(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project positions: x = R cos(lat0) (lon - lon0), y = R (lat - lat0), angles in radians.

        Args:
            lonlat: Longitude and latitude (degrees), shape (..., 2).

        Returns:
            Kilometres east and north of the centre, shape (..., 2).
        """
        scale = math.pi / 180 * EARTH_RADIUS_M / 1000
        offset = np.asarray(lonlat, dtype=np.float64) - (self.lon0, self.lat0)
        projected: NDArray[np.float64] = offset * (scale * math.cos(math.radians(self.lat0)), scale)
        return projected

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> GridInfo:
        """The grid of :meth:`to_dict`.

        Raises:
            ValueError: A number is missing or is none, or the grid makes no sense.
        """
        try:
            nx, ny = int(plain["nx"]), int(plain["ny"])
            numbers = [float(plain[name]) for name in ("cell_m", "x0", "y0", "lat0", "lon0")]
            return cls(nx, ny, *numbers)
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a grid: {error}") from error
