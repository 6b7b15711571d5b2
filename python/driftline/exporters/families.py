"""Metric families that are filled while the engine is asked."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from driftline.exporters import names
from driftline.exporters.label_values import label_value
from driftline.exporters.names import Metric


class Families:
    """
    The families of one scrape, in the order in which they were first touched.

    Parameters
    ----------
    max_series
        Most samples about models; further ones are left out and counted. Those about the process always fit.
    """

    def __init__(self, max_series: int) -> None:
        self._families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        self._room = max_series
        self.left_out = 0
        """Samples that did not fit."""

    @property
    def is_full(self) -> bool:
        """Whether no further sample about a model fits."""
        return self._room <= 0

    def _fits(self, metric: Metric) -> bool:
        if metric.labels[:1] != names.VERSION_LABELS[:1]:
            return True
        if self.is_full:
            self.left_out += 1
            return False
        self._room -= 1
        return True

    def count(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a sample to a counter family."""
        if not self._fits(metric):
            return
        family = self._families.get(metric.name)
        if family is None:
            family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric([label_value(label) for label in labels], value)

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a sample to a gauge family."""
        if not self._fits(metric):
            return
        family = self._families.get(metric.name)
        if family is None:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric([label_value(label) for label in labels], value)

    def __iter__(self) -> Iterator[Family]:
        return iter(self._families.values())
