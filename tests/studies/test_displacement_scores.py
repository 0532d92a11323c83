"""Scores of displacement and the naive forecasts, against answers known by hand; the record that they are used on."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAN = np.nan


@pytest.fixture
def scores(scripts):
    import displacement_scores

    return displacement_scores


def test_ard_is_the_mean_over_dates_of_what_is_wrong_by_what_is_there(scores):
    data = np.array([[10.0, 30.0], [20.0, 20.0]])
    forecast = np.array([[20.0, 20.0], [20.0, 10.0]])  # wrong by 20 of 40, then by 10 of 40
    assert scores.relative_differences(forecast, data).tolist() == [0.5, 0.25]
    assert scores.averaged_relative_difference(forecast, data) == 0.375
    assert scores.averaged_relative_difference(data, data) == 0.0
    assert scores.averaged_relative_difference(np.zeros_like(data), data) == 1.0


def test_ard_of_runs_is_one_number_each(scores):
    data = np.array([[10.0, 30.0]])
    assert scores.averaged_relative_difference(np.array([data, data + 10.0, 0.0 * data]), data).tolist() == [0.0, 0.5, 1.0]


def test_ard_leaves_out_cells_and_dates_without_data(scores):
    data = np.array([[10.0, NAN], [0.0, 0.0]])
    assert scores.averaged_relative_difference(np.array([[5.0, 1000.0], [7.0, 7.0]]), data) == 0.5


DATES = ["2016-11-01", "2016-11-08", "2016-11-15", "2016-11-30"]


def test_persistence_knows_nothing_younger_than_its_lag(scores):
    data = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, NAN], [4.0, 8.0]])
    assert scores.persistence(DATES, data, 14).tolist() == [[0, 0], [0, 0], [1, 5], [3, 6]]
    assert scores.persistence(DATES, data, 1).tolist() == [[0, 0], [1, 5], [2, 6], [3, 6]]


def test_what_is_carried_on_moves_as_the_model_does_and_never_below_nobody(scores):
    data = np.array([[10.0], [20.0], [30.0], [40.0]])
    runs = np.array([[[5.0], [5.0], [5.0], [5.0]], [[100.0], [101.0], [102.0], [2.0]]])
    found = scores.carried_on(DATES, data, runs, 14)
    assert found[0].ravel().tolist() == [5, 5, 10, 30]
    assert found[1].ravel().tolist() == [100, 101, 10 + 2, 0]


def test_splits_share_a_total_out_by_weight(scores):
    weights = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    assert scores.split(np.array([90.0, 90.0, 90.0]), weights).tolist() == [[30, 30, 30], [0, 30, 60], [0, 0, 0]]
    assert scores.split(np.array([[9.0, 3.0, 1.0], [3.0, 6.0, 1.0]]), weights)[1].tolist() == [[1, 1, 1], [0, 2, 4], [0, 0, 0]]


def test_rescaled_keeps_shares_of_scored_camps(scores):
    data = np.array([[50.0, 50.0, NAN]])
    runs = np.array([[[1.0, 3.0, 96.0]], [[0.0, 0.0, 5.0]]])
    assert scores.rescaled(runs, np.array([100.0]), data).tolist() == [[[25, 75, 0]], [[0, 0, 0]]]


def test_coverage_asks_for_the_central_ninety_percent(scores):
    runs = np.tile(np.arange(21.0)[:, None], 4)
    assert scores.coverage(runs, np.array([0.0, 1.0, 19.0, 20.0])).tolist() == [False, True, True, False]


def test_camps_of_an_area_are_taken_together_as_far_as_they_are_scored(scripts, monkeypatch):
    import displacement_tables as tables

    monkeypatch.setattr(tables, "AREAS", {"Both": ("A", "B")})
    data, places = np.array([[1.0, 2.0, 4.0], [NAN, 8.0, NAN]]), np.array([[10.0, 0.0, 30.0], [10.0, 20.0, 30.0]])
    model = np.array([[[5.0, 6.0, 7.0], [5.0, 6.0, 7.0]]])
    dates = ["2016-11-01", "2016-11-15"]
    found = tables.by_area(tables.Rounds(dates, ["A", "B", "C"], ["3", "2", "1"], [10, 20, 30], data, places, model))
    assert (found.camps, found.opens, found.room) == (["Both", "C"], ["2", "1"], [30, 30])
    assert found.data.tolist() == [[1, 4], [8, 0]]  # B is not open on the first date
    assert found.places.tolist() == [[10, 30], [30, 30]]
    assert found.model.tolist() == [[[5, 7], [11, 7]]]


def test_record_of_displacement_adds_up_and_names_camps_of_the_city(scripts):
    from record_compare import read_record

    from sim.city import build_grid, load_city
    from sim.scenario import load

    figures = read_record(ROOT / "studies" / "record_displacement.csv")
    assert min(figure.first for figure in figures) == "2016-11-01"
    summed: dict[str, float] = defaultdict(float)
    for figure in figures:
        if figure.camp != "all":
            summed[figure.last] += figure.value
            assert not figure.used_by
    listed = {figure.last: figure.value for figure in figures if figure.measure == "in camps, master lists"}
    assert summed == listed
    import displacement_tables as tables

    assert {camp for camps in tables.AREAS.values() for camp in camps} <= {figure.camp for figure in figures}
    city = load("mosul_2016").city
    offgrid = build_grid(load_city(city.path), city.cell_m, city.margin_m).offgrid
    camps = {f"in_camp.{name}" for name, kind in zip(offgrid.names, offgrid.kinds, strict=True) if kind == "camp"}
    assert {name for figure in figures if figure.camp != "all" for name in figure.series.split("+")} <= camps
