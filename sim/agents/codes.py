"""Codes of agents' states, shared by agent sets and compiled loops."""

from __future__ import annotations

# Who controls a built cell.
(NOBODYS, HELD, FREED) = range(3)

# Orders of a defending team.
(TEAM_HOLD, TEAM_MOVE, TEAM_LAST_STAND) = range(3)
TEAM_ORDERS = ("hold", "move", "last_stand")

# Orders of a platoon. Marching platoons are off the grid.
(MARCH, RESERVE, ASSAULT, GARRISON, REFIT, CORDON) = range(6)
PLATOON_ORDERS = ("march", "reserve", "assault", "garrison", "refit", "cordon")

# Roles of a platoon.
(ASSAULT_ROLE, HOLD_ROLE) = range(2)
PLATOON_ROLES = ("assault", "hold")

# Kinds of coalition asset.
(FLIGHT, ORBIT, BATTERY) = range(3)
ASSET_KINDS = ("strike_flight", "isr_orbit", "artillery_battery")

# States of a household.
(AT_HOME, SHELTERING, TRAPPED, ON_FOOT, ON_ROAD, IN_CAMP, HOSTED, GONE) = range(8)
HOUSEHOLD_STATES = ("at_home", "sheltering", "trapped", "on_foot", "on_road", "in_camp", "hosted", "dead")
