"""The declared mechanisms: every switch of the schema has a row, and every row switches something off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sim.battle.phases import PHASES
from sim.scenario import load
from sim.scenario.mechanisms import MECHANISMS, Mechanism, mechanism
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from pydantic import BaseModel

SHIPPED = ("base", "op_ed", "mosul_2016")
# Off in these; where nothing says how they would be on, they have no row there.
OFF_IN = {
    "outer_defence": ({"base", "op_ed"}, False),
    "bridge_strikes": ({"base", "op_ed"}, False),
    "demolition": ({"mosul_2016"}, True),
    "bridge_rules": ({"base", "op_ed", "mosul_2016"}, False),
    "spans": ({"mosul_2016"}, True),
    "roads_cut": ({"base", "op_ed"}, False),
    "airdrops": ({"base", "op_ed", "mosul_2016"}, True),
    "sabotage": ({"base", "op_ed", "mosul_2016"}, True),
}


@pytest.fixture(scope="module")
def shipped() -> dict[str, Scenario]:
    return {name: load(name) for name in SHIPPED}


def switches(model: type[BaseModel], path: str = "") -> list[str]:
    """Dotted keys of every true/false parameter."""
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if kind is bool:
            found.append(path + name)
        elif isinstance(kind, type) and hasattr(kind, "model_fields"):
            found += switches(kind, f"{path}{name}.")
    return found


def test_every_switch_of_the_schema_has_a_row() -> None:
    keys = switches(Scenario)
    assert {"coercion.enabled", "air.protect", "artillery.counter_fire"} <= {*keys}
    off = {key for one in MECHANISMS for key, value in one.off.items() if value is False}
    assert off == {*keys}


def test_names_are_one_each_and_phases_are_those_of_a_tick() -> None:
    names = [one.name for one in MECHANISMS]
    assert len({*names}) == len(names)
    assert {one.phase for one in MECHANISMS} <= {name for name, _ in PHASES}
    assert all(one.meaning and not one.meaning.endswith(".") for one in MECHANISMS)
    assert mechanism("ieds").off == {"ieds.enabled": False}


@pytest.mark.parametrize("one", MECHANISMS, ids=lambda one: one.name)
def test_it_can_be_switched_in_every_shipped_scenario(one: Mechanism, shipped: dict[str, Scenario]) -> None:
    off_in, switchable = OFF_IN.get(one.name, (set(), False))
    for name, scenario in shipped.items():
        changes = one.switched_off(scenario)
        assert bool(changes) == (name not in off_in), name
        if changes:
            assert one.switched_off(scenario.replace(changes)) == {}
        on = one.switched_on(scenario)
        assert bool(on) == (switchable and name in off_in)
        if on:
            assert one.switched_off(scenario.replace(on))


def test_each_named_entry_is_switched_and_no_other(shipped: dict[str, Scenario]) -> None:
    assert mechanism("forces_kept_out").switched_off(shipped["mosul_2016"]) == {
        "liberators.forces.peshmerga.may_enter": True, "liberators.forces.pmu.may_enter": True,
    }  # fmt: skip
    strikes = mechanism("bridge_strikes").switched_off(shipped["mosul_2016"])
    assert strikes["bridges.strikes.Old Bridge"] is None
    assert shipped["mosul_2016"].replace(strikes).bridges.strikes == {}
