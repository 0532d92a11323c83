"""Ensembles over real dates: median and quantile ribbons of the daily series.

A quantile is that of the runs of a group on one date, interpolated between order statistics (Hyndman and Fan 1996, type 7). A
run that has ended before the last of all runs is carried on with its last value: nothing happens after its end, so that
counts so far stay as they are; for stocks this says how things stood when it ended. ``n_running`` tells on each date how many
runs have not ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiments import phrases
from sim.experiments.findings import Finding
from sim.experiments.groups import ALL, Grouping, by_point, groupings, pairing
from sim.record.outcomes import find_outcome
from sim.record.reading import date_text, label_text
from sim.record.series import SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from sim.experiments.loaded import LoadedSweep

    Floats = npt.NDArray[np.float64]

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
NOT_SERIES = ("point", "replicate", "seed", "date", "day")
MOST_DRAWN = 6
MOST_POINTS = 60
FEW_RUNS = 20
"""Below this many runs, the outer quantiles lie beyond the second lowest and the second highest run."""

_COURSE = "liberated_share"
_MOST_TOLD = 2


def ensembles(sweep: LoadedSweep, outcomes: Sequence[str] | None = None) -> list[Finding]:
    """Ribbons of every daily series, for each way in which the points are put together.

    Args:
        sweep: The sweep.
        outcomes: Outcomes whose series are drawn and told; the sweep's own where None.

    Returns:
        Findings of kind ``ensemble``; none where the sweep keeps no daily series. Table ``ribbons``: ``date``, ``group``,
        ``series``, ``median``, ``q05``, ``q25``, ``q75``, ``q95``, ``n``, ``n_running``, and ``point`` where groups are
        points. Table ``groups``: the points and runs of each group. Of a larger grid, the first finding also has
        ``ribbons_by_point``.
    """
    daily = sweep.daily()
    if daily.empty:
        return []
    drawn = drawn_series(daily, outcomes or sweep.outcomes)
    found = [_finding(sweep, daily, grouping, drawn) for grouping in groupings(sweep)]
    if found[0].about["by"] != "point" and len(sweep.points) <= MOST_POINTS and sweep.spec.replicates > 1:
        tables = {**found[0].tables, "ribbons_by_point": ribbons(daily, by_point(sweep))}
        first = found[0]
        found[0] = Finding(first.kind, first.title, tables, first.words, first.warnings, first.about)
    return found


def ribbons(daily: pd.DataFrame, grouping: Grouping, series: Iterable[str] | None = None) -> pd.DataFrame:
    """Quantiles of daily series over the runs of each group.

    Args:
        daily: Daily series as :meth:`LoadedSweep.daily` gives them.
        grouping: Which points are put together.
        series: Names of the series; all where None.

    Returns:
        One row a group, series and date, from the first date of any run to the last.
    """
    names = list(series) if series is not None else series_of(daily)
    run = daily.groupby(["point", "replicate"], sort=True).ngroup().to_numpy()
    dates, at = np.unique(daily["date"].to_numpy(), return_inverse=True)
    points = daily.assign(run=run).drop_duplicates("run").sort_values("run")["point"]
    labels = points.map(grouping.label_of).to_numpy()
    last = np.full(len(points), -1)
    np.maximum.at(last, run, at)
    running = np.arange(len(dates)) <= last[:, None]
    blocks = []
    for name in names:
        values = np.full((len(points), len(dates)), np.nan)
        values[run, at] = daily[name].to_numpy(np.float64)
        values = carried(values)
        for group in grouping.labels:
            members = np.flatnonzero(labels == group)
            if members.size:
                blocks.append(_block(dates, group, name, values[members], running[members]))
    table = pd.concat(blocks, ignore_index=True)
    if grouping.by == "point":
        number_of = {label: point for point, label in grouping.label_of.items()}
        table.insert(2, "point", table["group"].map(number_of).astype("int64"))
    return table


def _block(dates: npt.NDArray[Any], group: str, name: str, values: Floats, running: npt.NDArray[np.bool_]) -> pd.DataFrame:
    n = np.isfinite(values).sum(axis=0)
    seen = n > 0
    values, dates, n = values[:, seen], dates[seen], n[seen]
    # The same numbers, but many times as fast where nothing is missing.
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile
    levels = quantile(values, list(QUANTILES.values()), axis=0)
    told = dict(zip(QUANTILES, levels, strict=True))
    order = ("median", "q05", "q25", "q75", "q95")
    return pd.DataFrame(
        {"date": dates, "group": group, "series": name, **{key: told[key] for key in order}, "n": n,
         "n_running": (running[:, seen] & np.isfinite(values)).sum(axis=0)}
    )  # fmt: skip


def carried(values: Floats) -> Floats:
    """Rows with every gap filled by the last value before it; what lies before the first value stays NaN."""
    columns = np.where(np.isfinite(values), np.arange(values.shape[1]), 0)
    held = np.maximum.accumulate(columns, axis=1)
    return np.take_along_axis(values, held, axis=1)


def series_of(daily: pd.DataFrame) -> list[str]:
    """Names of the daily series, in the order of the table."""
    return [str(name) for name in daily.columns if name not in NOT_SERIES and pd.api.types.is_numeric_dtype(daily[name])]


def drawn_series(daily: pd.DataFrame, outcomes: Sequence[str]) -> list[str]:
    """The series behind outcomes, each once and at most six; what the model states as a whole shows as the liberated share."""
    known = series_of(daily)
    wanted = [_series_behind(name) for name in outcomes]
    found = [name for name in dict.fromkeys(wanted) if name in known]
    return (found or known)[:MOST_DRAWN]


def _series_behind(outcome: str) -> str:
    declared = find_outcome(outcome)
    if declared is None:
        return outcome
    return _COURSE if declared.how == "given" else declared.series or outcome


def unit_of(series: str) -> str:
    """Unit of a daily series; empty where it is not one that the package declares."""
    for declared in SERIES:
        stem, named, _ = declared.name.partition("<")
        if series == declared.name or (named and series.startswith(stem)):
            return declared.unit
    return ""


def _finding(sweep: LoadedSweep, daily: pd.DataFrame, grouping: Grouping, drawn: list[str]) -> Finding:
    table = ribbons(daily, grouping)
    runs = daily[["point", "replicate"]].drop_duplicates()
    members = sweep.points.assign(group=grouping.label_of)
    counts = runs["point"].map(grouping.label_of).value_counts()
    groups = members.groupby("group", sort=False).size().rename("points").to_frame()
    groups["runs"] = counts.reindex(groups.index).fillna(0).astype("int64")
    by = {"point": "for each point", "": "over all points"}.get(grouping.by, f"by {grouping.by}")
    by = "" if len(sweep.points) == 1 else f", {by}"
    about = {
        "by": grouping.by, "drawn": drawn, "units": {name: unit_of(name) for name in drawn},
        "labels": {name: label_text(name) for name in drawn}, "runs": groups["runs"].to_dict(),
    }  # fmt: skip
    tables = {"ribbons": table, "groups": groups.reset_index()}
    begun = daily.groupby(["point", "replicate"])["date"].min().reset_index()
    ends = begun.groupby(begun["point"].map(grouping.label_of))["date"].agg(["min", "max"])
    staggered = bool((ends["min"] < ends["max"]).any())
    words = _words(sweep, table, groups, grouping, drawn)
    return Finding("ensemble", f"The course of the battle{by}", tables, words, _warnings(groups, staggered), about)


def _words(sweep: LoadedSweep, table: pd.DataFrame, groups: pd.DataFrame, grouping: Grouping, drawn: list[str]) -> str:
    last = table[table["date"] == table["date"].max()].set_index(["series", "group"])
    day = date_text(table["date"].max().date())
    parts = [f"Medians over {phrases.many(int(groups['runs'].sum()), 'run')} on {day}, with 5-95% of runs."]
    moved = [name for name in drawn if last.loc[name, "q95"].max() > 0] or drawn
    for name in moved[:_MOST_TOLD]:
        rows = last.loc[name]
        told = [_group_words(group, rows.loc[group], unit_of(name)) for group in grouping.labels if group in rows.index]
        parts.append(f"{label_text(name)}: {'; '.join(told)}.")
    ended = last.loc[drawn[0]]
    over = int((ended["n"] - ended["n_running"]).sum())
    if over:
        parts.append(f"{phrases.many(over, 'run')} had ended before then and are carried on with their last value.")
    if grouping.by not in {"", "point"}:
        parts.append("Each ribbon pools all values of the other factors, so it holds their effect as well as chance.")
    elif not grouping.by:
        parts.append("The ribbon holds both what the factors do and chance.")
    if grouping.by:
        parts.append(pairing(sweep))
    return " ".join(part for part in parts if part)


def _group_words(group: str, row: pd.Series[Any], unit: str) -> str:
    text = phrases.with_unit(row["median"], unit)
    if row["n"] > 1:
        text += f" ({phrases.span(row['q05'], row['q95'], '' if unit != 'share' else unit)})"
    return text if group == ALL else f"{text} at {group}"


def _warnings(groups: pd.DataFrame, staggered: bool) -> tuple[str, ...]:
    told = []
    if staggered:
        told.append(
            "runs start on different dates: on each date the ribbon is over those that have begun, so that it may jump where "
            "others begin"
        )
    fewest = int(groups["runs"].min())
    if fewest == 0:
        told.append(f"no run is done yet for: {phrases.names([str(name) for name in groups.index[groups['runs'] == 0]])}")
    elif fewest == 1:
        told.append("a single run has no spread: it is drawn as a line")
    if 1 < fewest < FEW_RUNS:
        told.append(
            f"of {fewest} runs the 5% and 95% quantiles lie between the two lowest and the two highest: "
            f"read the outer ribbon as their range ({FEW_RUNS} runs tell more)"
        )
    return tuple(told)
