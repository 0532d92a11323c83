"""The one declaration of what a run reports: outcomes and daily series; per place and map: :mod:`sim.record.series`.

``docs/outcomes.md`` is generated from here, summaries are checked against here, and readers get their units
from here. ``<bank>`` in a name stands for each bank that the city names, ``<force>`` for each force.
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
_BANK, _FORCE = "<bank>", "<force>"


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
    Outcome("executed", "persons", "residents killed on purpose by the defenders; among those killed", PEOPLE),
    Outcome("displaced", "persons", "residents who left home at any time", PEOPLE),
    Outcome("displaced_again", "persons", "residents who left a house once more after that, each time they did", PEOPLE),
    Outcome("moved_to_kin", "persons", "residents who set out for kin elsewhere in the city, each time they did", PEOPLE),
    Outcome(
        "with_kin_peak", "persons", "most people on any day in another house in the city than their own", PEOPLE, "peak",
        "with_kin",
    ),
    Outcome("turned_back", "persons", "residents whom defenders turned back on the way, each time they did", PEOPLE),
    Outcome("left_city", "persons", "residents who left the city, each time they did", PEOPLE),
    Outcome("returned", "persons", "residents who came home from outside the city, each time they did", PEOPLE),
    Outcome("in_camps_peak", "persons", "most people in camps on any day", PEOPLE, "peak", "in_camps"),
    Outcome("camp_overflow", "persons", "residents who wanted a camp and found every open one full", PEOPLE),
    Outcome(
        "waiting_screening_peak", "persons", "most people waiting for screening at the end of any day", PEOPLE, "peak",
        "waiting_screening",
    ),
    Outcome("informal_peak", "persons", "most people in informal sites on any day", PEOPLE, "peak", "informal"),
    Outcome(
        "beds_short_peak", "persons", "most people out of the city without a bed at the end of any day", PEOPLE, "peak",
        "beds_short",
    ),
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
    Outcome("worst_strike", "persons", "most residents killed by one air strike or artillery mission", PEOPLE),
    Outcome("strike_deaths_expected", "persons", "residents whose death was expected of those strikes", PEOPLE),
    Outcome("trust", "share", "residents' trust in the forces that they face at the end, mean", PEOPLE),
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
    Outcome("waiting_to_cross_peak", "persons", "most people waiting for room on a bridge or boat at the end of any day", PEOPLE,
        "peak", "waiting_to_cross"),
    Outcome("cut_off_peak", "persons", "most people trapped on any day for want of a way out of the city, as by blown bridges",
        PEOPLE, "peak", "cut_off"),
    Outcome("platoon_crossings", "platoons", "platoons that went onto a bridge, each time they did", FORCES),
    Outcome("fighter_crossings", "persons", "defenders who went onto a bridge, each time they did", FORCES),
    Outcome("person_days_without_power", "person-days", "people without power, summed over days", CITY, "sum",
        "persons_without_power"),
    Outcome("person_days_without_water", "person-days", "people without water, summed over days", CITY, "sum",
        "persons_without_water"),
    Outcome("person_days_without_care", "person-days", "people short of hospitals on their side of the line, summed over days",
        CITY, "sum", "persons_without_care"),
    Outcome("crew_days", "crew-days", "work that crews did on power, water and hospitals", CITY),
    Outcome("trauma_cases", "persons", "residents wounded within the run's whole days", PEOPLE),
    Outcome("person_days_cold", "person-days", "people, each by the share of the heat needed that is lacking, summed over days",
        CITY, "sum", "persons_cold"),
    Outcome("trauma_without_care", "persons", "trauma cases for whom no hospital in reach had room", PEOPLE),
    Outcome("deaths_without_care", "persons", "trauma cases without care who died; among those killed", PEOPLE),
    Outcome("persons_hungry_peak", "persons", "most people hungry on any day", PEOPLE, "peak", "persons_hungry"),
    Outcome("person_days_hungry", "person-days", "people hungry, summed over days", PEOPLE, "sum", "persons_hungry"),
    Outcome("food_days_lowest", "days", "least food in store in the homes on any day, mean", PEOPLE, "lowest", "food_days"),
    Outcome("deprivation_deaths", "persons", "residents who died of hunger and thirst; among those killed", PEOPLE),
    Outcome("litres_short_peak", "l/day", "most water short of what people here need on any day", CITY, "peak", "litres_short"),
    Outcome("litres_short", "l", "water short of what people in the city need, summed over days", CITY, "sum"),
)  # fmt: skip


def expand(names: Iterable[str], banks: Sequence[str], forces: Sequence[str] = ()) -> list[str]:
    """Names with ``<bank>`` replaced by each bank in turn, and ``<force>`` by each force."""
    full: list[str] = []
    for name in names:
        mark, each = (_BANK, banks) if _BANK in name else (_FORCE, forces)
        full.extend(name.replace(mark, one) for one in each) if mark in name else full.append(name)
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
