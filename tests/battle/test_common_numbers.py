"""Common random numbers: two battles that differ in one mechanism are the same to the bit until it first does something.

The generator is keyed, so a mechanism that draws cannot move another's draws. What could: draw numbers or rows that depend on
what is switched on, or state that is shared. For each mechanism its first act is named, and everything before is compared.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import riverton_behaviours
from battle_tools import rows_of

import sim.battle.model as battle_model
from sim.agents.codes import BATTERY, FLIGHT, GARRISON, ON_FOOT, TRAPPED
from sim.battle import Battle
from sim.battle.demolition import REPLACED
from sim.kernels.rng import subkey
from sim.record.codes import (
    ACTOR,
    AIR,
    ARTILLERY,
    CAUSE,
    CLASH,
    COALITION,
    DEFENDER_SET,
    DEMOLITION,
    DETECTION,
    IED,
    MORTAR,
    OTHER_ROW,
    SENSING,
    SERVICE,
    SHOT_FLEEING,
    STRIKE,
    SVBIED,
)
from sim.scenario.mechanisms import mechanism

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario import Scenario

PACKAGE = Path(battle_model.__file__).resolve().parents[1]
SEED = 1


class Mechanism(NamedTuple):
    """One difference between two battles.

    Attributes:
        changes: What the second battle has instead.
        acts: Whether the mechanism has done anything yet, in either battle.
        hours: The comparison has to last at least so long, or the test says little.
        own: Names in :func:`everything` that are the mechanism's own and may differ before it acts.
        both: Changes to both battles, so that the mechanism comes to act.
    """

    changes: dict[str, object]
    acts: Callable[[Battle], object]
    hours: int
    own: tuple[str, ...] = ()
    both: dict[str, object] = {}  # noqa: RUF012  never changed


def struck(cause: int) -> Callable[[Battle], object]:
    return lambda battle: rows_of(battle.ledger, since=battle.tick - 1, kind=STRIKE, cause=cause).size


def wrote(**wanted: int) -> Callable[[Battle], object]:
    return lambda battle: rows_of(battle.ledger, since=battle.tick - 1, **wanted).size


def aimed(battle: Battle) -> object:
    """A strike was flown or fired, or weighed and refused."""
    return battle.counts["air_strikes"] + battle.counts["artillery_missions"] + battle.counts["strikes_refused"]


def shelled(battle: Battle) -> object:
    return battle.counts["artillery_missions"] + battle.counts["strikes_refused"]


def flown(battle: Battle) -> object:
    return battle.counts["air_strikes"] + battle.counts["strikes_refused"]


def leaves(battle: Battle) -> object:
    return battle.households.columns.away.any() or np.isin(battle.households.columns.state, (TRAPPED, ON_FOOT)).any()


def off(name: str) -> dict[str, object]:
    """How ablations switch a mechanism off."""
    return dict(mechanism(name).off)


MECHANISMS = {
    # What lies in a cell that nobody has searched does nothing; only the layer of devices differs.
    "ieds.enabled": Mechanism(off("ieds"), struck(IED), 24, ("ground.devices",)),
    "svbieds.enabled": Mechanism(off("svbieds"), struck(SVBIED), 48, ("battle.vehicles",)),
    "svbieds.stock": Mechanism({"svbieds.stock": 20}, struck(SVBIED), 48, ("battle.vehicles",)),
    "mortars.enabled": Mechanism(off("mortars"), struck(MORTAR), 24),
    "air.enabled": Mechanism(off("air"), flown, 48, ("coalition.available",)),
    "air.flights": Mechanism({"air.flights": 0}, flown, 48, ("coalition.",)),
    "more air.flights": Mechanism({"air.flights": 5}, flown, 48, ("coalition.",)),
    "air.tanker_gain": Mechanism(
        off("tankers"), flown, 48, ("coalition.available", "coalition.weapons", "coalition.offset_h")
    ),
    "air.jtac_share": Mechanism(off("controllers"), flown, 48),
    "artillery.enabled": Mechanism(off("artillery"), shelled, 60, both={"air.harm_limit": 1e6}),
    "artillery.positions": Mechanism(
        {"artillery.positions.Southend": 0}, shelled, 60, ("coalition.",), both={"air.harm_limit": 1e6}
    ),
    # Hazards add up before the cause is drawn: an orbit may have tipped the scale of any finding by sensing.
    "isr.orbits": Mechanism(
        off("drones"), wrote(kind=DETECTION, rule=SENSING, agent_set=DEFENDER_SET), 60, ("coalition.",)
    ),
    # Orbits that see nothing: assets that merely stand in the same set.
    "isr.orbits, blind": Mechanism(
        {"isr.orbits": 9}, lambda battle: False, 240, ("coalition.",), both={"isr.detect_per_h": 0.0}
    ),
    "coercion.enabled": Mechanism(
        off("coercion"),
        lambda battle: (battle.households.columns.state == TRAPPED).any() or wrote(cause=SHOT_FLEEING)(battle), 48,
        both={"flight.danger": 20.0, "coercion.reach_m": 0.0},
    ),
    "bridges.demolition": Mechanism(
        off("demolition"), wrote(kind=DEMOLITION), 48, ("battle.charge_tried",)
    ),
    "bridges.strikes": Mechanism({"bridges.strikes": {"Upper Bridge": dt.date(2016, 10, 19)}}, wrote(kind=DEMOLITION), 48),
    "bridges.pontoons": Mechanism(
        off("pontoons"), lambda battle: (battle.bridge_state == REPLACED).any(), 200, ("battle.pontoon_h",)
    ),
    "flight.message, leave": Mechanism({"flight.message": "leave"}, leaves, 0),
    "flight.message, none": Mechanism(off("message"), leaves, 48),
    "displacement.host_share": Mechanism(
        {"displacement.host_share": 1.0}, lambda battle: (battle.households.columns.until != 0).any(), 72
    ),
    "garrisons": Mechanism(
        off("garrisons"), lambda battle: (battle.liberators.columns.order == GARRISON).any(), 48
    ),
    "replacements": Mechanism(off("replacements"), lambda battle: battle.replaced, 24),
    "liberators.advisers": Mechanism(
        off("advisers"), wrote(kind=CLASH), 48,
        both={
            "liberators.friendly_fire_per_h": 1.0, "liberators.axes.north.forces.southern": 0.5,
            "liberators.axes.south.forces.southern": 0.5, "sensing.contact_m": 400.0,
        },
    ),
    "services.sabotage": Mechanism({"services.sabotage": "withdrawal"}, wrote(kind=SERVICE), 48),
}  # fmt: skip


def everything(battle: Battle, since: int) -> dict[str, np.ndarray]:
    """All that a tick can change, by name; of the ledger the rows from ``since`` on."""
    found = {"ledger.ticks": battle.ledger.ticks[since:], "ledger.values": battle.ledger.values[since:]}
    found["ledger.ints"] = with_numbers_of_assets(battle, battle.ledger.ints[since:])
    tables = {"ground": battle.ground, "quarters": battle.quarters, "axes": battle.axes, "camps": battle.camps}
    tables |= {name: agents.columns for name, agents in battle.agent_sets.items()}
    for name, table in tables.items():
        found |= {f"{name}.{column}": values for column, values in table._asdict().items()}
    found["forces.pool"] = battle.liberators.forces.pool
    for name in ("vehicles", "bridge_state", "pontoon_h", "charge_tried", "entry_open", "exits", "line", "given_up"):
        found[f"battle.{name}"] = getattr(battle, name)
    found |= {f"daily.{name}": np.array([value]) for name, value in battle.series.items()}
    return found


def with_numbers_of_assets(battle: Battle, rows: np.ndarray) -> np.ndarray:
    """Ledger rows that name a flight or a battery by its number among its kind: its row depends on how many others there are."""
    named, kinds = rows.copy(), battle.coalition.columns.kind
    for cause, kind in ((AIR, FLIGHT), (ARTILLERY, BATTERY)):
        mine = (rows[:, CAUSE] == cause) & (rows[:, ACTOR] == COALITION) & (rows[:, OTHER_ROW] >= 0)
        if mine.any():
            named[mine, OTHER_ROW] -= np.flatnonzero(kinds == kind)[0]
    return named


def first_difference(left: Battle, right: Battle, acts: Callable[[Battle], object], own: tuple[str, ...]) -> tuple[int, str]:
    """Step both until the mechanism acts or time is up; hours compared, and what differed before (empty for nothing)."""
    while left.running and right.running:
        since = left.ledger.n
        if right.ledger.n != since:
            return left.tick, "number of ledger rows"
        left.step()
        right.step()
        if acts(left) or acts(right):
            return left.tick - 1, ""
        ours, theirs = everything(left, since), everything(right, since)
        for name in ours:
            if not name.startswith(own or ("-",)) and not np.array_equal(ours[name], theirs[name]):
                return left.tick, name
    return left.tick, ""


def pair(riverton: Scenario, mechanism: Mechanism) -> tuple[Battle, Battle]:
    common = riverton.replace({**mechanism.both, "time.max_days": 30})
    return Battle(common, seed=SEED), Battle(common.replace(mechanism.changes), seed=SEED)


NO_EFFECT = {"isr.orbits, blind"}


@pytest.mark.parametrize("name", MECHANISMS)
def test_nothing_differs_before_the_mechanism_acts_and_in_the_end_the_battles_part(riverton: Scenario, name: str) -> None:
    mechanism = MECHANISMS[name]
    left, right = pair(riverton, mechanism)
    hours, differs = first_difference(left, right, mechanism.acts, mechanism.own)
    assert not differs, f"{differs} differs after {hours} hours, before {name} has acted"
    assert hours >= mechanism.hours
    if name not in NO_EFFECT:
        _, differs = first_difference(left, right, lambda battle: False, mechanism.own)
        assert differs


def test_a_behaviour_that_only_draws_changes_nothing(riverton: Scenario) -> None:
    common = riverton.replace({"time.max_days": 12})
    drawing = common.replace({"behaviours": {"defenders": "riverton_behaviours.draw_and_do_nothing"}})
    riverton_behaviours.CALLS.clear()
    hours, differs = first_difference(Battle(common, seed=SEED), Battle(drawing, seed=SEED), lambda battle: False, ())
    assert (hours, differs) == (12 * 24, "")
    assert len(riverton_behaviours.CALLS) == 12


def test_a_behaviour_changes_nothing_before_the_day_on_which_it_acts(riverton: Scenario) -> None:
    acting = riverton.replace({"behaviours": {"defenders": "riverton_behaviours.leave_on_day_five"}})
    hours, differs = first_difference(Battle(riverton, seed=SEED), Battle(acting, seed=SEED), lambda battle: False, ())
    assert hours == 5 * 24 + 1
    assert differs


# What the comparison can see ----------------------------------------------------------------------------------------


def test_the_comparison_sees_a_generator_that_mechanisms_share(riverton: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """With keys that depend on how often keys were asked for, switching one mechanism off moves the draws of others."""
    keyed = Battle.key

    def counted(battle: Battle, stream: str, agent_set: str) -> np.uint64:
        battle.counts["keys asked for"] += 1
        return subkey(keyed(battle, stream, agent_set), int(battle.counts["keys asked for"]))

    monkeypatch.setattr(Battle, "key", counted)
    seen = []
    for name in ("mortars.enabled", "artillery.enabled", "svbieds.enabled"):
        mechanism = MECHANISMS[name]
        _, differs = first_difference(*pair(riverton, mechanism), mechanism.acts, mechanism.own)
        seen.append(bool(differs))
    assert any(seen)


def test_the_comparison_sees_rows_that_depend_on_other_assets(riverton: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batteries that drew by their row among all assets would fire otherwise with more orbits in the sky."""
    import sim.battle.fires as fires

    monkeypatch.setattr(fires, "enumerate", lambda guns: ((gun, gun) for gun in guns), raising=False)
    mechanism = MECHANISMS["isr.orbits, blind"]
    fewer = mechanism._replace(changes={"isr.orbits": 0})
    _, differs = first_difference(*pair(riverton, fewer), mechanism.acts, mechanism.own)
    assert differs


def keys_asked_for() -> Counter[tuple[str, str]]:
    """How often each (stream, agent set) is written in the package; what is put together at run time by its pattern."""
    asked: Counter[tuple[str, str]] = Counter()
    drawing = PACKAGE / "views"  # where a key is a legend
    for path in sorted(path for path in PACKAGE.rglob("*.py") if drawing not in path.parents):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = node.args[1:3] if name == "stream_key" else node.args[:2] if name == "key" else []
            if len(words) == 2:
                asked[(ast.unparse(words[0]), ast.unparse(words[1]))] += 1
    return asked


def test_no_two_rules_draw_from_one_stream() -> None:
    asked = keys_asked_for()
    assert ("'ambush.svbied'", "'vehicles'") in asked
    assert len(asked) > 20
    passed_on = {("stream", "agent_set")}  # Battle.key itself
    assert [words for words, times in asked.items() if times > 1 and words not in passed_on] == []
