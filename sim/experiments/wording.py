"""Differences in words: paragraphs, lines for a terminal, a table for notebooks."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from sim.experiments.phrases import many, names
from sim.record.reading import label_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_MOST = 6
_SAVES_NOTHING = 0.01
_SHARES = frozenset({"share", "yes/no"})
_MARKS = {"real": "real", "weak": "perhaps", "none": "-", "identical": "identical", "too few": "too few"}
_LABEL, _NUMBER, _RANGE = 27, 11, 25


def number(value: float, unit: str, *, signed: bool = False, like: float = math.nan) -> str:
    """A mean or a difference as people write it, to three digits or four: ``12,340``, ``1.2%``, ``+0.4 pp``; ``-`` for none.

    Args:
        value: The number.
        unit: Its unit; shares are told in percent, differences of shares in percentage points.
        signed: Whether it is a difference.
        like: A number of the size by which digits are counted; its own where NaN.
    """
    if math.isnan(value):
        return "-"
    scale = 100.0 if unit in _SHARES else 1.0
    value *= scale
    size = max(abs(value), abs(like) * scale if not math.isnan(like) else 0.0)
    whole = value == int(value) and math.isnan(like)
    digits = 0 if size >= 1000 or whole else 1 if size >= 10 else 2 if size >= 0.1 else 4
    rounded = round(value, 3 - len(str(int(size)))) if size >= 10_000 else value
    rounded = round(rounded, digits) + 0.0  # no negative zeros
    text = f"{rounded:+,.{digits}f}" if signed and rounded else f"{rounded:,.{digits}f}"
    return text + ((" pp" if signed else "%") if unit in _SHARES else "")


def label(name: str) -> str:
    """A name of an outcome within a sentence: ``civilians killed``, ``SVBIED hits``."""
    text = label_text(name)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def percent(share: float) -> str:
    """A relative difference: ``+12%``; empty where the base is 0 or unknown."""
    if not math.isfinite(share):
        return ""
    return f"{100 * share:+,.1f}%" if abs(share) < 0.0995 else f"{100 * share:+,.0f}%"


def interval(row: pd.Series[float]) -> str:
    """The interval of a difference."""
    low, high, unit = row["low"], row["high"], str(row["unit"])
    if math.isnan(low):
        return "-"
    size = max(abs(low), abs(high)) if low != high else math.nan
    return " to ".join(number(end, unit, signed=True, like=size).removesuffix(" pp") for end in (low, high)) + (
        " pp" if unit in _SHARES else "")  # fmt: skip


def seeds_words(row: pd.Series[float]) -> str:
    """How many runs stand behind a difference."""
    if row["paired"]:
        return many(int(row["runs"]), "paired seed")
    return f"{row['runs_base']} and {row['runs']} runs, unpaired"


def spread_words(rows: pd.DataFrame) -> str:
    """How many runs stand behind the differences of several variants: ``20 paired seeds``, ``6 to 10 paired seeds``."""
    least, most = int(rows["runs"].min()), int(rows["runs"].max())
    what = "paired seed" if rows["paired"].all() else "run"
    return many(most, what) if least == most else f"{least} to {many(most, what)}"


def comparison_words(table: pd.DataFrame, base: str, variants: Sequence[str], notes: Sequence[str]) -> str:
    """One paragraph for each variant."""
    paragraphs = [_paragraph(table[table["variant"] == name], name, base) for name in variants]
    return "\n\n".join([*paragraphs, *([" ".join(notes)] if notes else [])])


def _paragraph(rows: pd.DataFrame, variant: str, base: str) -> str:
    order = rows.sort_values(["p", "outcome"], kind="stable")
    kinds = {kind: order[order["verdict"] == kind] for kind in _MARKS}
    lines = [f"{variant} against {base}, {seeds_words(rows.iloc[0])}, 90% intervals."]
    if len(kinds["identical"]) == len(rows):
        return " ".join([*lines, "Every outcome is identical in every pair."])
    if len(kinds["real"]):
        lines.append(f"Real: {_told(kinds['real'])}.")
    elif len(kinds["too few"]) < len(rows):
        lines.append("No difference is sure enough to be called real.")
    if len(kinds["weak"]):
        lines.append(f"Perhaps, though with {len(rows)} outcomes some intervals leave 0 out by chance: {_told(kinds['weak'])}.")
    for kind, words in (("none", "No difference seen in"), ("identical", "Identical in every pair:")):
        if len(kinds[kind]):
            lines.append(f"{words} {_names(kinds[kind])}.")
    holes = rows[has_holes(rows)]
    few = kinds["too few"]
    if len(few := few[(few["used"] > 0) | ~has_holes(few)]):
        lines.append(f"Too few runs to say anything about {_names(few)}.")
    lines += [_empty_words(row, variant, base) for _, row in holes.iterrows()]
    if worth := worth_words(rows):
        lines.append(worth)
    return " ".join(lines)


def _told(rows: pd.DataFrame) -> str:
    texts = []
    for _, row in rows.head(_MOST).iterrows():
        unit = str(row["unit"])
        step = ", ".join(part for part in (percent(row["relative"]), interval(row)) if part)
        texts.append(
            f"{label(row['outcome'])} {number(row['base_mean'], unit)} to {number(row['mean'], unit)} ({step})"
        )
    more = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")


def _names(rows: pd.DataFrame) -> str:
    return names([label(name) for name in rows["outcome"]], _MOST)


def has_holes(rows: pd.DataFrame) -> pd.Series[bool]:
    """Of each row, whether some of its runs have no value: what the outcome counts did not happen."""
    return rows["empty_base"] + rows["empty"] + rows["empty_both"] > 0


def _empty_words(row: pd.Series[float], variant: str, base: str) -> str:
    counts = [
        f"{row[column]} {where}"
        for column, where in (("empty_base", f"in {base} alone"), ("empty", f"in {variant} alone"), ("empty_both", "in both"))
        if row[column]
    ]
    if not row["paired"]:
        counts = [count.replace(" alone", "") for count in counts]
    of = f"{row['runs']} pairs" if row["paired"] else f"{row['runs_base']} and {row['runs']} runs"
    rest = f"compared are the {row['used']} in which it is there" if row["used"] else "so it cannot be compared"
    return f"{label_text(str(row['outcome']))} is empty in some of {of} ({', '.join(counts)}): {rest}."


def plain(mechanism: str) -> str:
    """A mechanism's name as people write it."""
    return mechanism.replace("_", " ")


