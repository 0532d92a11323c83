"""A battle's state: plain arrays, whole, and going on from it gives the unbroken run."""

from __future__ import annotations

import pickle

import mesa
import numpy as np
import pytest
from battle_tools import DAYS, replace_phase, stepped

from sim.agents.handles import zero_columns
from sim.battle import Battle
from sim.battle import state as states
from sim.cli import main
from sim.errors import RunError, SimError, StateError
from sim.record.run import Run

# Attributes of a battle that change in a run and are not in its state, each with where it comes from again.
DERIVED = {
    "routes": "fields under the bridges as they stand, made on demand",
    "going": "scratch of a tick's decisions",
    "units": "index of units by cell, made anew in each step",
    "events": "rows that wait for the ledger: none between steps",
    "datacollector": "daily table, from the recorder",
    "collector": "the same",
    "in_step": "False between steps",
    "_time": "Mesa's own clock, wound by empty steps",
    "_event_list": "the same",
    "_default_schedule": "the same",
    "_agents_by_type": "handles, which read the columns",
    "_all_agents": "the same",
}


def equal(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    assert list(a) == list(b)
    for name, array in a.items():
        assert array.dtype == b[name].dtype, name
        assert np.array_equal(array, b[name]), name


@pytest.mark.parametrize("ticks", [0, 1, 24, 24 * 9 + 7, 24 * DAYS])
def test_going_on_from_a_state_gives_the_unbroken_run(short, unbroken: Run, ticks: int) -> None:
    again = Battle.from_state(stepped(short, ticks).state(), check=True)
    assert again.tick == ticks
    assert again.run().digest == unbroken.digest


def test_a_state_of_a_state_is_the_same(middle: Battle) -> None:
    state = middle.state()
    equal(Battle.from_state(state).state(), state)


def test_mesas_own_clock_goes_on(middle: Battle) -> None:
    again = Battle.from_state(middle.state())
    for name in ("steps", "time"):
        assert getattr(again, name, None) == getattr(middle, name, None)
    again.step()
    assert again.steps == middle.steps + 1 == again.tick


@pytest.mark.parametrize("step_hours", [2, 6])
def test_longer_steps_go_on_too(short, step_hours: int) -> None:
    coarse = short.replace({"time.step_hours": step_hours})
    wanted = Battle(coarse, seed=7).run().digest
    assert Battle.from_state(stepped(coarse, 11).state()).run().digest == wanted


def test_a_state_is_plain_arrays_and_stays_as_it_was_when_the_battle_goes_on(short) -> None:
    battle = stepped(short, 100)
    battle.households.handles()
    state = battle.state()
    assert {type(value) for value in state.values()} == {np.ndarray}
    assert all(value.dtype.kind in "biufU" for value in state.values())
    before = {name: value.copy() for name, value in state.items()}
    battle.run()
    equal(state, before)


def test_whatever_changes_in_a_run_is_in_the_state_or_derived_from_it(short) -> None:
    fresh, used = Battle(short, seed=7), stepped(short, 24 * 9 + 7)
    kept = {*states.ARRAYS, *states.TABLES, *states.SCALARS, *used.agent_sets, "counts", "series", "ledger", "recorder"}
    kept.add("travellers")
    changed = {name for name, value in vars(used).items() if fingerprint(value) != fingerprint(getattr(fresh, name))}
    assert {"tick", "ground", "households", "bridges", "crossing", "targets", "campaign", "ledger"} <= changed
    assert changed - kept - {*DERIVED} == set()


def test_every_column_is_of_the_type_that_it_declares(middle: Battle) -> None:
    tables = [getattr(middle, name) for name in states.TABLES]
    tables += [agents.columns for agents in middle.agent_sets.values()] + [middle.households.lists]
    for table in tables:
        declared = zero_columns(type(table), 0)
        for name, column in table._asdict().items():
            assert column.dtype == getattr(declared, name).dtype, f"{type(table).__name__}.{name}"


def fingerprint(value: object, depth: int = 0) -> object:
    """What a value holds, arrays by content, models and functions left out."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, mesa.Model) or callable(value) or depth > 4:
        return None
    if isinstance(value, dict):
        return [(str(key), fingerprint(item, depth + 1)) for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [fingerprint(item, depth + 1) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return [(key, fingerprint(item, depth + 1)) for key, item in vars(value).items()]
    return repr(value) if isinstance(value, str | int | float | np.generic) else type(value).__name__


def test_taking_checkpoints_changes_nothing_and_they_are_kept_in_the_folder(short, unbroken: Run, tmp_path) -> None:
    run = Battle(short, seed=7).run(checkpoints=[3, 9, DAYS - 1, 400])
    assert run.digest == unbroken.digest
    assert run.checkpoint_days == [3, 9, DAYS - 1]
    kept = Run.load(run.save(tmp_path))
    assert kept.checkpoint_days == [3, 9, DAYS - 1]
    for day in kept.checkpoint_days:
        equal(kept.checkpoint(day), dict(run.checkpoint(day)))
        battle = Battle.from_state(kept.checkpoint(day))
        assert battle.day == day + 1
        assert battle.run().digest == unbroken.digest
    with pytest.raises(RunError, match=r"no checkpoint of day 4 \(kept: 3, 9, 15\)"):
        kept.checkpoint(4)


def test_the_daily_table_for_mesa_goes_on(short, middle: Battle) -> None:
    frames = [b.datacollector.get_model_vars_dataframe() for b in (middle, Battle.from_state(middle.state()))]
    assert len(frames[0]) == 9
    assert frames[0].equals(frames[1])
    assert len(Battle.from_state(middle.state()).run().daily) == DAYS


# Refused ------------------------------------------------------------------------------------------------------


def broken(battle: Battle, **changes: object) -> dict[str, np.ndarray]:
    state = battle.state()
    for name, value in changes.items():
        key = name.replace("__", "/")
        if value is None:
            del state[key]
        else:
            state[key] = np.asarray(value)
    return state


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state_version": 99}, "a state of version 99; this program goes on from version 1"),
        ({"state_version": "one"}, "a state of version one"),
        ({"source_hash": "0" * 32}, "another version of the model"),
        ({"city": "0" * 32}, "a state of another city"),
        ({"city": None}, "not the state of a battle: it lacks city"),
        ({"ground__danger": None}, "not a whole state: it lacks ground/danger"),
        ({"tick": None}, "it lacks tick"),
        ({"tick": np.zeros(2)}, "tick is no single value"),
        ({"travellers": None}, "it lacks travellers"),
        ({"counts__names": None}, "it lacks counts/names"),
        ({"ledger__ticks": None}, "state's ledger is damaged"),
        ({"ledger__values": np.zeros(3)}, "state's ledger is damaged"),
        ({"recorder__days": None}, "state's recorder is damaged"),
        ({"defenders__cell": np.zeros(3, np.int32)}, r"does not fit its scenario: defenders/cell is int32\[3\]"),
        ({"ground__danger": np.zeros(3720, np.float32)}, r"ground/danger is float32\[3720\], but should be float64\[3720\]"),
        ({"scenario": "name: [x"}, "the state's scenario:1"),
        ({"scenario": "defenders: {figthers: 3}"}, "the state's scenario:1:13 +defenders.figthers"),
    ],
)  # fmt: skip
def test_a_state_that_does_not_fit_is_refused_in_words(middle: Battle, changes: dict[str, object], told: str) -> None:
    with pytest.raises(SimError, match=told):
        Battle.from_state(broken(middle, **changes))


def test_something_else_than_a_state_is_refused() -> None:
    with pytest.raises(StateError, match="not the state of a battle: it lacks state_version, source_hash"):
        Battle.from_state({"cells": np.zeros(3)})


def test_going_on_with_other_sources_can_be_asked_for(middle: Battle, unbroken: Run) -> None:
    again = Battle.from_state(broken(middle, source_hash="0" * 32), other_sources=True)
    assert again.run().digest == unbroken.digest


def test_a_state_of_a_city_that_was_changed_since_is_refused(riverton, tmp_path) -> None:
    import shutil

    folder = tmp_path / "city"
    shutil.copytree(riverton.city.path, folder)
    state = stepped(riverton.replace({"city.path": str(folder)}), 3).state()
    outline = folder / "city.yaml"
    outline.write_text(outline.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    with pytest.raises(StateError, match="a state of another city"):
        Battle.from_state(state)


def test_no_state_is_taken_in_the_middle_of_a_step(short, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []

    def ask(battle: Battle) -> None:
        with pytest.raises(SimError, match="between steps only"):
            battle.state()
        with pytest.raises(SimError, match="between steps only"):
            pickle.dumps(battle)
        told.append(battle.tick)

    replace_phase(monkeypatch, "behaviours", ask)
    Battle(short, seed=7).step()
    assert told == [0]


# Command line -------------------------------------------------------------------------------------------------


def test_run_keeps_the_states_that_were_asked_for(riverton_file, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", riverton_file, "--set", "time.max_days=12", "--out", str(tmp_path), "--checkpoint", "2, 4,2"]
    assert main(words) == 0
    (folder,) = tmp_path.iterdir()
    assert sorted(path.name for path in folder.glob("state-*")) == ["state-day002.npz", "state-day004.npz"]
    assert Battle.from_state(Run.load(folder).checkpoint(4)).run().digest == Run.load(folder).digest
    assert "no state" not in capsys.readouterr().err


def test_days_after_the_end_are_told(riverton_file, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--set", "time.max_days=40", "--set", "defenders.fighters=0"]
    assert main(["run", riverton_file, *words, "--out", str(tmp_path), "--checkpoint", "1,39"]) == 0
    assert "no state of day 39: the battle was over before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("x", "--checkpoint wants days, such as 30,60, not 'x'"),
        ("", "--checkpoint wants days, such as 30,60, not ''"),
        ("3,-1", "--checkpoint wants days, such as 30,60, not '3,-1'"),
        ("1.5", "--checkpoint wants days, such as 30,60, not '1.5'"),
        ("12", "--checkpoint 12: the last day of the run is 11 (time.max_days; day 0 is the first)"),
    ],
)
def test_mistaken_days_are_told_before_the_run(
    riverton_file, tmp_path, capsys: pytest.CaptureFixture[str], days: str, told: str
) -> None:
    words = ["run", riverton_file, "--set", "time.max_days=12", "--out", str(tmp_path / "runs"), "--checkpoint", days]
    assert main(words) == 2
    assert capsys.readouterr().err.strip() == told
    assert not (tmp_path / "runs").exists()
