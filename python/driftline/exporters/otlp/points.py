"""Data points of OTLP metrics: figures as gauges, columns as exponential histograms."""

from collections.abc import Mapping

from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, NumberDataPoint

from driftline.exporters.histograms import ColumnHistogram
from driftline.exporters.otlp.messages import attributes


def number_point(
    value: float, labels: Mapping[str, str], start_unix_nanos: int, end_unix_nanos: int
) -> NumberDataPoint:
    """A number of a range of time: whole numbers stay whole."""
    point = NumberDataPoint(
        attributes=attributes(labels),
        start_time_unix_nano=start_unix_nanos,
        time_unix_nano=end_unix_nanos,
    )
    if isinstance(value, int):
        point.as_int = value
    else:
        point.as_double = value
    return point


def histogram_point(
    histogram: ColumnHistogram, labels: Mapping[str, str], start_unix_nanos: int, end_unix_nanos: int
) -> ExponentialHistogramDataPoint:
    """
    The buckets as they are.

    The sum is left out where there are values below zero, as the data model asks: it would not rise.
    """
    point = ExponentialHistogramDataPoint(
        attributes=attributes(labels),
        start_time_unix_nano=start_unix_nanos,
        time_unix_nano=end_unix_nanos,
        count=histogram.count,
        scale=histogram.scale,
        zero_count=histogram.zero_count,
    )
    for told, kept in ((point.positive, histogram.positive), (point.negative, histogram.negative)):
        if kept.counts.size:
            told.offset = kept.offset
            told.bucket_counts.extend(kept.counts.tolist())
    if histogram.count:
        point.min, point.max = histogram.min, histogram.max
        if histogram.min >= 0.0:
            point.sum = histogram.sum
    return point
