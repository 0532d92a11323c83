"""What the battle changes about the ground: control, search, damage, devices, danger; and the quarters' tallies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from sim.agents.codes import HELD, NOBODYS
from sim.battle.contacts import PLACE_M
from sim.city.codes import BUILT
from sim.kernels.fields import flood
from sim.kernels.jit import compiled
from sim.kernels.rng import poisson, stream_key

if TYPE_CHECKING:
    from sim.city.grid import CityGrid
    from sim.scenario.model import Scenario


class Ground(NamedTuple):
    """Layers of cells that change in the battle.

    Attributes:
        control: uint8, who controls a built cell, see :mod:`sim.agents.codes`.
        work: float64, search left to do, platoon-hours at full work.
        search: float64, search that the cell asked at the start (fixed).
        damage: float64, share of buildings damaged.
        devices: int32, mines and booby traps left.
        danger: float64, perceived danger: smoothed violent events per hour within earshot.
        noise: float64, violent events at the cell in this tick.
        shooters: float64, soldiers and fighters who shoot from or at the cell in this tick.
        care_h: float64, time from the cell to surgery for a soldier, hours.
        cover: float64, cover that buildings give, 0 to 1 (fixed).
        density: float64, share of the ground under buildings (fixed).
        storeys: uint8, class of height (fixed).
        quarter: int32, neighbourhood, -1 for none (fixed).
        block: int32, square of 100 m or a little more in which the cell lies, itself where it is no smaller (fixed).
    """

    control: NDArray[np.uint8]
    work: NDArray[np.float64]
    search: NDArray[np.float64]
    damage: NDArray[np.float64]
    devices: NDArray[np.int32]
    danger: NDArray[np.float64]
    noise: NDArray[np.float64]
    shooters: NDArray[np.float64]
    care_h: NDArray[np.float64]
    cover: NDArray[np.float64]
    density: NDArray[np.float64]
    storeys: NDArray[np.uint8]
    quarter: NDArray[np.int32]
    block: NDArray[np.int32]


class Quarters(NamedTuple):
    """Neighbourhoods: their cells and tallies.

    Attributes:
        start: int32 (q + 1,), where each quarter's cells begin in ``cells`` (fixed).
        cells: int32, built cells sorted by quarter (fixed).
        bank: uint8 (q,), bank code (fixed).
        x: float64 (q,), centre, metres (fixed).
        y: float64 (q,), centre, metres (fixed).
        area: float64 (q,), built area, km2 (fixed).
        value: float64 (q,), worth of the ground to a defender, mean cover (fixed).
        defended: bool (q,), whether the scenario lets the defenders hold it (fixed).
        residents: int32 (q,), persons at home at the start (fixed).
        freed: int32 (q,), cells in the liberators' hands.
        freed_before: int32 (q,), the same at the last daily round.
        liberated: bool (q,), all cells freed.
        met: bool (q,), whether the liberators have met a defender in it.
        fought: bool (q,), whether there was ground combat in it.
        fighting: float64 (q,), hours of combat since the last daily round.
        power_cut: float64 (q,), share without power.
        water_cut: float64 (q,), share without water.
        cold: float64 (q,), cold at the last day's end, 0 to 1.
        uncared: float64 (q,), lack of care at the last day's end, 0 to 1.
        tanks: float64 (q,), water in the tanks of those whose pipes are dry, days.
        parched: float64 (q,), share of the water needed that they did without on the last day.
        dry_before: float64 (q,), share without water when tanks were last drawn from.
        left: int32 (q,), residents who are away from home, those who died away included.
        left_ever: int32 (q,), residents who left home at any time, counted once.
        way_tried: float64 (q,), residents who lately set out of it for a way out of the city, remembered for a while.
        way_hurt: float64 (q,), those of them who were hurt on the way, remembered for as long.
        stopped: int32 (q,), persons who were stopped in it as they tried to leave, since the last daily round.
        killed: int32 (q,), civilians killed in it.
        prisoners_killed: int32 (q,), prisoners of the defenders killed in it (:mod:`sim.battle.reprisals`).
        wanted: int32 (q,), teams that the defenders' command wants in it.
        trust: float64 (q,), residents' trust in the forces that they face, 0 to 1 (:mod:`sim.battle.trust`).
        trust_teller: float64 (q,), their trust in those who tell them to stay or to leave, 0 to 1.
        fear: float64 (q,), residents' fear of reprisal, 0 to 1.
        told_by_residents: float64 (q,), hazard that residents report a team in it, 1/h.
        told_by_cells: float64 (q,), the same by resistance cells.
        free_days: float64 (q,), days since it was freed, 0 while it is not.
        goods: float64 (q,), food that its traders have in stock, person-days.
        market: float64 (q,), share of what is needed that its market sold on the last day.
        fed: float64 (q,), share of the food needed that who gets to its market had, airdrops included.
    """

    start: NDArray[np.int32]
    cells: NDArray[np.int32]
    bank: NDArray[np.uint8]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: NDArray[np.float64]
    value: NDArray[np.float64]
    defended: NDArray[np.bool_]
    residents: NDArray[np.int32]
    freed: NDArray[np.int32]
    freed_before: NDArray[np.int32]
    liberated: NDArray[np.bool_]
    met: NDArray[np.bool_]
    fought: NDArray[np.bool_]
    fighting: NDArray[np.float64]
    power_cut: NDArray[np.float64]
    water_cut: NDArray[np.float64]
    cold: NDArray[np.float64]
    uncared: NDArray[np.float64]
    tanks: NDArray[np.float64]
    parched: NDArray[np.float64]
    dry_before: NDArray[np.float64]
    left: NDArray[np.int32]
    left_ever: NDArray[np.int32]
    way_tried: NDArray[np.float64]
    way_hurt: NDArray[np.float64]
    stopped: NDArray[np.int32]
    killed: NDArray[np.int32]
    prisoners_killed: NDArray[np.int32]
    wanted: NDArray[np.int32]
    trust: NDArray[np.float64]
    trust_teller: NDArray[np.float64]
    fear: NDArray[np.float64]
    told_by_residents: NDArray[np.float64]
    told_by_cells: NDArray[np.float64]
    free_days: NDArray[np.float64]
    goods: NDArray[np.float64]
    market: NDArray[np.float64]
    fed: NDArray[np.float64]


@compiled
def _lay_devices(key: np.uint64, mean: np.ndarray) -> np.ndarray:
    out = np.zeros(mean.size, np.int32)
    for cell in range(mean.size):
        if mean[cell] > 0.0:
            out[cell] = poisson(key, cell, 0, mean[cell])
    return out


def make_ground(scenario: Scenario, seed: int, grid: CityGrid) -> tuple[Ground, Quarters]:
    """Ground and quarters at the start: every reachable built cell is held, devices are laid where the city is defended."""
    n = grid.nx * grid.ny
    built = (grid.terrain == BUILT) & (grid.neighbourhood >= 0) & _reachable(grid)
    hectares = grid.cell_m**2 / 1e4
    dense = grid.density.astype(np.float64) / max(float(grid.density.max()), 1e-9)
    extent = grid.core_cells(scenario.defenders.core_area_km2) if scenario.defenders.extent == "op_ed_core" else built
    mean_devices = np.where(built & extent, scenario.ieds.per_ha * hectares * dense, 0.0) * scenario.ieds.enabled
    search = np.where(built, scenario.clearing.platoon_h_per_ha * hectares * np.maximum(dense, 0.1), 0.0)
    ground = Ground(
        control=np.where(built, HELD, NOBODYS).astype(np.uint8),
        work=search.copy(),
        search=search,
        damage=np.zeros(n),
        devices=_lay_devices(stream_key(seed, "ieds.laid", "cells", 0), mean_devices),
        danger=np.zeros(n),
        noise=np.zeros(n),
        shooters=np.zeros(n),
        care_h=np.full(n, scenario.evacuation.march_h),
        cover=grid.cover.astype(np.float64),
        density=grid.density.astype(np.float64),
        storeys=grid.storeys.astype(np.uint8),
        quarter=np.where(built, grid.neighbourhood, -1).astype(np.int32),
        block=blocks(grid.nx, grid.ny, grid.cell_m),
    )
    quarters = _make_quarters(grid, ground, extent)
    quarters.fear[:] = scenario.reports.fear
    return ground, quarters


def block_side(cell_m: float) -> int:
    """Cells to a side of a block."""
    return max(1, math.ceil(PLACE_M / cell_m))


def place_m2(cell_m: float) -> float:
    """Area of a block, m2."""
    return (block_side(cell_m) * cell_m) ** 2


def cells_of_block(nx: int, ny: int, cell_m: float, cell: int) -> list[int]:
    """Cells of the block in which a cell lies."""
    side = block_side(cell_m)
    x, y = cell % nx // side * side, cell // nx // side * side
    return [v * nx + u for v in range(y, min(y + side, ny)) for u in range(x, min(x + side, nx))]


def blocks(nx: int, ny: int, cell_m: float) -> NDArray[np.int32]:
    """Block of each cell, int32 (cells,): what reaches about a hectare acts on blocks, so that it does not hang on the cell."""
    side, cells = block_side(cell_m), np.arange(nx * ny)
    return (cells // nx // side * nx + cells % nx // side).astype(np.int32)


def nearest_gap2(
    x: NDArray[np.float64], y: NDArray[np.float64], other_x: NDArray[np.float64], other_y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distance from each point to the nearest of the others, float64 (points,), m2; infinite where there are none."""
    gap2 = (x[:, None] - other_x) ** 2 + (y[:, None] - other_y) ** 2
    return np.asarray(gap2.min(axis=1, initial=np.inf))


