"""The scenario as a whole: writing it out and reading it back, and what its hash counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario import Scenario, load, shipped_names
from sim.scenario.reading import Node, read_text
from sim.scenario.shipped import shipped_folder
from sim.scenario.writing import yaml_text

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.dates()
    | st.text(max_size=30)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z_ ]*[a-z]", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


@settings(max_examples=200, deadline=None, database=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "on", "no", "x y"]), TREES, min_size=1, max_size=4))
def test_what_is_written_is_read_back_unchanged(values: dict[str, Any]) -> None:
    found = plain(read_text(yaml_text(values), "x.yaml"))
    assert found == values
    assert repr(found) == repr(values)  # types too, and the order of keys


def test_a_resolved_scenario_runs_as_it_is(shipped: Path) -> None:
    Path("x.yaml").write_text(
        "extends: op_ed\ntitle: 'war: and #peace'\ndescription: |\n  Two\n  lines\npreset: quick\n"
        "behaviours: {defenders: my_package.hold_the_river}\n"
    )
    scenario = load("x.yaml", ["seed=9"])
    Path("kept.yaml").write_text(scenario.to_yaml())
    again = load("kept.yaml")
    assert again.to_dict() == scenario.to_dict()
    assert again.to_yaml() == scenario.to_yaml()
    assert again.short_hash == scenario.short_hash
    assert again.extends is None


def test_the_hash_counts_what_the_model_reads() -> None:
    one = Scenario()
    assert one.replace({"title": "other", "seed": 5}).short_hash == one.short_hash
    assert one.replace({"time.max_days": 5}).short_hash != one.short_hash
    assert one.replace({"behaviours.households": "a.b"}).short_hash != one.short_hash
    assert len(one.short_hash) == 8


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"behaviours.defendrs": "a.b"}, 'did you mean "defenders"?'),
        ({"behaviours.defenders": "os.system('x')"}, "must name a Python function"),
        ({"behaviours.defenders": "alone"}, "must name a Python function"),
        ({"behaviours": "a.b"}, "holds keys of its own (such as defenders)"),
        ({"title": "two\nlines"}, "one line"),
        ({"seed": -1}, "at least 0"),
        ({"seed": 2**63}, "less than"),
        ({"preset": "quik"}, 'did you mean "quick"?'),
    ],
)
def test_the_top_of_the_file(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario().replace(changes)
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["a/b", "..", "", ".hidden", "a b", "x" * 65])
def test_a_name_must_do_for_a_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f'name: "{name}"\n')
    with pytest.raises(ScenarioError, match="name"):
        load(path)


def test_no_behaviour_is_imported_by_loading() -> None:
    scenario = Scenario().replace({"behaviours.defenders": "a_module_that_does_not.exist"})
    assert scenario.behaviours["defenders"] == "a_module_that_does_not.exist"


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario.title
    assert load(shipped_folder() / f"{name}.yaml").to_dict() == scenario.to_dict()


def test_an_installed_package_carries_its_own_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "sim" / "scenario" / "shipped.py"
    (tmp_path / "scenarios").mkdir(parents=True)
    monkeypatch.setattr("sim.scenario.shipped.__file__", str(module))
    assert shipped_folder() == tmp_path / "scenarios"
    (module.parent / "shipped").mkdir(parents=True)
    assert shipped_folder() == module.parent / "shipped"


def test_a_preset_is_laid_once_and_not_again_over_what_was_set_beside_it() -> None:
    asked = load("op_ed", {"preset": "quick", "city.cell_m": 500})
    changed = asked.replace({"defenders.fighters": 3000})
    assert (changed.city.cell_m, changed.time.step_hours, changed.defenders.fighters) == (500, 6, 3000)
    full = load("op_ed", {"city.cell_m": 500}).replace({"preset": "quick", "time.step_hours": 3})
    assert (full.city.cell_m, full.time.step_hours) == (250, 3)
