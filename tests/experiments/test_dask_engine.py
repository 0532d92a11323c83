"""The same sweeps on Dask: a real scheduler and real workers on loopback, whatever dies, joins, or is of another version."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import stand_in
from stand_in import job

import sim.experiments.dask_engine as module
from sim.cli import main
from sim.cli.batches import engine_of
from sim.experiments.dask_cluster import ClusterError, find_scheduler, parse_address
from sim.experiments.dask_engine import DIED, Dask, OtherSourcesError, work
from sim.experiments.dask_workers import Workers, by_value, unfit
from sim.experiments.engine import Inline
from sim.experiments.spec import Design, Factor, SweepSpec
from sim.experiments.sweep import Progress, SweepStoppedError, run_sweep
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
needs_kill = pytest.mark.skipif(not stand_in.KILLS, reason="no SIGKILL on this system")


class Cluster:
    """A scheduler and workers, each a process of its own, as ``dask scheduler`` and ``dask worker`` start them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers = folder, list[subprocess.Popen[bytes]]()
        about = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(about))
        eventually(lambda: self.scheduler.poll() is not None or self.named(about))
        assert self.scheduler.poll() is None, "the scheduler did not start"

    def named(self, about: Path) -> bool:
        """Whether the scheduler has said where it is."""
        try:
            self.address = str(json.loads(about.read_text())["address"])
        except (OSError, ValueError):  # not written yet, or half
            return False
        return True

    def start(
        self, what: str, *words: str, path: tuple[Path, ...] = (ROOT, ROOT / "tests/experiments")
    ) -> subprocess.Popen[bytes]:
        # Dask's own command lines are started as a user starts them: its warnings are no errors there.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONWARNINGS": "default"}
        program = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, "--host", "127.0.0.1", "--no-dashboard"]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(program, env=environment, cwd=self.folder, stdin=quiet, stdout=quiet, stderr=quiet)

    def worker(self, **how: Any) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(self.folder))
        self.workers.append(self.start("worker", self.address, *words, **how))
        return self.workers[-1]

    def crew(self, number: int) -> None:
        """Have so many workers, no more and no fewer."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) > number:
            end(self.workers.pop())
        while len(self.workers) < number:
            self.worker()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


def warm() -> bool:
    return True


def met(engine: Dask, number: int) -> None:
    """Wait until so many workers may compute runs."""
    crew = engine._crew
    assert crew is not None

    def there() -> bool:
        crew.look()
        return len(crew.fit) == number

    eventually(there)


def test_workers_that_join_compute_every_job_once(cluster: Cluster) -> None:
    cluster.crew(0)
    with Dask(cluster.address, patience_s=PATIENCE_S) as engine:
        met(engine, 0)
        assert (engine.ready, engine.workers) == (False, 1)
        started: list[None] = []

        def stop() -> bool:
            if not started:
                started.append(cluster.crew(2))
            return False

        results = {result.job.point: result for result in engine.run([job(point) for point in range(7)], stand_in.raises, stop)}
        met(engine, 2)
        assert (engine.ready, engine.workers) == (True, 2)
    assert sorted(results) == list(range(7))
    assert results.pop(2).error == "ValueError: point two is not to be had"
    assert all(result.outcomes["displaced"] == 2 * point + 7 for point, result in results.items())


@needs_kill
def test_nothing_is_lost_with_a_worker_that_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    cluster.crew(2)
    killed: list[int] = []

    until = time.monotonic() + PATIENCE_S

    def kill_one() -> bool:
        assert time.monotonic() < until
        marks = list(tmp_path.glob("pid-*"))
        if len(marks) == 2 and not killed:
            killed.append(int(marks[0].name.removeprefix("pid-")))
            os.kill(killed[0], signal.SIGKILL)
            (tmp_path / "go").touch()
        return False

    with Dask(cluster.address, patience_s=PATIENCE_S) as engine:
        met(engine, 2)
        results = list(engine.run([job(point) for point in range(8)], partial(stand_in.waits, folder=tmp_path), kill_one))
        met(engine, 1)
    assert killed
    assert sorted(result.job.point for result in results) == list(range(8))
    assert {result.status for result in results} == {"done"}


def test_a_sweep_begun_on_dask_goes_on_with_processes_to_the_same_table(
    cluster: Cluster, riverton: Scenario, tmp_path: Path
) -> None:
    cluster.crew(1)
    small = riverton.replace({"time.max_days": 1})
    factors = (Factor("defenders.fighters", (40, 60)),)
    spec = SweepSpec("small", "", small, factors, Design("grid"), replicates=2, keep="everything")

    def interrupt(progress: Progress) -> None:
        if progress.done == 1:
            signal.raise_signal(signal.SIGINT)

    with (
        Dask(cluster.address, shared=tmp_path / "broken", patience_s=PATIENCE_S) as engine,
        pytest.raises(SweepStoppedError) as stopped,
    ):
        run_sweep(spec, tmp_path / "broken", progress=interrupt, engine=engine)
    begun = stopped.value.sweep.done
    assert 1 <= begun < 4
    rest = run_sweep(spec, tmp_path / "broken", jobs=1)
    assert (rest.ran, rest.done, rest.failed) == (4 - begun, 4, 0)
    whole = run_sweep(dataclasses.replace(spec, keep="summary"), tmp_path / "whole", engine=Inline())
    varying = ["seconds", "finished"]
    pd.testing.assert_frame_equal(rest.table().drop(columns=varying), whole.table().drop(columns=varying))
    assert not list(tmp_path.glob(".shared-*"))
    kept = {path.name for path in (tmp_path / "broken" / "run_folders").iterdir() if not path.name.startswith(".")}
    assert kept == set(rest.table()["address"])


def test_a_worker_of_another_version_is_refused_whenever_it_comes(cluster: Cluster, tmp_path: Path) -> None:
    cluster.crew(1)
    other = tmp_path / "other" / "sim" / "record"
    other.mkdir(parents=True)
    (other / "manifest.py").write_text("def source_hash():\n    return '0123456789abcdef' * 2\n")
    for package in (other.parent, other):
        (package / "__init__.py").touch()
    told: list[str] = []
    odd: list[subprocess.Popen[bytes]] = []
    until = time.monotonic() + PATIENCE_S

    def meanwhile() -> bool:
        assert time.monotonic() < until
        if not odd and list(tmp_path.glob("pid-*")):
            odd.append(cluster.worker(path=(tmp_path / "other",)))
        if told:
            (tmp_path / "go").touch()
        return False

    with Dask(cluster.address, patience_s=PATIENCE_S, tell=told.append) as engine:
        met(engine, 1)
        results = list(engine.run([job(point) for point in range(4)], partial(stand_in.waits, folder=tmp_path), meanwhile))
        assert engine.workers == 1
    assert [result.status for result in results] == ["done"] * 4
    assert len(list(tmp_path.glob("pid-*"))) == 1
    assert len(told) == 1
    assert "is not used: its sources of this package differ (hash 01234567, here " in told[0]
    with (
        pytest.raises(ClusterError, match=r"^worker tcp://127\.0\.0\.1:.*its sources of this package differ"),
        Dask(cluster.address),
    ):
        pass
    end(odd[0])


def test_workers_that_do_not_see_the_folder_are_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.crew(1)
    with Dask(cluster.address, patience_s=PATIENCE_S) as engine:
        met(engine, 1)
    monkeypatch.setattr(Workers, "__init__", partial_token(Workers.__init__, str(tmp_path / "elsewhere" / "token")))
    with pytest.raises(ClusterError, match=r"does not see .*elsewhere: keep: everything needs a folder"), Dask(cluster.address):
        pass


def partial_token(init: Callable[..., None], token: str) -> Callable[..., None]:
    return lambda self, client, _, tell: init(self, client, token, tell)


def test_a_worker_of_many_threads_is_refused() -> None:
    told: list[str] = []
    client = type("Client", (), {"status": "running", "nthreads": lambda _: {"tcp://10.0.0.7:1": 4}})()
    workers = Workers(client, "", told.append)
    with pytest.raises(ClusterError, match="it has 4 threads: start it with --nthreads 1"):
        workers.await_answers(PATIENCE_S)
    assert not workers.fit
    assert told == ["worker tcp://10.0.0.7:1 is not used: it has 4 threads: start it with --nthreads 1, and --nworkers 4 instead"]


def test_what_a_process_says_of_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert unfit(by_value()(""), "") == ""
    token = str(tmp_path / "token")
    assert "does not see" in unfit(by_value()(token), token)
    monkeypatch.setitem(sys.modules, "sim.record.manifest", None)
    assert unfit(by_value()(""), "").startswith("cannot import this package")


def test_a_run_is_computed_by_the_version_that_asks_only() -> None:
    assert work(stand_in.known, job(1), source_hash()).digest == "d1"
    assert work(stand_in.raises, job(2), source_hash()).status == "failed"
    with pytest.raises(OtherSourcesError):
        work(stand_in.known, job(1), "another")


@needs_kill
def test_processes_on_this_machine_take_no_other_run_with_them_and_leave_nothing() -> None:
    with Dask(jobs=2, warm=warm) as engine:
        assert (engine.workers, engine.ready, list(engine.run([], stand_in.dies))) == (2, True, [])
        results = {result.job.point: result for result in engine.run([job(point) for point in range(6)], stand_in.dies)}
    assert len(results) == 6
    assert results.pop(2).error == DIED
    assert {result.status for result in results.values()} == {"done"}
    assert not multiprocessing.active_children()


def test_runs_in_flight_are_given_up_when_asked_and_the_first_compiles_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    results: list[Any] = []
    with Dask(jobs=2, warm=lambda: False) as engine:
        for result in engine.run(
            [job(point) for point in range(5)], partial(stand_in.slow, folder=tmp_path), lambda: bool(results)
        ):
            assert len(list(tmp_path.iterdir())) == 1
            results.append(result)
        assert [result.job.point for result in results] == [0]
        assert not multiprocessing.active_children()
        (about,) = engine.run([job(0)], stand_in.about)
    assert (about.outcomes["NUMBA_NUM_THREADS"], about.outcomes["OMP_NUM_THREADS"]) == (1, 1)
    assert about.outcomes["pid"] != os.getpid()
    assert os.environ["OMP_NUM_THREADS"] == "8"


def test_a_scheduler_that_ends_is_told(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    try:
        with Dask(cluster.address, patience_s=PATIENCE_S) as engine:
            assert engine._client is not None
            engine._client._timeout = 0.5  # how long it looks for the scheduler again

            def stop() -> bool:
                end(cluster.scheduler)
                return False

            with pytest.raises(ClusterError, match=r"the scheduler at tcp://127.0.0.1:\d+ is gone: what was done is kept"):
                list(engine.run([job(0)], stand_in.known, stop))
    finally:
        cluster.close()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("foo", "is no address"),
        ("localhost", "is no address"),
        ("", "is no address"),
        ("tcp://", "is no address"),
        ("tcp://127.0.0.1:abc", "is no address"),
        ("http://a:1", "begins with http"),
        ("127.0.0.1:99999", "ports go from 1 to 65535"),
        ("tcp://127.0.0.1:0", "ports go from 1 to 65535"),
    ],
)
def test_what_is_no_address_is_told(address: str, why: str) -> None:
    with pytest.raises(ClusterError, match=why):
        parse_address(address)
    assert parse_address("10.0.0.5:8786") == ("tcp", "10.0.0.5", 8786)
    assert parse_address("tls://[::1]:8786") == ("tls", "[::1]", 8786)


def test_what_listens_and_is_no_scheduler_is_told_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(
            ClusterError, match=r"something listens at tcp://127\.0\.0\.1:.*, but no Dask scheduler answers within 0\.5 s"
        ):
            find_scheduler(f"127.0.0.1:{silent.getsockname()[1]}", 0.5)
    with pytest.raises(ClusterError, match=r"no machine is known as nowhere\.invalid"):
        find_scheduler("tcp://nowhere.invalid:1")


def test_the_command_refuses_what_it_cannot_use_and_makes_no_folder(
    riverton_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(f'scenario: "{riverton_file}"\nfactors: {{defenders.fighters: [40]}}\ndesign: {{kind: grid}}\n')
    with socket.socket() as nobody:  # bound, but not listening: nothing else can take this port meanwhile
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        assert main(["sweep", "s.yaml", "--scheduler", address]) == 2
    assert f"no scheduler at {address}: connection refused" in capsys.readouterr().err
    for words, why in (
        (["--scheduler", "foo"], "'foo' is no address"),
        (["--cluster", "kube"], "--cluster takes 'local'"),
        (["--scheduler", address, "--jobs", "2"], "--jobs counts runs on this machine"),
        (["--scheduler", address, "--cluster", "local"], "exclude each other"),
    ):
        assert main(["sweep", "s.yaml", *words]) == 2
        assert why in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", "s.yaml", "--cluster", "local"]) == 2
    assert "python -m pip install 'mosul-abm[cluster]'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_the_command_runs_on_a_cluster_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[tuple[Any, ...]] = []

    class Noted(Dask):
        def __init__(self, *words: Any, **more: Any) -> None:
            made.append((*words, more["shared"]))
            super().__init__(*words, **more)

        def __enter__(self) -> Any:
            return self

    monkeypatch.setattr(module, "Dask", Noted)
    for words in ((3, None, "local", tmp_path), (None, "tcp://a:1", None, tmp_path)):
        with engine_of(*words) as engine:
            assert isinstance(engine, Noted)
    assert made == [(None, 3, None), ("tcp://a:1", None, tmp_path)]
