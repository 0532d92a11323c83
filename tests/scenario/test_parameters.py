"""The reference: complete, and the generated pages up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.record.reading import outcomes_markdown
from sim.scenario import Scenario, load, parameters
from sim.scenario.reference import json_schema, markdown, rows, sections
from sim.scenario.template import template

DOCS = Path(__file__).parents[2] / "docs"


def test_every_leaf_of_every_section_is_declared() -> None:
    def undeclared(schema: dict, part: dict, path: str) -> list[str]:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        found = []
        for key, field in part.get("properties", {}).items():
            target = field if "$ref" in field else field.get("additionalProperties", {})
            if isinstance(target, dict) and "$ref" in target:
                found += undeclared(schema, target, f"{path}.{key}")
            elif "x-param" not in field:
                found.append(f"{path}.{key}")
        return found

    schema = Scenario.model_json_schema()
    for section in sections():
        assert undeclared(schema, schema["properties"][section], section) == []


def test_parameters_carry_what_users_and_tools_must_know() -> None:
    found = {item.key: item for item in parameters()}
    cell = found["city.cell_m"]
    assert (cell.type, cell.unit, cell.default, cell.bounds[0]) == ("number", "m", 100.0, 25)
    assert found["time.step_hours"].choices == (1, 2, 3, 6)
    for item in parameters():
        assert item.meaning, item.key
        assert item.source, item.key
        assert item.unit, item.key
        if item.low is not None and item.high is not None and not item.required:
            assert item.low <= item.default <= item.high, item.key
        low, high = item.bounds
        assert low is None or item.low is None or low <= item.low, item.key
        assert high is None or item.high is None or item.high <= high, item.key


def test_at_most_about_twenty_parameters_are_free() -> None:
    assert sum(item.role == "free" for item in parameters()) <= 22


def test_rows_mark_what_differs_from_the_defaults() -> None:
    found = {f"{row.section}.{row.key}": row for row in rows(Scenario().replace({"time.max_days": 1500}))}
    assert (found["time.max_days"].value, found["time.max_days"].default) == ("1,500", "400")
    assert found["time.start"].default is None
    assert all(row.default is None for row in rows(Scenario()))


@pytest.mark.parametrize(
    ("file", "text"),
    [("parameters.md", markdown), ("scenario.schema.json", json_schema), ("outcomes.md", outcomes_markdown)],
)
def test_generated_pages_are_not_stale(file: str, text: object) -> None:
    assert callable(text)
    kept = (DOCS / file).read_text(encoding="utf-8")
    assert kept == text(), f"docs/{file} is stale: run `python run.py schema --write`"


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    schema = json.loads(json_schema())
    assert "required" not in schema
    assert schema["additionalProperties"] is False
    assert set(schema["x-sections"]) == set(sections())
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema)
    assert not list(validator.iter_errors({"extends": "op_ed", "city": {"cell_m": 50}}))
    assert list(validator.iter_errors({"city": {"cell_m": 5}}))
    assert list(validator.iter_errors({"citty": {}}))


def test_the_template_is_valid_as_it_is_and_with_every_line_taken_in(shipped: Path) -> None:
    text = template("op_ed", "mine.yaml")
    Path("mine.yaml").write_text(text)
    assert load("mine.yaml").replace({"title": ""}).short_hash == load("op_ed").short_hash
    lines = [line.removeprefix("# ") for line in text.splitlines() if "preset" not in line]
    Path("all.yaml").write_text("\n".join(lines))
    assert load("all.yaml").short_hash == load("op_ed").short_hash
    assert "time:" in lines
