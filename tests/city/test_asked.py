"""Names that a scenario takes from its city, each mistake told."""

from __future__ import annotations

import pytest

from sim.city import build_grid, load_city
from sim.city.asked import check_asked
from sim.errors import ScenarioError
from sim.scenario import load
from sim.scenario.loading import locate

TEXT = """\
extends: op_ed
liberators:
  axes:
    east:
      start: start_est
artillery:
  positions:
    Qaraqush: 2
bridges:
  strikes:
    Third Brige: 2016-11-22
    Old Bridge: 2015-01-01
  each:
    Fith Bridge: {demolition: none}
    Second Bridge: {demolition: date, date: 2016-10-01}
"""
TWICE = """\
extends: op_ed
bridges:
  each:
    Old Bridge: {demolition: none}
    Iron Bridge: {demolition: start}
"""


def test_every_name_that_the_city_lacks_is_told_with_its_place(tmp_path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    with pytest.raises(ScenarioError) as caught:
        check_asked(load(path), build_grid(load_city("mosul")))
    lines = [str(problem) for problem in locate(path, (), caught.value.problems)]
    assert len(lines) == 6
    assert "x.yaml:5:14  liberators.axes.east.start  no place off the grid" in lines[0]
    assert 'did you mean "Qaraqosh"?' in lines[1]
    assert 'did you mean "Third Bridge"?' in lines[2]
    assert 'x.yaml:14:5  bridges.each.Fith Bridge' in lines[3]
    assert 'did you mean "Fifth Bridge"?' in lines[3]
    assert all("lies before the first day, 2016-10-17" in line for line in lines[4:])


def test_a_bridge_named_by_two_of_its_names_is_told(tmp_path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TWICE)
    with pytest.raises(ScenarioError, match=r'Iron Bridge .*is another name of "Old Bridge"'):
        check_asked(load(path), build_grid(load_city("mosul")))


@pytest.mark.parametrize("name", ["op_ed", "mosul_2016"])
def test_shipped_scenarios_ask_nothing_that_the_city_lacks(name: str) -> None:
    check_asked(load(name), build_grid(load_city("mosul")))
