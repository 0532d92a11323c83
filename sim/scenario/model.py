"""The scenario as a whole: what a user may ask for, section by section."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from sim.scenario.declare import Section
from sim.scenario.sections.air import Air, Munitions
from sim.scenario.sections.bombs import Ieds, Mortars, SmallDrones, Svbieds
from sim.scenario.sections.bridges import Bridges, Floods
from sim.scenario.sections.combat import Combat, Evacuation, Sensing, Snipers
from sim.scenario.sections.defenders import Defenders, Specialists
from sim.scenario.sections.displacement import Displacement
from sim.scenario.sections.fighting import Approach, Clearing, Movement
from sim.scenario.sections.food import Food
from sim.scenario.sections.ground_fires import Artillery, Harm, Raids
from sim.scenario.sections.heating import Heating
from sim.scenario.sections.liberators import Liberators, Supply
from sim.scenario.sections.people import Coercion, Flight
from sim.scenario.sections.place import City, Population, Time
from sim.scenario.sections.reprisals import Reprisals
from sim.scenario.sections.resistance import Reports, Resistance
from sim.scenario.sections.returning import Return
from sim.scenario.sections.services import Care, Services
from sim.scenario.sections.surveillance import Isr

if TYPE_CHECKING:
    from collections.abc import Mapping


def _file_safe(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise ValueError("may hold letters a-z, digits, _ - and . only, and starts with a letter or digit")
    return name


def _dotted(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", name):
        raise ValueError("must name a Python function as package.module.function")
    return name


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


Name = Annotated[str, AfterValidator(_file_safe)]
Title = Annotated[str, AfterValidator(_one_line)]
Behaviour = Annotated[str, AfterValidator(_dotted)]
AgentSetName = Literal["defenders", "liberators", "resistance", "coalition", "households"]

# Keys that say how a scenario is told or put together, not what the model reads.
_NOT_ASKED = frozenset({"name", "title", "description", "extends", "preset", "seed"})


class Scenario(Section):
    """Everything that a run is asked: frozen, complete, checked."""

    name: Name = Field(
        "scenario", description="names the run folder; the file's name where it is missing", max_length=64
    )
    title: Title = Field("", description="one line on what the scenario asks", max_length=200)
    description: str = Field("", description="what it asks, and what it is built on", max_length=20_000)
    extends: str | None = Field(None, description="shipped scenario, or file relative to this one, to build on")
    preset: Literal["full", "quick"] = Field("full", description="coarse values under the file's own: quick or full")
    seed: int = Field(1, description="seed of the keyed random numbers", ge=0, lt=2**63)
    behaviours: dict[AgentSetName, Behaviour] = Field(
        default_factory=dict,
        description="your own Python function for an agent set, package.module.function; a run runs its code",
    )

    city: City = City()
    time: Time = Time()
    population: Population = Population()
    defenders: Defenders = Defenders()
    specialists: Specialists = Specialists()
    liberators: Liberators = Liberators()
    supply: Supply = Supply()
    approach: Approach = Approach()
    sensing: Sensing = Sensing()
    combat: Combat = Combat()
    snipers: Snipers = Snipers()
    evacuation: Evacuation = Evacuation()
    clearing: Clearing = Clearing()
    movement: Movement = Movement()
    ieds: Ieds = Ieds()
    svbieds: Svbieds = Svbieds()
    mortars: Mortars = Mortars()
    small_drones: SmallDrones = SmallDrones()
    isr: Isr = Isr()
    reports: Reports = Reports()
    resistance: Resistance = Resistance()
    air: Air = Air()
    munitions: Munitions = Munitions()
    artillery: Artillery = Artillery()
    raids: Raids = Raids()
    harm: Harm = Harm()
    bridges: Bridges = Bridges()
    floods: Floods = Floods()
    flight: Flight = Flight()
    coercion: Coercion = Coercion()
    reprisals: Reprisals = Reprisals()
    displacement: Displacement = Displacement()
    returning: Return = Return()
    services: Services = Services()
    care: Care = Care()
    food: Food = Food()
    heating: Heating = Heating()

    @property
    def short_hash(self) -> str:
        """Eight hex digits of what the model reads; names, titles and the seed do not count."""
        asked = {key: value for key, value in self.to_dict().items() if key not in _NOT_ASKED}
        text = json.dumps(asked, sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The resolved scenario as plain values, in the order of declaration and without ``extends``."""
        return self.model_dump(exclude={"extends"})

    def to_yaml(self) -> str:
        """The resolved scenario as a file that runs as it is."""
        from sim.scenario.writing import yaml_text

        return yaml_text(self.to_dict())

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A copy with some values changed.

        Args:
            changes: Dotted keys to values, as with ``--set``; None takes a named entry out.

        Raises:
            ScenarioError: With every change that cannot be made.
        """
        from sim.scenario.loading import changed

        return changed(self, changes)
