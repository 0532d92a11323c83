"""The runs behind ``first_outcomes.py`` and ``displacement.py``: which sets there are, and what is kept of one run.

A run is kept as one JSON file: its summary, its daily series, and daily series more that the record is compared with
(cumulative deaths by cause, neighbourhoods entered and freed, damage and displaced by bank, people in each camp). A kept run
is used again as long as the model's sources, the scenario and the seed are the same.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.codes import IN_CAMP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from sim.battle import Battle
    from sim.record import Run
    from sim.scenario import Scenario

Kept = dict[str, Any]

ENTERED, FREED = 0.01, 0.95  # share of a neighbourhood's built cells in the liberators' hands
FORMAT = 4


@dataclass(frozen=True)
class RunSet:
    """Runs of one scenario that differ by seed alone.

    Attributes:
        name: Names its files.
        scenario: Shipped name, or a file.
        title: Heading in the results.
        sets: Parameters to change, by dotted key.
        halved: Whether every force of the liberators has half its strength.
    """

    name: str
    scenario: str
    title: str
    sets: dict[str, Any] = field(default_factory=dict)
    halved: bool = False

    def resolve(self) -> Scenario:
        """The scenario with the set's changes."""
        from sim.scenario import load

        base = load(self.scenario)
        forces = base.liberators.forces if self.halved else {}
        half = {f"liberators.forces.{name}.strength": force.strength // 2 for name, force in forces.items()}
        return base.replace({**half, **self.sets})


SETS = (
    RunSet("op_ed", "op_ed", "op_ed: the battle as the op-ed saw it coming"),
    RunSet("mosul_2016", "mosul_2016", "mosul_2016: the documented battle as planned"),
    RunSet(
        "op_ed_bridges_kept", "op_ed", "op_ed with no bridge blown (for C2a)", {"bridges.demolition": "none"}
    ),
    RunSet(
        "overmatched", "mosul_2016", "mosul_2016 with 12,000 fighters, half the attackers, no aircraft or drones",
        {"defenders.fighters": 12_000, "air.flights": 0, "isr.orbits": 0, "time.max_days": 300}, halved=True,
    ),
)  # fmt: skip


def run_all(sets: tuple[RunSet, ...], seeds: int, jobs: int, folder: Path) -> dict[str, list[Kept]]:
    """Runs of every set over seeds 1 to ``seeds``, from ``folder`` where they are kept there already."""
    from sim.record.manifest import source_hash

    folder.mkdir(parents=True, exist_ok=True)
    scenarios = {s.name: s.resolve() for s in sets}
    done: dict[tuple[str, int], Kept] = {}
    todo = []
    for s in sets:
        for seed in range(1, seeds + 1):
            kept = _read(folder / f"{s.name}-{seed}.json")
            fresh = (FORMAT, source_hash(), scenarios[s.name].short_hash)
            if kept and (kept["format"], kept["source_hash"], kept["scenario_hash"]) == fresh:
                done[s.name, seed] = kept
            else:
                todo.append((s, seed))
    for s, seed, kept in _work(todo, jobs):
        (folder / f"{s.name}-{seed}.json").write_text(json.dumps(kept), encoding="utf-8")
        done[s.name, seed] = kept
        shown = f"{s.name} seed {seed}: {kept['ending']} on day {len(kept['series']['date'])}, {kept['seconds']:.0f} s"
        print(f"{shown} ({len(done)} of {len(sets) * seeds})", file=sys.stderr, flush=True)
    return {s.name: [done[s.name, seed] for seed in range(1, seeds + 1)] for s in sets}


def _work(todo: list[tuple[RunSet, int]], jobs: int) -> Iterator[tuple[RunSet, int, Kept]]:
    if jobs == 1 or len(todo) < 2:
        yield from ((s, seed, run_one(s, seed)) for s, seed in todo)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        asked = {pool.submit(run_one, s, seed): (s, seed) for s, seed in todo}
        for future in as_completed(asked):
            yield (*asked[future], future.result())


def _read(path: Path) -> Kept | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def run_one(of: RunSet, seed: int) -> Kept:
    """Run one battle and keep what the tables need."""
    from sim.battle import Battle

    battle = Battle(scenario=of.resolve(), seed=seed)
    q = battle.quarters
    people = np.asarray(q.residents).copy()
    camps: list[np.ndarray] = []
    run = battle.run(progress=lambda _: camps.append(_persons_in_camps(battle)))
    extra = _extra_series(run, people, battle.grid.neighbourhood_names)
    extra |= dict(zip((f"in_camp.{camp['name']}" for camp in _camps(battle)), np.transpose(camps), strict=True))
    daily = run.daily.drop(columns="day").assign(**extra)
    daily["date"] = daily["date"].dt.strftime("%Y-%m-%d")
    return {
        "format": FORMAT,
        "set": of.name,
        "seed": seed,
        "source_hash": run.manifest["source_hash"],
        "scenario_hash": run.manifest["scenario_hash"],
        "seconds": run.manifest["wall_seconds"],
        "ending": battle.ending,
        "residents": int(people.sum()),
        "neighbourhoods": len(people),
        "neighbourhoods_by_bank": run.neighbourhoods.drop_duplicates("neighbourhood")["bank"].value_counts().to_dict(),
        "defended_km2": float(np.diff(q.start)[q.defended].sum() * run.grid.cell_m**2 / 1e6),
        "built_km2": float(q.cells.size * run.grid.cell_m**2 / 1e6),
        "camps": _camps(battle),
        "summary": {name: None if np.isnan(value) else value for name, value in run.summary.items()},
        "series": {name: column.tolist() for name, column in daily.items()},
    }


def _persons_in_camps(battle: Battle) -> np.ndarray:
    """Residents in each camp at the end of a day, in the order of the battle's camps; they add up to ``in_camps``."""
    people, nodes = battle.households.columns, battle.camps.node
    inside = people.state == IN_CAMP
    return np.bincount(people.node[inside], people.members[inside], len(battle.grid.offgrid.names))[nodes].astype(int)


def _camps(battle: Battle) -> list[dict[str, Any]]:
    """Name, opening day and planned places of each camp, as the battle was told; the start where no opening day is known."""
    names, opened, start = battle.grid.offgrid.names, battle.grid.offgrid.opened, battle.scenario.time.start
    return [
        {"name": names[node], "opened": str(opened[node] or start), "places": int(places)}
        for node, places in zip(battle.camps.node, battle.camps.planned, strict=True)
    ]


def _extra_series(run: Run, people: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    n = len(run.daily)
    extra = _deaths(run.events, n) | _by_bank(run.neighbourhoods, dict(zip(names, people, strict=True)))
    extra["civilians_killed_on_purpose"] = sum(
        (extra.get(f"civilians_killed.{cause}", np.zeros(n)) for cause in ("shot_fleeing", "execution")), np.zeros(n)
    )
    # Those who die of want are in no count of violent deaths.
    battle = run.daily["civilians_killed"].to_numpy() - extra["civilians_killed_on_purpose"]
    extra["civilians_killed_in_battle"] = battle - run.daily["deprivation_deaths"].to_numpy()
    away = run.daily["in_camps"] + run.daily["hosted"] + run.daily["informal"]
    extra["in_camps_share"] = (run.daily["in_camps"] / away.clip(lower=1)).to_numpy()
    return extra


def _deaths(events: pd.DataFrame, n: int) -> dict[str, np.ndarray]:
    """Cumulative deaths by people and cause, and cumulative air weapons."""
    deaths = events[events["kind"] == "death"]
    series = {}
    for (people, cause), rows in deaths.groupby(["people", "cause"], observed=True):
        series[f"{people}_killed.{cause}"] = _cumulative(rows, n)
    weapons = events[(events["kind"] == "strike") & (events["cause"] == "air")]
    series["air_weapons"] = np.bincount(weapons["day"].clip(upper=n - 1), minlength=n).cumsum()
    return series


def _cumulative(rows: pd.DataFrame, n: int) -> np.ndarray:
    return np.bincount(rows["day"].clip(upper=n - 1), rows["count"], n).cumsum()


def _by_bank(places: pd.DataFrame, people: dict[str, int]) -> dict[str, np.ndarray]:
    """Neighbourhoods entered and freed, residents displaced and buildings damaged (by residents), for each bank."""
    places = places.assign(
        entered=places["control_share"] > ENTERED,
        freed=places["control_share"] >= FREED,
        people=places["neighbourhood"].astype(str).map(people).fillna(0).astype(float),
    )
    places["harmed"] = places["damage"] * places["people"]
    series = {}
    for bank, rows in places.groupby("bank", observed=True):
        days = rows.groupby("day")[["entered", "freed", "displaced", "harmed", "people"]].sum()
        series[f"entered_{bank}"], series[f"freed_{bank}"] = days["entered"].to_numpy(), days["freed"].to_numpy()
        series[f"displaced_{bank}"] = days["displaced"].to_numpy()
        series[f"displaced_share_{bank}"] = (days["displaced"] / days["people"].clip(lower=1)).to_numpy()
        series[f"damage_{bank}"] = (days["harmed"] / days["people"].clip(lower=1)).to_numpy()
    return series
