"""The browser page of docs/mesa.md: it builds on the model, steps it, and makes a new one with the sliders' values."""

from __future__ import annotations

import importlib.util
import os
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
os.environ.setdefault("SOLARA_CHECK_HOOKS", "off")

if importlib.util.find_spec("solara") is None or importlib.util.find_spec("ipyvuetify") is None:
    pytest.skip("the extra viz is not installed: make test-viz", allow_module_level=True)

# Solara and what it stands on warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "mesa.md").read_text(encoding="utf-8")
PAGE = next(block for block in re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL) if "import solara" in block)


@pytest.fixture
def page() -> dict[str, Any]:
    """Names of the page's script, and what it renders to."""
    names: dict[str, Any] = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(PAGE, "docs/mesa.md", "exec"), names)
        import solara

        made: list[Any] = []
        battle = names["Battle"]

        class Watched(battle):
            def __init__(self, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                made.append(self)

        first = Watched(scenario="op_ed", preset="quick", seed=1)
        view = names["SolaraViz"](
            first, components=[names["Map"], names["make_plot_component"]("liberated_share")], model_params=names["parameters"]
        )
        # The controls are in a sidebar, which the layout of an app holds.
        box, context = solara.render(solara.AppLayout(children=[view]), handle_error=False)
    names |= {"made": made, "box": box, "context": context}
    yield names
    context.close()


def press(context: Any, label: str) -> None:
    import ipyvuetify

    buttons = [found.widget for found in context.find(ipyvuetify.Btn) if label in (found.widget.children or [])]
    assert len(buttons) == 1, label
    buttons[0].click()


def test_the_page_of_the_docs_builds(page: dict[str, Any]) -> None:
    assert page["page"] is not None
    assert [type(battle).__mro__[1].__name__ for battle in page["made"]] == ["Battle"]
    assert page["made"][0].steps == 0


def test_its_buttons_step_the_model_and_draw_it(page: dict[str, Any]) -> None:
    battle = page["made"][0]
    for _ in range(6):
        press(page["context"], "Step")
    assert battle.steps == battle.tick == 6
    assert len(battle.datacollector.get_model_vars_dataframe()) == 1


def test_reset_makes_a_model_with_the_values_of_the_sliders(page: dict[str, Any]) -> None:
    import ipyvuetify

    press(page["context"], "Step")
    sliders = [found.widget for found in page["context"].find(ipyvuetify.Slider)]
    fighters = next(slider for slider in sliders if slider.label == "Fighters")
    fighters.v_model = 1200
    press(page["context"], "Reset")
    battle = page["made"][-1]
    assert len(page["made"]) > 1
    assert battle.steps == 0
    assert battle.scenario.defenders.fighters == 1200
    press(page["context"], "Step")
    assert battle.steps == 1
