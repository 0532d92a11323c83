"""What a worker process runs for the tests of identity; it has to be importable there."""

from __future__ import annotations

from pathlib import Path

RIVERTON = Path(__file__).resolve().parents[1] / "scenarios" / "riverton.yaml"

# (days, seed): short battles of several kinds.
JOBS = ((8, 1), (5, 2), (8, 3), (3, 1), (6, 4))


def digest_of(job: tuple[int, int]) -> str:
    """Digest of Riverton over some days under a seed."""
    from sim.battle import Battle
    from sim.scenario import load

    days, seed = job
    return Battle(load(RIVERTON, {"time.max_days": days}), seed=seed).run().digest
