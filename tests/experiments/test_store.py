"""The sweep folder: batches appear whole, the newest row counts, one process at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import stand_in

import sim.experiments.store as stores
from sim.errors import RunError
from sim.experiments.jobs import Job, Result, failed
from sim.experiments.lock import LockedError
from sim.experiments.store import Store, SweepError, as_columns

if TYPE_CHECKING:
    from pathlib import Path

POINTS = pd.DataFrame(
    {"defenders.fighters": [40, 60, 80], "bridges.demolition": pd.Series(["none", "start", "none"], dtype=object)}
).rename_axis("point")


def job(point: int, replicate: int = 0, address: str = "") -> Job:
    return Job(address or f"a{point}{replicate}", point, replicate, 1 + replicate, ())


def done(point: int, replicate: int = 0, **more: Any) -> Result:
    return Result(job(point, replicate), "done", seconds=2.0, digest="d", outcomes={"displaced": 10.0 * point}, **more)


EVERY = [job(point, replicate) for point in POINTS.index for replicate in range(3)]


def create(folder: Path, spec_hash: str = "h", jobs: list[Job] = EVERY) -> Store:
    return Store.create(folder, stand_in.batch(POINTS, jobs, asked_hash=spec_hash), about={"argv": ["x"]})


def test_rows_carry_run_factors_and_outcomes(tmp_path: Path) -> None:
    with create(tmp_path / "s") as store:
        store.add([done(2), failed(job(1), "ValueError: no")])
    table = Store.open(tmp_path / "s").table()
    assert table["point"].tolist() == [1, 2]
    assert table["status"].tolist() == ["failed", "done"]
    assert table["error"].tolist() == ["ValueError: no", ""]
    assert table["defenders.fighters"].tolist() == [60, 80]
    assert table["displaced"].isna().tolist() == [True, False]
    assert table["displaced"][1] == 20


def test_a_batch_of_failures_first_hides_no_column_from_pandas(tmp_path: Path) -> None:
    with create(tmp_path / "s") as store:
        store.add([failed(job(1), "no")])
        store.flush()
        first = pd.read_parquet(tmp_path / "s" / "runs")
        store.add([done(2)])
        store.flush()
        both = pd.read_parquet(tmp_path / "s" / "runs")
    assert len(first) == 1
    assert both["displaced"].tolist()[1] == 20
    assert first.dtypes.to_dict() == both.dtypes.to_dict()


def test_a_reader_never_sees_a_batch_that_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    write = stores.pq.write_table

    def slowly(table: Any, path: Path, **options: Any) -> None:
        write(table, path, **options)
        seen.append(len(pd.read_parquet(tmp_path / "s" / "runs")))

    with create(tmp_path / "s") as store:
        store.add([done(0)])
        store.flush()
        monkeypatch.setattr(stores.pq, "write_table", slowly)
        store.add([done(1)])
        store.flush()
    assert seen == [1]
    assert len(pd.read_parquet(tmp_path / "s" / "runs")) == 2


def test_a_batch_that_cannot_be_written_is_kept_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with create(tmp_path / "s") as store, monkeypatch.context() as patch:
        patch.setattr(stores.pq, "write_table", full)
        store.add([done(0)])
        with pytest.raises(SweepError, match="no space left"):
            store.flush()
    assert len(store.table()) == 1
    assert not list((tmp_path / "s").rglob("*.unfinished"))


def test_many_results_and_old_ones_are_flushed_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_PENDING", 2)
    with create(tmp_path / "s") as store:
        store.add([done(0)])
        assert store.table().empty
        store.add([done(1)])
        assert len(store.table()) == 2
        monkeypatch.setattr(stores, "LONGEST_WAIT_S", 0.0)
        store.add([done(2)])
        assert len(store.table()) == 3


def test_the_newest_row_counts(tmp_path: Path) -> None:
    with create(tmp_path / "s") as store:
        store.add([failed(job(0), "first")])
        store.flush()
        store.add([done(0)])
    table = Store.open(tmp_path / "s").table()
    assert table["status"].tolist() == ["done"]


def test_points_that_share_a_run_have_a_row_each(tmp_path: Path) -> None:
    shared = [job(point, address="same") for point in (0, 2)]
    with create(tmp_path / "s", jobs=shared) as store:
        store.add([Result(job, "done", outcomes={"displaced": 1.0}) for job in shared])
    assert store.table()["point"].tolist() == [0, 2]


def test_only_runs_that_are_asked_for_now_are_told(tmp_path: Path) -> None:
    with create(tmp_path / "s", jobs=[job(0, address="older model")]) as store:
        store.add([Result(job(0, address="older model"), "done"), done(0), done(1)])
    with create(tmp_path / "s", jobs=[job(0), job(1)]) as store:
        assert store.table()["address"].tolist() == ["a00", "a10"]
        assert len(store.table(every=True)) == 3


def test_daily_series_by_address_once(tmp_path: Path) -> None:
    series = pd.DataFrame({"day": [0, 1], "displaced": [5, 6]})
    with create(tmp_path / "s") as store:
        store.add([done(0, daily=series), done(1, daily=series)])
        store.flush()
        store.add([done(0, daily=series)])
    daily = Store.open(tmp_path / "s").daily()
    assert daily["address"].value_counts().to_dict() == {"a00": 2, "a10": 2}


def test_daily_series_of_a_run_that_was_not_told_as_done_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = create(tmp_path / "s")
    store.add([done(0, daily=pd.DataFrame({"day": [0], "displaced": [5]}))])
    monkeypatch.setattr(store, "_schema", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        store.flush()
    assert list((tmp_path / "s" / "daily").iterdir())
    assert Store.open(tmp_path / "s").daily().empty


def test_a_folder_of_another_sweep_is_refused(tmp_path: Path) -> None:
    create(tmp_path / "s").close()
    with pytest.raises(SweepError, match="holds another sweep"):
        create(tmp_path / "s", "other")
    create(tmp_path / "s").close()  # and the lock was given up
    assert len(json.loads((tmp_path / "s" / "manifest.json").read_text())["sessions"]) == 2


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SweepError, match=r"not empty \(it holds thesis.txt\)"):
        create(tmp_path)
    with pytest.raises(SweepError, match="not a sweep folder"):
        Store.open(tmp_path)


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("")
    with pytest.raises(SweepError, match="cannot hold a sweep"):
        create(tmp_path / "s")


def test_a_damaged_batch_is_told(tmp_path: Path) -> None:
    with create(tmp_path / "s") as store:
        store.add([done(0)])
    (tmp_path / "s" / "runs" / "part-000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match="part-000001"):
        store.table()


def test_a_store_opened_for_reading_takes_nothing(tmp_path: Path) -> None:
    create(tmp_path / "s").close()
    with pytest.raises(SweepError, match="reading only"):
        Store.open(tmp_path / "s").add([done(0)])


def test_what_a_killed_process_had_not_finished_is_taken_away(tmp_path: Path) -> None:
    with create(tmp_path / "s") as store:
        store.add([done(0)])
    leftover = tmp_path / "s" / "runs" / ".part-000002.parquet.unfinished"
    leftover.write_bytes(b"half")
    assert len(pd.read_parquet(tmp_path / "s" / "runs")) == 1
    create(tmp_path / "s").close()
    assert not leftover.exists()


HOLD = """
import sys, time
from pathlib import Path
from sim.experiments.lock import FolderLock
FolderLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(600)
"""


def test_a_second_process_is_refused_and_a_killed_one_leaves_nothing(tmp_path: Path) -> None:
    create(tmp_path / "s").close()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "s")], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid} on "):
            create(tmp_path / "s")
        holder.kill()
    create(tmp_path / "s").close()


def test_columns_that_a_table_cannot_hold_become_text() -> None:
    odd = pd.DataFrame({"a": [1, "two"], "b": [[1], [2]], "c": [date(2017, 1, 1), date(2017, 2, 1)], "d": [1.5, 2]})
    table = as_columns(odd)
    assert table["a"].tolist() == ["1", "two"]
    assert table["b"].tolist() == ["[1]", "[2]"]
    assert table["c"].tolist() == odd["c"].tolist()
    assert table["d"].tolist() == [1.5, 2.0]


def test_factors_of_every_kind_come_back_as_they_were(tmp_path: Path) -> None:
    points = pd.DataFrame({"c": [date(2017, 1, 1), date(2017, 2, 1)], "e": [True, False], "f": [1, "two"]})
    points.index.name = "point"
    for _ in range(2):  # made, and gone on with
        with Store.create(tmp_path / "s", stand_in.batch(points, [job(0), job(1)], outcomes=()), about={}) as store:
            store.add([Result(job(point), "done") for point in (0, 1)])
    table = Store.open(tmp_path / "s").table()
    assert table["c"].tolist() == points["c"].tolist()
    assert table["e"].tolist() == [True, False]
    assert table["f"].tolist() == ["1", "two"]


def test_batches_of_all_sessions_have_one_schema(tmp_path: Path) -> None:
    for point in (0, 1):
        with create(tmp_path / "s") as store:
            store.add([done(point)])
    parts = sorted((tmp_path / "s" / "runs").iterdir())
    assert len(parts) == 2
    assert stores.pq.read_schema(parts[0]).equals(stores.pq.read_schema(parts[1]))


def test_variants_are_called_what_they_are_called_now_and_leftovers_are_taken_away(tmp_path: Path) -> None:
    for label in ("no strikes", "other name"):
        points = pd.DataFrame({"variant": ["base", label]}).rename_axis("point")
        with Store.create(tmp_path / "s", stand_in.batch(points, [job(0), job(1)], kind="compare"), about={}) as store:
            store.add([done(0), done(1)])
        (tmp_path / "s" / "run_folders" / ".unfinished-1").mkdir(parents=True, exist_ok=True)
    assert Store.open(tmp_path / "s").table()["variant"].tolist() == ["base", "other name"]
    Store.create(tmp_path / "s", stand_in.batch(points, [job(0), job(1)], kind="compare"), about={"argv": ["\udcff"]}).close()
    assert not list((tmp_path / "s" / "run_folders").iterdir())
