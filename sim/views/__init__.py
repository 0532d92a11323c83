"""Maps and charts of a run, drawn from its folder; pictures of what analyses found, drawn from their tables."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    "comparison": "sim.views.comparison:draw_comparison",
    "ablation": "sim.views.comparison:draw_ablation",
}


def draw(kind: str, *args: Any, **kwargs: Any) -> Picture:  # noqa: ANN401  each drawing has its own
    """Draw what many runs came to.

    Args:
        kind: Kind of finding, one of :data:`DRAWINGS`.
        *args: What its drawing takes: of findings, tables by name, a title, and what else is to be told.
        **kwargs: The same by name.

    Returns:
        A figure that notebooks show, and that ``write`` saves.
    """
    module, _, function = DRAWINGS[kind].partition(":")
    picture: Picture = getattr(import_module(module), function)(*args, **kwargs)
    return picture
