"""The one declaration of what a run reports: outcomes, daily series, values per place, map layers.

``docs/outcomes.md`` is generated from here, summaries are checked against here, and readers get their units
from here. ``<bank>`` in a name stands for each bank that the city names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

How = Literal["last", "peak", "lowest", "sum", "given"]
_BANK = "<bank>"


@dataclass(frozen=True, slots=True)
class Series:
    """A number recorded every day.

    Attributes:
        name: Column of ``daily.parquet`` or ``neighbourhoods.parquet``, or layer of ``frames.npz``.
        unit: Its unit.
        meaning: What it counts, in one line.
    """

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number that sums up a run.

    Attributes:
        name: Key in ``summary.json``.
        unit: Its unit.
        meaning: What it says, in one line.
        group: Heading under which people read it.
        how: How it follows from a daily series; ``given`` where the model states it.
        series: That daily series; the outcome's own name where empty.
        ledger: Kind and people of the ledger's rows whose counts add up to it.
    """

    name: str
    unit: str
    meaning: str
    group: str
    how: How = "last"
    series: str = ""
    ledger: tuple[str, str] | None = None


GROUPS = ("Course", "Civilians", "Forces", "Strikes and bombs", "City and services")
COURSE, PEOPLE, FORCES, STRIKES, CITY = GROUPS

