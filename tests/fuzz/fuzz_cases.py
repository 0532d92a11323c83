"""The kinds of case: what is spoilt, what is asked of it, and what must hold whatever comes of it.

A case is one kind and one number; the two, and the seed of the series, give the same case on any machine. It returns
``ACCEPTED`` or ``REFUSED`` and raises on anything else: an exception that is not the package's own, a traceback, another exit
code than 0, 1 or 2, exit 0 for what cannot be meant, a changed input.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import random
import shutil
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
from fuzz_mutations import KEYS, WORDS, flip_bits, spoil_bytes, spoil_json, spoil_text
from ruamel.yaml import YAML

from sim.cli import failing, main
from sim.errors import SimError
from sim.record.run import Run
from sim.scenario import Scenario, load
from sim.scenario.shape import Shape, leaves, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCEPTED, REFUSED = "accepted", "refused"
TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
LONGEST_LINE = 2_000
TICKS = 12

# A battle for Riverton so small that a case costs little; every section that a user may write stands in it.
SMALL = "extends: riverton.yaml\ntime: {max_days: 3, step_hours: 6}\npopulation: {persons: 300}\ndefenders: {fighters: 12}\n"


@dataclass
class Case:
    """One case: its kind, its own stream of random numbers, a folder of its own, and the material to spoil."""

    kind: str
    rng: random.Random
    folder: Path
    material: Material


@dataclass(frozen=True)
class Material:
    """What cases start from: scenarios as text by name, a city folder, a finished run and its folder."""

    scenarios: dict[str, str]
    city: Path
    run_folder: Path
    run: Run


def make_material(folder: Path, run: Run) -> Material:
    """Gather it once; ``run`` is a finished run of a small battle."""
    city = shutil.copytree(TESTS / "cities" / "riverton", folder / "riverton")
    names = [*(ROOT / "scenarios").glob("*.yaml"), TESTS / "scenarios" / "riverton.yaml"]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(names)}
    texts["riverton"] = texts["riverton"].replace("../cities/riverton", city.as_posix())
    texts["small"] = SMALL
    texts["whole"] = load(TESTS / "scenarios" / "riverton.yaml", {"city.path": city.as_posix()}).to_yaml()
    return Material(texts, city, run.save(folder / "runs"), run)


def telling(error: BaseException, tell: Callable[[BaseException], int] = failing._tell) -> int:
    """Let through what the command line would call a failure of the model: the trace shows where."""
    code = tell(error)
    if code == failing.FAILED and not isinstance(error, SimError):
        raise AssertionError(f"exit 1: {error!r}") from error
    return code


@dataclass(frozen=True)
class Answer:
    """What the command line said."""

    code: int
    out: str
    err: str


def call(*words: str) -> Answer:
    """Run one command in this process; a refusal must be in words."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sim.cli.failing._tell", telling):
        code = main(list(words))
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert code in {0, 1, 2}, answer
    assert "the model failed" not in answer.err, answer
    traced = "--debug" in words  # asks for traces
    assert traced or "Traceback" not in answer.err, answer
    if code and not traced:
        lines = answer.err.strip().splitlines() or answer.out.strip().splitlines()
        assert lines, answer
        assert max(map(len, lines)) < LONGEST_LINE + sum(map(len, words)), answer  # with typed words
        typed = "".join(words)  # the parser repeats words as they were typed
        assert all(letter.isprintable() or letter in typed for line in lines for letter in line), answer
    return answer


