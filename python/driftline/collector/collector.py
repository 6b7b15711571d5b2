"""One collector: an engine, its doors, and the order in which they open and close."""

import os
import secrets
import threading
import time
from contextlib import ExitStack
from typing import Self

from prometheus_client import CollectorRegistry

from driftline._core import Engine
from driftline.collector import control_service, ingest_service, query_service
from driftline.collector.access import Access
from driftline.collector.admission import Admission
from driftline.collector.alert_routes import alert_routes
from driftline.collector.alerts import CollectorAlerts
from driftline.collector.certificates import Certificates
from driftline.collector.clock import SteadyClock
from driftline.collector.compactor import Compactor
from driftline.collector.control_service import ControlService
from driftline.collector.exports import start_exports
from driftline.collector.flight_server import FlightServer
from driftline.collector.flusher import Flusher
from driftline.collector.grpc_access import Callers
from driftline.collector.grpc_server import GrpcServer
from driftline.collector.health_messages import ServingStatus
from driftline.collector.health_service import HealthService
from driftline.collector.http_server import HttpServer, http_app
from driftline.collector.ingest_service import IngestService
from driftline.collector.log_exports import start_log_export
from driftline.collector.memory_keeper import MemoryKeeper
from driftline.collector.open_calls import OpenCalls
from driftline.collector.query_service import query_handler
from driftline.collector.record_log import RecordLog
from driftline.collector.state import restore
from driftline.collector.tracing import Tracing
from driftline.config import CollectorConfig
from driftline.errors import FailedPreconditionError
from driftline.exporters.exposition import Exposition
from driftline.exporters.prometheus import EngineCollector
from driftline.logs import get_logger
from driftline.storage import Answers, ProfileStore, RollUpPolicy

logger = get_logger("driftline.collector")

GRACE_SECONDS = 5.0


