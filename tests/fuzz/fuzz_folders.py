"""Spoilt city folders and run folders."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from fuzz_base import ACCEPTED, REFUSED, Case, call, unchanged
from fuzz_mutations import flip_bits, spoil_bytes, spoil_json, spoil_text

from sim.errors import SimError
from sim.record.run import Run

if TYPE_CHECKING:
    from sim.scenario import Scenario


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
        mock.patch("sim.cli.runs.end_on_sigterm"),
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
