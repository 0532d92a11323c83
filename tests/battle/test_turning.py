"""Branching, state by state: only what may change on any day, from the saved day on, and each such parameter with an effect."""

# ruff: noqa: ISC004  long expected lines in two halves

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import riverton_behaviours
from battle_tools import DAYS, stepped
from test_state import equal, fingerprint

from sim.agents.codes import ASSAULT_ROLE, BATTERY, CORDON, MARCH, ORBIT, RESERVE
from sim.battle import Battle
from sim.battle.approach import IN_CITY, SPENT
from sim.battle.outcome import summarise
from sim.errors import ScenarioError, StateError
from sim.scenario import parameters
from sim.scenario.any_day import any_day_keys, changed_midway, leaf_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.record.run import Run
    from sim.scenario import Scenario

    State = dict[str, np.ndarray]

DAY = 5
# What tells of the change itself, and of the clock on the wall.
ASKED = {"scenario", "branched", "wall_seconds"}


@pytest.fixture(scope="module")
def saved(short: Scenario) -> State:
    """The state at the end of day 5, seed 7."""
    return stepped(short, 24 * (DAY + 1)).state()


def differing(a: State, b: State) -> set[str]:
    assert {*a} == {*b}
    return {name for name in a if not np.array_equal(a[name], b[name])} - ASKED


# Which changes -------------------------------------------------------------------------------------------------

