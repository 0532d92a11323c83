"""A sweep's file: what it asks, what it becomes, and every mistake at its place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sim.city import load_city
from sim.cli import main
from sim.errors import ScenarioError
from sim.experiments.shipped import find_sweep, shipped_sweeps, sweeps_folder
from sim.experiments.spec import Design, Factor, SweepSpec, load_spec
from sim.record.outcomes import outcome_names
from sim.scenario import parameters

HEAD = "scenario: op_ed\nset: {preset: quick}\n"
GRID = "design: {kind: grid}\n"
FIGHTERS = "factors:\n  defenders.fighters: [2000, 3000]\n"


read_once = cache(load_city)


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; a city is read once for all tests."""
    monkeypatch.setattr("sim.experiments.reading.load_city", read_once)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spec_of(text: str) -> SweepSpec:
    Path("s.yaml").write_text(text, encoding="utf-8")
    return load_spec("s.yaml")


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        spec_of(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_small_file_says_all_that_is_asked() -> None:
    spec = spec_of(
        "title: Fighters\nscenario: op_ed\nset: {preset: quick, time: {max_days: 30}}\n"
        "factors:\n  defenders: {fighters: [2000, 3000]}\n  flight.danger: {low: 1, high: 4}\n  flight.example: declared\n"
        "design: {kind: latin_hypercube, samples: 8, seed: 3}\nreplicates: 10\nseeds: independent\nfirst_seed: 7\n"
        "outcomes: [displaced, liberated_share_east]\nkeep: everything\n"
    )
    declared = {item.key: item for item in parameters()}["flight.example"]
    assert (spec.name, spec.title) == ("s", "Fighters")
    assert spec.scenario.time.max_days == 30
    assert spec.scenario.city.cell_m == 250
    assert spec.factors == (
        Factor("defenders.fighters", (2000, 3000), whole=True),
        Factor("flight.danger", None, 1.0, 4.0),
        Factor("flight.example", None, declared.low, declared.high),
    )
    assert spec.design == Design("latin_hypercube", 8, 3)
    assert (spec.replicates, spec.seeds, spec.first_seed, spec.keep) == (10, "independent", 7, "everything")
    assert spec.outcomes == ("displaced", "liberated_share_east")


def test_all_outcomes_of_the_citys_banks_are_kept_where_none_are_named(riverton_file: str) -> None:
    spec = spec_of(f"scenario: '{riverton_file}'\nfactors: {{defenders.fighters: [50, 60]}}\n{GRID}")
    assert spec.outcomes == tuple(outcome_names(["north", "south"]))
    assert spec.scenario.defenders.fighters == 100


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        ("role: free", lambda item: item.role == "free"),
        ("section: flight", lambda item: item.key.startswith("flight.")),
        ("role: free, section: flight", lambda item: item.role == "free" and item.key.startswith("flight.")),
    ],
)
def test_a_group_stands_for_every_declared_range(group: str, keys: object) -> None:
    assert callable(keys)
    spec = spec_of(f"{HEAD}groups: [{{{group}}}]\ndesign: {{kind: morris, samples: 4}}\n")
    wanted = {item.key: (item.low, item.high) for item in parameters() if keys(item) and None not in {item.low, item.high}}
    assert {factor.key: (factor.low, factor.high) for factor in spec.factors} == wanted
    assert len(wanted) > 2


def test_a_group_takes_the_names_that_the_scenario_has_and_leaves_what_stands_under_factors() -> None:
    spec = spec_of(
        f"{HEAD}factors: {{liberators.fatigue_per_h: {{low: 0.01, high: 0.02}}}}\n"
        "groups: [{section: liberators}, {section: liberators, role: free}]\ndesign: {kind: latin_hypercube, samples: 4}\n"
    )
    keys = [factor.key for factor in spec.factors]
    assert "liberators.forces.cts.quality" in keys
    assert len(set(keys)) == len(keys)
    assert spec.factors[0] == Factor("liberators.fatigue_per_h", None, 0.01, 0.02)


def test_steps_make_a_list_of_a_range() -> None:
    spec = spec_of(
        f"{HEAD}factors:\n  defenders.fighters: {{low: 2000, high: 3000, steps: 3}}\n"
        f"  flight.spread: {{low: 1, high: 2, steps: 5}}\n{GRID}"
    )
    assert [factor.values for factor in spec.factors] == [(2000, 2500, 3000), (1.0, 1.25, 1.5, 1.75, 2.0)]


