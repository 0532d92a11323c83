"""What a run reports of each day, of each place and on the map: the declarations behind tables and layers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """A number recorded every day.

    Attributes:
        name: Column of ``daily.parquet``, ``neighbourhoods.parquet`` or ``sites.parquet``, or layer of ``frames.npz``.
        unit: Its unit.
        meaning: What it counts, in one line.
    """

    name: str
    unit: str
    meaning: str


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
    Series("executed", "persons", "residents killed on purpose by the defenders so far; among those killed"),
    Series("displaced", "persons", "residents who have left home so far, counted once each"),
    Series("left_city", "persons", "residents who have left the city so far, each time they did"),
    Series("in_camps", "persons", "residents in camps"),
    Series("hosted", "persons", "residents away from home with host families, in or out of the city"),
    Series("informal", "persons", "residents in informal sites, for whom neither camps nor hosts had room"),
    Series("on_the_way", "persons", "residents on the way, out, within the city or back, those who wait for screening included"),
    Series("waiting_screening", "persons", "residents who wait for screening"),
    Series("beds_short", "persons", "residents out of the city without a bed: in informal sites, or waiting for screening"),
    Series("camp_places", "persons", "places built in camps that are open"),
    Series("sheltering", "persons", "residents in a house, sheltering from fighting nearby"),
    Series("trapped", "persons", "residents in a house who want to leave the city and cannot"),
    Series("with_kin", "persons", "residents in another house in the city than their own, as with kin; not in shelter there"),
    Series("at_home", "persons", "residents at home, not in shelter"),
    Series("displaced_again", "persons", "residents who left a house once more after they had left home before, so far"),
    Series("moved_to_kin", "persons", "residents who set out for kin elsewhere in the city so far, each time they did"),
    Series("turned_back", "persons", "residents whom defenders turned back on the way so far, each time they did"),
    Series("returning", "persons", "residents on their way home, from outside the city or within it"),
    Series("returned", "persons", "residents who came home from outside the city so far, each time they did"),
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
    Series("worst_strike", "persons", "most residents killed by one air strike or artillery mission so far"),
    Series("strike_deaths_expected", "persons", "residents whose death was expected of those strikes, so far"),
    Series("hours_to_strike", "h", "from detection to strike, mean so far; 0 where nothing was struck"),
    Series("leaders_killed", "persons", "commanders of the defenders and their guards killed so far"),
    Series("coalition_killed", "persons", "special forces killed on raids so far"),
    Series("coalition_wounded", "persons", "special forces wounded on raids so far"),
    Series("resistance_killed", "persons", "people of resistance cells caught and killed so far"),
    Series("trust", "share", "residents' trust in the forces that they face, mean"),
    Series("coalition_trust", "share", "residents' trust in the coalition, mean"),
    Series("trust_<force>", "share", "residents' trust in this force, mean"),
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
    Series("persons_cold", "persons", "residents in the city, each counted by the share of the heat needed that is lacking"),
    Series("crew_days", "crew-days", "work that crews did on power, water and hospitals so far"),
    Series("trauma_cases", "persons", "residents wounded so far, to the end of the day"),
    Series("trauma_without_care", "persons", "trauma cases for whom no hospital in reach had room, so far"),
    Series("deaths_without_care", "persons", "trauma cases without care who died so far; among those killed"),
    Series("persons_hungry", "persons", "residents who are hungry (hunger above one half), wherever they are"),
    Series("food_days", "days", "food in store in the households that are in the city, mean by persons"),
    Series("traders_days", "days", "food in stock with traders on ground not freed, in days of what people there eat"),
    Series("litres_short", "l/day", "water short of what people in the city need"),
    Series("deprivation_deaths", "persons", "residents who died of hunger and thirst so far; among those killed"),
    Series("contact_platoons", "platoons", "platoons of liberators in contact in the last tick"),
    Series("axes_halted", "axes", "axes of advance that pause to refit"),
)

PLACE_SERIES: tuple[Series, ...] = (
    Series("control_share", "share", "built-up cells held by liberators"),
    Series("persons", "persons", "residents present"),
    Series("displaced", "persons", "residents who have left home so far, counted once each"),
    Series("away", "persons", "residents who are away from home; those who died away are not taken off"),
    Series("civilians_killed", "persons", "residents killed here so far"),
    Series("damage", "share", "buildings damaged or destroyed"),
    Series("powered", "share", "1 where the neighbourhood has power, 0 where it has none"),
    Series("watered", "share", "1 where the neighbourhood has water, 0 where it has none"),
    Series("fed", "share", "share of the food needed that those who get to market had"),
)

SITE_SERIES: tuple[Series, ...] = (
    Series("persons", "persons", "residents who are there; at a screening site those who wait"),
    Series("arrived", "persons", "residents who have come so far, each time they did"),
    Series("waiting", "persons", "residents who wait for screening"),
    Series("places", "persons", "places built in a camp; those that hosts offer; 0 for others"),
    Series("free", "persons", "places that nobody has, and nobody on the road to it was given"),
    Series("short", "persons", "residents there without a bed: who waits for screening, or is in an informal site"),
)

LAYERS: tuple[Series, ...] = (
    Series("control", "code", "0 nobody, 1 defenders, 2 liberators, 3 contested"),
    Series("damage", "percent", "buildings damaged or destroyed, 0 to 100"),
    Series("persons", "persons", "residents in the cell"),
)