OUTCOMES: tuple[Outcome, ...] = (
    Outcome("liberated", "yes/no", "1 where the city was liberated within the run, else 0", COURSE, "given"),
    Outcome("attack_failed", "yes/no", "1 where the attack broke off or stalled, else 0", COURSE, "given"),
    Outcome("days_simulated", "days", "days from the start to the end of the run", COURSE, "given"),
    Outcome("days_to_liberation", "days", "from start to liberation; empty where it failed", COURSE, "given"),
    Outcome("liberated_share", "share", "built-up cells held by liberators at the end", COURSE),
    Outcome("liberated_share_<bank>", "share", "the same, of this bank", COURSE),
    Outcome("neighbourhoods_liberated", "neighbourhoods", "those that liberators hold at the end", COURSE),
    Outcome("neighbourhoods_with_combat", "neighbourhoods", "those that saw ground combat", COURSE),
    Outcome("civilians_killed", "persons", "residents killed", PEOPLE, ledger=("death", "civilians")),
    Outcome("civilians_wounded", "persons", "residents wounded", PEOPLE, ledger=("wound", "civilians")),
    Outcome("displaced", "persons", "residents who left home at any time", PEOPLE),
    Outcome("left_city", "persons", "residents who left the city at any time", PEOPLE),
    Outcome("in_camps_peak", "persons", "most people in camps on any day", PEOPLE, "peak", "in_camps"),
    Outcome("camp_overflow", "persons", "residents who wanted a camp and found every open one full", PEOPLE),
    Outcome("trapped_peak", "persons", "most people trapped on any day", PEOPLE, "peak", "trapped"),
    Outcome("shields", "persons", "residents driven along as shields", PEOPLE),
    Outcome("defenders_killed", "persons", "defenders killed", FORCES, ledger=("death", "defenders")),
    Outcome("defenders_wounded", "persons", "defenders wounded", FORCES, ledger=("wound", "defenders")),
    Outcome("defenders_strength", "persons", "defenders able to fight at the end", FORCES),
    Outcome("defenders_escaped", "persons", "defenders who left the city", FORCES),
    Outcome("leaders_lost", "leaders", "commanders of sectors lost", FORCES),
    Outcome("liberators_killed", "persons", "liberators killed", FORCES, ledger=("death", "liberators")),
    Outcome("liberators_wounded", "persons", "liberators wounded", FORCES, ledger=("wound", "liberators")),
    Outcome("liberators_strength", "persons", "liberators able to fight at the end", FORCES),
    Outcome("coalition_killed", "persons", "special forces killed on raids", FORCES, ledger=("death", "coalition")),
    Outcome("coalition_wounded", "persons", "special forces wounded on raids", FORCES, ledger=("wound", "coalition")),
    Outcome("resistance_killed", "persons", "people of resistance cells caught, killed", FORCES, ledger=("death", "resistance")),
    Outcome("leaders_killed", "persons", "commanders of the defenders and their guards killed", FORCES),
    Outcome("isr_detections", "sightings", "new sightings of teams by surveillance orbits", STRIKES),
    Outcome("human_reports", "reports", "reports of teams by residents and resistance cells", STRIKES),
    Outcome("targets_nominated", "targets", "targets put up for approval, again too", STRIKES),
    Outcome("targets_approved", "targets", "targets approved", STRIKES),
    Outcome("strikes_refused", "strikes", "targets refused because of expected civilian dead", STRIKES),
    Outcome("targets_lapsed", "targets", "targets that were not served before they were lost from sight", STRIKES),
    Outcome("hours_to_strike", "h", "from detection to strike, mean; 0 where nothing was struck", STRIKES),
    Outcome("air_strikes", "strikes", "air strikes on targets in and around the city", STRIKES),
    Outcome("strikes_light", "strikes", "air strikes with light weapons", STRIKES),
    Outcome("strikes_medium", "strikes", "air strikes with medium weapons", STRIKES),
    Outcome("strikes_heavy", "strikes", "air strikes with heavy weapons", STRIKES),
    Outcome("strikes_missed", "strikes", "air strikes that missed, or found nobody there", STRIKES),
    Outcome("artillery_missions", "missions", "artillery fire missions", STRIKES),
    Outcome("raids", "raids", "raids on leaders and demolition parties", STRIKES),
    Outcome("strike_deaths", "persons", "residents killed by air strikes and artillery", PEOPLE),
    Outcome("strike_deaths_expected", "persons", "residents whose death was expected of those strikes", PEOPLE),
    Outcome("trust", "share", "residents' trust in the liberators at the end, mean", PEOPLE),
    Outcome("fear", "share", "residents' fear of reprisal at the end, mean", PEOPLE),
    Outcome("mortar_missions", "missions", "fire missions of the defenders' mortars", STRIKES),
    Outcome("svbied_attacks", "attacks", "attacks by vehicle bombs", STRIKES),
    Outcome("svbied_hits", "attacks", "vehicle bombs that reached their target", STRIKES),
    Outcome("ied_blasts", "blasts", "improvised mines set off", STRIKES),
    Outcome("drone_attacks", "attacks", "attacks by the defenders' small drones", STRIKES),
    Outcome("counter_attacks", "attacks", "counter-attacks of the defenders", STRIKES),
    Outcome("cells_taken_back", "cells", "cells that defenders took back", STRIKES),
    Outcome("loads_issued", "loads", "loads of ammunition issued to platoons", FORCES),
    Outcome("dry_platoon_hours", "platoon-h", "hours of platoons that were out of ammunition", FORCES),
    Outcome("friendly_fire", "incidents", "incidents of friendly fire between forces", STRIKES),
    Outcome("buildings_damaged_share", "share", "buildings damaged or destroyed at the end", CITY),
    Outcome("bridges_open_fewest", "bridges", "fewest open on any day", CITY, "lowest", "bridges_open"),
    Outcome("bridges_open", "bridges", "open at the end", CITY),
    Outcome("bridges_blown", "bridges", "times that the defenders cut a bridge", CITY),
    Outcome(
        "bridges_saved", "bridges", "bridges meant to be blown that came into the liberators' hands uncut, both ends", CITY
    ),
    Outcome("charges_failed", "charges", "charges fired that did not cut the bridge", CITY),
    Outcome("charges_made_safe", "charges", "charges, ready or not, that liberators made safe", CITY),
    Outcome("rig_parties_lost", "parties", "parties of miners wiped out at a bridge or on the way to it", CITY),
    Outcome("bridges_replaced", "bridges", "times that a span or a floating bridge opened in place of a cut one", CITY),
    Outcome("bridges_repaired", "bridges", "cut bridges that engineers made whole", CITY),
    Outcome("pontoons_lost", "bridges", "floating bridges that floods carried away, or that were blown or struck", CITY),
    Outcome("spans_lost", "bridges", "replacement spans that were blown or struck", CITY),
    Outcome("flood_days", "days", "days of the run with the river in flood", CITY),
    Outcome("crossed_by_bridge", "persons", "residents who went onto a bridge, each time they did", PEOPLE),
    Outcome("crossed_by_boat", "persons", "residents who went onto the river by boat, each time they did", PEOPLE),
    Outcome(
        "waiting_to_cross_peak", "persons", "most people waiting for room on a bridge or boat at the end of any day", PEOPLE,
        "peak", "waiting_to_cross",
    ),
    Outcome(
        "cut_off_peak", "persons", "most people trapped on any day for want of a way out of the city, as by blown bridges",
        PEOPLE, "peak", "cut_off",
    ),
    Outcome("platoon_crossings", "platoons", "platoons that went onto a bridge, each time they did", FORCES),
    Outcome("fighter_crossings", "persons", "defenders who went onto a bridge, each time they did", FORCES),
    Outcome(
        "person_days_without_power", "person-days", "people without power, summed over days", CITY, "sum",
        "persons_without_power",
    ),
    Outcome(
        "person_days_without_water", "person-days", "people without water, summed over days", CITY, "sum",
        "persons_without_water",
    ),
    Outcome(
        "person_days_without_care", "person-days", "people short of hospitals on their side of the line, summed over days",
        CITY, "sum", "persons_without_care",
    ),
    Outcome("crew_days", "crew-days", "work that crews did on power, water and hospitals", CITY),
    Outcome("trauma_cases", "persons", "residents wounded within the run's whole days", PEOPLE),
    Outcome("trauma_without_care", "persons", "trauma cases for whom no hospital in reach had room", PEOPLE),
    Outcome("deaths_without_care", "persons", "trauma cases without care who died; among those killed", PEOPLE),
)  # fmt: skip

