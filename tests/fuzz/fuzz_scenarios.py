"""Spoilt scenarios and ``--set`` words: refused with their place, or holding what was written."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fuzz_base import ACCEPTED, REFUSED, Case, call, unchanged
from fuzz_mutations import KEYS, WORDS, spoil_bytes, spoil_text
from ruamel.yaml import YAML

from sim.errors import SimError
from sim.scenario import Scenario, load
from sim.scenario.shape import Shape, leaves, shape_of

if TYPE_CHECKING:
    import random
    from pathlib import Path


def lay_scenarios(case: Case) -> None:
    for name, text in case.material.scenarios.items():
        if name in {"riverton", "small", "whole"}:
            (case.folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def check_scenario(case: Case, path: Path, sets: list[str], text: str) -> str:
    """Ask ``validate`` (now and then ``show`` and the library); what it takes must hold what the user wrote."""
    words = [part for word in sets for part in ("--set", word)]
    with unchanged(case.folder):
        answer = call("validate", *words, "--", str(path))
        assert answer.code in {0, 2}, answer
        try:
            scenario = load(path, sets)
        except SimError:
            assert answer.code == 2, answer
            return REFUSED
        if answer.code == 0 or case.rng.random() < 0.1:
            shown = call("show", *words, *(["--yaml"] if case.rng.random() < 0.5 else []), "--", str(path))
            assert shown.code == 0, shown
        if answer.code:
            return REFUSED
    holds_what_was_said(scenario, read_otherwise(text))
    again = case.folder / "again" / "again.yaml"
    again.parent.mkdir()
    again.write_text(scenario.to_yaml(), encoding="utf-8")
    other = load(again)
    assert other.to_dict() == scenario.to_dict()
    assert other.short_hash == scenario.short_hash
    assert all(math.isfinite(value) for value in numbers_in(scenario.to_dict()))
    return ACCEPTED


def numbers_in(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers_in(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers_in(item)]
    return [value] if isinstance(value, int | float) else []


NULL_WORDS = ("null", "Null", "NULL", "~")


def holds_what_was_said(scenario: Scenario, said: dict[str, Any] | None) -> None:
    """Every value that another YAML reader finds in the file stands in the resolved scenario: nothing was passed over."""

    def compare(asked: Any, got: Any, key: str) -> None:
        if isinstance(asked, dict):
            for name, value in asked.items():
                if value is None or key + str(name) in {"extends", "name", "city.path", "preset"}:
                    continue
                assert isinstance(got, dict), key
                # Keys are text to our reader: an axis may be called null.
                told = name if name is not None else next((word for word in NULL_WORDS if word in got), None)
                assert told in got, f"{key}{name} was passed over"
                compare(value, got[told], f"{key}{name}.")
        elif not isinstance(asked, datetime):  # the core schema has no times: they are text
            assert asked == got, f"{key}: {asked!r} was read as {got!r}"

    compare(said or {}, scenario.to_dict(), "")


def read_otherwise(text: str) -> dict[str, Any] | None:
    """The file as ruamel's own safe loader reads it."""
    try:
        found = YAML(typ="safe", pure=True).load(text.removeprefix("\ufeff"))
    except Exception:  # noqa: BLE001  its reader is stricter in places (time stamps), and stumbles in others
        return None
    return found if isinstance(found, dict) else None


def scenario_bytes(case: Case) -> str:
    """A scenario file with bytes changed."""
    lay_scenarios(case)
    name = case.rng.choice(("riverton", "small", "whole", "riverton", "small", "whole", "op_ed", "mosul_2016", "base"))
    data = spoil_bytes(case.material.scenarios[name].encode(), case.rng)
    path = case.folder / "spoilt.yaml"
    path.write_bytes(data)
    text = data.decode("utf-8", errors="replace")
    return check_scenario(case, path, [], text)


def scenario_lines(case: Case) -> str:
    """A scenario file with lines, keys, values, anchors or nesting changed."""
    lay_scenarios(case)
    name = case.rng.choice(("riverton", "riverton", "small", "whole", "whole", "op_ed", "mosul_2016", "base"))
    text = spoil_text(case.material.scenarios[name], case.rng)
    path = case.folder / "spoilt.yaml"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return check_scenario(case, path, [], text)


