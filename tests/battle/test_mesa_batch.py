"""``mesa.batch_run`` on the battle, in the shapes that its versions have: replicates that differ, in one process or two."""

from __future__ import annotations

import inspect
from pathlib import Path

import mesa
import pytest

from sim.battle import Battle
from sim.battle.collecting import DayCollector

mesa_batchrunner = pytest.importorskip("mesa.batchrunner")

RIVERTON = str(Path(__file__).resolve().parents[1] / "scenarios" / "riverton.yaml")
DAYS = 3
TICKS = 24 * DAYS
# From 3.5 on, seeds are an argument of batch_run itself and `iterations` is on its way out.
SEEDS_ARE_AN_ARGUMENT = "rng" in inspect.signature(mesa_batchrunner.batch_run).parameters
SHORT = {"scenario": RIVERTON, "time__max_days": DAYS}


def batch(parameters: dict[str, object], **settings: object) -> list[dict[str, object]]:
    return mesa_batchrunner.batch_run(Battle, parameters, display_progress=False, **{"max_steps": 10_000, **settings})


def outcome(row: dict[str, object]) -> tuple[object, ...]:
    return row["mortar_missions"], row["ied_blasts"], row["liberators_wounded"], row["liberated_share"], row["displaced"]


def expected(seed: int) -> tuple[object, ...]:
    daily = Battle(RIVERTON, seed=seed, time__max_days=DAYS).run().daily.iloc[-1]
    return outcome(daily.to_dict())


@pytest.mark.parametrize("processes", [1, 2])
def test_one_row_a_run_with_its_parameters_and_last_values(processes: int) -> None:
    rows = batch({**SHORT, "rng": [1, 2, 3]}, number_processes=processes)
    by_seed = {row["rng"]: outcome(row) for row in rows}
    assert by_seed == {seed: expected(seed) for seed in (1, 2, 3)}
    assert len(set(by_seed.values())) == 3
    assert {row["scenario"] for row in rows} == {RIVERTON}


def test_a_parameter_is_swept_under_the_same_seed() -> None:
    rows = batch({**SHORT, "rng": 1, "mortars__enabled": [True, False]})
    missions = {row["mortars__enabled"]: row["mortar_missions"] for row in rows}
    assert missions[False] == 0 < missions[True]


def test_replicates_with_no_seed_differ() -> None:
    rows = batch(SHORT, rng=[None] * 3) if SEEDS_ARE_AN_ARGUMENT else batch({**SHORT, "seed": None}, iterations=3)
    assert len({outcome(row) for row in rows}) == 3
    assert len(rows) == 3


def test_seeds_as_an_argument_are_the_battles_seeds() -> None:
    if not SEEDS_ARE_AN_ARGUMENT:
        pytest.skip("this Mesa takes seeds among the parameters")
    rows = batch(SHORT, rng=[1, 2])
    assert {row["seed"]: outcome(row) for row in rows} == {seed: expected(seed) for seed in (1, 2)}


def test_values_over_time_are_those_of_the_days_that_had_ended() -> None:
    rows = batch({**SHORT, "rng": 1}, data_collection_period=1)
    daily = Battle(RIVERTON, seed=1, time__max_days=DAYS).run().daily["mortar_missions"].tolist()
    assert len(set(daily)) == DAYS
    told = [row["mortar_missions"] for row in sorted(rows, key=lambda row: row["Step"])]
    if SEEDS_ARE_AN_ARGUMENT:
        assert told == daily
    else:
        # A row for each step: until the first day has ended its values, then those of the last day that has.
        assert told == [daily[0]] * 47 + [daily[1]] * 24 + [daily[2]]


def test_frames_and_collectors_have_a_row_a_day_in_every_version() -> None:
    battle = Battle(RIVERTON, seed=1, time__max_days=DAYS)
    assert isinstance(battle.datacollector, DayCollector)
    battle.run()
    frame = battle.datacollector.get_model_vars_dataframe()
    assert len(frame) == DAYS
    kept = battle.datacollector.model_vars["mortar_missions"]
    assert list(kept) == frame["mortar_missions"].tolist()
    assert kept[-1] == frame["mortar_missions"].iloc[-1]
    assert kept[1:] == frame["mortar_missions"].tolist()[1:]


def test_a_collector_of_ones_own_class_works_in_a_batch() -> None:
    rows = mesa_batchrunner.batch_run(Counting, {**SHORT, "rng": 1}, display_progress=False, max_steps=10_000)
    assert [row["teams"] for row in rows] == [len(Battle(RIVERTON, seed=1).defenders)]


class Counting(Battle):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.datacollector = DayCollector(model_reporters={"teams": lambda model: len(model.defenders)})


def test_a_restored_collector_answers_as_the_one_it_was_taken_from() -> None:
    battle = Battle(RIVERTON, seed=1, time__max_days=DAYS)
    battle.run()
    kept = battle.datacollector
    other = DayCollector(model_reporters=dict.fromkeys(kept.model_vars, len))
    other.restore({name: list(values) for name, values in kept.model_vars.items()}, battle.ticks_per_day)
    assert other.get_model_vars_dataframe().equals(kept.get_model_vars_dataframe())
    mine, theirs = (collector.model_vars["mortar_missions"] for collector in (other, kept))
    for index in (0, 1, 2) if SEEDS_ARE_AN_ARGUMENT else (0, 22, 23, 46, 47, 71):
        assert mine[index] == theirs[index]
    assert getattr(other, "_collection_steps", None) == getattr(kept, "_collection_steps", None)


@pytest.mark.parametrize("seed", [None, 5])
def test_a_seed_that_mesa_hands_over_as_rng_counts(seed: int | None) -> None:
    assert isinstance(Battle(RIVERTON, rng=seed, time__max_days=1), mesa.Model)
    assert Battle(RIVERTON, rng=seed, time__max_days=1).seed == (1 if seed is None else seed)