def nearest_built(grid: CityGrid, quarter: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each built cell itself, and for others the nearest built cell on their bank; -1 for water and banks without one."""
    near = np.where(quarter >= 0, np.arange(quarter.size), -1).astype(np.int32)
    for bank in range(1, len(grid.bank_names) + 1):
        built = np.flatnonzero((quarter >= 0) & (grid.bank == bank))
        other = np.flatnonzero((quarter < 0) & (grid.bank == bank))
        if built.size and other.size:
            tree = KDTree(np.column_stack([built % grid.nx, built // grid.nx]))
            near[other] = built[tree.query(np.column_stack([other % grid.nx, other // grid.nx]))[1]]
    return near


def borders(grid: CityGrid, quarter: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sides of cells along which quarters touch each other, int64 (quarters, quarters)."""
    touch = np.zeros((len(grid.neighbourhood_names),) * 2, np.int64)
    of = quarter.reshape(grid.ny, grid.nx)
    for a, b in ((of[:, :-1], of[:, 1:]), (of[:-1], of[1:])):
        meet = (a >= 0) & (b >= 0) & (a != b)
        np.add.at(touch, (a[meet], b[meet]), 1)
        np.add.at(touch, (b[meet], a[meet]), 1)
    return touch


def _reachable(grid: CityGrid) -> NDArray[np.bool_]:
    """Cells that can be reached from the grid's entries with all bridges open."""
    passable = grid.passable(np.ones(len(grid.bridges), np.bool_))
    return np.asarray(flood(passable, grid.offgrid.entry_cell.astype(np.int32), grid.nx, grid.ny))


def _make_quarters(grid: CityGrid, ground: Ground, extent: NDArray[np.bool_]) -> Quarters:
    nq = len(grid.neighbourhood_names)
    cells = np.flatnonzero(ground.quarter >= 0)
    cells = cells[np.argsort(ground.quarter[cells], kind="stable")]
    of = ground.quarter[cells]
    count = np.bincount(of, minlength=nq)
    safe = np.maximum(count, 1)
    x = np.bincount(of, cells % grid.nx, nq) / safe
    y = np.bincount(of, cells // grid.nx, nq) / safe
    inside = np.bincount(of, extent[cells], nq) / safe
    return Quarters(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int32),
        cells=cells.astype(np.int32),
        bank=grid.neighbourhood_bank.astype(np.uint8),
        x=(x + 0.5) * grid.cell_m + grid.x0,
        y=(y + 0.5) * grid.cell_m + grid.y0,
        area=count.astype(np.float64) * grid.cell_m**2 / 1e6,
        value=np.bincount(of, ground.cover[cells], nq) / safe,
        defended=inside >= 0.5,
        residents=np.zeros(nq, np.int32),
        freed=np.zeros(nq, np.int32),
        freed_before=np.zeros(nq, np.int32),
        liberated=count == 0,
        met=np.zeros(nq, np.bool_),
        fought=np.zeros(nq, np.bool_),
        fighting=np.zeros(nq),
        power_cut=np.zeros(nq),
        water_cut=np.zeros(nq),
        cold=np.zeros(nq),
        uncared=np.zeros(nq),
        tanks=np.zeros(nq),
        parched=np.zeros(nq),
        dry_before=np.zeros(nq),
        left=np.zeros(nq, np.int32),
        left_ever=np.zeros(nq, np.int32),
        way_tried=np.zeros(nq),
        way_hurt=np.zeros(nq),
        stopped=np.zeros(nq, np.int32),
        killed=np.zeros(nq, np.int32),
        prisoners_killed=np.zeros(nq, np.int32),
        wanted=np.zeros(nq, np.int32),
        trust=np.zeros(nq),
        trust_teller=np.zeros(nq),
        fear=np.zeros(nq),
        told_by_residents=np.zeros(nq),
        told_by_cells=np.zeros(nq),
        free_days=np.zeros(nq),
        goods=np.zeros(nq),
        market=np.ones(nq),
        fed=np.ones(nq),
    )