def test_a_list_comes_from_a_csv_beside_the_file(work: Path) -> None:
    rows = "\ufeffdefenders.fighters, flight.danger, bridges.demolition\n2000, 3, none\n\n2000,4.5,start\n"
    (work / "rows.csv").write_text(rows, encoding="utf-8")
    spec = spec_of(f"{HEAD}design: {{kind: list, file: rows.csv}}\n")
    assert [factor.values for factor in spec.factors] == [(2000, 2000), (3.0, 4.5), ("none", "start")]
    assert [type(value) for value in spec.factors[1].listed] == [float, float]


ROUND_TRIPS = [
    f"{HEAD}{FIGHTERS}  bridges.demolition: [none, start]\n  coercion.enabled: [true, false]\n  time.start: [2016-10-17]\n{GRID}",
    f"{HEAD}groups: [{{role: free}}]\ndesign: {{kind: sobol, samples: 8, seed: 5, second_order: true}}\n",
    f"{HEAD}factors: {{defenders.fighters: declared}}\ndesign: {{kind: morris, samples: 4, levels: 6}}\nreplicates: 3\n",
    f"{HEAD}factors: {{defenders.fighters: [1, 1, 2], flight.danger: [1, 2, 3]}}\ndesign: {{kind: list}}\nkeep: daily\n",
]


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_the_resolved_file_gives_the_same_sweep(text: str, work: Path) -> None:
    spec = spec_of(text)
    (work / "elsewhere").mkdir()
    resolved = work / "elsewhere" / "sweep.yaml"
    resolved.write_text(spec.to_yaml(), encoding="utf-8")
    again = load_spec(resolved)
    assert again == spec
    assert again.to_yaml() == spec.to_yaml()
    assert again.short_hash == spec.short_hash


def test_a_city_beside_the_sweep_is_found_again_from_elsewhere(work: Path, riverton_file: str) -> None:
    cities = Path(riverton_file).parents[1] / "cities"
    (work / "cities").symlink_to(cities)
    head = f"scenario: '{riverton_file}'\nset: {{city: {{path: ./cities/riverton}}}}\n"
    spec = spec_of(f"{head}factors: {{defenders.fighters: [50, 60]}}\n{GRID}")
    assert spec.scenario.city.path == str(work / "cities" / "riverton")


def test_a_value_of_the_files_own_under_a_preset_outlives_a_change() -> None:
    spec = spec_of(f"scenario: op_ed\nset: {{preset: quick, city.cell_m: 500}}\n{FIGHTERS}{GRID}")
    assert spec.scenario.replace({"defenders.fighters": 2000}).city.cell_m == 500


def test_the_hash_follows_what_is_asked_and_not_how_it_is_told() -> None:
    plain = spec_of(HEAD + FIGHTERS + GRID).short_hash
    assert spec_of(f"title: Other\nname: other\n{HEAD}{FIGHTERS}{GRID}").short_hash == plain
    others = ["replicates: 2\n", "first_seed: 2\n", "seeds: independent\n", "keep: daily\n", "outcomes: [displaced]\n"]
    hashes = {spec_of(HEAD + FIGHTERS + GRID + other).short_hash for other in others}
    hashes.add(spec_of(HEAD.replace("quick", "full") + FIGHTERS + GRID).short_hash)
    hashes.add(spec_of(HEAD + FIGHTERS.replace("3000", "3001") + GRID).short_hash)
    assert len(hashes | {plain}) == len(others) + 3


@pytest.mark.parametrize("name", shipped_sweeps())
def test_a_shipped_sweep_loads_by_its_name(name: str) -> None:
    spec = load_spec(name)
    assert spec.name == name
    assert spec.title


def test_two_sweeps_are_shipped_beside_the_scenarios() -> None:
    assert shipped_sweeps() == ["fighters_and_bridges", "what_matters"]
    assert find_sweep("what_matters") == sweeps_folder() / "what_matters.yaml"


