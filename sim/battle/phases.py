"""The phases of a tick, in order (see ``docs/ODD.md``): each reads the state that the one before it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.battle import ambush, approach, combat, demolition, flight, recording
from sim.battle.behaviours import behave
from sim.battle.clearing import clear
from sim.battle.command import command, rest
from sim.battle.danger import remember_violence
from sim.battle.defence import defend
from sim.battle.fires import fire
from sim.battle.friction import rub
from sim.battle.movement import move
from sim.battle.sensing import sense
from sim.battle.services import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.battle.model import Battle


def _index(battle: Battle) -> None:
    battle.units.update(battle.defenders.columns, battle.liberators.columns)


PHASES: tuple[tuple[str, Callable[[Battle], None]], ...] = (
    ("calm", combat.calm_down),
    ("approach", approach.march),
    ("command", command),
    ("defence", defend),
    ("behaviours", behave),
    ("index", _index),
    ("sensing", sense),
    ("fires", fire),
    ("combat", combat.fight),
    ("ambush", ambush.launch),
    ("movement", move),
    ("clearing", clear),
    ("demolition and repair", demolition.demolish_and_repair),
    ("services", serve),
    ("friction", rub),
    ("rest", rest),
    ("danger", remember_violence),
    ("households", flight.flee),
    ("recording", recording.record),
)
