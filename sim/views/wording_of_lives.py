"""Words for what befalls households: causes, wants, reasons, hindrances, and what is heard."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.battle.food import HUNGRY
from sim.battle.reasons import BARRED, GUARDED, NO_ROOM, NO_WAY

if TYPE_CHECKING:
    from collections import Counter

    from sim.battle.reasons import Reasons

# From these shares of a quarter cut off on, its people are told to be short of something, or without it.
_SHORT, _WITHOUT = 0.2, 0.6
# Terms that add less are left out, logits.
_WORTH_TELLING = 0.15

_BY = {
    "small_arms": "in crossfire", "area_fire": "by fire at suspected places", "air": "by an air strike",
    "artillery": "by artillery", "mortar": "by a mortar", "ied": "by a mine", "svbied": "by a vehicle bomb",
    "shot_fleeing": "by shots at those who leave", "collapse": "in a collapse", "deprivation": "by want and lack of care",
    "sniper": "by a sniper", "drone": "by a small drone", "raid": "in a raid", "lack_of_care": "for want of care",
    "execution": "on purpose, by fighters",
}  # fmt: skip
_HEARD = {
    "air": ("air strike", "air strikes"), "artillery": ("artillery mission", "artillery missions"),
    "mortar": ("mortar attack", "mortar attacks"), "svbied": ("vehicle bomb", "vehicle bombs"),
    "drone": ("drone attack", "drone attacks"), "ied": ("mine set off", "mines set off"),
}  # fmt: skip
_HINDERED = {
    NO_WAY: "no way out was open", BARRED: "fighters in the quarter barred the way",
    GUARDED: "fighters in the quarter barred the way", NO_ROOM: "too many waited for the crossings over the river",
}  # fmt: skip


def persons(number: int) -> str:
    """``1 person``, ``5 people``."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""


def losses(found: Counter[tuple[str, str, str]]) -> list[str]:
    """Each of a household's losses as a clause: ``one was killed by an air strike (coalition)``."""
    told = []
    for (kind, actor, cause), count in sorted(found.items()):
        was = "was" if count == 1 else "were"
        number = "one" if count == 1 else f"{count}"
        by = "" if actor == "nobody" else f" ({actor})"
        told.append(f"{number} {was} {'killed' if kind == 'death' else 'wounded'} {_BY.get(cause, f'by {cause}')}{by}")
    return told


def lacking(power_cut: float, water_cut: float, thirst: float, hunger: float) -> str:
    """What a household does without: ``without power, short of water, going hungry``; empty where it has all.

    Args:
        power_cut: Share of its quarter without power.
        water_cut: Share of its quarter with dry pipes.
        thirst: Share of the water needed that people there do not have even from tanks and wells.
        hunger: Its hunger, 0 to 1.
    """
    bands: dict[str, list[str]] = {"without": [], "short of": []}
    for cut, what in ((power_cut, "power"), (water_cut, "water")):
        if cut >= _SHORT:
            bands["without" if cut >= _WITHOUT else "short of"].append(what)
    words = [f"{band} {' and '.join(what)}" for band, what in bands.items() if what]
    words += ["thirsty"] if thirst >= _SHORT else []
    words += ["going hungry"] if hunger > HUNGRY else []
    return ", ".join(words)


def hindrance(code: int) -> str:
    """Why a household that wants to leave cannot; empty where nothing kept it."""
    return _HINDERED.get(code, "")


def heard(near: Counter[str], metres: float) -> str:
    """What happened around a household; empty where nothing did."""
    strikes = [
        f"{near[cause]} {names[near[cause] != 1]}" for cause, names in _HEARD.items() if near[cause]
    ]
    if near["combat"]:
        hit = "1 soldier or fighter" if near["combat"] == 1 else f"{near['combat']} soldiers and fighters"
        strikes.append(f"ground fighting ({hit} hit)")
    people = [f"{near[what]} {what}" for what in ("killed", "wounded") if near[what]]
    parts = [listed(strikes)] if strikes else []
    parts += [f"{' and '.join(people)} among other residents"] if people else []
    return f"within {metres:.0f} m: {'; '.join(parts)}" if parts else ""


def weighing(reasons: Reasons) -> str:
    """What a household weighed, with the numbers of the rule: logits, then the chance that they come to."""
    own = "slow" if reasons.own < 0 else "quick"
    terms = [
        (reasons.by_danger, f"danger {reasons.danger:.2f}"),
        (reasons.by_want, f"power and water cut {_percent(reasons.want)}"),
        (reasons.by_cold, f"cold {_percent(reasons.cold)}"),
        (reasons.by_care, f"lack of hospitals {_percent(reasons.uncared)}"),
        (reasons.by_hunger, f"hunger {_percent(reasons.hunger)}"),
        (reasons.by_loss, "some of them hurt or killed"),
        (reasons.by_example, f"neighbours gone {_percent(reasons.gone)}"),
        (reasons.by_message, "told to stay" if reasons.by_message < 0 else "told to leave"),
        (reasons.by_frail, "small children or old people"),
        (reasons.by_way, f"danger {reasons.ahead:.2f} on the way out"),
        (reasons.by_risk, "word of people hurt on the way"),
        (reasons.own, f"{own} to leave by nature"),
    ]
    terms = sorted(terms, key=lambda term: -abs(term[0]))
    said = [f"{words} ({value:+.1f})" for value, words in terms if abs(value) >= _WORTH_TELLING]
    total = reasons.base + sum(value for value, _ in terms)
    sums = f"from {reasons.base:+.1f} to {total:+.1f}: chance {_percent(reasons.chance)} in {reasons.hours:.0f} h"
    if reasons.chance_of_kin > 0.0:
        sums += f", of going to kin {_percent(reasons.chance_of_kin)}"
    return f"{', '.join(said) or 'no reason'}; {sums}"


def chance(shares: list[float]) -> float:
    """Chance of at least one of several."""
    return 1.0 - math.prod(1.0 - share for share in shares)


def percent_range(low: float, high: float) -> str:
    """``1-4%``, or one number where both read the same."""
    ends = [_percent(low), _percent(high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix('%')}-{ends[1]}"


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.0f}%" if value >= 9.5 or value == 0 else f"{value:.1f}%" if value >= 0.095 else "under 0.1%"
