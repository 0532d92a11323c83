"""Food and drinking water: stores, markets, what comes in from outside, and who dies of want."""

from __future__ import annotations

import datetime as dt

from sim.scenario.declare import Section, param


class Food(Section):
    """What people have to eat and drink, and what it does to them to go without."""

    stock_days: float = param(
        30.0, unit="days", low=10, high=60, gt=0, le=5000,
        meaning="Food in store in a household at the start, median",
        source="OCHA 25 Dec 2016: stocks in the west not replenished for a month; 1 Jan 2017: dwindling", grade="assumed",
    )  # fmt: skip
    stock_spread: float = param(
        0.7, unit="-", low=0.3, high=1.2, ge=0, le=5,
        meaning="Standard deviation between households of the logarithm of their store", source="no source", grade="assumed",
    )  # fmt: skip
    traders_days: float = param(
        60.0, unit="days", low=20, high=120, ge=0, le=5000,
        meaning="Food that the city's traders have in stock at the start, in days of what all residents eat",
        source="WFP Jan 2017: staples to be had in the west at double the price, two months after the roads were cut",
        grade="assumed",
    )  # fmt: skip
    ration_days: float = param(
        30.0, unit="days", low=7, high=60, gt=0, le=5000,
        meaning="Traders' stock below which less than is needed comes to market, in days of full sale",
        source="OCHA 1 Jan 2017: prices of staples spiral five weeks after the roads were cut", grade="assumed",
    )  # fmt: skip
    roads_cut_from: dt.date | None = param(
        None, unit="date", role="policy",
        meaning="First day on which no road brings goods to held ground, whatever ways out are open to the defenders: a decision "
        "outside the city; never where empty",
        source="see the scenario", grade="measured",
    )  # fmt: skip
    market_danger: float = param(
        0.3, unit="danger", low=0.1, high=1.0, ge=0, le=1000,
        meaning="Danger, mean of a quarter, above which there is no market and no aid in it",
        source="as what sends households into shelter; no source", grade="assumed",
    )  # fmt: skip
    market_days: float = param(
        7.0, unit="days", low=2, high=30, ge=0, le=5000,
        meaning="Time after a quarter is freed until markets and aid feed it",
        source="OCHA Dec 2016: distributions in freed quarters sporadic; no source for the time", grade="assumed",
    )  # fmt: skip
    shelter_access: float = param(
        0.3, unit="fraction", low=0.0, high=0.8, ge=0, le=1,
        meaning="Share of what the market offers that a household gets which shelters or is trapped at home", source="no source",
        grade="assumed",
    )  # fmt: skip
    refill_per_day: float = param(
        1.0, unit="days of food/day", low=0.2, high=3.0, ge=0, le=1000,
        meaning="Food that a household puts by in a day, beyond what it eats, where goods come in from outside",
        source="no source", grade="assumed",
    )  # fmt: skip
    hunger_days: float = param(
        20.0, unit="days", low=10, high=40, gt=0, le=100_000,
        meaning="Time in which hunger comes within 1/e of what eating so little leads to, and in which it fades again",
        source="a third of the 46 to 73 days after which hunger strikers of 1981 died", grade="estimated",
    )  # fmt: skip
    airdrop_persons: int = param(
        0, unit="persons", low=0, high=400_000, ge=0, le=10_000_000, role="policy", when="any_day",
        meaning="Persons whom airdrops feed on held ground to which no road brings goods", source="the record has none",
        grade="measured",
    )  # fmt: skip
    starving_death: float = param(
        1.7e-4, unit="deaths per person and day", low=0.5e-4, high=1e-3, ge=0, le=1,
        meaning="Hazard of death where there has been nothing to eat for long, of those who are not frail; at half the hunger a "
        "quarter of it",
        source="IPC 2012: famine from 2 per 10,000 a day on, here of all with a fifth of them frail", grade="estimated",
    )  # fmt: skip
    thirst_death: float = param(
        1.6e-5, unit="deaths per person and day", low=0.5e-5, high=2e-4, ge=0, le=1,
        meaning="Hazard of death where none of the water that is needed is to be had, of those who are not frail; in proportion "
        "where some is",
        source="Sphere 2011: emergency where the crude death rate doubles, Middle East from 0.16 to 0.3 per 10,000 a day",
        grade="assumed",
    )  # fmt: skip
    frail_factor: float = param(
        2.0, unit="-", low=1.0, high=4.0, ge=0, le=1000,
        meaning="Hazard of those under five or over sixty against that of the others",
        source="IPC 2012, Sphere 2011: thresholds for under fives are twice the crude ones", grade="estimated",
    )  # fmt: skip
    water_need_l: float = param(
        15.0, unit="l/person/day", low=7.5, high=20, gt=0, le=1000, meaning="Water that a person needs",
        source="Sphere 2011: 15 litres", grade="measured",
    )  # fmt: skip
    tank_days: float = param(
        5.0, unit="days", low=1, high=11, ge=0, le=1000,
        meaning="Water in a household's tank when its pipes run dry, in days of what it needs",
        source="high: a roof tank of 1,000 l for six at 15 l/day; no source", grade="assumed",
    )  # fmt: skip
    wells_l: float = param(
        7.5, unit="l/person/day", low=3.0, high=15, ge=0, le=1000,
        meaning="Water that a person gets from wells and tankers where the pipes are dry",
        source="Sphere 2011: 7.5 l for survival; OCHA 1 Jan 2017: boreholes dry up or turn brackish", grade="assumed",
    )  # fmt: skip
