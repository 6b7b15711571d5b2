"""The engine's numbers for Prometheus."""

import threading
import time
from collections.abc import Iterable, Iterator

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from driftline._core import Engine, MemoryStatus, __version__
from driftline.errors import DriftlineError
from driftline.exporters import names
from driftline.exporters.families import Families
from driftline.exporters.histograms import histograms_in
from driftline.exporters.label_values import label_value
from driftline.exporters.native_histogram import NativeHistogram, native_histogram
from driftline.exporters.recent_figures import RecentFigures, Version
from driftline.exporters.version_metrics import recent_range
from driftline.query.transport import EngineTransport, Questions
from driftline.v1 import control_pb2, query_pb2

MAX_FEATURES = 100
"""Most features reported of one model version; those with most drift come first."""

MAX_SERIES = 10_000
"""Most series about models in one scrape."""


_DISTRIBUTIONS = {"latency": names.LATENCY_DISTRIBUTION, "score": names.SCORE_DISTRIBUTION}
"""By the role of the column."""


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
    budget_seconds
        How long one scrape may ask about versions that have changed since the one before; what is not asked in that
        time is told as it was, and asked right after. ``None``: all is asked every time.
    """

    def __init__(
        self,
        engine: Engine,
        max_features: int = MAX_FEATURES,
        max_series: int = MAX_SERIES,
        questions: Questions | None = None,
        budget_seconds: float | None = None,
    ) -> None:
        self._engine = engine
        self._questions = questions or engine
        self._transport = EngineTransport(engine, questions)
        self._recent = RecentFigures(self._transport, max_features, budget_seconds)
        self._max_series = max_series
        self._left_out = 0
        self._one_at_a_time = threading.Lock()

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
        with self._one_at_a_time:
            self._recent.begin()
            self._add_all(families, time.time_ns())
            families.gauge(names.STALE_VERSIONS, self._recent.stale)
        families.gauge(names.BUILD_INFO, 1, __version__)
        families.gauge(names.SCRAPE_DURATION, time.perf_counter() - started)
        return families

    def histograms(self) -> Iterator[NativeHistogram]:
        """Yield the distributions of latencies, then of scores, of the recent range of each version."""
        found = [histogram for version in self._versions(time.time_ns()) for histogram in self._of(version)]
        yield from sorted(found[: self._max_series], key=lambda each: each.metric.name)

    def close(self) -> None:
        """Ask no more."""
        self._recent.close()

    def _add_all(self, families: Families, now: int) -> None:
        stats = query_pb2.StatsResponse.FromString(self._questions.query("Stats", b"", now))
        _add_engine_metrics(families, stats)
        _add_memory(families, self._engine.memory_status())
        families.gauge(names.DAMAGED_MODELS, len(self._engine.damaged_models()))
        for counters in sorted(stats.versions, key=lambda each: (each.model, each.version)):
            _add_version_counters(families, counters)
        cut, told = 0, set()
        for version in self._versions(now, stats):
            told.add(version.name)
            cut += self._add_version(families, version, now)
        self._recent.end(told)
        self._left_out += families.left_out
        families.gauge(names.VERSIONS_CUT, cut)
        families.count(names.SERIES_DROPPED, self._left_out)

    def _versions(self, now: int, stats: query_pb2.StatsResponse | None = None) -> Iterator[Version]:
        """All versions, by the names of their models and their own."""
        counters: dict[str, dict[str, bytes]] = {}
        for each in () if stats is None else stats.versions:
            counters.setdefault(each.model, {})[each.version] = _state(each)
        answer = query_pb2.ModelsResponse.FromString(self._questions.query("Models", b"", now))
        for model in sorted(answer.models, key=lambda each: each.name):
            try:
                settings = self._engine.monitor(model.name)
            except DriftlineError:
                # The model has gone between two questions.
                continue
            monitor = control_pb2.Monitor.FromString(settings)
            of_model = counters.get(model.name, {})
            for listed in sorted(model.versions, key=lambda each: each.version):
                parts = [settings, listed.SerializeToString(), of_model.get(listed.version, b"")]
                if monitor.HasField("compare_with"):
                    # Other versions may be what this one is compared with.
                    parts += of_model.values()
                yield Version(monitor, listed, b"".join(parts))

    def _add_version(self, families: Families, version: Version, now: int) -> bool:
        """Give whether something of it does not fit."""
        if families.is_full:
            # What would be left out is not asked for either.
            return True
        before = families.left_out
        try:
            told = self._recent.of(version)
        except DriftlineError:
            # The model changed between two questions; the next scrape has it.
            return False
        for metric, value, labels in told.samples:
            families.gauge(metric, value, *labels)
        age = max(0, now - version.listed.coverage.end_unix_nanos) / 1e9
        families.gauge(names.EVENT_AGE, age, *version.name)
        self._left_out += told.left_out
        return families.left_out > before

    def _of(self, version: Version) -> Iterator[NativeHistogram]:
        roles = {column.name: column.role for column in version.listed.columns}
        wanted = [name for name, role in roles.items() if role in _DISTRIBUTIONS]
        if not wanted:
            return
        selection = recent_range(version.monitor.model, version.listed, version.monitor.recent_nanos)
        try:
            found = histograms_in(self._transport, selection, wanted)
        except DriftlineError:
            return
        for each in found:
            yield native_histogram(_DISTRIBUTIONS[each.role], version.name, each)


def _state(counters: query_pb2.VersionStats) -> bytes:
    """What has come into a version, so far as it changes what is told of it."""
    state = query_pb2.VersionStats(records=counters.records, labels=counters.labels)
    return state.SerializeToString(deterministic=True)


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
    families.count(names.PREDICTIONS, stats.records, *labels, exemplar=_slow_record(stats))
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


def _slow_record(stats: query_pb2.VersionStats) -> Exemplar | None:
    """The slowest record of the newest window, by its trace."""
    if not stats.slowest:
        return None
    slow = stats.slowest[0]
    return Exemplar({"trace_id": label_value(slow.trace_id)}, slow.seconds, slow.unix_nanos / 1e9)
