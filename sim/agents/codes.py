"""Codes of agents' states, shared by agent sets and compiled loops."""

from __future__ import annotations

# Who controls a built cell.
(NOBODYS, HELD, FREED) = range(3)

# Kinds of defending team; all of them fighters out of the same number.
(INFANTRY, SNIPERS, MORTARS, DRIVERS, MINERS, DRONES, LEADERS) = range(7)
TEAM_KINDS = ("infantry", "snipers", "mortars", "drivers", "miners", "drones", "leaders")

# Orders of a defending team.
(TEAM_HOLD, TEAM_MOVE, TEAM_LAST_STAND, TEAM_HIDE, TEAM_COUNTER, TEAM_ESCAPE, TEAM_RIG) = range(7)
TEAM_ORDERS = ("hold", "move", "last_stand", "hide", "counter_attack", "escape", "rig")

# Orders of a platoon. Marching platoons are off the grid.
(MARCH, RESERVE, ASSAULT, GARRISON, REFIT, CORDON) = range(6)
PLATOON_ORDERS = ("march", "reserve", "assault", "garrison", "refit", "cordon")

# Roles of a platoon.
(ASSAULT_ROLE, HOLD_ROLE) = range(2)
PLATOON_ROLES = ("assault", "hold")

# Kinds of coalition asset.
(FLIGHT, ORBIT, BATTERY, RAIDERS) = range(4)
ASSET_KINDS = ("strike_flight", "isr_orbit", "artillery_battery", "raid_team")

# What an orbit is for.
(NO_TASK, OVER_FRONT, OVER_REAR, OVER_INFRASTRUCTURE, AFTER_LEADERS) = range(5)
ORBIT_TASKS = ("none", "front", "rear", "infrastructure", "leaders")

# How far a target has come.
(NO_TARGET, DETECTED, NOMINATED, AT_DESK, APPROVED, ASSIGNED, STRUCK, REFUSED, DESTROYED) = range(9)

# Who found a target.
(BY_SIGHT, BY_ORBIT, BY_RADAR, BY_REPORT) = range(4)

# States of a household.
(AT_HOME, SHELTERING, TRAPPED, ON_FOOT, ON_ROAD, IN_CAMP, HOSTED, GONE, DRIVEN, TO_HOUSE) = range(10)
HOUSEHOLD_STATES = (
    "at_home", "sheltering", "trapped", "on_foot", "on_road", "in_camp", "hosted", "dead", "driven", "to_house",
)  # fmt: skip

# Where a household is that is off the grid and in no camp: values of its ``node``.
(WITH_HOSTS, INFORMAL_SITE) = (-1, -2)
# Values of ``until`` of a household on the road that has just left the grid, and of one that waits at screening.
(JUST_OUT, QUEUED) = (-1, -2)
