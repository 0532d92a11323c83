"""A made-up run of a made-up city: a front that sweeps over two banks, for pictures and for tests of the record.

Nothing here is a model. Numbers follow the front by simple sums, so that ledger, series and summary agree exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely

from sim.record import codes
from sim.record.ground import GridInfo
from sim.record.ledger import BRIDGE_CUT, BRIDGE_OPEN, BRIDGE_PONTOON, Ledger
from sim.record.manifest import build_manifest
from sim.record.outcomes import OUTCOMES, expand, summarise
from sim.record.recorder import Recorder
from sim.record.run import Run
from sim.record.series import SERIES

START = datetime(2016, 10, 17, tzinfo=UTC)
BANKS = ("east", "west")


@dataclass
class Place:
    """What a synthetic run needs to know of a city; cells are flat, south to north."""

    grid: GridInfo
    outlines: dict
    built: np.ndarray
    bank: np.ndarray
    neighbourhood: np.ndarray
    names: list[str]
    name_banks: list[str]
    n_bridges: int
    weight: np.ndarray


def _lonlat(grid, xy):
    scale = 1000 / (np.pi / 180 * 6_371_008.8)
    return (np.asarray(xy) * (scale / np.cos(np.radians(grid.lat0)), scale) + (grid.lon0, grid.lat0)).round(6).tolist()


def _feature(shape, coordinates, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}


def made_up_place(nx=120, ny=130, cell_m=100.0) -> Place:
    """A city of two banks along a winding river."""
    grid = GridInfo(nx, ny, cell_m, -nx * cell_m / 2, -ny * cell_m / 2, 36.34, 43.13)
    half = ny * cell_m / 2000
    y = np.linspace(-half, half, 60)
    x = 0.9 * np.sin(y / half * 2.6)
    river = shapely.LineString(np.column_stack([x, y])).buffer(0.12)
    radius = 0.38 * min(nx, ny) * cell_m / 1000
    town = shapely.Point(0, 0).buffer(radius).difference(river)
    parts = sorted(town.geoms, key=lambda part: -part.centroid.x)[:2]
    core = shapely.Point(float(np.interp(0, y, x)) - 0.9, 0.2).buffer(0.7)
    rng = np.random.default_rng(7)
    seeds = shapely.MultiPoint(rng.uniform(-radius, radius, (24, 2)))
    cells = [
        cell.intersection(part) for part in parts for cell in shapely.voronoi_polygons(seeds, extend_to=town).geoms
    ]
    cells = [cell for cell in cells if cell.geom_type == "Polygon" and cell.area > 0.05]
    bridges = [
        [[np.interp(v, y, x) - 0.3, v], [np.interp(v, y, x) + 0.3, v]] for v in np.linspace(-0.6, 0.6, 4) * radius
    ]
    xx, yy = np.meshgrid(
        grid.x0 / 1000 + (np.arange(nx) + 0.5) * cell_m / 1000, grid.y0 / 1000 + (np.arange(ny) + 0.5) * cell_m / 1000
    )
    bank = np.zeros((ny, nx), np.uint8)
    for code, part in enumerate(parts, start=1):
        bank[shapely.contains_xy(part, xx, yy)] = code
    neighbourhood = np.full((ny, nx), -1, np.int16)
    for index, cell in enumerate(cells):
        neighbourhood[shapely.contains_xy(cell, xx, yy)] = index

    def layer(shape, shapes, names, **properties):
        rings = [[_lonlat(grid, s.exterior.coords)] if shape == "Polygon" else _lonlat(grid, s) for s in shapes]
        features = [_feature(shape, ring, name=name, **properties) for ring, name in zip(rings, names, strict=True)]
        return {"type": "FeatureCollection", "features": features}

    outlines = {
        "outline": layer("Polygon", parts, BANKS, kind="built_up"),
        "river": layer("Polygon", [river], ["River"]),
        "bridges": layer("LineString", bridges, [f"Bridge {i}" for i in range(len(bridges))]),
        "old_core": layer("Polygon", [core.difference(river)], ["Old Town"]),
        "neighbourhoods": layer("Polygon", cells, [f"Quarter {i}" for i in range(len(cells))]),
    }
    for feature, bank_name in zip(outlines["outline"]["features"], BANKS, strict=True):
        feature["properties"]["bank"] = bank_name
    built = bank.ravel() > 0
    weight = built * np.exp(-np.hypot(xx, yy) / 3).ravel()
    side = [BANKS[0] if cell.centroid.x > np.interp(cell.centroid.y, y, x) else BANKS[1] for cell in cells]
    names = [f"Quarter {index}" for index in range(len(cells))]
    return Place(
        grid, outlines, built, bank.ravel(), neighbourhood.ravel(), names, side, len(bridges), weight / weight.sum()
    )


def synthetic_run(place: Place | None = None, days: int = 200, people: int = 600_000, liberated: bool = True) -> Run:
    """A run in which a front goes through the east bank first, then through the west."""
    place = place or made_up_place()
    grid, rng = place.grid, np.random.default_rng(3)
    n = grid.nx * grid.ny
    column = np.arange(n) % grid.nx
    reach = place.built & (column >= 0)
    span = [column[place.bank == code] for code in (1, 2)]
    pace = days * (0.92 if liberated else 1.5)
    noise = rng.normal(0, 0.03, n)
    arrival = np.full(n, 1e9)
    east = (span[0].max() - column) / max(np.ptp(span[0]), 1)
    west = (column - span[1].min()) / max(np.ptp(span[1]), 1)
    arrival[place.bank == 1] = (pace * (0.08 + 0.4 * east + noise))[place.bank == 1]
    arrival[place.bank == 2] = (pace * (0.55 + 0.4 * west + noise))[place.bank == 2]
    home = np.where(reach, rng.poisson(people * place.weight), 0).astype(np.int64)
    total = int(home.sum())
    damage = np.zeros(n)
    ledger, recorder = Ledger(), Recorder()
    sums = dict.fromkeys(("displaced", "air", "artillery", "svbied", "ied"), 0)
    camps = hosted = 0.0
    fought = np.zeros(len(place.names), bool)
    for day in range(days):
        tick = day * 24
        near = reach & (np.abs(arrival - day) < 4)
        front = np.flatnonzero(near)
        contested = near & (arrival > day) & (arrival - day < 2)
        control = np.where(reach, np.where(arrival <= day, 2, 1), 0).astype(np.uint8)
        control[contested] = 3
        damage = np.minimum(100, damage + near * rng.exponential(6, n) * (rng.random(n) < 0.4))
        fleeing = np.zeros(n, np.int64)
        fleeing[front] = rng.binomial(home[front], 0.045)
        _events(ledger, tick, front, fleeing, rng, sums)
        home = home - fleeing
        left = int(fleeing.sum())
        sums["displaced"] += left
        camps, hosted = camps * 0.998 + 0.55 * left, hosted + 0.4 * left
        away = total - int(home.sum())
        _bridges(ledger, tick, day, days, place.n_bridges)
        fought[np.unique(place.neighbourhood[front][place.neighbourhood[front] >= 0])] = True
        lib = control == 2
        shares = {f"liberated_share_{b}": float(lib[place.bank == c].mean()) for c, b in enumerate(BANKS, 1)}
        dead = {g: ledger.total(codes.DEATH, c) for g, c in _PEOPLE.items()}
        hurt = {g: ledger.total(codes.WOUND, c) for g, c in _PEOPLE.items()}
        held = place_mean(place, lib)
        stuck = int(home[contested].sum() * 3)
        series = {
            "liberated_share": float(lib[reach].mean()), **shares,
            "neighbourhoods_liberated": int((held > 0.99).sum()), "neighbourhoods_with_combat": int(fought.sum()),
            "defenders_strength": max(0, 3000 - dead["defenders"] - hurt["defenders"]),
            "liberators_strength": 54_000 - dead["liberators"] - hurt["liberators"],
            **{f"{g}_killed": v for g, v in dead.items()}, **{f"{g}_wounded": v for g, v in hurt.items()},
            "displaced": sums["displaced"], "left_city": int(0.8 * sums["displaced"]),
            "in_camps": int(min(camps, away)), "hosted": int(min(hosted, away - int(min(camps, away)))),
            "on_the_way": away - int(min(camps, away)) - int(min(hosted, away - int(min(camps, away)))),
            "sheltering": int(home[near].sum()), "trapped": stuck, "at_home": int(home.sum()),
            "air_strikes": sums["air"], "artillery_missions": sums["artillery"], "svbied_attacks": sums["svbied"],
            "ied_blasts": sums["ied"],
            "bridges_open": max(0, place.n_bridges - day * 12 // days) if day < 0.8 * days else 1,
            "pontoons_open": int(day >= 0.8 * days), "buildings_damaged_share": float(damage[reach].mean() / 100),
            "persons_without_power": int(home.sum() * 0.4), "persons_without_water": int(home.sum() * 0.3),
            "contact_platoons": len(front) // 20,
        }  # fmt: skip
        declared = expand((entry.name for entry in SERIES), BANKS)
        series = {name: series.get(name, 0) for name in declared}
        places = {
            "control_share": held, "persons": place_mean(place, home), "displaced": place_mean(place, fleeing),
            "civilians_killed": np.zeros(len(place.names)), "damage": place_mean(place, damage) / 100,
            "powered": np.ones(len(place.names)),
        }  # fmt: skip
        layers = {"control": control, "damage": damage.astype(np.uint8), "persons": home.astype(np.uint16)}
        sites = {"persons": np.array([series["in_camps"], series["hosted"]]), "places": np.array([people, 0])}
        recorder.record_day(day, (START + timedelta(days=day)).date(), series, places, layers, sites)
    daily = recorder.daily()
    done = bool(daily["liberated_share"].iloc[-1] >= 0.9995)
    first = int(np.argmax(daily["liberated_share"].to_numpy() >= 0.9995))
    given = dict.fromkeys((outcome.name for outcome in OUTCOMES if outcome.how == "given"), 0.0)
    given |= {"liberated": float(done), "days_simulated": days, "days_to_liberation": first if done else float("nan")}
    manifest = build_manifest(
        scenario="made_up",
        scenario_hash="0badcafe",
        seed=1,
        started=START,
        finished=START,
        wall_seconds=1.0,
        argv=["test"],
    )
    return Run(
        scenario_yaml="name: made_up\n", manifest=manifest, summary=summarise(daily, given, BANKS), daily=daily,
        neighbourhoods=recorder.neighbourhoods(place.names, place.name_banks),
        sites=recorder.sites(["Field Camp", "Hosts"], ["camp", "hosts"]),
        events=ledger.frame(START, 1, place.neighbourhood, place.names), frames=recorder.frames(grid.ny, grid.nx),
        grid=grid, outlines=place.outlines,
    )  # fmt: skip


_PEOPLE = {"civilians": codes.CIVILIANS, "defenders": codes.DEFENDERS, "liberators": codes.LIBERATORS}


def place_mean(place, values):
    inside = place.neighbourhood >= 0
    owner, n = place.neighbourhood[inside], len(place.names)
    return np.bincount(owner, values[inside], n) / np.maximum(np.bincount(owner, minlength=n), 1)


def _events(ledger, tick, front, fleeing, rng, sums):
    m = len(front)
    if not m:
        return
    rows = []
    for kind, people, rate in (
        (codes.DEATH, codes.CIVILIANS, 0.02),
        (codes.DEATH, codes.LIBERATORS, 0.006),
        (codes.DEATH, codes.DEFENDERS, 0.012),
        (codes.WOUND, codes.CIVILIANS, 0.05),
        (codes.WOUND, codes.LIBERATORS, 0.02),
        (codes.WOUND, codes.DEFENDERS, 0.01),
    ):
        hit = front[rng.random(m) < rate]
        block = np.zeros((len(hit), codes.N_COLUMNS), np.int32)
        block[:, codes.KIND], block[:, codes.CELL], block[:, codes.PEOPLE] = kind, hit, people
        block[:, codes.CAUSE] = rng.choice([codes.SMALL_ARMS, codes.AIR, codes.IED], len(hit))
        block[:, codes.COUNT] = rng.geometric(0.6, len(hit))
        rows.append(block)
    gone = front[fleeing[front] > 0]
    block = np.zeros((len(gone), codes.N_COLUMNS), np.int32)
    block[:, codes.KIND], block[:, codes.CELL], block[:, codes.PEOPLE] = codes.DISPLACEMENT, gone, codes.CIVILIANS
    block[:, codes.COUNT] = fleeing[gone]
    rows.append(block)
    table = np.concatenate(rows)
    ledger.append(tick, table, np.zeros(len(table)))
    for name, rate in (("air", 0.02), ("artillery", 0.03), ("svbied", 0.002), ("ied", 0.01)):
        sums[name] += int(rng.poisson(m * rate))


def _bridges(ledger, tick, day, days, n_bridges):
    def turn(bridge, state, cause):
        ledger.add(tick, codes.BRIDGE, agent_set=codes.BRIDGE_SET, row=bridge, count=state, cause=cause)

    for bridge in range(n_bridges):
        if day == days * (bridge + 1) // 12:
            if bridge % 2:
                turn(bridge, BRIDGE_CUT, codes.AIR)
            else:
                ledger.add(tick, codes.DEMOLITION, agent_set=codes.BRIDGE_SET, row=bridge, count=1)
    if day == int(0.55 * days) and n_bridges > 1:
        turn(1, BRIDGE_PONTOON, codes.ENGINEERS)
    if day == int(0.8 * days) and n_bridges:
        turn(0, BRIDGE_OPEN, codes.ENGINEERS)
