"""The workers of a Dask cluster: which of them may compute runs, because their model is the one that asks.

Every worker is asked once, when it is first seen, by a task of its own that needs nothing of this package to be read.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import one_line
from sim.experiments.dask_cluster import ClusterError
from sim.record.manifest import source_hash

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY_S = 0.5
_LONGEST = 300
_SHOWN = 8  # digits of a hash
_FIRST = 1_000_000  # a worker is asked before it is given another run
_MOST_TOLD = 5


def look_around(token: str) -> dict[str, Any]:
    """What a process knows of this package: ``source``, and whether it ``sees`` a file; or an ``error``."""
    # Sent by value: nothing here may refer to this module.
    import os

    try:
        from sim.record.manifest import source_hash
    except ImportError as error:
        return {"error": f"cannot import this package ({error})"}
    return {"source": source_hash(), "sees": not token or os.path.exists(token)}  # noqa: PTH110


def by_value() -> Callable[[str], dict[str, Any]]:
    """``look_around`` as one that is sent whole, to where this package may be missing."""
    import types

    whole = types.FunctionType(look_around.__code__, {"__builtins__": __builtins__}, "look_around")
    whole.__module__ = "__main__"
    return whole


def unfit(about: dict[str, Any], token: str) -> str:
    """Why a process cannot compute runs for this one; empty where it can."""
    if error := about.get("error"):
        return str(error)
    if (theirs := str(about["source"])) != (ours := source_hash()):
        return (
            f"its sources of this package differ (hash {theirs[:_SHOWN]}, here {ours[:_SHOWN]}): "
            "install the same version there and start it again"
        )
    if not about["sees"]:
        return f"it does not see {Path(token).parent}: keep: everything needs a folder that all machines share"
    return ""


class Workers:
    """Who may compute runs: asked of the scheduler twice a second, each newcomer examined.

    Args:
        client: A Dask client.
        token: A file that every worker must see; none where empty.
        tell: Called with a line on each worker that is refused.

    Attributes:
        fit: Addresses of those that may.
        refused: Address and reason of those that may not.
    """

    def __init__(self, client: Any, token: str, tell: Callable[[str], object]) -> None:  # noqa: ANN401  distributed is optional
        self._client, self._token, self._tell = client, token, tell
        self._asked: dict[str, Any] = {}
        self._next = 0.0
        self.fit: set[str] = set()
        self.refused: dict[str, str] = {}

    def look(self) -> None:
        """See who has come and who has gone."""
        if time.monotonic() >= self._next and self._client.status == "running":
            self._next = time.monotonic() + _LOOK_EVERY_S
            try:
                threads = self._client.nthreads()
            except OSError:  # the scheduler is gone; the client will say so
                return
            self._forget({*self._asked, *self.fit, *self.refused} - set(threads))
            for address, number in threads.items():
                if address not in self._asked and address not in self.fit and address not in self.refused:
                    self._examine(address, number)
        for address, future in list(self._asked.items()):
            if future.done():
                del self._asked[address]
                self._judge(address, future)

    def await_answers(self, patience_s: float) -> None:
        """Wait until all who are there have answered; one that is busy may take longer, and is examined then.

        Raises:
            ClusterError: Some are not fit.
        """
        until = time.monotonic() + patience_s
        self.look()
        while self._asked and time.monotonic() < until:
            time.sleep(0.05)
            self.look()
        if self.refused:
            whole = [f"worker {address}: {why}" for address, why in sorted(self.refused.items())]
            more = f"; and {len(whole) - _MOST_TOLD} more" if len(whole) > _MOST_TOLD else ""
            raise ClusterError("; ".join(whole[:_MOST_TOLD]) + more)

    def doubt(self, address: str) -> None:
        """Ask a worker once more: another process may have its address now."""
        self._forget({address})

    def _forget(self, addresses: set[str]) -> None:
        for address in addresses:
            self.fit.discard(address)
            self.refused.pop(address, None)
            self._asked.pop(address, None)

    def _examine(self, address: str, threads: int) -> None:
        if threads != 1:
            self._refuse(address, f"it has {threads} threads: start it with --nthreads 1, and --nworkers {threads} instead")
            return
        self._asked[address] = self._client.submit(
            by_value(), self._token, workers=[address], allow_other_workers=False, pure=False, priority=_FIRST
        )

    def _judge(self, address: str, future: Any) -> None:  # noqa: ANN401
        if future.status == "cancelled":
            return
        if future.status == "finished":
            why = unfit(future.result(), self._token)
        elif type(error := future.exception()).__name__ == "KilledWorker":
            return
        else:
            why = one_line(" ".join(f"it cannot be asked: {type(error).__name__}: {error}".split()), _LONGEST)
        if why:
            self._refuse(address, why)
        else:
            self.fit.add(address)

    def _refuse(self, address: str, why: str) -> None:
        self.refused[address] = why
        self._tell(f"worker {address} is not used: {why}")
