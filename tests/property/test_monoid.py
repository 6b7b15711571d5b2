"""A profile is a commutative monoid: however records are split, ordered and merged, the answers are the same."""

from functools import reduce
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

import driftline
from driftline import MonitorConfig, Profile

MONITOR = MonitorConfig(model="m", segments=(("place",),))

ROW = st.tuples(
    st.none() | st.floats(width=64) | st.sampled_from([0.0, -1.0, 7.5]),
    st.none() | st.integers(-(2**40), 2**40) | st.integers(0, 3),
    st.none() | st.sampled_from(["Oslo", "Rome", "Lima", ""]) | st.text(max_size=5),
    st.sampled_from(["north", "south"]),
    st.integers(0, 1),
    st.floats(0, 1),
    st.none() | st.integers(0, 1),
)
FIELDS: "list[pa.Field[Any]]" = [
    pa.field("number", pa.float64()),
    pa.field("integer", pa.int64()),
    pa.field("word", pa.string()),
    pa.field("place", pa.string()),
    pa.field("prediction", pa.int64()),
    pa.field("score", pa.float64()),
    pa.field("label", pa.int64()),
]
SCHEMA = pa.schema(FIELDS)
Rows = list[tuple[Any, ...]]

EXACT = ("column", "role", "kind", "count", "nulls", "nans", "infinities", "min", "max", "distinct", "top")


def table(rows: Rows) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def profile(rows: Rows, baseline: Profile | None = None) -> Profile:
    return driftline.profile(table(rows), monitor=MONITOR, baseline=baseline)


@st.composite
def split_rows(draw: st.DrawFn) -> tuple[Rows, list[Rows]]:
    """Rows, and the same rows cut into parts in another order."""
    rows = draw(st.lists(ROW, min_size=1, max_size=80))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    return rows, draw(st.permutations(parts))


def tree(parts: list[Profile]) -> Profile:
    """Merge in pairs, then the pairs, and so on."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        merged = [left.merge(right) for left, right in pairs]
        parts = merged + parts[len(merged) * 2 :]
    return parts[0]


def assert_same(left: Profile, right: Profile) -> None:
    """Equal where the state is exact, up to rounding where it is a sum."""
    assert left.columns == right.columns
    for segment in (None, {"place": "north"}):
        try:
            ours = left.summary(segment=segment)
        except driftline.DriftlineError as error:
            with pytest.raises(type(error)):
                right.summary(segment=segment)
            continue
        for one, other in zip(ours, right.summary(segment=segment), strict=True):
            for exact in EXACT:
                assert getattr(one, exact) == getattr(other, exact), exact
            for rounded in ("mean", "std_dev"):
                value = getattr(other, rounded)
                scale = 0.0 if value is None else 1e-9 * max(abs(one.min or 0), abs(one.max or 0), 1.0)
                assert getattr(one, rounded) == (
                    None if value is None else pytest.approx(value, rel=1e-6, abs=scale)
                )
    for column in ("number", "integer", "score"):
        assert left.distribution(column).to_arrow().equals(right.distribution(column).to_arrow())


def assert_quantiles_certified(merged: Profile, rows: Rows) -> None:
    values = np.sort([row[5] for row in rows])
    for quantile in merged.quantiles("score", [0.0, 0.25, 0.5, 0.9, 1.0]):
        exact = values[max(int(np.ceil(quantile.q * len(values))), 1) - 1]
        assert quantile.low <= exact <= quantile.high
        assert quantile.low <= quantile.value <= quantile.high


@given(split_rows())
def test_any_split_order_and_grouping_answers_alike(case: tuple[Rows, list[Rows]]) -> None:
    rows, parts = case
    whole = profile(rows)
    profiles = [profile(part) for part in parts]
    for merged in (reduce(Profile.merge, profiles), tree(profiles)):
        assert_same(merged, whole)
        assert_quantiles_certified(merged, rows)


@given(split_rows())
def test_quality_is_that_of_all_records(case: tuple[Rows, list[Rows]]) -> None:
    rows, parts = case
    (whole,) = profile(rows).performance()
    (merged,) = reduce(Profile.merge, [profile(part) for part in parts]).performance()
    assert (merged.predictions, merged.labels) == (whole.predictions, whole.labels)
    if whole.classification is None:
        assert merged.classification is None
        return
    assert merged.classification is not None
    assert merged.classification.confusion == whole.classification.confusion
    assert merged.classification.roc_auc == whole.classification.roc_auc


@given(split_rows())
def test_bins_of_a_baseline_add_up(case: tuple[Rows, list[Rows]]) -> None:
    rows, parts = case
    baseline = profile(rows)
    merged = reduce(Profile.merge, [profile(part, baseline) for part in parts])
    for column in merged.drift(baseline, metrics=["psi"]):
        for value in column:
            assert value.basis in ("baseline_bins", "categories")
            assert value.value == pytest.approx(0, abs=1e-12)
            assert value.low == value.high == value.value


@given(st.lists(ROW, min_size=1, max_size=40))
def test_nothing_is_the_identity(rows: Rows) -> None:
    some, nothing = profile(rows), profile([])
    assert_same(some.merge(nothing), some)
    assert_same(nothing.merge(some), some)
