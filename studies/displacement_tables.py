"""Tables of ``displacement.py`` as Markdown: scores of each series, camps beside the record, forecasts, coverage."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import displacement_scores as scores
import numpy as np
from first_outcomes_tables import number, table
from record_compare import Figure, read_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from displacement_scores import Persons
    from first_outcomes_runs import Kept
    from numpy.typing import NDArray

LAG_DAYS = 14  # the record's rounds are two weeks apart
# Beside figures that stand once more in the file, for all residents: not counted twice.
EAST_ALONE = "ever displaced, model: residents of the east alone"
# Camps that lie as near to each other as the city data knows where they are.
AREAS = {
    "Khazir and Hasansham": ("Khazer M1", "Hasansham M2", "Hasansham U3"),
    "Qayyarah": ("Qayyarah Airstrip", "Qayyarah Jad'ah (1-6)", "Haj Ali"),
}


class Rounds(NamedTuple):
    """Camps on the dates for which the record lists them.

    Attributes:
        dates: Dates, ascending.
        camps: The record's names.
        opens: Opening day of each camp in the runs.
        room: Places of each camp in the runs.
        data: float64 (dates, camps), persons; NaN where the list of that date does not have the camp.
        places: float64 (dates, camps), places in the battle's camps that are open on the date, 0 where none is.
        model: float64 (runs, dates, camps), persons.
    """

    dates: list[str]
    camps: list[str]
    opens: list[str]
    room: list[int]
    data: Persons
    places: Persons
    model: Persons


class Forecast(NamedTuple):
    """One forecast of all camps.

    Attributes:
        name: What it is.
        told: What it is told of the record.
        persons: float64 (dates, camps) or (runs, dates, camps).
        against: Name of the model's own forecast that is told as much; empty for those.
    """

    name: str
    told: str
    persons: Persons
    against: str


def by_measure(figures: list[Figure]) -> dict[str, list[Figure]]:
    """Figures of the whole, in the order of the file, by measure."""
    groups: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.camp == "all":
            groups.setdefault(figure.measure, []).append(figure)
    return groups


def read_rounds(figures: list[Figure], runs: list[Kept]) -> Rounds:
    """Camps of the record and of the runs on the dates of the record's lists."""
    listed = {(f.last, f.camp): f for f in figures if f.camp != "all"}
    dates, camps = (sorted({key[i] for key in listed}) for i in (0, 1))
    of = {f.camp: f for f in listed.values()}
    known = {f"in_camp.{camp['name']}": camp for camp in runs[0]["camps"]}
    if strange := sorted({name for f in of.values() for name in f.series.split("+")} - known.keys()):
        raise SystemExit(f"the city of the runs has no {', '.join(strange)}, which the record names")
    parts = [[known[name] for name in of[camp].series.split("+")] for camp in camps]
    opens, room = [min(p["opened"] for p in part) for part in parts], [sum(p["places"] for p in part) for part in parts]
    shape = (len(dates), len(camps))
    data, places, model = np.full(shape, np.nan), np.zeros(shape), np.zeros((len(runs), *shape))
    for i, date in enumerate(dates):
        for j, camp in enumerate(camps):
            if (date, camp) in listed:
                data[i, j] = listed[date, camp].value
            places[i, j] = sum(part["places"] for part in parts[j] if part["opened"] <= date)
            model[:, i, j] = [read_run(dataclasses.replace(of[camp], last=date), kept) for kept in runs]
    return Rounds(dates, camps, opens, room, data, places, model)


def by_area(r: Rounds) -> Rounds:
    """Camps of one area taken together, as far as they are scored; others stay as they are."""
    of = {camp: area for area, camps in AREAS.items() for camp in camps}
    areas = list(dict.fromkeys(of.get(camp, camp) for camp in r.camps))
    member = np.array([[of.get(camp, camp) == area for area in areas] for camp in r.camps], float)
    counted = r.places > 0
    data = np.where(counted, np.nan_to_num(r.data), 0.0) @ member
    opens = [min(day for camp, day in zip(r.camps, r.opens, strict=True) if of.get(camp, camp) == area) for area in areas]
    room = [int(places) for places in np.array(r.room) @ member]
    return Rounds(r.dates, areas, opens, room, data, r.places @ member, np.where(counted, r.model, 0.0) @ member)


