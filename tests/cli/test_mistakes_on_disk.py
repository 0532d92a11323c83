"""What goes wrong around a run: damaged folders, full disks, missing permissions, interrupts, names that look like code.

Run folders come from a real battle of three days; what is refused leaves every file as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sim.battle import Battle
from sim.cli import main
from sim.record import folder as run_folder
from sim.record.run import Run
from sim.scenario import load

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
SMALL = {"time.max_days": 3, "time.step_hours": 6, "population.persons": 300, "defenders.fighters": 12}
FULL = OSError(28, "No space left on device")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; not to be changed."""
    scenario = load(TESTS / "scenarios" / "riverton.yaml", SMALL)
    return Battle(scenario, seed=1).run().save(tmp_path_factory.mktemp("made"))


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder; the handler of SIGTERM is given back."""
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def kept(made: Path, work: Path) -> Path:
    """A copy of the run folder, to be damaged."""
    return Path(shutil.copytree(made, work / "kept"))


@pytest.fixture
def finished(made: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What a run of any scenario comes to in this test: the one that is there already, so that only writing counts."""
    run = Run.load(made)
    for part in ("scenario_yaml", "summary", "daily", "neighbourhoods", "events", "frames", "grid", "outlines"):
        getattr(run, part)
    monkeypatch.setattr("sim.cli.runs._simulate", lambda *_, **__: run)
    return run


