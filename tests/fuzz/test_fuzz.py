"""The fuzzer, short: some hundreds of its cases, and that it would notice. ``make fuzz`` runs the thousands."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from fuzz import small_run
from fuzz_base import ACCEPTED, REFUSED, Case, Material, make_material
from fuzz_cases import KINDS, run_case

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = {"run_bytes": 8, "run_believed": 6, "run_structure": 8, "command_line": 60, "battle": 2}
COUNT = 30


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    place = tmp_path_factory.mktemp("fuzz")
    with contextlib.chdir(place):
        return make_material(place, small_run(place))


@pytest.mark.parametrize("kind", KINDS)
def test_some_hundreds_of_cases(tmp_path: Path, material: Material, kind: str) -> None:
    with contextlib.chdir(tmp_path):
        for number in range(COUNTS.get(kind, COUNT)):
            verdict = run_case(kind, number, 1, tmp_path / "case", material)
            assert verdict in {ACCEPTED, REFUSED}, f"make fuzz ARGS='--kind {kind} --seed 1 --only {number}'\n{verdict}"


def test_a_case_is_the_same_each_time(tmp_path: Path, material: Material) -> None:
    written: list[bytes] = []

    def keep(case: Case, path: Path, *_: object) -> str:
        written.append(path.read_bytes())
        return REFUSED

    with mock.patch("fuzz_scenarios.check_scenario", keep):
        for number in (3, 3, 4):
            run_case("scenario_lines", number, 1, tmp_path / "case", material)
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize(
    ("target", "broken", "kind"),
    [
        ("sim.record.run.Run.verify", lambda run: None, "run_bytes"),
        ("sim.scenario.messages.number", lambda value: 1 / 0, "scenario_values"),
        ("sim.city.layers.is_finite", lambda number: 1 / 0, "city_bytes"),
    ],
)
def test_the_fuzzer_sees_what_is_broken(tmp_path: Path, material: Material, target: str, broken: object, kind: str) -> None:
    with contextlib.chdir(tmp_path), mock.patch(target, broken):
        verdicts = (run_case(kind, number, 1, tmp_path / "case", material) for number in range(40))
        assert any(verdict not in {ACCEPTED, REFUSED} for verdict in verdicts)
