"""Pictures of sensitivity and discovery: from plain tables, whatever their size, and with nothing cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from sim.views import discovery, sensitivity

if TYPE_CHECKING:
    from sim.views.style import Picture

SHARED = {"outcome": "displaced", "unit": "persons", "level": 0.9, "points": 4000}
DRAW = {
    "morris": sensitivity.draw_morris,
    "sobol": sensitivity.draw_sobol,
    "ranks": sensitivity.draw_ranks,
    "box": discovery.draw_box,
    "tree": discovery.draw_tree,
}


def names(count: int) -> list[str]:
    return [f"people.displacement.a_rather_long_name_{i}" for i in range(count)]


def falling(count: int, top: float) -> np.ndarray:
    return top / (1 + np.arange(count)) ** 1.5


def morris(count: int) -> dict[str, pd.DataFrame]:
    star = falling(count, 70_000)
    return {
        "effects": pd.DataFrame(
            {"factor": names(count), "mu": star, "mu_star": star, "mu_star_low": 0.8 * star, "mu_star_high": 1.2 * star,
             "sigma": star[::-1] / 3, "reading": "monotonic"}
        )
    }  # fmt: skip


def sobol(count: int) -> dict[str, pd.DataFrame]:
    total = falling(count, 0.7)
    table = pd.DataFrame({"factor": names(count), "S1": total - 0.02, "ST": total})
    pairs = pd.DataFrame({"factor": names(count), "other": names(count)[::-1], "S2": total / 10})
    for frame, keys in ((table, ("S1", "ST")), (pairs, ("S2",))):
        for key in keys:
            frame[f"{key}_low"], frame[f"{key}_high"] = frame[key] - 0.05, frame[key] + 0.05
    return {"indices": table, "pairs": pairs}


def ranks(count: int) -> dict[str, pd.DataFrame]:
    value = falling(count, 0.9) * (-1) ** np.arange(count)
    return {
        "ranks": pd.DataFrame(
            {"factor": names(count), "prcc": value, "prcc_low": value - 0.1, "prcc_high": value + 0.1,
             "spearman": value / 2, "spearman_low": value - 0.1, "spearman_high": value + 0.1}
        )
    }  # fmt: skip


def box(count: int) -> dict[str, pd.DataFrame]:
    step = np.linspace(0, 1, 12)
    way = pd.DataFrame({"coverage": 1 - 0.6 * step, "density": 0.2 + 0.8 * step})
    limits = pd.DataFrame(
        {"factor": names(count), "limit": [f"{key} at least 3,000" for key in names(count)], "low": 3000.0, "high": np.nan,
         "range_low": 1000.0, "range_high": 5000.0, "values": "", "all_values": "", "found_again": 0.5}
    )  # fmt: skip
    if count:
        limits.loc[0, ["low", "range_low", "range_high"]] = np.nan
        limits.loc[0, ["values", "all_values"]] = ["threatened, start", "none, threatened, start"]
    summary = pd.DataFrame([{"coverage": 0.7, "density": 0.8, "of_interest": 200, "runs": 1000}])
    return {"peeling": way, "limits": limits, "box": summary}


def tree(count: int) -> dict[str, pd.DataFrame]:
    rules = ["\n".join(f"{key} at least 0.5" for key in names(1 + i % 3)) for i in range(max(1, min(count, 8)))]
    share = falling(len(rules), 1.0)
    best = np.arange(len(rules)) == 0
    return {"leaves": pd.DataFrame({"questions": rules, "density": share, "coverage": share, "mass": share, "best": best})}


TABLES = {"morris": morris, "sobol": sobol, "ranks": ranks, "box": box, "tree": tree}
ABOUT = {
    "morris": {"trajectories": 20, "noise_floor": 3000.0},
    "sobol": {"base_samples": 1024},
    "ranks": {},
    "box": {"tried_coverage": 0.6, "tried_density": 0.7},
    "tree": {"share": 0.2, "runs": 1000, "of_interest": 200},
}


def cut(picture: Picture) -> list[str]:
    """Words that reach over the edge of the page."""
    picture.draw_without_rendering()
    width, height = picture.bbox.width, picture.bbox.height
    out, beyond = [], set()
    for axis in (axis for axes in picture.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        # Ticks outside of the axis are not drawn.
        beyond |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    for text in picture.findobj(Text):
        if not text.get_text().strip() or not text.get_visible() or id(text) in beyond:
            continue
        place = text.get_window_extent()
        if place.x0 < 0 or place.y0 < 0 or place.x1 > width or place.y1 > height:
            out.append(text.get_text())
    return out


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize("count", [1, 20])
def test_pictures_hold_all_their_words(kind: str, count: int) -> None:
    picture = DRAW[kind](TABLES[kind](count), f"A title about displaced, as long as they come: {kind}", SHARED | ABOUT[kind])
    assert cut(picture) == []
    told = "\n".join(text.get_text() for text in picture.findobj(Text))
    for name in names(min(count, 3)) if kind != "tree" else names(1):
        assert name in told


@pytest.mark.parametrize("kind", DRAW)
def test_pictures_are_written_as_png_and_svg_and_repeat(kind: str, tmp_path) -> None:
    for place in ("one", "two"):
        picture = DRAW[kind](TABLES[kind](3), "A title", SHARED | ABOUT[kind])
        for ending in ("png", "svg"):
            picture.write(tmp_path / f"{place}.{ending}")
    for ending in ("png", "svg"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


@pytest.mark.parametrize("kind", DRAW)
def test_where_nothing_can_be_told_the_page_says_why(kind: str) -> None:
    picture = DRAW[kind]({}, "A title", {"untold": "No run is done yet. " * 20})
    assert any("No run is done yet." in text.get_text() for text in picture.findobj(Text))
    assert cut(picture) == []


def test_effects_of_nothing_are_drawn_too() -> None:
    table = morris(3)["effects"]
    numbers = table.select_dtypes("number").columns
    table[numbers] = 0.0
    assert cut(sensitivity.draw_morris({"effects": table}, "A title", SHARED)) == []


def test_a_box_without_limits_says_so() -> None:
    picture = discovery.draw_box(box(0), "A title", SHARED | {"tried_density": None})
    assert any("No limit holds" in text.get_text() for text in picture.findobj(Text))


def test_factors_that_cannot_be_parted_are_drawn_without_a_bar() -> None:
    table = ranks(3)["ranks"]
    table[["prcc", "prcc_low", "prcc_high"]] = np.nan
    assert cut(sensitivity.draw_ranks({"ranks": table}, "A title", SHARED)) == []
