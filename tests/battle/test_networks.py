"""Power and water as networks: what is cut goes dark and dry and nothing else; crews mend where it is safe, so much a day."""

from __future__ import annotations

import numpy as np
import pytest
from battle_tools import quiet, rows_of, stepped
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.codes import HELD
from sim.battle import Battle
from sim.battle.networks import cuts, deliver, mend, wear
from sim.battle.services import serve
from sim.city.utilities import HOSPITAL, OUTSIDE, PLANT, PUMPS, SUBSTATION, WORKS
from sim.record.codes import SERVICE

# Two quarters for each substation and one pump station for each quarter; and the other way round.
BY_FEEDER = {"services.substation_km2": 3.0, "services.pump_km2": 1.5}
BY_PUMP = {"services.substation_km2": 1.5, "services.pump_km2": 3.0}
LAYOUTS = (BY_FEEDER, BY_PUMP)


def still(riverton, **changes: object) -> Battle:
    """Nobody fights; whatever runs on electricity stops without it, but care."""
    return quiet(riverton, **{"services.pump_dependence": 1.0, "services.crews": 0, **changes})


def serve_days(battle: Battle, days: int) -> list[float]:
    """So many daily rounds; crew-days worked after each."""
    worked = []
    for _ in range(days):
        serve(battle)
        battle.tick += battle.ticks_per_day
        worked.append(battle.counts["crew_days"])
    return worked


def free(battle: Battle, *quarters: int) -> None:
    battle.quarters.liberated[list(quarters)] = True


# What is cut --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_broken_is_no_outage(riverton, layout) -> None:
    battle = still(riverton, **layout)
    serve(battle)
    assert (battle.networks.working == 1.0).all()
    assert (battle.quarters.power_cut == 0.0).all()
    assert (battle.quarters.water_cut == 0.0).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cutting_one_substation_darkens_what_hangs_on_it_and_stops_the_pumps_that_it_feeds(riverton, layout) -> None:
    for cut in np.flatnonzero(still(riverton, **layout).networks.kind == SUBSTATION):
        battle = still(riverton, **layout)
        networks, q = battle.networks, battle.quarters
        networks.working[cut] = 0.0
        serve(battle)
        dark = networks.feeder == cut
        assert dark.any()
        assert not dark.all()
        assert np.array_equal(q.power_cut, dark.astype(float))
        works = np.flatnonzero((networks.kind == WORKS) & (networks.power == cut))
        stopped = (networks.kind == PUMPS) & ((networks.power == cut) | np.isin(networks.water, works))
        out = deliver(networks, 1.0, 1.0, 0.0)
        assert np.array_equal(out[networks.kind == PUMPS] == 0.0, stopped[networks.kind == PUMPS])
        assert np.array_equal(q.water_cut, stopped[networks.pump].astype(float))
        assert ((out == 1.0) | (out == 0.0)).all()


def test_some_quarters_have_light_and_no_water_and_others_water_and_no_light(riverton) -> None:
    found = set()
    for layout in LAYOUTS:
        battle = still(riverton, **layout)
        networks = battle.networks
        for cut in np.flatnonzero(networks.kind == SUBSTATION):
            networks.working[:] = 1.0
            networks.working[cut] = 0.0
            power, water = cuts(networks, deliver(networks, 1.0, 1.0, 0.0))
            found |= {*zip(power.tolist(), water.tolist(), strict=True)}
    assert found == {(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)}


