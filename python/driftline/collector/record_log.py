"""Writes the records that monitors keep, beside the flush that takes them; also reports on itself to Prometheus."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine, Flush
from driftline.config.duration import nanoseconds
from driftline.config.record_log import RecordFilesConfig
from driftline.errors import DriftlineError
from driftline.exporters import names
from driftline.exporters.label_values import label_value
from driftline.logs import get_logger
from driftline.repeated_work import RepeatedWork
from driftline.storage.record_files import RecordFiles

logger = get_logger("driftline.collector")

_TRIM_SECONDS = 30.0
"""How often files are looked at that may be too old or too many."""


class RecordLog(Collector):
    """
    The record log of a collector.

    Parameters
    ----------
    config
        Where files go and how long they stay.
    data_dir
        Where they go by default.
    writer_id
        Name of the writer in their names.
    """

    def __init__(self, config: RecordFilesConfig, data_dir: Path, writer_id: str) -> None:
        self._files = RecordFiles(
            config.directory or data_dir / "records",
            writer_id,
            config.format,
            nanoseconds(config.keep_for),
            config.max_bytes,
        )
        self._engine: Engine | None = None
        self._written: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[str] = Counter()
        self._removed = 0
        self._work = RepeatedWork(
            "records", self._trim, lambda: _TRIM_SECONDS, "files of records could not be removed"
        )

    def start(self, engine: Engine) -> None:
        """Remove what is too old from now on, in a thread; the engine says what had no place."""
        self._engine = engine
        self._trim()
        self._work.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._work.stop()

    def sweep(self, committed: int) -> None:
        """Remove files of flushes after the last one that counts: what they hold comes again."""
        removed = self._files.sweep(committed)
        if removed:
            logger.warning("removed files of records that a crash had left", files=removed)

    def write(self, flush: Flush) -> None:
        """
        Write the records that a flush has taken.

        To be called before the flush counts, so that after a crash in between they come again and replace the files.
        What cannot be written is logged, counted and lost: it must not hold up what all answers rest on.
        """
        try:
            taken = flush.records()
        except DriftlineError as error:
            logger.error("records cannot be taken", exc_info=error)
            return
        for model, batch in taken:
            try:
                self._files.write(model, flush.sequence, batch)
            except (OSError, pa.ArrowException) as error:
                self._lost[model] += batch.num_rows
                logger.error("records cannot be written", model=model, records=batch.num_rows, exc_info=error)
                continue
            sampled: Any = batch["is_sampled"]
            anomalous: Any = pc.list_value_length(batch["anomalies"]).cast(pa.bool_())
            self._written[model, "sampled"] += sampled.true_count
            self._written[model, "anomalous"] += anomalous.true_count

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the numbers of records written and dropped, and of bytes and files."""
        metric = names.RECORD_LOG_RECORDS
        written = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for (model, kind), count in sorted(self._written.items()):
            written.add_metric([label_value(model), kind], count)
        yield written
        metric = names.RECORD_LOG_DROPPED
        dropped = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for model, count in sorted(self._without_place().items()):
            dropped.add_metric([label_value(model), "bound"], count)
        for model, count in sorted(self._lost.items()):
            dropped.add_metric([label_value(model), "write_failed"], count)
        yield dropped
        size = names.RECORD_LOG_BYTES
        yield GaugeMetricFamily(size.name, size.help, value=self._files.bytes)
        removed = names.RECORD_LOG_FILES_REMOVED
        yield CounterMetricFamily(removed.name, removed.help, value=self._removed)

    def _without_place(self) -> Counter[str]:
        """Anomalous records over the bound, by model."""
        counts: Counter[str] = Counter()
        for model, _, _, dropped in self._engine.record_counts() if self._engine is not None else ():
            counts[model] += dropped
        return counts

    def _trim(self) -> None:
        self._removed += self._files.trim(time.time_ns())