MISTAKES = [
    ("", ["s.yaml  the file is empty; write at least `scenario:`, `factors:` and `design:`"]),
    ("- a\n", ["s.yaml:1:1  a scenario is made of `key: value` lines, but this file holds a list"]),
    (
        FIGHTERS + GRID,
        ["s.yaml  scenario  is missing: name the scenario that every run starts from, such as op_ed"],
    ),
    (
        "scenario: op_edd\n" + FIGHTERS + GRID,
        ['s.yaml:1:11  scenario  "op_edd": no shipped scenario and no file of this name (did you mean "op_ed"?)'],
    ),
    (HEAD + FIGHTERS, ["s.yaml:1:1  design  is missing: it has no default"]),
    (HEAD + GRID, ["s.yaml:3:1  factors  nothing varies: name at least one parameter under `factors:`"]),
    (HEAD + "factor: 1\n" + GRID, ['s.yaml:3:1  factor  unknown key (did you mean "factors"?)']),
    (
        HEAD + FIGHTERS + "design: {kind: gird}\n",
        [('s.yaml:5:16  design.kind  must be one of grid, list, latin_hypercube, sobol, morris, not the text "gird" '
          '(did you mean "grid"?)')],
    ),
    (
        "scenario: op_ed\nset:\n  preset: quick\n  defenders:\n    figthers: 3\n" + FIGHTERS + GRID,
        ['s.yaml:5:5  defenders.figthers  unknown key (did you mean "fighters"?)'],
    ),
    (
        "scenario: op_ed\nset:\n  defenders.fighters: -3\n  time: {max_days: x}\nfactors:\n  flight.dange: [1, 2]\n" + GRID,
        [
            "s.yaml:3:3  defenders.fighters  must be between 0 and 200,000 (persons), not -3",
            's.yaml:4:10  time.max_days  must be a whole number (days), not the text "x"',
            's.yaml:6:3  flight.dange  unknown key (did you mean "danger"?)',
        ],
    ),
    (
        HEAD + "factors:\n  defenders.fighters: [2000, -1, 2.5, many]\n" + GRID,
        [
            "s.yaml:4:30  defenders.fighters  must be between 0 and 200,000 (persons), not -1",
            "s.yaml:4:34  defenders.fighters  must be a whole number (persons), not 2.5",
            's.yaml:4:39  defenders.fighters  must be a whole number (persons), not the text "many"',
        ],
    ),
    (
        HEAD + "factors:\n  bridges.demolition: [none, treatened]\n" + GRID,
        [('s.yaml:4:30  bridges.demolition  must be one of none, threatened, start, date, not the text "treatened" '
          '(did you mean "threatened"?)')],
    ),
    (
        HEAD + "factors: 2016-02-31\n" + GRID,
        ["s.yaml:3:10  factors  there is no date 2016-02-31 (day is out of range for month)"],
    ),
    (
        HEAD + "factors:\n  flight.danger: {low: {a: 1}}\n" + GRID + "outcomes: [1]\n",
        [
            "s.yaml:4:24  flight.danger  must be a number, not a group of keys",
            's.yaml:6:12  outcomes[1]  must be text, not 1: put it in quotes, "..."',
        ],
    ),
    (HEAD + "factors:\n  flight.danger: []\n" + GRID, ["s.yaml:4:18  flight.danger  lists no values"]),
    (HEAD + "factors:\n  flight.danger: [1, 2, 1.0]\n" + GRID, ["s.yaml:4:25  flight.danger  lists 1 twice"]),
    (
        HEAD + "factors:\n  flight.danger: [[1], 2]\n" + GRID,
        ["s.yaml:4:19  flight.danger  a factor takes single values, not a list"],
    ),
    (
        HEAD + "factors:\n  flight.danger: 3\n" + GRID,
        [("s.yaml:4:18  flight.danger  one value does not vary: put it under `set:`, or give a list of values, "
          "`{low: ..., high: ...}`, or `declared`")],
    ),
    (
        HEAD + "factors:\n  flight.danger: declarde\n" + GRID,
        ["s.yaml:4:18  flight.danger  give a list of values, `{low: ..., high: ...}`, or `declared`, not the text \"declarde\""],
    ),
    (
        HEAD + "factors:\n  flight.danger: {low: 4, high: 4}\ndesign: {kind: sobol, samples: 8}\n",
        ["s.yaml:4:18  flight.danger  the range is empty: low (4) must be below high (4)"],
    ),
    (
        HEAD + "factors:\n  flight.danger: {low: -4, high: 400}\ndesign: {kind: sobol, samples: 8}\n",
        [
            "s.yaml:4:24  flight.danger  must be between 0 and 50 (logit), not -4",
            "s.yaml:4:34  flight.danger  must be between 0 and 50 (logit), not 400",
        ],
    ),
    (
        HEAD + "factors:\n  flight.danger: {low: 1, hihg: 2}\n" + GRID,
        ['s.yaml:4:27  flight.danger.hihg  unknown key (did you mean "high"?)'],
    ),
    (
        HEAD + "factors:\n  liberators.forces.cts.strength: declared\n  coercion.enabled: declared\n" + GRID,
        [
            "s.yaml:4:35  liberators.forces.cts.strength  declares no range: give {low: ..., high: ...}",
            "s.yaml:5:21  coercion.enabled  is no number, so it has no range: give a list of values",
        ],
    ),
    (
        HEAD + "factors:\n  liberators.forces.ctss.quality: [1, 2]\n  liberators.forces: [1]\n  seed: [1, 2]\n" + GRID,
        [
            's.yaml:4:3  liberators.forces.ctss.quality  the scenario has none of this name (did you mean "cts"?)',
            "s.yaml:5:3  liberators.forces  is no single parameter: name one",
            "s.yaml:6:3  seed  seeds are given by first_seed, seeds and replicates",
        ],
    ),
    (
        HEAD + "factors:\n  defenders.fighters: [1, 2]\n  defenders:\n    fighters: [3]\n" + GRID,
        ["s.yaml:6:5  defenders.fighters  stands here a second time (first on line 4)"],
    ),
    (
        "scenario: op_ed\nset: {defenders.fighters: 3}\n" + FIGHTERS + GRID,
        ["s.yaml:4:3  defenders.fighters  is set as well (line 2): drop one"],
    ),
    (
        HEAD + "factors: {flight.danger: declared}\n" + GRID,
        ["s.yaml:3:26  flight.danger  a grid takes values, not a range: give a list or `steps`"],
    ),
    (
        HEAD + "factors:\n  defenders.team_size: {steps: 9}\n" + GRID,
        ["s.yaml:4:32  defenders.team_size.steps  more steps than whole numbers in the range"],
    ),
    (
        HEAD + "factors:\n  approach.contested_km_per_day: [1.5, 30]\n" + GRID,
        [("s.yaml:4:3  approach.contested_km_per_day  approach.contested_km_per_day = 30: "
          "must not exceed open_km_per_day (10), but is 30")],
    ),
    (
        HEAD + "groups: [{section: fligth}, {}, {section: city, role: free}]\ndesign: {kind: morris, samples: 4}\n",
        [
            's.yaml:3:20  groups  there is no such section (did you mean "flight"?)',
            "s.yaml:3:29  groups  name a role, a section, or both: {role: free, section: flight}",
            "s.yaml:3:33  groups  no numeric parameter with a declared range is in this group",
        ],
    ),
    (
        HEAD + "groups: [{role: free}]\n" + GRID,
        ["s.yaml:3:10  groups  its factors are ranges, of which no grid can be made: list values"],
    ),
    (
        HEAD + "factors: {flight.danger: declared}\ndesign:\n  kind: latin_hypercube\n",
        ["s.yaml:4:1  design.samples  is missing: how many points"],
    ),
    (
        HEAD + "factors: {flight.danger: declared}\ndesign: {kind: sobol, samples: 100}\n",
        ["s.yaml:4:32  design.samples  must be a power of two, such as 64 or 128, not 100"],
    ),
    (
        HEAD + "factors: {flight.danger: declared}\ndesign: {kind: morris, samples: 1, levels: 5}\n",
        [
            "s.yaml:4:33  design.samples  must be at least 2: one trajectory shows no spread",
            "s.yaml:4:44  design.levels  must be even, not 5",
        ],
    ),
    (
        HEAD + FIGHTERS + "design: {kind: grid, samples: 5}\n",
        ["s.yaml:5:22  design.samples  is not for a grid (for latin_hypercube, sobol, morris)"],
    ),
    (
        HEAD + "factors: {flight.danger: [1, 2], flight.want: [1]}\ndesign: {kind: list}\n",
        ["s.yaml:3:1  factors  a list takes as many values of each factor, not flight.danger 2, flight.want 1"],
    ),
    (
        HEAD + FIGHTERS + GRID + "outcomes: [displaced, dispalced, displaced]\nreplicates: 0\n",
        [
            "s.yaml:7:13  replicates  must be between 1 and 1,000,000, not 0",
        ],
    ),
    (
        HEAD + "factors:\n  flight.danger: [1, 2016-02-31]\n  flight.want: {low: 2016-02-31}\n" + GRID + "seeds: 2016-02-31\n",
        [
            "s.yaml:4:22  factors.flight.danger  there is no date 2016-02-31 (day is out of range for month)",
            "s.yaml:5:22  factors.flight.want.low  there is no date 2016-02-31 (day is out of range for month)",
            "s.yaml:7:8  seeds  there is no date 2016-02-31 (day is out of range for month)",
        ],
    ),
    (
        HEAD + FIGHTERS + GRID + "outcomes: [left_city, dispalced, left_city]\n",
        [
            's.yaml:6:23  outcomes  there is no outcome "dispalced" (did you mean "displaced"?)',
            "s.yaml:6:34  outcomes  left_city is named twice",
        ],
    ),
    (
        HEAD + "factors:\n" + "".join(f"  flight.{key}: {{steps: 101}}\n" for key in ("danger", "want", "spread")) + GRID,
        ["s.yaml:7:1  design  1,030,301 points are too many: at most 1,000,000"],
    ),
    (
        HEAD + "factors: {flight.danger: {low: 1, high: 2}}\ndesign: {kind: latin_hypercube, samples: 500000}\nreplicates: 100\n",
        ["s.yaml:5:1  replicates  500,000 points x 100 = 50,000,000 runs are too many: at most 1,000,000"],
    ),
    (HEAD + FIGHTERS + "design: {kind: list, file: no.csv}\n", [
        "s.yaml:3:1  factors  cannot stand beside design.file: a list's columns are its factors",
        "s.yaml:5:28  design.file  no such file: no.csv",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), MISTAKES, ids=range(len(MISTAKES)))
def test_every_mistake_is_told_at_its_place(text: str, wanted: list[str]) -> None:
    assert mistakes_of(text) == wanted


TABLES = [
    ("", ["rows.csv  no points: the first line names the factors, each further line is a point"]),
    ("a;b\n1;2\n", ["rows.csv:1:1  columns are separated by commas, not by semicolons"]),
    ("flight.danger,,flight.danger\n1,2,3\n", [
        "rows.csv:1:15  a column without the name of its factor",
        "rows.csv:1:16  flight.danger  names a second column",
    ]),
    ("flight.danger,flight.dange\n1,2\n", ['rows.csv:1:15  flight.dange  unknown key (did you mean "danger"?)']),
    ("flight.danger,defenders.fighters\n1,2\n3\n\n1,x\n-1,2016-02-31\n", [
        "rows.csv:3:1  has 1 values, but the first line names 2 factors",
        'rows.csv:5:3  defenders.fighters  must be a whole number (persons), not the text "x"',
        "rows.csv:6:1  flight.danger  must be between 0 and 50 (logit), not -1",
        "rows.csv:6:4  defenders.fighters  there is no date 2016-02-31 (day is out of range for month)",
    ]),
    ("flight.danger\n" + "1\n" * 10_001, ["rows.csv  10,001 values are too many for a list: at most 10,000"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "wanted"), TABLES, ids=range(len(TABLES)))
def test_every_mistake_of_a_table_is_told_at_its_line(table: str, wanted: list[str], work: Path) -> None:
    (work / "rows.csv").write_text(table)
    assert mistakes_of(f"{HEAD}design: {{kind: list, file: rows.csv}}\n") == wanted


def test_a_table_that_is_no_text_is_refused(work: Path) -> None:
    (work / "rows.csv").write_bytes(b"flight.danger\n\xff\xfe\n")
    told = mistakes_of(f"{HEAD}design: {{kind: list, file: rows.csv}}\n")
    assert told == ["s.yaml:3:28  design.file  rows.csv cannot be read: it is not UTF-8 text"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("what_mattrs", 'what_mattrs  no shipped sweep and no file of this name (did you mean "what_matters"?)'),
        ("no/what_matters.yaml", 'no/what_matters.yaml  no such file (did you mean the shipped sweep "what_matters"?)'),
        ("", "a sweep's name or file is wanted"),
    ],
)
def test_a_sweep_that_is_not_there_is_told(name: str, wanted: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_spec(name)
    assert str(caught.value) == wanted


def test_the_commands_that_look_at_scenarios_know_sweeps(
    riverton_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list"]) == 0
    assert "what_matters" in capsys.readouterr().out.partition("\nsweeps:\n")[2]
    own = tmp_path / "own.yaml"
    own.write_text(f'scenario: "{riverton_file}"\nfactors: {{defenders.fighters: [40, 60]}}\ndesign: {{kind: grid}}\n')
    assert main(["validate", "what_matters", str(own)]) == 0
    assert "own.yaml: valid (sweep own: 1 factor, 2 points x 1 replicate = 2 runs)" in capsys.readouterr().out
    own.write_text(own.read_text().replace("grid", "gird"))
    assert main(["validate", str(own)]) == 2
    assert "design.kind" in capsys.readouterr().err
