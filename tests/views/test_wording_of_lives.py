"""Words for what people do without."""

from __future__ import annotations

import pytest

from sim.views.wording_of_lives import lacking


@pytest.mark.parametrize(
    ("wants", "told"),
    [
        ((0.0, 0.0, 0.0, 0.0), ""),
        ((0.19, 0.19, 0.19, 0.5), ""),
        ((0.6, 0.2, 0.0, 0.0), "without power, short of water"),
        ((0.9, 0.9, 0.0, 0.0), "without power and water"),
        ((0.0, 0.9, 0.3, 0.0), "without water, thirsty"),
        ((0.0, 0.0, 0.0, 0.51), "going hungry"),
        ((0.3, 0.0, 0.2, 0.9), "short of power, thirsty, going hungry"),
    ],
)
def test_wants_are_told_from_their_shares_on(wants: tuple[float, float, float, float], told: str) -> None:
    assert lacking(*wants) == told
