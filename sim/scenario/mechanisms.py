"""The mechanisms of the model that can be switched off, and how: the rows of an ablation.

A mechanism is off where its switch is false, or where the weight, rate or count that drives it has its neutral value.
``<name>`` in a key stands for every entry of that mapping. A scenario may ship with a mechanism off; where ``on`` says how it
acts, it is switched on instead, so that its row still tells what it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

EACH = "<name>"


@dataclass(frozen=True)
class Mechanism:
    """A mechanism with a switch.

    Attributes:
        name: What it is called in tables and by ``--only``.
        off: Dotted keys and the values under which it does nothing.
        meaning: What it does, in one line.
        phase: Phase of the tick in which it acts first (``docs/ODD.md``).
        on: Values under which it acts, for scenarios that ship with it off; empty where there is no obvious one.
    """

    name: str
    off: Mapping[str, Any]
    meaning: str
    phase: str
    on: Mapping[str, Any] = field(default_factory=dict)

    def switched_off(self, scenario: Scenario) -> dict[str, Any]:
        """The changes that take it out of a scenario; empty where it is off there already."""
        return _differing(self.off, scenario)

    def switched_on(self, scenario: Scenario) -> dict[str, Any]:
        """The changes that put it into a scenario that has it off; empty where it is on, or where nobody says how."""
        return {} if self.switched_off(scenario) else _differing(self.on, scenario)


def _differing(wanted: Mapping[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Dotted keys, one for each named entry, whose values the scenario does not have yet."""
    values = scenario.to_dict()
    found = {}
    for key, value in wanted.items():
        head, _, tail = key.partition(f".{EACH}")
        names = _value(values, head) if head != key else {}
        for full in [f"{head}.{name}{tail}" for name in names] if head != key else [key]:
            if _value(values, full) != value:
                found[full] = value
    return found


