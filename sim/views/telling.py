"""The account of one household: its days by date, those alike in one line."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.agents.codes import (
    AT_HOME,
    DRIVEN,
    FREED,
    GONE,
    HELD,
    HOSTED,
    HOUSEHOLD_STATES,
    IN_CAMP,
    INFORMAL_SITE,
    ON_FOOT,
    ON_ROAD,
    SHELTERING,
    TO_HOUSE,
    TRAPPED,
)
from sim.battle.reasons import GUARDED
from sim.record.reading import date_text
from sim.views.life import Life
from sim.views.wording_of_lives import (
    chance,
    heard,
    hindrance,
    lacking,
    losses,
    percent_range,
    persons,
    weighing,
)

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from sim.battle.model import Battle
    from sim.battle.watching import Watch

_WIDTH = 110


@dataclass
class _Stretch:
    """Days that are told in one line: the last of them may have events of its own."""

    first: int
    last: int
    condition: str
    facts: list[str] = field(default_factory=list)


def account(watch: Watch, battle: Battle, row: int) -> str:
    """The household's days in plain words."""
    life = Life(watch, battle, row)
    lines = [f"Household {row}", *textwrap.wrap(_opening(life), _WIDTH), ""]
    for stretch in _stretches(life):
        when = _dates(life.date(stretch.first), life.date(stretch.last))
        told = ". ".join(part[:1].upper() + part[1:] for part in _sentences(life, stretch) if part)
        lines += textwrap.wrap(f"{when}: {told}.", _WIDTH, subsequent_indent="    ")
    return "\n".join([*lines, "", *textwrap.wrap(_ending(life), _WIDTH)])


