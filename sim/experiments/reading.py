"""A sweep's YAML in, a checked sweep out; or every mistake in it, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.city import load_city
from sim.errors import Problem, ScenarioError
from sim.experiments.designs import size
from sim.experiments.factors import FactorReader, flat, plain, ranged
from sim.experiments.shipped import find_sweep
from sim.experiments.spec import DEFAULT_LEVELS, Design, Factor, Keep, Kind, Seeds, SweepSpec
from sim.experiments.table import read_table
from sim.record.outcomes import outcome_names
from sim.scenario import Scenario, load
from sim.scenario.checking import check
from sim.scenario.declare import Role, Section
from sim.scenario.layering import find
from sim.scenario.model import Name, Title  # noqa: TC001  pydantic reads them
from sim.scenario.reading import MAX_BYTES, UNREADABLE, Mark, Node, label_of, read_file
from sim.scenario.sense import mistakes
from sim.scenario.words import describe, did_you_mean, short

MAX_POINTS = 1_000_000
MAX_RUNS = 1_000_000

# What each kind of design takes beside its kind.
_KEYS: dict[str, tuple[str, ...]] = {
    "grid": (),
    "list": ("file",),
    "latin_hypercube": ("samples", "seed"),
    "sobol": ("samples", "seed", "second_order"),
    "morris": ("samples", "seed", "levels"),
}


class GroupKeys(Section):
    """Every numeric parameter with a declared range, of a role, of a section, or of both."""

    role: Role | None = None
    section: str | None = None


class DesignKeys(Section):
    """How points are chosen."""

    kind: Kind
    file: str | None = None
    samples: int | None = Field(None, ge=1, le=MAX_POINTS)
    seed: int = Field(1, ge=0, lt=2**32)
    second_order: bool = False
    levels: int = Field(DEFAULT_LEVELS, ge=2, le=1000)


class SweepKeys(Section):
    """The keys of a sweep file; scenario, set and factors are read by their own rules."""

    name: Name = "sweep"
    title: Title = Field("", max_length=200)
    description: str = Field("", max_length=20_000)
    scenario: Any = None
    set: Any = None
    factors: Any = None
    groups: list[GroupKeys] = Field(default_factory=list)
    design: DesignKeys
    replicates: int = Field(1, ge=1, le=1_000_000)
    seeds: Seeds = "common"
    first_seed: int = Field(1, ge=0, lt=2**62)
    outcomes: list[str] | None = None
    keep: Keep = "summary"


def read_spec(name: str | Path) -> SweepSpec:
    """Read a sweep: a shipped one's name, or a file.

    Raises:
        ScenarioError: With every mistake.
    """
    return _Reader(find_sweep(name)).spec()


@dataclass(slots=True)
class _Reader:
    """Reads one file and collects its mistakes on the way."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)

    def spec(self) -> SweepSpec:
        """The whole sweep, or every mistake in it."""
        label = label_of(self.path)
        tree = self._tree(label)
        self.entries = tree.value
        keys = self._keys(tree, label)
        base = self._base(label)
        factors = self._factors(base, keys)
        outcomes = self._outcomes(base, keys)
        if keys is not None and not self.problems:
            self._design(keys, factors)
        if keys is None or base is None or self.problems:
            raise ScenarioError(_in_order(self.problems, label))
        design = keys.design
        spec = SweepSpec(
            name=keys.name, title=keys.title, scenario=base, factors=factors,
            design=Design(design.kind, design.samples, design.seed, design.second_order, design.levels),
            replicates=keys.replicates, seeds=keys.seeds, first_seed=keys.first_seed, outcomes=outcomes, keep=keys.keep,
        )  # fmt: skip
        self._fits(spec)
        return spec

    def _tree(self, label: str) -> Node:
        try:
            tree = read_file(self.path, self.problems)
        except ScenarioError as error:
            told = [Problem(p.where, p.key, _EMPTY) if "file is empty" in p.message else p for p in error.problems]
            raise ScenarioError([*self.problems, *told]) from None
        entries = dict(tree.value)
        if "name" not in entries:
            stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", self.path.stem)[:64].strip("-._")
            entries["name"] = Node(stem or "sweep", Mark(label))
        return Node(entries, tree.mark)

    def _keys(self, tree: Node, label: str) -> SweepKeys | None:
        try:
            return check(tree, SweepKeys, [label], self.problems)
        except ScenarioError as error:
            self.problems = error.problems
            return None

    def _tell(self, node: Node, key: str, message: str) -> None:
        self.problems.append(Problem(str(node.mark), key, message))

    def _base(self, label: str) -> Scenario | None:
        asked = self.entries.get("scenario")
        if asked is None or asked.value is None:
            where = str(asked.place) if asked else label
            message = "is missing: name the scenario that every run starts from, such as op_ed"
            self.problems.append(Problem(where, "scenario", message))
            return None
        if asked.value is UNREADABLE:
            return None
        sets = self._sets()
        try:
            base = self._loaded(asked, {key: plain(node) for key, node in sets.items()})
        except ScenarioError as error:
            self.problems += [_placed(problem, sets, self.entries.get("set", asked)) for problem in error.problems]
            return None
        # The preset's values stand in the scenario itself; named again, they would be laid over its other values.
        return base.model_copy(update={"preset": "full", "extends": None})

    def _loaded(self, asked: Node, sets: dict[str, Any]) -> Scenario:
        """The scenario that a sweep names, or holds as a resolved sweep does, with ``set`` on top."""
        if isinstance(asked.value, str):
            try:
                path = find(asked.value, self.path.parent)
            except ScenarioError as error:
                message = f'"{short(asked.value)}": {error.problems[0].message}'
                raise ScenarioError(Problem(str(asked.mark), "scenario", message)) from None
            return load(path.absolute(), sets)
        if not isinstance(asked.value, dict):
            raise ScenarioError(Problem(str(asked.mark), "scenario", f"must name a scenario, not {describe(asked.value)}"))
        if (extends := asked.value.get("extends")) is not None:
            message = "write `scenario:` with this name, and what is changed under `set:`"
            raise ScenarioError(Problem(str(extends.place), "scenario.extends", message))
        base = check(asked, Scenario, [asked.mark.label])
        if broken := mistakes(base):
            raise ScenarioError([Problem(str(asked.place), ".".join(path), message) for path, message in broken])
        return base.model_copy(update={"preset": "full"}).replace(sets) if sets else base

    def _sets(self) -> dict[str, Node]:
        """What ``set`` asks for, by dotted key; a city folder is relative to the sweep's file."""
        asked = self.entries.get("set")
        if asked is None or asked.value is None or asked.value is UNREADABLE:
            return {}
        if not isinstance(asked.value, dict):
            self._tell(asked, "set", f"holds the scenario's own keys, so it cannot be {describe(asked.value)}")
            return {}
        return {key: self._city_path(key, node) for key, node in flat(asked) if node.value is not UNREADABLE}

    def _city_path(self, key: str, node: Node) -> Node:
        text = node.value
        if key != "city.path" or not isinstance(text, str) or len(Path(text).parts) + text.startswith(".") < 2:
            return node
        return Node(str((self.path.parent / text).absolute()), node.mark, node.key_mark)

    def _factors(self, base: Scenario | None, keys: SweepKeys | None) -> tuple[Factor, ...]:
        asked = self.entries.get("factors", Node(None, Mark("")))
        reader = FactorReader(base, self.problems)
        file = keys.design.file if keys else None
        if file is not None and keys and keys.design.kind == "list":
            for name in ("factors", "groups"):
                if name in self.entries and self.entries[name].value:
                    message = "cannot stand beside design.file: a list's columns are its factors"
                    self.problems.append(Problem(str(self.entries[name].place), name, message))
            place = self.entries["design"].value["file"]
            table = read_table(self.path.parent / file, str(place.mark), self.problems)
            listed = reader.listed({key: self._cities(key, node) for key, node in table.items()})
            self._check_factors(listed, reader)
            return listed
        if asked.value is UNREADABLE:
            return ()
        if asked.value is not None and not isinstance(asked.value, dict):
            message = f"holds lines such as `defenders.fighters: [2000, 3000]`, so it cannot be {describe(asked.value)}"
            self._tell(asked, "factors", message)
            return ()
        kind = keys.design.kind if keys else "sobol"
        found = [
            factor
            for key, node in reader.asked(asked)
            if (factor := reader.factor(key, self._cities(key, node), kind)) is not None
        ]
        found += self._grouped(keys, {factor.key for factor in found}, reader)
        self._check_factors(tuple(found), reader)
        return tuple(found)

    def _check_factors(self, found: tuple[Factor, ...], reader: FactorReader) -> None:
        sets = self._sets()
        for factor in found:
            if factor.key in sets and factor.key in reader.places:
                message = f"is set as well (line {sets[factor.key].place.line}): drop one"
                self.problems.append(Problem(str(reader.places[factor.key]), factor.key, message))
        reader.check_together(list(found))

    def _cities(self, key: str, node: Node) -> Node:
        if isinstance(node.value, list):
            return Node([self._city_path(key, item) for item in node.value], node.mark, node.key_mark)
        return node

    def _grouped(self, keys: SweepKeys | None, given: set[str], reader: FactorReader) -> list[Factor]:
        """Factors of groups, but those that stand under ``factors`` with values of their own."""
        found: dict[str, Factor] = {}
        for group, node in zip(keys.groups, self.entries["groups"].value, strict=True) if keys and keys.groups else ():
            if group.section is not None and group.section not in Scenario.model_fields:
                place = node.value["section"]
                self._tell(place, "groups", f"there is no such section{did_you_mean(group.section, Scenario.model_fields)}")
                continue
            if group.section is None and group.role is None:
                self._tell(node, "groups", "name a role, a section, or both: {role: free, section: flight}")
                continue
            members = ranged(reader.base, group.section, group.role)
            if not members:
                self._tell(node, "groups", "no numeric parameter with a declared range is in this group")
            if members and keys and keys.design.kind in {"grid", "list"}:
                self._tell(node, "groups", f"its factors are ranges, of which no {keys.design.kind} can be made: list values")
            found |= {factor.key: factor for factor in members if factor.key not in given}
        return list(found.values())

    def _outcomes(self, base: Scenario | None, keys: SweepKeys | None) -> tuple[str, ...]:
        if base is None or keys is None:
            return ()
        try:
            known = outcome_names(load_city(base.city.path).banks)
        except ScenarioError as error:
            self.problems += error.problems
            return ()
        if keys.outcomes is None:
            return tuple(known)
        if not keys.outcomes:
            self._tell(self.entries["outcomes"], "outcomes", "names none: leave it out to keep all")
        for i, (name, node) in enumerate(zip(keys.outcomes, self.entries["outcomes"].value, strict=True)):
            if name not in known:
                self._tell(node, "outcomes", f'there is no outcome "{short(name)}"{did_you_mean(name, known)}')
            elif name in keys.outcomes[:i]:
                self._tell(node, "outcomes", f"{name} is named twice")
        return tuple(keys.outcomes)

    def _design(self, keys: SweepKeys, factors: tuple[Factor, ...]) -> None:
        """Rules between the design's keys, and between them and the factors."""
        design, node = keys.design, self.entries["design"]
        if not factors:
            place = self.entries.get("factors", node).place
            self.problems.append(Problem(str(place), "factors", "nothing varies: name at least one parameter under `factors:`"))
        for key, item in node.value.items():
            if key != "kind" and item.value is not None and key not in _KEYS[design.kind]:
                kinds = ", ".join(kind for kind, taken in _KEYS.items() if key in taken)
                self.problems.append(Problem(str(item.place), f"design.{key}", f"is not for a {design.kind} (for {kinds})"))
        if "samples" in _KEYS[design.kind] and design.samples is None:
            message = f"is missing: how many {_SAMPLES[design.kind]}"
            self.problems.append(Problem(str(node.place), "design.samples", message))
        elif design.kind == "sobol" and design.samples is not None and design.samples.bit_count() != 1:
            near = 1 << design.samples.bit_length()
            message = f"must be a power of two, such as {near // 2} or {near}, not {design.samples}"
            self._tell(node.value["samples"], "design.samples", message)
        elif design.kind == "morris" and design.samples == 1:
            self._tell(node.value["samples"], "design.samples", "must be at least 2: one trajectory shows no spread")
        if design.levels % 2:
            self._tell(node.value["levels"], "design.levels", f"must be even, not {design.levels}")
        if design.kind == "list" and len({len(factor.values or ()) for factor in factors}) > 1:
            lengths = ", ".join(f"{factor.key} {len(factor.values or ())}" for factor in factors)
            message = f"a list takes as many values of each factor, not {lengths}"
            self.problems.append(Problem(str(self.entries["factors"].place), "factors", message))

    def _fits(self, spec: SweepSpec) -> None:
        n, node = size(spec), self.entries["design"]
        if n > MAX_POINTS:
            raise ScenarioError(Problem(str(node.place), "design", f"{n:,} points are too many: at most {MAX_POINTS:,}"))
        if (runs := n * spec.replicates) > MAX_RUNS:
            message = f"{n:,} points x {spec.replicates:,} = {runs:,} runs are too many: at most {MAX_RUNS:,}"
            raise ScenarioError(Problem(str(self.entries["replicates"].place), "replicates", message))
        if (length := len(spec.to_yaml().encode())) > MAX_BYTES:
            message = f"too large to be written down ({length:,} bytes; at most {MAX_BYTES:,}): list fewer values"
            raise ScenarioError(Problem(str(node.place), "design", message))


