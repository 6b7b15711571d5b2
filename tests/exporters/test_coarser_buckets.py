"""Fewer buckets hold the same values, and are those that OpenTelemetry's own histogram would have."""

import math
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from tests.exporters.test_histogram_merge import histogram as histogram_of
from tests.exporters.test_histogram_merge import ingest

from driftline import _core
from driftline.exporters.coarser_buckets import at_most
from driftline.exporters.histograms import Buckets, ColumnHistogram
from driftline.query import EngineTransport, Monitor

buckets = st.builds(
    Buckets,
    st.integers(-5_000, 5_000),
    st.lists(st.one_of(st.just(0), st.integers(0, 2**50)), max_size=330).map(
        lambda counts: np.array(counts, np.uint64)
    ),
)


@st.composite
def histograms(draw: st.DrawFn) -> ColumnHistogram:
    positive, negative = draw(buckets), draw(buckets)
    zeros = draw(st.integers(0, 2**40))
    count = zeros + int(positive.counts.sum()) + int(negative.counts.sum())
    return ColumnHistogram(
        "x", "feature", draw(st.integers(-4, 7)), zeros, positive, negative, count, 0.0, -1.0, 1.0
    )


def span(found: Buckets) -> int:
    """Buckets from the first to the last that has values."""
    used = np.flatnonzero(found.counts)
    return int(used[-1] - used[0]) + 1 if used.size else 0


@given(histograms(), st.integers(2, 320))
def test_all_is_counted_in_the_bucket_that_holds_it(given_: ColumnHistogram, most: int) -> None:
    told = at_most(given_, most)
    shift = given_.scale - told.scale
    assert shift >= 0
    for before, after in ((given_.positive, told.positive), (given_.negative, told.negative)):
        assert after.counts.size <= most
        assert int(after.counts.sum()) == int(before.counts.sum())
        expected: dict[int, int] = {}
        for place, count in enumerate(before.counts.tolist()):
            if count:
                # (base ** i, base ** (i + 1)] of the wider base holds all of it.
                wider = math.floor((before.offset + place) / 2**shift)
                expected[wider] = expected.get(wider, 0) + count
        found = {after.offset + place: count for place, count in enumerate(after.counts.tolist()) if count}
        assert found == expected
    assert (told.zero_count, told.count, told.sum, told.min, told.max) == (
        given_.zero_count,
        given_.count,
        given_.sum,
        given_.min,
        given_.max,
    )
    if shift:
        finer = at_most(given_, 2 * most)
        assert finer.scale > told.scale, "not coarser than it takes"
    fits = max(span(given_.positive), span(given_.negative)) <= most
    assert (shift == 0) == fits


def by_opentelemetry(values: list[float], max_size: int) -> Any:
    """The point that OpenTelemetry's SDK makes of them."""
    reader = InMemoryMetricReader()
    view = View(
        instrument_type=Histogram, aggregation=ExponentialBucketHistogramAggregation(max_size=max_size)
    )
    provider = MeterProvider([reader], views=[view], shutdown_on_exit=False)
    recorder = provider.get_meter("test").create_histogram("x")
    for value in values:
        recorder.record(value)
    data = reader.get_metrics_data()
    provider.shutdown()
    assert data is not None
    (point,) = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    return point


@given(
    st.lists(st.floats(1e-9, 1e9).filter(lambda value: math.frexp(value)[0] != 0.5), min_size=2, max_size=60),
    st.sampled_from([4, 20, 160]),
)
def test_they_are_those_of_opentelemetrys_own_histogram(values: list[float], most: int) -> None:
    theirs = by_opentelemetry(values, most)
    # A sketch has no finer scale than 7.
    assume(theirs.scale < 7)
    engine = _core.Engine()
    ingest(engine, 0, values)
    whole = histogram_of(Monitor(EngineTransport(engine)), 0, 1)
    assume(whole.scale >= theirs.scale)
    ours = at_most(whole, most)
    assert (ours.scale, ours.count) == (theirs.scale, theirs.count)
    counts = list(theirs.positive.bucket_counts)
    used = [place for place, count in enumerate(counts) if count]
    assert ours.positive.offset == theirs.positive.offset + used[0]
    assert ours.positive.counts.tolist() == counts[used[0] : used[-1] + 1]
