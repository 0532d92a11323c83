"""What falls, where, and whom it harms: air strikes, guns, raids."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from battle_tools import rows_of

from sim.agents.codes import (
    APPROVED,
    ASSIGNED,
    AT_DESK,
    BATTERY,
    BY_ORBIT,
    BY_RADAR,
    BY_SIGHT,
    FLIGHT,
    FREED,
    INFANTRY,
    LEADERS,
    MINERS,
    NO_TARGET,
    NOMINATED,
    RAIDERS,
    STRUCK,
    TEAM_HOLD,
    TEAM_MOVE,
)
from sim.battle import Battle
from sim.battle.artillery import assign_guns, near_miss, shell
from sim.battle.checks import check_conservation
from sim.battle.defence import defend
from sim.battle.engagement import expected_dead, law_of, scene_of
from sim.battle.events import flush
from sim.battle.raids import order_raids, raid
from sim.battle.strikes import assign_flights, bomb
from sim.battle.targets import open_target
from sim.record.codes import (
    AIR,
    ARTILLERY,
    CIVILIANS,
    COALITION,
    COUNT,
    DEATH,
    DEFENDERS,
    HEAVY,
    LIGHT,
    MUNITION,
    RAID,
    SHELLS,
    STRIKE,
    TARGET,
    WOUND,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario import Scenario

CALM = {"air.protect": False, "isr.bad_weather": 0.0}


def posted(riverton: Scenario, **changes: object) -> Battle:
    """Many teams at their posts, nobody near them; flying weather."""
    given = CALM | {"defenders.fighters": 3000} | {key.replace("__", "."): value for key, value in changes.items()}
    battle = Battle(riverton, seed=1, **given)
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def ready(battle: Battle, stage: int = APPROVED, slot: int = 1, source: int = BY_ORBIT) -> np.ndarray:
    """All teams of infantry are targets where they stand, and no more are found."""
    teams, targets = battle.defenders.columns, battle.targets
    rows = np.flatnonzero((teams.kind == INFANTRY) & (teams.strength > 0) & (teams.cell >= 0))
    for row in rows.tolist():
        open_target(targets, row, source, 0.0, 0.0)
    targets.stage[rows], targets.cell[rows] = stage, teams.cell[rows]
    targets.choice[rows] = targets.slot[rows] = slot
    targets.rank[rows] = 5
    return rows


def hurt_by(battle: Battle, cause: int) -> int:
    """Fighters killed and wounded, by the ledger."""
    flush(battle.events, battle.ledger, battle.tick)
    both = [rows_of(battle.ledger, kind=kind, people=DEFENDERS, cause=cause)[:, COUNT].sum() for kind in (DEATH, WOUND)]
    return int(sum(both))


def bomb_all(battle: Battle, rows: np.ndarray, when: float = 0.5) -> None:
    battle.targets.due_h[rows] = when
    for row in rows.tolist():
        bomb(battle, law_of(battle), scene_of(battle), row)


# Air ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("slot", "name"), [(0, "light"), (1, "medium"), (2, "heavy")])
@pytest.mark.parametrize("cover", [0.0, 0.6])
def test_a_weapon_hits_and_hurts_as_its_class_says(riverton: Scenario, slot: int, name: str, cover: float) -> None:
    battle = posted(riverton, air__hit=0.7, air__harm_limit=1e6)
    battle.ground.cover[:] = cover
    teams, m = battle.defenders.columns, battle.scenario.munitions
    teams.dug[:] = 0.5
    rows = ready(battle, ASSIGNED, slot)
    strength = teams.strength[rows].astype(float)
    chance = getattr(m, f"{name}_casualties") * (1 - getattr(m, f"{name}_cover") * cover * 0.5)
    bomb_all(battle, rows)
    mean = 0.7 * chance * strength.sum()
    error = math.sqrt((0.7 * strength * chance * (1 - chance) + 0.7 * 0.3 * (strength * chance) ** 2).sum())
    assert abs(hurt_by(battle, AIR) - mean) < 4 * error
    assert battle.counts[f"strikes_{name}"] == battle.counts["air_strikes"] == rows.size
    assert abs(battle.counts["strikes_missed"] - 0.3 * rows.size) < 4 * math.sqrt(0.21 * rows.size)
    assert (battle.targets.stage[rows] == STRUCK).all()


def test_a_controller_divides_misses(riverton: Scenario) -> None:
    missed = []
    for guided in (False, True):
        battle = posted(riverton, air__hit=0.6, air__jtac_gain=4.0, air__harm_limit=1e6)
        rows = ready(battle, ASSIGNED)
        battle.targets.guided[rows] = guided
        bomb_all(battle, rows)
        missed.append(battle.counts["strikes_missed"] / rows.size)
    assert missed[0] == pytest.approx(0.4, abs=4 * math.sqrt(0.24 / rows.size))
    assert missed[1] == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / rows.size))


def leave(battle: Battle, rows: np.ndarray) -> None:
    battle.defenders.columns.cell[rows] = (battle.defenders.columns.cell[rows] + 1) % battle.ground.control.size


def march(battle: Battle, rows: np.ndarray) -> None:
    battle.defenders.columns.order[rows] = TEAM_MOVE


def be_reported_elsewhere(battle: Battle, rows: np.ndarray) -> None:
    battle.targets.off_m[rows] = battle.scenario.air.location_m + 1.0


@pytest.mark.parametrize("elude", [leave, march, be_reported_elsewhere])
@pytest.mark.parametrize("view", ["", "held", "guided"])
def test_a_team_that_is_not_where_it_was_seen_is_missed_unless_somebody_has_it_in_view(
    riverton: Scenario, elude: Callable[[Battle, np.ndarray], None], view: str
) -> None:
    battle = posted(riverton, air__hit=1.0, munitions__medium_casualties=1.0, munitions__medium_cover=0.0, air__harm_limit=1e6)
    battle.defenders.columns.order[:] = TEAM_HOLD
    rows = ready(battle, ASSIGNED)[:40]
    elude(battle, rows)
    if view:
        getattr(battle.targets, view)[rows] = True
        battle.defenders.columns.seen_until[rows] = battle.ticks(battle.scenario.sensing.memory_h)
    cells = battle.targets.cell[rows].copy()
    bomb_all(battle, rows, when=2.0)
    assert battle.counts["strikes_missed"] == (0 if view else rows.size)
    flush(battle.events, battle.ledger, battle.tick)
    fell = rows_of(battle.ledger, kind=STRIKE, cause=AIR)[:, 1]
    assert np.array_equal(fell, battle.defenders.columns.cell[rows] if view else cells)


def test_residents_where_a_weapon_falls_are_harmed_wherever_the_team_is(riverton: Scenario) -> None:
    """Harm follows who is there: an empty street where nobody is, the house next door where the report was wrong."""
    battle = posted(riverton, air__harm_limit=1e6, munitions__medium_radius_m=60.0)
    rows = ready(battle, ASSIGNED)
    full = int(np.argmax(battle.households.lists.persons))
    empty = int(battle.quarters.cells[battle.households.lists.persons[battle.quarters.cells] == 0][0])
    persons = int(battle.households.lists.persons[full])
    battle.targets.cell[rows[:30]], battle.targets.cell[rows[30:60]] = full, empty
    bomb_all(battle, rows[:60])
    flush(battle.events, battle.ledger, battle.tick)
    dead = rows_of(battle.ledger, kind=DEATH, people=CIVILIANS, cause=AIR)
    assert {*dead[:, 1].tolist()} == {full}
    assert battle.households.lists.persons[full] == persons - len(dead)
    strikes = rows_of(battle.ledger, kind=STRIKE, cause=AIR)
    assert strikes[:, COUNT].sum() == len(dead) == battle.counts["strike_deaths"]
    check_conservation(battle)


def test_harm_by_strikes_is_on_the_mean_what_is_there_times_area_times_chance(riverton: Scenario) -> None:
    battle = posted(
        riverton, population__persons=200_000, air__harm_limit=1e6, munitions__medium_radius_m=20.0, harm__collapse_casualty=0.0
    )
    rows = ready(battle, ASSIGNED)
    area = math.pi * 20.0**2 / battle.grid.cell_m**2
    mean = float(battle.households.lists.persons[battle.targets.cell[rows]].sum()) * area * battle.scenario.harm.indoors_death
    assert mean > 40
    bomb_all(battle, rows)
    assert abs(battle.counts["strike_deaths"] - mean) < 4 * math.sqrt(mean)
    assert battle.counts["strike_deaths_expected"] == pytest.approx(
        mean * (1 - battle.scenario.air.warned_share), rel=0.05
    ), "what the coalition expects leaves those out who are warned"


def test_each_strike_names_its_target_its_weapon_and_the_harm_expected_and_done(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=1e6)
    rows = ready(battle, ASSIGNED)[:3]
    battle.targets.slot[rows] = [0, 1, 2]
    battle.defenders.columns.kind[rows[1]] = LEADERS
    bomb_all(battle, rows)
    flush(battle.events, battle.ledger, battle.tick)
    strikes = rows_of(battle.ledger, kind=STRIKE, actor=COALITION)
    assert strikes[:, TARGET].tolist() == [1 + INFANTRY, 1 + LEADERS, 1 + INFANTRY]
    assert strikes[:, MUNITION].tolist() == [LIGHT, LIGHT + 1, HEAVY]
    law, scene = law_of(battle), scene_of(battle)
    wanted = [expected_dead(scene, law, int(battle.targets.cell[row]), slot) for slot, row in enumerate(rows)]
    assert battle.ledger.values[battle.ledger.ints[:, 0] == STRIKE].tolist() == pytest.approx(wanted)
    frame = battle.ledger.frame(dt.datetime(2016, 10, 17), 1, np.zeros(0, np.int16), ["q"])  # noqa: DTZ001  as the battle's
    words = frame[frame["kind"] == "strike"]
    assert words["target"].tolist() == ["infantry", "leaders", "infantry"]
    assert words["munition"].tolist() == ["light", "medium", "heavy"]


def test_a_strike_is_called_off_where_a_target_that_is_followed_goes_among_people(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=0.2)
    [row] = ready(battle, ASSIGNED)[:1]
    crowd = int(np.argmax(battle.households.lists.persons))
    battle.homes[crowd] = 1e6
    battle.defenders.columns.cell[row] = crowd
    battle.targets.held[row] = True
    bomb_all(battle, np.array([row]))
    assert battle.counts["air_strikes"] == 0
    assert battle.counts["strikes_refused"] == 1


def fly(battle: Battle, rows: np.ndarray, hours: int, start: int = 0) -> None:
    for hour in range(start, start + hours):
        assign_flights(battle, rows, float(hour), hour + 1.0)


def test_flights_take_no_more_than_they_carry_and_only_on_station(riverton: Scenario) -> None:
    battle = posted(riverton, air__flights=1, munitions__light_load=1, munitions__medium_load=2, munitions__heavy_load=0)
    rows = ready(battle)
    p, targets = battle.scenario.air, battle.targets
    stay = p.on_station_h * p.tanker_gain
    cycle = stay + p.turnaround_h
    fly(battle, rows, round(3 * cycle))
    taken = rows[targets.stage[rows] == ASSIGNED]
    assert taken.size == 3 * 3
    assert np.bincount(targets.slot[taken]).tolist() == [3, 6]
    assert ((targets.due_h[taken] - 1e-9) % cycle < stay + 20 * p.strike_h).all()
    assert (battle.coalition.columns.kind[targets.asset[taken]] == FLIGHT).all()


def test_tankers_keep_more_flights_on_station(riverton: Scenario) -> None:
    taken = []
    for gain in (1.0, 2.0, 3.0):
        battle = posted(riverton, air__flights=2, air__tanker_gain=gain, air__strike_h=0.5, munitions__medium_load=100)
        rows = ready(battle)
        fly(battle, rows, 48)
        taken.append(int((battle.targets.stage[rows] == ASSIGNED).sum()))
    assert taken[0] < taken[1] < taken[2]
    stays = 2 * 48 / 10
    assert taken[0] == pytest.approx(stays * (1 + 2.0 / 0.5), rel=0.35), "one target at once, then one each mean time of a strike"


@pytest.mark.parametrize("change", [{"air__enabled": False}, {"isr__bad_weather": 1.0}, {"air__flights": 0}])
def test_nothing_flies_without_aircraft_leave_or_weather(riverton: Scenario, change: dict[str, object]) -> None:
    battle = posted(riverton, **change)
    rows = ready(battle)
    fly(battle, rows, 24)
    assert (battle.targets.stage[rows] == APPROVED).all()


# Guns ---------------------------------------------------------------------------------------------------------------


def order_guns(battle: Battle, rows: np.ndarray, hours: int, *, suited: bool = False) -> np.ndarray:
    for hour in range(hours):
        assign_guns(battle, law_of(battle), scene_of(battle), rows, float(hour), hour + 1.0, suited=suited)
    return rows[battle.targets.stage[rows] == ASSIGNED]


@pytest.mark.parametrize("range_km", [4.0, 8.0, 25.0])
def test_guns_reach_as_far_as_their_range(riverton: Scenario, range_km: float) -> None:
    battle = posted(riverton, artillery__range_km=range_km, artillery__missions_per_day=1000.0, air__harm_limit=1e6)
    rows = ready(battle)
    guns = battle.coalition.columns
    [gun] = np.flatnonzero(guns.kind == BATTERY)
    x, y = battle.position(battle.targets.cell[rows])
    gap = np.hypot(x - guns.x[gun], y - guns.y[gun])
    taken = order_guns(battle, rows, 60)
    assert np.isin(taken, rows[gap <= range_km * 1000.0]).all()
    assert bool(taken.size) == bool((gap <= range_km * 1000.0).any())


def test_guns_fire_as_many_missions_as_their_rate(riverton: Scenario) -> None:
    battle = posted(riverton, artillery__missions_per_day=12.0, air__harm_limit=1e6)
    taken = order_guns(battle, ready(battle), 24 * 20)
    mean = 12.0 * 20
    assert abs(taken.size - mean) < 4 * math.sqrt(mean)
    due = np.sort(battle.targets.due_h[taken])
    assert (due >= battle.scenario.artillery.response_h).all()


def test_guns_do_not_fire_where_too_much_harm_is_expected(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=0.01, artillery__missions_per_day=1000.0)
    rows = ready(battle)
    law = law_of(battle)
    harm = np.array([expected_dead(scene_of(battle), law, int(cell), -1) for cell in battle.targets.cell[rows]])
    assert (harm > 0.01).any()
    taken = order_guns(battle, rows, 24)
    assert taken.size
    assert np.isin(taken, rows[harm <= 0.01]).all()


def test_guns_are_suited_for_what_lies_in_the_open(riverton: Scenario) -> None:
    battle = posted(riverton, air__harm_limit=1e6, artillery__missions_per_day=1000.0, artillery__suited=0.3)
    battle.ground.cover[:] = np.where(np.arange(battle.ground.cover.size) % 2, 0.9, 0.0)
    rows = ready(battle)
    taken = order_guns(battle, rows, 40, suited=True)
    assert taken.size
    assert (battle.targets.cell[taken] % 2 == 0).all()


@pytest.mark.parametrize("stage", [NOMINATED, AT_DESK])
@pytest.mark.parametrize(
    ("source", "counter_fire", "fires"), [(BY_RADAR, True, True), (BY_RADAR, False, False), (BY_SIGHT, True, False)]
)
def test_guns_answer_what_radar_has_located_without_a_desk(
    riverton: Scenario, stage: int, source: int, counter_fire: bool, fires: bool
) -> None:
    battle = posted(riverton, artillery__counter_fire=counter_fire, artillery__missions_per_day=1000.0, air__harm_limit=1e6)
    rows = ready(battle, stage, source=source)
    assert bool(order_guns(battle, rows, 3, suited=True).size) == fires


@pytest.mark.parametrize("observed", [False, True])
def test_a_mission_hurts_by_the_rayleigh_law_of_its_rounds_and_observation_narrows_it(riverton: Scenario, observed: bool) -> None:
    battle = posted(riverton, artillery__rounds=6, artillery__dispersion_m=50.0, artillery__observed=0.5, air__harm_limit=1e6,
                    artillery__lethal_radius_m=20.0)  # fmt: skip
    battle.ground.cover[:] = 0.5
    battle.defenders.columns.dug[:] = 0.8
    rows = ready(battle, ASSIGNED)
    battle.targets.held[rows] = observed
    battle.targets.asset[rows] = np.flatnonzero(battle.coalition.columns.kind == BATTERY)[0]
    strength = int(battle.defenders.columns.strength[rows].sum())
    for row in rows.tolist():
        shell(battle, law_of(battle), scene_of(battle), row)
    one = (1 - math.exp(-(20.0**2) / (2 * (25.0 if observed else 50.0) ** 2))) * (1 - battle.scenario.combat.cover_effect * 0.4)
    chance = 1 - (1 - one) ** 6
    assert abs(hurt_by(battle, ARTILLERY) - strength * chance) < 4 * math.sqrt(strength * chance * (1 - chance))
    strikes = rows_of(battle.ledger, kind=STRIKE, cause=ARTILLERY)
    assert (strikes[:, MUNITION] == SHELLS).all()


def test_the_chance_of_a_near_miss_is_that_of_two_normal_errors() -> None:
    errors = np.random.default_rng(1).normal(0.0, 60.0, (200_000, 2))
    assert near_miss(25.0, 60.0) == pytest.approx((np.hypot(*errors.T) <= 25.0).mean(), abs=0.003)


# Raids --------------------------------------------------------------------------------------------------------------

NIGHT = 2


def raided(battle: Battle, rows: np.ndarray, hours: int, start: int = NIGHT) -> np.ndarray:
    for hour in range(start, start + hours):
        battle.tick = hour
        order_raids(battle, rows, float(hour), hour + 1.0)
    return rows[battle.targets.stage[rows] == ASSIGNED]


@pytest.mark.parametrize(
    ("kind", "vital", "protect", "goes"),
    [(LEADERS, False, False, True), (MINERS, True, True, True), (MINERS, True, False, False), (MINERS, False, True, False),
     (INFANTRY, True, True, False)],
)  # fmt: skip
def test_leaders_and_demolition_parties_are_raided_and_nobody_else(
    riverton: Scenario, kind: int, vital: bool, protect: bool, goes: bool
) -> None:
    battle = posted(riverton, air__protect=protect)
    rows = ready(battle, NOMINATED)[:3]
    battle.defenders.columns.kind[rows] = kind
    battle.vital[battle.targets.cell[rows]] = vital
    assert bool(raided(battle, rows, 1).size) == goes


@pytest.mark.parametrize(
    ("hour", "weather", "freed", "goes"),
    [(2, 0.0, False, True), (2, 1.0, False, False), (12, 0.0, False, False), (12, 1.0, True, True)],
)
def test_raids_go_by_air_at_night_or_on_foot_near_freed_ground(
    riverton: Scenario, hour: int, weather: float, freed: bool, goes: bool
) -> None:
    battle = posted(riverton, isr__bad_weather=weather)
    rows = ready(battle, NOMINATED)[:1]
    battle.defenders.columns.kind[rows] = LEADERS
    if freed:
        battle.ground.control[battle.targets.cell[rows[0]] + 3] = FREED
    assert bool(raided(battle, rows, 1, start=hour).size) == goes


def test_a_team_raids_once_and_rests(riverton: Scenario) -> None:
    battle = posted(riverton, raids__teams=2, raids__rest_h=30.0, raids__plan_h=3.0)
    rows = ready(battle, NOMINATED)
    battle.defenders.columns.kind[rows] = LEADERS
    battle.ground.control[:] = FREED
    days = 100
    taken = raided(battle, rows, days * 24, start=0)
    mean = 2 * days * 24 / 33.0
    assert taken.size == pytest.approx(mean, abs=4 * math.sqrt(mean))
    assert (battle.coalition.columns.kind[battle.targets.asset[taken]] == RAIDERS).all()


def test_a_raid_costs_both_sides_and_its_books_balance(riverton: Scenario) -> None:
    battle = posted(riverton, raids__success=0.5, raids__casualties=0.9, raids__losses=0.5, raids__team_size=1000)
    rows = ready(battle, ASSIGNED)
    battle.defenders.columns.kind[rows] = LEADERS
    team = int(np.flatnonzero(battle.coalition.columns.kind == RAIDERS)[0])
    battle.targets.asset[rows] = team
    strength = battle.defenders.columns.strength[rows].astype(float)
    left = 0.0
    for row in rows.tolist():
        left += battle.coalition.columns.strength[team] / 1000
        raid(battle, row)
    share = 0.5 * left / rows.size
    fallen, mean = hurt_by(battle, RAID), share * 0.9 * strength.sum()
    assert abs(fallen - mean) < 4 * math.sqrt((share * (1 - share) * (0.9 * strength) ** 2 + strength * 0.1).sum())
    assets = battle.coalition.columns
    lost = int(assets.killed[team] + assets.wounded[team])
    assert abs(lost - 0.5 * rows.size) < 4 * math.sqrt(0.5 * rows.size)
    assert assets.strength[team] + lost == 1000
    strikes = rows_of(battle.ledger, kind=STRIKE, cause=RAID)
    assert strikes.shape[0] == rows.size == battle.counts["raids"]
    check_conservation(battle)


def test_a_raid_on_a_place_that_has_been_left_finds_and_costs_nobody(riverton: Scenario) -> None:
    battle = posted(riverton, raids__losses=5.0)
    rows = ready(battle, ASSIGNED)[:5]
    battle.targets.asset[rows] = np.flatnonzero(battle.coalition.columns.kind == RAIDERS)[0]
    leave(battle, rows)
    for row in rows.tolist():
        raid(battle, row)
    assert hurt_by(battle, RAID) == 0
    assert battle.coalition.columns.killed.sum() + battle.coalition.columns.wounded.sum() == 0


def test_a_target_belongs_to_one_asset_at_a_time(riverton: Scenario) -> None:
    battle = posted(riverton, artillery__missions_per_day=1000.0, air__flights=4, raids__teams=3, air__harm_limit=1e6)
    rows = ready(battle)
    battle.defenders.columns.kind[rows[::2]] = LEADERS
    battle.ground.control[:] = FREED
    for hour in range(20):
        order_raids(battle, rows, float(hour), hour + 1.0)
        order = battle.targets.asset.copy(), battle.targets.stage == ASSIGNED
        assign_guns(battle, law_of(battle), scene_of(battle), rows, float(hour), hour + 1.0, suited=True)
        assign_flights(battle, rows, float(hour), hour + 1.0)
        assert np.array_equal(battle.targets.asset[order[1]], order[0][order[1]])
    kinds = {*battle.coalition.columns.kind[battle.targets.asset[rows[battle.targets.stage[rows] == ASSIGNED]]].tolist()}
    assert kinds == {FLIGHT, BATTERY, RAIDERS}
    assert (battle.targets.stage[np.setdiff1d(np.arange(len(battle.defenders)), rows)] == NO_TARGET).all()
