from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.record import codes
from sim.record.ledger import Ledger, unique_words

START = datetime(2016, 10, 17, 6, tzinfo=UTC)


def block(rows):
    ints = np.zeros((len(rows), codes.N_COLUMNS), np.int32)
    for index, (kind, people, cause, count) in enumerate(rows):
        ints[index, [codes.KIND, codes.PEOPLE, codes.CAUSE, codes.COUNT]] = kind, people, cause, count
    return ints


row = st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(0, 20), st.integers(0, 10_000))


@given(st.lists(st.lists(row, max_size=8), max_size=12))
def test_totals_equal_a_sum_by_hand(batches):
    ledger, rows = Ledger(), []
    for tick, batch in enumerate(batches):
        ledger.append(tick, block(batch), np.zeros(len(batch)))
        rows += batch
        if batch:
            kind, people, cause, _ = batch[0]
            assert ledger.total(kind) == sum(r[3] for r in rows if r[0] == kind)
            assert ledger.total(kind, people) == sum(r[3] for r in rows if r[:2] == (kind, people))
            assert ledger.total(kind, people, cause) == sum(r[3] for r in rows if r[:3] == (kind, people, cause))
            assert ledger.total(kind, cause=cause) == sum(r[3] for r in rows if (r[0], r[2]) == (kind, cause))
    assert ledger.n == len(rows)


def test_rows_are_copied_and_kept_over_growth():
    ledger = Ledger()
    ints, values = block([(codes.DEATH, codes.CIVILIANS, codes.AIR, 2)] * 3000), np.arange(3000.0)
    for tick in range(5):
        ledger.append(tick, ints, values)
    ints[:] = 0
    values[:] = -1
    assert ledger.n == 15_000
    assert ledger.ticks.tolist() == np.repeat(np.arange(5), 3000).tolist()
    assert ledger.values.tolist() == np.tile(np.arange(3000.0), 5).tolist()
    assert ledger.total(codes.DEATH, codes.CIVILIANS) == 30_000


def test_add_writes_each_column():
    ledger = Ledger()
    ledger.add(
        7, codes.WOUND, cell=5, people=codes.DEFENDERS, actor=codes.COALITION, cause=codes.AIR, rule=codes.FIRES,
        agent_set=codes.DEFENDER_SET, row=3, other_row=4, count=6, value=1.5, target=2, munition=codes.HEAVY,
    )  # fmt: skip
    assert ledger.ticks.tolist() == [7]
    assert ledger.values.tolist() == [1.5]
    assert ledger.ints.tolist() == [[
        codes.WOUND, 5, codes.DEFENDERS, codes.COALITION, codes.AIR, codes.FIRES, codes.DEFENDER_SET, 3, 4, 6,
        2, codes.HEAVY,
    ]]  # fmt: skip


def test_add_grows():
    ledger = Ledger()
    for tick in range(10_000):
        ledger.add(tick, codes.CLASH, count=1)
    assert ledger.ticks.tolist() == list(range(10_000))
    assert ledger.total(codes.CLASH) == 10_000


def test_state_goes_on():
    ledger = Ledger()
    ledger.add(1, codes.DEATH, people=codes.CIVILIANS, count=2)
    state = ledger.state()
    ledger.add(2, codes.DEATH, people=codes.CIVILIANS, count=5)
    again = Ledger.from_state(state)
    assert again.total(codes.DEATH) == 2
    again.add(2, codes.DEATH, people=codes.CIVILIANS, count=5)
    for name, column in ledger.state().items():
        assert np.array_equal(column, again.state()[name])
    assert Ledger.from_state(Ledger().state()).n == 0


def test_state_that_does_not_fit_is_refused():
    state = Ledger().state()
    with pytest.raises(ValueError, match="differ in length"):
        Ledger.from_state({**state, "ticks": np.zeros(3, np.int32)})


def test_codes_outside_the_vocabulary_are_refused():
    ledger = Ledger()
    ledger.add(0, 99)
    with pytest.raises(ValueError, match="invalid entry"):
        ledger.total(codes.DEATH)
    with pytest.raises(ValueError, match="codes"):
        ledger.frame(START, 1, np.zeros(1, np.int16), ["a"])


def test_frame_has_words_dates_and_places():
    ledger = Ledger()
    ledger.add(0, codes.DEATH, cell=2, people=codes.CIVILIANS, cause=codes.IED, count=3)
    ledger.add(25, codes.BRIDGE, agent_set=codes.BRIDGE_SET, row=1)
    frame = ledger.frame(START, 2, np.array([-1, 0, 1], np.int16), ["Here", "Here"])
    assert frame["date"].astype(str).tolist() == ["2016-10-17 06:00:00", "2016-10-19 08:00:00"]
    assert frame["day"].tolist() == [0, 2]
    assert frame[["kind", "people", "cause"]].astype(str).iloc[0].tolist() == ["death", "civilians", "ied"]
    assert frame["neighbourhood"].astype(object).fillna("nowhere").tolist() == ["Here (2)", "nowhere"]
    assert frame["kind"].cat.categories.tolist() == list(codes.WORDS["kind"])
    assert len(Ledger().frame(START, 1, np.zeros(1, np.int16), ["a"])) == 0


def test_names_made_unique():
    assert unique_words(["a", "b", "a"]) == ["a", "b", "a (2)"]
