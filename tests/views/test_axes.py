from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.views import style
from sim.views.axes import date_ticks, spread

boxes = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.1)), min_size=1, max_size=9)


@given(boxes)
def test_labels_never_overlap_and_stay_inside(pairs):
    wanted, sizes = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    places = spread(wanted, sizes, 0, 1)
    edges = sorted((place - size / 2, place + size / 2) for place, size in zip(places, sizes, strict=True))
    assert all(below[1] <= above[0] + 1e-9 for below, above in pairwise(edges))
    assert edges[0][0] >= -1e-9
    assert edges[-1][1] <= 1 + 1e-9


def test_labels_with_room_stay_where_they_are():
    assert spread([0.1, 0.5, 0.9], [0.1] * 3, 0, 1) == pytest.approx([0.1, 0.5, 0.9])
    assert np.argsort(spread([1, 1, 1], [0.1] * 3, 0, 1)).tolist() == [2, 1, 0]


@pytest.mark.parametrize("span", [1, 5, 13, 40, 69, 90, 200, 300, 800, 3000])
def test_ticks_are_few_real_dates_with_their_year(span):
    first = date(2016, 10, 17)
    ticks = date_ticks(first, first + timedelta(days=span))
    assert 1 <= len(ticks) <= 9
    assert all(first <= day <= first + timedelta(days=span) for day, _ in ticks)
    assert "\n2016" in ticks[0][1] or span >= 800
    texts = {text for _, text in ticks}
    assert len(texts) == len(ticks) or span > 360


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (987, "987"), (12_345, "12,300"), (184_956, "185,000"), (1_234_567, "1.23 million")]
)
def test_rounded_counts(value, text):
    assert style.rounded(value) == text


def test_percentages_do_not_round_to_all_or_nothing():
    assert [style.percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == [
        "0%",
        "under 1%",
        "50%",
        "over 99%",
        "100%",
    ]


def test_colours_differ_in_greyscale():
    from matplotlib.colors import to_rgb

    colours = (style.DEFENDERS, style.LIBERATORS, style.CONTESTED, style.BUILT)
    grey = sorted(float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) for colour in colours)
    assert min(np.diff(grey)) > 0.1
