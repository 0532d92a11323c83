"""What is told of a household is what the rule acted on, and watching changes nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from battle_tools import NO_ENEMY

from sim.agents.codes import DRIVEN, FREED, GONE, ON_FOOT, ON_ROAD, TO_HOUSE, TRAPPED
from sim.battle import Battle
from sim.battle.motives import logistic, make_rule
from sim.battle.reasons import BARRED, GUARDED, NO_ROOM, NO_WAY, NOTHING
from sim.battle.watching import KINDS, ReplayError, Survey, Watch, make_again, same_battle
from sim.errors import RunError
from sim.kernels.rng import uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.record.run import Run
    from sim.scenario import Scenario


class Seen(Watch):
    """A watch that also keeps the key of each round."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        super().__init__(rows)
        self.keys: dict[int, np.uint64] = {}

    def __call__(self, battle: Battle, phase: str) -> None:
        super().__call__(battle, phase)
        if phase == "decisions":
            self.keys[battle.tick] = battle.key("flight.decide", "households")


# A people that leaves readily, is stopped often and shot at often, so that every turn of the rule is taken.
RESTLESS = {
    "time.max_days": 10, "time.step_hours": 3, "flight.base": -4.0, "coercion.stopped": 0.7, "coercion.reach_m": 200.0,
    "coercion.shot_per_km": 0.2, "coercion.turned_back_per_km": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(riverton: Scenario) -> Run:
    """A run to be made again."""
    return Battle(riverton.replace(RESTLESS), seed=3).run()


class Watched(NamedTuple):
    """A battle that was watched, and who watched."""

    watch: Seen
    survey: Survey
    battle: Battle


@pytest.fixture(scope="module")
def watched(kept: Run) -> Watched:
    """The run made again with eyes on every household; refused, were it to come to another digest."""
    battle, survey = same_battle(kept), Survey()
    watch = Seen(np.arange(len(battle.households)))
    battle.watchers.append(survey)
    make_again(kept, battle, watch)
    return Watched(watch, survey, battle)


def test_chances_told_are_those_that_were_drawn_against(watched: Watched) -> None:
    watch = watched.watch
    state, cell = np.array(watch.seen["state"]), np.array(watch.seen["cell"])
    home = watched.battle.households.columns.home
    wanted = stayed = to_kin = 0
    for row, rounds in watch.weighed.items():
        for one in rounds:
            before, now = (state[one.tick - 1, row] if one.tick else 0), state[one.tick, row]
            if one.hours == 0:
                assert now == before or before == DRIVEN
            elif before < TRAPPED and now != GONE:
                key, total = watch.keys[one.tick], one.out + one.kin
                share = uniform(key, row, 1) * total
                acts = uniform(key, row, 0) < -math.expm1(-total)
                moved = cell[one.tick, row] != (cell[one.tick - 1, row] if one.tick else home[row])
                assert acts == (now >= TRAPPED or moved), (row, one)
                assert not acts or share >= one.out or now != TO_HOUSE or one.hindrance in (NOTHING, GUARDED), (row, one)
                wanted, stayed, to_kin = wanted + acts, stayed + (not acts), to_kin + (acts and share >= one.out)
    assert wanted > 20
    assert stayed > 1000
    assert to_kin > 5


def test_terms_add_up_to_the_chance(watched: Watched) -> None:
    watch, _, battle = watched
    rule, s = make_rule(battle.scenario, battle.grid.cell_m), battle.scenario
    night, daylight = s.displacement.night, (s.sensing.dusk_h - s.sensing.dawn_h) / 24.0
    for rounds in list(watch.weighed.values())[::50]:
        for one in rounds:
            assert min(one.by_danger, one.by_want, one.by_hunger, one.by_loss, one.by_example) >= 0.0
            assert max(one.by_frail, one.by_way, one.by_risk) <= 0.0
            if one.resigned == 0.0 and one.hours > 0.0:
                by_day = rule.rate * logistic(one.x) * one.hours
                assert min(abs(one.out / by_day - share) for share in (1.0, night, daylight + night * (1.0 - daylight))) < 1e-9
                assert 0.0 < one.chance + one.chance_of_kin <= -math.expm1(-one.out - one.kin) + 1e-12


def test_who_was_trapped_had_a_hindrance_and_who_left_had_a_way(watched: Watched) -> None:
    watch = watched.watch
    state = np.array(watch.seen["state"])
    found = {TRAPPED: 0, ON_FOOT: 0}
    for row, rounds in watch.weighed.items():
        for one in rounds:
            before, now = (state[one.tick - 1, row] if one.tick else 0), state[one.tick, row]
            if one.hours > 0 and before < TRAPPED and now == TRAPPED:
                assert one.hindrance in (NO_WAY, BARRED, NO_ROOM)
                found[TRAPPED] += 1
            elif before <= TRAPPED and now in (ON_FOOT, ON_ROAD):
                assert one.hindrance not in (NO_WAY, BARRED)
                found[ON_FOOT] += 1
    assert all(found.values())


def test_watchers_see_each_phase_once_and_before_it_acts(riverton: Scenario) -> None:
    battle = Battle(riverton.replace({**NO_ENEMY, "time.max_days": 2}), seed=1)
    seen: list[tuple[int, str]] = []
    battle.watchers.append(lambda battle, phase: seen.append((battle.tick, phase)))
    battle.step()
    battle.step()
    names = [phase for tick, phase in seen if tick == 0]
    assert names[-5:] == ["decisions", "food", "care", "wants", "recording"]
    assert len(names) == len(set(names))
    assert [phase for tick, phase in seen if tick == 1] == names


def test_kinds_are_what_they_say(watched: Watched) -> None:
    watch, survey, battle = watched
    state = np.array(watch.seen["state"])
    people = battle.households.columns
    trapped = (state == TRAPPED).any(axis=0) & ~(state == DRIVEN).any(axis=0)
    found = {kind: set(survey.of_kind(kind).tolist()) for kind in KINDS}
    assert found["random"] == set(range(len(battle.households)))
    assert found["trapped"] == set(np.flatnonzero(trapped).tolist()) != set()
    assert found["untouched"] == set(np.flatnonzero((state == 0).all(axis=0)).tolist())
    assert found["killed"] == set(np.flatnonzero(people.dead > 0).tolist()) != set()
    assert found["shot"] <= found["killed"] | found["wounded"]
    assert found["shot"]
    assert not found["stayed"] & found["displaced"]
    assert found["camp"] | found["hosted"] <= found["displaced"]


def test_a_run_that_cannot_be_made_again_is_refused(kept: Run) -> None:
    manifest = kept.manifest
    try:
        kept.manifest = {**manifest, "seed": 8}
        battle = same_battle(kept)
        with pytest.raises(ReplayError, match="cannot be made again"):
            make_again(kept, battle, Survey())
        kept.manifest = {**manifest, "branched": {"run": "x-1-2", "day": 3}}
        with pytest.raises(RunError, match="branched off x-1-2 after day 3"):
            same_battle(kept)
    finally:
        kept.manifest = manifest


def test_ground_is_seen_to_change_hands(watched: Watched) -> None:
    watch = watched.watch
    control = np.array(watch.seen["control"])
    assert (control[0] != FREED).all()
    assert (control[-1] == FREED).any()


def test_who_was_turned_away_from_camps_is_who_the_battle_counted(riverton: Scenario) -> None:
    full = riverton.replace({
        **RESTLESS, "flight.base": -2.0, "time.max_days": 12, "displacement.camp_ready": 0, "displacement.camp_planned": 0,
        "displacement.camp_extend_at": 2.0,
        "displacement.host_share": 0.5,
    })  # fmt: skip
    battle = Battle(full, seed=3)
    watch = Watch(np.arange(len(battle.households)))
    battle.watchers.append(watch)
    battle.run()
    members = np.array(watch.seen["members"])[-1]
    assert 0 < battle.counts["camp_overflow"] < battle.counts["left_city"]
    assert sum(int(members[row]) for row in watch.turned_away) == battle.counts["camp_overflow"]
