"""Workers on this machine: every job once, whatever dies, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import stand_in
from stand_in import job

from sim.experiments.engine import DIED, Local
from sim.experiments.jobs import HaltError

needs_kill = pytest.mark.skipif(not stand_in.KILLS, reason="no SIGKILL on this system")
PATIENCE_S = 60


def warm() -> bool:
    return True


def cold() -> bool:
    return False


def gone(pid: int) -> bool:
    """Whether a process has ended, a while granted."""
    for _ in range(PATIENCE_S * 10):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_once_whatever_the_number_of_workers(workers: int) -> None:
    jobs = [job(point) for point in range(7)]
    results = list(Local(workers, warm).run(jobs, stand_in.known))
    assert sorted(result.job.point for result in results) == list(range(7))
    assert all(result.outcomes["displaced"] == 2 * result.job.point + 7 for result in results)


def test_workers_are_processes_of_one_thread_and_no_more_than_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    method = multiprocessing.get_start_method(allow_none=True)
    results = list(Local(64, warm).run([job(0), job(1)], stand_in.about))
    assert {result.outcomes["NUMBA_NUM_THREADS"] for result in results} == {1}
    assert {result.outcomes["OMP_NUM_THREADS"] for result in results} == {1}
    assert os.getpid() not in {result.outcomes["pid"] for result in results}
    assert os.environ["OMP_NUM_THREADS"] == "8"
    assert multiprocessing.get_start_method(allow_none=True) == method
    assert not multiprocessing.active_children()


def test_nothing_to_do_starts_nothing() -> None:
    assert list(Local(2, warm).run([], stand_in.known)) == []


def test_the_first_run_is_alone_until_kernels_are_compiled(tmp_path: Path) -> None:
    results = Local(2, cold).run([job(0), job(1), job(2)], partial(stand_in.slow, folder=tmp_path))
    assert next(results).job.point == 0
    assert len(list(tmp_path.iterdir())) == 1
    results.close()


def test_what_a_task_raises_is_a_failed_result() -> None:
    results = {result.job.point: result for result in Local(1, warm).run([job(1), job(2), job(3)], stand_in.raises)}
    assert results[2].status == "failed"
    assert results[2].error == "ValueError: point two is not to be had"
    assert [results[point].status for point in (1, 3)] == ["done", "done"]


@needs_kill
def test_a_worker_that_dies_takes_no_other_run_with_it() -> None:
    jobs = [job(point) for point in range(6)]
    results = {result.job.point: result for result in Local(2, warm).run(jobs, stand_in.dies)}
    assert len(results) == 6
    assert results.pop(2).error == DIED
    assert {result.status for result in results.values()} == {"done"}


@needs_kill
def test_a_run_whose_worker_died_is_tried_again(tmp_path: Path) -> None:
    results = list(Local(2, warm).run([job(point) for point in range(4)], partial(stand_in.dies_once, folder=tmp_path)))
    assert [result.status for result in results] == ["done"] * 4


def test_runs_in_flight_are_given_up_when_asked(tmp_path: Path) -> None:
    results = []
    for result in Local(2, warm).run(
        [job(point) for point in range(5)], partial(stand_in.slow, folder=tmp_path), lambda: bool(results)
    ):
        results.append(result)  # noqa: PERF402  the stop looks at it
    assert [result.job.point for result in results] == [0]
    assert not multiprocessing.active_children()


def test_a_reader_who_leaves_ends_the_workers(tmp_path: Path) -> None:
    results = Local(2, warm).run([job(0), job(1)], partial(stand_in.slow, folder=tmp_path))
    next(results)
    results.close()
    assert not multiprocessing.active_children()


PARENT = """
import sys
from functools import partial
from pathlib import Path
from sim.experiments.engine import Local
from stand_in import job, slow

if __name__ == "__main__":
    for result in Local(2, lambda: True).run([job(0), job(1), job(2)], partial(slow, folder=Path(sys.argv[1]))):
        print(result.job.point, flush=True)
"""


@needs_kill
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script, marks = tmp_path / "parent.py", tmp_path / "marks"
    script.write_text(PARENT)
    marks.mkdir()
    here = Path(__file__).resolve()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[2]), str(here.parent)])}
    with subprocess.Popen(
        [sys.executable, str(script), str(marks)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "0\n"
        workers = [int(mark.name.removeprefix("pid-")) for mark in marks.iterdir()]
        parent.send_signal(signal.SIGKILL)
    assert workers
    assert all(gone(pid) for pid in workers)


UNGUARDED = """
import sys
from functools import partial
import stand_in
from sim.experiments.engine import Local
print([r.status for r in Local(1, lambda: True).run([stand_in.job(0)], stand_in.known)])
"""


def test_workers_that_cannot_start_are_told_and_fail_no_run(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    here = Path(__file__).resolve()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[2]), str(here.parent)])}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "worker processes cannot start: in a script, put the call under" in done.stderr
    assert done.stdout == ""


def test_what_ends_a_batch_is_raised_and_is_no_failed_run() -> None:
    with pytest.raises(HaltError, match="nothing can be kept"):
        list(Local(1, warm).run([job(0)], stand_in.halts))
