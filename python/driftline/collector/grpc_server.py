"""The gRPC server and its limits."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from driftline.collector.admission import Admission
from driftline.collector.certificates import Certificate, Certificates
from driftline.collector.grpc_access import Callers
from driftline.collector.health_service import MAX_WATCHERS
from driftline.collector.open_calls import OpenCalls
from driftline.collector.single_requests import OTHER_PLACES, PLACES, SingleRequests
from driftline.collector.tracing import Tracing
from driftline.config import CollectorConfig
from driftline.config.address import join_address, split_address
from driftline.errors import FailedPreconditionError

SPARE_THREADS = 16
"""For calls that are refused, which is quick: whoever has no place keeps no thread."""

_MESSAGE_SLACK_BYTES = 64 * 1024
"""The core refuses what is too large with a better message than the transport, if it gets to see it."""

_LOOKAHEAD_BYTES = 1024 * 1024
"""What a stream may send ahead of what is read."""


class GrpcServer:
    """
    A synchronous gRPC server on one address.

    Parameters
    ----------
    address
        ``host:port``; port 0 takes a free one.
    handlers
        Its services.
    callers
        Lets calls through, or not.
    admission
        Bounds how many calls there are at a time, and what they hold.
    calls
        Cuts off slow clients.
    config
        Sizes, limits and times.
    certificates
        What it shows, and asks its clients for; ``None``: no encryption.
    tracing
        Makes spans of the calls.

    Raises
    ------
    FailedPreconditionError
        If the address cannot be listened on.
    """

    def __init__(
        self,
        address: str,
        handlers: "Iterable[grpc.GenericRpcHandler[Any, Any]]",
        callers: Callers,
        admission: Admission,
        calls: OpenCalls,
        config: CollectorConfig,
        certificates: Certificates | None,
        tracing: Tracing,
    ) -> None:
        threads = config.max_streams + MAX_WATCHERS + sum(PLACES.values()) + OTHER_PLACES + SPARE_THREADS
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="driftline-grpc")
        self._server = grpc.server(
            self._executor,
            handlers=list(handlers),
            interceptors=[*_spans(tracing), callers, SingleRequests(admission, calls)],
            options=_options(config),
        )
        try:
            port = self._add_port(address, certificates)
        except RuntimeError as error:
            raise FailedPreconditionError(f"grpc_address {address} cannot be listened on: {error}") from error
        self.address = join_address(split_address(address)[0], port)

    def _add_port(self, address: str, certificates: Certificates | None) -> int:
        if certificates is None:
            return self._server.add_insecure_port(address)
        return self._server.add_secure_port(address, _credentials(certificates))

    def start(self) -> None:
        """Take calls."""
        self._server.start()

    def stop(self, grace: float) -> None:
        """Take no further calls; give the present ones ``grace`` seconds."""
        self._server.stop(grace).wait()
        self._executor.shutdown(wait=True, cancel_futures=True)


def _spans(tracing: Tracing) -> list[Any]:
    """What makes spans, where any are made."""
    if tracing.tracer is None:
        return []
    from driftline.collector.grpc_spans import CallSpans

    return [CallSpans(tracing.tracer)]


def _credentials(certificates: Certificates) -> grpc.ServerCredentials:
    """Every connection asks for the certificate; gRPC keeps what it has where it gets ``None``."""
    first = certificates.current()
    credentials: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
        _configuration(first),
        _fetcher(certificates, first),  # type: ignore[arg-type]  # the stub knows of no None
        certificates.asks_clients,
    )
    return credentials


def _fetcher(
    certificates: Certificates, shown: Certificate
) -> "Callable[[], grpc.ServerCertificateConfiguration | None]":
    def fetch() -> "grpc.ServerCertificateConfiguration | None":
        nonlocal shown
        present = certificates.current()
        if present is shown:
            return None
        shown = present
        return _configuration(present)

    return fetch


def _configuration(certificate: Certificate) -> "grpc.ServerCertificateConfiguration":
    return grpc.ssl_server_certificate_configuration(
        [(certificate.private_key, certificate.chain)], certificate.client_ca
    )


def _options(config: CollectorConfig) -> list[tuple[str, int]]:
    """Bounds on what one peer can make the server hold, and on how long a dead one is kept."""
    max_message_bytes = config.max_message_bytes + _MESSAGE_SLACK_BYTES
    keepalive_ms = round(config.keepalive_seconds * 1_000)
    timeout_ms = round(config.keepalive_timeout_seconds * 1_000)
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        # No compression: a small message must not become a large one before it is checked.
        ("grpc.compression_enabled_algorithms_bitset", 1),
        ("grpc.max_allowed_incoming_connections", config.max_connections),
        ("grpc.max_concurrent_streams", 16),
        ("grpc.http2.bdp_probe", 0),
        # Where a window is smaller than a message, both sides wake up several times for each.
        ("grpc.http2.lookahead_bytes", _LOOKAHEAD_BYTES),
        ("grpc.max_metadata_size", 8_192),
        ("grpc.absolute_max_metadata_size", 16_384),
        # Whoever connects says hello in time, and answers a ping in time, or is cut off.
        ("grpc.server_handshake_timeout_ms", timeout_ms),
        ("grpc.http2.settings_timeout", timeout_ms),
        ("grpc.keepalive_time_ms", keepalive_ms),
        ("grpc.keepalive_timeout_ms", timeout_ms),
        # The one above is for bytes of any kind; what says that a ping was not answered is this one, of a minute else.
        ("grpc.http2.ping_timeout_ms", timeout_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
        ("grpc.http2.max_ping_strikes", 2),
        ("grpc.max_connection_idle_ms", 300_000),
        ("grpc.max_connection_age_ms", 1_800_000),
        ("grpc.max_connection_age_grace_ms", 30_000),
        # Two collectors on one port would each get half of the records.
        ("grpc.so_reuseport", 0),
    ]