class Collector:
    """
    A collector inside this process; ``with`` starts and stops it.

    Parameters
    ----------
    config
        Its settings; by default those of :class:`CollectorConfig`.
    """

    def __init__(self, config: CollectorConfig | None = None) -> None:
        self._config = config or CollectorConfig()
        self._store = ProfileStore(self._config.data_dir) if self._config.data_dir else None
        self._registry = CollectorRegistry(auto_describe=False)
        self._health = HealthService((ingest_service.SERVICE, query_service.SERVICE, control_service.SERVICE))
        self._engine: Engine | None = None
        self._certificates: Certificates | None = None
        asks_clients = self._config.tls is not None and self._config.tls.client_ca is not None
        self._access = Access(self._config.principals, asks_clients=asks_clients)
        self._callers = Callers(self._access)
        self._admission = Admission(
            self._config.max_inflight_bytes,
            self._config.max_streams,
            self._config.max_streams_per_peer,
            self._access.refusals,
        )
        self._calls = OpenCalls(self._config.client_timeout_seconds, self._access.refusals)
        self._clock = SteadyClock()
        self._tracing: Tracing
        self._ingest: IngestService | None = None
        self._grpc: GrpcServer | None = None
        self._flight: FlightServer | None = None
        self._http: HttpServer | None = None
        self._flusher: Flusher | None = None
        self._alerts: CollectorAlerts | None = None
        self._cleanup = ExitStack()
        self._grace = GRACE_SECONDS
        self._ready = threading.Event()
        self._stopped = threading.Event()

    @property
    def engine(self) -> Engine:
        """The engine; FailedPreconditionError before the start."""
        if self._engine is None:
            raise FailedPreconditionError("a collector has an engine once it is started")
        return self._engine

    @property
    def grpc_address(self) -> str | None:
        """``host:port`` of the gRPC door, as bound; ``None`` if there is none."""
        return self._grpc.address if self._grpc else None

    @property
    def flight_address(self) -> str | None:
        """``host:port`` of the Arrow Flight door, as bound; ``None`` if there is none."""
        return self._flight.address if self._flight else None

    @property
    def http_address(self) -> str | None:
        """``host:port`` of the HTTP door, as bound; ``None`` if there is none."""
        return self._http.address if self._http else None

    def start(self) -> Self:
        """
        Load the state and open the doors.

        Returns
        -------
        Collector
            Itself.

        Raises
        ------
        FailedPreconditionError
            If the data directory is in use or damaged, an address is taken, or this was called before.
        """
        if self._engine is not None:
            raise FailedPreconditionError("a collector starts once")
        started = time.perf_counter()
        try:
            self._open()
        except BaseException:
            self._cleanup.close()
            self._stopped.set()
            raise
        self._health.set_status(ServingStatus.SERVING)
        self._ready.set()
        logger.info(
            "collector started",
            grpc=self.grpc_address,
            http=self.http_address,
            flight=self.flight_address,
            data_dir=str(self._config.data_dir or ""),
            seconds=round(time.perf_counter() - started, 3),
        )
        return self

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """
        Take no more records, answer for those that came, write the state, close the doors.

        Parameters
        ----------
        grace
            Most seconds for the calls that are under way.

        Raises
        ------
        OSError
            If the state cannot be written.
        """
        if self._stopped.is_set() or self._engine is None:
            return
        self._ready.clear()
        self._health.set_status(ServingStatus.NOT_SERVING)
        logger.info("collector stopping")
        try:
            self._grace = grace
            self._cleanup.close()
        finally:
            self._stopped.set()
        logger.info("collector stopped")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the collector has stopped; ``False`` after ``timeout`` seconds."""
        return self._stopped.wait(timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def failure(self) -> str | None:
        """Why records are refused until the process is started again; ``None`` while all is well."""
        if self._engine is None:
            return None
        status = self._engine.log_status()
        damaged = self._engine.damaged_models()
        if status is not None and status.failure is not None:
            return status.failure
        return f"models are damaged by a defect: {', '.join(map(repr, damaged))}" if damaged else None

    @property
    def is_durable(self) -> bool:
        """Whether a new start has everything that was acknowledged."""
        return self._engine is not None and self._engine.log_status() is not None

    @property
    def _writer_id(self) -> str:
        """Tells the collector from others; empty without a data directory."""
        return "" if self._store is None else self._store.writer_id()

    def _is_ready(self) -> bool:
        """Whether records are taken, those of all models."""
        return self._ready.is_set() and self.failure is None

    def _open(self) -> None:
        """HTTP first, so that it can say that the rest is not ready; the doors for records last."""
        self._certificates = Certificates(self._config.tls) if self._config.tls else None
        engine = self._engine = self._new_engine()
        self._tracing = Tracing(self._config.tracing, writer_id=self._writer_id)
        self._cleanup.callback(self._tracing.close)
        if self._config.log_export is not None:
            stop = start_log_export(self._config.log_export, self._registry, self._writer_id)
            self._cleanup.callback(stop)
        answers = Answers(engine, self._store)
        exporter = EngineCollector(
            engine,
            max_series=self._config.max_series,
            questions=answers,
            budget_seconds=self._config.scrape_seconds,
        )
        self._cleanup.callback(exporter.close)
        self._registry.register(self._access.refusals)
        self._registry.register(self._admission)
        if self._config.http_address:
            routes = alert_routes(lambda: self._alerts.alerting if self._alerts else None)
            scrape = Exposition(exporter, self._registry).answer
            app = http_app(scrape, self._is_ready, self._access, self._tracing, routes)
            self._http = HttpServer(self._config.http_address, app, self._certificates)
            self._cleanup.callback(self._http.stop)
            self._http.start()
        self._load(engine)
        self._ingest = IngestService(
            engine,
            self._callers,
            self._admission,
            self._calls,
            self._clock,
            self._config.inflight_batches,
            self._tracing,
        )
        self._cleanup.callback(self._calls.stop)
        self._calls.start()
        self._cleanup.callback(self._close_doors)
        if self._config.grpc_address:
            self._grpc = self._new_grpc(engine, answers, self._ingest, self._config.grpc_address)
            self._grpc.start()
        if self._config.alerting is not None:
            self._alerts = CollectorAlerts(self._config, engine, answers, self._registry, self._clock)
            self._cleanup.callback(self._alerts.stop)
            self._alerts.start()
        self._cleanup.callback(start_exports(self._config, engine, answers, self._registry, self._writer_id))
        if self._config.flight_address:
            self._flight = FlightServer(
                engine,
                self._config.flight_address,
                self._access,
                self._admission,
                self._clock,
                self._certificates,
                self._tracing,
            )

    def _new_grpc(self, engine: Engine, answers: Answers, ingest: IngestService, address: str) -> GrpcServer:
        keeps_records = self._config.record_files is not None
        control = ControlService(
            engine, self._store, self._flusher, self._callers, keeps_records=keeps_records
        )
        queries = query_handler(answers, self._callers, self._tracing)
        handlers = (ingest.handler(), queries, control.handler(), self._health.handler())
        return GrpcServer(
            address,
            handlers,
            self._callers,
            self._admission,
            self._calls,
            self._config,
            self._certificates,
            self._tracing,
        )

    def _close_doors(self) -> None:
        """Close the doors for records; what came through them is counted and answered for."""
        deadline = time.monotonic() + self._grace
        if self._ingest is not None:
            self._ingest.drain(self._grace)
        if self._grpc is not None:
            self._grpc.stop(max(0.1, deadline - time.monotonic()))
        if self._flight is not None:
            self._flight.stop(max(0.1, deadline - time.monotonic()))

    def _new_engine(self) -> Engine:
        writer_id, hash_key = "", secrets.token_bytes(16)
        if self._store is not None:
            self._cleanup.callback(self._store.lock().release)
            writer_id, hash_key = self._store.writer_id(), self._store.hash_key()
        threads = self._config.threads or _processors()
        config = self._config
        settings = (writer_id, config.max_message_bytes, threads, hash_key, config.memory_bytes)
        return Engine(*settings) if config.record_files is None else Engine(*settings, record_key=hash_key)

    def _load(self, engine: Engine) -> None:
        if self._store is None:
            for monitor in self._config.monitors:
                engine.set_monitor(monitor.to_proto().SerializeToString())
            self._keep_memory(engine)
            return
        records = self._keep_records(engine, self._store)
        self._flusher = restore(engine, self._store, self._config, records)
        self._registry.register(self._flusher)
        self._flusher.start()
        self._cleanup.callback(self._flusher.stop)
        rollup = self._config.rollup
        policy = RollUpPolicy(rollup.hourly_after, rollup.daily_after, self._config.retention)
        interval = self._config.compaction_interval_seconds
        compactor = Compactor(engine, self._store, policy, interval, self._clock)
        self._registry.register(compactor)
        compactor.start()
        self._cleanup.callback(compactor.stop)
        self._keep_memory(engine)

    def _keep_records(self, engine: Engine, store: ProfileStore) -> RecordLog | None:
        config = self._config.record_files
        if config is None:
            return None
        records = RecordLog(config, store.path, store.writer_id())
        self._registry.register(records)
        records.start(engine)
        self._cleanup.callback(records.stop)
        return records

    def _keep_memory(self, engine: Engine) -> None:
        keeper = MemoryKeeper(engine, self._flusher)
        keeper.start()
        self._cleanup.callback(keeper.stop)


def _processors() -> int:
    """How many processors the process may use, where the operating system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
