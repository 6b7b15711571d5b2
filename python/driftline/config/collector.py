"""Settings of one collector process."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from driftline.config.address import Address, split_address
from driftline.config.alerting import AlertingConfig
from driftline.config.exporters import AnyExporterConfig
from driftline.config.log_export import LogExportConfig
from driftline.config.monitor import MonitorConfig
from driftline.config.record_log import RecordFilesConfig
from driftline.config.rollup import Age, RollUpConfig
from driftline.config.security import PrincipalConfig, TlsConfig, check_principals
from driftline.config.tracing import TracingConfig
from driftline.loopback import is_loopback


class CollectorConfig(BaseModel):
    """
    Settings of one collector; every one has a default.

    Attributes
    ----------
    grpc_address, http_address, flight_address
        ``host:port`` of the three doors: gRPC, HTTP (metrics, health) and Arrow Flight. Port 0 takes a free
        one; ``None`` or empty leaves the door closed.
    data_dir
        Directory that keeps the state over restarts; ``None``: state is in memory only.
    flush_interval_seconds
        Seconds between two writes of what has changed to ``data_dir``.
    ack
        What an acknowledgement says where there is a ``data_dir``: ``durable``: the batch is on disk; ``memory``: it
        is counted, and a crash before the next flush loses it.
    flush_log_bytes
        Length of the log, in bytes, from which on the next flush does not wait for its time.
    log_segment_bytes
        Size of the files of the log.
    rollup
        When old windows become longer.
    retention
        Age from which windows are dropped, a whole UTC day at a time; ``None``: never.
    compaction_interval_seconds
        Seconds between two looks at what is to be rolled up, dropped and merged.
    max_message_bytes
        Largest request taken, in bytes.
    max_inflight_bytes
        Most bytes of requests, of all doors together, that have arrived and are not counted yet; what comes when they
        are used up is told to come again. At least ``max_message_bytes``.
    inflight_batches
        How many batches all gRPC streams together should have unanswered: those that are at work are told their parts.
    max_streams
        Most streams of records at a time, of all doors together.
    max_streams_per_peer
        Most of them from one machine.
    max_connections
        Most gRPC connections at a time; further ones are closed at once.
    client_timeout_seconds
        How long a call waits for its client at a time: for a request, for the rest of one, or until an answer is taken.
    keepalive_seconds, keepalive_timeout_seconds
        A gRPC connection that has been silent for the first is asked whether it is alive, and cut off if it has not
        answered within the second.
    memory_bytes
        Most memory that the core may hold, in bytes, at least four times ``max_message_bytes``: windows, label joins,
        requests at work. What would go over it is refused for the moment.
    max_series
        Most series about models that ``/metrics`` shows; the others are counted.
    scrape_seconds
        How long a scrape of ``/metrics`` may ask about model versions that have changed since the one before; others
        that have are told of as they were, and asked right after.
    threads
        Threads that share the columns of large batches; ``None``: one for each processor that the process may use.
    log_level
        Least severe level that is logged.
    log_format
        ``console`` for people, ``json`` for one Elastic Common Schema object a line.
    tls
        Encryption of all doors; ``None``: none.
    tracing
        Where spans of calls go; ``None``: where the process sends its own, or the variables of OpenTelemetry say.
    log_export
        Where logs go by OTLP, besides standard error; ``None``: nowhere.
    principals
        Who may do what; without any, whoever can connect may do everything.
    insecure
        Listen beyond loopback even without encryption or without a way to know who calls.
    exporters
        Systems that windows are told to as they close, by a name of your own.
    alerting
        Alert rules, and who is told: see :class:`AlertingConfig`; ``None``: no alerts.
    record_files
        Where records are written that monitors keep; ``None``: none are kept. Needs ``data_dir``.
    monitors
        Configuration of models; a model without one is monitored with the defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    grpc_address: Address = "127.0.0.1:7571"
    http_address: Address = "127.0.0.1:7572"
    flight_address: Address = "127.0.0.1:7573"
    data_dir: Path | None = None
    flush_interval_seconds: float = Field(default=30.0, gt=0, le=86_400)
    ack: Literal["durable", "memory"] = "durable"
    flush_log_bytes: int = Field(default=512 * 1024 * 1024, ge=1024 * 1024, le=1 << 40)
    log_segment_bytes: int = Field(default=32 * 1024 * 1024, ge=64 * 1024, le=1024 * 1024 * 1024)
    rollup: RollUpConfig = RollUpConfig()
    retention: Age | None = None
    compaction_interval_seconds: float = Field(default=60.0, gt=0, le=86_400)
    max_message_bytes: int = Field(default=16 * 1024 * 1024, ge=64 * 1024, le=1024 * 1024 * 1024)
    max_inflight_bytes: int = Field(default=64 * 1024 * 1024, ge=64 * 1024, le=1 << 40)
    inflight_batches: int = Field(default=16, ge=1, le=65_536)
    max_streams: int = Field(default=48, ge=1, le=1_000)
    max_streams_per_peer: int = Field(default=32, ge=1, le=1_000)
    max_connections: int = Field(default=1_024, ge=1, le=1_000_000)
    client_timeout_seconds: float = Field(default=60.0, ge=0.1, le=86_400)
    keepalive_seconds: float = Field(default=30.0, ge=1, le=86_400)
    keepalive_timeout_seconds: float = Field(default=10.0, ge=1, le=3_600)
    memory_bytes: int = Field(default=1024 * 1024 * 1024, ge=32 * 1024 * 1024, le=1 << 50)
    max_series: int = Field(default=10_000, ge=1, le=10_000_000)
    scrape_seconds: float = Field(default=0.05, ge=0, le=3_600)
    threads: int | None = Field(default=None, ge=1, le=256)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    tls: TlsConfig | None = None
    tracing: TracingConfig | None = None
    log_export: LogExportConfig | None = None
    principals: tuple[PrincipalConfig, ...] = ()
    insecure: bool = False
    exporters: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")], AnyExporterConfig] = {}
    alerting: AlertingConfig | None = None
    record_files: RecordFilesConfig | None = None
    monitors: tuple[MonitorConfig, ...] = ()

    @model_validator(mode="after")
    def _one_monitor_a_model(self) -> Self:
        names = [monitor.model for monitor in self.monitors]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"monitors must be one for each model, got several for {', '.join(map(repr, twice))}"
            )
        return self

    @model_validator(mode="after")
    def _records_have_a_place(self) -> Self:
        if self.record_files is not None and self.data_dir is None:
            raise ValueError("record_files needs data_dir: a flush writes the records")
        keeping = [monitor.model for monitor in self.monitors if monitor.record_log is not None]
        if keeping and self.record_files is None:
            raise ValueError(
                f"record_log of model {keeping[0]!r} needs record_files, which says where records are kept"
            )
        return self

    @model_validator(mode="after")
    def _largest_message_fits(self) -> Self:
        if self.max_inflight_bytes < self.max_message_bytes:
            raise ValueError(
                f"max_inflight_bytes must be at least max_message_bytes, {self.max_message_bytes}, "
                f"got {self.max_inflight_bytes}"
            )
        return self

    @model_validator(mode="after")
    def _messages_fit_into_memory(self) -> Self:
        least = 4 * self.max_message_bytes
        if self.memory_bytes < least:
            raise ValueError(
                f"memory_bytes must be at least four times max_message_bytes, {least}, got {self.memory_bytes}"
            )
        return self

    @model_validator(mode="after")
    def _no_stranger_gets_in(self) -> Self:
        check_principals(self.principals)
        knows_callers = bool(self.principals) or (self.tls is not None and self.tls.client_ca is not None)
        if self.insecure or (self.tls is not None and knows_callers):
            return self
        for door in ("grpc_address", "http_address", "flight_address"):
            address = getattr(self, door)
            if address is not None and not is_loopback(split_address(address)[0]):
                raise ValueError(
                    f"{door} {address} can be reached from other machines: that needs tls, and principals or "
                    "tls.client_ca; or insecure: true, if all who can reach it may do everything"
                )
        return self

    @model_validator(mode="after")
    def _certificates_can_be_checked(self) -> Self:
        if self.tls is None or self.tls.client_ca is None:
            named = [each.name for each in self.principals if each.certificates]
            if named:
                raise ValueError(
                    f"certificates of principal {named[0]!r} need tls.client_ca, which says whose are valid"
                )
        return self
