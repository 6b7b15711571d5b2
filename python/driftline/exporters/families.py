"""Metric families that are filled while the engine is asked."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from driftline.exporters.label_values import label_value
from driftline.exporters.names import Metric


class Families:
    """The families of one scrape, in the order in which they were first touched."""

    def __init__(self) -> None:
        self._families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}

    def count(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a sample to a counter family."""
        family = self._families.get(metric.name)
        if family is None:
            family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric([label_value(label) for label in labels], value)

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a sample to a gauge family."""
        family = self._families.get(metric.name)
        if family is None:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric([label_value(label) for label in labels], value)

    def __iter__(self) -> Iterator[Family]:
        return iter(self._families.values())
