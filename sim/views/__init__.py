"""Maps and charts of a run, drawn from its folder; pictures of what analyses found, drawn from their tables."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from sim.views.style import Picture

# Which function draws which kind of finding; imported when it is first called.
DRAWINGS = {
    "ensemble": "sim.views.ensembles:draw_ensemble",
    "exceedance": "sim.views.ensembles:draw_exceedance",
    "replicates": "sim.views.ensembles:draw_replicates",
    "morris": "sim.views.sensitivity:draw_morris",
    "sobol": "sim.views.sensitivity:draw_sobol",
    "ranks": "sim.views.sensitivity:draw_ranks",
    "box": "sim.views.discovery:draw_box",
    "tree": "sim.views.discovery:draw_tree",
}


def draw(kind: str, tables: Mapping[str, pd.DataFrame], title: str, about: Mapping[str, Any]) -> Picture:
    """Draw what an analysis found.

    Args:
        kind: Kind of finding.
        tables: Its tables by name.
        title: Its title.
        about: What else is to be told, such as outcome and unit.

    Returns:
        A figure that notebooks show, and that ``write`` saves.
    """
    module, _, function = DRAWINGS[kind].partition(":")
    picture: Picture = getattr(import_module(module), function)(tables, title, about)
    return picture
