"""Riverton, the made-up city: whole, and as a copy that a test may break."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.city import City, CityGrid, build_grid, load_city

RIVERTON = Path(__file__).parents[1] / "cities" / "riverton"


@pytest.fixture(scope="session")
def riverton() -> City:
    return load_city(RIVERTON)


@pytest.fixture(scope="session")
def river_grid(riverton: City) -> CityGrid:
    return build_grid(riverton, 100.0, 2000.0)


@pytest.fixture(scope="session")
def mosul() -> CityGrid:
    return build_grid(load_city("mosul"))


class Folder:
    """A copy of Riverton; each change is written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, name: str) -> Path:
        return self.path / name

    def layer(self, name: str) -> dict[str, Any]:
        return json.loads(self.file(f"{name}.geojson").read_text())

    def write(self, name: str, document: object) -> None:
        self.file(f"{name}.geojson").write_text(json.dumps(document))

    def change(self, layer: str, feature: str, **properties: object) -> None:
        """Set properties of a feature; ``geometry=...`` sets its coordinates, ``None`` removes."""
        document = self.layer(layer)
        (found,) = [f for f in document["features"] if f["properties"]["name"] == feature]
        for key, value in properties.items():
            if key == "geometry":
                found["geometry"]["coordinates"] = value
            elif value is None:
                found["properties"].pop(key, None)
            else:
                found["properties"][key] = value
        self.write(layer, document)

    def settings(self, old: str, new: str) -> None:
        text = self.file("city.yaml").read_text()
        assert old in text
        self.file("city.yaml").write_text(text.replace(old, new, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(Path(shutil.copytree(RIVERTON, tmp_path / "my_city")))