def contents(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(list(words))
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return code, err.splitlines()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


FILES = (
    "manifest.json",
    "scenario.yaml",
    "summary.json",
    "daily.parquet",
    "neighbourhoods.parquet",
    "sites.parquet",
    "events.parquet",
    "frames.npz",
    "city/grid.json",
    "city/river.geojson",
)
DAMAGE = {
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "empty": lambda path: path.write_bytes(b""),
    "removed": lambda path: path.unlink(),
    "a folder": make_folder,
    "one bit": flip,
    "swapped": lambda path: path.write_bytes(
        (path.parent.parent / path.parent.name / "river.geojson").read_bytes()
        if path.parent.name == "city" and path.name != "river.geojson"
        else (path.parent / "summary.json").read_bytes()
        if (path.parent / "summary.json").exists() and path.name != "summary.json"
        else b"{}"
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_run_folder_is_neither_replayed_nor_drawn(
    capsys: pytest.CaptureFixture[str], kept: Path, finished: Run, name: str, damage: str
) -> None:
    DAMAGE[damage](kept / name)
    before = contents(kept)
    for command in ("replay", "plot"):
        code, lines = told(capsys, command, "kept")
        if name == "manifest.json" and damage == "one bit":
            assert code in {0, 1, 2}  # a word that nothing depends on, such as the name of the processor, or one that matters
        else:
            assert code == 2
            assert len(lines) == 1
            assert lines[0].startswith("kept")
    if code == 2:
        assert contents(kept) == before


def test_changed_numbers_in_a_folder_made_to_fit_are_not_replayed(
    capsys: pytest.CaptureFixture[str], kept: Path, finished: Run
) -> None:
    daily = pd.read_parquet(kept / "daily.parquet")
    daily.loc[1, "displaced"] += 1
    daily.to_parquet(kept / "daily.parquet", index=False)
    manifest = run_folder.read_json(kept / "manifest.json")
    manifest["files"]["daily.parquet"] = (kept / "daily.parquet").stat().st_size
    manifest["hashes"]["daily.parquet"] = run_folder._hash_of(kept / "daily.parquet")
    (kept / "manifest.json").write_text(run_folder.json_text(manifest))
    for command in ("replay", "plot"):
        code, (line,) = told(capsys, command, "kept")
        assert code == 2
        assert "its tables are not those that its digest was computed from" in line


def test_the_folder_as_it_was_written_is_replayed(capsys: pytest.CaptureFixture[str], kept: Path, finished: Run) -> None:
    assert told(capsys, "replay", "kept")[0] == 0


# A disk that is full ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(12))
def test_a_disk_that_fills_up_in_the_middle_of_a_file_leaves_nothing(
    capsys: pytest.CaptureFixture[str], work: Path, finished: Run, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    older = finished.save(work / "runs")
    before = contents(work)
    flushed = run_folder._flush
    seen: list[Path] = []

    def flush(path: Path) -> None:
        seen.append(path)
        if len(seen) == number + 1:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            raise FULL
        flushed(path)

    monkeypatch.setattr(run_folder, "_flush", flush)
    code, lines = told(capsys, "run", "op_ed")
    assert code == 1
    assert lines[-1].endswith("cannot be written (no space left on device)")
    assert lines[-1].startswith("failed: runs/")
    assert contents(work) == before
    assert [path.name for path in Path("runs").iterdir()] == [older.name]


@pytest.fixture
def tiny_disk(work: Path) -> Iterator[Path]:
    """A file system of 64 kB, where the machine lets us mount one."""
    place = work / "tiny"
    place.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not done or done.returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(capsys: pytest.CaptureFixture[str], tiny_disk: Path, finished: Run) -> None:
    (tiny_disk / "mine").write_bytes(b"x" * 20_000)
    code, lines = told(capsys, "run", "op_ed", "--out", str(tiny_disk / "runs"))
    assert code == 1
    assert lines[-1].endswith("(no space left on device)")
    assert list((tiny_disk / "runs").iterdir()) == []
    with contextlib.chdir(tiny_disk):
        Path("filler").write_bytes(b"x" * (os.statvfs(tiny_disk).f_bavail * os.statvfs(tiny_disk).f_frsize))
        code, lines = told(capsys, "new", "mine_too")
        assert code == 2
        assert lines == ["mine_too.yaml cannot be written: no space left on device"]
    assert sorted(path.name for path in tiny_disk.iterdir()) == ["filler", "mine", "runs"]


@needs_signals
def test_a_limit_on_the_size_of_files(work: Path, made: Path) -> None:
    code = (
        "import resource, sys; from sim.cli import main, runs; from sim.record.run import Run\n"
        f"run = Run.load({str(made)!r}); run.verify(); run.scenario_yaml, run.frames, run.grid, run.outlines\n"
        "runs._simulate = lambda *_, **__: run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "sys.exit(main(['run', 'op_ed']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done
    assert done.stderr.splitlines()[-1].endswith("cannot be written (file too large)")
    assert list(Path("runs").iterdir()) == []


def test_pictures_that_cannot_be_written_leave_the_older_ones(
    capsys: pytest.CaptureFixture[str], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "plots").mkdir()
    (kept / "plots" / "maps.png").write_bytes(b"older")
    before = contents(kept)

    def save_all(run: Run, to: Path) -> list[Path]:
        (to / "maps.png").write_bytes(b"half")
        raise FULL

    monkeypatch.setattr("sim.views.overview.save_all", save_all)
    code, lines = told(capsys, "plot", "kept")
    assert code == 1
    assert lines == ["failed: kept/plots: cannot be written (no space left on device)"]
    assert contents(kept) == before


# Permissions ------------------------------------------------------------------------------------------------------------


def test_a_file_that_may_not_be_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.yaml").write_text("extends: op_ed\n")
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path) if path.name == "x.yaml" else read(path))
    assert told(capsys, "validate", "x.yaml") == (2, ["x.yaml  cannot be read: permission denied"])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="mode bits do not bind this user")
def test_mode_bits(capsys: pytest.CaptureFixture[str], finished: Run) -> None:
    Path("x.yaml").write_text("extends: op_ed\n")
    Path("x.yaml").chmod(0)
    assert told(capsys, "validate", "x.yaml") == (2, ["x.yaml  cannot be read: permission denied"])
    Path("locked").mkdir(mode=0o500)
    code, lines = told(capsys, "run", "op_ed", "--out", "locked/runs")
    assert (code, lines[-1]) == (1, "failed: locked/runs: cannot hold run folders (permission denied)")


def refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


def test_an_out_folder_that_may_not_be_written(
    capsys: pytest.CaptureFixture[str], finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder.Path, "mkdir", lambda path, *_, **__: refuse(path))
    code, lines = told(capsys, "run", "op_ed")
    assert (code, lines[-1]) == (1, "failed: runs: cannot hold run folders (permission denied)")


def test_a_city_layer_that_may_not_be_read(
    capsys: pytest.CaptureFixture[str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TESTS / "cities" / "riverton", work / "city")
    text = (TESTS / "scenarios" / "riverton.yaml").read_text().replace("../cities/riverton", "./city")
    Path("x.yaml").write_text(text)
    read = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, *a, **k: refuse(path) if path.name == "sites.geojson" else read(path, *a, **k)
    )
    code, lines = told(capsys, "validate", "x.yaml")
    assert code == 2
    assert lines == [f"{work}/city/sites.geojson  cannot be read: Permission denied"]


# Interrupts -------------------------------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def interrupted(words: list[str], sign: str, number: int) -> subprocess.CompletedProcess[str]:
    """Start a command, send a signal at the first line on stderr that holds ``sign``, and wait for its end."""
    command = [sys.executable, str(ROOT / "run.py"), *words]
    # A suite that runs in the background ignores Ctrl-C, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = []
        for line in process.stderr or ():
            lines.append(line)
            if sign in line:
                process.send_signal(number)
                break
        out, err = process.communicate(timeout=120)
    signal.signal(signal.SIGINT, before)
    return subprocess.CompletedProcess(words, process.returncode, out, "".join(lines) + err)


LONG = f"""\
extends: {(TESTS / "scenarios" / "riverton.yaml").as_posix()}
time: {{max_days: 2000}}
liberators: {{forces: {{northern: {{strength: 0}}, southern: {{strength: 0}}}}, failure_days: 5000}}
"""


@needs_signals
def test_an_interrupt_in_the_middle_of_a_run(work: Path) -> None:
    Path("long.yaml").write_text(LONG)
    done = interrupted(["run", "long.yaml", "--out", "runs"], "% liberated", signal.SIGINT)
    assert done.returncode == 130, done
    assert done.stderr.splitlines()[-1] == "interrupted: nothing was kept"
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert [path.name for path in work.iterdir()] == ["long.yaml"]


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C is heard: a suite that runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@needs_signals
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_in_the_middle_of_a_run(
    ctrl_c: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, work: Path, number: str
) -> None:
    Path("long.yaml").write_text(LONG)
    step = Battle.step

    def signalled(battle: Battle) -> None:
        step(battle)
        if battle.tick == 30:
            signal.raise_signal(getattr(signal, number))
        assert battle.tick <= 30, "nobody heard it"

    monkeypatch.setattr(Battle, "step", signalled)
    assert main(["run", "long.yaml", "--out", "runs"]) == 130
    out, err = capsys.readouterr()
    assert err.splitlines()[-1] == "interrupted: nothing was kept"
    assert "Traceback" not in err
    assert not out
    assert [path.name for path in work.iterdir()] == ["long.yaml"]


@needs_signals
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_folder_is_written(
    ctrl_c: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, finished: Run, number: str
) -> None:
    def halfway(path: Path, arrays: object) -> None:
        path.write_bytes(b"half")
        signal.raise_signal(getattr(signal, number))
        raise AssertionError("nobody heard it")

    monkeypatch.setattr("sim.record.run.write_arrays", halfway)
    assert told(capsys, "run", "op_ed", "--out", "runs")[0] == 130
    assert list(Path("runs").iterdir()) == []


# Nothing runs code but behaviours ---------------------------------------------------------------------------------------

SPY = "from pathlib import Path\nPath('was_imported').write_text('x')\ndef act(agents, rng):\n    pass\n"


def test_looking_never_imports_a_behaviour(
    capsys: pytest.CaptureFixture[str], made: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "spying_behaviours.py").write_text(SPY)
    monkeypatch.syspath_prepend(str(work))
    text = f"extends: {(TESTS / 'scenarios' / 'riverton.yaml').as_posix()}\nbehaviours: {{defenders: spying_behaviours.act}}\n"
    Path("x.yaml").write_text(text)
    run = Run.load(made)
    run._parts["scenario_yaml"] = load("x.yaml", SMALL).to_yaml()
    kept = run.save(work / "runs")
    monkeypatch.setattr("sim.views.overview.save_all", lambda run, to: [])
    for words in (
        ["validate", "x.yaml"],
        ["show", "x.yaml"],
        ["show", "x.yaml", "--yaml"],
        ["list"],
        ["schema"],
        ["plot", str(kept)],
    ):
        assert main(words) == 0
        assert not Path("was_imported").exists(), words
    assert "behaviour of defenders: spying_behaviours.act (running it runs this code)" in capsys.readouterr().out
    Battle(load("x.yaml", SMALL), seed=1)
    assert Path("was_imported").exists()


@pytest.mark.parametrize("key", ["title", "city.path", "defenders.extent", "seed", "extends", "preset", "behaviours.defenders"])
@pytest.mark.parametrize(
    "value",
    ["!!python/object/apply:pathlib.Path.touch [was_here]", "!!python/name:os.system", "${touch was_here}", "__import__('x')"],
)
def test_no_value_runs_code(capsys: pytest.CaptureFixture[str], key: str, value: str) -> None:
    head, _, tail = key.partition(".")
    Path("x.yaml").write_text(f"{head}:\n  {tail}: {value}\n" if tail else f"{head}: {value}\n")
    main(["validate", "x.yaml"])
    main(["validate", "op_ed", "--set", f"{key}={value}"])
    assert "Traceback" not in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["x.yaml"]


# Files that commands write ----------------------------------------------------------------------------------------------


def test_new_never_writes_over_anything(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("mine")
    Path("away").mkdir()
    Path("away.yaml").mkdir()
    Path("linked.yaml").symlink_to("nowhere")
    for name in ("mine", "away", "linked"):
        code, lines = told(capsys, "new", name)
        assert (code, lines) == (2, [f"{name}.yaml exists already and is left as it is: choose another name"])
    assert Path("mine.yaml").read_text() == "mine"
    assert sorted(path.name for path in Path().iterdir()) == ["away", "away.yaml", "linked.yaml", "mine.yaml"]


@pytest.mark.parametrize("links", [True, False])
def test_new_writes_whole_files_or_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(95, "Operation not supported")))
    assert told(capsys, "new", "first")[0] == 0
    assert told(capsys, "new", "first")[0] == 2
    assert [path.name for path in Path().iterdir()] == ["first.yaml"]
    write = Path.write_text

    def half(path: Path, text: str, **how: str) -> int:
        write(path, text[:50], **how)
        raise FULL

    monkeypatch.setattr(Path, "write_text", half)
    assert told(capsys, "new", "second") == (2, ["second.yaml cannot be written: no space left on device"])
    assert [path.name for path in Path().iterdir()] == ["first.yaml"]


def test_generated_pages_are_replaced_whole(
    capsys: pytest.CaptureFixture[str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "sim" / "cli").mkdir(parents=True)
    (work / "pyproject.toml").write_text("")
    (work / "docs").mkdir()
    (work / "docs" / "parameters.md").write_text("older")
    monkeypatch.setattr("sim.cli.scenarios.__file__", str(work / "sim" / "cli" / "scenarios.py"))
    write = Path.write_text

    def half(path: Path, text: str, **how: str) -> int:
        if "parameters" not in path.name:
            return write(path, text, **how)
        write(path, text[:50], **how)
        raise FULL

    monkeypatch.setattr(Path, "write_text", half)
    code, lines = told(capsys, "schema", "--write")
    assert code == 1
    assert lines[-1].endswith("docs/parameters.md: cannot be written (no space left on device)")
    assert (work / "docs" / "parameters.md").read_text() == "older"
    assert sorted(path.name for path in (work / "docs").iterdir()) == ["parameters.md", "scenario.schema.json"]
