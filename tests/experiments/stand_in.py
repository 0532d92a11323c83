"""Tasks that stand in for battles: known results at once, and every way in which a run can go wrong."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments.jobs import HaltError, Job, Result

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.batch import Batch

KILLS = hasattr(signal, "SIGKILL")


def job(point: int, replicate: int = 0) -> Job:
    return Job(f"a{point:03d}-{replicate}", point, replicate, 7 + replicate, (("defenders.fighters", point),))


def batch(points: pd.DataFrame, jobs: list[Job], **more: Any) -> Batch:
    """A batch of these jobs, as a sweep would ask for it."""
    from sim.experiments.batch import Batch  # here, so that workers start light

    given = {"kind": "sweep", "name": "x", "asked": "name: x\n", "asked_hash": "h", "outcomes": ("displaced",), "replicates": 1}
    return Batch(points=points, starts=(), jobs=tuple(jobs), **given | more)


def known(job: Job) -> Result:
    return Result(job, "done", digest=f"d{job.point}", outcomes={"displaced": 2.0 * job.point + job.seed})


def held(starts: Any, job: Job, keep: str, outcomes: tuple[str, ...], **_: Any) -> Result:
    """In place of a whole run: numbers at once; seeds from 3 on wait until the test lets them go."""
    folder = Path(os.environ["STAND_IN"])
    while job.seed >= 3 and not (folder / "go").exists():
        (folder / f"held-{job.seed}").touch()
        time.sleep(0.05)
    return Result(job, "done", digest=f"d{job.point}-{job.seed}", outcomes=dict.fromkeys(outcomes, float(job.seed)))


def about(job: Job) -> Result:
    """What the worker is like, in numbers."""
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
    facts = {"pid": os.getpid(), **{name: float(os.environ.get(name, "0")) for name in names}}
    return Result(job, "done", outcomes=facts)


def raises(job: Job) -> Result:
    if job.point == 2:
        raise ValueError("point two\nis not to be had")
    return known(job)


def halts(job: Job) -> Result:
    raise HaltError("nothing can be kept")


def dies(job: Job) -> Result:
    """Point 2 kills its worker whenever it is tried."""
    if job.point == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return known(job)


def dies_once(job: Job, *, folder: Path) -> Result:
    """Point 2 kills its worker the first time."""
    mark = folder / "tried"
    if job.point == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return known(job)


def slow(job: Job, *, folder: Path) -> Result:
    """Point 0 is quick; the others wait until they are ended."""
    (folder / f"pid-{os.getpid()}").touch()
    if job.point:
        time.sleep(600)
    return known(job)


def waits(job: Job, *, folder: Path) -> Result:
    """Every point waits until the test lets it go."""
    (folder / f"pid-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    return known(job)


def hold(agents: Any, rng: Any) -> None:
    """A behaviour: seeds from 3 on wait until the test lets them go."""
    folder = Path(os.environ["STAND_IN"])
    while agents.model.seed >= 3 and not (folder / "go").exists():
        (folder / f"held-{agents.model.seed}").touch()
        time.sleep(0.05)


def fail_once(agents: Any, rng: Any) -> None:
    """A behaviour: seed 2 fails until the test mends it."""
    if agents.model.seed == 2 and not (Path(os.environ["STAND_IN"]) / "mended").exists():
        raise ValueError("broken for now")