def scored(r: Rounds, *, listed: bool = False) -> Persons:
    """The record's figures that are scored: of open camps; one that is not listed counts as empty, or is left out."""
    return np.where(r.places > 0, r.data if listed else np.nan_to_num(r.data), np.nan)


def forecasts(r: Rounds, data: Persons) -> list[Forecast]:
    """The model and the naive forecasts; splits share out what the scored camps hold."""
    counted = ~np.isnan(data)
    truth, own = np.nansum(data, axis=1), np.where(counted, r.model, 0.0).sum(axis=2)
    equal, places = (counted & (r.places > 0)).astype(float), np.where(counted, r.places, 0.0)
    last = scores.persistence(r.dates, r.data, LAG_DAYS)
    shared, carried = "**model's shares, record's total**", "**last record and the model's change since**"
    return [
        Forecast("**model**", "nothing", r.model, ""),
        Forecast("nobody in any camp (persistence from 1 November)", "nothing", np.zeros_like(data), "**model**"),
        Forecast("model's total, split equally", "nothing", scores.split(own, equal), "**model**"),
        Forecast("model's total, split by places", "nothing", scores.split(own, places), "**model**"),
        Forecast(shared, "the day's total", scores.rescaled(r.model, truth, data), ""),
        Forecast("record's total, split equally", "the day's total", scores.split(truth, equal), shared),
        Forecast("record's total, split by places", "the day's total", scores.split(truth, places), shared),
        Forecast(carried, f"every camp, {LAG_DAYS} days before", scores.carried_on(r.dates, r.data, r.model, LAG_DAYS), ""),
        Forecast("persistence", f"every camp, {LAG_DAYS} days before", last, carried),
    ]  # fmt: skip


def camp_scores(r: Rounds) -> str:
    """Averaged relative difference of the model and of each naive forecast, and how often the model's is the lower one."""
    areas = by_area(r)
    wide, narrow, broad = scored(r), scored(r, listed=True), scored(areas)
    rows, found = [], {}
    for one, other, area in zip(forecasts(r, wide), forecasts(r, narrow), forecasts(areas, broad), strict=True):
        found[one.name] = got = scores.averaged_relative_difference(one.persons, wide)
        better = ""
        if one.against:
            model = found[one.against]
            better = f"{int((model < got).sum())} of {model.size}"
        cells = [share(got), better, share(scores.averaged_relative_difference(other.persons, narrow))]
        rows.append((one.name, one.told, *cells, share(scores.averaged_relative_difference(area.persons, broad))))
    return table(("forecast", "told of the record", "ARD", "model better in", "ARD, listed figures only", "ARD by area"), rows)


def camp_scores_by_date(r: Rounds) -> str:
    """Relative difference on each date; medians over runs."""
    data = scored(r)
    rows = []
    for one in forecasts(r, data):
        found = scores.relative_differences(one.persons, data)
        middle = np.median(found, axis=0) if found.ndim == 2 else found
        rows.append((one.name, *(f"{value:.2f}" for value in middle)))
    totals = [number(float(total)) for total in np.nansum(data, axis=1)]
    camps = [str(int(n)) for n in (~np.isnan(data)).sum(axis=1)]
    rows += [("*persons in the record*", *totals), ("*camps scored*", *camps)]
    return table(("relative difference", *r.dates), rows)


def share(values: Persons) -> str:
    """A score of one forecast, or median and 5% to 95% of those of runs."""
    if values.ndim == 0:
        return f"{float(values):.2f}"
    low, mid, high = np.quantile(values, (0.05, 0.5, 0.95))
    return f"{mid:.2f} ({low:.2f} to {high:.2f})"


