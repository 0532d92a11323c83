"""Where runs are computed: processes on this machine.

An engine takes jobs and a task and yields results in the order in which they come; what it yields must not depend on
how many workers it has. The parent does no model work.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Protocol

from sim.experiments.jobs import HaltError, failed, in_words
from sim.kernels.cache import is_warm

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.synchronize import Event

    from sim.experiments.jobs import Job, Result

    Task = Callable[[Job], Result]
    Stop = Callable[[], bool]

# One thread for each worker: the workers themselves use the cores.
_ONE_THREAD = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LOOK_EVERY_S = 0.25
_ABANDONED = 3
CANNOT_START = (
    "worker processes cannot start: in a script, put the call under `if __name__ == '__main__':`; a script that cannot be "
    "imported, such as one from standard input, takes engine=Inline()"
)
TRIES = 3
DIED = f"the worker process died {TRIES} times (killed, or out of memory)"


class Engine(Protocol):
    """What computes runs."""

    @property
    def workers(self) -> int:
        """How many run at a time, as things stand."""
        ...

    def run(self, jobs: Sequence[Job], task: Task, stop: Stop) -> Generator[Result, None, None]:
        """Yield a result for each job, as they come; after ``stop`` says so, only those that are there."""
        ...


class Inline:
    """This very process, one run after the other: for notebooks, debuggers, and behaviours that no other process can import."""

    workers = 1

    def run(self, jobs: Sequence[Job], task: Task, stop: Stop = lambda: False) -> Generator[Result, None, None]:
        """Run jobs here; arguments and results as of :meth:`Local.run`."""
        for job in jobs:
            if stop():
                return
            yield task(job)


class Local:
    """Processes on this machine.

    Args:
        jobs: How many runs at a time; the machine's cores where None.
        warm: Whether all that runs need is compiled; while it is not, the first job runs alone and compiles for the others.

    Attributes:
        workers: How many run at a time.
    """

    def __init__(self, jobs: int | None = None, warm: Callable[[], bool] = is_warm) -> None:
        self.workers = max(1, jobs if jobs is not None else cores())
        self._warm = warm

    def run(self, jobs: Sequence[Job], task: Task, stop: Stop = lambda: False) -> Generator[Result, None, None]:
        """Run jobs, each in one of the workers.

        A worker that dies takes no other run with it: those that were in flight are tried again, each alone, and only one
        that goes on dying is a failed result.

        Args:
            jobs: The jobs.
            task: What to do with each; a function that can be sent to another process.
            stop: Asked a few times a second; once it says so, runs in flight are given up.

        Yields:
            The results, in the order in which they come.
        """
        todo, first = deque(jobs), True
        while todo and not stop():
            suspects: list[Job] = []
            if first and not self._warm():
                yield from _round(deque([todo.popleft()]), 1, task, stop, suspects)
            else:
                yield from _round(todo, min(self.workers, len(todo)), task, stop, suspects)
            first = False
            for job in suspects:
                yield from _alone(job, task, stop)


def _alone(job: Job, task: Task, stop: Stop) -> Generator[Result, None, None]:
    """Try a job again whose worker may have died of it; one that goes on dying is a failed result."""
    for _ in range(TRIES - 1):
        if stop():
            return
        died: list[Job] = []
        yield from _round(deque([job]), 1, task, stop, died)
        if not died:
            return
    yield failed(job, DIED)


def _round(todo: deque[Job], workers: int, task: Task, stop: Stop, suspects: list[Job]) -> Generator[Result, None, None]:
    """Work through jobs until all are done, a worker dies, or it is to stop.

    Args:
        todo: Jobs, taken from the left; those that were not begun are left in it.
        workers: How many at a time.
        task: What to do with each.
        stop: Whether to stop.
        suspects: Filled with the jobs that were in flight when a worker died.
    """
    with _pool(workers) as (pool, ready):
        flying: dict[Future[Result], Job] = {}
        while (todo or flying) and not (suspects or stop()):
            while todo and len(flying) < workers:
                try:
                    flying[_submit(pool, task, todo[0])] = todo[0]
                except BrokenProcessPool:
                    if not flying:  # a worker that idled has died: nothing was lost, but this pool is of no use
                        return
                    break
                todo.popleft()
            done, _ = wait(flying, timeout=_LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            for future in done:
                job = flying.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool) and not ready.is_set():
                    raise HaltError(CANNOT_START) from error
                if isinstance(error, HaltError):
                    raise error
                if isinstance(error, BrokenProcessPool):
                    suspects.append(job)
                else:
                    yield future.result() if error is None else failed(job, in_words(error))
            if suspects:
                # The pool fails all that it had within a moment, but not at one instant.
                suspects += flying.values()
                suspects.sort(key=lambda job: (job.replicate, job.point))
        if stop():
            yield from (future.result() for future in flying if future.done() and not future.exception())


def _submit(pool: ProcessPoolExecutor, task: Task, job: Job) -> Future[Result]:
    # Workers are started here, when there is something to do, and inherit what holds now.
    with as_workers_should():
        return pool.submit(task, job)


@contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Event]]:
    """A pool that never outlives its block, runs in flight being given up; and whether any of its workers has begun."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_live_with_parent, initargs=(ready,))
    try:
        yield pool, ready
    finally:
        # The pool itself would wait for the runs in flight, which may take minutes.
        processes = list((pool._processes or {}).values())
        idle = not pool._pending_work_items
        if not idle:
            for process in processes:
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def as_workers_should() -> Iterator[None]:
    """What new workers inherit: one thread each, and no ear for Ctrl-C, which the parent answers for all."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    blocks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else None
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _live_with_parent(ready: Event) -> None:
    """End this worker when its parent does: a parent that was killed cannot say so."""
    ready.set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait_for([parent.sentinel])
        time.sleep(_LOOK_EVERY_S)  # an orderly end comes by itself
        os._exit(_ABANDONED)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
