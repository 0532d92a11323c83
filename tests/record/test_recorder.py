from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.record.recorder import Recorder


def record(recorder, day, **changes):
    given = {
        "series": {"killed": day, "share": day / 2},
        "places": {"persons": np.array([day, 2 * day], np.int64)},
        "layers": {"control": np.full(6, day, np.uint8)},
        "sites": {"waiting": np.array([day, 0, 3], np.int64)},
    } | changes
    recorder.record_day(day, date(2016, 10, 17 + day), given["series"], given["places"], given["layers"], given["sites"])


def filled(days=3):
    recorder = Recorder()
    for day in range(days):
        record(recorder, day)
    return recorder


def test_daily_table():
    daily = filled().daily()
    assert daily.columns.tolist() == ["date", "day", "killed", "share"]
    assert daily["date"].astype(str).tolist() == ["2016-10-17", "2016-10-18", "2016-10-19"]
    assert daily["killed"].dtype == np.int64
    assert daily["share"].tolist() == [0.0, 0.5, 1.0]


def test_neighbourhood_table():
    table = filled().neighbourhoods(["Zuhur", "Shifa"], ["east", "west"])
    assert len(table) == 6
    assert table[["neighbourhood", "bank"]].astype(str).iloc[3].tolist() == ["Shifa", "west"]
    assert table["persons"].tolist() == [0, 0, 1, 2, 2, 4]


def test_table_of_sites():
    table = filled().sites(["Gate", "Camp", "Gate"], ["screening", "camp", "screening"])
    assert table.columns.tolist() == ["date", "day", "site", "kind", "waiting"]
    assert table[["site", "kind"]].astype(str).iloc[3:6].to_numpy().tolist() == [
        ["Gate", "screening"], ["Camp", "camp"], ["Gate (2)", "screening"],
    ]  # fmt: skip
    assert table["waiting"].tolist() == [0, 0, 3, 1, 0, 3, 2, 0, 3]
    assert Recorder().sites([], []).empty


def test_frames_have_their_shape_and_are_copies():
    recorder, layer = Recorder(), np.zeros(6, np.uint8)
    record(recorder, 0, layers={"control": layer})
    layer[:] = 9
    frames = recorder.frames(2, 3)
    assert frames["control"].shape == (1, 2, 3)
    assert not frames["control"].any()


def test_state_goes_on_to_the_same_tables():
    whole, half = filled(4), filled(2)
    again = Recorder.from_state({name: array.copy() for name, array in half.state().items()})
    for day in (2, 3):
        record(again, day)
    assert again.daily().equals(whole.daily())
    assert again.neighbourhoods(["a", "b"], ["x", "x"]).equals(whole.neighbourhoods(["a", "b"], ["x", "x"]))
    assert again.sites(["a", "b", "c"], ["x"] * 3).equals(whole.sites(["a", "b", "c"], ["x"] * 3))
    assert np.array_equal(again.frames(2, 3)["control"], whole.frames(2, 3)["control"])
    assert Recorder.from_state(Recorder().state()).n_days == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"series": {"killed": 1}}, "other names"),
        ({"layers": {"control": np.zeros(6)}}, "wanted uint8"),
        ({"layers": {"control": np.zeros(5, np.uint8)}}, "shape"),
        ({"places": {"persons": np.zeros(3)}}, "shape"),
        ({"sites": {"waiting": np.zeros(2)}}, "shape"),
        ({"sites": None}, "other names"),
    ],
)
def test_what_does_not_fit_the_first_day_is_refused(changes, message):
    recorder = filled(1)
    with pytest.raises(ValueError, match=message):
        record(recorder, 1, **changes)


def test_days_rise_and_places_fit():
    recorder = filled(2)
    with pytest.raises(ValueError, match="after day 1"):
        record(recorder, 1)
    with pytest.raises(ValueError, match="1 neighbourhoods, but 2 banks"):
        recorder.neighbourhoods(["a"], ["x", "y"])
    with pytest.raises(ValueError, match="persons is not one number"):
        recorder.neighbourhoods(["a"], ["x"])