SERIES: tuple[Series, ...] = (
    Series("liberated_share", "share", "built-up cells held by liberators"),
    Series("liberated_share_<bank>", "share", "the same, of this bank"),
    Series("neighbourhoods_liberated", "neighbourhoods", "neighbourhoods held by liberators"),
    Series(
        "neighbourhoods_with_combat", "neighbourhoods", "neighbourhoods that have seen ground combat so far"
    ),
    Series("defenders_strength", "persons", "defenders able to fight in the city"),
    Series("defenders_killed", "persons", "defenders killed so far"),
    Series("defenders_wounded", "persons", "defenders wounded so far"),
    Series("liberators_strength", "persons", "liberators able to fight"),
    Series("liberators_killed", "persons", "liberators killed so far"),
    Series("liberators_wounded", "persons", "liberators wounded so far"),
    Series("civilians_killed", "persons", "residents killed so far"),
    Series("civilians_wounded", "persons", "residents wounded so far"),
    Series("displaced", "persons", "residents who have left home so far, counted once each"),
    Series("left_city", "persons", "residents who have left the city so far, counted once each"),
    Series("in_camps", "persons", "residents in camps"),
    Series("hosted", "persons", "residents away from home with host families, in or out of the city"),
    Series("on_the_way", "persons", "residents on the way"),
    Series("sheltering", "persons", "residents at home, sheltering from fighting nearby"),
    Series("trapped", "persons", "residents at home who want to leave and cannot"),
    Series("at_home", "persons", "residents at home"),
    Series("shields", "persons", "residents driven along as shields so far"),
    Series("camp_overflow", "persons", "residents who wanted a camp and found every open one full, so far"),
    Series("isr_detections", "sightings", "new sightings of teams by surveillance orbits so far"),
    Series("human_reports", "reports", "reports of teams by residents and resistance cells so far"),
    Series("targets_nominated", "targets", "targets put up for approval so far, again too"),
    Series("targets_approved", "targets", "targets approved so far"),
    Series("strikes_refused", "strikes", "targets refused because of expected civilian dead, so far"),
    Series("targets_lapsed", "targets", "targets that were not served before they were lost from sight, so far"),
    Series("air_strikes", "strikes", "air strikes so far"),
    Series("strikes_light", "strikes", "air strikes with light weapons so far"),
    Series("strikes_medium", "strikes", "air strikes with medium weapons so far"),
    Series("strikes_heavy", "strikes", "air strikes with heavy weapons so far"),
    Series("strikes_missed", "strikes", "air strikes that missed, or found nobody there, so far"),
    Series("artillery_missions", "missions", "artillery fire missions so far"),
    Series("raids", "raids", "raids on leaders and demolition parties so far"),
    Series("strike_deaths", "persons", "residents killed by air strikes and artillery so far"),
    Series("strike_deaths_expected", "persons", "residents whose death was expected of those strikes, so far"),
    Series("hours_to_strike", "h", "from detection to strike, mean so far; 0 where nothing was struck"),
    Series("leaders_killed", "persons", "commanders of the defenders and their guards killed so far"),
    Series("coalition_killed", "persons", "special forces killed on raids so far"),
    Series("coalition_wounded", "persons", "special forces wounded on raids so far"),
    Series("resistance_killed", "persons", "people of resistance cells caught and killed so far"),
    Series("trust", "share", "residents' trust in the liberators, mean"),
    Series("fear", "share", "residents' fear of reprisal, mean"),
    Series("mortar_missions", "missions", "fire missions of the defenders' mortars so far"),
    Series("svbied_attacks", "attacks", "attacks by vehicle bombs so far"),
    Series("svbied_hits", "attacks", "vehicle bombs that reached their target so far"),
    Series("ied_blasts", "blasts", "improvised mines set off so far"),
    Series("drone_attacks", "attacks", "attacks by the defenders' small drones so far"),
    Series("counter_attacks", "attacks", "counter-attacks of the defenders so far"),
    Series("cells_taken_back", "cells", "cells that defenders took back so far"),
    Series("leaders_lost", "leaders", "commanders of sectors lost so far"),
    Series("defenders_escaped", "persons", "defenders who left the city so far"),
    Series("loads_issued", "loads", "loads of ammunition issued to platoons so far"),
    Series("dry_platoon_hours", "platoon-h", "hours of platoons that were out of ammunition so far"),
    Series("friendly_fire", "incidents", "incidents of friendly fire between forces so far"),
    Series("bridges_open", "bridges", "bridges that carry traffic"),
    Series("pontoons_open", "bridges", "floating bridges that carry traffic"),
    Series("spans_open", "bridges", "bridges open by a replacement span"),
    Series("bridges_rigged", "bridges", "bridges that stand with a charge ready"),
    Series("bridges_blown", "bridges", "times that the defenders cut a bridge, so far"),
    Series("bridges_saved", "bridges", "bridges meant to be blown, never cut, with both ends in the liberators' hands"),
    Series("charges_failed", "charges", "charges fired that did not cut the bridge, so far"),
    Series("charges_made_safe", "charges", "charges, ready or not, that liberators made safe, so far"),
    Series("rig_parties_lost", "parties", "parties wiped out at a bridge or on the way to it, so far"),
    Series("bridges_replaced", "bridges", "times that a span or a floating bridge opened in place of a cut one, so far"),
    Series("bridges_repaired", "bridges", "cut bridges that engineers made whole, so far"),
    Series("pontoons_lost", "bridges", "floating bridges that floods carried away, or that were blown or struck, so far"),
    Series("spans_lost", "bridges", "replacement spans that were blown or struck, so far"),
    Series("flood_days", "days", "days with the river in flood, so far"),
    Series("crossed_by_bridge", "persons", "residents who went onto a bridge so far, each time they did"),
    Series("crossed_by_boat", "persons", "residents who went onto the river by boat so far, each time they did"),
    Series("waiting_to_cross", "persons", "residents who wait for room on a bridge or in a boat"),
    Series("cut_off", "persons", "residents among the trapped who have no way out of the city, or only one with a long wait"),
    Series("platoon_crossings", "platoons", "platoons that went onto a bridge so far, each time they did"),
    Series("fighter_crossings", "persons", "defenders who went onto a bridge so far, each time they did"),
    Series("buildings_damaged_share", "share", "buildings damaged or destroyed"),
    Series("persons_without_power", "persons", "residents in the city without power"),
    Series("persons_without_water", "persons", "residents in the city without water"),
    Series("persons_without_care", "persons", "residents in the city short of hospitals on their side of the line"),
    Series("crew_days", "crew-days", "work that crews did on power, water and hospitals so far"),
    Series("trauma_cases", "persons", "residents wounded so far, to the end of the day"),
    Series("trauma_without_care", "persons", "trauma cases for whom no hospital in reach had room, so far"),
    Series("deaths_without_care", "persons", "trauma cases without care who died so far; among those killed"),
    Series("contact_platoons", "platoons", "platoons of liberators in contact in the last tick"),
    Series("axes_halted", "axes", "axes of advance that pause to refit"),
)

