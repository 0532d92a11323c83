"""The harm ledger as a table: the dead and wounded of a run by day, place, actor, cause and rule.

Every death and wound is a row of the run's ledger; this sums the rows that are asked for, from a finished run's
folder alone, and checks that nobody is lost between ledger and summary.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError, SimError
from sim.record.codes import WORDS
from sim.scenario.words import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sim.record.run import Run

# What the dead and wounded can be counted by, in the words of the command line, and what each says.
COLUMNS = {
    "day": "calendar day",
    "week": "first day of the week, counted from the first day of the run",
    "neighbourhood": "neighbourhood in which they were hit",
    "bank": "bank of the river on which it lies",
    "people": "whose people they were",
    "actor": "who caused it",
    "cause": "what they were hit by",
    "rule": "rule of the model that wrote the row",
}
OTHER_NAMES = {"place": "neighbourhood", "quarter": "neighbourhood", "date": "day"}
PEOPLE = WORDS["people"][1:]
ALL = "all"
# Events off the grid, on water or on open ground lie in no neighbourhood.
OUTSIDE = "outside"
SUMS = {"death": "killed", "wound": "wounded"}
_TIMES = ("day", "week")


class HarmError(SimError):
    """A question that the harm ledger cannot answer as it stands."""


def harm(run: Run, by: Sequence[str] | str = ("actor", "cause"), *, people: str = "civilians") -> pd.DataFrame:
    """Count the dead and wounded of a run.

    Args:
        run: A finished run; of a loaded one the ledger is read, and nothing is run again.
        by: Columns of :data:`COLUMNS`, a list or one text with commas; empty for one row with the totals. ``place``
            stands for ``neighbourhood``.
        people: Whose: one of :data:`PEOPLE`, or ``all``.

    Returns:
        A row for each combination that occurs: the columns of ``by``, then ``killed`` and ``wounded`` (persons; a wound
        is counted each time). Days and weeks in their order; everything else by its killed, most first.

    Raises:
        HarmError: A column or people that there are not; the message suggests the nearest.
        RunError: The folder is damaged, or its ledger and its summary disagree.
    """
    columns = checked_columns(by)
    if people not in (*PEOPLE, ALL):
        known = (*PEOPLE, ALL)
        raise HarmError(f'people: "{short(people)}" is none of {", ".join(known)}{did_you_mean(people, known)}')
    rows = _rows(run, people)
    _check_sums(run, rows, people)
    return _summed(rows, columns)


def checked_columns(by: Sequence[str] | str) -> list[str]:
    """The columns that are meant, each once.

    Raises:
        HarmError: Names every one that there is not, on one line.
    """
    words = [word.strip() for word in (by.split(",") if isinstance(by, str) else by)]
    asked = [OTHER_NAMES.get(word.lower(), word.lower()) for word in words if word]
    if unknown := [word for word in asked if word not in COLUMNS]:
        told = ", ".join(f'no column "{short(word)}"{did_you_mean(word, (*COLUMNS, *OTHER_NAMES))}' for word in unknown)
        raise HarmError(f"by: {told}; there are {', '.join(COLUMNS)}")
    return list(dict.fromkeys(asked))


def _rows(run: Run, people: str) -> pd.DataFrame:
    """Deaths and wounds of the ledger, with every column that can be asked for."""
    import pandas as pd

    events = run.events
    whose = events["people"] != "nobody" if people == ALL else events["people"] == people
    chosen = events[events["kind"].isin(list(SUMS)) & whose]
    first = pd.Timestamp(run.dates[0])
    day = chosen["date"].dt.normalize()
    places = run.neighbourhoods.drop_duplicates("neighbourhood")
    bank_of = dict(zip(places["neighbourhood"].astype(str), places["bank"].astype(str), strict=True))
    place = chosen["neighbourhood"].astype(object).where(chosen["neighbourhood"].notna(), OUTSIDE)
    rows = {
        "day": day,
        "week": first + pd.to_timedelta((day - first).dt.days // 7 * 7, unit="D"),
        "neighbourhood": place,
        "bank": place.map(bank_of).fillna(OUTSIDE),
    }
    rows |= {name: chosen[name].astype(object) for name in ("people", "actor", "cause", "rule")}
    rows |= {
        name: np.where(chosen["kind"] == kind, chosen["count"], 0).astype(np.int64) for kind, name in SUMS.items()
    }
    return pd.DataFrame(rows)


def _check_sums(run: Run, rows: pd.DataFrame, people: str) -> None:
    """The ledger's sums are those of the summary, or neither can be believed."""
    for whose in PEOPLE if people == ALL else (people,):
        part = rows if people != ALL else rows[rows["people"] == whose]
        for name in SUMS.values():
            told, counted = run.summary.get(f"{whose}_{name}", math.nan), int(part[name].sum())
            if math.isfinite(told) and told != counted:
                raise RunError(f"{run.path or 'the run'}: {counted:,} {whose} {name} in its ledger, {told:,.0f} in its summary")


def _summed(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    sums = list(SUMS.values())
    if not columns:
        return rows[sums].sum().to_frame().T.astype(np.int64)
    table = rows.groupby(columns, as_index=False, sort=True, observed=True)[sums].sum()
    keys: dict[str, pd.Series] = {}
    for level, name in enumerate(columns):
        if name not in _TIMES:
            # Of groups that share what stands before this column, the worst come first.
            for total in sums:
                keys[f"{level}{total}"] = -table.groupby(columns[: level + 1], observed=True)[total].transform("sum")
        keys[f"{level}name"] = table[name]
    order = table.assign(**keys).sort_values(list(keys), kind="stable").index
    return table.loc[order].reset_index(drop=True)
