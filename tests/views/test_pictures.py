from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from matplotlib.image import imread

from sim.errors import RunError
from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON
from sim.record.run import Run
from sim.views import charts, maps, overview
from sim.views.basemap import basemap, bridge_states


def texts(figure):
    found = [text.get_text() for axes in figure.axes for text in (axes.title, axes._left_title, *axes.texts)]
    return [*found, *(text.get_text() for text in figure.texts)]


@pytest.fixture(scope="module")
def page(made):
    return overview.plot(made)


def test_overview_says_it_in_words_maps_and_charts(page, made):
    words = texts(page)
    assert any(word.startswith("City liberated after") for word in words)
    assert f"{made.summary['civilians_killed']:,} civilians killed" in words
    assert len(page.axes) == 8
    assert {"17 Oct 2016", "Liberated", "Displaced, and where they are", "Killed"} <= set(words)
    assert "2 km" in words or "1 km" in words
    assert "N" in words
    assert page._repr_png_().startswith(b"\x89PNG")


def test_overview_of_a_failure(failed):
    words = texts(overview.plot(failed))
    assert any(word.startswith("City not liberated:") for word in words)


def test_labels_of_charts_do_not_overlap_and_stay_on_the_page(made, failed):
    for run, make in itertools.product(
        (made, failed), (charts.liberated, charts.displacement, charts.casualties, overview.plot)
    ):
        figure = make(run)
        figure.canvas.draw()
        for axes in figure.axes:
            labels = [text for text in axes.texts if text.get_text() and axes.get_xlabel() == ""]
            boxes = [text.get_window_extent() for text in labels]
            for box in boxes:
                assert box.x1 <= figure.bbox.x1
                assert box.y1 <= figure.bbox.y1
            for (one, a), (other, b) in itertools.combinations(zip(labels, boxes, strict=True), 2):
                lap = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
                assert not lap, (one.get_text(), other.get_text())


def test_lines_are_labelled_with_their_last_value(made):
    words = texts(charts.casualties(made))
    for group in ("civilians", "liberators", "defenders"):
        for what in ("killed", "wounded"):
            assert f"{group.capitalize()}\n{made.summary[f'{group}_{what}']:,}" in words
    assert "people, since the start" in words


@pytest.mark.parametrize("layer", ["control", "damage", "persons"])
def test_map_series_has_five_dated_maps(made, layer):
    figure = maps.map_series(made, layer)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "17 Oct 2016", "6 Nov 2016", "26 Nov 2016", "15 Dec 2016", "4 Jan 2017",
    ]  # fmt: skip
    assert all(axes.images for axes in figure.axes)


def test_map_at_takes_numbers_and_dates(made):
    for day in (3, date(2016, 10, 20), "2016-10-20", -77):
        assert "The city on 20 Oct 2016" in texts(maps.map_at(made, day))
    for day in (500, "2020-01-01", "31 February", -200):
        with pytest.raises(RunError):
            maps.map_at(made, day)


def test_map_shows_the_codes(made):
    picture = maps._colours(made, "control", np.array([[0, 1], [2, 3]]))
    assert picture[0, 0, 3] == 0
    assert len({tuple(colour) for colour in picture.reshape(-1, 4)}) == 4


def test_bridges_follow_the_ledger(made):
    n = len(basemap(made).bridges)
    assert bridge_states(made, -1, n) == [BRIDGE_OPEN] * n
    assert BRIDGE_CUT in bridge_states(made, 20, n)
    assert BRIDGE_PONTOON in bridge_states(made, 50, n)
    assert bridge_states(made, 79, n)[0] == BRIDGE_OPEN


def test_bridges_are_drawn_on_the_water(made):
    base = basemap(made)
    for place in base.bridges:
        assert any(river.contains_point(place) for river in base.river)


@pytest.mark.parametrize("outlines", [{}, {"river": {}}, {"outline": {"features": [None, {"geometry": 3}]}},
    {"river": {"features": [{"geometry": {"type": "Polygon", "coordinates": ["a", []]}}]}},
    {"bridges": {"features": [{"geometry": {"type": "LineString", "coordinates": [[43.1, 36.3]]}}]}}])  # fmt: skip
def test_poor_outlines_are_survived(made, outlines):
    run = Run(
        scenario_yaml="", manifest=made.manifest, summary=made.summary, daily=made.daily,
        neighbourhoods=made.neighbourhoods, events=made.events, frames=made.frames, grid=made.grid, outlines=outlines,
        sites=made.sites,
    )  # fmt: skip
    maps.map_at(run, 5).canvas.draw()


def test_a_run_of_one_day_and_a_run_without_maps(made):
    daily = made.daily.iloc[:1]
    parts = {
        "scenario_yaml": "", "manifest": made.manifest, "summary": made.summary, "daily": daily, "grid": made.grid,
        "neighbourhoods": made.neighbourhoods, "events": made.events, "outlines": made.outlines, "sites": made.sites,
    }  # fmt: skip
    short = Run(frames={name: layer[:1] for name, layer in made.frames.items()}, **parts)
    overview.plot(short).canvas.draw()
    with pytest.raises(RunError, match="no map"):
        overview.plot(Run(frames={}, **parts))
    with pytest.raises(RunError, match="no map of smell"):
        maps.map_series(made, "smell")
    with pytest.raises(RunError, match="lacks displaced"):
        overview.plot(Run(frames=made.frames, **{**parts, "daily": daily.drop(columns="displaced")}))


def test_save_all_writes_pictures_that_are_not_empty(made, tmp_path):
    written = overview.save_all(made, tmp_path / "plots")
    names = ["overview", "maps_control", "maps_damage", "maps_people", "liberated", "displacement", "casualties"]
    assert [path.name for path in written] == [f"{name}.{kind}" for name in names for kind in ("png", "svg")]
    for path in written[::2]:
        pixels = imread(path)
        assert pixels.shape[0] > 500
        assert pixels[..., :3].std() > 0.05
    for path in written[1::2]:
        assert path.read_text().lstrip().startswith("<?xml")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        overview.save_all(made, tmp_path / "file")
