from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.record.digest import first_difference, summary_digest, table_digest

numbers = st.lists(
    st.one_of(st.integers(-1000, 1000), st.floats(width=32, allow_infinity=False)), min_size=1, max_size=20
)


@given(numbers)
def test_storage_does_not_matter(values):
    plain = pd.DataFrame({"b": np.asarray(values, np.float64), "a": np.arange(len(values), dtype=np.int64)})
    stored = pd.DataFrame(
        {"a": np.arange(len(values), dtype=np.float32), "b": np.asarray(values, np.float32)},
        index=np.arange(len(values))[::-1],
    )
    strided = pd.DataFrame(np.asfortranarray(plain.to_numpy()), columns=plain.columns)
    assert table_digest(plain) == table_digest(stored) == table_digest(strided)


@given(numbers, st.data())
def test_values_and_their_order_matter(values, data):
    index = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    changed[index] = 5000.5
    assert table_digest(pd.DataFrame({"a": values})) != table_digest(pd.DataFrame({"a": changed}))
    longer = pd.DataFrame({"a": [*values, 0.0]})
    assert table_digest(longer) != table_digest(pd.DataFrame({"a": values}))
    rising = pd.DataFrame({"a": [1, 2]})
    assert table_digest(rising) != table_digest(rising.iloc[::-1])
    assert table_digest(rising) != table_digest(rising.rename(columns={"a": "b"}))


def test_minus_zero_and_nan_have_one_form():
    odd_nan = np.frombuffer(np.uint64(0x7FF8000000000001).tobytes(), np.float64)
    assert table_digest(pd.DataFrame({"a": [0.0, np.nan]})) == table_digest(pd.DataFrame({"a": [-0.0, odd_nan[0]]}))
    assert summary_digest({"a": 0, "b": float("nan")}) == summary_digest({"b": float("nan"), "a": -0.0})


def test_words_count_and_not_their_categories():
    plain = pd.DataFrame({"w": ["b", "a", None, "b"]})
    coded = pd.DataFrame({"w": pd.Categorical(["b", "a", None, "b"], categories=["z", "b", "a"])})
    assert table_digest(plain) == table_digest(coded)
    assert table_digest(plain) != table_digest(pd.DataFrame({"w": ["b", "a", "a", "b"]}))
    assert table_digest(plain) != table_digest(pd.DataFrame({"w": ["c", "a", None, "c"]}))


def test_dates_count_and_not_their_unit():
    days = np.array(["2016-10-17", "2016-10-18"], "datetime64[ms]")
    assert table_digest(pd.DataFrame({"d": days})) == table_digest(pd.DataFrame({"d": days.astype("datetime64[ns]")}))
    assert table_digest(pd.DataFrame({"d": days})) != table_digest(pd.DataFrame({"d": days[::-1]}))


def test_large_whole_numbers_stay_exact():
    assert table_digest(pd.DataFrame({"a": [2**60]})) != table_digest(pd.DataFrame({"a": [2**60 + 1]}))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ({"day": [0, 1], "a": [1.0, np.nan], "b": [1, 2]}, None),
        ({"day": [0, 1], "a": [1.0, 3.0], "b": [1, 2]}, "day 1: a"),
        ({"day": [0, 1], "a": [1.0, 3.0], "b": [9, 2]}, "day 0: b"),
        ({"day": [0], "a": [1.0], "b": [1]}, "2 days against 1"),
        ({"day": [0, 1], "a": [1.0, np.nan]}, "only one of the two has b"),
    ],
)
def test_first_difference(theirs, expected):
    ours = pd.DataFrame({"day": [0, 1], "a": [1.0, np.nan], "b": [1, 2]})
    assert first_difference(ours, pd.DataFrame(theirs)) == expected
