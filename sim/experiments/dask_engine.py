"""Where runs are computed: the workers of a Dask cluster, on this machine or on many.

Dask sends tasks to workers, and sends them again where a worker dies. What is added here: no worker of another version
of this package takes part, no more is sent than is soon needed, and a run that takes its workers with it is a failed
result.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter, deque
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sim.experiments.dask_cluster import (
    EXTRA,
    PATIENCE_S,
    ClusterError,
    close,
    find_scheduler,
    local_cluster,
    quiet,
    token_beside,
)
from sim.experiments.dask_workers import Workers, by_value, unfit
from sim.experiments.engine import cores
from sim.experiments.jobs import HaltError, OtherSourcesError, failed, in_words
from sim.kernels.cache import is_warm
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from sim.experiments.engine import Stop, Task
    from sim.experiments.jobs import Job, Result

AHEAD = 2  # jobs sent for each worker: one that runs, one that waits beside it
DIED = "the worker died whenever this was tried (killed, or out of memory)"
_LOOK_EVERY_S = 0.25
_FETCH_S = 5.0
_KEY_BYTES = 4
_ABANDONED = 3  # times that a job may be left behind by all the workers that might have run it


def work(task: Task, job: Job, source: str) -> Result:
    """Run one job in a worker; what goes wrong becomes a failed result, except that the worker is the wrong one.

    Args:
        task: What to do.
        job: The job.
        source: Hash of the package's sources where the job comes from.

    Raises:
        OtherSourcesError: They differ here.
    """
    if source_hash() != source:
        raise OtherSourcesError
    try:
        return task(job)
    except HaltError:
        raise
    except Exception as error:  # noqa: BLE001  one run's failure is a row of the table, whatever it is
        return failed(job, in_words(error))


@dataclass(frozen=True)
class _Flight:
    """A job that was sent, and the workers that may run it."""

    job: Job
    workers: frozenset[str]


class Dask:
    """Workers of a Dask cluster. A context: a scheduler is met, and its workers examined, when it is entered.

    Args:
        address: The scheduler's; a cluster of processes on this machine for the time of a sweep where None.
        jobs: Workers of the cluster on this machine; its cores where None.
        shared: A folder that all workers must see; none where None.
        patience_s: How long the scheduler may take to answer (s).
        tell: Called with a line on what a user should know: workers refused, none there.
        warm: Whether all that runs need is compiled on this machine.
    """

    def __init__(
        self,
        address: str | None = None,
        jobs: int | None = None,
        *,
        shared: Path | None = None,
        patience_s: float = PATIENCE_S,
        tell: Callable[[str], object] = lambda _: None,
        warm: Callable[[], bool] = is_warm,
    ) -> None:
        self.address = address
        self._jobs = max(1, jobs if jobs is not None else cores())
        self._shared, self._patience_s, self._tell, self._warm = shared, patience_s, tell, warm
        self._stack = ExitStack()
        self._client: Any = None
        self._crew: Workers | None = None

    @property
    def workers(self) -> int:
        """How many run at a time, as things stand."""
        return self._jobs if self.address is None else max(1, len(self._crew.fit) if self._crew else 0)

    @property
    def ready(self) -> bool:
        """Whether a worker is there, or will be started."""
        return self.address is None or bool(self._crew and self._crew.fit)

    @property
    def place(self) -> str:
        """Where they run, in words."""
        return self.address or "this machine (a Dask cluster)"

    def __enter__(self) -> Self:
        """Meet the scheduler.

        Raises:
            ClusterError: It cannot be reached, its workers are not fit, or Dask is not installed.
        """
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise ClusterError(f"a cluster needs Dask distributed, which is not installed: {EXTRA}") from None
        if self.address is not None:
            self.address = find_scheduler(self.address, self._patience_s)
            with ExitStack() as stack:
                self._meet(stack, self.address)
                self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._client = self._crew = None

    def run(self, jobs: Sequence[Job], task: Task, stop: Stop = lambda: False) -> Generator[Result, None, None]:
        """Run jobs on the workers, whoever they are at the time.

        Args:
            jobs: The jobs.
            task: What to do with each; a function that can be sent to another process.
            stop: Asked a few times a second; once it says so, jobs that were sent are called back.

        Yields:
            The results, in the order in which they come.

        Raises:
            ClusterError: The scheduler is gone, or this engine was not entered.
        """
        if not jobs or stop():
            return
        if self.address is not None:
            yield from self._work_through(jobs, task, stop)
            return
        with ExitStack() as stack:
            self._meet(stack, stack.enter_context(local_cluster(min(self._jobs, len(jobs)))))
            try:
                # The first run compiles for the others, where that is to be done.
                alone = 0 if self._warm() else 1
                for part in (jobs[:alone], jobs[alone:]):
                    yield from self._work_through(part, task, stop)
            finally:
                self._client = self._crew = None

    def _meet(self, stack: ExitStack, cluster: Any) -> None:  # noqa: ANN401  an address or a LocalCluster
        """Connect, and examine the scheduler and its workers."""
        from distributed import Client

        stack.enter_context(quiet())
        token = stack.enter_context(token_beside(self._shared))
        try:
            client = Client(cluster, timeout=self._patience_s, set_as_default=False)
        except (OSError, TypeError, ValueError) as error:
            raise ClusterError(f"no scheduler at {self.place}: {in_words(error)}") from None
        stack.callback(close, client)
        # It reads tasks too, and so must know what they are; it need not see the folder.
        if isinstance(cluster, str) and (why := unfit(client.run_on_scheduler(by_value(), ""), "")):
            raise ClusterError(f"scheduler {cluster}: {why}")
        crew = Workers(client, token, self._tell)
        crew.await_answers(self._patience_s)
        self._client, self._crew = client, crew

    def _work_through(self, jobs: Sequence[Job], task: Task, stop: Stop) -> Generator[Result, None, None]:
        """Jobs in order; at the end, one by one, those whose workers died, of which some were only bystanders."""
        suspects: list[Job] = []
        with closing(self._round(deque(jobs), task, stop, suspects)) as results:
            yield from results
        for job in suspects:
            again: list[Job] = []
            with closing(self._round(deque([job]), task, stop, again)) as results:
                yield from results
            if again:
                yield failed(job, DIED)

    def _round(self, todo: deque[Job], task: Task, stop: Stop, suspects: list[Job]) -> Generator[Result, None, None]:
        """Work through jobs until all have ended or it is to stop.

        Args:
            todo: Jobs, taken from the left.
            task: What to do with each.
            stop: Whether to stop.
            suspects: Filled with the jobs whose workers died too often.
        """
        from distributed import wait

        client, crew = self._client, self._crew
        if client is None or crew is None:
            raise ClusterError("a Dask engine is used in a with statement: with Dask(address) as engine: ...")
        flying: dict[Any, _Flight] = {}
        abandoned: Counter[str] = Counter()
        try:
            while (todo or flying) and not stop():
                self._check_alive()
                crew.look()
                _take_back(client, flying, crew.fit, abandoned, todo, suspects)
                while todo and len(flying) < AHEAD * len(crew.fit):
                    flight = _Flight(todo.popleft(), frozenset(crew.fit))
                    flying[_send(client, task, flight)] = flight
                if flying:
                    with suppress(TimeoutError), client.as_current():
                        wait(list(flying), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED")
                else:
                    time.sleep(_LOOK_EVERY_S)
                yield from _landed(flying, crew, todo, suspects)
            if stop():
                yield from _landed(flying, crew, deque(), [])
        finally:
            if flying and client.status == "running":
                with suppress(OSError):
                    client.cancel(list(flying))

    def _check_alive(self) -> None:
        # While it is "connecting", the client looks for its scheduler again.
        if self._client.status not in {"running", "connecting"}:
            raise ClusterError(
                f"the scheduler at {self.place} is gone: what was done is kept, and the same command goes on once it is back"
            )


def _send(client: Any, task: Task, flight: _Flight) -> Any:  # noqa: ANN401  a future
    # A key of its own for each time that it is sent: what another session or an earlier try came to is not taken for it.
    key = f"run-{flight.job.address}-{secrets.token_hex(_KEY_BYTES)}"
    workers = sorted(flight.workers)
    return client.submit(work, task, flight.job, source_hash(), key=key, workers=workers, allow_other_workers=False)


def _take_back(
    client: Any,  # noqa: ANN401
    flying: dict[Any, _Flight],
    fit: set[str],
    abandoned: Counter[str],
    todo: deque[Job],
    suspects: list[Job],
) -> None:
    """Call back what only workers may run that are no longer there, while others are."""
    lost = [future for future, flight in flying.items() if fit and not (flight.workers & fit or future.done())]
    for future in lost:
        job = flying.pop(future).job
        abandoned[job.address] += 1
        if abandoned[job.address] < _ABANDONED:
            todo.appendleft(job)
        else:
            suspects.append(job)
    if lost:
        with suppress(OSError):
            client.cancel(lost)


def _landed(flying: dict[Any, _Flight], crew: Workers, todo: deque[Job], suspects: list[Job]) -> Iterator[Result]:
    """Results of what has ended; what is to be tried again is put where that is done."""
    from distributed.scheduler import KilledWorker

    for future in [future for future in flying if future.done()]:
        job, workers = flying[future].job, flying[future].workers
        result: Result | None = None
        if future.status == "finished":
            try:
                result = future.result(timeout=_FETCH_S)
            except (OSError, RuntimeError):
                # Its worker has died, the result with it: Dask computes it again.
                if future.status != "cancelled":
                    continue
        error = future.exception() if future.status == "error" else None
        del flying[future]
        if result is not None:
            yield result
        elif isinstance(error, KilledWorker):
            suspects.append(job)
        elif error is None or isinstance(error, OtherSourcesError):
            # The scheduler was lost, or another process has come to the address of a worker that was fit.
            for address in workers if error else ():
                crew.doubt(address)
            todo.appendleft(job)
        elif isinstance(error, HaltError):
            raise error
        else:
            yield failed(job, in_words(error))