def _value(values: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401  any parameter's value, or a group
    """The value of a dotted key; names of entries may hold dots."""
    if key in values or "." not in key:
        return values[key]
    head, _, rest = key.partition(".")
    return _value(values[head], rest)


MECHANISMS: tuple[Mechanism, ...] = (
    # The approach and the command of the liberators.
    Mechanism("outer_defence", {"defenders.outer_fighters": 0}, "Fighters around the city delay the approach", "approach"),
    Mechanism("redeployment", {"liberators.redeploy_days": 1000.0}, "Axes march around to the other bank", "approach"),
    Mechanism(
        "forces_kept_out", {"liberators.forces.<name>.may_enter": True}, "Some forces stay outside the city (A7)", "approach"
    ),
    Mechanism(
        "campaign", {"liberators.command": "nearest"}, "Attackers plan; else platoons go to the nearest quarter", "command"
    ),
    Mechanism("garrisons", {"liberators.hold_platoons_per_km2": 0.0}, "Platoons stay behind in freed quarters", "command"),
    Mechanism("assault_reserve", {"liberators.reserve_share": 0.0}, "Axes keep platoons back for those in trouble", "command"),
    Mechanism("shifts", {"liberators.shift_share": 0.0}, "Axes that wait send platoons to the main effort", "command"),
    Mechanism("joint_attacks", {"liberators.join_days": 0.0}, "Axes wait for each other before they attack", "command"),
    Mechanism(
        "open_ring", {"liberators.ring": "encirclement"}, "Ways out that no axis uses stay open to the defenders", "command"
    ),
    Mechanism("fatigue", {"liberators.fatigue_per_h": 0.0}, "Contact wears a platoon's readiness down", "rest"),
    Mechanism("worn_effect", {"liberators.worn_effect": 1.0}, "Worn platoons fight and search less well", "combat"),
    Mechanism("pauses", {"liberators.pause_readiness": 0.0}, "Worn axes halt to refit", "command"),
    Mechanism("refits", {"liberators.refit_strength": 0.0}, "Weak platoons are taken out of the line", "command"),
    Mechanism("replacements", {"liberators.replacements_per_day": 0.0}, "Platoons out of contact are made up again", "rest"),
    Mechanism(
        "loss_tolerance", {"liberators.forces.<name>.loss_tolerance": 1.0}, "Forces that lost too many stop attacking", "command"
    ),
    Mechanism("giving_up", {"liberators.failure_days": 5000}, "An attack without gains is broken off", "recording"),
    Mechanism(
        "unlike_forces",
        {
            "liberators.forces.<name>.quality": 1.0, "liberators.forces.<name>.protection": 1.0,
            "liberators.forces.<name>.morale": 1.0,
        },
        "Forces differ in quality, protection and morale, and are better on the whole than 1", "sensing",
    ),
    Mechanism("friction", {"liberators.friendly_fire_per_h": 0.0}, "Two forces in one cell hit each other", "friction"),
    Mechanism(
        "advisers", {"liberators.advisers": 0.0}, "Adviser teams make axes act together, and lower friction (B8)", "command"
    ),
    # Supply and care of the liberators.
    Mechanism("ammunition", {"supply.load_h": 10_000.0}, "Platoons use their ammunition up (B4)", "combat"),
    Mechanism("road_supply", {"supply.road_loads_per_day": 0.0}, "Ammunition comes up by road", "supply"),
    Mechanism("long_roads", {"supply.reference_km": 5000.0}, "Long roads bring less", "supply"),
    Mechanism("airlift", {"supply.airlift_loads_per_day": 0.0}, "Aircraft bring ammunition to axes that lack it (B4)", "supply"),
    Mechanism("evacuation_delay", {"evacuation.severe": 0.0}, "Severe wounds kill those who come late to surgery", "approach"),
    # The defence.
    Mechanism(
        "planned_defence", {"defenders.command": "nearest"}, "Defenders plan; else teams go to the nearest quarter",
        "defence",
    ),
    Mechanism("reserve", {"defenders.reserve_share": 0.0}, "Some teams are kept back for threatened quarters", "defence"),
    Mechanism("threat", {"defenders.threat_weight": 0.0}, "Command places teams where a front is near", "defence"),
    Mechanism("worn_teams_leave", {"defenders.withdraw_strength": 0.0}, "Teams worn down leave the line", "defence"),
    Mechanism(
        "giving_quarters_up", {"defenders.withdraw_lost_share": 1.0, "defenders.turned_share": 1.0},
        "Quarters mostly lost or turned are given up while a way out exists", "defence",
    ),
    Mechanism("turning", {"defenders.turned_share": 1.0}, "Quarters whose border is lost are given up", "defence"),
    Mechanism("relocation", {"defenders.relocate_per_h": 0.0, "defenders.break_suppression": 10.0},
        "Teams that are located change their position", "breaking off"),
    Mechanism("last_stand", {"defenders.escape_share": 1.0}, "Teams without a post fight on, where they could leave", "defence"),
    Mechanism("escape", {"defenders.escape_share": 0.0}, "Teams without a post leave by a way out of the city", "defence"),
    Mechanism("stay_behind", {"defenders.stay_behind": 0.0}, "Teams hide in quarters that are given up", "defence"),
    Mechanism("hiding", {"defenders.hidden": 1.0}, "Hidden teams are hard to find", "sensing"),
    Mechanism("counter_attacks", {"defenders.counter_share": 0.0}, "Teams attack by night and in bad weather", "counter-attack"),
    Mechanism("taking_back", {"defenders.retake_h": 1000.0}, "Ground that nobody holds is taken back", "clearing"),
    Mechanism("leaders", {"specialists.leader_share": 0.0}, "Orders need commanders, and their loss muddles them", "defence"),
    Mechanism("digging_in", {"movement.dig_in_h": 0.01}, "Positions take time to prepare", "movement"),
    Mechanism("snipers", {"specialists.sniper_share": 0.0}, "Some fighters are snipers, the others infantry", "sensing"),
    Mechanism("pinning", {"snipers.pin": 0.0}, "Snipers' fire suppresses whether it hits or not", "combat"),
    # Seeing and fighting.
    Mechanism(
        "night",
        {
            "sensing.night": 1.0, "combat.night": 1.0, "clearing.night": 1.0, "displacement.night": 1.0,
            "liberators.friction_night": 1.0, "isr.night": 1.0,
        },
        "Night hampers sight, fire, search and flight", "sensing",
    ),
    Mechanism("concealment", {"sensing.concealment": 0.0}, "Cover hides teams that are dug in", "sensing"),
    Mechanism("sight_lines", {"sensing.block_m": 5000.0}, "Buildings stand in the way of sight and fire", "sensing"),
    Mechanism("fire_reveals", {"sensing.fire_located_per_h": 0.0}, "Teams that shoot give themselves away", "combat"),
    Mechanism("area_fire", {"combat.area_fire": 0.0}, "Fire at suspected places", "combat"),
    Mechanism("cover", {"combat.cover_effect": 0.0}, "Cover prevents casualties", "combat"),
    Mechanism("attacker_cover", {"combat.attacker_cover": 0.0}, "Attackers too find some cover", "combat"),
    Mechanism("frontage", {"combat.frontage": 10_000}, "Only so many soldiers can bear on one team", "combat"),
    Mechanism(
        "team_frontage", {"combat.team_frontage": 10_000}, "Only so many fighters can bear on one platoon", "combat"
    ),
    Mechanism("suppression", {"combat.suppression_gain": 0.0}, "Casualties suppress a unit", "combat"),
    Mechanism("crossfire", {"combat.crossfire": 0.0}, "Residents are hit where units fight", "combat"),
    Mechanism("combat_damage", {"harm.damage_combat": 0.0}, "Close combat damages buildings", "combat"),
    Mechanism("urban_movement", {"movement.urban_factor": 1.0}, "Built ground slows military movement", "movement"),
    Mechanism("contact_pace", {"movement.contact_m_per_h": 20_000.0}, "Units go slowly near enemies they know of", "movement"),
    Mechanism("halts", {"evacuation.halt_h": 0.0}, "Platoons that are hit halt for a time", "movement"),
    Mechanism("search_work", {"clearing.platoon_h_per_ha": 0.01}, "Searching ground is work", "clearing"),
    Mechanism("light_search", {"clearing.light_share": 1.0}, "Quarters without defenders are searched lightly", "clearing"),
    Mechanism("contact_slows_search", {"clearing.contact_share": 1.0}, "Platoons in contact search less", "clearing"),
    # Bombs and shells.
    Mechanism("ieds", {"ieds.enabled": False}, "Devices laid in held ground", "clearing"),
    Mechanism("mine_belts", {"ieds.laid_per_day": 0.0}, "Mining parties lay belts ahead of the line", "mining"),
    Mechanism("svbieds", {"svbieds.enabled": False}, "Vehicle bombs", "vehicle bombs"),
    Mechanism("svbied_stock", {"svbieds.stock": 0}, "Vehicle bombs are ready at the start", "vehicle bombs"),
    Mechanism("svbied_workshops", {"svbieds.workshop_per_day": 0.0}, "Workshops make more vehicle bombs", "vehicle bombs"),
    Mechanism("interdiction", {"svbieds.struck_per_h": 0.0}, "Aircraft strike vehicle bombs on their way", "vehicle bombs"),
    Mechanism("barriers", {"svbieds.barrier": 0.0}, "Craters and berms stop vehicle bombs", "vehicle bombs"),
    Mechanism("mortars", {"mortars.enabled": False}, "The defenders' mortars", "fires"),
    Mechanism("small_drones", {"small_drones.enabled": False}, "The defenders' small drones watch and attack", "sensing"),
    # The coalition.
    Mechanism("drones", {"isr.orbits": 0}, "Drones watch held ground (B2)", "surveillance"),
    Mechanism("leader_hunt", {"isr.leaders": 0.0}, "Some drones hunt leaders (B2)", "surveillance"),
    Mechanism("weather", {"isr.bad_weather": 0.0}, "Cloud and dust ground drones and aircraft", "surveillance"),
    Mechanism("human_reports", {"reports.enabled": False}, "Residents and resistance cells tell what they see", "reports"),
    Mechanism("resident_reports", {"reports.per_h": 0.0}, "Residents tell what they see (A8)", "reports"),
    Mechanism("resistance", {"resistance.cells": 0}, "Resistance cells tell what they see (B7)", "reports"),
    Mechanism("training", {"resistance.trained_share": 0.0}, "Special forces train resistance cells (B7)", "reports"),
    Mechanism("betrayal", {"resistance.caught_per_day": 0.0}, "Defenders catch resistance cells", "reports"),
    Mechanism(
        "trust", {"reports.trust_loss": 0.0, "reports.trust_resentment": 0.0, "reports.trust_example": 0.0},
        "Trust in the liberators moves with what happens (A8)", "reports",
    ),
    Mechanism("trust.who_holds", {"reports.trust_contact": 0.0}, "Trust in a force follows its conduct where it is (A7, A8)",
        "reports"),
    Mechanism("trust.told_apart", {"reports.trust_shared": 1.0}, "Residents tell one force from another (A8)", "reports"),
    Mechanism("communities", {"reports.communities": False}, "Communities differ in first trust in a force (A7)", "reports"),
    Mechanism(
        "fear", {"reports.fear": 0.0, "reports.fear_per_day": 0.0, "reports.fear_execution": 0.0},
        "Residents near defenders are afraid to tell", "reports",
    ),
    Mechanism("air", {"air.enabled": False}, "Air strikes (B1)", "fires"),
    Mechanism("tankers", {"air.tanker_gain": 1.0}, "Tankers stretch time on station (B3)", "fires"),
    Mechanism("controllers", {"air.jtac_share": 0.0}, "Controllers at the front guide strikes (B6)", "fires"),
    Mechanism("relay", {"air.relay_h": 0.0}, "Targets of troops without a controller come over their chain of command", "fires"),
    Mechanism(
        "approval", {"air.brigade_minutes": 0.0, "air.headquarters_minutes": 0.0}, "Targets wait for a desk that approves them",
        "fires",
    ),
    Mechanism("delegation", {"air.delegated_harm": 0.0}, "Brigades approve where little harm is expected", "fires"),
    Mechanism("restraint", {"air.harm_limit": 1_000_000.0}, "Strikes that would kill civilians are refused", "fires"),
    Mechanism(
        "confirmation", {"air.confirmation": False}, "What was only reported must be seen before it is struck", "fires"
    ),
    Mechanism("small_weapons", {"air.wanted_effect": 1.0}, "Weapons are no larger than the effect asks for", "fires"),
    Mechanism("assessment_errors", {"air.assessment_error": 0.0}, "Some strikes are judged wrongly", "fires"),
    Mechanism("artillery", {"artillery.enabled": False}, "Guns fire (B5)", "fires"),
    Mechanism("counter_fire", {"artillery.counter_fire": False}, "Guns answer mortars that radar has located", "fires"),
    Mechanism("raids", {"raids.enabled": False}, "Special forces raid leaders and demolition parties (B2, B9)", "fires"),
    Mechanism("protection", {"air.protect": False}, "Demolition parties are looked for and struck first (B9)", "surveillance"),
    # Bridges.
    Mechanism(
        "demolition", {"bridges.demolition": "none"}, "Defenders blow bridges (C2a)", "demolition",
        on={"bridges.demolition": "threatened"},
    ),
    Mechanism("bridge_rules", {"bridges.each.<name>": None}, "Some bridges have a rule of their own", "demolition"),
    Mechanism("rigging", {"bridges.rig_h": 0.0}, "Charges take a party's work (B9)", "demolition"),
    Mechanism("duds", {"bridges.success": 1.0}, "Some charges fail", "demolition"),
    Mechanism("bridge_strikes", {"bridges.strikes.<name>": None}, "The coalition cuts bridges", "demolition"),
    Mechanism(
        "bridge_capacity", {"bridges.platoons_per_h": 100_000.0, "bridges.persons_per_h": 1_000_000.0},
        "Bridges carry so many in an hour (C2a)", "movement",
    ),
    Mechanism("engineers", {"bridges.engineers": 0}, "Engineers restore and replace bridges (B9)", "engineers"),
    Mechanism(
        "spans", {"bridges.spans": 0}, "Engineers launch replacement spans (B9)", "engineers", on={"bridges.spans": 1}
    ),
    Mechanism("pontoons", {"bridges.pontoons": 0}, "Engineers lay floating bridges", "engineers"),
    Mechanism("floods", {"floods.per_month": 0.0}, "High water takes floating bridges and boats", "floods"),
    # Flight.
    Mechanism("danger", {"flight.danger": 0.0}, "Danger makes households leave", "households"),
    Mechanism("steep_danger", {"flight.danger_power": 1.0}, "Low violence moves few, high violence many", "households"),
    Mechanism("want", {"flight.want": 0.0}, "Want of power and water makes households leave", "households"),
    Mechanism("example", {"flight.example": 0.0}, "Households leave because neighbours did", "households"),
    Mechanism("inclination", {"flight.spread": 0.0}, "Households differ in their inclination to leave", "households"),
    Mechanism("message", {"flight.message": "none"}, "Leaflets and radio tell residents to stay (A5)", "households"),
    Mechanism("shelter", {"flight.shelter_danger": 1000.0}, "Households that stay take shelter", "households"),
    Mechanism("sheltered_harm", {"harm.shelter": 1.0}, "Shelter protects", "fires"),
    Mechanism("shelter_collapse", {"harm.collapse_casualty": 0.0}, "Buildings come down on those who shelter in them", "fires"),
    Mechanism("crowded_shelters", {"harm.shelter_tail": 100.0}, "Some shelters hold many families", "fires"),
    Mechanism("stopped_bombs", {"svbieds.explodes": 0.0}, "Vehicle bombs that are stopped go off all the same", "vehicle bombs"),
    Mechanism("coercion", {"coercion.enabled": False}, "Defenders bar the way out", "households"),
    Mechanism("shields", {"coercion.shield_share": 0.0}, "Families are driven along as shields", "defence"),
    Mechanism("shots_at_fleeing", {"coercion.shot_per_km": 0.0}, "Families are shot at on held ground", "households"),
    Mechanism("turning_back", {"coercion.turned_back_per_km": 0.0}, "Families are turned back on the way", "households"),
    Mechanism("cold", {"flight.cold": 0.0}, "Cold makes households leave", "households"),
    Mechanism("lack_of_care_as_reason", {"flight.care": 0.0}, "Lack of hospitals makes households leave", "households"),
    Mechanism("hunger_as_reason", {"flight.hunger": 0.0}, "Hunger makes households leave", "households"),
    Mechanism("loss", {"flight.loss": 0.0}, "Dead and wounded of its own make a household leave", "households"),
    Mechanism("frailty", {"flight.frail": 0.0, "flight.frail_slow": 0.0}, "Small children and old people hold a household back",
        "households"),
    Mechanism("danger_ahead", {"flight.way": 0.0}, "Danger on the way out keeps households at home", "households"),
    Mechanism("word_of_harm", {"flight.risk": 0.0}, "Word of people hurt on the way keeps households at home", "households"),
    Mechanism("kin", {"population.kin_share": 0.0}, "Households go to kin in a safer part of the city", "households"),
    Mechanism("resignation", {"flight.resign_per_h": 0.0}, "Who is trapped may give up wanting to leave", "households"),
    Mechanism("own_thresholds", {"flight.shelter_spread": 0.0}, "Households take shelter at dangers of their own", "households"),
    Mechanism("slow_to_come_out", {"flight.shelter_leave": 1.0}, "Who is in shelter waits for more calm", "households"),
    Mechanism("reprisals", {"reprisals.enabled": False}, "Defenders kill residents on purpose (A8)", "reprisals"),
    Mechanism("held_detour", {"displacement.held_detour": 1.0}, "Families keep off held ground", "households"),
    Mechanism("built_detour", {"displacement.built_detour": 1.0}, "Streets make ways on foot longer", "households"),
    Mechanism("boats", {"movement.boat_m_per_h": 0.0}, "Households cross the river by boat", "households"),
    Mechanism("boat_capacity", {"movement.boat_persons_per_h": 1_000_000.0}, "Boats take so many in an hour", "households"),
    Mechanism("landings", {"movement.landing_m": 50_000.0}, "Boats keep near banks that the defenders do not hold", "households"),
    Mechanism(
        "crowded_crossings", {"displacement.patience_h": 100_000.0}, "Long waits at the river keep families at home", "households"
    ),
    Mechanism("screening", {"displacement.screening_h": 0.0}, "Screening and boarding a bus take time", "households"),
    Mechanism(
        "screening_queues", {"displacement.screening_persons_per_h": 10_000_000.0, "displacement.screening_night": 1.0},
        "Families queue for screening at each way out", "households",
    ),
    Mechanism("hosts", {"displacement.host_share": 0.0}, "Some families go to hosts instead of camps", "households"),
    Mechanism("full_hosts", {"displacement.host_capacity": 1.0}, "Hosts take only so many", "households"),
    Mechanism("full_camps", {"displacement.camp_ready": 10_000_000}, "Camps of unknown size fill up", "households"),
    Mechanism("camp_building", {"displacement.camp_build_places_per_day": 0.0}, "Camps are built on as they fill", "return"),
    Mechanism("camp_extension", {"displacement.camp_extend_at": 2.0}, "Full camps are extended beyond their plan", "return"),
    Mechanism("allotment", {"displacement.allot_km": 0.001}, "Buses go to camps by free places and road", "households"),
    Mechanism("return", {"returning.enabled": False}, "Displaced people go home to freed quarters", "return"),
    Mechanism("return_example", {"returning.example": 0.0}, "Households go home because neighbours are there", "return"),
    Mechanism("destroyed_homes", {"returning.destroyed_share": 0.0}, "Destroyed homes are not returned to", "return"),
    # Services.
    Mechanism("fighting_outage", {"services.fighting_outage": 0.0}, "Fighting cuts power lines", "services"),
    Mechanism("damage_outage", {"services.damage_outage": 0.0}, "Damage cuts power lines and breaks works", "services"),
    Mechanism("node_loss", {"services.node_loss": 0.0}, "Fighting near substations and works breaks them", "services"),
    Mechanism("broken_pipes", {"services.pipe_outage": 0.0}, "Damage breaks water pipes", "services"),
    Mechanism("repair", {"services.crews": 0}, "Crews mend power, water and hospitals where it is safe", "services"),
    Mechanism("unsafe_repair", {"services.safe_danger": 1000.0}, "Crews keep away from danger in freed quarters", "services"),
    Mechanism("pumps", {"services.pump_dependence": 0.0}, "Water stops where pumps have no power", "services"),
    Mechanism(
        "sabotage", {"services.sabotage": "none"}, "Defenders wreck mains, works and substations (C2b)", "services",
        on={"services.sabotage": "withdrawal"},
    ),
    Mechanism("hospital_power", {"care.power_dependence": 0.0}, "Hospitals do less without power", "services"),
    Mechanism("referral", {"care.referred_per_day": 0.0}, "Wounded of freed ground are taken on outside the city", "care"),
    Mechanism("untreated_deaths", {"care.untreated_death": 0.0}, "Wounded die for whom no hospital has room", "care"),
    # Food and water.
    Mechanism("food_stores", {"food.stock_days": 5000.0}, "What households have in store runs out", "food"),
    Mechanism("tanks", {"food.tank_days": 0.0}, "Who is cut off from water lives on a tank for days", "food"),
    Mechanism("traders", {"food.traders_days": 5000.0}, "What traders have in stock runs out where no road brings more", "food"),
    Mechanism("rationing", {"food.ration_days": 0.01}, "Traders sell less when their stock runs low", "food"),
    Mechanism("roads_cut", {"food.roads_cut_from": None}, "From a day on no road brings goods to held ground", "food"),
    Mechanism("unsafe_markets", {"food.market_danger": 1000.0}, "Danger closes markets", "food"),
    Mechanism("late_aid", {"food.market_days": 0.0}, "Markets and aid come days after a quarter is freed", "food"),
    Mechanism("sheltered_want", {"food.shelter_access": 1.0}, "Households in shelter or trapped get less at market", "food"),
    Mechanism(
        "deprivation_deaths", {"food.starving_death": 0.0, "food.thirst_death": 0.0}, "People die of hunger and thirst", "food"
    ),
    Mechanism(
        "airdrops", {"food.airdrop_persons": 0}, "Airdrops feed people on held ground that no road reaches", "food",
        on={"food.airdrop_persons": 200_000},
    ),
)  # fmt: skip


def mechanism(name: str) -> Mechanism:
    """The mechanism of a name.

    Raises:
        KeyError: There is none.
    """
    return {found.name: found for found in MECHANISMS}[name]
