"""The engine's numbers for Prometheus."""

import time
from collections.abc import Iterable, Iterator

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline._core import Engine, MemoryStatus, __version__
from driftline.errors import DriftlineError
from driftline.exporters import names
from driftline.exporters.families import Families
from driftline.exporters.version_metrics import add_version_metrics
from driftline.query.transport import EngineTransport, Questions
from driftline.v1 import control_pb2, query_pb2

MAX_FEATURES = 100
"""Most features reported of one model version; those with most drift come first."""

MAX_SERIES = 10_000
"""Most series about models in one scrape."""


class EngineCollector(Collector):
    """
    Asks the engine at every scrape; register it with a ``prometheus_client`` registry.

    Parameters
    ----------
    engine
        What is reported.
    max_features
        Most features reported of one model version; the others are counted.
    max_series
        Most series about models, first the counters of all versions, then the rest of one version after the other, both
        by the names of models and versions, so that the same stay from scrape to scrape; the others are counted.
    questions
        Answers questions for the engine, where some of it is on disk only; ``None``: the engine itself.
    """

    def __init__(
        self,
        engine: Engine,
        max_features: int = MAX_FEATURES,
        max_series: int = MAX_SERIES,
        questions: Questions | None = None,
    ) -> None:
        self._engine = engine
        self._questions = questions or engine
        self._transport = EngineTransport(engine, questions)
        self._max_features = max_features
        self._max_series = max_series
        self._left_out = 0

    def describe(self) -> Iterable[Family]:
        """Nothing: the families depend on what was ingested."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the families of one scrape."""
        for family in self.families():
            yield family.to_client()

    def families(self) -> Families:
        """Return what one scrape tells."""
        started = time.perf_counter()
        families = Families(self._max_series)
        now = time.time_ns()
        stats = query_pb2.StatsResponse.FromString(self._questions.query("Stats", b"", now))
        _add_engine_metrics(families, stats)
        _add_memory(families, self._engine.memory_status())
        families.gauge(names.DAMAGED_MODELS, len(self._engine.damaged_models()))
        for version in sorted(stats.versions, key=lambda each: (each.model, each.version)):
            _add_version_counters(families, version)
        models = query_pb2.ModelsResponse.FromString(self._questions.query("Models", b"", now))
        cut = sum(
            self._add_model(families, model, now)
            for model in sorted(models.models, key=lambda each: each.name)
        )
        self._left_out += families.left_out
        families.gauge(names.VERSIONS_CUT, cut)
        families.count(names.SERIES_DROPPED, self._left_out)
        families.gauge(names.BUILD_INFO, 1, __version__)
        families.gauge(names.SCRAPE_DURATION, time.perf_counter() - started)
        return families

    def _add_model(self, families: Families, model: query_pb2.Model, now: int) -> int:
        """Give the number of its versions that do not fit in full."""
        cut = 0
        try:
            monitor = control_pb2.Monitor.FromString(self._engine.monitor(model.name))
            for version in sorted(model.versions, key=lambda each: each.version):
                if families.is_full:
                    # What would be left out is not asked for either.
                    cut += 1
                    continue
                before = families.left_out
                self._left_out += add_version_metrics(
                    families, self._transport, monitor, version, self._max_features, now
                )
                cut += families.left_out > before
        except DriftlineError:
            # The model changed between two questions; the next scrape has it.
            pass
        return cut


def _add_engine_metrics(families: Families, stats: query_pb2.StatsResponse) -> None:
    families.count(names.BATCHES, stats.batches_accepted, "accepted")
    families.count(names.BATCHES, stats.batches_duplicate, "duplicate")
    for reason, count in sorted(stats.batches_rejected.items()):
        families.count(names.BATCHES_REJECTED, count, reason)
    families.count(names.RECORDS, stats.records)
    families.count(names.INGEST_BYTES, stats.bytes)
    families.count(names.RECORDS_RECOVERED, stats.records_recovered)
    families.count(names.SEQUENCE_GAPS, stats.sequence_gaps)
    families.gauge(names.CELLS, stats.cells)
    families.gauge(names.PENDING_PREDICTIONS, stats.pending_predictions)
    families.gauge(names.PENDING_LABELS, stats.pending_labels)


def _add_memory(families: Families, memory: MemoryStatus) -> None:
    families.gauge(names.MEMORY, memory.used)
    if memory.limit is not None:
        families.gauge(names.MEMORY_LIMIT, memory.limit)
    families.count(names.MEMORY_OVERFLOW, memory.overflow_records)
    families.count(names.PENDING_RELEASED, memory.pending_released)
    families.count(names.WINDOWS_EVICTED, memory.windows_evicted)
    families.count(names.WINDOWS_DROPPED, memory.windows_dropped)


def _add_version_counters(families: Families, stats: query_pb2.VersionStats) -> None:
    labels = (stats.model, stats.version)
    families.count(names.PREDICTIONS, stats.records, *labels)
    for outcome, count in sorted(stats.labels.items()):
        if outcome != "pending":  # goes down again: it is in driftline_pending_labels
            families.count(names.LABELS, count, *labels, outcome)
    families.count(names.LATE_LABELS, stats.late_labels, *labels)
    families.count(names.CLIENT_DROPPED, stats.client_dropped_records, *labels)
    families.count(names.LATE_RECORDS, stats.late_records, *labels)
    families.count(names.FUTURE_RECORDS, stats.future_records, *labels)
    families.count(names.MISSING_TIMESTAMPS, stats.missing_timestamps, *labels)
    families.count(names.SEGMENT_OVERFLOW, stats.segment_overflow_records, *labels)
    if stats.HasField("seconds_since_last_record"):
        families.gauge(names.LAST_RECORD_AGE, stats.seconds_since_last_record, *labels)