_EMPTY = "the file is empty; write at least `scenario:`, `factors:` and `design:`"
_SAMPLES = {"latin_hypercube": "points", "sobol": "base samples, a power of two", "morris": "trajectories"}


def _placed(problem: Problem, sets: dict[str, Node], fallback: Node) -> Problem:
    """A problem of a change, which only knows its key, at the place in the sweep's file."""
    if re.search(r":\d+:\d+$", problem.where):
        return problem
    parts = problem.key.split(".")
    for n in range(len(parts), 0, -1):
        if (key := ".".join(parts[:n])) in sets:
            return Problem(str(sets[key].place), problem.key, problem.message)
    if any(key.startswith(f"{problem.key}.") for key in sets):
        place = next(node.place for key, node in sets.items() if key.startswith(f"{problem.key}."))
        return Problem(str(place), problem.key, problem.message)
    return Problem(problem.where if ":" in problem.where else str(fallback.place), problem.key, problem.message)


def _in_order(problems: list[Problem], label: str) -> list[Problem]:
    """The file's own mistakes first, by line and column, then those of the files that it names; each once."""

    def rank(problem: Problem) -> tuple[bool, str, int, int]:
        found = re.fullmatch(r"(.*):(\d+):(\d+)", problem.where)
        file, line, column = (found[1], int(found[2]), int(found[3])) if found else (problem.where, 0, 0)
        return file != label, file, line, column

    return sorted(dict.fromkeys(problems), key=rank)
