"""Writes what has changed to the data directory, now and then and at the end."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine
from driftline.collector.logs import get_logger
from driftline.exporters import names
from driftline.storage import ProfileStore

logger = get_logger("driftline.collector")


class Flushed(NamedTuple):
    """One flush: the snapshot rows it wrote, and its number."""

    rows: int
    sequence: int


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
    """

    def __init__(self, engine: Engine, store: ProfileStore, interval_seconds: float) -> None:
        self._engine = engine
        self._store = store
        self._interval_seconds = interval_seconds
        self._writer_id = store.writer_id()
        self._sequence = store.next_sequence(self._writer_id) - 1
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="driftline-flush", daemon=True)
        self._counts = {"written": 0, "empty": 0, "failed": 0}
        self._seconds = 0.0

    def start(self) -> None:
        """Flush from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and flush for the last time; raises what that raises."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.flush(with_pending=True)

    def flush(self, *, with_pending: bool = False) -> Flushed:
        """
        Write what has changed since the last flush.

        Parameters
        ----------
        with_pending
            Write the records that wait for each other even if no row has changed.

        Raises
        ------
        OSError
            If it cannot be written; the next flush tries again.
        """
        started = time.perf_counter()
        with self._lock:
            try:
                flushed = self._write(with_pending)
            except BaseException:
                self._counts["failed"] += 1
                raise
            self._counts["written" if flushed.rows else "empty"] += 1
            self._seconds += time.perf_counter() - started
        if flushed.rows:
            logger.debug("flushed", rows=flushed.rows, sequence=flushed.sequence)
        return flushed

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

    def _write(self, with_pending: bool) -> Flushed:
        begun = self._engine.begin_flush()
        if begun is None:
            return self._write_pending() if with_pending else Flushed(0, self._sequence)
        sequence, rows, pending = begun
        try:
            self._store.commit_flush(self._writer_id, sequence, rows, pending)
        except BaseException:
            self._engine.abort_flush()
            raise
        self._engine.commit_flush()
        self._sequence = sequence
        return Flushed(rows.num_rows, sequence)

    def _write_pending(self) -> Flushed:
        """A flush without rows: committed files are never written again, so it has a number of its own."""
        pending = self._engine.pending()
        manifest = self._store.read_manifest(self._writer_id)
        if not pending.num_rows and (manifest is None or manifest.pending is None):
            return Flushed(0, self._sequence)
        sequence = self._sequence + 1
        self._store.commit_flush(self._writer_id, sequence, None, pending)
        self._engine.resume_at(sequence + 1)
        self._sequence = sequence
        return Flushed(0, sequence)

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_seconds):
            try:
                self.flush()
            except Exception as error:
                logger.error("flush failed, the next one tries again", exc_info=error)
