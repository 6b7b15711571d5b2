"""Data points, put together to requests of bounded size."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    Metric,
    NumberDataPoint,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from driftline.exporters.instruments import Instrument
from driftline.exporters.otlp.messages import scope

MAX_REQUEST_BYTES = 4 * 1024 * 1024 - 64 * 1024
"""gRPC servers take messages of 4 MiB unless they are told otherwise."""

_POINT_SLACK_BYTES = 16
"""Most that a point takes besides its own bytes: its tag and length, and what the lengths around it grow by."""

_METRIC_SLACK_BYTES = 64

Temporality = Literal["delta", "cumulative"]

_TEMPORALITIES: dict[Temporality, AggregationTemporality.ValueType] = {
    "delta": AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA,
    "cumulative": AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE,
}


class Sample(NamedTuple):
    """A data point of an instrument: a gauge's or a histogram's."""

    instrument: Instrument
    point: NumberDataPoint | ExponentialHistogramDataPoint

    @property
    def size(self) -> int:
        """Bytes that it adds to a request that has its metric."""
        return self.point.ByteSize() + _POINT_SLACK_BYTES


class Request(NamedTuple):
    """A serialised ``ExportMetricsServiceRequest``, and the number of its points."""

    body: bytes
    points: int


def requests_of(
    samples: Iterable[Sample],
    resource: Resource,
    temporality: Temporality,
    most_bytes: int = MAX_REQUEST_BYTES,
) -> Iterator[Request]:
    """
    Put samples into as few requests as hold them in their order.

    Parameters
    ----------
    samples
        In any order; those of one instrument become one metric of a request.
    resource
        What sends them.
    temporality
        Of the histograms.
    most_bytes
        Of a request; a single point that is larger is a request of its own.
    """
    request = _Request(resource, temporality)
    for sample in samples:
        if request.points and request.size + request.cost_of(sample) > most_bytes:
            yield request.serialized()
            request = _Request(resource, temporality)
        request.add(sample)
    if request.points:
        yield request.serialized()


class _Request:
    def __init__(self, resource: Resource, temporality: Temporality) -> None:
        self._message = ExportMetricsServiceRequest()
        metrics = self._message.resource_metrics.add(resource=resource)
        self._scope: ScopeMetrics = metrics.scope_metrics.add(scope=scope())
        self._temporality = temporality
        self._metrics: dict[str, Metric] = {}
        self.size = self._message.ByteSize() + _METRIC_SLACK_BYTES
        self.points = 0

    def cost_of(self, sample: Sample) -> int:
        cost = sample.size
        if sample.instrument.name in self._metrics:
            return cost
        return cost + sum(len(text.encode()) for text in sample.instrument) + _METRIC_SLACK_BYTES

    def add(self, sample: Sample) -> None:
        self.size += self.cost_of(sample)
        self.points += 1
        name, unit, description = sample.instrument
        metric = self._metrics.get(name)
        if metric is None:
            metric = self._scope.metrics.add(name=name, unit=unit, description=description)
            self._metrics[name] = metric
        if isinstance(sample.point, NumberDataPoint):
            metric.gauge.data_points.append(sample.point)
        else:
            metric.exponential_histogram.aggregation_temporality = _TEMPORALITIES[self._temporality]
            metric.exponential_histogram.data_points.append(sample.point)

    def serialized(self) -> Request:
        return Request(self._message.SerializeToString(), self.points)