REFUSED = {
    "start": ({"defenders.fighters": 90}, ["defenders.fighters  is set at the start: a branch may change only what may change "
        "on any day (of defenders: teams_per_km2, reserve_share, threat_weight, front_m, ...); run it from its first day "
        "with --set"]),
    "start, of a section without any": ({"time.max_days": 9}, ["time.max_days  is set at the start: a branch may change only "
        "what may change on any day; run it from its first day with --set"]),
    "in a section": ({"air": {"enabled": False, "flights": 3}}, ["air.flights  is set at the start"]),
    "in an entry": ({"liberators.forces": {"northern": {"may_enter": False, "quality": 2.0}}},
        ["liberators.forces.northern.quality  is set at the start"]),
    "a mapping": ({"bridges.strikes": {}}, ["bridges.strikes  is set at the start"]),
    "behaviours": ({"behaviours": {"defenders": "a.b"}}, ["behaviours  is set at the start"]),
    "preset": ({"preset": "quick"}, ["preset  is set at the start"]),
    "an entry taken out": ({"liberators.forces.northern": None}, ["liberators.forces.northern  is part of what the battle began "
        "with: a branch takes nothing out"]),
    "an entry put in": ({"liberators.forces.northen.may_enter": True}, ['northen.may_enter  nothing of the name "northen" is in '
        'the battle, and a branch adds nothing to it (did you mean "northern"?)']),
    "seed": ({"seed": 9}, ["seed  is no change of a policy: ask for more seeds"]),
    "name": ({"name": "other"}, ["name  says nothing that a battle reads"]),
    "title": ({"title": "Other"}, ["title  says nothing that a battle reads"]),
    "unknown": ({"air.enbled": False}, ['air.enbled  unknown key (did you mean "enabled"?)']),
    "value": ({"isr.orbits": -1}, ["isr.orbits  must be between 0 and 1,000 (orbits), not -1"]),
    "relation": ({"liberators.pause_readiness": 0.9}, ["liberators.resume_readiness  must not be below pause_readiness"]),
    "several": ({"defenders.fighters": 9, "isr.orbits": 2.5, "air.enabled": False, "city.cell_m": 50},
        ["defenders.fighters  is set", "city.cell_m  is set", "isr.orbits  must be a whole number"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_other_changes_are_refused_with_the_reason(short: Scenario, name: str) -> None:
    changes, told = REFUSED[name]
    with pytest.raises(ScenarioError) as refused:
        changed_midway(short, changes)
    lines = [str(problem) for problem in refused.value.problems]
    assert len(lines) == len(told)
    for line, words in zip(lines, told, strict=True):
        assert words in line


def test_a_battle_refuses_them_too(saved: State) -> None:
    with pytest.raises(ScenarioError, match=r"defenders.fighters  is set at the start"):
        Battle.from_state(saved, changes={"defenders.fighters": 90})


def test_sections_and_texts_are_taken_apart(short: Scenario) -> None:
    whole = {"air": {"enabled": False, "harm_limit": 1.0}, "liberators": {"forces": {"northern": {"may_enter": False}}}}
    texts = ["air.enabled=true", "air={enabled: false, harm_limit: 1.0}", "liberators.forces.northern.may_enter=false"]
    wanted = {"air.enabled": False, "air.harm_limit": 1.0, "liberators.forces.northern.may_enter": False}
    assert leaf_changes(whole) == leaf_changes(texts) == wanted
    assert changed_midway(short, texts) == changed_midway(short, whole) == short.replace(wanted)
    with pytest.raises(ScenarioError, match="nonsense  write it as key=value"):
        changed_midway(short, ["nonsense", "air.enabled=false"])


# What they do --------------------------------------------------------------------------------------------------


class Effect(NamedTuple):
    """A change that must show: what the scenario is before it, the value, the last common day, and within how many days."""

    value: object
    stage: tuple[tuple[str, object], ...] = ()
    day: int = DAY
    within: int = 5


RESERVES = (("defenders.reserve_share", 0.6), ("defenders.teams_per_km2", 3.0))
TIRED = (("liberators.fatigue_per_h", 0.2), ("liberators.rest_per_h", 0.03))
MIXED = (
    ("liberators.friendly_fire_per_h", 1.0),
    ("liberators.axes.south.forces", {"southern": 1.0, "northern": 0.5}),
    ("liberators.axes.north.forces", {"northern": 0.5}),
)
WATCHED = (("isr.bad_weather", 0.0), ("isr.detect_per_h", 1.0))
FLOWN = (*WATCHED, ("air.flights", 4), ("air.jtac_share", 0.3), ("air.relay_h", 0.5))
STRICT = (*FLOWN, ("air.harm_limit", 0.05), ("air.warned_share", 0.0))
TOLD = (("reports.per_h", 0.5), ("reports.fear", 0.0), ("resistance.cells", 40))
LED = (*FLOWN, ("specialists.leader_share", 0.3))
SHELLED = (
    ("isr.bad_weather", 0.0), ("specialists.leader_share", 0.0), ("specialists.mortar_share", 0.5),
    ("mortars.missions_per_day", 20.0), ("mortars.located_share", 1.0), ("artillery.missions_per_day", 100.0),
    ("air.brigade_minutes", 600.0),
)  # fmt: skip
# Quarters are free within days.
EASY = (("defenders.fighters", 20), ("clearing.platoon_h_per_ha", 2.0))
CUT = (*EASY, ("bridges.demolition", "start"), ("bridges.engineers", 0), ("liberators.redeploy_days", 2.0))
# Few platoons are enough for a quarter, so that several are attacked at a time.
WIDE = (("liberators.platoons_per_km2", 1.0), ("liberators.attack_ratio", 0.1), ("liberators.objective_max", 5))
HUNGRY = (
    ("supply.load_h", 0.5), ("supply.depot_loads", 5.0), ("supply.road_loads_per_day", 2.0),
    ("supply.airlift_loads_per_day", 2.0),
)  # fmt: skip
# Bridges fall at the start, and engineers work wherever liberators have an end.
BROKEN = (
    *EASY,
    ("bridges.demolition", "start"), ("bridges.success", 1.0), ("bridges.near_share", 1.0), ("bridges.bank_secure_m", 0.0),
    ("bridges.pontoons", 0), ("bridges.spans", 0), ("floods.per_month", 0.0),
)  # fmt: skip
# Quarters are given up as soon as any of their ground is lost.
GIVING = (("defenders.withdraw_lost_share", 0.0), ("coercion.shield_share", 0.5))
# The way in the south stays open.
FLEEING = (*WIDE, *GIVING, ("defenders.escape_share", 0.0), ("liberators.axes.south.date", dt.date(2016, 12, 1)))
COUNTERING = (
    ("defenders.counter_share", 0.6), ("defenders.counter_ratio", 100.0), ("defenders.counter_teams", 1),
    ("defenders.counter_reach_m", 50_000.0),
)  # fmt: skip
# One bank is attacked while the axis on the other waits, short of odds; it sends platoons over day by day.
SHIFTING = (("liberators.attack_ratio", 60.0), ("liberators.join_days", 1.0), ("liberators.shift_share", 0.1))
# The same, but the bank that is attacked is not short of strength, and gains no ground.
STALLING = (("liberators.attack_ratio", 10.0), ("liberators.stall_days", 1000.0), ("clearing.platoon_h_per_ha", 500.0))
# No road brings goods, and people live on what is in the house.
STARVED = (("food.roads_cut_from", dt.date(2016, 10, 17)), ("food.traders_days", 0.0), ("food.stock_days", 2.0))
BUILDING = (("displacement.camp_build_at", 0.0),)
# Many leave, quarters are free within days, and whoever may goes home at once.
EAGER_HOME = (*EASY, ("flight.base", -3.0), ("returning.base", 20.0), ("returning.rate_per_day", 10.0))
# For each parameter that may change on any day, a change that must show in more than in what was asked.
EFFECTS = {
    "defenders.teams_per_km2": Effect(1.0, (), 0),
    "defenders.reserve_share": Effect(1.0),
    "defenders.threat_weight": Effect(100.0),
    "defenders.front_m": Effect(0.001),
    "defenders.reserve_quarters": Effect(1, RESERVES, 0),
    "defenders.withdraw_strength": Effect(1.0),
    "defenders.withdraw_lost_share": Effect(0.0),
    "defenders.relocate_per_h": Effect(100.0),
    "defenders.break_suppression": Effect(0.0),
    "defenders.turned_share": Effect(0.0, WIDE),
    "defenders.stay_behind": Effect(1.0, GIVING, 1),
    "defenders.escape_share": Effect(1.0, FLEEING, 2),
    "defenders.counter_share": Effect(0.0, COUNTERING),
    "defenders.counter_ratio": Effect(0.0, COUNTERING),
    "defenders.counter_reach_m": Effect(0.0, COUNTERING),
    "defenders.counter_teams": Effect(1000, COUNTERING),
    "liberators.forces.<name>.may_enter": Effect(False),
    "liberators.forces.<name>.conduct": Effect(-1.0),
    "liberators.attack_ratio": Effect(100.0, WIDE),
    "liberators.reserve_share": Effect(1.0, EASY),
    "liberators.stall_days": Effect(0.01, STALLING, 1),
    "liberators.shift_share": Effect(0.0, SHIFTING),
    "liberators.join_days": Effect(1000.0, SHIFTING),
    "liberators.platoons_per_km2": Effect(1000.0, WIDE),
    "liberators.hold_platoons_per_km2": Effect(1000.0, EASY),
    "liberators.pause_readiness": Effect(0.95, (*TIRED, ("liberators.resume_readiness", 0.97))),
    "liberators.resume_readiness": Effect(1.0, TIRED, 10),
    "liberators.fatigue_per_h": Effect(1.0),
    "liberators.rest_per_h": Effect(1.0, TIRED),
    "liberators.replacements_per_day": Effect(100.0),
    "liberators.advisers": Effect(0.0, MIXED),
    "liberators.refit_strength": Effect(1.0),
    "liberators.redeploy_days": Effect(0.0, CUT, 5, 9),
    "liberators.shift_days": Effect(1000.0, SHIFTING),
    "supply.road_loads_per_day": Effect(0.0, HUNGRY),
    "supply.airlift_loads_per_day": Effect(0.0, HUNGRY),
    "svbieds.per_day": Effect(1000.0, (), 1),
    "isr.orbits": Effect(0, WATCHED),
    "air.enabled": Effect(False, FLOWN),
    "isr.front": Effect(0.0),
    "isr.rear": Effect(100.0),
    "isr.infrastructure": Effect(100.0),
    "isr.leaders": Effect(100.0),
    "reports.enabled": Effect(False, TOLD),
    "resistance.trained_share": Effect(0.0, TOLD),
    "air.jtac_share": Effect(0.0, (*FLOWN, ("air.jtac_share", 1.0))),
    "air.harm_limit": Effect(0.0),
    "air.leader_factor": Effect(0.0, (*LED, ("air.harm_limit", 0.05))),
    "air.contact_factor": Effect(0.0, STRICT),
    "air.relay_h": Effect(1000.0, FLOWN),
    "air.brigade_minutes": Effect(10_000.0, FLOWN),
    "air.headquarters_minutes": Effect(10_000.0, (*FLOWN, ("air.delegated_harm", 0.0))),
    "air.delegated_harm": Effect(0.0, FLOWN),
    "air.wanted_effect": Effect(1.0, FLOWN),
    "air.least_effect": Effect(1.0, FLOWN),
    "air.confirmation": Effect(False, (*FLOWN, *TOLD)),
    "air.protect": Effect(False, (("isr.infrastructure", 100.0),)),
    "artillery.enabled": Effect(False),
    "artillery.suited": Effect(1.0, (*FLOWN, ("artillery.missions_per_day", 100.0))),
    "artillery.counter_fire": Effect(False, SHELLED, 1),
    "raids.enabled": Effect(False, LED),
    "raids.rest_h": Effect(10_000.0, (*LED, ("raids.rest_h", 1.0))),
    "artillery.missions_per_day": Effect(1000.0),
    "bridges.engineers": Effect(0, BROKEN),
    "bridges.spans": Effect(2, BROKEN),
    "bridges.pontoons": Effect(3, BROKEN),
    "flight.message": Effect("leave"),
    "coercion.shield_share": Effect(0.0, GIVING, 1),
    "coercion.shield_m": Effect(0.0, GIVING, 1),
    "displacement.screening_persons_per_h": Effect(0.0, (), 5),
    "displacement.camp_build_places_per_day": Effect(0.0, BUILDING, 0),
    "returning.enabled": Effect(False, EAGER_HOME, 9, 6),
    "services.outside_power": Effect(0.0),
    "services.crews": Effect(0, EASY),
    "food.airdrop_persons": Effect(4000, STARVED),
    "care.referred_per_day": Effect(1000.0, (*EASY, ("care.referred_per_day", 0.0)), 1),
}
# What the change itself writes into agents, before any rule has acted on it.
WRITTEN = {
    "liberators.forces.<name>.may_enter": {"liberators/order", "liberators/objective", "liberators/target"},
    "isr.orbits": {"coalition/available"},
}


class History:
    """The states of a battle without a change at the ends of its days, made as far as they are asked for."""

    def __init__(self, scenario: Scenario) -> None:
        self.battle = Battle(scenario, seed=7)
        self.states: dict[int, State] = {}

    def at(self, day: int) -> State:
        while self.battle.day <= day:
            for _ in range(24):
                self.battle.step()
            self.states[self.battle.day - 1] = self.battle.state()
        return self.states[day]


@pytest.fixture(scope="module")
def histories(short: Scenario) -> dict[str, History]:
    stages = {str(effect.stage): dict(effect.stage) for effect in EFFECTS.values()}
    return {name: History(short.replace(stage)) for name, stage in stages.items()}


@pytest.mark.parametrize("key", [parameter.key for parameter in parameters() if parameter.when == "any_day"])
def test_each_takes_effect_from_the_saved_day_on_and_not_before(histories: dict[str, History], key: str) -> None:
    assert key in EFFECTS, "a parameter that may change on any day wants a change here that shows"
    effect = EFFECTS[key]
    history = histories[str(effect.stage)]
    before = history.at(effect.day)
    battle = Battle.from_state(before, changes={key.replace("<name>", "northern"): effect.value})
    assert differing(battle.state(), before) <= WRITTEN.get(key, set())
    past = battle.recorder.daily()
    for day in range(effect.day + 1, effect.day + 1 + effect.within):
        for _ in range(24):
            battle.step()
        after = battle.state()
        if differing(after, history.at(day)) - WRITTEN.get(key, set()):
            break
    else:
        pytest.fail(f"{key} changes nothing within {effect.within} days")
    for part in ("ledger/ticks", "ledger/ints", "ledger/values"):
        assert np.array_equal(after[part][: len(before[part])], before[part]), "the past has changed"
    assert battle.recorder.daily()[: effect.day + 1].equals(past)


def test_the_table_of_effects_is_of_declared_parameters() -> None:
    assert {*EFFECTS} == {*any_day_keys()}


def test_a_value_that_is_so_already_is_no_change(short: Scenario, saved: State, unbroken: Run) -> None:
    again = Battle.from_state(saved, changes={"air.enabled": short.air.enabled}, seed=7)
    equal(again.state(), saved)
    run = again.run()
    assert run.digest == unbroken.digest
    assert "branched" not in run.manifest


# Forces and orbits: what is written into agents ---------------------------------------------------------------------

NORTH = "liberators.forces.northern.may_enter"


def of_north(battle: Battle) -> np.ndarray:
    return np.flatnonzero(battle.liberators.columns.force == battle.liberators.forces.names.index("northern"))


def test_a_force_that_may_not_fight_in_the_city_any_more_stays_where_it_is(saved: State) -> None:
    before = Battle.from_state(saved)
    battle = Battle.from_state(saved, changes={NORTH: False}, check=True)
    rows = of_north(battle)
    assert (before.liberators.columns.order[rows] != CORDON).any()
    others = np.setdiff1d(np.arange(len(battle.liberators)), rows)
    assert np.array_equal(battle.liberators.columns.order[others], before.liberators.columns.order[others])
    for _ in range(30):
        battle.step()
    assert (battle.liberators.columns.order[rows] == CORDON).all()
    assert np.array_equal(battle.liberators.columns.cell[rows], before.liberators.columns.cell[rows])
    assert battle.axes.state[0] == SPENT


def test_a_force_that_may_enter_from_now_on_goes_to_work(short: Scenario) -> None:
    before = stepped(short.replace({NORTH: False}), 24 * (DAY + 1))
    rows = of_north(before)
    assert (before.liberators.columns.order[rows] == CORDON).all()
    assert before.axes.state[0] == SPENT
    battle = Battle.from_state(before.state(), changes={NORTH: True}, check=True)
    assert (battle.liberators.columns.order[rows] == RESERVE).all()
    assert battle.axes.state[0] == IN_CITY
    for _ in range(24 * 4):
        battle.step()
    assert battle.axes.state[0] == IN_CITY
    assert (battle.liberators.columns.cell[rows] != before.liberators.columns.cell[rows]).any()


def test_a_force_that_is_spent_is_not_raised_by_leave_to_enter(short: Scenario) -> None:
    spent = {"liberators.forces.northern.loss_tolerance": 0.0, NORTH: False}
    before = stepped(short.replace(spent), 24 * (DAY + 1))
    rows = of_north(before)
    platoons = before.liberators.columns
    platoons.killed[rows[0]] += 1
    platoons.strength[rows[0]] -= 1
    battle = Battle.from_state(before.state(), changes={NORTH: True})
    battle.step()
    assault = rows[platoons.role[rows] == ASSAULT_ROLE]
    assert (battle.liberators.columns.order[assault] == CORDON).all()
    assert battle.axes.state[0] == SPENT


def test_a_force_on_its_way_obeys_what_holds_when_it_arrives(short: Scenario) -> None:
    before = stepped(short, 3)
    assert (before.liberators.columns.order == MARCH).all()
    battle = Battle.from_state(before.state(), changes={NORTH: False})
    assert (battle.liberators.columns.order == MARCH).all()
    for _ in range(24 * 4):
        battle.step()
    assert (battle.liberators.columns.order[of_north(battle)] == CORDON).all()


def test_orbits_join_behind_all_others_and_are_grounded_from_the_last(saved: State) -> None:
    before = Battle.from_state(saved)
    n, people = len(before.coalition), len(before.households)
    more = Battle.from_state(saved, changes={"isr.orbits": 4}, check=True)
    columns = more.coalition.columns
    assert len(more.coalition) == n + 3
    for name, column in columns._asdict().items():
        assert np.array_equal(column[:n], getattr(before.coalition.columns, name))
    assert (columns.kind[n:] == ORBIT).all()
    assert (columns.cell[n:] == -1).all()
    assert columns.available[columns.kind == ORBIT].all()
    assert [asset.kind for asset in more.coalition][n:] == ["isr_orbit"] * 3
    ids = [agent.unique_id for agent in more.agents]
    assert len({*ids}) == len(ids) == len(more.defenders) + len(more.liberators) + len(more.resistance) + n + 3 + people
    more.step()
    fewer = Battle.from_state(more.state(), changes={"isr.orbits": 2})
    assert fewer.coalition.columns.available[fewer.coalition.columns.kind == ORBIT].tolist() == [True, True, False, False]
    again = Battle.from_state(fewer.state(), changes={"isr.orbits": 3})
    assert again.coalition.columns.available[again.coalition.columns.kind == ORBIT].tolist() == [True, True, True, False]
    assert np.flatnonzero(again.coalition.columns.kind == BATTERY).tolist() == [n - 2]


@pytest.mark.parametrize("changes", [{"isr.orbits": 9, NORTH: False}, {"isr.orbits": 0}])
def test_a_branched_battle_is_kept_pickled_and_copied_as_any_other(saved: State, changes: dict[str, object]) -> None:
    def made() -> Iterator[Battle]:
        first = Battle.from_state(saved, changes=changes, seed=8)
        for _ in range(5):
            first.step()
        yield first
        yield Battle.from_state(first.state())
        yield pickle.loads(pickle.dumps(first))
        yield copy.deepcopy(first)

    battles = list(made())
    for battle in battles[1:]:
        equal(battle.state(), battles[0].state())
        assert battle.branched == battles[0].branched is not None
        for _ in range(24):
            battle.step()
    for _ in range(24):
        battles[0].step()
    for battle in battles[1:]:
        equal(battle.state(), battles[0].state())


def test_assets_that_no_branch_can_have_added_are_refused(saved: State) -> None:
    wrong = {name: np.concatenate([array, array[-1:]]) if name.startswith("coalition/") and array.shape else array
             for name, array in saved.items()}  # fmt: skip
    with pytest.raises(StateError, match="does not fit its scenario: coalition/cell"):
        Battle.from_state(wrong)


# Seeds ---------------------------------------------------------------------------------------------------------

# Attributes that hold the seed: the battle's own, and generators of Mesa's that no rule draws from. The ledger is compared in
# the state: what lies behind its rows in memory is nobody's.
SEEDED = {"rng", "random", "seed", "_seed", "_rng", "_asked", "branched", "started", "_agents_by_type", "_all_agents", "ledger"}


def test_another_seed_is_another_future_of_the_same_past(saved: State, unbroken: Run) -> None:
    same, other = Battle.from_state(saved, seed=7), Battle.from_state(saved, seed=8)
    found, _ = other.state(), same.state()
    assert {name for name in saved if not np.array_equal(found[name], saved[name])} == {"seed", "scenario", "branched"}
    assert other.scenario == same.scenario.replace({"seed": 8})
    parts = {name for name, value in vars(same).items() if fingerprint(value) != fingerprint(vars(other)[name])}
    assert parts <= SEEDED
    runs = same.run(), other.run()
    assert runs[0].digest == unbroken.digest != runs[1].digest
    days = [run.daily[: DAY + 1] for run in runs]
    assert days[0].equals(days[1])
    rows = len(saved["ledger/ticks"])
    assert runs[0].events[:rows].equals(runs[1].events[:rows])
    assert not runs[0].daily[DAY + 1 :].equals(runs[1].daily[DAY + 1 :])
    assert len(runs[1].daily) == DAYS


def test_what_a_run_branched_off_from_stands_in_its_manifest(short: Scenario, saved: State) -> None:
    first = Battle.from_state(saved, changes={"air.enabled": False}, parent={"run": "short-7", "digest": "d1"})
    known = {
        "run": "short-7", "digest": "d1", "scenario_hash": short.short_hash, "seed": 7, "day": DAY, "ticks_since": 0,
        "changes": {"air.enabled": False}, "branched": None,
    }  # fmt: skip
    for _ in range(24 * 2 + 5):
        first.step()
    second = Battle.from_state(first.state(), changes={"flight": {"message": "leave"}}, seed=9)
    for _ in range(19 + 24):
        second.step()
    run = summarise(second)
    assert first.branched == known
    hashed = short.replace({"air.enabled": False}).short_hash
    assert run.manifest["branched"] == {
        "run": None, "digest": None, "scenario_hash": hashed, "seed": 7, "day": DAY + 2, "ticks_since": 5,
        "changes": {"flight.message": "leave"}, "branched": known,
    }  # fmt: skip
    assert run.manifest["seed"] == 9
    assert run.scenario_yaml == short.replace({"air.enabled": False, "flight.message": "leave", "seed": 9}).to_yaml()
    assert "branched" not in summarise(Battle.from_state(saved)).manifest


def test_a_damaged_note_of_it_is_told(saved: State) -> None:
    with pytest.raises(StateError, match="what it branched off from cannot be read"):
        Battle.from_state({**saved, "branched": np.asarray("{")})


def test_behaviours_go_on_in_a_branch(short: Scenario) -> None:
    mine = short.replace({"behaviours": {"defenders": "riverton_behaviours.draw_and_do_nothing"}})
    before = stepped(mine, 24 * (DAY + 1))
    riverton_behaviours.CALLS.clear()
    calls = []
    for seed in (7, 8):
        Battle.from_state(before.state(), changes={"air.enabled": False}, seed=seed, check=True).step()
        calls.append(riverton_behaviours.CALLS.pop())
    riverton_behaviours.CALLS.clear()
    assert [tick for tick, _ in calls] == [24 * (DAY + 1)] * 2
    assert calls[0][1] != calls[1][1]