PLACE_SERIES: tuple[Series, ...] = (
    Series("control_share", "share", "built-up cells held by liberators"),
    Series("persons", "persons", "residents present"),
    Series("displaced", "persons", "residents who have left home so far"),
    Series("civilians_killed", "persons", "residents killed here so far"),
    Series("damage", "share", "buildings damaged or destroyed"),
    Series("powered", "share", "1 where the neighbourhood has power, 0 where it has none"),
    Series("watered", "share", "1 where the neighbourhood has water, 0 where it has none"),
)

LAYERS: tuple[Series, ...] = (
    Series("control", "code", "0 nobody, 1 defenders, 2 liberators, 3 contested"),
    Series("damage", "percent", "buildings damaged or destroyed, 0 to 100"),
    Series("persons", "persons", "residents in the cell"),
)


def expand(names: Iterable[str], banks: Sequence[str]) -> list[str]:
    """Names with ``<bank>`` replaced by each bank in turn."""
    full: list[str] = []
    for name in names:
        full.extend(name.replace(_BANK, bank) for bank in banks) if _BANK in name else full.append(name)
    return full


def outcome_names(banks: Sequence[str]) -> list[str]:
    """Every key of the summary of a city with these banks, in order."""
    return expand((outcome.name for outcome in OUTCOMES), banks)


