"""The memory that a scenario is said to need against what a built battle holds, and refusals from Python."""

from __future__ import annotations

import gc
import json
import shutil
import tracemalloc
from pathlib import Path

import pytest

from sim.battle import Battle
from sim.city import build_grid, load_city
from sim.cli import main
from sim.errors import ScenarioError
from sim.scenario import Scenario, memory

CITIES = Path(__file__).resolve().parents[1] / "cities"

# What is built holds no less than half of what was said, and no more than all of it and a half.
LEAST, MOST = 0.5, 1.5


def held(scenario: Scenario) -> tuple[int, Battle]:
    """Bytes that a battle holds once it is built, and the battle; its grid, which is shared, is made anew."""
    build_grid.cache_clear()
    gc.collect()
    tracemalloc.start()
    battle = Battle(scenario, seed=1)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size, battle


@pytest.fixture(scope="module")
def small(riverton: Scenario) -> tuple[int, Battle]:
    Battle(riverton, seed=1)  # what is made once for all battles counts for none
    return held(riverton)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("households", {"population.persons": 400_000}),
        ("teams", {"defenders.fighters": 30_000}),
        ("platoons", {"liberators.forces.northern.strength": 60_000}),
        ("cells", {"city.cell_m": 40.0}),
    ],
)
def test_what_is_said_is_what_is_held(
    riverton: Scenario, small: tuple[int, Battle], part: str, changes: dict[str, float]
) -> None:
    (few, base), (many, large) = small, held(riverton.replace(changes))
    needs = [
        memory.need_of(battle.scenario, cells=battle.grid.n, neighbourhoods=len(battle.grid.neighbourhood_names))
        for battle in (base, large)
    ]
    said = [need.parts()[part] - need.cells * need.days * memory.MAP_BYTES * (part == "cells") for need in needs]
    assert said[1] > 3 * said[0]
    assert LEAST < (many - few) / (said[1] - said[0]) < MOST


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"population.persons": 2_000_000}, "population.persons"),
        ({"defenders.fighters": 200_000, "defenders.team_size": 1}, "defenders.fighters"),
        ({"liberators.platoon_size": 1, "liberators.forces.northern.strength": 200_000}, "liberators.platoon_size"),
        ({"time.max_days": 2000, "city.cell_m": 50.0}, "city.cell_m"),
    ],
)
def test_a_battle_that_the_machine_cannot_hold_is_refused_before_it_is_built(
    riverton: Scenario, monkeypatch: pytest.MonkeyPatch, changes: dict[str, float], key: str
) -> None:
    monkeypatch.setattr("sim.scenario.memory.machine_bytes", lambda: 20_000_000)
    monkeypatch.setattr("sim.battle.model.make_households", None)
    with pytest.raises(ScenarioError, match=r"would take .* and the whole battle about .* of memory; this machine has") as caught:
        Battle(riverton, seed=1, **changes)
    assert [problem.key for problem in caught.value.problems] == [key]


def test_the_limit_is_all_of_the_physical_memory(riverton: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = build_grid(load_city(riverton.city.path), riverton.city.cell_m, riverton.city.margin_m)
    need = memory.need_of(riverton, cells=grid.n, neighbourhoods=len(grid.neighbourhood_names)).bytes
    for machine, fits in ((need, True), (need - 1, False), (None, True)):
        monkeypatch.setattr("sim.scenario.memory.machine_bytes", lambda machine=machine: machine)
        if fits:
            Battle(riverton, seed=1)
        else:
            with pytest.raises(ScenarioError, match="of memory"):
                Battle(riverton, seed=1)


def test_the_memory_of_this_machine_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}.__getitem__, raising=False)
    assert memory.machine_bytes() == 4_096_000
    monkeypatch.setattr("os.sysconf", lambda name: (_ for _ in ()).throw(ValueError(name)), raising=False)
    assert memory.machine_bytes() is None
    assert "not known" in memory.against_machine(1e9)


def test_a_city_a_thousand_kilometres_wide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CITIES / "riverton", tmp_path / "wide")
    layer = tmp_path / "wide" / "outline.geojson"
    document = json.loads(layer.read_text(encoding="utf-8"))
    document["features"] = [feature for feature in document["features"] if feature["properties"].get("bank")]
    for feature in document["features"]:
        edge = 24.4 if feature["properties"].get("bank") == "north" else 15.6
        corners = [[-44.7, 20.0], [-35.3, 20.0], [-35.3, edge], [-44.7, edge], [-44.7, 20.0]]
        feature["geometry"] = {"type": "Polygon", "coordinates": [corners]}
    layer.write_text(json.dumps(document), encoding="utf-8")
    text = (CITIES.parent / "scenarios" / "riverton.yaml").read_text(encoding="utf-8").replace("../cities/riverton", "./wide")
    (tmp_path / "wide.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "wide.yaml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("wide.yaml:6:1  city.cell_m  at most 4,000,000 cells are allowed")
    assert "cells would need about 2" in line
    assert "GB of memory; this machine has" in line


@pytest.mark.parametrize("cell_m", [25.0, 30.0])
def test_ground_alone_that_is_too_large_is_refused_before_it_is_laid(monkeypatch: pytest.MonkeyPatch, cell_m: float) -> None:
    monkeypatch.setattr("sim.scenario.memory.machine_bytes", lambda: 5_000_000)
    monkeypatch.setattr("sim.city.grid.bank_layer", None)
    build_grid.cache_clear()
    with pytest.raises(ScenarioError, match=r"cells would need about .* MB of memory; this machine has 5\.0 MB"):
        build_grid(load_city(CITIES / "riverton"), cell_m, 1000.0)