def tree(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder, by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@contextlib.contextmanager
def unchanged(folder: Path) -> Any:
    """No file below a folder is changed, made or removed meanwhile."""
    before = tree(folder)
    yield
    assert tree(folder) == before, "a file of the input was changed"


# Scenarios ------------------------------------------------------------------------------------------------------------


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


# Cities ---------------------------------------------------------------------------------------------------------------


def check_city(case: Case) -> str:
    """A city that ``validate`` takes can be built, lived in, fought over and reached."""
    from sim.city import build_grid, load_city

    with unchanged(case.folder):
        answer = call("validate", str(case.folder / "asks.yaml"))
        assert answer.code in {0, 2}, answer
        if answer.code:
            return REFUSED
        city = load_city(case.folder / "city")
        grid = build_grid(city, 100.0, 1000.0)
    assert math.isclose(math.fsum(grid.residents.tolist()), 1.0, rel_tol=1e-6)
    for layer in (grid.residents, grid.density, grid.cover, grid.core_distance_m):
        assert np.isfinite(layer).all()
        assert layer.min() >= 0
    assert {1, 2} <= set(grid.bank.tolist())
    assert (grid.terrain[grid.neighbourhood_cell] == 1).all()
    assert grid.offgrid.entry_cell.size
    return ACCEPTED


def lay_city(case: Case) -> Path:
    shutil.copytree(case.material.city, case.folder / "city")
    text = case.material.scenarios["riverton"].replace(case.material.city.as_posix(), "./city")
    (case.folder / "asks.yaml").write_text(text, encoding="utf-8")
    return case.folder / "city"


def city_bytes(case: Case) -> str:
    """A city folder with a file's bytes changed, or a file gone, empty, doubled or a folder."""
    files = sorted(lay_city(case).iterdir())
    path = case.rng.choice([file for file in files if file.suffix != ".md"])
    data = path.read_bytes()
    match case.rng.randrange(12):
        case 0:
            path.unlink()
        case 1:
            path.unlink()
            path.mkdir()
        case 2:
            path.write_bytes(case.rng.choice(files).read_bytes())
        case _:
            path.write_bytes(spoil_bytes(data, case.rng))
    return check_city(case)


def city_structure(case: Case) -> str:
    """A city folder with the structure or values of a layer, or lines of ``city.yaml``, changed."""
    folder = lay_city(case)
    if case.rng.random() < 0.3:
        path = folder / "city.yaml"
        text = spoil_text(path.read_text(encoding="utf-8"), case.rng)
    else:
        path = case.rng.choice(sorted(folder.glob("*.geojson")))
        text = spoil_json(path.read_text(encoding="utf-8"), case.rng)
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return check_city(case)


# Run folders ----------------------------------------------------------------------------------------------------------


def same_parts(kept: Run, whole: Run) -> bool:
    """Whether two runs hold the same results, maps, grid and outlines."""
    ours, theirs = kept.frames, whole.frames
    return (
        kept.part_digests == whole.part_digests
        and ours.keys() == theirs.keys()
        and all(np.array_equal(ours[name], theirs[name]) and ours[name].dtype == theirs[name].dtype for name in ours)
        and kept.grid == whole.grid
        and kept.outlines == whole.outlines
        and kept.scenario_yaml == whole.scenario_yaml
    )


def same_results(kept: Run, whole: Run) -> bool:
    """Whether two runs hold the same results."""
    return kept.part_digests == whole.part_digests


def check_run(case: Case, folder: Path, *, believed: bool = False) -> str:
    """``replay`` says "same" and ``plot`` draws only if what the folder holds is what the run wrote.

    A manifest that was changed to fit (``believed``) vouches for what no digest covers: maps and outlines.
    """
    whole = case.material.run
    drawn: list[Run] = []

    def again(scenario: Scenario, *_: object, **__: object) -> Run:
        return (
            whole
            if scenario.to_yaml() == whole.scenario_yaml
            else SimpleNamespace(  # type: ignore[return-value]
                digest="another", daily=whole.daily, part_digests=whole.part_digests, manifest=whole.manifest
            )
        )

    with (
        unchanged(folder),
        mock.patch("sim.cli.runs._simulate", again),
        mock.patch("sim.cli.runs._end_on_sigterm"),
        mock.patch("sim.views.overview.save_all", side_effect=lambda run, to: drawn.append(run) or []),
    ):
        replayed, plotted = call("replay", str(folder)), call("plot", str(folder))
        assert replayed.code in {0, 1, 2}, replayed
        assert plotted.code in {0, 2}, plotted
        same = same_results if believed else same_parts
        if replayed.code == 0:
            assert same(Run.load(folder), whole), "replay took a changed folder for the same run"
        if replayed.code == 1:
            assert "different: digest" in replayed.out, replayed
        if plotted.code == 0:
            assert same(drawn[0], whole), "plot draws what no run wrote"
        with contextlib.suppress(SimError):
            kept = Run.load(folder)
            kept.verify()
            assert kept.part_digests == whole.part_digests, "changed tables verify"
        for part in ("scenario_yaml", "summary", "daily", "neighbourhoods", "events", "frames", "grid", "outlines"):
            with contextlib.suppress(SimError):
                getattr(Run.load(folder), part)
    return ACCEPTED if replayed.code == 0 else REFUSED


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def run_bytes(case: Case) -> str:
    """A run folder with bits flipped, bytes changed, or the file cut off."""
    folder = Path(shutil.copytree(case.material.run_folder, case.folder / "run"))
    path = case.rng.choice(files_below(folder))
    data = path.read_bytes()
    if case.rng.random() < 0.6:
        path.write_bytes(flip_bits(data, case.rng, most=2))
    else:
        path.write_bytes(spoil_bytes(data, case.rng))
    return check_run(case, folder)


def run_believed(case: Case) -> str:
    """A run folder whose manifest was changed to fit a damaged file, so that the file is read."""
    folder = Path(shutil.copytree(case.material.run_folder, case.folder / "run"))
    path = case.rng.choice([file for file in files_below(folder) if file.name != "manifest.json"])
    if path.suffix in {".json", ".geojson"} and case.rng.random() < 0.7:
        text = spoil_json(path.read_text(encoding="utf-8"), case.rng)
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    else:
        path.write_bytes(spoil_bytes(path.read_bytes(), case.rng))
    name, place = path.relative_to(folder).as_posix(), folder / "manifest.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
    manifest["files"][name] = path.stat().st_size
    manifest["hashes"][name] = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    place.write_text(json.dumps(manifest), encoding="utf-8")
    return check_run(case, folder, believed=True)


def run_structure(case: Case) -> str:
    """A run folder with files gone, swapped, doubled, or a manifest that says something else."""
    rng = case.rng
    folder = Path(shutil.copytree(case.material.run_folder, case.folder / "run"))
    files = files_below(folder)
    path, other = rng.choice(files), rng.choice(files)
    match rng.randrange(8):
        case 0:
            path.unlink()
        case 1:
            path.unlink()
            path.mkdir()
        case 2:
            a, b = path.read_bytes(), other.read_bytes()
            path.write_bytes(b)
            other.write_bytes(a)
        case 3:
            path.write_bytes(path.read_bytes()[: rng.randrange(1 + path.stat().st_size)])
        case 4:
            path.unlink()
            path.symlink_to(rng.choice((folder / "nowhere", other, Path("loop"), path)))
        case _:
            manifest = folder / "manifest.json"
            text = spoil_json(manifest.read_text(encoding="utf-8"), rng)
            manifest.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return check_run(case, folder)


# The command line, and battles ------------------------------------------------------------------------------------------

COMMANDS = (
    "list",
    "show",
    "validate",
    "schema",
    "new",
    "replay",
    "plot",
    "run",
    "shw",
    "",
    "--help",
    "-h",
    "--debug",
    "--version",
)
OPTIONS = (
    "--set",
    "--seed",
    "--out",
    "--json",
    "--check",
    "--yaml",
    "--changed",
    "--from",
    "--debug",
    "--help",
    "--nonsense",
    "--",
    "-x",
)


def command_line(case: Case) -> str:
    """Commands, options and words in any order; nothing that is there already is written over."""
    lay_scenarios(case)
    rng = case.rng
    shutil.copytree(case.material.run_folder, case.folder / "kept")
    names = (
        "small.yaml",
        "kept",
        "nowhere",
        "op_ed",
        "again",
        "kept/manifest.json",
        ".",
        "seed=3",
        "time.max_days=2",
        "out",
        "-5",
        "7",
        *WORDS,
    )
    words = [rng.choice(COMMANDS)] if rng.random() < 0.9 else []
    words += [rng.choice(OPTIONS if rng.random() < 0.4 else names) for _ in range(rng.randint(0, 5))]
    words = [word.replace("\0", "") for word in words]
    before = tree(case.folder)
    whole = case.material.run
    with (
        contextlib.chdir(case.folder),
        mock.patch("sim.cli.runs._simulate", side_effect=lambda *_, **__: Run.load(case.material.run_folder)),
        mock.patch("sim.cli.runs._end_on_sigterm"),
        mock.patch("sim.views.overview.save_all", return_value=[]),
    ):
        answer = call(*words)
    after = tree(case.folder)
    assert before.items() <= after.items(), "a file was changed or removed"
    if answer.code:
        assert before == after, "a refused command wrote something"
    for made in {Path(name).parent for name in after.keys() - before.keys() if name.endswith("manifest.json")}:
        assert Run.load(case.folder / made).digest == whole.digest
    return REFUSED if answer.code else ACCEPTED


def battle(case: Case) -> str:
    """What ``validate`` takes runs: scenarios with values from bound to bound, built and stepped."""
    from sim.battle import Battle

    lay_scenarios(case)
    path = case.folder / "small.yaml"
    sets = [
        f"{'.'.join(key)}={value}" for key, value in some_values(case, 25, inside_only=True).items() if not isinstance(value, str)
    ]
    sets = [word for word in sets if not word.startswith(("population.", "time.max_days"))]
    words = [part for word in sets for part in ("--set", word)]
    if call("validate", *words, str(path)).code:
        return REFUSED
    fought = Battle(load(path, sets), seed=1, check=True)
    for _ in range(TICKS):
        if fought.running:
            fought.step()
    return ACCEPTED


KINDS: dict[str, Callable[[Case], str]] = {
    function.__name__: function
    for function in (
        scenario_bytes,
        scenario_lines,
        scenario_values,
        set_words,
        city_bytes,
        city_structure,
        run_bytes,
        run_believed,
        run_structure,
        command_line,
        battle,
    )
}


def run_case(kind: str, number: int, seed: int, folder: Path, material: Material) -> str:
    """Run one case; the verdict, or the trace of what went wrong."""
    folder.mkdir(parents=True)
    case = Case(kind, random.Random(f"{seed}/{kind}/{number}"), folder, material)
    try:
        return KINDS[kind](case)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return traceback.format_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
