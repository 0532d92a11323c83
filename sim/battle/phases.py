"""The phases of a tick, in order (see ``docs/ODD.md``): each reads the state that the one before it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.battle import approach, combat, flight, recording, targets, vehicles
from sim.battle.behaviours import behave
from sim.battle.clearing import clear
from sim.battle.command import command, rest
from sim.battle.counterattack import counter_attack
from sim.battle.danger import remember_violence
from sim.battle.defence import defend
from sim.battle.demolition import demolish
from sim.battle.engineering import build
from sim.battle.fires import fire
from sim.battle.floods import rise_and_fall
from sim.battle.food import eat
from sim.battle.friction import rub
from sim.battle.hospitals import care
from sim.battle.mining import lay
from sim.battle.movement import move
from sim.battle.reports import hear
from sim.battle.reprisals import take_reprisals
from sim.battle.returning import go_home
from sim.battle.sensing import sense
from sim.battle.services import serve
from sim.battle.shields import walk_on
from sim.battle.supply import supply
from sim.battle.surveillance import survey
from sim.battle.wants import feel
from sim.battle.withdrawal import break_off

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.battle.model import Battle


def _index(battle: Battle) -> None:
    battle.units.update(battle.defenders.columns, battle.liberators.columns)


PHASES: tuple[tuple[str, Callable[[Battle], None]], ...] = (
    ("surveillance", survey),
    ("calm", combat.calm_down),
    ("approach", approach.march),
    ("command", command),
    ("defence", defend),
    ("counter-attack", counter_attack),
    ("behaviours", behave),
    ("index", _index),
    ("sensing", sense),
    ("reprisals", take_reprisals),
    ("reports", hear),
    ("fires", fire),
    ("combat", combat.fight),
    ("breaking off", break_off),
    ("vehicle bombs", vehicles.launch),
    ("sightings", targets.note_fighting),
    ("movement", move),
    ("clearing", clear),
    ("mining", lay),
    ("floods", rise_and_fall),
    ("demolition", demolish),
    ("engineers", build),
    ("services", serve),
    ("friction", rub),
    ("supply", supply),
    ("rest", rest),
    ("danger", remember_violence),
    ("shields", walk_on),
    ("return", go_home),
    ("households", flight.flee),
    ("food", eat),
    ("care", care),
    ("wants", feel),
    ("recording", recording.record),
)
