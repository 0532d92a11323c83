"""Named patches of coarse values: ``preset: quick`` runs in about a second, for tests and first looks."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "full": {},
    "quick": {
        "city.cell_m": 250.0,
        "time.step_hours": 6,
        "population.persons_per_agent": 240.0,
    },
}
