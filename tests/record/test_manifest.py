from __future__ import annotations

import json
from datetime import UTC, datetime

from sim.record import manifest


def test_manifest_says_what_made_the_run():
    now = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    made = manifest.build_manifest(
        scenario="op_ed", scenario_hash="abc", seed=3, started=now, finished=now, wall_seconds=1.23456, argv=["run.py"]
    )
    assert json.loads(json.dumps(made)) == made
    assert made["started"] == "2024-01-02T03:04:05+00:00"
    assert made["wall_seconds"] == 1.235
    assert {"python", "numpy", "numba", "mesa", "mosul-abm"} <= made["versions"].keys()
    assert len(made["source_hash"]) == 32
    assert made["cpu"]
    assert made["schema_version"] == manifest.SCHEMA_VERSION


def test_source_hash_follows_the_sources(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(manifest, "_PACKAGE", tmp_path)
    hashes = set()
    for name, text in (("a.py", "x = 1\n"), ("a.py", "x = 2\n"), ("b.py", ""), ("c.txt", "")):
        (tmp_path / name).write_text(text)
        manifest.source_hash.cache_clear()
        hashes.add(manifest.source_hash())
    manifest.source_hash.cache_clear()
    assert len(hashes) == 3


def test_no_commit_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "_PACKAGE", tmp_path)
    assert manifest.git_state() == (None, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert manifest.git_state() == (None, None)