def holes_words(table: pd.DataFrame) -> list[str]:
    """Of an ablation: a sentence for each outcome that some runs have no value of."""
    lines = []
    for outcome, rows in table[has_holes(table)].groupby("outcome", sort=False):
        found = [row for _, row in rows.iterrows()]
        most = max(found, key=lambda row: row["empty_base"] + row["empty_both"])
        counts = [f"{most['empty_base'] + most['empty_both']} of {most['runs_base']} as it stands"] + [
            f"{row['empty'] + row['empty_both']} of {row['runs']} with {plain(str(row['mechanism']))} {row['turned']}"
            for row in found
            if row["empty_base"] or row["empty"]
        ]
        told = f"{label_text(str(outcome))} has no value in some runs ({names(counts)})"
        there = table.loc[table["outcome"] == outcome, "used"].any()
        lines.append(f"{told}: {'differences rest on the pairs in which it is there' if there else 'it cannot be compared'}.")
    return lines


def worth_words(rows: pd.DataFrame) -> str:
    """What pairing saved, over the outcomes of some rows; empty where it cannot be told."""
    # What a change does not reach is identical by itself, and says nothing of pairing.
    saved = rows.loc[rows["verdict"] != "identical", "variance_saved"].dropna()
    if saved.empty:
        return ""
    middle = float(saved.median())
    of = f"(median of {len(saved)} differences)" if len(saved) > 1 else ""
    if middle < _SAVES_NOTHING:
        return f"Pairing saved next to nothing {of}".rstrip() + "."
    factor = f"worth {1 / (1 - middle):.1f} times the seeds" if middle < 1 else "worth more than any number of seeds"
    return f"Pairing took {100 * middle:.0f}% of the variance away, {factor} {of}".rstrip() + "."


def table_lines(table: pd.DataFrame, base: str, variants: Sequence[str]) -> list[str]:
    """The table for a terminal, within 110 columns."""
    lines = []
    for variant in variants:
        rows = table[table["variant"] == variant]
        lines += ["", f"{variant}  against  {base}  ({seeds_words(rows.iloc[0])})"[:110]]
        head = ("base", "variant", "difference", "")
        lines.append(f"  {'':<{_LABEL}}" + "".join(f"{word:>{_NUMBER}}" for word in head) + f"{'90% interval':>{_RANGE}}")
        lines += [_line(row) for _, row in rows.iterrows()]
    return lines


def _line(row: pd.Series[float]) -> str:
    unit = str(row["unit"])
    texts = (number(row["base_mean"], unit), number(row["mean"], unit), number(row["difference"], unit, signed=True))
    numbers = "".join(f"{text:>{_NUMBER}}" for text in (*texts, percent(row["relative"])))
    name = label_text(str(row["outcome"]))
    return f"  {name[:_LABEL]:<{_LABEL}}{numbers}{interval(row):>{_RANGE}}  {_MARKS[str(row['verdict'])]}"


def comparison_html(table: pd.DataFrame, words: str) -> str:
    """The table and the words for a notebook, in the reader's own colours."""
    cells = [
        [
            str(row["variant"]), label_text(row["outcome"]),
            number(row["base_mean"], row["unit"]), number(row["mean"], row["unit"]),
            number(row["difference"], row["unit"], signed=True), percent(row["relative"]), interval(row), _MARKS[row["verdict"]],
        ]
        for _, row in table.iterrows()
    ]  # fmt: skip
    heads = ("variant", "outcome", "base", "variant", "difference", "", "90% interval", "")
    head = "".join(f"<th style='text-align:left'>{word}</th>" for word in heads)
    lines = ("".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in row) for row in cells)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in words.split("\n\n"))
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{paragraphs}</div>"


def picture_table(table: pd.DataFrame) -> pd.DataFrame:
    """What a picture of differences needs, texts included: it knows nothing of units."""
    return table.assign(
        label=[label_text(name) for name in table["outcome"]],
        base_text=[number(mean, unit) for mean, unit in zip(table["base_mean"], table["unit"], strict=True)],
        text=[number(mean, unit) for mean, unit in zip(table["mean"], table["unit"], strict=True)],
    )
