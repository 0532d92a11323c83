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
from sim.agents.codes import AT_DESK, BATTERY, FLIGHT, GARRISON, ON_FOOT, RAIDERS, TEAM_COUNTER, TEAM_HIDE, TRAPPED
from sim.battle import Battle
from sim.kernels.rng import subkey
from sim.record.codes import (
    ACTOR,
    AGENT_SET,
    AIR,
    ARTILLERY,
    CAPTURE,
    CAUSE,
    CLASH,
    COALITION,
    COALITION_SET,
    DEMOLITION,
    DETECTION,
    DRONE,
    HUMAN_REPORT,
    IED,
    MORTAR,
    OTHER_ROW,
    RAID,
    ROW,
    SERVICE,
    SHOT_FLEEING,
    STRIKE,
    SURVEILLANCE,
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


def assigned(kind: int) -> Callable[[Battle], object]:
    """A target was given to an asset of a kind."""
    return lambda battle: (battle.coalition.columns.kind[battle.targets.asset[battle.targets.asset >= 0]] == kind).any()


def at_desk(battle: Battle) -> object:
    return (battle.targets.stage >= AT_DESK).any()


def sighted(battle: Battle) -> object:
    return (battle.targets.passes > 0).any()


def leaves(battle: Battle) -> object:
    return battle.households.columns.away.any() or np.isin(battle.households.columns.state, (TRAPPED, ON_FOOT)).any()


def off(name: str) -> dict[str, object]:
    """How ablations switch a mechanism off."""
    return dict(mechanism(name).off)


# Bridges fall at the start, and engineers get to work as soon as they have an end.
CUT_EARLY = {"bridges.demolition": "start", "bridges.success": 1.0, "bridges.pontoon_days": 1.0, "bridges.near_share": 1.0}

# Strikes come soon: targets are found early, and aircraft can fly.
CLEAR = {"isr.bad_weather": 0.0, "isr.detect_per_h": 0.3}
def room_was_wanted(battle: Battle) -> bool:
    """Whether anybody has crossed by boat, or is trapped, as who finds no room in boats is."""
    return bool(battle.crossing.passed[-1].any() or (battle.households.columns.state == TRAPPED).any())


MECHANISMS = {
    # What lies in a cell that nobody has searched does nothing; only the layer of devices differs.
    "ieds.enabled": Mechanism(off("ieds"), struck(IED), 24, ("ground.devices", "defenders.stock")),
    "ieds.laid_per_day": Mechanism(
        off("mine_belts"), struck(IED), 24, ("ground.devices", "defenders.stock"), {"ieds.laid_per_day": 20.0, "ieds.missed": 1.0}
    ),
    "svbieds.enabled": Mechanism(off("svbieds"), struck(SVBIED), 24, ("defenders.stock",)),
    "svbieds.stock": Mechanism(
        off("svbied_stock"), struck(SVBIED), 24, ("defenders.stock",), both={"svbieds.workshop_per_day": 0.0}
    ),
    "mortars.enabled": Mechanism(off("mortars"), struck(MORTAR), 24),
    "small_drones.enabled": Mechanism(
        off("small_drones"), lambda battle: wrote(kind=DETECTION, cause=DRONE)(battle) or struck(DRONE)(battle), 12,
        both={"specialists.drone_share": 0.1},
    ),
    "defenders.counter_share": Mechanism(
        off("counter_attacks"), lambda battle: (battle.defenders.columns.order == TEAM_COUNTER).any(), 24,
        both={"defenders.counter_share": 0.6, "defenders.counter_ratio": 100.0, "defenders.counter_teams": 1},
    ),
    "defenders.stay_behind": Mechanism(
        off("stay_behind"), lambda battle: (battle.defenders.columns.order == TEAM_HIDE).any(), 24,
        both={"defenders.stay_behind": 1.0, "defenders.withdraw_lost_share": 0.1},
    ),
    "coercion.shield_share": Mechanism(
        off("shields"), lambda battle: battle.counts["shields"], 24,
        both={"coercion.shield_share": 1.0, "defenders.withdraw_lost_share": 0.1},
    ),
    "air.enabled": Mechanism(off("air"), assigned(FLIGHT), 12, ("coalition.available",), both=CLEAR),
    "air.flights": Mechanism({"air.flights": 0}, assigned(FLIGHT), 12, ("coalition.",), both=CLEAR),
    "more air.flights": Mechanism({"air.flights": 5}, assigned(FLIGHT), 12, ("coalition.",), both=CLEAR),
    "air.tanker_gain": Mechanism(
        off("tankers"), assigned(FLIGHT), 12, ("coalition.available", "coalition.offset_h"), both=CLEAR
    ),
    "air.jtac_share": Mechanism({"air.jtac_share": 1.0}, lambda battle: battle.targets.guided.any(), 30),
    "air.relay_h": Mechanism(off("relay"), sighted, 12),
    "approval": Mechanism(off("approval"), at_desk, 24, ("battle.brigade_free", "battle.headquarters_free")),
    "artillery.enabled": Mechanism(off("artillery"), at_desk, 24),
    "artillery.positions": Mechanism(
        {"artillery.positions.Southend": 0}, assigned(BATTERY), 24, ("coalition.",), both={"air.harm_limit": 1e6}
    ),
    "raids.enabled": Mechanism(off("raids"), assigned(RAIDERS), 12),
    "reports.enabled": Mechanism(
        off("human_reports"), wrote(kind=DETECTION, cause=HUMAN_REPORT), 12, both={"reports.per_h": 0.01}
    ),
    "resistance.cells": Mechanism(
        off("resistance"), lambda battle: wrote(cause=HUMAN_REPORT)(battle) or wrote(cause=CAPTURE)(battle), 12,
        ("resistance.", "quarters.told_by_cells"),
    ),
    "isr.orbits": Mechanism(off("drones"), wrote(kind=DETECTION, rule=SURVEILLANCE), 24, ("coalition.",)),
    # Orbits that see nothing: assets that merely stand in the same set.
    "isr.orbits, blind": Mechanism(
        {"isr.orbits": 9}, lambda battle: False, 240, ("coalition.",),
        both={"isr.detect_per_h": 0.0, "svbieds.struck_per_h": 0.0, "coercion.shield_exposes": 0.0, "artillery.observed": 1.0},
    ),
    "coercion.enabled": Mechanism(
        off("coercion"),
        lambda battle: (battle.households.columns.state == TRAPPED).any() or wrote(cause=SHOT_FLEEING)(battle), 48,
        both={"flight.danger": 20.0, "coercion.reach_m": 0.0},
    ),
    "bridges.demolition": Mechanism(off("demolition"), lambda battle: (battle.bridges.party >= 0).any(), 24, ("bridges.rule",)),
    "bridges.each": Mechanism(
        {"bridges.each": {"Lower Bridge": {"demolition": "none"}}}, lambda battle: (battle.bridges.party >= 0).any(), 24,
        ("bridges.rule",),
    ),
    "bridges.rig_h": Mechanism(off("rigging"), lambda battle: (battle.bridges.charge_h > 0.0).any(), 24),
    "bridges.success": Mechanism(
        {"bridges.success": 0.0}, lambda battle: battle.counts["bridges_blown"] + battle.counts["charges_failed"], 24
    ),
    "bridges.persons_per_h": Mechanism(
        off("bridge_capacity"), lambda battle: battle.crossing.passed[:-1].any(), 24,
        ("crossing.person_h", "crossing.platoon_h"), {"bridges.persons_per_h": 5.0, "bridges.platoons_per_h": 0.1},
    ),
    "movement.boat_persons_per_h": Mechanism(
        off("boat_capacity"), room_was_wanted, 24, ("crossing.",),
        {
            "bridges.demolition": "start", "bridges.success": 1.0, "movement.boat_m_per_h": 500.0,
            "movement.boat_persons_per_h": 1.0, "flight.base": -3.0, "population.persons": 12_000,
        },
    ),
    "bridges.engineers": Mechanism(off("engineers"), lambda battle: battle.bridges.work_h.any(), 120, both=CUT_EARLY),
    "bridges.spans": Mechanism(
        off("spans"), lambda battle: battle.bridges.work_h.any(), 120,
        both={**CUT_EARLY, "bridges.pontoons": 0, "bridges.spans": 2},
    ),
    "floods.per_month": Mechanism(
        off("floods"), lambda battle: battle.bridges.work_h.any(), 120,
        ("daily.flood_days", "crossing."), {**CUT_EARLY, "movement.boat_m_per_h": 0.0, "floods.per_month": 20.0,
        "floods.first_month": 10, "floods.days": 3.0},
    ),
    "bridges.strikes": Mechanism(
        {"bridges.strikes": {"Upper Bridge": dt.date(2016, 10, 19)}}, wrote(kind=DEMOLITION), 48, ("bridges.strike",)
    ),
    "bridges.pontoons": Mechanism(
        off("pontoons"), lambda battle: battle.bridges.work_h.any(), 120, both=CUT_EARLY
    ),
    "flight.message, leave": Mechanism({"flight.message": "leave"}, leaves, 0),
    "flight.message, none": Mechanism(off("message"), leaves, 48),
    "displacement.host_share": Mechanism(
        {"displacement.host_share": 1.0}, lambda battle: (battle.reception.free != 0).any(), 48
    ),
    "garrisons": Mechanism(
        off("garrisons"), lambda battle: (battle.liberators.columns.order == GARRISON).any(), 48
    ),
    "replacements": Mechanism(off("replacements"), lambda battle: battle.replaced, 24),
    "liberators.advisers": Mechanism(
        off("advisers"), wrote(kind=CLASH), 24,
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
    tables = {
        "ground": battle.ground, "quarters": battle.quarters, "axes": battle.axes, "camps": battle.camps,
        "reception": battle.reception,
        "campaign": battle.campaign, "bridges": battle.bridges, "crossing": battle.crossing, "networks": battle.networks,
        "targets": battle.targets._replace(asset=np.zeros(0, np.int32)),
    }  # fmt: skip
    tables |= {name: agents.columns for name, agents in battle.agent_sets.items()}
    for name, table in tables.items():
        found |= {f"{name}.{column}": values for column, values in table._asdict().items()}
    found["forces.pool"] = battle.liberators.forces.pool
    kept = ("brigade_free", "headquarters_free", "entry_open", "way_closed", "exits", "line", "overland", "cohesion")
    for name in (*kept, "given_up"):
        found[f"battle.{name}"] = getattr(battle, name)
    found |= {f"daily.{name}": np.array([value]) for name, value in battle.series.items()}
    return found


def with_numbers_of_assets(battle: Battle, rows: np.ndarray) -> np.ndarray:
    """Ledger rows that name a flight or a battery by its number among its kind: its row depends on how many others there are."""
    named, kinds = rows.copy(), battle.coalition.columns.kind
    for cause, kind in ((AIR, FLIGHT), (ARTILLERY, BATTERY), (RAID, RAIDERS)):
        mine = (rows[:, CAUSE] == cause) & (rows[:, ACTOR] == COALITION) & (rows[:, OTHER_ROW] >= 0)
        if mine.any():
            named[mine, OTHER_ROW] -= np.flatnonzero(kinds == kind)[0]
    raiders = rows[:, AGENT_SET] == COALITION_SET
    if raiders.any():
        named[raiders, ROW] -= np.flatnonzero(kinds == RAIDERS)[0]
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
    import sim.battle.artillery as artillery

    timed = artillery.times

    def by_row(key: np.uint64, rows: np.ndarray, draws: np.ndarray) -> np.ndarray:
        return timed(key, rows + len(watched[0].coalition), draws)

    monkeypatch.setattr(artillery, "times", by_row)
    mechanism = MECHANISMS["isr.orbits, blind"]
    watched: list[Battle] = []
    left, right = pair(riverton, mechanism._replace(changes={"isr.orbits": 0}))
    for battle in (left, right):
        step = battle.step
        battle.step = lambda battle=battle, step=step: (watched.insert(0, battle), step())  # type: ignore[method-assign]
    _, differs = first_difference(left, right, mechanism.acts, mechanism.own)
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
    assert ("'vehicles.launch'", "'defenders'") in asked
    assert len(asked) > 20
    passed_on = {("stream", "agent_set")}  # Battle.key itself
    assert [words for words, times in asked.items() if times > 1 and words not in passed_on] == []
