"""How the channels of alerting are, for Prometheus."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.alerting.channels.retrain import RetrainChannel
from driftline.alerting.dispatcher import Dispatcher
from driftline.exporters import names

OUTCOMES = ("delivered", "not_sent", "dead_lettered", "dropped")


class ChannelMetrics(Collector):
    """
    Reports on what is told to channels, and what is not.

    Parameters
    ----------
    dispatcher
        Has the channels.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield notifications by outcome, what waits, what was given up, and failures."""
        channels, outbox = self._dispatcher.names, self._dispatcher.outbox
        health = self._dispatcher.health()
        yield self._notifications()
        failures = {name: health[name].failures for name in channels}
        yield _of_channels(CounterMetricFamily, names.NOTIFICATION_FAILURES, failures)
        pending, buried = outbox.pending(), outbox.buried()
        for metric, counts in ((names.NOTIFICATIONS_PENDING, pending), (names.DEAD_LETTERS, buried)):
            yield _of_channels(GaugeMetricFamily, metric, {name: counts.get(name, 0) for name in channels})
        successes = {name: health[name].last_success for name in channels if health[name].last_success}
        yield _of_channels(GaugeMetricFamily, names.NOTIFICATION_LAST_SUCCESS, successes)
        yield self._retrainings()

    def _notifications(self) -> Family:
        metric = names.NOTIFICATIONS
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        totals = self._dispatcher.outbox.totals()
        for name in self._dispatcher.names:
            for outcome in OUTCOMES:
                family.add_metric([name, outcome], totals.get((name, outcome), 0))
        return family

    def _retrainings(self) -> Family:
        metric = names.RETRAININGS
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for channel in self._dispatcher.channels:
            if isinstance(channel, RetrainChannel):
                family.add_metric([channel.name, "started"], channel.started)
                family.add_metric([channel.name, "suppressed"], channel.suppressed)
        return family


def _of_channels(
    kind: type[CounterMetricFamily | GaugeMetricFamily], metric: names.Metric, values: Mapping[str, float]
) -> Family:
    family = kind(metric.name, metric.help, labels=metric.labels)
    for name, value in values.items():
        family.add_metric([name], value)
    return family
