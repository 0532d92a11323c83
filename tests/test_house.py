"""The house keeps its shape: rooms import only rooms below; modules stay small, documented and portable."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sim"

# From the top floor down.
FLOORS = (
    ("cli",),
    ("views", "experiments", "history"),
    ("battle", "aftermath"),
    ("agents",),
    ("city",),
    ("record",),
    ("scenario",),
    ("kernels",),
)
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
BESIDE_THE_ROOMS = {"__init__", "__main__", "errors"}
ABOVE_ALL = {"sim", "sim.__main__"}  # the public face and the front door: they may import any room

MODULE_LINES = 350
FUNCTION_LINES = 60

# Randomness comes from sim.kernels.rng alone; the rest is what later versions of Mesa drop or change.
BANNED = ("random", "numpy.random", "mesa.space", "mesa.experimental")
BANNED_ATTRIBUTES = ("np.random", "numpy.random", "model.random", "self.random")

OUR_FOLDERS = (".ci", "benchmarks", "docs", "notebooks", "scenarios", "sim", "studies", "tests")
BINARY = {".png", ".svg", ".npz", ".parquet", ".pyc", ".gz"}
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])(?:/(?:home|root|Users|mnt|work)/[\w.]|[A-Z]:\\Users\\)")


@dataclass(frozen=True)
class Module:
    """One file of the package: its dotted name, its room (empty beside the rooms), and its parsed text."""

    path: Path
    name: str
    room: str
    text: str
    tree: ast.Module

    def at(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        text = path.read_text(encoding="utf-8")
        room = parts[1] if parts[1] not in BESIDE_THE_ROOMS else ""
        name = ".".join(parts).removesuffix(".__init__")
        found.append(Module(path, name, room, text, ast.parse(text)))
    return tuple(found)


@cache
def module_names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def imports(tree: ast.AST) -> list[tuple[int, str]]:
    """Line and dotted target of every import at any depth, in functions and by name too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = full in module_names() or full in BANNED
                found.append((node.lineno, full if is_module else node.module))
        elif isinstance(node, ast.Call) and last_name(node.func) in {"import_module", "__import__"}:
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            found += [(node.lineno, name) for name in names if isinstance(name, str)]
    return found


def breach(room: str, target: str) -> str | None:
    """Why a room may not import a target, or None where it may."""
    parts = target.split(".")
    if parts[0] != "sim" or parts[:2] == ["sim", "errors"]:
        return None
    if len(parts) == 1 or parts[1] in BESIDE_THE_ROOMS:
        return "imports the public face, which is above all rooms"
    there = parts[1]
    if there == room:
        return None
    if not room:
        return f"stands beside the rooms and imports {there}"
    if there not in LEVEL or room not in LEVEL:
        return f"is in {room} and imports {there}: one of them is no room"
    if LEVEL[there] < LEVEL[room]:
        return f"is in {room} and imports {there}, a room above it"
    if LEVEL[there] == LEVEL[room] and len(parts) > 2:
        return f"is in {room} and imports the insides of {there}, on the same floor"
    return None


def test_every_module_stands_in_a_room() -> None:
    strangers = {m.room for m in modules() if m.room and m.room not in LEVEL}
    assert not strangers


def test_rooms_import_only_rooms_below() -> None:
    wrong = [
        f"{module.at(line)} {why}"
        for module in modules()
        if module.name not in ABOVE_ALL
        for line, target in imports(module.tree)
        if (why := breach(module.room, target))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("room", "target", "allowed"),
    [
        ("cli", "sim.battle", True),
        ("battle", "sim.agents.defenders", True),
        ("city", "sim.errors", True),
        ("battle", "sim.battle.combat", True),
        ("views", "sim.history", True),
        ("views", "sim.history.score", False),
        ("agents", "sim.battle", False),
        ("record", "sim.views.overview", False),
        ("kernels", "sim.scenario", False),
        ("battle", "sim", False),
        ("", "sim.record", False),
        ("scenario", "numpy", True),
    ],
)
def test_the_check_itself_tells_right_from_wrong(room: str, target: str, allowed: bool) -> None:
    assert (breach(room, target) is None) == allowed


def test_imports_inside_functions_and_by_name_are_seen() -> None:
    tree = ast.parse("def f():\n    from sim.views import a\n    importlib.import_module('sim.cli')\n")
    assert [target for _, target in imports(tree)] == ["sim.views", "sim.cli"]


def test_imports_are_absolute() -> None:
    wrong = [
        module.at(node.lineno)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, "\n".join(wrong)


def test_no_other_randomness_and_no_passing_parts_of_mesa() -> None:
    wrong = [
        f"{module.at(line)} imports {target}"
        for module in modules()
        for line, target in imports(module.tree)
        if any(target == banned or target.startswith(f"{banned}.") for banned in BANNED)
    ]
    wrong += [
        f"{module.at(node.lineno)} uses {ast.unparse(node)}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "random"
        if ast.unparse(node) in BANNED_ATTRIBUTES
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is() -> None:
    wrong = [module.name for module in modules() if not ast.get_docstring(module.tree)]
    assert not wrong


def test_modules_and_functions_stay_small() -> None:
    wrong = [
        f"{module.name}: {lines} lines (over {MODULE_LINES})"
        for module in modules()
        if (lines := module.text.count("\n")) > MODULE_LINES
    ]
    wrong += [
        f"{module.at(node.lineno)} {node.name}: {lines} lines (over {FUNCTION_LINES})"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not wrong, "\n".join(wrong)


def our_files() -> list[Path]:
    """Files of the project by folder, so that a user's own runs and environments are left alone."""
    inside = [path for folder in OUR_FOLDERS for path in (ROOT / folder).rglob("*")]
    files = (path for path in [*ROOT.iterdir(), *inside] if path.is_file() and path.suffix not in BINARY)
    # In a second work tree `.git` is a file that says where the first one is.
    return sorted(path for path in files if path.name != ".git")


def test_no_file_names_a_path_of_one_machine() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in our_files()
        for n, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("home", ["home", "Users", "root"])
def test_a_path_of_one_machine_is_recognised(home: str) -> None:
    assert MACHINE_PATH.search(f'open("/{home}/ada/x")')
    assert not MACHINE_PATH.search(f"https://example.org/{home}/ada/x")
