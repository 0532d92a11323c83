from __future__ import annotations

import json
import math
import shutil
import struct

import numpy as np
import pandas as pd
import pytest

from sim.errors import RunError
from sim.record import folder
from sim.record.run import Run


@pytest.fixture(scope="session")
def saved(made, tmp_path_factory):
    return made.save(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "copy")


def test_round_trip(made, saved):
    run = Run.load(saved)
    assert saved.name == "made_up-1-0badcafe"
    assert run.digest == made.digest
    run.verify()
    pd.testing.assert_frame_equal(run.daily, made.daily)
    pd.testing.assert_frame_equal(run.events, made.events, check_categorical=False)
    pd.testing.assert_frame_equal(run.neighbourhoods, made.neighbourhoods, check_categorical=False)
    assert run.summary == made.summary
    assert run.scenario_yaml == made.scenario_yaml
    assert run.grid == made.grid
    assert run.outlines == made.outlines
    for name, layer in made.frames.items():
        assert run.frames[name].dtype == layer.dtype
        assert np.array_equal(run.frames[name], layer)


def test_frames_read_plainly(made, saved):
    with np.load(saved / "frames.npz") as archive:
        assert np.array_equal(archive["control"], made.frames["control"])


def test_saving_a_loaded_run_gives_an_equal_one(saved, tmp_path):
    again = Run.load(Run.load(saved).save(tmp_path))
    assert again.digest == Run.load(saved).digest
    again.verify()


def test_parts_are_read_when_asked(copy):
    (copy / "events.parquet").write_bytes(b"x" * (copy / "events.parquet").stat().st_size)
    run = Run.load(copy)
    assert len(run.daily) == 40
    with pytest.raises(RunError, match=r"events\.parquet: cannot be read"):
        _ = run.events


def test_an_existing_folder_is_kept(fresh, tmp_path):
    names = [fresh.save(tmp_path).name for _ in range(3)]
    (tmp_path / "made_up-1-0badcafe-4").write_text("mine")
    names.append(fresh.save(tmp_path).name)
    assert names == [f"made_up-1-0badcafe{end}" for end in ("", "-2", "-3", "-5")]
    assert fresh.path == tmp_path / names[-1]
    assert (tmp_path / "made_up-1-0badcafe-4").read_text() == "mine"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("step", ["write_arrays", "rename", "manifest"])
def test_an_interrupted_save_leaves_nothing(fresh, tmp_path, monkeypatch, error, step):
    def fail(*args, **kwargs):
        raise error(28, "No space left on device")

    if step == "write_arrays":
        monkeypatch.setattr("sim.record.run.write_arrays", fail)
    elif step == "rename":
        monkeypatch.setattr(folder.Path, "rename", fail)
    else:
        whole = folder.json_text
        monkeypatch.setattr(folder, "json_text", lambda plain: fail() if "files" in plain else whole(plain))
    with pytest.raises(RunError if error is OSError else error):
        fresh.save(tmp_path / "runs")
    assert list((tmp_path / "runs").glob("*")) == []
    assert fresh.path is None