def day_table(watch: Watch, battle: Battle, row: int) -> pd.DataFrame:
    """One row a day; columns as in :class:`sim.views.trace.Trace`."""
    import pandas as pd

    life = Life(watch, battle, row)
    rows = []
    for day in range(life.n_days):
        ticks = life.ticks(day)
        end, chances = ticks[-1], _chances(life, day)
        rows.append({
            "date": pd.Timestamp(life.date(day)),
            "state": HOUSEHOLD_STATES[life.state[end]],
            "place": _whereabouts(life, end),
            **{name: int(life.columns[name][end]) for name in ("members", "dead", "wounded")},
            "danger": float(max(life.columns["danger"][tick] for tick in ticks)),
            **{name: float(life.columns[name][end]) for name in ("power_cut", "water_cut", "thirst", "hunger")},
            "weighed": len(chances),
            "chance": chance(chances),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _whereabouts(life: Life, tick: int) -> str:
    if life.state[tick] == IN_CAMP:
        name = life.battle.grid.offgrid.names[int(life.columns["node"][tick])]
        return name if "camp" in name.lower() else f"{name} camp"
    hosts = "in an informal site" if int(life.columns["node"][tick]) == INFORMAL_SITE else "with hosts"
    return {HOSTED: hosts, GONE: ""}.get(int(life.state[tick]), life.place(int(life.cell[tick])))


def _opening(life: Life) -> str:
    people, asked = life.battle.households.columns, life.battle.scenario.population
    members = int(people.members[life.row] + people.dead[life.row])
    own = float(people.inclination[life.row])
    text = f"{persons(members)} in {life.place(life.home)}, on the {life.bank(life.home)} bank"
    if asked.persons_per_agent > asked.household_mean:
        text += f" (one agent that stands for some {round(members / asked.household_mean)} households that act alike)"
    kind = "much like others" if abs(own) < 0.5 else "sooner than others" if own > 0 else "later than others"
    return f"{text}. Ready to leave {kind} (inclination {own:+.1f})."


def _ending(life: Life) -> str:
    last = len(life.state) - 1
    members, dead, wounded = (int(life.columns[name][last]) for name in ("members", "dead", "wounded"))
    end = date_text(life.date(life.n_days - 1))
    if not members:
        return f"In the end ({end}): nobody of the household is alive."
    harm = [f"{dead} killed"] * (dead > 0) + [f"{wounded} wounded"] * (wounded > 0)
    of = f"{persons(members)}{', ' + ' and '.join(harm) if harm else ', none hurt'}"
    return f"In the end ({end}): {of}; {_condition_words(life, life.n_days - 1)}."


def _dates(first: dt.date, last: dt.date) -> str:
    """``4 Nov 2016``, or ``4-9 Nov 2016``, ``28 Nov - 3 Dec 2016``."""
    if first == last:
        return date_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{date_text(last)}"
    start = date_text(first)
    return f"{start.removesuffix(f' {first.year}') if first.year == last.year else start} - {date_text(last)}"


def _stretches(life: Life) -> list[_Stretch]:
    told: list[_Stretch] = []
    sheltered = False
    for day in range(life.n_days):
        condition, facts = _condition_words(life, day), _facts(life, day)
        if not sheltered and (entered := _first_shelter(life, day)) is not None:
            facts, sheltered = [entered, *facts], True
        before = told[-1] if told else None
        if before is not None and not facts and not before.facts and before.condition == condition:
            before.last = day
        else:
            told.append(_Stretch(day, day, condition, facts))
    return told


def _sentences(life: Life, stretch: _Stretch) -> list[str]:
    """Events of the stretch, how it was, what happened around, what was weighed."""
    around = heard(life.nearby(stretch.first, stretch.last), life.battle.scenario.flight.hearing_m)
    # An arrival, or a walk out of the city, says by itself how the day ended.
    gone = int(life.state[life.ticks(stretch.last)[-1]]) in (ON_ROAD, IN_CAMP, HOSTED, GONE)
    parts = [*stretch.facts, *([] if stretch.facts and gone else [stretch.condition]), around]
    days = range(stretch.first, stretch.last + 1)
    by_day = {day: chances for day in days if (chances := _chances(life, day))}
    if by_day and not (stretch.facts and gone) and not any("chance" in fact for fact in stretch.facts):
        ticks = [tick for day in by_day for tick in life.ticks(day) if tick in life.weighed]
        most = max((life.weighed[tick] for tick in ticks), key=lambda one: one.chance)
        shares = [chance(chances) for chances in by_day.values()]
        times = sum(map(len, by_day.values()))
        often = "once" if times == 1 else f"{times} times"
        if most.chance > 0.0005:
            parts.append(
                f"weighed leaving {often}, chance of wanting to on a day {percent_range(min(shares), max(shares))}; "
                f"at its highest: {weighing(most)}"
            )
    return parts


def _chances(life: Life, day: int) -> list[float]:
    return [
        life.weighed[tick].chance for tick in life.ticks(day) if tick in life.weighed and life.weighed[tick].hours > 0
    ]


def _condition_words(life: Life, day: int) -> str:
    """How the household was on a day, as far as whole days can be alike."""
    ticks = life.ticks(day)
    end = ticks[-1]
    state, where = int(life.state[end]), _whereabouts(life, end)
    if state <= TRAPPED:
        return _home_words(life, ticks, state, where)
    if state == ON_FOOT:
        if life.walked_m(ticks) == 0.0 and all(life.was[tick] == ON_FOOT for tick in ticks):
            return f"waited in {where}{', at the river' if life.at_river(end) else ''}"
        return f"on foot, in {where} at the end of the day"
    return {
        DRIVEN: f"driven along, in {where}",
        TO_HOUSE: f"on foot to {life.house_words(end)}, in {where} at the end of the day",
        ON_ROAD: "waiting for screening" if int(life.columns["until"][end]) < 0 else "at screening or on the road",
        IN_CAMP: f"in {where}",
        HOSTED: where,
        GONE: "nobody was left",
    }.get(state, HOUSEHOLD_STATES[state])


def _home_words(life: Life, ticks: range, state: int, where: str) -> str:
    end = ticks[-1]
    away = "" if int(life.cell[end]) == life.home else f" in {where}, away from home"
    been = {int(life.state[tick]) for tick in ticks}
    if state == TRAPPED:
        kept = Counter(
            life.weighed[tick].hindrance for tick in ticks if tick in life.weighed and life.state[tick] == TRAPPED
        )
        why = hindrance(kept.most_common(1)[0][0]) if kept else ""
        told = f"trapped{away or ' at home'}" + (f" ({why})" if why else "")
    elif {AT_HOME, SHELTERING} <= been:
        told = f"in and out of shelter{away}"
    else:
        told = f"stayed {'in shelter' if state == SHELTERING else 'at home'}" if not away else f"stayed{away}"
        told += ", sheltering" if away and state == SHELTERING else ""
    without = lacking(*(float(life.columns[name][end]) for name in ("power_cut", "water_cut", "thirst", "hunger")))
    return f"{told}, {without}" if without else told


def _first_shelter(life: Life, day: int) -> str | None:
    for tick in life.ticks(day):
        if life.state[tick] == SHELTERING:
            return f"took shelter for the first time at {life.clock(tick)} (danger {life.columns['danger'][tick]:.2f})"
    return None


def _facts(life: Life, day: int) -> list[str]:
    """What changed on a day, in order."""
    facts: list[str] = []
    for tick in life.ticks(day):
        way = " on the way" if life.was[tick] in (ON_FOOT, DRIVEN, TO_HOUSE) else ""
        hurt = [f"at {life.clock(tick)}{way} {clause}" for clause in losses(life.own_losses(tick))]
        turned = life.state[tick] != life.was[tick] or _moved(life, tick)
        turn = [fact for fact in (_turn(life, tick),) if fact] if turned else []
        # Who leaves is shot at as it leaves; who dies out has been hit before.
        facts += [*_ground_facts(life, tick), *(hurt + turn if life.state[tick] == GONE else turn + hurt)]
    if (walked := _walk(life, day)) is not None:
        facts.append(walked)
    return facts


def _moved(life: Life, tick: int) -> bool:
    """Whether it went from one house to another within the tick, so that no state tells of the way."""
    return bool(life.was[tick] <= TRAPPED and life.state[tick] <= TRAPPED and life.cell[tick] != life.stood[tick])


def _ground_facts(life: Life, tick: int) -> list[str]:
    """Its street changing hands; families on the move see it pass by."""
    if life.was[tick] > TRAPPED or life.cell[tick] != life.stood[tick] or life.cell[tick] < 0:
        return []
    now = int(life.columns["control"][tick])
    before = int(life.columns["control"][tick - 1]) if tick else HELD
    if now == before:
        return []
    changed = {FREED: "freed", HELD: "taken back"}.get(now)
    return [f"at {life.clock(tick)} its street was {changed}"] if changed else []


def _turn(life: Life, tick: int) -> str:
    """A change of state in words; going in and out of shelter is told by the day."""
    was, now, at = int(life.was[tick]), int(life.state[tick]), f"at {life.clock(tick)}"
    reasons = life.weighed.get(tick)
    weighed = f": {weighing(reasons)}" if reasons is not None and reasons.hours > 0 else ""
    if now == TRAPPED and was < TRAPPED:
        why = hindrance(reasons.hindrance) if reasons is not None else ""
        return f"{at} it wanted to leave and could not" + (f", because {why}" if why else "") + weighed
    if was == TRAPPED and now < TRAPPED and not _moved(life, tick):
        return f"{at} it gave up trying to leave"
    if was <= TRAPPED and (now == TO_HOUSE or _moved(life, tick)):
        return f"{at} it {'set out for' if now == TO_HOUSE else 'went to'} {life.house_words(tick)}{weighed}"
    if was <= TRAPPED and now in (ON_FOOT, ON_ROAD):
        how = _freed_words(life, tick) if was == TRAPPED else ""
        far = f"; {_gone(life, tick)}" if now == ON_ROAD else ""
        return f"{at} it {how}set out on foot{'' if how else weighed}{far}"
    if now == DRIVEN:
        goal = life.battle.grid.neighbourhood_names[int(life.columns["goal"][tick])]
        return f"{at} fighters who gave up the quarter drove it from home towards {goal}"
    return _arrival(life, tick, was, now, at)


def _freed_words(life: Life, tick: int) -> str:
    """How a household that was trapped came to leave."""
    reasons = life.weighed.get(tick)
    if reasons is not None and reasons.hindrance == GUARDED:
        return "tried again, slipped past the fighters who barred the way, and "
    if tick and int(life.columns["control"][tick - 1]) == FREED:
        return "could leave at last, as its street was free, and "
    return "tried again, as the line was within reach or nobody barred the way any more, and "


def _arrival(life: Life, tick: int, was: int, now: int, at: str) -> str:
    here = life.place(int(life.cell[tick]))
    turns = {
        (DRIVEN, TRAPPED): f"it was held in {here}, where it had been driven",
        (DRIVEN, ON_FOOT): "it came onto ground that the fighters do not hold, and ran for it",
        (ON_FOOT, TRAPPED): f"it found no way on, and was trapped in {here}",
        (ON_FOOT, TO_HOUSE): f"fighters turned it back in {here}, and it made for {life.house_words(tick)}",
        (ON_ROAD, TO_HOUSE): f"it came back to the edge of the city near {here.removeprefix('open ground near ')}",
        (IN_CAMP, ON_ROAD): "it set out for home",
        (HOSTED, ON_ROAD): "it set out for home",
    }
    if (was, now) in turns:
        return f"{at} {turns[was, now]}"
    if was == TO_HOUSE and now <= TRAPPED:
        return f"{at} it {'was home again' if int(life.cell[tick]) == life.home else f'came to a house in {here}'}"
    if now == ON_ROAD:
        ran = "came onto ground that the fighters do not hold, ran for it, and " if was == DRIVEN else ""
        return f"{at} it {ran}{_gone(life, tick)}"
    if now in (IN_CAMP, HOSTED):
        hours = (tick - _since(life, tick - 1, ON_ROAD) + 1) * life.battle.dt_h
        informal = int(life.columns["node"][tick]) == INFORMAL_SITE
        hosts = "came to an informal site" if informal else "came to hosts"
        hosts += ", as every camp was full" if life.turned_away else ""
        to = f"reached {_whereabouts(life, tick)}" if now == IN_CAMP else hosts
        return f"{at}, after {hours:.0f} h at screening and on the road, it {to}"
    return f"{at} the last of the household was dead" if now == GONE else ""


def _gone(life: Life, tick: int) -> str:
    """Reaching a way out, and how long the walk was."""
    cell = life.way_out(tick)
    out = next((t for t in range(tick, -1, -1) if life.was[t] <= TRAPPED), 0)
    hours, km = (tick - out + 1) * life.battle.dt_h, life.km_apart(int(life.stood[out]), cell)
    near = life.place(cell).removeprefix("open ground near ")
    return f"left the city near {near} after {hours:.0f} h ({km:.1f} km from where it set out)"


def _since(life: Life, tick: int, state: int) -> int:
    """First tick of the stay in a state that lasts at a tick."""
    while tick > 0 and life.state[tick - 1] == state:
        tick -= 1
    return tick


def _walk(life: Life, day: int) -> str | None:
    """The way of a day on foot, by neighbourhoods."""
    moving = (ON_FOOT, DRIVEN, TO_HOUSE)
    ticks = [tick for tick in life.ticks(day) if life.was[tick] in moving or life.state[tick] in moving]
    metres = sum(life.walked_m(range(tick, tick + 1)) for tick in ticks)
    if not metres:
        return None
    cells = [int(life.stood[ticks[0]]), *(int(life.cell[tick]) for tick in ticks if life.cell[tick] >= 0)]
    names = list(dict.fromkeys(life.place(cell) for cell in cells))
    way = f"through {', '.join(names)}" if len(names) > 1 else f"within {names[0]}"
    return f"walked {metres / 1000:.1f} km {way}"