def camps_beside(r: Rounds) -> str:
    """Each camp and date: the record, and the model's median; in brackets what is not scored. And what the model is told."""
    middle, rows = np.median(r.model, axis=0), []
    for j, camp in enumerate(r.camps):
        cells = []
        for i in range(len(r.dates)):
            listed = "-" if np.isnan(r.data[i, j]) else f"{r.data[i, j]:,.0f}"
            cell = f"{listed} / {middle[i, j]:,.0f}"
            cells.append(cell if r.places[i, j] else f"({cell})")
        rows.append((camp, r.opens[j], f"{r.room[j]:,}", *cells))
    return table(("camp: record / model", "opens", "places", *r.dates), rows)


def series_scores(figures: list[Figure], runs: list[Kept]) -> str:
    """Averaged relative difference of each series of the whole, beside its own persistence, and the mean bias."""
    rows = []
    for measure, group in by_measure(figures).items():
        data, model = _columns(group, runs)
        ordered = [f.last for f in group]
        last = scores.persistence(ordered, data, LAG_DAYS)
        bias = np.mean((np.median(model, axis=0) - data) / np.where(data > 0, data, np.nan))
        free = np.array([not f.used_by for f in group])
        clean = scores.averaged_relative_difference(model[:, free], data[free]) if free.any() else None
        rows.append((
            measure, str(len(group)), share(scores.averaged_relative_difference(model, data)), f"{bias:+.0%}",
            "none" if clean is None else f"{share(clean)}, {int(free.sum())}",
            share(scores.averaged_relative_difference(scores.carried_on(ordered, data, model, LAG_DAYS), data)),
            share(scores.averaged_relative_difference(last, data)),
        ))  # fmt: skip
    head = ("series", "figures", "model's ARD", "model's bias", "ARD where no parameter is set by it, figures")
    return table((*head, "last record and the model's change since", "persistence"), rows)


def _columns(group: Sequence[Figure], runs: list[Kept]) -> tuple[Persons, Persons]:
    """Figures as (dates, 1) and the runs' values as (runs, dates, 1): a series is scored as if it were one camp."""
    model = np.array([[[read_run(figure, kept)] for figure in group] for kept in runs])
    return np.array([[figure.value] for figure in group]), model


def covered(figures: list[Figure], r: Rounds, runs: list[Kept]) -> str:
    """Share of figures inside the model's 90% range, by measure: the figure itself, and any of the figure's own range."""
    groups = by_measure(figures)
    counted = {(r.dates[i], r.camps[j]) for i, j in np.argwhere(~np.isnan(scored(r, listed=True)))}
    groups["in the camp, scored"] = [f for f in figures if f.camp != "all" and (f.last, f.camp) in counted]
    rows, sums = [], np.zeros((2, 3), int)
    for measure, group in groups.items():
        inside, touched = _inside(group, runs)
        free = np.array([not f.used_by for f in group])
        for row, which in enumerate((np.ones_like(free), free)):
            if measure != EAST_ALONE:
                sums[row] += (int(which.sum()), int(inside[which].sum()), int(touched[which].sum()))
        clean = _part(int(inside[free].sum()), int(free.sum()))
        rows.append((measure, _part(int(inside.sum()), len(group)), _part(int(touched.sum()), len(group)), clean))
    every, free_sums = sums.tolist()
    rows.append(("**all**", _part(every[1], every[0]), _part(every[2], every[0]), _part(free_sums[1], free_sums[0])))
    head = ("measure", "figure inside", "figure's own range touched", "figure inside, of those that set no parameter")
    return table(head, rows)


def _inside(group: list[Figure], runs: list[Kept]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    values = np.array([[read_run(figure, kept) for figure in group] for kept in runs])
    low, high = np.quantile(values, (0.05, 0.95), axis=0)
    touched = np.array([f.low <= h and f.high >= lo for f, lo, h in zip(group, low, high, strict=True)], np.bool_)
    return scores.coverage(values, np.array([f.value for f in group])), touched


def _part(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"
