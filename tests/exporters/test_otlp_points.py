"""Histograms go to OTLP and back unchanged, and requests hold what they may."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, ExponentialHistogramDataPoint

from driftline.exporters.histograms import Buckets, ColumnHistogram
from driftline.exporters.instruments import FEATURE_VALUES, Instrument
from driftline.exporters.otlp.messages import resource
from driftline.exporters.otlp.points import histogram_point, number_point
from driftline.exporters.otlp.requests import Sample, requests_of

LABELS = {"model": "m", "version": "1", "feature": "x"}

buckets = st.builds(
    Buckets,
    st.integers(-5_000, 5_000),
    st.lists(st.integers(0, 2**62), max_size=40).map(lambda counts: np.array(counts, np.uint64)),
)


@st.composite
def histograms(draw: st.DrawFn) -> ColumnHistogram:
    positive, negative = draw(buckets), draw(buckets)
    zeros = draw(st.integers(0, 2**40))
    low, high = sorted(draw(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2)))
    return ColumnHistogram(
        column="x",
        role="feature",
        scale=draw(st.integers(-4, 7)),
        zero_count=zeros,
        positive=positive,
        negative=negative,
        count=zeros + sum(positive.counts.tolist()) + sum(negative.counts.tolist()),
        sum=draw(st.floats(allow_nan=False, allow_infinity=False)),
        min=low,
        max=high,
    )


@given(histograms().filter(lambda histogram: histogram.count < 2**64), st.integers(0, 2**62))
def test_a_histogram_survives_the_wire(histogram: ColumnHistogram, start: int) -> None:
    sent = histogram_point(histogram, LABELS, start, start + 60)
    point = ExponentialHistogramDataPoint.FromString(sent.SerializeToString())
    assert (point.start_time_unix_nano, point.time_unix_nano) == (start, start + 60)
    assert (point.scale, point.zero_count, point.count) == (
        histogram.scale,
        histogram.zero_count,
        histogram.count,
    )
    for told, kept in ((point.positive, histogram.positive), (point.negative, histogram.negative)):
        assert list(told.bucket_counts) == kept.counts.tolist()
        assert not kept.counts.size or told.offset == kept.offset
    assert point.count == point.zero_count + sum(point.positive.bucket_counts) + sum(
        point.negative.bucket_counts
    )
    if histogram.count:
        assert (point.min, point.max) == (histogram.min, histogram.max)
    assert point.HasField("sum") == (histogram.count > 0 and histogram.min >= 0.0)
    assert not point.HasField("sum") or point.sum == histogram.sum


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 300)), min_size=1, max_size=60),
    st.integers(500, 4_000),
)
def test_requests_hold_all_points_in_order_within_their_size(
    told: list[tuple[str, int]], most_bytes: int
) -> None:
    samples = [
        Sample(
            Instrument(f"driftline.{name}", "1", "Help."),
            number_point(float(i), {"x": "y" * length}, 1, 2),
        )
        for i, (name, length) in enumerate(told)
    ]
    requests = list(requests_of(samples, resource("", {}), "delta", most_bytes))
    assert all(len(request.body) <= most_bytes for request in requests if request.points > 1)
    read = [ExportMetricsServiceRequest.FromString(request.body) for request in requests]
    values: dict[str, list[float]] = {}
    for message, request in zip(read, requests, strict=True):
        (scope,) = message.resource_metrics[0].scope_metrics
        assert len({metric.name for metric in scope.metrics}) == len(scope.metrics)
        assert sum(len(metric.gauge.data_points) for metric in scope.metrics) == request.points
        for metric in scope.metrics:
            values.setdefault(metric.name, []).extend(point.as_double for point in metric.gauge.data_points)
    expected: dict[str, list[float]] = {}
    for i, (name, _) in enumerate(told):
        expected.setdefault(f"driftline.{name}", []).append(float(i))
    assert values == expected


@pytest.mark.parametrize("temporality", ["delta", "cumulative"])
def test_histograms_say_their_temporality(temporality: str) -> None:
    histogram = ColumnHistogram(
        "x", "feature", 3, 0, Buckets(2, np.array([1, 2], np.uint64)), Buckets(0, np.zeros(0, np.uint64)),
        3, 4.0, 1.2, 1.5,
    )  # fmt: skip
    samples = [Sample(FEATURE_VALUES, histogram_point(histogram, LABELS, 1, 2))]
    (request,) = requests_of(samples, resource("w", {"service.name": "mine"}), temporality)  # type: ignore[arg-type]
    message = ExportMetricsServiceRequest.FromString(request.body)
    (metric,) = message.resource_metrics[0].scope_metrics[0].metrics
    expected = AggregationTemporality.Value(f"AGGREGATION_TEMPORALITY_{temporality.upper()}")
    assert metric.exponential_histogram.aggregation_temporality == expected
    known = {each.key: each.value.string_value for each in message.resource_metrics[0].resource.attributes}
    assert known["service.name"] == "mine"
    assert known["driftline.writer_id"] == "w"
