"""Human reports, trust and fear: hazards, formulas, who is caught, and that a report is no sighting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from battle_tools import rows_of

from sim.agents.codes import BY_REPORT, DETECTED, NO_TARGET
from sim.battle import Battle
from sim.battle.checks import check_conservation
from sim.battle.defence import defend
from sim.battle.reports import hear, trained
from sim.battle.services import quarter_persons
from sim.battle.trust import ROUND_H, change_minds, neighbours_of
from sim.record.codes import (
    AIR,
    CAPTURE,
    CIVILIANS,
    COALITION,
    DEATH,
    DEFENDERS,
    DETECTION,
    HUMAN_REPORT,
    MORTAR,
    NOBODY,
    RESISTANCE,
    SHOT_FLEEING,
    SMALL_ARMS,
    WOUND,
)


def posted(riverton, **changes: object) -> Battle:
    """Teams at their posts; nothing else has happened."""
    battle = Battle(riverton, seed=1, **{key.replace("__", "."): value for key, value in changes.items()})
    defend(battle)
    battle.units.update(battle.defenders.columns, battle.liberators.columns)
    return battle


def heard(battle: Battle, ticks: int) -> Battle:
    for _ in range(ticks):
        hear(battle)
        battle.tick += 1
        battle.targets.stage[:] = NO_TARGET
    return battle


# Reports ------------------------------------------------------------------------------------------------------------


def test_residents_report_as_often_as_persons_trust_and_fear_say(riverton) -> None:
    battle = posted(riverton, reports__per_h=0.5, resistance__cells=0, reports__trust=0.6, reports__fear=0.5,
                    reports__fear_per_day=0.0, reports__fear_fade_days=1e4, reports__trust_example=0.0)  # fmt: skip
    ticks = 600
    hear(battle)
    q, teams = battle.quarters, battle.defenders.columns
    rows = battle.units.team_rows
    hazard = 0.5 * quarter_persons(battle) / 1000.0 * 0.6 * 0.5
    assert q.told_by_residents == pytest.approx(hazard, rel=1e-3)
    chance = 1.0 - np.exp(-hazard[battle.ground.quarter[teams.cell[rows]]])
    before = battle.counts["human_reports"]
    heard(battle, ticks)
    wanted = ticks * chance.sum()
    error = math.sqrt(ticks * (chance * (1 - chance)).sum())
    assert abs(battle.counts["human_reports"] - before - wanted) < 4 * error
    assert abs(battle.counts["human_reports"] - before - 1.2 * wanted) > 4 * error


@pytest.mark.parametrize("nothing", ["reports__trust", "reports__per_h"])
def test_without_trust_residents_tell_nothing(riverton, nothing: str) -> None:
    still = {"reports__trust_resentment": 0.0, "reports__trust_example": 0.0, "resistance__cells": 0, "reports__per_h": 1.0}
    assert heard(posted(riverton, **{**still, nothing: 0.0}), 100).counts["human_reports"] == 0
    assert heard(posted(riverton, **still), 100).counts["human_reports"] > 0


def test_full_fear_silences_residents_but_not_the_resistance(riverton) -> None:
    afraid = {"reports__fear": 1.0, "reports__fear_fade_days": 1e4, "reports__per_h": 1.0, "resistance__report_per_h": 0.02,
              "resistance__cells": 60, "resistance__caught_per_day": 0.0}  # fmt: skip
    battle = heard(posted(riverton, **afraid), 200)
    rows = rows_of(battle.ledger, kind=DETECTION, cause=HUMAN_REPORT)
    by = {int(actor): int((rows[:, 3] == actor).sum()) for actor in (CIVILIANS, RESISTANCE)}
    assert by[RESISTANCE] > 50 * max(by[CIVILIANS], 1)


def test_cells_report_teams_of_their_quarter_trained_ones_more(riverton) -> None:
    battle = posted(riverton, resistance__cells=40, resistance__caught_per_day=0.0)
    hear(battle)
    p, cells = battle.scenario.resistance, battle.resistance.columns
    rate = p.report_per_h * np.where(trained(battle), p.training_gain, 1.0)
    wanted = np.bincount(cells.quarter, rate, battle.quarters.area.size)
    assert battle.quarters.told_by_cells == pytest.approx(wanted)
    assert len(set(rate.tolist())) == 2


def test_who_is_trained_stays_so_when_more_are(riverton) -> None:
    few, more = (trained(Battle(riverton, seed=1, **{"resistance.cells": 300, "resistance.trained_share": share}))
                 for share in (0.3, 0.6))  # fmt: skip
    assert (more | ~few).all()
    assert abs(few.mean() - 0.3) < 0.1
    assert abs(more.mean() - 0.6) < 0.1


def test_a_report_makes_a_target_but_no_sighting(riverton) -> None:
    battle = posted(riverton, reports__per_h=1e4, reports__fear=0.0, reports__error_m=200.0, reports__delay_h=3.0)
    hear(battle)
    teams, targets = battle.defenders.columns, battle.targets
    rows = battle.units.team_rows
    assert (teams.seen_until == -1).all()
    assert (targets.stage[rows] == DETECTED).all()
    assert (targets.source[rows] == BY_REPORT).all()
    assert (targets.asked_h[rows] > targets.seen_h[rows]).all()
    assert (targets.off_m[rows] > 0).all()
    moved = targets.cell[rows] != teams.cell[rows]
    assert moved.any()
    assert (battle.ground.quarter[targets.cell[rows]] >= 0).all()


def test_errors_and_delays_of_reports_are_as_large_as_declared(riverton) -> None:
    battle = posted(riverton, reports__per_h=1e4, reports__fear=0.0, reports__error_m=120.0, reports__delay_h=3.0)
    rows, off, delay = battle.units.team_rows, [], []
    for _ in range(120):
        hear(battle)
        targets = battle.targets
        off += targets.off_m[rows].tolist()
        delay += (targets.asked_h[rows] - targets.seen_h[rows]).tolist()
        targets.stage[:] = NO_TARGET
        battle.tick += 1
    n = len(off)
    assert np.mean(off) == pytest.approx(120.0 * math.sqrt(math.pi / 2), rel=4 * 0.53 / math.sqrt(n)), "Rayleigh"
    assert np.mean(delay) == pytest.approx(3.0, rel=4 / math.sqrt(n)), "exponential"


def test_what_is_known_better_is_not_changed_by_a_report(riverton) -> None:
    battle = posted(riverton, reports__per_h=1e4, reports__fear=0.0)
    targets, row = battle.targets, int(battle.units.team_rows[0])
    targets.stage[row], targets.cell[row], targets.passes[row] = DETECTED, 77, 5
    hear(battle)
    assert (targets.cell[row], targets.passes[row], targets.off_m[row]) == (77, 5, 0.0)


def test_switched_off_nobody_tells_anything(riverton) -> None:
    battle = heard(posted(riverton, reports__enabled=False, reports__per_h=1e4, reports__fear=0.0), 20)
    assert rows_of(battle.ledger, kind=DETECTION, cause=HUMAN_REPORT).size == 0


# The resistance -----------------------------------------------------------------------------------------------------


def test_cells_are_caught_as_often_as_teams_are_near_and_are_killed(riverton) -> None:
    changes = {"resistance__cells": 400, "resistance__caught_per_day": 0.01, "resistance__trained_share": 0.5}
    battle = posted(riverton, **changes)
    q, cells, p = battle.quarters, battle.resistance.columns, battle.scenario.resistance
    teams = battle.defenders.columns
    quarter = battle.ground.quarter[teams.cell[battle.units.team_rows]]
    density = np.bincount(quarter, minlength=q.area.size) / q.area
    good = trained(battle)
    days = 10
    chance = 1.0 - np.exp(-days * p.caught_per_day * density[cells.quarter] / np.where(good, p.training_gain, 1.0))
    heard(battle, days * 24)
    caught = cells.strength == 0
    for some in (good, ~good):
        error = math.sqrt((chance * (1 - chance))[some].sum())
        assert abs(caught[some].sum() - chance[some].sum()) < 4 * error
    assert not caught[density[cells.quarter] == 0].any()
    assert (cells.strength + cells.killed == p.cell_size).all()
    rows = rows_of(battle.ledger, kind=DEATH, people=RESISTANCE, actor=DEFENDERS, cause=CAPTURE)
    assert rows.shape[0] == caught.sum()
    assert rows[:, 9].sum() == cells.killed.sum()
    check_conservation(battle)


def test_a_cell_that_is_caught_reports_no_more(riverton) -> None:
    battle = posted(riverton, resistance__cells=10, resistance__caught_per_day=24.0)
    heard(battle, 10 * 24)
    caught = battle.resistance.columns.strength == 0
    assert caught.any()
    hear(battle)
    quiet = np.setdiff1d(battle.resistance.columns.quarter[caught], battle.resistance.columns.quarter[~caught])
    assert (battle.quarters.told_by_cells[quiet] == 0.0).all()


# Trust and fear -----------------------------------------------------------------------------------------------------


def minds(riverton, **changes: object) -> Battle:
    one_mind = {"reports.trust_shared": 1.0, "reports.trust_contact": 0.0}
    battle = Battle(riverton, seed=1, **one_mind, **{f"reports.{key}": value for key, value in changes.items()})
    battle.tick = battle.ticks(ROUND_H)
    return battle


def one_round(battle: Battle, density: float = 0.0) -> None:
    change_minds(battle, np.full(battle.quarters.area.size, density))


def struck(
    battle: Battle, quarter: int, actor: int, cause: int, *, people: int = CIVILIANS, kind: int = WOUND, count: int = 3
) -> None:
    cell = int(battle.quarters.cells[battle.quarters.start[quarter]])
    battle.ledger.add(battle.tick - 1, kind, cell=cell, people=people, actor=actor, cause=cause, count=count)


def test_trust_falls_with_casualties_by_the_coalition_and_rises_with_those_by_defenders(riverton) -> None:
    battle = minds(riverton, trust=0.5, trust_loss=0.3, trust_resentment=0.2, trust_example=0.0)
    thousands = battle.quarters.residents / 1000.0
    struck(battle, 0, COALITION, AIR)
    struck(battle, 1, DEFENDERS, MORTAR, kind=DEATH)
    struck(battle, 2, NOBODY, SMALL_ARMS)
    struck(battle, 3, COALITION, AIR, people=DEFENDERS)
    one_round(battle)
    trust = battle.quarters.trust
    assert trust[0] == pytest.approx(0.5 * math.exp(-0.3 * 3 / thousands[0]))
    assert trust[1] == pytest.approx(1 - 0.5 * math.exp(-0.2 * 3 / thousands[1]))
    assert trust[2:] == pytest.approx(0.5)
    battle.tick += battle.ticks(ROUND_H)
    one_round(battle)
    assert trust[2:] == pytest.approx(0.5), "what has been counted is not counted again"
    assert trust[0] == pytest.approx(0.5 * math.exp(-0.3 * 3 / thousands[0]))


def test_trust_rises_next_to_freed_quarters(riverton) -> None:
    battle = minds(riverton, trust=0.5, trust_example=0.1)
    near = battle.neighbours[0]
    battle.quarters.liberated[near[: near.size // 2]] = True
    one_round(battle)
    share = battle.quarters.liberated[near].mean()
    assert battle.quarters.trust[0] == pytest.approx(1 - 0.5 * math.exp(-0.1 * share * ROUND_H / 24))


@pytest.mark.parametrize("fear", [0.0, 0.9])
def test_fear_goes_to_where_teams_and_forgetting_balance(riverton, fear: float) -> None:
    battle = minds(riverton, fear=fear, fear_per_day=0.15, fear_fade_days=4.0)
    for _ in range(40):
        one_round(battle, 5.0)
    rise, fade = 0.15 * 5.0, 1 / 4.0
    assert battle.quarters.fear == pytest.approx(rise / (rise + fade), abs=1e-4)
    for _ in range(4 * 24 // int(ROUND_H)):
        one_round(battle, 0.0)
    assert battle.quarters.fear == pytest.approx(rise / (rise + fade) * math.exp(-1), abs=1e-4)


def test_killings_frighten_the_quarter_where_they_happen(riverton) -> None:
    battle = minds(riverton, fear=0.2, fear_per_day=0.0, fear_fade_days=1e4, fear_execution=0.3)
    struck(battle, 0, DEFENDERS, SHOT_FLEEING, kind=DEATH, count=1)
    struck(battle, 0, DEFENDERS, CAPTURE, people=RESISTANCE, kind=DEATH, count=4)
    struck(battle, 1, DEFENDERS, SHOT_FLEEING, kind=WOUND)
    one_round(battle)
    assert battle.quarters.fear[0] == pytest.approx(1 - 0.8 * math.exp(-0.3 * 2), abs=1e-3)
    assert battle.quarters.fear[1:] == pytest.approx(0.2, abs=1e-3)


def test_both_stay_between_nothing_and_one(riverton) -> None:
    battle = Battle(riverton, seed=3, **{"reports.trust_loss": 20.0, "reports.trust_resentment": 20.0, "time.max_days": 25})
    battle.run()
    for mind in (battle.quarters.trust, battle.quarters.fear):
        assert (mind >= 0.0).all()
        assert (mind <= 1.0).all()
        assert len(set(mind.tolist())) > 3


def test_neighbours_are_the_nearest() -> None:
    x = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 13.0, 14.0])
    near = neighbours_of(x, np.zeros(8))
    assert near.shape == (8, 6)
    assert near[0, :2].tolist() == [1, 2]
    assert all(row not in near[row] for row in range(8))
