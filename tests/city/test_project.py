from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from sim.city.project import EARTH_RADIUS_M, Projection

latitudes = st.floats(-60, 60)
offsets = st.floats(-0.3, 0.3)


@given(latitudes, st.floats(-179, 179), offsets, offsets)
def test_there_and_back(lat0, lon0, dlat, dlon):
    projection = Projection(lat0, lon0)
    lon, lat = projection.to_lonlat(*projection.to_xy(lon0 + dlon, lat0 + dlat))
    assert lon == pytest.approx(lon0 + dlon, abs=1e-9)
    assert lat == pytest.approx(lat0 + dlat, abs=1e-9)


@given(st.floats(-50, 50), st.floats(-0.13, 0.13), st.floats(-0.13, 0.13))
def test_distances_within_half_a_percent_of_the_great_circle(lat0, dlat, dlon):
    x, y = Projection(lat0, 0.0).to_xy(dlon, lat0 + dlat)
    a, b = math.radians(lat0), math.radians(lat0 + dlat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(dlon) / 2) ** 2
    great_circle = 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))
    assert math.hypot(x, y) == pytest.approx(great_circle, rel=5e-3, abs=1.0)


def test_geometry_keeps_its_type_and_comes_back():
    projection = Projection(36.34, 43.13)
    line = shapely.LineString([(43.1, 36.3), (43.2, 36.4)])
    metres = projection.geometry_to_xy(line)
    assert metres.geom_type == "LineString"
    np.testing.assert_allclose(projection.geometry_to_lonlat(metres).coords, line.coords, atol=1e-9)
