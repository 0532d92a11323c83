"""Communities by bank: what ``city.yaml`` may say of them, and what is made of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.city import build_grid, load_city
from sim.city.communities import EVERYBODY, community_mix, find_community
from sim.errors import ScenarioError

RIVERTON = Path(__file__).parents[1] / "cities" / "riverton"
TAIL = "  grade: assumed\n  source: made up\n"


def with_communities(folder: Path, shares: str) -> str:
    """Riverton with these shares."""
    copy = folder / "city"
    shutil.copytree(RIVERTON, copy)
    with (copy / "city.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ncommunities:\n  shares: {shares}\n{TAIL}")
    return str(copy)


def test_shares_are_those_of_the_bank_and_names_may_be_left_out(tmp_path: Path) -> None:
    grid = build_grid(load_city(with_communities(tmp_path, "{north: {a: 0.75, b: 0.25}, south: {b: 1.0}}")), 100.0, 1000.0)
    mix = community_mix(grid)
    assert mix.names == ("a", "b")
    for bank, wanted in ((1, [0.75, 0.25]), (2, [0.0, 1.0])):
        assert (mix.share[grid.neighbourhood_bank == bank] == wanted).all()
    assert find_community(grid, "b") == 1
    with pytest.raises(ScenarioError, match='no community of the city is called "everyone"; there are: a, b'):
        find_community(grid, "everyone")


def test_a_city_without_the_key_has_one_community() -> None:
    mix = community_mix(build_grid(load_city(str(RIVERTON)), 100.0, 1000.0))
    assert mix.names == (EVERYBODY,)
    assert (mix.share == 1.0).all()


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ("{north: {a: 1.0}}", "communities.shares  says nothing of the bank south"),
        ("{north: {a: 1.0}, sout: {a: 1.0}, south: {a: 1.0}}", r'shares.sout  unknown bank "sout" \(did you mean "south"'),
        ("{north: {a: 0.5, b: 0.4}, south: {a: 1.0}}", "communities.shares.north  shares must add up to 1, not to 0.9"),
        ("{north: {a: 1.5}, south: {a: 1.0}}", "communities.shares.north.a  must be at most 1"),
    ],
)
def test_what_is_wrong_with_shares_is_told(tmp_path: Path, shares: str, wanted: str) -> None:
    with pytest.raises(ScenarioError, match=wanted):
        load_city(with_communities(tmp_path, shares))
