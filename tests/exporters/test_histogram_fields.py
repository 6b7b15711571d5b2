"""Histograms in other shapes hold the same values, in as few buckets as wanted."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from driftline.exporters.coarser_buckets import coarsened
from driftline.exporters.histogram_fields import (
    bins_of,
    edges,
    exponential_field,
    values_and_counts,
)
from driftline.exporters.histograms import Buckets, ColumnHistogram

NUMBERS = arrays.arrays(
    np.float64,
    st.integers(1, 60),
    elements=st.one_of(
        st.just(0.0), st.floats(-1e6, 1e6, allow_subnormal=False), st.floats(0.5, 2.0), st.floats(1e-9, 1e-6)
    ),
)
SCALES = st.integers(-4, 7)


def buckets_of(values: npt.NDArray[np.float64], scale: int) -> Buckets:
    """Positive values by bucket, as OpenTelemetry defines it."""
    if not values.size:
        return Buckets(0, np.zeros(0, np.uint64))
    indexes = np.ceil(np.log2(values) * 2.0**scale).astype(np.int64) - 1
    counts = np.bincount(indexes - indexes.min()).astype(np.uint64)
    return Buckets(int(indexes.min()), counts)


def histogram_of(values: npt.NDArray[np.float64], scale: int) -> ColumnHistogram:
    return ColumnHistogram(
        column="x",
        role="feature",
        scale=scale,
        zero_count=int((values == 0).sum()),
        positive=buckets_of(values[values > 0], scale),
        negative=buckets_of(-values[values < 0], scale),
        count=values.size,
        sum=float(values.sum()),
        min=float(values.min()),
        max=float(values.max()),
    )


@given(NUMBERS, SCALES, st.integers(2, 20))
def test_coarser_buckets_hold_the_same_values(values: npt.NDArray[np.float64], scale: int, most: int) -> None:
    positive = np.abs(values[values != 0])
    merged, coarser = coarsened(buckets_of(positive, scale), scale, most)
    assert merged.counts.size <= most
    assert coarser <= scale
    expected = buckets_of(positive, coarser)
    assert merged.offset == expected.offset
    assert merged.counts.tolist() == expected.counts.tolist()


@given(NUMBERS, SCALES)
def test_bins_adjoin_and_hold_all_values(values: npt.NDArray[np.float64], scale: int) -> None:
    bounds, counts = bins_of(histogram_of(values, scale), max_buckets=20)
    assert bounds.size == counts.size + 1 <= 42
    assert (np.diff(bounds) > 0).all()
    assert counts.sum() == values.size
    assert bounds[0] <= values.min() + 1e-9 * abs(values.min())
    assert bounds[-1] >= values.max() - 1e-9 * abs(values.max())


@given(NUMBERS, SCALES)
def test_middles_ascend_between_the_smallest_and_the_largest(
    values: npt.NDArray[np.float64], scale: int
) -> None:
    field = values_and_counts(histogram_of(values, scale))
    middles, counts = np.array(field["values"]), np.array(field["counts"])
    assert (np.diff(middles) >= 0).all()
    assert counts.min() > 0
    assert counts.sum() == values.size
    assert middles[0] >= values.min()
    assert middles[-1] <= values.max()
    # Exactly 0 is exactly 0.
    assert counts[middles == 0].sum() >= (values == 0).sum()


def test_middles_are_as_near_as_the_buckets_are_wide() -> None:
    values = np.random.default_rng(5).lognormal(0, 1, 500)
    field = values_and_counts(histogram_of(values, 5))
    told = np.repeat(field["values"], field["counts"])
    # A bucket of scale 5 is 2.2 % wide; 160 of them span a factor of 32, so that some are merged once.
    assert np.abs(told / np.sort(values) - 1).max() < 2 ** (2.0**-3) - 1


@given(NUMBERS, SCALES)
def test_exponential_histograms_lose_nothing(values: npt.NDArray[np.float64], scale: int) -> None:
    field = exponential_field(histogram_of(values, scale))
    found: dict[str, Any] = {side: field.get(side, {"counts": []}) for side in ("positive", "negative")}
    zeros = field.get("zero", {"count": 0})["count"]
    assert zeros + sum(found["positive"]["counts"]) + sum(found["negative"]["counts"]) == values.size
    assert all(count > 0 for side in found.values() for count in side["counts"])
    assert (field["min"], field["max"], field["scale"]) == (values.min(), values.max(), scale)


def test_bounds_beyond_a_double_are_its_largest() -> None:
    bounds = edges(Buckets(1022, np.ones(2, np.uint64)), 0)
    assert bounds.tolist() == [2.0**1022, 2.0**1023, np.finfo(np.float64).max]
