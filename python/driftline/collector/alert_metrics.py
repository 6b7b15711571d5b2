"""How alerting is, for Prometheus."""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.alerting.alerting import Alerting
from driftline.exporters import names
from driftline.exporters.label_values import label_value

MOST_SERIES = 1_000
"""Most series of ``driftline_alerts``: what fires comes first."""

_ORDER = ("firing", "pending", "resolved", "inactive")


class AlertMetrics(Collector):
    """
    Reports on alerts and on their evaluation.

    Parameters
    ----------
    alerting
        What is reported.
    """

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield alerts by state, and what evaluation has done."""
        counters = self._alerting.counters
        yield self._alerts()
        yield _counter(names.ALERT_EVALUATIONS, counters.evaluations)
        yield self._unknown()
        for metric, value in (
            (names.ALERT_EVALUATION_SECONDS, counters.seconds),
            (names.ALERT_FAILURES, self._alerting.failures + counters.defects),
            (names.ALERTS_LEFT_OUT, self._alerting.left_out),
        ):
            yield CounterMetricFamily(metric.name, metric.help, value=value)
        suppressed = {by: self._alerting.suppressed[by] for by in ("silence", "maintenance")}
        yield _counter(names.ALERTS_SUPPRESSED, suppressed)

    def _alerts(self) -> Family:
        metric = names.ALERTS
        family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        counts = Counter(
            (entry.state, *(entry.labels.get(name, "") for name in metric.labels[:-1]))
            for entry in self._alerting.entries
        )
        in_order = sorted(counts.items(), key=lambda each: (_ORDER.index(each[0][0]), each[0]))
        for (state, *labels), count in in_order[:MOST_SERIES]:
            family.add_metric([*map(label_value, labels), state], count)
        return family

    def _unknown(self) -> Family:
        metric = names.ALERT_UNKNOWN
        family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        counts: Counter[str] = Counter()
        for place, position in self._alerting.positions.items():
            counts[place.rule] += bool(position.reason)
        for rule, count in counts.items():
            family.add_metric([rule], count)
        return family


def _counter(metric: names.Metric, counts: dict[str, int]) -> Family:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for label, count in list(counts.items()):
        family.add_metric([label], count)
    return family
