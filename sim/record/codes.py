"""The vocabulary of the ledger: small integers for compiled loops, words for readers.

Kernels write the integers; :data:`WORDS` turns each column into words when a run is read.
"""

from __future__ import annotations

# Columns of a ledger row, beside its tick and its value.
N_COLUMNS = 12
(KIND, CELL, PEOPLE, ACTOR, CAUSE, RULE, AGENT_SET, ROW, OTHER_ROW, COUNT, TARGET, MUNITION) = range(N_COLUMNS)

# Kinds of event.
(DEATH, WOUND, STRIKE, DEMOLITION, CLASH, DISPLACEMENT, DETECTION, CONTROL, MOVE, BRIDGE, SERVICE, ORDER) = range(1, 13)

# Whose people an event befalls, and who acts.
(NOBODY, CIVILIANS, DEFENDERS, LIBERATORS, COALITION, RESISTANCE) = range(6)

# What an event came from.
(
    NO_CAUSE,
    SMALL_ARMS,
    AREA_FIRE,
    AIR,
    ARTILLERY,
    MORTAR,
    IED,
    SVBIED,
    SHOT_FLEEING,
    COLLAPSE,
    DEPRIVATION,
    SEARCH,
    SIGHT,
    FIRE_SEEN,
    ISR,
    HUMAN_REPORT,
    APPROACH,
    ENGINEERS,
    ORDERS,
    VIOLENCE,
    CAPTURE,
    SNIPER,
    DRONE,
    RIGGING,
    DUD,
    MADE_SAFE,
    FLOOD,
    RAID,
    LACK_OF_CARE,
    EXECUTION,
) = range(30)

# The rule (phase of the hour) that wrote the row.
(
    NO_RULE,
    COMMAND,
    SENSING,
    FIRES,
    COMBAT,
    AMBUSH,
    MOVEMENT,
    CLEARING,
    DEMOLITION_REPAIR,
    SERVICES,
    FRICTION,
    HOUSEHOLDS,
    APPROACH_MARCH,
    OUTSIDE,
    MINING,
    COUNTER,
    WITHDRAWAL,
    FLOODS,
    SURVEILLANCE,
    REPORTING,
    RAIDING,
    CARE,
    FOOD,
    REPRISALS,
) = range(24)

# Agent sets that ROW and OTHER_ROW point into.
(NO_SET, DEFENDER_SET, LIBERATOR_SET, HOUSEHOLD_SET, COALITION_SET, BRIDGE_SET, RESISTANCE_SET) = range(7)

# What a strike of the coalition is aimed at: 1 + the kind of team (:data:`sim.agents.codes.TEAM_KINDS`); 0 in other rows.
# What it is made with.
(NO_MUNITION, LIGHT, MEDIUM, HEAVY, SHELLS) = range(5)

WORDS: dict[str, tuple[str, ...]] = {
    "kind": (
        "none", "death", "wound", "strike", "demolition", "clash", "displacement", "detection", "control", "move",
        "bridge", "service", "order",
    ),
    "people": ("nobody", "civilians", "defenders", "liberators", "coalition", "resistance"),
    "actor": ("nobody", "civilians", "defenders", "liberators", "coalition", "resistance"),
    "cause": (
        "none", "small_arms", "area_fire", "air", "artillery", "mortar", "ied", "svbied", "shot_fleeing", "collapse",
        "deprivation", "search", "sight", "fire_seen", "isr", "human_report", "approach", "engineers", "orders",
        "violence", "capture", "sniper", "drone", "rigging", "dud", "made_safe", "flood", "raid",
        "lack_of_care", "execution",
    ),
    "rule": (
        "none", "command", "sensing", "fires", "combat", "ambush", "movement", "clearing", "demolition_repair",
        "services", "friction", "households", "approach_march", "outside", "mining",
        "counter_attack", "withdrawal", "floods", "surveillance", "reporting", "raiding", "care", "food", "reprisals",
    ),
    "agent_set": ("none", "defenders", "liberators", "households", "coalition", "bridges", "resistance"),
    "target": ("none", "infantry", "snipers", "mortars", "drivers", "miners", "drones", "leaders"),
    "munition": ("none", "light", "medium", "heavy", "shells"),
}  # fmt: skip