def find_outcome(name: str) -> Outcome | None:
    """The declaration behind a key of a summary."""
    for outcome in OUTCOMES:
        stem, is_banked, _ = outcome.name.partition(_BANK)
        if name == outcome.name or (is_banked and name.startswith(stem) and len(name) > len(stem)):
            return outcome
    return None


def summarise(daily: pd.DataFrame, given: Mapping[str, float], banks: Sequence[str]) -> dict[str, float]:
    """Outcomes of a run, each by its declared rule.

    Args:
        daily: Daily series, as the recorder makes them.
        given: Outcomes that the model states itself (``how="given"``); NaN for what did not happen.
        banks: Names of the city's banks.

    Raises:
        ValueError: A series is missing, or the given outcomes are not the declared ones.
    """
    wanted = {outcome.name for outcome in OUTCOMES if outcome.how == "given"}
    if wanted != given.keys():
        raise ValueError(f"outcomes to be given: {sorted(wanted ^ given.keys())} missing or too many")
    summary: dict[str, float] = {}
    for outcome in OUTCOMES:
        for bank in banks if _BANK in outcome.name else ("",):
            name = outcome.name.replace(_BANK, bank)
            series = (outcome.series or outcome.name).replace(_BANK, bank)
            if outcome.how == "given":
                summary[name] = given[name]
            elif series not in daily:
                raise ValueError(f"outcome {name} needs the daily series {series}")
            else:
                summary[name] = _reduce(daily[series], outcome.how)
    return summary


def _reduce(series: pd.Series, how: How) -> float:
    values = series.to_numpy()
    whole = values.dtype.kind in "iu"
    if values.size == 0:
        return math.nan
    number = {"peak": values.max, "lowest": values.min, "sum": values.sum}.get(how, values[-1].item)()
    return int(number) if whole else float(number)


def ledger_mismatches(events: pd.DataFrame, summary: Mapping[str, float]) -> list[str]:
    """Outcomes that the ledger's rows do not add up to, one line each; empty where all agree."""
    wrong = []
    for outcome in OUTCOMES:
        if outcome.ledger is None:
            continue
        kind, people = outcome.ledger
        rows = (events["kind"] == kind) & (events["people"] == people)
        total = int(events.loc[rows, "count"].to_numpy().astype(np.int64).sum())
        if total != summary[outcome.name]:
            wrong.append(f"{outcome.name}: summary {summary[outcome.name]:g}, ledger {total}")
    return wrong
