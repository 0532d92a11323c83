"""How files, presets and changes come together, and what is told when they cannot."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import Problem, ScenarioError
from sim.scenario import Scenario, load, shipped_names
from sim.scenario.checking import check
from sim.scenario.declare import Section, param
from sim.scenario.layering import merge
from sim.scenario.presets import PRESETS
from sim.scenario.reading import Node, read_text
from sim.scenario.shape import shape_of


class Force(Section):
    """One force."""

    strength: int = param(..., unit="persons", meaning="Persons", source="test", grade="assumed", ge=0)
    quality: float = param(1.0, unit="-", meaning="Quality", source="test", grade="assumed", gt=0)


class Forces(Section):
    """Forces by name."""

    forces: dict[str, Force] = param(dict, unit="-", meaning="By name", source="test", grade="assumed")
    shares: dict[str, float | None] = param(dict, unit="-", meaning="Shares", source="test", grade="assumed")
    span: tuple[float, float] = param((0.0, 1.0), unit="-", meaning="Span", source="test", grade="assumed")


def write(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def problems(name: str, sets: list[str] | None = None) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(name, sets or ())
    return [str(problem) for problem in caught.value.problems]


def layered(*texts: str) -> tuple[Node, list[Problem]]:
    tree, found = Node({}, read_text("{}", "x").mark), list[Problem]()
    for i, text in enumerate(texts):
        tree = merge(tree, read_text(text, f"{i}.yaml"), shape_of(Forces), "", found)
    return tree, found


def test_layers_in_their_order(shipped: Path) -> None:
    write("mid.yaml", "extends: op_ed\ntime: {step_hours: 3, max_days: 100}\n")
    write("top.yaml", "extends: mid.yaml\npreset: quick\ntime: {max_days: 50}\n")
    scenario = load("top.yaml", ["time.max_days=20"])
    assert scenario.time.max_days == 20
    assert scenario.time.step_hours == 3  # a file's own value stands over the preset
    assert scenario.city.cell_m == PRESETS["quick"]["city.cell_m"]
    assert scenario.population.persons == 1_100_000
    assert scenario.time.start == date(2016, 10, 17)
    assert load("top.yaml").time.max_days == 50


def test_names_are_not_inherited(shipped: Path) -> None:
    scenario = load(write("my test.yaml", "extends: op_ed\n"))
    assert (scenario.name, scenario.title, scenario.extends) == ("my-test", "", "op_ed")
    assert load(write("b.yaml", "name: chosen\n")).name == "chosen"
    assert load("op_ed").name == "op_ed"


def test_extends_is_relative_to_the_file_that_names_it(shipped: Path) -> None:
    Path("sub").mkdir()
    write("sub/low.yaml", "seed: 7\n")
    assert load(write("sub/top.yaml", "extends: low.yaml\n")).seed == 7


def test_a_city_folder_is_relative_to_the_file_that_names_it(shipped: Path) -> None:
    Path("sub").mkdir()
    write("sub/top.yaml", "city: {path: ./town}\n")
    assert load("sub/top.yaml").city.path == str(Path("sub/town").absolute())
    assert load(write("top.yaml", "extends: sub/top.yaml\n")).city.path == str(Path("sub/town").absolute())
    assert load(write("plain.yaml", "city: {path: mosul}\n")).city.path == "mosul"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("extends: opp_ed\n", '"opp_ed": no shipped scenario and no file of this name (did you mean "op_ed"?)'),
        ("extends: lo.yaml\n", '"lo.yaml": no such file (did you mean "low.yaml"?)'),
        ("extends: x.yaml\n", "runs in a circle: x.yaml -> x.yaml"),
        ("extends: [op_ed]\n", "must name one scenario or file, not a list"),
        ("extends: .\n", "this is a folder"),
    ],
)
def test_extends_that_leads_nowhere(shipped: Path, text: str, told: str) -> None:
    write("low.yaml", "seed: 7\n")
    (line,) = problems(write("x.yaml", text))
    assert told in line


def test_a_circle_of_files_is_told_as_one(shipped: Path) -> None:
    write("a.yaml", "extends: b.yaml\n")
    write("b.yaml", "extends: a.yaml\n")
    assert problems("a.yaml") == ["b.yaml:1:10  extends  runs in a circle: a.yaml -> b.yaml -> a.yaml"]


def test_mistakes_of_all_files_and_changes_come_at_once_in_order(shipped: Path) -> None:
    write("low.yaml", "time:\n  stat: 2016-10-17\n")
    write("top.yaml", "extends: low.yaml\ntim: 1\ncity: {cell_m: 1}\n")
    *in_files, one, two = problems("top.yaml", ["seed=x", "nonsense"])
    assert in_files == [
        'top.yaml:2:1  tim  unknown key (did you mean "time"?)',
        "top.yaml:3:16  city.cell_m  must be between 25 and 1,000 (m), not 1",
        'low.yaml:2:3  time.stat  unknown key (did you mean "start"?)',
    ]
    assert {one, two} == {
        '--set  seed  must be a whole number, not the text "x"',
        "--set  nonsense  write it as key=value, such as --set time.max_days=30",
    }


def test_what_reading_tells_does_not_hide_what_checking_tells(shipped: Path) -> None:
    write("x.yaml", "extends: op_ed\ntime:\n  start: 2016-02-30\n  max_days: 3\n  max_days: 4\n  step: 1\n")
    assert [line.split("  ")[0:2] for line in problems("x.yaml")] == [
        ["x.yaml:3:10", "time.start"],
        ["x.yaml:5:3", "time.max_days"],
        ["x.yaml:6:3", "time.step"],
    ]


@pytest.mark.parametrize(
    "change",
    ["time.max_days", "=3", "time..max_days=3", "name=x", "extends=base", "time=3", "time.max_days=[1", "a.b=1"],
)
def test_changes_that_cannot_be_made(shipped: Path, change: str) -> None:
    (line,) = problems("op_ed", [change])
    assert line.startswith("--set  ")


def test_changes_from_python_take_numpy_numbers_and_none(shipped: Path) -> None:
    scenario = load("op_ed", {"time.max_days": np.int64(9), "city.cell_m": np.float64(50)})
    assert scenario.time.max_days == 9
    assert type(scenario.time.max_days) is int
    assert scenario.replace({"time.max_days": 10, "time": {"step_hours": 2}}).time.step_hours == 2
    with pytest.raises(ScenarioError, match=r"override  time\.max_days"):
        scenario.replace({"time.max_days": "ten"})


def test_a_preset_that_is_set_makes_a_resolved_scenario_coarse(shipped: Path) -> None:
    resolved = write("resolved.yaml", load("op_ed").to_yaml())
    scenario = load(resolved, ["preset=quick", "time.step_hours=2"])
    assert scenario.city.cell_m == PRESETS["quick"]["city.cell_m"]
    assert scenario.time.step_hours == 2  # another change stands over the preset
    assert load(write("again.yaml", load("op_ed", ["preset=quick"]).to_yaml())).preset == "quick"


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_are_valid(shipped: Path, name: str) -> None:
    assert load("op_ed", [f"preset={name}"]).preset == name


def test_entries_by_name_are_merged_and_removed() -> None:
    low = "forces: {cts: {strength: 100, quality: 2.0}, pmu: {strength: 5}}"
    tree, found = layered(low, "forces: {cts: {strength: 200}, pmu: null}")
    assert not found
    forces = check(tree, Forces).forces
    assert list(forces) == ["cts"]
    assert (forces["cts"].strength, forces["cts"].quality) == (200, 2.0)


def test_removing_what_is_not_there_is_a_mistake() -> None:
    _, found = layered("forces: {cts: {strength: 1}}", "forces: {ctss: null}")
    assert [str(problem) for problem in found] == [
        '1.yaml:1:10  forces.ctss  there is none of this name to remove (did you mean "cts"?)'
    ]


def test_null_is_kept_where_it_is_a_value_and_says_nothing_for_a_section() -> None:
    tree, found = layered("shares: {a: 1.0, b: 2}", "shares: {a: null}", "shares:")
    assert not found
    assert check(tree, Forces).shares == {"a": None, "b": 2.0}


def test_lists_are_replaced_and_fit_tuples() -> None:
    tree, _ = layered("span: [0, 1]", "span: [2, 3]")
    assert check(tree, Forces).span == (2.0, 3.0)


def test_a_new_entry_without_its_required_value() -> None:
    tree, _ = layered("forces:\n  army: {quality: 1.5}\n")
    with pytest.raises(ScenarioError) as caught:
        check(tree, Forces)
    assert str(caught.value) == "0.yaml:2:3  forces.army.strength  is missing: it has no default"


def test_unknown_names(shipped: Path) -> None:
    assert shipped_names() == ["base", "op_ed"]
    for name, told in (
        ("op-ed", 'did you mean "op_ed"?'),
        ("zzz", "shipped are: base, op_ed"),
        ("", "is wanted"),
        ("op_ed.yaml", 'did you mean the shipped scenario "op_ed"?'),
        ("x\0y", "no shipped scenario"),
        ("a" * 5000, "neither a path nor a name"),
    ):
        with pytest.raises(ScenarioError) as caught:
            load(name)
        assert told in str(caught.value)


def test_load_gives_a_frozen_scenario(shipped: Path) -> None:
    scenario = load("op_ed")
    assert isinstance(scenario, Scenario)
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 3
