"""Rules between values: what each value alone cannot show to be a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sim.scenario.words import did_you_mean, number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sim.scenario.model import Scenario

Mistake: TypeAlias = tuple[tuple[str, ...], str]


def mistakes(scenario: Scenario) -> list[Mistake]:
    """Every rule that a scenario breaks: the path of the value to look at, and what is wrong."""
    return [*_forces_on_axes(scenario), *_readiness(scenario), *_approach(scenario), *_demolition(scenario)]


def _forces_on_axes(scenario: Scenario) -> Iterator[Mistake]:
    """An axis leads forces that exist, and no force is sent out more than once."""
    forces = scenario.liberators.forces
    given: dict[str, float] = {}
    for axis, asked in scenario.liberators.axes.items():
        for name, share in asked.forces.items():
            path = ("liberators", "axes", axis, "forces", name)
            given[name] = given.get(name, 0.0) + share
            if name not in forces:
                hint = did_you_mean(name, forces) or f"; there are: {', '.join(forces) or 'none'}"
                yield path, f"there is no force of this name{hint}"
            elif not 0 <= share <= 1:
                yield path, f"must be between 0 and 1 (fraction), not {number(share)}"
            elif given[name] > 1 + 1e-9:
                yield path, f"the axes together take {number(given[name])} of this force: at most 1"
    for name, force in forces.items():
        if force.strength > 0 and name not in given:
            message = "no axis leads this force: name it under an axis's forces, or set its strength to 0"
            yield ("liberators", "forces", name), message


def _readiness(scenario: Scenario) -> Iterator[Mistake]:
    """An axis that halts to refit does not attack again in the same breath."""
    halt, attack = scenario.liberators.pause_readiness, scenario.liberators.resume_readiness
    if attack < halt:
        yield (
            ("liberators", "resume_readiness"),
            f"must not be below pause_readiness ({number(halt)}), but is {number(attack)}",
        )


def _approach(scenario: Scenario) -> Iterator[Mistake]:
    """Resistance slows a march."""
    p = scenario.approach
    if p.contested_km_per_day > p.open_km_per_day:
        yield (
            ("approach", "contested_km_per_day"),
            f"must not exceed open_km_per_day ({number(p.open_km_per_day)}), but is {number(p.contested_km_per_day)}",
        )


def _demolition(scenario: Scenario) -> Iterator[Mistake]:
    """A demolition on a date has one."""
    p = scenario.bridges
    asked: list[tuple[tuple[str, ...], str, date | None]] = [(("bridges",), p.demolition, p.date)]
    asked += [(("bridges", "each", name), rule.demolition, rule.date) for name, rule in p.each.items()]
    for path, demolition, day in asked:
        if demolition == "date" and day is None:
            yield (*path, "date"), "is missing: demolition is date, and no day is given"
