"""Mistakes in values, told as the person who made them would want to read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from sim.errors import ScenarioError
from sim.scenario.checking import check
from sim.scenario.declare import Section, param
from sim.scenario.reading import read_text


def value(default: object, unit: str = "-", **bounds: object) -> object:
    return param(default, unit=unit, meaning="Something", source="test", grade="assumed", **bounds)


class Inner(Section):
    """Values of every type."""

    count: int = value(3, "persons", ge=1, le=10)
    share: float = value(0.5, "fraction", gt=0, lt=1)
    speed: float = value(1.0, "km/h", ge=0)
    extent: Literal["real", "op_ed_core"] = value("real")
    step: Literal[1, 2, 3] = value(1, "h")
    day: date = value(date(2016, 10, 17), "date", ge=date(2016, 1, 1))
    open: bool = value(True)
    place: str = value("mosul", min_length=1, max_length=20)
    many: list[Annotated[float, Field(ge=0)]] = value(list)
    maybe: float | None = value(None)


class Outer(Section):
    """Two sections."""

    inner: Inner = Inner()
    seed: int = value(1)


class Ordered(Section):
    """Two values that must fit together."""

    low: float = value(0.0)
    high: float = value(1.0)

    @model_validator(mode="after")
    def fits(self) -> Ordered:
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self


def told(text: str, model: type[Section] = Outer) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        check(read_text(text, "x.yaml"), model)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count: 0", "must be between 1 and 10 (persons), not 0"),
        ("count: 1_000_000", "must be between 1 and 10 (persons), not 1,000,000"),
        ("count: 3.0", "must be a whole number (persons), not 3.0: write 3"),
        ("count: 3.5", "must be a whole number (persons), not 3.5"),
        ("count: true", "must be a whole number (persons), not true"),
        ("count: '3'", 'must be a whole number (persons), not the text "3": remove the quotes'),
        ("count: 1,200", 'must be a whole number (persons), not the text "1,200": write 1200'),
        ("count: [3]", "must be a whole number (persons), not a list"),
        ("count: {a: 3}", "must be a whole number (persons), not a group of keys"),
        ("count: 2016-10-17", "must be a whole number (persons), not the date 2016-10-17"),
        ("share: 1", "must be more than 0 and less than 1 (fraction), not 1"),
        ("share: 50%", 'must be a number (fraction), not the text "50%": write 0.5'),
        ("share: 0,5", 'must be a number (fraction), not the text "0,5": write 0.5'),
        ("share: .nan", "must be a finite number, not infinite or `.nan`"),
        ("share: -.inf", "must be a finite number, not infinite or `.nan`"),
        ("share: 1e999", "must be a finite number, not infinite or `.nan`"),
        ("speed: 5 km/h", 'must be a number (km/h), not the text "5 km/h": write the number alone, in km/h'),
        ("speed: -1", "must be at least 0 (km/h), not -1"),
        ("speed: true", "must be a number (km/h), not true"),
        ("speed: " + "9" * 390, "must be a number (km/h), not a number of 390 digits"),
        ("extent: reel", 'must be one of real, op_ed_core, not the text "reel" (did you mean "real"?)'),
        ("extent: 3", "must be one of real, op_ed_core, not 3"),
        ("extent: [real]", "must be one of real, op_ed_core, not a list"),
        ("step: 4", "must be one of 1, 2, 3, not 4"),
        ("step: 2.0", "must be one of 1, 2, 3, not 2.0"),
        ("step: true", "must be one of 1, 2, 3, not true"),
        ("step: '2'", 'must be one of 1, 2, 3, not the text "2": remove the quotes'),
        ("day: 17.10.2016", 'must be a date such as 2016-10-17, not the text "17.10.2016": write 2016-10-17'),
        ("day: '2016-10-17'", 'must be a date such as 2016-10-17, not the text "2016-10-17": remove the quotes'),
        ("day: 2016-10-17 06:00", "write the day alone"),
        ("day: 20161017", "must be a date such as 2016-10-17, not 20161017"),
        ("day: 2015-01-01", "must be at least 2016-01-01, not 2015-01-01"),
        ("open: yes", 'must be true or false, not the text "yes": write true'),
        ("open: Off", 'must be true or false, not the text "Off": write false'),
        ("open: 1", "must be true or false, not 1"),
        ("place: ''", "must not be empty"),
        ("place: 3", 'must be text, not 3: put it in quotes, "..."'),
        ("place: aaaaaaaaaaaaaaaaaaaaaaaaa", "must have at most 20 characters"),
        ("many: 3", "must be a list: [a, b], not 3"),
        ("maybe: x", 'must be a number, not the text "x"'),
    ],
)
def test_one_mistake_one_line(text: str, message: str) -> None:
    key = text.partition(":")[0]
    (line,) = told(f"inner:\n  {text}\n")
    column = 5 + len(key)
    assert line.startswith(f"x.yaml:2:{column}  inner.{key}  ")
    assert message in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("iner: {}", 'x.yaml:1:1  iner  unknown key (did you mean "inner"?)'),
        ("inner: {cuont: 3}", 'x.yaml:1:9  inner.cuont  unknown key (did you mean "count"?)'),
        ("inner: {Count: 3}", 'x.yaml:1:9  inner.Count  unknown key (did you mean "count"?)'),
        ("count: 3", 'x.yaml:1:1  count  unknown key (did you mean "inner.count"?)'),
        ("inner: {seed: 3}", 'x.yaml:1:9  inner.seed  unknown key ("seed" stands at the top, without indentation)'),
        ("inner.count: 3", 'x.yaml:1:1  inner.count  unknown key: write it nested, "inner:" and below it, indented,'),
        ("zzz: 3", "x.yaml:1:1  zzz  unknown key; known here: inner, seed"),
        ("inner: {count: }", "x.yaml:1:9  inner.count  has no value: give a whole number (persons), or leave it out"),
        ("inner: {extent: }", "x.yaml:1:9  inner.extent  has no value: give one of real, op_ed_core"),
        ("inner: {many: [1, 2, -3]}", "x.yaml:1:22  inner.many[3]  must be at least 0, not -3"),
    ],
)  # fmt: skip
def test_keys(text: str, line: str) -> None:
    (found,) = told(text)
    assert found.startswith(line)


def test_all_at_once_in_the_order_of_the_file() -> None:
    lines = told("seed: x\ninner:\n  step: 2.0\n  cuont: 1\n  share: 2\n")
    assert [line.split()[0] for line in lines] == ["x.yaml:1:7", "x.yaml:3:9", "x.yaml:4:3", "x.yaml:5:10"]


def test_a_rule_between_values_speaks_for_itself() -> None:
    (line,) = told("low: 3\nhigh: 2\n", Ordered)
    assert line.endswith("low must not exceed high")


def test_whole_numbers_do_for_numbers_and_nothing_else_changes() -> None:
    made = check(read_text("inner: {share: 0.25, speed: 3, maybe: 2}", "x.yaml"), Outer)
    assert (made.inner.speed, made.inner.maybe) == (3.0, 2.0)
    assert type(made.inner.speed) is float
    assert made.inner.count == 3
