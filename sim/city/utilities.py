"""Power and water works of a city, and which neighbourhood hangs on which.

City data name power stations, water works and hospitals. Substations and pump stations are in no data set that may be used, so
they are derived (grade *assumed*): each bank is cut into compact districts of about so many km2 of built ground, by halving along
the longer side, and each district has one substation, or one pump station, in the neighbourhood nearest to its middle. The two
kinds of district differ, so a quarter may have power while its pump station has none.

A substation hangs on the power station of its bank, or on the grid outside where a way into the city is nearer or the bank has
no power station. A pump station hangs on the nearest water works of its bank; a bank without any in the data is given one, in
its neighbourhood nearest to the river. Works, pump stations and hospitals have their electricity from the substation of the
neighbourhood in which they stand. Networks are trees: nothing is switched over to another feeder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import KDTree

from sim.city.codes import BUILT, WATER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.city.grid import CityGrid

# Kinds of node, in the order of rows: whatever a node hangs on comes before it.
(PLANT, SUBSTATION, WORKS, PUMPS, HOSPITAL) = range(5)
NODE_KINDS = ("power_station", "substation", "water_works", "pump_station", "hospital")
OUTSIDE = -1  # what a node hangs on where that lies outside the city, or nowhere

_SITE_KINDS = {PLANT: "power", WORKS: "water", HOSPITAL: "hospital"}


class Utilities(NamedTuple):
    """Nodes of the networks, and who hangs on them.

    Attributes:
        names: Names of the n nodes.
        kind: uint8 (n,), a code of `NODE_KINDS`; rows are sorted by it.
        cell: int32 (n,), where the node stands.
        quarter: int32 (n,), neighbourhood in which it stands, or the nearest one on its bank.
        power: int32 (n,), row that its electricity comes from; `OUTSIDE` for the grid outside the city, and for power stations.
        water: int32 (n,), row that a pump station's water comes from; `OUTSIDE` for all others.
        feeder: int32 (q,), substation of each neighbourhood.
        pump: int32 (q,), pump station of each neighbourhood.
    """

    names: tuple[str, ...]
    kind: NDArray[np.uint8]
    cell: NDArray[np.int32]
    quarter: NDArray[np.int32]
    power: NDArray[np.int32]
    water: NDArray[np.int32]
    feeder: NDArray[np.int32]
    pump: NDArray[np.int32]


class _Nodes(NamedTuple):
    """Nodes of one kind, before they are joined: names, cells, neighbourhoods."""

    names: list[str]
    cell: NDArray[np.int32]
    quarter: NDArray[np.int32]


def build_utilities(grid: CityGrid, substation_km2: float, pump_km2: float) -> Utilities:
    """Derive the networks of a city.

    Args:
        grid: The city.
        substation_km2: Built ground that one substation feeds, km2.
        pump_km2: Built ground that one pump station feeds, km2.
    """
    at = _places(grid, grid.neighbourhood_cell)
    counted = np.bincount(grid.neighbourhood[grid.neighbourhood >= 0], minlength=len(at))
    area = counted.astype(np.float64) * grid.cell_m**2 / 1e6
    feeder, substations = _stations(grid, at, area, substation_km2, "substation")
    pump, pumps = _stations(grid, at, area, pump_km2, "pump station")
    groups = [_sites(grid, PLANT), substations, _works(grid, at), pumps, _sites(grid, HOSPITAL)]
    first = np.concatenate([[0], np.cumsum([len(group.names) for group in groups])])
    kind = np.repeat(np.arange(len(groups)), np.diff(first)).astype(np.uint8)
    cell = np.concatenate([group.cell for group in groups]).astype(np.int32)
    quarter = np.concatenate([group.quarter for group in groups]).astype(np.int32)
    feeder, pump = feeder + first[SUBSTATION], pump + first[PUMPS]
    power = np.where(kind > SUBSTATION, feeder[quarter], OUTSIDE)
    power[kind == SUBSTATION] = _nearest(grid, substations.cell, groups[PLANT].cell)
    water = np.full(kind.size, OUTSIDE)
    water[kind == PUMPS] = first[WORKS] + _shared(grid, pumps.cell, groups[WORKS].cell)
    return Utilities(
        names=tuple(name for group in groups for name in group.names), kind=kind, cell=cell, quarter=quarter,
        power=power.astype(np.int32), water=water.astype(np.int32), feeder=feeder.astype(np.int32), pump=pump.astype(np.int32),
    )  # fmt: skip


def _places(grid: CityGrid, cells: NDArray[np.integer]) -> NDArray[np.float64]:
    """Columns and rows of cells, float64 (n, 2)."""
    return np.column_stack([cells % grid.nx, cells // grid.nx]).astype(np.float64)


def districts(at: NDArray[np.float64], area: NDArray[np.float64], count: int) -> list[NDArray[np.int64]]:
    """Split places into compact groups of about the same area, by halving along the longer side.

    Args:
        at: float64 (n, 2), where they are.
        area: float64 (n,), what each counts.
        count: Groups wanted; never more than there are places.

    Returns:
        Rows of each group; every row in one, none empty.
    """
    found: list[NDArray[np.int64]] = []
    open_ = [(np.arange(len(at)), min(count, len(at)))]
    while open_:
        rows, parts = open_.pop()
        if parts <= 1:
            found.append(rows)
            continue
        extent = np.ptp(at[rows], axis=0)
        rows = rows[np.argsort(at[rows, int(extent[1] > extent[0])], kind="stable")]
        left = parts // 2
        done = np.cumsum(area[rows])
        cut = int(np.searchsorted(done, done[-1] * left / parts)) + 1
        cut = min(max(cut, left), rows.size - (parts - left))
        open_ += [(rows[cut:], parts - left), (rows[:cut], left)]
    return found


def _stations(
    grid: CityGrid, at: NDArray[np.float64], area: NDArray[np.float64], km2: float, what: str
) -> tuple[NDArray[np.int64], _Nodes]:
    """One station for each so many km2 of a bank; int64 (q,) which one each neighbourhood has, and the stations."""
    of = np.zeros(len(at), np.int64)
    names: list[str] = []
    quarters: list[int] = []
    for code, bank in enumerate(grid.bank_names, start=1):
        rows = np.flatnonzero(grid.neighbourhood_bank == code)
        wanted = max(1, round(float(area[rows].sum()) / km2))
        for number, part in enumerate(districts(at[rows], area[rows], wanted), start=1):
            mine = rows[part]
            weight = area[mine] / max(float(area[mine].sum()), 1e-9)
            middle = (at[mine] * weight[:, None]).sum(axis=0)
            of[mine] = len(names)
            names.append(f"{bank} {what} {number}")
            quarters.append(int(mine[np.argmin(((at[mine] - middle) ** 2).sum(axis=1))]))
    there = np.array(quarters, np.int32)
    return of, _Nodes(names, grid.neighbourhood_cell[there], there)


def _sites(grid: CityGrid, kind: int) -> _Nodes:
    """Sites of the data that lie on the grid, each with the nearest neighbourhood of its bank."""
    sites = [site for site in grid.sites if site.kind == _SITE_KINDS[kind] and site.cell >= 0]
    cell = np.array([site.cell for site in sites], np.int32)
    there = [_neighbourhood(grid, site.cell) for site in sites]
    return _Nodes([site.name for site in sites], cell, np.array(there, np.int32))


def _neighbourhood(grid: CityGrid, cell: int) -> int:
    if grid.neighbourhood[cell] >= 0:
        return int(grid.neighbourhood[cell])
    mine = np.flatnonzero((grid.bank == grid.bank[cell]) & (grid.terrain == BUILT))
    nearest = mine[np.argmin(((_places(grid, mine) - _places(grid, np.array([cell]))) ** 2).sum(axis=1))]
    return int(grid.neighbourhood[nearest])


def _works(grid: CityGrid, at: NDArray[np.float64]) -> _Nodes:
    """Water works of the data, and an assumed one at the river for each bank that has none there."""
    named = _sites(grid, WORKS)
    names, there = list(named.names), named.quarter.tolist()
    river = _places(grid, np.flatnonzero(grid.terrain == WATER))
    cells = named.cell.tolist()
    for code, bank in enumerate(grid.bank_names, start=1):
        if (grid.bank[named.cell] == code).any():
            continue
        rows = np.flatnonzero(grid.neighbourhood_bank == code)
        away = KDTree(river).query(at[rows])[0] if len(river) else np.zeros(rows.size)
        names.append(f"{bank} water works (assumed)")
        there.append(int(rows[np.argmin(away)]))
        cells.append(int(grid.neighbourhood_cell[there[-1]]))
    return _Nodes(names, np.array(cells, np.int32), np.array(there, np.int32))


def _away(grid: CityGrid, cells: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.float64]:
    """Squared distances in cells, float64 (cells, others); infinite to the other bank."""
    a, b = _places(grid, cells), _places(grid, others)
    squared = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    return np.where(grid.bank[cells][:, None] == grid.bank[others][None, :], squared, np.inf)


def _nearest(grid: CityGrid, cells: NDArray[np.int32], plants: NDArray[np.int32]) -> NDArray[np.int64]:
    """Nearest plant of the bank, by number; `OUTSIDE` where there is none, or where a way into the city is nearer."""
    if not plants.size:
        return np.full(cells.size, OUTSIDE)
    away = _away(grid, cells, plants)
    outside = _away(grid, cells, grid.offgrid.entry_cell).min(axis=1, initial=np.inf)
    nearest = away.min(axis=1)
    return np.where((nearest < np.inf) & (nearest <= outside), away.argmin(axis=1), OUTSIDE)


def _shared(grid: CityGrid, pumps: NDArray[np.int32], works: NDArray[np.int32]) -> NDArray[np.int64]:
    """Works of each pump station, by number: the nearest pairs of a bank first, no works more than its even share."""
    found = np.full(pumps.size, OUTSIDE, np.int64)
    away = _away(grid, pumps, works)
    banks = grid.bank[works]
    room = np.array([-(-int((grid.bank[pumps] == bank).sum()) // int((banks == bank).sum())) for bank in banks])
    for pair in np.argsort(away, axis=None, kind="stable").tolist():
        pump, w = divmod(pair, works.size)
        if found[pump] == OUTSIDE and room[w] > 0 and away[pump, w] < np.inf:
            found[pump] = w
            room[w] -= 1
    return found