LEAVES = [(path, shape) for path, shape in leaves(shape_of(Scenario)) if "<name>" not in path and shape.kind == "leaf"]


def plausible(shape: Shape, rng: random.Random, *, inside_only: bool = False) -> Any:
    """A value at, within or (where asked for) just beyond the bounds of a parameter."""
    if shape.choices:
        return rng.choice(shape.choices)
    if shape.annotation is bool:
        return rng.random() < 0.5
    if shape.annotation not in {int, float}:
        return rng.choice(WORDS)
    bounds = shape.bounds
    least, most = bounds.get("ge", bounds.get("gt", 0)), bounds.get("le", bounds.get("lt", 100))
    card = shape.card
    low, high = card.get("low"), card.get("high")
    inside = [low if low is not None else least, high if high is not None else most]
    values = [least, most, *inside, *inside, rng.uniform(*inside), rng.uniform(least, most)]
    beyond = [] if inside_only else [least - 1, most + 1, least + 1e-9]
    value = rng.choice([*values, *beyond])
    if inside_only and not bounds.get("gt", -math.inf) < value < bounds.get("lt", math.inf):
        value = rng.uniform(*inside)
    return int(value) if shape.annotation is int else float(value)


def some_values(case: Case, most: int, *, inside_only: bool = False) -> dict[tuple[str, ...], Any]:
    chosen = case.rng.sample(LEAVES, case.rng.randint(1, most))
    return {
        path: plausible(shape, case.rng, inside_only=inside_only)
        for path, shape in chosen
        if path not in {("city", "path"), ("extends",), ("name",)}
    }


def scenario_values(case: Case) -> str:
    """A well-formed scenario with parameters at, within and beyond their bounds."""
    lay_scenarios(case)
    said: dict[str, Any] = {}
    for path, value in some_values(case, 12).items():
        inner = said
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    path = case.folder / "spoilt.yaml"
    text = "extends: small.yaml\n"
    for section, entries in said.items():
        body = "".join(f"  {key}: {value}\n" for key, value in entries.items()) if isinstance(entries, dict) else ""
        text += f"{section}:\n{body}" if body else f"{section}: {entries}\n"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return check_scenario(case, path, [], text)


def set_words(case: Case) -> str:
    """``--set`` with keys and values of all kinds."""
    lay_scenarios(case)
    rng, sets = case.rng, list[str]()
    for _ in range(rng.randint(1, 3)):
        path, shape = rng.choice(LEAVES)
        key = ".".join(path)
        match rng.randrange(7):
            case 0 | 1:
                word = f"{key}={plausible(shape, rng)}"
            case 2:
                word = f"{key}={rng.choice(WORDS)}"
            case 3:
                word = f"{rng.choice(KEYS)}.{rng.choice(KEYS)}={rng.choice(WORDS)}"
            case 4:
                at = rng.randrange(len(key))
                word = f"{key[:at]}{rng.choice('._x ')}{key[at:]}={rng.choice(WORDS)}"
            case 5:
                word = f"liberators.forces.northern{rng.choice(('', '.strength', '.x'))}={rng.choice(WORDS)}"
            case _:
                word = spoil_bytes(f"{key}=1".encode(), rng).decode("utf-8", errors="replace")
        sets.append(word.replace("\0", "\ufffd"))
    verdict = check_scenario(case, case.folder / "small.yaml", sets, "")
    if verdict == ACCEPTED:
        scenario = load(case.folder / "small.yaml", sets).to_dict()
        for key, _, value in (word.partition("=") for word in sets):
            assert key.strip().split(".")[0] in scenario, f"{key} was passed over"
            said = read_otherwise(f"value: {value.strip()}")
            if not any(other.startswith(key) for other in sets[1:]) and said and not isinstance(said["value"], dict | None):
                inner: Any = scenario
                for part in key.strip().split("."):
                    inner = inner[part]
                assert inner == said["value"] or key.strip() == "city.path", f"{key}={value} was read as {inner!r}"
    return verdict
