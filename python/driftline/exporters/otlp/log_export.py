"""Logs by OTLP: a bounded queue, and a thread that sends what is in it."""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.config.log_export import LogExportConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.exporters import names
from driftline.exporters.otlp.destination import open_destination
from driftline.exporters.otlp.log_messages import log_message
from driftline.exporters.otlp.messages import scope

BATCH_SECONDS = 1.0
"""How long a record waits for others to go with it."""

MAX_BATCH = 512
"""Most records of one request."""

LAST_SECONDS = 2.0
"""How long the end waits for what is left to be sent."""

_LONGEST_WAIT_SECONDS = 30.0


class LogExport(logging.Handler, Collector):
    """
    Sends records to a receiver of OTLP, and reports on itself to Prometheus.

    Whoever logs never waits for the receiver: what does not fit into the queue is dropped and counted.

    Parameters
    ----------
    config
        Where records go, and how many may wait.
    resource
        What sends them.

    Raises
    ------
    ConfigurationError
        If a file of the receiver's certificates cannot be read.
    """

    def __init__(self, config: LogExportConfig, resource: Resource) -> None:
        super().__init__()
        self._resource = resource
        self._max_queue = config.max_queue
        self._destination = open_destination(config, "logs", config.timeout.total_seconds())
        self._queue: deque[LogRecord] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._stopped = False
        self._deadline = float("inf")
        self._counts = {"delivered": 0, "refused": 0, "dropped": 0}
        self._thread = threading.Thread(target=self._run, name="driftline-log-export", daemon=True)

    def start(self) -> None:
        """Send from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Send what is left, within two seconds, and stop; what is still left then is counted as dropped."""
        with self._changed:
            self._stopped = True
            self._deadline = time.monotonic() + LAST_SECONDS
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(LAST_SECONDS)
        # Ends a request that is under way.
        self._destination.close()
        with self._changed:
            self._counts["dropped"] += len(self._queue)
            self._queue.clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record into the queue, if it fits; what is logged while sending is not sent."""
        if threading.current_thread() is self._thread:
            return
        try:
            message = log_message(record)
        except Exception:  # noqa: BLE001 (logging has a way to tell of its own failures)
            self.handleError(record)
            return
        with self._changed:
            if self._stopped or len(self._queue) >= self._max_queue:
                self._counts["dropped"] += 1
                return
            self._queue.append(message)
            if len(self._queue) == 1 or len(self._queue) == MAX_BATCH:
                self._changed.notify_all()

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the number of records by what became of them."""
        metric = names.LOG_RECORDS
        records = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        with self._changed:
            for outcome, count in self._counts.items():
                records.add_metric([outcome], count)
        yield records

    def _run(self) -> None:
        while batch := self._next_batch():
            self._send(batch)

    def _next_batch(self) -> list[LogRecord]:
        """What is to be sent next, which stays in the queue until it is; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopped)
            self._changed.wait_for(
                lambda: len(self._queue) >= MAX_BATCH or self._stopped, timeout=BATCH_SECONDS
            )
            is_over = self._stopped and time.monotonic() >= self._deadline
            return [] if is_over else [self._queue[i] for i in range(min(MAX_BATCH, len(self._queue)))]

    def _send(self, batch: list[LogRecord]) -> None:
        logs = ResourceLogs(resource=self._resource, scope_logs=[ScopeLogs(scope=scope(), log_records=batch)])
        request = ExportLogsServiceRequest(resource_logs=[logs]).SerializeToString()
        try:
            response = self._destination.send(request, ExportLogsServiceResponse)
        except DestinationUnavailableError as error:
            self._wait(error.retry_after_seconds)
            return
        except DestinationRefusedError:
            self._remove(len(batch), refused=len(batch))
            return
        except Exception as error:  # noqa: BLE001 (nobody else would tell of it, and the thread goes on)
            sys.stderr.write(f"driftline: logs cannot be exported: {type(error).__name__}: {error}\n")
            self._remove(len(batch), refused=len(batch))
            return
        self._remove(len(batch), refused=response.partial_success.rejected_log_records)

    def _wait(self, seconds: float | None) -> None:
        """Until the receiver may be there again, or there is no more time for that."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped, timeout=min(seconds or BATCH_SECONDS, _LONGEST_WAIT_SECONDS)
            )
            if self._stopped:
                self._deadline = 0.0

    def _remove(self, count: int, refused: int) -> None:
        with self._changed:
            if not self._queue:
                # The end has come meanwhile, and counted what was left.
                return
            for _ in range(count):
                self._queue.popleft()
            self._counts["refused"] += refused
            self._counts["delivered"] += count - refused
