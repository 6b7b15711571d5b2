"""Distances of columns at the edges: no rows, one value, all ties, new categories, nulls only, infinities."""

from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import example, given
from tests.query.distances import METRICS, assert_agrees, baseline_row, exact_distances

import driftline
from driftline.errors import InvalidArgumentError

FLOATS = pa.float64()
INFINITE = [float("inf"), float("-inf"), float("nan")]
NUMBERS = st.one_of(
    st.lists(st.none() | st.floats(-1e6, 1e6) | st.sampled_from([0.0, -1.0]), max_size=60),
    st.lists(st.none() | st.floats(-1e6, 1e6) | st.sampled_from(INFINITE), max_size=20),
    st.lists(st.just(7.5), min_size=1, max_size=60),
    st.lists(st.integers(0, 2).map(float), max_size=200),
    st.lists(st.none(), max_size=9),
)
WORDS = st.one_of(
    st.lists(st.none() | st.sampled_from(["Oslo", "Rome", "Lima", ""]), max_size=60),
    st.lists(st.text(max_size=3), max_size=20),
    st.lists(st.none(), max_size=9),
)


def check(reference: list[Any], current: list[Any], kind: "pa.DataType") -> None:
    """Every number that is given holds the rows' own, and whatever is not given is accounted for."""
    before, after = (pa.table({"x": pa.array(values, kind)}) for values in (reference, current))
    baseline = driftline.profile(before)
    if not reference:
        with pytest.raises(InvalidArgumentError, match="a baseline needs at least one column"):
            driftline.profile(after, baseline=baseline)
        return
    row = baseline_row(baseline, "x")
    answer = driftline.profile(after, baseline=baseline).drift(baseline, metrics=METRICS)
    exact = exact_distances(before["x"], after["x"], row)
    if not answer.entries:
        assert exact == {}
        assert [column.column for column in answer.incomparable] == ["x"]
        return
    assert {value.metric for value in answer["x"]} == set(exact)
    for value in answer["x"]:
        assert_agrees(value, exact[value.metric])


@given(NUMBERS, NUMBERS)
@example([], [])
@example([1.0], [])
@example([1.0], [2.0])
@example([7.5] * 9, [7.5] * 40)
@example([None] * 3, [1.0])
@example(INFINITE, INFINITE)
@example([0.0, *INFINITE], [1.0, *INFINITE])
def test_of_numbers(reference: list[float | None], current: list[float | None]) -> None:
    check(reference, current, FLOATS)


@given(WORDS, WORDS)
@example(["a"], ["b"])
@example(["a"] * 50, ["a"] * 40 + ["new"] * 10)
@example([None, None], ["a"])
@example([], ["a"])
def test_of_categories(reference: list[str | None], current: list[str | None]) -> None:
    check(reference, current, pa.string())
