"""Calls that were refused for their caller, in overload, or for being slow, counted for Prometheus."""

import threading
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.errors import DriftlineError, LimitExceededError, PermissionDeniedError, UnavailableError
from driftline.exporters import names

Reason = Literal["unauthenticated", "permission", "quota", "overload", "slow"]


class Refusals(Collector):
    """How many calls were refused at all doors together, by reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Reason, int] = dict.fromkeys(get_args(Reason), 0)

    def count(self, error: DriftlineError) -> None:
        """Count a refusal by its error."""
        reason: Reason = "unauthenticated"
        if isinstance(error, PermissionDeniedError):
            reason = "permission"
        elif isinstance(error, LimitExceededError):
            reason = "quota"
        elif isinstance(error, UnavailableError):
            reason = "overload"
        with self._lock:
            self._counts[reason] += 1

    def count_slow(self, calls: int) -> None:
        """Count calls that were cut off because their clients were slow."""
        with self._lock:
            self._counts["slow"] += calls

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the number of refused calls by reason."""
        metric = names.CALLS_REFUSED
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for reason, count in self._counts.items():
            family.add_metric([reason], count)
        yield family
