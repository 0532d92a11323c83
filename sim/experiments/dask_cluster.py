"""Dask clusters: whether a scheduler answers at an address, within a bounded time; and one of processes on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.experiments.engine import as_workers_should

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 10.0
EXTRA = "python -m pip install 'mosul-abm[cluster]'"
_ADDRESS = re.compile(r"(?:(?P<scheme>\w+)://)?(?P<host>[\w.-]+|\[[0-9A-Fa-f:.%\w]+\]):(?P<port>\d+)", re.ASCII)
_SCHEMES = ("tcp", "tls")
_LAST_PORT = 65_535
_CLOSE_S = 10.0


class ClusterError(SimError):
    """A cluster that cannot be used: out of reach, of another version, or gone."""


def parse_address(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of a scheduler's address.

    Args:
        address: For example ``tcp://10.0.0.5:8786``; ``tcp`` where no scheme is given.

    Raises:
        ClusterError: The address is none.
    """
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise ClusterError(f"'{address}' is no address of a scheduler: one looks like tcp://127.0.0.1:8786")
    scheme, host, port = found["scheme"] or "tcp", found["host"], int(found["port"])
    if scheme not in _SCHEMES:
        raise ClusterError(f"'{address}' begins with {scheme}://: a scheduler's address begins with tcp:// or tls://")
    if not 1 <= port <= _LAST_PORT:
        raise ClusterError(f"'{address}' has port {port}: ports go from 1 to {_LAST_PORT}")
    return scheme, host, port


def find_scheduler(address: str, patience_s: float = PATIENCE_S) -> str:
    """Make sure that a scheduler answers.

    Dask's own client waits without end where something listens that is no scheduler.

    Args:
        address: Its address.
        patience_s: How long it may take (s).

    Returns:
        The address with its scheme.

    Raises:
        ClusterError: The address is none, or no scheduler answers there in time.
    """
    scheme, host, port = parse_address(address)
    whole, until = f"{scheme}://{host}:{port}", time.monotonic() + patience_s
    try:
        socket.create_connection((host.strip("[]"), port), timeout=patience_s).close()
    except TimeoutError:
        raise ClusterError(f"no scheduler answers at {whole} within {patience_s:g} s") from None
    except (socket.gaierror, UnicodeError):
        raise ClusterError(f"no scheduler at {whole}: no machine is known as {host}") from None
    except OSError as error:
        raise ClusterError(f"no scheduler at {whole}: {(error.strerror or str(error)).lower()}") from None
    # In a thread of its own: a notebook's thread has a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        about = thread.submit(_ask, whole, max(until - time.monotonic(), 1.0)).result()
    if about is None:
        why = " (or its certificates differ from those in your Dask configuration)" if scheme == "tls" else ""
        raise ClusterError(f"something listens at {whole}, but no Dask scheduler answers within {patience_s:g} s{why}")
    if about.get("type") != "Scheduler":
        raise ClusterError(f"{whole} is a Dask {str(about.get('type')).lower()}, not a scheduler: give the scheduler's address")
    return whole


def _ask(address: str, patience_s: float) -> dict[str, Any] | None:
    """What stands at an address says about itself; None where it is nothing of Dask's."""
    from distributed import Security
    from distributed.core import rpc

    async def asked() -> dict[str, Any]:
        arguments = Security().get_connection_args("client")
        async with rpc(address, connection_args=arguments, timeout=patience_s) as there:
            return dict(await there.identity())

    try:
        return asyncio.run(asyncio.wait_for(asked(), patience_s))
    except (OSError, TypeError, ValueError):  # TypeError: no certificates where TLS needs some
        return None


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """Processes on this machine and their scheduler, on loopback; gone with the block, whatever they are doing."""
    import dask
    from distributed import LocalCluster

    settings = {
        "distributed.worker.multiprocessing-method": "spawn",
        # The first death decides; a bystander is tried again alone, as is the one to blame.
        "distributed.scheduler.allowed-failures": 0,
    }
    # Dask sets these in this process whenever it starts a worker anew.
    before = {name: os.environ.get(name) for name in dask.config.get("distributed.nanny.pre-spawn-environ", default={})}
    with tempfile.TemporaryDirectory(prefix="mosul-abm-", ignore_cleanup_errors=True) as scratch, dask.config.set(settings):
        with as_workers_should():  # each keeps what holds now, and so do those that replace it
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
            )
        try:
            yield cluster
        finally:
            # Dask itself would wait some seconds for runs that are in flight.
            for nanny in cluster.workers.values():
                nanny.auto_restart = False
                process = nanny.process.process if nanny.process else None
                if process is not None and process.is_alive():
                    cluster.sync(process.kill)
            cluster.close(timeout=_CLOSE_S)
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextmanager
def token_beside(shared: Path | None) -> Iterator[str]:
    """A file beside a folder that all must see, by which it is seen whether they do; its path, empty where there is none."""
    if shared is None:
        yield ""
        return
    parent = shared.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(prefix=".shared-", dir=parent)  # noqa: SIM115
    except OSError as error:
        raise ClusterError(f"{parent} cannot hold a sweep: {(error.strerror or str(error)).lower()}") from None
    with file:
        yield file.name


@contextmanager
def quiet() -> Iterator[None]:
    """Without Dask's own log on stderr: what a user must know is told in this package's words."""
    from distributed.utils import silence_logging_cmgr
    from distributed.versions import VersionMismatchWarning

    with silence_logging_cmgr(logging.CRITICAL), warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)
        yield


def close(client: Any) -> None:  # noqa: ANN401
    """Close a client, in a bounded time."""
    with suppress(OSError, TimeoutError):
        client.close(timeout=_CLOSE_S)
