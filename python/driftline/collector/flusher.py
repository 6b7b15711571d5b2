"""Writes what has changed to the data directory, now and then and at the end."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine
from driftline.collector.record_log import RecordLog
from driftline.exporters import names
from driftline.logs import get_logger
from driftline.repeated_work import RepeatedWork
from driftline.storage import ProfileStore

logger = get_logger("driftline.collector")


_LOOK_SECONDS = 0.25
"""How often the length of the log is looked at."""


class Flushed(NamedTuple):
    """One flush: the snapshot rows it wrote, and its number."""

    rows: int
    sequence: int


class _Counted:
    """A stream of rows, and how many have come."""

    def __init__(self, rows: pa.RecordBatchReader) -> None:
        self._rows = rows
        self.count = 0

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._rows.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self._rows:
            self.count += batch.num_rows
            yield batch


class Flusher(Collector):
    """
    The only writer of an engine's state; also reports on itself to Prometheus.

    Parameters
    ----------
    engine
        Whose state is written.
    store
        Where to.
    interval_seconds
        Time between two flushes.
    log_bytes
        Length of the log from which on the next flush does not wait.
    records
        Takes the records that are kept themselves; ``None``: none are.
    """

    def __init__(
        self,
        engine: Engine,
        store: ProfileStore,
        interval_seconds: float,
        log_bytes: int = 512 * 1024 * 1024,
        records: RecordLog | None = None,
    ) -> None:
        self._engine = engine
        self._store = store
        self._interval_seconds = interval_seconds
        self._log_bytes = log_bytes
        self._records = records
        self._writer_id = store.writer_id()
        self._sequence = store.next_sequence(self._writer_id) - 1
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._work = RepeatedWork(
            "flush",
            self._flush_if_due,
            lambda: min(interval_seconds, _LOOK_SECONDS),
            "flush failed, the next one tries again",
        )
        self._counts = {"written": 0, "empty": 0, "failed": 0}
        self._seconds = 0.0

    def start(self) -> None:
        """Flush from now on, in a thread."""
        self._last = time.monotonic()
        self._work.start()

    def stop(self) -> None:
        """Stop the thread and flush for the last time; raises what that raises."""
        self._work.stop()
        self.flush()

    def flush(self) -> Flushed:
        """
        Write what has changed since the last flush.

        Raises
        ------
        OSError
            If it cannot be written; the next flush tries again.
        """
        started = time.perf_counter()
        with self._lock:
            try:
                flushed = self._write()
            except BaseException:
                self._counts["failed"] += 1
                raise
            self._counts["written" if flushed.rows else "empty"] += 1
            self._seconds += time.perf_counter() - started
        if flushed.rows:
            logger.debug("flushed", rows=flushed.rows, sequence=flushed.sequence)
        return flushed

    @contextmanager
    def settled(self) -> Iterator[None]:
        """
        Let no batch in, with everything that was counted written: for changes of how records are counted.

        What is in the log is counted again under the settings that are stored, so it must all have come under them.
        """
        if self._engine.log_status() is None:
            yield
            return
        self._engine.pause()
        try:
            self.flush()
            yield
        finally:
            self._engine.resume()

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the number of flushes by outcome, and the time that they took."""
        flushes = CounterMetricFamily(names.FLUSHES.name, names.FLUSHES.help, labels=names.FLUSHES.labels)
        for outcome, count in self._counts.items():
            flushes.add_metric([outcome], count)
        yield flushes
        duration = names.FLUSH_DURATION
        done = self._counts["written"] + self._counts["empty"]
        yield SummaryMetricFamily(duration.name, duration.help, count_value=done, sum_value=self._seconds)
        status = self._engine.log_status()
        if status is not None:
            log_bytes, failed = names.LOG_BYTES, names.LOG_FAILED
            yield GaugeMetricFamily(log_bytes.name, log_bytes.help, value=status.bytes)
            yield GaugeMetricFamily(failed.name, failed.help, value=status.failure is not None)

    def _write(self) -> Flushed:
        begun = self._engine.begin_flush(time.time_ns())
        if begun is None:
            return Flushed(0, self._sequence)
        rows = _Counted(begun.rows())
        try:
            if self._records is not None:
                self._records.write(begun)
            self._store.commit_flush(
                self._writer_id,
                begun.sequence,
                rows.reader(),
                begun.pending(),
                begun.producers(),
                begun.position,
                pending_is_whole=begun.pending_is_whole,
            )
        except BaseException:
            self._engine.abort_flush()
            raise
        self._engine.commit_flush()
        self._sequence = begun.sequence
        return Flushed(rows.count, begun.sequence)

    def _flush_if_due(self) -> None:
        if time.monotonic() - self._last < self._interval_seconds and not self._is_log_long():
            return
        try:
            self.flush()
        finally:
            self._last = time.monotonic()

    def _is_log_long(self) -> bool:
        status = self._engine.log_status()
        return status is not None and status.bytes > self._log_bytes