def test_a_killed_save_does_not_look_finished(fresh, tmp_path, monkeypatch):
    monkeypatch.setattr(folder.shutil, "rmtree", lambda *args, **kwargs: None)
    monkeypatch.setattr("sim.record.run.write_arrays", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        fresh.save(tmp_path)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(folder.UNFINISHED_PREFIX)
    with pytest.raises(RunError, match="an unfinished run"):
        Run.load(left)


def test_a_parent_that_cannot_hold_runs(fresh, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot hold run folders"):
        fresh.save(tmp_path / "file")


def edit(path, **changes):
    manifest = json.loads((path / "manifest.json").read_text())
    manifest.update(changes)
    (path / "manifest.json").write_text(json.dumps({k: v for k, v in manifest.items() if v is not ...}))


DAMAGE = {
    "no such run folder": shutil.rmtree,
    "not a run folder": lambda p: [shutil.rmtree(p), p.mkdir()],
    "is a file": lambda p: [shutil.rmtree(p), p.write_text("")],
    "unfinished": lambda p: (p / "manifest.json").unlink(),
    "manifest.json: cannot be read": lambda p: (p / "manifest.json").write_bytes(b"\xff\x00"),
    "not the manifest of a run": lambda p: (p / "manifest.json").write_text("[1]"),
    "format version 99": lambda p: edit(p, schema_version=99),
    "format version None": lambda p: edit(p, schema_version=...),
    "format version True": lambda p: edit(p, schema_version=True),
    "digest is missing": lambda p: edit(p, digest=...),
    "daily.parquet: missing": lambda p: (p / "daily.parquet").unlink(),
    "frames.npz: cut off": lambda p: (p / "frames.npz").write_bytes((p / "frames.npz").read_bytes()[:-100]),
    "outside the run folder": lambda p: edit(p, files={"../../x": 1}),
    "grid.json: missing": lambda p: shutil.rmtree(p / "city"),
}


@pytest.mark.parametrize("message", DAMAGE)
def test_a_damaged_folder_is_refused_in_one_line(copy, message):
    DAMAGE[message](copy)
    with pytest.raises(RunError) as caught:
        Run.load(copy)
    assert message in str(caught.value)
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)


PARTS = {
    "summary.json": "summary", "daily.parquet": "daily", "neighbourhoods.parquet": "neighbourhoods",
    "sites.parquet": "sites",
    "events.parquet": "events", "frames.npz": "frames", "city/grid.json": "grid", "city/river.geojson": "outlines",
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("seed", range(12))
def test_any_bytes_give_a_run_error_or_a_value(copy, name, seed):
    rng = np.random.default_rng(seed)
    path = copy / name
    data = bytearray(path.read_bytes())
    if seed % 3 == 0:
        data = rng.bytes(len(data))
    elif seed % 3 == 1:
        for _ in range(1 + seed):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
    else:
        data[-40:] = struct.pack("<40B", *rng.integers(0, 256, 40).tolist())
    path.write_bytes(bytes(data))
    run = Run.load(copy)
    try:
        getattr(run, PARTS[name])
    except RunError as error:
        assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.json", "[]"),
        ("summary.json", '{"a": "b"}'),
        ("summary.json", '{"a": true}'),
        ("city/grid.json", '{"nx": 3}'),
        ("city/grid.json", '{"nx": 1e300, "ny": 1, "cell_m": 1, "x0": 0, "y0": 0, "lat0": 0, "lon0": 0}'),
        ("city/river.geojson", "3"),
        ("scenario.yaml", b"\xff\xfe\x00\x80"),
    ],
)
def test_wrong_content_is_refused(copy, name, text):
    (copy / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    edit(copy, files={})
    run = Run.load(copy)
    part = {"scenario.yaml": "scenario_yaml"}.get(name) or PARTS[name]
    with pytest.raises(RunError, match="cannot be read"):
        getattr(run, part)


def test_changed_tables_do_not_verify(copy):
    daily = pd.read_parquet(copy / "daily.parquet")
    daily.loc[3, "civilians_killed"] += 1
    daily.to_parquet(copy / "daily.parquet", index=False)
    edit(copy, files={})
    with pytest.raises(RunError, match="not those that its digest"):
        Run.load(copy).verify()


def test_what_did_not_happen_is_null(fresh, tmp_path):
    fresh.summary["days_to_liberation"] = math.nan
    path = fresh.save(tmp_path)
    assert json.loads((path / "summary.json").read_text())["days_to_liberation"] is None
    assert math.isnan(Run.load(path).summary["days_to_liberation"])


def test_checkpoints_are_kept(fresh, tmp_path):
    state = {"ledger/ticks": np.arange(5), "scalar": np.array(3.5)}
    fresh._checkpoints = {7: state}
    run = Run.load(fresh.save(tmp_path))
    assert (run.path / "state-day007.npz").exists()
    assert run.checkpoint_days == [7]
    for name, array in state.items():
        assert np.array_equal(run.checkpoint(7)[name], array)
    with pytest.raises(RunError, match=r"no checkpoint of day 8 \(kept: 7\)"):
        run.checkpoint(8)


def test_card_for_notebooks(made):
    html = made._repr_html_()
    assert "Civilians killed" in html
    assert "17 Oct 2016" in html
    assert f"{made.summary['displaced']:,} persons" in html
    assert "made_up" in repr(made)
