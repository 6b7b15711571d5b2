"""Metric families that are filled while the engine is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Exemplar

from driftline.exporters import names
from driftline.exporters.label_values import label_value
from driftline.exporters.names import Metric


@dataclass
class SampleFamily:
    """
    All samples of a metric.

    Attributes
    ----------
    metric
        Its name, help text and names of labels.
    is_counter
        Else it is a gauge.
    samples
        Values of the labels, and the value.
    exemplars
        By values of the labels; of counters only.
    """

    metric: Metric
    is_counter: bool
    samples: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    exemplars: dict[tuple[str, ...], Exemplar] = field(default_factory=dict)

    def to_client(self) -> Family:
        """Return it as the Prometheus client has it."""
        kind = CounterMetricFamily if self.is_counter else GaugeMetricFamily
        family = kind(self.metric.name, self.metric.help, labels=self.metric.labels)
        for labels, value in self.samples:
            if labels in self.exemplars:
                assert isinstance(family, CounterMetricFamily)
                family.add_metric(labels, value, exemplar=self.exemplars[labels])
            else:
                family.add_metric(labels, value)
        return family


class Families:
    """
    The families of one scrape, in the order in which they were first touched.

    Parameters
    ----------
    max_series
        Most samples about models; further ones are left out and counted. Those about the process always fit.
    """

    def __init__(self, max_series: int) -> None:
        self._families: dict[str, SampleFamily] = {}
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

    def count(self, metric: Metric, value: float, *labels: str, exemplar: Exemplar | None = None) -> None:
        """Add a sample to a counter family, and an example of what it counts."""
        if not self._fits(metric):
            return
        values = tuple(label_value(label) for label in labels)
        family = self._family(metric, is_counter=True)
        family.samples.append((values, value))
        if exemplar is not None:
            family.exemplars[values] = exemplar

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a sample to a gauge family."""
        if not self._fits(metric):
            return
        values = tuple(label_value(label) for label in labels)
        self._family(metric, is_counter=False).samples.append((values, value))

    def _family(self, metric: Metric, is_counter: bool) -> SampleFamily:
        family = self._families.get(metric.name)
        if family is None:
            family = self._families[metric.name] = SampleFamily(metric, is_counter)
        return family

    def __iter__(self) -> Iterator[SampleFamily]:
        return iter(self._families.values())