def test_a_power_station_and_the_grid_outside_darken_those_they_feed(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    networks = battle.networks
    (plant,) = np.flatnonzero(networks.kind == PLANT)
    inside = networks.power[networks.feeder] == plant
    assert inside.any()
    assert (networks.power[networks.feeder[~inside]] == OUTSIDE).all()
    assert (battle.quarters.bank[inside] == 1).all()
    networks.working[plant] = 0.0
    serve(battle)
    assert np.array_equal(battle.quarters.power_cut, inside.astype(float))
    other = still(riverton, **BY_FEEDER, services__outside_power=0.25)
    serve(other)
    assert other.quarters.power_cut == pytest.approx(0.75 * ~inside)


def test_pumps_go_on_by_the_share_that_does_not_hang_on_power(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__pump_dependence=0.7)
    networks = battle.networks
    networks.working[networks.kind == SUBSTATION] = 0.0
    serve(battle)
    assert (battle.quarters.power_cut == 1.0).all()
    assert battle.quarters.water_cut == pytest.approx(np.full(networks.feeder.size, 0.7))


def test_lines_and_pipes_of_a_quarter_are_its_own(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    networks, q = battle.networks, battle.quarters
    networks.lines_cut[0], networks.pipes_cut[5] = 0.5, 0.25
    serve(battle)
    assert q.power_cut.tolist() == [0.5, *[0.0] * 7]
    hangs = np.isin(networks.quarter[networks.pump], [0])
    works = networks.quarter[networks.water[networks.pump]] == 0
    assert q.water_cut == pytest.approx(np.where(hangs | works, 0.5, 0.0) + 0.25 * (np.arange(8) == 5))


@given(data=st.data())
def test_cuts_stay_between_nothing_and_everything_and_more_broken_is_never_less_cut(whole: Battle, data) -> None:
    networks = whole.networks
    n, nq = networks.kind.size, networks.feeder.size
    shares = st.lists(st.floats(0.0, 1.0), min_size=n + 2 * nq, max_size=n + 2 * nq)
    a, b = (np.array(data.draw(shares)) for _ in range(2))
    outside, dependence = data.draw(st.floats(0.0, 1.0)), data.draw(st.floats(0.0, 1.0))

    def of(share: np.ndarray) -> np.ndarray:
        state = networks._replace(working=1.0 - share[:n], lines_cut=share[n : n + nq], pipes_cut=share[n + nq :])
        return np.concatenate(cuts(state, deliver(state, outside, dependence, dependence)))

    low, high = of(a), of(np.maximum(a, b))
    assert ((low >= 0.0) & (high <= 1.0)).all()
    assert (high >= low - 1e-12).all()


@pytest.fixture(scope="module")
def whole(riverton) -> Battle:
    """Not to be changed."""
    return still(riverton, **BY_PUMP)


# What breaks --------------------------------------------------------------------------------------------------------


def test_violence_breaks_nodes_and_mains_by_the_stated_formulas(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    networks = battle.networks
    n, nq = networks.kind.size, networks.feeder.size
    numbers = {"node_loss": 0.3, "damage_outage": 1.5, "pipe_outage": 0.5, "fighting_outage": 0.6}
    danger, fighting = np.arange(n) * 0.25, np.arange(nq) == 2
    node_damage, quarter_damage = np.full(n, 0.1), np.arange(nq) * 0.05
    wear(networks, node_damage, quarter_damage, danger, fighting, **numbers)
    assert networks.working == pytest.approx(np.exp(-0.3 * danger) - 0.15)
    assert networks.lines_cut == pytest.approx(np.maximum(1.5 * quarter_damage, 0.6 * fighting))
    assert networks.pipes_cut == pytest.approx(0.5 * quarter_damage)
    before = networks.working.copy()
    wear(networks, node_damage, quarter_damage, np.zeros(n), np.zeros(nq, np.bool_), **numbers)
    assert np.array_equal(networks.working, before), "damage counts once"
    wear(networks, np.ones(n), np.ones(nq), danger, fighting, **numbers)
    assert (networks.working == 0.0).all()
    assert (networks.lines_cut == 1.0).all()


def test_a_day_of_fighting_in_a_quarter_cuts_its_lines_and_is_counted_once(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    q, networks = battle.quarters, battle.networks
    q.fighting[2] = 3.0
    serve(battle)
    wanted = riverton.services.fighting_outage * (np.arange(8) == 2)
    assert networks.lines_cut == pytest.approx(wanted)
    assert q.power_cut == pytest.approx(wanted)
    assert (q.fighting == 0.0).all()
    serve(battle)
    assert networks.lines_cut == pytest.approx(wanted)


def test_damage_counts_around_a_node_and_nowhere_else(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    networks, ground = battle.networks, battle.ground
    node = int(np.flatnonzero(networks.kind == SUBSTATION)[0])
    mine = networks.around[networks.around_node == node]
    x, y = battle.position(mine)
    cx, cy = battle.position(networks.cell[[node]])
    assert np.hypot(x - cx, y - cy).max() <= battle.scenario.services.surroundings_m
    assert mine.size > 9
    ground.damage[mine] = 0.2
    serve(battle)
    assert networks.working[node] == pytest.approx(1.0 - 0.2 * riverton.services.damage_outage)
    far = [m for m in range(networks.kind.size) if not np.isin(networks.around[networks.around_node == m], mine).any()]
    assert len(far) > 5
    assert (networks.working[far] == 1.0).all()


# Who mends it -------------------------------------------------------------------------------------------------------


def test_crews_mend_where_it_is_safe_and_nowhere_else(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__crews=1000)
    networks, q = battle.networks, battle.quarters
    networks.working[:] = 0.0
    networks.lines_cut[:] = networks.pipes_cut[:] = 1.0
    free(battle, 0, 1, 2)
    q.fighting[1] = 1.0
    battle.ground.danger[q.cells[q.start[2] : q.start[3]]] = 2 * riverton.services.safe_danger
    serve(battle)
    mended = networks.quarter == 0
    assert mended.any()
    assert np.array_equal(networks.working == 1.0, mended)
    assert (networks.working[~mended & (networks.quarter > 2)] == 0.0).all()
    assert networks.lines_cut.tolist() == networks.pipes_cut.tolist() == [0.0, *[1.0] * 7]


def test_a_node_in_danger_waits_though_its_quarter_is_quiet(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__crews=1000, services__node_loss=0.0)
    networks = battle.networks
    free(battle, *range(8))
    networks.working[:] = 0.5
    node = int(np.flatnonzero(networks.kind == SUBSTATION)[0])
    battle.ground.danger[networks.cell[node]] = 0.5
    serve(battle)
    there = networks.cell == networks.cell[node]
    assert (networks.working[there] == 0.5).all()
    assert (networks.working[~there] == 1.0).all()


@pytest.mark.parametrize("crews", [0, 1, 7])
def test_work_goes_on_at_the_rate_of_the_crews_until_all_is_whole(riverton, crews: int) -> None:
    battle = still(riverton, **BY_FEEDER, services__crews=crews)
    networks = battle.networks
    free(battle, *range(8))
    networks.working[:] = 0.4
    networks.lines_cut[:], networks.pipes_cut[:] = 0.3, 0.1
    n = networks.kind.size
    asked = 0.6 * networks.full_work[:n].sum() + 0.2 * networks.full_work[n:].sum()
    worked = serve_days(battle, 40)
    assert worked == pytest.approx([min(asked, crews * day) for day in range(1, 41)])
    left = (1.0 - networks.working) @ networks.full_work[:n] + networks.lines_cut @ networks.full_work[n : n + 8]
    left += networks.pipes_cut @ networks.full_work[n + 8 :]
    assert left == pytest.approx(max(asked - 40 * crews, 0.0))


def test_crews_go_first_to_what_most_residents_hang_on(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__crews=1)
    networks = battle.networks
    free(battle, *range(8))
    networks.working[:] = 0.0
    serve_days(battle, 10)
    (begun,) = np.flatnonzero(networks.working > 0.0)
    assert networks.served[begun] == networks.served.max()
    assert networks.working[begun] == pytest.approx(10 / riverton.services.crew_days_node)


def test_lines_to_a_water_works_come_before_those_of_a_quarter_like_any_other(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__crews=1)
    networks = battle.networks
    free(battle, *range(8))
    networks.lines_cut[:] = 1.0
    serve(battle)
    (begun,) = np.flatnonzero(networks.lines_cut < 1.0)
    assert begun in networks.quarter[networks.kind == WORKS]


def test_residents_are_counted_through_the_tree(riverton) -> None:
    battle = still(riverton, **BY_FEEDER)
    networks, residents = battle.networks, battle.quarters.residents
    for kind, link in ((SUBSTATION, networks.feeder), (PUMPS, networks.pump)):
        for node in np.flatnonzero(networks.kind == kind):
            assert networks.served[node] == residents[link == node].sum()
    (plant,) = np.flatnonzero(networks.kind == PLANT)
    assert networks.served[plant] == residents[networks.power[networks.feeder] == plant].sum() > 0
    assert networks.served[networks.kind == WORKS].sum() == residents.sum()


@given(crew_days=st.floats(0.0, 500.0), safe=st.integers(0, 255))
def test_mending_never_breaks_and_never_overdoes(whole: Battle, crew_days: float, safe: int) -> None:
    old = whole.networks
    n, nq = old.kind.size, old.feeder.size
    networks = old._replace(
        working=np.linspace(0.0, 1.0, n), lines_cut=np.linspace(1.0, 0.0, nq), pipes_cut=np.linspace(0.0, 1.0, nq)
    )
    before = np.concatenate([1.0 - networks.working, networks.lines_cut, networks.pipes_cut])
    quarters = (safe >> np.arange(nq)) % 2 == 1
    worked = mend(networks, crew_days, quarters[networks.quarter], quarters)
    after = np.concatenate([1.0 - networks.working, networks.lines_cut, networks.pipes_cut])
    assert ((after >= 0.0) & (after <= before + 1e-12)).all()
    assert worked <= crew_days + 1e-9
    assert ((before - after) * networks.full_work).sum() == pytest.approx(worked, abs=1e-6)


# Sabotage -----------------------------------------------------------------------------------------------------------


def test_sabotage_at_the_start_leaves_nothing_but_hospitals(riverton) -> None:
    battle = still(riverton, **BY_PUMP, services__sabotage="start")
    battle.step()
    networks = battle.networks
    assert np.array_equal(networks.working == 1.0, networks.kind == HOSPITAL)
    assert (battle.quarters.power_cut == 1.0).all()
    assert (battle.quarters.water_cut == 1.0).all()
    rows = rows_of(battle.ledger, kind=SERVICE)
    assert len(rows) == 8 + (networks.kind != HOSPITAL).sum()


def test_sabotage_on_withdrawal_wrecks_what_stands_in_the_quarter_once(riverton) -> None:
    battle = still(riverton, **BY_FEEDER, services__sabotage="withdrawal")
    networks, q = battle.networks, battle.quarters
    serve(battle)
    assert (q.power_cut == 0.0).all()
    substation = int(np.flatnonzero(networks.kind == SUBSTATION)[0])
    quarter = int(networks.quarter[substation])
    battle.given_up[quarter] = True
    for _ in range(2):
        serve(battle)
    there = (networks.quarter == quarter) & (networks.kind != HOSPITAL)
    assert np.array_equal(networks.working == 0.0, there)
    assert np.array_equal(networks.lines_cut, (np.arange(8) == quarter).astype(float))
    assert np.array_equal(q.power_cut == 1.0, networks.feeder == substation)
    assert len(rows_of(battle.ledger, kind=SERVICE)) == 1 + there.sum()


def test_sabotage_costs_the_people_light_and_water(riverton) -> None:
    """Claim C2b asks what follows from it; here that it follows in the direction that it must."""
    lost = []
    for when in ("none", "withdrawal", "start"):
        run = Battle(riverton, seed=3, **{"services.sabotage": when, "time.max_days": 16}, check=True).run()
        lost.append((run.summary["person_days_without_power"], run.summary["person_days_without_water"]))
    assert lost[0][0] < lost[1][0] < lost[2][0]
    assert lost[0][1] < lost[1][1] < lost[2][1]


# In a battle --------------------------------------------------------------------------------------------------------


def test_the_networks_are_in_the_state_and_come_back_from_it(riverton) -> None:
    battle = stepped(riverton, 24 * 12 + 5)
    networks = battle.networks
    assert networks.working.min() < 1.0
    assert networks.lines_cut.max() > 0.0
    again = Battle.from_state(battle.state()).networks
    for name, column in networks._asdict().items():
        assert np.array_equal(column, getattr(again, name)), name


def test_a_battle_without_crews_mends_nothing_and_with_them_something(riverton) -> None:
    runs = [Battle(riverton, seed=3, **{"services.crews": crews}).run() for crews in (0, 100)]
    assert runs[0].summary["crew_days"] == 0.0 < runs[1].summary["crew_days"]
    ends = [run.daily["persons_without_power"].iloc[-1] / run.daily["at_home"].iloc[-1] for run in runs]
    assert ends[1] < ends[0]
    assert HELD not in runs[1].frames["control"][-1]
